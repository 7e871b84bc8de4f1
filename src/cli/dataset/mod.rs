//! `tripod dataset`: makes datasets out of prices and news, one file for each kind.

mod rate;
mod sentiment;
mod sentiment_summary;

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
    /// Label the headlines of the most and the least volatile tickers
    Sentiment(sentiment::SentimentArgs),
}

/// Runs the command.
pub fn run(args: &DatasetArgs, config: &Config, runtime: &Runtime) -> anyhow::Result<ExitCode> {
    match &args.command {
        DatasetCommand::Sentiment(args) => sentiment::run(args, config, runtime),
    }
}
