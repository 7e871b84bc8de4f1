//! `tripod dataset sentiment`: picks the most and the least volatile of many tickers, gathers their headlines and has the reporter
//! label each. Every labelled headline is in the file before the next counts, so that an interrupted run can resume.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::NaiveDate;
use clap::Args;
use tokio::runtime::Runtime;

use super::rate::Rate;
use super::sentiment_summary::{Summary, Used};
use crate::analysis::ModelRef;
use crate::cli::ending::{Ending, wrong_use};
use crate::cli::interrupt::cancel_on_interrupt;
use crate::cli::output::{check_file, print, write_whole};
use crate::cli::sources::SourceArgs;
use crate::cli::tickers::{self, TickerArgs};
use crate::config::Config;
use crate::dataset::sentiment::{
    Group, LabelFile, LabelRow, Moves, PROMPT_VERSION, Portfolio, Remaining, SentimentError, Story, Volatility,
    model_name,
};
use crate::engine::Cancel;
use crate::market::Ticker;
use crate::models::Role;
use crate::run::{Asked, Labelling, Sources, TickerNews, headlines, resolve_language, volatilities};
use crate::text::clean;

/// Arguments of `tripod dataset sentiment`.
#[derive(Debug, Args)]
#[command(mut_arg("tickers", |tickers| tickers.required_unless_present_any(["demo", "portfolio"])))]
pub struct SentimentArgs {
    #[command(flatten)]
    universe: TickerArgs,

    #[command(flatten)]
    sources: SourceArgs,

    /// Append the labelled headlines to this JSON Lines file; those that are in it are not labelled again
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    /// The file of the picked tickers; an existing one is used as it is [default: OUT with the ending .portfolio.json]
    #[arg(long, value_name = "FILE")]
    portfolio: Option<PathBuf>,

    /// Number of most volatile tickers to pick
    #[arg(long, default_value_t = 8, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=1000))]
    most: u16,

    /// Number of least volatile tickers to pick
    #[arg(long, default_value_t = 7, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=1000))]
    least: u16,

    /// Label the headlines of this many days
    #[arg(long, default_value_t = 30, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=366))]
    days: u16,

    /// Use no prices and no headlines after this day (YYYY-MM-DD)
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,

    /// Label at most this many headlines in this run
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,

    /// Number of headlines that the reporter labels together
    #[arg(long, default_value_t = 16, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=32))]
    batch: u16,

    /// Pick the tickers again, and replace the file of labelled headlines
    #[arg(long)]
    fresh: bool,

    /// Print a summary as JSON
    #[arg(long)]
    json: bool,

    /// Show no progress
    #[arg(long, short)]
    quiet: bool,
}

impl SentimentArgs {
    fn portfolio_file(&self) -> PathBuf {
        let usual = || self.out.with_extension("portfolio.json");
        self.portfolio.clone().unwrap_or_else(usual)
    }
}

/// The error of a file that the user named: of wrong use, unless another run has it.
fn unusable(error: SentimentError) -> anyhow::Error {
    match error {
        SentimentError::Busy { .. } => error.into(),
        other => wrong_use(other),
    }
}

/// Runs the command. Exit code 0 when every ticker and every headline succeeded, else 1.
pub fn run(args: &SentimentArgs, config: &Config, runtime: &Runtime) -> anyhow::Result<ExitCode> {
    let role = Role::Reporter;
    // Whatever is wrong with the model or the files shows before anything is fetched.
    check_file(&args.out)?;
    check_file(&args.portfolio_file())?;
    let model = resolve_language(&config.registry, &config.cache, config.profile, &config.choices, role)?;
    let mut file = LabelFile::open(&args.out, args.fresh, &model).map_err(unusable)?;
    let mut making = Making {
        args,
        config,
        runtime,
        sources: args.sources.open(config)?.sources,
        cancel: cancel_on_interrupt(runtime),
        failures: Vec::new(),
        warnings: Vec::new(),
    };
    let (portfolio, path, reused) = making.portfolio()?;
    let (found, moves) = making.stories(&portfolio)?;
    // Nothing replaces the rows of an earlier run before there are others.
    anyhow::ensure!(!args.fresh || !found.is_empty(), making.nothing_found());
    let day = |row: &LabelRow| moves.get(&row.ticker)?.next_day_change(row.published_at.date_naive());
    let completed = file.complete(&day)?;
    let limit = args.limit.map_or(usize::MAX, |limit| limit as usize);
    let remaining = Remaining::of(found, &file, limit);
    let before = file.rows();
    let done = making.label(&model, remaining.new, &mut file);
    let interrupted = making.cancel.is_cancelled();
    let summary = Summary {
        out: args.out.clone(),
        rows: file.rows(),
        added: file.rows() - before,
        completed,
        already_labelled: remaining.labelled,
        same_story: remaining.same_story,
        left: remaining.left,
        labels: file.labels().clone(),
        portfolio: Used {
            file: path,
            date: portfolio.date,
            tickers: portfolio.tickers.len(),
            compared: portfolio.compared,
            reused,
        },
        model: model_name(&model),
        prompt_version: PROMPT_VERSION,
        failed: making.failures,
        warnings: making.warnings,
    };
    print(&if args.json { summary.json()? } else { summary.text() })?;
    for failure in &summary.failed {
        anstream::eprintln!("error: {failure}");
    }
    done?;
    if interrupted {
        return Err(Ending::Interrupted("; run the same command again to label the remaining headlines").into());
    }
    Ok(if summary.failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What the steps of a run share.
struct Making<'a> {
    args: &'a SentimentArgs,
    config: &'a Config,
    runtime: &'a Runtime,
    sources: Sources,
    cancel: Cancel,
    /// One line for each ticker and each headline that failed.
    failures: Vec<String>,
    /// Each once.
    warnings: Vec<String>,
}

impl Making<'_> {
    /// The portfolio of an earlier run, or a new one, with its file and whether it is the earlier one.
    fn portfolio(&mut self) -> anyhow::Result<(Portfolio, PathBuf, bool)> {
        let path = self.args.portfolio_file();
        if !self.args.fresh
            && let Some(portfolio) = Portfolio::read(&path).map_err(unusable)?
        {
            self.say(&format!(
                "the {} tickers of {}, picked from {} with the prices of {} ({} had failed); --fresh picks again",
                portfolio.tickers.len(),
                path.display(),
                portfolio.compared,
                portfolio.date,
                portfolio.failed
            ));
            return Ok((portfolio, path, true));
        }
        let portfolio = self.pick(&path)?;
        let text = serde_json::to_string_pretty(&portfolio)? + "\n";
        write_whole(&path, text.as_bytes())?;
        Ok((portfolio, path, false))
    }

    fn pick(&mut self, path: &Path) -> anyhow::Result<Portfolio> {
        let args = self.args;
        let tickers = if !args.universe.is_empty() {
            args.universe
                .asked(self.config, self.runtime, &self.sources, args.sources.read_input())?
        } else if args.sources.is_demo() {
            tickers::demo()
        } else {
            return Err(wrong_use(anyhow::anyhow!(
                "there is no portfolio in {}: give the tickers to pick from, or a --universe file that contains some",
                path.display()
            )));
        };
        let (most, least) = (usize::from(args.most), usize::from(args.least));
        anyhow::ensure!(
            most + least > 0,
            "there is nothing to pick: give --most or --least a number above 0"
        );
        let volatilities = self.volatilities(tickers)?;
        let compared = volatilities.len();
        let Some(portfolio) = Portfolio::pick(volatilities, self.failures.len(), (most, least)) else {
            for failure in &self.failures {
                anstream::eprintln!("error: {failure}");
            }
            anyhow::bail!("no ticker has a volatility, so there is nothing to pick from");
        };
        if compared < most + least {
            let picked = format!(
                "only {compared} tickers have a volatility: {} are picked as the most and {} as the least volatile",
                portfolio.count(Group::MostVolatile),
                portfolio.count(Group::LeastVolatile)
            );
            self.warn(picked);
        }
        Ok(portfolio)
    }

    /// An error that ends with `then` after Ctrl-C.
    fn go_on(&self, then: &'static str) -> anyhow::Result<()> {
        if self.cancel.is_cancelled() {
            return Err(Ending::Interrupted(then).into());
        }
        Ok(())
    }

    fn volatilities(&mut self, tickers: Vec<Asked>) -> anyhow::Result<Vec<Volatility>> {
        let args = self.args;
        let mut rate = Rate::new(args.quiet, "compared", Some(tickers.len() as u64), "tickers");
        let mut fetched = volatilities(
            self.runtime.handle(),
            tickers,
            args.as_of,
            &self.sources,
            args.universe.at_once(),
        );
        let mut known = Vec::new();
        while let Some((ticker, volatility)) = fetched.blocking_recv() {
            self.go_on("; run the same command again: prices that were fetched are cached for some hours")?;
            rate.advance();
            match volatility {
                Ok(volatility) => known.push(volatility),
                Err(error) => self.fail(&ticker, &error.message)?,
            }
        }
        rate.finish();
        Ok(known)
    }

    /// The headlines of the portfolio, each story once, and the prices that followed.
    fn stories(&mut self, portfolio: &Portfolio) -> anyhow::Result<(Vec<Story>, HashMap<Ticker, Moves>)> {
        let args = self.args;
        let tickers: Vec<Ticker> = portfolio.tickers.iter().map(|holding| holding.ticker.clone()).collect();
        let mut rate = Rate::new(
            args.quiet,
            "gathered the headlines of",
            Some(tickers.len() as u64),
            "tickers",
        );
        let mut gathered = headlines(
            self.runtime.handle(),
            tickers,
            (args.as_of, args.days.into()),
            &self.sources,
            args.universe.at_once(),
        );
        let (mut stories, mut moves) = (Vec::new(), HashMap::new());
        while let Some((ticker, news)) = gathered.blocking_recv() {
            self.go_on("; run the same command again")?;
            rate.advance();
            match news {
                Ok(news) => {
                    self.note_warnings(&ticker, &news)?;
                    stories.extend(news.stories);
                    moves.insert(ticker, news.moves);
                }
                Err(error) => self.fail(ticker.as_str(), &error.message)?,
            }
        }
        rate.finish();
        Ok((stories, moves))
    }

    /// A ticker without headlines has failed if a source had a problem; otherwise there were none.
    fn note_warnings(&mut self, ticker: &Ticker, news: &TickerNews) -> anyhow::Result<()> {
        match (news.stories.is_empty(), news.warnings.is_empty()) {
            (true, false) => {
                let reason = format!("it has no headlines: {}", news.warnings.join("; "));
                self.fail(ticker.as_str(), &reason)?;
            }
            (true, true) => self.warn(format!("{ticker} has no headlines in these {} days", self.args.days)),
            (false, _) => news.warnings.iter().for_each(|warning| self.warn(warning.clone())),
        }
        Ok(())
    }

    /// Labels the stories and appends each to the file.
    fn label(&mut self, model: &ModelRef, stories: Vec<Story>, file: &mut LabelFile) -> anyhow::Result<()> {
        if stories.is_empty() {
            return Ok(());
        }
        let args = self.args;
        let mut engine = self.config.open_engine(self.runtime.handle());
        let mut rate = Rate::new(args.quiet, "labelled", Some(stories.len() as u64), "headlines");
        let cancel = self.cancel.clone();
        let labelling = Labelling {
            model,
            together: args.batch.into(),
            cancel: &cancel,
        };
        let mut trouble = None;
        let done = labelling.run(&mut engine, stories, &|_| {}, &mut |story, judged| {
            let kept = match judged {
                Ok(judgement) => {
                    rate.advance();
                    // A row that cannot be stored ends the run, because the next ones could not be stored either.
                    let row = LabelRow::new(story, judgement, model);
                    file.append(&row).map_err(anyhow::Error::from)
                }
                Err(error) => {
                    let reason = format!("“{}”: {}", story.headline.title, error.message);
                    self.fail(story.ticker.as_str(), &reason)
                }
            };
            match kept {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    trouble = Some(error);
                    ControlFlow::Break(())
                }
            }
        });
        rate.finish();
        match trouble {
            Some(error) => Err(error),
            None => Ok(done?),
        }
    }

    fn nothing_found(&self) -> String {
        let reasons = self.failures.join("; ");
        let why = if reasons.is_empty() {
            String::new()
        } else {
            format!(": {reasons}")
        };
        format!(
            "there are no headlines, so {} stays as it is{why}",
            self.args.out.display()
        )
    }

    /// Notes a failure, or ends a strict run with it.
    fn fail(&mut self, ticker: &str, reason: &str) -> anyhow::Result<()> {
        let failure = format!("{}: {reason}", clean(ticker));
        anyhow::ensure!(!self.args.universe.strict, failure);
        self.failures.push(failure);
        Ok(())
    }

    fn warn(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.say(&format!("warning: {warning}"));
            self.warnings.push(warning);
        }
    }

    fn say(&self, text: &str) {
        if !self.args.quiet {
            anstream::eprintln!("{text}");
        }
    }
}
