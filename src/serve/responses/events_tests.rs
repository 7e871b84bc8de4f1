//! The events of streamed responses, in their order.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::*;
use crate::serve::openai::sample_chunks::{chunk, last};

fn events(chunks: Vec<Result<ChatChunk, ApiError>>) -> Vec<Value> {
    let request = serde_json::from_value(json!({"model": "tripod", "input": "hi"})).unwrap();
    let mut writer = EventWriter::new(ResponseObject::new(&request, None));
    let frames: Vec<SseFrame> = chunks.into_iter().flat_map(|chunk| writer.item(chunk)).collect();
    let read = |(number, frame): (usize, &SseFrame)| {
        let event: Value = serde_json::from_str(&frame.data).unwrap();
        assert_eq!(frame.event, event["type"].as_str());
        assert_eq!(event["sequence_number"], number);
        event
    };
    frames.iter().enumerate().map(read).collect()
}

fn names(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

#[test]
fn progress_a_text_and_its_end_come_in_the_documented_order() {
    let none = || json!(null);
    let events = events(vec![
        Ok(chunk(json!({"role": "assistant", "content": ""}), none())),
        Ok(chunk(json!({"reasoning_content": "One. "}), none())),
        Ok(chunk(json!({"reasoning_content": "Two."}), none())),
        Ok(chunk(json!({"content": "He"}), none())),
        Ok(chunk(json!({"content": "llo"}), none())),
        Ok(chunk(json!({}), json!("stop"))),
        Ok(last()),
    ]);
    assert_eq!(
        names(&events),
        [
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.reasoning_summary_part.added",
            "response.reasoning_summary_text.delta",
            "response.reasoning_summary_text.delta",
            "response.reasoning_summary_text.done",
            "response.reasoning_summary_part.done",
            "response.output_item.done",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.completed",
        ]
    );
    assert_eq!(events[2]["item"]["summary"], json!([]));
    assert_eq!(events[9]["item"]["content"], json!([]));
    assert_eq!(
        (&events[11]["delta"], &events[11]["output_index"]),
        (&json!("He"), &json!(1))
    );
    assert_eq!(events[13]["text"], "Hello");
    let response = &events[16]["response"];
    assert_eq!(response["status"], "completed");
    assert_eq!(response["id"], events[0]["response"]["id"]);
    assert_eq!(response["output"][0]["summary"][0]["text"], "One. Two.");
    assert_eq!(response["output"][1], events[15]["item"]);
    assert_eq!(response["output"][1]["status"], "completed");
    assert_eq!(
        response["usage"],
        json!({
            "input_tokens": 3, "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": 2, "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 5,
        })
    );
}

#[test]
fn calls_stand_one_after_the_other_with_their_arguments() {
    let call = |index: usize, id: Value, name: Value, arguments: &str| {
        chunk(
            json!({"tool_calls": [{"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": arguments}}]}),
            json!(null),
        )
    };
    let events = events(vec![
        Ok(call(0, json!("call_1"), json!("f"), "")),
        Ok(call(0, json!(null), json!(null), "{\"x\"")),
        Ok(call(0, json!(null), json!(null), ":1}")),
        Ok(call(1, json!("call_2"), json!("g"), "{}")),
        Ok(chunk(json!({}), json!("tool_calls"))),
        Ok(last()),
    ]);
    assert_eq!(
        names(&events)[2..],
        [
            "response.output_item.added",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "response.output_item.done",
            "response.output_item.added",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "response.output_item.done",
            "response.completed",
        ]
    );
    let output = &events.last().unwrap()["response"]["output"];
    assert_eq!(
        (&output[0]["call_id"], &output[0]["arguments"]),
        (&json!("call_1"), &json!("{\"x\":1}"))
    );
    assert_eq!(
        (&output[1]["name"], &output[1]["status"]),
        (&json!("g"), &json!("completed"))
    );
}

#[test]
fn an_answer_without_text_is_an_empty_message_and_one_at_its_limit_is_incomplete() {
    let events = events(vec![Ok(chunk(json!({}), json!("length"))), Ok(last())]);
    let end = events.last().unwrap();
    assert_eq!(end["type"], "response.incomplete");
    assert_eq!(
        end["response"]["incomplete_details"],
        json!({"reason": "max_output_tokens"})
    );
    assert_eq!(end["response"]["output"][0]["content"][0]["text"], "");
    assert_eq!(end["response"]["output"][0]["status"], "incomplete");
}

#[test]
fn a_failure_ends_the_stream_with_what_was_written() {
    let events = events(vec![
        Ok(chunk(json!({"content": "He"}), json!(null))),
        Err(ApiError::Timeout(9)),
    ]);
    let end = events.last().unwrap();
    assert_eq!(end["type"], "response.failed");
    assert_eq!(end["response"]["error"]["code"], "timeout");
    assert_eq!(end["response"]["output"][0]["content"][0]["text"], "He");
}

#[test]
fn the_id_names_the_analysis_from_the_first_event_on() {
    let mut first = chunk(json!({"role": "assistant", "content": ""}), json!(null));
    let analysis = format!("analysis-{}", "a".repeat(32));
    first.metadata = serde_json::from_value(json!({"analysis_id": analysis})).unwrap();
    let events = events(vec![Ok(first), Ok(chunk(json!({}), json!("stop"))), Ok(last())]);
    for event in [&events[0], events.last().unwrap()] {
        let id = event["response"]["id"].as_str().unwrap();
        assert!(id.starts_with(&format!("resp_{}", "a".repeat(32))), "{id}");
        assert_eq!(event["response"]["metadata"]["analysis_id"], analysis);
        assert_eq!(event["response"]["store"], true);
    }
}
