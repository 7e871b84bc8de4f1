//! The first sentence of each section, written by code from the facts and inserted while the model writes. The reader gets the
//! right figures in the right place whatever the model adds. The model does not see these sentences: a small one would continue
//! them with figures of its own.

use super::grammar::{RECOMMENDATION, SECTIONS};
use crate::grounding::Fact;

/// Inserts the leads into the part of a report that is written so far. As the text grows, the result only grows at its end, so
/// it can be shown while it is written.
pub(super) fn with_leads(written: &str, company: &str, facts: &[Fact]) -> String {
    let mut text = String::with_capacity(written.len() * 2);
    let mut rest = written;
    for section in SECTIONS {
        let heading = format!("## {section}\n\n");
        let Some(at) = rest.find(&heading) else { continue };
        let mut end = at + heading.len();
        if section == RECOMMENDATION {
            // The lead follows the verdict, so wait until the verdict is complete.
            let Some(verdict) = rest[end..].find(".** ") else { break };
            end += verdict + ".** ".len();
        }
        text.push_str(&rest[..end]);
        if let Some(lead) = lead(section, company, facts) {
            text.push_str(&lead);
            text.push(' ');
        }
        rest = &rest[end..];
    }
    text.push_str(rest);
    text
}

/// The lead of a section; `None` when the facts it needs are missing.
fn lead(section: &str, company: &str, facts: &[Fact]) -> Option<String> {
    let value = |key: &str| facts.iter().find(|fact| fact.id == key).map(|fact| fact.value.as_str());
    let sentence = match section {
        "Summary" => format!("{company} closed at {} on {}.", value("last_close")?, value("as_of")?),
        "Market context" => {
            let parts: Vec<String> = [
                value("return_5d").map(|figure| format!("the 5-day return is {figure}")),
                value("return_21d").map(|figure| format!("the 21-day return is {figure}")),
                value("volatility").map(|figure| format!("volatility is {figure} a year")),
                value("rsi").map(|figure| format!("the 14-day RSI is {figure}")),
            ]
            .into_iter()
            .flatten()
            .collect();
            if parts.is_empty() {
                return None;
            }
            format!("{}.", capitalised(&listed(&parts)))
        }
        "Risks and considerations" => format!(
            "The model's paths for {} lie between {} and {}, its 10% and 90% quantiles.",
            value("forecast_date")?,
            value("low")?,
            value("high")?
        ),
        "Recommendation" => format!(
            "The median forecast is {} on {}, {} from the last close.",
            value("median")?,
            value("forecast_date")?,
            value("expected_return")?
        ),
        "Conclusion" => format!(
            "Of {} headlines, {} are positive, {} negative and {} neutral.",
            value("headlines")?,
            value("positive")?,
            value("negative")?,
            value("neutral")?
        ),
        _ => return None,
    };
    Some(sentence)
}

fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grounding::Unit;

    fn fact(id: &'static str, value: &str) -> Fact {
        Fact::new(id, "", value.into(), 0.0, Unit::Price)
    }

    #[test]
    fn a_lead_says_only_what_there_are_facts_for() {
        let facts = [fact("return_5d", "-4.5%"), fact("rsi", "33.3")];
        let context = lead("Market context", "Apple Inc.", &facts);
        assert_eq!(
            context.as_deref(),
            Some("The 5-day return is -4.5% and the 14-day RSI is 33.3.")
        );
        assert_eq!(lead("Summary", "Apple Inc.", &facts), None);
        assert_eq!(lead("Market context", "Apple Inc.", &[]), None);
    }

    #[test]
    fn a_growing_report_only_grows_with_its_leads() {
        let facts = [
            fact("last_close", "$56.14"),
            fact("as_of", "2013-03-01"),
            fact("median", "$58.00"),
            fact("forecast_date", "2013-03-08"),
            fact("expected_return", "+3.3%"),
        ];
        let whole =
            "## Summary\n\nIt is well known.\n\n## Recommendation\n\n**HOLD.** Wait and see.\n\n## Conclusion\n\nDone.";
        let mut shown = String::new();
        for end in 0..=whole.len() {
            let next = with_leads(&whole[..end], "Apple Inc.", &facts);
            assert!(next.starts_with(&shown), "{shown:?} became {next:?}");
            shown = next;
        }
        assert!(
            shown.contains("## Summary\n\nApple Inc. closed at $56.14 on 2013-03-01. It is well known."),
            "{shown}"
        );
        assert!(
            shown.contains("**HOLD.** The median forecast is $58.00 on 2013-03-08, +3.3% from the last close. Wait"),
            "{shown}"
        );
    }

    #[test]
    fn the_summary_names_the_company_its_close_and_the_day() {
        let facts = [fact("last_close", "$56.14"), fact("as_of", "2013-03-01")];
        let summary = lead("Summary", "Apple Inc.", &facts);
        assert_eq!(summary.as_deref(), Some("Apple Inc. closed at $56.14 on 2013-03-01."));
    }
}
