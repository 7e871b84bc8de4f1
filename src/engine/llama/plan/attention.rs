//! Chooses the fastest way to compute attention, and the element type of the KV cache that goes with it (docs/performance.md).

use llama_cpp_2::context::params::KvCacheType;

use super::context_plan::{ContextPlan, Layout};
use crate::engine::llama::options::KvType;
use crate::engine::llama::tuning::{LONG_PROMPT, LONG_PROMPT_BF16};

/// How attention is computed, and over which cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attention {
    pub(crate) way: Way,
    /// The element type of the KV cache.
    pub(crate) elements: KvCacheType,
}

/// The algorithm of attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// One matrix product over the cells of all sequences, with the scores stored in memory.
    Product,
    /// Flash attention (Dao et al. 2022): each sequence reads its own cells, and no scores are stored.
    Flash,
}

/// The facts that decide which attention is fastest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    pub(crate) plan: ContextPlan,
    pub(crate) kv_type: KvType,
    /// Keys and values share one latent vector (DeepSeek-AI 2024).
    pub(crate) is_latent: bool,
    /// A graphics card computes some of the layers.
    pub(crate) on_card: bool,
    /// The processor has instructions that multiply bf16 pairs. It converts f16 to 32 bits first.
    pub(crate) multiplies_bf16: bool,
}

impl Attention {
    /// The fastest attention for a case.
    ///
    /// * Sequences that share most of their cells: one product over all of them.
    /// * One sequence: the product speeds up decoding after a long prompt and slows down prefill; a prompt token loses a third of
    ///   what a decoded token gains. Over a cache in bf16 it speeds up both. With latent attention it is slower.
    /// * A quantised cache: flash attention, the only one that supports it.
    pub(crate) fn fastest(case: Case) -> Self {
        let ContextPlan {
            cells,
            prompt,
            sequences,
            layout,
            ..
        } = case.plan;
        // Flash attention over a cache in bf16 is slow.
        let has_bf16 = case.kv_type == KvType::Auto && case.multiplies_bf16 && !case.on_card;
        let gains = match (sequences, layout) {
            (0 | 1, _) if case.is_latent || case.on_card => false,
            (0 | 1, _) if has_bf16 => prompt >= LONG_PROMPT_BF16,
            (0 | 1, _) => prompt >= LONG_PROMPT && cells.saturating_sub(prompt) * 3 > prompt,
            (_, Layout::Shared) => true,
            (_, Layout::Apart) => false,
        };
        let (way, elements) = match case.kv_type {
            KvType::Q8_0 => (Way::Flash, KvCacheType::Q8_0),
            _ if gains && has_bf16 => (Way::Product, KvCacheType::BF16),
            _ if gains => (Way::Product, KvCacheType::F16),
            _ => (Way::Flash, KvCacheType::F16),
        };
        Attention { way, elements }
    }
}

/// Whether ggml uses bf16 instructions: those of the processor it was built for, in a portable build those of the processor it runs
/// on.
pub(crate) fn multiplies_bf16() -> bool {
    #[cfg(all(feature = "portable", target_arch = "x86_64"))]
    let answer = std::arch::is_x86_feature_detected!("avx512bf16");
    #[cfg(not(all(feature = "portable", target_arch = "x86_64")))]
    let answer = cfg!(target_feature = "avx512bf16");
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATHS: Case = Case {
        plan: ContextPlan {
            cells: 2600,
            prompt: 1400,
            longest: 1460,
            sequences: 20,
            alongside: 0,
            spare: 0,
            layout: Layout::Shared,
            begins_with: 20,
        },
        kv_type: KvType::Auto,
        is_latent: false,
        on_card: false,
        multiplies_bf16: true,
    };

    /// A prompt and an answer, decoded alone.
    fn one(prompt: usize, answer: usize) -> Case {
        let plan = ContextPlan::of_one(prompt, 1, answer);
        Case { plan, ..PATHS }
    }

    fn chosen(case: Case) -> (Way, KvCacheType) {
        let Attention { way, elements } = Attention::fastest(case);
        (way, elements)
    }

    const PRODUCT: (Way, KvCacheType) = (Way::Product, KvCacheType::F16);
    const BF16: (Way, KvCacheType) = (Way::Product, KvCacheType::BF16);
    const FLASH: (Way, KvCacheType) = (Way::Flash, KvCacheType::F16);

    #[test]
    fn paths_over_one_prompt_are_one_product_in_bf16_where_that_is_multiplied_and_asked_for() {
        assert_eq!(chosen(PATHS), BF16);
        let latent = Case {
            is_latent: true,
            ..PATHS
        };
        assert_eq!(chosen(latent), BF16);
        let others = [
            Case {
                multiplies_bf16: false,
                ..PATHS
            },
            Case { on_card: true, ..PATHS },
            Case {
                kv_type: KvType::F16,
                ..PATHS
            },
        ];
        assert!(others.into_iter().all(|other| chosen(other) == PRODUCT));
    }

    #[test]
    fn sequences_with_their_own_cells_use_flash_attention() {
        let plan = ContextPlan {
            layout: Layout::Apart,
            ..PATHS.plan
        };
        assert_eq!(chosen(Case { plan, ..PATHS }), FLASH);
    }

    #[test]
    fn one_sequence_is_a_product_after_a_prompt_that_is_long_enough() {
        assert_eq!(chosen(one(128, 200)), FLASH);
        assert_eq!(chosen(one(512, 100)), BF16);
        let without = |case| Case {
            multiplies_bf16: false,
            ..case
        };
        assert_eq!(chosen(without(one(512, 400))), FLASH);
        assert_eq!(chosen(without(one(1024, 100))), FLASH, "much to read, little to write");
        assert_eq!(chosen(without(one(1024, 400))), PRODUCT);
        let latent = Case {
            is_latent: true,
            ..one(1024, 400)
        };
        assert_eq!(chosen(latent), FLASH);
    }

    #[test]
    fn a_quantised_cache_leaves_no_choice() {
        let quantised = Case {
            kv_type: KvType::Q8_0,
            ..PATHS
        };
        assert_eq!(chosen(quantised), (Way::Flash, KvCacheType::Q8_0));
    }
}
