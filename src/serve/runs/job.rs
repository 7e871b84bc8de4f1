//! One job through the engine: gathered data and models come in, the analysis goes out, updates on the way.

use std::time::Instant;

use super::app::App;
use super::failure::{failed, stopping};
use super::progress::JobUpdate;
use super::tokens::TokenCount;
use crate::analysis::Analysis;
use crate::host::Update;
use crate::run::{Gathered, ModelSet};
use crate::serve::http::ApiError;

/// Runs a job and counts its tokens in the metrics. Dropping the future cancels the job.
///
/// # Errors
///
/// What the engine failed with, or [`ApiError::Unavailable`] when it stops.
pub(super) async fn run_job(
    app: &App,
    gathered: Gathered,
    models: ModelSet,
    on_update: &mut (dyn FnMut(JobUpdate) + Send),
) -> Result<Analysis, ApiError> {
    let begun = Instant::now();
    let mut tokens = TokenCount::default();
    let mut handle = app.host.analyse(gathered, models);
    while let Some(update) = handle.next().await {
        match update {
            Update::Event(event) => {
                tokens.add_event(&event);
                on_update(JobUpdate::Event(Box::new(event)));
            }
            Update::Again => {
                tokens = TokenCount::default();
                on_update(JobUpdate::Restarted);
            }
            Update::Analysed(analysis) => {
                app.metrics.tokens(tokens.prompt, tokens.decoded, begun.elapsed());
                return Ok(*analysis);
            }
            Update::Failed(failure) => return Err(failed(failure)),
            Update::Text(_) | Update::Written | Update::Embedded(_) => {}
        }
    }
    Err(stopping())
}
