//! One continuation being decoded: its sampler, its text and, if requested, the probabilities of its tokens.

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;

use super::stream::{Flow, TextStream};
use crate::engine::answer::{Completion, Finish, Step, TokenChoice};
use crate::engine::error::EngineError;
use crate::engine::llama::sample::{Rule, Sampler, choice};
use crate::engine::request::Generate;

/// A continuation being decoded.
pub(super) struct SequenceState {
    /// Its index within the request.
    index: usize,
    sampler: Sampler,
    stream: TextStream,
    tokens: Vec<LlamaToken>,
    /// How many of `tokens` the model has evaluated.
    evaluated: usize,
    /// The most tokens evaluated in one step.
    run: usize,
    /// The index of its logits in the last batch.
    output: usize,
    /// The bytes of all tokens so far.
    bytes: usize,
    /// Probabilities of tokens whose text was not reported yet, with the byte offset of each token.
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
            stream: TextStream::new(&request.stop, request.grammar.as_ref()),
            tokens: Vec::new(),
            evaluated: 0,
            // A forced token has no logits, hence no probabilities.
            run: if request.logprobs.is_some() { 1 } else { run },
            output: 0,
            bytes: 0,
            held: Vec::new(),
        })
    }

    pub(crate) fn index(&self) -> usize {
        self.index
    }

    /// The number of tokens so far.
    pub(crate) fn tokens(&self) -> usize {
        self.tokens.len()
    }

    /// How many of them the model has evaluated.
    pub(crate) fn evaluated(&self) -> usize {
        self.evaluated
    }

    /// The tokens that the model has evaluated.
    pub(crate) fn into_evaluated(mut self) -> Vec<LlamaToken> {
        self.tokens.truncate(self.evaluated);
        self.tokens
    }

    /// The tokens to evaluate in the next step.
    pub(crate) fn pending(&self) -> &[LlamaToken] {
        &self.tokens[self.evaluated..]
    }

    /// Sets the index of the last pending token in the batch.
    pub(crate) fn place(&mut self, output: usize) {
        self.output = output;
    }

    /// The index of its logits in the last batch.
    pub(crate) fn output(&self) -> usize {
        self.output
    }

    /// Samples one token and appends the tokens that the grammar forces after it. Returns the completion if the continuation
    /// ends.
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
        let mut stopped = ends.then_some(Finish::Stop);
        if !ends {
            let piece = vocabulary.token_to_piece(token, false, None);
            if let Some(top) = request.logprobs {
                self.held.push((self.bytes, choice(model, logits, token, top)));
            }
            self.bytes += piece.len();
            if let Flow::Stopped(index) = self.stream.push(&piece) {
                stopped = Some(Finish::StopText(index));
            }
        }
        let is_full = self.tokens.len() >= request.max_tokens;
        let finish = stopped.or(is_full.then_some(Finish::Length));
        let text = if finish.is_some() {
            self.stream.finish().to_owned()
        } else {
            self.stream.take_new().to_owned()
        };
        if finish.is_some() {
            // Tokens wholly within a stop text are not part of the answer.
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
