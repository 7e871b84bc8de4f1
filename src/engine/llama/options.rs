//! Settings of the llama.cpp backend. Plain data.

use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::tuning::{BATCH, MICRO_BATCH, MICRO_BATCH_ON_CARD};
use crate::engine::threads::default_threads;

/// Settings of the llama.cpp backend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LlamaOptions {
    /// Compute threads. With more threads than idle cores, throughput collapses (see ARCHITECTURE.md).
    pub threads: usize,
    /// Most tokens in one call of decode.
    pub batch: u32,
    /// Most tokens in one graph (micro-batch). Larger micro-batches speed up prefill as long as their activations fit into the
    /// processor's caches, but need larger compute buffers. A smaller one is used if the budget is short.
    pub micro_batch: u32,
    /// Element type of the KV cache.
    pub kv_type: KvType,
    /// Memory-map the weights instead of reading them, for formats that are not repacked. Mapping loads faster. Reading puts the
    /// weights on large pages, if the system provides them, and decodes faster.
    pub use_mmap: bool,
    /// How many layers run on the graphics card.
    pub gpu_layers: GpuLayers,
    /// Decode several requests of several sequences together if that is faster. A row of a batch can depend on its neighbours, so
    /// turn this off where a result must not depend on other requests.
    pub side_by_side: bool,
    /// Decode many paths of a small model with `small_llama`, if the file permits. llama.cpp decodes them otherwise.
    pub small_models: bool,
    /// Folder for the KV cache states of instructions that many prompts begin with. `None` evaluates the instructions each time.
    pub states: Option<PathBuf>,
    /// Folder for requantized copies of files whose quantisation is slow. `None` uses the files as they are.
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
            small_models: true,
            states: None,
            requantized: None,
        }
    }
}

/// Whether the system provides large pages on request.
pub(super) fn large_pages_are_given() -> bool {
    // The file lists all modes, the active one in brackets.
    cfg!(target_os = "linux")
        && std::fs::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled")
            .is_ok_and(|modes| !modes.contains("[never]"))
}

/// Element type of the KV cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KvType {
    /// 16 bits: bf16 if that is faster on this processor, else f16.
    #[default]
    Auto,
    /// IEEE half precision.
    F16,
    /// Blocks of 32 8-bit values with a scale: a little over half the size.
    Q8_0,
}

impl FromStr for KvType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "auto" => Ok(KvType::Auto),
            "f16" => Ok(KvType::F16),
            "q8_0" => Ok(KvType::Q8_0),
            other => Err(format!("`{other}` is not a KV cache type: write auto, f16 or q8_0")),
        }
    }
}

/// How many layers run on the graphics card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GpuLayers {
    /// As many as the card's free memory and the budget hold.
    #[default]
    Auto,
    /// At most this many, limited by the model, the card's free memory and the budget. With 0 nothing runs on the card.
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
                .map_err(|_| format!("`{number}` is not a number of layers: write auto or a number")),
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
