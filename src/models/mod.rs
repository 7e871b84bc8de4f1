//! Models: what there is ([`Registry`] of [`Manifest`]s), how it gets here ([`Puller`]), where it lies and whether it is still
//! what was pulled ([`Cache`]), and which files fill a role ([`Registry::resolve_role`]).
//!
//! ```text
//!  models/*.toml ─▶ Registry ──▶ Puller: hub │ package │ file │ build ──▶ NAME.part ──hash──▶ Cache ──▶ ResolvedModel
//! ```
//!
//! Only pulling touches the network. Nothing half-written ever has a final name, and nothing whose hash was not checked is
//! handed to an engine. Weights are never interpreted here.

mod answer;
mod cache;
mod content;
mod disk;
mod download;
mod error;
mod fetch;
mod hash;
mod hub;
mod kinds;
mod local;
mod lock;
mod manifest;
mod options;
mod package;
mod part;
mod progress;
mod pull;
mod refusal;
mod registry;
mod resolve;
mod source;

pub use self::cache::{Cache, FileState};
pub use self::disk::FreeSpace;
pub use self::error::ModelsError;
pub use self::hub::HubOptions;
pub(crate) use self::kinds::Format;
pub use self::kinds::{Part, Profile, PromptFormat, Role};
pub use self::manifest::Manifest;
pub use self::options::PullOptions;
pub use self::package::PipOptions;
pub(crate) use self::progress::PullProgress;
pub use self::progress::Pulled;
pub use self::pull::{PulledFile, Puller};
pub use self::registry::Registry;
pub use self::resolve::{ModelChoice, ResolvedModel};
pub use self::source::Source;
