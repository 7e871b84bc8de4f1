//! Graphics cards: which there are, how many of a model's layers go there, and how much memory is free there. Without a card,
//! or in a build without the `cuda`, `metal` or `vulkan` feature, everything stays on the processor and every figure is 0.

use std::ffi::{CStr, CString};
use std::path::Path;
use std::ptr::null_mut;
use std::str::FromStr;

use llama_cpp_2::{LlamaBackendDeviceType, list_llama_ggml_backend_devices};
use serde::{Deserialize, Serialize};

use crate::engine::budget::{Budget, Need};

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

/// Of a card's free memory, what the driver and others are left.
const LEFT_FREE: u64 = 256 << 20;

/// A graphics card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Its maker's name for it.
    pub name: String,
    /// Its memory, bytes.
    pub memory: CardMemory,
}

/// Memory of one or all graphics cards in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CardMemory {
    /// All of it.
    pub total: u64,
    /// Of that, what nobody holds.
    pub free: u64,
}

/// The graphics cards that this build can use. The first call starts the driver, which takes memory of its own on the card and
/// beside it and keeps it for the life of the process.
pub fn cards() -> Vec<Card> {
    if !cfg!(any(feature = "cuda", feature = "metal", feature = "vulkan")) {
        return Vec::new();
    }
    // It takes llama.cpp's log: finding the cards writes into it. Without a backend there are devices all the same.
    let _ = crate::engine::llama::backend();
    list_llama_ggml_backend_devices()
        .into_iter()
        .filter(|device| device.device_type == LlamaBackendDeviceType::Gpu)
        .map(|device| Card {
            name: device.description,
            memory: CardMemory {
                total: device.memory_total as u64,
                free: device.memory_free as u64,
            },
        })
        .collect()
}

/// The graphics cards' memory now, summed.
pub fn card_memory() -> CardMemory {
    cards().iter().fold(CardMemory::default(), |sum, card| CardMemory {
        total: sum.total + card.memory.total,
        free: sum.free + card.memory.free,
    })
}

/// Whether weights that go to a card are copied there, so that a mapping of their file would only be memory taken twice. On
/// Metal the card computes on the mapping itself.
pub(crate) fn copies_weights(layers_on_card: u32) -> bool {
    layers_on_card > 0 && !cfg!(feature = "metal")
}

/// What a card takes beyond a GGUF file's weights, bytes: the token embedding where it is the output layer too. It stays in
/// main memory, and the output layer is a copy of it.
pub(super) fn second_embedding(path: &Path) -> u64 {
    if cfg!(feature = "metal") || cards().is_empty() {
        return 0;
    }
    let Ok(path) = CString::new(path.as_os_str().as_encoded_bytes()) else {
        return 0;
    };
    #[expect(unsafe_code, reason = "llama-cpp-2 does not expose the list of a file's tensors")]
    // SAFETY: the path is NUL-terminated and outlives the call, which reads the header alone; what it returns is checked for
    // null, only read, and freed once.
    let bytes = unsafe {
        let params = llama_cpp_sys_2::gguf_init_params {
            no_alloc: true,
            ctx: null_mut(),
        };
        let header = llama_cpp_sys_2::gguf_init_from_file(path.as_ptr(), params);
        if header.is_null() {
            return 0;
        }
        let find = |name: &CStr| llama_cpp_sys_2::gguf_find_tensor(header, name.as_ptr());
        let (output, embedding) = (find(c"output.weight"), find(c"token_embd.weight"));
        let bytes = if output < 0 && embedding >= 0 {
            llama_cpp_sys_2::gguf_get_tensor_size(header, embedding)
        } else {
            0
        };
        llama_cpp_sys_2::gguf_free(header);
        bytes
    };
    bytes as u64
}

/// The layers of a model of `layers` layers and this need that go to a card with so much free memory, within the budget. The
/// output layer counts as one more.
pub(crate) fn layers_on_card(wanted: GpuLayers, layers: u32, need: Need, free: u64, budget: Budget) -> u32 {
    let all = layers + 1;
    let room = free.saturating_sub(LEFT_FREE).min(budget.0);
    let spare = room.saturating_sub(need.compute);
    let a_layer = ((need.weights + need.kv) / u64::from(all)).max(1);
    let most = u32::try_from(spare / a_layer).unwrap_or(u32::MAX).min(all);
    match wanted {
        GpuLayers::Auto => most,
        GpuLayers::Count(count) => count.min(most),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEED: Need = Need {
        weights: 2 << 30,
        kv: 900 << 20,
        compute: 100 << 20,
    };

    const BUDGET: Budget = Budget(4 << 30);

    fn layers(wanted: GpuLayers, free: u64) -> u32 {
        layers_on_card(wanted, 28, NEED, free, BUDGET)
    }

    #[test]
    fn all_layers_go_to_a_card_that_holds_them_and_some_to_a_smaller_one() {
        assert_eq!(layers(GpuLayers::Auto, 8 << 30), 29);
        let some = layers(GpuLayers::Auto, 2 << 30);
        assert!((10..20).contains(&some), "{some}");
        assert_eq!(layers(GpuLayers::Auto, 0), 0);
    }

    #[test]
    fn a_number_of_layers_is_the_most_and_never_more_than_the_card_holds() {
        assert_eq!(layers(GpuLayers::Count(12), 8 << 30), 12);
        assert_eq!(layers(GpuLayers::Count(99), 8 << 30), 29);
        assert_eq!(layers(GpuLayers::Count(0), 8 << 30), 0);
        assert_eq!(layers(GpuLayers::Count(99), 2 << 30), layers(GpuLayers::Auto, 2 << 30));
        assert_eq!(layers(GpuLayers::Count(99), 0), 0);
    }

    #[test]
    fn a_card_with_room_takes_no_more_layers_than_the_budget_holds() {
        let some = layers_on_card(GpuLayers::Auto, 28, NEED, 80 << 30, Budget(1 << 30));
        assert!((5..15).contains(&some), "{some}");
    }

    #[cfg(not(any(feature = "cuda", feature = "metal", feature = "vulkan")))]
    #[test]
    fn a_build_without_the_features_knows_no_card() {
        assert_eq!(cards(), []);
        assert_eq!(card_memory(), CardMemory::default());
    }

    #[test]
    fn the_number_of_layers_is_read_as_people_write_it() {
        assert_eq!("auto".parse(), Ok(GpuLayers::Auto));
        assert_eq!("12".parse(), Ok(GpuLayers::Count(12)));
        assert!("all".parse::<GpuLayers>().is_err());
    }
}
