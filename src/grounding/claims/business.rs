//! What the company makes, sells and earns, and the economy around it. No fact tells any of it: unsupported unless a headline
//! does. A sentence in, at most one claim out.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::finding::Finding;
use super::lists::among;
use super::moves::way;
use super::reading::Reading;
use super::source::Source;
use super::stems::stem;
use super::table::Table;
use super::vocabulary::is_plain;
use crate::grounding::claim::ClaimKind;

/// Words of business.
const WORDS: &str = "revenue revenues earnings profit profits profitability profitable margin margins customer customers \
     consumer consumers competitor competitors competition competitive rival rivals dividend dividends buyback \
     buybacks product products innovation innovations innovative brand brands fundamentals fundamental \
     management acquisition acquisitions merger lawsuit lawsuits regulator regulators regulation regulations \
     regulatory factory factories manufacturing manufactures manufacturer designs produces producer smartphone \
     smartphones tablet tablets software hardware devices cloud semiconductor semiconductors chips technology \
     technologies tech ecosystem guidance inflation tariffs tariff geopolitical pandemic headquartered founded \
     specializes specialises employees subscribers partnership partnerships patent patents expansion subsidiary \
     subsidiaries executives chairman founder launch launched launches unveiled unveils sales demand supplier \
     suppliers shipments orders research industry recession economy economic sector manufacture invented \
     markets makes sells offers develops maker provider debt valuation layoffs restructuring laptops \
     advertising pharmaceutical automotive retailer bank insurance airline inventory inventories workforce backlog \
     liquidity warehouse warehouses financial financials financially \
     undervalued overvalued underpriced overpriced resilience resilient reasonable";

static BUSINESS: LazyLock<HashSet<&str>> = LazyLock::new(|| WORDS.split_whitespace().collect());

/// Words of the list above that say nothing of a business in these contexts.
fn is_harmless(reading: &Reading<'_>, at: usize) -> bool {
    let (before, after) = (reading.before(at, 1), reading.word(at + 1));
    match reading.word(at) {
        "markets" => !among(before, "emerging key its foreign new smartphone"),
        "makes" | "offers" | "sells" | "develops" => {
            let object = reading.tokens.get(at + 1).is_some_and(|token| token.is_word())
                && !among(
                    after,
                    "the it a no little some sense this an for any them investors support off up upside downside room \
             only",
                );
            !object || matches!(after, "at" | "into") || before == "who"
        }
        "margin" => matches!(after, "of" | "for") || among(before, "wide narrow small thin a comfortable"),
        "orders" => matches!(before, "stop" | "limit") || matches!(after, "to"),
        "demand" | "economic" | "economy" | "sector" | "industry" | "management" | "research" | "fundamental"
        | "fundamentals" => {
            matches!(
                (before, after),
                ("risk", _) | (_, "risk") | ("further", _) | ("own", _) | ("market", _)
            ) || reading.has(0, at, "may might can could not no")
        }
        "financial" => among(
            after,
            "advice advisor adviser markets market instrument product products decision decisions loss losses crisis",
        ),
        // "a reasonable price" values the company, "a reasonable view" does not.
        "reasonable" => !among(after, "price valuation value level"),
        "offer" => true,
        "profit" | "profits" => among(before, "take taking a book lock secure") || after == "taking",
        "sales" => false,
        _ => false,
    }
}

/// "Hoffmann builds machine tools": what the company does.
fn is_activity(reading: &Reading<'_>, table: &Table<'_>, at: usize) -> bool {
    const DOES: &str = "builds supplies operates runs employs serves owns ships bottles distributes installs constructs mines drills \
         refines brews flies publishes insures lends leases trains grows";
    let before = at.checked_sub(1).map(|place| &reading.tokens[place]);
    let company = |word: &str| table.own.contains(word) || among(word, "company firm group business corporation it");
    let word = reading.word(at);
    let other =
        word.len() > 3 && word.ends_with('s') && !word.ends_with("ss") && !is_plain(word) && way(word).is_none();
    (among(word, DOES) || other && !reading.tokens[at].capital)
        && before.is_some_and(|token| company(&token.word))
        && !reading.cues.iter().any(|cue| cue.from > at && cue.from <= at + 2)
}

/// The fact of the company's data that has the word: a sector or an industry, the word for one of them, or a word that was judged
/// with a figure beside it, for which the id is empty.
fn stated<'e>(reading: &Reading<'_>, table: &Table<'e>, at: usize) -> Option<&'e str> {
    match reading.word(at) {
        _ if reading.spent[at] => Some(""),
        word @ ("sector" | "industry") => table.get(word).map(|fact| fact.id.as_ref()),
        word => table.text_with(word),
    }
}

/// The first word of business that neither the company's data nor a headline holds.
pub(super) fn business(reading: &Reading<'_>, table: &Table<'_>, source: &Source) -> Option<Finding> {
    let own = |at: usize| reading.tokens[at].capital && table.own.contains(reading.word(at));
    let of_business = |at: &usize| BUSINESS.contains(reading.word(*at)) && !own(*at) && !is_harmless(reading, *at);
    let stated = |at: &usize| stated(reading, table, *at);
    let mut places = 0..reading.tokens.len();
    let unstated = |at: &usize| {
        of_business(at) && stated(at).is_none() || source.cited.is_empty() && is_activity(reading, table, *at)
    };
    let Some(at) = places.clone().find(unstated) else {
        let at = places.find(|at| of_business(at) && stated(at).is_some_and(|id| !id.is_empty()))?;
        return Some(Finding::decided(at, at + 1, ClaimKind::Business, true, stated(&at)?));
    };
    let told = |place: &usize| {
        table
            .stems
            .get(*place)
            .is_some_and(|stems| stems.contains(stem(reading.word(at))))
            || table.own.iter().any(|word| stem(word) == stem(reading.word(at)))
    };
    let place = if source.cited.is_empty() {
        None
    } else {
        source
            .cited
            .iter()
            .filter_map(|number| number.checked_sub(1))
            .find(told)
    };
    Some(match place {
        Some(place) => Finding::decided(at, at + 1, ClaimKind::Business, true, format!("headline {}", place + 1)),
        None => Finding::unsupported(at, at + 1, ClaimKind::Business),
    })
}
