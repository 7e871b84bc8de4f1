//! The answer of `POST /v1/responses` as types, and how the answer to a chat becomes one.

use std::collections::BTreeMap;

use chrono::Utc;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::previous::response_id;
use super::request::{ResponseText, ResponseTextFormat, ResponseTool, ResponseToolChoice, ResponsesRequest};
use crate::serve::http::ApiError;
use crate::serve::openai::{ChatCompletion, FinishReason, Usage};

/// A response.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ResponseObject {
    /// The response's id. That of an answer that tells of an analysis holds the analysis' id.
    pub id: String,
    /// Always `response`.
    pub object: String,
    /// When the answer was begun, Unix time in seconds.
    pub created_at: i64,
    /// How far it is.
    pub status: ResponseStatus,
    /// Why it failed.
    pub error: Option<ResponseFailure>,
    /// Why it is incomplete.
    pub incomplete_details: Option<IncompleteDetails>,
    /// As in the request.
    pub instructions: Option<String>,
    /// As in the request.
    pub max_output_tokens: Option<i64>,
    /// Texts of the request; `analysis_id` names the analysis that the answer tells of.
    pub metadata: BTreeMap<String, String>,
    /// The model's id.
    pub model: String,
    /// What the model wrote.
    pub output: Vec<OutputItem>,
    /// As in the request.
    pub parallel_tool_calls: bool,
    /// As in the request.
    pub previous_response_id: Option<String>,
    /// Whether the conversation can go on from this id: where it tells of an analysis.
    pub store: bool,
    /// As in the request.
    pub temperature: Option<f64>,
    /// The text's format.
    pub text: ResponseText,
    /// Which tools were to be called.
    pub tool_choice: ResponseToolChoice,
    /// The tools of the request.
    pub tools: Vec<ResponseTool>,
    /// As in the request.
    pub top_p: Option<f64>,
    /// Always `disabled`.
    pub truncation: String,
    /// Tokens, once the answer is complete.
    pub usage: Option<ResponseUsage>,
}

/// How far a response is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResponseStatus {
    /// It is being written.
    InProgress,
    /// It is written.
    Completed,
    /// It reached its limit of tokens.
    Incomplete,
    /// It failed.
    Failed,
}

/// Why a response failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ResponseFailure {
    /// A code for programs.
    pub code: String,
    /// What went wrong.
    pub message: String,
}

/// Why a response is incomplete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IncompleteDetails {
    /// Always `max_output_tokens`.
    pub reason: String,
}

/// Something that the model wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum OutputItem {
    /// What was done before the text was written.
    Reasoning {
        /// The item's id.
        id: String,
        /// The lines.
        summary: Vec<SummaryPart>,
    },
    /// A text.
    Message {
        /// The item's id.
        id: String,
        /// How far it is.
        status: ResponseStatus,
        /// Always `assistant`.
        role: String,
        /// The text, in one part.
        content: Vec<TextPart>,
    },
    /// A call of a function, which the client runs.
    FunctionCall {
        /// The item's id.
        id: String,
        /// The call's id, for the item with its result.
        call_id: String,
        /// The function's name.
        name: String,
        /// A JSON object as text.
        arguments: String,
        /// How far it is.
        status: ResponseStatus,
    },
}

/// A part of what was done before the text was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ResponseSummaryPart)]
pub struct SummaryPart {
    /// Always `summary_text`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The text.
    pub text: String,
}

/// A part of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ResponseTextPart)]
pub struct TextPart {
    /// Always `output_text`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The text.
    pub text: String,
    /// Always empty; clients expect the field.
    pub annotations: Vec<String>,
    /// Always empty; clients expect the field.
    pub logprobs: Vec<String>,
}

/// Tokens of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ResponseUsage {
    /// Tokens of the prompt.
    pub input_tokens: usize,
    /// Of these; not counted here.
    pub input_tokens_details: InputTokensDetails,
    /// Tokens of the answer.
    pub output_tokens: usize,
    /// Of these; not counted here.
    pub output_tokens_details: OutputTokensDetails,
    /// The sum of both.
    pub total_tokens: usize,
}

/// Tokens of the prompt, by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InputTokensDetails {
    /// Always 0: tokens that were not evaluated again are not counted apart.
    pub cached_tokens: usize,
}

/// Tokens of the answer, by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutputTokensDetails {
    /// Always 0: progress is written by code.
    pub reasoning_tokens: usize,
}

impl ResponseObject {
    /// A response that is about to be written. `analysis` is the id of the analysis that it tells of.
    pub(super) fn new(request: &ResponsesRequest, analysis: Option<&str>) -> Self {
        let format = request.text.as_ref().and_then(|text| text.format.clone());
        let plain = ResponseTextFormat {
            kind: Some("text".to_owned()),
            ..ResponseTextFormat::default()
        };
        let tools = request.tools.clone().unwrap_or_default();
        let mut response = ResponseObject {
            id: String::new(),
            object: "response".to_owned(),
            created_at: Utc::now().timestamp(),
            status: ResponseStatus::InProgress,
            error: None,
            incomplete_details: None,
            instructions: request.instructions.clone(),
            max_output_tokens: request.max_output_tokens,
            metadata: request.metadata.clone().unwrap_or_default(),
            model: request.model.clone().unwrap_or_default(),
            output: Vec::new(),
            parallel_tool_calls: request.parallel_tool_calls.unwrap_or(true),
            previous_response_id: request.previous_response_id.clone(),
            store: false,
            temperature: request.temperature,
            text: ResponseText {
                format: Some(format.unwrap_or(plain)),
            },
            tool_choice: request
                .tool_choice
                .clone()
                .unwrap_or_else(|| ResponseToolChoice::Mode("auto".to_owned())),
            tools,
            top_p: request.top_p,
            truncation: "disabled".to_owned(),
            usage: None,
        };
        response.tells_of(analysis);
        response
    }

    /// Gives the response an id, which names the analysis that it tells of.
    pub(super) fn tells_of(&mut self, analysis: Option<&str>) {
        self.id = response_id(analysis);
        self.store = analysis.is_some();
        if let Some(analysis) = analysis {
            self.metadata.insert("analysis_id".to_owned(), analysis.to_owned());
        }
    }

    /// The answer to a chat as a response.
    pub(super) fn complete(mut self, completion: ChatCompletion) -> Self {
        if let Some(metadata) = &completion.metadata {
            self.tells_of(Some(&metadata.analysis_id));
        }
        let Some(choice) = completion.choices.into_iter().next() else {
            self.fail(&ApiError::Internal);
            return self;
        };
        self.end(choice.finish_reason, completion.usage);
        let status = self.status;
        let message = choice.message;
        let calls = message.tool_calls.unwrap_or_default();
        if let Some(text) = message.reasoning_content {
            self.output.push(OutputItem::reasoning(text));
        }
        let text = message.content.unwrap_or_default();
        if !text.is_empty() || calls.is_empty() {
            self.output.push(OutputItem::message(text, status));
        }
        for call in calls {
            self.output.push(OutputItem::FunctionCall {
                id: item_id("fc"),
                call_id: call.id,
                name: call.function.name,
                arguments: call.function.arguments,
                status,
            });
        }
        self
    }

    /// Ends the response.
    pub(super) fn end(&mut self, finish: FinishReason, usage: Usage) {
        self.usage = Some(ResponseUsage {
            input_tokens: usage.prompt_tokens,
            input_tokens_details: InputTokensDetails::default(),
            output_tokens: usage.completion_tokens,
            output_tokens_details: OutputTokensDetails::default(),
            total_tokens: usage.total_tokens,
        });
        self.status = ResponseStatus::Completed;
        if finish == FinishReason::Length {
            self.status = ResponseStatus::Incomplete;
            self.incomplete_details = Some(IncompleteDetails {
                reason: "max_output_tokens".to_owned(),
            });
        }
    }

    /// Ends the response with a failure.
    pub(super) fn fail(&mut self, error: &ApiError) {
        let detail = error.body().error;
        self.status = ResponseStatus::Failed;
        self.error = Some(ResponseFailure {
            code: detail.code.unwrap_or(detail.kind),
            message: detail.message,
        });
    }
}

impl OutputItem {
    /// The item's id.
    pub(super) fn id(&self) -> &str {
        match self {
            OutputItem::Reasoning { id, .. } | OutputItem::Message { id, .. } | OutputItem::FunctionCall { id, .. } => {
                id
            }
        }
    }

    /// An item of progress.
    pub(super) fn reasoning(text: String) -> Self {
        OutputItem::Reasoning {
            id: item_id("rs"),
            summary: vec![SummaryPart {
                kind: "summary_text".to_owned(),
                text,
            }],
        }
    }

    /// A message.
    pub(super) fn message(text: String, status: ResponseStatus) -> Self {
        OutputItem::Message {
            id: item_id("msg"),
            status,
            role: "assistant".to_owned(),
            content: vec![TextPart::new(text)],
        }
    }
}

impl TextPart {
    /// The only part of a message.
    pub(super) fn new(text: String) -> Self {
        TextPart {
            kind: "output_text".to_owned(),
            text,
            annotations: Vec::new(),
            logprobs: Vec::new(),
        }
    }
}

/// A new id of an item.
pub(super) fn item_id(kind: &str) -> String {
    format!("{kind}_{}", Uuid::now_v7().simple())
}
