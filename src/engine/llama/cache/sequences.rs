//! The sequences of a context: finds the free one that already holds the beginning of a prompt, and keeps those in use
//! contiguous.

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::token::LlamaToken;

use super::state::{self, clear_from};
use crate::engine::error::EngineError;
use crate::engine::llama::count::native;

/// The tokens that a free sequence still holds.
pub(crate) struct Remembered {
    pub(crate) sequence: i32,
    pub(crate) tokens: Vec<LlamaToken>,
}

/// The free sequence that shares the longest beginning with a prompt, and the number of shared tokens. The prompt's last token is
/// never counted, because its logits must be computed.
pub(crate) fn closest(remembered: &[Remembered], prompt: &[LlamaToken]) -> Option<(i32, usize)> {
    let most = prompt.len().saturating_sub(1);
    remembered
        .iter()
        .map(|one| (one.sequence, state::alike(&one.tokens, &prompt[..most])))
        .max_by_key(|&(_, count)| count)
}

/// Renumbers the sequences in use to 0, 1, 2 and so on: llama.cpp computes contiguous sequences in one graph and starts another
/// after a gap. Returns each move as (from, to).
///
/// # Errors
///
/// [`EngineError::Native`] if a sequence cannot be moved.
pub(crate) fn compact(
    context: &mut LlamaContext<'_>,
    remembered: &mut Vec<Remembered>,
    used: Vec<i32>,
) -> Result<Vec<(i32, i32)>, EngineError> {
    let moves = moves(used);
    for &(from, to) in &moves {
        remembered.retain(|one| one.sequence != to);
        clear_from(context, to, 0)?;
        context
            .copy_kv_cache_seq(from, to, None, None)
            .map_err(|error| EngineError::Native {
                operation: "moving a sequence",
                reason: error.to_string(),
            })?;
        clear_from(context, from, 0)?;
    }
    Ok(moves)
}

/// The moves that close all gaps: the last sequence goes to the first gap.
fn moves(mut used: Vec<i32>) -> Vec<(i32, i32)> {
    used.sort_unstable();
    let count = native(used.len());
    let gaps = (0..count).filter(|place| used.binary_search(place).is_err());
    let behind = used.iter().rev().copied().take_while(|&sequence| sequence >= count);
    behind.zip(gaps).collect()
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
