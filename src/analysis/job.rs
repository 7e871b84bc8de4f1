//! A job: the input of an analysis, gathered before any model is loaded. Plain data.

use serde::{Deserialize, Serialize};

use super::stage::StageName;
use crate::grounding::{Locale, USUAL_COSTS};
use crate::market::{Bar, Fundamentals, Series};
use crate::news::{News, USUAL_HEADLINES};

/// The input of an analysis of one ticker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Identifies the job in events; becomes the id of the analysis.
    pub id: String,
    /// The bars, nothing later than the as-of date; at least two.
    pub series: Series,
    /// The headlines, nothing later than the as-of date.
    pub news: News,
    /// Company data of this day; none for an as-of date in the past.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fundamentals: Option<Fundamentals>,
    /// In a backtest, the actual bars after the split day. Only the review sees them; the forecast, the sentiment and the
    /// report do not.
    #[serde(default)]
    pub truth: Vec<Bar>,
    /// Settings of the analysis.
    pub options: JobOptions,
}

/// Settings of an analysis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobOptions {
    /// Trading days to forecast, 1–90.
    pub horizon: usize,
    /// Closes that the forecaster sees.
    pub context: usize,
    /// Sample paths; `None` for as many as the model's manifest says.
    pub samples: Option<usize>,
    /// Seed of the random numbers: the same seed gives the same analysis.
    pub seed: u64,
    /// The stages to run.
    pub stages: Vec<StageName>,
    /// Costs of buying and selling once, in basis points of the price: what a call must be worth at least.
    #[serde(default = "usual_costs", skip_serializing_if = "is_usual")]
    pub costs: u16,
    /// The language of the report and of everything else that code writes about the analysis.
    #[serde(default, skip_serializing_if = "Locale::is_usual")]
    pub language: Locale,
    /// How many headlines are read, the newest first; 1 to 200.
    #[serde(default = "usual_headlines", skip_serializing_if = "is_usual_number")]
    pub max_headlines: usize,
    /// Whether to report the forecaster's own distribution of the first day, for models that give a day one token.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub first_day: bool,
}

fn usual_costs() -> u16 {
    USUAL_COSTS
}

fn usual_headlines() -> usize {
    USUAL_HEADLINES
}

fn is_usual_number(headlines: &usize) -> bool {
    *headlines == USUAL_HEADLINES
}

/// Jobs at the usual costs are the same as jobs from before there was a choice.
fn is_usual(costs: &u16) -> bool {
    *costs == USUAL_COSTS
}
