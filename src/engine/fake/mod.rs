//! A deterministic engine without models, for tests of the code around the engine. Two functions supply its answers. It behaves
//! as a real backend does: events, ledger rows, cancellation, prompts that are too long, capabilities, and answers that must
//! match their grammar. It is for tests alone.

use std::time::Instant;

use super::answer::{Completion, Finish, Step};
use super::arena::milliseconds;
use super::backend::{ClassifierWork, Engine};
use super::cancel::Cancel;
use super::capabilities::Capabilities;
use super::classifier::Classifier;
use super::error::EngineError;
use super::follow::{Follower, Following};
use super::language::{Language, LanguageInfo, LanguageWork, RequestSource};
use super::request::{Generate, Prompt};
use crate::analysis::{Event, LedgerRow, ModelRef, Sink, StageName};

/// Returns the text of a request's sequence with this index.
pub type Answer = dyn FnMut(&Generate, usize) -> String;

/// Returns the class probabilities of a text.
pub type Score = dyn FnMut(&str) -> Vec<f32>;

/// The fake engine. One token is one character.
pub struct FakeEngine {
    answer: Box<Answer>,
    score: Box<Score>,
    capabilities: Capabilities,
}

impl FakeEngine {
    /// A fake that answers and scores with these functions, with a context of 1 Mi characters.
    pub fn new(
        answer: impl FnMut(&Generate, usize) -> String + 'static,
        score: impl FnMut(&str) -> Vec<f32> + 'static,
    ) -> Self {
        FakeEngine {
            answer: Box::new(answer),
            score: Box::new(score),
            capabilities: Capabilities {
                tokenizes: true,
                regex: true,
                json_schema: true,
                sequences: true,
                logprobs: false,
                first_token: false,
                context_length: Some(1 << 20),
            },
        }
    }

    /// Sets the context length, in characters.
    pub fn with_context_length(mut self, characters: usize) -> Self {
        self.capabilities.context_length = Some(characters);
        self
    }

    /// Removes capabilities with `change`. Probabilities, which the fake cannot provide, cannot be added.
    pub fn without(mut self, change: impl FnOnce(&mut Capabilities)) -> Self {
        change(&mut self.capabilities);
        self.capabilities.logprobs = false;
        self.capabilities.first_token = false;
        self
    }
}

impl Engine for FakeEngine {
    fn language(
        &mut self,
        stage: StageName,
        model: &ModelRef,
        _cancel: &Cancel,
        work: &mut dyn LanguageWork,
        sink: &Sink<'_>,
    ) -> (Option<LedgerRow>, Result<(), EngineError>) {
        let begun = Instant::now();
        let mut language = FakeLanguage {
            answer: &mut self.answer,
            capabilities: self.capabilities,
        };
        match work.plan(&language) {
            Ok(workload) if workload.is_empty() => return (None, Ok(())),
            Ok(_) => {}
            Err(error) => return (None, Err(error)),
        }
        open(stage, &model.id, sink);
        let done = work.run(&mut language);
        (Some(row(stage, &model.id, begun)), done)
    }

    fn classifier(
        &mut self,
        stage: StageName,
        model: &ModelRef,
        cancel: &Cancel,
        work: &mut ClassifierWork<'_>,
        sink: &Sink<'_>,
    ) -> (Option<LedgerRow>, Result<(), EngineError>) {
        let begun = Instant::now();
        open(stage, &model.id, sink);
        let done = work(&mut FakeClassifier {
            score: &mut self.score,
            cancel,
        });
        (Some(row(stage, &model.id, begun)), done)
    }
}

struct FakeLanguage<'a> {
    answer: &'a mut Answer,
    capabilities: Capabilities,
}

impl LanguageInfo for FakeLanguage<'_> {
    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    fn count(&self, prompt: &Prompt) -> Result<Option<usize>, EngineError> {
        Ok(self.capabilities.tokenizes.then(|| characters(prompt)))
    }
}

impl Language for FakeLanguage<'_> {
    fn serve(&mut self, source: &mut dyn RequestSource) -> Result<(), EngineError> {
        while let Some((number, request)) = source.next(self) {
            let result = self.answer(&request, &mut |step| source.watch(number, step));
            source.finish(number, result);
        }
        Ok(())
    }
}

impl FakeLanguage<'_> {
    fn answer(&mut self, request: &Generate, watch: &mut dyn FnMut(Step<'_>)) -> Result<Vec<Completion>, EngineError> {
        self.capabilities.allow(request)?;
        self.fit(&request.prompt, request.max_tokens)?
            .or_too_long("ask for a shorter context or a shorter answer")?;
        let tokens = characters(&request.prompt);
        watch(Step::Prefill { tokens, of: tokens });
        let mut completions = Vec::new();
        for sequence in 0..request.sequences {
            if request.cancel.is_cancelled() {
                return Err(EngineError::Cancelled);
            }
            let text = (self.answer)(request, sequence);
            let finish = match &request.grammar {
                Some(grammar) => match Follower::of(grammar)?.follow(&text)? {
                    Following::Whole => Finish::Stop,
                    Following::Beginning => Finish::Length,
                    Following::Leaves(after) => {
                        let admitted = text.get(..after).unwrap_or_default();
                        let reason = format!("the fake's answer {text:?} leaves it after {admitted:?}");
                        return Err(EngineError::Grammar(reason));
                    }
                },
                None => Finish::Stop,
            };
            watch(Step::Text {
                sequence,
                text: &text,
                tokens: &[],
            });
            let completion = Completion {
                tokens: text.chars().count(),
                text,
                finish,
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

fn characters(prompt: &Prompt) -> usize {
    match prompt {
        Prompt::Plain(text) => text.chars().count(),
        Prompt::Chat {
            messages,
            tools,
            answer_prefix,
        } => {
            let contents = messages.iter().map(|message| message.content.chars().count());
            let tools = tools.iter().map(|tool| tool.description.chars().count());
            contents.sum::<usize>() + tools.sum::<usize>() + answer_prefix.chars().count()
        }
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
