//! The errors of an analysis before a model is opened, and of a backtest after its windows ran.

use crate::analysis::{FailureKind, StageError};
use crate::backtest::BacktestError;
use crate::market::MarketError;
use crate::models::ModelsError;
use crate::net::in_full;
use crate::scoring::MetricsError;

/// An analysis needs the last close and the one before it.
pub(super) const FEWEST_BARS: usize = 2;

/// Why an analysis or a backtest cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The bars could not be fetched.
    #[error(transparent)]
    Market(#[from] MarketError),
    /// A model is missing or wrong.
    #[error(transparent)]
    Models(#[from] ModelsError),
    /// The history gives no windows.
    #[error(transparent)]
    Backtest(#[from] BacktestError),
    /// A forecast cannot be compared with the actual prices.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// No window has a forecast.
    #[error("no window has a forecast: {0}")]
    NoForecast(StageError),
    /// The history is too short.
    #[error(
        "{ticker} has {found} bars up to {until}; an analysis needs at least {FEWEST_BARS}: choose a later --as-of"
    )]
    TooFewBars {
        /// The symbol.
        ticker: String,
        /// Bars found.
        found: usize,
        /// The last day of the search.
        until: String,
    },
    /// A model does not fit its role.
    #[error("{id}: {reason}")]
    Unfit {
        /// The manifest's id.
        id: String,
        /// What is missing and what to do.
        reason: String,
    },
}

impl PipelineError {
    /// The error and its causes in one line. A cause that the error's message already contains is not repeated.
    pub(crate) fn in_full(&self) -> String {
        in_full(self)
    }

    fn kind(&self) -> FailureKind {
        match self {
            PipelineError::Market(
                MarketError::NothingYet { .. } | MarketError::NoBars { .. } | MarketError::Ended { .. },
            )
            | PipelineError::Backtest(_)
            | PipelineError::TooFewBars { .. } => FailureKind::TooFewData,
            PipelineError::Market(
                MarketError::UnknownSymbol { .. }
                | MarketError::NotCarried { .. }
                | MarketError::NotInDemo { .. }
                | MarketError::Ticker(_),
            ) => FailureKind::UnknownTicker,
            PipelineError::Market(_) => FailureKind::SourceFailed,
            PipelineError::Models(_) => FailureKind::ModelMissing,
            PipelineError::Unfit { .. } => FailureKind::ModelBroken,
            PipelineError::NoForecast(error) => error.kind,
            PipelineError::Metrics(_) => FailureKind::Internal,
        }
    }
}

impl From<PipelineError> for StageError {
    fn from(error: PipelineError) -> Self {
        // An unknown symbol or a damaged file fails again; only an unreachable service may succeed when retried.
        let is_service = matches!(
            error,
            PipelineError::Market(
                MarketError::Http { .. }
                    | MarketError::Refused { .. }
                    | MarketError::Quota { .. }
                    | MarketError::AllFailed { .. }
                    | MarketError::Search { .. }
            )
        );
        StageError {
            retryable: is_service,
            ..StageError::new(error.kind(), error.in_full())
        }
    }
}
