//! The order of German words: verbs whose particle stands at the end of the clause, and modal verbs whose infinitive stands there.
//! Tokens in, tokens out that judges of an English order can read.

use super::super::lists::{PARTING, among};
use super::super::moves::{is_place, way};
use super::super::tokens::{Kind, Token};

/// What belongs together in a clause stands at most this many words apart.
pub(super) const FAR: usize = 30;

/// Forms of verbs, their particles, and the verb that both together stand for.
const SEPARABLE: &[(&str, &str, &str)] = &[
    ("legt legte legten legen", "zu", "stieg"),
    ("gibt gab gaben geben", "nach ab", "fiel"),
    ("nimmt nahm nahmen nehmen", "zu", "stieg"),
    ("nimmt nahm nahmen nehmen", "ab", "fiel"),
    ("zieht zog zogen ziehen", "an", "stieg"),
    (
        "steigt stieg stiegen springt sprang sprangen schnellt schnellte",
        "an hoch",
        "stieg",
    ),
    (
        "geht ging gingen gehen kommt kam kamen",
        "zurück herunter runter",
        "fiel",
    ),
    ("fällt fiel fallen fielen", "aus", "ist"),
    ("bricht brach brachen brechen büßt büßte büßten", "ein", "fiel"),
    (
        "rutscht rutschte rutschten sackt sackte sackten stürzt stürzte stürzten fällt fiel fielen bröckelt bröckelte bröckelten",
        "ab zurück",
        "fiel",
    ),
    ("holt holte holten", "auf", "stieg"),
    ("schwächt schwächte schwächten", "ab", "fiel"),
    ("steige steigt steigen", "ein", "einsteigen"),
    ("steige steigt steigen", "aus", "aussteigen"),
    ("stocke stockt stocken", "auf", "aufstocken"),
    ("greife greift greifen griff griffen", "zu", "zugreifen"),
    ("warte wartet warten", "ab", "abwarten"),
    ("rät riet raten rieten", "ab", "abraten"),
    ("schließt schloss schließen schlossen", "ein", "umfasst"),
    ("schließt schloss schließen schlossen", "aus", "ausschließt"),
];

/// Whether a clause ends before the token at `at`.
pub(super) fn ends_clause(raw: &[Token], at: usize) -> bool {
    raw.get(at).is_none_or(|token| {
        matches!(token.kind, Kind::Mark(_))
            || among(
                &token.word,
                "und oder sowie aber sondern während wohingegen weil als obwohl wobei denn",
            )
    })
}

/// Puts verbs and their particles together: "legte … zu" is one verb.
pub(super) fn join_particles(raw: &mut [Token]) {
    for at in 0..raw.len() {
        if !raw[at].is_word() {
            continue;
        }
        let verb = raw[at].word.clone();
        if !SEPARABLE.iter().any(|(verbs, ..)| among(&verb, verbs)) {
            continue;
        }
        let end = (at + 1..raw.len().min(at + FAR))
            .find(|place| ends_clause(raw, *place + 1))
            .filter(|place| (at + 1..=*place).all(|between| !matches!(raw[between].kind, Kind::Mark(_))));
        let Some(place) = end else { continue };
        let particle = raw[place].word.clone();
        let joined = SEPARABLE
            .iter()
            .find(|(verbs, particles, _)| among(&verb, verbs) && among(&particle, particles));
        // "gehen auf Sorgen zurück" gives a cause, "gehen in einer Woche zurück" a direction.
        if particle == "zurück"
            && among(&verb, "geht gehen ging gingen")
            && raw[at + 1].word == "auf"
            && !raw[at + 2].word.ends_with("sicht")
        {
            "wegen".clone_into(&mut raw[at + 1].word);
            "sich".clone_into(&mut raw[place].word);
            "ist".clone_into(&mut raw[at].word);
        } else if let Some((.., whole)) = joined {
            (*whole).clone_into(&mut raw[at].word);
            "sich".clone_into(&mut raw[place].word);
        }
    }
}

/// Prepositions before a cause, and the words at the end of the clause that make them one.
const CAUSES: &[(&str, &str)] = &[
    ("auf", "zurückzuführen zurückgeführt zurückgehen"),
    ("dem der den", "verdanken zuzuschreiben geschuldet"),
    (
        "durch von vom",
        "getrieben angetrieben gestützt belastet ausgelöst verursacht bedingt gedrückt beflügelt hervorgerufen beeinflusst gebremst          befeuert gestärkt geschwächt bewegt",
    ),
];

/// "auf schwache Zahlen zurückzuführen", "durch Zinssorgen belastet": the preposition names a cause.
pub(super) fn join_causes(raw: &mut [Token]) {
    for at in 0..raw.len() {
        let parts = CAUSES
            .iter()
            .find(|(_, participles)| raw[at].is_word() && among(&raw[at].word, participles));
        let Some((prepositions, _)) = parts else { continue };
        let from = at.saturating_sub(FAR / 2);
        let place = (from..at)
            .rev()
            .take_while(|place| !matches!(raw[*place].kind, Kind::Mark(_)))
            .find(|place| among(&raw[*place].word, prepositions));
        if let Some(place) = place.filter(|place| *place + 1 < at) {
            "wegen".clone_into(&mut raw[place].word);
        }
    }
}

/// "Zinsen haben den Kurs belastet": the same as "Zinsen belasteten den Kurs".
pub(super) fn join_perfects(raw: &mut [Token]) {
    const PARTICIPLES: &str =
        "belastet gedrückt gestützt beflügelt getrieben angetrieben ausgelöst verursacht gebremst befeuert";
    for at in 1..raw.len() {
        if !(raw[at].is_word() && among(&raw[at].word, PARTICIPLES) && ends_clause(raw, at + 1)) {
            continue;
        }
        let from = at.saturating_sub(FAR / 2);
        let auxiliary = (from..at)
            .rev()
            .take_while(|place| !matches!(raw[*place].kind, Kind::Mark(_)))
            .find(|place| among(&raw[*place].word, "hat haben hatte hatten"));
        if let Some(place) = auxiliary.filter(|place| *place > 0 && among(&raw[*place + 1].word, "den die das")) {
            "belastete".clone_into(&mut raw[place].word);
            "sich".clone_into(&mut raw[at].word);
            if raw[place + 1].word == "das" {
                "die".clone_into(&mut raw[place + 1].word);
            }
        }
    }
}

/// Puts "not" before a recommendation that is denied behind it: "Ein Kauf drängt sich nicht auf".
pub(super) fn with_denials(tokens: Vec<Token>) -> Vec<Token> {
    const ACTIONS: &str = "buy sell hold";
    let mut done: Vec<Token> = Vec::with_capacity(tokens.len() + 1);
    for (at, token) in tokens.iter().enumerate() {
        let clause = tokens[at + 1..]
            .iter()
            .take_while(|token| !matches!(token.kind, Kind::Mark(_)) && !among(&token.word, PARTING))
            .take_while(|token| !among(&token.word, "and or buy sell hold"));
        if among(&token.word, ACTIONS) && clause.take(FAR).any(|token| among(&token.word, "not never early")) {
            done.push(beside(token, "not"));
        }
        done.push(token.clone());
    }
    done
}

/// "…, auf Monatssicht aber abwärts": the word that parts the clauses goes to where the clause begins.
pub(super) fn with_contrasts(mut tokens: Vec<Token>) -> Vec<Token> {
    for at in 2..tokens.len() {
        if !among(&tokens[at].word, "but however") {
            continue;
        }
        let opens = (at.saturating_sub(6)..at - 1)
            .rev()
            .find(|place| !tokens[*place].is_word());
        if let Some(comma) = opens.filter(|place| tokens[*place].kind == Kind::Mark(',')) {
            // The comma itself becomes the word, so that the places stay in order.
            tokens[comma].kind = Kind::Word;
            tokens[comma].word = std::mem::take(&mut tokens[at].word);
            "moreover".clone_into(&mut tokens[at].word);
        }
    }
    tokens
}

/// Modal verbs and words of possibility, in English.
const MODAL: &str = "may could can would should if whether risk possible possibility probability chance";

/// A modal reaches this far by itself.
const NEAR: usize = 4;

/// Puts "may" before the direction words that a modal verb far before them makes possible only. Of a price that may be reached, the
/// verb goes before the price as well: "could fall to".
pub(super) fn with_modals(tokens: Vec<Token>) -> Vec<Token> {
    let moves = |token: &Token| way(&token.word).is_some() && !is_place(&token.word);
    let mut done: Vec<Token> = Vec::with_capacity(tokens.len() + 4);
    let mut modal: Option<usize> = None;
    for (at, token) in tokens.iter().enumerate() {
        let parts = matches!(token.kind, Kind::Mark(_)) || among(&token.word, PARTING);
        if parts {
            modal = None;
        } else if among(&token.word, MODAL) {
            modal = Some(done.len());
        } else if let Some(before) = modal {
            let reached = token.word == "to" && tokens.get(at + 1).is_some_and(|next| next.amount().is_some());
            if let Some(verb) = tokens.get(at + 2).filter(|verb| reached && moves(verb)) {
                done.push(beside(token, "may"));
                done.push(beside(token, &verb.word));
            } else if done.len() > before + NEAR && moves(token) {
                done.push(beside(token, "may"));
            }
        }
        done.push(token.clone());
    }
    done
}

/// A word of no length before a token.
fn beside(token: &Token, word: &str) -> Token {
    Token {
        start: token.start,
        end: token.start,
        kind: Kind::Word,
        word: word.to_owned(),
        capital: false,
        possessive: false,
    }
}
