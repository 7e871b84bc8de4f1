//! The lines of answers, in their order.

#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::*;
use crate::serve::openai::sample_chunks;

fn chunk(delta: Value, finish: Value) -> Result<ChatChunk, ApiError> {
    Ok(sample_chunks::chunk(delta, finish))
}

fn last() -> Result<ChatChunk, ApiError> {
    Ok(sample_chunks::last())
}

fn lines(form: Form, thinks: bool, chunks: Vec<Result<ChatChunk, ApiError>>) -> Vec<Value> {
    let mut writer = LineWriter::new(form, "tripod:latest".into(), thinks);
    chunks.into_iter().flat_map(|chunk| writer.item(chunk)).collect()
}

#[test]
fn each_piece_is_a_line_and_the_last_has_the_counts() {
    let talk = || {
        vec![
            chunk(json!({"role": "assistant", "content": ""}), json!(null)),
            chunk(json!({"reasoning_content": "One."}), json!(null)),
            chunk(json!({"content": "He"}), json!(null)),
            chunk(json!({"content": "llo"}), json!(null)),
            chunk(json!({}), json!("length")),
            last(),
        ]
    };
    let told = lines(Form::Chat, true, talk());
    assert_eq!(told.len(), 4);
    assert_eq!(
        told[0]["message"],
        json!({"role": "assistant", "content": "", "thinking": "One."})
    );
    assert_eq!(told[1]["message"], json!({"role": "assistant", "content": "He"}));
    assert_eq!(
        (&told[1]["model"], &told[1]["done"]),
        (&json!("tripod:latest"), &json!(false))
    );
    assert!(told[1].get("done_reason").is_none());
    assert_eq!(
        (&told[3]["done"], &told[3]["done_reason"]),
        (&json!(true), &json!("length"))
    );
    assert_eq!(
        (&told[3]["prompt_eval_count"], &told[3]["eval_count"]),
        (&json!(3), &json!(2))
    );
    assert!(told[3]["total_duration"].as_u64().unwrap() > 0);
    let text = lines(Form::Text, false, talk());
    assert_eq!(text.len(), 3);
    assert_eq!(text[0]["response"], "He");
}

#[test]
fn a_call_is_a_line_once_its_arguments_are_complete() {
    let call = |index: usize, id: Value, arguments: &str| {
        let name = id.as_str().map(|_| "f");
        let function = json!({"name": name, "arguments": arguments});
        chunk(
            json!({"tool_calls": [{"index": index, "id": id, "function": function}]}),
            json!(null),
        )
    };
    let told = lines(
        Form::Chat,
        true,
        vec![
            call(0, json!("a"), "{\"x\""),
            call(0, json!(null), ":1}"),
            call(1, json!("b"), "{\"x"),
            chunk(json!({}), json!("tool_calls")),
            last(),
        ],
    );
    assert_eq!(
        told[0]["message"]["tool_calls"],
        json!([{"id": "a", "function": {"name": "f", "arguments": {"x": 1}}}])
    );
    assert_eq!(
        told[1]["message"]["tool_calls"],
        json!([{"id": "b", "function": {"name": "f", "arguments": {}}}])
    );
    assert_eq!(told[2]["done_reason"], "stop");
}

#[test]
fn a_failure_is_a_line_with_the_error() {
    let told = lines(Form::Chat, true, vec![Err(ApiError::Timeout(9))]);
    assert_eq!(told.len(), 1);
    assert!(told[0]["error"].as_str().unwrap().contains("9 s"));
}

#[test]
fn without_a_question_nothing_is_written() {
    let writer = LineWriter::new(Form::Chat, "tripod".into(), true);
    let line = writer.nothing_asked(None);
    assert_eq!((&line["done"], &line["done_reason"]), (&json!(true), &json!("load")));
    assert_eq!(writer.nothing_asked(Some(&json!(0)))["done_reason"], "unload");
}
