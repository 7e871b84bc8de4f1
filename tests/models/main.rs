//! Models: manifests, downloads from a hub and from packages, the cache, the commands, and the conversion of checkpoints.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cache;
mod cli;
mod convert;
mod hub;
#[cfg(unix)]
mod installed;
#[cfg(feature = "train")]
mod lora;
#[cfg(unix)]
mod package;
mod pull;
mod support;
#[cfg(feature = "train")]
mod train;
