//! A question becomes a job, and the engine's analysis an answer: bars and headlines are gathered, in a test the last bars are kept
//! back; afterwards the forecast is held against them, or the analysis is stored.

use super::app::App;
use super::error::ApiError;
use super::question::Question;
use super::runs::Finished;
use super::tokens::TokenCount;
use crate::backtest;
use crate::market::{self, Bar, BarQuery, MarketError, MarketSource};
use crate::news::NewsSources;
use crate::pipeline::{self, BARS, Gathered, PipelineError, Request, Sources};
use crate::report::Analysis;

/// A job, and what is kept for its end.
pub(super) struct Ready {
    pub(super) gathered: Gathered,
    pub(super) kept: Kept,
}

/// What the engine need not know.
pub(super) struct Kept {
    /// The bars that the client sees.
    bars: Vec<Bar>,
    /// The bars that the forecast is held against.
    truth: Vec<Bar>,
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
    let mut request = Request {
        ticker: question.ticker.clone(),
        as_of: question.as_of,
        options: question.options.clone(),
    };
    let mut truth = Vec::new();
    if question.test {
        truth = keep_back(&mut sources, &mut request).await?;
    }
    let mut gathered = pipeline::gather(&request, &sources).await.map_err(refused)?;
    gathered.job.truth.clone_from(&truth);
    let bars = gathered.job.series.bars.clone();
    Ok(Ready {
        gathered,
        kept: Kept { bars, truth },
    })
}

/// Keeps the last `horizon` bars back and puts the question to the day before them.
async fn keep_back(sources: &mut Sources, request: &mut Request) -> Result<Vec<Bar>, ApiError> {
    let query = BarQuery {
        ticker: request.ticker.clone(),
        as_of: request.as_of,
        bars: BARS.max(request.options.context) + request.options.horizon,
    };
    let series = market::fetch(&sources.client, &sources.market, &query, sources.cache.as_ref())
        .await
        .map_err(|error| refused(error.into()))?;
    let window = backtest::split(&series, request.options.horizon, FEWEST_CONTEXT)
        .map_err(|error| ApiError::invalid("ticker", error.to_string()))?;
    request.as_of = window.context.last().map(|bar| bar.date);
    sources.market = MarketSource::Given(Box::new(window.context));
    Ok(window.truth)
}

/// A test with fewer bars behind it says nothing.
const FEWEST_CONTEXT: usize = 30;

/// What is left to do when the engine is done.
pub(super) async fn conclude(app: &App, mut analysis: Analysis, kept: Kept, tokens: TokenCount) -> Finished {
    let mut comparison = None;
    if kept.truth.is_empty() {
        // An analysis of minutes is not thrown away for a full disk: it is answered, and says so.
        if let Err(error) = app.store.keep(&analysis).await {
            tracing::error!(%error, id = analysis.id, "an analysis was not stored");
            let warning = "this analysis could not be stored; the server's log has more";
            analysis.warnings.push(warning.into());
        }
    } else if let Some(forecast) = &analysis.forecast {
        let actual: Vec<f64> = kept.truth.iter().map(|bar| bar.close).collect();
        match backtest::compare(analysis.last_close, &forecast.median, &actual) {
            Ok(compared) => comparison = Some(compared),
            Err(error) => analysis.warnings.push(format!("the test has no figures: {error}")),
        }
    }
    Finished {
        analysis,
        bars: kept.bars,
        comparison,
        tokens,
    }
}

/// What gathering says as a client hears it.
fn refused(error: PipelineError) -> ApiError {
    let mut message = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !message.contains(&cause_text) {
            message.push_str(": ");
            message.push_str(&cause_text);
        }
        source = cause.source();
    }
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
        PipelineError::TooFewBars { .. } => ApiError::invalid("as_of", message),
        PipelineError::Models(_) | PipelineError::Unfit { .. } => ApiError::Unavailable {
            message,
            retry_after: None,
        },
    }
}
