//! An answer as lines of JSON: the chunks of a chat's answer come in, a line for each piece goes out, calls of tools whole, the counts
//! and durations in the last line. Of both routes: a piece of a text is `message.content` or `response`.

use std::convert::Infallible;
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, StreamExt};
use serde_json::Value;

use super::failure;
use super::response::{OllamaAnswerMessage, OllamaCall, OllamaChatAnswer, OllamaEnd, OllamaTextAnswer, now};
use crate::serve::http::{ApiError, json};
use crate::serve::openai::{ChatAnswer, ChatChunk, ChatCompletion, FinishReason, FunctionCall, ToolCallDelta};

/// The route whose answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `POST /api/chat`.
    Chat,
    /// `POST /api/generate`.
    Text,
}

/// Writes the lines of one answer.
pub(super) struct LineWriter {
    pub(super) form: Form,
    /// The model's name, as in the request.
    pub(super) model: String,
    /// Whether progress is told as thinking.
    pub(super) thinks: bool,
    /// When the request came.
    pub(super) begun: Instant,
    finish: FinishReason,
    /// The call that is being written: its index, its id and the function.
    call: Option<(usize, String, FunctionCall)>,
}

/// A piece of an answer.
#[derive(Default)]
struct Piece {
    text: String,
    thinking: Option<String>,
    calls: Vec<OllamaCall>,
    end: Option<OllamaEnd>,
}

impl LineWriter {
    pub(super) fn new(form: Form, model: String, thinks: bool) -> Self {
        LineWriter {
            form,
            model,
            thinks,
            begun: Instant::now(),
            finish: FinishReason::Stop,
            call: None,
        }
    }

    /// The answer, whole or line by line.
    ///
    /// # Errors
    ///
    /// [`ApiError::Internal`] for an answer without a choice.
    pub(super) fn respond(mut self, answer: ChatAnswer) -> Result<Response, ApiError> {
        match answer {
            ChatAnswer::Whole(completion) => Ok(axum::Json(self.whole(*completion)?).into_response()),
            ChatAnswer::Stream(chunks) => {
                let lines = chunks.flat_map(move |item| stream::iter(self.item(item)));
                let lines = lines.map(|line| Ok::<_, Infallible>(Bytes::from(format!("{line}\n"))));
                let mut response = Body::from_stream(lines).into_response();
                let kind = axum::http::HeaderValue::from_static("application/x-ndjson");
                response.headers_mut().insert(header::CONTENT_TYPE, kind);
                Ok(response)
            }
        }
    }

    /// The answer to a request that asks for nothing.
    pub(super) fn nothing_asked(&self, keep_alive: Option<&Value>) -> Value {
        self.line(Piece {
            end: Some(OllamaEnd::nothing_asked(keep_alive)),
            ..Piece::default()
        })
    }

    fn whole(&self, completion: ChatCompletion) -> Result<Value, ApiError> {
        let usage = completion.usage;
        let choice = completion.choices.into_iter().next().ok_or(ApiError::Internal)?;
        let calls = choice.message.tool_calls.unwrap_or_default().into_iter();
        Ok(self.line(Piece {
            text: choice.message.content.unwrap_or_default(),
            thinking: choice.message.reasoning_content.filter(|_| self.thinks),
            calls: calls.map(|call| OllamaCall::new(call.id, call.function)).collect(),
            end: Some(OllamaEnd::new(choice.finish_reason, &usage, self.begun.elapsed())),
        }))
    }

    /// The lines of the next chunk, or of the failure that ends the stream.
    fn item(&mut self, item: Result<ChatChunk, ApiError>) -> Vec<Value> {
        match item {
            Ok(chunk) => self.chunk(chunk),
            Err(error) => vec![failure::body(&error, "")],
        }
    }

    fn chunk(&mut self, chunk: ChatChunk) -> Vec<Value> {
        let mut lines = Vec::new();
        for choice in chunk.choices.into_iter().filter(|choice| choice.index == 0) {
            if let Some(text) = choice.delta.reasoning_content.filter(|_| self.thinks) {
                lines.push(self.line(Piece {
                    thinking: Some(text),
                    ..Piece::default()
                }));
            }
            if let Some(text) = choice.delta.content.filter(|text| !text.is_empty()) {
                lines.push(self.line(Piece {
                    text,
                    ..Piece::default()
                }));
            }
            for call in choice.delta.tool_calls.into_iter().flatten() {
                self.add(call, &mut lines);
            }
            self.finish = choice.finish_reason.unwrap_or(self.finish);
        }
        if let Some(usage) = chunk.usage.flatten() {
            self.end_call(&mut lines);
            let end = OllamaEnd::new(self.finish, &usage, self.begun.elapsed());
            lines.push(self.line(Piece {
                end: Some(end),
                ..Piece::default()
            }));
        }
        lines
    }

    /// Collects a call: its arguments go out as an object, so only when they are complete.
    fn add(&mut self, delta: ToolCallDelta, lines: &mut Vec<Value>) {
        if self.call.as_ref().is_none_or(|(index, ..)| *index != delta.index) {
            self.end_call(lines);
            let function = FunctionCall {
                name: delta.function.name.unwrap_or_default(),
                arguments: String::new(),
            };
            self.call = Some((delta.index, delta.id.unwrap_or_default(), function));
        }
        if let (Some((_, _, function)), Some(more)) = (&mut self.call, delta.function.arguments) {
            function.arguments.push_str(&more);
        }
    }

    fn end_call(&mut self, lines: &mut Vec<Value>) {
        if let Some((_, id, function)) = self.call.take() {
            lines.push(self.line(Piece {
                calls: vec![OllamaCall::new(id, function)],
                ..Piece::default()
            }));
        }
    }

    fn line(&self, piece: Piece) -> Value {
        let (done, end) = (piece.end.is_some(), piece.end.unwrap_or_default());
        let (model, created_at) = (self.model.clone(), now());
        match self.form {
            Form::Chat => json(&OllamaChatAnswer {
                model,
                created_at,
                message: OllamaAnswerMessage {
                    role: "assistant".to_owned(),
                    content: piece.text,
                    thinking: piece.thinking,
                    tool_calls: Some(piece.calls).filter(|calls| !calls.is_empty()),
                },
                done,
                end,
            }),
            Form::Text => json(&OllamaTextAnswer {
                model,
                created_at,
                response: piece.text,
                thinking: piece.thinking,
                done,
                end,
            }),
        }
    }
}

#[cfg(test)]
#[path = "lines_tests.rs"]
mod tests;
