//! `tripod analyze`: one ticker or several through the pipeline, shown on the terminal or written out.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use chrono::NaiveDate;
use clap::Args;
use tokio::runtime::Runtime;

use super::colour_wanted;
use super::progress::Progress;
use super::store::StoreArgs;
use crate::analysis::{Analysis, Chart, JobOptions, StageName};
use crate::config::Config;
use crate::engine::{self, Cancel, NativeEngine, human_bytes};
use crate::market::{CsvOptions, MarketSource, Ticker};
use crate::news::NewsSources;
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
            let anon = engine::memory::resident().anon;
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

/// The first interrupt stops the work cleanly; a second one ends the process as usual.
pub fn cancel_on_interrupt(runtime: &Runtime) -> Cancel {
    let cancel = Cancel::new();
    let flag = cancel.clone();
    runtime.spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            flag.cancel();
        }
        if tokio::signal::ctrl_c().await.is_ok() {
            std::process::exit(130);
        }
    });
    cancel
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

/// Writes to standard output. A reader that closed its end of a pipe has seen enough.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to standard output")
        }
        _ => Ok(()),
    }
}

fn has_result(analysis: &Analysis) -> bool {
    analysis.forecast.is_some() || analysis.sentiment.is_some() || analysis.report.is_some()
}

/// The file's name, with the ticker in it where there are several.
pub fn named_for(path: &Path, ticker: &str, count: usize) -> PathBuf {
    if count < 2 {
        return path.to_owned();
    }
    let part = |part: Option<&std::ffi::OsStr>| part.and_then(std::ffi::OsStr::to_str).unwrap_or_default().to_owned();
    path.with_file_name(format!(
        "{}-{ticker}.{}",
        part(path.file_stem()),
        part(path.extension())
    ))
}

/// Draws a chart; the picture appears whole or not at all.
pub fn write_picture(chart: &Chart, path: &Path) -> anyhow::Result<()> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let file = tempfile::Builder::new()
        .prefix(".tripod-")
        .suffix(&format!(".{ending}"))
        .tempfile_in(folder.unwrap_or(Path::new(".")))
        .with_context(|| format!("cannot write {}", path.display()))?;
    render::picture(chart, file.path()).with_context(|| format!("cannot draw {}", path.display()))?;
    file.persist(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    anstream::eprintln!("wrote {}", path.display());
    Ok(())
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

fn terminal_columns() -> usize {
    let wide = rustix::termios::tcgetwinsize(std::io::stdout()).map_or(0, |size| size.ws_col);
    if wide == 0 {
        100
    } else {
        usize::from(wide).clamp(60, 140)
    }
}
