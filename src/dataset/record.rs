//! One training example as it stands in a file.

use std::borrow::Cow;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A training example: the prompt, what a model is to continue it with, and which days of which series they are. The fields
/// stand in a file in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record<'a> {
    /// The prompt.
    #[serde(borrow)]
    pub prompt: Cow<'a, str>,
    /// The text that follows the prompt.
    #[serde(borrow)]
    pub completion: Cow<'a, str>,
    /// The symbol of the series.
    #[serde(borrow)]
    pub ticker: Cow<'a, str>,
    /// The day of the first close in the prompt.
    pub from: NaiveDate,
    /// The day of the last close in the prompt.
    pub split_day: NaiveDate,
    /// Closes in the completion.
    pub horizon: u16,
    /// Closes in the prompt.
    pub context: u16,
}
