//! The answer to a conversation, before a dialect writes it: in one piece, or as a stream of chunks.

use futures_util::stream::BoxStream;

use super::chunks::ChatChunk;
use super::response::ChatCompletion;
use crate::serve::http::ApiError;

/// The answer to a chat request, in the form that the request asked for.
pub enum ChatAnswer {
    /// In one piece.
    Whole(Box<ChatCompletion>),
    /// As it is written.
    Stream(ChatStream),
}

/// The chunks of an answer. The last one has no choices and the usage; no other has the usage. A failure is the last item.
pub type ChatStream = BoxStream<'static, Result<ChatChunk, ApiError>>;
