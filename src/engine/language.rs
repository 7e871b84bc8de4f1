//! The contract of a language backend. A stage says what it will ask, the backend opens the model, and then asks the stage for
//! requests as it has room for them. Implemented by llama.cpp and the fake; a backend that cannot count tokens fits too.

use super::answer::{Completion, Step};
use super::capabilities::Capabilities;
use super::error::EngineError;
use super::request::{Generate, Prompt};
use super::workload::Workload;

/// What a backend tells of a model before its weights are loaded.
pub trait LanguageInfo {
    /// What the backend can do with this model.
    fn capabilities(&self) -> Capabilities;

    /// How many tokens a prompt has; `None` where the backend does not count them.
    ///
    /// # Errors
    ///
    /// [`EngineError::ChatTemplate`] when the model's template does not render the conversation.
    fn count(&self, prompt: &Prompt) -> Result<Option<usize>, EngineError>;

    /// Whether a prompt and an answer of so many tokens fit into the model's context.
    ///
    /// # Errors
    ///
    /// As [`LanguageInfo::count`].
    fn fit(&self, prompt: &Prompt, max_tokens: usize) -> Result<Fit, EngineError> {
        let tokens = self.count(prompt)?;
        Ok(match (tokens, self.capabilities().context_length) {
            (Some(tokens), Some(limit)) if tokens + max_tokens > limit => Fit::TooLong {
                tokens,
                reserved: max_tokens,
                limit,
            },
            _ => Fit::Fits { tokens },
        })
    }
}

/// Whether a request fits into a model's context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// It does, as far as the backend can tell.
    Fits {
        /// Tokens of the prompt; `None` where the backend does not count them.
        tokens: Option<usize>,
    },
    /// It does not.
    TooLong {
        /// Tokens of the prompt.
        tokens: usize,
        /// Tokens kept for the answer.
        reserved: usize,
        /// The context length in tokens.
        limit: usize,
    },
}

impl Fit {
    /// The prompt's tokens where it fits and they are known.
    ///
    /// # Errors
    ///
    /// [`EngineError::PromptTooLong`] with this hint where it does not fit.
    pub fn or_too_long(self, hint: &str) -> Result<Option<usize>, EngineError> {
        match self {
            Fit::Fits { tokens } => Ok(tokens),
            Fit::TooLong {
                tokens,
                reserved,
                limit,
            } => Err(EngineError::PromptTooLong {
                tokens,
                reserved,
                limit,
                hint: hint.into(),
            }),
        }
    }
}

/// Hands out requests while a model is open, and receives their results. Requests of several users are decoded together:
/// continuous batching, in which each step decodes one token for every active sequence.
pub trait RequestSource {
    /// The next request, with a number of the source's own, or `None` when nothing is waiting. The backend asks again before
    /// every step that has room for another request.
    fn next(&mut self, model: &dyn LanguageInfo) -> Option<(usize, Generate)>;

    /// Hears of every step of a request.
    fn watch(&mut self, number: usize, step: Step<'_>);

    /// Takes the result of a request; nothing more is said about it.
    fn finish(&mut self, number: usize, result: Result<Vec<Completion>, EngineError>);

    /// Takes back a request that finds no room in this opening, `why` telling what it would take. A source that gets another
    /// opening may ask again there; for others it is the request's result.
    fn give_back(&mut self, number: usize, why: EngineError) {
        self.finish(number, Err(why));
    }
}

/// A language model that is open, lent by an arena.
pub trait Language: LanguageInfo {
    /// Answers the requests of a source until none is in hand and it hands out no other.
    ///
    /// # Errors
    ///
    /// [`EngineError::Native`] when the model cannot go on; every request in hand was finished with an error then.
    fn serve(&mut self, source: &mut dyn RequestSource) -> Result<(), EngineError>;

    /// Samples continuations of one prompt; `watch` hears of every step.
    ///
    /// # Errors
    ///
    /// [`EngineError::PromptTooLong`] before any decoding, [`EngineError::Lacks`], [`EngineError::Grammar`],
    /// [`EngineError::Cancelled`], or [`EngineError::Native`].
    fn generate(
        &mut self,
        request: &Generate,
        watch: &mut dyn FnMut(Step<'_>),
    ) -> Result<Vec<Completion>, EngineError> {
        let mut source = OneRequest {
            request: Some(request.clone()),
            watch,
            result: None,
        };
        let served = self.serve(&mut source);
        let unanswered = EngineError::Native {
            operation: "generating",
            reason: "the model gave no answer".into(),
        };
        source.result.unwrap_or_else(|| Err(served.err().unwrap_or(unanswered)))
    }
}

/// A source of one request.
struct OneRequest<'a> {
    request: Option<Generate>,
    watch: &'a mut dyn FnMut(Step<'_>),
    result: Option<Result<Vec<Completion>, EngineError>>,
}

impl RequestSource for OneRequest<'_> {
    fn next(&mut self, _model: &dyn LanguageInfo) -> Option<(usize, Generate)> {
        self.request.take().map(|request| (0, request))
    }

    fn watch(&mut self, _number: usize, step: Step<'_>) {
        (self.watch)(step);
    }

    fn finish(&mut self, _number: usize, result: Result<Vec<Completion>, EngineError>) {
        self.result = Some(result);
    }
}

/// The work of a stage on a language model: planned before the weights are loaded, then done.
pub trait LanguageWork {
    /// Tells what will be asked. Jobs that do not fit are failed here, before anything is loaded.
    ///
    /// # Errors
    ///
    /// Whatever makes the whole stage impossible, such as [`EngineError::Lacks`].
    fn plan(&mut self, model: &dyn LanguageInfo) -> Result<Workload, EngineError>;

    /// Puts every job through the model.
    ///
    /// # Errors
    ///
    /// Whatever makes the rest of the stage impossible; a failure of one job is the work's own to keep.
    fn run(&mut self, language: &mut dyn Language) -> Result<(), EngineError>;
}
