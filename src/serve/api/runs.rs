//! `/v1/runs/{id}`: a run that is under way is watched from its first event on, or let go.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::events;
use crate::serve::http::{ApiError, PathText, Refusals, StreamedEvent, json};
use crate::serve::runs::Shared;

/// Watch a run that is under way
///
/// Every event from the first on, as in the stream that started it; the last is `result` or `error`. 404 when the run has ended: then
/// its result is stored.
#[utoipa::path(
    get,
    path = "/v1/runs/{id}",
    tag = "analysis",
    params(("id" = String, Path, description = "The run's id, which its result will have")),
    responses(
        (status = 200, description = "Typed events", content((StreamedEvent = "text/event-stream"))),
        Refusals,
    )
)]
pub async fn watch(State(app): State<Shared>, PathText(id): PathText) -> Result<Response, ApiError> {
    let reader = app.runs.find(&id).ok_or_else(unknown)?;
    Ok(events(&app, reader, |finished| {
        Ok(match &finished.backtest {
            Some(backtest) => json(backtest),
            None => json(&finished.analysis),
        })
    }))
}

/// Answer of `DELETE /v1/runs/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Released {
    /// The run.
    pub id: String,
    /// Always true.
    pub released: bool,
}

/// Let go of a run in the background: it ends when nobody reads it any more
#[utoipa::path(
    delete,
    path = "/v1/runs/{id}",
    tag = "analysis",
    params(("id" = String, Path, description = "The run's id")),
    responses((status = 200, description = "It goes on only while a client reads it", body = Released), Refusals)
)]
pub async fn release(State(app): State<Shared>, PathText(id): PathText) -> Result<Json<Released>, ApiError> {
    match app.runs.release(&id) {
        true => Ok(Json(Released { id, released: true })),
        false => Err(unknown()),
    }
}

fn unknown() -> ApiError {
    ApiError::NotFound {
        message: "no run with this id is under way; its result may be stored".into(),
        param: Some("id"),
        code: "run_not_found",
    }
}
