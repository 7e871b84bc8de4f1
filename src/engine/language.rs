//! The interface of a language backend. A stage states its workload, the backend opens the model, then takes requests from the
//! stage whenever it has free capacity. llama.cpp and the fake implement it; a backend that cannot count tokens can, too.

use super::answer::{Completion, Step};
use super::capabilities::Capabilities;
use super::error::EngineError;
use super::request::{Generate, Prompt};
use super::workload::Workload;

/// What a backend knows of a model before its weights are loaded.
pub trait LanguageInfo {
    /// What the backend can do with this model.
    fn capabilities(&self) -> Capabilities;

    /// The number of tokens of a prompt; `None` if the backend does not count them.
    ///
    /// # Errors
    ///
    /// [`EngineError::ChatTemplate`] if the model's template fails to render the conversation.
    fn count(&self, prompt: &Prompt) -> Result<Option<usize>, EngineError>;

    /// Whether a prompt and an answer of at most `max_tokens` tokens fit into the model's context.
    ///
    /// # Errors
    ///
    /// Those of [`LanguageInfo::count`].
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
    /// It fits, or the backend cannot tell.
    Fits {
        /// Tokens of the prompt; `None` if the backend does not count them.
        tokens: Option<usize>,
    },
    /// It does not fit.
    TooLong {
        /// Tokens of the prompt.
        tokens: usize,
        /// Tokens reserved for the answer.
        reserved: usize,
        /// The context length in tokens.
        limit: usize,
    },
}

impl Fit {
    /// The prompt's token count if the request fits; `None` if the backend does not count tokens.
    ///
    /// # Errors
    ///
    /// [`EngineError::PromptTooLong`] with `hint` if the request does not fit.
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

/// Supplies requests while a model is open, and receives their results. The backend may decode several requests together
/// (continuous batching: each step decodes one token for every active sequence).
pub trait RequestSource {
    /// The next request with a number that the source chooses, or `None` if none is waiting. The backend calls this before every
    /// step in which it has capacity for another request.
    fn next(&mut self, model: &dyn LanguageInfo) -> Option<(usize, Generate)>;

    /// Called with the progress of a request.
    fn watch(&mut self, number: usize, step: Step<'_>);

    /// Called with the result of a request. It is the last call for this request.
    fn finish(&mut self, number: usize, result: Result<Vec<Completion>, EngineError>);

    /// Called for a request that the open context is too small for, with the reason in `why`. A source whose model will be opened
    /// again may submit the request then. By default the error is the request's result.
    fn give_back(&mut self, number: usize, why: EngineError) {
        self.finish(number, Err(why));
    }
}

/// An open language model, lent by an arena.
pub trait Language: LanguageInfo {
    /// Answers the requests of a source until none is active and the source has no more.
    ///
    /// # Errors
    ///
    /// [`EngineError::Native`] if the model fails. Every active request has then been finished with an error.
    fn serve(&mut self, source: &mut dyn RequestSource) -> Result<(), EngineError>;

    /// Samples continuations of one prompt, and calls `watch` with the progress.
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

/// A source with one request.
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

/// The work of a stage on a language model: planned before the weights are loaded, then run.
pub trait LanguageWork {
    /// Returns the requests to come. Jobs that do not fit into the model's context fail here, before anything is loaded.
    ///
    /// # Errors
    ///
    /// An error that makes the whole stage impossible, such as [`EngineError::Lacks`].
    fn plan(&mut self, model: &dyn LanguageInfo) -> Result<Workload, EngineError>;

    /// Runs every job on the model.
    ///
    /// # Errors
    ///
    /// An error that makes the rest of the stage impossible. The work itself records the failure of a single job.
    fn run(&mut self, language: &mut dyn Language) -> Result<(), EngineError>;
}
