//! A demand and the budget it is to fit into: what is only of use is opened as far as there is room, and where even what is
//! needed has none, what would have.

use crate::engine::budget::{Budget, human_bytes};
use crate::engine::context_plan::{ContextPlan, Layout};
use crate::engine::llama::load::Gguf;
use crate::engine::llama::{KvType, LlamaOptions};

/// The micro-batch that an arena is opened with where a larger one has no room.
const NARROW: u32 = 128;

/// Most sequences of several requests that are decoded together: a step of more costs as much more as it brings.
const MOST_SEQUENCES: usize = 64;

/// The demand with as many sequences or spare cells as the budget has room for, and then the largest micro-batch of use.
pub(crate) fn within(
    budget: Budget,
    gguf: &Gguf,
    mut demand: ContextPlan,
    options: &LlamaOptions,
) -> (ContextPlan, LlamaOptions) {
    let of_size = |micro_batch: u32| LlamaOptions {
        micro_batch,
        ..options.clone()
    };
    let narrow = of_size(options.micro_batch.min(NARROW));
    demand = side_by_side(gguf, demand, &narrow, budget).unwrap_or(demand);
    match demand.layout {
        Layout::Shared => demand.cells += largest_spare(gguf, demand, &narrow, budget),
        Layout::Apart => {
            let fitting = most_sequences(gguf, demand, &narrow, budget);
            demand.sequences = if fitting < gguf.fewest_together(&narrow) {
                1
            } else {
                fitting
            };
        }
    }
    let longest = if demand.prompt == 0 {
        demand.cells
    } else {
        demand.prompt
    };
    let widest = options.micro_batch.min(u32::try_from(longest).unwrap_or(u32::MAX));
    let wide = std::iter::successors(Some(widest), |size| Some(size / 2))
        .take_while(|&size| size > narrow.micro_batch)
        .map(of_size)
        .find(|wide| gguf.need(demand, wide).total() <= budget.0);
    (demand, wide.unwrap_or(narrow))
}

/// Several requests in cells of their own, as many as the budget has room for, where that is faster than one after the other.
fn side_by_side(gguf: &Gguf, demand: ContextPlan, options: &LlamaOptions, budget: Budget) -> Option<ContextPlan> {
    if !gguf.gains_apart(demand, options) {
        return None;
    }
    let apart = |requests: usize| ContextPlan {
        cells: demand.longest,
        sequences: requests * demand.sequences,
        layout: Layout::Apart,
        ..demand
    };
    let most = (1 + demand.alongside).min(MOST_SEQUENCES / demand.sequences);
    let fits = |demand: &ContextPlan| gguf.need(*demand, options).total() <= budget.0;
    let together = (2..=most).rev().map(apart).find(fits)?;
    (together.sequences >= gguf.fewest_together(options)).then_some(together)
}

/// The spare cells that fit into the budget beside what is needed, by halving.
fn largest_spare(gguf: &Gguf, demand: ContextPlan, options: &LlamaOptions, budget: Budget) -> usize {
    let mut spare = demand.spare;
    let fits = |spare: usize| {
        let cells = demand.cells + spare;
        gguf.need(ContextPlan { cells, ..demand }, options).total() <= budget.0
    };
    while spare > 0 && !fits(spare) {
        spare /= 2;
    }
    spare
}

/// The sequences with cells of their own that fit into the budget; one is asked for in any case.
fn most_sequences(gguf: &Gguf, demand: ContextPlan, options: &LlamaOptions, budget: Budget) -> usize {
    let fits = |&sequences: &usize| gguf.need(ContextPlan { sequences, ..demand }, options).total() <= budget.0;
    (1..=demand.sequences).rev().find(fits).unwrap_or(1)
}

/// What would fit into the budget instead.
pub(crate) fn hint(gguf: &Gguf, demand: ContextPlan, options: &LlamaOptions, budget: Budget) -> String {
    let need = gguf.need(demand, options);
    if need.weights + need.weights / 20 > budget.0 {
        return format!(
            "its weights alone take {}; use a smaller quantisation or model, or raise --budget to at least {}",
            human_bytes(need.weights),
            human_bytes(need.total())
        );
    }
    let q8 = LlamaOptions {
        kv_type: KvType::Q8_0,
        ..options.clone()
    };
    if options.kv_type != KvType::Q8_0 && gguf.need(demand, &q8).total() <= budget.0 {
        return "it fits with --kv-type q8_0".into();
    }
    let fits = |cells: usize| gguf.need(ContextPlan { cells, ..demand }, options).total() <= budget.0;
    let mut cells = demand.cells;
    while cells > 256 && !fits(cells) {
        cells = cells * 3 / 4;
    }
    if fits(cells) {
        let of = demand.cells;
        return format!(
            "a context of {cells} tokens instead of {of} would fit: lower --context, --horizon or --samples"
        );
    }
    format!("raise --budget to at least {}", human_bytes(need.total()))
}
