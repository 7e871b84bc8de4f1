//! The bodies of `POST /v1/messages` and `POST /v1/messages/count_tokens` as types. Every field may be absent or `null`, which is the
//! same; fields that are not named here are accepted and have no effect. Checks nothing.

use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

/// The body of `POST /v1/messages`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[schema(example = json!({
    "model": "tripod-reporter",
    "max_tokens": 200,
    "messages": [{"role": "user", "content": "What does the RSI of a stock say?"}],
}))]
pub struct MessagesRequest {
    /// A model's id, as `GET /v1/models` lists them.
    #[schema(required = true, nullable = false, min_length = 1)]
    pub model: Option<String>,
    /// The conversation, oldest message first. The last one is the user's.
    #[schema(required = true, nullable = false, min_items = 1, max_items = 256)]
    pub messages: Option<Vec<AnthropicMessage>>,
    /// The most tokens of the answer; required, but for counting.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub max_tokens: Option<i64>,
    /// Instructions before the conversation.
    pub system: Option<BlockContent>,
    /// Stream the answer as Server-Sent Events.
    #[schema(default = false)]
    pub stream: Option<bool>,
    /// Sampling temperature; 0 always takes the most probable token.
    #[schema(minimum = 0, maximum = 1, default = 0.7)]
    pub temperature: Option<f64>,
    /// Nucleus sampling: only the most probable tokens whose probabilities reach this sum.
    #[schema(exclusive_minimum = 0, maximum = 1, default = 1)]
    pub top_p: Option<f64>,
    /// Only this many of the most probable tokens; 0 for all.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub top_k: Option<i64>,
    /// Texts that end the answer; they are not part of it.
    #[schema(max_items = 4)]
    pub stop_sequences: Option<Vec<String>>,
    /// Functions that the model may call. The client runs them and sends their results.
    #[schema(max_items = 64)]
    pub tools: Option<Vec<AnthropicTool>>,
    /// Which tools are called: `auto` where there are tools.
    pub tool_choice: Option<AnthropicToolChoice>,
    /// The format of the answer.
    pub output_config: Option<OutputConfig>,
    /// With the type `enabled` or `adaptive` a stream of the model `tripod` has its progress as a block of thinking.
    pub thinking: Option<Thinking>,
}

/// One message of a conversation.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[schema(example = json!({"role": "user", "content": "Is AAPL above its 50-day average?"}))]
pub struct AnthropicMessage {
    /// The author's role.
    #[schema(required = true, nullable = false, pattern = "^(user|assistant)$")]
    pub role: Option<String>,
    /// The text, or its blocks.
    #[schema(required = true, nullable = false)]
    pub content: Option<BlockContent>,
}

/// A text, or blocks.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(untagged, expecting = "expected a string or a list of content blocks")]
pub enum BlockContent {
    /// One text.
    Text(String),
    /// Several blocks.
    Blocks(Vec<InputBlock>),
}

/// A block of a message: a text, a call of a tool (the assistant's), or its result (the user's).
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[schema(example = json!({"type": "text", "text": "Hello"}))]
pub struct InputBlock {
    /// `text`, `tool_use` or `tool_result`; `thinking` is not read.
    #[serde(rename = "type")]
    #[schema(
        required = true,
        nullable = false,
        pattern = "^(text|tool_use|tool_result|thinking|redacted_thinking)$"
    )]
    pub kind: Option<String>,
    /// The text.
    pub text: Option<String>,
    /// The id of a call.
    pub id: Option<String>,
    /// The tool that is called.
    pub name: Option<String>,
    /// Its arguments, an object.
    #[schema(value_type = Option<Object>)]
    pub input: Option<Value>,
    /// The id of the call that has this result.
    pub tool_use_id: Option<String>,
    /// The result: a text, or blocks of text.
    #[schema(value_type = Option<Value>)]
    pub content: Option<ResultContent>,
}

/// The result of a call: a text, or blocks of text.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged, expecting = "expected a string or a list of content blocks")]
pub enum ResultContent {
    /// One text.
    Text(String),
    /// Several blocks.
    Blocks(Vec<ResultBlock>),
}

/// A block of a result.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct ResultBlock {
    /// Only `text`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The text.
    pub text: Option<String>,
}

/// A function that the model may call.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[schema(example = json!({
    "name": "price",
    "input_schema": {"type": "object", "properties": {"ticker": {"type": "string"}}, "required": ["ticker"]},
}))]
pub struct AnthropicTool {
    /// Only `custom`, also where it is absent.
    #[serde(rename = "type")]
    #[schema(pattern = "^custom$")]
    pub kind: Option<String>,
    /// The tool's name, of which there must be no second.
    #[schema(required = true, nullable = false, pattern = "^[a-zA-Z0-9_-]{1,64}$")]
    pub name: Option<String>,
    /// What it does; shown to the model.
    pub description: Option<String>,
    /// The JSON schema of its arguments, an object; enforced while they are written.
    #[schema(required = true, nullable = false, value_type = Object)]
    pub input_schema: Option<Value>,
    /// Every property must be required and no other allowed.
    pub strict: Option<bool>,
}

/// Which tools the model calls.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
pub struct AnthropicToolChoice {
    /// `auto`: calls or a text; `any`: at least one call; `tool`: the named one; `none`: a text.
    #[serde(rename = "type")]
    #[schema(required = true, nullable = false, pattern = "^(auto|any|tool|none)$")]
    pub kind: Option<String>,
    /// The tool, for the type `tool`.
    pub name: Option<String>,
    /// At most one call in an answer.
    #[schema(default = false)]
    pub disable_parallel_tool_use: Option<bool>,
}

/// The format of the answer.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
pub struct OutputConfig {
    /// A schema that the answer follows.
    pub format: Option<OutputFormat>,
}

/// A schema that the answer follows, enforced while it is written.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
pub struct OutputFormat {
    /// Only `json_schema`.
    #[serde(rename = "type")]
    #[schema(required = true, nullable = false, pattern = "^json_schema$")]
    pub kind: Option<String>,
    /// The schema, an object. A keyword that could not be enforced is refused.
    #[schema(required = true, nullable = false, value_type = Object)]
    pub schema: Option<Value>,
}

/// Whether progress is shown as thinking.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
pub struct Thinking {
    /// `enabled`, `adaptive` or `disabled`.
    #[serde(rename = "type")]
    #[schema(required = true, nullable = false, pattern = "^(enabled|adaptive|disabled)$")]
    pub kind: Option<String>,
}

impl MessagesRequest {
    /// Whether progress goes out as a block of thinking.
    pub(super) fn shows_thinking(&self) -> bool {
        let kind = self.thinking.as_ref().and_then(|thinking| thinking.kind.as_deref());
        matches!(kind, Some("enabled" | "adaptive"))
    }
}
