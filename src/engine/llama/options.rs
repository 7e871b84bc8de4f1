//! How llama.cpp runs. Plain data.

use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::tuning::{BATCH, MICRO_BATCH, MICRO_BATCH_ON_CARD};
use crate::engine::threads::default_threads;

/// How llama.cpp runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LlamaOptions {
    /// Threads that compute; more than the idle cores collapses (see ARCHITECTURE.md).
    pub threads: usize,
    /// Most tokens in one call of decode.
    pub batch: u32,
    /// Most tokens in one graph (micro-batch). Wider graphs read prompts faster as long as their activations fit into the
    /// processor's caches; their compute buffers are larger. Narrower where the budget has no room for these.
    pub micro_batch: u32,
    /// Element type of the KV cache.
    pub kv_type: KvType,
    /// Map the weights instead of reading them, where they stay as they lie in the file. Mapped they are there sooner; read
    /// they lie on large pages, where the system gives such, and every token comes sooner.
    pub use_mmap: bool,
    /// How many layers go to the graphics card.
    pub gpu_layers: GpuLayers,
    /// Decode requests of several sequences beside each other where that is faster. Rows of a batch can depend on the rows beside
    /// them, so it is off where a result must not depend on what else is asked.
    pub side_by_side: bool,
    /// Where the states of instructions that every prompt begins with are kept; without it they are evaluated each time.
    pub states: Option<PathBuf>,
    /// Where requantized copies of files in slow blocks are kept; without it the files are used as they are.
    pub requantized: Option<PathBuf>,
}

impl Default for LlamaOptions {
    fn default() -> Self {
        LlamaOptions {
            threads: default_threads(),
            batch: BATCH,
            micro_batch: if cfg!(any(feature = "cuda", feature = "metal", feature = "vulkan")) {
                MICRO_BATCH_ON_CARD
            } else {
                MICRO_BATCH
            },
            kv_type: KvType::Auto,
            use_mmap: !large_pages_are_given(),
            gpu_layers: GpuLayers::default(),
            side_by_side: true,
            states: None,
            requantized: None,
        }
    }
}

/// Whether the system gives large pages to those who ask.
pub(super) fn large_pages_are_given() -> bool {
    // The chosen word stands in brackets.
    cfg!(target_os = "linux")
        && std::fs::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled")
            .is_ok_and(|modes| !modes.contains("[never]"))
}

/// Element type of the KV cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KvType {
    /// 16 bits: bf16 where that is faster on this processor, else f16.
    #[default]
    Auto,
    /// 16-bit floats of half precision.
    F16,
    /// 8-bit blocks of 32 with a scale: a little over half the size.
    Q8_0,
}

impl FromStr for KvType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "auto" => Ok(KvType::Auto),
            "f16" => Ok(KvType::F16),
            "q8_0" => Ok(KvType::Q8_0),
            other => Err(format!("`{other}` is no KV cache type: write auto, f16 or q8_0")),
        }
    }
}

/// How many layers go to the graphics card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GpuLayers {
    /// As many as its free memory and the budget hold.
    #[default]
    Auto,
    /// So many at most, if the model has them and the card's free memory and the budget hold them. With 0 nothing at all is on
    /// the card.
    Count(u32),
}

impl FromStr for GpuLayers {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(GpuLayers::Auto),
            number => number
                .parse()
                .map(GpuLayers::Count)
                .map_err(|_| format!("`{number}` is no number of layers: write auto or a number")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_layers_is_read_as_people_write_it() {
        assert_eq!("auto".parse(), Ok(GpuLayers::Auto));
        assert_eq!("12".parse(), Ok(GpuLayers::Count(12)));
        assert!("all".parse::<GpuLayers>().is_err());
    }
}
