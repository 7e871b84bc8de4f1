//! Requests of clients. Bytes come in and go through the whole server but its queue, which is closed: what a handler takes is refused
//! where work would start. Every answer must be one of this server's, in the form of its API.

#![allow(clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use serde_json::Value;
use tokio::sync::watch;
use tower::ServiceExt;

use super::chat;
use super::http::{MiddlewareOptions, with_middleware};
pub(crate) use super::openai::fuzz::{json_schema, tool_calls};
use super::openapi::DIALECTS;
use super::runs::{App, JoinableRuns, Metrics, ModelResolver, Queue};
use super::server::router;
use crate::analysis::{Analysis, JobOptions};
use crate::fuzz::{check_text, choice, wait};
use crate::host::Host;
use crate::market::{BarSources, DemoBars, Repair, UniverseFile, demo_companies};
use crate::models::{Cache, Profile, Registry};
use crate::net::{HttpClient, HttpOptions};
use crate::news::NewsSources;
use crate::run::{RoleChoices, Sources};
use crate::store::Store;

/// The routes with a body.
const POSTED: [&str; 16] = [
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/responses",
    "/v1/messages",
    "/v1/messages/count_tokens",
    "/v1/embeddings",
    "/api/chat",
    "/api/generate",
    "/api/embed",
    "/api/show",
    "/v1/analyze",
    "/v1/forecast",
    "/v1/backtest",
    "/v1/sentiment",
    "/analyze",
    "/mcp",
];

/// The beginnings of addresses that a client goes on from.
const ASKED: [&str; 6] = [
    "/v1/analyses?",
    "/v1/analyses/",
    "/v1/track?",
    "/v1/universe?",
    "/v1/models/",
    "/",
];

/// More than any error has.
const LONGEST_ERROR: usize = 4096;

thread_local! {
    static ROUTES: Router = wait(server());
}

/// The routes with their layers, over an engine that has stopped and closed queues.
async fn server() -> Router {
    let folder = tempfile::tempdir().expect("a folder").keep();
    let (queue, texts) = (Queue::new(1, 1), Queue::new(1, 1));
    queue.close();
    texts.close();
    let app = Arc::new(App {
        host: Host::stopped(),
        models: ModelResolver {
            registry: Registry::bundled().expect("the manifests"),
            cache: Cache::at(folder.join("cache")),
            profile: Profile::Demo,
            choices: RoleChoices::default(),
        },
        sources: Sources {
            client: HttpClient::new(&HttpOptions::default()).expect("a client"),
            market: BarSources::only(DemoBars),
            cache: None,
            fundamentals: None,
            news: NewsSources::default(),
            repair: Repair::default(),
        },
        search: None,
        universe: UniverseFile::in_folder(folder.join("universe")),
        store: Store::open(&folder.join("store.sqlite")).await.expect("a store"),
        analyses: queue,
        texts,
        runs: JoinableRuns::default(),
        metrics: Metrics::new(),
        defaults: JobOptions::default(),
        time_limit: Duration::from_secs(1),
        heartbeat: Duration::from_secs(1),
        stopping: watch::channel(false).1,
        started: 0,
    });
    let options = MiddlewareOptions {
        dialects: DIALECTS,
        ..MiddlewareOptions::new(([127, 0, 0, 1], 8069).into())
    };
    with_middleware(router(&app), &options)
}

/// A request: the first byte chooses the route, the others are the body or the end of the address.
pub(crate) fn request_body(bytes: &[u8]) {
    let (route, rest) = choice(bytes);
    let posted = POSTED.get(usize::from(route) % (POSTED.len() + ASKED.len()));
    let request = match posted {
        Some(path) => Request::builder()
            .method(Method::POST)
            .uri(*path)
            .header(header::ACCEPT, "application/json, text/event-stream")
            .header(header::CONTENT_TYPE, "application/json")
            .header("mcp-protocol-version", "2025-06-18")
            .header(header::HOST, "127.0.0.1:8069")
            .body(Body::from(rest.to_vec())),
        None => {
            let Ok(end) = std::str::from_utf8(rest) else { return };
            let beginning = ASKED[usize::from(route) % (POSTED.len() + ASKED.len()) - POSTED.len()];
            Request::builder()
                .uri(format!("{beginning}{end}"))
                .header(header::HOST, "127.0.0.1:8069")
                .body(Body::empty())
        }
    };
    // What is no address never becomes a request.
    let Ok(request) = request else { return };
    let path = request.uri().path().to_owned();
    let routes = ROUTES.with(Router::clone);
    let (status, body) = wait(async {
        let response = routes.oneshot(request).await.expect("an answer");
        let status = response.status();
        (
            status,
            to_bytes(response.into_body(), 16 << 20).await.expect("a whole answer"),
        )
    });
    check_answer(&path, status, &body);
}

fn check_answer(path: &str, status: StatusCode, body: &[u8]) {
    let is_fault = status.is_server_error() && !matches!(status.as_u16(), 501 | 503);
    assert!(!is_fault, "{path}: {status}: {}", String::from_utf8_lossy(body));
    if status.is_success() || status.is_redirection() || path == "/mcp" {
        return;
    }
    let text = std::str::from_utf8(body).expect("text");
    check_text(text, LONGEST_ERROR);
    let error: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{path}: {status}: {error}: {text}"));
    let message = if path == "/v1/messages" || path.starts_with("/v1/messages/") {
        assert_eq!(error["type"], "error", "{text}");
        &error["error"]["message"]
    } else if path == "/api" || path.starts_with("/api/") {
        &error["error"]
    } else {
        &error["error"]["message"]
    };
    let message = message
        .as_str()
        .unwrap_or_else(|| panic!("{path}: no message in {text}"));
    assert!(!message.is_empty());
    check_text(message, LONGEST_ERROR);
}

/// A message of a user: what it asks for, and the answer that an analysis holds.
pub(crate) fn message(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let known = demo_companies();
    let asked = chat::read(text, &known);
    let _ = chat::compares(text);
    check_text(&chat::clarify(&asked, &known), LONGEST_ERROR);
    thread_local! {
        static ANALYSIS: Analysis =
            serde_json::from_str(include_str!("../../tests/fixtures/chat/analysis.json")).expect("an analysis");
    }
    ANALYSIS.with(|analysis| match chat::look_up(text, analysis) {
        chat::LookedUp::Says(said) | chat::LookedUp::NotHeld(said) => check_text(&said, 4 * LONGEST_ERROR),
        chat::LookedUp::Open => {}
    });
}
