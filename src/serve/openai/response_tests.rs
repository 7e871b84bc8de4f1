//! Answers as JSON: what the official clients parse, and the numbers that JSON does not have.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::super::text_completion::{TextCompletion, TextLogprobs};
use super::*;

fn envelope() -> Envelope {
    Envelope {
        id: "x-1".into(),
        created: 1_700_000_000,
        model: "tripod-reporter".into(),
        system_fingerprint: Some("fp_1".into()),
    }
}

fn probability(bytes: &[u8], logprob: f32) -> TokenProbability {
    TokenProbability {
        bytes: bytes.to_vec(),
        logprob,
    }
}

fn answer(tokens: Option<Vec<TokenChoice>>) -> Answer {
    Answer {
        text: "né".into(),
        reasoning: None,
        finish: Finish::Stop,
        tokens,
        calls: Vec::new(),
    }
}

/// `n`, then `é` in two halves, the second of which could not have come.
fn tokens(top: usize) -> Vec<TokenChoice> {
    let choice = |bytes: &[u8], logprob: f32| TokenChoice {
        token: probability(bytes, logprob),
        top: vec![probability(b"n", -0.25); top],
    };
    vec![
        choice(b"n", -0.25),
        choice(&[0xC3], -1.5),
        choice(&[0xA9], f32::NEG_INFINITY),
    ]
}

fn as_json(body: &impl Serialize) -> Value {
    serde_json::from_str(&serde_json::to_string(body).unwrap()).unwrap()
}

#[test]
fn a_chat_answer_has_every_field_that_clients_read() {
    let completion = ChatCompletion::new(envelope(), vec![answer(None)], Usage::new(4, 2), None);
    assert_eq!(
        as_json(&completion),
        json!({
            "id": "x-1", "created": 1_700_000_000, "model": "tripod-reporter", "system_fingerprint": "fp_1",
            "object": "chat.completion",
            "choices": [{
                "index": 0,
                "message": {"role": "assistant", "content": "né", "refusal": null},
                "logprobs": null,
                "finish_reason": "stop",
            }],
            "usage": {"prompt_tokens": 4, "completion_tokens": 2, "total_tokens": 6},
        })
    );
}

#[test]
fn reasoning_metadata_and_probabilities_are_there_when_given() {
    let mut told = answer(Some(tokens(1)));
    told.reasoning = Some("first".into());
    told.finish = Finish::Length;
    let metadata = Metadata {
        analysis_id: "a1".into(),
    };
    let body = as_json(&ChatCompletion::new(
        envelope(),
        vec![answer(None), told],
        Usage::default(),
        Some(metadata),
    ));
    let choice = &body["choices"][1];
    assert_eq!(
        (&choice["index"], &choice["finish_reason"]),
        (&json!(1), &json!("length"))
    );
    assert_eq!(choice["message"]["reasoning_content"], "first");
    assert_eq!(body["metadata"], json!({"analysis_id": "a1"}));
    assert_eq!(choice["logprobs"]["refusal"], Value::Null);
    assert_eq!(
        choice["logprobs"]["content"][0],
        json!({
            "token": "n", "logprob": -0.25, "bytes": [110],
            "top_logprobs": [{"token": "n", "logprob": -0.25, "bytes": [110]}],
        })
    );
    assert_eq!(choice["logprobs"]["content"][1]["token"], "bytes:\\xc3");
}

#[test]
fn a_probability_that_json_does_not_have_is_sent_as_a_number() {
    for logprob in [f32::NEG_INFINITY, f32::NAN, f32::INFINITY] {
        let choice = TokenChoice {
            token: probability(b"x", logprob),
            top: vec![probability(b"y", logprob)],
        };
        let chat = as_json(&ChatLogprobs::of(std::slice::from_ref(&choice)));
        assert_eq!(chat["content"][0]["logprob"], json!(-9999.0));
        assert_eq!(chat["content"][0]["top_logprobs"][0]["logprob"], json!(-9999.0));
        let text = as_json(&TextLogprobs::of(&ChatLogprobs::of(&[choice]), 0));
        assert_eq!(text["token_logprobs"], json!([-9999.0]));
        assert_eq!(text["top_logprobs"], json!([{"y": -9999.0}]));
    }
}

#[test]
fn a_continuation_has_its_probabilities_in_lists_and_echoes_its_prompt() {
    let chat = ChatCompletion::new(envelope(), vec![answer(Some(tokens(0)))], Usage::new(1, 3), None);
    let completion = TextCompletion::of(chat, |_| "I ".into());
    let body = as_json(&completion);
    assert_eq!(body["object"], "text_completion");
    assert_eq!(body["usage"]["total_tokens"], 4);
    assert_eq!(
        body["choices"],
        json!([{
            "index": 0,
            "text": "I né",
            "logprobs": {
                "tokens": ["n", "bytes:\\xc3", "bytes:\\xa9"],
                "token_logprobs": [-0.25, -1.5, -9999.0],
                "top_logprobs": null,
                "text_offset": [0, 1, 2],
            },
            "finish_reason": "stop",
        }])
    );
}

#[test]
fn answers_read_back_as_they_were_written() {
    let chat = ChatCompletion::new(envelope(), vec![answer(Some(tokens(2)))], Usage::new(4, 2), None);
    let again: ChatCompletion = serde_json::from_str(&serde_json::to_string(&chat).unwrap()).unwrap();
    assert_eq!(again, chat);
    let chat = ChatCompletion::new(envelope(), vec![answer(None)], Usage::new(4, 2), None);
    let text = TextCompletion::of(chat, |_| String::new());
    let again: TextCompletion = serde_json::from_str(&serde_json::to_string(&text).unwrap()).unwrap();
    assert_eq!(again, text);
}
