//! The indicators in words: plain sentences written by code for the reporter's prompt. A small model that sees figures repeats
//! them in the wrong places; given their meaning in words, it has something to write about.

use super::locales::wording;
use super::wording::Mood;
use crate::analysis::{Counts, Direction, Sentiment};
use crate::grounding::Locale;
use crate::indicators::VolatilityClass;
use crate::stages::in_flight::InFlight;

/// A net score beyond this is a clearly positive or negative mood.
const CLEAR: f64 = 0.15;

/// A monthly return within this fraction counts as no movement.
pub(super) const FLAT: f64 = 0.02;

/// Describes a job in sentences, from the stages that have run.
pub(super) fn readings(job: &InFlight) -> Vec<String> {
    let stats = &job.stats;
    let mut readings = Vec::new();
    let mut say = |sentence: Option<String>| readings.extend(sentence);
    say(stats
        .return_21d
        .map(|change| format!("Over the last month the price {}.", moved(change))));
    say(stats.sma_50_above_200.map(|above| {
        let (side, sign) = if above {
            ("above", "strength")
        } else {
            ("below", "weakness")
        };
        format!("The short moving average lies {side} the long one, a sign of {sign}.")
    }));
    say(stats.sma_200.map(|average| {
        let side = if job.last_close() >= average { "above" } else { "below" };
        format!("The price is {side} its long moving average.")
    }));
    say(stats.rsi_14.map(|index| {
        let words = match index {
            index if index >= 70.0 => "overbought",
            index if index <= 30.0 => "oversold",
            _ => "neither overbought nor oversold",
        };
        format!("By its relative strength the stock is {words}.")
    }));
    say(stats.volatility_class.map(|class| {
        let words = match class {
            VolatilityClass::Low => "calmer than usual",
            VolatilityClass::Normal => "as lively as usual",
            VolatilityClass::High => "more volatile than usual",
        };
        format!("The stock is {words}.")
    }));
    say(job.forecast.as_ref().map(|forecast| {
        let words = match forecast.direction {
            Direction::Bullish => "up",
            Direction::Neutral => "sideways",
            Direction::Bearish => "down",
        };
        let reliable = if forecast.reliable { "" } else { ", and is not reliable" };
        format!("The forecast points {words}{reliable}.")
    }));
    say(job
        .sentiment
        .as_ref()
        .filter(|sentiment| !sentiment.headlines.is_empty())
        .map(|sentiment| wording(Locale::En).mood(mood(sentiment))));
    say(job
        .sentiment
        .as_ref()
        .and_then(|sentiment| majority(sentiment.counts))
        .map(str::to_owned));
    readings
}

/// The net score as a mood.
pub(super) fn mood(sentiment: &Sentiment) -> Mood {
    match sentiment.net_score {
        score if score > CLEAR => Mood::Good,
        score if score < -CLEAR => Mood::Bad,
        _ => Mood::Mixed,
    }
}

/// How many headlines of each label there are, in words; `None` without headlines.
fn majority(counts: Counts) -> Option<&'static str> {
    let Counts {
        positive,
        negative,
        neutral,
    } = counts;
    Some(match positive + negative + neutral {
        0 => return None,
        all if positive * 2 > all => "Most headlines are positive.",
        all if negative * 2 > all => "Most headlines are negative.",
        all if neutral * 2 > all => "Most headlines are neutral.",
        _ if positive > negative => "More headlines are positive than negative.",
        _ if negative > positive => "More headlines are negative than positive.",
        _ => "As many headlines are positive as negative.",
    })
}

fn moved(change: f64) -> &'static str {
    match change {
        change if change > FLAT => "rose",
        change if change < -FLAT => "fell",
        _ => "hardly moved",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_within_two_per_cent_is_no_movement() {
        assert_eq!(
            (moved(0.05), moved(-0.05), moved(0.01)),
            ("rose", "fell", "hardly moved")
        );
    }

    #[test]
    fn the_labels_are_counted_in_words() {
        let of = |positive, negative, neutral| {
            majority(Counts {
                positive,
                negative,
                neutral,
            })
        };
        assert_eq!(of(0, 0, 0), None);
        assert_eq!(of(3, 1, 1), Some("Most headlines are positive."));
        assert_eq!(of(1, 1, 3), Some("Most headlines are neutral."));
        assert_eq!(of(1, 2, 2), Some("More headlines are negative than positive."));
        assert_eq!(of(2, 2, 2), Some("As many headlines are positive as negative."));
    }
}
