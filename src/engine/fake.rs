//! A deterministic engine without models, for tests of what lies around the engine. It answers with what its owner's functions
//! return, holds no memory worth a row, and keeps the contracts of the door: events, rows, cancelling, prompts that do not fit.
//! It never stands in for a feature.

use std::time::Instant;

use super::arena::milliseconds;
use super::backend::{ClassifierFile, ClassifierWork, Engine, LanguageFile};
use super::cancel::Cancel;
use super::classifier::Classifier;
use super::context_plan::Capacity;
use super::error::EngineError;
use super::language::{Completion, Finish, Generate, Language, LanguageWork, Prompt, RequestSource, Step, Vocabulary};
use crate::analysis::{Event, LedgerRow, Sink, StageName};

/// Gives the text of sequence `n` of a request.
pub type Answer = dyn FnMut(&Generate, usize) -> String;

/// Gives the probabilities of a text.
pub type Score = dyn FnMut(&str) -> Vec<f32>;

/// The fake. One "token" is one character.
pub struct FakeEngine {
    answer: Box<Answer>,
    score: Box<Score>,
    context_length: usize,
}

impl FakeEngine {
    /// A fake that answers and scores as told, with a context of 1 Mi characters.
    pub fn new(
        answer: impl FnMut(&Generate, usize) -> String + 'static,
        score: impl FnMut(&str) -> Vec<f32> + 'static,
    ) -> Self {
        FakeEngine {
            answer: Box::new(answer),
            score: Box::new(score),
            context_length: 1 << 20,
        }
    }

    /// The same with another context length, in characters.
    pub fn with_context_length(mut self, characters: usize) -> Self {
        self.context_length = characters;
        self
    }
}

impl Engine for FakeEngine {
    fn language(
        &mut self,
        stage: StageName,
        file: &LanguageFile,
        _cancel: &Cancel,
        work: &mut dyn LanguageWork,
        sink: &Sink<'_>,
    ) -> (Option<LedgerRow>, Result<(), EngineError>) {
        let begun = Instant::now();
        let mut language = FakeLanguage {
            answer: &mut self.answer,
            context_length: self.context_length,
        };
        match work.plan(&language) {
            Ok(demand) if demand == super::context_plan::ContextPlan::default() => return (None, Ok(())),
            Ok(_) => {}
            Err(error) => return (None, Err(error)),
        }
        open(stage, &file.id, sink);
        let done = work.run(&mut language);
        (Some(row(stage, &file.id, begun)), done)
    }

    fn classifier(
        &mut self,
        stage: StageName,
        file: &ClassifierFile,
        cancel: &Cancel,
        work: &mut ClassifierWork<'_>,
        sink: &Sink<'_>,
    ) -> (Option<LedgerRow>, Result<(), EngineError>) {
        let begun = Instant::now();
        open(stage, &file.id, sink);
        let done = work(&mut FakeClassifier {
            score: &mut self.score,
            cancel,
        });
        (Some(row(stage, &file.id, begun)), done)
    }
}

struct FakeLanguage<'a> {
    answer: &'a mut Answer,
    context_length: usize,
}

impl Vocabulary for FakeLanguage<'_> {
    fn count(&self, prompt: &Prompt) -> Result<usize, EngineError> {
        Ok(match prompt {
            Prompt::Plain(text) => text.chars().count(),
            Prompt::Chat {
                messages,
                answer_prefix,
            } => {
                messages
                    .iter()
                    .map(|message| message.content.chars().count())
                    .sum::<usize>()
                    + answer_prefix.chars().count()
            }
        })
    }

    fn context_length(&self) -> usize {
        self.context_length
    }
}

impl Language for FakeLanguage<'_> {
    fn serve(&mut self, desk: &mut dyn RequestSource) -> Result<(), EngineError> {
        let room = Capacity {
            cells: self.context_length,
            sequences: 16,
        };
        while let Some((number, request)) = desk.next(room, self) {
            let result = self.answer(&request, &mut |step| desk.watch(number, step));
            desk.finish(number, result);
        }
        Ok(())
    }
}

impl FakeLanguage<'_> {
    fn answer(&mut self, request: &Generate, watch: &mut dyn FnMut(Step<'_>)) -> Result<Vec<Completion>, EngineError> {
        let tokens = self.count(&request.prompt)?;
        if tokens + request.max_tokens > self.context_length {
            return Err(EngineError::PromptTooLong {
                tokens,
                reserved: request.max_tokens,
                limit: self.context_length,
                hint: "ask for a shorter context or a shorter answer".into(),
            });
        }
        watch(Step::Prefill { tokens, of: tokens });
        let mut completions = Vec::new();
        for sequence in 0..request.sequences {
            if request.cancel.is_cancelled() {
                return Err(EngineError::Cancelled);
            }
            let text = (self.answer)(request, sequence);
            watch(Step::Text {
                sequence,
                text: &text,
                tokens: &[],
            });
            let completion = Completion {
                tokens: text.chars().count(),
                text,
                finish: Finish::Stop,
            };
            watch(Step::Finished {
                sequence,
                completion: &completion,
            });
            completions.push(completion);
        }
        Ok(completions)
    }
}

struct FakeClassifier<'a> {
    score: &'a mut Score,
    cancel: &'a Cancel,
}

impl Classifier for FakeClassifier<'_> {
    fn classify(&mut self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EngineError> {
        if self.cancel.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        Ok(texts.iter().map(|text| (self.score)(text)).collect())
    }
}

fn open(stage: StageName, model: &str, sink: &Sink<'_>) {
    sink(Event::StageOpened {
        stage,
        model: model.to_owned(),
        need_bytes: 0,
        budget_bytes: 0,
    });
}

fn row(stage: StageName, model: &str, begun: Instant) -> LedgerRow {
    LedgerRow {
        run_ms: milliseconds(begun),
        ..LedgerRow::new(stage, model)
    }
}
