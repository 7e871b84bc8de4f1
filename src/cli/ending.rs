//! How a command ends when it does not succeed: an error comes in, its exit code and its one line go out.

use std::process::ExitCode;

use crate::convert::ConvertError;
use crate::dataset::DatasetError;
use crate::text::clean_lines;

/// The most characters of an error.
const LONGEST_ERROR: usize = 4_000;

/// Endings that have exit codes of their own. Every other error has 1.
#[derive(Debug, thiserror::Error)]
pub enum Ending {
    /// Something that the user named is missing, cannot be read or written, or is of the wrong kind; nothing ran.
    #[error("{0:#}")]
    WrongUse(anyhow::Error),
    /// Ctrl-C, and what to do to go on.
    #[error("interrupted{0}")]
    Interrupted(&'static str),
}

/// Marks an error as one of wrong use.
pub fn wrong_use(error: impl Into<anyhow::Error>) -> anyhow::Error {
    Ending::WrongUse(error.into()).into()
}

/// Writes the line of an error, and gives its exit code.
pub fn tell(error: &anyhow::Error) -> ExitCode {
    match error.downcast_ref::<Ending>() {
        Some(ending @ Ending::Interrupted(_)) => {
            anstream::eprintln!("{ending}");
            ExitCode::from(130)
        }
        Some(Ending::WrongUse(error)) => {
            anstream::eprintln!("error: {}", told(error));
            ExitCode::from(2)
        }
        None if is_interruption(error) => {
            anstream::eprintln!("{}", told(error));
            ExitCode::from(130)
        }
        None => {
            anstream::eprintln!("error: {}", told(error));
            ExitCode::FAILURE
        }
    }
}

/// Whether work ended because it was told to.
fn is_interruption(error: &anyhow::Error) -> bool {
    let of_conversion = matches!(error.downcast_ref(), Some(ConvertError::Interrupted));
    let of_dataset = matches!(error.downcast_ref(), Some(DatasetError::Interrupted { .. }));
    of_conversion || of_dataset
}

/// An error in one line: the failed action, then each cause. It may quote a stranger's file, of which neither an escape sequence nor a
/// line without end reaches the terminal.
fn told(error: &anyhow::Error) -> String {
    clean_lines(&format!("{error:#}")).chars().take(LONGEST_ERROR).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interruption_is_one_also_behind_what_was_being_done() {
        let interrupted = anyhow::Error::from(ConvertError::Interrupted).context("cannot convert it");
        assert!(is_interruption(&interrupted));
        assert!(!is_interruption(&anyhow::Error::msg("interrupted")));
    }

    #[test]
    fn an_error_that_quotes_a_stranger_has_no_escape_sequence_and_an_end() {
        let quoted = format!("line 1: \u{1b}[2J{}", "a".repeat(10_000));
        let told = told(&anyhow::Error::msg(quoted).context("it is no manifest"));
        assert!(told.starts_with("it is no manifest: line 1: [2Jaaa"), "{told}");
        assert_eq!(told.len(), LONGEST_ERROR);
    }
}
