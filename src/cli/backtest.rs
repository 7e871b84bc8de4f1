//! `tripod backtest`: forecasts of days that have passed, held against what came and against naive forecasts; one window with its
//! review, or many with tests. Finished windows are kept, so a run that was stopped goes on.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use chrono::NaiveDate;
use clap::Args;
use sha2::{Digest, Sha256};
use tokio::runtime::Runtime;

use super::args::{ForecastArgs, SourceArgs};
use super::interrupt::cancel_on_interrupt;
use super::output::{named_for, print, write_picture};
use super::progress::Progress;
use crate::analysis::{Analysis, StageName};
use crate::backtest::{
    Ablation, Backtest, FormatRun, Journal, Outcome, ScoredWindow, Watch, Window, ablation_table, backtest_table,
    compare_formats, correct,
};
use crate::config::Config;
use crate::engine::{Cancel, NativeEngine};
use crate::market::Ticker;
use crate::models::PromptFormat;
use crate::render;
use crate::run::{self, BacktestRequest, Gathered, ModelSet, Prepared, RoleChoices, Sources};
use crate::scoring::overlap;

/// What to test and how to show it.
#[derive(Debug, Args)]
pub struct BacktestArgs {
    /// Symbols, or Yahoo Finance links
    #[arg(required_unless_present = "universe", value_name = "TICKER")]
    tickers: Vec<Ticker>,

    /// Further symbols from a file, one on a line; lines that begin with # are comments
    #[arg(long, value_name = "FILE")]
    universe: Option<PathBuf>,

    #[command(flatten)]
    forecast: ForecastArgs,

    /// Windows to test; with one, the whole analysis is made and reviewed, with more, the forecast alone
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=2000))]
    origins: u16,

    /// Trading days from one origin to the next [default: the horizon, so that no two windows share a day]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=250))]
    stride: Option<u16>,

    /// The newest split day (YYYY-MM-DD) [default: the newest with a whole horizon after it]
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,

    #[command(flatten)]
    sources: SourceArgs,

    /// Ask in each of these prompt formats over the same windows and compare them: raw, stats, scaled, summary
    #[arg(long, value_delimiter = ',', value_name = "FORMAT,…", value_parser = format)]
    compare: Vec<PromptFormat>,

    /// Print one JSON object for each ticker, or one for the comparison
    #[arg(long)]
    json: bool,

    /// Write the chart as a picture, PNG or SVG by the file's ending
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,

    /// Keep finished windows in this file [default: one for each backtest in the cache directory]
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,

    /// Make every window anew
    #[arg(long)]
    fresh: bool,

    /// No progress
    #[arg(long, short)]
    quiet: bool,
}

/// A prompt format by its name or by its short one.
fn format(text: &str) -> Result<PromptFormat, String> {
    match text {
        "raw" => Ok(PromptFormat::SeedV1),
        "stats" => Ok(PromptFormat::StatsV2),
        "scaled" => Ok(PromptFormat::ScaledV3),
        "summary" => Ok(PromptFormat::SummaryV0),
        name => name.parse(),
    }
}

/// Runs the command: exit code 0 when every window of every ticker has its forecast, else 1.
pub fn run(args: &BacktestArgs, config: &Config, runtime: &Runtime) -> anyhow::Result<ExitCode> {
    let tickers = tickers(args)?;
    let sources = args.sources.sources(config);
    let formats: Vec<Option<PromptFormat>> = if args.compare.is_empty() {
        vec![None]
    } else {
        args.compare.iter().copied().map(Some).collect()
    };
    // A run that was stopped goes on with the windows that are left, and must say what it would have said.
    let mut engine = config.engine.clone();
    engine.llama.side_by_side = false;
    let mut bench = Bench {
        args,
        sources: &sources,
        runtime,
        cancel: cancel_on_interrupt(runtime),
        engine: NativeEngine::new(engine),
        journals: config.cache.root().join("backtests"),
    };
    // All prices and models are looked for before the first window is made.
    let mut prepared = Vec::new();
    for ticker in &tickers {
        let gathered = runtime.block_on(Prepared::gather(request(args, ticker), &sources));
        prepared.push(gathered.with_context(|| ticker.to_string())?);
    }
    let stages = stages(args);
    let mut models = Vec::new();
    for prompt_format in formats {
        let choices = RoleChoices {
            prompt_format: prompt_format.or(config.choices.prompt_format),
            ..config.choices.clone()
        };
        models.push(ModelSet::resolve(
            &config.registry,
            &config.cache,
            config.profile,
            &choices,
            &stages,
        )?);
    }
    let mut backtests = Vec::new();
    for models in &models {
        for prepared in &prepared {
            backtests.push(bench.test(prepared, models)?);
        }
    }
    if args.compare.is_empty() {
        correct(&mut backtests);
        show(args, &backtests)?;
    } else {
        let ablation = ablation(args, &backtests).context("no window has a forecast in every format")?;
        print(&if args.json {
            serde_json::to_string_pretty(&ablation)? + "\n"
        } else {
            ablation_table(&ablation)
        })?;
    }
    let failed: usize = backtests.iter().map(|backtest| backtest.failed).sum();
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn tickers(args: &BacktestArgs) -> anyhow::Result<Vec<Ticker>> {
    let mut tickers = args.tickers.clone();
    if let Some(path) = &args.universe {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        for (number, line) in text.lines().enumerate() {
            let symbol = line.trim();
            if symbol.is_empty() || symbol.starts_with('#') {
                continue;
            }
            let ticker = Ticker::parse(symbol).with_context(|| format!("line {} of {}", number + 1, path.display()))?;
            tickers.push(ticker);
        }
    }
    let mut seen = Vec::new();
    tickers.retain(|ticker| {
        !seen.contains(ticker) && {
            seen.push(ticker.clone());
            true
        }
    });
    anyhow::ensure!(
        !tickers.is_empty(),
        "there is no ticker to test; name one, or a --universe with some"
    );
    Ok(tickers)
}

fn stages(args: &BacktestArgs) -> Vec<StageName> {
    if args.origins == 1 && args.compare.is_empty() {
        vec![StageName::Forecast, StageName::Sentiment, StageName::Report]
    } else {
        vec![StageName::Forecast]
    }
}

fn request(args: &BacktestArgs, ticker: &Ticker) -> BacktestRequest {
    BacktestRequest {
        ticker: ticker.clone(),
        as_of: args.as_of,
        options: args.forecast.options(stages(args)),
        origins: args.origins.into(),
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

fn show(args: &BacktestArgs, backtests: &[Backtest]) -> anyhow::Result<()> {
    for (index, backtest) in backtests.iter().enumerate() {
        if let Some(path) = &args.png {
            write_picture(&backtest.chart, &named_for(path, &backtest.ticker, backtests.len()))?;
        }
        if args.json {
            // One object on a line where there are several.
            let text = if backtests.len() > 1 {
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

/// What every backtest of a run shares.
struct Bench<'a> {
    args: &'a BacktestArgs,
    sources: &'a Sources,
    runtime: &'a Runtime,
    cancel: Cancel,
    engine: NativeEngine,
    /// The folder of the journals.
    journals: PathBuf,
}

/// A window that is being made.
struct Pending {
    window: Window,
    made_from: String,
}

impl Bench<'_> {
    fn test(&mut self, prepared: &Prepared, models: &ModelSet) -> anyhow::Result<Backtest> {
        if prepared.is_single() && self.args.compare.is_empty() {
            self.single(prepared, models)
        } else {
            self.rolling(prepared, models)
        }
    }

    /// One window, with all stages.
    fn single(&mut self, prepared: &Prepared, models: &ModelSet) -> anyhow::Result<Backtest> {
        let window = *prepared.windows().first().context("there is no window")?;
        let gathered = self.runtime.block_on(prepared.job(window, self.sources))?;
        let mut outcome = None;
        let analyses = self.engine_run(models, vec![gathered], &mut |_, _, heard| {
            outcome = Some(heard);
            Ok(())
        })?;
        let (scored, failures) = match outcome {
            Some(Outcome::Made(sampled)) => (vec![prepared.score(window, &sampled)?], Vec::new()),
            Some(Outcome::Failed(reason)) => (Vec::new(), vec![reason]),
            None => (Vec::new(), Vec::new()),
        };
        Ok(prepared.finish(scored, &failures, models, analyses.into_iter().next())?)
    }

    /// Many windows through the forecaster in one batch; those that an earlier run finished are taken from its journal.
    fn rolling(&mut self, prepared: &Prepared, models: &ModelSet) -> anyhow::Result<Backtest> {
        let path = self.journal(prepared, models);
        let mut journal = Journal::open(&path, self.args.fresh)?;
        let (mut scored, mut batch, mut pending) = (Vec::new(), Vec::new(), HashMap::new());
        for &window in prepared.windows() {
            let made_from = prepared.made_from(window, models);
            if let Some(found) = journal.find(&made_from) {
                scored.push(found.clone());
                continue;
            }
            let gathered = self.runtime.block_on(prepared.job(window, self.sources))?;
            pending.insert(gathered.job.id.clone(), Pending { window, made_from });
            batch.push(gathered);
        }
        let (found, of) = (scored.len(), prepared.windows().len());
        if found > 0 && !self.args.quiet {
            anstream::eprintln!("{found} of {of} windows are there already, from {}", path.display());
        }
        let mut failures = Vec::new();
        if !batch.is_empty() {
            self.engine_run(models, batch, &mut |progress, job, outcome| {
                let Some(Pending { window, made_from }) = pending.remove(&job) else {
                    return Ok(());
                };
                match outcome {
                    Outcome::Made(sampled) => {
                        let window = prepared.score(window, &sampled)?;
                        journal.keep(&made_from, &window)?;
                        progress.say(&line(&window, scored.len() + 1, of));
                        scored.push(window);
                    }
                    Outcome::Failed(reason) => failures.push(reason),
                }
                Ok(())
            })?;
        }
        Ok(prepared.finish(scored, &failures, models, None)?)
    }

    /// Puts jobs through the engine and tells of each forecast as it is made.
    fn engine_run(
        &mut self,
        models: &ModelSet,
        batch: Vec<Gathered>,
        tell: &mut dyn FnMut(&Progress, String, Outcome) -> anyhow::Result<()>,
    ) -> anyhow::Result<Vec<Analysis>> {
        let progress = Progress::new(self.args.quiet);
        let state = std::cell::RefCell::new((Watch::default(), tell, None));
        let cancel = self.cancel.clone();
        let analyses = run::analyse(&mut self.engine, models, batch, &self.cancel, &|event| {
            progress.show(&event);
            let (watch, tell, trouble) = &mut *state.borrow_mut();
            if let Some((job, outcome)) = watch.hear(&event)
                && let Err(error) = tell(&progress, job, outcome)
            {
                // A window that cannot be kept stops the run: the next ones could not be kept either.
                cancel.cancel();
                trouble.get_or_insert(error);
            }
        });
        progress.finish();
        if let Some(error) = state.into_inner().2 {
            return Err(error);
        }
        anyhow::ensure!(
            !self.cancel.is_cancelled(),
            "interrupted; the same command goes on with the windows that are missing"
        );
        Ok(analyses)
    }

    fn journal(&self, prepared: &Prepared, models: &ModelSet) -> PathBuf {
        let name = |path: &Path| -> PathBuf {
            // Several tickers or formats in one run have a file each.
            let many =
                self.args.tickers.len() + usize::from(self.args.universe.is_some()) + self.args.compare.len() > 1;
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("backtest");
            let format = models.prompt_format().map_or("", |format| format.as_str());
            if many {
                path.with_file_name(format!("{stem}-{}-{format}.jsonl", prepared.series().ticker))
            } else {
                path.to_owned()
            }
        };
        if let Some(path) = &self.args.journal {
            return name(path);
        }
        let settings = format!(
            "{:?} {:?}",
            request(self.args, &prepared.series().ticker).options,
            models.refs()
        );
        let format = models.prompt_format().map_or("", |format| format.as_str());
        let short = hex::encode(&Sha256::digest(settings)[..6]);
        self.journals
            .join(format!("{}-{format}-{short}.jsonl", prepared.series().ticker))
    }
}

fn line(window: &ScoredWindow, done: usize, of: usize) -> String {
    let naive = window.baselines.get(crate::backtest::NAIVE);
    format!(
        "window {done} of {of}, {}: mean absolute error {:.3}, naive {}",
        window.as_of,
        window.metrics.mae,
        naive.map_or("–".to_owned(), |naive| format!("{:.3}", naive.mae))
    )
}
