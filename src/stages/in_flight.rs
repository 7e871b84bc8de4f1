//! A job on its way through the stages: what was asked comes in, each stage fills in its result.

use std::collections::BTreeMap;

use crate::analysis::{Event, Forecast, Job, Report, Review, Sentiment, Sink, StageError, StageFailure, StageName};
use crate::engine::Cancel;
use crate::indicators::{self, Stats};
use crate::market::next_trading_days;

/// A job on its way through the stages.
#[derive(Debug, Clone)]
pub struct InFlight {
    /// What was asked.
    pub job: Job,
    /// Computed from the bars.
    pub stats: Stats,
    /// The trading days to forecast.
    pub dates: Vec<chrono::NaiveDate>,
    /// The reporter's summary of the bars, for a forecaster that is asked with one.
    pub history_summary: Option<String>,
    /// Stage 1's result.
    pub forecast: Option<Forecast>,
    /// Stage 2's result; stage 3 adds the summary.
    pub sentiment: Option<Sentiment>,
    /// Stage 3's result.
    pub report: Option<Report>,
    /// Stage 3's review, in a test.
    pub review: Option<Review>,
    /// Results of further stages, by the stage's name.
    pub extras: BTreeMap<String, serde_json::Value>,
    /// Stages that failed.
    pub failures: Vec<StageFailure>,
    /// What a reader should know, beyond what the series and the news say themselves.
    pub warnings: Vec<String>,
    /// Stops the job.
    pub cancel: Cancel,
}

impl InFlight {
    /// A job at the beginning of its way.
    pub fn new(job: Job, cancel: Cancel) -> Self {
        let stats = indicators::stats(&job.series.bars, job.options.context);
        let after = job.series.last().map(|bar| bar.date).unwrap_or_default();
        let days = next_trading_days(&job.series, after, job.options.horizon);
        InFlight {
            job,
            stats,
            dates: days.dates,
            history_summary: None,
            forecast: None,
            sentiment: None,
            report: None,
            review: None,
            extras: BTreeMap::new(),
            failures: Vec::new(),
            warnings: days.warnings,
            cancel,
        }
    }

    /// The last close; the pipeline admits no job without bars.
    pub fn last_close(&self) -> f64 {
        self.job.series.last().map_or(0.0, |bar| bar.close)
    }

    /// The company's name, or the ticker where the name is not known.
    pub fn company(&self) -> &str {
        self.job
            .series
            .company
            .as_deref()
            .unwrap_or(self.job.series.ticker.as_str())
    }

    /// Whether a stage failed.
    pub fn has_failed(&self, stage: StageName) -> bool {
        self.failures.iter().any(|failure| failure.stage == stage)
    }

    /// Whether the job asks for a stage and is still wanted.
    pub(crate) fn wants(&self, stage: StageName) -> bool {
        self.job.options.stages.contains(&stage) && !self.cancel.is_cancelled()
    }

    /// Marks a stage as failed.
    pub fn fail(&mut self, stage: StageName, error: StageError, sink: &Sink<'_>) {
        sink(Event::StageFailed {
            job: self.job.id.clone(),
            stage,
            kind: error.kind,
            retryable: error.retryable,
            message: error.message.clone(),
        });
        self.failures.push(StageFailure::new(stage, error));
    }
}

/// The flag that stops loading a model for these jobs: a batch of one is cancelled there too, a larger one between its jobs.
pub(super) fn load_cancel(jobs: &[&mut InFlight]) -> Cancel {
    if let [job] = jobs {
        job.cancel.clone()
    } else {
        Cancel::new()
    }
}
