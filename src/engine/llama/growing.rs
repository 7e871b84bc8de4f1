//! One continuation while it grows: its sampler, its text, and the probabilities of its tokens where they were asked for.

use std::cell::RefCell;
use std::rc::Rc;

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;

use super::pattern::Pattern;
use super::probability::choice;
use super::sampler::Sampler;
use super::stream::{Flow, TextStream};
use crate::engine::EngineError;
use crate::engine::language::{Completion, Finish, Generate, Step, TokenChoice};

/// A continuation that has begun.
pub(super) struct Growing {
    /// Its number within the request.
    index: usize,
    sampler: Sampler,
    stream: TextStream,
    /// Tokens sampled; the model has not seen the last yet.
    tokens: Vec<LlamaToken>,
    /// Where in the last batch its logits are.
    output: usize,
    /// Bytes of all tokens so far.
    bytes: usize,
    /// Tokens whose text was not shown yet, with the number of the byte they begin at.
    held: Vec<(usize, TokenChoice)>,
}

impl Growing {
    pub(super) fn new(
        model: &LlamaModel,
        request: &Generate,
        index: usize,
        pattern: Option<&Rc<RefCell<Pattern>>>,
    ) -> Result<Self, EngineError> {
        Ok(Growing {
            index,
            sampler: Sampler::new(model, &request.sampling, index, request.grammar.as_ref(), pattern)?,
            stream: TextStream::new(&request.stop),
            tokens: Vec::new(),
            output: 0,
            bytes: 0,
            held: Vec::new(),
        })
    }

    pub(super) fn index(&self) -> usize {
        self.index
    }

    /// Tokens sampled.
    pub(super) fn tokens(&self) -> usize {
        self.tokens.len()
    }

    /// The tokens sampled.
    pub(super) fn into_tokens(self) -> Vec<LlamaToken> {
        self.tokens
    }

    /// The token that the model is to see next.
    pub(super) fn pending(&self) -> LlamaToken {
        self.tokens.last().copied().unwrap_or(LlamaToken(0))
    }

    /// Notes where in the batch that token is.
    pub(super) fn place(&mut self, output: usize) {
        self.output = output;
    }

    /// Where in the last batch its logits are.
    pub(super) fn output(&self) -> usize {
        self.output
    }

    /// Samples one token; the completion comes with it when the continuation ends there.
    pub(super) fn step(
        &mut self,
        model: &LlamaModel,
        logits: &[f32],
        request: &Generate,
        watch: &mut dyn FnMut(Step<'_>),
    ) -> Result<Option<Completion>, EngineError> {
        let token = self.sampler.sample(logits)?;
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
        Ok(completion)
    }
}
