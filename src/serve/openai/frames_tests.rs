//! The events of a stream, as the official clients read them.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::super::chunks::ChunkWriter;
use super::super::response::{Envelope, Usage};
use super::*;
use crate::engine::{Finish, TokenChoice, TokenProbability};

fn writer() -> ChunkWriter {
    let envelope = Envelope {
        id: "chatcmpl-1".into(),
        created: 1_700_000_000,
        model: "tripod".into(),
        system_fingerprint: None,
    };
    ChunkWriter::new(envelope, 1)
}

fn streamed(chunks: Vec<ChatChunk>) -> ChatStream {
    stream::iter(chunks.into_iter().map(Ok)).boxed()
}

async fn data(frames: impl Stream<Item = SseFrame>) -> Vec<String> {
    frames.map(|frame| frame.data).collect().await
}

fn value(data: &str) -> Value {
    serde_json::from_str(data).unwrap()
}

fn hello() -> Vec<ChatChunk> {
    let mut writer = writer();
    let mut chunks = writer.content(0, "Hel", &[]);
    chunks.extend(writer.content(0, "", &[]));
    chunks.extend(writer.content(0, "lo", &[]));
    chunks.extend(writer.finish(0, Finish::Length));
    chunks.push(writer.end(Usage::new(3, 2)));
    chunks
}

#[tokio::test]
async fn a_chat_stream_has_exactly_the_frames_of_openai() {
    let mut frames = data(chat_frames(streamed(hello()), false)).await;
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
    let read: Vec<Value> = frames.iter().map(|data| value(data)).collect();
    assert_eq!(read, expected);
}

#[tokio::test]
async fn with_usage_every_chunk_has_the_field_and_one_more_has_the_numbers() {
    let mut frames = data(chat_frames(streamed(hello()), true)).await;
    assert_eq!(frames.pop().unwrap(), "[DONE]");
    let last = value(&frames.pop().unwrap());
    assert_eq!(last["choices"], json!([]));
    assert_eq!(
        last["usage"],
        json!({"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5})
    );
    for data in frames {
        assert_eq!(value(&data).get("usage"), Some(&Value::Null));
    }
}

#[tokio::test]
async fn a_text_stream_has_no_roles_and_its_offsets_go_on() {
    let token = |bytes: &[u8]| {
        let token = TokenProbability {
            bytes: bytes.to_vec(),
            logprob: -0.5,
        };
        TokenChoice {
            top: vec![token.clone()],
            token,
        }
    };
    let mut writer = writer();
    let mut chunks = writer.begin();
    chunks.extend(writer.content(0, "é1", &[token("é".as_bytes()), token(b"1")]));
    chunks.extend(writer.content(0, "2", &[token(b"2")]));
    chunks.extend(writer.finish(0, Finish::Stop));
    chunks.push(writer.end(Usage::new(1, 3)));
    assert_eq!(data(text_frames(streamed(chunks.clone()), false)).await.len(), 4);
    let frames = data(text_frames(streamed(chunks), true)).await;
    let [first, second, third, usage, done] = frames.as_slice() else {
        unreachable!("{frames:?}")
    };
    let first = value(first);
    assert_eq!(first["object"], "text_completion");
    assert_eq!(first["choices"][0]["text"], "é1");
    assert_eq!(first["choices"][0]["logprobs"]["text_offset"], json!([0, 1]));
    assert_eq!(first.get("usage"), Some(&Value::Null));
    assert_eq!(value(second)["choices"][0]["logprobs"]["text_offset"], json!([2]));
    assert_eq!(
        value(third)["choices"],
        json!([{"index": 0, "text": "", "logprobs": null, "finish_reason": "stop"}])
    );
    let usage: TextCompletion = serde_json::from_str(usage).unwrap();
    assert_eq!(usage.usage, Some(Some(Usage::new(1, 3))));
    assert_eq!(done, DONE);
}

#[tokio::test]
async fn a_failure_is_the_last_event_and_clients_raise_it() {
    let chunks = writer().begin().into_iter().map(Ok);
    let failing = stream::iter(chunks.chain([Err(ApiError::Timeout(9))])).boxed();
    let frames = data(chat_frames(failing, true)).await;
    assert_eq!(frames.len(), 2);
    let failure = value(&frames[1]);
    assert_eq!(failure["error"]["code"], "timeout");
    assert_eq!(failure.as_object().unwrap().len(), 1);
}
