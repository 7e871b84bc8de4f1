//! The counters behind `GET /metrics`, as Prometheus text. Labels come from fixed sets: no path, ticker, key or text of a client ever
//! becomes one.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::analysis::LedgerRow;
use crate::host::Health;

/// A route as declared, and the status of the answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Stage {
    stage: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct QueueName {
    queue: &'static str,
}

type Seconds = Family<Route, Histogram, fn() -> Histogram>;

/// Every counter, gauge and histogram.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    durations: Seconds,
    waiting: Family<QueueName, Gauge>,
    tokens_in: Counter,
    tokens_out: Counter,
    tokens_per_second: Gauge<f64, AtomicU64>,
    arena_need: Family<Stage, Gauge>,
    arena_peak: Family<Stage, Gauge>,
    arena_freed: Family<Stage, Gauge>,
    arena_opened: Family<Stage, Counter>,
    engine_up: Gauge,
    engine_restarts: Counter,
    engine_anon: Gauge,
    runs_joined: Counter,
    in_flight: Gauge,
    store_up: Gauge,
    not_stored: Counter,
}

impl Metrics {
    /// All counters at zero.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("tripod");
        let metrics = Metrics {
            requests: Family::default(),
            durations: Seconds::new_with_constructor(|| Histogram::new(exponential_buckets(0.005, 3.0, 12))),
            waiting: Family::default(),
            tokens_in: Counter::default(),
            tokens_out: Counter::default(),
            tokens_per_second: Gauge::default(),
            arena_need: Family::default(),
            arena_peak: Family::default(),
            arena_freed: Family::default(),
            arena_opened: Family::default(),
            engine_up: Gauge::default(),
            engine_restarts: Counter::default(),
            engine_anon: Gauge::default(),
            runs_joined: Counter::default(),
            in_flight: Gauge::default(),
            store_up: Gauge::default(),
            not_stored: Counter::default(),
            registry: Registry::default(),
        };
        let m = &metrics;
        registry.register("requests", "Requests answered", m.requests.clone());
        registry.register_with_unit(
            "request_duration",
            "From a request's head to the head of its answer",
            Unit::Seconds,
            m.durations.clone(),
        );
        registry.register(
            "requests_in_flight",
            "Requests that are not answered to the end",
            m.in_flight.clone(),
        );
        registry.register(
            "store_up",
            "Whether the last analysis could be stored",
            m.store_up.clone(),
        );
        registry.register(
            "analyses_not_stored",
            "Analyses that could not be stored",
            m.not_stored.clone(),
        );
        registry.register("queue_waiting", "Requests waiting for the engine", m.waiting.clone());
        registry.register("tokens_in", "Prompt tokens evaluated", m.tokens_in.clone());
        registry.register("tokens_out", "Tokens decoded", m.tokens_out.clone());
        registry.register(
            "tokens_out_per_second",
            "Tokens decoded a second in the last text or analysis",
            m.tokens_per_second.clone(),
        );
        registry.register_with_unit(
            "arena_need",
            "Stated need of the stage's last arena",
            Unit::Bytes,
            m.arena_need.clone(),
        );
        registry.register_with_unit(
            "arena_peak",
            "Highest anonymous memory of the engine while the stage's last arena was open",
            Unit::Bytes,
            m.arena_peak.clone(),
        );
        registry.register_with_unit(
            "arena_freed",
            "Memory that the stage's last arena freed",
            Unit::Bytes,
            m.arena_freed.clone(),
        );
        registry.register("arena_opened", "Arenas opened", m.arena_opened.clone());
        registry.register("engine_up", "Whether the engine takes work", m.engine_up.clone());
        registry.register("engine_restarts", "Restarts of the engine", m.engine_restarts.clone());
        registry.register_with_unit(
            "engine_anonymous_memory",
            "The engine's anonymous memory",
            Unit::Bytes,
            m.engine_anon.clone(),
        );
        registry.register(
            "runs_joined",
            "Requests that joined a run in progress of an equal question",
            m.runs_joined.clone(),
        );
        metrics.store_up.set(1);
        Metrics { registry, ..metrics }
    }

    /// Counts an answered request; `route` is the declared one, such as `/v1/analyses/{id}`.
    pub fn answered(&self, route: &str, status: u16, took: Duration) {
        let route = route.to_owned();
        self.requests
            .get_or_create(&Answered {
                route: route.clone(),
                status,
            })
            .inc();
        self.durations
            .get_or_create(&Route { route })
            .observe(took.as_secs_f64());
    }

    /// Counts the tokens of a finished text or analysis.
    pub fn tokens(&self, prompt: u64, decoded: u64, took: Duration) {
        self.tokens_in.inc_by(prompt);
        self.tokens_out.inc_by(decoded);
        if !took.is_zero() {
            self.tokens_per_second.set(decoded as f64 / took.as_secs_f64());
        }
    }

    /// Records a closed arena.
    pub fn arena(&self, row: &LedgerRow) {
        let stage = Stage {
            stage: row.stage.to_string(),
        };
        let signed = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
        self.arena_need.get_or_create(&stage).set(signed(row.need_bytes));
        self.arena_peak.get_or_create(&stage).set(signed(row.anon_peak));
        self.arena_freed.get_or_create(&stage).set(signed(row.freed_bytes));
        self.arena_opened.get_or_create(&stage).inc();
    }

    /// A request that is being answered; it counts until it is dropped.
    pub fn request(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(self.in_flight.clone())
    }

    /// Records whether an analysis could be stored.
    pub fn stored(&self, stored: bool) {
        self.store_up.set(i64::from(stored));
        if !stored {
            self.not_stored.inc();
        }
    }

    /// Whether the last analysis could be stored.
    pub fn store_is_up(&self) -> bool {
        self.store_up.get() == 1
    }

    /// Counts a request that joined a run.
    pub fn run_joined(&self) {
        self.runs_joined.inc();
    }

    /// The text of `GET /metrics`: all counters, and the gauges as they are now.
    pub fn text(&self, health: &Health, waiting: &[(&'static str, usize)]) -> String {
        let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        for &(queue, count) in waiting {
            self.waiting
                .get_or_create(&QueueName { queue })
                .set(signed(count as u64));
        }
        self.engine_up.set(i64::from(health.up));
        self.engine_restarts.inner().store(health.restarts, Ordering::Relaxed);
        self.engine_anon.set(signed(health.anon_bytes));
        let mut text = String::new();
        if let Err(error) = prometheus_client::encoding::text::encode(&mut text, &self.registry) {
            tracing::error!(%error, "the metrics cannot be written as text");
        }
        text
    }
}

/// A request that is counted while it is in flight.
#[derive(Debug)]
pub struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}
