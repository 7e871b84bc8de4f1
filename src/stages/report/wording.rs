//! The sentences that code writes, one method each. Figures as printed, and what they mean, come in; a sentence goes
//! out. Which sentences a text has, and when, is decided elsewhere.

use crate::grounding::Call;
use crate::indicators::VolatilityClass;
use crate::scoring::WindowVerdict;

/// Which way a price went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Move {
    Up,
    Flat,
    Down,
}

/// The mood of the news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Good,
    Mixed,
    Bad,
}

/// What the relative strength index says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strength {
    Overbought,
    Neither,
    Oversold,
}

/// Where the last close lies among the two averages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Among {
    Above,
    Between,
    Below,
}

/// Figures of the history, as printed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Indicators<'a> {
    pub return_5d: Option<&'a str>,
    pub return_21d: Option<&'a str>,
    pub volatility: Option<&'a str>,
    pub rsi: Option<&'a str>,
}

/// What a service states of the company, as printed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct CompanyData<'a> {
    pub sector: Option<&'a str>,
    pub industry: Option<&'a str>,
    pub market_cap: Option<&'a str>,
    pub price_earnings: Option<&'a str>,
    pub dividend_yield: Option<&'a str>,
    pub next_earnings: Option<&'a str>,
}

/// Headlines by label.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    pub all: usize,
    pub positive: usize,
    pub negative: usize,
    pub neutral: usize,
}

/// The errors of a forecast, as printed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Errors<'a> {
    pub horizon: &'a str,
    pub mae: &'a str,
    pub rmse: &'a str,
    pub mape: &'a str,
    pub naive_mae: &'a str,
    pub verdict: WindowVerdict,
}

/// What a forecast missed, as printed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Missed<'a> {
    pub day: &'a str,
    pub predicted: &'a str,
    pub actual: &'a str,
    pub error: &'a str,
    pub error_day: &'a str,
}

/// One remark on a forecast after its days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hindsaid {
    Verdict(WindowVerdict),
    Ways {
        pointed: Move,
        moved: Move,
    },
    TooHigh,
    TooLow,
    ErrorGrew,
    /// Whether enough closes lay inside the band.
    Inside {
        enough: bool,
    },
    /// What the report of that day advised.
    Advised(Call),
}

/// The sentences of one language. Where a method returns several, they say the same, and a report takes one of them.
pub(super) trait Wording {
    /// The titles of a report's sections: summary, market context, risks, recommendation, conclusion.
    fn titles(&self) -> [&'static str; 5];
    /// The titles of a review's sections: accuracy, what the forecast missed, lessons.
    fn review_titles(&self) -> [&'static str; 3];
    /// The last paragraph of a text that no model wrote.
    fn by_rules(&self) -> &'static str;
    /// The call in capitals.
    fn call_printed(&self, call: Call) -> &'static str;

    fn close(&self, company: &str, close: &str, day: &str) -> String;
    fn month(&self, moved: Move, change: &str) -> Vec<String>;
    fn no_forecast(&self) -> &'static str;
    fn outlook(&self, day: &str, median: &str, expected: &str) -> Vec<String>;
    fn call(&self, call: Call) -> Vec<String>;
    fn too_short(&self) -> &'static str;
    /// The indicators that there are; at least one.
    fn context(&self, indicators: Indicators<'_>) -> String;
    fn averages(&self, short: &str, long: &str, above: bool, close: Among) -> Vec<String>;
    fn strength(&self, strength: Strength) -> String;
    fn liveliness(&self, class: VolatilityClass) -> String;
    /// A sentence for each kind of data that there is.
    fn company_data(&self, company: &str, data: CompanyData<'_>) -> Vec<String>;
    fn range(&self, day: &str, low: &str, high: &str) -> String;
    fn no_range(&self) -> &'static str;
    fn reliable(&self) -> Vec<String>;
    fn not_reliable(&self, horizon: &str) -> Vec<String>;
    fn drawdown(&self, volatility: &str, drawdown: &str) -> Vec<String>;
    fn swings(&self, volatility: &str) -> String;
    /// Support and resistance; at least one.
    fn levels(&self, support: Option<&str>, resistance: Option<&str>) -> String;
    fn basis(&self, day: &str) -> String;
    fn no_basis(&self) -> &'static str;
    fn news_not_read(&self) -> &'static str;
    fn no_headlines(&self) -> &'static str;
    fn counted(&self, counted: Counted) -> String;
    fn mood(&self, mood: Mood) -> String;
    fn mood_scored(&self, mood: Mood, score: &str) -> Vec<String>;
    /// The numbers of the headlines that stand out, counted from 1; at least one.
    fn standing_out(&self, best: Option<usize>, worst: Option<usize>) -> String;
    fn next(&self, day: &str, low: &str, high: &str) -> Vec<String>;
    fn nothing_next(&self) -> &'static str;

    fn errors(&self, errors: Errors<'_>) -> String;
    fn missed(&self, missed: Missed<'_>) -> String;
    /// On how many of the days the direction was right, and how many of how many closes lay inside the band.
    fn lessons(&self, right: &str, inside: Option<(&str, &str)>) -> String;
    fn one_window(&self) -> &'static str;
    fn hindsaid(&self, said: Hindsaid) -> String;
}

/// The parts of a list, with `and` before the last.
pub(super) fn listed(parts: &[String], and: &str) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} {and} {last}", first.join(", ")),
    }
}

/// "The close is 5, the low 4 and the high 6.": a sentence of the figures that there are, the verb with the first.
pub(super) fn valued(figures: &[(String, Option<&str>)], verb: &str, and: &str) -> Option<String> {
    let there = figures.iter().filter_map(|(name, value)| Some((name, (*value)?)));
    let parts: Vec<String> = there
        .enumerate()
        .map(|(index, (name, value))| match index {
            0 => format!("{name} {verb} {value}"),
            _ => format!("{name} {value}"),
        })
        .collect();
    (!parts.is_empty()).then(|| format!("{}.", capitalised(&listed(&parts, and))))
}

/// The text with its first letter in upper case.
pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
