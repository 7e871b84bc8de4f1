//! An analysis as the text of a chat answer: the report with its figures, the whole analysis as JSON, or the fields of a schema.

use std::sync::Arc;

use serde_json::Value;

use super::project;
use super::response::{Metadata, Usage};
use crate::analysis::{self, Analysis};
use crate::render;
use crate::serve::http::{ApiError, json};
use crate::serve::runs::Finished;

/// The form in which a client wants an analysis.
#[derive(Clone)]
pub(super) enum AnswerForm {
    /// The report, then its figures.
    Report,
    /// The whole analysis as JSON.
    Whole,
    /// The fields that a schema asks for.
    Fields(Arc<Value>),
}

impl AnswerForm {
    /// The text of the answer.
    ///
    /// # Errors
    ///
    /// A value that the schema requires is missing from this analysis.
    pub(super) fn text(&self, analysis: &Analysis) -> Result<String, ApiError> {
        Ok(match self {
            AnswerForm::Report => report_text(analysis).1,
            AnswerForm::Whole => json(analysis).to_string(),
            AnswerForm::Fields(schema) => project::project(schema, &json(analysis))?.to_string(),
        })
    }
}

/// A stored analysis as a conversation: the question for it, and the answer.
pub fn report_text(analysis: &Analysis) -> (String, String) {
    let question = format!("Analyse ${}.", analysis.ticker);
    let report = format!(
        "{}{}{}",
        head(&analysis.cautions),
        report(analysis).trim_end(),
        tail(analysis)
    );
    (question, report)
}

/// What a reader must know before the call: a quotation, or nothing.
pub(super) fn head(cautions: &[String]) -> String {
    let lines: Vec<String> = cautions.iter().map(|caution| format!("> **{caution}**\n")).collect();
    if lines.is_empty() {
        return String::new();
    }
    format!("{}\n", lines.join(">\n"))
}

/// The report's Markdown; empty without one.
pub(super) fn report(analysis: &Analysis) -> &str {
    analysis.report.as_ref().map_or("", |report| report.markdown.as_str())
}

/// What follows the report: the forecast in figures, failed stages, warnings, the analysis' id, by which a follow-up finds it, and
/// the disclaimer.
pub(super) fn tail(analysis: &Analysis) -> String {
    let figures = render::in_one_line(analysis);
    let failed = analysis
        .errors
        .iter()
        .map(|failure| format!("The {} stage failed: {}", failure.stage, failure.message));
    let warnings = analysis.warnings.iter().cloned();
    let notes: Vec<String> = failed.chain(warnings).map(|note| format!("- {note}\n")).collect();
    let mut text = String::from("\n\n---\n\n");
    let id = format!("Analysis `{}`.\n", analysis.id);
    for part in [figures, notes.concat(), id, format!("*{}*\n", analysis::DISCLAIMER)] {
        if !part.is_empty() {
            text.push_str(&part);
            text.push('\n');
        }
    }
    text.trim_end().to_owned()
}

/// The tokens of a run.
pub(super) fn usage(finished: &Finished) -> Usage {
    let small = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    Usage::new(small(finished.tokens.prompt), small(finished.tokens.decoded))
}

/// The id of the analysis, for the client to look up.
pub(super) fn metadata(finished: &Finished) -> Metadata {
    Metadata {
        analysis_id: finished.analysis.id.clone(),
    }
}
