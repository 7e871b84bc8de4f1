//! An answer that may call tools comes in piece by piece, text and calls go out, as soon as they are certain.

use uuid::Uuid;

use super::wire::{FunctionCall, FunctionCallDelta, ToolCall, ToolCallDelta, ToolKind};
use crate::engine::{CallReader, Finish, Written};

/// A part of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// More text.
    Text(String),
    /// More of a call.
    Call(ToolCallDelta),
}

/// Reads one answer.
#[derive(Debug, Clone)]
pub struct AnswerReader {
    reader: CallReader,
    /// White space that goes out only if text follows: before a call it says nothing.
    blanks: String,
    /// The name of the call that has begun, until it is complete.
    name: Option<Vec<u8>>,
    /// Calls with a complete name.
    calls: usize,
}

impl AnswerReader {
    /// A reader at the start of an answer. `text_is_json` says whether its text follows a schema.
    pub fn new(text_is_json: bool) -> Self {
        AnswerReader {
            reader: CallReader::new(text_is_json),
            blanks: String::new(),
            name: None,
            calls: 0,
        }
    }

    /// Whether the answer calls a tool.
    pub fn has_calls(&self) -> bool {
        self.calls > 0
    }

    /// Reads more of the answer.
    pub fn read(&mut self, more: &str) -> Vec<Part> {
        let mut parts = Vec::new();
        let (mut text, mut arguments) = (Vec::new(), Vec::new());
        for &byte in more.as_bytes() {
            let written = self.reader.step(byte);
            if written != Written::Arguments && !arguments.is_empty() {
                parts.push(self.arguments(&std::mem::take(&mut arguments)));
            }
            match written {
                Written::Text { held, byte: is_text } => {
                    text.extend_from_slice(held.as_bytes());
                    text.extend(is_text.then_some(byte));
                }
                Written::Call => {
                    self.text(&std::mem::take(&mut text), &mut parts);
                    self.blanks.clear();
                    self.name = Some(Vec::new());
                }
                Written::Name => self.name.iter_mut().for_each(|name| name.push(byte)),
                Written::Arguments => arguments.push(byte),
                Written::Nothing => parts.extend(self.named()),
            }
        }
        self.text(&text, &mut parts);
        if !arguments.is_empty() {
            parts.push(self.arguments(&arguments));
        }
        parts
    }

    /// Ends the answer; what was held back is text, unless the answer's limit of tokens cut off the beginning of a call.
    pub fn end(&mut self, finish: Finish) -> Vec<Part> {
        let mut parts = Vec::new();
        if finish != Finish::Length && !self.has_calls() {
            let held = self.reader.held();
            self.text(held.as_bytes(), &mut parts);
            if !self.blanks.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut self.blanks)));
            }
        }
        parts
    }

    fn text(&mut self, text: &[u8], parts: &mut Vec<Part>) {
        let text = std::mem::take(&mut self.blanks) + &String::from_utf8_lossy(text);
        let shown = text.trim_end();
        self.blanks = text[shown.len()..].to_owned();
        if !shown.is_empty() {
            parts.push(Part::Text(shown.to_owned()));
        }
    }

    /// The first part of a call, once its name is complete.
    fn named(&mut self) -> Option<Part> {
        let name = self.name.take()?;
        self.calls += 1;
        Some(Part::Call(ToolCallDelta {
            index: self.calls - 1,
            id: Some(format!("call_{}", Uuid::now_v7().simple())),
            kind: Some(ToolKind::Function),
            function: FunctionCallDelta {
                name: Some(String::from_utf8_lossy(&name).into_owned()),
                arguments: Some(String::new()),
            },
        }))
    }

    fn arguments(&self, bytes: &[u8]) -> Part {
        Part::Call(ToolCallDelta {
            index: self.calls.saturating_sub(1),
            function: FunctionCallDelta {
                name: None,
                arguments: Some(String::from_utf8_lossy(bytes).into_owned()),
            },
            ..ToolCallDelta::default()
        })
    }
}

/// Reads a whole answer: its text and its calls.
pub fn whole(answer: &str, text_is_json: bool, finish: Finish) -> (String, Vec<ToolCall>) {
    let mut reader = AnswerReader::new(text_is_json);
    let mut parts = reader.read(answer);
    parts.extend(reader.end(finish));
    let (mut text, mut calls) = (String::new(), Vec::<ToolCall>::new());
    for part in parts {
        match part {
            Part::Text(more) => text.push_str(&more),
            Part::Call(ToolCallDelta {
                id: Some(id), function, ..
            }) => calls.push(ToolCall {
                id,
                kind: ToolKind::Function,
                function: FunctionCall {
                    name: function.name.unwrap_or_default(),
                    arguments: String::new(),
                },
            }),
            Part::Call(ToolCallDelta { function, .. }) => {
                let more = function.arguments.unwrap_or_default();
                calls
                    .iter_mut()
                    .last()
                    .into_iter()
                    .for_each(|call| call.function.arguments.push_str(&more));
            }
        }
    }
    (text, calls)
}
