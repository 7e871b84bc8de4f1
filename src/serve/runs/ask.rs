//! Starts the run of a question, or joins the run of an equal one. A run is cancelled when its last reader has left; a finished
//! analysis is stored before it is answered.

use std::sync::Arc;

use uuid::Uuid;

use super::app::{App, Shared};
use super::backtest::run_backtest;
use super::failure::{stopping, without_result};
use super::gather::{Ready, gather};
use super::job::run_job;
use super::joinable::{Joined, key};
use super::progress::ProgressWriter;
use super::question::{Asking, Question};
use super::queue::Permit;
use super::run_event::{Finished, RunEvent};
use super::run_log::{Reader, RunLog};
use crate::analysis::JobOptions;
use crate::backtest::{Backtest, NAIVE};
use crate::serve::http::{ApiError, Client};
use crate::store::{BacktestSummary, StoreError};

/// Joins the run of an equal question, or starts one.
///
/// # Errors
///
/// [`ApiError::QueueFull`], or [`ApiError::Unavailable`] while the server stops.
pub fn ask(app: &Shared, client: Client, question: Question) -> Result<Reader<RunEvent>, ApiError> {
    ask_named(app, client, question, Asking::default()).map(|(_, reader)| reader)
}

/// As [`ask`], and the id that the analysis or the backtest will have.
///
/// # Errors
///
/// As [`ask`].
pub fn ask_named(
    app: &Shared,
    client: Client,
    question: Question,
    asking: Asking,
) -> Result<(String, Reader<RunEvent>), ApiError> {
    let key = key(&question);
    let kind = question.backtest.map_or("analysis", |_| "backtest");
    let id = format!("{kind}-{}", Uuid::now_v7().simple());
    let enter = || app.enter(&app.analyses, client);
    let (log, reader, permit) = match app.runs.join(key, &id, asking.background, enter)? {
        Joined::Running(id, reader) => {
            app.metrics.run_joined();
            return Ok((id, reader));
        }
        Joined::New(log, reader, permit) => (log, reader, permit),
    };
    let app = Arc::clone(app);
    let named = id.clone();
    // A backtest of n windows may take as long as n analyses.
    let limit = app.time_limit.saturating_mul(question.windows());
    tokio::spawn(async move {
        let outcome = tokio::select! {
            outcome = tokio::time::timeout(limit, run(&app, permit, question, asking.inputs, named, &log)) => {
                outcome.unwrap_or_else(|_| Err(ApiError::Timeout(limit.as_secs())))
            }
            () = log.abandoned() => Err(ApiError::Internal),
        };
        // From here on an equal question starts a run of its own.
        app.runs.remove(&key, &log);
        log.push(match outcome {
            Ok(finished) => RunEvent::Done(Arc::new(finished)),
            Err(error) => RunEvent::Failed(error),
        });
    });
    Ok((id, reader))
}

/// Reads a run to its end.
///
/// # Errors
///
/// What the run failed with.
pub async fn outcome(mut reader: Reader<RunEvent>) -> Result<Arc<Finished>, ApiError> {
    while let Some(event) = reader.next().await {
        match event {
            RunEvent::Done(finished) => return Ok(finished),
            RunEvent::Failed(error) => return Err(error),
            RunEvent::Queued(_) | RunEvent::Event(_) | RunEvent::Scored(_) | RunEvent::Restarted => {}
        }
    }
    Err(ApiError::Internal)
}

/// Turns an analysis without any result into an error. One in which some stage failed is an answer that lists the failure.
///
/// # Errors
///
/// The first failure, as [`without_result`] tells it.
pub fn succeeded(finished: Arc<Finished>) -> Result<Arc<Finished>, ApiError> {
    let analysis = &finished.analysis;
    let empty = analysis.forecast.is_none() && analysis.sentiment.is_none() && analysis.report.is_none();
    match analysis.errors.first() {
        Some(failure) if empty => Err(without_result(failure)),
        _ => Ok(finished),
    }
}

async fn run(
    app: &App,
    mut permit: Permit<Client>,
    question: Question,
    inputs: Option<String>,
    id: String,
    log: &RunLog<RunEvent>,
) -> Result<Finished, ApiError> {
    // Prices and headlines are fetched while the run waits, so an unknown ticker is reported at once.
    let gathering = gather(&app.sources, &question);
    let options = JobOptions {
        stages: question.stages(),
        ..question.options.clone()
    };
    let models = app.models.set_for(&options);
    let slot = async {
        let granted = permit.granted(|position| log.push(RunEvent::Queued(position))).await;
        granted.map_err(|_| stopping())
    };
    let (ready, models, ()) = tokio::try_join!(gathering, models, slot)?;
    match ready {
        Ready::Analysis(mut gathered) => {
            gathered.job.id = id;
            let bars = gathered.job.series.bars.clone();
            let mut progress = ProgressWriter::new(log);
            let mut analysis = run_job(app, *gathered, models, &mut |update| progress.write(update)).await?;
            if question.store != Some(false)
                && let Err(error) = keep(app, app.store.keep_asked(&analysis, inputs), &analysis.id).await
            {
                // Minutes of work are answered even when the disk is full, unless the client wants to find them in the store.
                if question.store == Some(true) {
                    return Err(ApiError::NotStored(error));
                }
                analysis
                    .warnings
                    .push(format!("this analysis could not be stored: {error}"));
            }
            Ok(Finished {
                analysis,
                bars,
                backtest: None,
                tokens: progress.tokens(),
            })
        }
        Ready::Backtest(ready) => {
            let (prepared, sources) = *ready;
            let mut finished = run_backtest(app, &prepared, &sources, &models, log).await?;
            if let Some(backtest) = &mut finished.backtest {
                backtest.id = id;
                keep_backtest(app, backtest, inputs).await;
            }
            Ok(finished)
        }
    }
}

/// Stores a backtest; one that cannot be stored says so among its warnings.
async fn keep_backtest(app: &App, backtest: &mut Backtest, inputs: Option<String>) {
    let kept = match (summary_of(backtest), serde_json::to_string(backtest)) {
        (Some(line), Ok(body)) => keep(app, app.store.keep_backtest(&line, inputs, body), &backtest.id).await,
        _ => Err("it has no JSON form".to_owned()),
    };
    if let Err(error) = kept {
        backtest
            .warnings
            .push(format!("this test could not be stored: {error}"));
    }
}

/// The line of a backtest in the list.
fn summary_of(backtest: &Backtest) -> Option<BacktestSummary> {
    Some(BacktestSummary {
        id: backtest.id.clone(),
        object: "backtest.summary",
        created: backtest.created,
        ticker: backtest.ticker.clone(),
        from: backtest.from,
        until: backtest.until,
        horizon: i64::try_from(backtest.horizon).ok()?,
        origins: i64::try_from(backtest.origins).ok()?,
        mae: backtest.model.mae,
        naive_mae: backtest.baselines.get(NAIVE).map(|naive| naive.mae),
        verdict: backtest.verdict.map(|verdict| verdict.as_str().to_owned()),
    })
}

/// Waits for the store, and remembers whether it took what was given.
async fn keep(app: &App, kept: impl Future<Output = Result<(), StoreError>>, id: &str) -> Result<(), String> {
    let kept = kept.await.map_err(|error| {
        let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
        let told: Vec<String> = causes.map(ToString::to_string).collect();
        tracing::error!(error = told.join(": "), id, "a result was not stored");
        told.join(": ")
    });
    app.metrics.stored(kept.is_ok());
    kept
}
