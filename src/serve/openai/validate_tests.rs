//! Every parameter in its range and out of it, with the field that the refusal names.

#![allow(clippy::unwrap_used, clippy::panic)]

use serde_json::{Map, Value, json};

use super::*;
use crate::engine;

fn chat_with(extra: Value) -> Result<ValidChat, ApiError> {
    let mut body = json!({"model": "tripod-reporter", "messages": [{"role": "user", "content": "hi"}]});
    merge(&mut body, extra);
    chat(&serde_json::from_value(body).unwrap())
}

fn completion_with(extra: Value) -> Result<ValidCompletion, ApiError> {
    let mut body = json!({"model": "tripod-forecaster", "prompt": "once"});
    merge(&mut body, extra);
    completion(&serde_json::from_value(body).unwrap())
}

fn merge(body: &mut Value, extra: Value) {
    let extra: Map<String, Value> = serde_json::from_value(extra).unwrap();
    body.as_object_mut().unwrap().extend(extra);
}

/// The parameter at fault; it must be a client's error.
fn param<T: std::fmt::Debug>(result: Result<T, ApiError>) -> String {
    let error = result.unwrap_err();
    assert_eq!(error.status().as_u16(), 400);
    error.body().error.param.unwrap()
}

#[test]
fn a_plain_chat_gets_the_documented_defaults() {
    let valid = chat_with(json!({})).unwrap();
    let request = valid.text_request(Role::Reporter, 7);
    assert_eq!(
        request,
        TextRequest {
            role: Role::Reporter,
            prompt: Prompt::Chat {
                messages: vec![Message::new(engine::Role::User, "hi")],
                tools: Vec::new(),
                answer_prefix: String::new(),
            },
            sequences: 1,
            max_tokens: None,
            sampling: Sampling {
                temperature: 0.7,
                top_k: 0,
                top_p: 1.0,
                min_p: 0.05,
                repeat_penalty: 1.0,
                repeat_window: 0,
                presence_penalty: 0.0,
                frequency_penalty: 0.0,
                logit_bias: Vec::new(),
                seed: 7,
            },
            stop: Vec::new(),
            grammar: None,
            logprobs: None,
        }
    );
    assert!(!valid.stream && !valid.include_usage && valid.json_schema.is_none());
}

#[test]
fn what_a_client_chose_arrives_and_nothing_is_added_to_it() {
    let valid = chat_with(json!({
        "stream": true, "stream_options": {"include_usage": true}, "max_tokens": 5, "max_completion_tokens": 9,
        "temperature": 1.5, "n": 3, "stop": ["a", "b"], "seed": -1, "presence_penalty": -2, "frequency_penalty": 0.5,
        "logit_bias": {"7": -100, "12": 3.5}, "logprobs": true, "top_logprobs": 4,
    }))
    .unwrap();
    let request = valid.text_request(Role::Reporter, 7);
    assert!(valid.stream && valid.include_usage);
    assert_eq!(
        (request.max_tokens, request.sequences, request.logprobs),
        (Some(9), 3, Some(4))
    );
    assert_eq!(request.stop, ["a", "b"]);
    let sampling = request.sampling;
    assert_eq!((sampling.temperature, sampling.top_p, sampling.min_p), (1.5, 1.0, 0.0));
    assert_eq!((sampling.presence_penalty, sampling.frequency_penalty), (-2.0, 0.5));
    assert_eq!(sampling.seed, u64::MAX);
    let mut biases = sampling.logit_bias;
    biases.sort_by_key(|(token, _)| *token);
    assert_eq!(biases, [(7, -100.0), (12, 3.5)]);
}

#[test]
fn a_temperature_next_to_zero_is_zero() {
    let temperature = |value: f64| {
        chat_with(json!({"temperature": value}))
            .unwrap()
            .options
            .sampling
            .temperature
    };
    assert_eq!(temperature(1e-30), 0.0);
    assert_eq!(temperature(0.0), 0.0);
    assert!(temperature(0.001) > 0.0);
}

#[test]
fn every_parameter_outside_its_range_is_refused_by_name() {
    let many: Map<String, Value> = (0..301).map(|token| (token.to_string(), json!(1))).collect();
    for (field, values) in [
        (
            "max_tokens",
            vec![json!(0), json!(-1), json!(1_000_001), json!(i64::MAX)],
        ),
        ("temperature", vec![json!(-0.1), json!(2.1)]),
        ("top_p", vec![json!(0), json!(-0.5), json!(1.1)]),
        ("n", vec![json!(0), json!(-3), json!(17)]),
        ("presence_penalty", vec![json!(-2.1), json!(2.1)]),
        ("frequency_penalty", vec![json!(-2.1), json!(1e300)]),
        (
            "stop",
            vec![
                json!(""),
                json!(["a", ""]),
                json!(["1", "2", "3", "4", "5"]),
                json!("é".repeat(201)),
            ],
        ),
        (
            "logit_bias",
            vec![
                json!({"x": 1}),
                json!({"-4": 1}),
                json!({"4": 101}),
                json!({"99999999999": 1}),
                many.into(),
            ],
        ),
        ("model", vec![json!(null), json!("")]),
    ] {
        for value in values {
            assert_eq!(param(chat_with(json!({field: value}))), field, "{value}");
            assert_eq!(param(completion_with(json!({field: value}))), field, "{value}");
        }
    }
    assert_eq!(
        param(chat_with(json!({"max_completion_tokens": 0}))),
        "max_completion_tokens"
    );
    assert_eq!(param(chat_with(json!({"messages": []}))), "messages");
}

#[test]
fn the_ends_of_the_ranges_are_inside() {
    for extra in [
        json!({"temperature": 0, "top_p": 1, "n": 16, "max_tokens": 1_000_000, "presence_penalty": 2}),
        json!({"temperature": 2, "top_p": 0.001, "n": 1, "max_tokens": 1, "presence_penalty": -2}),
        json!({"stop": "é".repeat(200), "logit_bias": {"0": 100, "2147483647": -100}, "seed": i64::MIN}),
        json!({"stop": [], "logit_bias": {}}),
    ] {
        chat_with(extra.clone()).unwrap();
        completion_with(extra).unwrap();
    }
}

#[test]
fn top_logprobs_need_logprobs() {
    assert_eq!(param(chat_with(json!({"top_logprobs": 3}))), "top_logprobs");
    assert_eq!(
        param(chat_with(json!({"top_logprobs": 21, "logprobs": true}))),
        "top_logprobs"
    );
    assert_eq!(chat_with(json!({"logprobs": true})).unwrap().options.logprobs, Some(0));
    assert_eq!(chat_with(json!({"logprobs": false})).unwrap().options.logprobs, None);
}

#[test]
fn functions_sound_and_pictures_are_refused_by_name_and_their_absence_is_accepted() {
    for (field, value) in [
        ("functions", json!([{"name": "f"}])),
        ("tool_choice", json!("auto")),
        ("function_call", json!({"name": "f"})),
        ("audio", json!({"voice": "x"})),
        ("modalities", json!(["text", "audio"])),
        ("modalities", json!([])),
    ] {
        assert_eq!(param(chat_with(json!({field: value}))), field, "{value}");
    }
    chat_with(json!({"tools": [], "functions": [], "tool_choice": "none", "function_call": "none"})).unwrap();
    chat_with(json!({"tools": null, "tool_choice": null, "parallel_tool_calls": null})).unwrap();
    chat_with(json!({"modalities": ["text"], "audio": null, "parallel_tool_calls": true})).unwrap();
}

#[test]
fn tools_are_in_the_prompt_and_in_the_grammar_where_they_may_be_called() {
    let tools = json!([{"type": "function", "function": {"name": "f"}}]);
    let request = |choice: &str| {
        let valid =
            chat_with(json!({"tools": tools, "tool_choice": choice, "response_format": {"type": "json_object"}}));
        valid.unwrap().text_request(Role::Reporter, 7)
    };
    let auto = request("auto");
    assert!(matches!(auto.prompt, Prompt::Chat { tools, .. } if tools.len() == 1));
    assert!(matches!(auto.grammar, Some(Grammar::Calls(_))));
    let none = request("none");
    assert!(matches!(none.prompt, Prompt::Chat { tools, .. } if tools.is_empty()));
    assert!(matches!(none.grammar, Some(Grammar::JsonSchema(_))));
}

#[test]
fn a_response_format_becomes_a_grammar_and_a_schema_is_kept() {
    let format = |value: Value| chat_with(json!({"response_format": value}));
    assert_eq!(format(json!({"type": "text"})).unwrap().options.grammar, None);
    let any = format(json!({"type": "json_object"})).unwrap();
    assert_eq!(any.options.grammar, Some(schema::json_object()));
    let schema = json!({"type": "object", "properties": {"a": {"type": "integer"}}});
    let named = json!({"name": "x", "schema": schema, "description": "d", "strict": false});
    let valid = format(json!({"type": "json_schema", "json_schema": named})).unwrap();
    assert!(matches!(valid.options.grammar, Some(Grammar::JsonSchema(text)) if text.contains("\"a\"")));
    assert_eq!(valid.json_schema.unwrap().schema, schema);
}

#[test]
fn a_response_format_that_cannot_be_kept_is_refused_where_it_is_wrong() {
    let format = |value: Value| param(chat_with(json!({"response_format": value})));
    let named = |value: Value| format(json!({"type": "json_schema", "json_schema": value}));
    let object = json!({"type": "object"});
    assert_eq!(format(json!({"type": "grammar"})), "response_format.type");
    assert_eq!(format(json!({})), "response_format.type");
    assert_eq!(format(json!({"type": "json_schema"})), "response_format.json_schema");
    assert_eq!(named(json!({"schema": object})), "response_format.json_schema.name");
    assert_eq!(
        named(json!({"schema": object, "name": "a b"})),
        "response_format.json_schema.name"
    );
    assert_eq!(
        named(json!({"schema": object, "name": "x".repeat(65)})),
        "response_format.json_schema.name"
    );
    assert_eq!(named(json!({"name": "x"})), "response_format.json_schema.schema");
    assert_eq!(
        named(json!({"name": "x", "schema": {"type": "string"}})),
        "response_format.json_schema.schema"
    );
    let strict = json!({"name": "x", "schema": object, "strict": true});
    assert_eq!(named(strict), "response_format.json_schema.schema");
}

#[test]
fn a_plain_completion_gets_the_defaults_of_openai() {
    let valid = completion_with(json!({})).unwrap();
    let requests = valid.text_requests(Role::Forecaster, 3);
    let [request] = requests.as_slice() else {
        panic!("one request")
    };
    assert_eq!(request.prompt, Prompt::Plain("once".into()));
    assert_eq!(
        (request.max_tokens, request.sampling.temperature, request.sampling.seed),
        (Some(16), 1.0, 3)
    );
    assert!(!valid.echo);
}

#[test]
fn several_prompts_make_several_requests_with_seeds_of_their_own() {
    let valid = completion_with(json!({"prompt": ["a", "a"], "seed": -1, "echo": true})).unwrap();
    let seeds: Vec<u64> = valid
        .text_requests(Role::Forecaster, 3)
        .iter()
        .map(|request| request.sampling.seed)
        .collect();
    assert_eq!(seeds, [u64::MAX, 0]);
    assert!(valid.echo);
}

#[test]
fn prompts_that_are_no_text_are_refused() {
    for prompt in [
        json!(null),
        json!(""),
        json!([]),
        json!(["a", ""]),
        json!("a\u{0}"),
        json!([1, 2]),
        json!([[1], [2]]),
        json!(vec!["x"; 9]),
    ] {
        assert_eq!(param(completion_with(json!({"prompt": prompt}))), "prompt", "{prompt}");
    }
    let error = completion_with(json!({"prompt": [1, 2]})).unwrap_err();
    assert!(error.to_string().contains("token ids"), "{error}");
}

#[test]
fn what_a_completion_cannot_do_is_refused_by_name() {
    assert_eq!(param(completion_with(json!({"suffix": "end"}))), "suffix");
    assert_eq!(param(completion_with(json!({"best_of": 3}))), "best_of");
    assert_eq!(param(completion_with(json!({"best_of": 1, "n": 2}))), "best_of");
    assert_eq!(param(completion_with(json!({"logprobs": 6}))), "logprobs");
    assert_eq!(param(completion_with(json!({"logprobs": 0, "echo": true}))), "logprobs");
    completion_with(json!({"best_of": 2, "n": 2, "logprobs": 5, "suffix": null})).unwrap();
}
