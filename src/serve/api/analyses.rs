//! `GET /v1/analyses` and `GET /v1/analyses/{id}`: stored analyses.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::analysis::Analysis;
use crate::serve::http::{ApiError, PathText, QueryOf, Refusals};
use crate::serve::runs::ticker;
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
    let body = found.ok_or_else(|| ApiError::NotFound {
        message: "there is no analysis with this id; GET /v1/analyses lists those there are".into(),
        param: Some("id"),
        code: "analysis_not_found",
    })?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

fn unreadable(error: &StoreError) -> ApiError {
    tracing::error!(%error, "the store cannot be read");
    ApiError::Internal
}
