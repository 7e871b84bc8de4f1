//! Fits a plan into a budget: as many sequences and spare cells and as large a micro-batch as the budget allows. If even the
//! minimum does not fit, a hint says what would.

use super::context_plan::{ContextPlan, Layout};
use super::need::{fewest_together, gains_apart, need};
use crate::engine::budget::{Budget, human_bytes};
use crate::engine::llama::load::Gguf;
use crate::engine::llama::options::{KvType, LlamaOptions};
use crate::engine::llama::tuning::{MOST_SIDE_BY_SIDE, NARROW_MICRO_BATCH};

/// The plan with as many sequences or spare cells as fit into the budget, and the largest useful micro-batch that still fits.
pub(crate) fn within(
    budget: Budget,
    gguf: &Gguf,
    mut plan: ContextPlan,
    options: &LlamaOptions,
) -> (ContextPlan, LlamaOptions) {
    let of_size = |micro_batch: u32| LlamaOptions {
        micro_batch,
        ..options.clone()
    };
    let narrow = of_size(options.micro_batch.min(NARROW_MICRO_BATCH));
    plan = side_by_side(gguf, plan, &narrow, budget).unwrap_or(plan);
    match plan.layout {
        Layout::Shared => plan.cells += largest_spare(gguf, plan, &narrow, budget),
        Layout::Apart => {
            let fitting = most_sequences(gguf, plan, &narrow, budget);
            plan.sequences = if fitting < fewest_together(gguf, &narrow) {
                1
            } else {
                fitting
            };
        }
    }
    let longest = if plan.prompt == 0 { plan.cells } else { plan.prompt };
    let widest = options.micro_batch.min(u32::try_from(longest).unwrap_or(u32::MAX));
    let wide = std::iter::successors(Some(widest), |size| Some(size / 2))
        .take_while(|&size| size > narrow.micro_batch)
        .map(of_size)
        .find(|wide| need(gguf, plan, wide).total() <= budget.0);
    (plan, wide.unwrap_or(narrow))
}

/// The plan that decodes several requests together, each in its own cells, if that is faster than one after the other. It has as
/// many requests as fit into the budget.
fn side_by_side(gguf: &Gguf, plan: ContextPlan, options: &LlamaOptions, budget: Budget) -> Option<ContextPlan> {
    if !gains_apart(plan, options) {
        return None;
    }
    let apart = |requests: usize| ContextPlan {
        cells: plan.longest,
        sequences: requests * plan.sequences,
        layout: Layout::Apart,
        ..plan
    };
    let most = (1 + plan.alongside).min(MOST_SIDE_BY_SIDE / plan.sequences);
    let fits = |plan: &ContextPlan| need(gguf, *plan, options).total() <= budget.0;
    let together = (2..=most).rev().map(apart).find(fits)?;
    (together.sequences >= fewest_together(gguf, options)).then_some(together)
}

/// The spare cells that fit into the budget, found by halving.
fn largest_spare(gguf: &Gguf, plan: ContextPlan, options: &LlamaOptions, budget: Budget) -> usize {
    let mut spare = plan.spare;
    let fits = |spare: usize| {
        let cells = plan.cells + spare;
        need(gguf, ContextPlan { cells, ..plan }, options).total() <= budget.0
    };
    while spare > 0 && !fits(spare) {
        spare /= 2;
    }
    spare
}

/// How many sequences with their own cells fit into the budget; at least one.
fn most_sequences(gguf: &Gguf, plan: ContextPlan, options: &LlamaOptions, budget: Budget) -> usize {
    let fits = |&sequences: &usize| need(gguf, ContextPlan { sequences, ..plan }, options).total() <= budget.0;
    (1..=plan.sequences).rev().find(fits).unwrap_or(1)
}

/// Advice on what would fit into the budget.
pub(crate) fn hint(gguf: &Gguf, plan: ContextPlan, options: &LlamaOptions, budget: Budget) -> String {
    let needed = need(gguf, plan, options);
    if needed.weights + needed.weights / 20 > budget.0 {
        return format!(
            "its weights alone take {}; use a smaller quantisation or model, or raise --budget to at least {}",
            human_bytes(needed.weights),
            human_bytes(needed.total())
        );
    }
    let q8 = LlamaOptions {
        kv_type: KvType::Q8_0,
        ..options.clone()
    };
    if options.kv_type != KvType::Q8_0 && need(gguf, plan, &q8).total() <= budget.0 {
        return "it fits with --kv-type q8_0".into();
    }
    let fits = |cells: usize| need(gguf, ContextPlan { cells, ..plan }, options).total() <= budget.0;
    let mut cells = plan.cells;
    while cells > 256 && !fits(cells) {
        cells = cells * 3 / 4;
    }
    if fits(cells) {
        let of = plan.cells;
        return format!(
            "a context of {cells} tokens instead of {of} would fit: lower --context, --horizon or --samples"
        );
    }
    format!("raise --budget to at least {}", human_bytes(needed.total()))
}
