//! From an [`Analysis`] to everything a reader sees: terminal text, Markdown, an HTML page, a PDF, the chart figure, JSON.
//! Every rendering is a pure function of the Analysis; none reads a file, a clock or a terminal. Titles, sources and
//! the models' own words are untrusted; each rendering escapes them for its own medium.

mod behind;
mod chart;
#[cfg(feature = "train")]
mod curve;
mod figures;
mod footnotes;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
mod html;
mod json;
mod markdown;
mod pdf;
mod picture;
mod terminal;
mod text;
mod timings;

pub(crate) use self::chart::{CLOSE, MEDIAN, TRUTH, band, dashed, layout, line};
pub use self::chart::{Figure, figure};
#[cfg(feature = "train")]
pub(crate) use self::curve::{Curve, curves};
pub use self::html::html;
pub use self::json::json;
pub use self::markdown::markdown;
pub(crate) use self::markdown::{in_one_line, report_sections};
pub use self::pdf::pdf;
pub(crate) use self::picture::picture;
pub use self::terminal::{TerminalOptions, terminal};
pub(crate) use self::text::clean;

/// Why an Analysis could not be written out.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The page's template refused its values: a bug of Tripod, not of the analysis.
    #[error("the HTML page could not be filled in; please report this with the output of --json")]
    Page(#[source] minijinja::Error),
    /// The library that writes PDF failed.
    #[error("the PDF could not be written: {0}")]
    Pdf(String),
    /// The analysis has no JSON form.
    #[error("the analysis could not be written as JSON")]
    Json(#[source] serde_json::Error),
}
