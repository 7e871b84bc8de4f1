//! From an [`Analysis`] to everything a reader sees: terminal text, Markdown, an HTML page, the chart figure, JSON.
//! Every rendering is a pure function of the Analysis; none reads a file, a clock or a terminal. Titles, sources and
//! the models' own words are untrusted, and each rendering makes them harmless for its own medium.

mod analysis;
mod chart;
mod figures;
mod html;
mod json;
mod markdown;
mod picture;
mod terminal;
mod text;

pub use crate::features::Grounding;
pub use crate::stages::{
    Counts, Direction, Forecast, Label, ModelRef, Models, Probabilities, Recommendation, Report, ScoredHeadline,
    Sentiment, StageFailure,
};
pub use analysis::{Analysis, Chart, DISCLAIMER, HistoryPoint};
pub use chart::{CLOSE, Figure, MEDIAN, TRUTH, band, dashed, figure, layout, line};
pub use html::html;
pub use json::json;
pub use markdown::{in_one_line, markdown};
pub use picture::{PictureError, picture};
pub use terminal::{TerminalOptions, terminal};
pub use text::clean;

/// Why an Analysis could not be written out.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The page's template refused its values: a fault of Tripod, not of the analysis.
    #[error("the HTML page could not be filled in; please report this with the output of --json")]
    Page(#[source] minijinja::Error),
    /// The analysis has no JSON form.
    #[error("the analysis could not be written as JSON")]
    Json(#[source] serde_json::Error),
}
