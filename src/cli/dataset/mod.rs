//! `tripod dataset`: makes data sets out of prices and news, and examines them.

mod reading;
mod sources;
mod timeseries;
mod verify;

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
    /// Prove that a data set is what its manifest says, line by line
    Verify(verify::VerifyArgs),
}

/// Runs the command.
pub fn run(args: &DatasetArgs, config: &Config, runtime: &Runtime) -> anyhow::Result<ExitCode> {
    match &args.command {
        DatasetCommand::Timeseries(args) => timeseries::run(args, config, runtime),
        DatasetCommand::Verify(args) => verify::run(args, config, runtime),
    }
}
