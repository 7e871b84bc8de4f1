//! The log-probabilities of the chosen token and of the most probable ones under the model alone: the log softmax of the logits.

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;

use crate::engine::answer::{TokenChoice, TokenProbability};

/// The chosen token and the `top` most probable ones.
pub(crate) fn choice(model: &LlamaModel, logits: &[f32], token: LlamaToken, top: usize) -> TokenChoice {
    let normaliser = log_sum_exp(logits);
    let vocabulary = model.vocab();
    let tell = |id: usize| TokenProbability {
        bytes: vocabulary.token_to_piece(LlamaToken(i32::try_from(id).unwrap_or(0)), true, None),
        logprob: logits.get(id).map_or(f32::NEG_INFINITY, |logit| logit - normaliser),
    };
    TokenChoice {
        token: tell(usize::try_from(token.0).unwrap_or(usize::MAX)),
        top: largest(logits, top).into_iter().map(tell).collect(),
    }
}

/// Every token of the vocabulary with its probability, in the vocabulary's order.
pub(crate) fn all(model: &LlamaModel, logits: &[f32]) -> Vec<TokenProbability> {
    let normaliser = log_sum_exp(logits);
    let vocabulary = model.vocab();
    let tell = |(id, logit): (i32, &f32)| TokenProbability {
        bytes: vocabulary.token_to_piece(LlamaToken(id), true, None),
        logprob: logit - normaliser,
    };
    (0..).zip(logits).map(tell).collect()
}

/// ln Σ exp(x), shifted by the largest so that nothing overflows.
fn log_sum_exp(logits: &[f32]) -> f32 {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = logits.iter().map(|logit| f64::from(logit - largest).exp()).sum();
    largest + sum.ln() as f32
}

/// The indices of the `count` largest, best first.
fn largest(logits: &[f32], count: usize) -> Vec<usize> {
    let count = count.min(logits.len());
    if count == 0 {
        return Vec::new();
    }
    let descending = |a: &usize, b: &usize| logits[*b].total_cmp(&logits[*a]);
    let mut order: Vec<usize> = (0..logits.len()).collect();
    order.select_nth_unstable_by(count - 1, descending);
    order.truncate(count);
    order.sort_unstable_by(descending);
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normaliser_survives_large_logits() {
        // ln(e^1000 + e^1000) = 1000 + ln 2
        assert!((log_sum_exp(&[1000.0, 1000.0]) - (1000.0 + std::f32::consts::LN_2)).abs() < 1e-3);
    }

    #[test]
    fn the_most_probable_come_best_first() {
        assert_eq!(largest(&[0.1, 3.0, -2.0, 2.0], 3), [1, 3, 0]);
        assert_eq!(largest(&[0.1], 5), [0]);
        assert!(largest(&[0.1], 0).is_empty());
    }
}
