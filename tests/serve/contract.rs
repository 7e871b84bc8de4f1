//! The HTTP contract of the real binary with the demo's data and models. The same checks run with the engine in a process and
//! on a thread. Each server is started once and its analyses are shared, because each takes seconds.

mod analysis;
mod dialects;
mod document;
mod keys;
mod page;
mod pipeline;
mod refusals;
mod text;
mod tools;

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, join_all};
use serde_json::{Value, json};

use super::harness::{Frame, Server, Setup};
use document::Document;

/// The server under test, and its OpenAPI document.
struct Contract {
    server: Server,
    document: Document,
}

type Check<'a> = (&'static str, LocalBoxFuture<'a, ()>);

macro_rules! checks {
    ($contract:expr, $($module:ident::$check:ident,)*) => {
        vec![$((stringify!($check), $module::$check(&$contract).boxed_local())),*]
    };
}

#[tokio::test]
async fn the_contract_holds_with_the_engine_in_a_process() {
    let contract = Contract::start("process").await;
    // One more analysis with a report; it takes the same path through the engine as the other one.
    let test = checks![
        contract,
        pipeline::a_test_holds_the_forecast_against_the_days_it_did_not_see,
        pipeline::two_securities_are_compared_in_a_table,
    ];
    contract.hold(test).await;
}

#[tokio::test]
async fn the_contract_holds_with_the_engine_on_a_thread() {
    let contract = Contract::start("thread").await;
    contract.hold(Vec::new()).await;
}

impl Contract {
    async fn start(isolation: &'static str) -> Self {
        let server = Server::start_with(Setup {
            isolation,
            flags: [
                "--samples",
                "2",
                "--context",
                "10",
                "--forecaster",
                "smollm2-135m-instruct",
            ]
            .map(str::to_owned)
            .to_vec(),
            ..Setup::default()
        });
        let document = Document::new(server.get("/openapi.json").await.ok());
        Contract { server, document }
    }

    async fn hold(&self, more: Vec<Check<'_>>) {
        let mut failed = self.hold_in_turn().await;
        let mut side_by_side = self.side_by_side();
        side_by_side.extend(more);
        failed.extend(at_once(side_by_side).await);
        failed.extend(self.hold_at_the_end().await);
        assert_eq!(failed, Vec::<&str>::new());
    }

    /// Checks that compare texts run alone: texts decoded in one batch with others may differ in the last bit.
    async fn hold_in_turn(&self) -> Vec<&'static str> {
        let mut failed = Vec::new();
        for check in checks![
            self,
            text::the_same_seed_gives_the_same_text_whole_and_streamed,
            text::a_stop_text_is_never_shown_also_when_it_spans_tokens,
            text::an_answer_in_json_parses,
            dialects::a_response_is_what_the_chat_says,
            dialects::a_message_is_what_the_chat_says,
            dialects::ollama_says_what_the_chat_says,
            tools::a_forced_call_has_arguments_by_its_schema_whole_and_streamed,
            tools::tripod_runs_a_tool_of_its_own_and_goes_on_with_the_result,
        ] {
            failed.extend(at_once(vec![check]).await);
        }
        failed
    }

    /// Checks that may run at the same time.
    fn side_by_side(&self) -> Vec<Check<'_>> {
        checks![
            self,
            analysis::a_forecast_uses_nothing_after_its_day,
            analysis::an_analysis_is_in_the_language_that_the_request_names,
            analysis::a_forecast_of_own_prices_needs_no_ticker,
            analysis::own_headlines_take_the_place_of_the_sources,
            analysis::listed_securities_are_found_and_under_the_demo_only_its_own,
            analysis::sentiment_answers_in_the_order_given_and_survives_hostile_titles,
            text::answers_have_an_index_and_probabilities,
            text::an_answer_follows_its_schema,
            text::control_tokens_in_a_text_stay_text,
            text::completions_echo_their_prompts,
            text::a_completion_streams_what_it_says_whole,
            dialects::a_response_about_an_analysis_can_be_gone_on_from,
            dialects::a_response_is_kept_unless_its_client_says_otherwise,
            dialects::odd_bodies_are_refused_in_each_api_by_their_field,
            dialects::errors_have_the_shape_of_their_api,
            dialects::texts_of_one_meaning_have_vectors_that_are_near,
            tools::a_required_call_is_of_any_tool_and_one_where_calls_are_not_parallel,
            tools::with_auto_an_answer_is_words_or_calls_and_with_none_only_words,
            tools::a_call_cut_off_by_max_tokens_ends_with_length,
            tools::results_go_back_and_control_tokens_in_them_stay_text,
            tools::what_cannot_be_called_is_refused_by_its_field,
            tools::tripod_calls_a_tool_of_the_client_and_leaves_it_to_the_client,
            tools::tripod_refuses_with_tools_what_it_refuses_without,
            pipeline::one_run_answers_everybody_who_asks_the_same,
            pipeline::a_backtest_stands_beside_naive_forecasts,
            pipeline::the_record_counts_no_forecast_made_in_hindsight,
            pipeline::without_a_security_it_asks_back,
            page::a_history_comes_without_a_model_and_ends_on_its_day,
            page::the_settings_are_the_server_s_defaults,
            page::a_run_in_the_background_goes_on_without_a_reader_and_ends_when_it_is_let_go,
            page::a_backtest_is_kept_listed_and_deleted,
            pipeline::a_follow_up_is_answered_by_the_reporter,
            refusals::a_question_out_of_range_is_refused_by_its_field,
            refusals::prices_and_headlines_are_refused_by_their_place,
            refusals::prices_that_the_prompt_format_cannot_write_are_refused,
            refusals::a_text_request_out_of_range_is_refused_by_its_field,
            refusals::a_schema_too_deep_or_too_large_is_refused,
            refusals::a_prompt_over_the_context_is_refused_before_a_stream_begins,
            refusals::what_there_is_not_is_not_found,
            refusals::the_original_s_routes_answer_422,
            document::every_route_of_the_document_answers,
        ]
    }

    /// Checks that look at the results of the others.
    async fn hold_at_the_end(&self) -> Vec<&'static str> {
        at_once(checks![
            self,
            analysis::the_list_has_every_analysis_page_by_page,
            document::the_watching_routes_hold_to_the_document,
            document::metrics_have_labels_from_fixed_sets,
        ])
        .await
    }

    /// The successful answer of a POST, checked against a schema of the document.
    async fn post(&self, schema: &str, path: &str, body: Value) -> Value {
        let answer = self.server.post(path, &body).await.ok();
        self.document.holds(schema, &answer);
        answer
    }

    async fn get(&self, schema: &str, path: &str) -> Value {
        let answer = self.server.get(path).await.ok();
        self.document.holds(schema, &answer);
        answer
    }

    /// The error of a POST that must be refused; its `param` and `code`.
    async fn refused(&self, path: &str, body: Value, status: u16) -> (Value, Value) {
        let answer = self.server.post(path, &body).await;
        self.document.holds("ErrorBody", &answer.json());
        let error = answer.refusal(status);
        (error["param"].clone(), error["code"].clone())
    }
}

/// Runs checks concurrently and returns the names of those that failed; standard error has the reasons.
async fn at_once(checks: Vec<Check<'_>>) -> Vec<&'static str> {
    let runs = checks.into_iter().map(|(name, check)| async move {
        let begun = Instant::now();
        let ended = AssertUnwindSafe(check).catch_unwind().await;
        eprintln!("{name}: {:.1} s", begun.elapsed().as_secs_f64());
        ended.err().map(|_| name)
    });
    join_all(runs).await.into_iter().flatten().collect()
}

/// A conversation with a single message.
fn chat(model: &str, text: &str) -> Value {
    json!({"model": model, "messages": [{"role": "user", "content": text}]})
}

/// `body` with additional fields.
fn with(mut body: Value, more: Value) -> Value {
    let Value::Object(more) = more else {
        panic!("no object: {more}")
    };
    body.as_object_mut().unwrap().extend(more);
    body
}

/// The text of the first choice.
fn text(answer: &Value) -> &str {
    answer["choices"][0]["message"]["content"].as_str().unwrap()
}

fn count(usage: &Value, name: &str) -> u64 {
    usage[name].as_u64().unwrap()
}

/// Checks that the token counts add up. Returns the tokens of prompt and answer.
fn usage(answer: &Value) -> (u64, u64) {
    let [prompt, completion, total] =
        ["prompt_tokens", "completion_tokens", "total_tokens"].map(|name| count(&answer["usage"], name));
    assert_eq!(prompt + completion, total, "{answer}");
    (prompt, completion)
}

/// The chunks of a stream that ends properly.
fn chunks(frames: &[Frame]) -> Vec<Value> {
    let (last, chunks) = frames.split_last().unwrap();
    assert_eq!((last.data.as_str(), &last.event), ("[DONE]", &None));
    let chunks: Vec<Value> = chunks.iter().map(Frame::json).collect();
    for chunk in &chunks {
        for field in ["id", "created", "model", "object"] {
            assert_eq!(chunk[field], chunks[0][field], "{chunk}");
        }
    }
    chunks
}
