//! The engine: arenas against a budget, the two native libraries behind two small doors, and the batch runner.
//! Everything here is synchronous and opens no socket.
//!
//! * [`Slot`] and [`Arena`]: memory that is stated, lent and given back ([`LedgerRow`]).
//! * [`Language`] over llama.cpp and [`Classifier`] over ONNX Runtime; the fake stands behind the same doors.
//! * [`run`]: stage by stage, each arena opened once for the whole batch.

mod arena;
mod budget;
mod cancel;
pub mod chat;
mod classifier;
mod demand;
mod door;
mod error;
mod event;
pub mod fake;
mod language;
mod large_pages;
mod ledger;
mod llama;
pub mod memory;
mod native;
mod onnx;
mod read_ahead;
mod residency;
mod run;

pub(crate) use arena::milliseconds;
pub use arena::{Arena, Claim, Slot};
pub use budget::{Budget, Need, SizeError, human_bytes};
pub use cancel::Cancel;
pub use classifier::Classifier;
pub use demand::{Demand, Layout, Room};
pub use door::{ClassifierFile, ClassifierWork, Engine, LanguageFile, Upcoming};
pub use error::EngineError;
pub use event::{Event, LabelledHeadline, Sink, TextPart};
pub use language::{
    Completion, Desk, Finish, Generate, Grammar, Keeps, Language, LanguageWork, Message, Prompt, Role, Sampling, Step,
    TokenChoice, TokenProbability, Vocabulary,
};
pub use ledger::{LedgerRow, StageName, Usage};
pub use llama::{Card, CardMemory, GpuLayers, KvType, LlamaOptions, card_memory, cards, check_text, default_threads};
pub use native::{EngineOptions, NativeEngine};
pub use onnx::{OnnxOptions, probe_runtime};
pub use residency::Residency;
pub use run::{BatchJob, Stage, run, run_stage};
