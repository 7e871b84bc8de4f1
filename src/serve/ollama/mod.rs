//! Ollama's API: a request becomes a chat request, and the answer becomes lines of JSON. Only what reads: models are pulled and removed
//! with `tripod models`. Errors of these routes are `{"error": "…"}`.

pub(crate) mod chat;
pub(crate) mod embed;
mod failure;
pub(crate) mod generate;
mod lines;
pub(crate) mod models;
mod name;
mod options;
mod request;
mod response;
mod translate;

use crate::serve::http::Dialect;

pub use self::failure::OllamaError;
pub use self::models::unsupported;

/// The routes of this API.
pub const DIALECT: Dialect = Dialect {
    prefix: "/api",
    error: failure::body,
    key_header: None,
    id_header: None,
};
