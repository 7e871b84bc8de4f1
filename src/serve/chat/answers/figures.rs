//! What a question asks of the figures of an analysis: the price of a day, an average or a return of so many days, the forecast so far
//! ahead, and whatever else has a topic.

use super::question::{Places, Question};
use super::sentences::{last, say};
use super::topics::topics;
use crate::analysis::{Analysis, Forecast};
use crate::grounding::{percent, price};

/// Words for a change of a price.
const CHANGE: &str = "return, change, changed, move, moved, gain, gained, lose, lost, rise, rose, risen, fall, fell, fallen, drop, \
    dropped, performance, perform, performed, up, down, increase, decrease, climb, climbed, rendite, gestiegen, \
    gefallen, do";

/// Answers for what a question asks of the figures; empty when it asks for none that exists.
pub(super) fn figures(question: &Question, analysis: &Analysis) -> Vec<String> {
    let figures = Figures { analysis };
    let mut said = Vec::new();
    let mut taken = Places::new();
    figures.on_a_date(question, &mut said);
    if !said.is_empty() {
        return said;
    }
    figures.averages(question, &mut taken, &mut said);
    if question.is_of_the_future() {
        figures.after_days(question, &mut taken, &mut said);
    } else {
        figures.returns(question, &mut taken, &mut said);
    }
    for topic in topics(question, &taken) {
        let sentence = say(topic, analysis).unwrap_or_else(|| "This analysis has no figure for that.".to_owned());
        if !said.contains(&sentence) {
            said.push(sentence);
        }
    }
    said
}

struct Figures<'a> {
    analysis: &'a Analysis,
}

impl Figures<'_> {
    fn price(&self, value: f64) -> String {
        price(value, &self.analysis.currency)
    }

    /// The close or the forecast of a day that the question names.
    fn on_a_date(&self, question: &Question, said: &mut Vec<String>) {
        let Some(date) = question.date(self.analysis.as_of) else {
            return;
        };
        let asks_for_a_price = question.has(
            "close, closed, price, forecast, median, trade, predict, predicted, value, worth, kurs, what, expect, \
         expected, where",
        );
        if !asks_for_a_price {
            return;
        }
        if date > self.analysis.as_of {
            let day = self
                .analysis
                .forecast
                .as_ref()
                .and_then(|forecast| Some((forecast, forecast.dates.iter().position(|day| *day == date)?)));
            said.push(match day {
                Some((forecast, at)) => self.forecast_of(forecast, at),
                None => format!(
                    "This analysis has no forecast for {date}: it is no trading day of the forecast, or lies beyond it."
                ),
            });
            return;
        }
        let close = self.analysis.history.iter().find(|point| point.date == date);
        said.push(match (close, self.analysis.history.first()) {
            (Some(point), _) => format!("The close on {date} was {}.", self.price(point.close)),
            (None, Some(first)) => format!(
                "{date} is not in this analysis: its closes are those of the trading days from {} to {}.",
                first.date, self.analysis.as_of
            ),
            (None, None) => format!("{date} is not in this analysis."),
        });
    }

    /// Moving averages, by the number of days that the question names.
    fn averages(&self, question: &Question, taken: &mut Places, said: &mut Vec<String>) {
        let names = question.places("average, moving average, ma, sma, gleitender, durchschnitt");
        if names.is_empty() || question.has("cross, crossed, crossing, crossover") {
            return;
        }
        let features = &self.analysis.features;
        let as_of = self.analysis.as_of;
        let numbers = question.numbers();
        let has = |value: usize| {
            numbers.iter().any(|(_, number)| *number == value) || (value == 200 && question.has("two hundred"))
        };
        let mut any = false;
        for (days, value, words) in [
            (50, features.sma_50, "short, shorter"),
            (200, features.sma_200, "long, longer"),
        ] {
            if !has(days) && !question.has(words) {
                continue;
            }
            any = true;
            said.push(match value {
                Some(value) => format!("The {days}-day moving average is {}, as of {as_of}.", self.price(value)),
                None => format!("This analysis has no {days}-day moving average: its series is too short."),
            });
        }
        let other = numbers
            .iter()
            .find(|(_, number)| (2..1000).contains(number) && ![50, 200].contains(number));
        if let (false, Some((_, days))) = (any, other) {
            any = true;
            said.push(format!(
                "A {days}-day average is not in this analysis; it holds those of 50 and 200 days."
            ));
        }
        if !any && question.has("moving, ma, sma") {
            any = true;
            for (days, value) in [(50, features.sma_50), (200, features.sma_200)] {
                said.extend(
                    value
                        .map(|value| format!("The {days}-day moving average is {}, as of {as_of}.", self.price(value))),
                );
            }
        }
        if any {
            taken.extend(names);
            taken.extend(numbers.iter().map(|(at, _)| *at));
            taken.extend(question.places("day, price, close, level, value, stand, short, long"));
        }
    }

    /// Returns of the past, by the stretch of time that the question names.
    fn returns(&self, question: &Question, taken: &mut Places, said: &mut Vec<String>) {
        let words = question.places(CHANGE);
        if words.is_empty()
            || question.has("volatility, volatile, headline, news, support, resistance, gap, cross, momentum, rsi, drawdown, sentiment, \
         peak, highest, trend")
        {
            return;
        }
        let features = &self.analysis.features;
        let as_of = self.analysis.as_of;
        let stretches = question.stretches();
        for (days, places) in &stretches {
            let (value, name) = match days {
                1 => (features.return_1d, "1-day return"),
                5 | 7 => (features.return_5d, "5-day return (a week)"),
                20..=22 | 30 => (features.return_21d, "21-day return (a month)"),
                252 | 365 => (features.momentum_12_1, "12-month return without the last month"),
                _ => {
                    said.push(format!("A return over {days} trading days is not in this analysis; it holds those of 1, 5 and 21 days, and of 12 months without the last."));
                    taken.extend(places);
                    taken.extend(&words);
                    continue;
                }
            };
            said.push(match value {
                Some(value) => format!("The {name} is {}, as of {as_of}.", percent(value)),
                None => format!("This analysis has no {name}: its series is too short."),
            });
            taken.extend(places);
            taken.extend(&words);
        }
        if stretches.is_empty() && question.has("return, performance, perform, performed, rendite, gained, lost") {
            let all = [
                ("1 day", features.return_1d),
                ("5 days", features.return_5d),
                ("21 days", features.return_21d),
            ];
            let parts: Vec<String> = all
                .iter()
                .filter_map(|(days, value)| Some(format!("{} over {days}", percent((*value)?))))
                .collect();
            if !parts.is_empty() {
                said.push(format!("The returns are {}, as of {as_of}.", parts.join(", ")));
                taken.extend(words);
            }
        }
    }

    /// The forecast of the day that lies so many days ahead.
    fn after_days(&self, question: &Question, taken: &mut Places, said: &mut Vec<String>) {
        let Some(forecast) = &self.analysis.forecast else {
            return;
        };
        if question.has("return, change, gain, rise, fall, horizon, many") {
            return;
        }
        for (days, places) in question.stretches() {
            let counted = places.len() > 1 || question.has("tomorrow, next day, next week, next month");
            if !counted {
                continue;
            }
            taken.extend(&places);
            taken.extend(question.places("price, close, forecast, median, in, will, be, predicted, expected, trade"));
            said.push(match days.checked_sub(1).filter(|at| *at < forecast.dates.len()) {
                Some(at) => self.forecast_of(forecast, at),
                None => format!(
                    "The forecast ends after {} trading days, on {}.",
                    forecast.dates.len(),
                    last(&forecast.dates)
                ),
            });
        }
        if question.has("tomorrow") && said.is_empty() && !forecast.dates.is_empty() {
            taken.extend(question.places("tomorrow, price, close, will, be"));
            said.push(self.forecast_of(forecast, 0));
        }
    }

    fn forecast_of(&self, forecast: &Forecast, at: usize) -> String {
        let of = |level: &str| {
            forecast
                .quantiles
                .get(level)
                .and_then(|prices| prices.get(at))
                .map(|value| self.price(*value))
        };
        let date = forecast.dates.get(at).map(ToString::to_string).unwrap_or_default();
        let median = forecast
            .median
            .get(at)
            .map(|value| self.price(*value))
            .unwrap_or_default();
        match (of("0.1"), of("0.9")) {
            (Some(low), Some(high)) => format!(
                "The median forecast for {date}, trading day {}, is {median}; the 80% band goes from {low} to {high}.",
                at + 1
            ),
            _ => format!("The median forecast for {date}, trading day {}, is {median}.", at + 1),
        }
    }
}
