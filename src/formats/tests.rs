//! The same tests of the four operations for every format, and a snapshot of each prompt.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::indicators::{self, Stats};
use crate::market::Bar;

/// The formats whose answers are lists of prices.
const LISTS: [PromptFormat; 4] = [
    PromptFormat::SeedV1,
    PromptFormat::StatsV2,
    PromptFormat::ScaledV3,
    PromptFormat::SummaryV0,
];

fn answer(horizon: usize, last_close: f64, opening: Opening) -> AnswerShape {
    AnswerShape {
        horizon,
        last_close,
        scale: 0.01,
        opening,
    }
}

fn window<'a>(closes: &'a [f64], stats: &'a Stats) -> SeriesWindow<'a> {
    SeriesWindow {
        ticker: "TEST",
        closes,
        stats,
        summary: Some("The price rose day after day."),
    }
}

/// The prompt for closes without other statistics.
fn prompt(format: PromptFormat, closes: &[f64], opening: Opening) -> Result<String, FormatError> {
    let stats = indicators::stats(&[], 0);
    let last_close = *closes.last().unwrap();
    format
        .format()
        .encode(&window(closes, &stats), &answer(5, last_close, opening))
}

/// The prompt for eight fixed days.
fn rendered(format: PromptFormat) -> String {
    let bars: Vec<Bar> = (0..8)
        .map(|day| Bar {
            date: chrono::NaiveDate::from_ymd_opt(2013, 2, 4 + day).unwrap(),
            open: None,
            high: None,
            low: None,
            close: 100.0 + f64::from(day) * 1.25,
            volume: None,
        })
        .collect();
    let closes: Vec<f64> = bars.iter().map(|bar| bar.close).collect();
    let stats = indicators::stats(&bars, 8);
    let answer = answer(5, 108.75, Opening::Model);
    format.format().encode(&window(&closes, &stats), &answer).unwrap()
}

#[test]
fn the_whole_seed_v1_prompt() {
    insta::assert_snapshot!(rendered(PromptFormat::SeedV1), @r"
    TASK: Continue the series of daily closing prices.
    STOCK: TEST
    STATISTICS: mean=104.38, std_dev=3.06, trend=upward
    CONTEXT_DAYS: 8
    DATA: [100.00, 101.25, 102.50, 103.75, 105.00, 106.25, 107.50, 108.75]
    Predict the next 5 closing prices.
    PREDICTION:
    ");
}

#[test]
fn the_whole_stats_v2_prompt() {
    insta::assert_snapshot!(rendered(PromptFormat::StatsV2), @r"
    STOCK: TEST
    STATS: {VOLATILITY: NULL, TREND: BULLISH, RSI: NULL, MA50_X_MA200: NULL, SUPPORT: NULL, RESISTANCE: NULL}
    CONTEXT_DAYS: 8
    HORIZON: 5
    DATA: [100.00, 101.25, 102.50, 103.75, 105.00, 106.25, 107.50, 108.75]
    PREDICTION:
    ");
}

#[test]
fn the_whole_scaled_v3_prompt() {
    insta::assert_snapshot!(rendered(PromptFormat::ScaledV3), @r"
    STOCK: TEST
    SCALE: 500 is the last close
    STATS: {VOLATILITY: NULL, TREND: BULLISH, RSI: NULL, MA50_X_MA200: NULL, SUPPORT: NULL, RESISTANCE: NULL}
    CONTEXT_DAYS: 8
    HORIZON: 5
    DATA: [460, 466, 471, 477, 483, 489, 494, 500]
    PREDICTION:
    ");
}

#[test]
fn the_whole_summary_v0_prompt() {
    insta::assert_snapshot!(rendered(PromptFormat::SummaryV0), @r"
    STOCK: TEST
    SUMMARY: The price rose day after day.
    CONTEXT_DAYS: 8
    HORIZON: 5
    DATA: [100.00, 101.25, 102.50, 103.75, 105.00, 106.25, 107.50, 108.75]
    PREDICTION:
    ");
}

#[test]
fn a_prompt_for_an_untrained_model_opens_the_list_with_the_last_close() {
    let closes = [101.0, 104.5];
    let end = |format| prompt(format, &closes, Opening::Prompt).unwrap();
    assert!(end(PromptFormat::StatsV2).ends_with("PREDICTION: [104.50"));
    assert!(end(PromptFormat::ScaledV3).ends_with("PREDICTION: [500"));
}

#[test]
fn a_prompt_without_the_summary_that_its_format_needs_is_refused() {
    let stats = indicators::stats(&[], 0);
    let series = SeriesWindow {
        summary: None,
        ..window(&[1.0, 2.0], &stats)
    };
    for &format in PromptFormat::ALL {
        let encoded = format.format().encode(&series, &answer(1, 2.0, Opening::Model));
        assert_eq!(
            matches!(encoded, Err(FormatError::NoSummary)),
            format.format().needs_summary(),
            "{format}"
        );
    }
}

#[test]
fn prices_that_two_decimals_would_blur_are_refused_and_scaled_v3_is_named() {
    // Crypto-like prices, and a share below a dollar whose adjusted closes have more digits than cents.
    for last in [0.000_012_34, 0.043_21, 0.456_7] {
        let closes: Vec<f64> = (0..40).map(|day| last * (1.0 + 0.013 * f64::from(day % 4))).collect();
        for format in [PromptFormat::SeedV1, PromptFormat::StatsV2, PromptFormat::SummaryV0] {
            let refused = prompt(format, &closes, Opening::Model).unwrap_err();
            assert!(matches!(refused, FormatError::Blurred { .. }), "{format} {last}");
            assert!(refused.to_string().contains("--prompt-format scaled-v3"), "{refused}");
        }
        assert!(
            prompt(PromptFormat::ScaledV3, &closes, Opening::Model).is_ok(),
            "{last}"
        );
    }
}

#[test]
fn prices_that_two_decimals_tell_apart_are_not_refused() {
    let cents: Vec<f64> = (0..40).map(|day| f64::from(50 + day % 3) / 100.0).collect();
    let flat = [1.0; 40];
    let adjusted: Vec<f64> = (0..40).map(|day| 2.3 * 1.0213_f64.powi(day % 5)).collect();
    let large: Vec<f64> = (0..40).map(|day| 673_054.56 + f64::from(day % 7) * 1_000.0).collect();
    let treasury_bills: Vec<f64> = (0..40).map(|day| 91.4 + 0.0143 * f64::from(day)).collect();
    for closes in [&cents[..], &flat, &adjusted, &large, &treasury_bills] {
        assert!(
            prompt(PromptFormat::SeedV1, closes, Opening::Model).is_ok(),
            "{closes:?}"
        );
    }
}

#[test]
fn an_answer_that_is_not_the_whole_list_is_an_error_that_says_why() {
    let shape = answer(2, 2.0, Opening::Model);
    let decode = |text: &str| PromptFormat::SeedV1.format().decode(&shape, text, 0);
    assert_eq!(decode(" [1.50, 2.25]").unwrap(), [1.5, 2.25]);
    for text in ["[1.50, 2.25", "1.50, 2.25", "", "1.50, 2.25]"] {
        assert!(matches!(decode(text), Err(FormatError::NotAList)), "{text:?}");
    }
    for text in ["[1.50]", "[1.50, 2.25, 3.00]"] {
        assert!(
            matches!(decode(text), Err(FormatError::Length { wanted: 2, .. })),
            "{text:?}"
        );
    }
    for text in ["[1.50, 0.00]", "[1.50, x]", "[]", "[1.50, -2.00]", "[1.50, inf]"] {
        assert!(matches!(decode(text), Err(FormatError::NotAPrice { .. })), "{text:?}");
    }
}

#[test]
fn scaled_prices_come_back_in_price_units() {
    let decode = |last_close, text| {
        PromptFormat::ScaledV3
            .format()
            .decode(&answer(3, last_close, Opening::Model), text, 0)
    };
    assert_eq!(decode(250.0, " [500, 505, 490]").unwrap(), [250.0, 252.5, 245.0]);
    assert_eq!(
        decode(0.000_012_34, " [500, 505, 490]").unwrap(),
        [0.000_012_34, 0.000_012_463_4, 0.000_012_093_2]
    );
    assert_eq!(
        decode(673_054.56, " [500, 501, 499]").unwrap(),
        [673_054.56, 674_400.669_1, 671_708.450_9]
    );
    assert!(matches!(
        decode(250.0, " [500, 505.5, 490]"),
        Err(FormatError::NotAPrice { .. })
    ));
}

#[test]
fn a_path_without_a_text_has_no_target() {
    for format in LISTS {
        let target = |path: &[f64]| format.format().target(&answer(2, 50.0, Opening::Model), path);
        assert!(matches!(
            target(&[50.0]),
            Err(FormatError::Length { wanted: 2, found: 1 })
        ));
        for impossible in [0.0, -1.0, 0.004, 50_000.0, f64::NAN, f64::INFINITY] {
            let written = target(&[50.0, impossible]);
            assert!(
                matches!(written, Err(FormatError::Unwritable { .. })),
                "{format} {impossible}"
            );
        }
    }
}

#[test]
fn examples_of_a_series_are_the_prompts_and_targets_of_its_windows() {
    let bars: Vec<Bar> = (0..300)
        .map(|day| Bar {
            date: chrono::NaiveDate::from_ymd_opt(2012, 1, 2).unwrap() + chrono::Days::new(day),
            open: None,
            high: None,
            low: None,
            close: 20.0 * (1.0 + 0.3 * (day as f64 * 0.37).sin()) + 0.013 * day as f64,
            volume: None,
        })
        .collect();
    let closes: Vec<f64> = bars.iter().map(|bar| bar.close).collect();
    for format in PromptFormat::ALL.iter().map(|name| name.format()) {
        if format.needs_summary() {
            assert!(matches!(format.examples("TEST", &bars), Err(FormatError::NoSummary)));
            continue;
        }
        let mut examples = format.examples("TEST", &bars).unwrap();
        for (start, context, horizon) in [(0, 30, 1), (7, 61, 30), (0, 290, 10), (110, 180, 10)] {
            let window = ExampleWindow {
                start,
                context,
                horizon,
            };
            let (mut prompt, mut completion) = (String::new(), String::new());
            examples.write(window, &mut prompt, &mut completion).unwrap();
            let stats = indicators::stats(&bars[..window.split()], context);
            let shape = AnswerShape::after(&closes[start..window.split()], horizon, Opening::Model);
            let series = self::window(&closes[start..window.split()], &stats);
            assert_eq!(prompt, format.encode(&series, &shape).unwrap());
            assert_eq!(
                completion,
                format.target(&shape, &closes[window.split()..window.end()]).unwrap()
            );
        }
    }
}

#[test]
fn an_example_that_the_format_cannot_write_is_refused() {
    let bars: Vec<Bar> = [1.0, 1.01, 1.02, 200.0]
        .into_iter()
        .map(|close| Bar {
            date: chrono::NaiveDate::from_ymd_opt(2012, 1, 2).unwrap(),
            open: None,
            high: None,
            low: None,
            close,
            volume: None,
        })
        .collect();
    for format in [PromptFormat::SeedV1, PromptFormat::StatsV2, PromptFormat::ScaledV3] {
        let mut examples = format.format().examples("TEST", &bars).unwrap();
        let window = ExampleWindow {
            start: 0,
            context: 3,
            horizon: 1,
        };
        let refused = examples.write(window, &mut String::new(), &mut String::new());
        assert!(matches!(refused, Err(FormatError::Unwritable { .. })), "{format}");
    }
}

fn whole(grammar: &AnswerGrammar) -> regex::Regex {
    regex::Regex::new(&format!("^(?:{})$", grammar.pattern)).unwrap()
}

#[test]
fn the_grammar_admits_no_other_notation_of_a_price() {
    let grammar = |format: PromptFormat| whole(&format.format().grammar(&answer(1, 50.0, Opening::Model)));
    let (two, scaled) = (grammar(PromptFormat::SeedV1), grammar(PromptFormat::ScaledV3));
    for text in [" [50.00]", " [0.01]", " [999.99]"] {
        assert!(two.is_match(text), "{text}");
    }
    for text in [
        " [0.00]",
        " [050.00]",
        " [50.0]",
        " [50]",
        " [1000.00]",
        "[50.00]",
        " [50.00",
        " [.50]",
    ] {
        assert!(!two.is_match(text), "{text}");
    }
    for text in [" [0]", " [0500]", " [500.00]", " [10000]", "[500]"] {
        assert!(!scaled.is_match(text), "{text}");
    }
    assert!(scaled.is_match(" [1]") && scaled.is_match(" [9999]"));
}

/// Last closes from the smallest price that a format must support to the largest.
fn last_close(format: PromptFormat) -> impl Strategy<Value = f64> {
    let lowest = if format == PromptFormat::ScaledV3 { -6.0 } else { -1.0 };
    (lowest..6.0_f64).prop_map(|exponent| 10_f64.powf(exponent))
}

fn cases() -> impl Strategy<Value = (PromptFormat, Opening, f64, Vec<f64>)> {
    let format = proptest::sample::select(&LISTS[..]);
    let opening = proptest::sample::select(&[Opening::Model, Opening::Prompt][..]);
    (format, opening).prop_flat_map(|(format, opening)| {
        let path = proptest::collection::vec(0.2..9.0_f64, 1..90);
        (Just(format), Just(opening), last_close(format), path).prop_map(|(format, opening, last, factors)| {
            (
                format,
                opening,
                last,
                factors.into_iter().map(|factor| factor * last).collect(),
            )
        })
    })
}

/// Texts that a grammar admits.
fn admitted() -> impl Strategy<Value = (PromptFormat, f64, String)> {
    let format = proptest::sample::select(&LISTS[..]);
    (format, 0.01..100_000.0_f64).prop_flat_map(|(format, last)| {
        let grammar = format.format().grammar(&answer(3, last, Opening::Model));
        let text = proptest::string::string_regex(&grammar.pattern).unwrap();
        (Just(format), Just(last), text)
    })
}

proptest! {
    #[test]
    fn the_target_of_a_path_is_admitted_fits_and_reads_back_to_the_formats_precision(
        (format, opening, last, path) in cases(),
    ) {
        let (format, precision) = match format {
            PromptFormat::ScaledV3 => (format.format(), last / 1_000.0),
            _ => (format.format(), 0.005),
        };
        let shape = answer(path.len(), last, opening);
        let text = format.target(&shape, &path).unwrap();
        let grammar = format.grammar(&shape);
        prop_assert!(whole(&grammar).is_match(&text), "{text}");
        prop_assert!(text.chars().count() < grammar.longest);
        let back = format.decode(&shape, &text, 0).unwrap();
        for (price, back) in path.iter().zip(&back) {
            prop_assert!((price - back).abs() <= precision * (1.0 + 1e-6), "{price} {back}");
        }
        // Writing the parsed prices gives the same text.
        prop_assert_eq!(format.target(&shape, &back).unwrap(), text);
    }

    #[test]
    fn what_the_grammar_admits_is_a_target((format, last, text) in admitted()) {
        let shape = answer(3, last, Opening::Model);
        let path = format.format().decode(&shape, &text, 0).unwrap();
        prop_assert_eq!(format.format().target(&shape, &path).unwrap(), text);
    }

    #[test]
    fn a_prompt_holds_every_price_and_is_a_function_of_its_inputs(
        cents in proptest::collection::vec(1..10_000_000_u32, 2..400),
        format in proptest::sample::select(&LISTS[..]),
    ) {
        let closes: Vec<f64> = cents.iter().map(|&cents| f64::from(cents) / 100.0).collect();
        let text = prompt(format, &closes, Opening::Model).unwrap();
        prop_assert_eq!(&text, &prompt(format, &closes, Opening::Model).unwrap());
        let list = text.split_once("DATA: [").unwrap().1.split_once(']').unwrap().0;
        let last = *closes.last().unwrap();
        let back: Vec<f64> = list.split(", ").map(|price| price.parse().unwrap()).collect();
        let shown: Vec<f64> = match format {
            PromptFormat::ScaledV3 => closes.iter().map(|close| (close / last * 500.0).round().max(1.0)).collect(),
            _ => closes,
        };
        prop_assert_eq!(back, shown);
        prop_assert!(text.ends_with("PREDICTION:"));
    }
}
