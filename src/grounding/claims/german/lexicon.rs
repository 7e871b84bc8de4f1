//! The lexicon: German words and phrases and the English ones that the judges know. German words in, English words out. A form that
//! the lexicon lacks is looked up by its stem, and a compound by its parts.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// What is known of a word or a phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Known {
    /// It stands for these English words, which spaces part.
    English(String),
    /// An ordinary word, which is no name but says more than the checks know.
    Ordinary,
    /// Nothing: a name, or a word that the lexicon lacks.
    Unknown,
}

/// Phrases by their first word, the longest first.
type Phrases = HashMap<String, Vec<(Vec<String>, &'static str)>>;

struct Lexicon {
    exact: Phrases,
    stems: Phrases,
    /// Words that claim nothing, and their stems.
    plain: HashSet<String>,
    /// Other ordinary words, and their stems.
    ordinary: HashSet<String>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let (mut exact, mut stems) = (Phrases::new(), Phrases::new());
    let lines = include_str!("lexicon.txt")
        .lines()
        .filter(|line| !line.starts_with('#'));
    for (english, german) in lines.filter_map(|line| line.split_once(" = ")) {
        for phrase in german.split('|') {
            let words: Vec<String> = phrase.split_whitespace().map(str::to_owned).collect();
            let stemmed: Vec<String> = words.iter().map(|word| stem(word).to_owned()).collect();
            for (phrases, words) in [(&mut exact, words), (&mut stems, stemmed)] {
                if let Some(first) = words.first().cloned() {
                    phrases.entry(first).or_default().push((words, english.trim()));
                }
            }
        }
    }
    for phrases in [&mut exact, &mut stems] {
        let longest_first =
            |list: &mut Vec<(Vec<String>, &str)>| list.sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
        phrases.values_mut().for_each(longest_first);
    }
    // Two lists, with a line of comment above each.
    let mut lists = include_str!("plain.txt").split('#').skip(1).map(|list| {
        let words = list.lines().skip(1).flat_map(str::split_whitespace);
        let forms = words.flat_map(|word| [word, stem(word)]);
        forms.map(str::to_owned).collect::<HashSet<String>>()
    });
    Lexicon {
        exact,
        stems,
        plain: lists.next().unwrap_or_default(),
        ordinary: lists.next().unwrap_or_default(),
    }
});

/// What is known of the words at `word(0)`, and how many of them it takes.
pub(super) fn known<'t>(word: impl Fn(usize) -> &'t str, longest: usize) -> Option<(Known, usize)> {
    let first = word(0);
    if first.is_empty() {
        return None;
    }
    let exact = find(&LEXICON.exact, &|place| word(place), longest);
    let stemmed = find(&LEXICON.stems, &|place| stem(word(place)), longest);
    let found = match (exact, stemmed) {
        (Some(exact), Some(stemmed)) if stemmed.1 > exact.1 => Some(stemmed),
        (exact, stemmed) => exact.or(stemmed),
    };
    if let Some((english, length)) = found {
        return Some((Known::English(english.to_owned()), length));
    }
    if let Some(bare) = without_zu(first)
        && let Some(english) = simple(&bare)
    {
        return Some((Known::English(english.to_owned()), 1));
    }
    let single = if is_in(&LEXICON.plain, first) {
        Known::English("_".to_owned())
    } else if is_in(&LEXICON.ordinary, first) || is_derived(first) {
        Known::Ordinary
    } else {
        match compound(first) {
            Some(english) if english == "_" => Known::Ordinary,
            Some(english) => Known::English(english),
            None => Known::Unknown,
        }
    };
    Some((single, 1))
}

fn find<'t>(phrases: &Phrases, word: &dyn Fn(usize) -> &'t str, longest: usize) -> Option<(&'static str, usize)> {
    phrases.get(word(0))?.iter().find_map(|(words, english)| {
        let fits = words.len() <= longest && words.iter().enumerate().skip(1).all(|(at, other)| word(at) == other);
        fits.then_some((*english, words.len()))
    })
}

/// "aufzustocken" without the "zu" inside it.
fn without_zu(word: &str) -> Option<String> {
    const PARTICLES: [&str; 10] = ["auf", "ab", "an", "aus", "ein", "nach", "zurück", "hinzu", "zu", "bei"];
    PARTICLES.iter().find_map(|particle| {
        let verb = word.strip_prefix(particle)?.strip_prefix("zu")?;
        (verb.chars().count() > 3).then(|| format!("{particle}{verb}"))
    })
}

/// A single word in English, without its compounds.
fn simple(word: &str) -> Option<&'static str> {
    let one = |phrases: &Phrases, word: &str| {
        phrases
            .get(word)?
            .iter()
            .find(|(words, _)| words.len() == 1)
            .map(|(_, english)| *english)
    };
    one(&LEXICON.exact, word)
        .or_else(|| one(&LEXICON.stems, stem(word)))
        .or_else(|| (is_in(&LEXICON.plain, word) || is_in(&LEXICON.ordinary, word)).then_some("_"))
}

fn is_in(list: &HashSet<String>, word: &str) -> bool {
    list.contains(word) || list.contains(stem(word))
}

/// Whether its ending says that it is an ordinary word and no name.
fn is_derived(word: &str) -> bool {
    const ENDINGS: [&str; 16] = [
        "tion", "tionen", "tät", "heit", "heiten", "keit", "keiten", "schaft", "schaften", "ismus", "ierung", "ungen",
        "lich", "liche", "lichen", "weise",
    ];
    let long = word.chars().count();
    long > 7 && ENDINGS.iter().any(|ending| word.ends_with(ending)) || long > 9 && word.ends_with("ung")
}

/// Longer words are no compounds of two words.
const LONGEST: usize = 40;

/// Shorter parts make no compound: they would find words in names.
const PART: usize = 4;

/// A compound of two known words: the English of both, in order.
fn compound(word: &str) -> Option<String> {
    let places: Vec<usize> = word.char_indices().map(|(at, _)| at).collect();
    if places.len() > LONGEST {
        return None;
    }
    // The longest last part first.
    for at in places.iter().skip(PART - 1).copied() {
        let (head, tail) = word.split_at(at);
        if tail.chars().count() < PART {
            break;
        }
        let Some(last) = simple(tail).filter(|english| is_content(english) || *english == "_") else {
            continue;
        };
        let links = ["", "s", "n", "en", "es", "e", "er"];
        let first = links
            .iter()
            .filter_map(|link| head.strip_suffix(link))
            .filter(|head| head.chars().count() >= PART - 1)
            .find_map(simple);
        if let Some(first) = first.filter(|english| is_content(english) || *english == "_") {
            return Some(match (first, last) {
                // "Tagesverlust"
                ("day" | "days" | "trading day", last) if last != "_" => format!("daily {last}"),
                ("weeks", last) if last != "_" => format!("week {last}"),
                (_, "_") => first.to_owned(),
                ("_", last) => last.to_owned(),
                (first, last) => format!("{first} {last}"),
            });
        }
    }
    None
}

/// Whether the English is a word of content: function words are no parts of compounds.
fn is_content(english: &str) -> bool {
    english.chars().count() > 3 || english == "rsi" || english == "day"
}

/// A word without the endings of its forms.
pub(in crate::grounding::claims) fn stem(word: &str) -> &str {
    let long = word.chars().count();
    for ending in ["ern", "em", "en", "er", "es", "e", "n", "s"] {
        if let Some(rest) = word.strip_suffix(ending)
            && long > ending.len() + 3
        {
            return rest;
        }
    }
    word
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn english(text: &str) -> Option<String> {
        let words: Vec<&str> = text.split(' ').collect();
        match known(|place| words.get(place).copied().unwrap_or(""), 8)? {
            (Known::English(english), _) => Some(english),
            (Known::Ordinary, _) => Some("_".to_owned()),
            (Known::Unknown, _) => None,
        }
    }

    #[test]
    fn forms_compounds_and_phrases_are_found() {
        assert_eq!(english("schlusskurses").unwrap(), "last close");
        assert_eq!(english("letzten schlusskurs").unwrap(), "last close");
        assert_eq!(english("monatsrückgang").unwrap(), "month decline");
        assert_eq!(english("kursentwicklungen").unwrap(), "return");
        assert_eq!(english("höher").unwrap(), "higher");
        assert_eq!(english("höhe").unwrap(), "_");
        assert_eq!(english("risikohinweise").unwrap(), "_");
    }

    #[test]
    fn names_are_not_known() {
        for name in [
            "samsung",
            "foxconn",
            "huawei",
            "buffett",
            "petrova",
            "tesla",
            "goldman",
            "blackrock",
            "solberg",
            "quantia",
            "siemens",
            "nokia",
            "zephyr",
            "yellen",
            "stanley",
            "hathaway",
            "orion",
            "lufthansa",
            "nordwind",
            "zalando",
        ] {
            assert_eq!(english(name), None, "{name}");
        }
    }

    #[test]
    fn every_line_of_the_lexicon_has_two_sides_and_no_german_form_stands_twice() {
        let mut seen = HashSet::new();
        for line in include_str!("lexicon.txt")
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            let (english, german) = line.split_once(" = ").unwrap();
            assert!(!english.trim().is_empty(), "{line}");
            for form in german.split('|').map(str::trim) {
                assert!(!form.is_empty() && seen.insert(form), "{form:?} in {line}");
            }
        }
    }
}
