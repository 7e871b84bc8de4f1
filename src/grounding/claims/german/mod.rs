//! German sentences for the checks: text in, tokens out whose words are the English ones that the judges know, each over the German
//! words that it stands for. Numbers, dates and number words are read in German notation. The order of the words stays German, except
//! that a particle at the end of a clause joins its verb, and a direction word far behind its modal verb gets the modal beside it.

mod amounts;
mod lexicon;
mod order;
mod spelled;

pub(super) use self::lexicon::stem;
use self::lexicon::{Known, known};
use self::order::{
    FAR, ends_clause, join_causes, join_particles, join_perfects, with_contrasts, with_denials, with_modals,
};
use super::amounts::Meaning;
use super::lists::among;
use super::tokens::{Kind, Token, raw_words};

/// Stands for a word that claims nothing; no judge has a rule for it.
const NEUTRAL: &str = "moreover";

/// The longest phrase of the lexicon, in words.
const LONGEST: usize = 8;

/// The tokens of a German sentence, in order.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut raw = Vec::new();
    let mut from = 0;
    for number in amounts::numbers(text) {
        raw_words(text, from, number.start, &mut raw);
        from = number.end;
        raw.push(Token {
            start: number.start,
            end: number.end,
            kind: Kind::Number(number.meaning),
            word: String::new(),
            capital: false,
            possessive: false,
        });
    }
    raw_words(text, from, text.len(), &mut raw);
    let mut raw = spelled::join(raw);
    join_particles(&mut raw);
    join_perfects(&mut raw);
    join_causes(&mut raw);
    with_denials(with_modals(with_contrasts(translated(&raw))))
}

/// The words of a German title, as they stand and in English.
pub(super) fn title_words(title: &str) -> impl Iterator<Item = String> {
    tokens(title).into_iter().filter(Token::is_word).map(|token| token.word)
}

fn translated(raw: &[Token]) -> Vec<Token> {
    let word = |at: usize| raw.get(at).map_or("", |token| token.word.as_str());
    let mut tokens: Vec<Token> = Vec::with_capacity(raw.len());
    let mut at = 0;
    while at < raw.len() {
        let token = &raw[at];
        if token.kind != Kind::Word {
            tokens.push(token.clone());
            // "eine Wahrscheinlichkeit von 10 %" is a chance behind its figure.
            if word(at.wrapping_sub(1)) == "von" && matches!(token.kind, Kind::Number(_)) {
                tokens.extend(leading(word(at.wrapping_sub(2))).map(|noun| after(token, noun)));
            }
            at += 1;
            continue;
        }
        if leading(&token.word).is_some()
            && word(at + 1) == "von"
            && raw.get(at + 2).is_some_and(|next| next.amount().is_some())
        {
            put(&mut tokens, raw, at, at + 2, "_");
            at += 2;
            continue;
        }
        if let Some(english) = by_place(raw, at) {
            put(&mut tokens, raw, at, at + 1, english);
            at += 1;
            continue;
        }
        match known(|place| word(at + place), LONGEST) {
            Some((Known::English(english), length)) => {
                put(&mut tokens, raw, at, at + length, &english);
                at += length;
            }
            Some((Known::Ordinary, _)) => {
                tokens.push(Token {
                    capital: false,
                    ..token.clone()
                });
                at += 1;
            }
            // An unknown word with a capital letter may be a name; one without is left as it is.
            Some((Known::Unknown, _)) | None => {
                tokens.push(token.clone());
                at += 1;
            }
        }
    }
    tokens
}

/// Nouns that German puts before their level and English behind it.
fn leading(word: &str) -> Option<&'static str> {
    Some(match word {
        "wahrscheinlichkeit" | "chance" => "chance",
        "quantil" | "perzentil" => "quantile",
        _ => return None,
    })
}

/// A word of no length behind a token.
fn after(token: &Token, word: &str) -> Token {
    Token {
        start: token.end,
        end: token.end,
        kind: Kind::Word,
        word: word.to_owned(),
        capital: false,
        possessive: false,
    }
}

/// Appends English words that stand for the German tokens `from..to`.
fn put(tokens: &mut Vec<Token>, raw: &[Token], from: usize, to: usize, english: &str) {
    let (start, end) = (raw[from].start, raw[to - 1].end);
    for word in english.split(' ').filter(|word| *word != "-") {
        let word = if word == "_" { NEUTRAL } else { word };
        // A word that English writes in several ways has its meaning behind a line.
        let (word, meaning) = word.split_once('_').unwrap_or((word, ""));
        let dated = meaning == "month" || among(word, CAPITALS);
        tokens.push(Token {
            start,
            end,
            kind: Kind::Word,
            word: word.to_owned(),
            capital: dated,
            possessive: false,
        });
    }
}

/// Words that the judges know by their capital letter.
const CAPITALS: &str = "monday tuesday wednesday thursday friday saturday sunday january february march april june july august \
                        september october november december";

/// Units of time, by the beginning of their word.
const TIMES: [&str; 10] = [
    "tag",
    "handelstag",
    "börsentag",
    "woche",
    "monat",
    "jahr",
    "quartal",
    "zeitraum",
    "sitzung",
    "horizont",
];

/// Words whose meaning their neighbours decide.
fn by_place(raw: &[Token], at: usize) -> Option<&'static str> {
    let word = |place: usize| raw.get(place).map_or("", |token| token.word.as_str());
    let number = |place: usize| {
        raw.get(place)
            .is_some_and(|token| matches!(token.kind, Kind::Number(_)))
    };
    let opens = at == 0 || raw[at - 1].kind == Kind::Mark(',') || matches!(raw[at - 1].kind, Kind::Mark(':' | ';'));
    let near = |most: usize, is: &dyn Fn(usize) -> bool| {
        (at + 1..raw.len().min(at + 1 + most))
            .take_while(|place| !matches!(raw[*place].kind, Kind::Mark(_)))
            .any(is)
    };
    let timed = |place: usize| {
        TIMES.iter().any(|time| word(place).starts_with(time))
            && !word(place).ends_with("durchschnitt")
            && !among(
                word(place + 1),
                "durchschnitt linie mittel schnitt sma ma durchschnittslinie",
            )
    };
    let ends = ends_clause(raw, at + 1);
    let closes = among(word(at + 1), "bei mit zu zuletzt") || at > 0 && number(at - 1);
    let hedged =
        number(at + 1) || number(at + 2) && among(word(at + 1), "rund etwa ungefähr circa ca knapp fast gut bis nur");
    Some(match word(at) {
        "über" if near(4, &timed) => "over",
        "über" if number(at + 1) => "over",
        "unter"
            if near(3, &|place| {
                word(place).starts_with("schlagzeile") || word(place).starts_with("meldung")
            }) =>
        {
            "among"
        }
        "auf" if ends => "_",
        "auf" if hedged => "to",
        "von" if hedged && near(7, &|place| among(word(place), "bis auf")) => "from",
        "zu" | "ab" | "an" | "aus" | "ein" | "vor" | "nach" | "bei" | "um" if ends => "_",
        "nach" if !among(word(at + 1), "oben unten") => "after",
        "da" | "denn" if !opens => "_",
        "gut" | "gute" | "gutes" if hedged => "just over",
        "knappe" | "knappes" if hedged => "nearly",
        "wird" | "werden" if is_future(raw, at) => "will",
        "noch"
            if raw[at.saturating_sub(FAR)..at]
                .iter()
                .any(|token| token.word == "weder") =>
        {
            "nor"
        }
        "noch" => "_",
        "als" if raw[at.saturating_sub(6)..at].iter().any(|token| compares(&token.word)) => "than",
        "als" => "as",
        "minus" => {
            if number(at + 1) {
                "minus"
            } else {
                "decline"
            }
        }
        "plus" => {
            if number(at + 1) {
                "plus"
            } else {
                "gain"
            }
        }
        "sollte" if at > 0 => "should",
        "notiert" | "notierte" | "notierten" | "notieren" if !closes => "stands",
        "von" if is_far(raw, at) => "far from",
        "der" | "des" | "aller" if at > 0 && matches!(raw[at - 1].kind, Kind::Number(Meaning::Amount(_))) => "of the",
        "langfristigen" | "langen" | "längeren" if ends && averages(raw, at) => "long one",
        "kurzfristigen" | "kurzen" | "kürzeren" if ends && averages(raw, at) => "short one",
        "gewinn"
            if among(
                word(at + 1),
                "stieg sank wuchs fiel brach schrumpfte kletterte sprang des der",
            ) =>
        {
            "profit"
        }
        "zurück" if TIMES.iter().any(|time| word(at.wrapping_sub(1)).starts_with(time)) => "ago",
        "obere" | "oberes" | "oberen" if number(at + 1) => "upper one",
        "untere" | "unteres" | "unteren" if number(at + 1) => "lower one",
        // "24,6 Milliarden Euro wert"
        "wert" if at > 0 && number(at - 1) => "worth",
        "im" if number(at + 2) && word(at + 1) == "jahr" => "in",
        "jahr" if number(at + 1) && word(at.saturating_sub(1)) == "im" => "-",
        _ => return None,
    })
}

/// Whether "weit entfernt" follows in the clause.
fn is_far(raw: &[Token], at: usize) -> bool {
    let clause = raw[at..]
        .iter()
        .take(FAR)
        .take_while(|token| !matches!(token.kind, Kind::Mark(_)));
    let words: Vec<&str> = clause.map(|token| token.word.as_str()).collect();
    words.windows(2).any(|pair| pair == ["weit", "entfernt"])
}

/// Whether the sentence spoke of an average, so that "über dem langfristigen" needs no noun.
fn averages(raw: &[Token], at: usize) -> bool {
    let mut before = raw[at.saturating_sub(FAR)..at].iter();
    before.any(|token| token.word.starts_with("durchschnitt") || token.word == "linie")
}

/// Whether the word compares, so that "als" behind it is "than".
fn compares(word: &str) -> bool {
    among(
        word,
        "mehr weniger höher niedriger tiefer geringer größer kleiner besser schlechter stärker schwächer ruhiger länger kürzer",
    )
}

/// Whether the clause of "wird" ends in an infinitive of movement.
fn is_future(raw: &[Token], at: usize) -> bool {
    const MOVING: &str = "steigen fallen sinken klettern zulegen nachgeben verlieren gewinnen zunehmen abnehmen anziehen ansteigen \
                          zurückgehen einbrechen rutschen wachsen schließen enden liegen bewegen erholen";
    (at + 1..raw.len().min(at + FAR))
        .find(|place| ends_clause(raw, place + 1))
        .is_some_and(|place| among(&raw[place].word, MOVING))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> String {
        let words: Vec<String> = tokens(text)
            .iter()
            .map(|token| match &token.kind {
                Kind::Word => token.word.clone(),
                Kind::Mark(mark) => mark.to_string(),
                Kind::Number(_) => format!("<{}>", &text[token.start..token.end]),
            })
            .collect();
        words.join(" ")
    }

    #[test]
    fn german_sentences_become_the_words_of_the_judges() {
        for (german, english) in [
            (
                "Der Schlusskurs liegt über dem 50-Tage-Durchschnitt.",
                "the last close lies above the <50> day average",
            ),
            (
                "Die Aktie legte über fünf Tage um 4,5 % zu.",
                "the stock rose over <fünf> days by <4,5 %>",
            ),
            (
                "Der Kurs gab im letzten Monat nach.",
                "the price fell over the last month",
            ),
            (
                "Der Kurs könnte in den nächsten 30 Handelstagen fallen.",
                "the price could in the next <30> trading days may fall",
            ),
            (
                "Das 10-%-Quantil liegt bei 49,46 $.",
                "the <10-%> quantile lies at <49,46 $>",
            ),
            (
                "Von 11 Schlagzeilen sind vier positiv.",
                "of <11> headlines are <vier> positive",
            ),
            ("Er fiel auf 49,46 $.", "it fell to <49,46 $>"),
            ("Im März 2013", "in <März 2013>"),
            ("Ein Kursrückgang von 2 %", "a decline of <2 %>"),
        ] {
            let found = shown(german).replace("in the <März", "in <März");
            assert_eq!(found, english, "{german}");
        }
    }

    proptest! {
        #[test]
        fn any_text_gives_tokens_in_order_that_lie_inside_it(text in "[ a-zA-ZäöüßÄÖÜ0-9.,%$€–\\-()„“]{0,120}|\\PC{0,60}") {
            let mut last = 0;
            for token in tokens(&text) {
                prop_assert!(token.start <= token.end && token.end <= text.len());
                prop_assert!(token.start >= last);
                prop_assert!(text.is_char_boundary(token.start) && text.is_char_boundary(token.end));
                last = token.start;
            }
        }
    }
}
