//! The body of a request, in the words of the server that gets it. Contents of messages go as JSON strings; spellings of control tokens
//! in them are broken, because the server tokenises them itself.

use serde_json::{Map, Value, json};

use super::dialect::{Dialect, Family, RegexField};
use super::pattern;
use crate::engine::remote::ask::Writing;
use crate::engine::request::{CallGrammar, Grammar, Message, Prompt, Sampling, TextForm, Tool};
use crate::text::without_control_tokens;

/// The path below a base URL and the body of a request.
///
/// # Errors
///
/// What of a grammar cannot be written for this server.
pub(super) fn body(
    model: &str,
    request: &Writing,
    dialect: &Dialect,
) -> Result<(&'static [&'static str], Value), String> {
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| drop(body.insert(name.to_owned(), value));
    if !model.is_empty() {
        put("model", model.into());
    }
    put("stream", true.into());
    if dialect.usage {
        put("stream_options", json!({"include_usage": true}));
    }
    put("max_tokens", request.max_tokens.into());
    if request.sequences > 1 {
        put("n", request.sequences.into());
    }
    if !request.stop.is_empty() {
        put("stop", json!(request.stop));
    }
    sampling(&request.sampling, dialect.family, &mut put);
    let is_chat = matches!(request.prompt, Prompt::Chat { .. });
    if let Some(count) = request.logprobs {
        if is_chat {
            put("logprobs", true.into());
            put("top_logprobs", count.into());
        } else {
            put("logprobs", count.into());
        }
    }
    let path: &[&str] = match &request.prompt {
        Prompt::Plain(text) => {
            put("prompt", without_control_tokens(text).into());
            &["completions"]
        }
        Prompt::Chat {
            messages,
            tools,
            answer_prefix,
        } => {
            let mut all: Vec<Value> = messages.iter().map(message).collect();
            if !answer_prefix.is_empty() {
                all.push(json!({"role": "assistant", "content": answer_prefix}));
            }
            put("messages", all.into());
            if !tools.is_empty() {
                put("tools", tools.iter().map(tool).collect());
            }
            &["chat", "completions"]
        }
    };
    if let Some(grammar) = &request.grammar {
        held(grammar, dialect, is_chat, &mut put)?;
    }
    Ok((path, Value::Object(body)))
}

fn sampling(sampling: &Sampling, family: Family, put: &mut impl FnMut(&str, Value)) {
    put("temperature", decimal(sampling.temperature));
    put("top_p", decimal(sampling.top_p));
    put("seed", sampling.seed.into());
    for (name, penalty) in [
        ("presence_penalty", sampling.presence_penalty),
        ("frequency_penalty", sampling.frequency_penalty),
    ] {
        if penalty != 0.0 {
            put(name, decimal(penalty));
        }
    }
    if !sampling.logit_bias.is_empty() {
        let biases = sampling.logit_bias.iter();
        let biases: Map<String, Value> = biases
            .map(|(token, bias)| (token.to_string(), decimal(*bias)))
            .collect();
        put("logit_bias", biases.into());
    }
    match family {
        Family::Vllm => {
            if sampling.top_k > 0 {
                put("top_k", sampling.top_k.into());
            }
            put("min_p", decimal(sampling.min_p));
            put("repetition_penalty", decimal(sampling.repeat_penalty));
        }
        // It has defaults of its own for each of these.
        Family::LlamaServer => {
            put("top_k", sampling.top_k.into());
            put("min_p", decimal(sampling.min_p));
            put("repeat_penalty", decimal(sampling.repeat_penalty));
            put("repeat_last_n", sampling.repeat_window.into());
        }
        Family::Other => {}
    }
}

/// A setting as people wrote it: 0.3, not 0.30000001192092896.
fn decimal(value: f32) -> Value {
    value.to_string().parse::<f64>().map_or(Value::Null, Value::from)
}

fn message(message: &Message) -> Value {
    let mut value = json!({
        "role": message.role.name(),
        "content": without_control_tokens(&message.content),
    });
    if !message.calls.is_empty() {
        let calls = message.calls.iter().map(|call| {
            json!({
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": without_control_tokens(&call.arguments)},
            })
        });
        value["tool_calls"] = calls.collect();
    }
    if let Some(id) = &message.answers {
        value["tool_call_id"] = id.as_str().into();
    }
    value
}

fn tool(tool: &Tool) -> Value {
    let parameters: Value = serde_json::from_str(&tool.parameters).unwrap_or_else(|_| json!({"type": "object"}));
    json!({
        "type": "function",
        "function": {"name": tool.name, "description": tool.description, "parameters": parameters},
    })
}

/// Asks the server to hold the answer to a grammar, as far as it can.
fn held(grammar: &Grammar, dialect: &Dialect, is_chat: bool, put: &mut impl FnMut(&str, Value)) -> Result<(), String> {
    match grammar {
        Grammar::Pattern(pattern) => match dialect.regex {
            Some(RegexField::StructuredOutputs) => {
                put("structured_outputs", json!({"regex": pattern::portable(pattern)?}));
            }
            Some(RegexField::GuidedRegex) => put("guided_regex", pattern::portable(pattern)?.into()),
            Some(RegexField::Grammar) => put("grammar", pattern::gbnf(pattern)?.into()),
            None => {}
        },
        Grammar::JsonSchema(schema) => by_schema(schema, dialect, is_chat, put)?,
        Grammar::Calls(CallGrammar { most, text, .. }) => {
            put("parallel_tool_calls", (*most > 1).into());
            match text {
                TextForm::Nothing => put("tool_choice", "required".into()),
                TextForm::Free => put("tool_choice", "auto".into()),
                TextForm::Schema(schema) => by_schema(schema, dialect, is_chat, put)?,
            }
        }
    }
    Ok(())
}

fn by_schema(schema: &str, dialect: &Dialect, is_chat: bool, put: &mut impl FnMut(&str, Value)) -> Result<(), String> {
    if !dialect.json_schema {
        return Ok(());
    }
    let schema: Value = serde_json::from_str(schema).map_err(|error| error.to_string())?;
    match (is_chat, dialect.family) {
        (true, _) => put(
            "response_format",
            json!({"type": "json_schema", "json_schema": {"name": "answer", "strict": true, "schema": schema}}),
        ),
        (false, Family::Vllm) => put("structured_outputs", json!({"json": schema})),
        (false, Family::LlamaServer) => put("json_schema", schema),
        (false, Family::Other) => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::engine::request::Role;

    const ALL: Dialect = Dialect {
        family: Family::LlamaServer,
        regex: Some(RegexField::Grammar),
        json_schema: true,
        sequences: true,
        seed: true,
        logprobs: true,
        usage: true,
        context_length: None,
    };

    fn writing(grammar: Option<Grammar>) -> Writing {
        Writing {
            prompt: Prompt::Chat {
                messages: vec![Message::new(Role::User, "Hi<|im_end|>\"")],
                tools: Vec::new(),
                answer_prefix: String::new(),
            },
            sequences: 1,
            max_tokens: 9,
            sampling: Sampling {
                temperature: 0.3,
                ..Sampling::default()
            },
            stop: Vec::new(),
            grammar,
            logprobs: None,
            live: true,
        }
    }

    #[test]
    fn a_message_goes_as_text_and_a_setting_as_it_was_written() {
        let (path, body) = body("m", &writing(None), &ALL).unwrap();
        assert_eq!(path, ["chat", "completions"]);
        assert_eq!(body["messages"][0]["content"], "Hi< |im_end| >\"");
        assert_eq!(body["temperature"].to_string(), "0.3");
        assert_eq!(body["repeat_last_n"], 64);
    }

    #[test]
    fn a_pattern_goes_in_the_field_that_the_server_knows_and_in_none_where_it_knows_none() {
        let of = |regex, family| {
            let dialect = Dialect { regex, family, ..ALL };
            body("m", &writing(Some(Grammar::Pattern("[0-9]{2}".into()))), &dialect)
                .unwrap()
                .1
        };
        assert_eq!(
            of(Some(RegexField::Grammar), Family::LlamaServer)["grammar"],
            "root ::= ([0-9]){2}"
        );
        assert_eq!(
            of(Some(RegexField::StructuredOutputs), Family::Vllm)["structured_outputs"]["regex"],
            "(?:[0-9]){2}"
        );
        assert_eq!(
            of(Some(RegexField::GuidedRegex), Family::Vllm)["guided_regex"],
            "(?:[0-9]){2}"
        );
        let bare = of(None, Family::Other);
        let fields: Vec<&String> = bare.as_object().unwrap().keys().collect();
        insta::assert_debug_snapshot!(fields, @r#"
        [
            "model",
            "stream",
            "stream_options",
            "max_tokens",
            "temperature",
            "top_p",
            "seed",
            "messages",
        ]
        "#);
    }
}
