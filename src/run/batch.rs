//! Analyses many tickers as a stream. Each ticker gives one row, an analysis or the reason why there is none, as soon as its
//! group is done. Memory does not grow with the number of tickers: while one group is in the engine, the next is gathered.
//!
//! Groups are formed by position in the list, so the same call gives the same analyses whatever the network's timing.

use std::ops::ControlFlow;
use std::time::Duration;

use chrono::NaiveDate;
use tokio::runtime::Handle;
use tokio::sync::mpsc::Receiver;

use super::ahead::in_order;
use super::gather::{Gathered, Request, Sources, gather};
use super::model_set::ModelSet;
use super::scheduler::Scheduler;
use crate::analysis::{Analysis, Event, FailureKind, JobOptions, Sink, StageError};
use crate::engine::{Cancel, Engine};
use crate::market::{Ticker, TickerError};

/// Tickers that share one opening of each stage's model. Larger decoding batches no longer raise throughput.
const GROUP: usize = 32;

/// How often a wait for a service is told.
const COUNTDOWN: Duration = Duration::from_secs(1);

/// A requested ticker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The ticker as the user wrote it.
    pub text: String,
    /// The parsed ticker.
    pub ticker: Result<Ticker, TickerError>,
    /// The heading that it stands under in its file.
    pub group: Option<String>,
}

/// The result for one ticker.
#[derive(Debug)]
pub struct BatchRow {
    /// The ticker as requested.
    pub ticker: String,
    /// The analysis, or why there is none.
    pub outcome: Result<Analysis, StageError>,
}

/// Settings of a batch.
#[derive(Debug)]
pub struct Batch<'a> {
    /// The async runtime for gathering.
    pub runtime: &'a Handle,
    /// Runs the stages.
    pub scheduler: &'a Scheduler,
    /// The models that the stages open.
    pub models: &'a ModelSet,
    /// Sources of bars and headlines.
    pub sources: &'a Sources,
    /// No data after this day is used.
    pub as_of: Option<NaiveDate>,
    /// Settings of each analysis.
    pub options: &'a JobOptions,
    /// Tickers gathered concurrently.
    pub gather: usize,
    /// Whether the batch ends at the first ticker that cannot be gathered; the tickers before it still run.
    pub strict: bool,
    /// Stops the batch.
    pub cancel: &'a Cancel,
}

impl Batch<'_> {
    /// Runs the batch on this thread. `each` receives the rows in the order of the request. When it breaks or the batch is
    /// cancelled, the remaining tickers do not run.
    pub fn run(
        &self,
        engine: &mut dyn Engine,
        tickers: Vec<Asked>,
        sink: &Sink<'_>,
        each: &mut dyn FnMut(BatchRow) -> ControlFlow<()>,
    ) {
        let (mut sources, options, as_of) = (self.sources.clone(), self.options.clone(), self.as_of);
        if tickers.len() > 1 {
            sources.client = sources.client.patient();
            // Company data take as many requests again as the bars.
            sources.fundamentals = None;
        }
        let mut gathered = in_order(self.runtime, tickers, (self.gather, GROUP), move |asked: Asked| {
            let (sources, options) = (sources.clone(), options.clone());
            async move {
                let job = gather_one(asked.ticker, as_of, options, &sources).await;
                (asked.text, job)
            }
        });
        loop {
            let mut group: Vec<(String, Result<Gathered, StageError>)> = Vec::new();
            while group.len() < GROUP
                && !self.cancel.is_cancelled()
                && let Some(next) = self.next(&mut gathered, sink)
            {
                let ends = self.strict && next.1.is_err();
                group.push(next);
                if ends {
                    break;
                }
            }
            if group.is_empty() || self.run_group(engine, group, sink, each).is_break() {
                return;
            }
        }
    }

    /// The next ticker's data. While a service keeps all requests waiting, says for how long.
    fn next<T>(&self, gathered: &mut Receiver<T>, sink: &Sink<'_>) -> Option<T> {
        self.runtime.block_on(async {
            loop {
                if let Ok(next) = tokio::time::timeout(COUNTDOWN, gathered.recv()).await {
                    return next;
                }
                if self.cancel.is_cancelled() {
                    return None;
                }
                if let Some(pause) = self.sources.client.pause() {
                    sink(Event::Waiting {
                        host: pause.host,
                        seconds: pause.left.as_secs(),
                    });
                }
            }
        })
    }

    fn run_group(
        &self,
        engine: &mut dyn Engine,
        group: Vec<(String, Result<Gathered, StageError>)>,
        sink: &Sink<'_>,
        each: &mut dyn FnMut(BatchRow) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut jobs = Vec::new();
        let mut failures = Vec::new();
        for (ticker, gathered) in group {
            match gathered {
                Ok(gathered) => {
                    jobs.push(gathered);
                    failures.push((ticker, None));
                }
                Err(error) => failures.push((ticker, Some(error))),
            }
        }
        let mut analyses = self
            .scheduler
            .drive(engine, self.models, jobs, self.cancel, sink)
            .into_iter();
        for (ticker, failure) in failures {
            let outcome = match failure {
                Some(error) => Err(error),
                None => analyses.next().unwrap_or_else(|| Err(StageError::cancelled())),
            };
            each(BatchRow { ticker, outcome })?;
        }
        ControlFlow::Continue(())
    }
}

async fn gather_one(
    ticker: Result<Ticker, TickerError>,
    as_of: Option<NaiveDate>,
    options: JobOptions,
    sources: &Sources,
) -> Result<Gathered, StageError> {
    let ticker = ticker.map_err(|error| StageError::new(FailureKind::UnknownTicker, error.to_string()))?;
    let request = Request { ticker, as_of, options };
    Ok(gather(&request, sources).await?)
}
