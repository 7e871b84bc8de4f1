//! The memory that a plan needs on a GGUF file, and how its attention is computed.

use super::attention::{Attention, Case, Way, multiplies_bf16};
use super::context_plan::{ContextPlan, Layout};
use crate::engine::budget::Need;
use crate::engine::ggml::card_memory;
use crate::engine::llama::load::Gguf;
use crate::engine::llama::options::{GpuLayers, LlamaOptions};
use crate::engine::llama::tuning::{FEW_SEQUENCES, FEWEST, FEWEST_REPACKED, LONG_PROMPT, PIECE, RUN};

/// The memory of the weights and of a context for `plan`.
pub(crate) fn need(gguf: &Gguf, plan: ContextPlan, options: &LlamaOptions) -> Need {
    let shape = gguf.shape();
    let cells = context_cells(plan) as u64;
    let micro_batch = u64::from(options.micro_batch).min(cells);
    // The graph of one micro-batch: a few activations as wide as the feed-forward layer, then logits. Its buffer is large enough
    // for the logits of every token, but main memory is taken only for pages that are written, which are those of the output
    // tokens. Measured by `make bench-memory`.
    let on_card = is_on_card(options);
    let rows = if on_card {
        micro_batch
    } else {
        micro_batch.min(plan.sequences as u64)
    };
    let logits = rows * shape.vocabulary * 4;
    let activations = micro_batch * (shape.feed_forward * 3 + shape.embedding * 6) * 4;
    // An adapter adds a product as wide as the adapted layer.
    let adapted = if gguf.adapter_bytes() > 0 {
        micro_batch * shape.feed_forward * 4
    } else {
        0
    };
    let mask = micro_batch * cells * 4;
    let scores = match attention(gguf, plan, options).way {
        Way::Product => shape.heads * scored(plan, cells, micro_batch) * 4,
        Way::Flash => 0,
    };
    let outputs = plan.sequences as u64 * shape.vocabulary * 4;
    Need {
        weights: gguf.file_bytes() + gguf.adapter_bytes() + if on_card { gguf.second_embedding() } else { 0 },
        kv: cells * shape.kv_bytes_per_token(options.kv_type),
        compute: logits
            + activations
            + adapted
            + mask
            + scores
            + outputs
            + VOCABULARY_BYTES_PER_TOKEN * shape.vocabulary,
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

/// Whether several requests of several sequences each are faster together, each in its own cells, than one after the other in
/// shared cells. A larger batch reads the weights once for more sequences, but attention is then computed for each sequence
/// separately. The gain is larger if few sequences share a short prompt; on a card it is assumed to be larger always.
pub(super) fn gains_apart(plan: ContextPlan, options: &LlamaOptions) -> bool {
    let is_asked = options.side_by_side && plan.alongside > 0 && plan.sequences > 0 && plan.longest > 0;
    let is_small = plan.sequences <= FEW_SEQUENCES && plan.prompt < LONG_PROMPT;
    is_asked && (is_small || is_on_card(options))
}

/// The fewest sequences that are faster together than one after the other.
pub(super) fn fewest_together(gguf: &Gguf, options: &LlamaOptions) -> usize {
    if gguf.is_repacked() && !is_on_card(options) {
        FEWEST_REPACKED
    } else {
        FEWEST
    }
}

/// Memory of the tokenizer's tables for each token of the vocabulary: text, score, lookup and merges.
const VOCABULARY_BYTES_PER_TOKEN: u64 = 320;

/// The most attention scores (token–cell pairs) of one graph. During prefill, a micro-batch attends to the prompt. Later, the
/// active sequences, or a piece of another prompt decoded with them, attend to all cells.
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

/// Whether a graphics card may compute some layers.
fn is_on_card(options: &LlamaOptions) -> bool {
    options.gpu_layers != GpuLayers::Count(0) && card_memory().total > 0
}

/// The context length for a plan, in tokens, rounded up to a multiple of 256 as llama.cpp does.
pub(crate) fn context_cells(plan: ContextPlan) -> usize {
    let cells = plan.cells.max(1).next_multiple_of(256);
    match plan.layout {
        Layout::Shared => cells,
        Layout::Apart => cells * plan.sequences.max(1),
    }
}
