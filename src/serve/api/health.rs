//! `GET /health`, `/ready` and `/metrics`: whether the server lives, whether it can work, and what it has done.

use std::time::Instant;

use axum::Json;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::serve::openapi::Refusals;
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
    /// Whether requests can be worked on.
    pub ready: bool,
    /// Whether the engine takes work.
    pub engine: bool,
    /// Times the engine was started again.
    pub engine_restarts: u64,
    /// Whether the engine dies again and again.
    pub crash_loop: bool,
    /// Whether the models of all three roles are there.
    pub models: bool,
    /// Requests that wait.
    pub waiting: usize,
    /// What is in the way, and what to do.
    pub problems: Vec<String>,
}

/// Whether the server lives; no key needed
#[utoipa::path(
    get,
    path = "/health",
    tag = "watching",
    responses((status = 200, description = "It lives", body = Liveness))
)]
pub async fn health() -> Json<Liveness> {
    Json(Liveness {
        status: "ok".into(),
        version: env!("CARGO_PKG_VERSION").into(),
    })
}

/// Whether the server can work
#[utoipa::path(
    get,
    path = "/ready",
    tag = "watching",
    responses(
        Refusals,
        (status = 200, description = "It can", body = Readiness),
        (status = 503, description = "It cannot, and why", body = Readiness),
    )
)]
pub async fn ready(State(app): State<Shared>) -> Response {
    let health = app.host.health();
    let mut problems = Vec::new();
    if health.is_crash_loop() {
        let why = health.last_death.as_deref().unwrap_or("no reason known");
        problems.push(format!(
            "the engine has died {} times in a row ({why}); the log has more",
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
    let readiness = Readiness {
        ready: problems.is_empty(),
        engine: health.up,
        engine_restarts: health.restarts,
        crash_loop: health.is_crash_loop(),
        models: models.is_ok(),
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

/// What the server has done, as Prometheus text
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "watching",
    responses((status = 200, description = "Prometheus text", body = String, content_type = "text/plain"), Refusals)
)]
pub async fn metrics(State(app): State<Shared>) -> Response {
    let waiting = [("analyses", app.analyses.waiting()), ("texts", app.texts.waiting())];
    let text = app.metrics.text(&app.host.health(), &waiting);
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        text,
    )
        .into_response()
}

/// Counts every answer under the route as it was declared.
pub async fn count(State(app): State<Shared>, path: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let response = next.run(request).await;
    let route = path.as_ref().map_or("none", MatchedPath::as_str);
    app.metrics.answered(route, response.status().as_u16(), begun.elapsed());
    response
}
