//! The engine's side of the pipe: takes work from an inbox and sends signals. The native engine runs on one thread; two helper
//! threads check text requests before they queue and send the heartbeat.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::message::{SendSignal, Signal};
use super::relay::Relay;
use crate::engine::{
    self, EngineError, EngineOptions, Message, NativeEngine, Prompt, RemoteEngine, check_grammar, check_text,
};
use crate::models::ModelFiles;
use crate::run::{Inbox, Notice, Scheduler, TextEvent, TextTask};

/// Interval of the heartbeat.
pub(super) const PULSE: Duration = Duration::from_secs(1);

/// Runs the engine until the inbox is closed.
pub fn work(mut options: EngineOptions, inbox: &Arc<Inbox>, relay: Arc<Relay>, send: &Arc<SendSignal>) {
    std::thread::scope(|scope| {
        let models = options.models.clone();
        scope.spawn(move || check_texts(&models, inbox, &**send));
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        scope.spawn(move || {
            // Nothing is ever sent on this channel; its sender is dropped when the engine's loop ends.
            while stopped.recv_timeout(PULSE) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                let resident = engine::memory::resident();
                send(Signal::Pulse {
                    anon_bytes: resident.anon,
                    file_bytes: resident.file,
                });
            }
        });
        // An analysis must not depend on which other jobs are decoded in the same batch.
        options.llama.side_by_side = false;
        let mut engine = RemoteEngine::new(NativeEngine::new(options), relay);
        Scheduler::fair().work(&mut engine, inbox, &|notice| send(Signal::Notice(notice)));
        inbox.close();
        drop(stop);
    });
}

/// Checks each text request before it queues: whether it fits into the model's context, whether its grammar is valid, and whether the
/// model has the tokens that it names.
/// Clients learn about an error at once, however busy the engine is. The check loads only the model's vocabulary, and only when
/// a request is close to the limit.
fn check_texts(models: &ModelFiles, inbox: &Inbox, send: &SendSignal) {
    let notify = |notice| send(Signal::Notice(notice));
    let mut context_lengths: HashMap<String, usize> = HashMap::new();
    while let Some(text) = inbox.next_unchecked() {
        let known = context_lengths.get(&text.model.sha256).copied();
        let checked = match &text.model.remote {
            Some(_) => check_elsewhere(&text).map(|()| None),
            None => check(models, &text, known).map(Some),
        };
        match checked {
            Ok(context_length) => {
                if let Some(length) = context_length {
                    context_lengths.insert(text.model.sha256.clone(), length);
                }
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
    let plain = request.grammar.is_none() && request.sampling.logit_bias.is_empty();
    match context_length.filter(|&length| plain && fits(length)) {
        Some(length) => Ok(length),
        None => check_text(
            models,
            &text.model,
            &request.prompt,
            request.max_tokens.unwrap_or(1),
            request.grammar.as_ref(),
            &request.sampling.logit_bias,
        ),
    }
}

/// The check of a request for a model on other machines, whose tokens nobody here can count.
fn check_elsewhere(text: &TextTask) -> Result<(), EngineError> {
    if text.cancel.is_cancelled() {
        return Err(EngineError::Cancelled);
    }
    text.request.grammar.as_ref().map_or(Ok(()), check_grammar)
}

/// An upper bound for the tokens of a prompt: one for each byte, and what the chat template adds to each message.
fn most_tokens(prompt: &Prompt) -> usize {
    const TEMPLATE: usize = 512;
    const AROUND_A_MESSAGE: usize = 64;
    TEMPLATE
        + match prompt {
            Prompt::Plain(text) => text.len(),
            Prompt::Chat {
                messages,
                tools,
                answer_prefix,
            } => {
                let calls = |message: &Message| -> usize {
                    let lengths = message.calls.iter();
                    lengths
                        .map(|call| call.name.len() + call.arguments.len() + AROUND_A_MESSAGE)
                        .sum()
                };
                let contents = messages
                    .iter()
                    .map(|message| message.content.len() + calls(message) + AROUND_A_MESSAGE);
                // Definitions are bounded by twice their size, because a template may indent them.
                let tools = tools.iter().map(|tool| {
                    AROUND_A_MESSAGE + 2 * (tool.name.len() + tool.description.len() + tool.parameters.len())
                });
                contents.sum::<usize>() + tools.sum::<usize>() + answer_prefix.len()
            }
        }
}
