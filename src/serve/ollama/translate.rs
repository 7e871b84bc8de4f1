//! Requests of Ollama's API become chat requests, with the places of their parts for error messages. What the server cannot do is
//! refused by its field.

use std::collections::VecDeque;

use serde_json::Value;

use super::name;
use super::request::{OllamaChatRequest, OllamaGenerateRequest, OllamaMessage, OllamaOptions};
use crate::serve::http::ApiError;
use crate::serve::openai::{
    ChatMessage, ChatRequest, CompletionRequest, Content, JsonSchemaFormat, PastFunctionCall, PastToolCall, PromptText,
    Renames, ResponseFormat,
};

/// What the fields of a chat request are called here.
const FIELDS: &[(&str, &str)] = &[
    ("max_completion_tokens", "options.num_predict"),
    ("max_tokens", "options.num_predict"),
    ("temperature", "options.temperature"),
    ("top_p", "options.top_p"),
    ("stop", "options.stop"),
    ("presence_penalty", "options.presence_penalty"),
    ("frequency_penalty", "options.frequency_penalty"),
    ("response_format.json_schema.schema", "format"),
    ("response_format", "format"),
];

/// As [`FIELDS`], for a prompt.
const PROMPT_FIELDS: &[(&str, &str)] = &[
    ("messages", "prompt"),
    ("max_completion_tokens", "options.num_predict"),
    ("max_tokens", "options.num_predict"),
    ("temperature", "options.temperature"),
    ("top_p", "options.top_p"),
    ("stop", "options.stop"),
    ("presence_penalty", "options.presence_penalty"),
    ("frequency_penalty", "options.frequency_penalty"),
    ("response_format.json_schema.schema", "format"),
    ("response_format", "format"),
];

/// Translates a conversation.
///
/// # Errors
///
/// [`ApiError::Invalid`] naming what is wrong or not supported.
pub(super) fn chat_request(request: &OllamaChatRequest) -> Result<(ChatRequest, Renames), ApiError> {
    refuse(&[("logprobs", request.logprobs == Some(true))])?;
    let given = request.messages.as_deref().unwrap_or_default();
    let mut calls = Calls::default();
    let mut messages = Vec::new();
    for (number, one) in given.iter().enumerate() {
        messages.push(message(one, &format!("messages[{number}]"), &mut calls)?);
    }
    let options = request.options.clone().unwrap_or_default();
    let chat = ChatRequest {
        model: model(request.model.as_deref()),
        messages: Some(messages),
        stream: Some(request.stream.unwrap_or(true)),
        tools: request.tools.clone(),
        response_format: format(request.format.as_ref())?,
        ..sampled(&options)
    };
    let renames = Renames {
        fields: FIELDS,
        messages: (0..given.len()).map(|number| format!("messages[{number}]")).collect(),
    };
    Ok((chat, renames))
}

/// Translates a prompt that is a question.
///
/// # Errors
///
/// [`ApiError::Invalid`] naming what is wrong or not supported.
pub(super) fn question(request: &OllamaGenerateRequest) -> Result<(ChatRequest, Renames), ApiError> {
    refuse_of_prompt(request)?;
    let said = |role: &str, text: &str| ChatMessage {
        role: Some(role.to_owned()),
        content: Some(Content::Text(text.to_owned())),
        ..ChatMessage::default()
    };
    let (mut messages, mut places) = (Vec::new(), Vec::new());
    if let Some(system) = request.system.as_deref().filter(|text| !text.is_empty()) {
        messages.push(said("system", system));
        places.push("system".to_owned());
    }
    messages.push(said("user", request.prompt.as_deref().unwrap_or_default()));
    places.push("prompt".to_owned());
    let options = request.options.clone().unwrap_or_default();
    let chat = ChatRequest {
        model: model(request.model.as_deref()),
        messages: Some(messages),
        stream: Some(request.stream.unwrap_or(true)),
        response_format: format(request.format.as_ref())?,
        ..sampled(&options)
    };
    let renames = Renames {
        fields: PROMPT_FIELDS,
        messages: places,
    };
    Ok((chat, renames))
}

/// Translates a prompt that is continued.
///
/// # Errors
///
/// [`ApiError::Invalid`] naming what is wrong or not supported.
pub(super) fn continuation(request: &OllamaGenerateRequest) -> Result<(CompletionRequest, Renames), ApiError> {
    refuse_of_prompt(request)?;
    if request.system.as_deref().is_some_and(|text| !text.is_empty()) {
        return Err(ApiError::invalid(
            "system",
            "a text that is continued has no instructions: leave out system",
        ));
    }
    if format(request.format.as_ref())?.is_some() {
        return Err(ApiError::invalid(
            "format",
            "a text that is continued has no format: leave out format, or ask tripod-reporter without raw",
        ));
    }
    let options = request.options.clone().unwrap_or_default();
    let sampled = sampled(&options);
    let completion = CompletionRequest {
        model: model(request.model.as_deref()),
        prompt: request.prompt.clone().map(PromptText::One),
        stream: Some(request.stream.unwrap_or(true)),
        // Ollama's default is no limit but the context; a text continued for ever helps nobody.
        max_tokens: sampled.max_completion_tokens.or(Some(128)),
        temperature: sampled.temperature,
        top_p: sampled.top_p,
        stop: sampled.stop,
        seed: sampled.seed,
        presence_penalty: sampled.presence_penalty,
        frequency_penalty: sampled.frequency_penalty,
        ..CompletionRequest::default()
    };
    let renames = Renames {
        fields: PROMPT_FIELDS,
        messages: Vec::new(),
    };
    Ok((completion, renames))
}

fn model(name: Option<&str>) -> Option<String> {
    name.map(|name| name::id(name).to_owned())
}

/// A chat request with the options alone.
fn sampled(options: &OllamaOptions) -> ChatRequest {
    ChatRequest {
        temperature: options.temperature,
        top_p: options.top_p,
        seed: options.seed,
        max_completion_tokens: options.num_predict.filter(|tokens| !matches!(tokens, -1 | -2)),
        stop: options.stop.clone(),
        presence_penalty: options.presence_penalty,
        frequency_penalty: options.frequency_penalty,
        ..ChatRequest::default()
    }
}

fn refuse_of_prompt(request: &OllamaGenerateRequest) -> Result<(), ApiError> {
    let has_text = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    let has_any = |list: &Option<Vec<Value>>| list.as_ref().is_some_and(|list| !list.is_empty());
    refuse(&[
        ("logprobs", request.logprobs == Some(true)),
        ("suffix", has_text(&request.suffix)),
        ("template", has_text(&request.template)),
        ("context", has_any(&request.context)),
        ("images", has_any(&request.images)),
    ])
}

fn refuse(fields: &[(&str, bool)]) -> Result<(), ApiError> {
    match fields.iter().find(|(_, is_set)| *is_set) {
        Some((field, _)) => Err(ApiError::invalid(
            *field,
            format!("{field} is not supported: leave it out"),
        )),
        None => Ok(()),
    }
}

/// The ids of calls, which Ollama's clients leave out: results then belong to the calls in their order, or by the tool's name.
#[derive(Default)]
struct Calls {
    made: usize,
    /// Calls without a result: the tool's name and the call's id.
    open: VecDeque<(String, String)>,
}

impl Calls {
    fn begin(&mut self, id: Option<&String>, tool: &str) -> String {
        let id = id.cloned().unwrap_or_else(|| format!("call_{}", self.made));
        self.made += 1;
        self.open.push_back((tool.to_owned(), id.clone()));
        id
    }

    /// The id of the call that a result answers.
    fn end(&mut self, id: Option<&String>, tool: Option<&String>) -> Option<String> {
        let at = self.open.iter().position(|(name, known)| match (id, tool) {
            (Some(id), _) => known == id,
            (None, Some(tool)) => name == tool,
            (None, None) => true,
        });
        let found = at.and_then(|at| self.open.remove(at)).map(|(_, id)| id);
        found.or_else(|| id.cloned())
    }
}

fn message(message: &OllamaMessage, place: &str, calls: &mut Calls) -> Result<ChatMessage, ApiError> {
    if message.images.as_ref().is_some_and(|images| !images.is_empty()) {
        return Err(ApiError::invalid(
            format!("{place}.images"),
            "images are not supported: leave them out",
        ));
    }
    let mut made = Vec::new();
    for (number, call) in message.tool_calls.iter().flatten().enumerate() {
        let place = format!("{place}.tool_calls[{number}].function");
        let function = call
            .function
            .as_ref()
            .ok_or_else(|| ApiError::invalid(&*place, "the function is missing"))?;
        let arguments = match &function.arguments {
            None => "{}".to_owned(),
            Some(arguments) if arguments.is_object() => arguments.to_string(),
            Some(_) => {
                return Err(ApiError::invalid(
                    format!("{place}.arguments"),
                    "the arguments must be an object",
                ));
            }
        };
        made.push(PastToolCall {
            id: Some(calls.begin(call.id.as_ref(), function.name.as_deref().unwrap_or_default())),
            kind: Some("function".to_owned()),
            function: Some(PastFunctionCall {
                name: function.name.clone(),
                arguments: Some(arguments),
            }),
        });
    }
    let is_result = message.role.as_deref() == Some("tool");
    Ok(ChatMessage {
        role: message.role.clone(),
        content: message.content.clone().map(Content::Text),
        tool_calls: Some(made).filter(|made| !made.is_empty()),
        tool_call_id: is_result
            .then(|| calls.end(message.tool_call_id.as_ref(), message.tool_name.as_ref()))
            .flatten(),
        ..ChatMessage::default()
    })
}

fn format(format: Option<&Value>) -> Result<Option<ResponseFormat>, ApiError> {
    let kind = |kind: &str, json_schema| {
        Ok(Some(ResponseFormat {
            kind: Some(kind.to_owned()),
            json_schema,
        }))
    };
    match format {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(name)) if name.is_empty() => Ok(None),
        Some(Value::String(name)) if name == "json" => kind("json_object", None),
        Some(schema @ Value::Object(_)) => {
            let schema = JsonSchemaFormat {
                name: Some("answer".to_owned()),
                description: None,
                schema: Some(schema.clone()),
                strict: None,
            };
            kind("json_schema", Some(schema))
        }
        Some(_) => Err(ApiError::invalid("format", "the format must be json or a JSON schema")),
    }
}

#[cfg(test)]
#[path = "translate_tests.rs"]
mod tests;
