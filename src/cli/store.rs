//! The store that a command uses: named by the flag, the environment or the configuration file, else the user's own.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use etcetera::BaseStrategy;
use etcetera::base_strategy::Xdg;
use tokio::runtime::Runtime;

use crate::analysis::Analysis;
use crate::config::Config;
use crate::store::Store;

/// Which store to use.
#[derive(Debug, Args)]
pub struct StoreArgs {
    /// The store of analyses [default: tripod/analyses.sqlite in the user's data directory]
    #[arg(long, env = "TRIPOD_STORE", value_name = "FILE")]
    store: Option<PathBuf>,
}

impl StoreArgs {
    /// The store's file.
    ///
    /// # Errors
    ///
    /// When there is no home directory and no file is named.
    pub fn path(&self, config: &Config) -> anyhow::Result<PathBuf> {
        let named = self.store.clone().or_else(|| config.serve.store.clone());
        named.map_or_else(default_store, Ok)
    }
}

/// Keeps analyses as they are finished, so that another process can read them meanwhile. One that cannot be kept is shown all the
/// same, and said.
pub struct Keeper<'a> {
    args: &'a StoreArgs,
    config: &'a Config,
    runtime: &'a Runtime,
    /// Opened for the first analysis.
    store: Option<Store>,
}

impl<'a> Keeper<'a> {
    /// Nothing is opened yet.
    pub fn new(args: &'a StoreArgs, config: &'a Config, runtime: &'a Runtime) -> Self {
        Keeper {
            args,
            config,
            runtime,
            store: None,
        }
    }

    /// Keeps an analysis that has a forecast.
    pub fn keep(&mut self, analysis: &Analysis) {
        if analysis.forecast.is_some()
            && let Err(error) = self.try_keep(analysis)
        {
            anstream::eprintln!("the analysis of {} was not kept: {error:#}", analysis.ticker);
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

/// The user's own store, in the data directory: analyses are the user's data, not a cache.
pub fn default_store() -> anyhow::Result<PathBuf> {
    let directories = Xdg::new().context("no home directory to keep analyses in; name a file with --store")?;
    Ok(directories.data_dir().join("tripod").join("analyses.sqlite"))
}
