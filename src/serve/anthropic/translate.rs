//! A request of the Messages API becomes a chat request, with the places of its parts for error messages. What the server cannot do is
//! refused by its field.

use super::request::{
    AnthropicMessage, AnthropicTool, AnthropicToolChoice, BlockContent, InputBlock, MessagesRequest, ResultContent,
};
use crate::serve::http::ApiError;
use crate::serve::openai::{
    ChatMessage, ChatRequest, Content, FunctionDefinition, JsonSchemaFormat, NamedFunction, NamedTool,
    PastFunctionCall, PastToolCall, Renames, ResponseFormat, Stop, ToolChoice, ToolDefinition,
};

/// What the fields of a chat request are called here.
const FIELDS: &[(&str, &str)] = &[
    ("max_completion_tokens", "max_tokens"),
    ("stop", "stop_sequences"),
    ("response_format.json_schema", "output_config.format"),
    ("response_format", "output_config.format"),
    ("tool_choice.function", "tool_choice"),
];

/// Translates a request.
///
/// # Errors
///
/// [`ApiError::Invalid`] naming what is wrong or not supported.
pub(super) fn chat_request(request: &MessagesRequest) -> Result<(ChatRequest, Renames), ApiError> {
    if request.temperature.is_some_and(|value| !(0.0..=1.0).contains(&value)) {
        return Err(ApiError::invalid("temperature", "temperature must be from 0 to 1"));
    }
    let thinking = request.thinking.as_ref().map(|thinking| thinking.kind.as_deref());
    if thinking.is_some_and(|kind| !matches!(kind, Some("enabled" | "adaptive" | "disabled"))) {
        return Err(ApiError::invalid(
            "thinking.type",
            "the type must be enabled, adaptive or disabled",
        ));
    }
    let mut conversation = Conversation::default();
    if let Some(system) = &request.system {
        let text = texts(system, "system")?;
        if !text.is_empty() {
            conversation.push(said("system", text), "system".to_owned());
        }
    }
    let messages = request.messages.as_deref().unwrap_or_default();
    for (number, message) in messages.iter().enumerate() {
        conversation.message(message, &format!("messages[{number}]"))?;
    }
    let last = messages.last().and_then(|message| message.role.as_deref());
    if last == Some("assistant") {
        return Err(ApiError::invalid(
            format!("messages[{}].role", messages.len() - 1),
            "the last message must be the user's; a begun answer is not continued",
        ));
    }
    if messages.is_empty() {
        return Err(ApiError::invalid("messages", "a conversation must have a message"));
    }
    let tools = request
        .tools
        .as_ref()
        .map(|tools| tools.iter().enumerate().map(tool).collect());
    let chat = ChatRequest {
        model: request.model.clone(),
        messages: Some(conversation.messages),
        stream: request.stream,
        max_completion_tokens: request.max_tokens,
        temperature: request.temperature,
        top_p: request.top_p,
        stop: request.stop_sequences.clone().map(Stop::Many),
        tools: tools.transpose()?,
        tool_choice: request.tool_choice.as_ref().map(choice).transpose()?,
        parallel_tool_calls: request
            .tool_choice
            .as_ref()
            .and_then(|choice| choice.disable_parallel_tool_use)
            .map(|disabled| !disabled),
        response_format: format(request),
        ..ChatRequest::default()
    };
    let renames = Renames {
        fields: FIELDS,
        messages: conversation.places,
    };
    Ok((chat, renames))
}

/// The messages of a chat request, with the place of each among those of the client.
#[derive(Default)]
struct Conversation {
    messages: Vec<ChatMessage>,
    places: Vec<String>,
}

impl Conversation {
    fn push(&mut self, message: ChatMessage, place: String) {
        self.messages.push(message);
        self.places.push(place);
    }

    fn message(&mut self, message: &AnthropicMessage, place: &str) -> Result<(), ApiError> {
        let content = message
            .content
            .as_ref()
            .ok_or_else(|| ApiError::invalid(format!("{place}.content"), "the content is missing"))?;
        match message.role.as_deref() {
            Some("user") => self.of_user(content, place),
            Some("assistant") => self.of_assistant(content, place),
            _ => Err(ApiError::invalid(
                format!("{place}.role"),
                "a role must be user or assistant; instructions go into system",
            )),
        }
    }

    /// Results of tools are messages of their own, before the text.
    fn of_user(&mut self, content: &BlockContent, place: &str) -> Result<(), ApiError> {
        let blocks = match content {
            BlockContent::Text(text) => {
                self.push(said("user", text.clone()), place.to_owned());
                return Ok(());
            }
            BlockContent::Blocks(blocks) => blocks,
        };
        let mut text: Vec<&str> = Vec::new();
        for (number, block) in blocks.iter().enumerate() {
            let place = format!("{place}.content[{number}]");
            match block.kind.as_deref() {
                Some("text") => text.push(block_text(block, &place)?),
                Some("tool_result") => {
                    let result = ChatMessage {
                        role: Some("tool".to_owned()),
                        content: Some(Content::Text(result(block.content.as_ref(), &place)?)),
                        tool_call_id: block.tool_use_id.clone(),
                        ..ChatMessage::default()
                    };
                    self.push(result, place);
                }
                _ => return Err(unsupported(&place, "text or tool_result")),
            }
        }
        let has_results = blocks.iter().any(|block| block.kind.as_deref() == Some("tool_result"));
        if !text.is_empty() || !has_results {
            self.push(said("user", text.join("\n")), place.to_owned());
        }
        Ok(())
    }

    fn of_assistant(&mut self, content: &BlockContent, place: &str) -> Result<(), ApiError> {
        let blocks = match content {
            BlockContent::Text(text) => {
                self.push(said("assistant", text.clone()), place.to_owned());
                return Ok(());
            }
            BlockContent::Blocks(blocks) => blocks,
        };
        let (mut text, mut calls): (Vec<&str>, Vec<PastToolCall>) = (Vec::new(), Vec::new());
        for (number, block) in blocks.iter().enumerate() {
            let place = format!("{place}.content[{number}]");
            match block.kind.as_deref() {
                Some("text") => text.push(block_text(block, &place)?),
                Some("tool_use") => calls.push(call(block, &place)?),
                // What a model thought is sent back by clients that keep the answer; it says nothing new.
                Some("thinking" | "redacted_thinking") => {}
                _ => return Err(unsupported(&place, "text or tool_use")),
            }
        }
        let message = ChatMessage {
            tool_calls: Some(calls).filter(|calls| !calls.is_empty()),
            ..said("assistant", text.join("\n"))
        };
        self.push(message, place.to_owned());
        Ok(())
    }
}

fn said(role: &str, text: String) -> ChatMessage {
    ChatMessage {
        role: Some(role.to_owned()),
        content: Some(Content::Text(text)),
        ..ChatMessage::default()
    }
}

fn call(block: &InputBlock, place: &str) -> Result<PastToolCall, ApiError> {
    let input = block.input.as_ref().filter(|input| input.is_object());
    let input = input.ok_or_else(|| ApiError::invalid(format!("{place}.input"), "the input must be an object"))?;
    Ok(PastToolCall {
        id: block.id.clone(),
        kind: Some("function".to_owned()),
        function: Some(PastFunctionCall {
            name: block.name.clone(),
            arguments: Some(input.to_string()),
        }),
    })
}

/// The text of a result; one without content is empty.
fn result(content: Option<&ResultContent>, place: &str) -> Result<String, ApiError> {
    let blocks = match content {
        None => return Ok(String::new()),
        Some(ResultContent::Text(text)) => return Ok(text.clone()),
        Some(ResultContent::Blocks(blocks)) => blocks,
    };
    let mut texts = Vec::new();
    for (number, block) in blocks.iter().enumerate() {
        match (block.kind.as_deref(), &block.text) {
            (Some("text"), Some(text)) => texts.push(text.as_str()),
            (Some("text"), None) => {
                return Err(ApiError::invalid(
                    format!("{place}.content[{number}].text"),
                    "the text is missing",
                ));
            }
            _ => return Err(unsupported(&format!("{place}.content[{number}]"), "text")),
        }
    }
    Ok(texts.join("\n"))
}

/// The text of a content that has nothing else.
fn texts(content: &BlockContent, place: &str) -> Result<String, ApiError> {
    let blocks = match content {
        BlockContent::Text(text) => return Ok(text.clone()),
        BlockContent::Blocks(blocks) => blocks,
    };
    let mut texts = Vec::new();
    for (number, block) in blocks.iter().enumerate() {
        let place = format!("{place}[{number}]");
        match block.kind.as_deref() {
            Some("text") => texts.push(block_text(block, &place)?),
            _ => return Err(unsupported(&place, "text")),
        }
    }
    Ok(texts.join("\n\n"))
}

fn block_text<'a>(block: &'a InputBlock, place: &str) -> Result<&'a str, ApiError> {
    let text = block.text.as_deref();
    text.ok_or_else(|| ApiError::invalid(format!("{place}.text"), "the text is missing"))
}

fn unsupported(place: &str, taken: &str) -> ApiError {
    ApiError::invalid(
        format!("{place}.type"),
        format!("a block must be of the type {taken} here; images and documents are not supported"),
    )
}

fn tool((number, tool): (usize, &AnthropicTool)) -> Result<ToolDefinition, ApiError> {
    if tool.kind.as_ref().is_some_and(|kind| kind != "custom") {
        return Err(ApiError::invalid(
            format!("tools[{number}].type"),
            "only tools of the type custom are supported; the client runs them",
        ));
    }
    if tool.input_schema.as_ref().is_none_or(serde_json::Value::is_null) {
        return Err(ApiError::invalid(
            format!("tools[{number}].input_schema"),
            "the schema of the arguments is missing",
        ));
    }
    Ok(ToolDefinition {
        kind: Some("function".to_owned()),
        function: Some(FunctionDefinition {
            name: tool.name.clone(),
            description: tool.description.clone(),
            parameters: tool.input_schema.clone(),
            strict: tool.strict,
        }),
    })
}

fn choice(choice: &AnthropicToolChoice) -> Result<ToolChoice, ApiError> {
    Ok(match choice.kind.as_deref() {
        Some("auto") => ToolChoice::Mode("auto".to_owned()),
        Some("any") => ToolChoice::Mode("required".to_owned()),
        Some("none") => ToolChoice::Mode("none".to_owned()),
        Some("tool") => ToolChoice::Named(NamedTool {
            kind: Some("function".to_owned()),
            function: Some(NamedFunction {
                name: choice.name.clone(),
            }),
        }),
        _ => {
            return Err(ApiError::invalid(
                "tool_choice.type",
                "the type must be auto, any, tool or none",
            ));
        }
    })
}

fn format(request: &MessagesRequest) -> Option<ResponseFormat> {
    let format = request.output_config.as_ref()?.format.as_ref()?;
    Some(ResponseFormat {
        kind: format.kind.clone(),
        json_schema: Some(JsonSchemaFormat {
            name: Some("answer".to_owned()),
            description: None,
            schema: format.schema.clone(),
            strict: None,
        }),
    })
}

#[cfg(test)]
#[path = "translate_tests.rs"]
mod tests;
