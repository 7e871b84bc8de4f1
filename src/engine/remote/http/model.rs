//! One model on other machines, as the process with the sockets knows it: its servers with their dialects, which are probed once and
//! kept for a day.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use futures_util::future::select_all;
use sha2::{Digest, Sha256};
use url::Url;

use super::dialect::Dialect;
use super::exchange::Line;
use super::fault::Fault;
use super::latencies::Latencies;
use super::probe::{probe, said_of};
use super::server::Server;
use super::spread::Spread;
use crate::engine::remote::ask::{Spent, Told};
use crate::engine::remote::options::{RemoteModel, RemoteOptions};
use crate::net::{is_loopback, shown_url};

/// How long a probe's result is believed.
const BELIEVED: Duration = Duration::from_secs(24 * 60 * 60);

/// Once one server has answered, how long the others have.
const OTHERS: Duration = Duration::from_secs(2);

/// A model on other machines.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) id: String,
    /// Its name at its servers.
    pub(super) name: String,
    pub(super) labels: Vec<String>,
    pub(super) spread: Arc<Spread>,
    pub(super) line: Line,
    pub(super) latencies: Latencies,
    context: Option<usize>,
    chats: bool,
    cache: Option<PathBuf>,
    announced: AtomicBool,
}

impl Model {
    pub(super) fn new(model: &RemoteModel, options: &RemoteOptions, client: reqwest::Client) -> Self {
        let fixed = model.servers.at_once.map(usize::from);
        let servers = model.servers.urls.iter().filter_map(|url| Url::parse(url).ok());
        let servers = servers.map(|base| {
            let shown = shown_url(&base);
            Arc::new(Server::new(base, shown, options.timing.rest, fixed))
        });
        Model {
            id: model.id.clone(),
            name: model.servers.model.clone(),
            labels: model.labels.clone(),
            spread: Spread::new(servers.collect(), fixed),
            line: Line {
                client,
                key: model.key.clone(),
                timing: options.timing,
            },
            latencies: Latencies::default(),
            context: model.context,
            chats: model.chats,
            cache: options.cache.clone(),
            announced: AtomicBool::new(false),
        }
    }

    /// Says once, before anything leaves, what goes where.
    pub(super) fn announce(&self) {
        if self.announced.swap(true, Ordering::Relaxed) {
            return;
        }
        let what = if self.labels.is_empty() {
            "prompts with headlines and prices"
        } else {
            "headlines"
        };
        let places: Vec<String> = self
            .spread
            .servers
            .iter()
            .map(|server| {
                let here = if is_loopback(&server.base) {
                    " (this machine)"
                } else {
                    ""
                };
                format!("{}{here}", server.shown)
            })
            .collect();
        let name = if self.name.is_empty() { &self.id } else { &self.name };
        tracing::warn!("{what} go to the model {name} at {}", places.join(", "));
    }

    /// A server's dialect: kept, or probed now.
    pub(super) async fn dialect(&self, server: &Server) -> Result<Dialect, Fault> {
        let found = server.dialect.get_or_try_init(|| async {
            let kept = self.cache.as_deref().map(|folder| self.kept_at(folder, server));
            let said = said_of(&self.line, server, &self.name).await?;
            let same = |dialect: &Dialect| (dialect.family, dialect.context_length) == said;
            if let Some(dialect) = kept.as_deref().and_then(read).filter(same) {
                return Ok(dialect);
            }
            let dialect = probe(&self.line, server, &self.name, self.chats, said).await?;
            tracing::info!(server = server.shown, ?dialect, "probed");
            if let Some(path) = &kept
                && let Err(error) = keep(path, &dialect)
            {
                tracing::warn!(%error, path = %path.display(), "cannot keep what a server can do");
            }
            Ok(dialect)
        });
        found.await.copied()
    }

    fn kept_at(&self, folder: &Path, server: &Server) -> PathBuf {
        let of = format!("{} {} {}", server.shown, self.name, self.chats);
        folder.join(format!("{}.json", hex::encode(&Sha256::digest(of)[..16])))
    }

    /// What all servers can do that answer.
    pub(super) async fn describe(&self) -> Told {
        let probes = self.spread.servers.iter();
        let mut probes: Vec<_> = probes.map(|server| Box::pin(self.dialect(server))).collect();
        let mut dialects = Vec::new();
        let mut last = None;
        while !probes.is_empty() {
            let next = select_all(std::mem::take(&mut probes));
            let (outcome, _, rest) = if dialects.is_empty() {
                next.await
            } else {
                match tokio::time::timeout(OTHERS, next).await {
                    Ok(next) => next,
                    Err(_) => break,
                }
            };
            probes = rest;
            match outcome {
                Ok(dialect) => dialects.push(dialect),
                Err(fault) => {
                    tracing::warn!(model = self.id, reason = fault.reason(), "a server cannot be used now");
                    last = Some(fault);
                }
            }
        }
        match last {
            Some(fault) if dialects.is_empty() => super::retry::given_up(&self.id, &fault, Spent::default()),
            _ => Told::Described(Dialect::of_all(&dialects, self.context, self.spread.at_once)),
        }
    }
}

/// What was kept, if it is believed.
fn read(path: &Path) -> Option<Dialect> {
    is_fresh(path).filter(|fresh| *fresh)?;
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

/// Keeps it, complete or not at all.
fn keep(path: &Path, dialect: &Dialect) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer(&file, dialect)?;
    file.persist(path).map_err(|error| error.error)?;
    for old in std::fs::read_dir(folder)?.flatten().map(|entry| entry.path()) {
        if !is_fresh(&old).unwrap_or(true) {
            std::fs::remove_file(&old)?;
        }
    }
    Ok(())
}

/// Whether a file is young enough to be believed; `None` where its age is not known.
fn is_fresh(path: &Path) -> Option<bool> {
    let modified = path.metadata().ok()?.modified().ok()?;
    Some(SystemTime::now().duration_since(modified).ok()? <= BELIEVED)
}
