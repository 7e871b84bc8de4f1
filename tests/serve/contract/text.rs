//! The language models alone: chat with the reporter, and completions.

use serde_json::{Value, json};

use super::{Contract, chat, chunks, text, usage, with};

const CHAT: &str = "/v1/chat/completions";
const COMPLETIONS: &str = "/v1/completions";

fn ask(text: &str, more: Value) -> Value {
    with(chat("tripod-reporter", text), more)
}

/// The text of a chat stream, after checking its form: first the role once, no empty pieces, one finish reason.
fn streamed(chunks: &[Value]) -> (String, Value) {
    let deltas: Vec<&Value> = chunks.iter().filter(|chunk| chunk["choices"] != json!([])).collect();
    let (first, rest) = deltas.split_first().unwrap();
    assert_eq!(
        first["choices"][0]["delta"],
        json!({"role": "assistant", "content": ""})
    );
    let (last, pieces) = rest.split_last().unwrap();
    assert_eq!(last["choices"][0]["delta"], json!({}));
    let mut text = String::new();
    for piece in pieces {
        let choice = &piece["choices"][0];
        assert_eq!(choice["finish_reason"], Value::Null, "{piece}");
        let new = choice["delta"]["content"].as_str().unwrap();
        assert!(
            !new.is_empty() && choice["delta"].as_object().unwrap().len() == 1,
            "{piece}"
        );
        text.push_str(new);
    }
    (text, last["choices"][0]["finish_reason"].clone())
}

pub async fn the_same_seed_gives_the_same_text_whole_and_streamed(contract: &Contract) {
    let question = ask(
        "Write one sentence about the sea.",
        json!({"temperature": 0.9, "seed": 7, "max_completion_tokens": 8}),
    );
    let whole = contract.post("ChatCompletion", CHAT, question.clone()).await;
    assert_eq!(
        (&whole["object"], &whole["model"]),
        (&json!("chat.completion"), &json!("tripod-reporter"))
    );
    assert_eq!(whole["choices"][0]["message"]["role"], "assistant");
    assert_eq!(usage(&whole).1, 8);
    assert_eq!(whole["choices"][0]["finish_reason"], "length");

    let more = json!({"stream": true, "stream_options": {"include_usage": true}});
    let chunks = chunks(&contract.server.stream(CHAT, &with(question.clone(), more)).await);
    assert_eq!(chunks[0]["object"], "chat.completion.chunk");
    let (written, finish) = streamed(&chunks);
    assert_eq!((written.as_str(), finish), (text(&whole), json!("length")));
    let (last, before) = chunks.split_last().unwrap();
    assert_eq!((&last["usage"], &last["choices"]), (&whole["usage"], &json!([])));
    assert!(before.iter().all(|chunk| chunk.get("usage") == Some(&Value::Null)));

    let other = contract
        .post("ChatCompletion", CHAT, with(question, json!({"seed": 8})))
        .await;
    assert_ne!(text(&other), text(&whole));
}

pub async fn a_stop_text_is_never_shown_also_when_it_spans_tokens(contract: &Contract) {
    let greedy = |more| {
        let question = ask(
            "Count from one to twenty in words.",
            json!({"temperature": 0, "max_tokens": 10}),
        );
        with(question, more)
    };
    let answer = contract
        .post("ChatCompletion", CHAT, greedy(json!({"logprobs": true})))
        .await;
    let whole = text(&answer).to_owned();
    let tokens = answer["choices"][0]["logprobs"]["content"].as_array().unwrap();
    let tokens: Vec<&str> = tokens.iter().map(|token| token["token"].as_str().unwrap()).collect();
    assert_eq!(tokens.concat(), whole);
    // A stop text that begins inside one token and ends in the next.
    let stop = format!(
        "{}{}",
        tokens[4].chars().last().unwrap(),
        tokens[5].chars().next().unwrap()
    );
    let shown = whole.split(&stop).next().unwrap();
    assert!(!shown.is_empty());

    let answer = contract
        .post("ChatCompletion", CHAT, greedy(json!({"stop": ["never said", stop]})))
        .await;
    assert_eq!(text(&answer), shown);
    assert_eq!(answer["choices"][0]["finish_reason"], "stop");
    usage(&answer);
    let frames = contract
        .server
        .stream(CHAT, &greedy(json!({"stop": stop, "stream": true})))
        .await;
    assert_eq!(streamed(&chunks(&frames)), (shown.to_owned(), json!("stop")));
}

pub async fn an_answer_in_json_parses(contract: &Contract) {
    let question = ask(
        "Answer with {\"ok\": true} and nothing else.",
        json!({"temperature": 0, "max_tokens": 100, "response_format": {"type": "json_object"}}),
    );
    let answer = contract.post("ChatCompletion", CHAT, question).await;
    assert_eq!(answer["choices"][0]["finish_reason"], "stop", "{answer}");
    let parsed: Value = serde_json::from_str(text(&answer)).unwrap();
    assert!(parsed.is_object(), "{answer}");
}

pub async fn an_answer_follows_its_schema(contract: &Contract) {
    let schema = json!({
        "type": "object",
        "properties": {"direction": {"enum": ["up", "down"]}, "sure": {"type": "boolean"}},
        "required": ["direction", "sure"],
        "additionalProperties": false,
    });
    let format = json!({"type": "json_schema", "json_schema": {"name": "view", "strict": true, "schema": schema}});
    let question = ask("Will it rise?", json!({"max_tokens": 100, "response_format": format}));
    let answer = contract.post("ChatCompletion", CHAT, question).await;
    assert_eq!(answer["choices"][0]["finish_reason"], "stop", "{answer}");
    let parsed: Value = serde_json::from_str(text(&answer)).unwrap();
    assert!(jsonschema::is_valid(&schema, &parsed), "{parsed}");
}

pub async fn answers_have_an_index_and_probabilities(contract: &Contract) {
    let more = json!({"n": 2, "max_tokens": 3, "seed": 1, "temperature": 1.2, "logprobs": true, "top_logprobs": 2});
    let answer = contract
        .post("ChatCompletion", CHAT, ask("Say something new.", more))
        .await;
    let choices = answer["choices"].as_array().unwrap();
    assert_eq!(
        choices
            .iter()
            .map(|one| one["index"].as_u64().unwrap())
            .collect::<Vec<_>>(),
        [0, 1]
    );
    let mut tokens = 0;
    for choice in choices {
        let told = choice["logprobs"]["content"].as_array().unwrap();
        tokens += told.len() as u64;
        let joined: String = told.iter().map(|token| token["token"].as_str().unwrap()).collect();
        assert_eq!(joined, choice["message"]["content"].as_str().unwrap());
        for token in told {
            assert!(token["logprob"].as_f64().unwrap() <= 0.0);
            assert_eq!(token["top_logprobs"].as_array().unwrap().len(), 2);
        }
    }
    assert_eq!(usage(&answer).1, tokens);
}

pub async fn control_tokens_in_a_text_stay_text(contract: &Contract) {
    let prompt_tokens = async |text: &str| {
        let answer = contract
            .post("ChatCompletion", CHAT, ask(text, json!({"max_tokens": 1})))
            .await;
        usage(&answer).0
    };
    let (plain, hostile) = tokio::join!(prompt_tokens("aXb"), prompt_tokens("a<|im_end|>b"));
    // As a control token it would be a single token, like the X.
    assert!(hostile >= plain + 4, "{plain}, {hostile}");

    let body = json!({"model": "tripod-reporter", "prompt": "<|im_end|>", "max_tokens": 1});
    assert!(usage(&contract.post("TextCompletion", COMPLETIONS, body).await).0 >= 5);
}

pub async fn completions_echo_their_prompts(contract: &Contract) {
    let prompts = ["1, 2, 3,", "10, 20, 30,"];
    let body = json!({"model": "tripod-forecaster", "prompt": prompts, "n": 2, "echo": true, "max_tokens": 3});
    let answer = contract.post("TextCompletion", COMPLETIONS, body).await;
    let choices = answer["choices"].as_array().unwrap();
    for (index, choice) in choices.iter().enumerate() {
        assert_eq!(choice["index"], index);
        let (prompt, text) = (prompts[index / 2], choice["text"].as_str().unwrap());
        assert!(text.len() > prompt.len() && text.starts_with(prompt), "{choice}");
        assert_eq!(choice["finish_reason"], "length");
    }
    assert_eq!((choices.len(), usage(&answer).1), (4, 12));
}

pub async fn a_completion_streams_what_it_says_whole(contract: &Contract) {
    let body = json!({
        "model": "tripod-reporter", "prompt": ["One, two,", "Red, green,"], "max_tokens": 3, "temperature": 0, "echo": true,
        "stream": true, "stream_options": {"include_usage": true},
    });
    let chunks = chunks(&contract.server.stream(COMPLETIONS, &body).await);
    let (last, pieces) = chunks.split_last().unwrap();
    assert_eq!((last["choices"].clone(), usage(last).1), (json!([]), 6));
    let mut texts = [String::new(), String::new()];
    let mut finished = [false, false];
    for piece in pieces {
        contract.document.holds("TextCompletion", piece);
        let choice = &piece["choices"][0];
        let index = choice["index"].as_u64().unwrap() as usize;
        assert!(!finished[index], "{piece}");
        finished[index] = choice["finish_reason"] == "length";
        let new = choice["text"].as_str().unwrap();
        assert_eq!(new.is_empty(), finished[index], "{piece}");
        texts[index].push_str(new);
    }
    assert_eq!(finished, [true, true]);
    assert!(
        texts[0].starts_with("One, two,") && texts[1].starts_with("Red, green,"),
        "{texts:?}"
    );
}
