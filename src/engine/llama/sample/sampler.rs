//! Samples the next token of one sequence with llama.cpp's sampling chain, constrained by a grammar.
//!
//! If the grammar admits few tokens, these are the only candidates. If it admits many, a token is sampled first and only that
//! token is checked. If the check fails, the candidates left by the chain are filtered, and if none of them is admitted, the
//! whole vocabulary. With temperature alone, the distribution is the same as when filtering first: p(x) + (1 − p(valid)) · p(x)
//! / p(valid) = p(x) / p(valid) for every valid x. Top-k, top-p and min-p cut the tail before the check instead of after it.

use std::cell::RefCell;
use std::rc::Rc;

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::token::data::LlamaTokenData;
use llama_cpp_2::token::data_array::LlamaTokenDataArray;
use llama_cpp_2::token::logit_bias::LlamaLogitBias;

use super::automaton::State;
use super::grammars::Rule;
use super::pattern::Pattern;
use super::schema::SchemaState;
use crate::engine::error::EngineError;
use crate::engine::llama::tuning::{BLOCK, NEAR};
use crate::engine::request::Sampling;

/// The position of a sequence in its grammar.
enum Place {
    Pattern(Rc<RefCell<Pattern>>, State),
    Schema(Box<SchemaState>),
}

/// The sampler of one sequence.
pub(crate) struct Sampler {
    chain: LlamaSampler,
    place: Option<Place>,
    /// How many of the most probable tokens are sure to include every token that the chain could choose; `None` for the whole
    /// vocabulary.
    enough: Option<usize>,
    candidates: LlamaTokenDataArray,
}

impl Sampler {
    /// The sampler of the request's sequence number `sequence`, at the start of its grammar.
    pub(crate) fn new(
        model: &LlamaModel,
        sampling: &Sampling,
        sequence: usize,
        rule: Option<&Rule>,
    ) -> Result<Self, EngineError> {
        let place = match rule {
            Some(Rule::Pattern(pattern)) => {
                let start = pattern.borrow_mut().start()?;
                Some(Place::Pattern(Rc::clone(pattern), start))
            }
            Some(Rule::Schema(schema)) => Some(Place::Schema(Box::new(schema.start()))),
            None => None,
        };
        Ok(Sampler {
            chain: chain(model.n_vocab(), sampling, sequence),
            place,
            enough: enough(sampling),
            candidates: LlamaTokenDataArray::new(Vec::new(), false),
        })
    }

    /// Samples a token from the logits of the whole vocabulary and advances the grammar.
    pub(crate) fn sample(&mut self, logits: &[f32]) -> Result<LlamaToken, EngineError> {
        let few = match &self.place {
            Some(Place::Pattern(pattern, state)) => pattern.borrow_mut().few_admitted(*state)?,
            _ => None,
        };
        let token = if let Some(few) = few {
            self.offer(logits, &few)?;
            self.choose()?
        } else {
            fill(&mut self.candidates, logits, self.enough);
            let first = self.choose()?;
            if self.admits(first)? {
                first
            } else {
                if !self.offer_survivors(logits)? {
                    self.offer_admitted(logits)?;
                }
                self.choose()?
            }
        };
        self.accept(token)?;
        Ok(token)
    }

    /// The next token if the grammar admits only one: it needs no logits. Advances the grammar.
    pub(crate) fn forced(&mut self) -> Result<Option<LlamaToken>, EngineError> {
        let only = match &self.place {
            Some(Place::Pattern(pattern, state)) => pattern.borrow_mut().only_admitted(*state)?,
            Some(Place::Schema(schema)) => schema.forced_end(),
            None => None,
        };
        if let Some(token) = only {
            // Run the chain for this token, too, so that the random stream, and with it the text of a seed, does not depend on
            // whether a token was forced.
            reset(&mut self.candidates);
            self.candidates.data.push(LlamaTokenData::new(token, 0.0, 0.0));
            self.choose()?;
            self.accept(token)?;
        }
        Ok(only)
    }

    /// Makes these tokens the candidates.
    fn offer(&mut self, logits: &[f32], tokens: &[LlamaToken]) -> Result<(), EngineError> {
        reset(&mut self.candidates);
        self.candidates.data.extend(tokens.iter().filter_map(|&token| {
            let logit = logits.get(usize::try_from(token.0).ok()?)?;
            Some(LlamaTokenData::new(token, *logit, 0.0))
        }));
        if self.candidates.data.is_empty() {
            return Err(EngineError::Grammar("no token of this model continues it".into()));
        }
        Ok(())
    }

    /// Makes the admitted ones among the chain's remaining tokens the candidates. Returns whether there are any. (Sampling from
    /// them is equivalent to sampling from the chain's output until a token is admitted.)
    fn offer_survivors(&mut self, logits: &[f32]) -> Result<bool, EngineError> {
        let left: Vec<LlamaToken> = self.candidates.data.iter().map(LlamaTokenData::id).collect();
        let mut admitted = Vec::new();
        for token in left {
            if self.admits(token)? {
                admitted.push(token);
            }
        }
        if admitted.is_empty() {
            return Ok(false);
        }
        self.offer(logits, &admitted)?;
        Ok(true)
    }

    /// Makes every token that the grammar admits a candidate.
    fn offer_admitted(&mut self, logits: &[f32]) -> Result<(), EngineError> {
        let tokens = match &mut self.place {
            Some(Place::Pattern(pattern, state)) => pattern.borrow_mut().all_admitted(*state)?,
            Some(Place::Schema(schema)) => schema.all_admitted()?,
            None => return Ok(()),
        };
        self.offer(logits, &tokens)
    }

    fn admits(&mut self, token: LlamaToken) -> Result<bool, EngineError> {
        match &mut self.place {
            None => Ok(true),
            Some(Place::Pattern(pattern, state)) => pattern.borrow_mut().admits(*state, token),
            Some(Place::Schema(schema)) => schema.admits(token),
        }
    }

    fn choose(&mut self) -> Result<LlamaToken, EngineError> {
        self.candidates.apply_sampler(&mut self.chain);
        self.candidates.selected_token().ok_or(EngineError::Native {
            operation: "sampling",
            reason: "no token was selected".into(),
        })
    }

    fn accept(&mut self, token: LlamaToken) -> Result<(), EngineError> {
        self.chain.accept(token);
        match &mut self.place {
            None => Ok(()),
            Some(Place::Pattern(pattern, state)) => {
                // An end-of-text token leads to no state; nothing is sampled after it.
                if let Some(next) = pattern.borrow_mut().after(*state, token)? {
                    *state = next;
                }
                Ok(())
            }
            Some(Place::Schema(schema)) => schema.accept(token),
        }
    }
}

/// The window of a penalty over the whole answer: longer than any answer.
const WHOLE_ANSWER: i32 = 16_384;

/// The sampling chain in llama.cpp's usual order. Penalties apply to the tokens accepted so far.
fn chain(vocabulary: i32, sampling: &Sampling, sequence: usize) -> LlamaSampler {
    let mut parts = Vec::new();
    if !sampling.logit_bias.is_empty() {
        let biases: Vec<LlamaLogitBias> = sampling
            .logit_bias
            .iter()
            .map(|&(token, bias)| LlamaLogitBias::new(LlamaToken(token), bias))
            .collect();
        parts.push(LlamaSampler::logit_bias(vocabulary, &biases));
    }
    if sampling.presence_penalty != 0.0 || sampling.frequency_penalty != 0.0 {
        parts.push(LlamaSampler::penalties(
            vocabulary,
            WHOLE_ANSWER,
            1.0,
            sampling.frequency_penalty,
            sampling.presence_penalty,
        ));
    }
    if sampling.repeat_penalty > 1.0 {
        parts.push(LlamaSampler::penalties(
            vocabulary,
            sampling.repeat_window,
            sampling.repeat_penalty,
            0.0,
            0.0,
        ));
    }
    if sampling.temperature <= 0.0 {
        parts.push(LlamaSampler::greedy());
        return LlamaSampler::chain_simple(parts);
    }
    if sampling.top_k > 0 {
        parts.push(LlamaSampler::top_k(sampling.top_k));
    }
    if sampling.top_p < 1.0 {
        parts.push(LlamaSampler::top_p(sampling.top_p, 1));
    }
    if sampling.min_p > 0.0 {
        parts.push(LlamaSampler::min_p(sampling.min_p, 1));
    }
    parts.push(LlamaSampler::temp(sampling.temperature));
    parts.push(LlamaSampler::dist(sequence_seed(sampling.seed, sequence)));
    LlamaSampler::chain_simple(parts)
}

/// The seed of one sequence: SplitMix64 (Steele et al. 2014) of the request's seed and the sequence's index.
fn sequence_seed(seed: u64, sequence: usize) -> u32 {
    let mut z = seed.wrapping_add((sequence as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    let mixed = (z ^ (z >> 31)) as u32;
    // llama.cpp reads the highest value as "choose a random seed".
    if mixed == u32::MAX { 0 } else { mixed }
}

/// How many of the most probable tokens include every token that the chain could choose: those that top-k keeps, plus as many
/// as a repeat penalty could push below them. `None` if a token's logit can rise or nothing limits the choice.
fn enough(sampling: &Sampling) -> Option<usize> {
    let kept = if sampling.temperature <= 0.0 {
        1
    } else {
        usize::try_from(sampling.top_k).ok().filter(|&k| k > 0)?
    };
    let counts_all = sampling.presence_penalty != 0.0 || sampling.frequency_penalty != 0.0;
    if counts_all || !sampling.logit_bias.is_empty() {
        return None;
    }
    let penalised = if sampling.repeat_penalty > 1.0 {
        usize::try_from(sampling.repeat_window).ok()?
    } else {
        0
    };
    Some(kept + penalised)
}

fn reset(candidates: &mut LlamaTokenDataArray) {
    candidates.data.clear();
    candidates.sorted = false;
    candidates.selected = None;
}

/// Makes all tokens the candidates, or only those near the best if they are at least `enough`.
fn fill(candidates: &mut LlamaTokenDataArray, logits: &[f32], enough: Option<usize>) {
    reset(candidates);
    let of_blocks: Vec<f32> = logits.chunks(BLOCK).map(largest).collect();
    let best = largest(&of_blocks);
    let from = enough.and_then(|enough| {
        let holds = |from: &f32| at_least(*from, logits, &of_blocks).count() >= enough;
        NEAR.iter().map(|near| best - near).find(holds)
    });
    let candidate = |(id, logit)| LlamaTokenData::new(LlamaToken(id), logit, 0.0);
    match from {
        Some(from) => candidates
            .data
            .extend(at_least(from, logits, &of_blocks).map(candidate)),
        None => candidates.data.extend((0..).zip(logits.iter().copied()).map(candidate)),
    }
}

/// The tokens whose logits are at least `from`. `of_blocks` has the largest logit of each block.
fn at_least<'a>(from: f32, logits: &'a [f32], of_blocks: &'a [f32]) -> impl Iterator<Item = (i32, f32)> + 'a {
    let blocks = (0..).step_by(BLOCK).zip(logits.chunks(BLOCK)).zip(of_blocks);
    let near = blocks.filter(move |&(_, &largest)| largest >= from);
    near.flat_map(|((first, block), _)| (first..).zip(block.iter().copied()))
        .filter(move |&(_, logit)| logit >= from)
}

/// The largest logit, computed in lanes so that the compiler can vectorise it.
fn largest(logits: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; 16];
    let chunks = logits.chunks_exact(lanes.len());
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, &logit) in lanes.iter_mut().zip(chunk) {
            *lane = if logit > *lane { logit } else { *lane };
        }
    }
    lanes.iter().chain(rest).copied().fold(f32::NEG_INFINITY, f32::max)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn candidates_are_all_tokens_that_are_near_the_best_in_their_order(
            logits in proptest::collection::vec(-20.0f32..20.0, 1..400),
            enough in 1usize..60,
        ) {
            let mut candidates = LlamaTokenDataArray::new(Vec::new(), false);
            fill(&mut candidates, &logits, Some(enough));
            let found: Vec<(i32, f32)> = candidates.data.iter().map(|one| (one.id().0, one.logit())).collect();
            let best = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let near = |from: f32| -> Vec<(i32, f32)> {
                (0..).zip(logits.iter().copied()).filter(|&(_, logit)| logit >= from).collect()
            };
            let expected = NEAR.iter().map(|by| near(best - by)).find(|tokens| tokens.len() >= enough);
            prop_assert_eq!(found, expected.unwrap_or_else(|| near(f32::NEG_INFINITY)));
        }
    }

    #[test]
    fn every_sequence_and_every_seed_has_its_own_stream() {
        let seeds: std::collections::BTreeSet<u32> = (0..50)
            .flat_map(|seed| (0..32).map(move |sequence| sequence_seed(seed, sequence)))
            .collect();
        assert_eq!(seeds.len(), 50 * 32);
    }
}
