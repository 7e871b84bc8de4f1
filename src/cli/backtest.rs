//! `tripod backtest`: forecasts past days and compares the forecasts with the actual prices and with naive forecasts. Tests one
//! window with a review, or many windows with statistical tests. Finished windows are stored, so that an interrupted run can
//! resume.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use chrono::NaiveDate;
use clap::Args;
use tokio::runtime::Runtime;

use super::args::ForecastArgs;
use super::days::day;
use super::interrupt::cancel_on_interrupt;
use super::output::{check_file, check_picture, named_for, print, write_picture, write_whole};
use super::sources::SourceArgs;
use super::tickers::{TickerArgs, groups};
use super::windows::{Bench, interrupted};
use crate::analysis::StageName;
use crate::backtest::{
    Ablation, Backtest, FormatRun, ScoredWindow, ablation_table, backtest_table, calibrate, card, compare_formats,
    correct, measured, overall, overall_table,
};
use crate::config::Config;
use crate::formats::PromptFormat;
use crate::market::{Ticker, TickerError};
use crate::models::Calibration;
use crate::render;
use crate::run::{BacktestRequest, ModelSet, PipelineError, Prepared, RoleChoices, Scheduler, Sources, in_order};
use crate::scoring::overlap;
use crate::stages::STAGES;

/// Arguments of `tripod backtest`.
#[derive(Debug, Args)]
pub struct BacktestArgs {
    #[command(flatten)]
    universe: TickerArgs,

    #[command(flatten)]
    forecast: ForecastArgs,

    /// Number of windows, 1 to 2000. One window gets the whole analysis and a review, several get the forecast only [default: 1; with
    /// --from, as many as fit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=2000))]
    origins: Option<u16>,

    /// Trading days from one origin to the next, 1 to 250 [default: the horizon, so that windows do not overlap]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=250))]
    stride: Option<u16>,

    /// The newest split day: YYYY-MM-DD, yesterday or -30d [default: the newest day followed by a whole horizon]
    #[arg(long, value_name = "DATE", value_parser = day, allow_hyphen_values = true)]
    as_of: Option<NaiveDate>,

    /// No split day before this one; --origins is then the most windows of a ticker
    #[arg(long, value_name = "DATE", value_parser = day, allow_hyphen_values = true)]
    from: Option<NaiveDate>,

    /// No day after this one is compared with a forecast
    #[arg(long, value_name = "DATE", value_parser = day, allow_hyphen_values = true)]
    until: Option<NaiveDate>,

    #[command(flatten)]
    sources: SourceArgs,

    /// Compare these prompt formats over the same windows: raw, stats, scaled, summary, returns
    #[arg(long, value_delimiter = ',', value_name = "FORMAT,…", value_parser = format)]
    compare: Vec<PromptFormat>,

    /// Print one JSON object for each ticker, or one for the comparison
    #[arg(long)]
    json: bool,

    /// Print only the figures over all tickers, one row for each group of the universe file and one for all
    #[arg(long, conflicts_with = "compare")]
    summary: bool,

    /// Write the figures over all tickers as the `[[measured]]` entries of a model's manifest
    #[arg(long, value_name = "FILE", conflicts_with = "compare")]
    card: Option<PathBuf>,

    /// Fit the width of the bands and the share of the drift to keep to these windows, and write them as the `[calibration]` of a
    /// model's manifest
    #[arg(long, value_name = "FILE", conflicts_with = "compare")]
    calibrate: Option<PathBuf>,

    /// Write the chart as an image; the file's ending, .png or .svg, decides the format
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,

    /// Store finished windows in this file [default: one file for each backtest in the cache directory]
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,

    /// Ignore stored windows and compute all of them again
    #[arg(long)]
    fresh: bool,

    /// Show no progress
    #[arg(long, short)]
    quiet: bool,
}

/// Parses a prompt format by its name or its short name.
fn format(text: &str) -> Result<PromptFormat, String> {
    match text {
        "raw" => Ok(PromptFormat::SeedV1),
        "stats" => Ok(PromptFormat::StatsV2),
        "scaled" => Ok(PromptFormat::ScaledV3),
        "summary" => Ok(PromptFormat::SummaryV0),
        "returns" => Ok(PromptFormat::ReturnsV4),
        name => name.parse(),
    }
}

/// The most windows of a ticker.
const MOST: u16 = 2_000;

/// Tickers whose prices may be fetched ahead while others are tested.
const AHEAD: usize = 4;

/// Runs the command. Exit code 0 when every window of every ticker has a forecast, else 1.
pub fn run(args: &BacktestArgs, config: &Config, runtime: &Runtime) -> anyhow::Result<ExitCode> {
    for path in args.png.iter() {
        check_picture(path)?;
    }
    for path in args.card.iter().chain(&args.calibrate).chain(&args.journal) {
        check_file(path)?;
    }
    let (sources, tickers) = args.universe.with_sources(&args.sources, config, runtime)?;
    let models = models(args, config)?;
    // A resumed run must give the same result as an uninterrupted one.
    let mut engine = config.engine.clone();
    engine.llama.side_by_side = false;
    let mut bench = Bench {
        sources: &sources,
        runtime,
        cancel: cancel_on_interrupt(runtime),
        engine: config.engine_with(engine, runtime.handle()),
        scheduler: Scheduler::batch(),
        folder: config.cache.root().join("backtests"),
        journal: args.journal.clone(),
        shares_journal: tickers.len() + args.compare.len() > 1,
        fresh: args.fresh,
        quiet: args.quiet,
        whole: args.is_single(),
    };
    bench.check_journals(&tickers, &models)?;
    let asked = tickers.len();
    let groups = groups(&tickers);
    let requests = tickers.into_iter().map(|asked| {
        let request = asked.ticker.map(|ticker| request(args, &ticker));
        (asked.text, request)
    });
    let from = sources.clone();
    let mut gathered = in_order(
        runtime.handle(),
        requests.collect(),
        (args.universe.at_once(), AHEAD),
        move |(ticker, request)| prepare(ticker, request, from.clone()),
    );
    let (mut backtests, mut failures) = (Vec::new(), Vec::new());
    while let Some((ticker, prepared)) = gathered.blocking_recv() {
        let tested = prepared.and_then(|prepared| models.iter().map(|models| bench.test(&prepared, models)).collect());
        if bench.cancel.is_cancelled() {
            return Err(tested.err().unwrap_or_else(interrupted));
        }
        match tested {
            Ok(tested) => {
                let tested: Vec<Backtest> = tested;
                backtests.extend(tested);
            }
            Err(error) => {
                failures.push(format!("{}: {error:#}", render::clean(&ticker)));
                if args.universe.strict {
                    break;
                }
            }
        }
    }
    // The tests of several tickers are corrected for multiple testing, so the results are final only when the last ticker is
    // done.
    let shown = if args.compare.is_empty() {
        correct(&mut backtests);
        show(args, &backtests, asked).and_then(|()| show_overall(args, &backtests, &groups, asked))
    } else {
        show_comparison(args, &backtests)
    };
    for failure in &failures {
        anstream::eprintln!("error: {failure}");
    }
    match shown {
        // The failures are printed already.
        Err(_) if backtests.is_empty() && !failures.is_empty() => return Ok(ExitCode::FAILURE),
        shown => shown?,
    }
    let failed: usize = backtests.iter().map(|backtest| backtest.failed).sum();
    Ok(if failed == 0 && failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The models for each requested format.
fn models(args: &BacktestArgs, config: &Config) -> Result<Vec<ModelSet>, PipelineError> {
    let formats: Vec<Option<PromptFormat>> = if args.compare.is_empty() {
        vec![None]
    } else {
        args.compare.iter().copied().map(Some).collect()
    };
    let options = args.forecast.options(stages(args));
    let set = |prompt_format: Option<PromptFormat>| {
        let choices = RoleChoices {
            prompt_format: prompt_format.or(config.choices.prompt_format),
            ..config.choices.clone()
        };
        let set = ModelSet::resolve(
            &config.registry,
            &config.cache,
            config.profile,
            &choices,
            &options.stages,
        )?;
        Ok(set.writing(&options))
    };
    formats.into_iter().map(set).collect()
}

/// Fetches the prices of a ticker and cuts them into windows.
async fn prepare(
    ticker: String,
    request: Result<BacktestRequest, TickerError>,
    sources: Sources,
) -> (String, anyhow::Result<Prepared>) {
    let prepared = match request {
        Ok(request) => Prepared::gather(request, &sources).await.map_err(Into::into),
        Err(error) => Err(error.into()),
    };
    (ticker, prepared)
}

impl BacktestArgs {
    /// The most windows of a ticker.
    fn windows(&self) -> u16 {
        self.origins.unwrap_or(if self.from.is_some() { MOST } else { 1 })
    }

    /// Whether one window is tested with all stages.
    fn is_single(&self) -> bool {
        self.windows() == 1 && self.compare.is_empty()
    }
}

fn stages(args: &BacktestArgs) -> Vec<StageName> {
    if args.is_single() {
        STAGES.names()
    } else {
        vec![StageName::FORECAST]
    }
}

fn request(args: &BacktestArgs, ticker: &Ticker) -> BacktestRequest {
    BacktestRequest {
        ticker: ticker.clone(),
        as_of: args.as_of,
        options: args.forecast.options(stages(args)),
        from: args.from,
        until: args.until,
        origins: args.windows().into(),
        stride: args.stride.unwrap_or(args.forecast.horizon).into(),
    }
}

fn ablation(args: &BacktestArgs, backtests: &[Backtest]) -> Option<Ablation> {
    let runs: Vec<FormatRun<'_>> = backtests
        .iter()
        .map(|backtest| FormatRun {
            ticker: &backtest.ticker,
            format: &backtest.prompt_format,
            windows: &backtest.windows,
        })
        .collect();
    let overlap = overlap(
        args.forecast.horizon.into(),
        args.stride.unwrap_or(args.forecast.horizon).into(),
    );
    compare_formats(&runs, args.forecast.horizon.into(), overlap)
}

fn show_comparison(args: &BacktestArgs, backtests: &[Backtest]) -> anyhow::Result<()> {
    let ablation = ablation(args, backtests).context("there is no window for which every format has a forecast")?;
    print(&if args.json {
        serde_json::to_string_pretty(&ablation)? + "\n"
    } else {
        ablation_table(&ablation)
    })
}

fn show(args: &BacktestArgs, backtests: &[Backtest], asked: usize) -> anyhow::Result<()> {
    for (index, backtest) in backtests.iter().enumerate() {
        if args.summary && args.png.is_none() {
            break;
        }
        if let Some(path) = &args.png {
            write_picture(&backtest.chart, &named_for(path, &backtest.ticker, asked))?;
        }
        if args.summary {
            continue;
        }
        if args.json {
            // With several tickers, one object a line.
            let text = if asked > 1 {
                serde_json::to_string(backtest)?
            } else {
                serde_json::to_string_pretty(backtest)?
            };
            print(&(text + "\n"))?;
            continue;
        }
        if index > 0 {
            print("\n")?;
        }
        print(&backtest_table(backtest))?;
        if let Some(analysis) = &backtest.analysis {
            print(&format!("\n# As it would have been\n\n{}", render::markdown(analysis)))?;
        }
        if let Some(review) = &backtest.review {
            print(&format!("\n# Test performance review\n\n{}\n", review.markdown.trim()))?;
        }
    }
    Ok(())
}

/// The figures over all tickers, after those of each.
fn show_overall(
    args: &BacktestArgs,
    backtests: &[Backtest],
    groups: &[(String, Vec<String>)],
    asked: usize,
) -> anyhow::Result<()> {
    if let Some(path) = &args.calibrate {
        write_calibration(path, backtests)?;
    }
    // A line of its own in the JSON of several tickers would surprise those who read one backtest a line.
    let printed = args.summary || (asked > 1 && !args.json);
    let wanted = printed || args.card.is_some();
    let Some(overall) = overall(backtests, groups).filter(|_| wanted) else {
        return Ok(());
    };
    if printed && args.json {
        print(&(serde_json::to_string(&overall)? + "\n"))?;
    } else if printed {
        print(&format!(
            "{}{}",
            if args.summary { "" } else { "\n" },
            overall_table(&overall)
        ))?;
    }
    if let Some(path) = &args.card {
        anyhow::ensure!(
            !measured(&overall).is_empty(),
            "there are too few figures for {}: the volatility cone is missing in every window",
            path.display()
        );
        write_whole(path, card(&overall)?.as_bytes())?;
    }
    Ok(())
}

/// Writes the calibration that the windows of all tickers ask for.
fn write_calibration(path: &Path, backtests: &[Backtest]) -> anyhow::Result<()> {
    #[derive(serde::Serialize)]
    struct Part {
        calibration: Calibration,
    }
    let windows: Vec<&ScoredWindow> = backtests.iter().flat_map(|backtest| &backtest.windows).collect();
    let Some(calibration) = calibrate(&windows) else {
        anyhow::bail!(
            "{} windows are too few to fit a calibration; give more tickers, more --origins or a longer time",
            windows.len()
        );
    };
    write_whole(path, toml::to_string(&Part { calibration })?.as_bytes())
}
