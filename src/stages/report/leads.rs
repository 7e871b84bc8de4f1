//! The first sentence of each section, written by code from the facts: a reader gets the figures in the right place whatever the
//! model adds, and the model goes on from them.

use crate::features::Fact;

/// The lead of a section; `None` where the facts for it do not exist.
pub(super) fn lead(section: &str, company: &str, facts: &[Fact]) -> Option<String> {
    let value = |key: &str| facts.iter().find(|fact| fact.key == key).map(|fact| fact.value.as_str());
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
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::Unit;

    fn fact(key: &'static str, value: &str) -> Fact {
        Fact { key, label: String::new(), value: value.into(), number: 0.0, unit: Unit::Price }
    }

    #[test]
    fn a_lead_says_only_what_there_are_facts_for() {
        let facts = [fact("return_5d", "-4.5%"), fact("rsi", "33.3")];
        let context = lead("Market context", "Apple Inc.", &facts);
        assert_eq!(context.as_deref(), Some("The 5-day return is -4.5% and the 14-day RSI is 33.3."));
        assert_eq!(lead("Summary", "Apple Inc.", &facts), None);
        assert_eq!(lead("Market context", "Apple Inc.", &[]), None);
    }

    #[test]
    fn the_summary_names_the_company_its_close_and_the_day() {
        let facts = [fact("last_close", "$56.14"), fact("as_of", "2013-03-01")];
        let summary = lead("Summary", "Apple Inc.", &facts);
        assert_eq!(summary.as_deref(), Some("Apple Inc. closed at $56.14 on 2013-03-01."));
    }
}
