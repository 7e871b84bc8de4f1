//! What a language backend can do. A stage asks for what it needs before anything is loaded, and a backend that lacks it is
//! refused with an error that names what is lacking.

use super::capability::Capability;
use super::error::EngineError;
use super::request::{Generate, Grammar};

/// What a language backend can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// It counts the tokens of a prompt, so a prompt that is too long can be shortened before anything is computed.
    pub tokenizes: bool,
    /// Its answers can be held to a regular expression ([`Grammar::Pattern`]).
    pub regex: bool,
    /// Its answers can be held to a JSON schema ([`Grammar::JsonSchema`]).
    pub json_schema: bool,
    /// One request can ask for several continuations of its prompt.
    pub sequences: bool,
    /// It tells the probabilities of tokens.
    pub logprobs: bool,
    /// The most tokens of a prompt and its answer together; `None` where the backend does not tell.
    pub context_length: Option<usize>,
}

impl Capabilities {
    /// Refuses a backend that lacks a capability.
    ///
    /// # Errors
    ///
    /// [`EngineError::Lacks`].
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

    /// Refuses a request that depends on a capability which the backend lacks.
    ///
    /// # Errors
    ///
    /// [`EngineError::Lacks`].
    pub fn allow(&self, request: &Generate) -> Result<(), EngineError> {
        match &request.grammar {
            Some(Grammar::Pattern(_)) => self.require(Capability::Regex)?,
            Some(Grammar::JsonSchema(_)) => self.require(Capability::JsonSchema)?,
            None => {}
        }
        if request.sequences > 1 {
            self.require(Capability::Sequences)?;
        }
        if request.logprobs.is_some() {
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
        ];
        for (request, lacking) in cases {
            assert!(matches!(NONE.allow(&request), Err(EngineError::Lacks(one)) if one == lacking));
        }
    }
}
