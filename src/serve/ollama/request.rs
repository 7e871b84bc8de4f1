//! The bodies of Ollama's routes as types. Every field may be absent or `null`, which is the same; fields that are not named here are
//! accepted and have no effect. Checks nothing.

use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::serve::openai::{Stop, ToolDefinition};

/// The body of `POST /api/chat`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[schema(example = json!({
    "model": "tripod-reporter",
    "messages": [{"role": "user", "content": "What does the RSI of a stock say?"}],
    "stream": false,
    "options": {"num_predict": 200},
}))]
pub struct OllamaChatRequest {
    /// A model's name, as `GET /api/tags` lists them; `:latest` may be left out.
    #[schema(required = true, nullable = false, min_length = 1)]
    pub model: Option<String>,
    /// The conversation, oldest message first. Without any, nothing is written.
    #[schema(max_items = 256)]
    pub messages: Option<Vec<OllamaMessage>>,
    /// Functions that the model may call. The client runs them and sends their results.
    #[schema(max_items = 64)]
    pub tools: Option<Vec<ToolDefinition>>,
    /// `json`, or a JSON schema that the answer follows.
    #[schema(value_type = Option<Value>)]
    pub format: Option<Value>,
    /// Sampling and limits.
    pub options: Option<OllamaOptions>,
    /// Answer with a line of JSON for each piece.
    #[schema(default = true)]
    pub stream: Option<bool>,
    /// Whether the progress of the model `tripod` is told as `thinking`; it is, unless this is `false`.
    #[schema(value_type = Option<Value>)]
    pub think: Option<Value>,
    /// Accepted; models are kept as the server's settings say.
    #[schema(value_type = Option<Value>)]
    pub keep_alive: Option<Value>,
    /// Not supported: only `false` is taken.
    pub logprobs: Option<bool>,
}

/// One message of a conversation.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[schema(example = json!({"role": "user", "content": "Is AAPL above its 50-day average?"}))]
pub struct OllamaMessage {
    /// The author's role.
    #[schema(required = true, nullable = false, pattern = "^(system|user|assistant|tool)$")]
    pub role: Option<String>,
    /// The text.
    pub content: Option<String>,
    /// Not supported: only an empty list is taken.
    #[schema(max_items = 0, value_type = Option<Vec<String>>)]
    pub images: Option<Vec<Value>>,
    /// The tools that an assistant called.
    pub tool_calls: Option<Vec<OllamaPastCall>>,
    /// The tool whose result a message of the role `tool` holds.
    pub tool_name: Option<String>,
    /// The call whose result a message of the role `tool` holds.
    pub tool_call_id: Option<String>,
}

/// A call in a message of the conversation.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
pub struct OllamaPastCall {
    /// The call's id.
    pub id: Option<String>,
    /// The function and its arguments.
    #[schema(required = true, nullable = false)]
    pub function: Option<OllamaPastFunction>,
}

/// The function of a call.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
pub struct OllamaPastFunction {
    /// The function's name.
    #[schema(required = true, nullable = false)]
    pub name: Option<String>,
    /// Its arguments, an object.
    #[schema(value_type = Option<Object>)]
    pub arguments: Option<Value>,
}

/// The body of `POST /api/generate`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[schema(example = json!({
    "model": "tripod-forecaster",
    "prompt": "The market closed",
    "stream": false,
    "options": {"num_predict": 32},
}))]
pub struct OllamaGenerateRequest {
    /// A model's name, as `GET /api/tags` lists them; `:latest` may be left out.
    #[schema(required = true, nullable = false, min_length = 1)]
    pub model: Option<String>,
    /// A question, or for `tripod-forecaster` and with `raw` a text to continue. Without it, nothing is written.
    pub prompt: Option<String>,
    /// Instructions before the question.
    pub system: Option<String>,
    /// Continue the prompt as it is, without the model's chat template.
    #[schema(default = false)]
    pub raw: Option<bool>,
    /// `json`, or a JSON schema that the answer follows.
    #[schema(value_type = Option<Value>)]
    pub format: Option<Value>,
    /// Sampling and limits.
    pub options: Option<OllamaOptions>,
    /// Answer with a line of JSON for each piece.
    #[schema(default = true)]
    pub stream: Option<bool>,
    /// Whether the progress of the model `tripod` is told as `thinking`; it is, unless this is `false`.
    #[schema(value_type = Option<Value>)]
    pub think: Option<Value>,
    /// Accepted; models are kept as the server's settings say.
    #[schema(value_type = Option<Value>)]
    pub keep_alive: Option<Value>,
    /// Not supported: only an empty text is taken.
    #[schema(max_length = 0)]
    pub suffix: Option<String>,
    /// Not supported: only an empty text is taken.
    #[schema(max_length = 0)]
    pub template: Option<String>,
    /// Not supported: only an empty list is taken.
    #[schema(max_items = 0, value_type = Option<Vec<i64>>)]
    pub context: Option<Vec<Value>>,
    /// Not supported: only an empty list is taken.
    #[schema(max_items = 0, value_type = Option<Vec<String>>)]
    pub images: Option<Vec<Value>>,
    /// Not supported: only `false` is taken.
    pub logprobs: Option<bool>,
}

/// Sampling and limits. Options of loading a model (`num_ctx`, `num_gpu`, …) are accepted and have no effect.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[schema(example = json!({"temperature": 0.2, "num_predict": 100}))]
pub struct OllamaOptions {
    /// Sampling temperature; 0 always takes the most probable token.
    #[schema(minimum = 0, maximum = 2, default = 0.7)]
    pub temperature: Option<f64>,
    /// Nucleus sampling: only the most probable tokens whose probabilities reach this sum.
    #[schema(exclusive_minimum = 0, maximum = 1)]
    pub top_p: Option<f64>,
    /// Only this many of the most probable tokens; 0 for all.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub top_k: Option<i64>,
    /// Only tokens at least this probable, relative to the best one.
    #[schema(minimum = 0, maximum = 1)]
    pub min_p: Option<f64>,
    /// The same seed, model and request give the same answer.
    pub seed: Option<i64>,
    /// The most tokens of the answer; −1 and −2 for what the context leaves, up to 1,024.
    #[schema(minimum = -2, maximum = 1_000_000)]
    pub num_predict: Option<i64>,
    /// Texts that end the answer; they are not part of it.
    #[schema(value_type = Option<Value>)]
    pub stop: Option<Stop>,
    /// Divides the logits of the last tokens; 1 turns it off.
    #[schema(minimum = 0.1, maximum = 10, default = 1)]
    pub repeat_penalty: Option<f64>,
    /// The number of last tokens that `repeat_penalty` covers.
    #[schema(minimum = 0, maximum = 1_000_000, default = 64)]
    pub repeat_last_n: Option<i64>,
    /// Subtracted from the logit of every token that the answer already has.
    #[schema(minimum = -2, maximum = 2)]
    pub presence_penalty: Option<f64>,
    /// Subtracted from a token's logit as often as the answer already has the token.
    #[schema(minimum = -2, maximum = 2)]
    pub frequency_penalty: Option<f64>,
}

/// The body of `POST /api/show`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[schema(example = json!({"model": "tripod"}))]
pub struct ShowRequest {
    /// A model's name; `:latest` may be left out.
    #[schema(required = true, nullable = false, min_length = 1)]
    pub model: Option<String>,
    /// The older name of `model`.
    pub name: Option<String>,
}
