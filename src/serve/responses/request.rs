//! The body of `POST /v1/responses` as types. Every field may be absent or `null`, which is the same; fields that are not named here
//! are accepted and have no effect. Checks nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// The body of `POST /v1/responses`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[schema(example = json!({
    "model": "tripod-reporter",
    "input": "What does the RSI of a stock say?",
    "max_output_tokens": 200,
}))]
pub struct ResponsesRequest {
    /// A model's id, as `GET /v1/models` lists them.
    #[schema(required = true, nullable = false, min_length = 1)]
    pub model: Option<String>,
    /// A text of the user, or the items of the conversation, oldest first.
    #[schema(required = true, nullable = false)]
    pub input: Option<Input>,
    /// Instructions before everything else.
    pub instructions: Option<String>,
    /// Functions that the model may call. The client runs them and sends their results as items.
    #[schema(max_items = 64)]
    pub tools: Option<Vec<ResponseTool>>,
    /// Which tools are called: `auto` where there are tools, otherwise `none`.
    pub tool_choice: Option<ResponseToolChoice>,
    /// Whether one answer may call several tools.
    #[schema(default = true)]
    pub parallel_tool_calls: Option<bool>,
    /// The format of the text.
    pub text: Option<ResponseText>,
    /// The most tokens of the answer; by default what the context leaves, up to 1,024.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub max_output_tokens: Option<i64>,
    /// Sampling temperature; 0 always takes the most probable token.
    #[schema(minimum = 0, maximum = 2, default = 0.7)]
    pub temperature: Option<f64>,
    /// Nucleus sampling: only the most probable tokens whose probabilities reach this sum.
    #[schema(exclusive_minimum = 0, maximum = 1, default = 1)]
    pub top_p: Option<f64>,
    /// The same seed, model and request give the same answer; not in OpenAI's own API.
    pub seed: Option<i64>,
    /// Stream the answer as Server-Sent Events.
    #[schema(default = false)]
    pub stream: Option<bool>,
    /// Comes back with the response: at most 16 texts of at most 512 characters, under names of at most 64.
    pub metadata: Option<BTreeMap<String, String>>,
    /// Analyses are kept, unless this is false; with true, one that cannot be stored is 507. No other answer is kept.
    pub store: Option<bool>,
    /// The id of a response that tells of an analysis: the conversation goes on about it.
    pub previous_response_id: Option<String>,
    /// Only `disabled`: a conversation that does not fit is refused.
    #[schema(pattern = "^disabled$")]
    pub truncation: Option<String>,
    /// Not supported: only `false` is taken.
    pub background: Option<bool>,
    /// Not supported: only `null` is taken.
    #[schema(value_type = Option<Value>)]
    pub conversation: Option<Value>,
    /// Not supported: only `null` is taken.
    #[schema(value_type = Option<Value>)]
    pub prompt: Option<Value>,
    /// Not supported: only 0 is taken.
    #[schema(minimum = 0, maximum = 0)]
    pub top_logprobs: Option<i64>,
    /// More to answer with; `message.output_text.logprobs` is refused, and nothing else has an effect.
    pub include: Option<Vec<String>>,
}

/// What the model answers to.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(untagged, expecting = "expected a string or a list of items")]
pub enum Input {
    /// A text of the user.
    Text(String),
    /// The items of a conversation.
    Items(Vec<InputItem>),
}

/// One item of a conversation: a message, a function call, or a function call's result.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[schema(example = json!({"role": "user", "content": "Is AAPL above its 50-day average?"}))]
pub struct InputItem {
    /// `message` (also where it is absent), `function_call`, `function_call_output`, or `reasoning`, which is not read.
    #[serde(rename = "type")]
    #[schema(pattern = "^(message|function_call|function_call_output|reasoning)$")]
    pub kind: Option<String>,
    /// The author of a message; `developer` is the newer name of `system`.
    #[schema(pattern = "^(developer|system|user|assistant)$")]
    pub role: Option<String>,
    /// The content of a message.
    pub content: Option<ItemContent>,
    /// The id of a function call, in the call and in its result.
    pub call_id: Option<String>,
    /// The function's name.
    pub name: Option<String>,
    /// The function's arguments, a JSON object as text.
    pub arguments: Option<String>,
    /// The function's result.
    pub output: Option<ItemContent>,
}

/// A text, or parts with text.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(untagged, expecting = "expected a string or a list of content parts")]
pub enum ItemContent {
    /// One text.
    Text(String),
    /// Several parts.
    Parts(Vec<ItemPart>),
}

/// A part of a content.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
pub struct ItemPart {
    /// `input_text`, `output_text` or `refusal`.
    #[serde(rename = "type")]
    #[schema(required = true, nullable = false, pattern = "^(input_text|output_text|refusal)$")]
    pub kind: Option<String>,
    /// The text.
    pub text: Option<String>,
    /// The text of a refusal.
    pub refusal: Option<String>,
}

/// A function that the model may call.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "type": "function",
    "name": "price",
    "parameters": {"type": "object", "properties": {"ticker": {"type": "string"}}, "required": ["ticker"]},
}))]
pub struct ResponseTool {
    /// Only `function`.
    #[serde(rename = "type")]
    #[schema(required = true, nullable = false, pattern = "^function$")]
    pub kind: Option<String>,
    /// The function's name, of which there must be no second.
    #[schema(required = true, nullable = false, pattern = "^[a-zA-Z0-9_-]{1,64}$")]
    pub name: Option<String>,
    /// What it does; shown to the model.
    pub description: Option<String>,
    /// The JSON schema of its arguments, an object; enforced while they are written.
    #[schema(value_type = Option<Object>)]
    pub parameters: Option<Value>,
    /// Every parameter must be required and no other allowed.
    pub strict: Option<bool>,
}

/// Which tools the model calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged, expecting = "expected auto, none, required or a function")]
pub enum ResponseToolChoice {
    /// `auto`: calls or a text; `none`: a text; `required`: at least one call.
    Mode(String),
    /// This function.
    Function(ResponseFunction),
}

/// The function to call.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ResponseFunction {
    /// Only `function`.
    #[serde(rename = "type")]
    #[schema(required = true, nullable = false, pattern = "^function$")]
    pub kind: Option<String>,
    /// The name of one of the request's tools.
    #[schema(required = true, nullable = false)]
    pub name: Option<String>,
}

/// Options of the text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ResponseText {
    /// Its format; plain text by default.
    pub format: Option<ResponseTextFormat>,
}

/// The format of a text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"type": "json_object"}))]
pub struct ResponseTextFormat {
    /// `text`, `json_object` or `json_schema`.
    #[serde(rename = "type")]
    #[schema(required = true, nullable = false, pattern = "^(text|json_object|json_schema)$")]
    pub kind: Option<String>,
    /// The schema's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[a-zA-Z0-9_-]{1,64}$")]
    pub name: Option<String>,
    /// What the schema is for; shown to the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The schema, an object. A keyword that could not be enforced is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub schema: Option<Value>,
    /// Every property must be required and no other allowed, as in OpenAI's strict mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strict: Option<bool>,
}
