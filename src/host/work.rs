//! The engine's side of the pipe: an inbox in, signals out. Runs on one thread with the native engine; two small threads beside
//! it check texts before they wait and tell every second that the engine lives.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::message::{SendSignal, Signal};
use crate::engine::{self, EngineError, EngineOptions, NativeEngine, Prompt, check_text};
use crate::models::ModelFiles;
use crate::run::{Inbox, Notice, Scheduler, TextEvent, TextTask};

/// How often the engine says that it lives.
pub(super) const PULSE: Duration = Duration::from_secs(1);

/// Runs the engine until the inbox is closed.
pub fn work(mut options: EngineOptions, inbox: &Arc<Inbox>, send: &Arc<SendSignal>) {
    std::thread::scope(|scope| {
        let models = options.models.clone();
        scope.spawn(move || check_texts(&models, inbox, &**send));
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        scope.spawn(move || {
            // The sender says nothing; it is dropped when the engine's loop ends.
            while stopped.recv_timeout(PULSE) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                let resident = engine::memory::resident();
                send(Signal::Pulse {
                    anon_bytes: resident.anon,
                    file_bytes: resident.file,
                });
            }
        });
        // An analysis must not depend on whose else is in the engine.
        options.llama.side_by_side = false;
        let mut engine = NativeEngine::new(options);
        Scheduler::fair().work(&mut engine, inbox, &|notice| send(Signal::Notice(notice)));
        inbox.close();
        drop(stop);
    });
}

/// Tells of each text, before it waits for the model, whether it fits and its grammar is good. So an error is known before the
/// first byte of an answer, however busy the engine is. Only a vocabulary is opened for it, and only where it is in doubt.
fn check_texts(models: &ModelFiles, inbox: &Inbox, send: &SendSignal) {
    let notify = |notice| send(Signal::Notice(notice));
    let mut context_lengths: HashMap<String, usize> = HashMap::new();
    while let Some(text) = inbox.next_unchecked() {
        let known = context_lengths.get(&text.model.sha256).copied();
        match check(models, &text, known) {
            Ok(context_length) => {
                context_lengths.insert(text.model.sha256.clone(), context_length);
                notify(Notice::Text {
                    task: text.task.clone(),
                    event: TextEvent::Accepted,
                });
                if let Err(task) = inbox.admit(text) {
                    inbox.forget(&task);
                    notify(Notice::cancelled(task));
                }
            }
            Err(error) => {
                inbox.forget(&text.task);
                notify(Notice::Failed {
                    task: text.task,
                    error: error.into(),
                });
            }
        }
    }
}

fn check(models: &ModelFiles, text: &TextTask, context_length: Option<usize>) -> Result<usize, EngineError> {
    let request = &text.request;
    if text.cancel.is_cancelled() {
        return Err(EngineError::Cancelled);
    }
    let fits = |length: usize| most_tokens(&request.prompt) + request.max_tokens.unwrap_or(1) <= length;
    match context_length.filter(|&length| request.grammar.is_none() && fits(length)) {
        Some(length) => Ok(length),
        None => check_text(
            models,
            &text.model,
            &request.prompt,
            request.max_tokens.unwrap_or(1),
            request.grammar.as_ref(),
        ),
    }
}

/// A bound on the tokens of a prompt: one for each byte, and what a template writes around each message.
fn most_tokens(prompt: &Prompt) -> usize {
    const TEMPLATE: usize = 512;
    const AROUND_A_MESSAGE: usize = 64;
    TEMPLATE
        + match prompt {
            Prompt::Plain(text) => text.len(),
            Prompt::Chat {
                messages,
                answer_prefix,
            } => {
                let contents = messages.iter().map(|message| message.content.len() + AROUND_A_MESSAGE);
                contents.sum::<usize>() + answer_prefix.len()
            }
        }
}
