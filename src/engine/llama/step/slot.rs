//! One request in hand: its prompt while it is read, then its sequences while they are decoded. A sequence that ends releases its
//! lane to the next of the same request, over the same prompt.

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;

use super::sequence_state::SequenceState;
use crate::engine::answer::{Completion, Step};
use crate::engine::cancel::Cancel;
use crate::engine::error::EngineError;
use crate::engine::llama::cache::clear_from;
use crate::engine::llama::count::native;
use crate::engine::llama::sample::Rule;
use crate::engine::request::{Generate, Keeps};

/// A request in hand.
pub(crate) struct Slot {
    number: usize,
    request: Generate,
    prompt: Vec<LlamaToken>,
    /// Prompt tokens in the cache, on the first sequence.
    evaluated: usize,
    /// Where in the prompt a batch must end, because the state there is to be kept.
    stop_at: Option<usize>,
    /// Prompt tokens in the batch that is being decoded, and where the last of them is in it.
    placed: (usize, usize),
    /// The sequences of the context that are lent to it.
    sequences: Vec<i32>,
    /// One for each of `sequences`; `None` before its first token and after the last continuation ended there.
    active: Vec<Option<SequenceState>>,
    /// The logits of the prompt's end, while continuations are yet to begin.
    opening: Vec<f32>,
    /// Continuations begun.
    begun: usize,
    completions: Vec<Option<Completion>>,
    /// The tokens of the continuation that ended last on the first sequence, as far as the model saw them.
    ended: Vec<LlamaToken>,
    decoded: usize,
    rule: Option<Rule>,
    /// The most tokens of a sequence in one step.
    run: usize,
}

/// A prompt that may be in the cache in part already.
pub(crate) struct Begun {
    pub(crate) tokens: Vec<LlamaToken>,
    /// So many of them are.
    pub(crate) evaluated: usize,
    /// Where in it a batch must end.
    pub(crate) stop_at: Option<usize>,
}

/// Part of a prompt, for the next batch.
pub(crate) struct Piece<'a> {
    pub(crate) sequence: i32,
    pub(crate) tokens: &'a [LlamaToken],
    /// Whether it ends the prompt.
    pub(crate) is_last: bool,
}

impl Slot {
    /// A request at its beginning, with the rule that its continuations follow.
    pub(crate) fn new(
        number: usize,
        request: Generate,
        prompt: Begun,
        sequences: Vec<i32>,
        rule: Option<Rule>,
        run: usize,
    ) -> Self {
        Slot {
            number,
            evaluated: prompt.evaluated,
            stop_at: prompt.stop_at,
            placed: (0, 0),
            active: sequences.iter().map(|_| None).collect(),
            sequences,
            opening: Vec::new(),
            begun: 0,
            completions: vec![None; request.sequences],
            ended: Vec::new(),
            decoded: 0,
            rule,
            run,
            prompt: prompt.tokens,
            request,
        }
    }

    /// The source's number.
    pub(crate) fn number(&self) -> usize {
        self.number
    }

    /// The flag that stops it.
    pub(crate) fn cancel(&self) -> &Cancel {
        &self.request.cancel
    }

    /// The sequences lent to it.
    pub(crate) fn sequences(&self) -> &[i32] {
        &self.sequences
    }

    /// One of its sequences lies elsewhere now.
    pub(crate) fn move_sequence(&mut self, from: i32, to: i32) {
        for sequence in self.sequences.iter_mut().filter(|sequence| **sequence == from) {
            *sequence = to;
        }
    }

    /// The most cells it can come to hold.
    pub(crate) fn reserved(&self) -> usize {
        self.prompt.len() + self.sequences.len() * self.request.max_tokens
    }

    /// Whether prompt tokens are left to evaluate.
    pub(crate) fn is_in_prefill(&self) -> bool {
        self.evaluated < self.prompt.len()
    }

    /// Prompt tokens evaluated.
    pub(crate) fn evaluated(&self) -> usize {
        self.evaluated
    }

    /// The next piece of the prompt, at most so many tokens.
    pub(crate) fn next_piece(&self, most: usize) -> Piece<'_> {
        let until = self.stop_at.unwrap_or(self.prompt.len());
        let end = until.min(self.evaluated + most);
        Piece {
            sequence: self.sequences[0],
            tokens: &self.prompt[self.evaluated..end],
            is_last: end == self.prompt.len(),
        }
    }

    /// The sequence and the tokens whose state is to be kept, once they are evaluated; only once.
    pub(crate) fn take_stop(&mut self) -> Option<(i32, &[LlamaToken])> {
        self.stop_at.take_if(|stop| *stop == self.evaluated)?;
        Some((self.sequences[0], &self.prompt[..self.evaluated]))
    }

    /// The prompt as far as it is in the cache.
    pub(crate) fn prompt_evaluated(&self) -> &[LlamaToken] {
        &self.prompt[..self.evaluated]
    }

    /// Whether the conversation may go on.
    pub(crate) fn keeps_conversation(&self) -> bool {
        self.request.keeps == Keeps::Conversation
    }

    /// What the first sequence holds once every continuation is complete: the prompt and what the model saw of a continuation.
    pub(crate) fn evaluated_tokens(&self) -> Vec<LlamaToken> {
        [&self.prompt[..], &self.ended[..]].concat()
    }

    /// Notes how much of the prompt is in the batch, and the index of its last token there.
    pub(crate) fn place(&mut self, tokens: usize, last: usize) {
        self.placed = (tokens, last);
    }

    /// Notes that the batch was not evaluated.
    pub(crate) fn unplace(&mut self) {
        self.placed = (0, 0);
    }

    /// The tokens of each continuation that are not evaluated yet: lane, position of the first, tokens.
    pub(crate) fn pending(&self) -> impl Iterator<Item = (usize, usize, &[LlamaToken])> {
        let active = self.active.iter().enumerate();
        active.filter_map(|(lane, state)| {
            let state = state.as_ref()?;
            Some((lane, self.prompt.len() + state.evaluated(), state.pending()))
        })
    }

    /// Notes where in the batch the last of a lane's tokens is.
    pub(crate) fn place_pending(&mut self, lane: usize, output: usize) {
        if let Some(state) = &mut self.active[lane] {
            state.place(output);
        }
    }

    /// Goes on after a batch was evaluated. Returns whether every continuation is complete.
    pub(crate) fn advance(
        &mut self,
        model: &LlamaModel,
        context: &mut LlamaContext<'_>,
        watch: &mut dyn FnMut(Step<'_>),
    ) -> Result<bool, EngineError> {
        if self.is_in_prefill() {
            let (tokens, last) = std::mem::take(&mut self.placed);
            self.evaluated += tokens;
            watch(Step::Prefill {
                tokens: self.evaluated,
                of: self.prompt.len(),
            });
            if self.is_in_prefill() {
                return Ok(false);
            }
            // The index is the one that was marked for output, so the binding's panic cannot come.
            self.opening = context.get_logits_ith(native(last)).to_vec();
            for &sequence in &self.sequences[1..] {
                // The whole sequence, which is the prompt: part of one cannot go into cells that lie apart.
                context
                    .copy_kv_cache_seq(self.sequences[0], sequence, None, None)
                    .map_err(|error| EngineError::Native {
                        operation: "sharing a prompt",
                        reason: error.to_string(),
                    })?;
            }
            for lane in 0..self.sequences.len() {
                self.begin(lane, model, context, watch)?;
            }
        } else {
            for lane in 0..self.sequences.len() {
                let Some(state) = &mut self.active[lane] else {
                    continue;
                };
                let logits = context.get_logits_ith(native(state.output()));
                let before = state.tokens();
                let ended = state.step(model, logits, &self.request, watch)?;
                self.decoded += state.tokens() - before;
                if let Some(completion) = ended {
                    self.end(lane, completion);
                    self.begin(lane, model, context, watch)?;
                }
            }
        }
        watch(Step::Decoded { tokens: self.decoded });
        self.give_back_lanes(context)?;
        Ok(self.completions.iter().all(Option::is_some))
    }

    /// Gives back the sequences on which nothing is left to decode, but for the last, and for the one that a conversation is on.
    fn give_back_lanes(&mut self, context: &mut LlamaContext<'_>) -> Result<(), EngineError> {
        if self.begun < self.request.sequences {
            return Ok(());
        }
        let kept = usize::from(self.keeps_conversation());
        for lane in (kept..self.sequences.len()).rev() {
            if self.active[lane].is_none() && self.sequences.len() > 1 {
                self.active.remove(lane);
                clear_from(context, self.sequences.remove(lane), 0)?;
            }
        }
        Ok(())
    }

    /// Begins continuations on a lane until one is active there, or none is left to begin.
    fn begin(
        &mut self,
        lane: usize,
        model: &LlamaModel,
        context: &mut LlamaContext<'_>,
        watch: &mut dyn FnMut(Step<'_>),
    ) -> Result<(), EngineError> {
        while self.active[lane].is_none() && self.begun < self.request.sequences {
            // What the one before left behind the prompt goes first.
            clear_from(context, self.sequences[lane], self.prompt.len())?;
            let mut state = SequenceState::new(model, &self.request, self.begun, self.rule.as_ref(), self.run)?;
            self.begun += 1;
            let ended = state.step(model, &self.opening, &self.request, watch)?;
            self.decoded += state.tokens();
            self.active[lane] = Some(state);
            if let Some(completion) = ended {
                self.end(lane, completion);
            }
        }
        if self.begun == self.request.sequences {
            self.opening = Vec::new();
        }
        Ok(())
    }

    fn end(&mut self, lane: usize, completion: Completion) {
        if let Some(state) = self.active[lane].take() {
            self.completions[state.index()] = Some(completion);
            if lane == 0 {
                self.ended = state.into_evaluated();
            }
        }
    }

    /// The continuations, once all are complete.
    pub(crate) fn into_completions(self) -> Vec<Completion> {
        self.completions.into_iter().flatten().collect()
    }
}
