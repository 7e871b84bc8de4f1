//! Checks the requests of OpenAI's API: a parsed request comes in, one that the engine can carry out goes out, or the parameter at
//! fault. A parameter that would change the answer is never ignored: what is not supported is refused. Reads no clock and draws no
//! random number.

use serde_json::Value;

use super::conversation::conversation;
use super::models::Served;
use super::parameters::{SamplingFields, integer, stop};
use super::request::{ChatRequest, CompletionRequest, PromptText, ResponseFormat, StreamOptions};
use super::schema;
use super::tools::{Tools, own};
use crate::engine::{Grammar, Message, Prompt, Sampling};
use crate::models::Role;
use crate::run::TextRequest;
use crate::serve::http::ApiError;

/// More than any context holds, and small enough that sums of tokens do not overflow.
const MAX_TOKENS: i64 = 1_000_000;
const MAX_PROMPTS: usize = 8;
/// OpenAI's default for text completion.
const COMPLETION_TOKENS: usize = 16;

/// A checked chat request.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidChat {
    /// The model's id as it was sent; not yet looked up.
    pub model: String,
    /// At most one system message, at the front, then user and assistant in turn, with results after their calls.
    pub messages: Vec<Message>,
    /// Sampling, limits, grammar.
    pub options: TextOptions,
    /// Whether the answer is streamed.
    pub stream: bool,
    /// Whether the stream ends with the usage.
    pub include_usage: bool,
    /// The schema that `options.grammar` enforces, as it was sent.
    pub json_schema: Option<JsonSchema>,
    /// The tools that the answer may call.
    pub tools: Tools,
    /// Whether the client asked for an analysis to be stored, or not to be.
    pub store: Option<bool>,
}

/// A named schema.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonSchema {
    /// The schema's name.
    pub name: String,
    /// What the schema is for.
    pub description: Option<String>,
    /// The schema, with an object at its root.
    pub schema: Value,
}

/// A checked completion request.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidCompletion {
    /// The model's id as it was sent; not yet looked up.
    pub model: String,
    /// The texts to continue, none empty.
    pub prompts: Vec<String>,
    /// Sampling and limits.
    pub options: TextOptions,
    /// Whether each text begins with its prompt.
    pub echo: bool,
    /// Whether the answer is streamed.
    pub stream: bool,
    /// Whether the stream ends with the usage.
    pub include_usage: bool,
}

/// The options that both kinds of request have.
#[derive(Debug, Clone, PartialEq)]
pub struct TextOptions {
    /// Number of answers to one prompt.
    pub sequences: usize,
    /// Most tokens of each answer.
    pub max_tokens: Option<usize>,
    /// Sampling, without the seed.
    pub sampling: Sampling,
    /// The client's seed.
    pub seed: Option<u64>,
    /// Texts that end an answer.
    pub stop: Vec<String>,
    /// The grammar of the answer's text.
    pub grammar: Option<Grammar>,
    /// Report each token's probability and this number of most probable tokens.
    pub logprobs: Option<usize>,
}

impl ValidChat {
    /// The request for text; `random` is the seed where the client gave none.
    pub fn text_request(&self, role: Role, random: u64) -> TextRequest {
        let prompt = Prompt::Chat {
            messages: self.messages.clone(),
            tools: self.tools.told(),
            answer_prefix: String::new(),
        };
        let request = self
            .options
            .text_request(role, prompt, self.options.seed.unwrap_or(random));
        TextRequest {
            grammar: self.tools.grammar(self.options.grammar.as_ref()).or(request.grammar),
            ..request
        }
    }

    /// Whether the answer's text follows a schema.
    pub fn text_is_json(&self) -> bool {
        self.options.grammar.is_some()
    }
}

impl ValidCompletion {
    /// The text that the answers to each prompt begin with.
    pub fn echoes(&self) -> Vec<String> {
        if self.echo {
            self.prompts.clone()
        } else {
            vec![String::new(); self.prompts.len()]
        }
    }

    /// A request for text for each prompt, in order; `random` is the seed where the client gave none. Each prompt has a seed of its
    /// own, so that the same prompt twice gives two texts.
    pub fn text_requests(&self, role: Role, random: u64) -> Vec<TextRequest> {
        let seed = self.options.seed.unwrap_or(random);
        (0..)
            .zip(&self.prompts)
            .map(|(i, prompt)| {
                self.options
                    .text_request(role, Prompt::Plain(prompt.clone()), seed.wrapping_add(i))
            })
            .collect()
    }
}

impl TextOptions {
    fn text_request(&self, role: Role, prompt: Prompt, seed: u64) -> TextRequest {
        TextRequest {
            role,
            prompt,
            sequences: self.sequences,
            max_tokens: self.max_tokens,
            sampling: Sampling {
                seed,
                ..self.sampling.clone()
            },
            stop: self.stop.clone(),
            grammar: self.grammar.clone(),
            logprobs: self.logprobs,
        }
    }
}

/// Checks a chat request. The default temperature is 0.7, because small models lose the thread at 1.
///
/// # Errors
///
/// [`ApiError::Invalid`] naming the first parameter at fault.
pub fn chat(request: &ChatRequest) -> Result<ValidChat, ApiError> {
    refuse_older_names(request)?;
    let (grammar, json_schema) = response_format(request.response_format.as_ref())?;
    let max_completion_tokens = integer("max_completion_tokens", request.max_completion_tokens, 1..=MAX_TOKENS)?;
    let max_tokens = integer("max_tokens", request.max_tokens, 1..=MAX_TOKENS)?;
    let options = TextOptions {
        sequences: integer("n", request.n, 1..=16)?.unwrap_or(1),
        max_tokens: max_completion_tokens.or(max_tokens),
        sampling: SamplingFields {
            temperature: request.temperature,
            default_temperature: 0.7,
            top_p: request.top_p,
            presence_penalty: request.presence_penalty,
            frequency_penalty: request.frequency_penalty,
            logit_bias: request.logit_bias.as_ref(),
        }
        .sampling()?,
        seed: request.seed.map(i64::cast_unsigned),
        stop: stop(request.stop.as_ref())?,
        grammar,
        logprobs: chat_logprobs(request)?,
    };
    let model = model(request.model.as_deref())?;
    Ok(ValidChat {
        model: model.clone(),
        messages: conversation(request.messages.as_deref())?,
        options,
        stream: request.stream.unwrap_or(false),
        include_usage: include_usage(request.stream_options.as_ref(), request.stream)?,
        json_schema,
        tools: Tools::of(
            request.tools.as_deref().unwrap_or_default(),
            request.tool_choice.as_ref(),
            request.parallel_tool_calls.unwrap_or(true),
            || match Served::find(&model) {
                Ok(Served::Pipeline) => own(),
                _ => Ok(Vec::new()),
            },
        )?,
        // In OpenAI's chat API it is about the conversation, which is never kept here.
        store: None,
    })
}

/// Checks a completion request. The default temperature is 1 and the default `max_tokens` 16, as in OpenAI's API.
///
/// # Errors
///
/// [`ApiError::Invalid`] naming the first parameter at fault.
pub fn completion(request: &CompletionRequest) -> Result<ValidCompletion, ApiError> {
    if request.suffix.as_ref().is_some_and(|suffix| !suffix.is_null()) {
        return Err(ApiError::invalid("suffix", "text before a suffix is not supported"));
    }
    let sequences = integer("n", request.n, 1..=16)?.unwrap_or(1);
    if integer("best_of", request.best_of, 1..=16)?.is_some_and(|best_of| best_of != sequences) {
        return Err(ApiError::invalid(
            "best_of",
            format!("candidates are not ranked: best_of must equal n, which is {sequences}"),
        ));
    }
    let echo = request.echo.unwrap_or(false);
    let logprobs = integer("logprobs", request.logprobs, 0..=5)?;
    if echo && logprobs.is_some() {
        return Err(ApiError::invalid(
            "logprobs",
            "the probabilities of a prompt's tokens are not supported: leave out echo or logprobs",
        ));
    }
    let options = TextOptions {
        sequences,
        max_tokens: integer("max_tokens", request.max_tokens, 1..=MAX_TOKENS)?.or(Some(COMPLETION_TOKENS)),
        sampling: SamplingFields {
            temperature: request.temperature,
            default_temperature: 1.0,
            top_p: request.top_p,
            presence_penalty: request.presence_penalty,
            frequency_penalty: request.frequency_penalty,
            logit_bias: request.logit_bias.as_ref(),
        }
        .sampling()?,
        seed: request.seed.map(i64::cast_unsigned),
        stop: stop(request.stop.as_ref())?,
        grammar: None,
        logprobs,
    };
    Ok(ValidCompletion {
        model: model(request.model.as_deref())?,
        prompts: prompts(request.prompt.as_ref())?,
        options,
        echo,
        stream: request.stream.unwrap_or(false),
        include_usage: include_usage(request.stream_options.as_ref(), request.stream)?,
    })
}

fn model(id: Option<&str>) -> Result<String, ApiError> {
    match id {
        Some(id) if !id.is_empty() => Ok(id.to_owned()),
        _ => Err(ApiError::invalid(
            "model",
            "a model is required; GET /v1/models lists those there are",
        )),
    }
}

fn include_usage(options: Option<&StreamOptions>, stream: Option<bool>) -> Result<bool, ApiError> {
    if options.is_some() && stream != Some(true) {
        let message = "stream_options describe a stream: ask for one with \"stream\": true, or leave them out";
        return Err(ApiError::invalid("stream_options", message));
    }
    Ok(options.and_then(|options| options.include_usage).unwrap_or(false))
}

fn prompts(prompt: Option<&PromptText>) -> Result<Vec<String>, ApiError> {
    let prompts = match prompt {
        None => return Err(ApiError::invalid("prompt", "a prompt is required")),
        Some(PromptText::One(text)) => vec![text.clone()],
        Some(PromptText::Many(texts)) => texts.clone(),
        Some(PromptText::Tokens(_)) => {
            return Err(ApiError::invalid(
                "prompt",
                "a prompt must be a string or a list of strings; token ids are not supported",
            ));
        }
    };
    if prompts.is_empty() || prompts.len() > MAX_PROMPTS {
        return Err(ApiError::invalid(
            "prompt",
            format!("there must be 1 to {MAX_PROMPTS} prompts"),
        ));
    }
    if prompts.iter().any(|prompt| prompt.is_empty() || prompt.contains('\0')) {
        return Err(ApiError::invalid(
            "prompt",
            "a prompt must have text and no NUL character",
        ));
    }
    Ok(prompts)
}

/// Refuses what is called tools by now, and what is not text.
fn refuse_older_names(request: &ChatRequest) -> Result<(), ApiError> {
    let functions = request.functions.as_ref();
    if functions.is_some_and(|list| *list != Value::Array(Vec::new()) && !list.is_null()) {
        return Err(ApiError::invalid(
            "functions",
            "functions are not supported under their older name: use tools",
        ));
    }
    let call = request.function_call.as_ref();
    if call.is_some_and(|choice| choice != "none" && !choice.is_null()) {
        return Err(ApiError::invalid(
            "function_call",
            "a function call is not supported under its older name: use tools and tool_choice",
        ));
    }
    if request.audio.as_ref().is_some_and(|audio| !audio.is_null()) {
        return Err(ApiError::invalid("audio", "audio is not supported: leave it out"));
    }
    if request.modalities.as_ref().is_some_and(|kinds| *kinds != ["text"]) {
        return Err(ApiError::invalid("modalities", "only [\"text\"] is supported"));
    }
    Ok(())
}

fn chat_logprobs(request: &ChatRequest) -> Result<Option<usize>, ApiError> {
    let top = integer("top_logprobs", request.top_logprobs, 0..=20)?;
    match (request.logprobs.unwrap_or(false), top) {
        (true, top) => Ok(Some(top.unwrap_or(0))),
        (false, None) => Ok(None),
        (false, Some(_)) => Err(ApiError::invalid(
            "top_logprobs",
            "top_logprobs needs \"logprobs\": true",
        )),
    }
}

fn response_format(format: Option<&ResponseFormat>) -> Result<(Option<Grammar>, Option<JsonSchema>), ApiError> {
    let Some(format) = format else { return Ok((None, None)) };
    match format.kind.as_deref() {
        Some("text") => return Ok((None, None)),
        Some("json_object") => return Ok((Some(schema::json_object()), None)),
        Some("json_schema") => {}
        _ => {
            return Err(ApiError::invalid(
                "response_format.type",
                "the type must be text, json_object or json_schema",
            ));
        }
    }
    let Some(given) = &format.json_schema else {
        return Err(ApiError::invalid(
            "response_format.json_schema",
            "the type json_schema needs a json_schema with name and schema",
        ));
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let name = given
        .name
        .as_deref()
        .filter(|name| (1..=64).contains(&name.len()) && name.chars().all(allowed))
        .ok_or_else(|| {
            ApiError::invalid(
                "response_format.json_schema.name",
                "a name of 1 to 64 letters, digits, _ and - is required",
            )
        })?;
    let param = "response_format.json_schema.schema";
    let text = given
        .schema
        .as_ref()
        .ok_or_else(|| ApiError::invalid(param, "the schema is missing"))?;
    let grammar = schema::grammar(text, given.strict.unwrap_or(false), param)?;
    let json_schema = JsonSchema {
        name: name.to_owned(),
        description: given.description.clone(),
        schema: text.clone(),
    };
    Ok((Some(grammar), Some(json_schema)))
}

#[cfg(test)]
#[path = "validate_tests.rs"]
mod tests;
