//! The sequences of a context: which free one holds the beginning of a prompt, and keeping those in use side by side.

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

/// The free sequence whose remembered tokens begin most like a prompt, and how many are the same. The prompt's last token is
/// never among these: its logits are needed.
pub(crate) fn closest(remembered: &[Remembered], prompt: &[LlamaToken]) -> Option<(i32, usize)> {
    let most = prompt.len().saturating_sub(1);
    remembered
        .iter()
        .map(|one| (one.sequence, state::alike(&one.tokens, &prompt[..most])))
        .max_by_key(|&(_, count)| count)
}

/// Moves the sequences in use so that they are 0, 1, 2 …: llama.cpp computes neighbours in one graph, and what lies behind a gap in
/// another. Returns each move, from and to.
///
/// # Errors
///
/// [`EngineError::Native`] when a sequence cannot be moved.
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

/// Where to move the sequences in use so that they are 0, 1, 2 …: the last into the first gap.
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
