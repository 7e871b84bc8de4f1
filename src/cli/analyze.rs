//! `tripod analyze`: one ticker or several through the pipeline, shown on the terminal or written out.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use chrono::NaiveDate;
use clap::Args;
use tokio::runtime::Runtime;

use super::args::{ForecastArgs, SourceArgs};
use super::interrupt::cancel_on_interrupt;
use super::output::{colour_wanted, named_for, print, terminal_columns, write_picture};
use super::progress::Progress;
use super::store::StoreArgs;
use crate::analysis::{Analysis, JobOptions, StageName};
use crate::config::Config;
use crate::engine::{self, NativeEngine, human_bytes};
use crate::market::Ticker;
use crate::render::{self, TerminalOptions};
use crate::run::{self, Gathered, ModelSet, Request, Sources};

/// What to analyse and how to show it.
#[derive(Debug, Args)]
pub struct AnalyzeArgs {
    /// Symbol, or a Yahoo Finance link; several share one opening of each model
    #[arg(required = true, value_name = "TICKER")]
    tickers: Vec<Ticker>,

    #[command(flatten)]
    forecast: ForecastArgs,

    /// Use nothing later than this day (YYYY-MM-DD)
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,

    #[command(flatten)]
    sources: SourceArgs,

    #[command(flatten)]
    store: StoreArgs,

    /// Do not keep the analysis
    #[arg(long)]
    no_store: bool,

    /// Only these stages
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "STAGE,…",
        default_value = "forecast,sentiment,report"
    )]
    stages: Vec<StageName>,

    /// Print JSON
    #[arg(long, conflicts_with_all = ["md", "html"])]
    json: bool,

    /// Print Markdown
    #[arg(long, conflicts_with = "html")]
    md: bool,

    /// Write a self-contained page with an interactive chart
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// Write the chart as a picture, PNG or SVG by the file's ending
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,

    /// No progress
    #[arg(long, short)]
    quiet: bool,

    /// Run the analysis this often in one process, telling the memory after each round
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..), hide = true)]
    repeat: u16,
}

/// Runs the command: exit code 0 when every stage of every ticker finished, else 1.
pub fn run(args: &AnalyzeArgs, config: &Config, runtime: &Runtime) -> anyhow::Result<ExitCode> {
    let stages: Vec<StageName> = BTreeSet::from_iter(args.stages.iter().copied()).into_iter().collect();
    let models = ModelSet::resolve(
        &config.registry,
        &config.cache,
        config.profile,
        &config.choices,
        &stages,
    )?;
    let sources = args.sources.sources(config);
    let options = args.forecast.options(stages);
    let cancel = cancel_on_interrupt(runtime);
    let mut engine = NativeEngine::new(config.engine.clone());
    let mut analyses = Vec::new();
    for round in 1..=args.repeat {
        let progress = Progress::new(args.quiet);
        let batch = runtime.block_on(gather(args, &options, &sources))?;
        analyses = run::analyse(&mut engine, &models, batch, &cancel, &|event| progress.show(&event));
        progress.finish();
        if args.repeat > 1 {
            let anon = engine::resident().anon;
            anstream::eprintln!(
                "round {round} of {}: {} of anonymous memory ({anon} B)",
                args.repeat,
                human_bytes(anon)
            );
        }
        if cancel.is_cancelled() {
            anyhow::bail!("interrupted");
        }
    }
    if !args.no_store {
        args.store.keep(config, runtime, &analyses);
    }
    show(args, &analyses)?;
    let failed = analyses.iter().flat_map(|analysis| &analysis.errors).count();
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn gather(args: &AnalyzeArgs, options: &JobOptions, sources: &Sources) -> anyhow::Result<Vec<Gathered>> {
    let mut batch = Vec::new();
    for ticker in &args.tickers {
        let request = Request {
            ticker: ticker.clone(),
            as_of: args.as_of,
            options: options.clone(),
        };
        batch.push(
            run::gather(&request, sources)
                .await
                .with_context(|| ticker.to_string())?,
        );
    }
    Ok(batch)
}

fn show(args: &AnalyzeArgs, analyses: &[Analysis]) -> anyhow::Result<()> {
    // The progress tells of failures as they happen; without it they are told here.
    for failure in analyses
        .iter()
        .flat_map(|analysis| &analysis.errors)
        .filter(|_| args.quiet)
    {
        anstream::eprintln!("error: {}: {}", failure.stage, failure.message);
    }
    // A refused stage 1 leaves nothing to show; JSON still says so to a program that reads it.
    let shown: Vec<&Analysis> = analyses
        .iter()
        .filter(|analysis| args.json || has_result(analysis))
        .collect();
    if let Some(path) = &args.png {
        for analysis in &shown {
            write_picture(&analysis.chart, &named_for(path, &analysis.ticker, shown.len()))?;
        }
    }
    if let Some(path) = &args.html {
        return write_pages(path, &shown);
    }
    let columns = terminal_columns();
    let options = TerminalOptions {
        width: columns,
        colour: std::io::stdout().is_terminal() && colour_wanted(),
    };
    for (index, analysis) in shown.iter().enumerate() {
        let text = if args.json {
            render::json(analysis)?
        } else if args.md {
            render::markdown(analysis)
        } else {
            render::terminal(analysis, &options)
        };
        let gap = if index > 0 && !args.json { "\n" } else { "" };
        print(&format!("{gap}{text}"))?;
    }
    Ok(())
}

fn has_result(analysis: &Analysis) -> bool {
    analysis.forecast.is_some() || analysis.sentiment.is_some() || analysis.report.is_some()
}

/// One page, or one for each ticker with its symbol in the name; a page appears whole or not at all.
fn write_pages(path: &Path, analyses: &[&Analysis]) -> anyhow::Result<()> {
    for analysis in analyses {
        let path = named_for(path, &analysis.ticker, analyses.len());
        let page = render::html(analysis)?;
        let directory = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let mut file = tempfile::Builder::new()
            .prefix(".tripod-")
            .tempfile_in(directory)
            .with_context(|| format!("cannot write into {}", directory.display()))?;
        file.write_all(page.as_bytes())
            .with_context(|| format!("cannot write {}", path.display()))?;
        file.persist(&path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        anstream::eprintln!("wrote {}", path.display());
    }
    Ok(())
}
