//! How models are pulled: from which hub, by which package client, with how many tries. Plain data.

use std::path::PathBuf;

use super::disk::FreeSpace;
use super::hub::HubOptions;
use super::kinds::Platform;
use super::package::PipOptions;
use super::source::Source;
use crate::net::RetryPolicy;

/// How to pull.
#[derive(Debug, Clone)]
pub struct PullOptions {
    /// The model hub.
    pub hub: HubOptions,
    /// The package client.
    pub pip: PipOptions,
    /// How often a download is tried again.
    pub retry: RetryPolicy,
    /// The platform whose files are pulled.
    pub platform: Platform,
    /// Fetch files that are already there, and accept other content than the lock file recorded. A hash in a manifest still
    /// binds.
    pub force: bool,
    /// Replaces the sources of the model's weights.
    pub from: Option<Source>,
    /// The repository with the build scripts; `None` looks upwards from the current folder.
    pub repository: Option<PathBuf>,
    /// How free disk space is measured.
    pub free_space: FreeSpace,
}

impl Default for PullOptions {
    fn default() -> Self {
        Self {
            hub: HubOptions::default(),
            pip: PipOptions::default(),
            retry: RetryPolicy::DOWNLOAD,
            platform: Platform::default(),
            force: false,
            from: None,
            repository: None,
            free_space: FreeSpace::default(),
        }
    }
}
