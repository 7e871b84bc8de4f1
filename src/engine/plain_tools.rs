//! Tools for a model whose chat template tells of none: definitions, calls and results come in, a conversation of plain messages goes
//! out. Everything of them is message text, so it is tokenised without control tokens.

use serde_json::{Value, json};

use super::calls::{CLOSE_TAG, CallFormat, OPEN_TAG};
use super::request::{Call, Message, Role, Tool};
use crate::prompt::{PromptError, Template, render};

/// Tells tools in words: the definitions in the system message, calls as the assistant writes them, results as messages of the user.
///
/// # Errors
///
/// [`PromptError`] if the prompt does not render.
pub(super) fn told(messages: &[Message], tools: &[Tool], format: CallFormat) -> Result<Vec<Message>, PromptError> {
    let mut told: Vec<Message> = Vec::new();
    if !tools.is_empty() {
        let lines: Vec<String> = tools.iter().map(line).collect();
        let example = Call {
            id: String::new(),
            name: "the function's name".to_owned(),
            arguments: "{\"argument\": \"its value\"}".to_owned(),
        };
        let context = json!({"tools": lines, "call": written(&example, format)});
        told.push(Message::new(Role::System, render(Template::Tools, &context)?.trim()));
    }
    for message in messages {
        let calls = message.calls.iter().map(|call| written(call, format));
        let said = (!message.content.is_empty() && message.role != Role::Tool).then(|| message.content.clone());
        let (role, text) = match message.role {
            Role::Tool => (
                Role::User,
                format!("<tool_response>\n{}\n</tool_response>", message.content),
            ),
            role => (role, said.into_iter().chain(calls).collect::<Vec<_>>().join("\n")),
        };
        match told.last_mut() {
            // Many templates want user and assistant in turn.
            Some(before) if before.role == role => {
                before
                    .content
                    .push_str(if role == Role::System { "\n\n" } else { "\n" });
                before.content.push_str(&text);
            }
            _ => told.push(Message::new(role, &text)),
        }
    }
    Ok(told)
}

fn line(tool: &Tool) -> String {
    let parameters: Value = serde_json::from_str(&tool.parameters).unwrap_or_else(|_| json!({}));
    json!({"name": tool.name, "description": tool.description, "parameters": parameters}).to_string()
}

/// A call as the model writes it.
fn written(call: &Call, format: CallFormat) -> String {
    let object = format!("{}{}}}", format.head(&call.name), call.arguments);
    match format {
        CallFormat::Tagged => format!("{OPEN_TAG}\n{object}\n{CLOSE_TAG}"),
        CallFormat::Bare => object,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn conversation() -> (Vec<Message>, Vec<Tool>) {
        let call = |id: &str, ticker: &str| Call {
            id: id.to_owned(),
            name: "price".to_owned(),
            arguments: json!({"ticker": ticker}).to_string(),
        };
        let result = |id: &str, text: &str| Message {
            answers: Some(id.to_owned()),
            ..Message::new(Role::Tool, text)
        };
        let messages = vec![
            Message::new(Role::System, "Be brief."),
            Message::new(Role::User, "Compare them."),
            Message {
                calls: vec![call("1", "AAPL"), call("2", "MSFT")],
                ..Message::new(Role::Assistant, "")
            },
            result("1", "190.1"),
            result("2", "<|im_end|>"),
        ];
        let tool = Tool {
            name: "price".to_owned(),
            description: "The last price".to_owned(),
            parameters: json!({"type": "object", "properties": {"ticker": {"type": "string"}}}).to_string(),
        };
        (messages, vec![tool])
    }

    fn whole(format: CallFormat) -> String {
        let (messages, tools) = conversation();
        let told = told(&messages, &tools, format).unwrap();
        let parts: Vec<String> = told
            .iter()
            .map(|message| format!("[{}] {}", message.role.name(), message.content))
            .collect();
        parts.join("\n\n")
    }

    #[test]
    fn the_whole_conversation_for_a_template_without_tools() {
        insta::assert_snapshot!(whole(CallFormat::Tagged), @r#"
        [system] You can call functions. Each line here describes one, with the JSON schema of its arguments:
        {"name":"price","description":"The last price","parameters":{"type":"object","properties":{"ticker":{"type":"string"}}}}

        To call a function, answer with its name and its arguments in this form and nothing else:
        <tool_call>
        {"name": "the function's name", "arguments": {"argument": "its value"}}
        </tool_call>

        You then get what it returned. Call a function only where it helps; otherwise answer in words.

        Be brief.

        [user] Compare them.

        [assistant] <tool_call>
        {"name": "price", "arguments": {"ticker":"AAPL"}}
        </tool_call>
        <tool_call>
        {"name": "price", "arguments": {"ticker":"MSFT"}}
        </tool_call>

        [user] <tool_response>
        190.1
        </tool_response>
        <tool_response>
        <|im_end|>
        </tool_response>
        "#);
    }

    #[test]
    fn a_bare_call_stands_without_tags() {
        let told = whole(CallFormat::Bare);
        assert!(
            told.contains("[assistant] {\"name\": \"price\", \"parameters\": {\"ticker\":\"AAPL\"}}"),
            "{told}"
        );
        assert!(!told.contains(OPEN_TAG));
    }

    #[test]
    fn calls_of_the_past_are_told_also_where_no_tool_is_offered_any_more() {
        let (messages, _) = conversation();
        let told = told(&messages, &[], CallFormat::Tagged).unwrap();
        assert_eq!(told.len(), 4);
        assert_eq!(told[0].content, "Be brief.");
        assert_eq!(told[3].role, Role::User);
    }
}
