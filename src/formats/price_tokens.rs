//! The formats that write prices as text, for a model trained from scratch: a vocabulary of single characters, and training examples
//! as its tokens with the weight of each in the loss. A general model asked in these formats has a tokenizer of its own.

use std::sync::LazyLock;

use super::series_format::{FormatError, TrainingTokens};
use super::vocabulary::Vocabulary;

/// Weight of a character of the prompt's closes, where one of the completion has 1: as for a day of the context in `returns-v4`.
const CONTEXT_WEIGHT: f32 = 0.4;

/// The line break and the printable characters of ASCII. They are all that a prompt is made of, whatever the ticker.
pub(super) fn vocabulary() -> &'static Vocabulary {
    static VOCABULARY: LazyLock<Vocabulary> =
        LazyLock::new(|| Vocabulary::of_characters(['\n'].into_iter().chain(' '..='~')));
    &VOCABULARY
}

/// The tokens of an example. The completion is scored, with the token that ends the text, and so are the closes of the prompt: they
/// teach what a price looks like and how far the next one moves. The rest of a prompt is the same in every example or, like a
/// ticker, follows from nothing.
pub(super) fn training_tokens(prompt: &str, completion: &str) -> Result<TrainingTokens, FormatError> {
    let characters = vocabulary();
    // The closes are the last list of a prompt.
    let (before, closes) = match (prompt.rfind('['), prompt.rfind(']')) {
        (Some(open), Some(close)) if open < close => (&prompt[..=open], &prompt[open + 1..=close]),
        _ => (prompt, ""),
    };
    let after = &prompt[before.len() + closes.len()..];
    let (mut tokens, mut weights) = (vec![characters.bos()], vec![0.0]);
    for (text, weight) in [(before, 0.0), (closes, CONTEXT_WEIGHT), (after, 0.0), (completion, 1.0)] {
        tokens.extend(characters.encode(text)?);
        weights.resize(tokens.len(), weight);
    }
    tokens.push(characters.eos());
    weights.push(1.0);
    Ok(TrainingTokens { tokens, weights })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::formats::PromptFormat;

    /// The text of the tokens with a weight, those with the same weight together.
    fn weighed(example: &TrainingTokens) -> Vec<(f32, String)> {
        let mut found: Vec<(f32, String)> = Vec::new();
        for (&token, &weight) in example.tokens.iter().zip(&example.weights) {
            let text = &vocabulary().pieces()[token as usize].text;
            match found.last_mut() {
                Some((last, all)) if *last == weight => all.push_str(text),
                _ => found.push((weight, text.clone())),
            }
        }
        found.retain(|(weight, _)| *weight > 0.0);
        found
    }

    #[test]
    fn the_closes_and_the_completion_are_scored_and_the_words_around_them_are_not() {
        let prompt = "STOCK: X[1]\nDATA: [10.00, 10.50]\nPredict the next 2 closing prices.\nPREDICTION:";
        let example = training_tokens(prompt, " [10.25, 9.75]").unwrap();
        assert_eq!(
            weighed(&example),
            [
                (CONTEXT_WEIGHT, "10.00, 10.50]".to_owned()),
                (1.0, " [10.25, 9.75]</s>".to_owned())
            ]
        );
        assert_eq!(example.tokens.len(), 1 + prompt.len() + " [10.25, 9.75]".len() + 1);
    }

    #[test]
    fn a_character_is_one_token_and_any_other_its_bytes() {
        let encode = |text: &str| vocabulary().encode(text).unwrap();
        assert_eq!(encode("\n ~").len(), 3);
        let bytes: Vec<String> = encode("é")
            .iter()
            .map(|&token| vocabulary().pieces()[token as usize].text.clone())
            .collect();
        assert_eq!(bytes, ["<0xC3>", "<0xA9>"]);
        assert!(encode("").is_empty());
        assert_eq!(encode("<s></s>").len(), 7, "a control token's name is text");
    }

    #[test]
    fn only_a_format_whose_days_are_words_speaks_them() {
        for format in [PromptFormat::SeedV1, PromptFormat::StatsV2, PromptFormat::ScaledV3] {
            assert!(format.vocabulary().is_some() && format.words().is_none(), "{format}");
        }
        assert!(PromptFormat::ReturnsV4.words().is_some());
        assert!(PromptFormat::SummaryV0.vocabulary().is_none());
    }
}
