//! Very low and very high prices, from a fraction of a cent to almost a million, through the stages on the fake engine and
//! every output format: all show the same digits, and none is lost.

use std::cell::RefCell;
use std::rc::Rc;

use chrono::NaiveDate;

use tripod::analysis::{Analysis, Job, JobOptions, ModelRef, StageName};
use tripod::engine::{Cancel, FakeEngine, Generate, Prompt};
use tripod::formats::PromptFormat;
use tripod::market::{Bar, Series, SourceKind};
use tripod::news::News;
use tripod::render::{TerminalOptions, html, json, markdown, terminal};
use tripod::run::{Gathered, ModelSet, Scheduler};
use tripod::stages::{ForecasterModel, ReporterModel, StageModels};

fn model(id: &str) -> ModelRef {
    ModelRef {
        id: id.into(),
        sha256: "0".repeat(64),
        adapter: None,
        remote: None,
        trained_until: None,
    }
}

/// Sixty closes that swing by a few per cent and end at `last`.
fn job(last: f64) -> Job {
    let first = NaiveDate::from_ymd_opt(2024, 1, 2).unwrap();
    let bars = (0..60)
        .map(|day| Bar {
            date: first + chrono::Days::new(day),
            open: None,
            high: None,
            low: None,
            close: last * (1.0 + 0.01 * ((day + 1) % 5) as f64),
            volume: None,
        })
        .collect();
    let series = Series {
        ticker: "COIN".parse().unwrap(),
        company: None,
        currency: "USD".into(),
        exchange: None,
        bars,
        source: SourceKind::Request,
        warnings: Vec::new(),
        events: tripod::market::Events::default(),
        doubts: Vec::new(),
    };
    let options = JobOptions {
        horizon: 3,
        context: 60,
        samples: Some(6),
        stages: vec![StageName::FORECAST, StageName::REPORT],
        ..JobOptions::default()
    };
    Job {
        id: "job".into(),
        series,
        news: News::default(),
        fundamentals: None,
        truth: Vec::new(),
        options,
    }
}

/// The analysis of a series that ends at `last`, and the prompts of its requests. Every sample path is `path`; the reporter
/// writes the last close as `close`.
fn analysed(last: f64, format: PromptFormat, path: &str, close: &str) -> (Analysis, Vec<String>) {
    let asked = Rc::new(RefCell::new(Vec::new()));
    let (log, path) = (Rc::clone(&asked), path.to_owned());
    let report = format!(
        "## Summary\n\nThe last close was {close} on that day.\n\n## Market context\n\nIt is calm for now.\n\n\
         ## Risks and considerations\n\nIt may fall again soon.\n\n\
         ## Conclusion\n\nThat is all of it."
    );
    let answer = move |request: &Generate, sequence: usize| match &request.prompt {
        Prompt::Plain(text) => {
            if sequence == 0 {
                log.borrow_mut().push(text.clone());
            }
            path.clone()
        }
        Prompt::Chat { messages, .. } => {
            log.borrow_mut().push(messages[1].content.clone());
            report.clone()
        }
    };
    let mut engine = FakeEngine::new(answer, |_| vec![0.0, 0.0, 1.0]);
    let models = StageModels {
        forecaster: Some(ForecasterModel {
            model: model("fake-forecaster"),
            prompt_format: format,
            zero_shot: false,
            sampling: tripod::models::PathSampling::default(),
            calibration: tripod::models::Calibration::default(),
            measured: Vec::new(),
        }),
        sentiment: None,
        reporter: Some(ReporterModel {
            model: model("fake-reporter"),
            quotes_figures: true,
            writes_prose: true,
            languages: vec!["en".into()],
            sampling: tripod::models::ReportSampling::default(),
        }),
    };
    let batch = vec![Gathered {
        job: job(last),
        gather_ms: 0.0,
    }];
    let mut results = Scheduler::batch().drive(&mut engine, &ModelSet::new(models), batch, &Cancel::new(), &|_| {});
    let asked = asked.borrow().clone();
    (results.remove(0).unwrap(), asked)
}

/// Checks that every output shows the last close and the median as given, and that JSON and chart contain the exact medians.
#[track_caller]
fn holds(analysis: &Analysis, last_close: &str, median: &str, exact: [f64; 3], hover: &str) {
    let forecast = analysis.forecast.as_ref().expect("a forecast");
    assert_eq!(forecast.median, exact);
    let width = TerminalOptions {
        width: 120,
        ..TerminalOptions::default()
    };
    for (name, text) in [
        ("terminal", terminal(analysis, &width)),
        ("Markdown", markdown(analysis)),
        ("HTML", html(analysis).unwrap()),
    ] {
        assert!(text.contains(last_close), "{name} without {last_close}: {text}");
        assert!(text.contains(median), "{name} without {median}: {text}");
    }
    let report = analysis.report.as_ref().expect("a report");
    let lead = format!("COIN closed at {last_close} on 2024-03-01.");
    assert!(report.markdown.contains(&lead), "{}", report.markdown);

    let read: serde_json::Value = serde_json::from_str(&json(analysis).unwrap()).unwrap();
    for (day, price) in exact.into_iter().enumerate() {
        assert_eq!(read["forecast"]["quantiles"]["0.9"][day].as_f64(), Some(price));
    }
    assert_eq!(read["chart"]["layout"]["yaxis"]["hoverformat"], hover);
    let traces = read["chart"]["data"].as_array().unwrap();
    let line = traces.iter().find(|trace| trace["name"] == "Median forecast").unwrap();
    assert_eq!(line["y"][1].as_f64(), Some(exact[0]));
}

#[test]
fn a_price_of_a_thousandth_of_a_cent_keeps_its_digits() {
    let (analysis, asked) = analysed(0.000_012_34, PromptFormat::ScaledV3, " [505, 510, 495]", "$0.00001234");
    assert!(
        asked[0].contains("DATA: [505, 510, 515, 520, 500, 505,"),
        "{}",
        asked[0]
    );
    assert!(asked[1].contains("Last close: $0.00001234"), "{}", asked[1]);
    let report = analysis.report.as_ref().unwrap();
    assert!(report.grounding.unsupported.is_empty(), "{}", report.markdown);
    let exact = [0.000_012_463_4, 0.000_012_586_8, 0.000_012_216_6];
    holds(&analysis, "$0.00001234", "$0.000012463", exact, ",.9f");
}

#[test]
fn the_days_of_a_currency_differ_in_every_output() {
    let (analysis, asked) = analysed(1.0845, PromptFormat::ScaledV3, " [501, 502, 499]", "$1.0845");
    assert!(asked[1].contains("Last close: $1.0845"), "{}", asked[1]);
    let report = analysis.report.as_ref().unwrap();
    assert!(report.grounding.unsupported.is_empty(), "{}", report.markdown);
    holds(
        &analysis,
        "$1.0845",
        "$1.0867",
        [1.086_669, 1.088_838, 1.082_331],
        ",.4f",
    );
}

#[test]
fn a_price_of_more_than_half_a_million_keeps_its_cents() {
    let (analysis, asked) = analysed(
        673_054.56,
        PromptFormat::SeedV1,
        " [679785.11, 686515.65, 666324.01]",
        "$673,054.56",
    );
    assert!(
        asked[0].ends_with("673054.56]\nPredict the next 3 closing prices.\nPREDICTION:"),
        "{}",
        asked[0]
    );
    assert!(asked[1].contains("Last close: $673,054.56"), "{}", asked[1]);
    let report = analysis.report.as_ref().unwrap();
    assert!(report.grounding.unsupported.is_empty(), "{}", report.markdown);
    let exact = [679_785.11, 686_515.65, 666_324.01];
    holds(&analysis, "$673,054.56", "$679,785.11", exact, ",.2f");
}

#[test]
fn a_forecaster_that_knows_only_cents_refuses_smaller_prices_and_names_another_format() {
    for format in [PromptFormat::SeedV1, PromptFormat::StatsV2] {
        let (analysis, asked) = analysed(0.000_012_34, format, " [0.01, 0.01, 0.01]", "$0.00001234");
        assert!(analysis.forecast.is_none());
        let message = &analysis.errors[0].message;
        assert!(
            message.contains("0.00001234") && message.contains("--prompt-format scaled-v3"),
            "{message}"
        );
        assert!(!asked.is_empty());
        let of_forecaster = |prompt: &&String| prompt.contains("PREDICTION") || prompt.contains("DATA:");
        assert_eq!(asked.iter().find(of_forecaster), None, "only the reporter was asked");
    }
}
