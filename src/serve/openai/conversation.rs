//! The messages of a chat request come in, a conversation that every chat template renders goes out: at most one system message, at
//! the front, then user and assistant in turn, and what tools answered after their calls. No text is left out.

use std::collections::BTreeSet;

use super::request::{ChatMessage, Content, ContentPart};
use super::tools::past_calls;
use crate::engine::{Message, Role};
use crate::serve::http::ApiError;

const MAX_MESSAGES: usize = 256;

/// Reads the messages of a request.
///
/// System and developer messages are joined into one at the front; neighbours of the same role become one message, with a blank line
/// between their texts. Messages without text are dropped, but the last user message must have some. Calls and their results stay
/// messages of their own.
///
/// # Errors
///
/// [`ApiError::Invalid`] naming the message: a role or a kind of content that is not supported, missing content, a NUL
/// character, a result of no call, or no message with text at all.
pub fn conversation(messages: Option<&[ChatMessage]>) -> Result<Vec<Message>, ApiError> {
    let messages = messages.unwrap_or_default();
    if messages.is_empty() || messages.len() > MAX_MESSAGES {
        return Err(ApiError::invalid(
            "messages",
            format!("a conversation must have 1 to {MAX_MESSAGES} messages"),
        ));
    }
    let read: Result<Vec<Message>, ApiError> = (0..)
        .zip(messages)
        .map(|(i, message): (usize, _)| read_message(message, &format!("messages[{i}]")))
        .collect();
    let read = read?;
    check_answers(&read)?;
    if let Some(last) = read.iter().rposition(|message| message.role == Role::User)
        && read.get(last).is_some_and(|message| message.content.trim().is_empty())
    {
        return Err(ApiError::invalid(
            format!("messages[{last}].content"),
            "the last user message has no text",
        ));
    }
    let (system, turns): (Vec<Message>, Vec<Message>) =
        read.into_iter().partition(|message| message.role == Role::System);
    let mut conversation: Vec<Message> = Vec::new();
    for message in system
        .into_iter()
        .chain(turns)
        .filter(|message| !message.content.is_empty() || message.is_of_tools())
    {
        match conversation.last_mut() {
            Some(before) if before.role == message.role && !before.is_of_tools() && !message.is_of_tools() => {
                before.content.push_str("\n\n");
                before.content.push_str(&message.content);
            }
            _ => conversation.push(message),
        }
    }
    if conversation.is_empty() {
        return Err(ApiError::invalid("messages", "no message has any text"));
    }
    Ok(conversation)
}

/// Checks that every result answers a call before it.
fn check_answers(messages: &[Message]) -> Result<(), ApiError> {
    let mut called = BTreeSet::new();
    for (i, message) in messages.iter().enumerate() {
        called.extend(message.calls.iter().map(|call| call.id.as_str()));
        if message.answers.as_deref().is_some_and(|id| !called.contains(id)) {
            return Err(ApiError::invalid(
                format!("messages[{i}].tool_call_id"),
                "no message before this one has a call with this id",
            ));
        }
    }
    Ok(())
}

fn read_message(message: &ChatMessage, path: &str) -> Result<Message, ApiError> {
    let role = match message.role.as_deref() {
        Some("developer" | "system") => Role::System,
        Some("user") => Role::User,
        Some("assistant") => Role::Assistant,
        Some("tool") => Role::Tool,
        Some("function") => {
            return Err(ApiError::invalid(
                format!("{path}.role"),
                "functions are not supported under their older name: send a message of the role tool",
            ));
        }
        _ => {
            return Err(ApiError::invalid(
                format!("{path}.role"),
                "a role must be one of developer, system, user, assistant, tool",
            ));
        }
    };
    if message.function_call.is_some() {
        return Err(ApiError::invalid(
            format!("{path}.function_call"),
            "function calls are not supported under their older name: use tool_calls",
        ));
    }
    let calls = past_calls(
        message.tool_calls.as_deref().unwrap_or_default(),
        &format!("{path}.tool_calls"),
    )?;
    if !calls.is_empty() && role != Role::Assistant {
        return Err(ApiError::invalid(
            format!("{path}.tool_calls"),
            "only an assistant's message can call tools",
        ));
    }
    let answers = match (role, &message.tool_call_id) {
        (Role::Tool, Some(id)) => Some(id.clone()),
        (Role::Tool, None) => {
            return Err(ApiError::invalid(
                format!("{path}.tool_call_id"),
                "a message of the role tool needs the id of the call that it answers",
            ));
        }
        _ => None,
    };
    let content = match (&message.content, &message.refusal) {
        (Some(Content::Text(text)), _) => text.clone(),
        (Some(Content::Parts(parts)), _) => join(parts, path)?,
        (None, Some(refusal)) if role == Role::Assistant => refusal.clone(),
        (None, None) if role == Role::Assistant => String::new(),
        (None, _) => return Err(ApiError::invalid(format!("{path}.content"), "the content is missing")),
    };
    if content.contains('\0') {
        return Err(ApiError::invalid(
            format!("{path}.content"),
            "the content has a NUL character; leave it out",
        ));
    }
    Ok(Message {
        calls,
        answers,
        ..Message::new(role, &content)
    })
}

fn join(parts: &[ContentPart], path: &str) -> Result<String, ApiError> {
    let texts: Result<Vec<&str>, ApiError> = (0..)
        .zip(parts)
        .map(
            |(i, part): (usize, _)| match (part.kind.as_deref(), part.text.as_deref()) {
                (Some("text"), Some(text)) => Ok(text),
                (Some("text"), None) => Err(ApiError::invalid(
                    format!("{path}.content[{i}].text"),
                    "the text is missing",
                )),
                _ => Err(ApiError::invalid(
                    format!("{path}.content[{i}].type"),
                    "content parts must be of the type text; images, audio and files are not supported",
                )),
            },
        )
        .collect();
    Ok(texts?.join("\n"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::*;

    fn converse(messages: Value) -> Result<Vec<(&'static str, String)>, (String, String)> {
        let messages: Vec<ChatMessage> = serde_json::from_value(messages).unwrap();
        match conversation(Some(&messages)) {
            Ok(said) => Ok(said.into_iter().map(|one| (one.role.name(), one.content)).collect()),
            Err(error) => Err((error.body().error.param.unwrap(), error.to_string())),
        }
    }

    fn refused_at(messages: Value) -> String {
        converse(messages).unwrap_err().0
    }

    fn user(text: &str) -> Value {
        json!({"role": "user", "content": text})
    }

    #[test]
    fn instructions_anywhere_become_one_system_message_at_the_front() {
        let said = converse(json!([
            user("hello"),
            {"role": "developer", "content": "Be brief."},
            {"role": "assistant", "content": "Hi."},
            {"role": "system", "content": [{"type": "text", "text": "Be"}, {"type": "text", "text": "kind."}]},
            user("bye"),
        ]))
        .unwrap();
        let expected = [
            ("system", "Be brief.\n\nBe\nkind."),
            ("user", "hello"),
            ("assistant", "Hi."),
            ("user", "bye"),
        ];
        assert_eq!(said, expected.map(|(role, text)| (role, text.to_owned())));
    }

    #[test]
    fn neighbours_of_one_role_are_joined_also_across_messages_without_text() {
        let said = converse(json!([
            user("one"),
            user("two"),
            {"role": "assistant", "content": null},
            user("three"),
        ]))
        .unwrap();
        assert_eq!(said, [("user", "one\n\ntwo\n\nthree".to_owned())]);
    }

    #[test]
    fn an_assistant_at_the_end_stays_and_a_refusal_counts_as_its_content() {
        let said = converse(json!([user("x"), {"role": "assistant", "content": null, "refusal": "No."}])).unwrap();
        assert_eq!(said.last().unwrap(), &("assistant", "No.".to_owned()));
    }

    fn calls(ids: &[&str]) -> Value {
        let call =
            |id: &&str| json!({"id": id, "type": "function", "function": {"name": "f", "arguments": "{\"a\": 1}"}});
        json!({"role": "assistant", "content": null, "tool_calls": ids.iter().map(call).collect::<Vec<Value>>()})
    }

    fn result(id: &str) -> Value {
        json!({"role": "tool", "tool_call_id": id, "content": "4"})
    }

    #[test]
    fn calls_and_their_results_stay_apart_in_their_order() {
        let messages = json!([user("x"), calls(&["1", "2"]), result("2"), result("1"), user("y")]);
        let messages: Vec<ChatMessage> = serde_json::from_value(messages).unwrap();
        let said = conversation(Some(&messages)).unwrap();
        let roles: Vec<&str> = said.iter().map(|message| message.role.name()).collect();
        assert_eq!(roles, ["user", "assistant", "tool", "tool", "user"]);
        assert_eq!(said[1].calls.len(), 2);
        assert_eq!(said[1].calls[0].arguments, r#"{"a":1}"#);
        assert_eq!(said[2].answers.as_deref(), Some("2"));
    }

    #[test]
    fn calls_and_results_that_do_not_fit_are_refused_where_they_stand() {
        let at = |messages: Value| refused_at(messages);
        assert_eq!(at(json!([user("x"), result("1")])), "messages[1].tool_call_id");
        assert_eq!(
            at(json!([result("1"), calls(&["1"]), user("x")])),
            "messages[0].tool_call_id"
        );
        assert_eq!(
            at(json!([user("x"), {"role": "tool", "content": "4"}])),
            "messages[1].tool_call_id"
        );
        assert_eq!(
            at(json!([user("x"), calls(&["1"]), {"role": "tool", "tool_call_id": "1"}])),
            "messages[2].content"
        );
        assert_eq!(at(json!([{"role": "function", "content": "4"}])), "messages[0].role");
        let called = |call: Value| json!([user("x"), {"role": "assistant", "tool_calls": [call]}]);
        assert_eq!(
            at(called(json!({"id": "1"}))),
            "messages[1].tool_calls[0].function.name"
        );
        assert_eq!(at(called(json!({"id": ""}))), "messages[1].tool_calls[0].id");
        let with = |arguments: &str| called(json!({"id": "1", "function": {"name": "f", "arguments": arguments}}));
        assert_eq!(at(with("[1]")), "messages[1].tool_calls[0].function.arguments");
        assert_eq!(
            at(with(&"[".repeat(100_000))),
            "messages[1].tool_calls[0].function.arguments"
        );
        assert!(converse(with("")).is_ok());
        let of_user = json!([{"role": "user", "content": "x", "tool_calls": calls(&["1"])["tool_calls"]}]);
        assert_eq!(at(of_user), "messages[0].tool_calls");
        let older = json!({"role": "assistant", "content": null, "function_call": {"name": "f"}});
        assert_eq!(at(json!([older])), "messages[0].function_call");
        assert!(converse(json!([{"role": "user", "content": "x", "tool_calls": []}])).is_ok());
    }

    #[test]
    fn content_that_is_missing_or_not_text_is_refused_where_it_stands() {
        assert_eq!(refused_at(json!([{"role": "user"}])), "messages[0].content");
        assert_eq!(
            refused_at(json!([{"role": "wizard", "content": "x"}])),
            "messages[0].role"
        );
        assert_eq!(refused_at(json!([{"content": "x"}])), "messages[0].role");
        assert_eq!(refused_at(json!([user("a\u{0}b")])), "messages[0].content");
        let image = json!({"type": "image_url", "image_url": {"url": "x"}});
        let parts = json!([{"type": "text", "text": "x"}, image]);
        assert_eq!(
            refused_at(json!([{"role": "user", "content": parts}])),
            "messages[0].content[1].type"
        );
        let parts = json!([{"type": "text"}]);
        assert_eq!(
            refused_at(json!([{"role": "user", "content": parts}])),
            "messages[0].content[0].text"
        );
    }

    #[test]
    fn the_last_user_message_needs_text_and_a_conversation_needs_messages() {
        assert_eq!(refused_at(json!([user("x"), user(" \n")])), "messages[1].content");
        assert!(converse(json!([user(""), user("x")])).is_ok());
        assert_eq!(refused_at(json!([])), "messages");
        assert_eq!(refused_at(json!([{"role": "system", "content": ""}])), "messages");
        assert_eq!(refused_at(Value::Array(vec![user("x"); 257])), "messages");
        assert!(converse(Value::Array(vec![user("x"); 256])).is_ok());
        assert_eq!(conversation(None).unwrap_err().body().error.param.unwrap(), "messages");
    }
}
