//! Failures of the pipeline and of the engine as API errors: the typed error comes in, the [`ApiError`] that a client can act on goes
//! out. The only place that decides which of them is the client's mistake.

use crate::backtest::BacktestError;
use crate::host::Failure;
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
pub fn failed(failure: Failure) -> ApiError {
    match failure {
        Failure::TooLong(message) => ApiError::ContextLengthExceeded {
            message,
            param: "messages",
        },
        Failure::Grammar(message) => ApiError::Invalid {
            message,
            param: Some("response_format".into()),
            code: None,
        },
        Failure::Cancelled => ApiError::Engine("the request was cancelled".into()),
        Failure::Engine(message) => ApiError::Engine(message),
        Failure::Lost(message) => ApiError::Unavailable {
            message,
            retry_after: Some(1),
        },
    }
}

/// A question for which the pipeline could not gather data or compute a result.
pub(super) fn refused(error: PipelineError) -> ApiError {
    let message = with_causes(&error);
    match error {
        PipelineError::Market(market) => match market {
            MarketError::UnknownSymbol { .. } | MarketError::NotInDemo { .. } => ApiError::NotFound {
                message,
                param: Some("ticker"),
                code: "ticker_not_found",
            },
            MarketError::Ticker(_) | MarketError::NoBars { .. } => ApiError::invalid("ticker", message),
            MarketError::NothingYet { .. } => ApiError::invalid("as_of", message),
            MarketError::Http { .. }
            | MarketError::Refused { .. }
            | MarketError::Malformed { .. }
            | MarketError::Search { .. }
            | MarketError::SearchMalformed { .. } => ApiError::Upstream(message),
            MarketError::File { .. }
            | MarketError::Cell { .. }
            | MarketError::Csv { .. }
            | MarketError::DemoDamaged { .. } => {
                tracing::error!(message, "a price file of the server cannot be used");
                ApiError::Internal
            }
        },
        PipelineError::Backtest(BacktestError::NothingAfter { .. }) => ApiError::invalid("as_of", message),
        PipelineError::Backtest(BacktestError::TooFewBars { origins: 1, .. }) => ApiError::invalid("ticker", message),
        PipelineError::Backtest(BacktestError::TooFewBars { .. } | BacktestError::Empty) => {
            ApiError::invalid("origins", message)
        }
        PipelineError::NoForecast(_) | PipelineError::Metrics(_) => ApiError::Engine(message),
        PipelineError::TooFewBars { .. } => ApiError::invalid("as_of", message),
        PipelineError::Models(_) | PipelineError::Unfit { .. } => ApiError::Unavailable {
            message,
            retry_after: None,
        },
    }
}

/// The error's text followed by those of its causes that it does not repeat already.
fn with_causes(error: &PipelineError) -> String {
    let mut message = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let text = cause.to_string();
        if !message.contains(&text) {
            message.push_str(": ");
            message.push_str(&text);
        }
        source = cause.source();
    }
    message
}
