//! The pipeline through compatible interfaces: the chat model `tripod`, and the routes of the Python original.

use serde_json::{Value, json};

use super::analysis::analysis;
use super::{Contract, chat, chunks, count, text, usage, with};

const CHAT: &str = "/v1/chat/completions";
const LINK: &str = "https://finance.yahoo.com/quote/AAPL";

/// One question asked in six ways at once: the only analysis with a report in these checks.
pub async fn one_run_answers_everybody_who_asks_the_same(contract: &Contract) {
    let schema = json!({
        "type": "object",
        "properties": {
            "ticker": {"type": "string"},
            "recommendation": {"enum": ["BUY", "HOLD", "SELL"]},
            "median": {"type": "array", "items": {"type": "number"}},
        },
        "required": ["ticker", "recommendation", "median"],
        "additionalProperties": false,
    });
    let fields = json!({"type": "json_schema", "json_schema": {"name": "view", "strict": true, "schema": schema}});
    let asked = |more| with(chat("tripod", "How will Apple do tomorrow?"), more);
    let events = json!({"ticker": "https://finance.yahoo.com/quote/AAPL/", "horizon_days": 1, "stream": true});
    let streamed = asked(json!({"stream": true, "stream_options": {"include_usage": true}}));
    let (events, streamed, whole, fields, object, original) = tokio::join!(
        contract.server.stream("/v1/analyze", &events),
        contract.server.stream(CHAT, &streamed),
        contract.post("ChatCompletion", CHAT, asked(json!({}))),
        contract.post("ChatCompletion", CHAT, asked(json!({"response_format": fields}))),
        contract.post(
            "ChatCompletion",
            CHAT,
            asked(json!({"response_format": {"type": "json_object"}}))
        ),
        contract.post(
            "OriginalAnalysis",
            "/analyze",
            json!({"yfinance_link": LINK, "prediction_days": 1, "user": "x"})
        ),
    );
    let result = analysis(contract, &events).await;
    assert_eq!(
        (&result["ticker"], &result["company"]),
        (&json!("AAPL"), &json!("Apple Inc."))
    );
    assert_eq!(
        (&result["forecast"]["samples"], &result["object"]),
        (&json!(2), &json!("analysis"))
    );
    for answer in [&whole, &fields, &object] {
        assert_eq!(answer["metadata"]["analysis_id"], result["id"]);
        assert_eq!(answer["choices"][0]["finish_reason"], "stop");
        usage(answer);
    }
    let markdown = result["report"]["markdown"].as_str().unwrap();
    let first = result["cautions"][0].as_str().unwrap();
    let (cautions, report) = text(&whole).split_once("\n\n").unwrap();
    assert!(cautions.starts_with(&format!("> **{first}**\n")), "{cautions}");
    assert!(report.starts_with(markdown.trim_end()) && report.contains("not investment advice"));
    let fields: Value = serde_json::from_str(text(&fields)).unwrap();
    assert!(jsonschema::is_valid(&schema, &fields), "{fields}");
    figures_are_looked_up(contract, &result, text(&whole)).await;
    assert_eq!(
        (&fields["median"], &fields["ticker"]),
        (&result["forecast"]["median"], &json!("AAPL"))
    );
    assert_eq!(serde_json::from_str::<Value>(text(&object)).unwrap(), result);
    a_chat_told_in_pieces(&chunks(&streamed), &whole);
    the_original_s_fields(&original, &result);
    let metrics = contract.server.get("/metrics").await.text;
    assert!(metrics.contains("\ntripod_runs_joined_total 5\n"), "{metrics}");
}

fn a_chat_told_in_pieces(chunks: &[Value], whole: &Value) {
    let (last, chunks) = chunks.split_last().unwrap();
    assert_eq!((&last["choices"], &last["usage"]), (&json!([]), &whole["usage"]));
    assert!(count(&last["usage"], "completion_tokens") > 0, "{last}");
    assert_eq!(last["metadata"], whole["metadata"]);
    let (end, chunks) = chunks.split_last().unwrap();
    assert_eq!(
        (&end["choices"][0]["finish_reason"], &end["metadata"]),
        (&json!("stop"), &whole["metadata"])
    );
    let deltas: Vec<&Value> = chunks.iter().map(|chunk| &chunk["choices"][0]["delta"]).collect();
    assert_eq!(*deltas[0], json!({"role": "assistant", "content": ""}));
    assert!(
        chunks
            .iter()
            .all(|chunk| chunk["choices"][0]["finish_reason"].is_null())
    );
    let first = |field: &str| {
        deltas
            .iter()
            .skip(1)
            .position(|delta| delta.get(field).is_some())
            .unwrap()
    };
    assert!(first("reasoning_content") < first("content"));
    let all = |field: &str| -> String { deltas.iter().filter_map(|delta| delta[field].as_str()).collect() };
    let (progress, content) = (all("reasoning_content"), all("content"));
    for told in [
        "Forecast: opening",
        "Path 2 of 2",
        "headlines read",
        "Sentiment: closed",
    ] {
        assert!(progress.contains(told), "{told}: {progress}");
    }
    let (_, tail) = text(whole).rsplit_once("\n---\n").unwrap();
    assert!(content.ends_with(tail), "{content}");
    assert!(
        content.starts_with("> **") && content.contains("## Summary"),
        "{content}"
    );
}

fn the_original_s_fields(original: &Value, result: &Value) {
    assert_eq!(
        (&original["status"], &original["error_message"]),
        (&json!("Success"), &Value::Null)
    );
    assert!(
        original["analyst_report"]
            .as_str()
            .unwrap()
            .starts_with("### Summary\n\n"),
        "{original}"
    );
    assert_eq!(original["forecast_dates"], result["forecast"]["dates"]);
    assert_eq!(original["forecast_prices"], result["forecast"]["median"]);
    let history = original["historical_data"].as_array().unwrap();
    assert!(history.len() > 1000, "{}", history.len());
    let (first, last) = (&history[0], &history[history.len() - 1]);
    assert_eq!(
        (&last["Date"], &last["Close"]),
        (&result["as_of"], &result["last_close"])
    );
    assert!(first["Date"].as_str() < last["Date"].as_str());
    for field in ["Open", "High", "Low", "Volume"] {
        assert!(last.get(field).is_some(), "{last}");
    }
}

pub async fn a_test_holds_the_forecast_against_the_days_it_did_not_see(contract: &Contract) {
    let body = json!({"yfinance_link": LINK, "prediction_days": 1});
    let answer = contract.post("OriginalTest", "/test", body).await;
    assert_eq!(
        (&answer["status"], &answer["error_message"]),
        (&json!("Success"), &Value::Null)
    );
    let figure = |name: &str| answer[name].as_f64().unwrap();
    // With one day, MAE and RMSE are equal.
    assert!(
        figure("mae") > 0.0 && (figure("mae") - figure("rmse")).abs() < 1e-9,
        "{answer}"
    );
    assert!(figure("mape") > 0.0 && figure("mape") < 100.0, "{answer}");
    assert!([0.0, 100.0].contains(&figure("directional_accuracy")), "{answer}");
    for report in ["original_analyst_report", "final_test_report"] {
        assert!(!answer[report].as_str().unwrap().trim().is_empty());
    }
}

pub async fn a_backtest_stands_beside_naive_forecasts(contract: &Contract) {
    let asked = json!({"ticker": "IBM", "horizon_days": 2, "context_days": 30, "samples": 2, "origins": 3, "as_of": "2012-06-29"});
    let frames = contract
        .server
        .stream("/v1/backtest", &with(asked.clone(), json!({"stream": true})))
        .await;
    let named = |name: &'static str| frames.iter().filter(move |frame| frame.event.as_deref() == Some(name));
    assert_eq!(named("window_scored").count(), 3);
    let last = named("window_scored").next_back().unwrap().json();
    assert_eq!(
        (&last["done"], &last["of"], &last["as_of"]),
        (&json!(3), &json!(3), &json!("2012-06-29"))
    );
    let streamed = named("result").next().unwrap().json();
    let whole = contract.post("Backtest", "/v1/backtest", asked.clone()).await;
    for field in [
        "model",
        "baselines",
        "coverage",
        "crps",
        "mase",
        "significance",
        "windows",
        "verdict",
        "chart",
    ] {
        assert_eq!(streamed[field], whole[field], "{field}");
        assert!(whole.get(field).is_some(), "{field}");
    }
    let days: Vec<&str> = whole["windows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|window| window["as_of"].as_str().unwrap())
        .collect();
    assert_eq!(days, ["2012-06-25", "2012-06-27", "2012-06-29"]);
    for baseline in ["naive", "drift", "seasonal_naive", "ar1", "volatility_cone", "ets"] {
        assert!(
            whole["baselines"][baseline]["mae"].as_f64().unwrap() > 0.0,
            "{baseline}"
        );
    }
    assert_eq!(
        (&whole["origins"], &whole["contaminated"], &whole["analysis"]),
        (&json!(3), &json!(true), &Value::Null)
    );
    for (wrong, param) in [
        (json!({"origins": 0}), "origins"),
        (json!({"origins": 500, "stride": 250}), "origins"),
        (json!({"stride": 251}), "stride"),
        (json!({"as_of": "2013-02-28"}), "as_of"),
        (json!({"horizon_days": 91}), "horizon_days"),
    ] {
        assert_eq!(
            contract
                .refused("/v1/backtest", with(asked.clone(), wrong), 400)
                .await
                .0,
            param
        );
    }
}

pub async fn the_record_counts_no_forecast_made_in_hindsight(contract: &Contract) {
    let asked = json!({"ticker": "GOOG", "horizon_days": 2, "context_days": 30, "samples": 2, "as_of": "2012-06-29", "stages": ["forecast"]});
    let made = contract.post("Analysis", "/v1/analyze", asked).await;
    let record = contract.get("Track", "/v1/track?ticker=GOOG").await;
    assert_eq!(
        (&record["scored"], &record["verdict"], &record["model"]),
        (&json!(0), &Value::Null, &Value::Null)
    );
    let listed = record["forecasts"].as_array().unwrap();
    let one = listed.iter().find(|one| one["id"] == made["id"]).unwrap();
    assert_eq!((&one["state"], &one["days"]), (&json!("hindsight"), &json!(2)));
    assert!(one["metrics"]["mae"].as_f64().unwrap() > 0.0 && one["naive"]["mae"].as_f64().unwrap() > 0.0);
}

pub async fn without_a_security_it_asks_back(contract: &Contract) {
    let answer = contract
        .post("ChatCompletion", CHAT, chat("tripod", "Hello, what can you do?"))
        .await;
    assert!(
        text(&answer).contains("AAPL") && answer.get("metadata").is_none(),
        "{answer}"
    );
    let streamed = with(chat("tripod", "Analyse Tesla"), json!({"stream": true}));
    let chunks = chunks(&contract.server.stream(CHAT, &streamed).await);
    assert!(
        chunks[1]["choices"][0]["delta"]["content"]
            .as_str()
            .unwrap()
            .contains("Tesla")
    );
    assert_eq!(chunks[2]["choices"][0]["finish_reason"], "stop");

    let parsed = with(
        chat("tripod", "Hello"),
        json!({"response_format": {"type": "json_object"}}),
    );
    assert_eq!(contract.refused(CHAT, parsed, 400).await.0, "messages");
    let several = with(chat("tripod", "AAPL"), json!({"n": 2}));
    assert_eq!(contract.refused(CHAT, several, 400).await.0, "n");
    let schema = json!({"type": "object", "properties": {"shoe_size": {"type": "integer"}}});
    let format = json!({"type": "json_schema", "json_schema": {"name": "view", "schema": schema}});
    let unknown = with(chat("tripod", "AAPL"), json!({"response_format": format}));
    assert_eq!(
        contract.refused(CHAT, unknown, 400).await.0,
        "response_format.json_schema.schema"
    );
}

/// A question for a figure of the report above it is answered from the stored analysis, without a model.
async fn figures_are_looked_up(contract: &Contract, result: &Value, answer: &str) {
    let follow_up = |question: &str| {
        json!({"model": "tripod", "messages": [
            {"role": "user", "content": "How will Apple do tomorrow?"},
            {"role": "assistant", "content": answer},
            {"role": "user", "content": question},
        ]})
    };
    let index = format!("{:.1}", result["features"]["rsi_14"].as_f64().unwrap());
    let asked = ["What was the RSI?", "Who is the boss?"]
        .map(|question| contract.post("ChatCompletion", CHAT, follow_up(question)));
    let [held, unknown] = <[Value; 2]>::try_from(futures_util::future::join_all(asked).await).unwrap();
    assert!(text(&held).contains(&index), "{held}");
    assert!(text(&unknown).contains("not in this analysis"), "{unknown}");
    assert_eq!(
        (
            held["usage"]["total_tokens"].as_u64(),
            unknown["usage"]["total_tokens"].as_u64()
        ),
        (Some(0), Some(0))
    );
}

pub async fn two_securities_are_compared_in_a_table(contract: &Contract) {
    let asked = with(chat("tripod", "Apple or IBM over two days?"), json!({"stream": true}));
    let chunks = chunks(&contract.server.stream(CHAT, &asked).await);
    let said: String = chunks
        .iter()
        .filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str())
        .collect();
    assert!(
        said.contains("(AAPL)") && said.contains("(IBM)") && said.contains("| Expected return | "),
        "{said}"
    );
}

pub async fn a_follow_up_is_answered_by_the_reporter(contract: &Contract) {
    let follow_up = |report: &str| {
        json!({"model": "tripod", "max_tokens": 3, "messages": [
            {"role": "user", "content": "AAPL over ten days"},
            {"role": "assistant", "content": report},
            {"role": "user", "content": "Why do you say so?"},
        ]})
    };
    let (short, long) = tokio::join!(
        contract.post("ChatCompletion", CHAT, follow_up("Hold.")),
        contract.post(
            "ChatCompletion",
            CHAT,
            follow_up("Hold, because the RSI of Apple is neither high nor low.")
        ),
    );
    assert_eq!((&short["model"], usage(&short).1), (&json!("tripod"), 3));
    assert!(short.get("metadata").is_none());
    // The reporter's prompt contains the earlier report.
    assert!(usage(&long).0 >= usage(&short).0 + 8, "{short} {long}");
}
