//! The summary of `tripod dataset sentiment`, as JSON and as text.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use chrono::NaiveDate;
use serde::Serialize;

use crate::analysis::Label;

/// What a run has done.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    /// The file of labelled headlines.
    pub(super) out: PathBuf,
    /// Rows in it.
    pub(super) rows: usize,
    /// Rows of this run.
    pub(super) added: usize,
    /// Rows of earlier runs into which this run wrote the change of the next day.
    pub(super) completed: usize,
    /// Headlines that were found and are in the file since an earlier run.
    pub(super) already_labelled: usize,
    /// Headlines that were left out because their story is in the file or was found twice.
    pub(super) same_story: usize,
    /// Headlines that the limit leaves to another run.
    pub(super) left: usize,
    /// Rows in the file by label.
    pub(super) labels: BTreeMap<Label, usize>,
    /// The tickers.
    pub(super) portfolio: Used,
    /// The model, as the rows name it.
    pub(super) model: String,
    /// The version of the question.
    pub(super) prompt_version: &'static str,
    /// One line for each ticker and each headline that failed.
    pub(super) failed: Vec<String>,
    /// Remarks about the sources.
    pub(super) warnings: Vec<String>,
}

/// The portfolio that was used.
#[derive(Debug, Serialize)]
pub(super) struct Used {
    /// Its file.
    pub(super) file: PathBuf,
    /// The newest day whose prices it was picked by.
    pub(super) date: NaiveDate,
    /// Tickers in it.
    pub(super) tickers: usize,
    /// Tickers that it was picked from.
    pub(super) compared: usize,
    /// Whether an earlier run picked it.
    pub(super) reused: bool,
}

impl Summary {
    pub(super) fn json(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let labels: Vec<String> = self
            .labels
            .iter()
            .map(|(label, count)| format!("{count} {}", label.as_str()))
            .collect();
        let _ = writeln!(
            text,
            "{}: {} rows ({}), {} of them new",
            self.out.display(),
            self.rows,
            labels.join(", "),
            self.added
        );
        let _ = writeln!(
            text,
            "labelled by {} with {}, headlines of {} tickers ({})",
            self.model,
            self.prompt_version,
            self.portfolio.tickers,
            self.portfolio.file.display()
        );
        for (count, what) in [
            (self.already_labelled, "headlines were labelled by an earlier run"),
            (self.same_story, "headlines tell a story that another one tells"),
            (self.left, "headlines are left for another run"),
            (
                self.completed,
                "rows got the change of the next day, which is known by now",
            ),
        ] {
            if count > 0 {
                let _ = writeln!(text, "{count} {what}");
            }
        }
        text
    }
}
