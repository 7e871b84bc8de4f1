//! The store that a command uses: named by the flag, the environment or the configuration file, else the user's own.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use etcetera::BaseStrategy;
use etcetera::base_strategy::Xdg;
use tokio::runtime::Runtime;

use crate::analysis::Analysis;
use crate::config::Config;
use crate::store::{Store, StoreError};

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

    /// Stores the analyses that hold a forecast. When that fails, a warning is printed and the analyses are still shown.
    pub fn keep(&self, config: &Config, runtime: &Runtime, analyses: &[Analysis]) {
        let kept = self.path(config).and_then(|path| {
            runtime.block_on(async {
                let store = Store::open(&path).await?;
                for analysis in analyses.iter().filter(|analysis| analysis.forecast.is_some()) {
                    store.keep(analysis).await?;
                }
                store.close().await;
                Ok::<_, StoreError>(())
            })?;
            Ok(())
        });
        if let Err(error) = kept {
            anstream::eprintln!("the analysis was not kept: {error:#}");
        }
    }
}

/// The user's own store, in the data directory: analyses are the user's data, not a cache.
pub fn default_store() -> anyhow::Result<PathBuf> {
    let directories = Xdg::new().context("no home directory to keep analyses in; name a file with --store")?;
    Ok(directories.data_dir().join("tripod").join("analyses.sqlite"))
}
