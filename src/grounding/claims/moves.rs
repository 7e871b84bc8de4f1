//! Words that say which way something went. A word in, a direction out; the only list of these words.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::lists::among;

/// Which way a word points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Up,
    Down,
    Flat,
}

const UP: &str = "rise gain climb advance increase jump surge soar rally grow appreciate strengthen rebound recover spike \
     leap ascend improve lift mount rocket skyrocket swell inch up upside uptick upswing upturn upward \
     upwards higher up growth appreciation uptrend above bullish positive rallie recovery strength \
     bounce bull outperform increment upsurge vault balloon resurge pop";

const DOWN: &str = "fall drop decline decrease slide slip shed dip sink tumble plunge plummet slump crash dive erode retreat \
     weaken depreciate shrink lose loss losse drawdown downside downturn downtick downswing downward \
     downwards lower down downtrend below bearish negative pullback setback selloff ease deteriorate collapse \
     nosedive sag cede contract contraction decay depreciation weakness descend retrace skid bear under surrender forfeit wane dwindle soften subside stumble evaporate \
                    crumble wilt cheapen";

const IRREGULAR: [(&str, Way); 36] = [
    ("rose", Way::Up),
    ("risen", Way::Up),
    ("rising", Way::Up),
    ("grew", Way::Up),
    ("grown", Way::Up),
    ("added", Way::Up),
    ("adds", Way::Up),
    ("adding", Way::Up),
    ("rallied", Way::Up),
    ("rallying", Way::Up),
    ("leapt", Way::Up),
    ("fell", Way::Down),
    ("fallen", Way::Down),
    ("lost", Way::Down),
    ("losing", Way::Down),
    ("slid", Way::Down),
    ("sank", Way::Down),
    ("sunk", Way::Down),
    ("shrank", Way::Down),
    ("shrunk", Way::Down),
    ("dove", Way::Down),
    ("declining", Way::Down),
    ("shedding", Way::Down),
    ("easing", Way::Down),
    ("eased", Way::Down),
    ("flat", Way::Flat),
    ("unchanged", Way::Flat),
    ("sideways", Way::Flat),
    ("stable", Way::Flat),
    ("steady", Way::Flat),
    ("flatly", Way::Flat),
    ("stagnant", Way::Flat),
    ("stagnated", Way::Flat),
    ("flattish", Way::Flat),
    ("plateaued", Way::Flat),
    ("rangebound", Way::Flat),
];

/// Every word of the lists.
static WAYS: LazyLock<HashMap<&str, Way>> = LazyLock::new(|| {
    let list = |way: Way, list: &'static str| list.split_whitespace().map(move |word| (word, way));
    list(Way::Up, UP)
        .chain(list(Way::Down, DOWN))
        .chain(IRREGULAR)
        .collect()
});

/// The direction of a word, in any of its forms.
pub(super) fn way(word: &str) -> Option<Way> {
    WAYS.get(word)
        .copied()
        .or_else(|| forms(word).find_map(|form| WAYS.get(form.as_str()).copied().filter(|way| *way != Way::Flat)))
}

/// Directions that only a noun or an adverb gives, never a verb of its own.
pub(super) fn is_place(word: &str) -> bool {
    among(
        word,
        "above below under higher lower up down upside downside positive negative strength weakness bull \
             bear",
    )
}

/// The word and what it may be a form of: "slumped" → "slump", "dropping" → "drop", "declines" → "decline".
fn forms(word: &str) -> impl Iterator<Item = String> {
    let mut forms = vec![word.to_owned()];
    for (ending, instead) in [
        ("s", ""),
        ("es", ""),
        ("ed", ""),
        ("ed", "e"),
        ("ing", ""),
        ("ing", "e"),
        ("d", ""),
    ] {
        if let Some(base) = word.strip_suffix(ending).filter(|base| base.len() > 2) {
            let doubled = base.len() > 3
                && base.as_bytes().last() == base.as_bytes().get(base.len().wrapping_sub(2))
                && base.is_ascii();
            if doubled && instead.is_empty() && ending.len() > 1 {
                forms.push(base[..base.len() - 1].to_owned());
            }
            forms.push(format!("{base}{instead}"));
        }
    }
    forms.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_verb_has_its_direction() {
        for word in [
            "slumped", "dropping", "declines", "shed", "eases", "plunging", "lost", "slipped",
        ] {
            assert_eq!(way(word), Some(Way::Down), "{word}");
        }
        for word in ["gained", "climbs", "surging", "advanced", "rallies", "rose", "jumping"] {
            assert_eq!(way(word), Some(Way::Up), "{word}");
        }
        for word in ["this", "close", "seed", "address", "thing", "red", "ring"] {
            assert_eq!(way(word), None, "{word}");
        }
    }
}
