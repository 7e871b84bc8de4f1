//! Why a window cannot be scored.

use std::fmt;

use thiserror::Error;

/// A window that cannot be scored.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MetricsError {
    /// Nothing was forecast.
    #[error("there is no step to compare; forecast at least one")]
    Empty,
    /// No last known close.
    #[error("there is no known close to move from; give at least the last one")]
    NoHistory,
    /// Not one price for each step.
    #[error("the {part} holds {found} prices, but {needed} days are there to compare them with")]
    Lengths {
        /// Which list.
        part: Part,
        /// Prices it holds.
        found: usize,
        /// True prices.
        needed: usize,
    },
    /// A price that is not a number, or infinite.
    #[error("step {step} of the {part} holds a price that is no finite number")]
    NotFinite {
        /// Which list.
        part: Part,
        /// The step, from 1.
        step: usize,
    },
    /// A quantile whose name is no level.
    #[error("`{level}` is not the level of a quantile; levels lie between 0 and 1, such as \"0.25\"")]
    Level {
        /// The name.
        level: String,
    },
    /// Prices so large that their errors are no finite numbers.
    #[error("the prices are too large to be compared")]
    TooLarge,
}

/// One of the lists of prices that are scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The known closes.
    History,
    /// The point forecast.
    Forecast,
    /// A quantile.
    Quantile,
    /// A sample path.
    Path,
    /// The truth.
    Truth,
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::History => "history",
            Self::Forecast => "forecast",
            Self::Quantile => "quantile",
            Self::Path => "sample path",
            Self::Truth => "truth",
        })
    }
}
