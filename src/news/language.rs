//! The language of a headline: a title comes in, an ISO 639-1 code goes out, or nothing where the title does not show it. Pure.
//!
//! Headlines are short and full of names, so no detector is sure of them, and the costly error is to take an English one for another.
//! The script decides where it can; among Latin titles `whichlang` is heard, and words decide: those that hold sentences together, in
//! eight languages, common English words, and letters with marks in words that are no names. docs/data-news.md has the measurements.

use std::cmp::Reverse;

use whichlang::Lang;

use super::aliases::{FOLLOWERS, holds};
use super::english::is_english;

/// Words that hold sentences together, by language.
const JOINTS: [(&str, &str); 8] = [
    (
        "en",
        "the of and to in for with from after at by as is are its on up over will says how why what this that be has have into amid \
         than more about not but you your their who vs out off ahead before against may could should here it an a",
    ),
    (
        "de",
        "der die das und im in auf für von mit nach aus bei zu zum zur ein eine einen einem eines den dem des sich ist wird werden \
         nicht über vor wegen um an am als auch mehr ihr ihre seine neue neuen gegen durch wieder weniger noch nur bis trotz",
    ),
    (
        "fr",
        "le la les l d de du des et un une en au aux sur pour par ses son sa leur avec dans après ne pas plus est que qui ce cette va \
         vers chez se",
    ),
    (
        "es",
        "el la los las de del y un una en con por para su sus al se más que tras sobre no lo es ante hasta como sin entre",
    ),
    (
        "it",
        "il lo la i gli le l di del della dei delle e un una in con per su al alla ai dal dalla da che si non più dopo nel nella sul \
         sulla sono ha",
    ),
    (
        "pt",
        "o os as de do da dos das e um uma em no na nos nas com por para seu sua ao se mais que após sobre não é até",
    ),
    (
        "nl",
        "de het een en van in op voor met uit naar bij te aan om zijn niet meer dan wordt is door over na tot zich nog ook",
    ),
    (
        "sv",
        "och att det som en ett i på av för med till från den är om sin sina vid efter mot inte mer har ur under",
    ),
];

const ENGLISH: usize = 0;

/// The language of a title; `None` where it holds too little to tell, as a list of names does.
pub(super) fn language_of(title: &str) -> Option<&'static str> {
    if let Some(language) = by_script(title) {
        return Some(language);
    }
    let words: Vec<&str> = title
        .split(|letter: char| !letter.is_alphabetic())
        .filter(|word| !word.is_empty())
        .collect();
    let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let mut votes = JOINTS.map(|(_, joints)| lower.iter().filter(|word| holds(joints, word)).count());
    votes[ENGLISH] += lower.iter().filter(|word| holds(FOLLOWERS, word)).count();
    // Names are capitalised and of any language; what is small is of the title's own.
    let small: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| word.starts_with(char::is_lowercase))
        .collect();
    let english = small
        .iter()
        .filter(|word| is_english(word) || holds(FOLLOWERS, word) || holds(JOINTS[ENGLISH].1, word))
        .count();
    let marked = small.iter().any(|word| !word.is_ascii());
    let heard = code(whichlang::detect_language(title));
    // A vote weighs more than what is heard, and that more than English by itself.
    let weight =
        |place: usize| 4 * votes[place] + 3 * usize::from(JOINTS[place].0 == heard) + 2 * usize::from(place == ENGLISH);
    let first = |places: std::ops::Range<usize>| places.max_by_key(|&place| (weight(place), Reverse(place)));
    let best = first(0..JOINTS.len()).unwrap_or(ENGLISH);
    let other = first(1..JOINTS.len()).map_or("en", |place| JOINTS[place].0);
    if marked && 2 * english <= small.len() {
        return Some(match (best, heard) {
            (ENGLISH, "en") => other,
            (ENGLISH, heard) => heard,
            (best, _) => JOINTS[best].0,
        });
    }
    // A list of names shows no language, whatever it sounds like.
    if small.is_empty() && votes.iter().all(|&votes| votes == 0) {
        return None;
    }
    if best != ENGLISH {
        let is_other = 2 * english <= small.len();
        return Some(if is_other { JOINTS[best].0 } else { "en" });
    }
    match heard {
        "en" => Some("en"),
        heard if english == 0 && !small.is_empty() => Some(heard),
        _ => (english > 0 || votes[ENGLISH] > 0).then_some("en"),
    }
}

/// The language that a script is of, where a third of the letters are of it: company names stand in Latin letters in every language.
fn by_script(title: &str) -> Option<&'static str> {
    let letters = title.chars().filter(|letter| letter.is_alphabetic()).count();
    let share = |of: fn(char) -> bool| {
        let found = title.chars().filter(|&letter| of(letter)).count();
        found > 0 && 3 * found >= letters
    };
    let kana = |letter: char| matches!(letter, '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}');
    if share(|letter| matches!(letter, '\u{3041}'..='\u{30fa}' | '\u{30fc}' | '\u{3400}'..='\u{9fff}')) {
        // Japanese written in Chinese characters only cannot be told from Chinese.
        return Some(if title.chars().any(kana) { "ja" } else { "zh" });
    }
    type Script = (&'static str, fn(char) -> bool);
    let scripts: [Script; 8] = [
        (
            "ko",
            |letter| matches!(letter, '\u{1100}'..='\u{11ff}' | '\u{ac00}'..='\u{d7af}'),
        ),
        ("ru", |letter| matches!(letter, '\u{400}'..='\u{52f}')),
        (
            "el",
            |letter| matches!(letter, '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}'),
        ),
        ("ar", |letter| matches!(letter, '\u{600}'..='\u{6ff}')),
        ("he", |letter| matches!(letter, '\u{590}'..='\u{5ff}')),
        ("hi", |letter| matches!(letter, '\u{900}'..='\u{97f}')),
        ("th", |letter| matches!(letter, '\u{e00}'..='\u{e7f}')),
        ("hy", |letter| matches!(letter, '\u{530}'..='\u{58f}')),
    ];
    scripts
        .into_iter()
        .find(|(_, of)| share(*of))
        .map(|(language, _)| language)
}

fn code(language: Lang) -> &'static str {
    match language {
        Lang::Ara => "ar",
        Lang::Cmn => "zh",
        Lang::Deu => "de",
        Lang::Eng => "en",
        Lang::Fra => "fr",
        Lang::Hin => "hi",
        Lang::Ita => "it",
        Lang::Jpn => "ja",
        Lang::Kor => "ko",
        Lang::Nld => "nl",
        Lang::Por => "pt",
        Lang::Rus => "ru",
        Lang::Spa => "es",
        Lang::Swe => "sv",
        Lang::Tur => "tr",
        Lang::Vie => "vi",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written for this test, in two halves: the rules were made on the first and are measured on the second.
    const HEADLINES: [(&str, &str); 2] = [
        ("first", include_str!("../../tests/fixtures/news/languages-first.tsv")),
        ("second", include_str!("../../tests/fixtures/news/languages-second.tsv")),
    ];

    #[test]
    fn english_headlines_are_kept_and_others_are_recognised() {
        for (half, text) in HEADLINES {
            let all: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once('\t')).collect();
            let (mut right, mut english, mut others, mut told) = (0, (0, 0), (0, 0), Vec::new());
            for (language, title) in &all {
                let found = language_of(title);
                right += usize::from(found == Some(language));
                let read = found.is_none_or(|found| found == "en");
                let (count, good) = if *language == "en" {
                    (&mut english, read)
                } else {
                    (&mut others, !read)
                };
                *count = (count.0 + usize::from(good), count.1 + 1);
                if !good {
                    told.push(format!("{title} ({language}, found {found:?})"));
                }
            }
            println!(
                "{half} half: {right} of {} languages right, {} of {} English headlines kept, {} of {} others recognised: {told:#?}",
                all.len(),
                english.0,
                english.1,
                others.0,
                others.1
            );
            assert!(all.len() > 100, "{half}: {}", all.len());
            assert!(english.0 * 100 >= english.1 * 95, "{half}: {english:?} {told:#?}");
            assert!(others.0 * 100 >= others.1 * 90, "{half}: {others:?} {told:#?}");
            assert!(right * 100 >= all.len() * 80, "{half}: {right} of {}", all.len());
        }
    }

    #[test]
    fn a_title_without_words_of_a_language_has_none() {
        for title in ["", "…", "AAPL, MSFT", "123"] {
            assert!(language_of(title).is_none_or(|found| found == "en"), "{title}");
        }
    }
}
