//! The same report from here and there: a server that runs this program's own engine on the same model file, asked in vLLM's dialect. It
//! opens a context as large as a report's on this machine: in one of another size the arithmetic rounds otherwise, and a greedy text can
//! part from the other where two tokens are nearly as probable.

use std::time::Duration;

use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tripod::analysis::{Analysis, JobOptions, StageName};
use tripod::engine::{
    Cancel, Completion, Engine, EngineError, Estimate, Finish, Generate, Grammar, Language, LanguageInfo, LanguageWork,
    Message, Prompt, Role as Speaker, Workload,
};
use tripod::models::{ReportSampling, Role};
use tripod::run::{Gathered, ModelSet, Scheduler};
use tripod::stages::{ReporterModel, StageModels};

use super::World;
use crate::pipeline_fake::{job, options};
use crate::support;

/// Tokens that a report's context has room for besides its prompt and its answer: those of the summary of the news.
const SUMMARY: usize = 220;

struct One {
    request: Generate,
    completions: Vec<Completion>,
}

impl LanguageWork for One {
    fn plan(&mut self, model: &dyn LanguageInfo) -> Result<Workload, EngineError> {
        let tokens = model.count(&self.request.prompt)?;
        Ok(Workload {
            requests: vec![Estimate::one(
                tokens.map(|tokens| tokens + SUMMARY),
                self.request.max_tokens,
            )],
            together: 1,
            more_come: false,
        })
    }

    fn run(&mut self, language: &mut dyn Language) -> Result<(), EngineError> {
        self.completions = language.generate(&self.request, &mut |_| {})?;
        Ok(())
    }
}

/// Answers a request in vLLM's dialect with the demo's reporter.
fn generated(body: &Value) -> Completion {
    let messages = body["messages"].as_array().unwrap().iter();
    let messages = messages.map(|message| {
        let speaker = match message["role"].as_str().unwrap() {
            "system" => Speaker::System,
            _ => Speaker::User,
        };
        Message::new(speaker, message["content"].as_str().unwrap())
    });
    let prompt = Prompt::Chat {
        messages: messages.collect(),
        tools: Vec::new(),
        answer_prefix: String::new(),
    };
    let mut request = Generate::one(prompt, body["max_tokens"].as_u64().unwrap() as usize);
    request.sampling.temperature = body["temperature"].as_f64().unwrap() as f32;
    request.sampling.repeat_penalty = body["repetition_penalty"].as_f64().unwrap_or(1.0) as f32;
    let pattern = body.pointer("/structured_outputs/regex").and_then(Value::as_str);
    request.grammar = pattern.map(|pattern| Grammar::Pattern(pattern.to_owned()));
    let mut one = One {
        request,
        completions: Vec::new(),
    };
    let model = support::demo_ref(Role::Reporter);
    let (_, done) = support::engine().language(StageName::REPORT, &model, &Cancel::new(), &mut one, &|_| {});
    done.unwrap();
    one.completions.remove(0)
}

async fn serving() -> String {
    let answer = |Json(body): Json<Value>| async move {
        let completion = tokio::task::spawn_blocking(move || generated(&body)).await.unwrap();
        let reason = if completion.finish == Finish::Length {
            "length"
        } else {
            "stop"
        };
        Json(json!({"choices": [{"message": {"content": completion.text}, "finish_reason": reason}]}))
    };
    let models = || async { Json(json!({"data": [{"id": "m", "owned_by": "vllm"}]})) };
    let app = Router::new()
        .route("/v1/chat/completions", post(answer))
        .route("/v1/models", get(models));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    base
}

fn reported(engine: &mut dyn Engine, model: tripod::analysis::ModelRef) -> Analysis {
    let models = StageModels {
        reporter: Some(ReporterModel {
            model,
            quotes_figures: false,
            writes_prose: true,
            languages: vec!["en".into()],
            sampling: ReportSampling {
                temperature: Some(0.0),
                repeat_penalty: Some(1.0),
            },
        }),
        ..StageModels::default()
    };
    let options = JobOptions {
        stages: vec![StageName::REPORT],
        ..options()
    };
    let gathered = Gathered {
        job: job("ABC", options),
        gather_ms: 0.0,
    };
    let mut all = Scheduler::batch().drive(engine, &ModelSet::new(models), vec![gathered], &Cancel::new(), &|_| {});
    all.remove(0).unwrap()
}

#[test]
fn a_greedy_report_is_the_same_from_here_and_from_a_server_on_the_same_file() {
    let mut world = World::new();
    // The engine of a test is slow, and its servers load it anew for each request.
    world.timing.first = Duration::from_secs(300);
    let here = reported(&mut support::engine(), support::demo_ref(Role::Reporter));
    let base = world.runtime.block_on(serving());
    let (mut engine, model) = world.engine(&[&base], &[]);
    let there = reported(&mut engine, model);
    assert!(there.errors.is_empty(), "{:?}", there.errors);
    let (here, there_report) = (here.report.unwrap(), there.report.unwrap());
    assert_eq!(here.markdown, there_report.markdown);
    let used = there.arenas[0].remote.as_ref().unwrap();
    assert_eq!((used.asked_again, used.retries), (0, 0));
}
