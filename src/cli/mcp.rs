//! `tripod mcp`: the analyst for clients of the Model Context Protocol that start a program and speak with it over its standard input
//! and output.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::serve::options;
use super::store::not_started;
use crate::config::{Config, ServeSettings};
use crate::host::hide;
use crate::serve;

/// Arguments of `tripod mcp`.
#[derive(Debug, Args)]
pub struct McpArgs {
    /// Use the bundled prices and illustrative headlines of AAPL, IBM, MSFT and GOOG
    #[arg(long)]
    demo: bool,

    /// The file that stores analyses [default: tripod/analyses.sqlite in the user's data directory]
    #[arg(long, env = "TRIPOD_STORE", value_name = "FILE")]
    store: Option<PathBuf>,

    /// Sample paths of a forecast [default: as many as the model's manifest says, else 20]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=256))]
    samples: Option<u16>,
}

/// Answers until the client ends the input.
pub async fn run(args: McpArgs, config: Config) -> anyhow::Result<ExitCode> {
    hide();
    let settings = ServeSettings {
        store: args.store,
        samples: args.samples,
        ..ServeSettings::default()
    };
    let settings = settings.over(config.serve.clone())?;
    serve::run_mcp(options(args.demo, settings, config)?)
        .await
        .map_err(not_started)?;
    Ok(ExitCode::SUCCESS)
}
