//! What a context must hold: a workload of requests comes in, cells, sequences and their layout go out.

use crate::engine::llama::tuning::{MOST_APART, MOST_IN_POOL, SPARE_CELLS};
use crate::engine::request::Keeps;
use crate::engine::workload::{Estimate, Workload};

/// What a context must hold, so that it is opened no larger than needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ContextPlan {
    /// Tokens of KV cache: prompt plus, for each sequence, its longest answer. Under [`Layout::Apart`], for one sequence.
    pub(crate) cells: usize,
    /// Tokens of the longest prompt; 0 where it is not known.
    pub(crate) prompt: usize,
    /// Tokens of the longest sequence, prompt and answer; 0 where it is not known.
    pub(crate) longest: usize,
    /// Sequences decoded together; under [`Layout::Apart`] at most so many, as far as the budget goes.
    pub(crate) sequences: usize,
    /// Further requests that may be decoded beside the first, each of as many sequences: in cells of their own, where that is
    /// faster and the budget has room.
    pub(crate) alongside: usize,
    /// Tokens of KV cache beyond `cells` that would be of use; opened as far as the budget goes.
    pub(crate) spare: usize,
    /// How sequences lie in the cache.
    pub(crate) layout: Layout,
    /// A further request begins beside others once so many sequences are free.
    pub(crate) begins_with: usize,
}

/// How sequences lie in the KV cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Layout {
    /// All in one pool of cells: sequences over one prompt share its cells.
    #[default]
    Shared,
    /// Each in cells of its own, as many as any other: for sequences that have little in common. A step then looks at the cells
    /// of its own sequence alone.
    Apart,
}

impl ContextPlan {
    /// The plan for a workload.
    ///
    /// * Requests of several users, who may still come: a pool, in which each takes the cells that it needs.
    /// * Single continuations whose prompts begin alike, so that their instructions are worth keeping: apart, all at once.
    /// * Others: a pool that holds the largest, one after the other; [`within`](super::within) may put them side by side.
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
            // In a pool for one request, the next begins when that is done.
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

/// All of its sequences share the cells of its prompt.
fn cells_of(one: &Estimate) -> usize {
    prompt_of(one) + one.sequences * one.max_tokens
}

/// What is free in an open context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Capacity {
    /// Tokens of KV cache.
    pub(crate) cells: usize,
    /// Sequences.
    pub(crate) sequences: usize,
}

impl Capacity {
    /// Whether a prompt and the answer to it, in one sequence at least, have room.
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
    fn texts_that_begin_alike_lie_apart_as_many_as_there_are_jobs() {
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
    fn texts_of_users_share_a_pool_with_room_for_those_who_come() {
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
