//! The events of a streamed response: the chunks of a chat's answer come in; the events that OpenAI documents go out, numbered, an
//! item after the other, the whole response in the last one.

use serde_json::{Value, json};

use super::response::{OutputItem, ResponseObject, ResponseStatus, SummaryPart, TextPart, item_id};
use crate::serve::http::{ApiError, SseFrame, json as json_of};
use crate::serve::openai::{ChatChunk, FinishReason, ToolCallDelta};

/// Writes the events of one response.
pub(super) struct EventWriter {
    response: ResponseObject,
    begun: bool,
    sequence: u64,
    /// The index of the call that the last item holds.
    call: Option<usize>,
    /// Whether the last item is still being written.
    open: bool,
    finish: FinishReason,
}

impl EventWriter {
    pub(super) fn new(response: ResponseObject) -> Self {
        EventWriter {
            response,
            begun: false,
            sequence: 0,
            call: None,
            open: false,
            finish: FinishReason::Stop,
        }
    }

    /// The events of the next chunk, or of the failure that ends the stream.
    pub(super) fn item(&mut self, item: Result<ChatChunk, ApiError>) -> Vec<SseFrame> {
        let mut events = Vec::new();
        match item {
            Ok(chunk) => self.chunk(chunk, &mut events),
            Err(error) => {
                self.begin(&mut events);
                self.response.fail(&error);
                self.whole("response.failed", &mut events);
            }
        }
        events
    }

    fn chunk(&mut self, chunk: ChatChunk, events: &mut Vec<SseFrame>) {
        if let Some(metadata) = chunk.metadata.as_ref().filter(|_| !self.begun) {
            self.response.tells_of(Some(&metadata.analysis_id));
        }
        self.begin(events);
        for choice in chunk.choices.into_iter().filter(|choice| choice.index == 0) {
            if let Some(text) = choice.delta.reasoning_content {
                self.reason(&text, events);
            }
            if let Some(text) = choice.delta.content.filter(|text| !text.is_empty()) {
                self.write(&text, events);
            }
            for call in choice.delta.tool_calls.into_iter().flatten() {
                self.call(call, events);
            }
            self.finish = choice.finish_reason.unwrap_or(self.finish);
        }
        if let Some(usage) = chunk.usage.flatten() {
            let is_silent = |item: &OutputItem| matches!(item, OutputItem::Reasoning { .. });
            if self.response.output.iter().all(is_silent) {
                self.message(events);
            }
            self.response.end(self.finish, usage);
            self.close(events);
            let name = match self.response.status {
                ResponseStatus::Incomplete => "response.incomplete",
                _ => "response.completed",
            };
            self.whole(name, events);
        }
    }

    fn begin(&mut self, events: &mut Vec<SseFrame>) {
        if !std::mem::replace(&mut self.begun, true) {
            self.whole("response.created", events);
            self.whole("response.in_progress", events);
        }
    }

    fn reason(&mut self, text: &str, events: &mut Vec<SseFrame>) {
        if !self.open || !matches!(self.response.output.last(), Some(OutputItem::Reasoning { .. })) {
            let item = OutputItem::reasoning(String::new());
            let id = item.id().to_owned();
            let mut empty = item.clone();
            if let OutputItem::Reasoning { summary, .. } = &mut empty {
                summary.clear();
            }
            self.add(item, &empty, events);
            let part = json!({"item_id": id, "summary_index": 0, "part": {"type": "summary_text", "text": ""}});
            self.of_item("response.reasoning_summary_part.added", part, events);
        }
        if let Some(OutputItem::Reasoning { id, summary }) = self.response.output.last_mut()
            && let Some(part) = summary.first_mut()
        {
            part.text.push_str(text);
            let delta = json!({"item_id": id, "summary_index": 0, "delta": text});
            self.of_item("response.reasoning_summary_text.delta", delta, events);
        }
    }

    fn message(&mut self, events: &mut Vec<SseFrame>) {
        let item = OutputItem::message(String::new(), ResponseStatus::InProgress);
        let id = item.id().to_owned();
        let mut empty = item.clone();
        if let OutputItem::Message { content, .. } = &mut empty {
            content.clear();
        }
        self.add(item, &empty, events);
        let part = json!({"item_id": id, "content_index": 0, "part": json_of(&TextPart::new(String::new()))});
        self.of_item("response.content_part.added", part, events);
    }

    fn write(&mut self, text: &str, events: &mut Vec<SseFrame>) {
        if !self.open || !matches!(self.response.output.last(), Some(OutputItem::Message { .. })) {
            self.message(events);
        }
        if let Some(OutputItem::Message { id, content, .. }) = self.response.output.last_mut()
            && let Some(part) = content.first_mut()
        {
            part.text.push_str(text);
            let delta = json!({"item_id": id, "content_index": 0, "delta": text, "logprobs": []});
            self.of_item("response.output_text.delta", delta, events);
        }
    }

    fn call(&mut self, delta: ToolCallDelta, events: &mut Vec<SseFrame>) {
        if !self.open || self.call != Some(delta.index) {
            let item = OutputItem::FunctionCall {
                id: item_id("fc"),
                call_id: delta.id.unwrap_or_else(|| item_id("call")),
                name: delta.function.name.unwrap_or_default(),
                arguments: String::new(),
                status: ResponseStatus::InProgress,
            };
            let shown = item.clone();
            self.add(item, &shown, events);
            self.call = Some(delta.index);
        }
        let Some(more) = delta.function.arguments.filter(|more| !more.is_empty()) else {
            return;
        };
        if let Some(OutputItem::FunctionCall { id, arguments, .. }) = self.response.output.last_mut() {
            arguments.push_str(&more);
            let delta = json!({"item_id": id, "delta": more});
            self.of_item("response.function_call_arguments.delta", delta, events);
        }
    }

    /// Begins an item, after the one before is complete. `shown` is the item as clients get it at first.
    fn add(&mut self, item: OutputItem, shown: &OutputItem, events: &mut Vec<SseFrame>) {
        self.close(events);
        self.response.output.push(item);
        (self.open, self.call) = (true, None);
        self.of_item("response.output_item.added", json!({"item": json_of(shown)}), events);
    }

    /// Ends the last item.
    fn close(&mut self, events: &mut Vec<SseFrame>) {
        if !std::mem::replace(&mut self.open, false) {
            return;
        }
        // An item ends with the response, incomplete, or when the next one begins.
        let ended = match self.response.status {
            ResponseStatus::InProgress => ResponseStatus::Completed,
            status => status,
        };
        match self.response.output.last_mut() {
            Some(OutputItem::Reasoning { id, summary }) => {
                let text = summary.first().map(|part| part.text.clone()).unwrap_or_default();
                let part = SummaryPart {
                    kind: "summary_text".to_owned(),
                    text,
                };
                let done = json!({"item_id": id, "summary_index": 0, "text": part.text});
                let part = json!({"item_id": id, "summary_index": 0, "part": json_of(&part)});
                self.of_item("response.reasoning_summary_text.done", done, events);
                self.of_item("response.reasoning_summary_part.done", part, events);
            }
            Some(OutputItem::Message {
                id, status, content, ..
            }) => {
                *status = ended;
                let part = content.first().cloned().unwrap_or_else(|| TextPart::new(String::new()));
                let done = json!({"item_id": id, "content_index": 0, "text": part.text, "logprobs": []});
                let part = json!({"item_id": id, "content_index": 0, "part": json_of(&part)});
                self.of_item("response.output_text.done", done, events);
                self.of_item("response.content_part.done", part, events);
            }
            Some(OutputItem::FunctionCall {
                id,
                name,
                arguments,
                status,
                ..
            }) => {
                *status = ended;
                let done = json!({"item_id": id, "name": name, "arguments": arguments});
                self.of_item("response.function_call_arguments.done", done, events);
            }
            None => return,
        }
        let item = self.response.output.last().map(json_of);
        self.of_item("response.output_item.done", json!({"item": item}), events);
    }

    /// An event of the last item.
    fn of_item(&mut self, name: &'static str, mut fields: Value, events: &mut Vec<SseFrame>) {
        fields["output_index"] = json!(self.response.output.len().saturating_sub(1));
        self.send(name, fields, events);
    }

    /// An event with the response as it stands.
    fn whole(&mut self, name: &'static str, events: &mut Vec<SseFrame>) {
        let fields = json!({"response": json_of(&self.response)});
        self.send(name, fields, events);
    }

    fn send(&mut self, name: &'static str, fields: Value, events: &mut Vec<SseFrame>) {
        let mut event = json!({"type": name, "sequence_number": self.sequence});
        self.sequence += 1;
        if let (Value::Object(event), Value::Object(fields)) = (&mut event, fields) {
            event.extend(fields);
        }
        events.push(SseFrame {
            event: Some(name),
            data: event.to_string(),
        });
    }
}

#[cfg(test)]
#[path = "events_tests.rs"]
mod tests;
