//! Texts outside analyses: all that wait for one model go through one opening of its arena and are decoded together; those that
//! come meanwhile join them.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::inbox::{Inbox, TextTask};
use super::notice::{Notice, Notify};
use super::text_request::{DEFAULT_TOKENS, TextEvent};
use crate::analysis::{FailureKind, StageError, StageName};
use crate::engine::{
    Cancel, Capacity, Completion, ContextPlan, Engine, EngineError, Generate, Keeps, Language, LanguageFile,
    LanguageWork, Layout, RequestSource, Step, Vocabulary,
};
use crate::models::Role;

/// Sequences that are decoded together.
const MOST_SEQUENCES: usize = 8;

/// Texts that may join one opening while an analysis waits.
const MOST_WHILE_OTHERS_WAIT: usize = 8;

/// Cells kept for texts that come while the context is open.
const SPARE_CELLS: usize = 2048;

/// Opens the model of the first waiting text, if there is one, and serves everybody who waits for that model.
pub(super) fn write_texts(engine: &mut dyn Engine, inbox: &Inbox, others_wait: bool, notify: &Notify<'_>) {
    let Some(file) = inbox.text_file() else { return };
    let Some(first) = inbox.take_text(&file) else { return };
    let stage = match first.request.role {
        Role::Forecaster => StageName::FORECAST,
        _ => StageName::REPORT,
    };
    let _span = tracing::info_span!("text", job = first.task).entered();
    let mut work = Writing {
        inbox,
        notify,
        file: &file,
        others_wait,
        taken: 0,
        next_number: 0,
        waiting: VecDeque::new(),
        unmeasured: vec![first],
        in_hand: HashMap::new(),
    };
    let sink = |event| {
        notify(Notice::Event {
            tasks: Vec::new(),
            event,
        });
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        engine.language(stage, &file, &Cancel::new(), &mut work, &sink)
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

/// A text with its size in tokens.
struct Measured {
    text: TextTask,
    prompt_tokens: usize,
    max_tokens: usize,
}

struct Writing<'a> {
    inbox: &'a Inbox,
    notify: &'a Notify<'a>,
    file: &'a LanguageFile,
    others_wait: bool,
    /// Texts taken from the inbox so far.
    taken: usize,
    /// The number of the next that goes into the context.
    next_number: usize,
    /// Taken, and waiting for room.
    waiting: VecDeque<Measured>,
    /// Taken before the vocabulary was open.
    unmeasured: Vec<TextTask>,
    /// In the context now: number to task.
    in_hand: HashMap<usize, String>,
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

    /// Counts a text's tokens; one that cannot fit fails here.
    fn measure(&mut self, text: TextTask, vocabulary: &dyn Vocabulary) -> Option<Measured> {
        self.taken += 1;
        match size(&text, vocabulary) {
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

    /// The next text that came in for this model, within what may join this opening.
    fn next_arrival(&mut self, vocabulary: &dyn Vocabulary) -> Option<Measured> {
        let yields = self.others_wait || self.inbox.has_analyses();
        while !yields || self.taken < MOST_WHILE_OTHERS_WAIT {
            let text = self.inbox.take_text(self.file)?;
            if let Some(measured) = self.measure(text, vocabulary) {
                return Some(measured);
            }
        }
        None
    }

    /// After the arena closed: with an error everybody fails; else whoever found no room waits for the next opening.
    fn leave(mut self, error: Option<StageError>) {
        let waiting = std::mem::take(&mut self.waiting)
            .into_iter()
            .map(|measured| measured.text);
        let left: Vec<TextTask> = waiting.chain(std::mem::take(&mut self.unmeasured)).collect();
        match error {
            Some(error) => {
                let in_hand = std::mem::take(&mut self.in_hand).into_values();
                for task in left.into_iter().map(|text| text.task).chain(in_hand) {
                    self.fail(task, error.clone());
                }
            }
            None => self.inbox.put_back(left.into_iter()),
        }
    }
}

/// Tokens of the prompt, and the most of each answer.
fn size(text: &TextTask, vocabulary: &dyn Vocabulary) -> Result<(usize, usize), EngineError> {
    let prompt_tokens = vocabulary.count(&text.request.prompt)?;
    let limit = vocabulary.context_length();
    let left = limit.saturating_sub(prompt_tokens);
    let max_tokens = text.request.max_tokens.unwrap_or(left.clamp(1, DEFAULT_TOKENS));
    if max_tokens > left {
        return Err(EngineError::PromptTooLong {
            tokens: prompt_tokens,
            reserved: max_tokens,
            limit,
            hint: "shorten the conversation or lower max_tokens".into(),
        });
    }
    Ok((prompt_tokens, max_tokens))
}

impl LanguageWork for Writing<'_> {
    fn plan(&mut self, vocabulary: &dyn Vocabulary) -> Result<ContextPlan, EngineError> {
        for text in std::mem::take(&mut self.unmeasured) {
            let measured = self.measure(text, vocabulary);
            self.waiting.extend(measured);
        }
        while self.waiting.len() < MOST_SEQUENCES
            && let Some(measured) = self.next_arrival(vocabulary)
        {
            self.waiting.push_back(measured);
        }
        let one = |measured: &Measured| measured.prompt_tokens + measured.max_tokens;
        let all = |measured: &Measured| measured.prompt_tokens + measured.text.request.sequences * measured.max_tokens;
        let cells = self.waiting.iter().map(one).max().unwrap_or(0);
        if cells == 0 {
            return Ok(ContextPlan::default());
        }
        Ok(ContextPlan {
            cells,
            prompt: self
                .waiting
                .iter()
                .map(|measured| measured.prompt_tokens)
                .max()
                .unwrap_or(0),
            longest: cells,
            sequences: MOST_SEQUENCES,
            alongside: 0,
            spare: self.waiting.iter().map(all).sum::<usize>() - cells + SPARE_CELLS,
            layout: Layout::Shared,
        })
    }

    fn run(&mut self, language: &mut dyn Language) -> Result<(), EngineError> {
        language.serve(self)
    }
}

impl RequestSource for Writing<'_> {
    fn next(&mut self, room: Capacity, vocabulary: &dyn Vocabulary) -> Option<(usize, Generate)> {
        if self.waiting.is_empty() {
            let arrival = self.next_arrival(vocabulary);
            self.waiting.extend(arrival);
        }
        let first = self.waiting.front()?;
        if !room.holds(first.prompt_tokens, first.max_tokens) {
            return None;
        }
        let Measured { text, max_tokens, .. } = self.waiting.pop_front()?;
        let number = self.next_number;
        self.next_number += 1;
        let request = text.request;
        self.in_hand.insert(number, text.task);
        let generate = Generate {
            prompt: request.prompt,
            sequences: request.sequences,
            max_tokens,
            sampling: request.sampling,
            stop: request.stop,
            grammar: request.grammar,
            logprobs: request.logprobs,
            keeps: Keeps::Conversation,
            cancel: text.cancel,
        };
        Some((number, generate))
    }

    fn watch(&mut self, number: usize, step: Step<'_>) {
        let Some(task) = self.in_hand.get(&number) else {
            return;
        };
        let event = match step {
            // Told again with every piece of the prompt, so that the front sees the engine get on.
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
            Step::Decoded { .. } => return,
        };
        self.tell(task, event);
    }

    fn finish(&mut self, number: usize, result: Result<Vec<Completion>, EngineError>) {
        let Some(task) = self.in_hand.remove(&number) else {
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
}
