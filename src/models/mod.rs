//! Models: the manifests ([`Registry`] of [`Manifest`]s), the download ([`Puller`]), the verified files on disk ([`Cache`]), and
//! the files that fill a role ([`Registry::resolve_role`]).
//!
//! ```text
//!  models/*.toml ─▶ Registry ──▶ Puller: hub │ package │ file │ build ──▶ NAME.part ──hash──▶ Cache ──▶ ResolvedModel
//! ```
//!
//! Only pulling uses the network. A file gets its final name only when it is complete and its hash is right, and an engine only
//! gets such files. Weights are never parsed here.

mod answer;
mod bundled;
mod cache;
mod calibration;
mod content;
mod disk;
mod download;
mod error;
mod fetch;
mod files;
mod format_name;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
mod hash;
mod hub;
mod installed;
mod kinds;
mod local;
mod lock;
mod manifest;
mod manifest_problem;
mod measured;
mod options;
mod own_file;
mod package;
mod part;
mod progress;
mod pull;
mod refusal;
mod registry;
mod remote;
mod report_sampling;
mod requantized;
mod resolve;
mod resolved;
mod source;

pub use self::cache::{Cache, FileState};
pub use self::calibration::{Calibration, PathSampling};
pub use self::disk::FreeSpace;
pub use self::error::ModelsError;
pub use self::files::{ModelFiles, OwnFile};
pub use self::format_name::FormatName;
pub(crate) use self::hash::feed;
#[cfg(feature = "train")]
pub(crate) use self::hash::hash_file;
pub use self::hub::HubOptions;
pub(crate) use self::kinds::{Format, Platform, spelled};
pub use self::kinds::{Part, Profile, Role};
pub use self::manifest::Manifest;
#[cfg(feature = "train")]
pub(crate) use self::manifest::ModelFile;
pub use self::measured::Measured;
pub use self::options::PullOptions;
pub use self::package::PipOptions;
pub(crate) use self::progress::PullProgress;
pub use self::progress::Pulled;
pub use self::pull::{PulledFile, Puller};
pub use self::registry::Registry;
pub use self::remote::RemoteServers;
pub use self::report_sampling::ReportSampling;
pub(crate) use self::requantized::RequantizedCopies;
pub use self::resolve::ModelChoice;
pub use self::resolved::{ResolvedAdapter, ResolvedModel};
pub use self::source::Source;
