//! Arguments that several commands share: settings of a forecast, and the sources of its data.

use std::path::PathBuf;

use clap::Args;

use crate::analysis::{JobOptions, StageName};
use crate::config::Config;
use crate::market::{CsvOptions, MarketSource};
use crate::news::NewsSources;
use crate::run::Sources;

/// Settings of a forecast.
#[derive(Debug, Args)]
pub struct ForecastArgs {
    /// Trading days to forecast
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=90))]
    pub horizon: u16,

    /// Closes that the forecaster sees
    #[arg(long, default_value_t = 180, value_parser = clap::value_parser!(u16).range(2..=5000))]
    context: u16,

    /// Sample paths of a forecast
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=200))]
    samples: u16,

    /// Random seed: the same seed gives the same result
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

impl ForecastArgs {
    /// The job options for these stages.
    pub fn options(&self, stages: Vec<StageName>) -> JobOptions {
        JobOptions {
            horizon: self.horizon.into(),
            context: self.context.into(),
            samples: self.samples.into(),
            seed: self.seed,
            stages,
        }
    }
}

/// Sources of bars and headlines.
#[derive(Debug, Args)]
pub struct SourceArgs {
    /// Use the bundled prices and illustrative headlines of AAPL, IBM, MSFT and GOOG
    #[arg(long, conflicts_with_all = ["csv", "headlines"])]
    demo: bool,

    /// Read bars from a CSV file: a date column, and either close or open, high, low, close, volume; or from a folder with one
    /// file TICKER.csv for each ticker
    #[arg(long, value_name = "FILE|DIR")]
    csv: Option<PathBuf>,

    /// Read headlines from a JSON, JSON Lines or CSV file instead of the news services
    #[arg(long, value_name = "FILE")]
    headlines: Option<PathBuf>,
}

impl SourceArgs {
    /// Whether the bundled data were asked for.
    pub fn is_demo(&self) -> bool {
        self.demo
    }

    /// The chosen sources.
    pub fn sources(&self, config: &Config) -> Sources {
        let market = match (&self.csv, self.demo) {
            (Some(path), _) if path.is_dir() => MarketSource::CsvFolder(path.clone()),
            (Some(path), _) => MarketSource::Csv(CsvOptions::new(path.clone())),
            (None, true) => MarketSource::Demo,
            (None, false) => MarketSource::Yahoo(config.yahoo.clone()),
        };
        let news = match (&self.headlines, self.demo) {
            (Some(path), _) => NewsSources {
                file: Some(path.clone()),
                ..NewsSources::default()
            },
            (None, true) => NewsSources {
                demo: true,
                ..NewsSources::default()
            },
            (None, false) => config.news.clone(),
        };
        Sources {
            client: config.client.clone(),
            market,
            cache: Some(config.market_cache.clone()),
            news,
        }
    }
}
