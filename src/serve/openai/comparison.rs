//! Two securities side by side: both are analysed, and the answer is a table of their figures. Code writes it; no sentence of a model
//! is in it.

use std::sync::Arc;

use super::chat_answer::ChatAnswer;
use super::later::later;
use super::pipeline_answer::usage;
use super::response::Usage;
use super::validate::ValidChat;
use crate::analysis::{self, Analysis};
use crate::grounding::{percent, price};
use crate::serve::http::{ApiError, Client};
use crate::serve::runs::{Finished, Question, Shared, ask, outcome, succeeded};

/// Analyses both and answers with the table.
///
/// # Errors
///
/// A full queue, or a run that failed.
pub(super) async fn answer(
    app: &Shared,
    client: Client,
    valid: &ValidChat,
    questions: [Question; 2],
) -> Result<ChatAnswer, ApiError> {
    let [one, other] = questions;
    let readers = [ask(app, client, one)?, ask(app, client, other)?];
    let both = async move {
        let [one, other] = readers;
        let (one, other) = tokio::try_join!(outcome(one), outcome(other))?;
        let both = [succeeded(one)?, succeeded(other)?];
        Ok((table(&both[0].analysis, &both[1].analysis), tokens(&both)))
    };
    later(valid, "Analyses both, one after the other.\n", both).await
}

fn tokens(both: &[Arc<Finished>; 2]) -> Usage {
    let [one, other] = both.each_ref().map(|finished| usage(finished));
    Usage::new(
        one.prompt_tokens + other.prompt_tokens,
        one.completion_tokens + other.completion_tokens,
    )
}

/// The two analyses as a Markdown table, a row a figure, without rows that neither has.
fn table(one: &Analysis, other: &Analysis) -> String {
    let mut text = format!("| | {} | {} |\n|---|---|---|\n", title(one), title(other));
    for (name, of) in ROWS {
        let (left, right) = (of(one), of(other));
        if left.is_some() || right.is_some() {
            let cell = |value: Option<String>| value.unwrap_or_else(|| "\u{2013}".to_owned());
            text.push_str(&format!("| {name} | {} | {} |\n", cell(left), cell(right)));
        }
    }
    let mut notes = Vec::new();
    for analysis in [one, other] {
        notes.extend(analysis.errors.iter().map(|failure| {
            let stage = failure.stage;
            format!("- {}: the {stage} stage failed: {}", analysis.ticker, failure.message)
        }));
        notes.extend(
            analysis
                .warnings
                .iter()
                .map(|warning| format!("- {}: {warning}", analysis.ticker)),
        );
    }
    if !notes.is_empty() {
        text.push_str(&format!("\n{}\n", notes.join("\n")));
    }
    text.push_str(&format!(
        "\nAnalyses `{}` and `{}`.\n\n*{}*\n",
        one.id,
        other.id,
        analysis::DISCLAIMER
    ));
    text
}

/// The company's name as data: it comes from a stranger's list.
fn title(analysis: &Analysis) -> String {
    let company = analysis.company.as_deref().unwrap_or_default();
    let plain: String = company
        .chars()
        .filter(|letter| letter.is_alphanumeric() || " .,&'-".contains(*letter))
        .collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    match words.join(" ") {
        name if name.is_empty() => analysis.ticker.clone(),
        name => format!("{name} ({})", analysis.ticker),
    }
}

/// A figure of an analysis, as printed.
type Figure = fn(&Analysis) -> Option<String>;

const ROWS: [(&str, Figure); 13] = [
    ("Last close", |of| Some(price(of.last_close, &of.currency))),
    ("As of", |of| Some(of.as_of.to_string())),
    ("Return, 5 days", |of| of.features.return_5d.map(percent)),
    ("Return, 21 days", |of| of.features.return_21d.map(percent)),
    ("Volatility a year", |of| {
        of.features
            .volatility_annual
            .map(|fraction| format!("{:.1}%", fraction * 100.0))
    }),
    ("14-day RSI", |of| of.features.rsi_14.map(|index| format!("{index:.1}"))),
    ("Forecast until", |of| {
        of.forecast.as_ref()?.dates.last().map(ToString::to_string)
    }),
    ("Median forecast", |of| {
        let median = of.forecast.as_ref()?.median.last()?;
        Some(price(*median, &of.currency))
    }),
    ("Expected return", |of| {
        Some(percent(of.forecast.as_ref()?.expected_return))
    }),
    ("80% band", |of| {
        let forecast = of.forecast.as_ref()?;
        let (low, high) = (forecast.at_horizon("0.1")?, forecast.at_horizon("0.9")?);
        Some(format!("{} to {}", price(low, &of.currency), price(high, &of.currency)))
    }),
    ("Forecast reliable", |of| {
        let words = if of.forecast.as_ref()?.reliable { "yes" } else { "no" };
        Some(words.to_owned())
    }),
    ("Headlines", |of| {
        let counts = of.sentiment.as_ref()?.counts;
        Some(format!(
            "{} positive, {} negative, {} neutral",
            counts.positive, counts.negative, counts.neutral
        ))
    }),
    ("Call", |of| Some(of.stance.as_ref()?.call.printed().to_lowercase())),
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn figures_stand_side_by_side_and_a_name_cannot_break_the_table() {
        let one: Analysis = serde_json::from_str(include_str!("../../../tests/fixtures/chat/analysis.json")).unwrap();
        let mut other = one.clone();
        other.ticker = "MSFT".into();
        other.company = Some("Micro|soft\n| x | `Corp.`".into());
        other.currency = "EUR".into();
        other.features.rsi_14 = None;
        other.forecast = None;
        let text = table(&one, &other);
        assert!(
            text.starts_with("| | Apple Inc. (AAPL) | Microsoft x Corp. (MSFT) |"),
            "{text}"
        );
        assert!(text.contains("| Last close | $56.137 | €56.137 |\n"), "{text}");
        assert!(text.contains("| 14-day RSI | 33.3 | \u{2013} |\n"), "{text}");
        assert!(text.contains("| Expected return | +2.1% | \u{2013} |\n"), "{text}");
    }
}
