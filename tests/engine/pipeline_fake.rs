//! The stages on the fake engine: batches, failing stages, rejected paths, cancelling, and prompts that are shortened by whole
//! prices.

use std::cell::RefCell;

use chrono::NaiveDate;

use tripod::analysis::{self, Analysis, Event, FailureKind, Job, JobOptions, ModelRef, StageError, StageName};
use tripod::engine::{Cancel, Capabilities, FakeEngine, Generate, Prompt};
use tripod::formats::PromptFormat;
use tripod::market::{Bar, Series, SourceKind};
use tripod::models::{Measured, ReportSampling};
use tripod::news::{Headline, News};
use tripod::run::{Gathered, ModelSet, Scheduler};
use tripod::stages::{ForecasterModel, ReporterModel, SentimentModel, StageModels};

fn model(id: &str) -> ModelRef {
    ModelRef {
        id: id.into(),
        sha256: "0".repeat(64),
        adapter: None,
        remote: None,
        trained_until: None,
    }
}

pub(crate) fn models() -> StageModels {
    let labels = ["positive", "negative", "neutral"].map(str::to_owned).to_vec();
    StageModels {
        forecaster: Some(ForecasterModel {
            model: model("fake-forecaster"),
            prompt_format: PromptFormat::SeedV1,
            zero_shot: false,
            sampling: tripod::models::PathSampling::default(),
            calibration: tripod::models::Calibration::default(),
            measured: vec![tripod::models::Measured {
                horizon: 90,
                windows: 1_000,
                tickers: 10,
                from: "2012-01-02".parse().unwrap(),
                until: "2020-12-31".parse().unwrap(),
                error_to_naive: 1.0,
                p_value: Some(0.5),
                coverage80: 0.8,
                crps_to_cone: 1.0,
            }],
        }),
        sentiment: Some(SentimentModel {
            model: model("fake-classifier"),
            labels,
            languages: vec!["en".into()],
        }),
        reporter: Some(ReporterModel {
            model: model("fake-reporter"),
            quotes_figures: true,
            writes_prose: true,
            languages: vec!["en".into()],
            sampling: ReportSampling::default(),
        }),
    }
}

/// The same models, with the forecaster on another prompt format.
pub(crate) fn asked_in(format: PromptFormat) -> StageModels {
    let mut models = models();
    if let Some(model) = &mut models.forecaster {
        model.prompt_format = format;
    }
    models
}

fn forecast_only() -> JobOptions {
    JobOptions {
        stages: vec![StageName::FORECAST],
        ..options()
    }
}

pub(crate) fn job(ticker: &str, options: JobOptions) -> Job {
    let bars = (0..60)
        .map(|day| Bar {
            date: NaiveDate::from_ymd_opt(2024, 1, 2).unwrap() + chrono::Days::new(day),
            open: None,
            high: None,
            low: None,
            close: 100.0 + (day % 5) as f64,
            volume: None,
        })
        .collect();
    let series = Series {
        ticker: ticker.parse().unwrap(),
        company: Some(format!("{ticker} Company")),
        currency: "USD".into(),
        exchange: None,
        bars,
        source: SourceKind::Request,
        warnings: Vec::new(),
        events: tripod::market::Events::default(),
        doubts: Vec::new(),
    };
    let headline = |title: &str| Headline {
        title: title.into(),
        source: "test".into(),
        published_at: "2024-02-28T12:00:00Z".parse().unwrap(),
        url: None,
        disguised: false,
        undated: false,
        language: None,
    };
    let news = News {
        headlines: vec![headline("good one"), headline("bad one")],
        ..News::default()
    };
    Job {
        id: format!("job-{ticker}"),
        series,
        news,
        fundamentals: None,
        truth: Vec::new(),
        options,
    }
}

pub(crate) fn options() -> JobOptions {
    JobOptions {
        horizon: 3,
        context: 20,
        samples: Some(6),
        ..JobOptions::default()
    }
}

/// Follows the reporter's grammar, which allows only the figures of the facts. One of them describes the wrong thing: it was
/// the last day that rose by 1.0%.
const REPORT: &str = "## Summary\n\nIt went quite well here.\n\n## Market context\n\nThe market is calm now.\n\n\
    ## Risks and considerations\n\nOn the last day it fell 1.0%. There are a few others too.\n\n\
    ## Recommendation\n\nWait for what may come.\n\n## Conclusion\n\nThat is all of it.";

/// The report with the sections that the prompt asks for.
pub(crate) fn report(prompt: &str) -> String {
    if prompt.contains("Recommendation, Conclusion") {
        return REPORT.into();
    }
    REPORT.replace("## Recommendation\n\nWait for what may come.\n\n", "")
}

/// Sample paths around 104, the last close; `paths` maps a sequence to its text.
pub(crate) fn fake(paths: impl Fn(usize) -> String + 'static) -> FakeEngine {
    let answer = move |request: &Generate, sequence: usize| match &request.prompt {
        Prompt::Plain(_) => paths(sequence),
        Prompt::Chat { messages, .. } if messages[1].content.contains("Write the analyst report") => {
            report(&messages[1].content)
        }
        Prompt::Chat { .. } => "The news is mixed today (headline 1). It may turn again soon (headline 2).".into(),
    };
    FakeEngine::new(answer, |title| {
        if title.starts_with("good") {
            vec![0.9, 0.05, 0.05]
        } else {
            vec![0.1, 0.7, 0.2]
        }
    })
}

pub(crate) fn good_path(sequence: usize) -> String {
    format!(" [10{0}.00, 10{0}.50, 10{0}.75]", 2 + sequence % 4)
}

/// Runs a forecast in `summary-v0`. Returns the forecaster's prompts and the job.
fn with_summary(reporter: &'static str, context: usize) -> (Vec<String>, Analysis) {
    let asked = std::rc::Rc::new(RefCell::new(Vec::new()));
    let notes = std::rc::Rc::clone(&asked);
    let answer = move |request: &Generate, sequence: usize| match &request.prompt {
        Prompt::Plain(text) => {
            if sequence == 0 {
                notes.borrow_mut().push(text.clone());
            }
            good_path(sequence)
        }
        Prompt::Chat { messages, .. } => {
            notes.borrow_mut().push(messages[1].content.clone());
            reporter.into()
        }
    };
    let mut engine = FakeEngine::new(answer, |_| vec![0.0, 0.0, 1.0]);
    let job = job(
        "AAA",
        JobOptions {
            context,
            ..forecast_only()
        },
    );
    let (mut analyses, _) = run_with(&mut engine, asked_in(PromptFormat::SummaryV0), vec![job]);
    let asked = asked.borrow().clone();
    (asked, analyses.remove(0))
}

#[test]
fn a_summary_of_the_history_goes_into_the_prompt_as_one_line() {
    let (asked, analysis) = with_summary("It swung.<|im_end|>\n  Then it\trose. ", 20);
    assert_eq!(asked.len(), 2, "one chunk, one forecast");
    assert!(
        asked[0].contains("Part 1 of 1") && asked[0].contains("100.00, 101.00"),
        "{}",
        asked[0]
    );
    assert!(
        asked[1].contains("\nSUMMARY: It swung.<|im_end|> Then it rose.\nCONTEXT_DAYS: 20\n"),
        "{}",
        asked[1]
    );
    let forecast = analysis.forecast.unwrap();
    assert_eq!((forecast.prompt_format.as_str(), forecast.rejected), ("summary-v0", 0));
}

#[test]
fn a_history_that_is_not_summarised_fails_the_forecast_once_and_says_so() {
    let without_reporter = StageModels {
        reporter: None,
        ..asked_in(PromptFormat::SummaryV0)
    };
    let (analyses, _) = run_with(&mut fake(good_path), without_reporter, vec![job("AAA", options())]);
    assert_eq!(analyses[0].errors.len(), 1);
    assert!(
        analyses[0].errors[0].message.contains("was not summarised"),
        "{:?}",
        analyses[0].errors
    );
}

#[test]
fn prices_of_a_scaled_prompt_come_back_in_price_units() {
    let mut engine = fake(|_| " [505, 510, 500]".into());
    let models = asked_in(PromptFormat::ScaledV3);
    let (analyses, _) = run_with(&mut engine, models, vec![job("AAA", forecast_only())]);
    let made = analyses[0].forecast.as_ref().unwrap();
    assert_eq!(made.median, [105.04, 106.08, 104.0], "the last close is 104");
}

fn run(engine: &mut FakeEngine, jobs: Vec<Job>) -> (Vec<Analysis>, Vec<Event>) {
    run_with(engine, models(), jobs)
}

pub(crate) fn run_with(engine: &mut FakeEngine, models: StageModels, jobs: Vec<Job>) -> (Vec<Analysis>, Vec<Event>) {
    let (results, events) = drive(engine, models, jobs, &Cancel::new());
    (results.into_iter().map(Result::unwrap).collect(), events)
}

fn drive(
    engine: &mut FakeEngine,
    models: StageModels,
    jobs: Vec<Job>,
    cancel: &Cancel,
) -> (Vec<Result<Analysis, StageError>>, Vec<Event>) {
    let events = RefCell::new(Vec::new());
    let models = ModelSet::new(models);
    let batch = jobs.into_iter().map(|job| Gathered { job, gather_ms: 0.0 }).collect();
    let results = Scheduler::batch().drive(engine, &models, batch, cancel, &|event| events.borrow_mut().push(event));
    (results, events.into_inner())
}

#[test]
fn a_batch_goes_stage_by_stage_and_opens_each_model_once() {
    let (jobs, events) = run(&mut fake(good_path), vec![job("AAA", options()), job("BBB", options())]);
    let order: Vec<String> = events
        .iter()
        .filter_map(|event| match event {
            Event::StageOpened { stage, .. } => Some(format!("open {stage}")),
            Event::JobStarted { job, stage } => Some(format!("{stage} {job}")),
            Event::StageClosed { row } => Some(format!("close {}", row.stage)),
            _ => None,
        })
        .collect();
    let expected = [
        "open forecast",
        "forecast job-AAA",
        "forecast job-BBB",
        "close forecast",
        "open sentiment",
        "sentiment job-AAA",
        "sentiment job-BBB",
        "close sentiment",
        "open report",
        "report job-AAA",
        "report job-BBB",
        "close report",
    ];
    assert_eq!(order, expected);
    for job in &jobs {
        assert!(job.errors.is_empty(), "{:?}", job.errors);
        assert!(job.forecast.is_some() && job.sentiment.is_some() && job.report.is_some());
    }
}

#[test]
fn the_forecast_is_made_of_the_possible_paths_only() {
    let paths = |sequence: usize| match sequence {
        0 => " [500.00, 501.00, 502.00]".to_owned(),
        1 => " [104.00, 10.40, 104.00]".to_owned(),
        2 => " [104.00, 104.00".to_owned(),
        _ => " [104.00, 105.00, 106.00]".to_owned(),
    };
    let (jobs, _) = run(&mut fake(paths), vec![job("AAA", options())]);
    let forecast = jobs[0].forecast.as_ref().unwrap();
    assert_eq!((forecast.samples, forecast.rejected), (6, 3));
    assert_eq!(forecast.median, [104.0, 105.0, 106.0]);
    assert!(!forecast.reliable);
    assert!(
        forecast.warnings.iter().any(|warning| warning.contains("3 of 6")),
        "{:?}",
        forecast.warnings
    );
}

#[test]
fn windows_share_no_random_numbers_and_a_window_always_has_its_own() {
    let seed = |ticker: &str, days: usize, seed: u64| {
        let asked = std::rc::Rc::new(RefCell::new(Vec::new()));
        let seen = asked.clone();
        let answer = move |request: &Generate, _| {
            seen.borrow_mut().push(request.sampling.seed);
            " [104.00, 105.00, 106.00]".to_owned()
        };
        let mut engine = FakeEngine::new(answer, |_| vec![0.0, 0.0, 1.0]);
        let mut job = job(
            ticker,
            JobOptions {
                seed,
                ..forecast_only()
            },
        );
        job.series.bars.truncate(days);
        run(&mut engine, vec![job]);
        asked.borrow()[0]
    };
    let first = seed("AAA", 60, 1);
    assert_eq!(first, seed("AAA", 60, 1));
    for other in [seed("AAB", 60, 1), seed("AAA", 59, 1), seed("AAA", 60, 2)] {
        assert_ne!(first, other);
    }
}

#[test]
fn a_forecast_is_reliable_for_as_many_days_as_its_model_was_measured_over() {
    let mut measured = models();
    if let Some(model) = &mut measured.forecaster {
        model.measured = vec![Measured {
            horizon: 3,
            windows: 400,
            tickers: 4,
            from: "2008-01-02".parse().unwrap(),
            until: "2012-12-31".parse().unwrap(),
            error_to_naive: 1.001,
            p_value: Some(0.5),
            coverage80: 0.8,
            crps_to_cone: 0.99,
        }];
    }
    let forecast = |models: StageModels, horizon: usize| {
        let wanted = JobOptions {
            horizon,
            ..forecast_only()
        };
        let path = move |_| format!(" [{}]", vec!["104.00"; horizon].join(", "));
        let (jobs, _) = run_with(&mut fake(path), models, vec![job("AAA", wanted)]);
        jobs[0].forecast.clone().unwrap()
    };
    let within = forecast(measured.clone(), 3);
    assert!(within.reliable, "{:?}", within.warnings);
    let mut never = models();
    if let Some(model) = &mut never.forecaster {
        model.measured.clear();
    }
    for (models, horizon, reason) in [(measured, 4, "not over 4"), (never, 3, "never measured")] {
        let beyond = forecast(models, horizon);
        assert!(!beyond.reliable);
        assert!(
            beyond.warnings.iter().any(|warning| warning.contains(reason)),
            "{:?}",
            beyond.warnings
        );
    }
}

#[test]
fn without_a_possible_path_the_stage_fails_and_the_analysis_goes_on() {
    let (jobs, events) = run(
        &mut fake(|_| " [900.00, 900.00, 900.00]".into()),
        vec![job("AAA", options())],
    );
    assert!(jobs[0].forecast.is_none());
    assert_eq!(jobs[0].errors.len(), 1);
    assert_eq!(jobs[0].errors[0].stage, StageName::FORECAST);
    assert_eq!(jobs[0].errors[0].kind, FailureKind::NoUsablePath);
    assert!(!jobs[0].errors[0].retryable);
    assert!(
        jobs[0].errors[0].message.contains("none of the 6 sample paths"),
        "{:?}",
        jobs[0].errors
    );
    assert!(events.iter().any(|event| matches!(
        event,
        Event::StageFailed {
            stage: StageName::FORECAST,
            ..
        }
    )));
    let report = jobs[0].report.as_ref().expect("the report is written all the same");
    assert!(!report.markdown.contains("median forecast"), "{}", report.markdown);
}

#[test]
fn the_report_gets_its_leads_and_loses_the_sentence_whose_figure_the_facts_contradict() {
    let (jobs, events) = run(&mut fake(good_path), vec![job("AAA", options())]);
    let report = jobs[0].report.as_ref().unwrap();
    assert!(
        report.markdown.contains("AAA Company closed at $104.00 on 2024-03-01."),
        "{}",
        report.markdown
    );
    assert!(!report.markdown.contains("fell"), "{}", report.markdown);
    assert!(report.markdown.contains("There are a few others too."));
    assert_eq!(report.grounding.unsupported, ["1.0%"]);
    assert_eq!(report.grounding.repaired, 1);
    let streamed: String = events
        .iter()
        .filter_map(|event| match event {
            Event::Text {
                part: analysis::TextPart::Report,
                text,
                ..
            } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert!(
        streamed.contains("closed at $104.00"),
        "the stream shows the leads too: {streamed}"
    );
}

#[test]
fn a_report_is_shown_sentence_by_sentence_and_no_part_of_a_struck_one() {
    let (_, events) = run(&mut fake(good_path), vec![job("AAA", options())]);
    let shown: String = events
        .iter()
        .filter_map(|event| match event {
            Event::Text { part, text, .. } if *part == analysis::TextPart::Report => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert!(!shown.contains("fell"), "{shown}");
    assert!(shown.contains("There are a few others too."), "{shown}");
    let cautions = events.iter().position(|event| matches!(event, Event::Cautions { .. }));
    let text = events.iter().position(|event| matches!(event, Event::Text { .. }));
    assert!(cautions.unwrap() < text.unwrap());
}

#[test]
fn a_section_that_lost_its_sentence_is_written_once_more_from_what_is_known() {
    let again = "## Risks and considerations\n\nBy its relative strength the stock is neither overbought nor oversold.";
    let told = |answer: &'static str| {
        let mut engine = FakeEngine::new(
            move |request, sequence| match &request.prompt {
                Prompt::Plain(_) => good_path(sequence),
                Prompt::Chat { messages, .. } => match messages[1].content.as_str() {
                    prompt if prompt.contains("Write again") => answer.to_owned(),
                    prompt if prompt.contains("Write the analyst report") => report(prompt),
                    _ => "Things look good for it (headline 1). Some things look bad here (headline 2).".into(),
                },
            },
            |_| vec![0.1, 0.1, 0.8],
        );
        let (mut jobs, _) = run(&mut engine, vec![job("AAA", options())]);
        jobs.remove(0).report.unwrap()
    };
    let report = told(again);
    assert!(
        report
            .markdown
            .contains("few others too. By its relative strength the stock is neither overbought nor oversold."),
        "{}",
        report.markdown
    );
    assert_eq!((report.grounding.struck, report.grounding.rewritten), (1, 1));
    let (struck, published): (Vec<_>, Vec<_>) = report.grounding.claims.iter().partition(|claim| claim.struck);
    assert!(struck.iter().any(|claim| claim.text == "1.0%"), "{struck:?}");
    assert!(
        published
            .iter()
            .all(|claim| claim.verdict == tripod::grounding::Verdict::Supported)
    );
    assert!(
        published
            .iter()
            .any(|claim| claim.by == tripod::grounding::Author::Code)
    );
    assert!(report.facts.iter().any(|fact| fact.id == "last_close"));

    let unfinished = told("## Risks and considerations\n\nBy its");
    assert!(!unfinished.markdown.contains("By its"), "{}", unfinished.markdown);
    assert_eq!((unfinished.grounding.struck, unfinished.grounding.rewritten), (1, 0));
}

/// Every prompt of one analysis, in order.
fn prompts(quotes_figures: bool) -> Vec<String> {
    let seen = std::rc::Rc::new(RefCell::new(Vec::new()));
    let log = std::rc::Rc::clone(&seen);
    let mut engine = FakeEngine::new(
        move |request, sequence| match &request.prompt {
            Prompt::Plain(text) => {
                if sequence == 0 {
                    log.borrow_mut().push(text.clone());
                }
                good_path(sequence)
            }
            Prompt::Chat { messages, .. } => {
                let turns = messages
                    .iter()
                    .map(|turn| format!("{}:\n{}", turn.role.name(), turn.content));
                log.borrow_mut().push(turns.collect::<Vec<_>>().join("\n\n"));
                if messages[1].content.contains("Write the analyst report") {
                    report(&messages[1].content)
                } else {
                    "The news is mixed today (headline 1). It may turn again soon (headline 2).".into()
                }
            }
        },
        |title| {
            if title.starts_with("good") {
                vec![0.9, 0.05, 0.05]
            } else {
                vec![0.1, 0.7, 0.2]
            }
        },
    );
    let mut models = models();
    if let Some(reporter) = &mut models.reporter {
        reporter.quotes_figures = quotes_figures;
    }
    run_with(&mut engine, models, vec![job("AAA", options())]);
    seen.take()
}

#[test]
fn the_whole_prompts_of_an_analysis_for_a_reporter_that_quotes_figures() {
    insta::assert_snapshot!(prompts(true).join("\n\n=====\n\n"));
}

#[test]
fn the_whole_report_prompt_for_a_reporter_that_does_not_holds_no_figure() {
    let report = prompts(false).pop().unwrap();
    let digits: Vec<&str> = report
        .lines()
        .filter(|line| !line.starts_with("What the news says: ") && line.contains(|c: char| c.is_ascii_digit()))
        .collect();
    assert!(digits.is_empty(), "{digits:?}");
    insta::assert_snapshot!(report);
}

#[test]
fn labels_follow_the_manifests_columns_and_the_net_score_their_probabilities() {
    let (jobs, _) = run(&mut fake(good_path), vec![job("AAA", options())]);
    let sentiment = jobs[0].sentiment.as_ref().unwrap();
    let counts = sentiment.counts;
    assert_eq!((counts.positive, counts.negative, counts.neutral), (1, 1, 0));
    assert!((sentiment.net_score - ((0.9 - 0.05) + (0.1 - 0.7)) / 2.0).abs() < 1e-6);
    assert_eq!(
        sentiment.summary.as_deref(),
        Some("The news is mixed today (headline 1). It may turn again soon (headline 2).")
    );
}

#[test]
fn a_headline_in_a_language_that_the_classifier_does_not_read_counts_nowhere_and_is_told() {
    let mut mixed = job("AAA", options());
    mixed.news.headlines[0].language = Some("de".into());
    mixed.news.headlines[1].language = Some("en".into());
    let mut third = mixed.news.headlines[1].clone();
    third.title = "another bad one".into();
    mixed.news.headlines.push(third);
    mixed.news.answered = vec!["Yahoo news".into()];
    let (jobs, _) = run(&mut fake(good_path), vec![mixed]);
    let sentiment = jobs[0].sentiment.as_ref().unwrap();
    let counts = sentiment.counts;
    assert_eq!((counts.positive, counts.negative, counts.neutral), (0, 2, 0));
    assert!((sentiment.net_score - (0.1 - 0.7)).abs() < 1e-6);
    assert_eq!(
        (sentiment.headlines.len(), sentiment.headlines[0].title.as_str()),
        (2, "bad one")
    );
    let unread = &sentiment.unread[0];
    assert_eq!(
        (unread.number, unread.title.as_str(), unread.language.as_str()),
        (1, "good one", "de")
    );
    assert_eq!(sentiment.answered, ["Yahoo news"]);
    let told = "1 headline is in a language that fake-classifier does not read (de) and left out of the score";
    assert!(
        jobs[0].warnings.iter().any(|warning| warning == told),
        "{:?}",
        jobs[0].warnings
    );
    // The facts count what was read.
    let facts = &jobs[0].report.as_ref().unwrap().facts;
    assert!(
        !facts.is_empty() && !facts.iter().any(|fact| fact.id == "headlines" && fact.number != 2.0),
        "{facts:?}"
    );
}

#[test]
fn headlines_that_nobody_reads_open_no_classifier_and_are_a_caution() {
    let mut foreign = job("AAA", options());
    for headline in &mut foreign.news.headlines {
        headline.language = Some("ja".into());
    }
    let (jobs, events) = run(&mut fake(good_path), vec![foreign]);
    let sentiment = jobs[0].sentiment.as_ref().unwrap();
    assert_eq!((sentiment.headlines.len(), sentiment.unread.len()), (0, 2));
    assert!(
        jobs[0]
            .cautions
            .iter()
            .any(|caution| caution.starts_with("No headline is in a language")),
        "{:?}",
        jobs[0].cautions
    );
    let report = &jobs[0].report.as_ref().unwrap().markdown;
    assert!(!report.contains("No headlines were found"), "{report}");
    assert!(!events.iter().any(|event| matches!(
        event,
        Event::StageOpened {
            stage: StageName::SENTIMENT,
            ..
        }
    )));
}

#[test]
fn a_context_that_does_not_fit_is_shortened_on_whole_prices_and_says_so() {
    let seen = std::rc::Rc::new(RefCell::new(String::new()));
    let prompt = std::rc::Rc::clone(&seen);
    let mut engine = FakeEngine::new(
        move |request, _| {
            if let Prompt::Plain(text) = &request.prompt {
                prompt.borrow_mut().clone_from(text);
            }
            " [104.00, 105.00, 106.00]".into()
        },
        |_| vec![0.0, 0.0, 1.0],
    )
    .with_context_length(330);
    let wanted = JobOptions {
        context: 60,
        stages: vec![StageName::FORECAST],
        ..options()
    };
    let (jobs, _) = run(&mut engine, vec![job("AAA", wanted)]);
    let forecast = jobs[0]
        .forecast
        .as_ref()
        .unwrap_or_else(|| panic!("{:?}", jobs[0].errors));
    let warning = forecast
        .warnings
        .iter()
        .find(|warning| warning.contains("of the 60 closes"))
        .expect("a warning");
    let prompt = seen.borrow();
    let data = prompt
        .split("DATA: [")
        .nth(1)
        .and_then(|rest| rest.split(']').next())
        .expect("the data");
    let prices: Vec<f64> = data
        .split(", ")
        .map(|price| price.parse().expect("a whole price"))
        .collect();
    assert!(prices.len() < 60 && prices.len() > 5, "{} prices", prices.len());
    assert_eq!(prices.last(), Some(&104.0));
    assert!(warning.contains(&format!("holds {} of", prices.len())), "{warning}");
    assert!(prompt.contains(&format!("CONTEXT_DAYS: {}", prices.len())));
}

#[test]
fn a_prompt_that_cannot_be_made_to_fit_is_a_typed_error_before_anything_is_opened() {
    let mut engine = fake(good_path).with_context_length(120);
    let wanted = JobOptions {
        stages: vec![StageName::FORECAST],
        ..options()
    };
    let (jobs, events) = run(&mut engine, vec![job("AAA", wanted)]);
    assert_eq!(jobs[0].errors[0].kind, FailureKind::DoesNotFit);
    assert!(
        jobs[0].errors[0].message.contains("maximum context length is 120"),
        "{:?}",
        jobs[0].errors
    );
    assert!(!events.iter().any(|event| matches!(event, Event::StageOpened { .. })));
}

#[test]
fn a_cancelled_batch_opens_nothing_and_says_so() {
    let cancel = Cancel::new();
    cancel.cancel();
    let (results, events) = drive(&mut fake(good_path), models(), vec![job("AAA", options())], &cancel);
    assert_eq!(results[0].as_ref().unwrap_err().kind, FailureKind::Cancelled);
    assert!(events.is_empty(), "{events:?}");
}

#[test]
fn a_panic_in_a_stage_is_that_stages_failure_and_the_next_stage_runs() {
    let mut engine = FakeEngine::new(
        |request, _| match &request.prompt {
            Prompt::Plain(_) => panic!("a bug of ours"),
            Prompt::Chat { messages, .. } if messages[1].content.contains("Write the analyst report") => {
                report(&messages[1].content)
            }
            Prompt::Chat { .. } => "The news is mixed today (headline 1). It may turn again soon (headline 2).".into(),
        },
        |_| vec![0.0, 0.0, 1.0],
    );
    let (jobs, _) = run(&mut engine, vec![job("AAA", options())]);
    assert!(
        jobs[0].errors[0].message.contains("a bug of ours"),
        "{:?}",
        jobs[0].errors
    );
    assert!(jobs[0].sentiment.is_some() && jobs[0].report.is_some());
}

#[test]
fn no_headlines_are_no_error_and_open_no_classifier() {
    let mut quiet = job("AAA", options());
    quiet.news.headlines.clear();
    let (jobs, events) = run(&mut fake(good_path), vec![quiet]);
    let sentiment = jobs[0].sentiment.as_ref().unwrap();
    assert!(sentiment.headlines.is_empty() && sentiment.summary.is_none());
    assert!(!events.iter().any(|event| matches!(
        event,
        Event::StageOpened {
            stage: StageName::SENTIMENT,
            ..
        }
    )));
    assert!(jobs[0].report.is_some());
}

#[test]
fn a_stage_refuses_a_backend_that_lacks_what_it_needs_before_anything_is_opened() {
    let without = |change: fn(&mut Capabilities)| {
        let mut engine = fake(good_path).without(change);
        let (jobs, events) = run(&mut engine, vec![job("AAA", options())]);
        let opened = events.iter().filter_map(|event| match event {
            Event::StageOpened { stage, .. } => Some(*stage),
            _ => None,
        });
        let failures: Vec<(StageName, String)> = jobs[0]
            .errors
            .iter()
            .map(|failure| (failure.stage, failure.message.clone()))
            .collect();
        (opened.collect::<Vec<_>>(), failures)
    };
    let (opened, failures) = without(|capabilities| capabilities.regex = false);
    assert_eq!(opened, [StageName::SENTIMENT]);
    assert_eq!(
        failures.iter().map(|failure| failure.0).collect::<Vec<_>>(),
        [StageName::FORECAST, StageName::REPORT]
    );
    for (_, message) in failures {
        assert!(
            message.contains("cannot hold an answer to a regular expression"),
            "{message}"
        );
    }
    let (opened, failures) = without(|capabilities| capabilities.sequences = false);
    assert_eq!(
        opened,
        [StageName::SENTIMENT, StageName::REPORT],
        "a report is one text"
    );
    assert!(
        failures[0].1.contains("cannot sample several continuations"),
        "{failures:?}"
    );
}

#[test]
fn a_backend_that_counts_no_tokens_and_knows_no_context_length_makes_a_whole_analysis() {
    let mut engine = fake(good_path).without(|capabilities| {
        capabilities.tokenizes = false;
        capabilities.context_length = None;
    });
    let (jobs, _) = run(&mut engine, vec![job("AAA", options())]);
    assert!(jobs[0].errors.is_empty(), "{:?}", jobs[0].errors);
    assert!(jobs[0].forecast.is_some() && jobs[0].report.is_some());
}

#[test]
fn an_answer_that_its_grammar_does_not_admit_is_never_taken_for_one() {
    let mut engine = fake(|_| " [104.00, a lot, 106.00]".into());
    let (jobs, _) = run(&mut engine, vec![job("AAA", options())]);
    assert!(jobs[0].forecast.is_none());
    assert!(
        jobs[0].errors[0].message.contains("the grammar was refused"),
        "{:?}",
        jobs[0].errors
    );
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

    #[test]
    fn every_horizon_with_every_context_fits_or_says_that_it_does_not(
        horizon in 1..=90_usize,
        context in 2..=60_usize,
        length in 100..3_000_usize,
        format in proptest::sample::select(&[PromptFormat::SeedV1, PromptFormat::StatsV2, PromptFormat::ScaledV3][..]),
    ) {
        let prompts = std::rc::Rc::new(RefCell::new(Vec::new()));
        let notes = std::rc::Rc::clone(&prompts);
        let answer = move |request: &Generate, _: usize| {
            if let Prompt::Plain(text) = &request.prompt {
                notes.borrow_mut().push(text.clone());
            }
            let price = if format == PromptFormat::ScaledV3 { "500" } else { "104.00" };
            format!(" [{}]", vec![price; horizon].join(", "))
        };
        let mut engine = FakeEngine::new(answer, |_| Vec::new()).with_context_length(length);
        let asked = JobOptions { horizon, context, samples: Some(1), ..forecast_only() };
        let (jobs, _) = run_with(&mut engine, asked_in(format), vec![job("AAA", asked)]);
        match &jobs[0].forecast {
            Some(made) => {
                let prompt = prompts.borrow()[0].clone();
                let list = prompt.split_once("DATA: [").unwrap().1.split_once(']').unwrap().0.to_owned();
                let shown = list.split(", ").count();
                proptest::prop_assert!(prompt.chars().count() < length && (2..=context).contains(&shown));
                let last = if format == PromptFormat::ScaledV3 { "500" } else { "104.00" };
                proptest::prop_assert_eq!(list.rsplit(", ").next(), Some(last));
                proptest::prop_assert_eq!(made.median.len(), horizon);
                let told = made.warnings.iter().any(|warning| warning.contains("the oldest were left out"));
                proptest::prop_assert_eq!(told, shown < context);
            }
            None => {
                let message = &jobs[0].errors[0].message;
                proptest::prop_assert!(message.contains("tokens") && message.contains("shorter horizon"), "{}", message);
            }
        }
    }
}
