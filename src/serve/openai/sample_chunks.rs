//! Chunks of an answer for the tests of what becomes of them in other APIs.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::chunks::ChatChunk;

/// A chunk with this delta and finish reason.
pub fn chunk(delta: Value, finish: Value) -> ChatChunk {
    serde_json::from_value(json!({
        "id": "x", "created": 1, "model": "tripod", "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}],
    }))
    .unwrap()
}

/// The last chunk, with the usage.
pub fn last() -> ChatChunk {
    serde_json::from_value(json!({
        "id": "x", "created": 1, "model": "tripod", "object": "chat.completion.chunk", "choices": [],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    }))
    .unwrap()
}
