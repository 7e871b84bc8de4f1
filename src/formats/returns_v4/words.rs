//! The words beside the returns: the statistics and the horizon before the days, the level of volatility behind them. All words
//! together are the format's vocabulary.

use std::sync::LazyLock;

use super::bins;
use crate::formats::stats_block::{trend_word, volatility_word};
use crate::formats::vocabulary::Vocabulary;
use crate::indicators::Stats;

/// What a statistic is when the history is too short for it.
const NONE: &str = "NULL";

/// The word before the days.
const DATA: &str = "DATA:";

/// The name of the level of volatility.
const LEVEL: &str = "LEVEL";

/// The longest horizon that has a word.
const LONGEST_HORIZON: usize = 90;

/// Lowest and highest class of yearly volatility, fractions.
const LEVELS: (f64, f64) = (0.05, 2.0);

/// Lowest and highest class of the current volatility over that of the context.
const RATIOS: (f64, f64) = (0.3, 3.3);

/// Classes of each of the two, in equal ratios.
const CLASSES: usize = 16;

/// The words that state the history's statistics, by their name.
const STATISTICS: [(&str, &[&str]); 4] = [
    ("VOLATILITY", &["LOW", "NORMAL", "HIGH"]),
    ("TREND", &["BEARISH", "NEUTRAL", "BULLISH"]),
    (
        "RSI",
        &["0", "10", "20", "30", "40", "50", "60", "70", "80", "90", "100"],
    ),
    ("CROSS", &["FALSE", "TRUE"]),
];

/// The words of a history's statistics, in the order of the prompt: volatility class, trend, RSI to the nearest ten, whether the
/// 50-day average is above the 200-day one.
pub(super) fn statistics(stats: &Stats) -> [String; 4] {
    let class = stats.volatility_class.map(volatility_word);
    let trend = stats.trend.map(trend_word);
    let rsi = stats.rsi_14.map(|rsi| format!("{:.0}", (rsi / 10.0).round() * 10.0));
    let cross = stats.sma_50_above_200.map(|above| if above { "TRUE" } else { "FALSE" });
    let word = |name: usize, value: Option<&str>| format!("{}={}", STATISTICS[name].0, value.unwrap_or(NONE));
    [word(0, class), word(1, trend), word(2, rsi.as_deref()), word(3, cross)]
}

/// The word of a yearly volatility, a fraction.
pub(super) fn level(yearly: f64) -> String {
    level_word(class_of(yearly, LEVELS))
}

/// The word of the current volatility over that of the context.
pub(super) fn ratio(ratio: f64) -> String {
    ratio_word(class_of(ratio, RATIOS))
}

/// The word of a horizon, in days.
pub(super) fn horizon(days: usize) -> String {
    format!("HORIZON={}", days.clamp(1, LONGEST_HORIZON))
}

fn level_word(class: usize) -> String {
    format!("{LEVEL}={:.0}%", middle(class, LEVELS) * 100.0)
}

fn ratio_word(class: usize) -> String {
    format!("NOW=x{:.2}", middle(class, RATIOS))
}

/// The nearest class of a value, by ratio.
fn class_of(value: f64, (low, high): (f64, f64)) -> usize {
    let place = (value / low).ln() / (high / low).ln() * (CLASSES - 1) as f64;
    // Not a number only for a series that never moved: the lowest class.
    place.round().clamp(0.0, (CLASSES - 1) as f64) as usize
}

fn middle(class: usize, (low, high): (f64, f64)) -> f64 {
    low * (high / low).powf(class as f64 / (CLASSES - 1) as f64)
}

/// The vocabulary of the format.
pub(in crate::formats) fn vocabulary() -> &'static Vocabulary {
    static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
        let returns = (0..bins::COUNT).map(bins::word);
        let marks = [DATA, "NEXT:"].map(str::to_owned);
        let statistics = STATISTICS.iter().flat_map(|(name, values)| {
            let values = values.iter().chain([&NONE]);
            values.map(move |value| format!("{name}={value}"))
        });
        let unknown = format!("{LEVEL}={NONE}");
        let levels = (0..CLASSES)
            .map(level_word)
            .chain((0..CLASSES).map(ratio_word))
            .chain([unknown]);
        let horizons = (1..=LONGEST_HORIZON).map(horizon);
        let spaced = returns.chain(marks).chain(statistics).chain(levels).chain(horizons);
        let words = spaced.map(|word| format!(" {word}")).chain(["STATS:".to_owned()]);
        Vocabulary::of_words(words, Some(0..bins::COUNT as u32))
    });
    &VOCABULARY
}

/// The token of the word before the days.
pub(super) fn data() -> Option<u32> {
    vocabulary().token(&format!(" {DATA}"))
}

/// For a token that states a statistic, the one that says it is not known.
pub(super) fn unknown_of(token: u32) -> Option<u32> {
    let text = &vocabulary().pieces().get(token as usize)?.text;
    let (name, _) = text.trim_start().split_once('=')?;
    let mut statistics = STATISTICS.iter().map(|(statistic, _)| *statistic).chain([LEVEL]);
    let is_statistic = statistics.any(|statistic| statistic == name);
    is_statistic.then(|| vocabulary().token(&format!(" {name}={NONE}")))?
}
