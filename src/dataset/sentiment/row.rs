//! A labelled headline: one line of the dataset. Plain data.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::question::PROMPT_VERSION;
use super::story::Story;
use crate::analysis::{Label, ModelRef};
use crate::market::Ticker;

/// What the reporter makes of a headline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Judgement {
    /// Good, bad or neither.
    pub(crate) label: Label,
    /// −1 to 1, of the label's sign.
    pub(crate) score: f64,
    /// The change of the next trading day that the model expects, in percent.
    pub(crate) next_day_change: f64,
}

/// A labelled headline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LabelRow {
    /// The ticker that the headline was found for.
    pub(crate) ticker: Ticker,
    /// The headline.
    pub(crate) title: String,
    /// Its publisher.
    pub(crate) source: String,
    /// When it was published.
    pub(crate) published_at: DateTime<Utc>,
    /// The model's score, −1 to 1.
    pub(crate) score: f64,
    /// The model's label, of the score's sign.
    pub(crate) label: Label,
    /// The change of the next trading day that the model expects, in percent.
    pub(crate) next_day_change: f64,
    /// The change that came, in percent, from the prices; `None` while it is not known.
    pub(crate) actual_next_day_change: Option<f64>,
    /// The model's id and the first digits of its hash.
    pub(crate) model: String,
    /// The version of the question.
    pub(crate) prompt_version: String,
}

impl LabelRow {
    /// The row of a headline.
    pub(crate) fn new(story: Story, judgement: Judgement, model: &ModelRef) -> Self {
        let Story {
            ticker,
            headline,
            next_day_change,
            ..
        } = story;
        LabelRow {
            ticker,
            title: headline.title,
            source: headline.source,
            published_at: headline.published_at,
            score: judgement.score,
            label: judgement.label,
            next_day_change: judgement.next_day_change,
            actual_next_day_change: next_day_change,
            model: model_name(model),
            prompt_version: PROMPT_VERSION.to_owned(),
        }
    }

    /// What no other row of the file may share.
    pub(super) fn key(&self) -> RowKey {
        RowKey::new(&self.ticker, &self.title, self.published_at.date_naive())
    }
}

/// A model's name in a row.
pub(crate) fn model_name(model: &ModelRef) -> String {
    let short: String = model.sha256.chars().take(12).collect();
    format!("{}@{short}", model.id)
}

/// A hash of ticker, title and date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct RowKey([u8; 32]);

impl RowKey {
    /// The key of a headline. A ticker and a date contain no line break, so no two headlines share the hashed text.
    pub(super) fn new(ticker: &Ticker, title: &str, date: NaiveDate) -> Self {
        RowKey(Sha256::digest(format!("{ticker}\n{date}\n{title}")).into())
    }
}
