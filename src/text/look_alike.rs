//! Letters of other scripts that look like Latin ones. A word in which both stand was made to look like another word; it comes out in
//! Latin letters.

/// Cyrillic and Greek letters, each followed by the Latin letter it looks like.
const PAIRS: [(char, char); 60] = [
    ('А', 'A'),
    ('В', 'B'),
    ('С', 'C'),
    ('Е', 'E'),
    ('Н', 'H'),
    ('І', 'I'),
    ('Ј', 'J'),
    ('К', 'K'),
    ('М', 'M'),
    ('О', 'O'),
    ('Р', 'P'),
    ('Ѕ', 'S'),
    ('Т', 'T'),
    ('Х', 'X'),
    ('У', 'Y'),
    ('а', 'a'),
    ('с', 'c'),
    ('ԁ', 'd'),
    ('е', 'e'),
    ('һ', 'h'),
    ('і', 'i'),
    ('ј', 'j'),
    ('ӏ', 'l'),
    ('о', 'o'),
    ('р', 'p'),
    ('ԛ', 'q'),
    ('ѕ', 's'),
    ('ѵ', 'v'),
    ('ԝ', 'w'),
    ('х', 'x'),
    ('у', 'y'),
    ('Ԍ', 'G'),
    ('Ԛ', 'Q'),
    ('Ԝ', 'W'),
    ('Ӏ', 'I'),
    ('к', 'k'),
    ('т', 't'),
    ('м', 'm'),
    ('п', 'n'),
    ('г', 'r'),
    ('Α', 'A'),
    ('Β', 'B'),
    ('Ε', 'E'),
    ('Ζ', 'Z'),
    ('Η', 'H'),
    ('Ι', 'I'),
    ('Κ', 'K'),
    ('Μ', 'M'),
    ('Ν', 'N'),
    ('Ο', 'O'),
    ('Ρ', 'P'),
    ('Τ', 'T'),
    ('Υ', 'Y'),
    ('Χ', 'X'),
    ('ο', 'o'),
    ('α', 'a'),
    ('ι', 'i'),
    ('ν', 'v'),
    ('υ', 'u'),
    ('ρ', 'p'),
];

/// The word in Latin letters; `None` for a word that mixes no scripts, or holds foreign letters that look like no Latin one.
pub(super) fn look_alike(word: &str) -> Option<String> {
    let (mut latin, mut foreign) = (false, false);
    for letter in word.chars().filter(|letter| letter.is_alphabetic()) {
        if letter.is_ascii() {
            latin = true;
        } else if of(letter).is_some() {
            foreign = true;
        } else if is_cyrillic_or_greek(letter) {
            return None;
        }
    }
    (latin && foreign).then(|| word.chars().map(|letter| of(letter).unwrap_or(letter)).collect())
}

fn of(letter: char) -> Option<char> {
    PAIRS
        .iter()
        .find(|(foreign, _)| *foreign == letter)
        .map(|(_, latin)| *latin)
}

fn is_cyrillic_or_greek(letter: char) -> bool {
    matches!(letter, '\u{370}'..='\u{52f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_word_of_two_scripts_is_changed() {
        assert_eq!(look_alike("SЕLL").as_deref(), Some("SELL"));
        assert_eq!(look_alike("ignоrе").as_deref(), Some("ignore"));
        for word in ["SELL", "рост", "СЕО", "IT-компания", "Ωmega-жук", "日本"] {
            assert_eq!(look_alike(word), None, "{word}");
        }
    }
}
