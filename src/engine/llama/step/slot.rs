//! One active request: its prompt during prefill, then its sequences while they are decoded. When a continuation ends, the next
//! one of the same request takes its lane and continues the same prompt.

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;

use super::sequence_state::SequenceState;
use crate::engine::answer::{Completion, Step};
use crate::engine::cancel::Cancel;
use crate::engine::error::EngineError;
use crate::engine::llama::cache::clear_from;
use crate::engine::llama::count::native;
use crate::engine::llama::sample::{Rule, probabilities};
use crate::engine::request::{Generate, Keeps};

/// An active request.
pub(crate) struct Slot {
    number: usize,
    request: Generate,
    prompt: Vec<LlamaToken>,
    /// Prompt tokens evaluated, on the first sequence.
    evaluated: usize,
    /// The position in the prompt where a batch must end, so that the state there can be saved.
    stop_at: Option<usize>,
    /// Prompt tokens in the current batch, and the index of the last of them in the batch.
    placed: (usize, usize),
    /// The sequences of the context assigned to this request, one for each lane.
    sequences: Vec<i32>,
    /// The continuation on each lane; `None` before its first token and after the lane's last continuation.
    active: Vec<Option<SequenceState>>,
    /// The logits after the prompt, kept until all continuations have begun.
    opening: Vec<f32>,
    /// How many continuations have begun.
    begun: usize,
    completions: Vec<Option<Completion>>,
    /// The evaluated tokens of the continuation that ended last on the first sequence.
    ended: Vec<LlamaToken>,
    decoded: usize,
    rule: Option<Rule>,
    /// The most tokens of a sequence in one step.
    run: usize,
}

/// A prompt whose first tokens may be in the cache already.
pub(crate) struct Begun {
    pub(crate) tokens: Vec<LlamaToken>,
    /// How many first tokens are in the cache.
    pub(crate) evaluated: usize,
    /// The position where a batch must end, so that the state there can be saved.
    pub(crate) stop_at: Option<usize>,
}

/// A piece of a prompt for the next batch.
pub(crate) struct Piece<'a> {
    pub(crate) sequence: i32,
    pub(crate) tokens: &'a [LlamaToken],
    /// Whether this is the last piece of the prompt.
    pub(crate) is_last: bool,
}

impl Slot {
    /// A request that begins, with the grammar of its continuations.
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

    /// The number that the source gave the request.
    pub(crate) fn number(&self) -> usize {
        self.number
    }

    /// The flag that cancels the request.
    pub(crate) fn cancel(&self) -> &Cancel {
        &self.request.cancel
    }

    /// The sequences assigned to this request.
    pub(crate) fn sequences(&self) -> &[i32] {
        &self.sequences
    }

    /// Updates a sequence's number after it was moved.
    pub(crate) fn move_sequence(&mut self, from: i32, to: i32) {
        for sequence in self.sequences.iter_mut().filter(|sequence| **sequence == from) {
            *sequence = to;
        }
    }

    /// The most cells that this request can use.
    pub(crate) fn reserved(&self) -> usize {
        self.prompt.len() + self.sequences.len() * self.request.max_tokens
    }

    /// Whether part of the prompt is not evaluated yet.
    pub(crate) fn is_in_prefill(&self) -> bool {
        self.evaluated < self.prompt.len()
    }

    /// The number of prompt tokens evaluated.
    pub(crate) fn evaluated(&self) -> usize {
        self.evaluated
    }

    /// The next piece of the prompt, of at most `most` tokens.
    pub(crate) fn next_piece(&self, most: usize) -> Piece<'_> {
        let until = self.stop_at.unwrap_or(self.prompt.len());
        let end = until.min(self.evaluated + most);
        Piece {
            sequence: self.sequences[0],
            tokens: &self.prompt[self.evaluated..end],
            is_last: end == self.prompt.len(),
        }
    }

    /// The sequence and the tokens whose state is to be saved, once they are evaluated. Returns them only once.
    pub(crate) fn take_stop(&mut self) -> Option<(i32, &[LlamaToken])> {
        self.stop_at.take_if(|stop| *stop == self.evaluated)?;
        Some((self.sequences[0], &self.prompt[..self.evaluated]))
    }

    /// The evaluated part of the prompt.
    pub(crate) fn prompt_evaluated(&self) -> &[LlamaToken] {
        &self.prompt[..self.evaluated]
    }

    /// Whether the conversation may continue in a later request.
    pub(crate) fn keeps_conversation(&self) -> bool {
        self.request.keeps == Keeps::Conversation
    }

    /// The tokens on the first sequence after all continuations are complete: the prompt and the evaluated part of the last one.
    pub(crate) fn evaluated_tokens(&self) -> Vec<LlamaToken> {
        [&self.prompt[..], &self.ended[..]].concat()
    }

    /// Sets how many prompt tokens are in the batch, and the index of the last of them there.
    pub(crate) fn place(&mut self, tokens: usize, last: usize) {
        self.placed = (tokens, last);
    }

    /// Resets [`Slot::place`] after the batch was not evaluated.
    pub(crate) fn unplace(&mut self) {
        self.placed = (0, 0);
    }

    /// The tokens of each continuation that are not evaluated yet: lane, position of the first token, tokens.
    pub(crate) fn pending(&self) -> impl Iterator<Item = (usize, usize, &[LlamaToken])> {
        let active = self.active.iter().enumerate();
        active.filter_map(|(lane, state)| {
            let state = state.as_ref()?;
            Some((lane, self.prompt.len() + state.evaluated(), state.pending()))
        })
    }

    /// Sets the index of a lane's last token in the batch.
    pub(crate) fn place_pending(&mut self, lane: usize, output: usize) {
        if let Some(state) = &mut self.active[lane] {
            state.place(output);
        }
    }

    /// Samples after a batch was evaluated. Returns whether every continuation is complete.
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
            // The batch requested logits at this index, so the binding does not panic.
            self.opening = context.get_logits_ith(native(last)).to_vec();
            if self.request.first_token {
                let tokens = probabilities(model, &self.opening);
                watch(Step::First { tokens: &tokens });
            }
            for &sequence in &self.sequences[1..] {
                // Copy the whole sequence, which is the prompt: under `Apart`, llama.cpp cannot copy part of one.
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
        self.release_lanes(context)?;
        Ok(self.completions.iter().all(Option::is_some))
    }

    /// Frees the sequences with nothing left to decode, except the last one and, in a conversation, the first.
    fn release_lanes(&mut self, context: &mut LlamaContext<'_>) -> Result<(), EngineError> {
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

    /// Begins continuations on a lane until one stays active, or all have begun.
    fn begin(
        &mut self,
        lane: usize,
        model: &LlamaModel,
        context: &mut LlamaContext<'_>,
        watch: &mut dyn FnMut(Step<'_>),
    ) -> Result<(), EngineError> {
        while self.active[lane].is_none() && self.begun < self.request.sequences {
            // Remove the previous continuation's tokens after the prompt.
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

    /// The completions, after all continuations have ended.
    pub(crate) fn into_completions(self) -> Vec<Completion> {
        self.completions.into_iter().flatten().collect()
    }
}
