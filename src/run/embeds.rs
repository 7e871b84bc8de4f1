//! Requests for vectors of texts. Those that wait for one model share one opening; each has a result of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::inbox::{EmbedTask, Inbox};
use super::notice::{Notice, Notify};
use crate::analysis::{Event, FailureKind, StageError, StageName};
use crate::engine::{Cancel, Embedder, Engine, EngineError};

/// Requests that share one opening.
const MOST: usize = 8;

/// Opens the model of the first queued request, if there is one, and answers up to eight requests for that model.
pub(super) fn embed_texts(engine: &mut dyn Engine, inbox: &Inbox, notify: &Notify<'_>) {
    let mut waiting = inbox.take_embeds(MOST);
    let Some(model) = waiting.front().map(|task| task.model.clone()) else {
        return;
    };
    let _span = tracing::info_span!("embed", model = model.id).entered();
    // A model of ONNX Runtime runs in the arena of the stage that classifies.
    let stage = StageName::SENTIMENT;
    let sink = |event| {
        notify(Notice::Event {
            tasks: Vec::new(),
            event,
        });
    };
    let cancel = Cancel::new();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut work = |embedder: &mut dyn Embedder| {
            while let Some(task) = waiting.pop_front() {
                end(inbox, notify, &task, embed(embedder, &task));
            }
            Ok(())
        };
        engine.embedder(stage, &model, &cancel, &mut work, &sink)
    }));
    let error = match outcome {
        Ok((row, result)) => {
            if let Some(row) = row {
                sink(Event::StageClosed { row });
            }
            result.err().map(StageError::from)
        }
        Err(_) => Some(StageError::new(
            FailureKind::Internal,
            "internal error while embedding texts (please report it)",
        )),
    };
    for task in waiting {
        let lost = || StageError::new(FailureKind::Internal, "the runner lost this request (please report it)");
        end(inbox, notify, &task, Err(error.clone().unwrap_or_else(lost)));
    }
}

fn embed(embedder: &mut dyn Embedder, task: &EmbedTask) -> Result<Vec<crate::engine::Embedding>, StageError> {
    if task.cancel.is_cancelled() {
        return Err(EngineError::Cancelled.into());
    }
    let texts: Vec<&str> = task.texts.iter().map(String::as_str).collect();
    Ok(embedder.embed(&texts)?)
}

fn end(
    inbox: &Inbox,
    notify: &Notify<'_>,
    task: &EmbedTask,
    result: Result<Vec<crate::engine::Embedding>, StageError>,
) {
    let name = task.task.clone();
    inbox.forget(&name);
    notify(match result {
        Ok(embeddings) => Notice::Embedded { task: name, embeddings },
        Err(error) => Notice::Failed { task: name, error },
    });
}
