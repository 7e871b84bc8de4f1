//! Monitoring: `GET /health` says that the server runs, `/ready` whether it can do work, `/metrics` what it has counted.

use std::time::Instant;

use axum::Json;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::serve::http::{Refusals, held};
use crate::serve::runs::Shared;
use crate::stages::STAGES;

/// Answer of `GET /health`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Liveness {
    /// Always `ok`.
    pub status: String,
    /// Tripod's version.
    pub version: String,
}

/// Answer of `GET /ready`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Readiness {
    /// Whether requests can be served.
    pub ready: bool,
    /// Whether the engine accepts work.
    pub engine: bool,
    /// Restarts of the engine.
    pub engine_restarts: u64,
    /// Whether the engine keeps dying.
    pub crash_loop: bool,
    /// Whether the models of all three roles are installed and verified.
    pub models: bool,
    /// Whether the last analysis could be stored.
    pub store: bool,
    /// Waiting requests.
    pub waiting: usize,
    /// What is missing, and what to do about it.
    pub problems: Vec<String>,
}

/// Liveness; needs no key
#[utoipa::path(
    get,
    path = "/health",
    tag = "watching",
    responses((status = 200, description = "The server runs", body = Liveness))
)]
pub async fn health() -> Json<Liveness> {
    Json(Liveness {
        status: "ok".into(),
        version: env!("CARGO_PKG_VERSION").into(),
    })
}

/// Readiness
#[utoipa::path(
    get,
    path = "/ready",
    tag = "watching",
    responses(
        Refusals,
        (status = 200, description = "The server can do work", body = Readiness),
        (status = 503, description = "It cannot; `problems` says why", body = Readiness),
    )
)]
pub async fn ready(State(app): State<Shared>) -> Response {
    let health = app.host.health();
    let mut problems = Vec::new();
    if health.is_crash_loop() {
        let why = health.last_death.as_deref().unwrap_or("no reason known");
        problems.push(format!(
            "the engine has died {} times in a row ({why}); see the log",
            health.deaths_in_a_row
        ));
    } else if !health.up {
        problems.push("the engine is starting".into());
    }
    let models = app.models.set(&STAGES.names()).await;
    if let Err(error) = &models {
        problems.push(error.to_string());
    }
    if *app.stopping.borrow() {
        problems.push("the server is stopping".into());
    }
    let ready = problems.is_empty();
    // Analyses are answered without the store, too.
    if !app.metrics.store_is_up() {
        problems.push("the last analysis could not be stored: make room on the disk, or see the log".into());
    }
    let readiness = Readiness {
        ready,
        engine: health.up,
        engine_restarts: health.restarts,
        crash_loop: health.is_crash_loop(),
        models: models.is_ok(),
        store: app.metrics.store_is_up(),
        waiting: app.analyses.waiting() + app.texts.waiting(),
        problems,
    };
    let status = if readiness.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(readiness)).into_response()
}

/// Metrics as OpenMetrics text, which Prometheus reads
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "watching",
    responses((status = 200, description = "OpenMetrics text", body = String, content_type = "application/openmetrics-text"), Refusals)
)]
pub async fn metrics(State(app): State<Shared>) -> Response {
    let waiting = [("analyses", app.analyses.waiting()), ("texts", app.texts.waiting())];
    let text = app.metrics.text(&app.host.health(), &waiting);
    (
        [(
            header::CONTENT_TYPE,
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        )],
        text,
    )
        .into_response()
}

/// Counts every answer under its declared route.
pub async fn count(State(app): State<Shared>, path: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let in_flight = app.metrics.request();
    let response = next.run(request).await;
    let route = path.as_ref().map_or("none", MatchedPath::as_str);
    app.metrics.answered(route, response.status().as_u16(), begun.elapsed());
    // A stream is in flight until its last frame has been taken.
    held(response, in_flight)
}
