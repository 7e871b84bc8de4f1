//! Requests of the Messages API, and the chat requests that they become.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::*;

fn translated(more: Value) -> Result<(ChatRequest, Renames), ApiError> {
    let mut body = json!({
        "model": "tripod-reporter", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}],
    });
    if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
        body.extend(more);
    }
    chat_request(&serde_json::from_value(body).unwrap())
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
fn a_conversation_with_instructions_is_translated() {
    let (request, renames) = translated(json!({
        "system": [{"type": "text", "text": "Be brief."}, {"type": "text", "text": "Be kind."}],
        "messages": [
            {"role": "user", "content": "a"},
            {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm", "signature": ""}, {"type": "text", "text": "b"}]},
            {"role": "user", "content": [{"type": "text", "text": "c"}, {"type": "text", "text": "d"}]},
        ],
        "temperature": 0.5, "top_p": 0.9, "stop_sequences": ["x"], "stream": true,
        "metadata": {"user_id": "u"}, "service_tier": "auto", "cache_control": {"type": "ephemeral"},
    }))
    .unwrap();
    let expected = chat(json!({
        "model": "tripod-reporter",
        "messages": [
            {"role": "system", "content": "Be brief.\n\nBe kind."},
            {"role": "user", "content": "a"},
            {"role": "assistant", "content": "b"},
            {"role": "user", "content": "c\nd"},
        ],
        "max_completion_tokens": 9, "temperature": 0.5, "top_p": 0.9, "stop": ["x"], "stream": true,
    }));
    assert_eq!(request, expected);
    assert_eq!(
        renames.messages,
        ["system", "messages[0]", "messages[1]", "messages[2]"]
    );
}

#[test]
fn calls_and_their_results_are_translated() {
    let (request, renames) = translated(json!({
        "messages": [
            {"role": "user", "content": "a"},
            {"role": "assistant", "content": [
                {"type": "text", "text": "b"},
                {"type": "tool_use", "id": "1", "name": "f", "input": {"x": 1}},
                {"type": "tool_use", "id": "2", "name": "g", "input": {}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "1", "content": "one"},
                {"type": "tool_result", "tool_use_id": "2", "content": [{"type": "text", "text": "two"}], "is_error": true},
                {"type": "text", "text": "c"},
            ]},
        ],
        "tools": [{"name": "f", "description": "d", "input_schema": {"type": "object"}}],
        "tool_choice": {"type": "tool", "name": "f", "disable_parallel_tool_use": true},
    }))
    .unwrap();
    let call = |id: &str, name: &str, arguments: &str| json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}});
    let expected = chat(json!({
        "model": "tripod-reporter",
        "messages": [
            {"role": "user", "content": "a"},
            {"role": "assistant", "content": "b", "tool_calls": [call("1", "f", "{\"x\":1}"), call("2", "g", "{}")]},
            {"role": "tool", "tool_call_id": "1", "content": "one"},
            {"role": "tool", "tool_call_id": "2", "content": "two"},
            {"role": "user", "content": "c"},
        ],
        "max_completion_tokens": 9,
        "tools": [{"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}}],
        "tool_choice": {"type": "function", "function": {"name": "f"}},
        "parallel_tool_calls": false,
    }));
    assert_eq!(request, expected);
    assert_eq!(
        renames.messages[2..],
        ["messages[2].content[0]", "messages[2].content[1]", "messages[2]"]
    );
}

#[test]
fn choices_have_their_names_and_a_format_its_schema() {
    for (kind, mode) in [("auto", "auto"), ("any", "required"), ("none", "none")] {
        let (request, _) = translated(json!({"tool_choice": {"type": kind}})).unwrap();
        assert_eq!(request.tool_choice, Some(ToolChoice::Mode(mode.to_owned())));
    }
    let format = json!({"format": {"type": "json_schema", "schema": {"type": "object"}}});
    let (request, _) = translated(json!({"output_config": format})).unwrap();
    let schema = request.response_format.unwrap().json_schema.unwrap().schema;
    assert_eq!(schema, Some(json!({"type": "object"})));
}

#[test]
fn what_cannot_be_done_is_refused_by_its_field() {
    let message = |message: Value| param(json!({"messages": [message]}));
    let block = |block: Value| message(json!({"role": "user", "content": [block]}));
    assert_eq!(param(json!({"temperature": 1.5})), "temperature");
    assert_eq!(param(json!({"messages": []})), "messages");
    assert_eq!(param(json!({"messages": null})), "messages");
    assert_eq!(param(json!({"tool_choice": {"type": "all"}})), "tool_choice.type");
    assert_eq!(param(json!({"tool_choice": {}})), "tool_choice.type");
    assert_eq!(param(json!({"thinking": {"type": ""}})), "thinking.type");
    assert_eq!(param(json!({"thinking": {}})), "thinking.type");
    assert_eq!(
        param(json!({"tools": [{"type": "web_search_20250305", "name": "w"}]})),
        "tools[0].type"
    );
    assert_eq!(param(json!({"tools": [{"name": "w"}]})), "tools[0].input_schema");
    assert_eq!(param(json!({"system": [{"type": "image"}]})), "system[0].type");
    assert_eq!(message(json!({"role": "system", "content": "x"})), "messages[0].role");
    assert_eq!(message(json!({"role": "user"})), "messages[0].content");
    assert_eq!(
        message(json!({"role": "assistant", "content": "The"})),
        "messages[0].role"
    );
    assert_eq!(block(json!({"type": "image"})), "messages[0].content[0].type");
    assert_eq!(block(json!({"type": "tool_use"})), "messages[0].content[0].type");
    assert_eq!(block(json!({"type": "text"})), "messages[0].content[0].text");
    assert_eq!(
        block(json!({"type": "tool_result", "tool_use_id": "1", "content": [{"type": "image"}]})),
        "messages[0].content[0].content[0].type"
    );
    let call = json!({"type": "tool_use", "id": "1", "name": "f", "input": "x"});
    assert_eq!(
        message(json!({"role": "assistant", "content": [call]})),
        "messages[0].content[0].input"
    );
}
