//! Progress as a stream of typed events. The terminal, the server and the log all read the same events. Plain data.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::failure::FailureKind;
use super::forecast::FirstDay;
use super::ledger::LedgerRow;
use super::stage::StageName;

/// One progress event of an analysis. Serialised as JSON with an `event` tag.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A stage is about to load its model; `need_bytes` is within `budget_bytes`.
    StageOpened {
        /// The stage that loads a model.
        stage: StageName,
        /// Id of the model's manifest.
        model: String,
        /// Memory that the stage will need, in bytes.
        need_bytes: u64,
        /// The memory budget in bytes.
        budget_bytes: u64,
    },
    /// The model's weights are being loaded.
    Loading {
        /// The stage whose model is loaded.
        stage: StageName,
        /// The share of the weights that is loaded, 0–1.
        fraction: f32,
    },
    /// A job entered the stage whose model is open.
    JobStarted {
        /// The job's id.
        job: String,
        /// The stage that the job entered.
        stage: StageName,
    },
    /// Prompt tokens evaluated so far.
    Prefill {
        /// The job's id.
        job: String,
        /// The stage that evaluates the prompt.
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
        /// The stage that decodes.
        stage: StageName,
        /// Tokens decoded.
        tokens: usize,
        /// The most tokens that will be decoded.
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
        /// Whether the path counts towards the forecast; an impossible path is rejected.
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
        /// The distribution of the first day's log return, if the job asked for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        first_day: Option<Box<FirstDay>>,
    },
    /// All headlines of a job are labelled.
    HeadlinesScored {
        /// The job's id.
        job: String,
        /// Number of headlines.
        count: usize,
        /// The headlines with their labels, in the order of the request.
        headlines: Vec<LabelledHeadline>,
    },
    /// What a reader must know before the call, sent before the report's text.
    Cautions {
        /// The job's id.
        job: String,
        /// A sentence each, the most important first; none where there is nothing to say.
        cautions: Vec<String>,
    },
    /// New sentences of the summary, the report or the review, checked, sent while the model writes.
    Text {
        /// The job's id.
        job: String,
        /// Which text it belongs to.
        part: TextPart,
        /// The next piece of text; never splits a character.
        text: String,
    },
    /// A stage closed its model and freed the memory.
    StageClosed {
        /// The memory and times of that stage.
        row: LedgerRow,
    },
    /// A stage failed for a job; the job's other stages still run.
    StageFailed {
        /// The job's id.
        job: String,
        /// The stage that failed.
        stage: StageName,
        /// The kind of failure, for programs.
        kind: FailureKind,
        /// Whether an unchanged retry may succeed.
        retryable: bool,
        /// What went wrong and what to do about it.
        message: String,
    },
    /// Gathering waits because a service asked for fewer requests; sent about once a second.
    Waiting {
        /// The service's host.
        host: String,
        /// Seconds left.
        seconds: u64,
    },
    /// The last event of a job.
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

/// Which text of an analysis a piece belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TextPart {
    /// The sentiment summary.
    Summary,
    /// The analyst report.
    Report,
    /// The review of a backtest.
    Review,
}

/// Receives events. Called on the engine's thread, so it must return quickly.
pub type Sink<'a> = dyn Fn(Event) + 'a;
