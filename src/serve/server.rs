//! The server from its start to its end: what is wrong with its settings is said before it listens; a signal lets running work
//! finish, a second one does not.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::routing::get;
use axum::{Json, Router, middleware};
use tokio::net::TcpListener;
use tokio::sync::watch;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::http::{
    ApiKeys, ConnectionLimits, DoorError, MiddlewareOptions, Origins, accept, check_bind, with_middleware,
};
use super::openapi::Document;
use super::runs::{App, Metrics, Models, Queue, Runs, Shared};
use super::{api, openai, page};
use crate::analysis::JobOptions;
use crate::host::{Host, HostOptions};
use crate::market::YahooOptions;
use crate::net::Secret;
use crate::run::Sources;
use crate::store::{Store, StoreError};

/// How to serve.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// Where to listen.
    pub addr: SocketAddr,
    /// The keys; with none, nobody is asked for one.
    pub keys: Vec<Secret>,
    /// Listen beyond loopback without a key.
    pub no_auth: bool,
    /// Names that a Host header may have beside loopback's own.
    pub hosts: Vec<String>,
    /// Web origins whose pages may call.
    pub origins: Vec<String>,
    /// The engine.
    pub host: HostOptions,
    /// The models.
    pub models: Models,
    /// Bars and headlines.
    pub sources: Sources,
    /// Where company names are looked up; `None` for the demo's own companies.
    pub search: Option<YahooOptions>,
    /// The store's file.
    pub store: PathBuf,
    /// Most requests that wait, for analyses and for texts each.
    pub queue: usize,
    /// What an analysis is like when a request does not say.
    pub defaults: JobOptions,
    /// The longest that a request may take.
    pub patience: Duration,
    /// How long running work may go on after a signal.
    pub shutdown: Duration,
    /// The pause before a heartbeat in a stream.
    pub heartbeat: Duration,
    /// What a connection may do.
    pub connections: ConnectionLimits,
}

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The doors.
    #[error(transparent)]
    Doors(#[from] DoorError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The address.
    #[error("cannot listen on {addr}; choose another with --addr")]
    Listen {
        /// Where.
        addr: SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The signals.
    #[error("cannot wait for signals")]
    Signals(#[source] std::io::Error),
}

/// Analyses in the engine at once: more share an arena, none holds the others back for long.
const ANALYSES_IN_HAND: usize = 4;

/// Texts in the engine at once.
const TEXTS_IN_HAND: usize = 8;

/// After the deadline, answers have so long to go out.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Serves until a signal. `listening` is told the address once the server listens.
///
/// # Errors
///
/// [`ServeError`] before anything is served.
pub async fn run(options: ServeOptions, listening: impl FnOnce(SocketAddr)) -> Result<(), ServeError> {
    let keys = ApiKeys::new(&options.keys)?;
    let origins = Origins::parse(&options.origins)?;
    check_bind(options.addr, !keys.is_empty(), options.no_auth)?;
    let mut signals = Signals::new().map_err(ServeError::Signals)?;
    let store = Store::open(&options.store).await?;
    let failed = |source| ServeError::Listen {
        addr: options.addr,
        source,
    };
    let listener = TcpListener::bind(options.addr).await.map_err(failed)?;
    let addr = listener.local_addr().map_err(failed)?;
    let (host, engine) = Host::start(options.host);
    let (stop, stopping) = watch::channel(false);
    let app = Arc::new(App {
        host: host.clone(),
        models: options.models,
        sources: options.sources,
        search: options.search,
        store,
        analyses: Queue::new(ANALYSES_IN_HAND, options.queue),
        texts: Queue::new(TEXTS_IN_HAND, options.queue),
        runs: Runs::default(),
        metrics: Metrics::new(),
        defaults: options.defaults,
        patience: options.patience,
        heartbeat: options.heartbeat,
        stopping: stopping.clone(),
        started: chrono::Utc::now().timestamp(),
    });
    count_arenas(&app);
    let shell_options = MiddlewareOptions {
        keys,
        hosts: options.hosts,
        origins,
        ..MiddlewareOptions::new(addr)
    };
    let router = with_middleware(router(&app), &shell_options);
    listening(addr);
    let serving = accept(listener, router, options.connections, stopping);
    tokio::pin!(serving);
    tokio::select! {
        () = &mut serving => {}
        () = signals.next() => {}
    }
    tracing::info!(
        "stopping: running work may finish within {} s",
        options.shutdown.as_secs()
    );
    stop.send_replace(true);
    app.analyses.close();
    app.texts.close();
    tokio::select! {
        () = &mut serving => {}
        () = tokio::time::sleep(options.shutdown) => {
            tracing::warn!("the deadline is over: what still runs ends with an error");
            host.stop();
            // Whoever reads its answer gets the error; a connection that does not is closed.
            let _ = tokio::time::timeout(LAST_WORDS, &mut serving).await;
        }
        () = signals.next() => {
            tracing::warn!("stopped at once");
            std::process::exit(130);
        }
    }
    host.stop();
    let _ = tokio::time::timeout(LAST_WORDS, engine).await;
    // What is being written is finished; the file is left without its journal.
    let _ = tokio::time::timeout(LAST_WORDS, app.store.close()).await;
    Ok(())
}

/// Every route, with what it says of itself.
fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(openai::chat::chat))
        .routes(routes!(openai::completions::completions))
        .routes(routes!(openai::models::list))
        .routes(routes!(openai::models::get))
        .routes(routes!(api::analyze::analyze))
        .routes(routes!(api::analyze::forecast))
        .routes(routes!(api::backtest::backtest))
        .routes(routes!(api::sentiment::sentiment))
        .routes(routes!(api::analyses::list))
        .routes(routes!(api::analyses::get))
        .routes(routes!(api::track::track))
        .routes(routes!(api::compat::analyze))
        .routes(routes!(api::compat::test))
        .routes(routes!(api::health::health))
        .routes(routes!(api::health::ready))
        .routes(routes!(api::health::metrics))
}

fn router(app: &Shared) -> Router {
    let (routes, document) = routes().split_for_parts();
    let document = Json(document);
    routes
        .route("/openapi.json", get(async move || document.clone()))
        .route("/", get(page::page))
        .route("/a/{id}", get(page::page))
        .route("/page/{name}", get(page::file))
        .layer(middleware::from_fn_with_state(Arc::clone(app), api::health::count))
        .with_state(Arc::clone(app))
}

/// Counts the arenas as they close.
fn count_arenas(app: &Shared) {
    let mut rows = app.host.rows();
    let app = Arc::downgrade(app);
    tokio::spawn(async move {
        loop {
            match rows.recv().await {
                Ok(row) => match app.upgrade() {
                    Some(app) => app.metrics.arena(&row),
                    None => return,
                },
                Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {}
                Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
            }
        }
    });
}

/// The signals that end a server.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Ok(Signals {
                terminate: signal(SignalKind::terminate())?,
                interrupt: signal(SignalKind::interrupt())?,
            })
        }
        #[cfg(not(unix))]
        Ok(Signals {})
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
        #[cfg(not(unix))]
        // Without a console there is no interrupt, and the process is ended from outside.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
