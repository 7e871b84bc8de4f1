//! Text requests outside analyses. All requests for one model share one opening and are decoded together; requests that arrive
//! in the meantime join them.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::inbox::{Inbox, TextTask};
use super::notice::{Notice, Notify};
use super::text_request::{DEFAULT_TOKENS, TextEvent};
use crate::analysis::{FailureKind, ModelRef, StageError, StageName};
use crate::engine::{
    Cancel, Capabilities, Completion, Engine, EngineError, Estimate, Generate, Keeps, Language, LanguageInfo,
    LanguageWork, RequestSource, Step, Workload,
};
use crate::models::Role;

/// Requests measured before the model opens; others join while it is open.
const MOST_AT_FIRST: usize = 8;

/// Requests that may share one opening while an analysis waits.
const MOST_WHILE_OTHERS_WAIT: usize = 8;

/// Opens the model of the first queued request, if there is one, and serves all queued requests for that model.
pub(super) fn write_texts(engine: &mut dyn Engine, inbox: &Inbox, others_wait: bool, notify: &Notify<'_>) {
    let Some(model) = inbox.text_model() else { return };
    let Some(first) = inbox.take_text(&model) else { return };
    let stage = match first.request.role {
        Role::Forecaster => StageName::FORECAST,
        _ => StageName::REPORT,
    };
    let _span = tracing::info_span!("text", job = first.task).entered();
    let mut work = Writing {
        inbox,
        notify,
        model: &model,
        others_wait,
        taken: 0,
        next_number: 0,
        waiting: VecDeque::new(),
        unmeasured: vec![first],
        in_hand: HashMap::new(),
        given_back: Vec::new(),
    };
    let sink = |event| {
        notify(Notice::Event {
            tasks: Vec::new(),
            event,
        });
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        engine.language(stage, &model, &Cancel::new(), &mut work, &sink)
    }));
    let error = match outcome {
        Ok((row, result)) => {
            if let Some(row) = row {
                sink(crate::analysis::Event::StageClosed { row });
            }
            result.err().map(StageError::from)
        }
        Err(_) => Some(StageError::new(
            FailureKind::Internal,
            "internal error while writing a text (please report it)",
        )),
    };
    work.leave(error);
}

/// A text request with its size in tokens.
struct Measured {
    text: TextTask,
    /// Number of prompt tokens, if the backend tokenizes.
    prompt_tokens: Option<usize>,
    max_tokens: usize,
}

impl Measured {
    fn estimate(&self) -> Estimate {
        Estimate {
            prompt_tokens: self.prompt_tokens,
            sequences: self.text.request.sequences,
            max_tokens: self.max_tokens,
            keeps: Keeps::Conversation,
        }
    }

    fn generate(&self) -> Generate {
        let request = &self.text.request;
        Generate {
            prompt: request.prompt.clone(),
            sequences: request.sequences,
            max_tokens: self.max_tokens,
            sampling: request.sampling.clone(),
            stop: request.stop.clone(),
            grammar: request.grammar.clone(),
            logprobs: request.logprobs,
            first_token: false,
            keeps: Keeps::Conversation,
            cancel: self.text.cancel.clone(),
        }
    }
}

struct Writing<'a> {
    inbox: &'a Inbox,
    notify: &'a Notify<'a>,
    model: &'a ModelRef,
    others_wait: bool,
    /// Requests taken from the inbox so far.
    taken: usize,
    /// The number of the next request for the backend.
    next_number: usize,
    /// Measured, but not started.
    waiting: VecDeque<Measured>,
    /// Taken before the model could measure them.
    unmeasured: Vec<TextTask>,
    /// Started requests by number.
    in_hand: HashMap<usize, TextTask>,
    /// Requests that did not fit into memory during this opening; they start the next one.
    given_back: Vec<TextTask>,
}

impl Writing<'_> {
    fn fail(&self, task: String, error: StageError) {
        self.inbox.forget(&task);
        (self.notify)(Notice::Failed { task, error });
    }

    fn tell(&self, task: &str, event: TextEvent) {
        (self.notify)(Notice::Text {
            task: task.to_owned(),
            event,
        });
    }

    /// Counts the tokens of a request; a request that cannot fit fails here.
    fn measure(&mut self, text: TextTask, model: &dyn LanguageInfo) -> Option<Measured> {
        self.taken += 1;
        match size(&text, model) {
            Ok((prompt_tokens, max_tokens)) => Some(Measured {
                text,
                prompt_tokens,
                max_tokens,
            }),
            Err(error) => {
                self.fail(text.task, error.into());
                None
            }
        }
    }

    /// The next queued request for this model, within the limit for this opening.
    fn next_arrival(&mut self, model: &dyn LanguageInfo) -> Option<Measured> {
        let yields = self.others_wait || self.inbox.has_analyses();
        while !yields || self.taken < MOST_WHILE_OTHERS_WAIT {
            let text = self.inbox.take_text(self.model)?;
            if let Some(measured) = self.measure(text, model) {
                return Some(measured);
            }
        }
        None
    }

    /// Called after the model closed. On an error all requests fail; otherwise those that did not fit wait for the next
    /// opening.
    fn leave(mut self, error: Option<StageError>) {
        let waiting = std::mem::take(&mut self.waiting)
            .into_iter()
            .map(|measured| measured.text);
        let left: Vec<TextTask> = std::mem::take(&mut self.given_back)
            .into_iter()
            .chain(waiting)
            .chain(std::mem::take(&mut self.unmeasured))
            .collect();
        match error {
            Some(error) => {
                let in_hand = std::mem::take(&mut self.in_hand).into_values();
                for text in left.into_iter().chain(in_hand) {
                    self.fail(text.task, error.clone());
                }
            }
            None => self.inbox.put_back(left.into_iter()),
        }
    }
}

/// Number of prompt tokens, if the backend tokenizes, and the token limit of each continuation.
fn size(text: &TextTask, model: &dyn LanguageInfo) -> Result<(Option<usize>, usize), EngineError> {
    let hint = "shorten the conversation or lower max_tokens";
    let request = &text.request;
    if let Some(max_tokens) = request.max_tokens {
        let tokens = model.fit(&request.prompt, max_tokens)?.or_too_long(hint)?;
        return Ok((tokens, max_tokens));
    }
    let tokens = model.fit(&request.prompt, 1)?.or_too_long(hint)?;
    let Capabilities { context_length, .. } = model.capabilities();
    let left = match (tokens, context_length) {
        (Some(tokens), Some(length)) => length - tokens,
        _ => DEFAULT_TOKENS,
    };
    Ok((tokens, left.min(DEFAULT_TOKENS)))
}

impl LanguageWork for Writing<'_> {
    fn plan(&mut self, model: &dyn LanguageInfo) -> Result<Workload, EngineError> {
        for text in std::mem::take(&mut self.unmeasured) {
            let measured = self.measure(text, model);
            self.waiting.extend(measured);
        }
        while self.waiting.len() < MOST_AT_FIRST
            && let Some(measured) = self.next_arrival(model)
        {
            self.waiting.push_back(measured);
        }
        let requests: Vec<Estimate> = self.waiting.iter().map(Measured::estimate).collect();
        Ok(Workload {
            together: requests.len(),
            // When no request fits, the model need not be opened.
            more_come: !requests.is_empty(),
            requests,
        })
    }

    fn run(&mut self, language: &mut dyn Language) -> Result<(), EngineError> {
        language.serve(self)
    }
}

impl RequestSource for Writing<'_> {
    fn next(&mut self, model: &dyn LanguageInfo) -> Option<(usize, Generate)> {
        // Requests that did not fit start the next opening. Taking others would keep this one open.
        if !self.given_back.is_empty() {
            return None;
        }
        if self.waiting.is_empty() {
            let arrival = self.next_arrival(model);
            self.waiting.extend(arrival);
        }
        let measured = self.waiting.pop_front()?;
        let number = self.next_number;
        self.next_number += 1;
        let request = measured.generate();
        self.in_hand.insert(number, measured.text);
        Some((number, request))
    }

    fn watch(&mut self, number: usize, step: Step<'_>) {
        let Some(text) = self.in_hand.get(&number) else {
            return;
        };
        let event = match step {
            // Repeated for each part of the prompt, so that the supervisor sees progress.
            Step::Prefill { of, .. } => TextEvent::Opened { prompt_tokens: of },
            Step::Text { sequence, text, tokens } => TextEvent::Piece {
                sequence,
                text: text.to_owned(),
                tokens: tokens.to_vec(),
            },
            Step::Finished { sequence, completion } => TextEvent::Ended {
                sequence,
                finish: completion.finish,
                tokens: completion.tokens,
            },
            Step::Decoded { .. } | Step::First { .. } => return,
        };
        self.tell(&text.task, event);
    }

    fn finish(&mut self, number: usize, result: Result<Vec<Completion>, EngineError>) {
        let Some(TextTask { task, .. }) = self.in_hand.remove(&number) else {
            return;
        };
        match result {
            Ok(_) => {
                self.inbox.forget(&task);
                (self.notify)(Notice::Written { task });
            }
            Err(error) => self.fail(task, error.into()),
        }
    }

    fn give_back(&mut self, number: usize, _why: EngineError) {
        self.given_back.extend(self.in_hand.remove(&number));
    }
}
