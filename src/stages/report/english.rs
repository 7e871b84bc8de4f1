//! The sentences of code in English. Figures as printed come in, sentences go out.

use super::grammar::RECOMMENDATION;
use super::wording::{
    Among, CompanyData, Counted, Errors, Hindsaid, Indicators, Missed, Mood, Move, Strength, Wording, capitalised,
    listed, valued,
};
use crate::grounding::Call;
use crate::indicators::VolatilityClass;
use crate::scoring::WindowVerdict;

/// English.
pub(super) struct English;

fn moved(moved: Move) -> &'static str {
    match moved {
        Move::Up => "rose",
        Move::Flat => "hardly moved",
        Move::Down => "fell",
    }
}

fn pointed(way: Move) -> &'static str {
    match way {
        Move::Up => "up",
        Move::Flat => "sideways",
        Move::Down => "down",
    }
}

fn in_a_word(mood: Mood) -> &'static str {
    match mood {
        Mood::Good => "good",
        Mood::Mixed => "mixed",
        Mood::Bad => "bad",
    }
}

impl Wording for English {
    fn titles(&self) -> [&'static str; 5] {
        [
            "Summary",
            "Market context",
            "Risks and considerations",
            RECOMMENDATION,
            "Conclusion",
        ]
    }

    fn review_titles(&self) -> [&'static str; 3] {
        ["Accuracy", "What the forecast missed", "Lessons"]
    }

    fn by_rules(&self) -> &'static str {
        "*Written by rules: code wrote every sentence from the figures, and no model.*"
    }

    fn call_printed(&self, call: Call) -> &'static str {
        call.printed()
    }

    fn close(&self, company: &str, close: &str, day: &str) -> String {
        format!("{company} closed at {close} on {day}.")
    }

    fn month(&self, way: Move, change: &str) -> Vec<String> {
        let moved = moved(way);
        vec![
            format!("Over the last month the price {moved}: the 21-day return is {change}."),
            format!("The price {moved} over the last month, with a 21-day return of {change}."),
            format!("The 21-day return is {change}, so over the last month the price {moved}."),
        ]
    }

    fn no_forecast(&self) -> &'static str {
        "There is no forecast."
    }

    fn outlook(&self, day: &str, median: &str, expected: &str) -> Vec<String> {
        vec![
            format!("The median forecast for {day} is {median}, {expected} from the last close."),
            format!("For {day} the median forecast is {median}, an expected return of {expected}."),
            format!("The median path for {day} ends at {median}, an expected return of {expected}."),
        ]
    }

    fn call(&self, call: Call) -> Vec<String> {
        let call = match call {
            Call::Buy => "the call is to buy",
            Call::Hold => "the call is to hold",
            Call::Sell => "the call is to sell",
            Call::None => "no call is made",
        };
        vec![
            format!("On these figures {call}."),
            format!("By the rule for such figures {call}."),
            format!("Taken together, {call}."),
        ]
    }

    fn too_short(&self) -> &'static str {
        "The history is too short for indicators."
    }

    fn context(&self, indicators: Indicators<'_>) -> String {
        let part = |figure: Option<&str>, words: &dyn Fn(&str) -> String| figure.map(words);
        let parts: Vec<String> = [
            part(indicators.return_5d, &|figure| format!("the 5-day return is {figure}")),
            part(indicators.return_21d, &|figure| {
                format!("the 21-day return is {figure}")
            }),
            part(indicators.volatility, &|figure| {
                format!("volatility is {figure} a year")
            }),
            part(indicators.rsi, &|figure| format!("the 14-day RSI is {figure}")),
        ]
        .into_iter()
        .flatten()
        .collect();
        format!("{}.", capitalised(&listed(&parts, "and")))
    }

    fn averages(&self, short: &str, long: &str, above: bool, close: Among) -> Vec<String> {
        let (side, sign) = if above {
            ("above", "strength")
        } else {
            ("below", "weakness")
        };
        let at = match close {
            Among::Above => "above both",
            Among::Between => "between them",
            Among::Below => "below both",
        };
        vec![
            format!(
                "The 50-day average of {short} lies {side} the 200-day average of {long}, a sign of {sign}, and the last close is {at}."
            ),
            format!(
                "A sign of {sign}: the 50-day average, {short}, is {side} the 200-day average, {long}. The last close is {at}."
            ),
        ]
    }

    fn strength(&self, strength: Strength) -> String {
        let words = match strength {
            Strength::Overbought => "overbought",
            Strength::Neither => "neither overbought nor oversold",
            Strength::Oversold => "oversold",
        };
        format!("By its relative strength the stock is {words}.")
    }

    fn liveliness(&self, class: VolatilityClass) -> String {
        let words = match class {
            VolatilityClass::Low => "calmer than usual",
            VolatilityClass::Normal => "as lively as usual",
            VolatilityClass::High => "more volatile than usual",
        };
        format!("It is {words}.")
    }

    fn company_data(&self, company: &str, data: CompanyData<'_>) -> Vec<String> {
        let kind = match (data.sector, data.industry) {
            (Some(sector), Some(industry)) => Some(format!(
                "{company} belongs to the sector {sector}, industry {industry}."
            )),
            (Some(sector), None) => Some(format!("{company} belongs to the sector {sector}.")),
            (None, Some(industry)) => Some(format!("{company} belongs to the industry {industry}.")),
            (None, None) => None,
        };
        let figures = [
            ("market capitalisation", data.market_cap),
            ("price-earnings ratio", data.price_earnings),
            ("dividend yield", data.dividend_yield),
        ];
        let due = data
            .next_earnings
            .map(|day| format!("The next earnings are due on {day}."));
        let figures = valued(
            &figures.map(|(name, value)| (format!("the {name}"), value)),
            "is",
            "and",
        );
        [kind, figures, due].into_iter().flatten().collect()
    }

    fn range(&self, day: &str, low: &str, high: &str) -> String {
        format!("Most of the model's paths for {day} end between {low} and {high}, the 10% and 90% quantiles.")
    }

    fn no_range(&self) -> &'static str {
        "There is no forecast, so nothing here says where the price may go."
    }

    fn reliable(&self) -> Vec<String> {
        vec![
            "Some paths end further out, by design.".to_owned(),
            "The model gives prices further out a small chance, not none.".to_owned(),
        ]
    }

    fn not_reliable(&self, horizon: &str) -> Vec<String> {
        let days = if horizon == "1" { "day" } else { "days" };
        vec![
            format!(
                "Over {horizon} trading {days} this forecast is not reliable: its figures show what the model says, not what to expect."
            ),
            format!("This forecast is not reliable over {horizon} trading {days}, and nothing should be built on it."),
        ]
    }

    fn drawdown(&self, volatility: &str, drawdown: &str) -> Vec<String> {
        vec![
            format!(
                "With a volatility of {volatility} a year the price swings; measured from the highest close of the window it is at {drawdown}."
            ),
            format!(
                "Measured from the highest close of the window the price is at {drawdown}, and volatility is {volatility} a year."
            ),
        ]
    }

    fn swings(&self, volatility: &str) -> String {
        format!("With a volatility of {volatility} a year the price can swing widely.")
    }

    fn levels(&self, support: Option<&str>, resistance: Option<&str>) -> String {
        match (support, resistance) {
            (Some(support), Some(resistance)) => format!("Support lies at {support} and resistance at {resistance}."),
            (Some(support), None) => format!("Support lies at {support}."),
            (None, resistance) => format!("Resistance lies at {}.", resistance.unwrap_or_default()),
        }
    }

    fn basis(&self, day: &str) -> String {
        format!("The call rests on the figures of {day} and on no later day.")
    }

    fn no_basis(&self) -> &'static str {
        "This report speaks neither for a purchase nor for a sale."
    }

    fn news_not_read(&self) -> &'static str {
        "The news was not read."
    }

    fn no_headlines(&self) -> &'static str {
        "No headlines were found, so the news plays no part."
    }

    fn counted(&self, counted: Counted) -> String {
        let Counted {
            all,
            positive,
            negative,
            neutral,
        } = counted;
        if all == 1 {
            let label = match (positive, negative) {
                (1, _) => "positive",
                (_, 1) => "negative",
                _ => "neutral",
            };
            return format!("There is 1 headline, and it is {label}.");
        }
        let are = if positive == 1 { "is" } else { "are" };
        format!("Of {all} headlines, {positive} {are} positive, {negative} negative and {neutral} neutral.")
    }

    fn mood(&self, mood: Mood) -> String {
        format!("The mood of the news is {}.", in_a_word(mood))
    }

    fn mood_scored(&self, mood: Mood, score: &str) -> Vec<String> {
        let mood = in_a_word(mood);
        vec![
            format!("The mood of the news is {mood}, with a net score of {score}."),
            format!("With a net score of {score} the mood of the news is {mood}."),
        ]
    }

    fn standing_out(&self, best: Option<usize>, worst: Option<usize>) -> String {
        match (best, worst) {
            (Some(best), Some(worst)) => {
                format!("Headline {best} is the most positive, headline {worst} the most negative.")
            }
            (Some(best), None) => format!("Headline {best} is the most positive."),
            (None, worst) => format!("Headline {} is the most negative.", worst.unwrap_or_default()),
        }
    }

    fn next(&self, day: &str, low: &str, high: &str) -> Vec<String> {
        vec![
            format!(
                "What to watch is whether the forecast for {day} comes true: its 50% band goes from {low} to {high}."
            ),
            format!("The 50% band for {day} goes from {low} to {high}; that is what to compare the price with."),
        ]
    }

    fn nothing_next(&self) -> &'static str {
        "More can be said once there is a forecast."
    }

    fn errors(&self, errors: Errors<'_>) -> String {
        let Errors {
            horizon,
            mae,
            rmse,
            mape,
            naive_mae,
            verdict,
        } = errors;
        let verdict = match verdict {
            WindowVerdict::Beats => "closer",
            WindowVerdict::Ties => "as close",
            WindowVerdict::Loses => "further off",
        };
        format!(
            "Over {horizon} trading days the mean absolute error is {mae}, the root mean squared error {rmse} and the mean absolute \
             percentage error {mape}; the mean absolute error of the naive forecast is {naive_mae}, so in this window the model was {verdict}."
        )
    }

    fn missed(&self, missed: Missed<'_>) -> String {
        let Missed {
            day,
            predicted,
            actual,
            error,
            error_day,
        } = missed;
        format!(
            "The median forecast for {day} was {predicted} and the close came to {actual}; the largest error is {error} on {error_day}."
        )
    }

    fn lessons(&self, right: &str, inside: Option<(&str, &str)>) -> String {
        let direction = format!("The direction of the daily move was right on {right} of the days");
        match inside {
            Some((inside, days)) => {
                format!("{direction}, and {inside} of {days} closes lay between the 10% and 90% quantiles.")
            }
            None => format!("{direction}."),
        }
    }

    fn one_window(&self) -> &'static str {
        "One window proves nothing about the next."
    }

    fn hindsaid(&self, said: Hindsaid) -> String {
        match said {
            Hindsaid::Verdict(WindowVerdict::Beats) => {
                "In this window the forecast was closer than the naive one.".to_owned()
            }
            Hindsaid::Verdict(WindowVerdict::Ties) => {
                "In this window the forecast was as close as the naive one.".to_owned()
            }
            Hindsaid::Verdict(WindowVerdict::Loses) => "In this window the naive forecast was closer.".to_owned(),
            Hindsaid::Ways {
                pointed: way,
                moved: came,
            } => {
                format!("The forecast pointed {}, and the price {}.", pointed(way), moved(came))
            }
            Hindsaid::TooHigh => "On most days the forecast was too high.".to_owned(),
            Hindsaid::TooLow => "On most days the forecast was too low.".to_owned(),
            Hindsaid::ErrorGrew => "The error grew towards the end.".to_owned(),
            Hindsaid::Inside { enough: false } => {
                "Too few closes lay inside the band that the model gave: it was surer than it should have been."
                    .to_owned()
            }
            Hindsaid::Inside { enough: true } => "Most closes lay inside the band that the model gave.".to_owned(),
            Hindsaid::Advised(call) => {
                let advice = match call {
                    Call::Buy => "to buy",
                    Call::Hold | Call::None => "to hold",
                    Call::Sell => "to sell",
                };
                format!("The report of that day advised {advice}.")
            }
        }
    }
}
