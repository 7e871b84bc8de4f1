//! What is asked of a language model, whichever backend answers: a prompt, how to choose tokens, what the answer must look like.
//! Plain data; nothing here knows how a backend computes.

use serde::{Deserialize, Serialize};

use super::cancel::Cancel;

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

/// One message of a conversation.
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
    /// A JSON schema as text. Its depth and size are the caller's to bound: the native code recurses over it.
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
