//! Arguments that several commands share: how a forecast is made, and where bars and headlines come from.

use std::path::PathBuf;

use clap::Args;

use crate::analysis::{JobOptions, StageName};
use crate::config::Config;
use crate::market::{CsvOptions, MarketSource};
use crate::news::NewsSources;
use crate::run::Sources;

/// How a forecast is made.
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

    /// The same seed gives the same result
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

impl ForecastArgs {
    /// The options of a job with these stages.
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

/// Where bars and headlines come from.
#[derive(Debug, Args)]
pub struct SourceArgs {
    /// Use the bundled prices and illustrative headlines of AAPL, IBM, MSFT and GOOG
    #[arg(long, conflicts_with_all = ["csv", "headlines"])]
    demo: bool,

    /// Bars from a file: a date column, and close or open, high, low, close, volume
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,

    /// Headlines from a JSON, JSON Lines or CSV file instead of the news services
    #[arg(long, value_name = "FILE")]
    headlines: Option<PathBuf>,
}

impl SourceArgs {
    /// The sources asked for.
    pub fn sources(&self, config: &Config) -> Sources {
        let market = match (&self.csv, self.demo) {
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
