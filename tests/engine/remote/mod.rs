//! Models on other machines, against servers on sockets of this machine that fail in every way that servers do.

mod dialects;
mod same;
mod server;

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::runtime::Runtime;
use tripod::analysis::{LedgerRow, ModelRef, RemoteUse, StageName};
use tripod::engine::{
    Cancel, Classifier, Completion, Engine, EngineError, Estimate, FakeEngine, Generate, Grammar, HttpCaller, Language,
    LanguageInfo, LanguageWork, Message, Prompt, RemoteEngine, RemoteFailure, RemoteModel, RemoteOptions, RemoteTiming,
    RequestSource, Role, Step, Workload,
};
use tripod::models::RemoteServers;

use self::server::{Act, TestServer};

/// Runs requests of which all are there from the beginning, and collects what is told of each.
struct Requests {
    waiting: Vec<Generate>,
    given: usize,
    told: Vec<String>,
    results: Vec<Option<Result<Vec<Completion>, EngineError>>>,
}

impl LanguageWork for Requests {
    fn plan(&mut self, _model: &dyn LanguageInfo) -> Result<Workload, EngineError> {
        Ok(Workload {
            requests: self
                .waiting
                .iter()
                .map(|request| Estimate::one(None, request.max_tokens))
                .collect(),
            together: self.waiting.len(),
            more_come: false,
        })
    }

    fn run(&mut self, language: &mut dyn Language) -> Result<(), EngineError> {
        language.serve(self)
    }
}

impl RequestSource for Requests {
    fn next(&mut self, _model: &dyn LanguageInfo) -> Option<(usize, Generate)> {
        let number = self.given;
        let request = self.waiting.get(number)?.clone();
        self.given += 1;
        Some((number, request))
    }

    fn watch(&mut self, number: usize, step: Step<'_>) {
        if let Step::Text { text, .. } = step {
            self.told[number].push_str(text);
        }
    }

    fn finish(&mut self, number: usize, result: Result<Vec<Completion>, EngineError>) {
        self.results[number] = Some(result);
    }
}

/// Quick servers: none of the tests waits for a real time-out.
fn timing() -> RemoteTiming {
    RemoteTiming {
        first: Duration::from_secs(5),
        silence: Duration::from_millis(300),
        patience: Duration::from_secs(5),
        rest: Duration::from_millis(50),
        ..RemoteTiming::default()
    }
}

struct World {
    runtime: Runtime,
    timing: RemoteTiming,
    allowed: Vec<String>,
}

/// A result of a run.
struct Ran {
    told: Vec<String>,
    results: Vec<Result<Vec<Completion>, EngineError>>,
    row: Option<LedgerRow>,
    done: Result<(), EngineError>,
}

impl World {
    fn new() -> Self {
        World {
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap(),
            timing: timing(),
            allowed: Vec::new(),
        }
    }

    fn server(&self, script: impl Fn(usize, &serde_json::Value) -> Act + Send + Sync + 'static) -> TestServer {
        self.runtime.block_on(TestServer::start(script))
    }

    fn engine(&self, urls: &[&str], labels: &[&str]) -> (RemoteEngine<FakeEngine>, ModelRef) {
        let far = RemoteModel {
            id: "far".into(),
            servers: RemoteServers {
                urls: urls.iter().map(|&url| url.to_owned()).collect(),
                model: "m".into(),
                key_env: None,
                at_once: None,
            },
            key: None,
            context: None,
            chats: true,
            labels: labels.iter().map(|&label| label.to_owned()).collect(),
        };
        let model = far.reference();
        let options = RemoteOptions {
            models: vec![far],
            allowed_hosts: self.allowed.clone(),
            cache: None,
            timing: self.timing,
        };
        let caller = HttpCaller::new(options, self.runtime.handle().clone());
        let fake = FakeEngine::new(|_, _| String::new(), |_| Vec::new());
        (RemoteEngine::new(fake, Arc::new(caller)), model)
    }

    fn run(&self, urls: &[&str], requests: Vec<Generate>) -> Ran {
        let (mut engine, model) = self.engine(urls, &[]);
        run(&mut engine, &model, requests)
    }
}

fn run(engine: &mut dyn Engine, model: &ModelRef, requests: Vec<Generate>) -> Ran {
    let mut work = Requests {
        given: 0,
        told: vec![String::new(); requests.len()],
        results: requests.iter().map(|_| None).collect(),
        waiting: requests,
    };
    let (row, done) = engine.language(StageName::REPORT, model, &Cancel::new(), &mut work, &|_| {});
    Ran {
        told: work.told,
        results: work.results.into_iter().flatten().collect(),
        row,
        done,
    }
}

impl Ran {
    fn text(&self, number: usize) -> &str {
        &self.results[number].as_ref().unwrap()[0].text
    }

    fn used(&self) -> &RemoteUse {
        self.row.as_ref().unwrap().remote.as_ref().unwrap()
    }

    fn failure(&self) -> (RemoteFailure, &str) {
        match self.results[0].as_ref().unwrap_err() {
            EngineError::Remote { kind, reason } => (*kind, reason),
            other => panic!("{other}"),
        }
    }
}

fn chat(text: &str) -> Generate {
    let prompt = Prompt::Chat {
        messages: vec![Message::new(Role::User, text)],
        tools: Vec::new(),
        answer_prefix: String::new(),
    };
    Generate::one(prompt, 64)
}

/// A request whose answer must be words and a full stop.
fn held() -> Generate {
    Generate {
        grammar: Some(Grammar::Pattern("[A-Z][a-z]+(?: [a-z]+)*\\.".into())),
        ..chat("How is it?")
    }
}

const GOOD: &str = "All is well.";

#[test]
fn a_text_comes_from_a_server_and_the_ledger_says_where_it_ran_and_its_tokens() {
    let world = World::new();
    let server = world.server(|_, _| Act::Say(GOOD));
    let ran = world.run(&[&server.base], vec![chat("Hello<|im_end|>")]);
    assert_eq!((ran.text(0), ran.told[0].as_str()), (GOOD, GOOD));
    let row = ran.row.as_ref().unwrap();
    assert_eq!((row.prompt_tokens, row.decoded_tokens, row.need_bytes), (11, 5, 0));
    assert_eq!(ran.used().answered, [(server.base.clone(), 1)].into());
    assert_eq!(server.seen()[0]["messages"][0]["content"], "Hello< |im_end| >");
}

#[test]
fn a_server_that_fails_breaks_off_falls_silent_or_answers_nonsense_costs_a_retry_and_nothing_else() {
    for act in [
        Act::Refuse(500, None),
        Act::BreakOff,
        Act::FallSilent,
        Act::Nonsense,
        Act::Endless,
    ] {
        let world = World::new();
        let failing = act.clone();
        let server = world.server(move |number, _| if number == 0 { failing.clone() } else { Act::Say(GOOD) });
        let ran = world.run(&[&server.base], vec![held()]);
        assert_eq!((ran.text(0), ran.told[0].as_str()), (GOOD, GOOD), "{act:?}");
        assert_eq!(ran.used().retries, 1, "{act:?}");
    }
}

#[test]
fn what_failed_at_one_server_is_asked_of_another() {
    let world = World::new();
    let bad = world.server(|_, _| Act::BreakOff);
    let good = world.server(|_, _| Act::Say(GOOD));
    let ran = world.run(&[&bad.base, &good.base], vec![held()]);
    assert_eq!(ran.text(0), GOOD);
    assert_eq!(ran.used().answered, [(good.base.clone(), 1)].into());
    assert_eq!((bad.seen().len(), good.seen().len()), (1, 1));
}

#[test]
fn a_server_that_is_gone_is_left_alone_and_the_others_do_the_work() {
    let world = World::new();
    let good = world.server(|_, _| Act::Say(GOOD));
    // Nothing listens there.
    let ran = world.run(
        &["http://127.0.0.1:9/v1", &good.base],
        (0..12).map(|_| held()).collect(),
    );
    assert!((0..12).all(|number| ran.text(number) == GOOD));
    assert_eq!(ran.used().answered.len(), 1);
}

#[test]
fn a_server_that_asks_for_a_pause_gets_it() {
    let world = World::new();
    let server = world.server(|number, _| {
        if number == 0 {
            Act::Refuse(429, Some("1"))
        } else {
            Act::Say(GOOD)
        }
    });
    let begun = std::time::Instant::now();
    let ran = world.run(&[&server.base], vec![held()]);
    assert_eq!(ran.text(0), GOOD);
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
    let long = world.server(|_, _| Act::Refuse(429, Some("3600")));
    let ran = world.run(&[&long.base], vec![held()]);
    assert_eq!(ran.failure().0, RemoteFailure::Unreachable);
}

#[test]
fn a_live_text_that_breaks_off_is_an_error_because_its_beginning_was_shown() {
    let world = World::new();
    let server = world.server(|_, _| Act::BreakOff);
    let ran = world.run(&[&server.base], vec![chat("Hello")]);
    assert_eq!(ran.told[0], "All ");
    assert_eq!(ran.failure().0, RemoteFailure::Unreachable);
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn a_server_that_never_answers_well_is_tried_four_times_and_named() {
    let world = World::new();
    let server = world.server(|_, _| Act::Refuse(500, None));
    let ran = world.run(&[&server.base], vec![held()]);
    let (kind, reason) = ran.failure();
    assert_eq!(kind, RemoteFailure::Unreachable);
    assert!(
        reason.contains("HTTP 500") && reason.contains("not now") && reason.contains("127.0.0.1"),
        "{reason}"
    );
    assert_eq!(server.seen().len(), 4);
}

#[test]
fn a_refusal_is_final() {
    let world = World::new();
    let server = world.server(|_, _| Act::Refuse(401, None));
    let ran = world.run(&[&server.base], vec![held()]);
    let (kind, reason) = ran.failure();
    assert_eq!(kind, RemoteFailure::Refused);
    assert!(reason.contains("TRIPOD_REMOTE_KEY"), "{reason}");
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn a_redirect_is_not_followed() {
    let world = World::new();
    let other = world.server(|_, _| Act::Say(GOOD));
    let to = format!("{}/chat/completions", other.base);
    let server = world.server(move |_, _| Act::Redirect(to.clone()));
    let ran = world.run(&[&server.base], vec![held()]);
    assert!(ran.failure().1.contains("redirects"), "{}", ran.failure().1);
    assert!(other.seen().is_empty());
}

#[test]
fn a_host_that_was_not_allowed_and_a_model_that_was_not_named_get_nothing() {
    let world = World::new();
    let ran = world.run(&["http://gpu.invalid:8000/v1"], vec![held()]);
    assert!(ran.done.unwrap_err().to_string().contains("--allow-remote gpu.invalid"));
    let server = world.server(|_, _| Act::Say(GOOD));
    let (mut engine, mut model) = world.engine(&[&server.base], &[]);
    model.remote.as_mut().unwrap().servers = vec!["http://127.0.0.1:1/v1".into()];
    let ran = run(&mut engine, &model, vec![held()]);
    assert!(matches!(
        ran.done,
        Err(EngineError::Remote {
            kind: RemoteFailure::NotAllowed,
            ..
        })
    ));
    assert!(server.seen().is_empty());
}

#[test]
fn an_answer_without_the_form_is_asked_for_again_at_most_twice_and_counted() {
    let world = World::new();
    let server = world.server(|number, _| Act::Say(if number == 0 { "All is 5." } else { GOOD }));
    let ran = world.run(&[&server.base], vec![held()]);
    assert_eq!((ran.text(0), ran.told[0].as_str()), (GOOD, GOOD));
    assert_eq!(ran.used().asked_again, 1);
    let again = &server.seen()[1]["messages"];
    assert_eq!(again[1], json!({"role": "assistant", "content": "All is 5."}));
    assert!(again[2]["content"].as_str().unwrap().contains("All is "), "{again}");

    let stubborn = world.server(|_, _| Act::Say("5 is all."));
    let ran = world.run(&[&stubborn.base], vec![held()]);
    let (kind, reason) = ran.failure();
    assert_eq!((kind, stubborn.seen().len()), (RemoteFailure::Formless, 3), "{reason}");
    assert_eq!(ran.used().asked_again, 2);
    assert!(ran.told[0].is_empty());
}

#[test]
fn several_continuations_are_asked_for_one_by_one_where_the_server_knows_no_n_each_with_its_seed() {
    let world = World::new();
    let server = world.server(|_, _| Act::Say(GOOD));
    let request = Generate { sequences: 3, ..held() };
    let ran = world.run(&[&server.base], vec![request]);
    assert_eq!(ran.results[0].as_ref().unwrap().len(), 3);
    let seeds: std::collections::BTreeSet<u64> = server
        .seen()
        .iter()
        .map(|body| body["seed"].as_u64().unwrap())
        .collect();
    assert_eq!(seeds.len(), 3);
}

#[test]
fn requests_spread_over_servers_as_evenly_as_those_answer() {
    let world = World::new();
    let servers: Vec<TestServer> = (0..3)
        .map(|_| world.server(|_, _| Act::Sleep(Duration::from_millis(20), GOOD)))
        .collect();
    let urls: Vec<&str> = servers.iter().map(|server| server.base.as_str()).collect();
    let ran = world.run(&urls, (0..30).map(|_| held()).collect());
    assert!((0..30).all(|number| ran.text(number) == GOOD));
    for server in &servers {
        let count = server.seen().len();
        assert!((8..=12).contains(&count), "{count} of 30");
    }
}

#[test]
fn a_request_that_waits_longer_than_usual_goes_to_a_second_server_too() {
    let world = World::new();
    let quick = world.server(|_, _| Act::Say(GOOD));
    let (mut engine, model) = {
        // The first of the two hangs once enough is known of how long an answer takes.
        let hanging = world.server(|number, _| if number < 15 { Act::Say(GOOD) } else { Act::Hang });
        world.engine(&[&hanging.base, &quick.base], &[])
    };
    let first = run(&mut engine, &model, (0..30).map(|_| held()).collect());
    assert!((0..30).all(|number| first.text(number) == GOOD));
    let ran = run(&mut engine, &model, (0..4).map(|_| held()).collect());
    assert!((0..4).all(|number| ran.text(number) == GOOD));
    let hedged = first.used().hedged + ran.used().hedged;
    assert!(hedged >= 1, "{:?}", ran.used());
}

#[test]
fn a_cancelled_request_ends_at_once_although_its_server_hangs() {
    let world = World::new();
    let server = world.server(|_, _| Act::Hang);
    let request = held();
    let cancel = request.cancel.clone();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        cancel.cancel();
    });
    let ran = world.run(&[&server.base], vec![request]);
    assert!(matches!(ran.results[0], Err(EngineError::Cancelled)));
}

#[test]
fn headlines_are_labelled_by_a_server_of_text_embeddings_inference() {
    let world = World::new();
    let row = |positive: f64| {
        json!([
            {"label": "neutral", "score": 1.0 - positive},
            {"label": "positive", "score": positive},
            {"label": "negative", "score": 0.0},
        ])
    };
    let rows = json!([row(0.9), row(0.25)]);
    let server = world.server(move |number, _| match number {
        0 => Act::Refuse(503, None),
        _ => Act::Predict(rows.clone()),
    });
    let base = server.base.trim_end_matches("/v1");
    let (mut engine, model) = world.engine(&[base], &["positive", "negative", "neutral"]);
    let mut labelled = Vec::new();
    let mut work = |classifier: &mut dyn Classifier| {
        labelled = classifier.classify(&["Shares rise", "Shares stay"])?;
        Ok(())
    };
    let (row, done) = engine.classifier(StageName::SENTIMENT, &model, &Cancel::new(), &mut work, &|_| {});
    done.unwrap();
    assert_eq!(
        labelled,
        [[0.9, 0.0, 0.1], [0.25, 0.0, 0.75]].map(|row| row.map(|value: f64| value as f32).to_vec())
    );
    assert_eq!(row.unwrap().remote.unwrap().retries, 1);
    assert_eq!(server.seen()[1]["inputs"], json!([["Shares rise"], ["Shares stay"]]));
}
