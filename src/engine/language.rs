//! The door to a language model, whichever engine stands behind it: what is asked, what comes back. Plain types and two
//! traits, with two implementations of each: llama.cpp and the fake.

use serde::{Deserialize, Serialize};

use super::cancel::Cancel;
use super::context_plan::{Capacity, ContextPlan};
use super::error::EngineError;

/// A prompt. Text in it is tokenised with control tokens off: `<|im_end|>` in a headline stays nine characters of text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// Text that the model continues.
    Plain(String),
    /// A conversation, rendered by the model's own chat template.
    Chat {
        /// Oldest first.
        messages: Vec<Message>,
        /// The beginning of the answer, which the model continues.
        answer_prefix: String,
    },
}

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Instructions.
    System,
    /// The user.
    User,
    /// The model.
    Assistant,
}

impl Role {
    /// The name that chat templates know.
    pub fn name(self) -> &'static str {
        match self {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
        }
    }
}

/// How the next token is chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// Logits are divided by it; 0 takes the most probable token always.
    pub temperature: f32,
    /// Only the k most probable tokens; 0 for all.
    pub top_k: i32,
    /// Only the smallest set whose probability reaches it (Holtzman et al. 2020); 1 for all.
    pub top_p: f32,
    /// Only tokens at least this probable relative to the best (Nguyen et al. 2024); 0 for all.
    pub min_p: f32,
    /// Divides the logits of tokens seen in the last `repeat_window` (Keskar et al. 2019); 1 for none.
    pub repeat_penalty: f32,
    /// How many tokens back the penalty looks.
    pub repeat_window: i32,
    /// Taken from the logit of every token that the answer already has.
    pub presence_penalty: f32,
    /// Taken from the logit of a token as often as the answer already has it.
    pub frequency_penalty: f32,
    /// Added to the logits of tokens, by their number.
    pub logit_bias: Vec<(i32, f32)>,
    /// The same seed, model and request give the same text.
    pub seed: u64,
}

impl Default for Sampling {
    fn default() -> Self {
        Sampling {
            temperature: 0.8,
            top_k: 40,
            top_p: 0.95,
            min_p: 0.05,
            repeat_penalty: 1.0,
            repeat_window: 64,
            presence_penalty: 0.0,
            frequency_penalty: 0.0,
            logit_bias: Vec::new(),
            seed: 0,
        }
    }
}

/// A grammar that the answer must follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grammar {
    /// A regular expression of our own, in the syntax of the `regex` crate, that the whole answer matches.
    Pattern(String),
    /// A JSON schema (draft 2020-12) as text. Its depth and size are the caller's to bound: reading it recurses.
    JsonSchema(String),
}

/// A request for one or several continuations of one prompt.
#[derive(Debug, Clone)]
pub struct Generate {
    /// The prompt, evaluated once for all sequences.
    pub prompt: Prompt,
    /// How many continuations to sample.
    pub sequences: usize,
    /// The most tokens for each continuation.
    pub max_tokens: usize,
    /// How to choose tokens; sequence `i` uses a seed derived from `seed` and `i`.
    pub sampling: Sampling,
    /// Texts that end a continuation; they are not part of it.
    pub stop: Vec<String>,
    /// What the continuations must look like.
    pub grammar: Option<Grammar>,
    /// For each token, tell its probability and those of so many of the most probable instead.
    pub logprobs: Option<usize>,
    /// What of it is worth keeping for requests to come.
    pub keeps: Keeps,
    /// Stops the work.
    pub cancel: Cancel,
}

impl Generate {
    /// A request for one continuation with default sampling.
    pub fn one(prompt: Prompt, max_tokens: usize) -> Self {
        Generate {
            prompt,
            sequences: 1,
            max_tokens,
            sampling: Sampling::default(),
            stop: Vec::new(),
            grammar: None,
            logprobs: None,
            keeps: Keeps::Nothing,
            cancel: Cancel::new(),
        }
    }
}

/// What of a request is of use to later ones, so that they need not evaluate it anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keeps {
    /// Nothing.
    #[default]
    Nothing,
    /// What comes before the last message: it is the same for every request of this kind. Kept as a file.
    Instructions,
    /// The conversation with its answer: it may go on. Kept in memory while the model stays loaded.
    Conversation,
}

/// What happens while a request runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step<'a> {
    /// Prompt tokens evaluated so far, out of how many.
    Prefill {
        /// Tokens evaluated.
        tokens: usize,
        /// Tokens in the prompt.
        of: usize,
    },
    /// Tokens decoded so far over all sequences.
    Decoded {
        /// Tokens decoded.
        tokens: usize,
    },
    /// New text of a sequence: whole characters, never part of a stop text.
    Text {
        /// The sequence's index.
        sequence: usize,
        /// The new text; empty only where tokens end a sequence without any.
        text: &'a str,
        /// The tokens that the text was made of, where their probabilities were asked for.
        tokens: &'a [TokenChoice],
    },
    /// A sequence is complete.
    Finished {
        /// The sequence's index.
        sequence: usize,
        /// It.
        completion: &'a Completion,
    },
}

/// A token that was chosen, with its probability under the model alone: before temperature, penalties and grammar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TokenChoice {
    /// It.
    pub token: TokenProbability,
    /// The most probable tokens at its place, best first.
    pub top: Vec<TokenProbability>,
}

/// A token's bytes and the natural logarithm of its probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TokenProbability {
    /// UTF-8, but not always whole characters.
    pub bytes: Vec<u8>,
    /// ln p
    pub logprob: f32,
}

/// One continuation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The text, without a stop text.
    pub text: String,
    /// Tokens decoded for it.
    pub tokens: usize,
    /// Why it ended.
    pub finish: Finish,
}

/// Why a continuation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// The model or the grammar ended it, or a stop text came.
    Stop,
    /// `max_tokens` were decoded.
    Length,
}

/// What a model can say about a prompt before its weights are loaded.
pub trait Vocabulary {
    /// How many tokens a prompt has.
    ///
    /// # Errors
    ///
    /// [`EngineError::ChatTemplate`] when the model's template does not render the conversation.
    fn count(&self, prompt: &Prompt) -> Result<usize, EngineError>;

    /// The longest sequence the model was trained for, in tokens.
    fn context_length(&self) -> usize;
}

/// Where requests come from while a context is open, and where what becomes of them goes. Requests of several people are
/// decoded together: each step of the model takes the next token of all of them.
pub trait RequestSource {
    /// The next request, with a number of the desk's own, or `None` when nothing that has room is waiting. Asked before
    /// every step of the model.
    fn next(&mut self, room: Capacity, vocabulary: &dyn Vocabulary) -> Option<(usize, Generate)>;

    /// Hears of every step of a request.
    fn watch(&mut self, number: usize, step: Step<'_>);

    /// Takes what a request came to; nothing more is said about it.
    fn finish(&mut self, number: usize, result: Result<Vec<Completion>, EngineError>);
}

/// A loaded language model with its context, lent by an arena.
pub trait Language: Vocabulary {
    /// Serves a desk until it has no request in hand and gives no other.
    ///
    /// # Errors
    ///
    /// [`EngineError::Native`] when the context cannot go on; every request in hand was finished with an error then.
    fn serve(&mut self, desk: &mut dyn RequestSource) -> Result<(), EngineError>;

    /// Samples continuations of one prompt; `watch` hears of every step.
    ///
    /// # Errors
    ///
    /// [`EngineError::PromptTooLong`] before any decoding, [`EngineError::Grammar`], [`EngineError::Cancelled`], or
    /// [`EngineError::Native`].
    fn generate(
        &mut self,
        request: &Generate,
        watch: &mut dyn FnMut(Step<'_>),
    ) -> Result<Vec<Completion>, EngineError> {
        let mut desk = OneRequest {
            request: Some(request.clone()),
            watch,
            result: None,
        };
        let served = self.serve(&mut desk);
        let unanswered = EngineError::Native {
            operation: "generating",
            reason: "the model gave no answer".into(),
        };
        desk.result.unwrap_or_else(|| Err(served.err().unwrap_or(unanswered)))
    }
}

/// A desk with one request.
struct OneRequest<'a> {
    request: Option<Generate>,
    watch: &'a mut dyn FnMut(Step<'_>),
    result: Option<Result<Vec<Completion>, EngineError>>,
}

impl RequestSource for OneRequest<'_> {
    fn next(&mut self, _room: Capacity, _vocabulary: &dyn Vocabulary) -> Option<(usize, Generate)> {
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
    /// Says what the context must hold. Jobs that do not fit are failed here, before anything is loaded.
    ///
    /// # Errors
    ///
    /// Whatever makes the whole stage impossible.
    fn plan(&mut self, vocabulary: &dyn Vocabulary) -> Result<ContextPlan, EngineError>;

    /// Puts every job through the model.
    ///
    /// # Errors
    ///
    /// Whatever makes the rest of the stage impossible; a failure of one job is the work's own to keep.
    fn run(&mut self, language: &mut dyn Language) -> Result<(), EngineError>;
}
