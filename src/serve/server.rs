//! The server's life: it checks its settings and opens the store before it listens, and serves until a signal. Running work may finish
//! after the first signal; a second one ends the process at once.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::routing::{any, get};
use axum::{Json, Router, middleware};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::http::{
    ApiKeys, AuthError, ConnectionLimits, MiddlewareOptions, Origins, accept, check_bind, with_middleware,
};
use super::openapi::{DIALECTS, routes};
use super::runs::{App, JoinableRuns, Metrics, ModelResolver, Queue, Shared};
use super::{api, mcp, ollama, page};
use crate::analysis::JobOptions;
use crate::host::{Host, HostOptions};
use crate::market::{UniverseFile, YahooOptions};
use crate::net::Secret;
use crate::run::Sources;
use crate::store::{Store, StoreError};

/// The settings of a server.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// The address to listen on.
    pub addr: SocketAddr,
    /// The API keys; with none, requests need no key.
    pub keys: Vec<Secret>,
    /// Allows to listen beyond loopback without a key.
    pub no_auth: bool,
    /// Host names allowed beside those of loopback.
    pub hosts: Vec<String>,
    /// Web origins whose pages may send requests.
    pub origins: Vec<String>,
    /// How to run the engine.
    pub host: HostOptions,
    /// How to find the models.
    pub models: ModelResolver,
    /// Where bars and headlines come from.
    pub sources: Sources,
    /// Where company names are looked up beyond the list; `None` where only the demo's own companies have prices.
    pub search: Option<YahooOptions>,
    /// The listed securities, known without a network.
    pub universe: UniverseFile,
    /// The store's file.
    pub store: PathBuf,
    /// Most waiting requests, for analyses and for texts each.
    pub queue: usize,
    /// Options of an analysis where a request leaves them out.
    pub defaults: JobOptions,
    /// The longest that one analysis or text may take.
    pub time_limit: Duration,
    /// How long running work may take after a signal.
    pub shutdown: Duration,
    /// The pause after which an idle stream sends a heartbeat.
    pub heartbeat: Duration,
    /// The limits of connections.
    pub connections: ConnectionLimits,
}

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A setting of the access control.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The address cannot be listened on.
    #[error("cannot listen on {addr}; choose another with --addr")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// The system's error.
        #[source]
        source: std::io::Error,
    },
    /// A client of the Model Context Protocol on standard input.
    #[error("{0}")]
    Protocol(String),
    /// The system delivers no signals.
    #[error("cannot wait for signals")]
    Signals(#[source] std::io::Error),
}

/// Analyses in the engine at once: enough to share each stage's arena, few enough that none waits long for the others.
const CONCURRENT_ANALYSES: usize = 4;

/// Texts in the engine at once.
const CONCURRENT_TEXTS: usize = 8;

/// How long each step of the shutdown may take after the deadline.
const SHUTDOWN_STEP: Duration = Duration::from_secs(2);

/// Serves until a signal. `listening` is called with the address once the server listens.
///
/// # Errors
///
/// [`ServeError`], always before the server listens.
pub async fn run(options: ServeOptions, listening: impl FnOnce(SocketAddr)) -> Result<(), ServeError> {
    let keys = ApiKeys::new(&options.keys)?;
    let origins = Origins::parse(&options.origins)?;
    check_bind(options.addr, !keys.is_empty(), options.no_auth)?;
    let mut signals = Signals::new().map_err(ServeError::Signals)?;
    let failed = |source| ServeError::Listen {
        addr: options.addr,
        source,
    };
    let listener = TcpListener::bind(options.addr).await.map_err(failed)?;
    let addr = listener.local_addr().map_err(failed)?;
    let (hosts, limits, deadline) = (options.hosts.clone(), options.connections, options.shutdown);
    let Running {
        app,
        host,
        engine,
        stop,
    } = start(options).await?;
    let stopping = app.stopping.clone();
    let middleware_options = MiddlewareOptions {
        keys,
        hosts,
        origins,
        dialects: DIALECTS,
        ..MiddlewareOptions::new(addr)
    };
    let router = with_middleware(router(&app), &middleware_options);
    listening(addr);
    let serving = accept(listener, router, limits, stopping);
    tokio::pin!(serving);
    tokio::select! {
        () = &mut serving => {}
        () = signals.next() => {}
    }
    tracing::info!("stopping: running work may finish within {} s", deadline.as_secs());
    stop.send_replace(true);
    app.analyses.close();
    app.texts.close();
    tokio::select! {
        () = &mut serving => {}
        () = tokio::time::sleep(deadline) => {
            tracing::warn!("the deadline has passed: running work ends with an error");
            host.stop();
            // Clients that read get the error; other connections are closed.
            let _ = tokio::time::timeout(SHUTDOWN_STEP, &mut serving).await;
        }
        () = signals.next() => {
            tracing::warn!("stopped at once");
            std::process::exit(130);
        }
    }
    end(&app, &host, engine).await;
    Ok(())
}

/// Serves the Model Context Protocol over standard input and output, until the input ends or a signal comes.
///
/// # Errors
///
/// [`ServeError`].
pub async fn run_mcp(options: ServeOptions) -> Result<(), ServeError> {
    let mut signals = Signals::new().map_err(ServeError::Signals)?;
    let Running {
        app,
        host,
        engine,
        stop,
    } = start(options).await?;
    let served = tokio::select! {
        served = mcp::over_stdio(Arc::clone(&app)) => served,
        () = signals.next() => Ok(()),
    };
    stop.send_replace(true);
    end(&app, &host, engine).await;
    served.map_err(ServeError::Protocol)
}

/// The pipeline with its engine, before anybody can ask it.
pub(super) struct Running {
    pub(super) app: Shared,
    pub(super) host: Host,
    pub(super) engine: JoinHandle<()>,
    /// Says that the server stops.
    pub(super) stop: watch::Sender<bool>,
}

/// Opens the store and starts the engine.
///
/// # Errors
///
/// A store that cannot be opened.
pub(super) async fn start(options: ServeOptions) -> Result<Running, ServeError> {
    let store = Store::open(&options.store).await?;
    let (host, engine) = Host::start(options.host);
    let (stop, stopping) = watch::channel(false);
    let app = Arc::new(App {
        host: host.clone(),
        models: options.models,
        sources: options.sources,
        search: options.search,
        universe: options.universe,
        store,
        analyses: Queue::new(CONCURRENT_ANALYSES, options.queue),
        texts: Queue::new(CONCURRENT_TEXTS, options.queue),
        runs: JoinableRuns::default(),
        metrics: Metrics::new(),
        defaults: options.defaults,
        time_limit: options.time_limit,
        heartbeat: options.heartbeat,
        stopping,
        started: chrono::Utc::now().timestamp(),
    });
    count_arenas(&app);
    Ok(Running {
        app,
        host,
        engine,
        stop,
    })
}

/// Ends the engine, and closes the store.
pub(super) async fn end(app: &App, host: &Host, engine: JoinHandle<()>) {
    host.stop();
    let _ = tokio::time::timeout(SHUTDOWN_STEP, engine).await;
    // Closing finishes pending writes and folds the journal into the file.
    let _ = tokio::time::timeout(SHUTDOWN_STEP, app.store.close()).await;
}

/// Every route: the documented ones, the document, and the page.
pub(super) fn router(app: &Shared) -> Router {
    let (routes, document) = routes();
    let document = Json(document);
    routes
        .route("/openapi.json", get(async move || document.clone()))
        .route("/api/{*action}", any(ollama::unsupported))
        .route("/", get(page::page))
        .route("/a/{id}", get(page::page))
        .route("/t/{id}", get(page::page))
        .route_service("/mcp", mcp::over_http(app))
        .route("/docs", get(page::reference))
        .route("/page/{name}", get(page::file))
        .layer(middleware::from_fn_with_state(Arc::clone(app), api::health::count))
        .with_state(Arc::clone(app))
}

/// Counts the arenas in the metrics as they close.
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

/// The signals that stop a server.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    _file_size: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Ok(Signals {
                terminate: signal(SignalKind::terminate())?,
                interrupt: signal(SignalKind::interrupt())?,
                // Without a handler, writing a file beyond the allowed size ends the process; with one, the write fails.
                _file_size: signal(SignalKind::from_raw(libc::SIGXFSZ))?,
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
