//! Requests to a language model, independent of the backend: a prompt, how to sample tokens, and the grammar of the answer. Plain
//! data.

use serde::{Deserialize, Serialize};

use super::cancel::Cancel;

/// A prompt. Its text is tokenised with control tokens off: `<|im_end|>` in a headline stays plain text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// Text that the model continues.
    Plain(String),
    /// A conversation, rendered by the model's own chat template.
    Chat {
        /// The messages, oldest first.
        messages: Vec<Message>,
        /// The tools that the answer may call.
        #[serde(default)]
        tools: Vec<Tool>,
        /// The beginning of the answer, which the model continues.
        answer_prefix: String,
    },
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The author.
    pub role: Role,
    /// The text.
    pub content: String,
    /// The tools that an assistant's message calls.
    #[serde(default)]
    pub calls: Vec<Call>,
    /// The call whose result a message of [`Role::Tool`] holds.
    #[serde(default)]
    pub answers: Option<String>,
}

impl Message {
    /// A message of text alone.
    pub fn new(role: Role, content: &str) -> Self {
        Message {
            role,
            content: content.to_owned(),
            calls: Vec::new(),
            answers: None,
        }
    }

    /// Whether it calls a tool or holds a result.
    pub fn is_of_tools(&self) -> bool {
        !self.calls.is_empty() || self.role == Role::Tool
    }
}

/// A call of a tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Its id in the conversation.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// The arguments, a JSON object as text.
    pub arguments: String,
}

/// A tool that the model may call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// Its name: letters, digits, `_` and `-`.
    pub name: String,
    /// What it does.
    pub description: String,
    /// The JSON schema of its arguments, as text.
    pub parameters: String,
}

/// The author of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Instructions.
    System,
    /// The user.
    User,
    /// The model.
    Assistant,
    /// A tool that the model called.
    Tool,
}

impl Role {
    /// The name that chat templates use.
    pub fn name(self) -> &'static str {
        match self {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
            Role::Tool => "tool",
        }
    }
}

/// How tokens are sampled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// Divides the logits; 0 always takes the most probable token.
    pub temperature: f32,
    /// Keep only the k most probable tokens; 0 keeps all.
    pub top_k: i32,
    /// Keep only the smallest set of tokens whose probability reaches this (Holtzman et al. 2020); 1 keeps all.
    pub top_p: f32,
    /// Keep only tokens at least this probable relative to the best one (Nguyen et al. 2024); 0 keeps all.
    pub min_p: f32,
    /// Penalises tokens among the last `repeat_window` by dividing their logits (Keskar et al. 2019); 1 turns it off.
    pub repeat_penalty: f32,
    /// The number of last tokens that `repeat_penalty` covers.
    pub repeat_window: i32,
    /// Subtracted from the logit of every token that is in the answer already.
    pub presence_penalty: f32,
    /// Subtracted from a token's logit once for each time it is in the answer already.
    pub frequency_penalty: f32,
    /// Values added to the logits of tokens, by token number.
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
    /// A regular expression in the syntax of the `regex` crate that the whole answer matches. Not for patterns from clients.
    Pattern(String),
    /// A JSON schema as text. The caller must limit its depth and size, because compiling it recurses.
    JsonSchema(String),
    /// Calls of tools, or a text where that is allowed.
    Calls(CallGrammar),
}

/// Which tools an answer may call, and what else it may be. The model's chat template decides the format of the calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallGrammar {
    /// The tools. The callers must limit the schemas as for [`Grammar::JsonSchema`].
    pub tools: Vec<Callable>,
    /// The most calls of one answer.
    pub most: usize,
    /// What the answer may be instead of calls.
    pub text: TextForm,
}

/// A tool as a grammar knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callable {
    /// Its name: letters, digits, `_` and `-`.
    pub name: String,
    /// The JSON schema that its arguments follow, as text.
    pub parameters: String,
}

/// The text that an answer may be instead of calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextForm {
    /// No text: the answer must call a tool.
    Nothing,
    /// Any text, also before calls.
    Free,
    /// A JSON value by this schema.
    Schema(String),
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
    /// How to sample tokens. Sequence `i` uses a seed derived from `seed` and `i`.
    pub sampling: Sampling,
    /// Texts that end a continuation. They are not included in it.
    pub stop: Vec<String>,
    /// A grammar that every continuation must follow.
    pub grammar: Option<Grammar>,
    /// Report the probability of each token, and those of this many most probable tokens at its position.
    pub logprobs: Option<usize>,
    /// Report the probabilities of all tokens at the first position, once for all sequences.
    pub first_token: bool,
    /// What to cache of this request for later ones.
    pub keeps: Keeps,
    /// Cancels this request.
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
            first_token: false,
            keeps: Keeps::Nothing,
            cancel: Cancel::new(),
        }
    }
}

/// What to cache of a request, so that later ones need not evaluate it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keeps {
    /// Nothing.
    #[default]
    Nothing,
    /// The prompt before the last message, which is the same for every request of its kind. Saved to a file.
    Instructions,
    /// The conversation with its answer, because it may continue. Kept in memory while the model stays loaded.
    Conversation,
}
