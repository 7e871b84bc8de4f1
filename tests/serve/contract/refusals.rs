//! Refused requests: the status, and the field that the error names.

use serde_json::{Value, json};

use super::{Contract, chat, with};
use crate::harness::send;

const ANALYZE: &str = "/v1/analyze";
const CHAT: &str = "/v1/chat/completions";
const COMPLETIONS: &str = "/v1/completions";

/// Each body is refused with 400 and the error names its field.
async fn all_refused(contract: &Contract, path: &str, cases: impl IntoIterator<Item = (Value, &str)>) {
    for (body, param) in cases {
        let shown = body.to_string();
        assert_eq!(contract.refused(path, body, 400).await.0, param, "{path} {shown}");
    }
}

pub async fn a_question_out_of_range_is_refused_by_its_field(contract: &Contract) {
    let cases = [
        (json!({"horizon_days": 0}), "horizon_days"),
        (json!({"horizon_days": 91}), "horizon_days"),
        (json!({"context_days": 1}), "context_days"),
        (json!({"context_days": 5001}), "context_days"),
        (json!({"samples": 0}), "samples"),
        (json!({"samples": 257}), "samples"),
        (json!({"seed": -1}), "seed"),
        (json!({"max_headlines": 0}), "max_headlines"),
        (json!({"max_headlines": 201}), "max_headlines"),
        (json!({"store": "yes"}), "store"),
        (json!({"stages": []}), "stages"),
        (json!({"stages": ["forecast", "magic"]}), "stages[1]"),
        (json!({"as_of": "2999-01-01"}), "as_of"),
        (json!({"as_of": "1990-01-01"}), "as_of"),
        (json!({"as_of": "yesterday"}), "as_of"),
        (json!({"language": "fr"}), "language"),
        (json!({"stream": "yes"}), "stream"),
        (json!({"ticker": ""}), "ticker"),
        (json!({"ticker": "https://example.org/quote/AAPL"}), "ticker"),
        (json!({"ticker": null}), "ticker"),
        (json!({"n_gpu_layers": 5}), "n_gpu_layers"),
    ];
    let cases = cases.map(|(more, param)| (with(json!({"ticker": "AAPL"}), more), param));
    all_refused(contract, ANALYZE, cases.clone()).await;
    all_refused(contract, "/v1/forecast", cases).await;
    let other_stages = json!({"ticker": "AAPL", "stages": ["report"]});
    all_refused(contract, "/v1/forecast", [(other_stages, "stages")]).await;
    let unknown = contract
        .refused(ANALYZE, json!({"ticker": "AAPL", "horizon": 5}), 400)
        .await;
    assert_eq!(unknown, (json!("horizon"), json!("unknown_parameter")));
    let not_there = contract.refused(ANALYZE, json!({"ticker": "NVDA"}), 404).await;
    assert_eq!(not_there, (json!("ticker"), json!("ticker_not_found")));
    // Prices are fetched after the stream has begun, so the error is in its last event.
    let frames = contract
        .server
        .stream(ANALYZE, &json!({"ticker": "NVDA", "stream": true}))
        .await;
    let last = frames.last().unwrap();
    assert_eq!(last.event.as_deref(), Some("error"));
    contract.document.holds("ErrorBody", &last.json());
    assert_eq!(last.json()["error"]["code"], "ticker_not_found");
}

pub async fn prices_and_headlines_are_refused_by_their_place(contract: &Contract) {
    let day = |date: &str, more: Value| with(json!({"date": date, "close": 1.0}), more);
    let prices = |second: Value| json!({"prices": [day("2024-01-02", json!({})), second]});
    all_refused(
        contract,
        ANALYZE,
        [
            (json!({"prices": []}), "prices"),
            (prices(day("2024-01-02", json!({}))), "prices"),
            (prices(day("2024-01-03", json!({"close": -1}))), "prices[1].close"),
            (prices(day("2024-01-03", json!({"close": 1e300}))), "prices[1].close"),
            (prices(day("2024-01-03", json!({"low": 0}))), "prices[1].low"),
            (prices(day("2024-01-03", json!({"close": "1"}))), "prices[1].close"),
            (prices(day("2024-02-30", json!({}))), "prices[1].date"),
            (prices(day("2024-01-03", json!({"price": 3}))), "prices[1].price"),
            (
                json!({"ticker": "AAPL", "headlines": [{"title": " \u{0} "}]}),
                "headlines",
            ),
            (
                json!({"ticker": "AAPL", "headlines": [{"title": "x", "text": "x"}]}),
                "headlines[0].text",
            ),
        ],
    )
    .await;
    let headline = |more| with(json!({"title": "Shares rise"}), more);
    all_refused(
        contract,
        "/v1/sentiment",
        [
            (json!({}), "headlines"),
            (json!({"headlines": []}), "headlines"),
            (json!({"headlines": vec![headline(json!({})); 501]}), "headlines"),
            (
                json!({"headlines": [headline(json!({"published_at": "2999-01-01T00:00:00Z"}))]}),
                "headlines",
            ),
            (
                json!({"headlines": [headline(json!({})), headline(json!({"title": 5}))]}),
                "headlines[1].title",
            ),
            (json!({"headlines": [headline(json!({}))], "model": "x"}), "model"),
        ],
    )
    .await;
}

/// The demo's forecaster is asked with two decimals, in which these prices would all be zero.
pub async fn prices_that_the_prompt_format_cannot_write_are_refused(contract: &Contract) {
    let prices: Vec<Value> = (1..=28)
        .map(|day| {
            let close = 0.000_012_34 * (1.0 + 0.01 * f64::from(day % 5));
            json!({"date": format!("2024-02-{day:02}"), "close": close})
        })
        .collect();
    let body = json!({"prices": prices, "horizon_days": 3, "samples": 2});
    let answer = contract.server.post("/v1/forecast", &body).await;
    let error = answer.refusal(400);
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("--prompt-format scaled-v3"), "{message}");
}

pub async fn a_text_request_out_of_range_is_refused_by_its_field(contract: &Contract) {
    let shared = [
        (json!({"temperature": 2.1}), "temperature"),
        (json!({"temperature": -0.1}), "temperature"),
        (json!({"top_p": 0}), "top_p"),
        (json!({"top_p": 1.1}), "top_p"),
        (json!({"n": 0}), "n"),
        (json!({"n": 17}), "n"),
        (json!({"max_tokens": 0}), "max_tokens"),
        (json!({"presence_penalty": 2.5}), "presence_penalty"),
        (json!({"frequency_penalty": -2.5}), "frequency_penalty"),
        (json!({"logit_bias": {"1": 101}}), "logit_bias"),
        (json!({"logit_bias": {"word": 1}}), "logit_bias"),
        // The demo's reporter has 49,152 tokens.
        (json!({"logit_bias": {"49152": 1}}), "logit_bias"),
        (json!({"stream_options": {"include_usage": true}}), "stream_options"),
        (json!({"stop": ["a", "b", "c", "d", "e"]}), "stop"),
        (json!({"stop": ""}), "stop"),
        (json!({"model": ""}), "model"),
    ];
    let question = || chat("tripod-reporter", "x");
    all_refused(
        contract,
        CHAT,
        shared.clone().map(|(more, param)| (with(question(), more), param)),
    )
    .await;
    let text = || json!({"model": "tripod-reporter", "prompt": "x"});
    all_refused(
        contract,
        COMPLETIONS,
        shared.map(|(more, param)| (with(text(), more), param)),
    )
    .await;

    let tool = json!({"type": "function", "function": {"name": "f", "parameters": {}}});
    let image = json!({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://127.0.0.1/"}}]});
    let of_chat = [
        (json!({"max_completion_tokens": 0}), "max_completion_tokens"),
        (json!({"logprobs": true, "top_logprobs": 21}), "top_logprobs"),
        (json!({"top_logprobs": 1}), "top_logprobs"),
        (json!({"functions": [tool["function"]]}), "functions"),
        (json!({"tool_choice": "auto"}), "tool_choice"),
        (json!({"response_format": {"type": "xml"}}), "response_format.type"),
        (json!({"messages": []}), "messages"),
        (json!({"messages": [image]}), "messages[0].content[0].type"),
        (
            json!({"messages": [{"role": "wizard", "content": "x"}]}),
            "messages[0].role",
        ),
        (json!({"model": "tripod-forecaster"}), "model"),
    ];
    all_refused(
        contract,
        CHAT,
        of_chat.map(|(more, param)| (with(question(), more), param)),
    )
    .await;
    let of_text = [
        (json!({"prompt": ""}), "prompt"),
        (json!({"prompt": [1, 2]}), "prompt"),
        (json!({"prompt": vec!["x"; 9]}), "prompt"),
        (json!({"logprobs": 6}), "logprobs"),
        (json!({"suffix": "x"}), "suffix"),
        (json!({"best_of": 2}), "best_of"),
        (json!({"model": "tripod"}), "model"),
    ];
    all_refused(
        contract,
        COMPLETIONS,
        of_text.map(|(more, param)| (with(text(), more), param)),
    )
    .await;
}

pub async fn a_schema_too_deep_or_too_large_is_refused(contract: &Contract) {
    let with_schema = |schema: Value| {
        let format = json!({"type": "json_schema", "json_schema": {"name": "view", "schema": schema}});
        with(chat("tripod-reporter", "x"), json!({"response_format": format}))
    };
    let nested = |levels: usize| {
        (0..levels).fold(
            json!({"type": "string"}),
            |inner, _| json!({"type": "array", "items": inner}),
        )
    };
    let words: Vec<String> = (0..100_000).map(|word| word.to_string()).collect();
    for schema in [
        nested(50),
        json!({"type": "object", "properties": {"word": {"enum": words}}}),
        json!({"type": "object", "properties": {"word": {"type": "string", "pattern": "a".repeat(501)}}}),
        json!({"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}),
    ] {
        let refused = contract.refused(CHAT, with_schema(schema), 400).await.0;
        assert_eq!(refused, "response_format.json_schema.schema");
    }
    // Deeper than any parser should go. Written as text, because serde_json would not serialise it.
    let levels = 20_000;
    let schema = format!("{}1{}", "{\"items\":".repeat(levels), "}".repeat(levels));
    let body = with_schema(json!("SCHEMA")).to_string().replace("\"SCHEMA\"", &schema);
    let request = contract.server.client.post(contract.server.url(CHAT));
    let answer = send(request.header("content-type", "application/json").body(body)).await;
    assert_eq!(answer.refusal(400)["code"], "invalid_json");
}

pub async fn a_prompt_over_the_context_is_refused_before_a_stream_begins(contract: &Contract) {
    let long = "price ".repeat(10_000);
    for stream in [false, true] {
        let body = with(
            chat("tripod-reporter", &long),
            json!({"stream": stream, "max_tokens": 1}),
        );
        let refused = contract.refused(CHAT, body, 400).await;
        assert_eq!(refused, (json!("messages"), json!("context_length_exceeded")));
    }
    let body = json!({"model": "tripod-reporter", "prompt": long, "stream": true});
    let refused = contract.refused(COMPLETIONS, body, 400).await;
    assert_eq!(refused, (json!("prompt"), json!("context_length_exceeded")));
}

pub async fn what_there_is_not_is_not_found(contract: &Contract) {
    for model in ["gpt-5", "../../models/x.gguf"] {
        let refused = contract.refused(CHAT, chat(model, "x"), 404).await;
        assert_eq!(refused, (json!("model"), json!("model_not_found")));
    }
    let refused = contract
        .refused("/v1/audio/speech", json!({"model": "tripod", "input": "x"}), 404)
        .await;
    assert_eq!(refused.1, "unknown_url");
    for (path, code) in [
        ("/v1/models/gpt-5", "model_not_found"),
        ("/v1/models/..%2Fx", "model_not_found"),
        ("/v1/analyses/analysis-0", "analysis_not_found"),
        ("/nothing", "unknown_url"),
    ] {
        assert_eq!(contract.server.get(path).await.refusal(404)["code"], code);
    }
    for (query, param) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("after=x", "after"),
        ("page=2", "page"),
    ] {
        let answer = contract.server.get(&format!("/v1/analyses?{query}")).await;
        assert_eq!(answer.refusal(400)["param"], param);
    }
    let wrong_method = contract.server.get(CHAT).await;
    assert_eq!(wrong_method.refusal(405)["code"], "method_not_allowed");
    assert_eq!(wrong_method.headers["allow"], "POST");
    let request = contract
        .server
        .client
        .post(contract.server.url(CHAT))
        .header("content-type", "text/xml");
    assert_eq!(send(request).await.refusal(415)["code"], "unsupported_media_type");
}

pub async fn the_original_s_routes_answer_422(contract: &Contract) {
    let link = "https://finance.yahoo.com/quote/AAPL";
    for path in ["/analyze", "/test"] {
        for (link, days, param) in [
            (link, 0, "prediction_days"),
            (link, 91, "prediction_days"),
            ("https://example.org/quote/AAPL", 1, "yfinance_link"),
            ("", 1, "yfinance_link"),
        ] {
            let body = json!({"yfinance_link": link, "prediction_days": days});
            assert_eq!(contract.refused(path, body, 422).await.0, param);
        }
        let schema = if path == "/test" {
            "OriginalTest"
        } else {
            "OriginalAnalysis"
        };
        let body = json!({"yfinance_link": "https://finance.yahoo.com/quote/NVDA", "prediction_days": 1});
        let failed = contract.post(schema, path, body).await;
        assert_eq!(failed["status"], "Error");
        assert!(failed["error_message"].as_str().unwrap().contains("NVDA"), "{failed}");
    }
}
