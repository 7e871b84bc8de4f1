//! Prompts as files: renders a template of `prompts/` with a context. A missing variable is an error, never an empty string.
//! Knows none of the other modules' types.

mod outline;

use std::sync::LazyLock;

use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

pub(crate) use self::outline::Outline;

include!(concat!(env!("OUT_DIR"), "/prompts.rs"));

/// The templates in `prompts/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    /// The forecast prompt that the first fine-tuned models were trained on.
    ForecastSeedV1,
    /// The forecast prompt with a dense block of statistics.
    ForecastStatsV2,
    /// The forecast prompt with statistics and with prices as integers.
    ForecastScaledV3,
    /// The forecast prompt with a summary of the history in words.
    ForecastSummaryV0,
    /// The forecast prompt of one word a day.
    ForecastReturnsV4,
    /// The system message for the summary of a history.
    HistorySystem,
    /// A part of a history, and the summary of the parts before it.
    History,
    /// The system message for the sentiment summary and the report.
    ReportSystem,
    /// The numbered headlines with their labels, and the instructions for the sentiment summary.
    Summary,
    /// The table of facts, the call, and the instructions for the report.
    Report,
    /// The system message for the review of a backtest.
    ReviewSystem,
    /// The forecast compared with the actual prices, and the instructions for the review.
    Review,
    /// The system message for questions about a report.
    ChatSystem,
    /// The system message for answers that must follow a JSON schema.
    JsonAnswer,
    /// The system message of an analyst that has tools.
    AnalystTools,
    /// The system message about tools, for a model whose chat template tells of none.
    Tools,
    /// The system message for the label of a headline.
    HeadlineLabelSystem,
    /// A headline to label.
    HeadlineLabel,
    /// What is said to a model whose answer has not the form that was asked for.
    AskAgain,
}

impl Template {
    /// Every template.
    pub const ALL: [Template; 19] = [
        Template::ForecastSeedV1,
        Template::ForecastStatsV2,
        Template::ForecastScaledV3,
        Template::ForecastSummaryV0,
        Template::ForecastReturnsV4,
        Template::HistorySystem,
        Template::History,
        Template::ReportSystem,
        Template::Summary,
        Template::Report,
        Template::ReviewSystem,
        Template::Review,
        Template::ChatSystem,
        Template::JsonAnswer,
        Template::AnalystTools,
        Template::Tools,
        Template::HeadlineLabelSystem,
        Template::HeadlineLabel,
        Template::AskAgain,
    ];

    /// The file's name without its extension.
    pub fn name(self) -> &'static str {
        match self {
            Template::ForecastSeedV1 => "forecast-seed-v1",
            Template::ForecastStatsV2 => "forecast-stats-v2",
            Template::ForecastScaledV3 => "forecast-scaled-v3",
            Template::ForecastSummaryV0 => "forecast-summary-v0",
            Template::ForecastReturnsV4 => "forecast-returns-v4",
            Template::HistorySystem => "history-system",
            Template::History => "history",
            Template::ReportSystem => "report-system",
            Template::Summary => "summary",
            Template::Report => "report",
            Template::ReviewSystem => "review-system",
            Template::Review => "review",
            Template::ChatSystem => "chat-system",
            Template::JsonAnswer => "json-answer",
            Template::AnalystTools => "analyst-tools",
            Template::Tools => "tools",
            Template::HeadlineLabelSystem => "headline-label-system",
            Template::HeadlineLabel => "headline-label",
            Template::AskAgain => "ask-again",
        }
    }
}

/// A prompt that could not be rendered.
#[derive(Debug, thiserror::Error)]
#[error("prompts/{name}.jinja does not render: {source}")]
pub struct PromptError {
    name: &'static str,
    #[source]
    source: minijinja::Error,
}

impl PromptError {
    fn undefined(template: Template, variable: &str) -> Self {
        let source = minijinja::Error::new(
            minijinja::ErrorKind::UndefinedError,
            format!("the variable `{variable}` has no value"),
        );
        PromptError {
            name: template.name(),
            source,
        }
    }
}

/// Renders a template with the fields of `context`.
///
/// # Errors
///
/// [`PromptError`] when the context lacks a variable of the template.
pub fn render(template: Template, context: &impl Serialize) -> Result<String, PromptError> {
    let name = template.name();
    let rendered = ENVIRONMENT
        .get_template(name)
        .and_then(|compiled| compiled.render(context));
    rendered.map_err(|source| PromptError { name, source })
}

/// The variables that a template's first line declares.
fn declared(template: Template) -> &'static [&'static str] {
    let entry = TEMPLATES.iter().find(|(name, _, _)| *name == template.name());
    entry.map_or(&[], |(_, declared, _)| declared)
}

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    for (name, _, source) in TEMPLATES {
        // The build script has parsed every template, so this cannot fail. If it did, `render` would report the template as
        // missing.
        if let Err(error) = environment.add_template(name, source) {
            tracing::error!(%error, "prompts/{name}.jinja does not parse");
        }
    }
    environment
});

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_folder_and_the_list_of_prompts_are_equal() {
        let mut listed: Vec<&str> = Template::ALL.iter().map(|template| template.name()).collect();
        listed.sort_unstable();
        let mut found: Vec<&str> = TEMPLATES.iter().map(|(name, _, _)| *name).collect();
        found.sort_unstable();
        assert_eq!(found, listed);
    }

    #[test]
    fn a_missing_variable_is_an_error_that_names_the_file() {
        for template in Template::ALL {
            if !declared(template).is_empty() {
                let error = render(template, &serde_json::json!({})).unwrap_err().to_string();
                assert!(error.contains(&format!("prompts/{}.jinja", template.name())), "{error}");
            }
        }
    }
}
