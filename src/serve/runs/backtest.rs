//! A backtest through the engine: its windows come in, the scored backtest goes out, each window's error as soon as it is known.

use futures_util::{StreamExt, stream};

use super::app::App;
use super::failure::refused;
use super::job::run_job;
use super::progress::{JobUpdate, ProgressWriter};
use super::run_event::{Finished, RunEvent, WindowScored};
use super::run_log::RunLog;
use super::tokens::TokenCount;
use crate::analysis::{Analysis, Event, FailureKind, StageError};
use crate::backtest::{NAIVE, Outcome, ScoredWindow, Watch, Window};
use crate::market::Bar;
use crate::run::{ModelSet, Prepared, Sources};
use crate::serve::http::ApiError;

/// Windows in the engine at once: they share an opened arena and leave room for other clients' jobs.
const CONCURRENT_WINDOWS: usize = 4;

/// Runs the windows, oldest first.
///
/// # Errors
///
/// The first failure of the engine; a window without a forecast is listed in the backtest instead.
pub(super) async fn run_backtest(
    app: &App,
    prepared: &Prepared,
    sources: &Sources,
    models: &ModelSet,
    log: &RunLog<RunEvent>,
) -> Result<Finished, ApiError> {
    let of = prepared.windows().len();
    let runner = WindowRunner {
        app,
        prepared,
        sources,
        models,
        log,
    };
    let each: Vec<_> = prepared
        .windows()
        .iter()
        .copied()
        .map(|window| runner.run(window))
        .collect();
    let mut results = std::pin::pin!(stream::iter(each).buffered(CONCURRENT_WINDOWS));
    let (mut scored, mut failures, mut newest, mut tokens) = (Vec::new(), Vec::new(), None, TokenCount::default());
    while let Some(result) = results.next().await {
        let result = result?;
        tokens.add(result.tokens);
        newest = Some((result.analysis, result.bars));
        match result.scored {
            Ok(window) => {
                log.push(RunEvent::Scored(WindowScored {
                    done: scored.len() + 1,
                    of,
                    as_of: window.as_of,
                    mae: window.metrics.mae,
                    naive_mae: window.baselines.get(NAIVE).map(|naive| naive.mae),
                }));
                scored.push(window);
            }
            Err(reason) => failures.push(reason),
        }
    }
    let (analysis, bars) = newest.ok_or(ApiError::Internal)?;
    let single = prepared.is_single().then(|| analysis.clone());
    let backtest = prepared.finish(scored, &failures, models, single).map_err(refused)?;
    Ok(Finished {
        analysis,
        bars,
        backtest: Some(backtest),
        tokens,
    })
}

/// Runs single windows; holds what they share.
#[derive(Clone, Copy)]
struct WindowRunner<'a> {
    app: &'a App,
    prepared: &'a Prepared,
    sources: &'a Sources,
    models: &'a ModelSet,
    log: &'a RunLog<RunEvent>,
}

/// A window that went through the engine.
struct WindowResult {
    /// The scored window, or why it has no forecast.
    scored: Result<ScoredWindow, StageError>,
    analysis: Analysis,
    bars: Vec<Bar>,
    tokens: TokenCount,
}

impl WindowRunner<'_> {
    async fn run(self, window: Window) -> Result<WindowResult, ApiError> {
        let gathered = self.prepared.job(window, self.sources).await.map_err(refused)?;
        let bars = gathered.job.series.bars.clone();
        let (mut watch, mut outcome) = (Watch::default(), None);
        let mut progress = ProgressWriter::new(self.log);
        let single = self.prepared.is_single();
        let mut on_update = |update: JobUpdate| {
            match &update {
                JobUpdate::Restarted => watch.begin_again(),
                JobUpdate::Event(event) => {
                    if let Some((_, forecast)) = watch.hear(event) {
                        outcome = Some(forecast);
                    }
                }
            }
            // Among several windows only the arenas are reported: the events name no window.
            let is_arena = match &update {
                JobUpdate::Event(event) => matches!(**event, Event::StageOpened { .. } | Event::StageClosed { .. }),
                JobUpdate::Restarted => false,
            };
            if single || is_arena {
                progress.write(update);
            } else {
                progress.count(&update);
            }
        };
        let analysis = run_job(self.app, gathered, self.models.clone(), &mut on_update).await?;
        let scored = match outcome {
            Some(Outcome::Made(sampled)) => Ok(self.prepared.score(window, &sampled).map_err(refused)?),
            Some(Outcome::Failed(reason)) => Err(reason),
            None => Err(StageError::new(FailureKind::Internal, "the engine made no forecast")),
        };
        Ok(WindowResult {
            scored,
            analysis,
            bars,
            tokens: progress.tokens(),
        })
    }
}
