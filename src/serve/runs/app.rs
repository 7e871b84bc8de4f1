//! The state that every handler shares: the engine, the queues, the sources, the store. Starts nothing and answers nothing.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRef;
use tokio::sync::watch;

use super::failure::stopping;
use super::joinable::JoinableRuns;
use super::metrics::Metrics;
use super::model_resolver::ModelResolver;
use super::queue::{NoPermit, Permit, Queue};
use crate::analysis::JobOptions;
use crate::host::Host;
use crate::market::{UniverseFile, YahooOptions};
use crate::run::Sources;
use crate::serve::http::{ApiError, Client};
use crate::store::Store;

/// The server's shared state.
#[derive(Debug)]
pub struct App {
    /// The engine's process or thread.
    pub host: Host,
    /// Finds and verifies models.
    pub models: ModelResolver,
    /// Where bars and headlines come from.
    pub sources: Sources,
    /// Where company names are looked up beyond the list; `None` where only the demo's own companies have prices.
    pub search: Option<YahooOptions>,
    /// The listed securities, known without a network.
    pub universe: UniverseFile,
    /// Every finished analysis.
    pub store: Store,
    /// The queue of analyses and backtests.
    pub analyses: Arc<Queue<Client>>,
    /// The queue of texts and of headlines to classify, which take seconds rather than minutes.
    pub texts: Arc<Queue<Client>>,
    /// Runs in progress that an equal question can join.
    pub runs: JoinableRuns,
    /// The counters behind `GET /metrics`.
    pub metrics: Metrics,
    /// Options of an analysis where a request leaves them out.
    pub defaults: JobOptions,
    /// The longest that one analysis or text may take, waiting included.
    pub time_limit: Duration,
    /// The pause after which an idle stream sends a heartbeat.
    pub heartbeat: Duration,
    /// Turns true when the server stops.
    pub stopping: watch::Receiver<bool>,
    /// When the server started, Unix time in seconds.
    pub started: i64,
}

/// The state as handlers receive it.
pub type Shared = Arc<App>;

impl App {
    /// Enters a queue: a permit that has the slot already, or waits for it.
    ///
    /// # Errors
    ///
    /// [`ApiError::QueueFull`], or [`ApiError::Unavailable`] while the server stops.
    pub fn enter(&self, queue: &Arc<Queue<Client>>, client: Client) -> Result<Permit<Client>, ApiError> {
        queue.enter(&client).map_err(|why| match why {
            NoPermit::Full => ApiError::QueueFull { retry_after: 10 },
            NoPermit::Closed => stopping(),
        })
    }
}

impl FromRef<Shared> for Store {
    fn from_ref(app: &Shared) -> Self {
        app.store.clone()
    }
}
