//! Conversion: from a checkpoint on disk to a GGUF file that llama.cpp loads.

mod error;
mod gguf;
mod shape;

pub use self::error::ConvertError;
pub use self::gguf::{GgufValue, GgufWriter, TensorInfo, TensorType};
pub use self::shape::{
    AttentionConfig, DecoderConfig, GroupedConfig, LatentConfig, RotaryConfig, RotaryPairs, RotaryScaling, Yarn,
};
