//! Training examples as tokens, with the weight of each token in the loss.
//!
//! A model also learns from the days of the context, each predicted from those before it. The statistics describe the last day of
//! the context, so they would give those days away: an example either has its statistics and is scored on its completion alone,
//! or it has none and is scored on its context, too.

use super::words::{data, unknown_of, vocabulary};
use crate::formats::series_format::{FormatError, TrainingTokens};
use crate::scoring::SplitMix64;

/// Weight of a day of the context, where a day of the completion has 1.
const CONTEXT_WEIGHT: f32 = 0.4;

/// Days at the beginning that are not scored: their scale rests on too few days.
const UNSCORED: usize = 30;

/// The share of examples that keep their statistics.
const WITH_STATISTICS: f64 = 1.0 / 3.0;

/// The tokens of an example. `number` decides whether it keeps its statistics.
pub(in crate::formats) fn training_tokens(
    prompt: &str,
    completion: &str,
    number: u64,
) -> Result<TrainingTokens, FormatError> {
    let words = vocabulary();
    let mut tokens = vec![words.bos()];
    tokens.extend(words.encode(prompt)?);
    let begun = tokens.len();
    tokens.extend(words.encode(completion)?);
    let mut weights = vec![0.0; begun];
    weights.resize(tokens.len(), 1.0);
    if SplitMix64(number).fraction() >= WITH_STATISTICS {
        let header = tokens.iter().position(|&token| Some(token) == data()).unwrap_or(0);
        for token in &mut tokens[..header] {
            *token = unknown_of(*token).unwrap_or(*token);
        }
        let graded = words.graded().unwrap_or_default();
        let is_day = |(_, token): &(usize, &u32)| graded.contains(token);
        let days = tokens[..begun].iter().enumerate().filter(is_day).skip(UNSCORED);
        for (at, _) in days {
            weights[at] = CONTEXT_WEIGHT;
        }
    }
    Ok(TrainingTokens { tokens, weights })
}
