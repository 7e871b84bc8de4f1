//! A backtest from request to result: gather once → windows → one job for each window → (the engine) → scored windows →
//! [`Backtest`]. A job contains only data known on its split day; the exception is the actual prices, which only the review
//! sees.

use chrono::{Days, NaiveDate, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::error::PipelineError;
use super::gather::{BARS, Gathered, Request, Sources, gather};
use super::model_set::ModelSet;
use crate::analysis::{Analysis, DISCLAIMER, FailureKind, Job, JobOptions, StageError, StageName};
use crate::backtest::{
    Backtest, NAIVE, Origins, Sampled, ScoredWindow, Window, rolling_figure, score_window, summarise, window_figure,
    windows,
};
use crate::market::{self, Bar, BarQuery, BarSources, Doubt, Given, Repair, Series, SourceKind, Ticker};
use crate::news::News;
use crate::scoring::overlap;

/// The fewest bars before a split day.
const FEWEST_CONTEXT: usize = 30;

/// With fewer windows than this, a warning says that the result is weak, whatever the p-value.
const FEWEST_WINDOWS: usize = 30;

/// With fewer windows than this per overlapping window, the Diebold–Mariano test rejects too often
/// (tests/backtest/simulation.rs).
const WINDOWS_PER_OVERLAP: usize = 10;

/// The number of the way in which a window is forecast and scored: it changes with the draws, the baselines and the measures, so that
/// no window of the old way is taken from a journal.
const SCORES: u32 = 3;

/// A request for a backtest.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BacktestRequest {
    /// The security.
    pub ticker: Ticker,
    /// The newest split day; by default the newest day followed by a whole horizon.
    pub as_of: Option<NaiveDate>,
    /// Settings of each forecast. With several origins only the first stage runs.
    pub options: JobOptions,
    /// No split day is earlier.
    pub from: Option<NaiveDate>,
    /// No day that is compared with a forecast is later.
    pub until: Option<NaiveDate>,
    /// Number of windows; with `from`, the most there may be.
    pub origins: usize,
    /// Trading days from one split day to the next.
    pub stride: usize,
}

/// A backtest with its prices fetched and its windows cut.
#[derive(Debug)]
pub struct Prepared {
    request: BacktestRequest,
    /// The bars as they came.
    raw: Series,
    /// The same, repaired as a whole: the days that forecasts are compared with.
    series: Series,
    repair: Repair,
    windows: Vec<Window>,
}

impl Prepared {
    /// Fetches the prices and cuts the windows.
    ///
    /// # Errors
    ///
    /// [`PipelineError::Market`] or [`PipelineError::Backtest`].
    pub async fn gather(mut request: BacktestRequest, sources: &Sources) -> Result<Self, PipelineError> {
        if request.origins > 1 {
            request.options.stages = vec![StageName::FORECAST];
            request.options.first_day = true;
        }
        let horizon = request.options.horizon;
        // Enough days after the newest split for a whole horizon, weekends and holidays included.
        let after = Days::new(2 * horizon as u64 + 14);
        let until = request.as_of.and_then(|day| day.checked_add_days(after));
        let until = [until, request.until].into_iter().flatten().min();
        let windows_long = match request.from {
            // No year has so many trading days.
            Some(from) => usize::try_from((Utc::now().date_naive() - from).num_days()).unwrap_or(0),
            None => request.origins.saturating_sub(1).saturating_mul(request.stride),
        };
        let query = BarQuery {
            ticker: request.ticker.clone(),
            as_of: until.filter(|day| *day < Utc::now().date_naive()),
            bars: BARS.max(request.options.context) + windows_long + 2 * horizon + 14,
            repair: Repair::Off,
        };
        let raw = market::fetch(&sources.client, &sources.market, &query, sources.cache.as_ref()).await?;
        let mut series = market::repaired(raw.clone(), sources.repair);
        let origins = Origins {
            horizon,
            count: request.origins,
            stride: request.stride,
            as_of: request.as_of,
            from: request.from,
            until: request.until,
            fewest_context: FEWEST_CONTEXT,
        };
        let mut windows = windows(&series, &origins)?;
        if windows.len() > 1 {
            leave_out_doubtful(&mut windows, &mut series)?;
        }
        Ok(Prepared {
            request,
            raw,
            series,
            repair: sources.repair,
            windows,
        })
    }

    /// The windows, oldest first.
    pub fn windows(&self) -> &[Window] {
        &self.windows
    }

    /// Whether there is one window, which is tested with all stages.
    pub fn is_single(&self) -> bool {
        self.windows.len() == 1
    }

    /// Settings of each forecast.
    pub fn options(&self) -> &JobOptions {
        &self.request.options
    }

    /// The prices that every window is cut from.
    pub fn series(&self) -> &Series {
        &self.series
    }

    /// Creates the job of a window: the data known on its split day and, for the review, the actual prices after it.
    ///
    /// # Errors
    ///
    /// As [`gather`].
    pub async fn job(&self, window: Window, sources: &Sources) -> Result<Gathered, PipelineError> {
        let context = self.known(window);
        let truth = self.truth(window, &context);
        if !self.is_single() {
            let job = Job {
                id: format!("window-{}", Uuid::now_v7().simple()),
                series: context,
                news: News::default(),
                fundamentals: None,
                truth: Vec::new(),
                options: self.request.options.clone(),
            };
            return Ok(Gathered { job, gather_ms: 0.0 });
        }
        let request = Request {
            ticker: self.request.ticker.clone(),
            as_of: context.last().map(|bar| bar.date),
            options: self.request.options.clone(),
        };
        let sources = Sources {
            market: BarSources::only(Given(context)),
            // What was known is repaired already.
            repair: Repair::Off,
            ..sources.clone()
        };
        let mut gathered = gather(&request, &sources).await?;
        let job = &mut gathered.job;
        if job.news.headlines.is_empty() && job.options.stages.contains(&StageName::SENTIMENT) {
            job.options.stages.retain(|stage| *stage != StageName::SENTIMENT);
            let warning = "sentiment is unavailable: no news source has headlines of the days before the split day";
            job.news.warnings.push(warning.into());
        }
        job.truth = truth;
        Ok(gathered)
    }

    /// The bars known on a window's split day, repaired by themselves: nothing that came later plays a part.
    fn known(&self, window: Window) -> Series {
        let day = self.split_bar(window).map_or(NaiveDate::MIN, |bar| bar.date);
        let mut known = self.raw.clone().until(day);
        let surplus = known.bars.len().saturating_sub(BARS.max(self.request.options.context));
        known.bars.drain(..surplus);
        market::repaired(known, self.repair)
    }

    /// The bars that a window's forecast is compared with, at the level of the known ones: mending the whole history may have
    /// rescaled both.
    fn truth(&self, window: Window, known: &Series) -> Vec<Bar> {
        let mut truth = window.truth(&self.series).to_vec();
        if let (Some(one), Some(other)) = (known.last(), self.split_bar(window)) {
            let times = one.close / other.close;
            if (times - 1.0).abs() > 1e-9 {
                truth.iter_mut().for_each(|bar| bar.scale(times));
            }
        }
        truth
    }

    /// The bar of a window's split day.
    fn split_bar(&self, window: Window) -> Option<Bar> {
        window.context(&self.series, 1).last().copied()
    }

    /// A hash of everything that determines a window's forecast and score: prices, options, model and prompt format.
    pub fn made_from(&self, window: Window, models: &ModelSet) -> String {
        let known = self.known(window);
        let mut plain = serde_json::json!({
            "version": env!("CARGO_PKG_VERSION"),
            "scores": SCORES,
            "context": known.bars,
            "truth": self.truth(window, &known),
            "options": self.request.options,
            "models": models.refs(),
            "calibration": models.calibration(),
            "sampling": models.sampling(),
            "prompt_format": models.prompt_format().map(|format| format.as_str()),
            "ticker": self.request.ticker,
        });
        // Doubts decide whether a window is forecast; without any, the hash is that of the prices alone.
        if !known.doubts.is_empty() {
            plain["doubts"] = serde_json::json!(known.doubts);
        }
        hex::encode(Sha256::digest(plain.to_string()))
    }

    /// Compares a window's forecast with the actual prices.
    ///
    /// # Errors
    ///
    /// [`PipelineError::Metrics`] for a forecast without one finite price for each day.
    pub fn score(&self, window: Window, sampled: &Sampled) -> Result<ScoredWindow, PipelineError> {
        let context = self.request.options.context;
        let known = self.known(window);
        let truth = self.truth(window, &known);
        let newest = &known.bars[known.bars.len().saturating_sub(context.max(1))..];
        Ok(score_window(newest, context, &truth, sampled)?)
    }

    /// What a reader must know before the figures of many windows.
    fn cautions(&self, contaminated: bool) -> Vec<String> {
        let contaminated = contaminated
            .then(|| "Contaminated: the model's training data may hold the days it is tested on.".to_owned());
        let demo = (self.series.source == SourceKind::Demo).then(|| "Demo data: bundled prices.".to_owned());
        contaminated.into_iter().chain(demo).collect()
    }

    /// Builds the backtest. `failures` gives the reason for each window without a forecast; `analysis` belongs to the window of
    /// a single-window test.
    ///
    /// # Errors
    ///
    /// [`PipelineError::NoForecast`] when no window has a forecast.
    pub fn finish(
        &self,
        mut scored: Vec<ScoredWindow>,
        failures: &[StageError],
        models: &ModelSet,
        analysis: Option<Analysis>,
    ) -> Result<Backtest, PipelineError> {
        scored.sort_by_key(|window| window.as_of);
        let BacktestRequest {
            options,
            stride,
            ticker,
            ..
        } = &self.request;
        let horizon = options.horizon;
        let summary = summarise(&scored, horizon, *stride, options.costs);
        let (Some(summary), Some(first), Some(last)) = (summary, scored.first(), scored.last()) else {
            let nothing = || StageError::new(FailureKind::Internal, "there was no window");
            return Err(PipelineError::NoForecast(
                failures.first().cloned().unwrap_or_else(nothing),
            ));
        };
        let refs = models.refs();
        let trained_until = refs.forecaster.as_ref().and_then(|model| model.trained_until);
        let holdout = first.dates.first().copied().unwrap_or_default();
        let contaminated = trained_until.is_some_and(|until| holdout <= until);
        let chart = match &analysis {
            Some(analysis) => window_figure(analysis, last),
            None => rolling_figure(
                ticker.as_str(),
                &self.series.currency,
                horizon,
                &scored,
                &self.cautions(contaminated),
            ),
        };
        let mut warnings = self.series.warnings.clone();
        if contaminated {
            warnings.push(
                "contaminated: the model's training data may hold the days it is tested on, so its figures may be memory".into(),
            );
        } else if trained_until.is_none() {
            warnings.push(
                "the model's manifest does not say when its training data end, so it may have seen the days it is tested on".into(),
            );
        }
        if !failures.is_empty() {
            let first = failures.first().map_or("", |failure| failure.message.as_str());
            warnings.push(format!(
                "{} of {} windows have no forecast and are in no figure: {first}",
                failures.len(),
                self.windows.len()
            ));
        }
        if scored.len() < FEWEST_WINDOWS {
            let windows = match scored.len() {
                1 => "one window says".to_owned(),
                count => format!("{count} windows say"),
            };
            warnings.push(format!("{windows} little about a model: more origins say more"));
        }
        let overlap = overlap(horizon, *stride);
        if overlap > 1 && scored.len() < WINDOWS_PER_OVERLAP * overlap {
            warnings.push(format!(
                "{overlap} consecutive windows overlap, and {} windows are too few for the tests to keep their significance level; use more origins or a longer stride",
                scored.len()
            ));
        }
        if !summary.baselines.contains_key(NAIVE) {
            warnings.push("the naive forecast could not be computed".into());
        }
        Ok(Backtest {
            id: format!("backtest-{}", Uuid::now_v7().simple()),
            object: "backtest".into(),
            created: Utc::now().timestamp(),
            ticker: ticker.to_string(),
            company: self.series.company.clone(),
            currency: self.series.currency.clone(),
            horizon,
            context: options.context,
            samples: options.samples.unwrap_or(models.paths()),
            stride: *stride,
            seed: options.seed,
            prompt_format: models
                .prompt_format()
                .map(|format| format.to_string())
                .unwrap_or_default(),
            origins: scored.len(),
            failed: failures.len(),
            from: first.as_of,
            until: last.dates.last().copied().unwrap_or_default(),
            coverage: summary.model.coverage.clone(),
            crps: summary.model.crps,
            mase: summary.model.mase,
            model: summary.model,
            baselines: summary.baselines,
            intervals: summary.intervals,
            significance: summary.significance,
            verdict: summary.verdict,
            stance: summary.stance,
            contaminated,
            review: analysis.as_ref().and_then(|analysis| analysis.review.clone()),
            analysis,
            windows: scored,
            chart,
            forecaster: refs.forecaster,
            warnings,
            disclaimer: DISCLAIMER.into(),
        })
    }
}

/// Leaves out the windows whose forecast would be compared with prices that may be wrong, and says so.
fn leave_out_doubtful(windows: &mut Vec<Window>, series: &mut Series) -> Result<(), PipelineError> {
    let all = windows.len();
    let refusing: Vec<&Doubt> = series.doubts.iter().filter(|doubt| doubt.refuses).collect();
    windows.retain(|window| {
        let known = window.context(series, 1).last().map(|bar| bar.date);
        let last = window.truth(series).last().map(|bar| bar.date);
        let Some((known, last)) = known.zip(last) else {
            return true;
        };
        let concerns = |doubt: &Doubt| doubt.to > known && (doubt.to <= last || doubt.from < last);
        !refusing.iter().any(|doubt| concerns(doubt))
    });
    let left_out = all - windows.len();
    if left_out == 0 {
        return Ok(());
    }
    let message = format!("{left_out} of {all} windows are left out: the prices to compare with may be wrong");
    if windows.is_empty() {
        let error = StageError::new(FailureKind::DoubtfulPrices, message);
        return Err(PipelineError::NoForecast(error));
    }
    series.warnings.push(message);
    Ok(())
}
