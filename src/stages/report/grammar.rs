//! The grammar of the reporter's prose: whole sentences of words. The only figures allowed are those of the fact table, or none
//! for a model that misplaces them. A report therefore cannot contain a number that code did not compute.

use std::collections::BTreeSet;

use super::frame::Section;
use crate::engine::Grammar;
use crate::grounding::{Fact, Locale, Unit};

/// The section that begins with the call.
pub(super) const RECOMMENDATION: &str = "Recommendation";

/// Two to three sentences, each with the number of the headline it tells of at its end, and without figures other than `figures`.
pub(super) fn summary(numbers: &[usize], figures: &[Fact], locale: Locale) -> Grammar {
    let (one, several, and) = match locale {
        Locale::En => ("headline", "headlines", "and"),
        Locale::De => ("Schlagzeile", "Schlagzeilen", "und"),
    };
    let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
    let numbers = format!("(?:{})", numbers.join("|"));
    let cited = format!(
        r"{} \((?:{one} {numbers}|{several} {numbers} {and} {numbers})\)\.",
        clause(figures)
    );
    Grammar::Pattern(format!("{cited}(?: {cited}){{1,2}}"))
}

/// The sections that the model is asked for, each of one to three sentences that contain no figures other than `figures`.
pub(super) fn sections(sections: &[Section], figures: &[Fact]) -> Grammar {
    let sentence = sentence(figures);
    let asked = sections.iter().filter(|section| section.asked);
    let sections: Vec<String> = asked
        .map(|section| format!("## {}\n\n{sentence}(?: {sentence}){{0,2}}", section.title))
        .collect();
    Grammar::Pattern(sections.join("\n\n"))
}

/// One sentence for each of the sections: one of the sentences in `known`, or two of them put together.
pub(super) fn again(sections: &[Section], known: &[String]) -> Grammar {
    let bare: Vec<&str> = known.iter().map(|sentence| sentence.trim_end_matches('.')).collect();
    let lower = |sentence: &&str| {
        let first = sentence.chars().next().map_or(0, char::len_utf8);
        format!("{}{}", sentence[..first].to_lowercase(), &sentence[first..])
    };
    let one_of = |sentences: &mut dyn Iterator<Item = String>| {
        let escaped: Vec<String> = sentences.map(|sentence| regex::escape(&sentence)).collect();
        format!("(?:{})", escaped.join("|"))
    };
    let (first, next) = (
        one_of(&mut bare.iter().map(|sentence| (*sentence).to_owned())),
        one_of(&mut bare.iter().map(lower)),
    );
    let sentence = format!(r"{first}(?:, (?:and|while) {next})?\.");
    let sections: Vec<String> = sections
        .iter()
        .map(|section| format!("## {}\n\n{sentence}", section.title))
        .collect();
    Grammar::Pattern(sections.join("\n\n"))
}

/// Letters of any Latin script.
const LETTER: &str = r"[A-Za-z\u{C0}-\u{D6}\u{D8}-\u{F6}\u{F8}-\u{17F}]";

fn sentence(facts: &[Fact]) -> String {
    format!(r"{}\.", clause(facts))
}

/// A sentence without its full stop: 4 to 36 words after its first. A word contains no digits and no characters that Markdown or a
/// terminal would interpret.
fn clause(facts: &[Fact]) -> String {
    let tail = format!(r"(?:['\u{{2019}}&/\-]{LETTER}{{1,20}}){{0,2}}");
    let word = format!("{LETTER}{{1,20}}{tail}");
    let words = if facts.is_empty() {
        word
    } else {
        let figures: Vec<String> = figures(facts).iter().map(|figure| regex::escape(figure)).collect();
        format!("(?:{word}|{})", figures.join("|"))
    };
    format!(r"[A-Z]{LETTER}{{0,20}}{tail}(?:,? {words}){{4,36}}")
}

/// Every form in which a fact may be written: as printed, and a change also without its sign, because "fell 2.1%" expresses it
/// in words.
fn figures(facts: &[Fact]) -> BTreeSet<String> {
    let mut figures = BTreeSet::new();
    for fact in facts {
        figures.insert(fact.value.clone());
        if fact.unit == Unit::Change
            && let Some(unsigned) = fact.value.strip_prefix(['+', '-'])
        {
            figures.insert(unsigned.to_owned());
        }
    }
    // The window lengths in the names of the facts.
    figures.extend(["14-day", "50-day", "200-day"].map(str::to_owned));
    figures
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn fact(value: &str, unit: Unit) -> Fact {
        Fact::new("k", "l", value.into(), 0.0, unit)
    }

    #[test]
    fn only_printed_facts_are_figures_and_changes_may_drop_their_sign() {
        let figures = figures(&[fact("-2.1%", Unit::Change), fact("$430.47", Unit::Price)]);
        let expected = ["$430.47", "-2.1%", "14-day", "2.1%", "200-day", "50-day"];
        assert_eq!(figures.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    }

    fn pattern(grammar: Grammar) -> regex::Regex {
        let Grammar::Pattern(pattern) = grammar else {
            unreachable!("a report's grammar is a pattern")
        };
        regex::Regex::new(&format!("^(?:{pattern})$")).unwrap()
    }

    #[test]
    fn each_sentence_of_a_summary_names_a_headline_that_was_shown() {
        let summary = pattern(summary(&[1, 3], &[], Locale::En));
        let told = "Orders for the new phone are strong";
        assert!(summary.is_match(&format!("{told} (headline 1). {told} (headlines 1 and 3).")));
        for wrong in ["(headline 2)", "(headline 13)", "in Europe"] {
            assert!(
                !summary.is_match(&format!("{told} (headline 1). {told} {wrong}.")),
                "{wrong}"
            );
        }
    }

    #[test]
    fn what_is_written_again_is_what_is_known() {
        let section = Section {
            title: "Conclusion",
            lead: String::new(),
            more: Vec::new(),
            asked: true,
        };
        let known = ["Over the last month the price fell.", "The forecast points up."].map(str::to_owned);
        let again = pattern(again(&[section], &known));
        for right in [
            "The forecast points up.",
            "Over the last month the price fell, while the forecast points up.",
        ] {
            assert!(again.is_match(&format!("## Conclusion\n\n{right}")), "{right}");
        }
        for wrong in [
            "The price rose and much stays open.",
            "The forecast points down.",
            "The forecast points up, because it is so.",
        ] {
            assert!(!again.is_match(&format!("## Conclusion\n\n{wrong}")), "{wrong}");
        }
    }

    #[test]
    fn sentences_hold_words_and_the_figures_of_the_facts_alone() {
        let facts = [fact("€430.47", Unit::Price), fact("-2.1%", Unit::Change)];
        let sentence = regex::Regex::new(&format!("^{}$", super::sentence(&facts))).unwrap();
        assert!(sentence.is_match("The price of Löwe's shares fell 2.1%, to €430.47."));
        for text in [
            "The price of these shares fell 2.2%.",
            "The price of these shares is €430.47",
            "The price of **these** shares fell.",
            "Too few words here.",
        ] {
            assert!(!sentence.is_match(text), "{text}");
        }
    }
}
