//! Vectors of texts: checked texts come in, wait in the queue of texts and go through the engine; a vector for each goes out.

use std::time::Instant;

use uuid::Uuid;

use super::app::App;
use super::failure::{failed, stopping};
use crate::analysis::FailureKind;
use crate::engine::Embedding;
use crate::host::Update;
use crate::serve::http::{ApiError, Client};

/// Embeds texts. Dropping the future cancels the work. `param` is the field that holds the texts, for the error message.
///
/// # Errors
///
/// A full queue, a missing model, a text that is too long, or an engine that failed.
pub async fn embed(
    app: &App,
    client: Client,
    texts: Vec<String>,
    param: &'static str,
) -> Result<Vec<Embedding>, ApiError> {
    let limit = app.time_limit;
    let embedded = tokio::time::timeout(limit, run(app, client, texts)).await;
    match embedded.unwrap_or(Err(ApiError::Timeout(limit.as_secs()))) {
        Err(ApiError::ContextLengthExceeded { message, .. }) => Err(ApiError::ContextLengthExceeded { message, param }),
        other => other,
    }
}

async fn run(app: &App, client: Client, texts: Vec<String>) -> Result<Vec<Embedding>, ApiError> {
    let mut permit = app.enter(&app.texts, client)?;
    permit.granted(|_| ()).await.map_err(|_| stopping())?;
    let begun = Instant::now();
    let model = app.models.embedder().await?;
    let task = format!("embed-{}", Uuid::now_v7().simple());
    let mut handle = app.host.embed(task, texts, model);
    while let Some(update) = handle.next().await {
        match update {
            Update::Embedded(embeddings) => {
                let tokens = embeddings.iter().map(|one| one.tokens as u64).sum();
                app.metrics.tokens(tokens, 0, begun.elapsed());
                return Ok(embeddings);
            }
            Update::Failed(error) if error.kind == FailureKind::Cancelled => return Err(stopping()),
            Update::Failed(error) => return Err(failed(error)),
            Update::Again | Update::Event(_) | Update::Text(_) | Update::Analysed(_) | Update::Written => {}
        }
    }
    Err(stopping())
}
