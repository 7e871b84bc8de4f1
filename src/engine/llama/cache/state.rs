//! The state of one sequence in a context: cleared, cut, or copied as bytes in llama.cpp's own format from one context to another
//! of the same model.

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::session::LlamaStateSeqFlags;
use llama_cpp_2::token::LlamaToken;

use crate::engine::error::EngineError;

const FLAGS: LlamaStateSeqFlags = LlamaStateSeqFlags::empty();

/// The size of a sequence's state, in bytes.
pub(super) fn size(context: &LlamaContext<'_>, sequence: i32) -> usize {
    context.state_seq_get_size_ext(sequence, FLAGS)
}

/// Copies the state of a sequence.
pub(super) fn of(context: &LlamaContext<'_>, sequence: i32) -> Option<Vec<u8>> {
    let mut state = vec![0u8; size(context, sequence)];
    #[expect(unsafe_code, reason = "the safe wrapper does not expose the bytes")]
    // SAFETY: the buffer is as long as llama.cpp says the state of this sequence is.
    let written = unsafe { context.state_seq_get_data_ext(state.as_mut_ptr(), sequence, FLAGS) };
    (written == state.len()).then_some(state)
}

/// Restores a state that [`of`] returned for the same model into an empty sequence. Returns whether it succeeded; if not, the
/// sequence is still empty.
pub(super) fn put(context: &mut LlamaContext<'_>, sequence: i32, state: &[u8]) -> bool {
    #[expect(unsafe_code, reason = "the safe wrapper does not accept these bytes")]
    // SAFETY: the bytes are those that llama.cpp wrote for a sequence of this model; it checks sizes and shapes as well.
    let read = unsafe { context.state_seq_set_data_ext(state, sequence, FLAGS) };
    if !read {
        let _ = clear_from(context, sequence, 0);
    }
    read
}

/// The length of the common beginning, in tokens.
pub(super) fn alike(one: &[LlamaToken], other: &[LlamaToken]) -> usize {
    one.iter().zip(other).take_while(|(a, b)| a == b).count()
}

/// Removes a sequence's cells from `position` on.
pub(crate) fn clear_from(context: &mut LlamaContext<'_>, sequence: i32, position: usize) -> Result<(), EngineError> {
    is_cleared_from(context, sequence, position).map(|_| ())
}

/// Cuts a sequence to its first `count` tokens, or clears it if the model's cache cannot be cut. Returns how many tokens are
/// left.
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
