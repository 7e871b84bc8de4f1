//! Main clauses that a semicolon, a dash or "and" joins to one sentence: each is judged by itself, so that what one says of its window, its
//! side or its count is not taken for the other's. A sentence in, its clauses out; what only the whole can be understood by stays whole.

use super::german;
use super::lists::among;
use super::moves::{is_place, way};
use super::tokens::{Kind, Token, tokens};
use crate::grounding::locale::Locale;

/// What joins main clauses.
const ENGLISH: [&str; 8] = [
    "; ",
    ", and ",
    ", but ",
    ", while ",
    ", yet ",
    " – and ",
    " — and ",
    ", whereas ",
];
const GERMAN: [&str; 6] = ["; ", ", und ", ", doch ", ", aber ", " – und ", " — und "];

/// Verbs of a main clause that are no words of direction.
const VERBS: &str = "is are was were has have had stands lies lay sits trades traded runs reads shows points came comes finish finished finishes ended \
                     ends end closed closes stopped changed stood amounts equals reached held holds outnumbers outnumber overlies went goes \
                     brought brings added cost";

/// Verbs of a main clause, in German.
const GERMAN_VERBS: &str = "ist sind war waren wird werden wurde wurden hat haben hatte hatten liegt liegen lag lagen steht stehen stand standen \
                            zeigt zeigen kommt kommen kam kamen endet enden endete endeten kostet kostete notiert notieren notierte beträgt \
                            betrug lautet lauten fand fanden findet finden ging geht gehen reicht reichen überwiegen überwiegt halten hält \
                            entstand bröckelte arbeitete verlor gewann stieg fiel sank legte gab schloss verläuft verlaufen bleibt bleiben blieb \
                            belief beläuft gilt erwartet rechnet sieht sprechen spricht brachte stützt begrenzt";

/// Words that begin no main clause, or that point out of their clause.
const OPEN: &str = "if as since because when although though while unless until whether given despite";
const POINTING: &str = "it they this that these those former latter respectively both either neither which same so then there headline headlines' \
                        latter's too also";

/// The main clauses of a sentence.
pub(super) fn parts(text: &str, locale: Locale) -> Vec<&str> {
    let joints: &[&str] = match locale {
        Locale::En => &ENGLISH,
        Locale::De => &GERMAN,
    };
    // A citation at the end is one for the whole; so are quotations and brackets.
    if text.contains(['(', '[', '"', '“', '„', '»', '|', '?']) || !joints.iter().any(|joint| text.contains(joint))
    {
        return vec![text];
    }
    let read = |part: &str| match locale {
        Locale::En => tokens(part),
        Locale::De => german::tokens(part),
    };
    let mut parts = Vec::new();
    let mut from = 0;
    let mut at = 0;
    while let Some((start, end)) = next(text, at, joints) {
        let before = read(&text[from..start]);
        let stop = next(text, end, joints).map_or(text.len(), |(stop, _)| stop);
        let after = read(&text[end..stop]);
        let main = |part: &str, tokens: &[Token]| is_main(tokens) || locale == Locale::De && is_german_main(part);
        if main(&text[from..start], &before) && main(&text[end..stop], &after) && !is_pointing(&after) {
            parts.push(&text[from..start]);
            from = end;
        }
        at = end;
    }
    parts.push(&text[from..]);
    parts
}

/// The first joint behind `at`.
fn next(text: &str, at: usize, joints: &[&str]) -> Option<(usize, usize)> {
    joints
        .iter()
        .filter_map(|joint| {
            text[at..]
                .find(joint)
                .map(|place| (at + place, at + place + joint.len()))
        })
        .min()
}

/// Whether the tokens are a clause with a verb that needs no other.
fn is_main(tokens: &[Token]) -> bool {
    let opens = tokens.first().is_some_and(|first| among(&first.word, OPEN));
    let verb = |token: &Token| {
        let past = token.word.len() > 5 && token.word.ends_with("ed");
        token.is_word() && (past || among(&token.word, VERBS) || way(&token.word).is_some() && !is_place(&token.word))
    };
    !opens && tokens.iter().skip(1).any(verb)
}

/// The same of a German clause, whose verbs the lexicon may have dropped.
fn is_german_main(part: &str) -> bool {
    const OPEN: &str = "wenn falls sofern da weil obwohl während als ob bis bevor nachdem sollte angesichts";
    let mut words = part
        .split_whitespace()
        .map(|word| word.trim_matches(|letter: char| !letter.is_alphanumeric()));
    let first = words.next().unwrap_or_default().to_lowercase();
    !among(&first, OPEN) && words.any(|word| among(word, GERMAN_VERBS))
}

/// Whether the clause begins with a word for something in the clause before, or speaks of it.
fn is_pointing(tokens: &[Token]) -> bool {
    let first = tokens.iter().take(2).any(|token| among(&token.word, POINTING));
    let anywhere = tokens
        .iter()
        .any(|token| among(&token.word, "former latter respectively both neither"));
    first || anywhere || tokens.iter().any(|token| matches!(token.kind, Kind::Mark(':')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn main_clauses_are_parted_and_others_are_not() {
        for (text, count) in [
            ("The week cost 2%, and the RSI stands at 44.", 2),
            ("The close is $4; the median is $5, while the support lies at $3.", 3),
            ("The close is $4, and it lies below the median.", 1),
            ("The close is $4, and the median $5.", 1),
            ("If the price falls, and the RSI is low, much is open.", 1),
            ("Orders rose, and profits fell (headline 2).", 1),
        ] {
            assert_eq!(parts(text, Locale::En).len(), count, "{text}");
        }
        assert_eq!(parts("Der Kurs fiel, und der RSI liegt bei 40.", Locale::De).len(), 2);
    }
}
