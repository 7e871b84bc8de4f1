//! The reasons of a stance in words. The rule's reasons and its inputs in, sentences with their figures out; what they are follows
//! from the rule alone.

use chrono::NaiveDate;

use super::format::{basis_points, percent, price};
use super::locale::Locale;

/// One reason of the rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Reason {
    /// There is no forecast.
    NoForecast,
    /// The forecast lacks its middle band.
    NoBand,
    /// The forecast is not reliable over so many trading days.
    NotReliable(usize),
    /// The last close lies inside the 50 % band.
    Inside(Prices),
    /// The 50 % band lies wholly above or below the last close.
    Outside { prices: Prices, above: bool },
    /// The expected return is larger than the costs in basis points, or is not.
    Costs { expected: f64, costs: u16, covered: bool },
    /// So many positive and negative headlines, and what they do.
    News {
        positive: usize,
        negative: usize,
        weight: Weight,
    },
}

/// The last close and the 50 % band at a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Prices {
    pub close: f64,
    pub low: f64,
    pub high: f64,
    pub date: NaiveDate,
}

/// What the news does to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    For,
    Against,
    Neither,
    /// It takes away what the costs leave.
    Decides,
}

/// The reason as a sentence.
pub(super) fn sentence(reason: Reason, currency: &str, locale: Locale) -> String {
    let printed = Printed { currency, locale };
    match locale {
        Locale::En => english(reason, printed),
        Locale::De => german(reason, printed),
    }
}

#[derive(Clone, Copy)]
struct Printed<'a> {
    currency: &'a str,
    locale: Locale,
}

impl Printed<'_> {
    fn price(self, value: f64) -> String {
        self.locale.figure(&price(value, self.currency))
    }

    fn percent(self, fraction: f64) -> String {
        self.locale.figure(&percent(fraction))
    }

    fn points(self, points: u16) -> String {
        self.locale.figure(&basis_points(points))
    }

    fn date(self, date: NaiveDate) -> String {
        self.locale.figure(&date.to_string())
    }
}

fn english(reason: Reason, printed: Printed<'_>) -> String {
    match reason {
        Reason::NoForecast => "There is no forecast, and without one no call is made.".to_owned(),
        Reason::NoBand => "The forecast lacks its middle band, and without it no call is made.".to_owned(),
        Reason::NotReliable(days) => {
            let days = match days {
                1 => "1 trading day".to_owned(),
                _ => format!("{days} trading days"),
            };
            format!("The forecast over {days} is not reliable, so no call is made from it.")
        }
        Reason::Inside(Prices { close, low, high, date }) => format!(
            "The last close of {} lies inside the 50% band of the forecast, {} to {} on {}.",
            printed.price(close),
            printed.price(low),
            printed.price(high),
            printed.date(date)
        ),
        Reason::Outside { prices, above } => format!(
            "On {} the 50% band of the forecast, {} to {}, lies wholly {} the last close of {}.",
            printed.date(prices.date),
            printed.price(prices.low),
            printed.price(prices.high),
            if above { "above" } else { "below" },
            printed.price(prices.close)
        ),
        Reason::Costs {
            expected,
            costs,
            covered,
        } => format!(
            "The expected move of {} is {} than the costs of buying and selling once, {}.",
            printed.percent(expected),
            if covered { "larger" } else { "no larger" },
            printed.points(costs)
        ),
        Reason::News {
            positive,
            negative,
            weight,
        } => {
            let headlines = if negative == 1 { "headline" } else { "headlines" };
            let weight = match weight {
                Weight::For => "which speaks for the call",
                Weight::Against => "which speaks against the call but does not outweigh the forecast",
                Weight::Neither => "which speaks neither for nor against the call",
                Weight::Decides => "which takes away what the costs leave",
            };
            format!("The news has {positive} positive and {negative} negative {headlines}, {weight}.")
        }
    }
}

fn german(reason: Reason, printed: Printed<'_>) -> String {
    match reason {
        Reason::NoForecast => "Es gibt keine Prognose, und ohne sie gibt es keine Einstufung.".to_owned(),
        Reason::NoBand => "Der Prognose fehlt ihr mittleres Band, und ohne dieses gibt es keine Einstufung.".to_owned(),
        Reason::NotReliable(days) => {
            let days = match days {
                1 => "einen Handelstag".to_owned(),
                _ => format!("{days} Handelstage"),
            };
            format!("Die Prognose über {days} ist nicht verlässlich, deshalb folgt aus ihr keine Einstufung.")
        }
        Reason::Inside(Prices { close, low, high, date }) => format!(
            "Der letzte Schlusskurs von {} liegt innerhalb des 50-%-Bands der Prognose, das am {} von {} bis {} reicht.",
            printed.price(close),
            printed.date(date),
            printed.price(low),
            printed.price(high)
        ),
        Reason::Outside { prices, above } => format!(
            "Am {} liegt das 50-%-Band der Prognose, {} bis {}, ganz {} dem letzten Schlusskurs von {}.",
            printed.date(prices.date),
            printed.price(prices.low),
            printed.price(prices.high),
            if above { "über" } else { "unter" },
            printed.price(prices.close)
        ),
        Reason::Costs {
            expected,
            costs,
            covered,
        } => format!(
            "Die erwartete Bewegung von {} ist {} als die Kosten für einmal Kaufen und Verkaufen, {}.",
            printed.percent(expected),
            if covered { "größer" } else { "nicht größer" },
            printed.points(costs)
        ),
        Reason::News {
            positive,
            negative,
            weight,
        } => {
            let headlines = if negative == 1 { "Schlagzeile" } else { "Schlagzeilen" };
            let weight = match weight {
                Weight::For => "das spricht für die Einstufung",
                Weight::Against => "das spricht gegen die Einstufung, wiegt die Prognose aber nicht auf",
                Weight::Neither => "das spricht weder für noch gegen die Einstufung",
                Weight::Decides => "das zehrt auf, was die Kosten übrig lassen",
            };
            format!("Die Nachrichten haben {positive} positive und {negative} negative {headlines}; {weight}.")
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_reason_is_a_sentence_in_german_notation() {
        let prices = Prices {
            close: 1_116.89,
            low: 1_120.35,
            high: 1_122.79,
            date: NaiveDate::from_ymd_opt(2012, 11, 1).unwrap(),
        };
        let said = |reason| sentence(reason, "USD", Locale::De);
        assert_eq!(
            said(Reason::Outside { prices, above: true }),
            "Am 1. November 2012 liegt das 50-%-Band der Prognose, 1.120,35 $ bis 1.122,79 $, ganz über dem letzten Schlusskurs von 1.116,89 $."
        );
        assert_eq!(
            said(Reason::Costs {
                expected: 0.04,
                costs: 20,
                covered: false
            }),
            "Die erwartete Bewegung von +4,0 % ist nicht größer als die Kosten für einmal Kaufen und Verkaufen, 0,2 %."
        );
        assert_eq!(
            said(Reason::News {
                positive: 2,
                negative: 1,
                weight: Weight::For
            }),
            "Die Nachrichten haben 2 positive und 1 negative Schlagzeile; das spricht für die Einstufung."
        );
        assert!(said(Reason::NotReliable(1)).contains("über einen Handelstag"));
    }
}
