//! The chunks of a stream come in, the answer in one piece goes out.

use futures_util::StreamExt;

use super::chat_answer::ChatStream;
use super::chunks::{ChatChunk, ChunkChoice};
use super::response::{AnswerMessage, AnswerRole, ChatChoice, ChatCompletion, FinishReason, ObjectKind, Usage};
use super::tools::wire::{FunctionCall, ToolCall, ToolCallDelta, ToolKind};
use crate::serve::http::ApiError;

/// Reads a stream of one choice to its end.
///
/// # Errors
///
/// What the stream failed with.
pub(super) async fn whole(mut chunks: ChatStream) -> Result<ChatCompletion, ApiError> {
    let mut told = None;
    let mut message = AnswerMessage {
        role: AnswerRole::Assistant,
        content: None,
        refusal: None,
        reasoning_content: None,
        tool_calls: None,
    };
    let (mut finish_reason, mut stop_text) = (FinishReason::Stop, None);
    let (mut usage, mut metadata) = (Usage::default(), None);
    while let Some(chunk) = chunks.next().await {
        let ChatChunk {
            envelope,
            choices,
            usage: counted,
            metadata: of,
            ..
        } = chunk?;
        told = Some(envelope);
        usage = counted.flatten().unwrap_or(usage);
        metadata = of.or(metadata);
        for ChunkChoice {
            delta,
            finish_reason: reason,
            stop_text: stopped,
            ..
        } in choices
        {
            append(&mut message.content, delta.content);
            append(&mut message.reasoning_content, delta.reasoning_content);
            for call in delta.tool_calls.into_iter().flatten() {
                add(message.tool_calls.get_or_insert_default(), call);
            }
            finish_reason = reason.unwrap_or(finish_reason);
            stop_text = stopped.or(stop_text);
        }
    }
    if message.tool_calls.is_some() {
        message.content = message.content.filter(|text| !text.is_empty());
    }
    Ok(ChatCompletion {
        envelope: told.ok_or(ApiError::Internal)?,
        object: ObjectKind::ChatCompletion,
        choices: vec![ChatChoice {
            index: 0,
            message,
            logprobs: None,
            finish_reason,
            stop_text,
        }],
        usage,
        metadata,
    })
}

fn append(text: &mut Option<String>, more: Option<String>) {
    if let Some(more) = more {
        text.get_or_insert_default().push_str(&more);
    }
}

fn add(calls: &mut Vec<ToolCall>, delta: ToolCallDelta) {
    let arguments = delta.function.arguments.unwrap_or_default();
    match (delta.id, calls.get_mut(delta.index)) {
        (Some(id), None) => calls.push(ToolCall {
            id,
            kind: ToolKind::Function,
            function: FunctionCall {
                name: delta.function.name.unwrap_or_default(),
                arguments,
            },
        }),
        (_, Some(call)) => call.function.arguments.push_str(&arguments),
        (None, None) => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use futures_util::stream;

    use super::*;
    use crate::engine::Finish;
    use crate::serve::openai::chunks::ChunkWriter;
    use crate::serve::openai::response::Envelope;
    use crate::serve::openai::tools::whole as read;

    #[tokio::test]
    async fn chunks_add_up_to_the_answer_that_they_are_pieces_of() {
        let written = "I look.\n<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1}}\n</tool_call>";
        let mut writer = ChunkWriter::new(Envelope::new("x", "tripod"), 1);
        writer.read_calls(false);
        let mut chunks = writer.reasoning(0, "first");
        for letter in written.chars() {
            chunks.extend(writer.content(0, &letter.to_string(), &[]));
        }
        chunks.extend(writer.finish(0, Finish::Stop));
        chunks.push(writer.end(Usage::new(3, 2)));
        let folded = whole(stream::iter(chunks.into_iter().map(Ok)).boxed()).await.unwrap();
        let choice = &folded.choices[0];
        assert_eq!(choice.finish_reason, FinishReason::ToolCalls);
        assert_eq!(choice.message.content.as_deref(), Some("I look."));
        assert_eq!(choice.message.reasoning_content.as_deref(), Some("first"));
        let calls = choice.message.tool_calls.as_ref().unwrap();
        assert_eq!(calls[0].function, read(written, false, Finish::Stop).1[0].function);
        assert_eq!(folded.usage, Usage::new(3, 2));
    }
}
