//! The answers of Ollama's routes as types.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::serve::openai::{FinishReason, FunctionCall, Usage};

/// The answer of `POST /api/chat`, or a line of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OllamaChatAnswer {
    /// The model's name, as in the request.
    pub model: String,
    /// When the line was written.
    pub created_at: String,
    /// The message, or the next piece of it.
    pub message: OllamaAnswerMessage,
    /// Whether the answer is complete.
    pub done: bool,
    /// What is known at its end.
    #[serde(flatten)]
    pub end: OllamaEnd,
}

/// The message of an answer, or the next piece of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OllamaAnswerMessage {
    /// Always `assistant`.
    pub role: String,
    /// The text.
    pub content: String,
    /// What was done before the text was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub thinking: Option<String>,
    /// The tools that the answer calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub tool_calls: Option<Vec<OllamaCall>>,
}

/// A call of a tool, which the client runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OllamaCall {
    /// The call's id, which the message with its result may name.
    pub id: String,
    /// The function and its arguments.
    pub function: OllamaFunction,
}

/// A function and its arguments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OllamaFunction {
    /// The function's name.
    pub name: String,
    /// Its arguments.
    #[schema(value_type = Object)]
    pub arguments: Value,
}

/// The answer of `POST /api/generate`, or a line of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OllamaTextAnswer {
    /// The model's name, as in the request.
    pub model: String,
    /// When the line was written.
    pub created_at: String,
    /// The text, or the next piece of it.
    pub response: String,
    /// What was done before the text was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub thinking: Option<String>,
    /// Whether the answer is complete.
    pub done: bool,
    /// What is known at its end.
    #[serde(flatten)]
    pub end: OllamaEnd,
}

/// What is known at the end of an answer; absent before. Durations are in nanoseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OllamaEnd {
    /// `stop`, `length`, or `load` where nothing was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub done_reason: Option<String>,
    /// From the request to the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub total_duration: Option<u64>,
    /// Until the model began to read the prompt: waiting and loading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub load_duration: Option<u64>,
    /// Tokens of the prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub prompt_eval_count: Option<usize>,
    /// From there to the first text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub prompt_eval_duration: Option<u64>,
    /// Tokens of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub eval_count: Option<usize>,
    /// From the first text to the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub eval_duration: Option<u64>,
}

impl OllamaEnd {
    /// The end of an answer that took this long. An analysis has no durations of one prompt and one text.
    pub(super) fn new(finish: FinishReason, usage: &Usage, total: Duration) -> Self {
        let reason = match finish {
            FinishReason::Length => "length",
            FinishReason::Stop | FinishReason::ToolCalls => "stop",
        };
        let times = usage.times;
        OllamaEnd {
            done_reason: Some(reason.to_owned()),
            total_duration: Some(nanoseconds(total)),
            load_duration: times.map(|times| nanoseconds(times.waited)),
            prompt_eval_count: Some(usage.prompt_tokens),
            prompt_eval_duration: times.map(|times| nanoseconds(times.read)),
            eval_count: Some(usage.completion_tokens),
            eval_duration: times.map(|times| nanoseconds(times.wrote)),
        }
    }

    /// The end where nothing was asked for: Ollama would load the model then, or with a `keep_alive` of 0 unload it.
    pub(super) fn nothing_asked(keep_alive: Option<&Value>) -> Self {
        let is_over = keep_alive.is_some_and(|value| *value == json!(0) || *value == json!("0"));
        OllamaEnd {
            done_reason: Some(if is_over { "unload" } else { "load" }.to_owned()),
            ..OllamaEnd::default()
        }
    }
}

impl OllamaCall {
    /// A call whose arguments are an object; those that were cut off at the limit of tokens are left out.
    pub(super) fn new(id: String, function: FunctionCall) -> Self {
        OllamaCall {
            id,
            function: OllamaFunction {
                name: function.name,
                arguments: serde_json::from_str(&function.arguments).unwrap_or_else(|_| json!({})),
            },
        }
    }
}

/// This moment, as Ollama writes it.
pub(super) fn now() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Nanos, true)
}

/// A Unix time in seconds, as Ollama writes it.
pub(super) fn at(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0)
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A duration in nanoseconds.
pub(super) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
