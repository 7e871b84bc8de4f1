//! The door to a language model, whichever engine stands behind it: what is asked, what comes back. Plain types and two
//! traits, with two implementations of each: llama.cpp and the fake.

use super::{Cancel, EngineError};

/// A prompt. Text in it is tokenised with control tokens off: `<|im_end|>` in a headline stays nine characters of text.
#[derive(Debug, Clone, PartialEq, Eq)]
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
#[derive(Debug, Clone, PartialEq)]
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
            seed: 0,
        }
    }
}

/// A grammar that the answer must follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grammar {
    /// The rules, in GBNF; the first is `root`.
    pub gbnf: String,
    /// Every character that the grammar can produce, where these are few: tokens with any other are then never looked at,
    /// which changes nothing but the time it takes.
    pub alphabet: Option<String>,
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
            cancel: Cancel::new(),
        }
    }
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
        /// The new text.
        text: &'a str,
    },
    /// A sequence is complete.
    Finished {
        /// The sequence's index.
        sequence: usize,
        /// It.
        completion: &'a Completion,
    },
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// What a batch will ask of the context, so that it is opened no larger than needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Demand {
    /// Tokens of KV cache: prompt plus, for each sequence, its longest answer.
    pub cells: usize,
    /// Sequences decoded together.
    pub sequences: usize,
}

impl Demand {
    /// The demand of one request.
    pub fn of(prompt_tokens: usize, sequences: usize, max_tokens: usize) -> Self {
        Demand {
            cells: prompt_tokens + sequences * max_tokens,
            sequences,
        }
    }

    /// What serves both.
    pub fn max(self, other: Self) -> Self {
        Demand {
            cells: self.cells.max(other.cells),
            sequences: self.sequences.max(other.sequences),
        }
    }
}

/// A loaded language model with its context, lent by an arena.
pub trait Language: Vocabulary {
    /// Samples continuations of a prompt; `watch` hears of every step.
    ///
    /// # Errors
    ///
    /// [`EngineError::PromptTooLong`] before any decoding, [`EngineError::Grammar`], [`EngineError::Cancelled`], or
    /// [`EngineError::Native`].
    fn generate(&mut self, request: &Generate, watch: &mut dyn FnMut(Step<'_>))
    -> Result<Vec<Completion>, EngineError>;
}

/// The work of a stage on a language model: planned before the weights are loaded, then done.
pub trait LanguageWork {
    /// Says what the context must hold. Jobs that do not fit are failed here, before anything is loaded.
    ///
    /// # Errors
    ///
    /// Whatever makes the whole stage impossible.
    fn plan(&mut self, vocabulary: &dyn Vocabulary) -> Result<Demand, EngineError>;

    /// Puts every job through the model.
    ///
    /// # Errors
    ///
    /// Whatever makes the rest of the stage impossible; a failure of one job is the work's own to keep.
    fn run(&mut self, language: &mut dyn Language) -> Result<(), EngineError>;
}
