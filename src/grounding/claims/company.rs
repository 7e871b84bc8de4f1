//! What a service states of the company: market capitalisation, price-earnings ratio, dividend yield, the day of the next earnings. A
//! sentence in; one claim a figure out. Where the evidence has no such data this judges nothing, and what a text says of them is
//! unsupported.

use super::amounts::{Mark, Meaning, Sign};
use super::dates::is_part_of;
use super::finding::Finding;
use super::hedges::hedge;
use super::lists::among;
use super::reading::Reading;
use super::table::{Table, is_currency_of, is_near};
use super::tokens::{Kind, Token};
use super::topics::Topic;
use crate::grounding::claim::ClaimKind;
use crate::grounding::fact::{Fact, Unit};

/// The figures by id, and the phrases that name each.
const FIGURES: [(&str, &[&str]); 3] = [
    (
        "market_cap",
        &[
            "market capitalisation",
            "market capitalization",
            "market cap",
            "market value",
        ],
    ),
    (
        "price_earnings",
        &[
            "price earnings ratio",
            "price to earnings ratio",
            "price earnings multiple",
            "p / e ratio",
            "p / e",
            "p/e ratio",
            "p/e",
        ],
    ),
    ("dividend_yield", &["dividend yield"]),
];

/// A figure stands at most so many tokens behind its name, or this many before it.
const BEHIND: usize = 6;
const BEFORE: usize = 4;

/// Judges the figures of the company in a sentence, and takes their words out of the judgement of business.
pub(super) fn company(reading: &mut Reading<'_>, table: &Table<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (id, phrases) in FIGURES {
        let Some(fact) = table.get(id) else { continue };
        let mut at = 0;
        while at < reading.tokens.len() {
            let Some(length) = phrases.iter().find_map(|phrase| length_at(reading, at, phrase)) else {
                at += 1;
                continue;
            };
            if let Some(place) = figure_of(reading, at, at + length) {
                (at..at + length).for_each(|place| reading.spent[place] = true);
                findings.push(judge(reading, fact, place));
                reading.spent[place] = true;
            }
            at += length;
        }
    }
    findings.extend(multiple(reading, table));
    findings.extend(order(reading, table));
    findings.extend(worth(reading, table));
    earnings(reading, table);
    findings
}

/// "The next earnings come before the forecast ends": the order of two days.
fn order(reading: &mut Reading<'_>, table: &Table<'_>) -> Option<Finding> {
    let day = |id: &str| table.dates.iter().find(|(fact, _)| fact.id == id).map(|(_, day)| *day);
    let (earnings, end) = day("next_earnings").zip(day("forecast_date"))?;
    let all = reading.tokens.len();
    let named = (0..all).find(|at| among(reading.word(*at), "earnings figures results"))?;
    let at = (named + 1..all).find(|at| among(reading.word(*at), "before after"))?;
    let spoken = [Topic::Forecast, Topic::Horizon, Topic::Band];
    if !reading.speaks_of(at, all, &spoken) || reading.has(named, at, "not") {
        return None;
    }
    reading.spent[named] = true;
    let holds = (earnings < end) == (reading.word(at) == "before");
    Some(Finding::decided(
        at,
        at + 1,
        ClaimKind::Date,
        holds,
        "next_earnings, forecast_date",
    ))
}

/// "trades at eighteen times earnings"
fn multiple(reading: &mut Reading<'_>, table: &Table<'_>) -> Option<Finding> {
    let fact = table.get("price_earnings")?;
    let at = (1..reading.tokens.len()).find(|at| {
        among(reading.word(*at), "times x")
            && reading.tokens[at - 1].amount().is_some()
            && reading.has(at + 1, at + 4, "earnings profit profits")
    })?;
    let end = (at + 1..at + 4).find(|place| among(reading.word(*place), "earnings profit profits"))?;
    let finding = judge(reading, fact, at - 1);
    (at - 1..=end).for_each(|place| reading.spent[place] = true);
    reading.cues.retain(|cue| cue.from != at);
    Some(finding)
}

/// "the market values the company at $6.8 billion": no price of a share has as many digits.
fn worth(reading: &mut Reading<'_>, table: &Table<'_>) -> Option<Finding> {
    const LARGE: f64 = 1e7;
    let fact = table.get("market_cap")?;
    let large = |at: &usize| {
        let amount = reading.tokens[*at].amount().filter(|_| !reading.spent[*at]);
        amount.is_some_and(|amount| matches!(amount.mark, Mark::Currency(_)) && amount.value >= LARGE)
    };
    let said = (0..reading.tokens.len()).find(|at| among(reading.word(*at), "worth values valued value valuation"))?;
    let at = (0..reading.tokens.len()).find(large)?;
    let finding = judge(reading, fact, at);
    reading.spent[at] = true;
    reading.spent[said] = true;
    Some(finding)
}

/// "The next earnings are due on 23 April": where the day is the fact's, the word is no claim of business.
fn earnings(reading: &mut Reading<'_>, table: &Table<'_>) {
    let Some((_, day)) = table.dates.iter().find(|(fact, _)| fact.id == "next_earnings") else {
        return;
    };
    let is_told = |token: &Token| match &token.kind {
        Kind::Number(Meaning::Date(readings)) => readings.iter().any(|date| is_part_of(*date, *day)),
        _ => false,
    };
    if !reading.tokens.iter().any(is_told) {
        return;
    }
    for place in 0..reading.tokens.len() {
        let next = reading.has(place.saturating_sub(2), place, "next upcoming coming");
        let due = reading.has(place, place + 4, "due scheduled announced planned set");
        if reading.word(place) == "earnings" && (next || due) {
            reading.spent[place] = true;
        }
    }
}

/// How many tokens of the sentence the phrase takes at this place.
fn length_at(reading: &Reading<'_>, at: usize, phrase: &str) -> Option<usize> {
    let mut length = 0;
    for word in phrase.split(' ') {
        let token = reading.tokens.get(at + length)?;
        let same = match &token.kind {
            Kind::Mark(mark) => word.chars().eq([*mark]),
            Kind::Word => token.word == word,
            Kind::Number(_) => false,
        };
        if !same {
            return None;
        }
        length += 1;
    }
    Some(length)
}

/// The number that a name speaks of: the next one behind it in the clause, else the last one right before it.
fn figure_of(reading: &Reading<'_>, from: usize, to: usize) -> Option<usize> {
    let free = |place: &usize| !reading.spent[*place] && reading.tokens[*place].amount().is_some();
    let ends = |place: &usize| matches!(reading.tokens[*place].kind, Kind::Mark(';' | ','));
    let behind = (to..reading.tokens.len().min(to + BEHIND)).take_while(|place| !ends(place));
    let before = (from.saturating_sub(BEFORE)..from)
        .rev()
        .take_while(|place| !ends(place));
    behind.chain(before).find(free)
}

fn judge(reading: &Reading<'_>, fact: &Fact, place: usize) -> Finding {
    let Some(amount) = reading.tokens[place].amount() else {
        return Finding::unsupported(place, place + 1, ClaimKind::Number);
    };
    let unit = match (fact.unit, &amount.mark) {
        (Unit::Money, Mark::Currency(currency)) => is_currency_of(fact, currency),
        (Unit::Money, Mark::None) => reading.tokens[..place]
            .last()
            .is_none_or(|before| before.word.len() != 3 || is_currency_of(fact, &before.word.to_uppercase())),
        (Unit::Ratio, Mark::None) | (Unit::Percent, Mark::Percent) => true,
        _ => false,
    };
    let holds = unit && amount.sign != Some(Sign::Minus) && is_near(fact, amount, hedge(reading, place));
    Finding::decided(place, place + 1, ClaimKind::Number, holds, fact.id.as_ref())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use chrono::NaiveDate;

    use crate::grounding::claim::Verdict;
    use crate::grounding::fact::{Fact, Source, Unit};
    use crate::grounding::{Evidence, Locale, check};

    fn facts() -> Vec<Fact> {
        let day = NaiveDate::from_ymd_opt(2013, 3, 1);
        [
            Fact::new("last_close", "Last close", "$430.47".into(), 430.47, Unit::Price),
            Fact::new("sector", "Sector", "Technology".into(), 0.0, Unit::Text),
            Fact::new("industry", "Industry", "Consumer Electronics".into(), 0.0, Unit::Text),
            Fact::new(
                "market_cap",
                "Market capitalisation",
                "$2.90 trillion".into(),
                2.901e12,
                Unit::Money,
            ),
            Fact::new(
                "price_earnings",
                "Price-earnings ratio",
                "28.4".into(),
                28.44,
                Unit::Ratio,
            ),
            Fact::new(
                "dividend_yield",
                "Dividend yield a year",
                "0.44%".into(),
                0.44,
                Unit::Percent,
            ),
            Fact::new(
                "next_earnings",
                "Next earnings",
                "2013-04-23".into(),
                735_000.0,
                Unit::Date,
            ),
        ]
        .map(|fact| fact.of(Source::Company, day, None))
        .to_vec()
    }

    /// Whether every claim of a text is supported, and there is one.
    fn holds(text: &str, facts: &[Fact], locale: Locale) -> bool {
        let evidence = Evidence {
            names: &["Apple Inc.", "AAPL"],
            locale,
            ..Evidence::of(facts)
        };
        let claims = check(text, &evidence).claims;
        // Shown where a test fails.
        println!("{text}: {claims:?}");
        !claims.is_empty() && claims.iter().all(|claim| claim.verdict == Verdict::Supported)
    }

    #[test]
    fn what_a_service_states_is_supported_and_nothing_else() {
        let facts = facts();
        for text in [
            "The market capitalisation is $2.90 trillion, the price-earnings ratio 28.4 and the dividend yield 0.44%.",
            "Apple has a market cap of about $2.9 trillion.",
            "The P/E ratio stands at 28.4.",
            "The next earnings are due on 2013-04-23.",
            "Apple belongs to the sector Technology, industry Consumer Electronics.",
        ] {
            assert!(holds(text, &facts, Locale::En), "{text}");
        }
        for text in [
            "The market capitalisation is $1.90 trillion.",
            "The market capitalisation is €2.90 trillion.",
            "The P/E ratio stands at 14.",
            "The dividend yield is 2.4%.",
            "The next earnings are due on 2013-05-02.",
            "Apple belongs to the sector Healthcare.",
            "Earnings were strong.",
        ] {
            assert!(!holds(text, &facts, Locale::En), "{text}");
        }
    }

    #[test]
    fn in_german_too() {
        let facts = facts();
        for text in [
            "Die Marktkapitalisierung beträgt 2,90 Billionen $, das Kurs-Gewinn-Verhältnis 28,4 und die Dividendenrendite 0,44 %.",
            "Die nächsten Quartalszahlen sind für den 23. April 2013 angekündigt.",
            "Apple gehört zum Sektor Technology, Branche Consumer Electronics.",
        ] {
            assert!(holds(text, &facts, Locale::De), "{text}");
        }
        assert!(!holds("Die Dividendenrendite beträgt 2,4 %.", &facts, Locale::De));
        assert!(!holds(
            "Die Marktkapitalisierung beträgt 1,90 Billionen $.",
            &facts,
            Locale::De
        ));
    }

    #[test]
    fn without_company_data_nothing_of_it_is_supported() {
        let facts = &facts()[..1];
        for text in [
            "The dividend yield is 0.44%.",
            "The market capitalisation is $2.90 trillion.",
            "Apple belongs to the sector Technology.",
        ] {
            assert!(!holds(text, facts, Locale::En), "{text}");
        }
    }
}
