//! How a command ends when it does not succeed: an error comes in, its exit code and its one line go out.

use std::process::ExitCode;

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
            anstream::eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
        None => {
            // The failed action, then each cause.
            anstream::eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
