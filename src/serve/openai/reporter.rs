//! The model `tripod-reporter`: a checked chat request comes in, the reporter's answer goes out, whole or as a stream.

use serde_json::Value;

use super::chat_answer::ChatAnswer;
use super::chunks::ChunkWriter;
use super::response::{ChatCompletion, Envelope};
use super::tools;
use super::validate::ValidChat;
use super::writing::{TextJob, chunks, random_seed, whole};
use crate::engine::{self, Message};
use crate::models::Role;
use crate::prompt::{Template, render};
use crate::serve::http::{ApiError, Client};
use crate::serve::runs::Shared;

/// Answers a conversation with the reporter.
///
/// # Errors
///
/// A prompt that does not fit, a full queue, or an engine that failed.
pub(super) async fn answer(app: &Shared, client: Client, mut valid: ValidChat) -> Result<ChatAnswer, ApiError> {
    if let Some(named) = valid.json_schema.as_ref().filter(|_| valid.tools.may_be_left_out()) {
        // The grammar enforces the schema. The prompt states it too, because a model that knows it fills it more sensibly.
        let context = serde_json::json!({
            "description": named.description.as_deref().unwrap_or(&named.name),
            "schema": named.schema.to_string(),
        });
        instruct(&mut valid.messages, Template::JsonAnswer, &context)?;
    }
    let job = TextJob {
        requests: vec![valid.text_request(Role::Reporter, random_seed())],
        param: "messages",
        echo: Vec::new(),
    };
    let envelope = Envelope::new("chatcmpl", &valid.model);
    if valid.stream {
        let mut writer = ChunkWriter::new(envelope, job.choices());
        if valid.tools.may_be_called() {
            writer.read_calls(valid.text_is_json());
        }
        return Ok(ChatAnswer::Stream(chunks(app, client, job, writer).await?));
    }
    let (mut answers, usage) = whole(app, client, job).await?;
    if valid.tools.may_be_called() {
        for answer in &mut answers {
            (answer.text, answer.calls) = tools::whole(&answer.text, valid.text_is_json(), answer.finish);
        }
    }
    let completion = ChatCompletion::new(envelope, answers, usage, None);
    Ok(ChatAnswer::Whole(Box::new(completion)))
}

/// Puts a prompt of Tripod's own before the client's instructions.
///
/// # Errors
///
/// [`ApiError::Internal`] when the prompt does not render.
pub(super) fn instruct(messages: &mut Vec<Message>, template: Template, context: &Value) -> Result<(), ApiError> {
    let system = render(template, context).map_err(|error| {
        tracing::error!(%error, "a prompt does not render");
        ApiError::Internal
    })?;
    let system = system.trim();
    match messages.first_mut() {
        Some(first) if first.role == engine::Role::System => first.content = format!("{system}\n\n{}", first.content),
        _ => messages.insert(0, Message::new(engine::Role::System, system)),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn message(role: engine::Role, content: &str) -> Message {
        Message::new(role, content)
    }

    #[test]
    fn the_prompt_of_a_follow_up_keeps_the_reporter_to_its_report() {
        let mut messages = vec![message(engine::Role::User, "Why?")];
        instruct(&mut messages, Template::ChatSystem, &serde_json::json!({})).unwrap();
        assert_eq!(messages.len(), 2);
        insta::assert_snapshot!(messages[0].content, @"You are Tripod, a careful equity analyst. The conversation holds a report that you wrote. Answer the last question in a few plain sentences, from that report and the conversation alone. Write only figures that stand there, as they are written there. Where the report does not hold the answer, say so; do not guess. Your answer is information, not investment advice.");
    }

    #[test]
    fn the_prompt_of_an_analyst_with_tools_sends_it_to_them() {
        let mut messages = Vec::new();
        instruct(&mut messages, Template::AnalystTools, &serde_json::json!({})).unwrap();
        insta::assert_snapshot!(messages[0].content, @"You are Tripod, a careful equity analyst. Your functions know prices, forecasts, news and how good earlier forecasts were; you do not. Call one where a question needs a figure. Write only figures that a function returned or that stand in the conversation, as they are written there, and say so where a forecast is not reliable. Where nothing helps, say so; do not guess. Your answer is information, not investment advice.");
    }

    #[test]
    fn a_schema_comes_before_the_clients_instructions() {
        let mut messages = vec![
            message(engine::Role::System, "Be brief."),
            message(engine::Role::User, "Hi"),
        ];
        let context = serde_json::json!({"description": "a person", "schema": "{\"type\":\"object\"}"});
        instruct(&mut messages, Template::JsonAnswer, &context).unwrap();
        assert_eq!(messages.len(), 2);
        insta::assert_snapshot!(messages[0].content, @r#"
        Answer with one JSON object and nothing else. It is a person. It must follow this JSON schema: {"type":"object"}

        Be brief.
        "#);
    }
}
