//! The table of facts a report is written from and checked against. Plain numbers in, labelled and printed figures out.
//! Everything here is computed by code; a figure that does not exist has no row.

use chrono::{Datelike, NaiveDate};

use super::fact::{Fact, Source, Unit};
use super::format;
use crate::indicators::{CrossKind, Stats};
use crate::market::Fundamentals;
use crate::text::gives_orders;

/// What the table is made from.
#[derive(Debug, Clone, Copy)]
pub struct FactInputs<'a> {
    /// Date of the last bar.
    pub as_of: NaiveDate,
    /// Its close, in `currency`.
    pub last_close: f64,
    /// ISO 4217 code.
    pub currency: &'a str,
    /// The figures of the history.
    pub stats: &'a Stats,
    /// The forecast, where there is one.
    pub forecast: Option<ForecastFacts>,
    /// Costs of buying and selling once, in basis points of the price.
    pub costs: u16,
    /// The headlines, where they were scored.
    pub headlines: Option<HeadlineFacts>,
    /// What a service states about the company.
    pub company: Option<&'a Fundamentals>,
}

/// The figures of a forecast at its horizon. Prices in the currency of the table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ForecastFacts {
    /// The last trading day forecast.
    pub date: NaiveDate,
    /// How many trading days were forecast.
    pub horizon: usize,
    /// Median close on that day.
    pub median: f64,
    /// Close on that day at the lower quantile.
    pub low: f64,
    /// Level of the lower quantile, per cent.
    pub low_level: u8,
    /// Close on that day at the upper quantile.
    pub high: f64,
    /// Level of the upper quantile, per cent.
    pub high_level: u8,
    /// Lower and upper end of the 50 % band on that day, where the forecast has it.
    pub middle: Option<(f64, f64)>,
    /// Median over the last close, minus one; a fraction.
    pub expected_return: f64,
    /// Sample paths the quantiles were made from.
    pub kept: usize,
    /// Sample paths asked of the model.
    pub samples: usize,
}

/// Headlines by label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeadlineFacts {
    /// Positive headlines.
    pub positive: usize,
    /// Negative headlines.
    pub negative: usize,
    /// Neutral headlines.
    pub neutral: usize,
    /// Mean of P(positive) − P(negative), −1 to 1.
    pub net_score: f64,
}

/// The table: last close, forecast, figures of the history, headlines, company, in this order.
pub fn facts(inputs: &FactInputs<'_>) -> Vec<Fact> {
    let mut table = Table {
        currency: inputs.currency,
        source: Source::Bars,
        day: Some(inputs.as_of),
        facts: Vec::new(),
    };
    table.date("as_of", "Date of the last close", inputs.as_of);
    table.price("last_close", "Last close", Some(inputs.last_close));
    if let Some(forecast) = inputs.forecast {
        (table.source, table.day) = (Source::Forecast, Some(forecast.date));
        table.forecast(&forecast);
        table.push(
            "costs",
            "Costs of buying and selling once",
            format::basis_points(inputs.costs),
            f64::from(inputs.costs) / 100.0,
            Unit::Percent,
        );
    }
    (table.source, table.day) = (Source::Indicators, Some(inputs.as_of));
    table.history(inputs.stats);
    if let Some(headlines) = inputs.headlines {
        (table.source, table.day) = (Source::Headlines, None);
        table.headlines(&headlines);
    }
    if let Some(company) = inputs.company {
        (table.source, table.day) = (Source::Company, Some(company.asked_on));
        table.company(company);
    }
    table.facts.retain(|fact| fact.number.is_finite());
    table.facts
}

struct Table<'a> {
    currency: &'a str,
    source: Source,
    day: Option<NaiveDate>,
    facts: Vec<Fact>,
}

impl Table<'_> {
    fn forecast(&mut self, forecast: &ForecastFacts) {
        let ForecastFacts {
            low_level, high_level, ..
        } = forecast;
        self.date("forecast_date", "Last day of the forecast", forecast.date);
        self.count("horizon", "Trading days forecast", forecast.horizon);
        self.price("median", "Median forecast on that day", Some(forecast.median));
        self.price("low", &format!("{low_level}% quantile on that day"), Some(forecast.low));
        self.price(
            "high",
            &format!("{high_level}% quantile on that day"),
            Some(forecast.high),
        );
        let middle = forecast.middle;
        self.price("middle_low", "25% quantile on that day", middle.map(|ends| ends.0));
        self.price("middle_high", "75% quantile on that day", middle.map(|ends| ends.1));
        self.change(
            "expected_return",
            "Expected return to that day",
            Some(forecast.expected_return),
        );
        self.count("paths_kept", "Sample paths used", forecast.kept);
        self.count("paths", "Sample paths drawn", forecast.samples);
    }

    fn history(&mut self, stats: &Stats) {
        self.change("return_1d", "1-day return", stats.return_1d);
        self.change("return_5d", "5-day return", stats.return_5d);
        self.change("return_21d", "21-day return", stats.return_21d);
        self.change(
            "momentum",
            "12-month return without the last month",
            stats.momentum_12_1,
        );
        self.change("drawdown", "Below the highest close of the window", stats.drawdown);
        self.level("volatility", "Volatility a year", stats.volatility_annual);
        if let Some(index) = stats.rsi_14 {
            self.push(
                "rsi",
                "Relative strength index (14-day RSI)",
                format!("{index:.1}"),
                index,
                Unit::Index,
            );
        }
        self.price("sma_50", "50-day moving average", stats.sma_50);
        self.price("sma_200", "200-day moving average", stats.sma_200);
        if let Some(cross) = stats.sma_cross {
            let label = match cross.kind {
                CrossKind::Golden => "Day the 50-day average crossed above the 200-day one",
                CrossKind::Death => "Day the 50-day average crossed below the 200-day one",
            };
            self.date("sma_cross", label, cross.date);
        }
        self.price("support", "Support", stats.support);
        if let Some(touches) = stats.support_touches {
            self.count("support_touches", "Turns at the support", touches);
        }
        self.price("resistance", "Resistance", stats.resistance);
        if let Some(touches) = stats.resistance_touches {
            self.count("resistance_touches", "Turns at the resistance", touches);
        }
    }

    fn headlines(&mut self, headlines: &HeadlineFacts) {
        let HeadlineFacts {
            positive,
            negative,
            neutral,
            net_score,
        } = *headlines;
        self.count("headlines", "Headlines", positive + negative + neutral);
        self.count("positive", "Positive headlines", positive);
        self.count("negative", "Negative headlines", negative);
        self.count("neutral", "Neutral headlines", neutral);
        self.push(
            "net_score",
            "Net sentiment score (-1 to 1)",
            format::score(net_score),
            net_score,
            Unit::Score,
        );
    }

    fn company(&mut self, company: &Fundamentals) {
        self.text("sector", "Sector", company.sector.as_deref());
        self.text("industry", "Industry", company.industry.as_deref());
        if let Some(value) = company.market_cap {
            let printed = format::money_in_words(value, company.currency.as_deref().unwrap_or_default());
            self.push("market_cap", "Market capitalisation", printed, value, Unit::Money);
        }
        if let Some(ratio) = company.price_earnings {
            self.push(
                "price_earnings",
                "Price-earnings ratio",
                format!("{ratio:.1}"),
                ratio,
                Unit::Ratio,
            );
        }
        if let Some(fraction) = company.dividend_yield {
            let printed = format!("{:.2}%", fraction * 100.0);
            self.push(
                "dividend_yield",
                "Dividend yield a year",
                printed,
                fraction * 100.0,
                Unit::Percent,
            );
        }
        if let Some(day) = company.next_earnings {
            self.date("next_earnings", "Next earnings", day);
        }
    }

    /// A word or two of a stranger's: what could be an order, or marks of a prompt or of Markdown, is left out.
    fn text(&mut self, id: &'static str, label: &str, text: Option<&str>) {
        let plain = |letter: char| letter.is_alphanumeric() || " &,/'()-–—".contains(letter);
        if let Some(text) = text.filter(|text| text.chars().all(plain) && !gives_orders(text)) {
            self.push(id, label, text.to_owned(), 0.0, Unit::Text);
        }
    }

    fn date(&mut self, id: &'static str, label: &str, date: NaiveDate) {
        self.push(
            id,
            label,
            date.to_string(),
            f64::from(date.num_days_from_ce()),
            Unit::Date,
        );
    }

    fn price(&mut self, id: &'static str, label: &str, value: Option<f64>) {
        if let Some(value) = value {
            self.push(id, label, format::price(value, self.currency), value, Unit::Price);
        }
    }

    fn change(&mut self, id: &'static str, label: &str, fraction: Option<f64>) {
        if let Some(fraction) = fraction {
            self.push(id, label, format::percent(fraction), fraction * 100.0, Unit::Change);
        }
    }

    fn level(&mut self, id: &'static str, label: &str, fraction: Option<f64>) {
        if let Some(fraction) = fraction {
            self.push(id, label, format::level(fraction), fraction * 100.0, Unit::Percent);
        }
    }

    fn count(&mut self, id: &'static str, label: &str, count: usize) {
        self.push(id, label, count.to_string(), count as f64, Unit::Count);
    }

    fn push(&mut self, id: &'static str, label: &str, value: String, number: f64, unit: Unit) {
        let fact = Fact::new(id, label, value, number, unit);
        self.facts.push(fact.of(self.source, self.day, days(id)));
    }
}

/// The trading days that a figure of the history covers.
fn days(id: &str) -> Option<u32> {
    Some(match id {
        "return_1d" => 1,
        "return_5d" => 5,
        "return_21d" | "volatility" => 21,
        "momentum" => 252,
        "rsi" => 14,
        "sma_50" => 50,
        "sma_200" => 200,
        _ => return None,
    })
}

#[cfg(test)]
#[path = "facts_tests.rs"]
pub(super) mod tests;
