//! How many of a model's layers a graphics card computes, and the memory they take on it. Without a card everything stays on
//! the processor.

use std::ffi::{CStr, CString};
use std::path::Path;
use std::ptr::null_mut;

use crate::engine::budget::{Budget, Need};
use crate::engine::ggml::cards;
use crate::engine::llama::options::GpuLayers;
use crate::engine::llama::tuning::LEFT_ON_CARD;

/// Whether layers on a card have their weights copied there, so that memory-mapping the file would hold them twice. On Metal the
/// card reads the mapping itself.
pub(crate) fn copies_weights(layers_on_card: u32) -> bool {
    layers_on_card > 0 && !cfg!(feature = "metal")
}

/// Bytes that a card takes beyond the weights in the file. If the token embedding is the output layer too, llama.cpp keeps it in
/// main memory and puts a copy for the output layer on the card.
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

/// How many layers to put on a card with `free` bytes, within the budget, for a model of `layers` layers and this need. The
/// output layer counts as one more layer.
pub(crate) fn layers_on_card(wanted: GpuLayers, layers: u32, need: Need, free: u64, budget: Budget) -> u32 {
    let all = layers + 1;
    let usable = free.saturating_sub(LEFT_ON_CARD).min(budget.0);
    let spare = usable.saturating_sub(need.compute);
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
    fn a_card_with_free_memory_takes_no_more_layers_than_the_budget_holds() {
        let some = layers_on_card(GpuLayers::Auto, 28, NEED, 80 << 30, Budget(1 << 30));
        assert!((5..15).contains(&some), "{some}");
    }
}
