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
use super::question::Question;
use super::queue::Permit;
use super::run_event::{Finished, RunEvent};
use super::run_log::{Reader, RunLog};
use crate::analysis::{Analysis, JobOptions};
use crate::serve::http::{ApiError, Client};

/// Joins the run of an equal question, or starts one.
///
/// # Errors
///
/// [`ApiError::QueueFull`], or [`ApiError::Unavailable`] while the server stops.
pub fn ask(app: &Shared, client: Client, question: Question) -> Result<Reader<RunEvent>, ApiError> {
    ask_named(app, client, question).map(|(_, reader)| reader)
}

/// As [`ask`], and the id that the analysis will have. A backtest has none.
///
/// # Errors
///
/// As [`ask`].
pub fn ask_named(app: &Shared, client: Client, question: Question) -> Result<(String, Reader<RunEvent>), ApiError> {
    let key = key(&question);
    let id = format!("analysis-{}", Uuid::now_v7().simple());
    let (log, reader, permit) = match app.runs.join(key, &id, || app.enter(&app.analyses, client))? {
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
            outcome = tokio::time::timeout(limit, run(&app, permit, question, named, &log)) => {
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
                && let Err(error) = keep(app, &analysis).await
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
            run_backtest(app, &prepared, &sources, &models, log).await
        }
    }
}

/// Stores an analysis, and remembers whether that was possible.
async fn keep(app: &App, analysis: &Analysis) -> Result<(), String> {
    let kept = app.store.keep(analysis).await.map_err(|error| {
        let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
        let told: Vec<String> = causes.map(ToString::to_string).collect();
        tracing::error!(error = told.join(": "), id = analysis.id, "an analysis was not stored");
        told.join(": ")
    });
    app.metrics.stored(kept.is_ok());
    kept
}
