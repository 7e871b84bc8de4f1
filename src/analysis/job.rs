//! A job: what an analysis is made from, gathered before any model is loaded. Plain data.

use serde::{Deserialize, Serialize};

use super::stage::StageName;
use crate::market::{Bar, Series};
use crate::news::News;

/// What to do with one ticker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Names the job in events; becomes the analysis' id.
    pub id: String,
    /// The bars, nothing later than the as-of date; at least two.
    pub series: Series,
    /// The headlines, nothing later than the as-of date.
    pub news: News,
    /// In a test, the bars that came: kept from the first two stages and from the report, shown to the review alone.
    #[serde(default)]
    pub truth: Vec<Bar>,
    /// How.
    pub options: JobOptions,
}

/// How a job is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobOptions {
    /// Trading days to forecast, 1–90.
    pub horizon: usize,
    /// Closes that the forecaster sees.
    pub context: usize,
    /// Sample paths.
    pub samples: usize,
    /// The same seed gives the same analysis.
    pub seed: u64,
    /// The stages to run.
    pub stages: Vec<StageName>,
}
