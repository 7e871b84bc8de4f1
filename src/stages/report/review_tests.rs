//! Tests of the review with a forecast that points up before the price falls.

#![allow(clippy::unwrap_used)]
use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use super::*;
use crate::analysis::{Direction, Job, JobOptions};
use crate::engine::{Cancel, Grammar};
use crate::grounding::{Evidence, repair};
use crate::market::{Bar, Series, SourceKind, Ticker};
use crate::news::News;
use crate::stages::report::frame::with_leads;
use crate::stages::report::grammar;
use crate::stages::report::prompts::Asked;

const TRUTH: [f64; 4] = [50.5, 49.0, 47.0, 45.0];

fn bars(first: u32, closes: &[f64]) -> Vec<Bar> {
    let first = NaiveDate::from_ymd_opt(2013, 3, first).unwrap();
    let bar = |(day, &close)| Bar {
        date: first + Days::new(day),
        open: None,
        high: None,
        low: None,
        close,
        volume: None,
    };
    (0..).zip(closes).map(bar).collect()
}

fn job() -> InFlight {
    let series = Series {
        ticker: Ticker::parse("AAPL").unwrap(),
        company: Some("Apple Inc.".into()),
        currency: "USD".into(),
        exchange: None,
        bars: bars(1, &[51.0, 49.5, 50.0]),
        source: SourceKind::Demo,
        warnings: Vec::new(),
        events: crate::market::Events::default(),
        doubts: Vec::new(),
    };
    let options = JobOptions {
        horizon: TRUTH.len(),
        ..JobOptions::default()
    };
    let (id, news) = ("job".to_owned(), News::default());
    InFlight::new(
        Job {
            id,
            series,
            news,
            options,
            fundamentals: None,
            truth: bars(4, &TRUTH),
        },
        Cancel::new(),
    )
}

fn forecast(job: &InFlight) -> Forecast {
    let median = vec![51.0, 51.5, 52.0, 52.5];
    let band = |width: f64| median.iter().map(|price| price + width).collect();
    Forecast {
        dates: job.dates.clone(),
        quantiles: BTreeMap::from([("0.1".to_owned(), band(-2.0)), ("0.9".to_owned(), band(2.0))]),
        samples: 20,
        rejected: 0,
        direction: Direction::Bullish,
        expected_return: 0.05,
        prompt_format: "stats-v2".into(),
        reliable: true,
        warnings: Vec::new(),
        median,
    }
}

/// Runs `with` on a forecast that points up before the price falls.
fn reviewed<T>(with: impl FnOnce(&Hindsight<'_>) -> T) -> T {
    let mut job = job();
    job.forecast = Some(forecast(&job));
    with(&Hindsight::of(&job).unwrap().unwrap())
}

#[test]
fn there_is_hindsight_only_of_a_forecast_whose_days_came() {
    let mut job = job();
    assert!(Hindsight::of(&job).unwrap().is_none(), "no forecast");
    job.forecast = Some(forecast(&job));
    assert!(Hindsight::of(&job).unwrap().is_some());
    job.job.truth.pop();
    assert!(Hindsight::of(&job).is_err());
    job.job.truth.clear();
    assert!(Hindsight::of(&job).unwrap().is_none(), "no test");
}

const WRITTEN: &str = "## Accuracy\n\nIt was not close.\n\n## What the forecast missed\n\nIt missed the turn.\n\n\
                       ## Lessons\n\nThe band was narrow.";

#[test]
fn every_section_opens_with_figures_that_the_check_supports() {
    reviewed(|hindsight| {
        let facts = hindsight.facts();
        let review = with_leads(WRITTEN, &sections(hindsight, &facts));
        insta::assert_snapshot!(review, @r"
        ## Accuracy

        Over 4 trading days the mean absolute error is $3.875, the root mean squared error $4.6837 and the mean absolute percentage error 8.3%; the mean absolute error of the naive forecast is $2.375, so in this window the model was further off. It was not close.

        ## What the forecast missed

        The median forecast for 2013-03-07 was $52.50 and the close came to $45.00; the largest error is $7.50 on 2013-03-07. It missed the turn.

        ## Lessons

        The direction of the daily move was right on 25.0% of the days, and 1 of 4 closes lay between the 10% and 90% quantiles. The band was narrow.
        ");
        let (checked, grounding) = repair(&review, &Evidence::of(&facts));
        assert_eq!(checked, review);
        assert_eq!((grounding.supported, grounding.repaired), (grounding.numbers, 0));
        assert!(grounding.numbers > 12, "{grounding:?}");
    });
}

#[test]
fn a_growing_review_only_grows_with_its_leads() {
    reviewed(|hindsight| {
        let facts = hindsight.facts();
        let mut shown = String::new();
        for end in 0..=WRITTEN.len() {
            let next = with_leads(&WRITTEN[..end], &sections(hindsight, &facts));
            assert!(next.starts_with(&shown), "{shown:?} became {next:?}");
            shown = next;
        }
    });
}

#[test]
fn the_readings_say_what_the_figures_mean() {
    reviewed(|hindsight| {
        let wanted = [
            "In this window the naive forecast was closer.",
            "The forecast pointed up, and the price fell.",
            "On most days the forecast was too high.",
            "The error grew towards the end.",
            "Too few closes lay inside the band that the model gave: it was surer than it should have been.",
        ];
        assert_eq!(readings(hindsight, Locale::En), wanted);
    });
}

#[test]
fn the_prompt_holds_facts_only_for_a_model_that_quotes_them() {
    reviewed(|hindsight| {
        let sections = sections(hindsight, &hindsight.facts());
        let asked = Asked::first(&sections);
        let shown = |facts: &[Fact]| match review_prompt(hindsight, facts, asked).unwrap() {
            Prompt::Chat { messages, .. } => messages.into_iter().map(|message| message.content).collect::<Vec<_>>(),
            Prompt::Plain(text) => vec![text],
        };
        insta::assert_snapshot!(shown(&hindsight.facts()).join("\n\n=====\n\n"), @r"
        You are a careful equity analyst who looks back at a forecast after its days have passed. You write short, plain reviews. Every figure you write comes from the table of facts you are given, as it is written there. You name no cause that is not given: that prices moved does not say why. One window proves nothing about the next.

        =====

        Facts about the forecast of Apple Inc. (AAPL):
        - Date of the last close known: 2013-03-03
        - Last close known: $50.00
        - Trading days forecast: 4
        - Last day of the forecast: 2013-03-07
        - Median forecast for that day: $52.50
        - True close on that day: $45.00
        - Expected return to that day: +5.0%
        - True return to that day: -10.0%
        - Mean absolute error: $3.875
        - Root mean squared error: $4.6837
        - Mean absolute percentage error: 8.3%
        - Days with the right direction: 25.0%
        - Mean absolute error of the naive forecast: $2.375
        - Mean absolute percentage error of the naive forecast: 5.1%
        - Largest error: $7.50
        - Day of the largest error: 2013-03-07
        - Closes between the 10% and 90% quantiles: 1

        What is known about the forecast of Apple Inc. (AAPL):
        - In this window the naive forecast was closer.
        - The forecast pointed up, and the price fell.
        - On most days the forecast was too high.
        - The error grew towards the end.
        - Too few closes lay inside the band that the model gave: it was surer than it should have been.

        The naive forecast repeats the last known close. Write the review of this forecast with these sections: Accuracy, What the forecast missed, Lessons. Each section has two or three short sentences.
        ");
        assert!(!shown(&[])[1].contains(|letter: char| letter.is_ascii_digit()));
    });
}

#[test]
fn the_grammar_has_the_three_sections_and_only_the_facts_as_figures() {
    let pattern = |quoted: bool| {
        reviewed(|hindsight| {
            let facts = hindsight.facts();
            match grammar::sections(&sections(hindsight, &facts), if quoted { &facts } else { &[] }) {
                Grammar::Pattern(pattern) => pattern,
                other => format!("{other:?}"),
            }
        })
    };
    let with = pattern(true);
    assert!(with.starts_with("## Accuracy\n\n[A-Z]") && with.contains("\n\n## What the forecast missed\n\n[A-Z]"));
    assert!(with.contains(r"|\-10\.0%|") && with.contains(r"|10\.0%|"), "{with}");
    assert!(!pattern(false).contains("[0-9]") && !pattern(false).contains('%'));
}
