//! `returns-v4`: a day is one word, its log return divided by the volatility known the day before, such as `+0.35`. The level of
//! the price is not written, so every level works. Statistics and horizon come before the days as words of the same vocabulary,
//! which a model made for the format has as its tokens. Decoding follows the scale along each path.

mod bins;
#[cfg(test)]
mod tests;
mod training;
mod words;

use std::fmt::Write as _;

use serde::Serialize;

use super::scale::{Scale, deviation};
use super::series_format::{
    AnswerGrammar, AnswerShape, Examples, FirstDayShare, FormatError, SeriesFormat, SeriesWindow, has_length,
};
use super::stats_examples::StatsExamples;
use crate::analysis::FirstDay;
use crate::grounding::bounded;
use crate::market::Bar;
use crate::market::simulate::facts::log_returns;
use crate::prompt::{Template, render};
use crate::scoring::SplitMix64;

pub(super) use self::training::training_tokens;
pub(super) use self::words::vocabulary;

/// The `returns-v4` format.
pub struct ReturnsV4;

/// A path may not leave the last close by more than this factor, up or down.
const FARTHEST: f64 = 1e4;

/// Trading days of a year.
const YEAR: f64 = 252.0;

/// The variables of the template.
#[derive(Serialize)]
struct Words {
    volatility: String,
    level: String,
    trend: String,
    rsi: String,
    cross: String,
    horizon: String,
    /// A space and a word for each day.
    days: String,
    now: String,
}

impl SeriesFormat for ReturnsV4 {
    fn encode(&self, series: &SeriesWindow<'_>, answer: &AnswerShape) -> Result<String, FormatError> {
        let returns = log_returns(series.closes);
        let [volatility, trend, rsi, cross] = words::statistics(series.stats);
        let context = deviation(&returns);
        let words = Words {
            volatility,
            trend,
            rsi,
            cross,
            level: words::level(context * YEAR.sqrt()),
            horizon: words::horizon(answer.horizon),
            days: written(&mut Scale::before(&returns), &returns),
            now: words::ratio(Scale::after(&returns).daily() / context),
        };
        let mut prompt = render(Template::ForecastReturnsV4, &words)?;
        prompt.truncate(prompt.trim_end().len());
        Ok(prompt)
    }

    fn target(&self, answer: &AnswerShape, path: &[f64]) -> Result<String, FormatError> {
        has_length(answer, path.len())?;
        let unwritable = path.iter().find(|price| !price.is_finite() || **price <= 0.0);
        if let Some(&price) = unwritable {
            return Err(FormatError::Unwritable {
                price,
                last_close: answer.last_close,
            });
        }
        let closes = [&[answer.last_close], path].concat();
        Ok(written(&mut Scale::of(answer.scale), &log_returns(&closes)))
    }

    fn grammar(&self, answer: &AnswerShape) -> AnswerGrammar {
        let horizon = answer.horizon;
        AnswerGrammar {
            pattern: format!("(?: {}){{{horizon}}}", any_word()),
            // A space, a sign, at most five characters; the end-of-text token.
            longest: 7 * horizon + 1,
            words: Some(horizon),
        }
    }

    fn decode(&self, answer: &AnswerShape, text: &str, draw: u64) -> Result<Vec<f64>, FormatError> {
        let (mut scale, mut price) = (Scale::of(answer.scale), answer.last_close);
        let (mut path, mut draws) = (Vec::with_capacity(answer.horizon), SplitMix64(draw));
        for (day, word) in text.trim_start().split(' ').enumerate() {
            let step = step(word).ok_or_else(|| FormatError::NotAReturn { text: word.to_owned() })?;
            let (low, high) = (bins::edge(step), bins::edge(step + 1));
            let value = scale.daily() * (low + inner(&mut draws) * (high - low));
            price = bounded(price * value.exp());
            let reach = price / answer.last_close;
            if !(1.0 / FARTHEST..=FARTHEST).contains(&reach) {
                return Err(FormatError::OutOfReach { day: day + 1 });
            }
            path.push(price);
            scale.add(value);
        }
        has_length(answer, path.len())?;
        Ok(path)
    }

    fn examples<'a>(&'a self, ticker: &'a str, bars: &'a [Bar]) -> Result<Box<dyn Examples + 'a>, FormatError> {
        Ok(Box::new(StatsExamples::new(self, ticker, bars)))
    }

    fn first_day(&self, answer: &AnswerShape, shares: &mut dyn Iterator<Item = FirstDayShare<'_>>) -> Option<FirstDay> {
        let mut probabilities = vec![0.0; bins::COUNT];
        for share in shares {
            if let Some(step) = share.text.strip_prefix(' ').and_then(step) {
                probabilities[step] += share.probability;
            }
        }
        let total: f64 = probabilities.iter().sum();
        if !(total.is_finite() && total > 0.0) {
            return None;
        }
        probabilities.iter_mut().for_each(|share| *share /= total);
        let daily = Scale::of(answer.scale).daily();
        let edges = (0..=bins::COUNT).map(|step| bins::edge(step) * daily).collect();
        Some(FirstDay { edges, probabilities })
    }

    fn bounds_moves(&self) -> bool {
        true
    }
}

/// A space and a word for each return.
fn written(scale: &mut Scale, returns: &[f64]) -> String {
    let mut text = String::with_capacity(7 * returns.len());
    for &value in returns {
        let step = bins::step_of(value / scale.daily());
        // Writing to a string cannot fail.
        let _ = write!(text, " {}", bins::word(step));
        scale.add(value);
    }
    text
}

/// The step of a word.
fn step(word: &str) -> Option<usize> {
    let returns = vocabulary().graded()?;
    let token = vocabulary().token(&format!(" {word}"))?;
    returns.contains(&token).then(|| (token - returns.start) as usize)
}

/// A pattern of all words: by sign and whole number, so that the automaton stays small.
fn any_word() -> String {
    let mut by_whole: Vec<(String, Vec<String>)> = Vec::new();
    for step in bins::COUNT / 2..bins::COUNT {
        let word = bins::word(step);
        let Some((whole, decimals)) = word.trim_start_matches('+').split_once('.') else {
            continue;
        };
        match by_whole.last_mut() {
            Some((last, all)) if last == whole => all.push(decimals.to_owned()),
            _ => by_whole.push((whole.to_owned(), vec![decimals.to_owned()])),
        }
    }
    let wholes = by_whole
        .iter()
        .map(|(whole, decimals)| format!(r"{whole}\.(?:{})", decimals.join("|")));
    format!("[+-](?:{})", wholes.collect::<Vec<_>>().join("|"))
}

/// The next number between 0 and 1, never on an edge.
fn inner(draws: &mut SplitMix64) -> f64 {
    0.001 + 0.998 * draws.fraction()
}
