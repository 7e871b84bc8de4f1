//! The series of a data set, opened again from the sources that its manifest names. Writes into a temporary file only.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::config::Config;
use crate::dataset::{DatasetError, Fetching, Manifest, PackWriter, SeriesOrigin, SeriesPack, collect, fetch_series};
use crate::engine::Cancel;
use crate::market::{BarSources, Ticker};
use crate::net::in_full;

/// Requests to Yahoo at the same time.
const AT_ONCE: usize = 8;

/// Time between two of them.
const PACE: Duration = Duration::from_millis(100);

/// Series, or why they cannot be opened.
type Opened = Result<Arc<SeriesPack>, String>;

/// Opens series; those of equal hash once.
pub(super) struct SourcesAgain<'a> {
    config: &'a Config,
    runtime: &'a Runtime,
    cancel: &'a Cancel,
    /// What was opened for the hash that a manifest states: the shards of a data set share it.
    opened: Vec<(Option<String>, Opened)>,
}

impl<'a> SourcesAgain<'a> {
    pub(super) fn new(config: &'a Config, runtime: &'a Runtime, cancel: &'a Cancel) -> Self {
        Self {
            config,
            runtime,
            cancel,
            opened: Vec::new(),
        }
    }

    /// The series of a manifest, or why they cannot be opened.
    pub(super) fn series(&mut self, manifest: &Manifest) -> Opened {
        let stated = &manifest.recipe.series;
        if let Some((_, opened)) = self.opened.iter().find(|(hash, _)| hash == stated) {
            return opened.clone();
        }
        let opened = match manifest.origins.as_slice() {
            [origin] => self.open(origin).map(Arc::new).map_err(|error| in_full(&error)),
            origins => Err(format!(
                "its manifest names {} sources, and one is supported",
                origins.len()
            )),
        };
        self.opened.push((stated.clone(), opened.clone()));
        opened
    }

    fn open(&self, origin: &SeriesOrigin) -> Result<SeriesPack, DatasetError> {
        let folder = std::env::temp_dir();
        let SeriesOrigin::Yahoo { tickers, bars } = origin else {
            return Ok(collect(origin, self.config.repair, &folder)?.pack);
        };
        let sources = BarSources::only(self.config.yahoo.clone());
        let fetching = Fetching {
            client: &self.config.client,
            sources: &sources,
            cache: &self.config.market_cache,
            bars: *bars,
            repair: self.config.repair,
            at_once: AT_ONCE,
            pace: PACE,
        };
        let tickers = tickers
            .iter()
            .map(|ticker| Ticker::parse(ticker))
            .collect::<Result<Vec<_>, _>>();
        let tickers = tickers.map_err(|error| DatasetError::Choice(error.to_string()))?;
        let mut watch = |_| !self.cancel.is_cancelled();
        let fetched = fetch_series(&fetching, tickers, PackWriter::new(&folder)?, &mut watch);
        Ok(self.runtime.block_on(fetched)?.pack)
    }
}
