//! `tripod history`, `tripod show` and `tripod delete`: the analyses in the store. Lists them, shows one as `tripod analyze` does, and
//! deletes some. Runs no model.

use std::process::ExitCode;

use anyhow::{Context, anyhow};
use chrono::DateTime;
use clap::Args;
use comfy_table::{ContentArrangement, Table, presets};
use tokio::runtime::Runtime;

use super::forms::FormArgs;
use super::output::{print, terminal};
use super::store::StoreArgs;
use crate::analysis::Analysis;
use crate::config::Config;
use crate::grounding::percent;
use crate::market::Ticker;
use crate::render;
use crate::store::{Page, Store, Summary};

/// Arguments of `tripod history`.
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// Only the analyses of this symbol
    ticker: Option<Ticker>,

    /// The most analyses to list, 1 to 1000, the newest first
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,

    #[command(flatten)]
    store: StoreArgs,

    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

/// Arguments of `tripod show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The analysis' id, as `tripod history` lists it; `last` is the newest
    #[arg(value_name = "ID")]
    id: String,

    #[command(flatten)]
    forms: FormArgs,

    #[command(flatten)]
    store: StoreArgs,
}

/// Arguments of `tripod delete`.
#[derive(Debug, Args)]
pub struct DeleteArgs {
    /// The analyses' ids, as `tripod history` lists them
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,

    #[command(flatten)]
    store: StoreArgs,
}

/// The most entries of a page of the store.
const PAGE: u16 = 100;

/// Lists the analyses.
pub fn list(args: &HistoryArgs, config: &Config, runtime: &Runtime) -> anyhow::Result<ExitCode> {
    let (found, has_more) = with_store(
        &args.store,
        config,
        runtime,
        async |store: Option<&Store>| match store {
            Some(store) => pages(store, args).await,
            None => Ok((Vec::new(), false)),
        },
    )?;
    if args.json {
        print(&(serde_json::to_string_pretty(&found)? + "\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    if found.is_empty() {
        anstream::eprintln!("no analysis is stored; `tripod analyze` makes one");
        return Ok(ExitCode::SUCCESS);
    }
    print(&table(&found))?;
    if has_more {
        anstream::eprintln!("there are older ones: --limit lists more");
    }
    Ok(ExitCode::SUCCESS)
}

async fn pages(store: &Store, args: &HistoryArgs) -> anyhow::Result<(Vec<Summary>, bool)> {
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let left = usize::from(args.limit) - found.len();
        let page = Page {
            limit: i64::from(PAGE.min(u16::try_from(left).unwrap_or(PAGE))),
            after,
            ticker: args.ticker.as_ref().map(Ticker::to_string),
        };
        let listing = store.list(&page).await?;
        found.extend(listing.data);
        after = listing.last_id;
        if !listing.has_more || found.len() >= args.limit.into() {
            return Ok((found, listing.has_more));
        }
    }
}

/// Shows an analysis.
pub fn show(args: &ShowArgs, config: &Config, runtime: &Runtime) -> anyhow::Result<ExitCode> {
    args.forms.check()?;
    let body = with_store(
        &args.store,
        config,
        runtime,
        async |store: Option<&Store>| match store {
            Some(store) => body(store, &args.id).await,
            None => Ok(None),
        },
    )?;
    let body = body.ok_or_else(|| unknown(&args.id))?;
    let analysis: Analysis = serde_json::from_str(&body).with_context(|| {
        format!(
            "the stored analysis {} cannot be read by this version",
            render::clean(&args.id)
        )
    })?;
    args.forms.write(&analysis, 1)?;
    if let Some(text) = args.forms.text(&analysis, 1, &terminal())? {
        print(&text)?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn body(store: &Store, id: &str) -> anyhow::Result<Option<String>> {
    if id != "last" {
        return Ok(store.get(id).await?);
    }
    let newest = Page {
        limit: 1,
        ..Page::default()
    };
    match store.list(&newest).await?.last_id {
        Some(id) => Ok(store.get(&id).await?),
        None => Ok(None),
    }
}

/// Deletes analyses. Exit code 1 when one of them is not there.
pub fn delete(args: &DeleteArgs, config: &Config, runtime: &Runtime) -> anyhow::Result<ExitCode> {
    let deleted = with_store(&args.store, config, runtime, async |store: Option<&Store>| {
        let mut deleted = Vec::new();
        for id in &args.ids {
            deleted.push(match store {
                Some(store) => store.delete(id).await?,
                None => false,
            });
        }
        Ok(deleted)
    })?;
    let mut code = ExitCode::SUCCESS;
    for (id, deleted) in args.ids.iter().zip(deleted) {
        if deleted {
            anstream::eprintln!("deleted {id}");
        } else {
            anstream::eprintln!("error: {:#}", unknown(id));
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}

/// Opens the store, which is not made where there is none, and closes it.
fn with_store<T>(
    args: &StoreArgs,
    config: &Config,
    runtime: &Runtime,
    work: impl AsyncFnOnce(Option<&Store>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    runtime.block_on(async {
        let store = args.open(config).await?;
        let done = work(store.as_ref()).await;
        if let Some(store) = store {
            store.close().await;
        }
        done
    })
}

fn unknown(id: &str) -> anyhow::Error {
    anyhow!(
        "no analysis {} is stored: `tripod history` lists those that are",
        render::clean(id)
    )
}

fn table(found: &[Summary]) -> String {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(["ID", "MADE (UTC)", "TICKER", "AS OF", "DAYS", "FORECAST", "CALL"]);
    for one in found {
        let made = DateTime::from_timestamp(one.created, 0).map(|time| time.format("%Y-%m-%d %H:%M").to_string());
        let text = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
        table.add_row([
            one.id.clone(),
            text(made),
            one.ticker.clone(),
            one.as_of.to_string(),
            text(one.horizon.map(|days| days.to_string())),
            text(one.expected_return.map(percent)),
            text(one.call.map(|call| call.printed().to_owned())),
        ]);
    }
    format!("{}\n", table.trim_fmt())
}
