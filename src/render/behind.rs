//! What stands behind the words of a checked text: where each claim is written, and what its fact says. A text and its check in,
//! places and sentences out; each rendering shows them in its own way.

use std::ops::Range;

use super::text::clean;
use crate::analysis::Sentiment;
use crate::grounding::{Fact, Grounding, Source};

/// A claim in a text and the facts that bear it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Backed {
    /// Where the words of the claim stand, in bytes.
    pub at: Range<usize>,
    /// What each of its facts says.
    pub facts: Vec<Said>,
}

/// A fact in one line. The words of strangers in it are not escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// The line.
    pub line: String,
    /// Its figure as printed; `None` for a name or the call.
    pub figure: Option<String>,
}

impl Backed {
    /// The lines of its facts.
    pub(super) fn lines(&self) -> String {
        let lines: Vec<&str> = self.facts.iter().map(|said| said.line.as_str()).collect();
        lines.join("\n")
    }
}

/// The claims of `text`, in order. One whose words are not found in their turn, or that no fact decided, is left out.
pub(super) fn backed(text: &str, grounding: &Grounding, facts: &[Fact], sentiment: Option<&Sentiment>) -> Vec<Backed> {
    let mut found = Vec::new();
    let mut from = 0;
    for claim in grounding.claims.iter().filter(|claim| !claim.struck) {
        let Some(at) = text[from..].find(&claim.text).map(|place| from + place) else {
            continue;
        };
        let to = at + claim.text.len();
        let ids = claim.fact.iter().flat_map(|ids| ids.split(", "));
        let said: Vec<Said> = ids.filter_map(|id| described(id, facts, sentiment)).collect();
        if !said.is_empty() && !claim.text.is_empty() {
            found.push(Backed {
                at: at..to,
                facts: said,
            });
            from = to;
        }
    }
    found
}

/// A fact in one line: what it is, its value, its day and where it comes from.
fn described(id: &str, facts: &[Fact], sentiment: Option<&Sentiment>) -> Option<Said> {
    let said = |line: String, figure: Option<&str>| Said {
        line,
        figure: figure.map(str::to_owned),
    };
    if let Some(number) = id.strip_prefix("headline ") {
        let place = number.parse::<usize>().ok()?.checked_sub(1)?;
        let headline = sentiment?.headlines.get(place)?;
        return Some(said(
            format!("Headline {number}: {}", clean(&headline.title)),
            Some(number),
        ));
    }
    match id {
        "company" => return Some(said("The name of the company".to_owned(), None)),
        "call" => return Some(said("The call of the rule".to_owned(), None)),
        _ => {}
    }
    let fact = facts.iter().find(|fact| fact.id == id)?;
    let day = match fact.date.map(|date| date.to_string()) {
        Some(date) if date != fact.value => format!(", {date}"),
        _ => String::new(),
    };
    let source = match fact.source {
        Source::Bars => "price history",
        Source::Indicators => "computed from the price history",
        Source::Forecast => "forecast",
        Source::Headlines => "labels of the headlines",
        Source::Outcome => "prices of the days that were forecast",
        Source::Company => "company data",
    };
    let line = format!("{}: {}{day} ({source})", clean(&fact.label), clean(&fact.value));
    Some(said(line, Some(&fact.value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grounding::{Author, Claim, ClaimKind, Unit, Verdict};

    fn claim(text: &str, fact: Option<&str>, struck: bool) -> Claim {
        Claim {
            text: text.to_owned(),
            kind: ClaimKind::Number,
            verdict: Verdict::Supported,
            fact: fact.map(str::to_owned),
            by: Author::Code,
            struck,
        }
    }

    #[test]
    fn claims_are_found_in_their_order_with_what_their_facts_say() {
        let facts = [
            Fact::new("last_close", "Last close", "$9.00".into(), 9.0, Unit::Price),
            Fact::new("sma_50", "50-day moving average", "$8.00".into(), 8.0, Unit::Price),
        ];
        let grounding = Grounding {
            claims: vec![
                claim("$9.00", Some("last_close"), false),
                claim("not there", Some("last_close"), false),
                claim("above its average", Some("last_close, sma_50"), false),
                claim("$9.00", Some("last_close"), true),
                claim("open", None, false),
            ],
            ..Grounding::default()
        };
        let text = "It closed at $9.00, above its average. $9.00 is open.";
        let found: Vec<(&str, usize)> = backed(text, &grounding, &facts, None)
            .iter()
            .map(|backed| (&text[backed.at.clone()], backed.facts.len()))
            .collect();
        assert_eq!(found, [("$9.00", 1), ("above its average", 2)]);
        let said = backed(text, &grounding, &facts, None);
        assert_eq!(said[0].lines(), "Last close: $9.00 (price history)");
    }
}
