//! `GET /v1/backtests` and below: the stored backtests are listed, read and deleted, and what was asked for is told.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::analyses::{Deleted, as_json, remove, unreadable};
use super::backtest::BacktestBody;
use crate::backtest::Backtest;
use crate::serve::http::{ApiError, PathText, QueryOf, Refusals};
use crate::serve::runs::{ticker, within};
use crate::store::{BacktestListing, Store};

/// Query of `GET /v1/backtests`.
#[derive(Debug, Clone, Default, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BacktestsQuery {
    /// Most entries.
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<i64>,
    /// Only this ticker.
    pub ticker: Option<String>,
}

/// List the stored backtests, newest first
#[utoipa::path(
    get,
    path = "/v1/backtests",
    tag = "analysis",
    params(BacktestsQuery),
    responses((status = 200, description = "The newest", body = BacktestListing), Refusals)
)]
pub async fn list(
    State(store): State<Store>,
    QueryOf(query): QueryOf<BacktestsQuery>,
) -> Result<Json<BacktestListing>, ApiError> {
    let limit = within("limit", query.limit, 1, 100, 20)?;
    let only = query.ticker.map(|text| ticker(&text).map(String::from)).transpose()?;
    let listed = store.backtests(only.as_deref(), limit).await;
    listed.map(Json).map_err(|error| unreadable(&error))
}

/// A stored backtest
#[utoipa::path(
    get,
    path = "/v1/backtests/{id}",
    tag = "analysis",
    params(("id" = String, Path, description = "The backtest's id")),
    responses((status = 200, description = "The backtest, as it was answered when it was made", body = Backtest), Refusals)
)]
pub async fn get(State(store): State<Store>, PathText(id): PathText) -> Result<Response, ApiError> {
    let found = store.backtest(&id).await.map_err(|error| unreadable(&error))?;
    Ok(as_json(found.ok_or_else(unknown)?))
}

/// Delete a stored backtest
#[utoipa::path(
    delete,
    path = "/v1/backtests/{id}",
    tag = "analysis",
    params(("id" = String, Path, description = "The backtest's id")),
    responses((status = 200, description = "It is gone", body = Deleted), Refusals)
)]
pub async fn delete(State(store): State<Store>, PathText(id): PathText) -> Result<Json<Deleted>, ApiError> {
    if !id.starts_with("backtest-") || !remove(&store, &id).await? {
        return Err(unknown());
    }
    Ok(Json(Deleted { id, deleted: true }))
}

/// What was asked for
///
/// The fields of the request behind a backtest, ready to be sent again; an empty object where they were not kept.
#[utoipa::path(
    get,
    path = "/v1/backtests/{id}/inputs",
    tag = "analysis",
    params(("id" = String, Path, description = "The backtest's id")),
    responses((status = 200, description = "The fields of the request", body = BacktestBody), Refusals)
)]
pub async fn inputs(State(store): State<Store>, PathText(id): PathText) -> Result<Response, ApiError> {
    let found = store.backtest(&id).await.map_err(|error| unreadable(&error))?;
    found.ok_or_else(unknown)?;
    let kept = store.inputs(&id).await.map_err(|error| unreadable(&error))?;
    Ok(as_json(kept.unwrap_or_else(|| "{}".to_owned())))
}

fn unknown() -> ApiError {
    ApiError::NotFound {
        message: "there is no backtest with this id; GET /v1/backtests lists those there are".into(),
        param: Some("id"),
        code: "backtest_not_found",
    }
}
