//! Reads questions on a terminal, with line editing and a history that is kept for the next time in a file of its owner's.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use anyhow::Context;
use etcetera::BaseStrategy;
use etcetera::base_strategy::Xdg;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::Validator;
use rustyline::{Config, Editor, Helper};

/// Questions that the history keeps.
const KEPT: usize = 1_000;

const PROMPT: &str = "> ";

/// What was typed.
pub enum Line {
    /// A question.
    Text(String),
    /// Nothing, or a line that Ctrl-C threw away.
    Nothing,
    /// Ctrl-D, or Ctrl-C at an empty line.
    End,
}

/// A line editor.
pub struct LineEditor {
    editor: Editor<Typed, FileHistory>,
    /// The history's file, where there is a place for one.
    file: Option<PathBuf>,
}

impl LineEditor {
    /// Reads the history: `tripod/chat-history` in the user's state directory, or in `otherwise` where there is none.
    ///
    /// # Errors
    ///
    /// A terminal that cannot be used.
    pub fn new(otherwise: &Path) -> anyhow::Result<Self> {
        let config = Config::builder().max_history_size(KEPT)?.build();
        let mut editor = Editor::with_config(config).context("cannot use the terminal")?;
        editor.set_helper(Some(Typed::default()));
        let folder = Xdg::new()
            .ok()
            .and_then(|directories| Some(directories.state_dir()?.join("tripod")));
        let folder = folder.unwrap_or_else(|| otherwise.to_owned());
        let file = std::fs::create_dir_all(&folder)
            .is_ok()
            .then(|| folder.join("chat-history"));
        if let Some(file) = &file {
            // There is none before the first question.
            let _ = editor.load_history(file);
        }
        Ok(LineEditor { editor, file })
    }

    /// Reads the next line, and keeps it.
    ///
    /// # Errors
    ///
    /// A terminal that fails.
    pub fn line(&mut self) -> anyhow::Result<Line> {
        match self.editor.readline(PROMPT) {
            Ok(line) if line.trim().is_empty() => Ok(Line::Nothing),
            Ok(line) => {
                self.keep(&line);
                Ok(Line::Text(line.trim().to_owned()))
            }
            Err(ReadlineError::Interrupted) if self.editor.helper().is_some_and(|typed| typed.any.get()) => {
                Ok(Line::Nothing)
            }
            Err(ReadlineError::Interrupted | ReadlineError::Eof) => Ok(Line::End),
            Err(error) => Err(error).context("cannot read from the terminal"),
        }
    }

    /// A history that cannot be written is said once, and no reason to stop.
    fn keep(&mut self, line: &str) {
        let added = self.editor.add_history_entry(line).unwrap_or_default();
        if let Some(file) = self.file.as_ref().filter(|_| added)
            && let Err(error) = self.editor.append_history(file)
        {
            anstream::eprintln!("cannot keep the history in {}: {error}", file.display());
            self.file = None;
        }
    }
}

/// Knows whether the line has any text: the editor does not say so when Ctrl-C ends it.
#[derive(Default)]
struct Typed {
    any: Cell<bool>,
}

impl Hinter for Typed {
    type Hint = String;

    fn hint(&self, line: &str, _pos: usize, _context: &rustyline::Context<'_>) -> Option<String> {
        self.any.set(!line.is_empty());
        None
    }
}

impl Completer for Typed {
    type Candidate = String;
}

impl Highlighter for Typed {}

impl Validator for Typed {}

impl Helper for Typed {}
