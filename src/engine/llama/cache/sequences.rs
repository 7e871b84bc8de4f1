//! The sequences of a context: what of them is in the cache, cut, moved and cleared.

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::token::LlamaToken;

use super::state;
use crate::engine::error::EngineError;
use crate::engine::llama::step::{Slot, native};

/// The tokens that a free sequence still holds.
pub(crate) struct Remembered {
    pub(crate) sequence: i32,
    pub(crate) tokens: Vec<LlamaToken>,
}

/// The free sequence whose remembered tokens begin most like a prompt, and how many are the same. The prompt's last token is
/// never among these: its logits are needed.
pub(crate) fn closest(remembered: &[Remembered], prompt: &[LlamaToken]) -> Option<(i32, usize)> {
    let most = prompt.len().saturating_sub(1);
    remembered
        .iter()
        .map(|one| (one.sequence, state::alike(&one.tokens, &prompt[..most])))
        .max_by_key(|&(_, count)| count)
}

/// Moves sequences that lie apart into the places of those that ended: llama.cpp computes neighbours in one graph, and what lies
/// behind a gap in another.
pub(crate) fn compact(
    context: &mut LlamaContext<'_>,
    remembered: &mut Vec<Remembered>,
    active: &mut [Slot],
) -> Result<(), EngineError> {
    for (from, to) in moves(active.iter().flat_map(Slot::sequences).copied().collect()) {
        remembered.retain(|one| one.sequence != to);
        clear_from(context, to, 0)?;
        context
            .copy_kv_cache_seq(from, to, None, None)
            .map_err(|error| EngineError::Native {
                operation: "moving a sequence",
                reason: error.to_string(),
            })?;
        clear_from(context, from, 0)?;
        active.iter_mut().for_each(|one| one.move_sequence(from, to));
    }
    Ok(())
}

/// Where to move the sequences in use so that they are 0, 1, 2 …: the last into the first gap.
fn moves(mut used: Vec<i32>) -> Vec<(i32, i32)> {
    used.sort_unstable();
    let count = native(used.len());
    let gaps = (0..count).filter(|place| used.binary_search(place).is_err());
    let behind = used.iter().rev().copied().take_while(|&sequence| sequence >= count);
    behind.zip(gaps).collect()
}

/// Removes what a sequence has from `position` on.
pub(crate) fn clear_from(context: &mut LlamaContext<'_>, sequence: i32, position: usize) -> Result<(), EngineError> {
    is_cleared_from(context, sequence, position).map(|_| ())
}

/// Leaves the first `count` tokens of a sequence, or none where a model's cache cannot be cut. Returns how many are left.
pub(crate) fn cut(context: &mut LlamaContext<'_>, sequence: i32, count: usize) -> Result<usize, EngineError> {
    if is_cleared_from(context, sequence, count)? {
        return Ok(count);
    }
    clear_from(context, sequence, 0)?;
    Ok(0)
}

fn is_cleared_from(context: &mut LlamaContext<'_>, sequence: i32, position: usize) -> Result<bool, EngineError> {
    context
        .clear_kv_cache_seq(u32::try_from(sequence).ok(), u32::try_from(position).ok(), None)
        .map_err(|error| EngineError::Native {
            operation: "clearing the KV cache",
            reason: error.to_string(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_filled_from_the_end() {
        assert_eq!(moves(vec![0, 1, 2]), []);
        assert_eq!(moves(vec![5, 0, 3]), [(5, 1), (3, 2)]);
        assert_eq!(moves(vec![7]), [(7, 0)]);
        assert_eq!(moves(Vec::new()), []);
    }
}
