//! A question becomes a job or a backtest: bars and headlines are gathered, from the sources or from the request itself.

use super::app::App;
use super::question::Question;
use crate::backtest::BacktestError;
use crate::market::{MarketError, MarketSource};
use crate::news::NewsSources;
use crate::run::{self, BacktestRequest, Gathered, PipelineError, Prepared, Request, Sources};
use crate::serve::http::ApiError;

/// What a question became.
pub(super) enum Ready {
    /// One job.
    Analysis(Box<Gathered>),
    /// Windows to make jobs of, and where their headlines come from.
    Backtest(Box<(Prepared, Sources)>),
}

/// Gathers what a question needs.
pub(super) async fn gather(app: &App, question: &Question) -> Result<Ready, ApiError> {
    let mut sources = app.sources.clone();
    if let Some(series) = &question.series {
        sources.market = MarketSource::Given(Box::new(series.clone()));
    }
    if let Some(headlines) = &question.headlines {
        sources.news = NewsSources {
            given: headlines.clone(),
            ..NewsSources::default()
        };
    }
    if let Some(plan) = question.backtest {
        let request = BacktestRequest {
            ticker: question.ticker.clone(),
            as_of: question.as_of,
            options: question.options.clone(),
            origins: plan.origins,
            stride: plan.stride,
        };
        let prepared = Prepared::gather(request, &sources).await.map_err(refused)?;
        return Ok(Ready::Backtest(Box::new((prepared, sources))));
    }
    let request = Request {
        ticker: question.ticker.clone(),
        as_of: question.as_of,
        options: question.options.clone(),
    };
    let gathered = run::gather(&request, &sources).await.map_err(refused)?;
    Ok(Ready::Analysis(Box::new(gathered)))
}

/// What the pipeline says as a client hears it.
pub(super) fn refused(error: PipelineError) -> ApiError {
    let message = error.in_full();
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
                tracing::error!(message, "a source of the server's own failed");
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
