//! A request of the Responses API becomes a chat request, with the places of its parts for error messages. What the server cannot do
//! is refused by its field.

use super::request::{Input, InputItem, ItemContent, ResponseTool, ResponseToolChoice, ResponsesRequest};
use crate::serve::http::ApiError;
use crate::serve::openai::{
    ChatMessage, ChatRequest, Content, FunctionDefinition, JsonSchemaFormat, NamedFunction, NamedTool,
    PastFunctionCall, PastToolCall, Renames, ResponseFormat, ToolChoice, ToolDefinition,
};

/// What the fields of a chat request are called here.
const FIELDS: &[(&str, &str)] = &[
    ("messages", "input"),
    ("max_completion_tokens", "max_output_tokens"),
    ("response_format.json_schema", "text.format"),
    ("response_format", "text.format"),
    ("tool_choice.function", "tool_choice"),
];

const MOST_METADATA: usize = 16;

/// Translates a request. `earlier` is the conversation that it goes on from.
///
/// # Errors
///
/// [`ApiError::Invalid`] naming what is wrong or not supported.
pub(super) fn chat_request(
    request: &ResponsesRequest,
    earlier: Vec<ChatMessage>,
) -> Result<(ChatRequest, Renames), ApiError> {
    refuse(request)?;
    let mut conversation = Conversation::default();
    if let Some(instructions) = request.instructions.as_ref().filter(|text| !text.is_empty()) {
        conversation.say("developer", instructions.clone(), "instructions".to_owned());
    }
    for message in earlier {
        conversation.push(message, "previous_response_id".to_owned());
    }
    match &request.input {
        None => {
            return Err(ApiError::invalid(
                "input",
                "the input is missing: a text or a list of items",
            ));
        }
        Some(Input::Text(text)) => conversation.say("user", text.clone(), "input".to_owned()),
        Some(Input::Items(items)) if items.is_empty() => {
            return Err(ApiError::invalid("input", "the list of items is empty"));
        }
        Some(Input::Items(items)) => {
            for (number, item) in items.iter().enumerate() {
                conversation.item(item, format!("input[{number}]"))?;
            }
        }
    }
    let tools = request.tools.as_ref().map(|tools| tools.iter().map(tool).collect());
    let chat = ChatRequest {
        model: request.model.clone(),
        messages: Some(conversation.messages),
        stream: request.stream,
        max_completion_tokens: request.max_output_tokens,
        temperature: request.temperature,
        top_p: request.top_p,
        seed: request.seed,
        tools,
        tool_choice: request.tool_choice.as_ref().map(choice),
        parallel_tool_calls: request.parallel_tool_calls,
        response_format: format(request),
        ..ChatRequest::default()
    };
    let renames = Renames {
        fields: FIELDS,
        messages: conversation.places,
    };
    Ok((chat, renames))
}

/// Refuses what would change the answer and cannot be done.
fn refuse(request: &ResponsesRequest) -> Result<(), ApiError> {
    let is_set = |value: &Option<serde_json::Value>| value.as_ref().is_some_and(|value| !value.is_null());
    let refused = [
        (
            "background",
            request.background == Some(true),
            "answers are not made in the background: leave out background",
        ),
        (
            "conversation",
            is_set(&request.conversation),
            "conversations are not kept here: send their items in input",
        ),
        (
            "prompt",
            is_set(&request.prompt),
            "there are no stored prompts here: send the text in instructions and input",
        ),
        (
            "truncation",
            request.truncation.as_ref().is_some_and(|kind| kind != "disabled"),
            "a conversation is never cut: only disabled is taken",
        ),
        (
            "top_logprobs",
            request.top_logprobs.is_some_and(|number| number != 0),
            "probabilities of tokens are not supported here: use POST /v1/chat/completions",
        ),
        (
            "include",
            request
                .include
                .iter()
                .flatten()
                .any(|name| name == "message.output_text.logprobs"),
            "probabilities of tokens are not supported here: use POST /v1/chat/completions",
        ),
    ];
    if let Some((field, _, message)) = refused.iter().find(|(_, is_refused, _)| *is_refused) {
        return Err(ApiError::invalid(*field, *message));
    }
    for (number, tool) in request.tools.iter().flatten().enumerate() {
        if tool.kind.as_deref() != Some("function") {
            return Err(ApiError::invalid(
                format!("tools[{number}].type"),
                "only tools of the type function are supported; the client runs them",
            ));
        }
    }
    let metadata = request.metadata.iter().flatten();
    let fits = |(name, text): (&String, &String)| name.chars().count() <= 64 && text.chars().count() <= 512;
    if metadata.clone().count() > MOST_METADATA || !metadata.clone().all(fits) {
        return Err(ApiError::invalid(
            "metadata",
            "at most 16 texts of at most 512 characters, under names of at most 64, are taken",
        ));
    }
    Ok(())
}

/// The messages of a chat request, with the place of each in the input.
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

    fn say(&mut self, role: &str, text: String, place: String) {
        let message = ChatMessage {
            role: Some(role.to_owned()),
            content: Some(Content::Text(text)),
            ..ChatMessage::default()
        };
        self.push(message, place);
    }

    fn item(&mut self, item: &InputItem, place: String) -> Result<(), ApiError> {
        match item.kind.as_deref() {
            None | Some("message") => {
                let message = ChatMessage {
                    role: item.role.clone(),
                    content: content(item.content.as_ref(), &format!("{place}.content"))?,
                    ..ChatMessage::default()
                };
                self.push(message, place);
            }
            Some("function_call") => self.call(item, place),
            Some("function_call_output") => {
                let output = content(item.output.as_ref(), &format!("{place}.output"))?;
                let Some(output) = output else {
                    return Err(ApiError::invalid(format!("{place}.output"), "the output is missing"));
                };
                let message = ChatMessage {
                    role: Some("tool".to_owned()),
                    content: Some(output),
                    tool_call_id: item.call_id.clone(),
                    ..ChatMessage::default()
                };
                self.push(message, place);
            }
            // What a model thought is sent back by clients that keep the output; it says nothing new.
            Some("reasoning") => {}
            Some(_) => {
                return Err(ApiError::invalid(
                    format!("{place}.type"),
                    "an item must be a message, a function_call or a function_call_output",
                ));
            }
        }
        Ok(())
    }

    /// Calls that follow each other, and the text before them, are one message of the assistant.
    fn call(&mut self, item: &InputItem, place: String) {
        let call = PastToolCall {
            id: item.call_id.clone(),
            kind: Some("function".to_owned()),
            function: Some(PastFunctionCall {
                name: item.name.clone(),
                arguments: item.arguments.clone(),
            }),
        };
        match self.messages.last_mut() {
            Some(last) if last.role.as_deref() == Some("assistant") => {
                last.tool_calls.get_or_insert_default().push(call);
            }
            _ => {
                let message = ChatMessage {
                    role: Some("assistant".to_owned()),
                    tool_calls: Some(vec![call]),
                    ..ChatMessage::default()
                };
                self.push(message, place);
            }
        }
    }
}

/// The text of a content.
fn content(content: Option<&ItemContent>, place: &str) -> Result<Option<Content>, ApiError> {
    let parts = match content {
        None => return Ok(None),
        Some(ItemContent::Text(text)) => return Ok(Some(Content::Text(text.clone()))),
        Some(ItemContent::Parts(parts)) => parts,
    };
    let mut texts = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        let text = match part.kind.as_deref() {
            Some("input_text" | "output_text" | "text") => &part.text,
            Some("refusal") => &part.refusal,
            _ => {
                return Err(ApiError::invalid(
                    format!("{place}[{number}].type"),
                    "content parts must be of the type input_text or output_text; images and files are not supported",
                ));
            }
        };
        texts.push(
            text.as_deref()
                .ok_or_else(|| ApiError::invalid(format!("{place}[{number}].text"), "the text is missing"))?,
        );
    }
    Ok(Some(Content::Text(texts.join("\n"))))
}

fn tool(tool: &ResponseTool) -> ToolDefinition {
    ToolDefinition {
        kind: tool.kind.clone(),
        function: Some(FunctionDefinition {
            name: tool.name.clone(),
            description: tool.description.clone(),
            parameters: tool.parameters.clone(),
            strict: tool.strict,
        }),
    }
}

fn choice(choice: &ResponseToolChoice) -> ToolChoice {
    match choice {
        ResponseToolChoice::Mode(mode) => ToolChoice::Mode(mode.clone()),
        ResponseToolChoice::Function(function) => ToolChoice::Named(NamedTool {
            kind: function.kind.clone(),
            function: Some(NamedFunction {
                name: function.name.clone(),
            }),
        }),
    }
}

fn format(request: &ResponsesRequest) -> Option<ResponseFormat> {
    let format = request.text.as_ref()?.format.as_ref()?;
    let json_schema = (format.kind.as_deref() == Some("json_schema")).then(|| JsonSchemaFormat {
        name: format.name.clone(),
        description: format.description.clone(),
        schema: format.schema.clone(),
        strict: format.strict,
    });
    Some(ResponseFormat {
        kind: format.kind.clone(),
        json_schema,
    })
}

#[cfg(test)]
#[path = "translate_tests.rs"]
mod tests;
