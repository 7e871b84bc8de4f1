//! The next token of one sequence: candidates, grammar, then the sampling chain of llama.cpp.
//!
//! With a grammar the token is sampled first and only that one is checked; the whole vocabulary is filtered only when the
//! check fails. With temperature alone the distribution is that of filtering first: p(x) + (1 − p(valid)) · p(x) / p(valid)
//! = p(x) / p(valid) for every valid x. Top-k, top-p and min-p cut the tail before the check instead of after it.

use std::borrow::Cow;
use std::rc::Rc;

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::token::data::LlamaTokenData;
use llama_cpp_2::token::data_array::LlamaTokenDataArray;
use llama_cpp_2::token::logit_bias::LlamaLogitBias;

use crate::engine::EngineError;
use crate::engine::language::{Grammar, Sampling};

/// The tokens that a grammar of few characters can use at all.
#[derive(Debug)]
pub(super) struct Alphabet(Vec<LlamaToken>);

impl Alphabet {
    /// Every token that consists of `characters` alone, and the tokens that end a text.
    pub(super) fn of(model: &LlamaModel, characters: &str) -> Self {
        let vocabulary = model.vocab();
        let mut piece = Vec::new();
        let mut fits = |token: LlamaToken| {
            piece.clear();
            vocabulary.token_to_piece_into(token, &mut piece, false, None);
            !piece.is_empty()
                && std::str::from_utf8(&piece).is_ok_and(|text| text.chars().all(|c| characters.contains(c)))
        };
        Alphabet(
            vocabulary
                .tokens()
                .filter(|&token| vocabulary.is_eog(token) || fits(token))
                .collect(),
        )
    }
}

/// The sampler of one sequence.
pub(super) struct Sampler {
    chain: LlamaSampler,
    grammar: Option<LlamaSampler>,
    alphabet: Option<Rc<Alphabet>>,
    candidates: LlamaTokenDataArray,
}

impl Sampler {
    /// A sampler for sequence number `sequence` of a request.
    pub(super) fn new(
        model: &LlamaModel,
        sampling: &Sampling,
        sequence: usize,
        grammar: Option<&Grammar>,
        alphabet: Option<Rc<Alphabet>>,
    ) -> Result<Self, EngineError> {
        let grammar = grammar.map(|grammar| grammar_of(model, grammar)).transpose()?;
        Ok(Sampler {
            chain: chain(model.n_vocab(), sampling, sequence),
            grammar,
            alphabet,
            candidates: LlamaTokenDataArray::new(Vec::new(), false),
        })
    }

    /// Chooses a token from the logits of the whole vocabulary and moves the sampler on.
    pub(super) fn sample(&mut self, logits: &[f32]) -> Result<LlamaToken, EngineError> {
        let token = match (&mut self.grammar, self.alphabet.as_deref()) {
            (None, _) => {
                fill(&mut self.candidates, logits, None);
                choose(&mut self.candidates, &mut self.chain)?
            }
            (Some(grammar), Some(alphabet)) => {
                fill(&mut self.candidates, logits, Some(alphabet));
                admit(&mut self.candidates, grammar)?;
                choose(&mut self.candidates, &mut self.chain)?
            }
            (Some(grammar), None) => {
                fill(&mut self.candidates, logits, None);
                let first = choose(&mut self.candidates, &mut self.chain)?;
                let mut only = LlamaTokenDataArray::new(vec![LlamaTokenData::new(first, 0.0, 0.0)], false);
                only.apply_sampler(grammar);
                if only.data.iter().any(|candidate| candidate.logit().is_finite()) {
                    first
                } else {
                    fill(&mut self.candidates, logits, None);
                    admit(&mut self.candidates, grammar)?;
                    choose(&mut self.candidates, &mut self.chain)?
                }
            }
        };
        self.chain.accept(token);
        if let Some(grammar) = &mut self.grammar {
            grammar.try_accept(token).map_err(|error| EngineError::Native {
                operation: "following the grammar",
                reason: error.to_string(),
            })?;
        }
        Ok(token)
    }
}

/// Whether llama.cpp takes a grammar.
///
/// # Errors
///
/// [`EngineError::Grammar`] with what is wrong in it.
pub(super) fn check_grammar(model: &LlamaModel, grammar: &Grammar) -> Result<(), EngineError> {
    grammar_of(model, grammar).map(|_| ())
}

fn grammar_of(model: &LlamaModel, grammar: &Grammar) -> Result<LlamaSampler, EngineError> {
    LlamaSampler::grammar(model, &rules(grammar)?, "root").map_err(refused)
}

/// The rules of a grammar; those of a schema come from llama.cpp's own converter.
fn rules(grammar: &Grammar) -> Result<Cow<'_, str>, EngineError> {
    match grammar {
        Grammar::Rules { gbnf, .. } => Ok(Cow::Borrowed(gbnf)),
        Grammar::JsonSchema(schema) => {
            let rules = llama_cpp_2::json_schema_to_grammar(schema).map_err(refused)?;
            Ok(Cow::Owned(without_line_breaks(&rules)))
        }
    }
}

/// The converter's white space lets a model write blanks for as long as it likes; one is enough for any reader.
fn without_line_breaks(rules: &str) -> String {
    let lines = rules.lines().map(|line| match line.split_once("::=") {
        Some((name, _)) if name.trim() == "space" => "space ::= \" \"?",
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn refused(error: impl std::fmt::Display) -> EngineError {
    EngineError::Grammar(error.to_string())
}

/// How far back a penalty looks that counts the whole answer: longer than any answer.
const WHOLE_ANSWER: i32 = 16_384;

/// The chain in llama.cpp's usual order; penalties look at the tokens accepted so far.
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

/// A seed for each sequence of a request: SplitMix64 (Steele et al. 2014) of the request's seed and the index.
fn sequence_seed(seed: u64, sequence: usize) -> u32 {
    let mut z = seed.wrapping_add((sequence as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    let mixed = (z ^ (z >> 31)) as u32;
    // llama.cpp takes the highest value to mean "choose one yourself".
    if mixed == u32::MAX { 0 } else { mixed }
}

fn fill(candidates: &mut LlamaTokenDataArray, logits: &[f32], alphabet: Option<&Alphabet>) {
    candidates.data.clear();
    candidates.sorted = false;
    candidates.selected = None;
    match alphabet {
        Some(Alphabet(tokens)) => candidates.data.extend(tokens.iter().filter_map(|&token| {
            let logit = logits.get(usize::try_from(token.0).ok()?)?;
            Some(LlamaTokenData::new(token, *logit, 0.0))
        })),
        None => candidates.data.extend(
            (0..)
                .zip(logits)
                .map(|(id, &logit)| LlamaTokenData::new(LlamaToken(id), logit, 0.0)),
        ),
    }
}

/// Leaves only what the grammar takes next.
fn admit(candidates: &mut LlamaTokenDataArray, grammar: &mut LlamaSampler) -> Result<(), EngineError> {
    candidates.apply_sampler(grammar);
    candidates.data.retain(|candidate| candidate.logit().is_finite());
    if candidates.data.is_empty() {
        return Err(EngineError::Grammar("no token of this model continues it".into()));
    }
    Ok(())
}

fn choose(candidates: &mut LlamaTokenDataArray, chain: &mut LlamaSampler) -> Result<LlamaToken, EngineError> {
    candidates.apply_sampler(chain);
    candidates.selected_token().ok_or(EngineError::Native {
        operation: "sampling",
        reason: "no token was selected".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sequence_and_every_seed_has_its_own_stream() {
        let seeds: std::collections::BTreeSet<u32> = (0..50)
            .flat_map(|seed| (0..32).map(move |sequence| sequence_seed(seed, sequence)))
            .collect();
        assert_eq!(seeds.len(), 50 * 32);
    }
}
