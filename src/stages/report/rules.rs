//! What code says in a report: a job and its facts come in, the five sections with true sentences go out. They open the sections of
//! a report that a model writes, and are the whole of one that no model writes.

use super::frame::Section;
use super::grammar::RECOMMENDATION;
use super::phrasing::Phrasing;
use super::readings::{FLAT, mood};
use crate::analysis::{ScoredHeadline, Sentiment};
use crate::grounding::{Call, Fact, Stance};
use crate::indicators::VolatilityClass;
use crate::stages::in_flight::InFlight;

/// The last paragraph of a text that no model wrote.
pub(super) const BY_RULES: &str = "*Written by rules: code wrote every sentence from the figures, and no model.*";

/// The sections of a job's report.
pub(super) fn sections(job: &InFlight, facts: &[Fact], stance: &Stance) -> Vec<Section> {
    let said = Said {
        job,
        facts,
        stance,
        phrasing: Phrasing::of(job),
    };
    let section = |title, lead: Option<String>, more: Vec<Option<String>>, asked| Section {
        title,
        lead: lead.unwrap_or_default(),
        more: more.into_iter().flatten().collect(),
        asked,
    };
    let context = said.context();
    let has_context = context.is_some();
    vec![
        section(
            "Summary",
            said.close(),
            vec![said.month(), said.outlook(), Some(said.call())],
            true,
        ),
        section(
            "Market context",
            context.or_else(|| Some("The history is too short for indicators.".to_owned())),
            vec![said.averages(), said.strength(), said.liveliness()],
            has_context,
        ),
        section(
            "Risks and considerations",
            Some(said.range()),
            vec![said.reliability(), said.swings(), said.levels()],
            true,
        ),
        section(
            RECOMMENDATION,
            Some(format!("**{}.** {}", stance.call.printed(), stance.because.join(" "))),
            vec![Some(said.basis())],
            // There is nothing to phrase around a call that is not made.
            stance.call != Call::None,
        ),
        section(
            "Conclusion",
            Some(said.news()),
            vec![said.mood(), Some(said.next())],
            true,
        ),
    ]
}

/// A summary of the headlines without a word of theirs: how many there are of each label, and which stand out, by number.
pub(super) fn summary(sentiment: &Sentiment) -> String {
    let counts = sentiment.counts;
    let mut text = format!(
        "{} The mood of the news is {}.",
        counted(
            sentiment.headlines.len(),
            counts.positive,
            counts.negative,
            counts.neutral
        ),
        mood(sentiment)
    );
    let lean = |headline: &ScoredHeadline| headline.probabilities.positive - headline.probabilities.negative;
    let extreme = |sign: f64| {
        let leans = sentiment.headlines.iter().map(|headline| sign * lean(headline));
        let most = leans
            .enumerate()
            .max_by(|one, other| one.1.total_cmp(&other.1).then(other.0.cmp(&one.0)));
        most.filter(|(_, lean)| *lean > 0.0).map(|(index, _)| index + 1)
    };
    match (extreme(1.0), extreme(-1.0)) {
        (Some(best), Some(worst)) => text.push_str(&format!(
            " Headline {best} is the most positive, headline {worst} the most negative."
        )),
        (Some(best), None) => text.push_str(&format!(" Headline {best} is the most positive.")),
        (None, Some(worst)) => text.push_str(&format!(" Headline {worst} is the most negative.")),
        (None, None) => {}
    }
    text
}

fn counted(all: usize, positive: usize, negative: usize, neutral: usize) -> String {
    match all {
        1 => {
            let label = match (positive, negative) {
                (1, _) => "positive",
                (_, 1) => "negative",
                _ => "neutral",
            };
            format!("There is 1 headline, and it is {label}.")
        }
        _ => {
            let are = if positive == 1 { "is" } else { "are" };
            format!("Of {all} headlines, {positive} {are} positive, {negative} negative and {neutral} neutral.")
        }
    }
}

struct Said<'a> {
    job: &'a InFlight,
    facts: &'a [Fact],
    stance: &'a Stance,
    phrasing: Phrasing,
}

/// Each sentence, or `None` where a fact it needs is missing.
impl Said<'_> {
    fn value(&self, key: &str) -> Option<&str> {
        let fact = self.facts.iter().find(|fact| fact.id == key);
        fact.map(|fact| fact.value.as_str())
    }

    fn close(&self) -> Option<String> {
        let (company, close, day) = (self.job.company(), self.value("last_close")?, self.value("as_of")?);
        Some(format!("{company} closed at {close} on {day}."))
    }

    fn month(&self) -> Option<String> {
        let (change, printed) = (self.job.stats.return_21d?, self.value("return_21d")?);
        let moved = match change {
            change if change > FLAT => "rose",
            change if change < -FLAT => "fell",
            _ => "hardly moved",
        };
        Some(self.phrasing.pick(
            1,
            [
                format!("Over the last month the price {moved}: the 21-day return is {printed}."),
                format!("The price {moved} over the last month, with a 21-day return of {printed}."),
                format!("The 21-day return is {printed}, so over the last month the price {moved}."),
            ],
        ))
    }

    fn outlook(&self) -> Option<String> {
        let Some(day) = self.value("forecast_date") else {
            return Some("There is no forecast.".to_owned());
        };
        let (median, expected) = (self.value("median")?, self.value("expected_return")?);
        Some(self.phrasing.pick(
            2,
            [
                format!("The median forecast for {day} is {median}, {expected} from the last close."),
                format!("For {day} the median forecast is {median}, an expected return of {expected}."),
                format!("Half of the model's paths end below {median} on {day}, an expected return of {expected}."),
            ],
        ))
    }

    fn call(&self) -> String {
        let call = match self.stance.call {
            Call::Buy => "the call is to buy",
            Call::Hold => "the call is to hold",
            Call::Sell => "the call is to sell",
            Call::None => "no call is made",
        };
        self.phrasing.pick(
            3,
            [
                format!("On these figures {call}."),
                format!("By the rule for such figures {call}."),
                format!("Taken together, {call}."),
            ],
        )
    }

    fn context(&self) -> Option<String> {
        let part = |key, words: &dyn Fn(&str) -> String| self.value(key).map(words);
        let parts: Vec<String> = [
            part("return_5d", &|figure| format!("the 5-day return is {figure}")),
            part("return_21d", &|figure| format!("the 21-day return is {figure}")),
            part("volatility", &|figure| format!("volatility is {figure} a year")),
            part("rsi", &|figure| format!("the 14-day RSI is {figure}")),
        ]
        .into_iter()
        .flatten()
        .collect();
        (!parts.is_empty()).then(|| format!("{}.", capitalised(&listed(&parts))))
    }

    fn averages(&self) -> Option<String> {
        let (short, long) = (self.value("sma_50")?, self.value("sma_200")?);
        let (side, sign) = if self.job.stats.sma_50_above_200? {
            ("above", "strength")
        } else {
            ("below", "weakness")
        };
        let close = self.job.last_close();
        let at = match (close > self.job.stats.sma_50?, close > self.job.stats.sma_200?) {
            (true, true) => "above both",
            (false, false) => "below both",
            _ => "between them",
        };
        Some(self.phrasing.pick(
            4,
            [
                format!("The 50-day average of {short} lies {side} the 200-day average of {long}, a sign of {sign}, and the last close is {at}."),
                format!("A sign of {sign}: the 50-day average, {short}, is {side} the 200-day average, {long}. The last close is {at}."),
            ],
        ))
    }

    fn strength(&self) -> Option<String> {
        let words = match self.job.stats.rsi_14? {
            index if index >= 70.0 => "overbought",
            index if index <= 30.0 => "oversold",
            _ => "neither overbought nor oversold",
        };
        Some(format!("By its relative strength the stock is {words}."))
    }

    fn liveliness(&self) -> Option<String> {
        let words = match self.job.stats.volatility_class? {
            VolatilityClass::Low => "calmer than usual",
            VolatilityClass::Normal => "as lively as usual",
            VolatilityClass::High => "more volatile than usual",
        };
        Some(format!("It is {words}."))
    }

    fn range(&self) -> String {
        let range = || {
            let (day, low, high) = (self.value("forecast_date")?, self.value("low")?, self.value("high")?);
            Some(format!(
                "Most of the model's paths for {day} end between {low} and {high}, the 10% and 90% quantiles."
            ))
        };
        range().unwrap_or_else(|| "There is no forecast, so nothing here says where the price may go.".to_owned())
    }

    fn reliability(&self) -> Option<String> {
        let forecast = self.job.forecast.as_ref()?;
        let horizon = self.value("horizon")?;
        let days = if horizon == "1" { "day" } else { "days" };
        Some(if forecast.reliable {
            self.phrasing.pick(
                5,
                [
                    "Some paths end further out, by design.".to_owned(),
                    "The model gives prices further out a small chance, not none.".to_owned(),
                ],
            )
        } else {
            self.phrasing.pick(
                6,
                [
                    format!("Over {horizon} trading {days} this forecast is not reliable: its figures show what the model says, not what to expect."),
                    format!("This forecast is not reliable over {horizon} trading {days}, and nothing should be built on it."),
                ],
            )
        })
    }

    fn swings(&self) -> Option<String> {
        let volatility = self.value("volatility")?;
        match self.value("drawdown") {
            Some(drawdown) if self.job.stats.drawdown.is_some_and(|depth| depth < 0.0) => Some(self.phrasing.pick(
                7,
                [
                    format!("With a volatility of {volatility} a year the price swings; measured from the highest close of the window it is at {drawdown}."),
                    format!("Measured from the highest close of the window the price is at {drawdown}, and volatility is {volatility} a year."),
                ],
            )),
            _ => Some(format!("With a volatility of {volatility} a year the price can swing widely.")),
        }
    }

    fn levels(&self) -> Option<String> {
        match (self.value("support"), self.value("resistance")) {
            (Some(support), Some(resistance)) => {
                Some(format!("Support lies at {support} and resistance at {resistance}."))
            }
            (Some(support), None) => Some(format!("Support lies at {support}.")),
            (None, Some(resistance)) => Some(format!("Resistance lies at {resistance}.")),
            (None, None) => None,
        }
    }

    fn basis(&self) -> String {
        match (self.stance.call, self.value("as_of")) {
            (Call::None, _) | (_, None) => "This report speaks neither for a purchase nor for a sale.".to_owned(),
            (_, Some(day)) => format!("The call rests on the figures of {day} and on no later day."),
        }
    }

    fn news(&self) -> String {
        match &self.job.sentiment {
            None => "The news was not read.".to_owned(),
            Some(sentiment) if sentiment.headlines.is_empty() => {
                "No headlines were found, so the news plays no part.".to_owned()
            }
            Some(sentiment) => {
                let counts = sentiment.counts;
                counted(
                    sentiment.headlines.len(),
                    counts.positive,
                    counts.negative,
                    counts.neutral,
                )
            }
        }
    }

    fn mood(&self) -> Option<String> {
        let sentiment = self.job.sentiment.as_ref()?;
        let score = self.value("net_score").filter(|_| !sentiment.headlines.is_empty())?;
        let mood = mood(sentiment);
        Some(self.phrasing.pick(
            8,
            [
                format!("The mood of the news is {mood}, with a net score of {score}."),
                format!("With a net score of {score} the mood of the news is {mood}."),
            ],
        ))
    }

    fn next(&self) -> String {
        let watch = || {
            let (low, high) = (self.value("middle_low")?, self.value("middle_high")?);
            let day = self.value("forecast_date")?;
            Some(self.phrasing.pick(
                9,
                [
                    format!("What to watch is whether the forecast for {day} comes true: its 50% band goes from {low} to {high}."),
                    format!(
                        "The 50% band for {day} goes from {low} to {high}; that is what to compare the price with."
                    ),
                ],
            ))
        };
        watch().unwrap_or_else(|| "More can be said once there is a forecast.".to_owned())
    }
}

fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
