//! What a context holds of one sequence: cleared, or taken out as bytes of llama.cpp's own making and put into a context of the
//! same model.

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::session::LlamaStateSeqFlags;
use llama_cpp_2::token::LlamaToken;

use crate::engine::error::EngineError;

const FLAGS: LlamaStateSeqFlags = LlamaStateSeqFlags::empty();

/// How many bytes the state of a sequence has.
pub(super) fn size(context: &LlamaContext<'_>, sequence: i32) -> usize {
    context.state_seq_get_size_ext(sequence, FLAGS)
}

/// The state of a sequence.
pub(super) fn of(context: &LlamaContext<'_>, sequence: i32) -> Option<Vec<u8>> {
    let mut state = vec![0u8; size(context, sequence)];
    #[expect(unsafe_code, reason = "the safe wrapper does not give its bytes away")]
    // SAFETY: the buffer is as long as llama.cpp says the state of this sequence is.
    let written = unsafe { context.state_seq_get_data_ext(state.as_mut_ptr(), sequence, FLAGS) };
    (written == state.len()).then_some(state)
}

/// Puts into an empty sequence a state that [`of`] returned for the same model. Returns whether it is there; if not, the
/// sequence is empty still.
pub(super) fn put(context: &mut LlamaContext<'_>, sequence: i32, state: &[u8]) -> bool {
    #[expect(unsafe_code, reason = "the safe wrapper takes no bytes from elsewhere")]
    // SAFETY: the bytes are those that llama.cpp wrote for a sequence of this model; it checks sizes and shapes as well.
    let read = unsafe { context.state_seq_set_data_ext(state, sequence, FLAGS) };
    if !read {
        let _ = clear_from(context, sequence, 0);
    }
    read
}

/// How many first tokens are the same.
pub(super) fn alike(one: &[LlamaToken], other: &[LlamaToken]) -> usize {
    one.iter().zip(other).take_while(|(a, b)| a == b).count()
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
