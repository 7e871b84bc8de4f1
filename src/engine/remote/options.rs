//! Which models on other machines there are, which hosts are allowed, and how long servers have. Plain data.

use std::path::PathBuf;
use std::time::Duration;

use crate::analysis::{ModelRef, RemoteRef};
use crate::models::RemoteServers;
use crate::net::Secret;

/// Settings of the remote backend. Not to be serialised: it holds keys, which no engine's process gets.
#[derive(Debug, Clone, Default)]
pub struct RemoteOptions {
    /// The models that may be reached.
    pub models: Vec<RemoteModel>,
    /// Hosts that the user allowed, beside this machine.
    pub allowed_hosts: Vec<String>,
    /// Where the results of probes are kept; `None` keeps them in memory alone.
    pub cache: Option<PathBuf>,
    /// How long servers have.
    pub timing: Timing,
}

/// A model on other machines.
#[derive(Debug, Clone)]
pub struct RemoteModel {
    /// Its id in references.
    pub id: String,
    /// Where it runs.
    pub servers: RemoteServers,
    /// The key of its servers.
    pub key: Option<Secret>,
    /// Its context length in tokens, where its manifest states it.
    pub context: Option<usize>,
    /// Whether it is asked through chats; a forecaster only continues texts.
    pub chats: bool,
    /// A classifier's labels, in the order of its columns; empty for a language model.
    pub labels: Vec<String>,
}

impl RemoteModel {
    /// The reference to this model.
    pub fn reference(&self) -> ModelRef {
        ModelRef {
            id: self.id.clone(),
            sha256: String::new(),
            adapter: None,
            remote: Some(Box::new(RemoteRef {
                servers: self.servers.urls.clone(),
                model: self.servers.model.clone(),
            })),
            trained_until: None,
        }
    }

    /// Whether a reference is to this model.
    pub(super) fn is(&self, model: &ModelRef) -> bool {
        let own = self.reference();
        own.id == model.id && own.remote == model.remote
    }
}

/// How long servers have.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// For a connection to open.
    pub connect: Duration,
    /// For the first piece of an answer. A server may have to load its model.
    pub first: Duration,
    /// Between two pieces.
    pub silence: Duration,
    /// The longest time that a request waits for a server that takes it, and that a server may ask for.
    pub patience: Duration,
    /// How long a server is left alone after failures in a row; doubled by every further failure.
    pub rest: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Timing {
            connect: Duration::from_secs(5),
            first: Duration::from_secs(300),
            silence: Duration::from_secs(60),
            patience: Duration::from_secs(120),
            rest: Duration::from_secs(1),
        }
    }
}
