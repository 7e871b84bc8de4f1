//! Runs a built-in tool: its arguments come in, a short result goes out, or why there is none. A mistake in the arguments is a result,
//! because the model that made it can mend it; a full queue or a broken engine is an error.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::figures;
use super::inputs::{Headlines, Query, Record, Security, Tested};
use super::table::{Builtin, Kind};
use crate::analysis::StageName;
use crate::news::GivenHeadline;
use crate::serve::api::{sentiment, track, universe};
use crate::serve::http::{ApiError, Client};
use crate::serve::runs::{AnalyzeBody, Finished, Question, RollingPlan, RunEvent, Shared, TokenCount, ask, succeeded};

/// The securities that a search names.
const FOUND: i64 = 5;

/// The windows of a backtest whose caller names no number.
const WINDOWS: usize = 5;

/// Who calls, and what becomes of the analyses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller {
    /// The client.
    pub(crate) client: Client,
    /// Whether it asked for analyses to be stored, or not to be.
    pub(crate) store: Option<bool>,
}

/// What a call gave.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Called {
    /// The result, short.
    pub(crate) result: Value,
    /// The stored analysis behind it.
    pub(crate) analysis_id: Option<String>,
    /// The tokens of the models that ran for it.
    pub(crate) tokens: TokenCount,
}

impl Builtin {
    /// Runs the tool; `told` hears of its progress.
    ///
    /// # Errors
    ///
    /// A full queue, an engine that failed, or time that ran out. What is wrong with the arguments is a result with `error`.
    pub(crate) async fn call(
        self,
        app: &Shared,
        caller: Caller,
        arguments: &str,
        told: &mut (dyn FnMut(&RunEvent) + Send),
    ) -> Result<Called, ApiError> {
        let called = self.run(app, caller, arguments, told).await;
        match called {
            Err(
                error @ (ApiError::Invalid { .. }
                | ApiError::Unprocessable { .. }
                | ApiError::NotFound { .. }
                | ApiError::Upstream(_)),
            ) => Ok(Called::of(json!({"error": error.to_string()}))),
            called => called,
        }
    }

    async fn run(
        self,
        app: &Shared,
        caller: Caller,
        arguments: &str,
        told: &mut (dyn FnMut(&RunEvent) + Send),
    ) -> Result<Called, ApiError> {
        match self.kind {
            Kind::Analyze => {
                let question = of_security(read(arguments)?, app)?;
                let finished = finished(app, caller, question, told).await?;
                Ok(Called::of_analysis(figures::of_analysis(&finished.analysis), &finished))
            }
            Kind::Forecast => {
                let mut question = of_security(read(arguments)?, app)?;
                question.options.stages = vec![StageName::FORECAST];
                let finished = finished(app, caller, question, told).await?;
                Ok(Called::of_analysis(figures::of_forecast(&finished.analysis), &finished))
            }
            Kind::Sentiment => {
                let Headlines { headlines } = read(arguments)?;
                let given = headlines.into_iter().map(|title| GivenHeadline {
                    title,
                    ..GivenHeadline::default()
                });
                let answer = sentiment::classify(app, caller.client, given.collect()).await?;
                Ok(Called::of(figures::of_sentiment(&answer)))
            }
            Kind::Backtest => {
                let tested: Tested = read(arguments)?;
                let origins = tested.windows.and_then(|windows| usize::try_from(windows).ok());
                let security = Security {
                    ticker: tested.ticker,
                    horizon_days: tested.horizon_days,
                };
                let question = of_security(security, app)?;
                let plan = RollingPlan {
                    origins: origins.unwrap_or(WINDOWS).clamp(2, 20),
                    stride: question.options.horizon,
                };
                let question = Question {
                    backtest: Some(plan),
                    ..question
                };
                let finished = finished(app, caller, question, told).await?;
                let backtest = finished.backtest.as_ref().ok_or(ApiError::Internal)?;
                Ok(Called {
                    tokens: finished.tokens,
                    ..Called::of(figures::of_backtest(backtest))
                })
            }
            Kind::Track => {
                let Record { ticker } = read(arguments)?;
                let record = track::record(app, ticker.as_deref()).await?;
                Ok(Called::of(figures::of_track(&record)))
            }
            Kind::Search => {
                let Query { query } = read(arguments)?;
                let found = universe::find(app, &query, Some(FOUND))?;
                Ok(Called::of(json!({"found": found.data, "as_of": found.as_of})))
            }
        }
    }
}

impl Called {
    fn of(result: Value) -> Self {
        Called {
            result,
            analysis_id: None,
            tokens: TokenCount::default(),
        }
    }

    fn of_analysis(result: Value, finished: &Finished) -> Self {
        Called {
            result,
            analysis_id: Some(finished.analysis.id.clone()),
            tokens: finished.tokens,
        }
    }
}

fn read<T: DeserializeOwned>(arguments: &str) -> Result<T, ApiError> {
    serde_json::from_str(arguments).map_err(|error| ApiError::invalid("arguments", error.to_string()))
}

fn of_security(security: Security, app: &Shared) -> Result<Question, ApiError> {
    let body = AnalyzeBody {
        ticker: Some(security.ticker),
        horizon_days: security.horizon_days,
        ..AnalyzeBody::default()
    };
    Question::read(body, &app.defaults)
}

/// Runs a question to its end.
async fn finished(
    app: &Shared,
    caller: Caller,
    question: Question,
    told: &mut (dyn FnMut(&RunEvent) + Send),
) -> Result<Arc<Finished>, ApiError> {
    let question = Question {
        store: caller.store,
        ..question
    };
    let mut reader = ask(app, caller.client, question)?;
    while let Some(event) = reader.next().await {
        match event {
            RunEvent::Done(finished) => return succeeded(finished),
            RunEvent::Failed(error) => return Err(error),
            other => told(&other),
        }
    }
    Err(ApiError::Internal)
}
