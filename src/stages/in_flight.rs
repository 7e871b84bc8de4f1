//! The state of a job between stages: created from a request, each stage fills in its result.

use std::collections::BTreeMap;

use crate::analysis::{Event, Forecast, Job, Report, Review, Sentiment, Sink, StageError, StageFailure, StageName};
use crate::engine::Cancel;
use crate::indicators::{self, Stats};
use crate::market::next_trading_days;

/// A job and the results of the stages that have run.
#[derive(Debug, Clone)]
pub struct InFlight {
    /// The request.
    pub job: Job,
    /// Indicators computed from the bars.
    pub stats: Stats,
    /// The trading days to forecast.
    pub dates: Vec<chrono::NaiveDate>,
    /// The reporter's summary of the bars, for prompt formats that contain one.
    pub history_summary: Option<String>,
    /// Result of stage 1.
    pub forecast: Option<Forecast>,
    /// Result of stage 2; stage 3 adds the summary.
    pub sentiment: Option<Sentiment>,
    /// Report of stage 3.
    pub report: Option<Report>,
    /// Review of stage 3, in a backtest.
    pub review: Option<Review>,
    /// Results of additional stages, by stage name.
    pub extras: BTreeMap<String, serde_json::Value>,
    /// The stages that failed.
    pub failures: Vec<StageFailure>,
    /// Remarks for the reader, in addition to the warnings of the series and the news.
    pub warnings: Vec<String>,
    /// Cancels the job.
    pub cancel: Cancel,
}

impl InFlight {
    /// A job before its first stage.
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

    /// The last close. Jobs without bars are refused before they get here.
    pub fn last_close(&self) -> f64 {
        self.job.series.last().map_or(0.0, |bar| bar.close)
    }

    /// The company's name, or the ticker when the name is unknown.
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

    /// Whether the job asks for a stage and was not cancelled.
    pub(crate) fn wants(&self, stage: StageName) -> bool {
        self.job.options.stages.contains(&stage) && !self.cancel.is_cancelled()
    }

    /// Records that a stage failed.
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

/// The flag that cancels loading a model for these jobs. A single job can be cancelled while the model loads; several jobs can
/// be cancelled only between jobs.
pub(super) fn load_cancel(jobs: &[&mut InFlight]) -> Cancel {
    if let [job] = jobs {
        job.cancel.clone()
    } else {
        Cancel::new()
    }
}
