//! Requests of Ollama's API, and the chat requests that they become.

#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::*;

fn chat_with(more: Value) -> Result<(ChatRequest, Renames), ApiError> {
    let mut body = json!({"model": "tripod-reporter:latest", "messages": [{"role": "user", "content": "hi"}]});
    if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
        body.extend(more);
    }
    chat_request(&serde_json::from_value(body).unwrap())
}

fn prompt(more: Value) -> OllamaGenerateRequest {
    let mut body = json!({"model": "tripod-reporter", "prompt": "hi"});
    if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
        body.extend(more);
    }
    serde_json::from_value(body).unwrap()
}

fn param<T: std::fmt::Debug>(result: Result<T, ApiError>) -> String {
    let error = result.unwrap_err();
    assert_eq!(error.status().as_u16(), 400);
    error.body().error.param.unwrap()
}

fn chat(value: Value) -> ChatRequest {
    serde_json::from_value(value).unwrap()
}

#[test]
fn a_chat_streams_by_default_and_has_the_options() {
    let (request, _) = chat_with(json!({
        "format": "json", "keep_alive": "5m", "think": true,
        "options": {"temperature": 0.5, "top_p": 0.9, "seed": 3, "num_predict": 9, "stop": ["x"], "num_ctx": 4096},
    }))
    .unwrap();
    let expected = chat(json!({
        "model": "tripod-reporter", "messages": [{"role": "user", "content": "hi"}], "stream": true,
        "response_format": {"type": "json_object"},
        "temperature": 0.5, "top_p": 0.9, "seed": 3, "max_completion_tokens": 9, "stop": ["x"],
    }));
    assert_eq!(request, expected);
    let (request, _) = chat_with(json!({"stream": false, "options": {"num_predict": -1, "stop": "x"}})).unwrap();
    assert_eq!((request.stream, request.max_completion_tokens), (Some(false), None));
}

#[test]
fn calls_get_ids_and_results_find_theirs_by_name_or_order() {
    let call = |name: &str| json!({"function": {"name": name, "arguments": {"x": 1}}});
    let (request, _) = chat_with(json!({"messages": [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "", "thinking": "hm", "tool_calls": [call("f"), call("g")]},
        {"role": "tool", "tool_name": "g", "content": "two"},
        {"role": "tool", "content": "one"},
        {"role": "assistant", "tool_calls": [{"id": "own", "function": {"name": "h"}}]},
        {"role": "tool", "tool_call_id": "own", "content": "three"},
    ]}))
    .unwrap();
    let past = |id: &str, name: &str, arguments: &str| json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}});
    let expected = chat(json!({
        "model": "tripod-reporter", "stream": true,
        "messages": [
            {"role": "user", "content": "a"},
            {"role": "assistant", "content": "", "tool_calls": [past("call_0", "f", "{\"x\":1}"), past("call_1", "g", "{\"x\":1}")]},
            {"role": "tool", "tool_call_id": "call_1", "content": "two"},
            {"role": "tool", "tool_call_id": "call_0", "content": "one"},
            {"role": "assistant", "tool_calls": [past("own", "h", "{}")]},
            {"role": "tool", "tool_call_id": "own", "content": "three"},
        ],
    }));
    assert_eq!(request, expected);
}

#[test]
fn a_prompt_is_a_question_or_a_text_to_continue() {
    let (request, renames) = question(&prompt(json!({"system": "Be brief.", "format": {"type": "object"}}))).unwrap();
    assert_eq!(renames.messages, ["system", "prompt"]);
    assert_eq!(request.messages.unwrap().len(), 2);
    assert_eq!(
        request.response_format.unwrap().json_schema.unwrap().schema,
        Some(json!({"type": "object"}))
    );
    let (request, _) = continuation(&prompt(json!({"raw": true, "options": {"num_predict": 5}}))).unwrap();
    assert_eq!(request.prompt, Some(PromptText::One("hi".into())));
    assert_eq!((request.max_tokens, request.stream), (Some(5), Some(true)));
    assert_eq!(param(continuation(&prompt(json!({"system": "x"})))), "system");
    assert_eq!(param(continuation(&prompt(json!({"format": "json"})))), "format");
}

#[test]
fn what_cannot_be_done_is_refused_by_its_field() {
    assert_eq!(param(chat_with(json!({"format": "xml"}))), "format");
    assert_eq!(param(chat_with(json!({"format": 3}))), "format");
    assert_eq!(param(chat_with(json!({"logprobs": true}))), "logprobs");
    let message = |message: Value| param(chat_with(json!({"messages": [message]})));
    assert_eq!(
        message(json!({"role": "user", "content": "x", "images": ["aGk="]})),
        "messages[0].images"
    );
    let call = |function: Value| message(json!({"role": "assistant", "tool_calls": [{"function": function}]}));
    assert_eq!(call(json!(null)), "messages[0].tool_calls[0].function");
    assert_eq!(
        call(json!({"name": "f", "arguments": "{}"})),
        "messages[0].tool_calls[0].function.arguments"
    );
    for (field, value) in [
        ("suffix", json!("x")),
        ("template", json!("x")),
        ("context", json!([1])),
        ("images", json!(["x"])),
        ("logprobs", json!(true)),
    ] {
        assert_eq!(param(question(&prompt(json!({field: value})))), field);
    }
    question(&prompt(
        json!({"suffix": "", "template": "", "context": [], "images": [], "logprobs": false}),
    ))
    .unwrap();
}
