//! What a language backend can do. A stage requires what it needs before anything is loaded; if the backend lacks it, the error
//! names the missing capability.

use super::capability::Capability;
use super::error::EngineError;
use super::request::{Generate, Grammar};

/// What a language backend can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Counts the tokens of a prompt, so that a stage can shorten a long prompt before anything is computed.
    pub tokenizes: bool,
    /// Constrains answers to a regular expression ([`Grammar::Pattern`]).
    pub regex: bool,
    /// Constrains answers to a JSON schema ([`Grammar::JsonSchema`]) and to calls of tools ([`Grammar::Calls`]).
    pub json_schema: bool,
    /// Samples several continuations of one prompt in one request.
    pub sequences: bool,
    /// Reports the probabilities of tokens.
    pub logprobs: bool,
    /// Reports the probabilities of all tokens at the first position.
    pub first_token: bool,
    /// The most tokens of a prompt and its answer together; `None` if the backend does not know.
    pub context_length: Option<usize>,
}

impl Capabilities {
    /// Checks that the backend has a capability.
    ///
    /// # Errors
    ///
    /// [`EngineError::Lacks`] if it does not.
    pub fn require(&self, capability: Capability) -> Result<(), EngineError> {
        let has = match capability {
            Capability::Regex => self.regex,
            Capability::JsonSchema => self.json_schema,
            Capability::Sequences => self.sequences,
            Capability::Logprobs => self.logprobs,
        };
        if has {
            Ok(())
        } else {
            Err(EngineError::Lacks(capability))
        }
    }

    /// Checks that the backend has every capability that a request depends on.
    ///
    /// # Errors
    ///
    /// [`EngineError::Lacks`] with the first one missing.
    pub fn allow(&self, request: &Generate) -> Result<(), EngineError> {
        match &request.grammar {
            Some(Grammar::Pattern(_)) => self.require(Capability::Regex)?,
            Some(Grammar::JsonSchema(_) | Grammar::Calls(_)) => self.require(Capability::JsonSchema)?,
            None => {}
        }
        if request.sequences > 1 {
            self.require(Capability::Sequences)?;
        }
        if request.logprobs.is_some() || request.first_token && !self.first_token {
            self.require(Capability::Logprobs)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::request::Prompt;

    const NONE: Capabilities = Capabilities {
        tokenizes: false,
        regex: false,
        json_schema: false,
        sequences: false,
        logprobs: false,
        first_token: false,
        context_length: None,
    };

    #[test]
    fn a_request_is_refused_for_the_capability_it_depends_on_and_only_for_that() {
        let plain = || Generate::one(Prompt::Plain(String::new()), 1);
        assert!(NONE.allow(&plain()).is_ok());
        let with = |grammar| Generate {
            grammar: Some(grammar),
            ..plain()
        };
        let cases = [
            (with(Grammar::Pattern("a".into())), Capability::Regex),
            (with(Grammar::JsonSchema("{}".into())), Capability::JsonSchema),
            (
                Generate {
                    sequences: 2,
                    ..plain()
                },
                Capability::Sequences,
            ),
            (
                Generate {
                    logprobs: Some(0),
                    ..plain()
                },
                Capability::Logprobs,
            ),
            (
                Generate {
                    first_token: true,
                    ..plain()
                },
                Capability::Logprobs,
            ),
        ];
        for (request, lacking) in cases {
            assert!(matches!(NONE.allow(&request), Err(EngineError::Lacks(one)) if one == lacking));
        }
    }
}
