//! One continuation while it is decoded: its sampler, its text, and the probabilities of its tokens where they were asked for.

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;

use super::stream::{Flow, TextStream};
use crate::engine::answer::{Completion, Finish, Step, TokenChoice};
use crate::engine::error::EngineError;
use crate::engine::llama::sample::{Rule, Sampler, choice};
use crate::engine::request::Generate;

/// A continuation that has begun.
pub(super) struct SequenceState {
    /// Its number within the request.
    index: usize,
    sampler: Sampler,
    stream: TextStream,
    tokens: Vec<LlamaToken>,
    /// So many of them the model has seen.
    evaluated: usize,
    /// The most tokens that go to the model at a time.
    run: usize,
    /// Where in the last batch its logits are.
    output: usize,
    /// Bytes of all tokens so far.
    bytes: usize,
    /// Tokens whose text was not shown yet, with the number of the byte they begin at.
    held: Vec<(usize, TokenChoice)>,
}

impl SequenceState {
    pub(crate) fn new(
        model: &LlamaModel,
        request: &Generate,
        index: usize,
        rule: Option<&Rule>,
        run: usize,
    ) -> Result<Self, EngineError> {
        Ok(SequenceState {
            index,
            sampler: Sampler::new(model, &request.sampling, index, rule)?,
            stream: TextStream::new(&request.stop),
            tokens: Vec::new(),
            evaluated: 0,
            // A forced token has no probabilities to tell.
            run: if request.logprobs.is_some() { 1 } else { run },
            output: 0,
            bytes: 0,
            held: Vec::new(),
        })
    }

    pub(crate) fn index(&self) -> usize {
        self.index
    }

    /// Tokens so far.
    pub(crate) fn tokens(&self) -> usize {
        self.tokens.len()
    }

    /// How many of them the model has seen.
    pub(crate) fn evaluated(&self) -> usize {
        self.evaluated
    }

    /// Those that the model has seen.
    pub(crate) fn into_evaluated(mut self) -> Vec<LlamaToken> {
        self.tokens.truncate(self.evaluated);
        self.tokens
    }

    /// The tokens that the model is to see next.
    pub(crate) fn pending(&self) -> &[LlamaToken] {
        &self.tokens[self.evaluated..]
    }

    /// Notes where in the batch the last of them is.
    pub(crate) fn place(&mut self, output: usize) {
        self.output = output;
    }

    /// Where in the last batch its logits are.
    pub(crate) fn output(&self) -> usize {
        self.output
    }

    /// Samples one token, and takes those that must follow it; the completion comes when the continuation ends there.
    pub(crate) fn step(
        &mut self,
        model: &LlamaModel,
        logits: &[f32],
        request: &Generate,
        watch: &mut dyn FnMut(Step<'_>),
    ) -> Result<Option<Completion>, EngineError> {
        self.evaluated = self.tokens.len();
        let token = self.sampler.sample(logits)?;
        let mut ended = self.take(token, model, logits, request, watch);
        while ended.is_none()
            && self.pending().len() < self.run
            && let Some(token) = self.sampler.forced()?
        {
            ended = self.take(token, model, logits, request, watch);
        }
        Ok(ended)
    }

    fn take(
        &mut self,
        token: LlamaToken,
        model: &LlamaModel,
        logits: &[f32],
        request: &Generate,
        watch: &mut dyn FnMut(Step<'_>),
    ) -> Option<Completion> {
        self.tokens.push(token);
        let vocabulary = model.vocab();
        let ends = vocabulary.is_eog(token);
        let mut stopped = ends;
        if !ends {
            let piece = vocabulary.token_to_piece(token, false, None);
            if let Some(top) = request.logprobs {
                self.held.push((self.bytes, choice(model, logits, token, top)));
            }
            self.bytes += piece.len();
            stopped = self.stream.push(&piece) == Flow::Stopped;
        }
        let finish = if stopped {
            Some(Finish::Stop)
        } else if self.tokens.len() >= request.max_tokens {
            Some(Finish::Length)
        } else {
            None
        };
        let text = if finish.is_some() {
            self.stream.finish().to_owned()
        } else {
            self.stream.take_new().to_owned()
        };
        if finish.is_some() {
            // Tokens that lie wholly within a stop text are no part of the answer.
            let shown = self.stream.text().len();
            self.held.retain(|(from, _)| *from < shown);
        }
        if !text.is_empty() || (finish.is_some() && !self.held.is_empty()) {
            let tokens: Vec<TokenChoice> = self.held.drain(..).map(|(_, choice)| choice).collect();
            watch(Step::Text {
                sequence: self.index,
                text: &text,
                tokens: &tokens,
            });
        }
        let completion = finish.map(|finish| Completion {
            text: self.stream.text().to_owned(),
            tokens: self.tokens.len(),
            finish,
        });
        if let Some(completion) = &completion {
            watch(Step::Finished {
                sequence: self.index,
                completion,
            });
        }
        completion
    }
}
