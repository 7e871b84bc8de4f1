//! The chunks of a stream: their order, and what each holds.

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

fn values(chunks: Vec<ChatChunk>) -> Vec<Value> {
    chunks.iter().map(|chunk| json!(chunk)).collect()
}

fn only(frames: Vec<ChatChunk>) -> Value {
    assert_eq!(frames.len(), 1, "{frames:?}");
    values(frames).remove(0)
}

#[test]
fn each_choice_has_one_role_and_one_finish_reason_in_whatever_order_pieces_come() {
    let mut writer = ChunkWriter::new(envelope(), 3);
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
    let mut writer = ChunkWriter::new(envelope(), 1);
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
    let usage = json!(writer.end(Usage::default()));
    assert_eq!(usage["metadata"], json!({"analysis_id": "a1"}));
}

#[test]
fn tokens_without_text_go_with_the_next_piece() {
    let mut writer = ChunkWriter::new(envelope(), 1);
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
fn chunks_read_back_as_they_were_written() {
    let mut writer = ChunkWriter::new(envelope(), 1);
    let mut chunks = writer.content(0, "x", &[token(b"x")]);
    chunks.extend(writer.finish(0, Finish::Stop));
    chunks.push(writer.end(Usage::new(3, 2)));
    for chunk in chunks {
        let data = serde_json::to_string(&chunk).unwrap();
        assert_eq!(serde_json::from_str::<ChatChunk>(&data).unwrap(), chunk);
    }
}
