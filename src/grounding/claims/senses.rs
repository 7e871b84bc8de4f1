//! Words of the news that mean the same, and their opposites: to open and to close, to accept and to turn down. A word in, its
//! meaning out.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::stems::stem;

/// A meaning: a pair of [`OPPOSITES`], and which side of it.
pub(super) type Sense = (usize, bool);

/// Words of one meaning, a bar, and words of the opposite one.
const OPPOSITES: [&str; 19] = [
    "open reopen resume restart begin | close shut halt stop suspend ground cease",
    "launch unveil present introduce showcase | withdraw scrap discontinue",
    "raise lift increase boost hike upgrade | cut lower reduce slash trim decrease downgrade",
    "win won secure land obtain | lose lost forfeit",
    "accept approve agree back endorse ratify grant | reject refuse decline oppose dismiss block deny denied",
    "buy bought acquire purchase buyer takeover | sell sold divest dispose sale offload seller",
    "join hire appoint name recruit arrive | leave left quit resign depart dismiss sack step",
    "beat exceed surpass top meet met achieve succeed success reach | miss undershoot fail failure disappoint",
    "settle resolve | sue accuse allege court",
    "strong robust solid steady healthy | weak weaker poor soft feeble sluggish fewer",
    "delay postpone defer late | accelerate hasten early speed quicken forward",
    "keep kept maintain retain unchanged stay | change alter revise abandon",
    "hurt weigh squeeze burden pressure bite | help benefit ease relieve",
    "expand extend widen | shrink narrow contract",
    "defend support | criticise criticize attack oppose",
    "question doubt challenge | confirm praise",
    "spend spent invest | save",
    "pick select choose chosen chose | drop",
    "review examine investigate inquiry probe inspect study | ",
];

static SENSES: LazyLock<HashMap<&str, Sense>> = LazyLock::new(|| {
    let sides = OPPOSITES.iter().enumerate().flat_map(|(pair, text)| {
        let (one, other) = text.split_once('|').unwrap_or((text, ""));
        [(one, true), (other, false)]
            .into_iter()
            .flat_map(move |(words, side)| words.split_whitespace().map(move |word| (stem(word), (pair, side))))
    });
    // A word of two meanings keeps the first.
    let mut senses = HashMap::new();
    sides.for_each(|(word, sense)| {
        senses.entry(word).or_insert(sense);
    });
    senses
});

/// The meaning of a word, in any of its forms.
pub(super) fn sense(word: &str) -> Option<Sense> {
    SENSES.get(stem(word)).copied()
}

/// The meanings of words.
pub(super) fn senses<'w>(words: impl IntoIterator<Item = &'w str>) -> HashSet<Sense> {
    words.into_iter().filter_map(sense).collect()
}

/// Whether one side of a pair stands in `said` and only the other one in `told`.
pub(super) fn are_opposite(said: &HashSet<Sense>, told: &HashSet<Sense>) -> bool {
    said.iter().any(|(pair, side)| {
        told.contains(&(*pair, !side)) && !told.contains(&(*pair, *side)) && !said.contains(&(*pair, !side))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_and_its_like_have_one_meaning() {
        assert!(sense("opens").is_some());
        assert_eq!(sense("opened"), sense("reopening"));
        assert_eq!(sense("cutting"), sense("lowered"));
        assert_eq!(sense("lantern"), None);
    }

    #[test]
    fn to_open_is_the_opposite_of_to_close() {
        let (open, close) = (senses(["opens"]), senses(["closed"]));
        assert!(are_opposite(&open, &close));
        assert!(!are_opposite(&open, &open));
        assert!(!are_opposite(&open, &senses(["opens", "closes"])));
    }
}
