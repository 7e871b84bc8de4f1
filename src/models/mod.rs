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
mod package;
mod part;
mod progress;
mod pull;
mod registry;
mod resolve;
mod retry;
mod secret;
mod source;

pub use cache::{Cache, CachedFile, FileState};
pub use disk::FreeSpace;
pub use error::ModelsError;
pub use hash::hex;
pub use hub::HubOptions;
pub use kinds::{Format, Part, Platform, Profile, PromptFormat, Role};
pub use manifest::{Manifest, ModelFile};
pub use package::PipOptions;
pub use progress::{Progress, PullProgress, Pulled};
pub use pull::{PullOptions, PulledFile, Puller};
pub use registry::Registry;
pub use resolve::{ModelChoice, ResolvedModel};
pub use retry::RetryPolicy;
pub use secret::Secret;
pub use source::{PackageRegistry, Source};
