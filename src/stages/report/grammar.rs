//! The grammar of the reporter's prose: whole sentences of words, where the only figures are those of the fact table, or none
//! for a model that puts them in wrong places. So a report cannot contain a number that code did not compute.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::engine::Grammar;
use crate::features::{Fact, Unit};
use crate::stages::Recommendation;

/// The section that begins with the word that code reads.
pub(super) const RECOMMENDATION: &str = "Recommendation";

/// The sections of a report, in order.
pub(super) const SECTIONS: [&str; 5] = [
    "Summary",
    "Market context",
    "Risks and considerations",
    RECOMMENDATION,
    "Conclusion",
];

/// Two to three sentences with no other figures than `figures`.
pub(super) fn summary(figures: &[Fact]) -> Grammar {
    let mut gbnf = String::from("root ::= sentence (\" \" sentence){1,2}\n");
    prose_rules(&mut gbnf, figures);
    Grammar::Rules { gbnf, alphabet: None }
}

/// The five sections, each one to three sentences with no other figures than `figures`.
pub(super) fn report(figures: &[Fact]) -> Grammar {
    let sections: Vec<String> = SECTIONS
        .iter()
        .map(|title| {
            let verdict = if *title == RECOMMENDATION { " verdict" } else { "" };
            format!("\"## {title}\\n\\n\"{verdict} paragraph")
        })
        .collect();
    let mut gbnf = format!("root ::= {}\n", sections.join(" \"\\n\\n\" "));
    gbnf.push_str("paragraph ::= sentence (\" \" sentence){0,2}\n");
    gbnf.push_str("verdict ::= \"**\" (\"BUY\" | \"HOLD\" | \"SELL\") \".** \"\n");
    prose_rules(&mut gbnf, figures);
    Grammar::Rules { gbnf, alphabet: None }
}

/// Reads the recommendation back from a report that followed the grammar.
pub(super) fn recommendation(markdown: &str) -> Option<Recommendation> {
    let (_, section) = markdown.split_once("## Recommendation")?;
    let word = section.trim_start().strip_prefix("**")?.split('.').next()?;
    match word {
        "BUY" => Some(Recommendation::Buy),
        "HOLD" => Some(Recommendation::Hold),
        "SELL" => Some(Recommendation::Sell),
        _ => None,
    }
}

/// A sentence has 4 to 40 words after its first; a word has letters of any Latin script but no digit of any kind and nothing
/// that Markdown or a terminal would read as more than text.
pub(super) fn prose_rules(gbnf: &mut String, facts: &[Fact]) {
    let figure = if facts.is_empty() { "" } else { " | figure" };
    let _ = write!(
        gbnf,
        "sentence ::= [A-Z] letter{{0,20}} tail{{0,2}} (gap word){{4,36}} \".\"\n\
         gap ::= \" \" | \", \"\n\
         word ::= letter{{1,20}} tail{{0,2}}{figure}\n\
         tail ::= ['\\u2019&/-] letter{{1,20}}\n\
         letter ::= [A-Za-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u017F]\n",
    );
    if !facts.is_empty() {
        let literals: Vec<String> = figures(facts).iter().map(|figure| quoted(figure)).collect();
        let _ = writeln!(gbnf, "figure ::= {}", literals.join(" | "));
    }
}

/// Every way in which a fact may be written: as printed; a change also without its sign, since "fell 2.1%" carries it in words.
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
    // The windows that the facts' names speak of.
    figures.extend(["14-day", "50-day", "200-day"].map(str::to_owned));
    figures
}

/// A GBNF string literal.
fn quoted(text: &str) -> String {
    let mut literal = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                literal.push('\\');
                literal.push(character);
            }
            c if c.is_ascii() && !c.is_ascii_control() => literal.push(c),
            c => {
                let _ = write!(literal, "\\U{:08X}", u32::from(c));
            }
        }
    }
    literal.push('"');
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(value: &str, unit: Unit) -> Fact {
        Fact {
            key: "k",
            label: "l".into(),
            value: value.into(),
            number: 0.0,
            unit,
        }
    }

    #[test]
    fn only_printed_facts_are_figures_and_changes_may_drop_their_sign() {
        let figures = figures(&[fact("-2.1%", Unit::Change), fact("$430.47", Unit::Price)]);
        let expected = ["$430.47", "-2.1%", "14-day", "2.1%", "200-day", "50-day"];
        assert_eq!(figures.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_figure_with_quotes_or_other_scripts_is_a_literal() {
        assert_eq!(quoted("€1\"\\"), "\"\\U000020AC1\\\"\\\\\"");
    }

    #[test]
    fn the_recommendation_is_read_from_its_section_only() {
        let report = "## Summary\n\n**SELL.** No.\n\n## Recommendation\n\n**HOLD.** Because.";
        assert_eq!(recommendation(report), Some(Recommendation::Hold));
        assert_eq!(recommendation("## Recommendation\n\nBUY"), None);
        assert_eq!(recommendation("nothing"), None);
    }
}
