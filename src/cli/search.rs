//! `tripod search`: securities by symbol or name, as a table or JSON on standard output. The list of listed securities is asked first,
//! which needs no network, then Yahoo's search.

use std::process::ExitCode;

use clap::Args;
use comfy_table::{ContentArrangement, Table, presets};
use tokio::runtime::Runtime;

use super::output::print;
use crate::config::Config;
use crate::market::{Found, securities};
use crate::render;

/// Arguments of `tripod search`.
#[derive(Debug, Args)]
pub struct SearchArgs {
    /// A company's name, words of it, a symbol, or its beginning
    #[arg(required = true, value_name = "NAME")]
    words: Vec<String>,

    /// Most securities to print
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    limit: u16,

    /// Search only the list of `tripod universe`, or the bundled companies, without a network
    #[arg(long)]
    offline: bool,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command. Exit code 1 when nothing is found.
pub fn run(args: &SearchArgs, config: &Config, runtime: &Runtime) -> anyhow::Result<ExitCode> {
    let text = args.words.join(" ");
    let universe = config.universe.current()?;
    let search = (!args.offline).then_some((&config.client, &config.search));
    let found = runtime.block_on(securities(&universe, search, &text, args.limit.into()))?;
    if found.is_empty() {
        let hint = if args.offline {
            "; without --offline, Yahoo's search is asked too"
        } else {
            ": try fewer words, or another spelling"
        };
        anyhow::bail!("no security is called {text:?}{hint}");
    }
    print(&if args.json {
        serde_json::to_string_pretty(&found)? + "\n"
    } else {
        table(&found)
    })?;
    Ok(ExitCode::SUCCESS)
}

fn table(found: &[Found]) -> String {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(["SYMBOL", "NAME", "KIND", "EXCHANGE"]);
    for one in found {
        let shown = |text: &Option<String>| render::clean(text.as_deref().unwrap_or_default());
        table.add_row([
            one.ticker.to_string(),
            shown(&one.name),
            one.kind.as_str().to_owned(),
            shown(&one.exchange),
        ]);
    }
    format!("{}\n", table.trim_fmt())
}
