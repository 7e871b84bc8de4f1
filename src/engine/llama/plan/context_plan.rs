//! Plans a context for a workload: how many cells and sequences it needs, and their layout in the KV cache.

use crate::engine::llama::tuning::{MOST_APART, MOST_IN_POOL, SPARE_CELLS};
use crate::engine::request::Keeps;
use crate::engine::workload::{Estimate, Workload};

/// The size and layout of a context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ContextPlan {
    /// Cells (tokens of KV cache): the prompt plus the longest answer of each sequence. Under [`Layout::Apart`], those of one
    /// sequence.
    pub(crate) cells: usize,
    /// Tokens of the longest prompt; 0 if unknown.
    pub(crate) prompt: usize,
    /// Tokens of the longest sequence, prompt and answer; 0 if unknown.
    pub(crate) longest: usize,
    /// Sequences decoded together. Under [`Layout::Apart`] this is a maximum, reduced if the budget is short.
    pub(crate) sequences: usize,
    /// Further requests of the same size that may be decoded together with the first, each in its own cells, if that is faster
    /// and fits into the budget.
    pub(crate) alongside: usize,
    /// Cells beyond `cells` that further requests could use; as many are opened as fit into the budget.
    pub(crate) spare: usize,
    /// How sequences share the cache.
    pub(crate) layout: Layout,
    /// While other requests are active, another one begins once this many sequences are free.
    pub(crate) begins_with: usize,
}

/// How sequences share the KV cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Layout {
    /// One pool of cells for all: sequences that continue the same prompt share its cells.
    #[default]
    Shared,
    /// An equal number of cells for each sequence, for sequences that have little in common. Attention then reads the cells of
    /// one sequence only.
    Apart,
}

impl ContextPlan {
    /// The plan for a workload.
    ///
    /// * Further requests may arrive, as from several users: a shared pool, from which each request takes the cells it needs.
    /// * Single continuations whose prompts share their instructions: separate cells, all decoded together.
    /// * All others: a shared pool for the largest request, one after the other. [`within`](super::within) may instead decode
    ///   several together.
    pub(crate) fn of(workload: &Workload) -> Self {
        let requests = &workload.requests;
        let most = |size: fn(&Estimate) -> usize| requests.iter().map(size).max().unwrap_or(0);
        let (prompt, longest) = (most(prompt_of), most(|one| prompt_of(one) + one.max_tokens));
        if workload.more_come {
            return ContextPlan {
                cells: longest,
                prompt,
                longest,
                sequences: MOST_IN_POOL,
                alongside: 0,
                spare: (requests.iter().map(cells_of).sum::<usize>() + SPARE_CELLS).saturating_sub(longest),
                layout: Layout::Shared,
                begins_with: 1,
            };
        }
        let begin_alike = |one: &Estimate| one.sequences == 1 && one.keeps == Keeps::Instructions;
        if !requests.is_empty() && requests.iter().all(begin_alike) {
            return ContextPlan {
                cells: longest,
                prompt,
                longest,
                sequences: workload.together.clamp(1, MOST_APART),
                alongside: 0,
                spare: 0,
                layout: Layout::Apart,
                begins_with: 1,
            };
        }
        let sequences = most(|one| one.sequences);
        ContextPlan {
            cells: most(cells_of),
            prompt,
            longest,
            sequences,
            alongside: workload.together.saturating_sub(1),
            spare: 0,
            layout: Layout::Shared,
            // The pool holds one request, so the next begins after it has finished.
            begins_with: sequences,
        }
    }

    /// The plan for one request alone.
    #[cfg(test)]
    pub(crate) fn of_one(prompt_tokens: usize, sequences: usize, max_tokens: usize) -> Self {
        let request = Estimate {
            sequences,
            ..Estimate::one(Some(prompt_tokens), max_tokens)
        };
        ContextPlan::of(&Workload {
            requests: vec![request],
            together: 1,
            more_come: false,
        })
    }
}

fn prompt_of(one: &Estimate) -> usize {
    one.prompt_tokens.unwrap_or(0)
}

/// Its sequences share the cells of the prompt.
fn cells_of(one: &Estimate) -> usize {
    prompt_of(one) + one.sequences * one.max_tokens
}

/// The free capacity of an open context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Capacity {
    /// Free cells (tokens of KV cache).
    pub(crate) cells: usize,
    pub(crate) sequences: usize,
}

impl Capacity {
    /// Whether a prompt and its answer fit with at least one sequence.
    pub(crate) fn holds(self, prompt_tokens: usize, max_tokens: usize) -> bool {
        self.sequences > 0 && prompt_tokens + max_tokens <= self.cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workload(requests: &[Estimate], together: usize, more_come: bool) -> ContextPlan {
        ContextPlan::of(&Workload {
            requests: requests.to_vec(),
            together,
            more_come,
        })
    }

    #[test]
    fn paths_of_several_jobs_get_a_pool_for_the_largest_and_may_go_side_by_side() {
        let paths = |prompt, sequences| Estimate {
            sequences,
            ..Estimate::one(Some(prompt), 60)
        };
        let plan = workload(&[paths(1400, 20), paths(300, 5)], 2, false);
        let expected = ContextPlan {
            cells: 1400 + 20 * 60,
            prompt: 1400,
            longest: 1460,
            sequences: 20,
            alongside: 1,
            spare: 0,
            layout: Layout::Shared,
            begins_with: 20,
        };
        assert_eq!(plan, expected);
    }

    #[test]
    fn texts_that_begin_alike_get_their_own_cells_one_sequence_for_each_job() {
        let text = |prompt, answer| Estimate {
            keeps: Keeps::Instructions,
            ..Estimate::one(Some(prompt), answer)
        };
        let texts = [text(500, 220), text(900, 1000), text(1100, 700)];
        let plan = workload(&texts, 2, false);
        assert_eq!((plan.layout, plan.sequences, plan.cells), (Layout::Apart, 2, 1900));
        assert_eq!((plan.prompt, plan.alongside, plan.begins_with), (1100, 0, 1));
        assert_eq!(workload(&texts, 500, false).sequences, MOST_APART);
    }

    #[test]
    fn texts_of_users_share_a_pool_with_spare_cells_for_further_requests() {
        let plan = workload(&[Estimate::one(Some(100), 50), Estimate::one(Some(300), 100)], 2, true);
        assert_eq!(
            (plan.layout, plan.sequences, plan.cells),
            (Layout::Shared, MOST_IN_POOL, 400)
        );
        assert_eq!((plan.spare, plan.begins_with), (150 + SPARE_CELLS, 1));
    }

    #[test]
    fn one_text_after_the_other_has_one_sequence() {
        let plan = workload(&[Estimate::one(Some(90), 120), Estimate::one(Some(200), 120)], 1, false);
        assert_eq!(plan, ContextPlan::of_one(200, 1, 120));
    }
}
