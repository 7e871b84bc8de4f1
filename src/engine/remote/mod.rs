//! Models on other machines, over OpenAI-compatible HTTP (chat, completions) and the `/predict` of text-embeddings-inference.
//! [`RemoteEngine`] wraps another engine: models whose reference names servers go there, others to the wrapped one.
//!
//! Sockets are apart from the rest: an engine asks through a [`Caller`], and [`HttpCaller`] is the one that opens connections. It lives
//! in the process that drives the run; a confined engine's process asks it through a pipe. Only models that the configuration names
//! are reached, on hosts that the user allowed.
//!
//! What the servers can do is probed, not believed. An answer that must follow a grammar is checked here, whether the server held it
//! or not, and asked for again at most twice.
//!
//! Each module imports only from modules later in this list: engine, language, classifier, check, waiting, http, options, caller, ask.

mod ask;
mod caller;
mod check;
mod classifier;
mod engine;
mod http;
mod language;
mod options;
mod waiting;

pub(crate) use self::ask::{Ask, Told};
pub use self::caller::{Call, Caller, Tell};
pub use self::engine::RemoteEngine;
pub use self::http::HttpCaller;
pub use self::options::{RemoteModel, RemoteOptions, Timing};
