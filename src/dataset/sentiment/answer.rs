//! The reporter's answer about a headline: the schema that it must follow, and its reading. Pure. The schema has one branch for
//! each label, so that a label and a score of different signs cannot be written; the reading checks it again.

use serde::Deserialize;
use serde_json::{Value, json};

use super::error::SentimentError;
use super::row::Judgement;
use crate::analysis::Label;
use crate::engine::Grammar;
use crate::text::clean;

/// Token limit of an answer. The longest that the schema admits has 62 characters, and a token has at least one.
pub(crate) const ANSWER_TOKENS: usize = 64;

/// Scores are multiples of 1/20: finer ones would be noise, and a number that must be one of a list cannot go on for ever.
const SCORE_STEPS: i32 = 20;

/// The largest change of a day that a model may expect, in tenths of a percent.
const LARGEST_CHANGE: i32 = 100;

/// The most characters of an answer in a message.
const SHOWN: usize = 120;

/// The grammar of an answer: a JSON schema.
pub(crate) fn answer_grammar() -> Grammar {
    Grammar::JsonSchema(schema().to_string())
}

fn schema() -> Value {
    let of = |label: Label, scores: Vec<f64>| {
        json!({
            "type": "object",
            "properties": {
                "label": {"const": label},
                "score": {"enum": scores},
                "next_day_change": {"$ref": "#/$defs/change"},
            },
            "required": ["label", "score", "next_day_change"],
            "additionalProperties": false,
        })
    };
    let steps = |sign: f64| -> Vec<f64> {
        (1..=SCORE_STEPS)
            .map(|step| sign * f64::from(step) / f64::from(SCORE_STEPS))
            .collect()
    };
    let changes: Vec<f64> = (-LARGEST_CHANGE..=LARGEST_CHANGE)
        .map(|tenths| f64::from(tenths) / 10.0)
        .collect();
    json!({
        "anyOf": [
            of(Label::Positive, steps(1.0)),
            of(Label::Negative, steps(-1.0)),
            of(Label::Neutral, vec![0.0]),
        ],
        "$defs": {"change": {"enum": changes}},
    })
}

/// Reads an answer.
///
/// # Errors
///
/// [`SentimentError::Answer`] if it is not an object of the schema, or if its label and its score differ in sign.
pub(crate) fn read_answer(text: &str) -> Result<Judgement, SentimentError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Answer {
        label: Label,
        score: f64,
        next_day_change: f64,
    }
    let wrong = |reason: String| SentimentError::Answer {
        reason,
        answer: clean(text).chars().take(SHOWN).collect(),
    };
    let Answer {
        label,
        score,
        next_day_change,
    } = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
    if !(-1.0..=1.0).contains(&score) {
        return Err(wrong("its score is not between -1 and 1".into()));
    }
    let same_sign = match label {
        Label::Positive => score > 0.0,
        Label::Negative => score < 0.0,
        Label::Neutral => score == 0.0,
    };
    if !same_sign {
        return Err(wrong("its label and its score differ in sign".into()));
    }
    Ok(Judgement {
        label,
        score,
        next_day_change,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use sha2::{Digest, Sha256};

    use super::super::question::PROMPT_VERSION;
    use super::*;
    use crate::engine::draw_from_schema;

    #[test]
    fn every_answer_of_the_schema_has_a_label_and_a_score_of_one_sign_and_fits() {
        let mut labels = BTreeSet::new();
        for seed in 0..60 {
            let text = draw_from_schema(&schema(), seed).unwrap().unwrap();
            assert!(text.len() < ANSWER_TOKENS, "{text}");
            let judgement = read_answer(&text).unwrap();
            assert!(judgement.next_day_change.abs() <= 10.0, "{text}");
            labels.insert(judgement.label);
        }
        assert_eq!(labels.len(), 3, "each label can be answered");
        let longest = r#"{"label": "negative", "score": -0.95, "next_day_change": -10.0}"#;
        assert!(longest.len() < ANSWER_TOKENS);
    }

    #[test]
    fn another_schema_needs_another_version() {
        let hash = hex::encode(&Sha256::digest(schema().to_string())[..8]);
        assert_eq!(
            (PROMPT_VERSION, hash.as_str()),
            ("headline-label-v1", "cfa8bbf277a69a25")
        );
    }

    #[test]
    fn a_label_and_a_score_of_different_signs_are_refused() {
        let answer = |label: &str, score: &str| {
            read_answer(&format!(
                r#"{{"label": "{label}", "score": {score}, "next_day_change": 0.5}}"#
            ))
        };
        for (label, score) in [("positive", "0.05"), ("negative", "-1.0"), ("neutral", "0")] {
            assert_eq!(answer(label, score).unwrap().label.as_str(), label);
        }
        for (label, score) in [
            ("positive", "-0.5"),
            ("positive", "0"),
            ("negative", "0.5"),
            ("neutral", "0.1"),
        ] {
            let error = answer(label, score).unwrap_err().to_string();
            assert!(error.contains("differ in sign"), "{error}");
        }
        assert!(answer("positive", "1.5").is_err());
    }

    #[test]
    fn what_is_no_answer_is_shown_without_its_control_characters() {
        for text in ["", "\u{1b}[2Jpositive", "{\"label\": \"positive\", \"score\": 0.5"] {
            let error = read_answer(text).unwrap_err().to_string();
            assert!(!error.contains('\u{1b}'), "{error}");
        }
    }
}
