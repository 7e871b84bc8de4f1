//! Builds the batch of one step from the active requests, in an order that llama.cpp computes in as few graphs as possible.

use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::token::LlamaToken;

use super::slot::Slot;
use crate::engine::error::EngineError;
use crate::engine::llama::count::native;
use crate::engine::llama::plan::Layout;
use crate::engine::llama::tuning::PIECE;

/// The most tokens of a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Width {
    /// In one call of `llama_decode`.
    pub(crate) batch: usize,
    /// In one graph.
    pub(crate) micro_batch: usize,
}

/// The tokens of one sequence in a batch: new tokens of a continuation, or a piece of a prompt.
#[derive(Debug)]
pub(super) struct Part {
    /// The index of the request among the active ones.
    owner: usize,
    /// The lane of the continuation; `None` for a piece of the prompt.
    lane: Option<usize>,
    pub(crate) sequence: i32,
    /// The position of the first token.
    pub(crate) from: usize,
    tokens: Vec<LlamaToken>,
    /// Whether to compute logits for the last token.
    wants_logits: bool,
}

impl Part {
    /// The number of decoded tokens; 0 for a piece of a prompt.
    pub(crate) fn continued(&self) -> usize {
        if self.lane.is_some() { self.tokens.len() } else { 0 }
    }
}

/// The new tokens of every active sequence, then pieces of prompts in the order of their arrival (chunked prefill): while
/// sequences are decoded, a prompt is read in pieces, so that no answer stalls behind a long prompt. Parts are sorted by
/// sequence, because under [`Layout::Apart`] llama.cpp computes only contiguous sequences in one graph.
pub(super) fn next_parts(active: &[Slot], layout: Layout, width: Width) -> Vec<Part> {
    let mut parts = Vec::new();
    for (owner, one) in active.iter().enumerate() {
        parts.extend(one.pending().map(|(lane, from, tokens)| Part {
            owner,
            lane: Some(lane),
            sequence: one.sequences()[lane],
            from,
            tokens: tokens.to_vec(),
            wants_logits: true,
        }));
    }
    let decoded = parts.iter().map(Part::continued).sum();
    let mut left = width.batch.saturating_sub(decoded);
    if !parts.is_empty() {
        left = left.min(match layout {
            Layout::Shared => PIECE.saturating_sub(decoded),
            // Decoding and prefill are separate graphs there, and a full micro-batch of a prompt is the most efficient.
            Layout::Apart => width.micro_batch,
        });
    }
    for (owner, one) in active.iter().enumerate().filter(|(_, one)| one.is_in_prefill()) {
        let piece = one.next_piece(left);
        left -= piece.tokens.len();
        if !piece.tokens.is_empty() {
            parts.push(Part {
                owner,
                lane: None,
                sequence: piece.sequence,
                from: one.evaluated(),
                tokens: piece.tokens.to_vec(),
                wants_logits: piece.is_last,
            });
        }
    }
    parts.sort_by_key(|part| part.sequence);
    parts
}

/// Puts parts into a batch, and tells each request at which index of the batch its logits will be.
///
/// # Errors
///
/// [`EngineError::Native`] if the batch is too small.
pub(super) fn fill(batch: &mut LlamaBatch<'_>, parts: &[Part], active: &mut [Slot]) -> Result<(), EngineError> {
    batch.clear();
    for part in parts {
        for (offset, &token) in part.tokens.iter().enumerate() {
            let wants_logits = part.wants_logits && offset + 1 == part.tokens.len();
            batch
                .add(token, native(part.from + offset), &[part.sequence], wants_logits)
                .map_err(|error| EngineError::Native {
                    operation: "filling a batch",
                    reason: error.to_string(),
                })?;
        }
        let output = count(batch).saturating_sub(1);
        match part.lane {
            Some(lane) => active[part.owner].place_pending(lane, output),
            None => active[part.owner].place(part.tokens.len(), output),
        }
    }
    Ok(())
}

/// The number of tokens in a batch.
pub(super) fn count(batch: &LlamaBatch<'_>) -> usize {
    usize::try_from(batch.n_tokens()).unwrap_or(0)
}
