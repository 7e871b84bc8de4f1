//! `tripod analyze`: analyses a stream of tickers. Stores and shows each analysis as soon as it is finished, and lists the
//! failures at the end.

use std::ops::ControlFlow;
use std::process::ExitCode;

use chrono::NaiveDate;
use clap::Args;
use tokio::runtime::Runtime;

use super::args::ForecastArgs;
use super::days::day;
use super::ending::Ending;
use super::forms::FormArgs;
use super::interrupt::cancel_on_interrupt;
use super::output::{print, terminal};
use super::progress::Progress;
use super::ranking::{RankBy, Ranking};
use super::sources::SourceArgs;
use super::store::{Keeper, StoreArgs};
use super::tickers::TickerArgs;
use crate::analysis::{Analysis, Report, StageError, StageName, Writer};
use crate::config::Config;
use crate::engine::{self, human_bytes};
use crate::render::{self, TerminalOptions};
use crate::run::{Batch, BatchRow, ModelSet, Scheduler};
use crate::stages::{STAGES, UnknownStage};

/// Arguments of `tripod analyze`.
#[derive(Debug, Args)]
pub struct AnalyzeArgs {
    #[command(flatten)]
    universe: TickerArgs,

    #[command(flatten)]
    forecast: ForecastArgs,

    /// Use no data after this day: YYYY-MM-DD, yesterday, or -30d, -2w, -3m, -1y for so long ago
    #[arg(long, value_name = "DATE", value_parser = day, allow_hyphen_values = true)]
    as_of: Option<NaiveDate>,

    #[command(flatten)]
    sources: SourceArgs,

    #[command(flatten)]
    store: StoreArgs,

    /// Do not store the analysis
    #[arg(long)]
    no_store: bool,

    /// Run only these stages
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "STAGE,…",
        value_parser = stage,
        default_values_t = STAGES.names()
    )]
    stages: Vec<StageName>,

    #[command(flatten)]
    forms: FormArgs,

    /// Rank the analyses when all are done and show the first N; in place of the analyses, unless --json, --md or a file is asked for
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    top: Option<u16>,

    /// What the ranking is by, the highest first
    #[arg(long, value_name = "FIGURE", requires = "top", default_value = "expected_return")]
    by: RankBy,

    /// Show no progress
    #[arg(long, short)]
    quiet: bool,

    /// Repeat the analysis this many times in one process and report the memory after each round
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..), hide = true)]
    repeat: u16,
}

fn stage(name: &str) -> Result<StageName, UnknownStage> {
    STAGES.read(name)
}

/// Runs the command. Exit code 0 when every stage of every ticker succeeded, else 1.
pub fn run(args: &AnalyzeArgs, config: &Config, runtime: &Runtime) -> anyhow::Result<ExitCode> {
    let stages = STAGES.in_order(&args.stages);
    args.forms.check()?;
    let (sources, tickers) = args.universe.with_sources(&args.sources, config, runtime)?;
    let options = args.forecast.options(stages);
    let models = ModelSet::resolve(
        &config.registry,
        &config.cache,
        config.profile,
        &config.choices,
        &options.stages,
    )?
    .writing(&options);
    let cancel = cancel_on_interrupt(runtime);
    let batch = Batch {
        runtime: runtime.handle(),
        scheduler: &Scheduler::batch(),
        models: &models,
        sources: &sources,
        as_of: args.as_of,
        options: &options,
        gather: args.universe.at_once(),
        strict: args.universe.strict,
        cancel: &cancel,
    };
    let mut engine = config.open_engine(runtime.handle());
    let keeper = if args.no_store {
        None
    } else {
        Some(Keeper::new(&args.store, config, runtime)?)
    };
    let mut results = Results::new(args, tickers.len(), keeper);
    for round in 1..=args.repeat {
        let is_last = round == args.repeat;
        let progress = Progress::new(args.quiet);
        batch.run(
            &mut engine,
            tickers.clone(),
            &|event| {
                // What a stage says of being cancelled is not the one line that Ctrl-C ends with.
                if !cancel.is_cancelled() {
                    progress.show(&event);
                }
            },
            &mut |row| {
                progress.finish();
                if is_last && !cancel.is_cancelled() {
                    results.take(row)
                } else {
                    ControlFlow::Continue(())
                }
            },
        );
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
            results.close();
            return Err(Ending::Interrupted("").into());
        }
    }
    results.end()
}

/// Stores and shows the results as they arrive, and collects the failures.
struct Results<'a> {
    args: &'a AnalyzeArgs,
    keeper: Option<Keeper<'a>>,
    terminal: TerminalOptions,
    /// Number of requested tickers.
    asked: usize,
    shown: usize,
    /// One line for each failure, printed at the end.
    failures: Vec<String>,
    ranking: Option<Ranking>,
    /// The error that kept a result from being written.
    trouble: Option<anyhow::Error>,
}

impl<'a> Results<'a> {
    fn new(args: &'a AnalyzeArgs, asked: usize, keeper: Option<Keeper<'a>>) -> Self {
        Results {
            args,
            keeper,
            terminal: terminal(),
            asked,
            shown: 0,
            failures: Vec::new(),
            ranking: args.top.map(|top| Ranking::new(args.by, top.into())),
            trouble: None,
        }
    }

    fn take(&mut self, row: BatchRow) -> ControlFlow<()> {
        let before = self.failures.len();
        match row.outcome {
            Ok(analysis) => {
                self.note_failures(&analysis);
                if let Some(keeper) = &mut self.keeper {
                    keeper.keep(&analysis);
                }
                if let Some(ranking) = &mut self.ranking {
                    ranking.add(&analysis);
                }
                if let Err(error) = self.show(&analysis) {
                    self.trouble = Some(error);
                    return ControlFlow::Break(());
                }
            }
            Err(error) => {
                if let Err(trouble) = self.show_failure(&row.ticker, &error) {
                    self.trouble = Some(trouble);
                    return ControlFlow::Break(());
                }
                let StageError { message, .. } = error;
                self.failures.push(format!("{}: {message}", render::clean(&row.ticker)));
            }
        }
        if self.args.universe.strict && self.failures.len() > before {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn note_failures(&mut self, analysis: &Analysis) {
        for failure in &analysis.errors {
            let of = if self.asked > 1 {
                format!("{}: ", analysis.ticker)
            } else {
                String::new()
            };
            self.failures
                .push(format!("{of}{}: {}", failure.stage, failure.message));
        }
    }

    fn show(&mut self, analysis: &Analysis) -> anyhow::Result<()> {
        // When stage 1 was refused, people get nothing to see, but programs that read JSON still get the analysis.
        let forms = &self.args.forms;
        if !forms.json && !has_result(analysis) {
            return Ok(());
        }
        forms.write(analysis, self.asked)?;
        // The ranking takes the place of the analyses.
        if self.ranking.is_some() && !forms.json && !forms.md {
            return Ok(());
        }
        let Some(text) = forms.text(analysis, self.asked, &self.terminal)? else {
            return Ok(());
        };
        let gap = if self.shown > 0 && !self.args.forms.json {
            "\n"
        } else {
            ""
        };
        self.shown += 1;
        print(&format!("{gap}{text}"))
    }

    /// Programs that read the lines of a batch get one for each ticker.
    fn show_failure(&self, ticker: &str, error: &StageError) -> anyhow::Result<()> {
        if !self.args.forms.json || self.asked == 1 {
            return Ok(());
        }
        let row = serde_json::json!({
            "object": "failure",
            "ticker": render::clean(ticker),
            "kind": error.kind,
            "retryable": error.retryable,
            "message": error.message,
        });
        print(&format!("{row}\n"))
    }

    /// Closes the store.
    fn close(&mut self) {
        if let Some(keeper) = self.keeper.take() {
            keeper.close();
        }
    }

    /// Prints the ranking and the failures.
    fn end(mut self) -> anyhow::Result<ExitCode> {
        self.close();
        if let Some(ranking) = self.ranking {
            print(&if self.args.forms.json {
                ranking.json()?
            } else {
                ranking.text()
            })?;
        }
        for failure in &self.failures {
            anstream::eprintln!("error: {failure}");
        }
        if let Some(error) = self.trouble {
            return Err(error);
        }
        Ok(if self.failures.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}

/// A report that code wrote for want of every other result says nothing that its reader can use.
fn has_result(analysis: &Analysis) -> bool {
    let by_model = |report: &Report| report.written_by == Writer::Model;
    analysis.errors.is_empty()
        || analysis.forecast.is_some()
        || analysis.sentiment.is_some()
        || analysis.report.as_ref().is_some_and(by_model)
}
