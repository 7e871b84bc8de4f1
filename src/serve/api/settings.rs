//! `GET /v1/settings`: what an analysis uses where a request leaves it out, for a form that is filled before anything was asked.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::analysis::StageName;
use crate::grounding::Locale;
use crate::serve::http::{ApiError, Refusals};
use crate::serve::runs::Shared;

/// Answer of `GET /v1/settings`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Settings {
    /// Always `settings`.
    pub object: String,
    /// The version of Tripod.
    pub version: String,
    /// Whether only the bundled prices and headlines are served.
    pub demo: bool,
    /// Trading days to forecast.
    pub horizon_days: usize,
    /// Closes in the forecaster's context.
    pub context_days: usize,
    /// Sample paths: the server's, else the forecaster's own; `null` where the forecaster is missing.
    pub samples: Option<usize>,
    /// The seed.
    pub seed: u64,
    /// How many headlines are read.
    pub max_headlines: usize,
    /// The language of the report.
    pub language: Locale,
}

/// The defaults of an analysis
#[utoipa::path(
    get,
    path = "/v1/settings",
    tag = "analysis",
    responses((status = 200, description = "The server's defaults", body = Settings), Refusals)
)]
pub async fn settings(State(app): State<Shared>) -> Result<Json<Settings>, ApiError> {
    let usual = &app.defaults;
    let samples = match usual.samples {
        Some(samples) => Some(samples),
        None => app.models.set(&[StageName::FORECAST]).await.ok().map(|set| set.paths()),
    };
    Ok(Json(Settings {
        object: "settings".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        demo: app.search.is_none(),
        horizon_days: usual.horizon,
        context_days: usual.context,
        samples,
        seed: usual.seed,
        max_headlines: usual.max_headlines,
        language: usual.language,
    }))
}
