//! The engine: arenas within a memory budget, and the backends that compute in them. Everything here is synchronous and opens no
//! socket, except `remote`, whose sockets belong to the process that drives the run.
//!
//! * [`Engine`]: the interface that stages call. A stage names a [`ModelRef`](crate::analysis::ModelRef) and passes its work; the
//!   engine finds the model's files, opens an arena, runs the work and returns the ledger row.
//! * [`Language`], [`Classifier`] and [`Embedder`]: the interfaces of a backend. A language backend states its [`Capabilities`], tells
//!   whether a prompt fits, and takes requests from a [`RequestSource`] while it has free capacity. llama.cpp and ONNX Runtime
//!   implement them; so does the fake.
//! * [`RemoteEngine`]: models on other machines, around another engine.
//! * [`ArenaSlot`] and [`Claim`]: memory that is estimated, allocated and freed, as a [`LedgerRow`](crate::analysis::LedgerRow)
//!   records.
//!
//! Each module imports only from modules later in this list: native, remote, fake, follow, token_counter, llama, onnx, model_cache, read_ahead, arena, ggml,
//! memory, chat, plain_tools, python_json, marks, calls, backend, language, classifier, embedder, and the plain data below them.

mod answer;
mod arena;
mod backend;
mod budget;
mod calls;
mod cancel;
mod capabilities;
mod capability;
mod chat;
mod classifier;
mod embedder;
mod error;
mod fake;
mod follow;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
mod ggml;
mod language;
mod llama;
mod marks;
pub mod memory;
mod model_cache;
mod native;
mod onnx;
mod plain_tools;
mod python_json;
mod read_ahead;
mod remote;
mod request;
mod threads;
mod token_counter;
mod workload;

pub use self::answer::{Completion, Finish, Step};
pub(crate) use self::answer::{TokenChoice, TokenProbability};
pub(crate) use self::arena::milliseconds;
pub use self::arena::{ArenaSlot, Claim};
pub use self::backend::{ClassifierWork, EmbedderWork, Engine};
pub use self::budget::{Budget, Need, human_bytes};
pub use self::calls::{CallReader, Written};
pub use self::cancel::Cancel;
pub use self::capabilities::Capabilities;
pub use self::capability::Capability;
pub use self::classifier::Classifier;
pub use self::embedder::{Embedder, Embedding};
pub use self::error::{EngineError, RemoteFailure};
pub use self::fake::FakeEngine;
pub use self::ggml::{Card, card_memory, cards};
pub(crate) use self::ggml::{backend, loaded_variant, variants_folder};
pub use self::language::{Fit, Language, LanguageInfo, LanguageWork, RequestSource};
#[cfg(test)]
pub(crate) use self::llama::draw as draw_from_schema;
pub(crate) use self::llama::{GpuLayers, Quantisation, accepts, check_grammar, quantise};
pub use self::llama::{KvType, LlamaOptions};
pub use self::model_cache::Residency;
pub(crate) use self::native::check_text;
pub use self::native::{EngineOptions, NativeEngine};
pub use self::onnx::{OnnxOptions, probe_runtime};
pub(crate) use self::remote::{Ask, Told};
pub use self::remote::{
    Call as RemoteCall, Caller, HttpCaller, RemoteEngine, RemoteModel, RemoteOptions, Tell, Timing as RemoteTiming,
};
pub use self::request::{
    Call, CallGrammar, Callable, Generate, Grammar, Keeps, Message, Prompt, Role, Sampling, TextForm, Tool,
};
pub(crate) use self::threads::default_threads;
pub use self::token_counter::TokenCounter;
pub use self::workload::{Estimate, Workload};
