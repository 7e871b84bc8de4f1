//! How a figure is meant: as a percentage or a price, as a gain or a loss, as a share in words. A sentence and a place in, the
//! meaning out.

use super::amounts::Mark;
use super::amounts::{Amount, Sign};
use super::lists::among;
use super::moves::{Way, is_place, way};
use super::reading::Reading;
use super::relations::partner;
use super::table::{Hedge, class};
use super::tokens::Kind;
use super::topics::Class;
use crate::grounding::locale::Locale;

/// "4 to 5%": the first is a percentage as well.
pub(super) fn class_at(reading: &Reading<'_>, place: usize) -> Class {
    let own = match reading.tokens[place].amount() {
        // "lost a third of its value"
        Some(amount) if matches!(amount.mark, Mark::Ratio(_)) => Class::Percent,
        amount => amount.map_or(Class::Bare, class),
    };
    match (own, partner(reading, place)) {
        (Class::Bare, None) if is_signed(reading, place) => Class::Percent,
        (Class::Bare, Some((other, true))) => reading.tokens[other].amount().map_or(own, class),
        _ => own,
    }
}

/// "in percentage terms, +6.8"
fn is_signed(reading: &Reading<'_>, place: usize) -> bool {
    let signed = reading.tokens[place]
        .amount()
        .is_some_and(|amount| amount.sign.is_some() && amount.step < 1.0);
    signed && reading.has(0, reading.tokens.len(), "percentage percent")
}

/// The direction that the words around a figure give: the noun after it ("a 2.1% decline"), or else the nearest word before it
/// in the same clause ("fell over five days by 2.1%").
pub(super) fn sign(reading: &Reading<'_>, place: usize, amount: &Amount) -> Option<Way> {
    match amount.sign {
        Some(Sign::Minus) => return Some(Way::Down),
        Some(Sign::Plus) => return Some(Way::Up),
        None => {}
    }
    for at in place + 1..reading.tokens.len().min(place + 5) {
        let word = reading.word(at);
        if let Some(found) =
            way(word).filter(|_| !among(word, "up down above below under rise rising falling") || at == place + 1)
        {
            return Some(found);
        }
        let filler = among(
            word,
            "one five day days weekly daily monthly month week price overall percent point total modest sharp \
             slight steep small further cumulative trading session year to of marginal daily bare mere",
        ) || reading.spent[at];
        if !filler {
            break;
        }
    }
    if among(reading.word(place + 1), "dearer pricier") && reading.word(place + 2) == "than" {
        return Some(Way::Up);
    }
    if reading.word(place + 1) == "cheaper" && reading.word(place + 2) == "than"
        || among(reading.word(place + 1), "shy short south")
    {
        return Some(Way::Down);
    }
    if matches!(reading.before(place, 1), "minus" | "negative") {
        return Some(Way::Down);
    }
    if matches!(reading.before(place, 1), "plus" | "positive") {
        return Some(Way::Up);
    }
    let mut walked = 0;
    for at in (0..place).rev() {
        match &reading.tokens[at].kind {
            Kind::Mark(',' | ':') if walked < 3 => {}
            Kind::Mark(_) => break,
            Kind::Number(_) if !reading.spent[at] => break,
            _ => {}
        }
        let word = reading.word(at);
        if among(word, "up back") && among(reading.before(at, 1), "gave given giving gives give") {
            return Some(Way::Down);
        }
        if word == "cost" && among(reading.before(at, 1), "day week month year session quarter") {
            return Some(Way::Down);
        }
        let bound = reading.word(at + 1) == "to" && matches!(word, "up" | "down");
        if word == "off" && at + 1 == place && class_at(reading, place) == Class::Percent {
            return Some(Way::Down);
        }
        let topic = is_place(word) && among(word, "positive negative above below under strength weakness bull bear");
        if let Some(found) = way(word).filter(|found| !bound && !topic && *found != Way::Flat) {
            return Some(found);
        }
        walked += 1;
        if walked > 9 {
            break;
        }
    }
    // "ein Zehntel ging in vier Wochen verloren": German ends the clause with the verb.
    let german = reading.locale == Locale::De;
    let behind = (place + 1..reading.tokens.len()).filter(|_| german);
    behind
        .take_while(|at| reading.tokens[*at].is_word() || reading.spent[*at])
        .find_map(|at| way(reading.word(at)).filter(|_| !is_place(reading.word(at))))
}

/// Whether the number, in per cent, is a share in words: "a third", "more than a quarter", "almost a fifth".
pub(super) fn is_share(number: f64, share: f64, hedge: Hedge) -> bool {
    let size = number.abs();
    match hedge {
        Hedge::Barely => size > share - 0.5 && size < 1.15 * share,
        Hedge::Over => size > share - 0.5 && size < 1.3 * share,
        Hedge::Under => size < share + 0.5 && size > 0.85 * share,
        Hedge::About | Hedge::None => (size - share).abs() <= 0.1 * share,
    }
}
