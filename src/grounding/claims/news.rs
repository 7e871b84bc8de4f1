//! What is said of the news. A statement about the news is its mood or its counts, or it cites a headline by number and says
//! what that headline says; anything else is unsupported. A sentence in, its claims about the news out.

use super::amounts::Mark;
use super::finding::Finding;
use super::hypotheticals::is_hypothetical;
use super::lists::among;
use super::moves::{Way, way};
use super::reading::Reading;
use super::senses::{Sense, are_opposite, sense, senses};
use super::source::{Source, is_reporting};
use super::table::Table;
use super::tokens::Kind;
use super::topics::Topic;
use super::vocabulary::is_plain;
use crate::grounding::claim::ClaimKind;

/// A net score beyond this is a mood, within twice this the mood may be called mixed.
const CLEAR: f64 = 0.05;
const MIXED: f64 = 0.2;

/// Words for the news as a whole.
const NEWS: &str = "news headline headlines article articles stories press media coverage newsflow journalists reporters \
     titles commentary bulletins tone mood sentiment newspapers newspaper outlets commentators";

/// Judges what a sentence says of the news.
pub(super) fn news(reading: &Reading<'_>, table: &Table<'_>, cited: &[(usize, usize)]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = cited
        .iter()
        .map(|(at, number)| citation(reading, table, *at, *number))
        .collect();
    if !cited.is_empty() {
        return findings;
    }
    let Some(at) = (0..reading.tokens.len()).find(|at| among(reading.word(*at), NEWS) && !is_market_tone(reading, *at))
    else {
        let told = [
            "according to reports",
            "according to analysts",
            "according to sources",
            "according to experts",
            "reportedly",
            "reports say",
            "reports suggest",
            "reports indicate",
            "sources say",
            "analysts say",
            "analysts expect",
            "analysts believe",
            "experts say",
            "experts believe",
            "it is rumoured",
            "it is rumored",
            "rumours",
            "rumors",
            "analysts have",
            "experts have",
            "analysts at",
            "according to recent",
            "according to several",
            "according to market",
        ];
        findings.extend(
            told.iter()
                .find_map(|phrase| reading.find(phrase))
                .or_else(|| (0..reading.tokens.len()).find(|at| is_hearsay(reading, *at)))
                .map(|at| Finding::unsupported(at, at + 1, ClaimKind::News)),
        );
        return findings;
    };
    findings.extend(mood(reading, table));
    let content = foreign(reading, table);
    let speaks = reading
        .tokens
        .iter()
        .any(|token| is_reporting(&token.word) && token.word != "which" && !among(token.word.as_str(), NEWS));
    let about = among(
        reading.word(at + 1),
        "about of on points pointing regarding around mention mentions highlight highlights tell tells that",
    );
    let scored = reading.tokens.iter().any(|token| {
        token
            .amount()
            .is_some_and(|amount| amount.mark == Mark::None && amount.value <= 1.0 && amount.step < 1.0)
    });
    if content > if scored { 3 } else { 1 } || (speaks || about) && content > 0 {
        // Even what a headline says needs its number.
        findings.push(Finding::unsupported(at, at + 1, ClaimKind::News));
    }
    findings
}

/// "analysts are enthusiastic": what others think, without a headline.
fn is_hearsay(reading: &Reading<'_>, at: usize) -> bool {
    const OTHERS: &str = "analysts experts brokers observers brokerages strategists economists insiders commentators";
    const VERBS: &str = "are were have had say see expect think believe remain rate like recommend consider predict forecast agree \
         argue warn doubt hope fear want praise expected said saw raised lowered upgraded downgraded";
    among(reading.word(at), OTHERS) && reading.has(at + 1, at + 3, VERBS)
}

/// "market sentiment", "the mood of investors": not the news.
fn is_market_tone(reading: &Reading<'_>, at: usize) -> bool {
    matches!(reading.word(at), "sentiment" | "mood" | "tone")
        && (matches!(reading.before(at, 1), "market" | "investor" | "trader" | "cautious")
            || reading.word(at + 1) == "score")
}

/// Words of the sentence that only a headline could tell.
fn foreign(reading: &Reading<'_>, table: &Table<'_>) -> usize {
    reading
        .tokens
        .iter()
        .filter(|token| {
            token.is_word()
                && !is_plain(&token.word)
                && !is_reporting(&token.word)
                && !among(token.word.as_str(), NEWS)
                && !table.own.contains(&token.word)
        })
        .count()
}

/// The claim of a sentence that cites a headline.
fn citation(reading: &Reading<'_>, table: &Table<'_>, at: usize, number: usize) -> Finding {
    let from = if at > 0 && reading.before(at, 1).starts_with("headline") {
        at - 1
    } else {
        at
    };
    let to = if reading.word(at + 1).starts_with("headline") {
        at + 2
    } else {
        at + 1
    };
    let Some(title) = number.checked_sub(1).and_then(|place| table.titles.get(place)) else {
        return Finding::decided(from, to, ClaimKind::News, false, "headlines");
    };
    let id = format!("headline {number}");
    let said: Vec<Way> = (0..reading.tokens.len())
        .filter_map(|place| {
            // "Output is down"
            let predicate = among(reading.before(place, 1), "is are was were goes go going went");
            clear(reading.word(place)).or_else(|| way(reading.word(place)).filter(|_| predicate))
        })
        .collect();
    let changed = table
        .senses
        .get(number - 1)
        .into_iter()
        .flatten()
        .filter_map(|sense| changed(*sense));
    let told: Vec<Way> = title.iter().filter_map(|word| clear(word)).chain(changed).collect();
    let priced = reading
        .tokens
        .iter()
        .any(|token| matches!(token.amount(), Some(amount) if matches!(amount.mark, Mark::Currency(_))));
    let meant = senses(
        reading
            .tokens
            .iter()
            .map(|token| token.word.as_str())
            .filter(|word| !(priced && word.starts_with("close"))),
    );
    let one = cited_once(reading);
    let opposite = !said.is_empty() && !told.is_empty() && !said.iter().any(|way| told.contains(way))
        || one
            && number
                .checked_sub(1)
                .and_then(|place| table.senses.get(place))
                .is_some_and(|told| are_opposite(&meant, told));
    if opposite {
        return Finding::decided(from, to, ClaimKind::News, false, id);
    }
    let own = Source { cited: vec![number] };
    let bare = foreign(reading, table) == 0;
    if bare || own.tells(reading, table, 0, reading.tokens.len()).is_some() || others(reading, table, number) {
        Finding::decided(from, to, ClaimKind::News, true, id)
    } else {
        Finding::unsupported(from, to, ClaimKind::News)
    }
}

/// Whether the sentence speaks of one headline alone.
fn cited_once(reading: &Reading<'_>) -> bool {
    let heads = reading.tokens.iter().filter(|token| token.word.starts_with("headline"));
    heads.count() < 2
}

/// Whether the sentence cites several headlines and each of its words stands in one of them.
fn others(reading: &Reading<'_>, table: &Table<'_>, number: usize) -> bool {
    let own = Source { cited: vec![number] };
    // The stretch around the citation, between commas.
    let stretch: Vec<(usize, usize)> = {
        let mut from = 0;
        let mut parts = Vec::new();
        for place in 0..reading.tokens.len() {
            if matches!(reading.tokens[place].kind, Kind::Mark(',' | ';' | ':'))
                || reading.word(place) == "while"
                || reading.word(place) == "and"
            {
                parts.push((from, place));
                from = place + 1;
            }
        }
        parts.push((from, reading.tokens.len()));
        parts
    };
    stretch.iter().any(|(from, to)| {
        let here = (*from..*to).any(|place| {
            reading.tokens[place]
                .amount()
                .is_some_and(|amount| amount.value == number as f64)
        });
        here && own.tells(reading, table, *from, *to).is_some()
    })
}

/// "raises its dividend", "cuts its outlook": which way something goes that somebody decides on.
fn changed(told: Sense) -> Option<Way> {
    if sense("raise") == Some(told) {
        Some(Way::Up)
    } else if sense("cut") == Some(told) {
        Some(Way::Down)
    } else {
        None
    }
}

fn clear(word: &str) -> Option<Way> {
    way(word).filter(|_| {
        !among(
            word,
            "above below under positive negative bull bear up down flat stable steady",
        )
    })
}

/// "The mood of the news is good", "the tone is mixed".
fn mood(reading: &Reading<'_>, table: &Table<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, token) in reading.tokens.iter().enumerate() {
        let wanted = match token.word.as_str() {
            "good" | "positive" | "upbeat" | "bullish" | "favourable" | "favorable" | "optimistic" | "encouraging"
            | "constructive" | "supportive" | "cheerful" | "sunny" | "euphoric" | "glowing" | "enthusiastic"
            | "rosy" | "praise" | "great" | "excellent" | "strong" | "kind" | "buoyant" | "bright" | "friendly"
            | "better" => Way::Up,
            "bad" | "negative" | "downbeat" | "bearish" | "unfavourable" | "unfavorable" | "pessimistic"
            | "discouraging" | "gloomy" | "poor" | "adverse" | "grim" | "dire" | "dismal" | "bleak" | "terrible"
            | "awful" | "weak" | "dark" | "worse" | "subdued" | "hostile" | "sour" => Way::Down,
            "mixed" | "balanced" | "neutral" | "undecided" | "divided" | "split" => Way::Flat,
            _ => continue,
        };
        // "neither good nor bad"
        let neither = reading.has(at.saturating_sub(3), at, "neither nor")
            && reading.has(at.saturating_sub(3), at + 3, "neither")
            && reading.has(at.saturating_sub(1), at + 2, "nor");
        let wanted = if neither { Way::Flat } else { wanted };
        // An adjective of counted headlines is judged with its count.
        let counted = (at.saturating_sub(7)..at).any(|place| reading.tokens[place].amount().is_some())
            || reading.has(
                at.saturating_sub(7),
                at,
                "most majority all none no more few fewer some several many mostly half each every largely mainly \
             predominantly outnumber than outnumbered share as",
            )
            || reading.has(at + 1, at + 3, "than outnumber ones outweigh")
            || reading.has(at + 1, at + 5, "outnumber outweigh outnumbered");
        let plural = among(reading.word(at + 1), "headlines headline articles stories ones")
            || reading
                .tokens
                .get(at + 1)
                .is_some_and(|token| token.amount().is_some() || token.kind == Kind::Mark(':'));
        let (from, to) = reading.clause(at);
        let speaks = reading.tokens[from..to]
            .iter()
            .any(|token| among(token.word.as_str(), NEWS));
        let other = reading.speaks_of(from, to, &[Topic::Rsi, Topic::Forecast])
            && !reading.has(from, to, "mood sentiment tone news");
        // "positive, negative and neutral headlines are two each": a list of the labels.
        let labels = [Topic::Positive, Topic::Negative];
        let both = labels.iter().all(|label| reading.speaks_of(from, to, &[*label]));
        let counted =
            counted || both || reading.has(at.saturating_sub(3), at, "single") || reading.has(from, at, "plenty lot");
        if counted || plural || !speaks || other || is_hypothetical(reading, at) {
            continue;
        }
        let Some(score) = table.number("net_score") else {
            findings.push(Finding::unsupported(at, at + 1, ClaimKind::News));
            continue;
        };
        let faint = reading.has(
            at.saturating_sub(2),
            at,
            "slightly mildly marginally faintly somewhat modestly tilts leans tad touch bit",
        );
        let clear = if faint { 0.0 } else { CLEAR };
        let holds = match wanted {
            Way::Up => score > clear,
            Way::Down => score < -clear,
            Way::Flat => score.abs() <= MIXED,
        };
        let denied = reading.has(at.saturating_sub(3), at, "not no isn't neither nor never");
        findings.push(Finding::decided(
            at,
            at + 1,
            ClaimKind::News,
            holds != (denied && !neither),
            "net_score",
        ));
    }
    findings
}
