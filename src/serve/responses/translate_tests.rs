//! Requests of the Responses API, and the chat requests that they become.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::*;

fn translated(more: Value) -> Result<(ChatRequest, Renames), ApiError> {
    let mut body = json!({"model": "tripod-reporter", "input": "hi"});
    if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
        body.extend(more);
    }
    chat_request(&serde_json::from_value(body).unwrap(), Vec::new())
}

fn param(more: Value) -> String {
    let error = translated(more).unwrap_err();
    assert_eq!(error.status().as_u16(), 400);
    error.body().error.param.unwrap()
}

fn chat(value: Value) -> ChatRequest {
    serde_json::from_value(value).unwrap()
}

#[test]
fn a_text_is_a_message_of_the_user() {
    let (request, _) = translated(json!({"instructions": "Be brief.", "max_output_tokens": 9})).unwrap();
    let expected = chat(json!({
        "model": "tripod-reporter",
        "messages": [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "hi"}],
        "max_completion_tokens": 9,
    }));
    assert_eq!(request, expected);
}

#[test]
fn items_become_messages_calls_and_results() {
    let (request, renames) = translated(json!({
        "input": [
            {"role": "user", "content": [{"type": "input_text", "text": "a"}, {"type": "input_text", "text": "b"}]},
            {"type": "reasoning", "id": "rs_1", "summary": []},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "c", "annotations": []}]},
            {"type": "function_call", "call_id": "1", "name": "f", "arguments": "{}"},
            {"type": "function_call", "call_id": "2", "name": "g", "arguments": "{\"x\":1}"},
            {"type": "function_call_output", "call_id": "1", "output": "one"},
            {"type": "function_call_output", "call_id": "2", "output": [{"type": "input_text", "text": "two"}]},
        ],
        "tools": [{"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}, "strict": false}],
        "tool_choice": {"type": "function", "name": "f"},
        "parallel_tool_calls": false,
    }))
    .unwrap();
    let call = |id: &str, name: &str, arguments: &str| json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}});
    let expected = chat(json!({
        "model": "tripod-reporter",
        "messages": [
            {"role": "user", "content": "a\nb"},
            {"role": "assistant", "content": "c", "tool_calls": [call("1", "f", "{}"), call("2", "g", "{\"x\":1}")]},
            {"role": "tool", "tool_call_id": "1", "content": "one"},
            {"role": "tool", "tool_call_id": "2", "content": "two"},
        ],
        "tools": [{"type": "function", "function": {
            "name": "f", "description": "d", "parameters": {"type": "object"}, "strict": false,
        }}],
        "tool_choice": {"type": "function", "function": {"name": "f"}},
        "parallel_tool_calls": false,
    }));
    assert_eq!(request, expected);
    assert_eq!(renames.messages, ["input[0]", "input[2]", "input[5]", "input[6]"]);
}

#[test]
fn a_format_is_a_response_format() {
    let schema = json!({"type": "object"});
    let text = json!({"format": {"type": "json_schema", "name": "x", "schema": schema, "strict": true}});
    let (request, _) = translated(json!({"text": text})).unwrap();
    let expected: ResponseFormat = serde_json::from_value(
        json!({"type": "json_schema", "json_schema": {"name": "x", "schema": schema, "strict": true}}),
    )
    .unwrap();
    assert_eq!(request.response_format, Some(expected));
    let (request, _) = translated(json!({"text": {"verbosity": "low"}})).unwrap();
    assert_eq!(request.response_format, None);
}

#[test]
fn what_cannot_be_done_is_refused_by_its_field() {
    for (field, value) in [
        ("background", json!(true)),
        ("conversation", json!("conv_1")),
        ("conversation", json!({"id": "conv_1"})),
        ("prompt", json!({"id": "p"})),
        ("truncation", json!("auto")),
        ("top_logprobs", json!(2)),
        ("include", json!(["message.output_text.logprobs"])),
        ("input", json!(null)),
        ("input", json!([])),
    ] {
        assert_eq!(param(json!({field: value})), field, "{value}");
    }
    assert_eq!(param(json!({"tools": [{"type": "web_search"}]})), "tools[0].type");
    let names: serde_json::Map<String, Value> = (0..17).map(|number| (number.to_string(), json!(""))).collect();
    assert_eq!(param(json!({"metadata": names})), "metadata");
    assert_eq!(param(json!({"metadata": {"x": "y".repeat(513)}})), "metadata");
    let input = |item: Value| param(json!({"input": [item]}));
    assert_eq!(input(json!({"type": "item_reference", "id": "x"})), "input[0].type");
    assert_eq!(
        input(json!({"type": "function_call_output", "call_id": "1"})),
        "input[0].output"
    );
    let image = json!({"type": "input_image", "image_url": "https://example.com/x.png"});
    assert_eq!(
        input(json!({"role": "user", "content": [image]})),
        "input[0].content[0].type"
    );
    assert_eq!(
        input(json!({"role": "user", "content": [{"type": "input_text"}]})),
        "input[0].content[0].text"
    );
}

#[test]
fn what_changes_nothing_is_accepted() {
    translated(json!({
        "store": true, "background": false, "truncation": "disabled", "conversation": null, "top_logprobs": 0,
        "include": ["reasoning.encrypted_content"], "reasoning": {"effort": "low"}, "user": "x", "service_tier": "auto",
        "prompt_cache_key": "x", "max_tool_calls": 3, "metadata": {"a": "b"}, "tools": [], "stream_options": {},
    }))
    .unwrap();
}
