//! Prices that may be wrong, through the stages on the fake engine: no forecast is made from them, or none that counts as reliable.

use tripod::analysis::{Event, FailureKind, StageName};
use tripod::formats::PromptFormat;
use tripod::market::Doubt;

use crate::pipeline_fake::{asked_in, fake, good_path, job, models, options, run_with};

/// A doubt about the last days of a job's series.
fn doubt(refuses: bool) -> Doubt {
    Doubt {
        from: "2024-02-20".parse().unwrap(),
        to: "2024-02-21".parse().unwrap(),
        text: "the close of 2024-02-21 is 0.500 times that of the day before".into(),
        local: false,
        refuses,
    }
}

#[test]
fn no_forecast_is_made_from_doubtful_prices_and_the_other_stages_run() {
    for models in [models(), asked_in(PromptFormat::SummaryV0)] {
        let mut doubtful = job("AAA", options());
        doubtful.series.doubts.push(doubt(true));
        let (analyses, events) = run_with(&mut fake(good_path), models, vec![doubtful]);
        let analysis = &analyses[0];
        assert!(analysis.forecast.is_none() && analysis.sentiment.is_some() && analysis.report.is_some());
        assert_eq!(analysis.errors.len(), 1, "{:?}", analysis.errors);
        let error = &analysis.errors[0];
        assert_eq!(
            (error.stage, error.kind, error.retryable),
            (StageName::FORECAST, FailureKind::DoubtfulPrices, false)
        );
        assert!(
            error.message.contains("2024-02-21") && error.message.contains("--repair warn"),
            "{}",
            error.message
        );
        assert_eq!(analysis.cautions[0], "There is no forecast: the prices may be wrong.");
        let opened = |event: &Event| matches!(event, Event::StageOpened { stage, .. } if *stage == StageName::FORECAST);
        assert!(!events.iter().any(opened), "no model is opened for it");
    }
}

#[test]
fn of_a_batch_only_the_doubtful_job_has_no_forecast() {
    let mut doubtful = job("BBB", options());
    doubtful.series.doubts.push(doubt(true));
    let jobs = vec![job("AAA", options()), doubtful, job("CCC", options())];
    let (analyses, _) = run_with(&mut fake(good_path), models(), jobs);
    let made: Vec<bool> = analyses.iter().map(|analysis| analysis.forecast.is_some()).collect();
    assert_eq!(made, [true, false, true]);
}

#[test]
fn a_forecast_from_prices_that_were_only_warned_of_is_not_reliable() {
    let mut warned = job("AAA", options());
    warned.series.doubts.push(doubt(false));
    let (analyses, _) = run_with(&mut fake(good_path), models(), vec![warned, job("BBB", options())]);
    let forecast = analyses[0].forecast.as_ref().unwrap();
    assert!(!forecast.reliable);
    let reason =
        "the prices may be wrong and were not mended: the close of 2024-02-21 is 0.500 times that of the day before";
    assert!(
        forecast.warnings.iter().any(|warning| warning == reason),
        "{:?}",
        forecast.warnings
    );
    let other = analyses[1].forecast.as_ref().unwrap();
    assert!(!other.warnings.iter().any(|warning| warning.contains("may be wrong")));
}
