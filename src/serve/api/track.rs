//! `GET /v1/track`: the stored forecasts, scored against the bars that have come since.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::backtest::Track;
use crate::run::track_record;
use crate::serve::http::{ApiError, QueryOf, Refusals};
use crate::serve::runs::{Shared, ticker};

/// Query of `GET /v1/track`.
#[derive(Debug, Clone, Default, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TrackQuery {
    /// Only forecasts of this symbol.
    #[param(min_length = 1, max_length = 2048)]
    pub ticker: Option<String>,
}

/// Score the stored forecasts against what came
#[utoipa::path(
    get,
    path = "/v1/track",
    tag = "analysis",
    params(TrackQuery),
    responses((status = 200, description = "The record", body = Track), Refusals)
)]
pub async fn track(State(app): State<Shared>, QueryOf(query): QueryOf<TrackQuery>) -> Result<Json<Track>, ApiError> {
    record(&app, query.ticker.as_deref()).await.map(Json)
}

/// Scores the stored forecasts, or only those of a symbol.
///
/// # Errors
///
/// [`ApiError::Invalid`] for what is no symbol, and a store or a source that failed.
pub(crate) async fn record(app: &Shared, only: Option<&str>) -> Result<Track, ApiError> {
    let only = only.map(ticker).transpose()?;
    let record = track_record(&app.store, &app.sources, only.as_ref()).await;
    record.map_err(|error| {
        tracing::error!(%error, "the track record could not be computed");
        ApiError::Internal
    })
}
