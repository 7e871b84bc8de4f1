//! `/v1/analyses` and below: the stored analyses are listed, read and deleted, and what was asked for is told.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::analysis::Analysis;
use crate::serve::http::{ApiError, PathText, QueryOf, Refusals};
use crate::serve::runs::{AnalyzeBody, Asking, ticker};
use crate::store::{Listing, Page, Store, StoreError};

/// Query of `GET /v1/analyses`.
#[derive(Debug, Clone, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Entries on a page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<i64>,
    /// The last id of the previous page.
    pub after: Option<String>,
    /// Only this ticker.
    pub ticker: Option<String>,
}

/// List the stored analyses, newest first
#[utoipa::path(
    get,
    path = "/v1/analyses",
    tag = "analysis",
    params(ListQuery),
    responses((status = 200, description = "A page of the list", body = Listing), Refusals)
)]
pub async fn list(State(store): State<Store>, QueryOf(query): QueryOf<ListQuery>) -> Result<Json<Listing>, ApiError> {
    let page = Page {
        limit: query.limit.unwrap_or(Page::default().limit),
        after: query.after,
        ticker: query.ticker.map(|text| ticker(&text).map(String::from)).transpose()?,
    };
    store.list(&page).await.map(Json).map_err(|error| match error {
        StoreError::Limit { .. } => ApiError::invalid("limit", error.to_string()),
        StoreError::UnknownAfter => ApiError::invalid("after", error.to_string()),
        error => unreadable(&error),
    })
}

/// A stored analysis
#[utoipa::path(
    get,
    path = "/v1/analyses/{id}",
    tag = "analysis",
    params(("id" = String, Path, description = "The analysis' id")),
    responses((status = 200, description = "The analysis, as it was answered when it was made", body = Analysis), Refusals)
)]
pub async fn get(State(store): State<Store>, PathText(id): PathText) -> Result<Response, ApiError> {
    let found = store.get(&id).await.map_err(|error| unreadable(&error))?;
    Ok(as_json(found.ok_or_else(unknown)?))
}

/// Answer to a deletion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Deleted {
    /// The id that is gone.
    pub id: String,
    /// Always true.
    pub deleted: bool,
}

/// Delete a stored analysis
#[utoipa::path(
    delete,
    path = "/v1/analyses/{id}",
    tag = "analysis",
    params(("id" = String, Path, description = "The analysis' id")),
    responses((status = 200, description = "It is gone", body = Deleted), Refusals)
)]
pub async fn delete(State(store): State<Store>, PathText(id): PathText) -> Result<Json<Deleted>, ApiError> {
    if !id.starts_with("analysis-") || !remove(&store, &id).await? {
        return Err(unknown());
    }
    Ok(Json(Deleted { id, deleted: true }))
}

/// What was asked for
///
/// The fields of the request behind an analysis, ready to be sent again. An analysis that was made elsewhere than in `POST /v1/analyze`
/// has those that can be read off it.
#[utoipa::path(
    get,
    path = "/v1/analyses/{id}/inputs",
    tag = "analysis",
    params(("id" = String, Path, description = "The analysis' id")),
    responses((status = 200, description = "The fields of the request", body = AnalyzeBody), Refusals)
)]
pub async fn inputs(State(store): State<Store>, PathText(id): PathText) -> Result<Response, ApiError> {
    if let Some(kept) = store.inputs(&id).await.map_err(|error| unreadable(&error))? {
        return Ok(as_json(kept));
    }
    let body = store.get(&id).await.map_err(|error| unreadable(&error))?;
    let analysis: Analysis = serde_json::from_str(&body.ok_or_else(unknown)?).map_err(|error| {
        tracing::error!(%error, id, "a kept analysis does not read");
        ApiError::Internal
    })?;
    let forecast = analysis.forecast.as_ref();
    let count = |count: usize| i64::try_from(count).ok();
    let read_off = AnalyzeBody {
        ticker: Some(analysis.ticker),
        horizon_days: forecast.and_then(|forecast| count(forecast.dates.len())),
        context_days: count(analysis.history.len()),
        as_of: Some(analysis.as_of),
        samples: forecast.and_then(|forecast| count(forecast.samples)),
        ..AnalyzeBody::default()
    };
    Asking::of(&read_off, None)
        .inputs
        .map(as_json)
        .ok_or(ApiError::Internal)
}

/// Deletes what has this id; whether there was something.
pub(super) async fn remove(store: &Store, id: &str) -> Result<bool, ApiError> {
    store.delete(id).await.map_err(|error| unreadable(&error))
}

/// A stored JSON text as an answer.
pub(super) fn as_json(body: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn unknown() -> ApiError {
    ApiError::NotFound {
        message: "there is no analysis with this id; GET /v1/analyses lists those there are".into(),
        param: Some("id"),
        code: "analysis_not_found",
    }
}

pub(super) fn unreadable(error: &StoreError) -> ApiError {
    tracing::error!(%error, "the store cannot be read");
    ApiError::Internal
}
