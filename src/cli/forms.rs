//! The forms in which a command shows an analysis: on standard output as text, JSON or Markdown, and in files as a page, a PDF or a
//! picture.

use std::path::PathBuf;

use clap::Args;

use super::output::{check_file, check_picture, named_for, write_picture, write_whole};
use crate::analysis::Analysis;
use crate::render::{self, TerminalOptions};

/// Selects the forms.
#[derive(Debug, Args)]
pub struct FormArgs {
    /// Print JSON
    #[arg(long, conflicts_with = "md")]
    pub json: bool,

    /// Print Markdown
    #[arg(long)]
    pub md: bool,

    /// Write a self-contained page with an interactive chart
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,

    /// Write the analysis as a PDF of two pages
    #[arg(long, value_name = "FILE")]
    pub pdf: Option<PathBuf>,

    /// Write the chart as an image; the file's ending, .png or .svg, decides the format
    #[arg(long, value_name = "FILE")]
    pub png: Option<PathBuf>,
}

impl FormArgs {
    /// Checks that the files can be written, before anything runs.
    ///
    /// # Errors
    ///
    /// Wrong use, with the file's name.
    pub fn check(&self) -> anyhow::Result<()> {
        self.html
            .iter()
            .chain(&self.pdf)
            .try_for_each(|path| check_file(path))?;
        self.png.iter().try_for_each(|path| check_picture(path))
    }

    /// Writes the files of an analysis, one of `count`, whose ticker is in their names if there are several.
    ///
    /// # Errors
    ///
    /// A file that cannot be written.
    pub fn write(&self, analysis: &Analysis, count: usize) -> anyhow::Result<()> {
        let named = |path: &PathBuf| named_for(path, &analysis.ticker, count);
        if let Some(path) = &self.png {
            write_picture(&analysis.chart, &named(path))?;
        }
        if let Some(path) = &self.pdf {
            write_whole(&named(path), &render::pdf(analysis)?)?;
        }
        if let Some(path) = &self.html {
            write_whole(&named(path), render::html(analysis)?.as_bytes())?;
        }
        Ok(())
    }

    /// What goes to standard output of an analysis, one of `count`; nothing where a page is all that was asked for.
    ///
    /// # Errors
    ///
    /// An analysis without a JSON form.
    pub fn text(
        &self,
        analysis: &Analysis,
        count: usize,
        terminal: &TerminalOptions,
    ) -> anyhow::Result<Option<String>> {
        Ok(if self.json && count > 1 {
            Some(serde_json::to_string(analysis)? + "\n")
        } else if self.json {
            Some(render::json(analysis)?)
        } else if self.md {
            Some(render::markdown(analysis))
        } else if self.html.is_some() {
            None
        } else {
            Some(render::terminal(analysis, terminal))
        })
    }
}
