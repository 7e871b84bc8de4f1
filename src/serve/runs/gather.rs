//! From a question to the data it needs: bars and headlines come from the sources, or from the request itself.

use tokio::sync::Semaphore;

use super::failure::refused;
use super::question::Question;
use crate::market::{BarSources, Given};
use crate::news::NewsSources;
use crate::run::{self, BacktestRequest, Gathered, Prepared, Request, Sources};
use crate::serve::http::ApiError;

/// The data of a question.
pub(super) enum Ready {
    /// One job.
    Analysis(Box<Gathered>),
    /// The windows of a backtest, and the sources of their headlines.
    Backtest(Box<(Prepared, Sources)>),
}

/// Most questions that are gathered at once outside the queue of the engine, so that no client sends many to the services.
static AT_ONCE: Semaphore = Semaphore::const_new(4);

/// Gathers what an analysis needs and runs no model: the bars and the headlines of a question.
///
/// # Errors
///
/// A source that failed, or a question that its data cannot answer.
pub async fn market(sources: &Sources, question: &Question) -> Result<Gathered, ApiError> {
    let _turn = AT_ONCE.acquire().await.map_err(|_| ApiError::Internal)?;
    match gather(sources, question).await? {
        Ready::Analysis(gathered) => Ok(*gathered),
        Ready::Backtest(_) => Err(ApiError::Internal),
    }
}

/// Gathers what a question needs.
///
/// # Errors
///
/// A source that failed, or a question that its data cannot answer.
pub(super) async fn gather(sources: &Sources, question: &Question) -> Result<Ready, ApiError> {
    let mut sources = sources.clone();
    if let Some(series) = &question.series {
        sources.market = BarSources::only(Given(series.clone()));
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
            from: None,
            until: None,
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
