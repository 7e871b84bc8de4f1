//! The server: HTTP in front of the pipeline, for OpenAI clients, `curl`, frontends and the Python original's clients. Safe Rust
//! throughout; the engine is behind [`crate::host`].
//!
//! A request passes the shell (id, Host and Origin, key, limits), a handler reads it into a checked question, the question waits
//! its turn in a fair queue and runs; the answer goes out whole or as events. What a run says is kept in a log that each client
//! reads at its own pace, so that nobody holds anybody up.

mod analyses;
mod analyze;
mod app;
mod ask;
mod backtest;
mod body;
mod compat;
mod connection;
mod doors;
mod error;
mod fault;
mod follow;
mod gather;
mod keys;
mod live;
mod metrics;
mod openai;
mod openapi;
mod origin;
mod page;
mod question;
mod queue;
mod request_id;
mod run;
mod runs;
mod sentiment;
mod shell;
mod stream;
mod texts;
mod tokens;
mod track;
mod watching;

pub use app::Models;
pub use body::{BodyLimits, JsonBody, PathText, QueryOf};
pub use connection::{ConnectionLimits, accept};
pub use doors::{Client, DoorError, check_bind};
pub use error::{ApiError, ErrorBody, ErrorDetail};
pub use keys::ApiKeys;
pub use origin::Origins;
pub use request_id::RequestId;
pub use run::{ServeError, ServeOptions, document, run};
pub use shell::{ShellOptions, shell};
pub use stream::{HEARTBEAT, SseFrame, sse};
