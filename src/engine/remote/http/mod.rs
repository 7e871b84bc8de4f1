//! The process that has the sockets: questions come in, requests go to the servers of the model that a question names, and what they
//! answer goes out. Only the models of the options are known, and only hosts that the user allowed are reached.
//!
//! Each module imports only from modules later in this list: text, classify, model, probe, retry, spread, exchange, collect, body,
//! server, dialect, pattern, latencies, events, wire, fault.

mod body;
mod classify;
mod collect;
mod dialect;
mod events;
mod exchange;
mod fault;
mod latencies;
mod model;
mod pattern;
mod probe;
mod retry;
mod server;
mod spread;
mod text;
mod wire;

use std::sync::{Arc, Mutex, PoisonError};

use reqwest::redirect::Policy;
use tokio::runtime::Handle;

use self::model::Model;
use super::ask::{Ask, Spent, Told};
use super::caller::{Call, Caller, Tell};
use super::options::RemoteOptions;
use crate::analysis::ModelRef;
use crate::engine::error::RemoteFailure;

/// Puts questions to servers over HTTP.
#[derive(Debug, Clone)]
pub struct HttpCaller {
    shared: Arc<Shared>,
    runtime: Handle,
}

#[derive(Debug)]
struct Shared {
    options: RemoteOptions,
    /// The models that were asked so far.
    models: Mutex<Vec<Arc<Model>>>,
}

impl HttpCaller {
    /// A caller whose connections run on `runtime`. Opens none yet.
    pub fn new(options: RemoteOptions, runtime: Handle) -> Self {
        let models = Mutex::default();
        HttpCaller {
            shared: Arc::new(Shared { options, models }),
            runtime,
        }
    }
}

impl Caller for HttpCaller {
    fn call(&self, ask: Ask, tell: Tell) -> Call {
        let shared = Arc::clone(&self.shared);
        let task = self.runtime.spawn(async move {
            let told = shared.answer(&ask, &tell).await;
            tell(told);
        });
        Call::new(move || task.abort())
    }
}

impl Shared {
    async fn answer(&self, ask: &Ask, tell: &Tell) -> Told {
        let model = match self.model(ask.model()) {
            Ok(model) => model,
            Err(reason) => {
                return Told::Failed {
                    kind: RemoteFailure::NotAllowed,
                    reason,
                    spent: Spent::default(),
                };
            }
        };
        model.announce();
        match ask {
            Ask::Describe { .. } => model.describe().await,
            Ask::Write { request, .. } => text::write(&model, request, tell).await,
            Ask::Classify { texts, .. } => classify::classify(&model, texts).await,
        }
    }

    /// The model of a reference, if it is one of the options and its hosts are allowed.
    fn model(&self, named: &ModelRef) -> Result<Arc<Model>, String> {
        let unknown = || {
            format!(
                "{} is no model on other machines that the configuration names",
                named.id
            )
        };
        let options = &self.options;
        let found = options
            .models
            .iter()
            .find(|model| model.is(named))
            .ok_or_else(unknown)?;
        if let Some(host) = found.servers.not_allowed(&options.allowed_hosts) {
            return Err(format!(
                "{}: the host {host} is not allowed: say --allow-remote {host}",
                named.id
            ));
        }
        // A panic cannot leave the list half changed.
        let mut models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = models.iter().find(|known| known.id == found.id) {
            return Ok(Arc::clone(known));
        }
        let client = reqwest::Client::builder()
            .connect_timeout(options.timing.connect)
            // A key would go along to the other host.
            .redirect(Policy::none())
            .no_proxy()
            .build()
            .map_err(|error| format!("cannot set up the HTTP client: {error}"))?;
        let model = Arc::new(Model::new(found, options, client));
        models.push(Arc::clone(&model));
        Ok(model)
    }
}
