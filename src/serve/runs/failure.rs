//! Failures of the pipeline and of the engine as API errors: the typed error comes in, the [`ApiError`] that a client can act on goes
//! out. The only place that decides which of them is the client's mistake.

use crate::analysis::{FailureKind, StageError, StageFailure};
use crate::backtest::BacktestError;
use crate::market::MarketError;
use crate::run::PipelineError;
use crate::serve::http::ApiError;

/// The answer while the server shuts down.
pub fn stopping() -> ApiError {
    ApiError::Unavailable {
        message: "the server is stopping".into(),
        retry_after: Some(10),
    }
}

/// A job or text that the engine did not finish.
pub fn failed(error: StageError) -> ApiError {
    let StageError { kind, message, .. } = error;
    match kind {
        FailureKind::DoesNotFit => ApiError::ContextLengthExceeded {
            message,
            param: "messages",
        },
        FailureKind::GrammarRefused | FailureKind::BackendCannot => ApiError::Invalid {
            message,
            param: Some("response_format".into()),
            code: None,
        },
        FailureKind::UnknownToken => ApiError::invalid("logit_bias", message),
        FailureKind::FormatCannot | FailureKind::DoubtfulPrices => ApiError::invalid("ticker", message),
        FailureKind::Cancelled => ApiError::Engine("the request was cancelled".into()),
        FailureKind::EngineLost => ApiError::Unavailable {
            message,
            retry_after: Some(1),
        },
        FailureKind::OverBudget
        | FailureKind::ModelBroken
        | FailureKind::ModelMissing
        | FailureKind::NoUsablePath
        | FailureKind::NoUsableText
        | FailureKind::UnknownTicker
        | FailureKind::TooFewData
        | FailureKind::SourceFailed
        | FailureKind::EngineFailed
        | FailureKind::Internal => ApiError::Engine(message),
    }
}

/// An analysis that has no result: its first failure.
pub(super) fn without_result(failure: &StageFailure) -> ApiError {
    of_kind(failure.kind, format!("{}: {}", failure.stage, failure.message))
}

fn of_kind(kind: FailureKind, message: String) -> ApiError {
    match kind {
        // The prices that were asked about cannot be forecast like this, however often it is tried.
        FailureKind::FormatCannot | FailureKind::TooFewData | FailureKind::DoubtfulPrices => {
            ApiError::invalid("ticker", message)
        }
        FailureKind::DoesNotFit => ApiError::invalid("horizon_days", message),
        _ => ApiError::Engine(message),
    }
}

/// A question for which the pipeline could not gather data or compute a result.
pub(super) fn refused(error: PipelineError) -> ApiError {
    let message = error.in_full();
    match error {
        PipelineError::Market(market) => match market {
            MarketError::UnknownSymbol { .. } | MarketError::NotCarried { .. } | MarketError::NotInDemo { .. } => {
                ApiError::NotFound {
                    message,
                    param: Some("ticker"),
                    code: "ticker_not_found",
                }
            }
            MarketError::Ticker(_) | MarketError::NoBars { .. } | MarketError::Ended { .. } => {
                ApiError::invalid("ticker", message)
            }
            MarketError::NothingYet { .. } => ApiError::invalid("as_of", message),
            MarketError::Http { .. }
            | MarketError::Refused { .. }
            | MarketError::Malformed { .. }
            | MarketError::NotCovered { .. }
            | MarketError::Quota { .. }
            | MarketError::AllFailed { .. }
            | MarketError::Search { .. }
            | MarketError::SearchMalformed { .. } => ApiError::Upstream(message),
            MarketError::File { .. }
            | MarketError::NoSource
            | MarketError::NoKey { .. }
            | MarketError::BadKey { .. }
            | MarketError::Unencrypted { .. }
            | MarketError::KeyRefused { .. }
            | MarketError::Cell { .. }
            | MarketError::Csv { .. }
            | MarketError::Parquet { .. }
            | MarketError::DemoDamaged { .. } => {
                tracing::error!(
                    message,
                    "the server's sources of bars cannot be used as they are configured"
                );
                ApiError::Internal
            }
        },
        PipelineError::Backtest(BacktestError::NothingAfter { .. }) => ApiError::invalid("as_of", message),
        PipelineError::Backtest(BacktestError::TooFewBars { origins: 1, .. }) => ApiError::invalid("ticker", message),
        PipelineError::Backtest(
            BacktestError::TooFewBars { .. } | BacktestError::NoneBetween { .. } | BacktestError::Empty,
        ) => ApiError::invalid("origins", message),
        PipelineError::NoForecast(error) => of_kind(error.kind, message),
        PipelineError::Metrics(_) => ApiError::Engine(message),
        PipelineError::TooFewBars { .. } => ApiError::invalid("as_of", message),
        PipelineError::Models(_) | PipelineError::Unfit { .. } => ApiError::Unavailable {
            message,
            retry_after: None,
        },
    }
}
