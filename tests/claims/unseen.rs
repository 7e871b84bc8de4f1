//! Sentences on invented analyses, written in sets; each set was measured before any rule was changed for it (the figures are in
//! docs/claims.md). A line is a company, its ticker, the call and perhaps the language (`@`), a fact (`=`), a headline (`#`), a true
//! sentence (`+kind`) or one with an error in it (`-kind`). Text in; worlds and their sentences out.

use tripod::grounding::{Call, Fact, Locale, Unit};

use crate::world::World;

/// The sets, in the order in which they were written.
pub const SETS: [(&str, &str); 13] = [
    ("A", include_str!("unseen/a.txt")),
    ("B", include_str!("unseen/b.txt")),
    ("C", include_str!("unseen/c.txt")),
    ("D", include_str!("unseen/d.txt")),
    ("E", include_str!("unseen/e.txt")),
    ("F", include_str!("unseen/f.txt")),
    ("G", include_str!("unseen/g.txt")),
    ("H", include_str!("unseen/h.txt")),
    ("I", include_str!("unseen/i.txt")),
    ("J", include_str!("unseen/j.txt")),
    ("K", include_str!("unseen/k.txt")),
    ("L", include_str!("unseen/l.txt")),
    ("M", include_str!("unseen/m.txt")),
];

/// One sentence of a set.
pub struct Sentence<'t> {
    pub kind: &'t str,
    pub text: &'t str,
    pub is_true: bool,
}

/// A world, the language of its sentences, and these.
type Told<'t> = (World, Locale, Vec<Sentence<'t>>);

/// Every sentence of a set, with the world it speaks of.
pub fn sentences(set: &str) -> Vec<Told<'_>> {
    let mut worlds: Vec<Told> = Vec::new();
    for line in set.lines().filter(|line| !line.starts_with("//") && !line.is_empty()) {
        let (mark, rest) = line.split_at(1);
        if mark == "@" {
            let (world, locale) = world(rest.trim());
            worlds.push((world, locale, Vec::new()));
            continue;
        }
        let (world, _, sentences) = worlds.last_mut().expect("a set begins with a company");
        match mark {
            "=" => world.facts.push(fact(rest.trim())),
            "#" => world.headlines.push(rest.trim().to_owned()),
            _ => {
                let (kind, text) = rest.split_once(' ').expect("a kind and a sentence");
                let is_true = mark == "+";
                sentences.push(Sentence { kind, text, is_true });
            }
        }
    }
    worlds
}

fn world(line: &str) -> (World, Locale) {
    let parts: Vec<&str> = line.split('|').collect();
    let [company, ticker, call, ref language @ ..] = parts[..] else {
        panic!("no company, ticker and call: {line}");
    };
    let locale = if language == ["de"] { Locale::De } else { Locale::En };
    let world = World {
        facts: Vec::new(),
        headlines: Vec::new(),
        company: company.to_owned(),
        ticker: ticker.to_owned(),
        short: company.to_owned(),
        call: match call {
            "buy" => Call::Buy,
            "hold" => Call::Hold,
            "sell" => Call::Sell,
            _ => Call::None,
        },
    };
    (world, locale)
}

/// `last_close $118.42` as the table of facts has it.
fn fact(line: &str) -> Fact {
    use Unit::{Change, Count, Date, Index, Money, Percent, Price, Ratio, Score, Text};
    let (id, value) = line.split_once(' ').expect("an id and a value");
    let (id, label, unit) = match id {
        "as_of" => ("as_of", "Date of the last close", Date),
        "last_close" => ("last_close", "Last close", Price),
        "forecast_date" => ("forecast_date", "Last day of the forecast", Date),
        "horizon" => ("horizon", "Trading days forecast", Count),
        "median" => ("median", "Median forecast on that day", Price),
        "low" => ("low", "10% quantile on that day", Price),
        "high" => ("high", "90% quantile on that day", Price),
        "middle_low" => ("middle_low", "25% quantile on that day", Price),
        "middle_high" => ("middle_high", "75% quantile on that day", Price),
        "expected_return" => ("expected_return", "Expected return to that day", Change),
        "paths_kept" => ("paths_kept", "Sample paths used", Count),
        "paths" => ("paths", "Sample paths drawn", Count),
        "costs" => ("costs", "Costs of buying and selling once", Percent),
        "return_1d" => ("return_1d", "1-day return", Change),
        "return_5d" => ("return_5d", "5-day return", Change),
        "return_21d" => ("return_21d", "21-day return", Change),
        "momentum" => ("momentum", "12-month return without the last month", Change),
        "drawdown" => ("drawdown", "Below the highest close of the window", Change),
        "volatility" => ("volatility", "Volatility a year", Percent),
        "rsi" => ("rsi", "Relative strength index (14-day RSI)", Index),
        "sma_50" => ("sma_50", "50-day moving average", Price),
        "sma_200" => ("sma_200", "200-day moving average", Price),
        "golden_cross" => (
            "sma_cross",
            "Day the 50-day average crossed above the 200-day one",
            Date,
        ),
        "death_cross" => (
            "sma_cross",
            "Day the 50-day average crossed below the 200-day one",
            Date,
        ),
        "support" => ("support", "Support", Price),
        "support_touches" => ("support_touches", "Turns at the support", Count),
        "resistance" => ("resistance", "Resistance", Price),
        "resistance_touches" => ("resistance_touches", "Turns at the resistance", Count),
        "headlines" => ("headlines", "Headlines", Count),
        "positive" => ("positive", "Positive headlines", Count),
        "negative" => ("negative", "Negative headlines", Count),
        "neutral" => ("neutral", "Neutral headlines", Count),
        "net_score" => ("net_score", "Net sentiment score (-1 to 1)", Score),
        "sector" => ("sector", "Sector", Text),
        "industry" => ("industry", "Industry", Text),
        "market_cap" => ("market_cap", "Market capitalisation", Money),
        "price_earnings" => ("price_earnings", "Price-earnings ratio", Ratio),
        "dividend_yield" => ("dividend_yield", "Dividend yield a year", Percent),
        "next_earnings" => ("next_earnings", "Next earnings", Date),
        other => panic!("no fact {other}"),
    };
    let number = match unit {
        Text => 0.0,
        Date => {
            use chrono::Datelike;
            let day: chrono::NaiveDate = value.parse().expect("a date");
            f64::from(day.num_days_from_ce())
        }
        _ => value
            .chars()
            .filter(|letter| letter.is_ascii_digit() || matches!(letter, '.' | '-'))
            .collect::<String>()
            .parse()
            .expect("a number"),
    };
    let number = if value.ends_with(" billion") {
        number * 1e9
    } else {
        number
    };
    Fact::new(id, label, value.to_owned(), number, unit)
}
