//! The optional capabilities of a language backend, by name.

use std::fmt;

/// A capability that a request can depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capability {
    /// Answers that follow a regular expression.
    Regex,
    /// Answers that follow a JSON schema.
    JsonSchema,
    /// Several continuations of one prompt.
    Sequences,
    /// Probabilities of tokens.
    Logprobs,
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Capability::Regex => "hold an answer to a regular expression",
            Capability::JsonSchema => "hold an answer to a JSON schema",
            Capability::Sequences => "sample several continuations of one prompt",
            Capability::Logprobs => "report the probabilities of tokens",
        })
    }
}
