//! `tripod universe fetch|list|search`: the symbols that US exchanges list. Results go to standard output for scripts, one symbol on a
//! line; progress and warnings go to standard error. `list` and `search` need no network.

use std::fmt::Write;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use chrono::Utc;
use clap::{Args, Subcommand};
use comfy_table::{ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::runtime::Runtime;

use super::ending::Ending;
use super::output::print;
use crate::config::Config;
use crate::market::{
    Exchange, FetchProgress, Listing, ListingFilter, ListingKind, ListingSource, Origin, Universe, UniverseFile,
    UniverseOptions, fetch_universe,
};

/// Arguments of `tripod universe`.
#[derive(Debug, Args)]
pub struct UniverseArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Fetch the listed symbols from the exchanges; an interrupted fetch goes on where it stopped
    Fetch(FetchArgs),
    /// Print the symbols in Yahoo's spelling, one on a line
    List(ListArgs),
    /// Find securities by symbol or name
    Search(SearchArgs),
}

#[derive(Debug, Args)]
struct FetchArgs {
    /// Ask only these sources: nyse, nasdaqlisted, otherlisted [default: all]
    #[arg(long = "source", value_name = "SOURCE,…", value_delimiter = ',')]
    sources: Vec<ListingSource>,

    /// Milliseconds to wait between two requests
    #[arg(long, value_name = "MS", default_value_t = 200, value_parser = clap::value_parser!(u64).range(..=60_000))]
    pause: u64,
}

#[derive(Debug, Args)]
struct ListArgs {
    /// Only these exchanges: nasdaq, nyse, nyse-american, nyse-arca, cboe, iex, other
    #[arg(long = "exchange", value_name = "EXCHANGE,…", value_delimiter = ',')]
    exchanges: Vec<Exchange>,

    /// Only these types: stock, adr, etf, fund, preferred, note, unit, warrant, right, other
    #[arg(long = "type", value_name = "TYPE,…", value_delimiter = ',')]
    kinds: Vec<ListingKind>,

    /// Leave out exchange-traded funds
    #[arg(long)]
    no_etf: bool,

    /// Include the securities that exist only to test an exchange's systems
    #[arg(long)]
    test_issues: bool,

    /// Print a table with name, exchange and type
    #[arg(long, conflicts_with = "json")]
    long: bool,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct SearchArgs {
    /// A symbol, its beginning, or words of a name
    #[arg(required = true, value_name = "TEXT")]
    words: Vec<String>,

    /// Most securities to print
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command. Exit code 1 when a fetch fails or a search finds nothing.
pub fn run(args: &UniverseArgs, config: &Config, runtime: &Runtime) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::Fetch(args) => runtime.block_on(fetch(args, config)),
        Command::List(args) => list(args, &*config.universe.current()?),
        Command::Search(args) => search(args, &*config.universe.current()?),
    }
}

async fn fetch(args: &FetchArgs, config: &Config) -> anyhow::Result<ExitCode> {
    let mut options = UniverseOptions {
        pause: Duration::from_millis(args.pause),
        ..config.universe_sources.clone()
    };
    if !args.sources.is_empty() {
        options.sources = ListingSource::ALL
            .into_iter()
            .filter(|one| args.sources.contains(one))
            .collect();
    }
    let file = &config.universe;
    let bar = std::io::stderr().is_terminal().then(progress_bar);
    let mut show = |progress: FetchProgress| {
        if let Some(bar) = &bar {
            bar.set_length(progress.pages.into());
            bar.set_position(progress.page.into());
            bar.set_message(progress.source.as_str());
        }
    };
    let fetched = tokio::select! {
        fetched = fetch_universe(&config.client, &options, file, Utc::now(), &mut show) => fetched,
        _ = tokio::signal::ctrl_c() => {
            return Err(Ending::Interrupted("; run the same command again today to fetch the rest").into());
        }
    };
    if let Some(bar) = &bar {
        bar.finish_and_clear();
    }
    let fetched = match fetched {
        Ok(fetched) => fetched,
        Err(error) => {
            anstream::eprintln!("warning: {}", still_in_use(file));
            return Err(error).context("the listed symbols were not fetched");
        }
    };
    for warning in &fetched.warnings {
        anstream::eprintln!("warning: {warning}");
    }
    let left_out = match fetched.left_out {
        0 => String::new(),
        count => format!("; {count} entries that are not listed or have no symbol at Yahoo were left out"),
    };
    anstream::eprintln!(
        "wrote {}: {} listings{left_out}",
        file.path().display(),
        fetched.listings
    );
    Ok(ExitCode::SUCCESS)
}

fn progress_bar() -> ProgressBar {
    let bar = ProgressBar::new(1);
    let style = ProgressStyle::with_template("{msg}: page {pos} of {len} {bar:24} {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

/// Which list stays in use after a fetch that failed, and how old it is.
fn still_in_use(file: &UniverseFile) -> String {
    let universe = match file.current() {
        Ok(universe) => universe,
        Err(error) => return format!("the list of an earlier fetch does not read either: {error}"),
    };
    let date = universe.origin().date();
    let count = universe.listings().len();
    match universe.origin() {
        Origin::Bundled { .. } => format!(
            "the bundled list of {count} large companies stays in use; it is of {date}, {} days old",
            (Utc::now().date_naive() - date).num_days()
        ),
        Origin::Fetched { at, .. } => {
            let age = Utc::now() - at;
            let age = match age.num_days() {
                0 => format!("{} hours", age.num_hours()),
                1 => "1 day".to_owned(),
                days => format!("{days} days"),
            };
            format!("the list of {count} symbols that was fetched on {date} stays in use; it is {age} old")
        }
    }
}

fn list(args: &ListArgs, universe: &Universe) -> anyhow::Result<ExitCode> {
    let filter = ListingFilter {
        exchanges: args.exchanges.clone(),
        kinds: args.kinds.clone(),
        no_etf: args.no_etf,
        test_issues: args.test_issues,
    };
    let listings = universe.filtered(&filter);
    if let Origin::Bundled { as_of } = universe.origin() {
        anstream::eprintln!(
            "these are the bundled large companies as of {as_of}; `tripod universe fetch` fetches every listed symbol"
        );
    }
    let text = match (args.json, args.long) {
        (true, _) => json(&listings)?,
        (false, true) => table(&listings),
        (false, false) => listings.iter().fold(String::new(), |mut text, listing| {
            let _ = writeln!(text, "{}", listing.yahoo);
            text
        }),
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn search(args: &SearchArgs, universe: &Universe) -> anyhow::Result<ExitCode> {
    let text = args.words.join(" ");
    let found = universe.search(&text, args.limit.into());
    if found.is_empty() {
        let hint = match universe.origin() {
            Origin::Bundled { .. } => {
                "; only the bundled large companies are known, and `tripod universe fetch` fetches every listed symbol"
            }
            Origin::Fetched { .. } => "; try fewer words, or the beginning of the symbol",
        };
        anyhow::bail!("no listed security has {text:?} in its symbol or name{hint}");
    }
    print(&if args.json { json(&found)? } else { table(&found) })?;
    Ok(ExitCode::SUCCESS)
}

fn json(listings: &[&Listing]) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(listings)? + "\n")
}

fn table(listings: &[&Listing]) -> String {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(["SYMBOL", "NAME", "EXCHANGE", "TYPE"]);
    for listing in listings {
        let kind = if listing.test_issue {
            "test issue"
        } else {
            listing.kind.as_str()
        };
        table.add_row([listing.yahoo.as_str(), &listing.name, listing.exchange.as_str(), kind]);
    }
    format!("{}\n", table.trim_fmt())
}
