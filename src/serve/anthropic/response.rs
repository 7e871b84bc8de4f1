//! The answer of `POST /v1/messages` as types, and how the answer to a chat becomes one.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::serve::http::ApiError;
use crate::serve::openai::{ChatCompletion, FinishReason, Usage};

/// An answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AnthropicAnswer {
    /// The answer's id.
    pub id: String,
    /// Always `message`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Always `assistant`.
    pub role: String,
    /// The model's id.
    pub model: String,
    /// What the model wrote.
    pub content: Vec<AnswerBlock>,
    /// Why it ended; `null` while it is written.
    pub stop_reason: Option<StopReason>,
    /// The stop sequence that ended it.
    pub stop_sequence: Option<String>,
    /// Tokens of prompt and answer.
    pub usage: AnthropicUsage,
}

/// A block of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AnswerBlock {
    /// Text.
    Text {
        /// The text.
        text: String,
    },
    /// A call of a tool, which the client runs.
    ToolUse {
        /// The call's id, for the block with its result.
        id: String,
        /// The tool's name.
        name: String,
        /// Its arguments.
        #[schema(value_type = Object)]
        input: Value,
    },
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// The model ended it.
    EndTurn,
    /// It reached its limit of tokens.
    MaxTokens,
    /// A stop sequence came.
    StopSequence,
    /// It calls tools.
    ToolUse,
}

impl From<FinishReason> for StopReason {
    fn from(finish: FinishReason) -> Self {
        match finish {
            FinishReason::Stop => StopReason::EndTurn,
            FinishReason::Length => StopReason::MaxTokens,
            FinishReason::ToolCalls => StopReason::ToolUse,
        }
    }
}

/// Tokens of an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AnthropicUsage {
    /// Tokens of the prompt.
    pub input_tokens: usize,
    /// Tokens of the answer.
    pub output_tokens: usize,
}

impl From<Usage> for AnthropicUsage {
    fn from(usage: Usage) -> Self {
        AnthropicUsage {
            input_tokens: usage.prompt_tokens,
            output_tokens: usage.completion_tokens,
        }
    }
}

/// The tokens of a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenTotal {
    /// Tokens of the system text, the messages and the tools, as the reporter's model counts them.
    pub input_tokens: usize,
}

impl AnthropicAnswer {
    /// An answer that is about to be written.
    pub(super) fn begun(model: &str) -> Self {
        AnthropicAnswer {
            id: format!("msg_{}", Uuid::now_v7().simple()),
            kind: "message".to_owned(),
            role: "assistant".to_owned(),
            model: model.to_owned(),
            content: Vec::new(),
            stop_reason: None,
            stop_sequence: None,
            usage: AnthropicUsage::default(),
        }
    }

    /// The answer to a chat.
    ///
    /// # Errors
    ///
    /// [`ApiError::Internal`] if there is none.
    pub(super) fn of(completion: ChatCompletion, stop_sequences: &[String]) -> Result<Self, ApiError> {
        let mut answer = AnthropicAnswer::begun(&completion.envelope.model);
        answer.usage = completion.usage.into();
        let choice = completion.choices.into_iter().next().ok_or(ApiError::Internal)?;
        let (reason, sequence) = stop(choice.finish_reason, choice.stop_text, stop_sequences);
        (answer.stop_reason, answer.stop_sequence) = (Some(reason), sequence);
        if let Some(text) = choice.message.content.filter(|text| !text.is_empty()) {
            answer.content.push(AnswerBlock::Text { text });
        }
        for call in choice.message.tool_calls.unwrap_or_default() {
            answer.content.push(AnswerBlock::ToolUse {
                id: call.id,
                name: call.function.name,
                // Cut off where the answer reached its limit of tokens.
                input: serde_json::from_str(&call.function.arguments).unwrap_or_else(|_| json!({})),
            });
        }
        Ok(answer)
    }
}

/// Why an answer ended, and the stop sequence that ended it.
pub(super) fn stop(
    finish: FinishReason,
    stop_text: Option<usize>,
    stop_sequences: &[String],
) -> (StopReason, Option<String>) {
    match stop_text.and_then(|index| stop_sequences.get(index)) {
        Some(sequence) if finish == FinishReason::Stop => (StopReason::StopSequence, Some(sequence.clone())),
        _ => (finish.into(), None),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_text_and_calls_become_blocks() {
        let call = |arguments: &str| json!({"id": "call_1", "type": "function", "function": {"name": "f", "arguments": arguments}});
        let completion = serde_json::from_value(json!({
            "id": "x", "created": 1, "model": "tripod-reporter", "object": "chat.completion",
            "choices": [{
                "index": 0,
                "message": {"role": "assistant", "content": "Well.", "refusal": null, "tool_calls": [call("{\"x\": 1}"), call("{\"x")]},
                "logprobs": null,
                "finish_reason": "tool_calls",
            }],
            "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
        }))
        .unwrap();
        let mut answer = json!(AnthropicAnswer::of(completion, &[]).unwrap());
        assert!(answer["id"].as_str().unwrap().starts_with("msg_"));
        answer["id"] = json!("msg_1");
        let block = |input: Value| json!({"type": "tool_use", "id": "call_1", "name": "f", "input": input});
        assert_eq!(
            answer,
            json!({
                "id": "msg_1", "type": "message", "role": "assistant", "model": "tripod-reporter",
                "content": [{"type": "text", "text": "Well."}, block(json!({"x": 1})), block(json!({}))],
                "stop_reason": "tool_use", "stop_sequence": null,
                "usage": {"input_tokens": 3, "output_tokens": 2},
            })
        );
    }
}
