//! The events of a streamed answer: the chunks of a chat's answer come in; `message_start`, a block after the other, `message_delta`
//! with the reason and the usage, and `message_stop` go out.

use serde_json::{Value, json};

use super::failure;
use super::response::{AnthropicAnswer, AnthropicUsage, StopReason};
use crate::serve::http::{ApiError, SseFrame};
use crate::serve::openai::{ChatChunk, FinishReason, ToolCallDelta};

/// Writes the events of one answer.
pub(super) struct EventWriter {
    model: String,
    /// Whether progress goes out as a block of thinking.
    shows_thinking: bool,
    begun: bool,
    /// Blocks begun so far.
    blocks: usize,
    open: Option<Block>,
    finish: FinishReason,
}

/// The block that is being written.
#[derive(Clone, Copy, PartialEq)]
enum Block {
    Thinking,
    Text,
    /// The call with this index.
    Call(usize),
}

impl EventWriter {
    pub(super) fn new(model: String, shows_thinking: bool) -> Self {
        EventWriter {
            model,
            shows_thinking,
            begun: false,
            blocks: 0,
            open: None,
            finish: FinishReason::Stop,
        }
    }

    /// The events of the next chunk, or of the failure that ends the stream.
    pub(super) fn item(&mut self, item: Result<ChatChunk, ApiError>) -> Vec<SseFrame> {
        let mut events = Vec::new();
        match item {
            Ok(chunk) => self.chunk(chunk, &mut events),
            Err(error) => events.push(event("error", failure::body(&error, ""))),
        }
        events
    }

    fn chunk(&mut self, chunk: ChatChunk, events: &mut Vec<SseFrame>) {
        if !std::mem::replace(&mut self.begun, true) {
            let message = crate::serve::http::json(&AnthropicAnswer::begun(&self.model));
            events.push(event("message_start", json!({"message": message})));
            events.push(event("ping", json!({})));
        }
        for choice in chunk.choices.into_iter().filter(|choice| choice.index == 0) {
            if let Some(text) = choice.delta.reasoning_content {
                self.think(&text, events);
            }
            if let Some(text) = choice.delta.content.filter(|text| !text.is_empty()) {
                self.enter(Block::Text, json!({"type": "text", "text": ""}), events);
                self.delta(json!({"type": "text_delta", "text": text}), events);
            }
            for call in choice.delta.tool_calls.into_iter().flatten() {
                self.call(call, events);
            }
            self.finish = choice.finish_reason.unwrap_or(self.finish);
        }
        if let Some(usage) = chunk.usage.flatten() {
            self.close(events);
            let usage = crate::serve::http::json(&AnthropicUsage::from(usage));
            let delta = json!({"stop_reason": StopReason::from(self.finish), "stop_sequence": null});
            events.push(event("message_delta", json!({"delta": delta, "usage": usage})));
            events.push(event("message_stop", json!({})));
        }
    }

    /// Progress is thinking where the client asked for that, and a sign of life elsewhere.
    fn think(&mut self, text: &str, events: &mut Vec<SseFrame>) {
        if !self.shows_thinking {
            events.push(event("ping", json!({})));
            return;
        }
        let block = json!({"type": "thinking", "thinking": "", "signature": ""});
        self.enter(Block::Thinking, block, events);
        self.delta(json!({"type": "thinking_delta", "thinking": text}), events);
    }

    fn call(&mut self, call: ToolCallDelta, events: &mut Vec<SseFrame>) {
        let block = json!({
            "type": "tool_use",
            "id": call.id.unwrap_or_default(),
            "name": call.function.name.unwrap_or_default(),
            "input": {},
        });
        self.enter(Block::Call(call.index), block, events);
        if let Some(more) = call.function.arguments.filter(|more| !more.is_empty()) {
            self.delta(json!({"type": "input_json_delta", "partial_json": more}), events);
        }
    }

    /// Begins a block, unless it is the one that is being written.
    fn enter(&mut self, block: Block, content: Value, events: &mut Vec<SseFrame>) {
        if self.open == Some(block) {
            return;
        }
        self.close(events);
        self.open = Some(block);
        self.blocks += 1;
        let fields = json!({"index": self.blocks - 1, "content_block": content});
        events.push(event("content_block_start", fields));
    }

    fn delta(&self, delta: Value, events: &mut Vec<SseFrame>) {
        let fields = json!({"index": self.blocks.saturating_sub(1), "delta": delta});
        events.push(event("content_block_delta", fields));
    }

    fn close(&mut self, events: &mut Vec<SseFrame>) {
        let Some(block) = self.open.take() else { return };
        if block == Block::Thinking {
            self.delta(json!({"type": "signature_delta", "signature": ""}), events);
        }
        let fields = json!({"index": self.blocks.saturating_sub(1)});
        events.push(event("content_block_stop", fields));
    }
}

fn event(name: &'static str, fields: Value) -> SseFrame {
    let mut data = json!({"type": name});
    if let (Value::Object(data), Value::Object(fields)) = (&mut data, fields) {
        data.extend(fields);
    }
    SseFrame {
        event: Some(name),
        data: data.to_string(),
    }
}

#[cfg(test)]
#[path = "events_tests.rs"]
mod tests;
