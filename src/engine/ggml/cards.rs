//! The graphics cards of this machine and their memory. Without a card, or in a build without the `cuda`, `metal` or `vulkan`
//! feature, there is none and every figure is 0.

use llama_cpp_2::{LlamaBackendDeviceType, list_llama_ggml_backend_devices};

use super::process::backend;

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
    let _ = backend();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(not(any(feature = "cuda", feature = "metal", feature = "vulkan")))]
    #[test]
    fn a_build_without_the_features_knows_no_card() {
        assert_eq!(cards(), []);
        assert_eq!(card_memory(), CardMemory::default());
    }
}
