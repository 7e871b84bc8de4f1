//! The events of streamed answers, in their order.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::serve::openai::sample_chunks;

fn chunk(delta: Value, finish: Value) -> Result<ChatChunk, ApiError> {
    Ok(sample_chunks::chunk(delta, finish))
}

fn last() -> Result<ChatChunk, ApiError> {
    Ok(sample_chunks::last())
}

fn events(shows_thinking: bool, chunks: Vec<Result<ChatChunk, ApiError>>) -> Vec<Value> {
    let mut writer = EventWriter::new("tripod".into(), vec!["x".into(), "END".into()], shows_thinking);
    let frames: Vec<SseFrame> = chunks.into_iter().flat_map(|chunk| writer.item(chunk)).collect();
    let read = |frame: &SseFrame| {
        let event: Value = serde_json::from_str(&frame.data).unwrap();
        assert_eq!(frame.event, event["type"].as_str());
        event
    };
    frames.iter().map(read).collect()
}

fn names(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

fn talk() -> Vec<Result<ChatChunk, ApiError>> {
    vec![
        chunk(json!({"role": "assistant", "content": ""}), json!(null)),
        chunk(json!({"reasoning_content": "One. "}), json!(null)),
        chunk(json!({"content": "He"}), json!(null)),
        chunk(json!({"content": "llo"}), json!(null)),
        chunk(json!({}), json!("length")),
        last(),
    ]
}

#[test]
fn a_text_is_one_block_and_the_usage_comes_with_the_reason() {
    let events = events(false, talk());
    assert_eq!(
        names(&events),
        [
            "message_start",
            "ping",
            "ping",
            "content_block_start",
            "content_block_delta",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
            "message_stop",
        ]
    );
    assert_eq!(events[0]["message"]["content"], json!([]));
    assert_eq!(events[0]["message"]["stop_reason"], json!(null));
    assert_eq!(events[4]["delta"], json!({"type": "text_delta", "text": "He"}));
    assert_eq!(
        events[7]["delta"],
        json!({"stop_reason": "max_tokens", "stop_sequence": null})
    );
    assert_eq!(events[7]["usage"], json!({"input_tokens": 3, "output_tokens": 2}));
}

#[test]
fn progress_is_thinking_where_it_was_asked_for() {
    let events = events(true, talk());
    assert_eq!(
        names(&events)[2..7],
        [
            "content_block_start",
            "content_block_delta",
            "content_block_delta",
            "content_block_stop",
            "content_block_start",
        ]
    );
    assert_eq!(
        events[3]["delta"],
        json!({"type": "thinking_delta", "thinking": "One. "})
    );
    assert_eq!((&events[5]["index"], &events[6]["index"]), (&json!(0), &json!(1)));
}

#[test]
fn each_call_is_a_block_with_its_arguments_in_pieces() {
    let call = |index: usize, id: &str, arguments: &str| {
        let id = Some(id).filter(|id| !id.is_empty());
        let function = json!({"name": id.map(|_| "f"), "arguments": arguments});
        chunk(
            json!({"tool_calls": [{"index": index, "id": id, "function": function}]}),
            json!(null),
        )
    };
    let events = events(
        false,
        vec![
            chunk(json!({"content": "Well."}), json!(null)),
            call(0, "call_1", ""),
            call(0, "", "{\"x\""),
            call(0, "", ":1}"),
            call(1, "call_2", "{}"),
            chunk(json!({}), json!("tool_calls")),
            last(),
        ],
    );
    let start = |index: usize| {
        let mut starts = events.iter().filter(|event| event["type"] == "content_block_start");
        starts.nth(index).unwrap()["content_block"].clone()
    };
    assert_eq!(
        start(1),
        json!({"type": "tool_use", "id": "call_1", "name": "f", "input": {}})
    );
    assert_eq!(start(2)["id"], "call_2");
    let json: String = events
        .iter()
        .filter(|event| event["index"] == 1)
        .filter_map(|event| event["delta"]["partial_json"].as_str())
        .collect();
    assert_eq!(json, "{\"x\":1}");
    let end = &events[events.len() - 2];
    assert_eq!(end["delta"]["stop_reason"], "tool_use");
}

#[test]
fn a_failure_is_an_error_event() {
    let events = events(false, vec![Err(ApiError::Timeout(9))]);
    assert_eq!(names(&events), ["error"]);
    assert_eq!(events[0]["error"]["type"], "timeout_error");
}

#[test]
fn the_stop_sequence_that_ended_the_answer_is_named() {
    let mut end = chunk(json!({}), json!("stop")).unwrap();
    end.choices[0].stop_text = Some(1);
    let events = events(false, vec![Ok(end), last()]);
    let delta = &events[events.len() - 2]["delta"];
    assert_eq!(*delta, json!({"stop_reason": "stop_sequence", "stop_sequence": "END"}));
}
