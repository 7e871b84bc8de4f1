//! Graphics cards: how many of a model's layers go there, and how much memory is taken there. Without a card, or in a build
//! without the `cuda`, `metal` or `vulkan` feature, everything stays on the processor and every figure is 0.

use std::str::FromStr;

use llama_cpp_2::{LlamaBackendDeviceType, list_llama_ggml_backend_devices};
use serde::{Deserialize, Serialize};

use crate::engine::Need;

/// How many layers go to the graphics card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GpuLayers {
    /// As many as its free memory holds.
    #[default]
    Auto,
    /// So many, if the model has them.
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

/// Memory of all graphics cards in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CardMemory {
    /// All of it.
    pub total: u64,
    /// Of that, what nobody holds.
    pub free: u64,
}

/// The graphics cards' memory now.
pub fn card_memory() -> CardMemory {
    if !cfg!(any(feature = "cuda", feature = "metal", feature = "vulkan")) {
        return CardMemory::default();
    }
    let cards = list_llama_ggml_backend_devices()
        .into_iter()
        .filter(|device| device.device_type == LlamaBackendDeviceType::Gpu);
    cards.fold(CardMemory::default(), |sum, card| CardMemory {
        total: sum.total + card.memory_total as u64,
        free: sum.free + card.memory_free as u64,
    })
}

/// The layers of a model of `layers` layers and this need that go to a card with so much free memory. The output layer counts
/// as one more.
pub(super) fn layers_on_card(wanted: GpuLayers, layers: u32, need: Need, free: u64) -> u32 {
    let all = layers + 1;
    match wanted {
        GpuLayers::Count(count) => count.min(all),
        GpuLayers::Auto => {
            let spare = free.saturating_sub(LEFT_FREE).saturating_sub(need.compute);
            let a_layer = ((need.weights + need.kv) / u64::from(all)).max(1);
            u32::try_from(spare / a_layer).unwrap_or(u32::MAX).min(all)
        }
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

    #[test]
    fn all_layers_go_to_a_card_that_holds_them_and_some_to_a_smaller_one() {
        assert_eq!(layers_on_card(GpuLayers::Auto, 28, NEED, 8 << 30), 29);
        let some = layers_on_card(GpuLayers::Auto, 28, NEED, 2 << 30);
        assert!((10..20).contains(&some), "{some}");
        assert_eq!(layers_on_card(GpuLayers::Auto, 28, NEED, 0), 0);
        assert_eq!(layers_on_card(GpuLayers::Count(99), 28, NEED, 0), 29);
        assert_eq!(layers_on_card(GpuLayers::Count(0), 28, NEED, 8 << 30), 0);
    }

    #[test]
    fn the_number_of_layers_is_read_as_people_write_it() {
        assert_eq!("auto".parse(), Ok(GpuLayers::Auto));
        assert_eq!("12".parse(), Ok(GpuLayers::Count(12)));
        assert!("all".parse::<GpuLayers>().is_err());
    }
}
