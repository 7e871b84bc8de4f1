//! Analyses on their way. Equal questions that are asked while one of them runs share that run; it is given up when nobody waits
//! for it any more, and every finished one is stored before it is answered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::{StreamExt, stream};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::app::{Shared, stopping};
use super::follow::{Heard, Teller, follow};
use super::gather::{self, Ready};
use super::question::Question;
use super::queue::Permit;
use super::run_log::{Reader, RunLog};
use super::tokens::TokenCount;
use crate::analysis::{Analysis, Event};
use crate::backtest::{Backtest, NAIVE, Outcome, ScoredWindow, Watch, Window};
use crate::market::Bar;
use crate::run::{ModelSet, Prepared, Sources};
use crate::serve::http::{ApiError, Client};

/// What a run says, in this order: positions, then events, then one of the last two.
#[derive(Debug, Clone)]
pub enum RunEvent {
    /// It waits: 1 for the next.
    Queued(usize),
    /// Progress.
    Event(Box<Event>),
    /// A window of a backtest has its figures.
    Scored(WindowScored),
    /// The engine died; the stages begin again.
    Again,
    /// The end.
    Done(Arc<Finished>),
    /// The other end.
    Failed(ApiError),
}

/// A window's figures, as they come in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WindowScored {
    /// Windows scored so far.
    pub done: usize,
    /// Windows in all.
    pub of: usize,
    /// Its split day.
    pub as_of: chrono::NaiveDate,
    /// The model's mean absolute error.
    pub mae: f64,
    /// The naive forecast's.
    pub naive_mae: Option<f64>,
}

/// A finished run.
#[derive(Debug)]
pub struct Finished {
    /// The analysis; of a backtest, that of its newest window.
    pub analysis: Analysis,
    /// The whole history that it was made from, for the Python original's clients.
    pub bars: Vec<Bar>,
    /// The backtest, where one was asked for.
    pub backtest: Option<Backtest>,
    /// Prompt tokens evaluated and tokens decoded.
    pub tokens: TokenCount,
}

/// Runs that can be joined, by question.
#[derive(Debug, Default)]
pub struct Runs(Mutex<HashMap<[u8; 32], Arc<RunLog<RunEvent>>>>);

impl Runs {
    /// Joins the run of an equal question, or starts one.
    ///
    /// # Errors
    ///
    /// [`ApiError::QueueFull`], or [`ApiError::Unavailable`] while the server stops.
    pub fn ask(app: &Shared, client: Client, question: Question) -> Result<Reader<RunEvent>, ApiError> {
        let key = key(&question);
        let mut runs = app.runs.lock();
        if let Some(reader) = runs.get(&key).and_then(|live| live.read()) {
            app.metrics.shared();
            return Ok(reader);
        }
        let place = app.enter(&app.analyses, client)?;
        let live = Arc::new(RunLog::new());
        let reader = live.read().ok_or(ApiError::Internal)?;
        runs.insert(key, Arc::clone(&live));
        drop(runs);
        let app = Arc::clone(app);
        // A backtest may take as long as so many analyses.
        let patience = app.patience.saturating_mul(question.windows());
        tokio::spawn(async move {
            let outcome = tokio::select! {
                outcome = tokio::time::timeout(patience, run(&app, place, question, &live)) => {
                    outcome.unwrap_or_else(|_| Err(ApiError::Timeout(patience.as_secs())))
                }
                () = live.abandoned() => Err(ApiError::Internal),
            };
            // Whoever asks from here on gets a run of its own.
            app.runs.forget(&key, &live);
            live.say(match outcome {
                Ok(finished) => RunEvent::Done(Arc::new(finished)),
                Err(error) => RunEvent::Failed(error),
            });
        });
        Ok(reader)
    }

    fn forget(&self, key: &[u8; 32], live: &Arc<RunLog<RunEvent>>) {
        let mut runs = self.lock();
        if runs.get(key).is_some_and(|current| Arc::ptr_eq(current, live)) {
            runs.remove(key);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Arc<RunLog<RunEvent>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads a run to its end.
///
/// # Errors
///
/// What it failed with.
pub async fn outcome(mut reader: Reader<RunEvent>) -> Result<Arc<Finished>, ApiError> {
    while let Some(said) = reader.next().await {
        match said {
            RunEvent::Done(finished) => return Ok(finished),
            RunEvent::Failed(error) => return Err(error),
            RunEvent::Queued(_) | RunEvent::Event(_) | RunEvent::Scored(_) | RunEvent::Again => {}
        }
    }
    Err(ApiError::Internal)
}

async fn run(
    app: &Shared,
    mut place: Permit<Client>,
    question: Question,
    live: &RunLog<RunEvent>,
) -> Result<Finished, ApiError> {
    // Prices and headlines are fetched while the request waits; an unknown ticker is told at once.
    let gathering = gather::gather(app, &question);
    let stages = question.stages();
    let models = app.models.set(&stages);
    let turn = async {
        let came = place.turn(|position| live.say(RunEvent::Queued(position))).await;
        came.map_err(|_| stopping())
    };
    let (ready, models, ()) = tokio::try_join!(gathering, models, turn)?;
    match ready {
        Ready::Analysis(gathered) => {
            let bars = gathered.job.series.bars.clone();
            let mut teller = Teller::new(live);
            let mut analysis = follow(app, *gathered, models, &mut |event| teller.hear(event)).await?;
            // An analysis of minutes is not thrown away for a full disk: it is answered, and says so.
            if let Err(error) = app.store.keep(&analysis).await {
                tracing::error!(%error, id = analysis.id, "an analysis was not stored");
                let warning = "this analysis could not be stored; the server's log has more";
                analysis.warnings.push(warning.into());
            }
            Ok(Finished {
                analysis,
                bars,
                backtest: None,
                tokens: teller.tokens,
            })
        }
        Ready::Backtest(prepared) => backtest(app, &prepared.0, &prepared.1, &models, live).await,
    }
}

/// Windows of a backtest in the engine at once: enough to share an opened arena, few enough to leave others theirs.
const WINDOWS_TOGETHER: usize = 4;

/// Puts the windows of a backtest through the engine, oldest first.
async fn backtest(
    app: &Shared,
    prepared: &Prepared,
    sources: &Sources,
    models: &ModelSet,
    live: &RunLog<RunEvent>,
) -> Result<Finished, ApiError> {
    let of = prepared.windows().len();
    let making = WindowRunner {
        app,
        prepared,
        sources,
        models,
        live,
    };
    let each: Vec<_> = prepared
        .windows()
        .iter()
        .copied()
        .map(|window| making.window(window))
        .collect();
    let mut windows = std::pin::pin!(stream::iter(each).buffered(WINDOWS_TOGETHER));
    let (mut scored, mut failures, mut newest, mut tokens) = (Vec::new(), Vec::new(), None, TokenCount::default());
    while let Some(window) = windows.next().await {
        let WindowResult {
            scored: outcome,
            analysis,
            bars,
            tokens: of_window,
        } = window?;
        tokens.add(of_window);
        newest = Some((analysis, bars));
        match outcome {
            Ok(window) => {
                live.say(RunEvent::Scored(WindowScored {
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
    let backtest = prepared
        .finish(scored, &failures, models, single)
        .map_err(gather::refused)?;
    Ok(Finished {
        analysis,
        bars,
        backtest: Some(backtest),
        tokens,
    })
}

/// What the windows of a backtest share.
#[derive(Clone, Copy)]
struct WindowRunner<'a> {
    app: &'a Shared,
    prepared: &'a Prepared,
    sources: &'a Sources,
    models: &'a ModelSet,
    live: &'a RunLog<RunEvent>,
}

/// A window that went through the engine.
struct WindowResult {
    /// Its figures, or why it has none.
    scored: Result<ScoredWindow, String>,
    analysis: Analysis,
    bars: Vec<Bar>,
    tokens: TokenCount,
}

impl WindowRunner<'_> {
    async fn window(self, window: Window) -> Result<WindowResult, ApiError> {
        let gathered = self.prepared.job(window, self.sources).await.map_err(gather::refused)?;
        let bars = gathered.job.series.bars.clone();
        let (mut watch, mut outcome) = (Watch::default(), None);
        let mut teller = Teller::new(self.live);
        let single = self.prepared.is_single();
        let mut hear = |heard: Heard| {
            match &heard {
                Heard::Again => watch.begin_again(),
                Heard::Event(event) => {
                    if let Some((_, made)) = watch.hear(event) {
                        outcome = Some(made);
                    }
                }
            }
            // Of many windows the arenas are told, not every path.
            if single
                || matches!(
                    heard,
                    Heard::Event(Event::StageOpened { .. } | Event::StageClosed { .. })
                )
            {
                teller.hear(heard);
            } else {
                teller.count(&heard);
            }
        };
        let analysis = follow(self.app, gathered, self.models.clone(), &mut hear).await?;
        let scored = match outcome {
            Some(Outcome::Made(sampled)) => Ok(self.prepared.score(window, &sampled).map_err(gather::refused)?),
            Some(Outcome::Failed(reason)) => Err(reason),
            None => Err("the engine made no forecast".to_owned()),
        };
        Ok(WindowResult {
            scored,
            analysis,
            bars,
            tokens: teller.tokens,
        })
    }
}

fn key(question: &Question) -> [u8; 32] {
    // A question is plain data and always has a JSON form.
    Sha256::digest(serde_json::to_vec(question).unwrap_or_default()).into()
}
