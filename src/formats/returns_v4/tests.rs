//! The words of `returns-v4`: what is written reads back within its step, at any level of the price.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::formats::{AnswerShape, Opening, PieceKind, PromptFormat};
use crate::indicators;

const FORMAT: ReturnsV4 = ReturnsV4;

fn bars(closes: &[f64]) -> Vec<Bar> {
    let first = chrono::NaiveDate::from_ymd_opt(2012, 1, 2).unwrap();
    let bar = |(day, &close): (u64, &f64)| Bar {
        date: first + chrono::Days::new(day),
        open: None,
        high: None,
        low: None,
        close,
        volume: None,
    };
    (0..).zip(closes).map(bar).collect()
}

/// Closes that move by about one and a half percent a day.
fn closes(days: usize, first: f64) -> Vec<f64> {
    let mut close = first;
    (0..days)
        .map(|day| {
            close *= (0.015 * (day as f64 * 2.7).sin()).exp();
            close
        })
        .collect()
}

fn prompt(closes: &[f64], horizon: usize) -> String {
    let stats = indicators::stats(&bars(closes), closes.len());
    let series = SeriesWindow {
        ticker: "TEST",
        closes,
        stats: &stats,
        summary: None,
    };
    let shape = AnswerShape::after(closes, horizon, Opening::Model);
    FORMAT.encode(&series, &shape).unwrap()
}

#[test]
fn the_whole_prompt() {
    insta::assert_snapshot!(prompt(&closes(12, 80.0), 5), @"STATS: VOLATILITY=NULL LEVEL=17% TREND=NEUTRAL RSI=NULL CROSS=NULL HORIZON=5 DATA: +0.58 -1.07 +1.33 -1.29 +1.03 -0.62 +0.06 +0.51 -1.03 +1.33 -1.33 LEVEL=17% NOW=x1.08 NEXT:");
}

#[test]
fn a_prompt_is_the_same_at_every_level_of_the_price() {
    let at = |level: f64| prompt(&closes(200, level), 30);
    assert_eq!(at(80.0), at(0.000_012_34));
    assert_eq!(at(80.0), at(673_054.56));
}

#[test]
fn every_word_of_prompt_and_target_is_one_token() {
    let series = closes(220, 33.0);
    let (context, future) = series.split_at(180);
    let shape = AnswerShape::after(context, future.len(), Opening::Model);
    let (prompt, target) = (prompt(context, future.len()), FORMAT.target(&shape, future).unwrap());
    let tokens = vocabulary().encode(&prompt).unwrap();
    // 179 returns and eleven other words.
    assert_eq!(tokens.len(), 179 + 11);
    assert_eq!(vocabulary().encode(&target).unwrap().len(), future.len());
    let text: String = tokens
        .iter()
        .map(|&token| vocabulary().pieces()[token as usize].text.clone())
        .collect();
    assert_eq!(text, prompt);
    let unknown = vocabulary().encode("STATS: VOLATILITY=HUGE").unwrap_err();
    assert!(unknown.to_string().contains("VOLATILITY=HUGE"));
}

#[test]
fn no_two_words_are_equal() {
    let words: Vec<&str> = vocabulary().words().collect();
    let distinct: std::collections::BTreeSet<&str> = words.iter().copied().collect();
    assert_eq!(words.len(), distinct.len());
    let bytes = vocabulary()
        .pieces()
        .iter()
        .filter(|piece| piece.kind == PieceKind::Byte);
    assert_eq!(bytes.count(), 256);
}

#[test]
fn an_answer_that_is_no_row_of_returns_is_an_error() {
    let shape = AnswerShape::after(&closes(60, 10.0), 2, Opening::Model);
    let decode = |text: &str| FORMAT.decode(&shape, text, 0);
    assert!(decode(" +0.02 -0.47").is_ok());
    for text in ["", " +0.02 x", " +0.03 -0.47", " STATS: +0.02", " +0.02  -0.47"] {
        assert!(matches!(decode(text), Err(FormatError::NotAReturn { .. })), "{text:?}");
    }
    for text in [" +0.02", " +0.02 -0.47 +0.02"] {
        assert!(
            matches!(decode(text), Err(FormatError::Length { wanted: 2, .. })),
            "{text:?}"
        );
    }
    let far = AnswerShape::after(&closes(60, 10.0), 90, Opening::Model);
    let up = format!(" {}", bins::word(bins::COUNT - 1)).repeat(90);
    assert!(matches!(
        FORMAT.decode(&far, &up, 0),
        Err(FormatError::OutOfReach { .. })
    ));
    for impossible in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(
            FORMAT.target(&shape, &[10.0, impossible]),
            Err(FormatError::Unwritable { .. })
        ));
    }
}

#[test]
fn draws_fill_the_step_evenly() {
    let shape = AnswerShape::after(&closes(60, 10.0), 1, Opening::Model);
    let step = bins::step_of(0.4);
    let text = format!(" {}", bins::word(step));
    let mut places: Vec<f64> = (0..1_000)
        .map(|draw| {
            let price = FORMAT.decode(&shape, &text, draw).unwrap()[0];
            let scaled = (price / shape.last_close).ln() / shape.scale;
            (scaled - bins::edge(step)) / (bins::edge(step + 1) - bins::edge(step))
        })
        .collect();
    places.sort_by(f64::total_cmp);
    for (number, place) in places.iter().enumerate() {
        assert!((place - number as f64 / 1_000.0).abs() < 0.05, "{number}: {place}");
    }
}

#[test]
fn the_first_day_is_the_distribution_of_the_words_in_log_returns() {
    let shape = AnswerShape::after(&closes(60, 10.0), 5, Opening::Model);
    let (down, up) = (format!(" {}", bins::word(110)), format!(" {}", bins::word(125)));
    let shares = [(down.as_str(), 0.2), (up.as_str(), 0.6), ("x", 0.2)];
    let mut shares = shares
        .into_iter()
        .map(|(text, probability)| FirstDayShare { text, probability });
    let first = FORMAT.first_day(&shape, &mut shares).unwrap();
    assert_eq!(
        (first.edges.len(), first.probabilities.len()),
        (bins::COUNT + 1, bins::COUNT)
    );
    assert!((first.probabilities[110] - 0.25).abs() < 1e-12 && (first.probabilities[125] - 0.75).abs() < 1e-12);
    assert!((first.edges[125] / shape.scale - bins::edge(125)).abs() < 1e-12);
    assert!(FORMAT.first_day(&shape, &mut std::iter::empty()).is_none());
}

#[test]
fn an_example_is_scored_on_its_context_only_without_its_statistics() {
    let series = closes(220, 33.0);
    let (context, future) = series.split_at(180);
    let shape = AnswerShape::after(context, future.len(), Opening::Model);
    let (prompt, target) = (prompt(context, future.len()), FORMAT.target(&shape, future).unwrap());
    let weighed = |weights: &[f32]| weights.iter().filter(|weight| **weight > 0.0).count();
    let made = |number| {
        PromptFormat::ReturnsV4
            .training_tokens(&prompt, &target, number)
            .unwrap()
    };
    // The number decides; about a third of the examples keep their statistics.
    let (with, without): (Vec<_>, Vec<_>) = (0..300).map(made).partition(|example| weighed(&example.weights) == 40);
    assert!((80..120).contains(&with.len()), "{}", with.len());
    let (with, without) = (&with[0], &without[0]);
    let text = |token: u32| vocabulary().pieces()[token as usize].text.as_str();
    assert_eq!(with.tokens.len(), 1 + 179 + 11 + 40);
    assert_eq!(weighed(&without.weights), 40 + 149);
    assert!(
        without.tokens[..8]
            .iter()
            .filter(|&&token| text(token).ends_with("=NULL"))
            .count()
            == 5
    );
    // Behind the days, the level is known.
    let level = without
        .tokens
        .iter()
        .rposition(|&token| text(token).starts_with(" LEVEL="))
        .unwrap();
    assert!(level > 180 && !text(without.tokens[level]).ends_with("NULL"));
    let summary = PromptFormat::SummaryV0.training_tokens(&prompt, &target, 0);
    assert!(matches!(summary, Err(FormatError::NoVocabulary { .. })));
}

proptest! {
    #[test]
    fn a_path_reads_back_within_its_steps_and_writes_the_same_words(
        moves in proptest::collection::vec(-0.3..0.3_f64, 1..90),
        exponent in -5.0..6.0_f64,
        draw in any::<u64>(),
    ) {
        let context = closes(120, 10_f64.powf(exponent));
        let mut close = *context.last().unwrap();
        let path: Vec<f64> = moves.iter().map(|value| { close *= (value * value * value).exp(); close }).collect();
        let shape = AnswerShape::after(&context, path.len(), Opening::Prompt);
        let text = FORMAT.target(&shape, &path).unwrap();
        let grammar = FORMAT.grammar(&shape);
        let whole = regex::Regex::new(&format!("^(?:{})$", grammar.pattern)).unwrap();
        prop_assert!(whole.is_match(&text), "{}", text);
        prop_assert!(text.chars().count() < grammar.longest);
        let back = FORMAT.decode(&shape, &text, draw).unwrap();
        prop_assert_eq!(back.len(), path.len());
        prop_assert_eq!(FORMAT.target(&shape, &back).unwrap(), text);
    }
}

#[test]
fn the_grammar_admits_the_words_and_nothing_else() {
    let shape = AnswerShape::after(&closes(60, 10.0), 1, Opening::Model);
    let whole = regex::Regex::new(&format!("^(?:{})$", FORMAT.grammar(&shape).pattern)).unwrap();
    let admitted = |text: &str| whole.is_match(text);
    assert!((0..bins::COUNT).all(|step| admitted(&format!(" {}", bins::word(step)))));
    let hundredths = (-2_600..=2_600).map(|number| format!(" {:+.2}", f64::from(number) / 100.0));
    assert_eq!(hundredths.filter(|text| admitted(text)).count(), bins::COUNT);
}
