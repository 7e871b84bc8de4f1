//! The frames of a stream, as the official clients read them.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::*;
use crate::engine::TokenProbability;

fn envelope() -> Envelope {
    Envelope {
        id: "chatcmpl-1".into(),
        created: 1_700_000_000,
        model: "tripod".into(),
        system_fingerprint: None,
    }
}

fn token(bytes: &[u8]) -> TokenChoice {
    let token = TokenProbability {
        bytes: bytes.to_vec(),
        logprob: -0.5,
    };
    TokenChoice {
        top: vec![token.clone()],
        token,
    }
}

fn values(frames: Vec<String>) -> Vec<Value> {
    frames.iter().map(|data| serde_json::from_str(data).unwrap()).collect()
}

fn only(frames: Vec<String>) -> Value {
    assert_eq!(frames.len(), 1, "{frames:?}");
    values(frames).remove(0)
}

#[test]
fn a_chat_stream_has_exactly_the_frames_of_openai() {
    let mut writer = ChunkWriter::chat(envelope(), 1, false);
    let mut frames = writer.content(0, "Hel", &[]);
    frames.extend(writer.content(0, "", &[]));
    frames.extend(writer.content(0, "lo", &[]));
    frames.extend(writer.finish(0, Finish::Length));
    frames.extend(writer.end(Usage::new(3, 2)));
    assert_eq!(frames.pop().unwrap(), "[DONE]");
    let chunk = |delta: Value, finish: Value| {
        json!({
            "id": "chatcmpl-1", "created": 1_700_000_000, "model": "tripod", "object": "chat.completion.chunk",
            "choices": [{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}],
        })
    };
    let expected = [
        chunk(json!({"role": "assistant", "content": ""}), json!(null)),
        chunk(json!({"content": "Hel"}), json!(null)),
        chunk(json!({"content": "lo"}), json!(null)),
        chunk(json!({}), json!("length")),
    ];
    assert_eq!(values(frames), expected);
}

#[test]
fn with_usage_every_chunk_has_the_field_and_one_more_has_the_numbers() {
    let mut writer = ChunkWriter::chat(envelope(), 1, true);
    let mut frames = writer.content(0, "x", &[]);
    frames.extend(writer.finish(0, Finish::Stop));
    let end = writer.end(Usage::new(3, 2));
    for chunk in values(frames) {
        assert_eq!(chunk.get("usage"), Some(&Value::Null));
    }
    assert_eq!(end.len(), 2);
    let last: Value = serde_json::from_str(&end[0]).unwrap();
    assert_eq!(last["choices"], json!([]));
    assert_eq!(
        last["usage"],
        json!({"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5})
    );
}

#[test]
fn each_choice_has_one_role_and_one_finish_reason_in_whatever_order_pieces_come() {
    let mut writer = ChunkWriter::chat(envelope(), 3, false);
    let mut frames = writer.begin();
    frames.extend(writer.content(2, "c", &[]));
    frames.extend(writer.begin());
    frames.extend(writer.finish(0, Finish::Stop));
    frames.extend(writer.content(0, "late", &[]));
    frames.extend(writer.reasoning(0, "late"));
    frames.extend(writer.finish(0, Finish::Stop));
    frames.extend(writer.finish(2, Finish::Stop));
    frames.extend(writer.finish(1, Finish::Stop));
    frames.extend(writer.content(3, "nowhere", &[]));
    frames.extend(writer.finish(3, Finish::Stop));
    let chunks = values(frames);
    let of = |index: usize| chunks.iter().filter(move |chunk| chunk["choices"][0]["index"] == index);
    for index in 0..3 {
        let roles = of(index).filter(|chunk| chunk["choices"][0]["delta"].get("role").is_some());
        assert_eq!(roles.count(), 1);
        let ends = of(index).filter(|chunk| !chunk["choices"][0]["finish_reason"].is_null());
        assert_eq!(ends.count(), 1);
    }
    assert_eq!(chunks.len(), 7);
}

#[test]
fn reasoning_and_metadata_go_where_clients_look_for_them() {
    let mut writer = ChunkWriter::chat(envelope(), 1, true);
    let frames = values(writer.reasoning(0, "Sampling 20 paths"));
    assert_eq!(frames[0]["choices"][0]["delta"]["role"], "assistant");
    assert_eq!(
        frames[1]["choices"][0]["delta"],
        json!({"reasoning_content": "Sampling 20 paths"})
    );
    let middle = only(writer.content(0, "Buy.", &[]));
    assert!(middle.get("metadata").is_none());
    writer.set_metadata(Metadata {
        analysis_id: "a1".into(),
    });
    let last = only(writer.finish(0, Finish::Stop));
    assert_eq!(last["metadata"], json!({"analysis_id": "a1"}));
    let usage: Value = serde_json::from_str(&writer.end(Usage::default())[0]).unwrap();
    assert_eq!(usage["metadata"], json!({"analysis_id": "a1"}));
}

#[test]
fn tokens_without_text_go_with_the_next_piece() {
    let mut writer = ChunkWriter::chat(envelope(), 1, false);
    assert!(writer.content(0, "", &[token(&[0xE2, 0x82])]).is_empty());
    assert_eq!(writer.reasoning(0, "r").len(), 2);
    let chunk = only(writer.content(0, "€", &[token(&[0xAC])]));
    let content = &chunk["choices"][0]["logprobs"]["content"];
    assert_eq!(content.as_array().unwrap().len(), 2);
    assert_eq!(content[0]["token"], "bytes:\\xe2\\x82");
    assert_eq!(content[1]["bytes"], json!([0xAC]));
    assert!(writer.content(0, "", &[token(b"<end>")]).is_empty());
    let last = only(writer.finish(0, Finish::Stop));
    assert_eq!(last["choices"][0]["delta"], json!({}));
    assert_eq!(last["choices"][0]["logprobs"]["content"][0]["token"], "<end>");
}

#[test]
fn a_text_stream_has_no_roles_and_its_offsets_go_on() {
    let mut writer = ChunkWriter::text(envelope(), 1, true);
    assert!(writer.begin().is_empty());
    assert!(writer.reasoning(0, "never").is_empty());
    let first = only(writer.content(0, "é1", &[token("é".as_bytes()), token(b"1")]));
    assert_eq!(first["object"], "text_completion");
    assert_eq!(first["choices"][0]["text"], "é1");
    assert_eq!(first["choices"][0]["logprobs"]["text_offset"], json!([0, 1]));
    assert_eq!(first.get("usage"), Some(&Value::Null));
    let second = only(writer.content(0, "2", &[token(b"2")]));
    assert_eq!(second["choices"][0]["logprobs"]["text_offset"], json!([2]));
    let last = only(writer.finish(0, Finish::Stop));
    assert_eq!(
        last["choices"],
        json!([{"index": 0, "text": "", "logprobs": null, "finish_reason": "stop"}])
    );
    let end = writer.end(Usage::new(1, 3));
    let usage: TextCompletion = serde_json::from_str(&end[0]).unwrap();
    assert_eq!(usage.usage, Some(Some(Usage::new(1, 3))));
    assert_eq!(end[1], DONE);
}

#[test]
fn a_failure_is_one_frame_that_clients_raise() {
    let failure: Value = serde_json::from_str(&ChunkWriter::fail(&ApiError::Timeout(9))).unwrap();
    assert_eq!(failure["error"]["code"], "timeout");
    assert_eq!(failure.as_object().unwrap().len(), 1);
}

#[test]
fn chunks_read_back_as_they_were_written() {
    let mut writer = ChunkWriter::chat(envelope(), 1, true);
    let mut frames = writer.content(0, "x", &[token(b"x")]);
    frames.extend(writer.finish(0, Finish::Stop));
    for data in frames {
        let chunk: ChatChunk = serde_json::from_str(&data).unwrap();
        assert_eq!(chunk.usage, Some(None));
        assert_eq!(serde_json::to_string(&chunk).unwrap(), data);
    }
}
