//! The words before a figure that make it a bound or a round number: "about", "more than", "nearly". A sentence and a place in,
//! the hedge out.

use super::lists::among;
use super::reading::Reading;
use super::table::Hedge;

/// The hedge of the number at `place`.
pub(super) fn hedge(reading: &Reading<'_>, place: usize) -> Hedge {
    if reading.text[..reading.tokens[place].start].ends_with(['~', '≈']) || reading.is_at(place + 1, &["or", "so"]) {
        return Hedge::About;
    }
    let mut at = place;
    while at > 0 && among(reading.word(at - 1), "a the by its usd merely only") {
        at -= 1;
    }
    let (first, second) = (reading.before(at, 1), reading.before(at, 2));
    match (second, first) {
        ("just" | "slightly" | "marginally" | "bit", "over" | "above") | ("little", "over") => Hedge::Barely,
        ("just" | "slightly", "under" | "below" | "shy") | ("shy" | "short", "of") => Hedge::Under,
        ("close" | "near", "to") => Hedge::About,
        ("up", "to") => Hedge::Under,
        (_, "to") if at > 2 && reading.before(at, 2) == "close" => Hedge::About,
        ("more" | "greater" | "better" | "higher", "than") | ("at", "least") | ("upwards" | "north", "of") => {
            Hedge::Over
        }
        ("less" | "fewer" | "lower", "than") | ("at", "most") | ("south", "of") => Hedge::Under,
        (_, "about" | "around" | "roughly" | "approximately" | "approx" | "circa" | "some" | "near" | "ca" | "c") => {
            Hedge::About
        }
        (_, "nearly" | "almost") => Hedge::Under,
        (_, "over" | "exceeding" | "exceeds" | "above" | "beyond" | "exceeded" | "topping") => Hedge::Over,
        (_, "under" | "below" | "beneath") => Hedge::Under,
        _ => Hedge::None,
    }
}

/// Whether the number at `place` is a mere bound: "above 30", "below the 70 mark".
pub(super) fn bound(reading: &Reading<'_>, place: usize) -> Option<Hedge> {
    let mut at = place;
    while at > 0 && among(reading.word(at - 1), "the a its level of mark threshold line") {
        at -= 1;
    }
    match reading.before(at, 1) {
        "above" | "over" | "exceeds" | "exceeding" | "beyond" | "exceeded" | "past" | "crossed" | "passed"
        | "topped" => Some(Hedge::Over),
        "below" | "under" | "beneath" | "before" => Some(Hedge::Under),
        "than" => match reading.before(at, 2) {
            "more" | "greater" | "higher" => Some(Hedge::Over),
            "less" | "lower" | "fewer" => Some(Hedge::Under),
            _ => None,
        },
        _ => None,
    }
}
