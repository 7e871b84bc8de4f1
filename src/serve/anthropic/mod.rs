//! Anthropic's Messages API: a request becomes a chat request, and the answer becomes content blocks or the events of a stream. Errors
//! of these routes have Anthropic's shape, and their key may come in `x-api-key`.

mod events;
mod failure;
pub(crate) mod messages;
mod request;
mod response;
mod translate;

use crate::serve::http::Dialect;

pub use self::failure::AnthropicError;

/// The routes of this API.
pub const DIALECT: Dialect = Dialect {
    prefix: "/v1/messages",
    error: failure::body,
    key_header: Some("x-api-key"),
    id_header: Some("request-id"),
};
