//! The engine: arenas against a budget, the two native libraries behind two small doors, and the batch runner.
//! Everything here is synchronous and opens no socket.
//!
//! * [`ArenaSlot`] and [`Arena`]: memory that is stated, lent and given back ([`LedgerRow`]).
//! * [`Language`] over llama.cpp and [`Classifier`] over ONNX Runtime; the fake stands behind the same doors.
//! * [`run`]: stage by stage, each arena opened once for the whole batch.

mod arena;
mod backend;
mod budget;
mod cancel;
mod chat;
mod classifier;
mod context_plan;
mod error;
mod fake;
mod language;
mod llama;
mod memory;
mod model_cache;
mod native;
mod onnx;
mod read_ahead;
mod run;

pub(crate) use self::arena::milliseconds;
pub use self::arena::{ArenaSlot, Claim};
pub use self::backend::{ClassifierFile, ClassifierWork, Engine, LanguageFile, Upcoming};
pub use self::budget::{Budget, Need, human_bytes};
pub use self::cancel::Cancel;
pub use self::classifier::Classifier;
pub use self::context_plan::{Capacity, ContextPlan, Layout};
pub use self::error::EngineError;
pub use self::fake::FakeEngine;
pub use self::language::{
    Completion, Finish, Generate, Grammar, Keeps, Language, LanguageWork, Message, Prompt, RequestSource, Role,
    Sampling, Step, Vocabulary,
};
pub(crate) use self::language::{TokenChoice, TokenProbability};
#[cfg(test)]
pub(crate) use self::llama::draw as draw_from_schema;
pub(crate) use self::llama::{Card, GpuLayers, check_text, default_threads};
pub use self::llama::{KvType, LlamaOptions, card_memory, cards};
pub use self::memory::resident;
pub(crate) use self::memory::{available, tune_heap};
pub use self::model_cache::Residency;
pub use self::native::{EngineOptions, NativeEngine};
pub use self::onnx::{OnnxOptions, probe_runtime};
pub(crate) use self::run::{BatchJob, run_stage};
pub use self::run::{Stage, run};
