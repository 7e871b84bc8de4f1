//! What a context takes in memory, and how it is computed fastest: a file and a plan in, bytes and the kind of attention out.

use super::attention::{Attention, Case, Way, multiplies_bf16};
use super::context_plan::{ContextPlan, Layout};
use crate::engine::budget::Need;
use crate::engine::ggml::card_memory;
use crate::engine::llama::load::Gguf;
use crate::engine::llama::options::{GpuLayers, LlamaOptions};
use crate::engine::llama::tuning::{FEW_SEQUENCES, FEWEST, FEWEST_REPACKED, LONG_PROMPT, PIECE, RUN};

/// What loading the weights and a context for `plan` will take.
pub(crate) fn need(gguf: &Gguf, plan: ContextPlan, options: &LlamaOptions) -> Need {
    let shape = gguf.shape();
    let cells = context_cells(plan) as u64;
    let micro_batch = u64::from(options.micro_batch).min(cells);
    // The graph of one micro-batch: at each layer a handful of activations the width of the feed-forward, then logits. Its
    // buffer has room for the logits of every token, but in main memory a page counts only once it is written, and only
    // the outputs' are. Measured by `make bench-memory`.
    let on_card = is_on_card(options);
    let rows = if on_card {
        micro_batch
    } else {
        micro_batch.min(plan.sequences as u64)
    };
    let logits = rows * shape.vocabulary * 4;
    let activations = micro_batch * (shape.feed_forward * 3 + shape.embedding * 6) * 4;
    let mask = micro_batch * cells * 4;
    let scores = match attention(gguf, plan, options).way {
        Way::Product => shape.heads * scored(plan, cells, micro_batch) * 4,
        Way::Flash => 0,
    };
    let outputs = plan.sequences as u64 * shape.vocabulary * 4;
    Need {
        weights: gguf.file_bytes() + if on_card { gguf.second_embedding() } else { 0 },
        kv: cells * shape.kv_bytes_per_token(options.kv_type),
        compute: logits + activations + mask + scores + outputs + VOCABULARY_BYTES_PER_TOKEN * shape.vocabulary,
    }
}

/// How attention is computed for a plan.
pub(crate) fn attention(gguf: &Gguf, plan: ContextPlan, options: &LlamaOptions) -> Attention {
    Attention::fastest(Case {
        plan,
        kv_type: options.kv_type,
        is_latent: gguf.shape().is_latent(),
        on_card: is_on_card(options),
        multiplies_bf16: multiplies_bf16(),
    })
}

/// Whether requests of several sequences each are faster side by side, in cells of their own, than one after the other over
/// shared cells. A wide step reads the weights once for more sequences; but attention over cells of its own is computed for each
/// sequence apart. The first outweighs the second where few sequences share a short prompt, and is taken to do so always on a
/// card.
pub(super) fn gains_apart(plan: ContextPlan, options: &LlamaOptions) -> bool {
    let is_asked = options.side_by_side && plan.alongside > 0 && plan.sequences > 0 && plan.longest > 0;
    let is_small = plan.sequences <= FEW_SEQUENCES && plan.prompt < LONG_PROMPT;
    is_asked && (is_small || is_on_card(options))
}

/// With fewer sequences than these, decoding them together is no faster than one after the other.
pub(super) fn fewest_together(gguf: &Gguf, options: &LlamaOptions) -> usize {
    if gguf.is_repacked() && !is_on_card(options) {
        FEWEST_REPACKED
    } else {
        FEWEST
    }
}

/// The tokenizer's tables in memory, a token: text, score, lookup and merges.
const VOCABULARY_BYTES_PER_TOKEN: u64 = 320;

/// Pairs of a token and a cell that one graph scores at most: the tokens of a prompt see the prompt; later the active
/// sequences, or a piece of a new request's prompt beside them, see all.
fn scored(plan: ContextPlan, cells: u64, micro_batch: u64) -> u64 {
    let seen = match plan.prompt {
        0 => cells,
        prompt => cells.min(prompt.next_multiple_of(256) as u64),
    };
    let active = match plan.sequences {
        0 | 1 => 1,
        several => (several * RUN).max(PIECE) as u64,
    };
    (micro_batch * seen).max(cells * active)
}

/// Whether a card may take part.
fn is_on_card(options: &LlamaOptions) -> bool {
    options.gpu_layers != GpuLayers::Count(0) && card_memory().total > 0
}

/// The context length in tokens for a plan; llama.cpp rounds to 256 itself, so say it first.
pub(crate) fn context_cells(plan: ContextPlan) -> usize {
    let cells = plan.cells.max(1).next_multiple_of(256);
    match plan.layout {
        Layout::Shared => cells,
        Layout::Apart => cells * plan.sequences.max(1),
    }
}
