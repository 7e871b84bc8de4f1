//! The store that a command uses: from the flag, the environment or the configuration file, by default the user's own.

use std::path::PathBuf;

use anyhow::{Context, anyhow};
use clap::Args;
use etcetera::BaseStrategy;
use etcetera::base_strategy::Xdg;
use tokio::runtime::Runtime;

use super::ending::wrong_use;
use crate::analysis::Analysis;
use crate::config::Config;
use crate::serve::ServeError;
use crate::store::{Store, StoreError};

/// Selects the store.
#[derive(Debug, Args)]
pub struct StoreArgs {
    /// The file that stores analyses [default: tripod/analyses.sqlite in the user's data directory]
    #[arg(long, env = "TRIPOD_STORE", value_name = "FILE")]
    store: Option<PathBuf>,
}

impl StoreArgs {
    /// The store's file.
    ///
    /// # Errors
    ///
    /// When no file is given and there is no home directory.
    pub fn path(&self, config: &Config) -> anyhow::Result<PathBuf> {
        self.named(config).map_or_else(default_store, Ok)
    }

    /// The store that the user named.
    fn named(&self, config: &Config) -> Option<PathBuf> {
        self.store.clone().or_else(|| config.serve.store.clone())
    }

    /// Opens the store for a command that reads it; `None` where the usual one was not made yet.
    ///
    /// # Errors
    ///
    /// Wrong use, where there is no file of the name that the user gave, or it is no store.
    pub async fn open(&self, config: &Config) -> anyhow::Result<Option<Store>> {
        let path = self.path(config)?;
        if path.exists() {
            return Ok(Some(Store::open(&path).await.map_err(unusable)?));
        }
        match self.named(config) {
            Some(path) => Err(wrong_use(anyhow!("there is no store {}", path.display()))),
            None => Ok(None),
        }
    }
}

/// Stores analyses as soon as they are finished, so that another process can read them. When storing fails, the analysis is
/// still shown and the error is printed.
pub struct Keeper<'a> {
    args: &'a StoreArgs,
    config: &'a Config,
    runtime: &'a Runtime,
    /// Opened when the first analysis is stored.
    store: Option<Store>,
}

impl<'a> Keeper<'a> {
    /// Opens the store where the user named one; the usual one is opened with the first analysis.
    ///
    /// # Errors
    ///
    /// Wrong use, where the named file cannot be one.
    pub fn new(args: &'a StoreArgs, config: &'a Config, runtime: &'a Runtime) -> anyhow::Result<Self> {
        let store = match args.named(config) {
            Some(path) => Some(runtime.block_on(Store::open(&path)).map_err(unusable)?),
            None => None,
        };
        Ok(Keeper {
            args,
            config,
            runtime,
            store,
        })
    }

    /// Stores an analysis if it has a forecast.
    pub fn keep(&mut self, analysis: &Analysis) {
        if analysis.forecast.is_some()
            && let Err(error) = self.try_keep(analysis)
        {
            anstream::eprintln!("cannot store the analysis of {}: {error:#}", analysis.ticker);
        }
    }

    /// Closes the store.
    pub fn close(self) {
        if let Some(store) = self.store {
            self.runtime.block_on(store.close());
        }
    }

    fn try_keep(&mut self, analysis: &Analysis) -> anyhow::Result<()> {
        let store = match self.store.take() {
            Some(store) => store,
            None => self.runtime.block_on(Store::open(&self.args.path(self.config)?))?,
        };
        let kept = self.runtime.block_on(store.keep(analysis));
        self.store = Some(store);
        Ok(kept?)
    }
}

/// The error of a store that cannot be opened: of wrong use, unless it is only busy or its disk is full.
fn unusable(error: StoreError) -> anyhow::Error {
    match error {
        StoreError::Busy { .. } | StoreError::Full { .. } | StoreError::Sql { .. } => error.into(),
        other => wrong_use(other),
    }
}

/// The error of a server that did not start.
pub fn not_started(error: ServeError) -> anyhow::Error {
    match error {
        ServeError::Store(error) => unusable(error),
        other => other.into(),
    }
}

/// The user's own store. It is in the data directory, because analyses are user data, not a cache.
pub fn default_store() -> anyhow::Result<PathBuf> {
    let directories =
        Xdg::new().context("there is no home directory to store analyses in; give a file with --store")?;
    Ok(directories.data_dir().join("tripod").join("analyses.sqlite"))
}
