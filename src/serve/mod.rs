//! The server: HTTP in front of the pipeline, for the web page, OpenAI's clients, `curl` and the Python original's clients. Safe Rust
//! throughout; the native libraries are in the engine behind [`crate::host`].
//!
//! A request passes the layers of `http` (request id, Host and Origin, API key, limits). A handler of `api` or `openai` parses it into
//! a checked question, where it is a conversation with the help of `chat`; `builtin` has what a language model may call. `runs` queues
//! the question, puts it through the engine and keeps its events in a log that each client reads at its own pace. The handler answers
//! with the result, or streams the events. `console` is a conversation without HTTP, for the command line.

mod anthropic;
mod api;
mod builtin;
mod chat;
mod console;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
mod http;
mod mcp;
mod ollama;
mod openai;
mod openapi;
mod page;
mod responses;
mod runs;
mod server;

pub(crate) use self::console::{Console, Said};
pub(crate) use self::http::{ApiError, HEARTBEAT};
pub use self::http::{
    ApiKeys, BodyLimits, Client, ConnectionLimits, JsonBody, MiddlewareOptions, Origins, PathText, QueryOf, RequestId,
    SseFrame, accept, sse, with_middleware,
};
pub(crate) use self::runs::ModelResolver;
pub(crate) use self::server::{ServeError, ServeOptions, run, run_mcp};
