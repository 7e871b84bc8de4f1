//! The graphics cards of this machine and their memory. Without a card, or in a build without the `cuda`, `metal` or `vulkan`
//! feature, the list is empty and every figure is 0.

use llama_cpp_2::{LlamaBackendDeviceType, list_llama_ggml_backend_devices};

use super::process::backend;

/// A graphics card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// The product name.
    pub name: String,
    /// Its memory.
    pub memory: CardMemory,
}

/// Memory of one graphics card, or of all together, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CardMemory {
    /// Installed memory.
    pub total: u64,
    /// Memory that no process uses.
    pub free: u64,
}

/// The graphics cards that this build can use. The first call starts the driver, which allocates memory on the card and in this
/// process and keeps it until the process ends.
pub fn cards() -> Vec<Card> {
    if !cfg!(any(feature = "cuda", feature = "metal", feature = "vulkan")) {
        return Vec::new();
    }
    // Starting the backend redirects llama.cpp's log, which listing the devices writes to. Listing works even if starting fails.
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

/// The current memory of all graphics cards together.
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
