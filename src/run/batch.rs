//! Many tickers as a stream: tickers come in, a row for each goes out as soon as its group is done, an analysis or the reason why
//! there is none. Memory does not grow with the number of tickers: one group is in the engine while the next is gathered.
//!
//! Groups are cut by position in the list, so the same call gives the same analyses whatever the network's timing.

use std::ops::ControlFlow;

use chrono::NaiveDate;
use tokio::runtime::Handle;

use super::ahead::in_order;
use super::gather::{Gathered, Request, Sources, gather};
use super::model_set::ModelSet;
use super::scheduler::Scheduler;
use crate::analysis::{Analysis, FailureKind, JobOptions, Sink, StageError};
use crate::engine::{Cancel, Engine};
use crate::market::{Ticker, TickerError};

/// Tickers that share one opening of each stage's models. Beyond as many, larger decoding batches no longer raise throughput.
const GROUP: usize = 32;

/// A ticker as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What was written.
    pub text: String,
    /// What it means.
    pub ticker: Result<Ticker, TickerError>,
}

/// What became of a ticker.
#[derive(Debug)]
pub struct BatchRow {
    /// As it was asked for.
    pub ticker: String,
    /// Its analysis, or why there is none.
    pub outcome: Result<Analysis, StageError>,
}

/// How a batch runs.
#[derive(Debug)]
pub struct Batch<'a> {
    /// Where gathering runs.
    pub runtime: &'a Handle,
    /// What drives the stages.
    pub scheduler: &'a Scheduler,
    /// The models.
    pub models: &'a ModelSet,
    /// Bars and headlines.
    pub sources: &'a Sources,
    /// Nothing later than this day is used.
    pub as_of: Option<NaiveDate>,
    /// How each analysis is made.
    pub options: &'a JobOptions,
    /// Tickers that are gathered at once.
    pub gather: usize,
    /// Whether a ticker that cannot be gathered ends the batch after those before it.
    pub strict: bool,
    /// Stops it.
    pub cancel: &'a Cancel,
}

impl Batch<'_> {
    /// Runs it on this thread. `each` receives the rows in the order asked for; when it breaks, or the batch is cancelled, the
    /// tickers that are left do not run.
    pub fn run(
        &self,
        engine: &mut dyn Engine,
        tickers: Vec<Asked>,
        sink: &Sink<'_>,
        each: &mut dyn FnMut(BatchRow) -> ControlFlow<()>,
    ) {
        let (sources, options, as_of) = (self.sources.clone(), self.options.clone(), self.as_of);
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
                && let Some(next) = gathered.blocking_recv()
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
