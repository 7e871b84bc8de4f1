//! What every handler needs: the engine, the queues, the sources, the store. Shared, and changed by nobody but its parts.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRef;
use tokio::sync::watch;

use super::metrics::Metrics;
use super::queue::{NoPermit, Permit, Queue};
use super::running::Runs;
use crate::analysis::{JobOptions, ModelRef, StageName};
use crate::host::Host;
use crate::market::YahooOptions;
use crate::models::{Cache, Profile, Registry, Role};
use crate::run::{self, ModelSet, RoleChoices, Sources};
use crate::serve::http::{ApiError, Client};
use crate::store::Store;

/// Everything behind the routes.
#[derive(Debug)]
pub struct App {
    /// The engine.
    pub host: Host,
    /// The models.
    pub models: Models,
    /// Bars and headlines.
    pub sources: Sources,
    /// Where company names are looked up; `None` for the demo's own companies.
    pub search: Option<YahooOptions>,
    /// Every finished analysis.
    pub store: Store,
    /// Analyses that wait, and those in hand.
    pub analyses: Arc<Queue<Client>>,
    /// Texts that wait, and those in hand.
    pub texts: Arc<Queue<Client>>,
    /// Analyses that can be joined.
    pub runs: Runs,
    /// What is counted.
    pub metrics: Metrics,
    /// What an analysis is like when a request does not say.
    pub defaults: JobOptions,
    /// The longest that a request may take.
    pub patience: Duration,
    /// The pause before a heartbeat in a stream.
    pub heartbeat: Duration,
    /// Whether the server stops.
    pub stopping: watch::Receiver<bool>,
    /// When it started, Unix time in seconds.
    pub started: i64,
}

/// The app as handlers take it.
pub type Shared = Arc<App>;

impl App {
    /// A place in a queue.
    pub fn enter(&self, queue: &Arc<Queue<Client>>, client: Client) -> Result<Permit<Client>, ApiError> {
        queue.enter(&client).map_err(|why| match why {
            NoPermit::Full => ApiError::QueueFull { retry_after: 10 },
            NoPermit::Closed => stopping(),
        })
    }
}

/// The server stops.
pub fn stopping() -> ApiError {
    ApiError::Unavailable {
        message: "the server is stopping".into(),
        retry_after: Some(10),
    }
}

impl FromRef<Shared> for Store {
    fn from_ref(app: &Shared) -> Self {
        app.store.clone()
    }
}

/// Where models are found. They are looked up by role, never by a client's text.
#[derive(Debug, Clone)]
pub struct Models {
    /// Every known manifest.
    pub registry: Registry,
    /// Where their files are.
    pub cache: Cache,
    /// The set.
    pub profile: Profile,
    /// Roles filled otherwise.
    pub choices: RoleChoices,
}

impl Models {
    /// The models of some stages, verified.
    ///
    /// # Errors
    ///
    /// [`ApiError::Unavailable`] naming the missing model and the command that mends it.
    pub async fn set(&self, stages: &[StageName]) -> Result<ModelSet, ApiError> {
        let (models, stages) = (self.clone(), stages.to_vec());
        blocking(move || {
            ModelSet::resolve(
                &models.registry,
                &models.cache,
                models.profile,
                &models.choices,
                &stages,
            )
        })
        .await
    }

    /// The language model of a role, verified.
    ///
    /// # Errors
    ///
    /// As [`Models::set`].
    pub async fn language(&self, role: Role) -> Result<ModelRef, ApiError> {
        let models = self.clone();
        blocking(move || run::resolve_language(&models.registry, &models.cache, models.profile, &models.choices, role))
            .await
    }
}

/// Hashing a model for the first time takes a while.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, run::PipelineError> + Send + 'static,
) -> Result<T, ApiError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(error)) => Err(ApiError::Unavailable {
            message: error.to_string(),
            retry_after: None,
        }),
        Err(error) => {
            tracing::error!(%error, "looking for models failed");
            Err(ApiError::Internal)
        }
    }
}
