//! The requests of OpenAI's API as types. Every field may be absent or `null`, which is the same; fields that are not named here
//! (`user`, `metadata`, `store`, `service_tier`, `reasoning_effort`, …) are accepted and have no effect. Ranges and combinations are
//! checked in `validate`; the constraints below document them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type};

use super::tools::wire::{PastToolCall, ToolChoice, ToolDefinition, tool_choice_schema};

/// The body of `POST /v1/chat/completions`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[schema(example = json!({
    "model": "tripod-reporter",
    "messages": [{"role": "user", "content": "What does the RSI of a stock say?"}],
    "max_tokens": 200,
}))]
pub struct ChatRequest {
    /// A model's id, as `GET /v1/models` lists them.
    #[schema(required = true, nullable = false, min_length = 1)]
    pub model: Option<String>,
    /// The conversation, oldest message first.
    #[schema(required = true, nullable = false, min_items = 1, max_items = 256)]
    pub messages: Option<Vec<ChatMessage>>,
    /// Stream the answer as Server-Sent Events.
    #[schema(default = false)]
    pub stream: Option<bool>,
    /// Options of a stream; refused without `stream`.
    pub stream_options: Option<StreamOptions>,
    /// The older name of `max_completion_tokens`, which wins.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub max_tokens: Option<i64>,
    /// The most tokens of each answer; by default what the context leaves, up to 1,024.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub max_completion_tokens: Option<i64>,
    /// Sampling temperature; 0 always takes the most probable token.
    #[schema(minimum = 0, maximum = 2, default = 0.7)]
    pub temperature: Option<f64>,
    /// Nucleus sampling: only the most probable tokens whose probabilities reach this sum.
    #[schema(exclusive_minimum = 0, maximum = 1, default = 1)]
    pub top_p: Option<f64>,
    /// Number of answers.
    #[schema(minimum = 1, maximum = 16, default = 1)]
    pub n: Option<i64>,
    /// Texts that end an answer; they are not part of it.
    #[schema(schema_with = stop_schema)]
    pub stop: Option<Stop>,
    /// The same seed, model and request give the same answer.
    pub seed: Option<i64>,
    /// Subtracted from the logit of every token that the answer already has.
    #[schema(minimum = -2, maximum = 2, default = 0)]
    pub presence_penalty: Option<f64>,
    /// Subtracted from a token's logit as often as the answer already has the token.
    #[schema(minimum = -2, maximum = 2, default = 0)]
    pub frequency_penalty: Option<f64>,
    /// Added to the logits of tokens: token id to a number from −100 (never) to 100 (always); at most 300.
    #[schema(schema_with = logit_bias_schema)]
    pub logit_bias: Option<BTreeMap<String, f64>>,
    /// Report the probability of each token.
    #[schema(default = false)]
    pub logprobs: Option<bool>,
    /// Number of most probable tokens to report at each position; needs `logprobs`.
    #[schema(minimum = 0, maximum = 20)]
    pub top_logprobs: Option<i64>,
    /// The format of the answer.
    pub response_format: Option<ResponseFormat>,
    /// Functions that the model may call. The client runs them and sends their results in messages of the role `tool`.
    #[schema(max_items = 64)]
    pub tools: Option<Vec<ToolDefinition>>,
    /// Which tools are called: `auto` where there are tools, otherwise `none`.
    #[schema(schema_with = tool_choice_schema)]
    pub tool_choice: Option<ToolChoice>,
    /// Whether one answer may call several tools.
    #[schema(default = true)]
    pub parallel_tool_calls: Option<bool>,
    /// Not supported: only an empty list is taken.
    #[schema(value_type = Option<Vec<Value>>, max_items = 0)]
    pub functions: Option<Value>,
    /// Not supported: only `none` is taken.
    #[schema(value_type = Option<String>, pattern = "^none$")]
    pub function_call: Option<Value>,
    /// Only `["text"]`.
    #[schema(schema_with = modalities_schema)]
    pub modalities: Option<Vec<String>>,
    /// Not supported: only `null` is taken.
    #[schema(schema_with = null_schema)]
    pub audio: Option<Value>,
}

/// One message of a conversation.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[schema(example = json!({"role": "user", "content": "Is AAPL above its 50-day average?"}))]
pub struct ChatMessage {
    /// The author's role; `developer` is the newer name of `system`.
    #[schema(
        required = true,
        nullable = false,
        pattern = "^(developer|system|user|assistant|tool)$"
    )]
    pub role: Option<String>,
    /// The text.
    pub content: Option<Content>,
    /// An assistant's refusal; used as the content where there is none.
    pub refusal: Option<String>,
    /// The tools that an assistant called.
    pub tool_calls: Option<Vec<PastToolCall>>,
    /// The call whose result a message of the role `tool` holds.
    pub tool_call_id: Option<String>,
    /// Not supported: only `null` is taken.
    #[schema(schema_with = null_schema)]
    pub function_call: Option<Value>,
}

/// The content of a message: a text, or parts of type text.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(untagged, expecting = "expected a string or a list of content parts")]
pub enum Content {
    /// One text.
    Text(String),
    /// Several parts.
    Parts(Vec<ContentPart>),
}

/// A part of a message's content.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
pub struct ContentPart {
    /// Only `text`.
    #[serde(rename = "type")]
    #[schema(required = true, nullable = false, pattern = "^text$")]
    pub kind: Option<String>,
    /// The text.
    #[schema(required = true, nullable = false)]
    pub text: Option<String>,
}

/// The body of `POST /v1/completions`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[schema(example = json!({"model": "tripod-forecaster", "prompt": "The market closed", "max_tokens": 32}))]
pub struct CompletionRequest {
    /// A model's id, as `GET /v1/models` lists them.
    #[schema(required = true, nullable = false, min_length = 1)]
    pub model: Option<String>,
    /// The text to continue, or up to eight.
    #[schema(required = true, schema_with = prompt_schema)]
    pub prompt: Option<PromptText>,
    /// The most tokens of each continuation.
    #[schema(minimum = 1, maximum = 1_000_000, default = 16)]
    pub max_tokens: Option<i64>,
    /// Sampling temperature; 0 always takes the most probable token.
    #[schema(minimum = 0, maximum = 2, default = 1)]
    pub temperature: Option<f64>,
    /// Nucleus sampling: only the most probable tokens whose probabilities reach this sum.
    #[schema(exclusive_minimum = 0, maximum = 1, default = 1)]
    pub top_p: Option<f64>,
    /// Number of continuations of each prompt.
    #[schema(minimum = 1, maximum = 16, default = 1)]
    pub n: Option<i64>,
    /// Must equal `n`: candidates are not ranked.
    #[schema(minimum = 1, maximum = 16)]
    pub best_of: Option<i64>,
    /// Stream the continuations as Server-Sent Events.
    #[schema(default = false)]
    pub stream: Option<bool>,
    /// Options of a stream; refused without `stream`.
    pub stream_options: Option<StreamOptions>,
    /// Report each token's probability and this number of most probable tokens; not together with `echo`.
    #[schema(minimum = 0, maximum = 5)]
    pub logprobs: Option<i64>,
    /// Begin each text with its prompt.
    #[schema(default = false)]
    pub echo: Option<bool>,
    /// Texts that end a continuation; they are not part of it.
    #[schema(schema_with = stop_schema)]
    pub stop: Option<Stop>,
    /// Subtracted from the logit of every token that the continuation already has.
    #[schema(minimum = -2, maximum = 2, default = 0)]
    pub presence_penalty: Option<f64>,
    /// Subtracted from a token's logit as often as the continuation already has the token.
    #[schema(minimum = -2, maximum = 2, default = 0)]
    pub frequency_penalty: Option<f64>,
    /// Added to the logits of tokens: token id to a number from −100 (never) to 100 (always); at most 300.
    #[schema(schema_with = logit_bias_schema)]
    pub logit_bias: Option<BTreeMap<String, f64>>,
    /// The same seed, model and request give the same text.
    pub seed: Option<i64>,
    /// Not supported: only `null` is taken.
    #[schema(schema_with = null_schema)]
    pub suffix: Option<Value>,
}

/// The text to continue, or several.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged, expecting = "expected a string or a list of strings")]
pub enum PromptText {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
    /// Token ids, or lists of them; parsed so that the error message can name them.
    Tokens(Vec<Value>),
}

/// One text that ends an answer, or several.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged, expecting = "expected a string or a list of strings")]
pub enum Stop {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

/// Options of a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, ToSchema)]
pub struct StreamOptions {
    /// Send one more chunk before the end, with the usage.
    #[schema(default = false)]
    pub include_usage: Option<bool>,
}

/// The format of an answer.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[schema(example = json!({"type": "json_object"}))]
pub struct ResponseFormat {
    /// `text`, `json_object` or `json_schema`.
    #[serde(rename = "type")]
    #[schema(required = true, nullable = false, pattern = "^(text|json_object|json_schema)$")]
    pub kind: Option<String>,
    /// The schema, for the type `json_schema`.
    pub json_schema: Option<JsonSchemaFormat>,
}

/// A schema that the answer follows, enforced while it is written.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[schema(example = json!({
    "name": "view",
    "strict": true,
    "schema": {
        "type": "object",
        "properties": {"direction": {"enum": ["up", "down"]}},
        "required": ["direction"],
        "additionalProperties": false,
    },
}))]
pub struct JsonSchemaFormat {
    /// The schema's name.
    #[schema(required = true, nullable = false, pattern = "^[a-zA-Z0-9_-]{1,64}$")]
    pub name: Option<String>,
    /// What the schema is for; shown to the model.
    pub description: Option<String>,
    /// The schema, an object. A keyword that could not be enforced is refused.
    #[schema(required = true, nullable = false, value_type = Object)]
    pub schema: Option<Value>,
    /// Every property must be required and no other allowed, as in OpenAI's strict mode.
    #[schema(default = false)]
    pub strict: Option<bool>,
}

fn prompt_schema() -> Schema {
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .build();
    let texts = ArrayBuilder::new()
        .items(text.clone())
        .min_items(Some(1))
        .max_items(Some(8));
    OneOfBuilder::new()
        .item(text)
        .item(texts)
        .description(Some("The text to continue, or up to eight."))
        .into()
}

fn stop_schema() -> Schema {
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(200))
        .build();
    OneOfBuilder::new()
        .item(null_schema())
        .item(text.clone())
        .item(ArrayBuilder::new().items(text).max_items(Some(4)))
        .description(Some("Texts that end an answer; they are not part of it."))
        .into()
}

fn logit_bias_schema() -> Schema {
    let bias = ObjectBuilder::new()
        .schema_type(Type::Number)
        .minimum(Some(-100))
        .maximum(Some(100));
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Object, Type::Null]))
        .property_names(Some(
            ObjectBuilder::new()
                .schema_type(Type::String)
                .pattern(Some("^[0-9]{1,9}$")),
        ))
        .additional_properties(Some(Schema::from(bias)))
        .max_properties(Some(300))
        .description(Some(
            "Added to the logits of tokens: token id to a number from -100 (never) to 100 (always).",
        ))
        .examples([serde_json::json!({"42": -100})])
        .into()
}

fn modalities_schema() -> Schema {
    ArrayBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Array, Type::Null]))
        .items(
            ObjectBuilder::new()
                .schema_type(Type::String)
                .enum_values(Some(["text"])),
        )
        .min_items(Some(1))
        .max_items(Some(1))
        .description(Some("Only `[\"text\"]`."))
        .into()
}

fn null_schema() -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::Null)
        .description(Some("Not supported: only `null` is taken."))
        .into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;
    use utoipa::OpenApi;

    use super::*;

    #[derive(OpenApi)]
    #[openapi(components(schemas(ChatRequest, CompletionRequest)))]
    struct Document;

    #[test]
    fn null_is_the_same_as_absent_and_unknown_fields_are_accepted() {
        let sparse: ChatRequest = serde_json::from_value(json!({"model": "m", "messages": []})).unwrap();
        let full: ChatRequest = serde_json::from_value(json!({
            "model": "m", "messages": [], "stream": null, "stream_options": null, "max_tokens": null,
            "max_completion_tokens": null, "temperature": null, "top_p": null, "n": null, "stop": null, "seed": null,
            "presence_penalty": null, "frequency_penalty": null, "logit_bias": null, "logprobs": null,
            "top_logprobs": null, "response_format": null, "tools": null, "tool_choice": null, "functions": null,
            "function_call": null, "modalities": null, "audio": null,
            "user": "someone", "metadata": {"a": "b"}, "store": true, "service_tier": "auto", "extra": [1, 2],
            "reasoning_effort": "low", "parallel_tool_calls": null,
        }))
        .unwrap();
        assert_eq!(sparse, full);
    }

    #[test]
    fn a_content_of_the_wrong_kind_is_told_what_was_expected() {
        let error = serde_json::from_value::<ChatMessage>(json!({"role": "user", "content": 5})).unwrap_err();
        assert_eq!(error.to_string(), "expected a string or a list of content parts");
    }

    #[test]
    fn the_document_names_ranges_and_required_fields() {
        let document = serde_json::to_value(Document::openapi()).unwrap();
        let chat = &document["components"]["schemas"]["ChatRequest"];
        assert_eq!(chat["required"], json!(["model", "messages"]));
        assert_eq!(chat["properties"]["temperature"]["maximum"], json!(2));
        assert_eq!(chat["properties"]["messages"]["maxItems"], json!(256));
        assert_eq!(chat["properties"]["model"]["type"], json!("string"));
        assert_eq!(chat["properties"]["n"]["type"], json!(["integer", "null"]));
        let completion = &document["components"]["schemas"]["CompletionRequest"];
        assert_eq!(completion["required"], json!(["model", "prompt"]));
    }
}
