//! Conversion: from a checkpoint on disk to a GGUF file that llama.cpp loads.

mod error;
mod gguf;

pub use self::error::ConvertError;
pub use self::gguf::{GgufValue, GgufWriter, TensorInfo, TensorType};
