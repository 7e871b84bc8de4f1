//! Scheduling without models: which jobs share an opening, who waits for whom, and how one job's failure or cancellation
//! affects the others. The stages run on the fake engine, and each opening is visible in its events.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::cell::RefCell;

use chrono::{Days, NaiveDate};

use super::*;
use crate::analysis::{Job, JobOptions, ModelRef, StageName};
use crate::engine::{FakeEngine, Generate, Prompt, Sampling};
use crate::formats::PromptFormat;
use crate::market::{Bar, Series, SourceKind, Ticker};
use crate::models::{ReportSampling, Role};
use crate::news::{Headline, News};
use crate::run::text_request::TextRequest;
use crate::stages::{ForecasterModel, ReporterModel, SentimentModel, StageModels};

fn model(id: &str) -> ModelRef {
    ModelRef {
        id: id.into(),
        sha256: "0".repeat(64),
        adapter: None,
        remote: None,
        trained_until: None,
    }
}

fn models() -> ModelSet {
    let models = StageModels {
        forecaster: Some(ForecasterModel {
            model: model("forecaster"),
            prompt_format: PromptFormat::SeedV1,
            zero_shot: false,
            sampling: crate::models::PathSampling::default(),
            calibration: crate::models::Calibration::default(),
            measured: Vec::new(),
        }),
        sentiment: Some(SentimentModel {
            model: model("classifier"),
            labels: ["positive", "negative", "neutral"].map(str::to_owned).to_vec(),
            languages: vec!["en".into()],
        }),
        reporter: Some(ReporterModel {
            model: model("reporter"),
            quotes_figures: false,
            writes_prose: true,
            languages: vec!["en".into()],
            sampling: ReportSampling::default(),
        }),
    };
    ModelSet::new(models)
}

fn job(id: &str, stages: &[StageName]) -> Gathered {
    let day = |number: u64| Bar {
        date: NaiveDate::from_ymd_opt(2024, 1, 2).unwrap() + Days::new(number),
        open: None,
        high: None,
        low: None,
        close: 100.0 + (number % 5) as f64,
        volume: None,
    };
    let headline = Headline {
        title: id.into(),
        source: "test".into(),
        published_at: "2024-02-01T12:00:00Z".parse().unwrap(),
        url: None,
        disguised: false,
        undated: false,
        language: None,
    };
    let series = Series {
        ticker: Ticker::parse("AAA").unwrap(),
        company: Some(format!("{id} Company")),
        currency: "USD".into(),
        exchange: None,
        bars: (0..40).map(day).collect(),
        source: SourceKind::Request,
        warnings: Vec::new(),
        events: crate::market::Events::default(),
        doubts: Vec::new(),
    };
    let job = Job {
        id: id.into(),
        series,
        news: News {
            headlines: vec![headline],
            ..News::default()
        },
        fundamentals: None,
        truth: Vec::new(),
        options: JobOptions {
            horizon: 1,
            context: 20,
            samples: Some(2),
            stages: stages.to_vec(),
            ..JobOptions::default()
        },
    };
    Gathered { job, gather_ms: 0.0 }
}

const REPORT: &str = "## Summary\n\nIt went well over here.\n\n## Market context\n\nThe market is calm now.\n\n\
    ## Risks and considerations\n\nThere are many others too.\n\n\
    ## Conclusion\n\nThat is all of it.";

/// Whether a prompt asks for a forecast.
fn is_forecast(request: &Generate) -> bool {
    matches!(&request.prompt, Prompt::Plain(text) if text.contains("DATA: ["))
}

fn answer(request: &Generate, _: usize) -> String {
    match &request.prompt {
        Prompt::Plain(_) if is_forecast(request) => " [104.00]".into(),
        Prompt::Plain(_) => "a text".into(),
        Prompt::Chat { messages, .. } if messages[1].content.contains("Write the analyst report") => REPORT.into(),
        Prompt::Chat { .. } => "The news is mixed this week (headline 1). It may turn again soon (headline 1).".into(),
    }
}

fn fake() -> FakeEngine {
    FakeEngine::new(answer, |_| vec![0.2, 0.2, 0.6])
}

fn analyse(inbox: &Inbox, jobs: impl IntoIterator<Item = Gathered>) {
    inbox.analyse(jobs.into_iter().map(|job| (job, models(), Cancel::new())));
}

/// Adds a text request that has passed its check.
fn text(inbox: &Inbox, task: &str) {
    let request = TextRequest {
        role: Role::Reporter,
        prompt: Prompt::Plain("Go on".into()),
        sequences: 1,
        max_tokens: Some(8),
        sampling: Sampling::default(),
        stop: Vec::new(),
        grammar: None,
        logprobs: None,
    };
    inbox.write(task.into(), request, model("reporter"));
    inbox.admit(inbox.next_unchecked().unwrap()).unwrap();
}

/// The scheduler's output in words: `forecast a b` for a stage and its jobs, `analysed a`, `written t`, `failed a: cancelled`.
fn work(scheduler: &Scheduler, engine: &mut dyn Engine, inbox: &Inbox, hear: &dyn Fn(&Notice)) -> Vec<String> {
    let said = RefCell::new(Vec::new());
    inbox.finish();
    scheduler.work(engine, inbox, &|notice| {
        hear(&notice);
        let words = match &notice {
            Notice::Event {
                tasks,
                event: Event::StageOpened { stage, .. },
            } => format!("{stage} {}", tasks.join(" ")).trim_end().to_owned(),
            Notice::Analysed { task, analysis } if analysis.errors.is_empty() => format!("analysed {task}"),
            Notice::Analysed { task, analysis } => format!("analysed {task} without {}", analysis.errors[0].stage),
            Notice::Written { task } => format!("written {task}"),
            Notice::Embedded { task, .. } => format!("embedded {task}"),
            Notice::Failed { task, error } => format!("failed {task}: {error}"),
            Notice::Event { .. } | Notice::Text { .. } => return,
        };
        said.borrow_mut().push(words);
    });
    said.into_inner()
}

const ALL: [StageName; 3] = [StageName::FORECAST, StageName::SENTIMENT, StageName::REPORT];

#[test]
fn vectors_that_an_engine_cannot_make_end_each_request_with_its_error() {
    let inbox = Inbox::default();
    for task in ["v", "w"] {
        inbox.embed(task.to_owned(), vec!["rises".to_owned()], model("embedder"));
    }
    let said = work(&Scheduler::batch(), &mut fake(), &inbox, &|_| {});
    let ends: Vec<bool> = said
        .iter()
        .map(|words| words.contains("cannot open embedder"))
        .collect();
    assert_eq!(ends, [true, true], "{said:?}");
}

#[test]
fn a_batch_opens_each_stage_once_and_ends_in_the_order_it_came() {
    let inbox = Inbox::default();
    analyse(&inbox, ["a", "b", "c", "d", "e", "f"].map(|id| job(id, &ALL)));
    let said = work(&Scheduler::batch(), &mut fake(), &inbox, &|_| {});
    let expected = [
        "forecast a b c d e f",
        "sentiment a b c d e f",
        "report a b c d e f",
        "analysed a",
        "analysed b",
        "analysed c",
        "analysed d",
        "analysed e",
        "analysed f",
    ];
    assert_eq!(said, expected);
}

#[test]
fn a_server_opens_a_stage_for_a_few_and_a_report_for_one() {
    let inbox = Inbox::default();
    analyse(
        &inbox,
        ["a", "b", "c", "d", "e"].map(|id| job(id, &[StageName::FORECAST, StageName::REPORT])),
    );
    let said = work(&Scheduler::fair(), &mut fake(), &inbox, &|_| {});
    let openings: Vec<&str> = said
        .iter()
        .map(String::as_str)
        .filter(|words| !words.starts_with("analysed"))
        .collect();
    assert_eq!(
        openings,
        [
            "forecast a b c d",
            "report a",
            "forecast e",
            "report b",
            "report c",
            "report d",
            "report e"
        ]
    );
    // The first analysis is delivered first and does not wait for the last.
    assert_eq!(said[2], "analysed a");
}

#[test]
fn a_text_waits_for_one_opening_at_most() {
    let inbox = Inbox::default();
    analyse(&inbox, ["a", "b", "c"].map(|id| job(id, &ALL)));
    text(&inbox, "t");
    let said = work(&Scheduler::fair(), &mut fake(), &inbox, &|_| {});
    // The second `report` opens the reporter for the text request; it belongs to no analysis.
    assert_eq!(said[..3], ["forecast a b c", "report", "written t"]);
    assert_eq!(said.iter().filter(|words| words.starts_with("analysed")).count(), 3);
}

#[test]
fn texts_that_come_without_end_do_not_keep_an_analysis_waiting() {
    let inbox = Inbox::default();
    analyse(&inbox, [job("a", &ALL)]);
    text(&inbox, "t0");
    // Each finished text adds two more, up to a hundred.
    let count = RefCell::new(1);
    let said = RefCell::new(Vec::new());
    inbox.finish();
    Scheduler::fair().work(&mut fake(), &inbox, &|notice| match notice {
        Notice::Written { .. } => {
            said.borrow_mut().push("text");
            for _ in 0..2 {
                let mut count = count.borrow_mut();
                if *count < 100 {
                    text(&inbox, &format!("t{count}"));
                    *count += 1;
                }
            }
        }
        Notice::Analysed { .. } => said.borrow_mut().push("analysis"),
        _ => {}
    });
    let said = said.into_inner();
    let before = said.iter().position(|&one| one == "analysis").unwrap();
    assert_eq!(said.len(), 101);
    assert!(before <= 24, "{before} texts were written before the analysis was done");
}

#[test]
fn jobs_of_other_models_do_not_share_an_opening() {
    let inbox = Inbox::default();
    let mut other = StageModels::clone(models().models());
    if let Some(model) = &mut other.forecaster {
        model.prompt_format = PromptFormat::StatsV2;
    }
    let other = ModelSet::new(other);
    let one = |id, models| (job(id, &[StageName::FORECAST]), models, Cancel::new());
    inbox.analyse([one("a", models()), one("b", other), one("c", models())]);
    let said = work(&Scheduler::batch(), &mut fake(), &inbox, &|_| {});
    assert_eq!(
        said,
        ["forecast a c", "analysed a", "analysed c", "forecast b", "analysed b"]
    );
}

#[test]
fn a_task_that_is_cancelled_while_it_waits_is_gone_at_once() {
    let inbox = Inbox::default();
    analyse(&inbox, ["a", "b"].map(|id| job(id, &[StageName::SENTIMENT])));
    assert!(inbox.cancel("a"), "it was taken out");
    let said = work(&Scheduler::batch(), &mut fake(), &inbox, &|_| {});
    assert_eq!(said, ["sentiment b", "analysed b"]);
    assert!(!inbox.cancel("b"), "it is over");
}

#[test]
fn a_task_that_is_cancelled_between_two_stages_runs_no_further_one() {
    let inbox = Inbox::default();
    analyse(&inbox, ["a", "b"].map(|id| job(id, &ALL)));
    let cancel_after_forecast = |notice: &Notice| {
        if let Notice::Event {
            event: Event::StageClosed { row },
            ..
        } = notice
            && row.stage == StageName::FORECAST
        {
            assert!(!inbox.cancel("a"), "it is in hand");
        }
    };
    let said = work(&Scheduler::batch(), &mut fake(), &inbox, &cancel_after_forecast);
    assert_eq!(
        said,
        [
            "forecast a b",
            "failed a: cancelled",
            "sentiment b",
            "report b",
            "analysed b"
        ]
    );
}

#[test]
fn a_task_that_is_cancelled_inside_a_stage_leaves_the_others_alone() {
    let inbox = Inbox::default();
    analyse(&inbox, ["a", "b"].map(|id| job(id, &[StageName::FORECAST])));
    let cancel_when_begun = |notice: &Notice| {
        if let Notice::Event {
            event: Event::JobStarted { job, .. },
            ..
        } = notice
            && job == "a"
        {
            inbox.cancel("a");
        }
    };
    let said = work(&Scheduler::batch(), &mut fake(), &inbox, &cancel_when_begun);
    assert_eq!(said, ["forecast a b", "failed a: cancelled", "analysed b"]);
}

#[test]
fn closing_cancels_what_is_in_hand_and_ends_the_work() {
    let inbox = Inbox::default();
    analyse(&inbox, ["a", "b"].map(|id| job(id, &ALL)));
    let close = |notice: &Notice| {
        if matches!(
            notice,
            Notice::Event {
                event: Event::StageClosed { .. },
                ..
            }
        ) {
            inbox.close();
        }
    };
    let said = work(&Scheduler::batch(), &mut fake(), &inbox, &close);
    assert_eq!(said, ["forecast a b", "failed a: cancelled", "failed b: cancelled"]);
}

#[test]
fn one_failing_job_of_many_fails_alone() {
    let inbox = Inbox::default();
    let mut short = job("b", &ALL);
    short.job.series.bars.truncate(1);
    analyse(&inbox, [job("a", &ALL), short, job("c", &ALL)]);
    let said = work(&Scheduler::batch(), &mut fake(), &inbox, &|_| {});
    assert_eq!(
        said,
        [
            "forecast a b c",
            "sentiment a b c",
            "report a b c",
            "analysed a",
            "analysed b without forecast",
            "analysed c"
        ]
    );
}

#[test]
fn a_panic_in_a_stage_fails_that_stage_of_its_jobs_and_they_go_on() {
    let inbox = Inbox::default();
    analyse(&inbox, ["a", "b"].map(|id| job(id, &ALL)));
    let panics = |request: &Generate, sequence: usize| {
        assert!(!is_forecast(request), "a bug of ours");
        answer(request, sequence)
    };
    let mut engine = FakeEngine::new(panics, |_| vec![0.2, 0.2, 0.6]);
    let results = RefCell::new(Vec::new());
    inbox.finish();
    Scheduler::batch().work(&mut engine, &inbox, &|notice| {
        if let Notice::Analysed { analysis, .. } = notice {
            results.borrow_mut().push(analysis);
        }
    });
    let results = results.into_inner();
    assert_eq!(results.len(), 2);
    for analysis in results {
        let failure = &analysis.errors[0];
        assert_eq!(
            (failure.stage, failure.kind),
            (StageName::FORECAST, FailureKind::Internal)
        );
        assert!(failure.message.contains("a bug of ours"), "{}", failure.message);
        assert!(analysis.sentiment.is_some() && analysis.report.is_some());
    }
}
