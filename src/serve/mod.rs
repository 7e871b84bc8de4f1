//! The server: HTTP in front of the pipeline, for OpenAI clients, `curl`, frontends and the Python original's clients. Safe Rust
//! throughout; the engine is behind [`crate::host`].
//!
//! A request passes the shell (id, Host and Origin, key, limits), a handler reads it into a checked question, the question waits
//! its turn in a fair queue and runs; the answer goes out whole or as events. What a run says is kept in a log that each client
//! reads at its own pace, so that nobody holds anybody up.

mod api;
mod chat;
mod http;
mod openai;
mod openapi;
mod page;
mod runs;
mod server;

pub(crate) use self::http::HEARTBEAT;
pub use self::http::{
    ApiKeys, BodyLimits, Client, ConnectionLimits, JsonBody, MiddlewareOptions, Origins, PathText, QueryOf, RequestId,
    SseFrame, accept, sse, with_middleware,
};
pub(crate) use self::runs::Models;
pub(crate) use self::server::{ServeOptions, run};
