//! The other APIs over the same models: what they answer is what the chat answers, in their own form.

use serde_json::{Value, json};

use super::{Contract, chat, text, usage, with};
use crate::harness::{Frame, send};

const QUESTION: &str = "Write one sentence about the sea.";

/// The answer of the chat, with which the others are compared, and its tokens.
async fn said(contract: &Contract) -> (String, (u64, u64)) {
    let ask = with(
        chat("tripod-reporter", QUESTION),
        json!({"temperature": 0, "max_tokens": 8}),
    );
    let answer = contract.post("ChatCompletion", "/v1/chat/completions", ask).await;
    (text(&answer).to_owned(), usage(&answer))
}

fn of_type<'a>(events: &'a [Frame], kind: &'a str) -> impl Iterator<Item = Value> + 'a {
    events
        .iter()
        .filter(move |frame| frame.event.as_deref() == Some(kind))
        .map(Frame::json)
}

fn joined(events: &[Frame], kind: &str, pointer: &str) -> String {
    let texts = of_type(events, kind).filter_map(|event| event.pointer(pointer)?.as_str().map(str::to_owned));
    texts.collect()
}

pub async fn a_response_is_what_the_chat_says(contract: &Contract) {
    let (said, (prompt, written)) = said(contract).await;
    let ask = json!({"model": "tripod-reporter", "input": QUESTION, "temperature": 0, "max_output_tokens": 8});
    let whole = contract.post("ResponseObject", "/v1/responses", ask.clone()).await;
    assert_eq!(whole["output"][0]["content"][0]["text"], said);
    assert_eq!(
        (&whole["usage"]["input_tokens"], &whole["usage"]["output_tokens"]),
        (&json!(prompt), &json!(written))
    );
    assert_eq!(
        (&whole["status"], &whole["store"]),
        (&json!("incomplete"), &json!(false))
    );
    let events = contract
        .server
        .stream("/v1/responses", &with(ask, json!({"stream": true})))
        .await;
    assert_eq!(joined(&events, "response.output_text.delta", "/delta"), said);
    for (number, event) in events.iter().map(Frame::json).enumerate() {
        assert_eq!(event["sequence_number"], number);
    }
    let last = events.last().unwrap().json();
    assert_eq!(last["type"], "response.incomplete");
    contract.document.holds("ResponseObject", &last["response"]);
    assert_eq!(last["response"]["usage"], whole["usage"]);
}

pub async fn a_message_is_what_the_chat_says(contract: &Contract) {
    let (said, (prompt, written)) = said(contract).await;
    let ask = json!({
        "model": "tripod-reporter", "max_tokens": 8, "temperature": 0,
        "messages": [{"role": "user", "content": QUESTION}],
    });
    let whole = contract.post("AnthropicAnswer", "/v1/messages", ask.clone()).await;
    assert_eq!(whole["content"], json!([{"type": "text", "text": said}]));
    assert_eq!(
        whole["usage"],
        json!({"input_tokens": prompt, "output_tokens": written})
    );
    assert_eq!(whole["stop_reason"], "max_tokens");
    let events = contract
        .server
        .stream("/v1/messages", &with(ask.clone(), json!({"stream": true})))
        .await;
    assert_eq!(joined(&events, "content_block_delta", "/delta/text"), said);
    let end = of_type(&events, "message_delta").next().unwrap();
    assert_eq!(end["usage"], whole["usage"]);
    let counted = contract.post("TokenTotal", "/v1/messages/count_tokens", ask).await;
    assert_eq!(counted["input_tokens"], prompt);
}

pub async fn ollama_says_what_the_chat_says(contract: &Contract) {
    let (said, (prompt, written)) = said(contract).await;
    let ask = json!({
        "model": "tripod-reporter:latest", "messages": [{"role": "user", "content": QUESTION}],
        "options": {"temperature": 0, "num_predict": 8},
    });
    let whole = contract
        .post(
            "OllamaChatAnswer",
            "/api/chat",
            with(ask.clone(), json!({"stream": false})),
        )
        .await;
    assert_eq!(whole["message"]["content"], said);
    assert_eq!(
        (&whole["prompt_eval_count"], &whole["eval_count"], &whole["done_reason"]),
        (&json!(prompt), &json!(written), &json!("length"))
    );
    let answer = contract.server.post("/api/chat", &ask).await;
    assert_eq!(answer.headers["content-type"], "application/x-ndjson");
    let lines: Vec<Value> = answer
        .text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for line in &lines {
        contract.document.holds("OllamaChatAnswer", line);
    }
    let streamed: String = lines
        .iter()
        .filter_map(|line| line["message"]["content"].as_str())
        .collect();
    assert_eq!((streamed, &lines.last().unwrap()["done"]), (said, &json!(true)));

    let tags = contract.get("Tags", "/api/tags").await;
    assert_eq!(tags["models"].as_array().unwrap().len(), 4, "{tags}");
    let shown = contract.post("Shown", "/api/show", json!({"model": "tripod"})).await;
    assert_eq!(shown["capabilities"], json!(["completion", "tools", "thinking"]));
    contract.get("OllamaVersion", "/api/version").await;
}

pub async fn a_response_about_an_analysis_can_be_gone_on_from(contract: &Contract) {
    let ask = json!({"model": "tripod", "input": "MSFT 3 days", "stream": true});
    let events = contract.server.stream("/v1/responses", &ask).await;
    let first = events.first().unwrap().json();
    let last = events.last().unwrap().json();
    assert_eq!(last["type"], "response.completed", "{last}");
    let id = &last["response"]["id"];
    assert_eq!(first["response"]["id"], *id);
    assert!(
        events
            .iter()
            .any(|event| event.data.contains("reasoning_summary_text.delta"))
    );
    let why = json!({"model": "tripod", "input": "What is the RSI?", "previous_response_id": id});
    let answer = contract.post("ResponseObject", "/v1/responses", why).await;
    let told = answer["output"][0]["content"][0]["text"].as_str().unwrap();
    assert!(told.contains("RSI"), "{told}");
    assert_eq!(answer["previous_response_id"], *id);
    for other in ["resp_1", "", "resp_00000000000000000000000000000000"] {
        let ask = json!({"model": "tripod", "input": "Why?", "previous_response_id": other});
        let (param, _) = contract.refused("/v1/responses", ask, 400).await;
        assert_eq!(param, "previous_response_id");
    }
}

pub async fn a_response_is_kept_unless_its_client_says_otherwise(contract: &Contract) {
    let text = |response: &Value| {
        let output = response["output"].as_array().unwrap();
        let last = &output.last().unwrap()["content"][0]["text"];
        last.as_str().unwrap().to_owned()
    };
    for (store, stream) in [
        (Value::Null, false),
        (json!(true), true),
        (json!(false), false),
        (json!(false), true),
    ] {
        let is_kept = store != false;
        let ask = json!({"model": "tripod", "input": "MSFT 1 day", "store": store, "stream": stream});
        let response = if stream {
            let events = contract.server.stream("/v1/responses", &ask).await;
            events.last().unwrap().json()["response"].clone()
        } else {
            contract.post("ResponseObject", "/v1/responses", ask).await
        };
        assert_eq!(response["store"], is_kept, "{response}");
        let names_one = response["metadata"].get("analysis_id").is_some();
        assert_eq!(names_one, is_kept, "{response}");
        let said = text(&response);
        let (_, id) = said.split_once("Analysis `").expect("the answer names its analysis");
        let path = format!("/v1/analyses/{}", id.split('`').next().unwrap());
        let found = contract.server.get(&path).await.status;
        assert_eq!(found, if is_kept { 200 } else { 404 });
        let on = json!({"model": "tripod", "input": "What is the RSI?", "previous_response_id": response["id"]});
        if is_kept {
            let answer = contract.post("ResponseObject", "/v1/responses", on).await;
            assert!(text(&answer).contains("RSI"), "{answer}");
        } else {
            let (param, _) = contract.refused("/v1/responses", on, 400).await;
            assert_eq!(param, "previous_response_id");
        }
    }
}

pub async fn odd_bodies_are_refused_in_each_api_by_their_field(contract: &Contract) {
    let odd = [
        json!(3),
        json!("x"),
        json!([[]]),
        json!({"a": []}),
        json!(true),
        json!(null),
    ];
    for (path, usual, fields) in [
        (
            "/v1/responses",
            json!({"model": "tripod-reporter", "input": "x"}),
            ["input", "tools", "tool_choice", "text", "metadata"],
        ),
        (
            "/v1/messages",
            json!({"model": "tripod-reporter", "max_tokens": 1, "messages": [{"role": "user", "content": "x"}]}),
            ["messages", "tools", "tool_choice", "max_tokens", "model"],
        ),
        (
            "/api/chat",
            json!({"model": "none", "messages": [{"role": "user", "content": "x"}]}),
            ["messages", "tools", "format", "options", "model"],
        ),
        (
            "/api/generate",
            json!({"model": "none", "prompt": "x"}),
            ["prompt", "options", "format", "system", "model"],
        ),
    ] {
        for field in fields {
            for value in &odd {
                // What is accepted would be answered; this looks at refusals alone.
                let body = with(
                    usual.clone(),
                    json!({field: value, "model": if field == "model" { value.clone() } else { json!("none") }}),
                );
                let answer = contract.server.post(path, &body).await;
                assert!(matches!(answer.status, 400 | 404), "{path} {body}: {answer:?}");
                if answer.status == 400 && !value.is_null() {
                    assert!(answer.text.contains(field), "{path} {body}: {}", answer.text);
                }
            }
        }
    }
}

pub async fn errors_have_the_shape_of_their_api(contract: &Contract) {
    let server = &contract.server;
    for (path, schema, bodies) in [
        ("/v1/messages", "AnthropicError", ["{", "[]", "{}"]),
        (
            "/v1/messages/count_tokens",
            "AnthropicError",
            ["{", "3", "{\"model\": 3}"],
        ),
        ("/v1/messages/none", "AnthropicError", ["{}", "", "x"]),
        ("/api/chat", "OllamaError", ["{", "[]", "{}"]),
        ("/api/show", "OllamaError", ["{", "[]", "{}"]),
        ("/api/pull", "OllamaError", ["{}", "", "{\"model\": \"x\"}"]),
        ("/api/none/of/this", "OllamaError", ["{}", "", "x"]),
    ] {
        for body in bodies {
            let request = server
                .client
                .post(server.url(path))
                .header("content-type", "application/json");
            let answer = send(request.body(body)).await;
            assert!(answer.status >= 400, "{path}: {answer:?}");
            contract.document.holds(schema, &answer.json());
            if schema == "AnthropicError" {
                let id = answer.headers["request-id"].to_str().unwrap();
                assert_eq!(answer.json()["request_id"], id);
                assert_eq!(answer.headers["x-request-id"], id);
            }
        }
        let foreign = server
            .client
            .post(server.url(path))
            .header("origin", "https://elsewhere.example");
        let answer = send(foreign.json(&json!({}))).await;
        assert_eq!(answer.status, 403);
        contract.document.holds(schema, &answer.json());
    }
    let answer = send(server.client.delete(server.url("/api/delete"))).await;
    assert_eq!(answer.status, 501, "{answer:?}");
    let answer = send(server.client.get(server.url("/v1/messages"))).await;
    assert_eq!(answer.status, 405, "{answer:?}");
    contract.document.holds("AnthropicError", &answer.json());
}

fn coordinates(vector: &Value) -> Vec<f64> {
    vector
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one.as_f64().unwrap())
        .collect()
}

fn cosine(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

pub async fn texts_of_one_meaning_have_vectors_that_are_near(contract: &Contract) {
    let texts = json!([
        "The share price rose sharply.",
        "The stock went up a lot.",
        "A cat sleeps on the sofa."
    ]);
    let ask = json!({"model": "tripod-embedder", "input": texts});
    let answer = contract.post("EmbeddingList", "/v1/embeddings", ask.clone()).await;
    let vectors: Vec<Vec<f64>> = (0..3)
        .map(|index| coordinates(&answer["data"][index]["embedding"]))
        .collect();
    for vector in &vectors {
        assert_eq!(vector.len(), 384);
        assert!((cosine(vector, vector) - 1.0).abs() < 1e-5);
    }
    let (near, far) = (cosine(&vectors[0], &vectors[1]), cosine(&vectors[0], &vectors[2]));
    assert!(near > 0.5 && far < 0.2, "{near} {far}");
    assert!(count_of(&answer) > 15, "{answer}");

    // A text has the same vector alone and beside others.
    let alone = json!({"model": "tripod-embedder", "input": "The stock went up a lot."});
    let alone = contract.post("EmbeddingList", "/v1/embeddings", alone).await;
    assert!(cosine(&coordinates(&alone["data"][0]["embedding"]), &vectors[1]) > 0.99999);

    let ollama = contract.post("OllamaEmbeddings", "/api/embed", ask).await;
    assert!(cosine(&coordinates(&ollama["embeddings"][2]), &vectors[2]) > 0.99999);

    let long = json!({"model": "tripod-embedder", "input": ["short", "word ".repeat(300)]});
    let refused = contract.refused("/v1/embeddings", long, 400).await;
    assert_eq!(refused, (json!("input"), json!("context_length_exceeded")));
    let other = json!({"model": "tripod-reporter", "input": "x"});
    assert_eq!(contract.refused("/v1/embeddings", other, 400).await.0, "model");
    let talk = chat("tripod-embedder", "hi");
    assert_eq!(contract.refused("/v1/chat/completions", talk, 400).await.0, "model");
}

fn count_of(answer: &Value) -> u64 {
    let usage = &answer["usage"];
    assert_eq!(usage["prompt_tokens"], usage["total_tokens"]);
    usage["prompt_tokens"].as_u64().unwrap()
}
