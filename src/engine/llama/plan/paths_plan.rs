//! Plans many paths of a small model: how long prompt and paths are, how many paths go together, and the memory that takes.

use small_llama::{Paths, Prompt, Shape, Work};

use crate::engine::budget::{Budget, Need};
use crate::engine::llama::tuning::{FEWEST_PATHS, PATHS_TOGETHER};
use crate::engine::workload::Workload;

/// Sizes for [`small_llama`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PathsPlan {
    pub(crate) shape: Shape,
    /// Tokens of the longest prompt.
    pub(crate) prompt: usize,
    /// Tokens of the longest path.
    pub(crate) path: usize,
    /// Paths decoded together; the others of a request follow.
    pub(crate) together: usize,
}

/// Memory of the tokenizer's tables for each token of the vocabulary, as in [`need`](super::need()).
const VOCABULARY_BYTES_PER_TOKEN: usize = 320;

/// Memory of a path's sampler: its random numbers, and for each token of the vocabulary the candidates and their copies.
const SAMPLER_BYTES: usize = 8 << 10;
const SAMPLER_BYTES_PER_TOKEN: usize = 40;

/// Memory of the rest: the automaton of a grammar, texts, and what the allocator rounds up.
const REST_BYTES: usize = 4 << 20;

impl PathsPlan {
    /// Whether a workload has many paths in every request, and none to come whose size is unknown.
    pub(crate) fn suits(workload: &Workload) -> bool {
        let has_paths = workload
            .requests
            .iter()
            .all(|one| one.sequences >= FEWEST_PATHS && one.prompt_tokens.is_some());
        has_paths && !workload.more_come && !workload.is_empty()
    }

    /// The plan for a workload that suits: as many paths together as are fastest, or as fit into the budget.
    pub(crate) fn of(workload: &Workload, shape: Shape, file_bytes: u64, budget: Budget) -> Self {
        let most = |size: fn(&crate::engine::workload::Estimate) -> usize| {
            workload.requests.iter().map(size).max().unwrap_or(0)
        };
        let of_width = |together: usize| PathsPlan {
            shape,
            prompt: most(|one| one.prompt_tokens.unwrap_or(0)),
            path: most(|one| one.max_tokens),
            together,
        };
        let widest = PATHS_TOGETHER.min(most(|one| one.sequences)).max(1);
        std::iter::successors(Some(widest), |width| Some(width / 2).filter(|&half| half > 0))
            .map(of_width)
            .find(|plan| plan.need(file_bytes).total() <= budget.0)
            .unwrap_or_else(|| of_width(1))
    }

    /// The memory of the weights and of everything else.
    pub(crate) fn need(&self, file_bytes: u64) -> Need {
        let PathsPlan {
            shape,
            prompt,
            path,
            together,
        } = self;
        let sampler = SAMPLER_BYTES + SAMPLER_BYTES_PER_TOKEN * shape.vocabulary;
        let compute = Work::bytes(shape, *together, *prompt, *path)
            + together * sampler
            + VOCABULARY_BYTES_PER_TOKEN * shape.vocabulary
            + REST_BYTES;
        Need {
            // A tensor's bytes are read before they are converted.
            weights: (shape.weights() * size_of::<f32>()) as u64 + file_bytes,
            kv: (Prompt::bytes(shape, *prompt) + Paths::bytes(shape, *together, *path)) as u64,
            compute: compute as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::workload::Estimate;

    const SHAPE: Shape = Shape {
        vocabulary: 704,
        width: 96,
        layers: 3,
        heads: 3,
        kv_heads: 3,
        head: 32,
        feed_forward: 256,
        epsilon: 1e-5,
        rope_base: 10_000.0,
    };

    fn workload(sequences: &[usize]) -> Workload {
        let one = |&sequences: &usize| Estimate {
            sequences,
            ..Estimate::one(Some(185), 30)
        };
        Workload {
            requests: sequences.iter().map(one).collect(),
            together: sequences.len(),
            more_come: false,
        }
    }

    #[test]
    fn only_a_batch_of_many_paths_each_suits() {
        assert!(PathsPlan::suits(&workload(&[256, FEWEST_PATHS])));
        assert!(!PathsPlan::suits(&workload(&[256, FEWEST_PATHS - 1])));
        assert!(!PathsPlan::suits(&workload(&[])));
        let open = Workload {
            more_come: true,
            ..workload(&[256])
        };
        assert!(!PathsPlan::suits(&open));
    }

    #[test]
    fn a_short_budget_decodes_fewer_paths_together_instead_of_failing() {
        let of = |budget| PathsPlan::of(&workload(&[256]), SHAPE, 1 << 20, Budget(budget));
        let wide = of(4 << 30);
        assert_eq!((wide.together, wide.prompt, wide.path), (PATHS_TOGETHER, 185, 30));
        let need = wide.need(1 << 20).total();
        let narrow = of(need - 1);
        assert_eq!(narrow.together, PATHS_TOGETHER / 2);
        assert!(narrow.need(1 << 20).total() < need);
        assert_eq!(of(1).together, 1);
    }
}
