//! `tripod track`: scores the stored forecasts against today's bars.

use std::fmt::Write;
use std::process::ExitCode;

use clap::Args;
use tokio::runtime::Runtime;

use super::output::print;
use super::sources::SourceArgs;
use super::store::StoreArgs;
use crate::backtest::{Track, TrackState, figure_table as table};
use crate::config::Config;
use crate::grounding::amount;
use crate::market::Ticker;
use crate::run::track_record;
use crate::scoring::Metrics;
use crate::store::Store;

/// Arguments of `tripod track`.
#[derive(Debug, Args)]
pub struct TrackArgs {
    /// Only the forecasts of this symbol
    ticker: Option<Ticker>,

    #[command(flatten)]
    sources: SourceArgs,

    #[command(flatten)]
    store: StoreArgs,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The maximum number of forecasts in the table; JSON contains all.
const LISTED: usize = 20;

/// Runs the command.
pub fn run(args: &TrackArgs, config: &Config, runtime: &Runtime) -> anyhow::Result<ExitCode> {
    let sources = args.sources.open(config)?.sources;
    let record = runtime.block_on(async {
        let store = match args.store.open(config).await? {
            Some(store) => store,
            // Without a store there is nothing to score, which is no error.
            None => Store::in_memory().await?,
        };
        let record = track_record(&store, &sources, args.ticker.as_ref()).await?;
        store.close().await;
        Ok::<_, anyhow::Error>(record)
    })?;
    print(&if args.json {
        serde_json::to_string_pretty(&record)? + "\n"
    } else {
        text(&record)
    })?;
    Ok(ExitCode::SUCCESS)
}

fn text(record: &Track) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{} forecasts scored, {} in progress, {} waiting for their first day",
        record.scored, record.partly, record.waiting
    );
    if let (Some(model), Some(naive)) = (&record.model, &record.naive) {
        let mut table = table(&["", "MAE", "MAPE %", "MASE", "days %", "in 80 %"]);
        for (name, metrics) in [("model", model), ("naive", naive)] {
            table.add_row([&[name.to_owned()], &figures(metrics)[..]].concat());
        }
        let _ = writeln!(text, "{table}");
        let verdict = record
            .verdict
            .map_or("too few forecasts for a verdict", |verdict| verdict.as_str());
        let p = record.significance.diebold_mariano.as_ref();
        let p = p.map(|test| format!(" (p = {:.3}, {} forecasts)", test.p_value, test.windows));
        let _ = writeln!(text, "Verdict: {verdict}{}", p.unwrap_or_default());
    }
    if !record.forecasts.is_empty() {
        let mut table = table(&["made from", "ticker", "days", "state", "MAE", "naive MAE"]);
        for one in record.forecasts.iter().take(LISTED) {
            let mae = |metrics: &Option<Metrics>| {
                metrics
                    .as_ref()
                    .map_or("–".to_owned(), |metrics| amount(metrics.mae, 3))
            };
            table.add_row([
                one.as_of.to_string(),
                one.ticker.clone(),
                format!("{} of {}", one.days, one.horizon),
                state(one.state).to_owned(),
                mae(&one.metrics),
                mae(&one.naive),
            ]);
        }
        let _ = writeln!(text, "{table}");
        if record.forecasts.len() > LISTED {
            let _ = writeln!(
                text,
                "and {} older ones; --json shows all",
                record.forecasts.len() - LISTED
            );
        }
    }
    for warning in &record.warnings {
        let _ = writeln!(text, "! {warning}");
    }
    text
}

fn figures(metrics: &Metrics) -> Vec<String> {
    let figure = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.2}"));
    let inside = metrics.coverage.get("0.8").map(|share| share * 100.0);
    vec![
        amount(metrics.mae, 3),
        figure(metrics.mape),
        figure(metrics.mase),
        figure(Some(metrics.directional_accuracy)),
        figure(inside),
    ]
}

fn state(state: TrackState) -> &'static str {
    match state {
        TrackState::Scored => "scored",
        TrackState::Partly => "in progress",
        TrackState::Waiting => "waiting",
        TrackState::Hindsight => "made in hindsight",
        TrackState::Repeated => "repeats an earlier one",
        TrackState::Unknown => "no bars",
    }
}
