//! `tripod dataset`: makes data sets out of prices and news, and examines them.

mod filter;
mod rate;
mod sentiment;
mod sentiment_summary;
mod sources;
mod stats;
mod timeseries;
mod verify;
mod workers;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use tokio::runtime::Runtime;

use crate::config::Config;

/// Arguments of `tripod dataset`.
#[derive(Debug, Args)]
pub struct DatasetArgs {
    #[command(subcommand)]
    command: DatasetCommand,
}

#[derive(Debug, Subcommand)]
pub enum DatasetCommand {
    /// Write training prompts for a forecaster
    Timeseries(timeseries::TimeseriesArgs),
    /// Label the headlines of the most and the least volatile tickers
    Sentiment(sentiment::SentimentArgs),
    /// Copy a data set without what exceeds a limit, or into another file format
    Filter(filter::FilterArgs),
    /// Prove that a data set is what its manifest says, line by line
    Verify(verify::VerifyArgs),
    /// Count prompts, tickers, lengths, prices and tokens of a data set
    Stats(stats::StatsArgs),
}

/// Runs the command.
pub fn run(args: &DatasetArgs, config: &Config, runtime: &Runtime) -> anyhow::Result<ExitCode> {
    match &args.command {
        DatasetCommand::Timeseries(args) => timeseries::run(args, config, runtime),
        DatasetCommand::Sentiment(args) => sentiment::run(args, config, runtime),
        DatasetCommand::Filter(args) => filter::run(args, runtime),
        DatasetCommand::Stats(args) => stats::run(args, runtime),
        DatasetCommand::Verify(args) => verify::run(args, config, runtime),
    }
}
