//! Progress as a stream of typed events: the terminal, the server and the log all read the same ones. Plain data.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::failure::FailureKind;
use super::ledger::LedgerRow;
use super::stage::StageName;

/// One step of a batch. Serialised as JSON with an `event` tag.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A stage's arena is about to open; `need_bytes` is within `budget_bytes`.
    StageOpened {
        /// The stage.
        stage: StageName,
        /// The manifest's id.
        model: String,
        /// Stated need in bytes.
        need_bytes: u64,
        /// The budget in bytes.
        budget_bytes: u64,
    },
    /// The weights are being read: `fraction` of them, 0–1.
    Loading {
        /// The stage.
        stage: StageName,
        /// 0–1.
        fraction: f32,
    },
    /// A job entered the open arena.
    JobStarted {
        /// The job's id.
        job: String,
        /// The stage.
        stage: StageName,
    },
    /// Prompt tokens evaluated so far.
    Prefill {
        /// The job's id.
        job: String,
        /// The stage.
        stage: StageName,
        /// Tokens evaluated.
        tokens: usize,
        /// Tokens in the prompt.
        of: usize,
    },
    /// Tokens decoded so far over all of the job's sequences.
    Decoded {
        /// The job's id.
        job: String,
        /// The stage.
        stage: StageName,
        /// Tokens decoded.
        tokens: usize,
        /// The most there can be.
        of: usize,
    },
    /// One sample path of the forecast is complete.
    PathSampled {
        /// The job's id.
        job: String,
        /// Paths complete so far.
        done: usize,
        /// Paths asked for.
        of: usize,
        /// The path's closes, price units.
        closes: Vec<f64>,
        /// Whether it was kept.
        accepted: bool,
    },
    /// The forecast of a job is complete.
    ForecastMade {
        /// The job's id.
        job: String,
        /// Median close for each day, price units.
        median: Vec<f64>,
        /// Quantile level to one price a day.
        quantiles: BTreeMap<String, Vec<f64>>,
        /// Paths that were rejected.
        rejected: usize,
    },
    /// The headlines of a job have their labels.
    HeadlinesScored {
        /// The job's id.
        job: String,
        /// How many.
        count: usize,
        /// Each with its label, in the order they were given.
        headlines: Vec<LabelledHeadline>,
    },
    /// Text of the summary or the report, as it is written.
    Text {
        /// The job's id.
        job: String,
        /// `summary`, `report` or `review`.
        part: TextPart,
        /// The next piece of text, whole characters.
        text: String,
    },
    /// A stage's arena was freed.
    StageClosed {
        /// Its ledger row.
        row: LedgerRow,
    },
    /// A stage failed for a job; its other stages go on.
    StageFailed {
        /// The job's id.
        job: String,
        /// The stage.
        stage: StageName,
        /// For programs.
        kind: FailureKind,
        /// Whether the same analysis may succeed when it is tried again as it is.
        retryable: bool,
        /// What went wrong and what to do.
        message: String,
    },
    /// Nothing more will be said about this job.
    Done {
        /// The job's id.
        job: String,
    },
}

/// A headline with its label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LabelledHeadline {
    /// The headline.
    pub title: String,
    /// The publisher.
    pub source: String,
    /// When it was published, UTC.
    pub published_at: DateTime<Utc>,
    /// Where it can be read.
    pub url: Option<String>,
    /// `positive`, `negative` or `neutral`.
    pub label: String,
    /// The label's probability, 0–1.
    pub score: f64,
    /// Each label's probability.
    pub probabilities: BTreeMap<String, f64>,
}

/// What a piece of text belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TextPart {
    /// The sentiment summary.
    Summary,
    /// The analyst report.
    Report,
    /// The review of a test.
    Review,
}

/// Where events go. Called on the engine's thread: it must not block for long.
pub type Sink<'a> = dyn Fn(Event) + 'a;
