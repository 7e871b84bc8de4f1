//! Tests of the sections that code writes.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate};

use super::*;
use crate::analysis::{Counts, Direction, Forecast, Job, JobOptions, Label, Probabilities};
use crate::engine::Cancel;
use crate::grounding::{Claim, ClaimKind, Verdict, check};
use crate::market::{Bar, Fundamentals, Series, SourceKind, Ticker};
use crate::news::News;
use crate::stages::report::facts::{job_facts, with_evidence};
use crate::stages::report::frame::put_together;
use crate::stages::report::grammar::RECOMMENDATION;
use crate::stages::stance::stance_of;

fn job(ticker: &str, bars: u64, slope: f64) -> InFlight {
    let bar = |day: u64| Bar {
        date: NaiveDate::from_ymd_opt(2012, 1, 2).unwrap() + Days::new(day),
        open: None,
        high: None,
        low: None,
        close: 100.0 + slope * day as f64 + 2.0 * (day as f64 / 9.0).sin(),
        volume: None,
    };
    let job = Job {
        id: "job".to_owned(),
        series: Series {
            ticker: Ticker::parse(ticker).unwrap(),
            company: Some(format!("{ticker} Inc.")),
            currency: "USD".to_owned(),
            exchange: None,
            bars: (0..bars).map(bar).collect(),
            source: SourceKind::Request,
            warnings: Vec::new(),
            events: crate::market::Events::default(),
            doubts: Vec::new(),
        },
        news: News::default(),
        options: JobOptions {
            horizon: 5,
            ..JobOptions::default()
        },
        fundamentals: None,
        truth: Vec::new(),
    };
    InFlight::new(job, Cancel::new())
}

/// A forecast whose median ends `expected_return` away from the last close.
fn forecast(job: &InFlight, expected_return: f64, reliable: bool) -> Forecast {
    let end = job.last_close() * (1.0 + expected_return);
    let at = |share: f64| vec![end * share; 5];
    let levels = [
        ("0.1", 0.97),
        ("0.25", 0.99),
        ("0.5", 1.0),
        ("0.75", 1.01),
        ("0.9", 1.03),
    ];
    Forecast {
        dates: job.dates.clone(),
        median: at(1.0),
        quantiles: BTreeMap::from(levels.map(|(level, share)| (level.to_owned(), at(share)))),
        samples: 20,
        rejected: 0,
        direction: Direction::Neutral,
        expected_return,
        prompt_format: "stats-v2".into(),
        reliable,
        warnings: Vec::new(),
    }
}

/// Headlines with these values of P(positive) − P(negative).
fn sentiment(leans: &[f64]) -> Sentiment {
    let headline = |lean: &f64| ScoredHeadline {
        title: "Title".into(),
        source: "Wire".into(),
        published_at: DateTime::default(),
        url: None,
        label: Label::Neutral,
        score: 0.5,
        probabilities: Probabilities {
            positive: lean.max(0.0),
            negative: (-lean).max(0.0),
            neutral: 1.0 - lean.abs(),
        },
        flagged: false,
        language: None,
    };
    let count = |wanted: fn(&f64) -> bool| leans.iter().filter(|lean| wanted(lean)).count();
    Sentiment {
        headlines: leans.iter().map(headline).collect(),
        counts: Counts {
            positive: count(|lean| *lean > 0.5),
            negative: count(|lean| *lean < -0.5),
            neutral: count(|lean| lean.abs() <= 0.5),
        },
        net_score: leans.iter().sum::<f64>() / leans.len().max(1) as f64,
        summary: None,
        unread: Vec::new(),
        answered: Vec::new(),
    }
}

fn written(job: &InFlight) -> String {
    put_together(&[], &sections(job, &job_facts(job), &stance_of(job)))
}

#[test]
fn a_whole_report_by_rules_has_five_sections_in_plain_sentences() {
    let mut full = job("ACME", 300, 0.05);
    full.forecast = Some(forecast(&full, 0.04, true));
    full.sentiment = Some(sentiment(&[0.9, -0.8, 0.1, 0.7]));
    insta::assert_snapshot!(written(&full));
}

#[test]
fn a_whole_report_in_german_has_german_sentences_titles_and_figures() {
    let mut full = job("ACME", 300, 0.05);
    full.job.options.language = Locale::De;
    full.forecast = Some(forecast(&full, 0.04, true));
    full.sentiment = Some(sentiment(&[0.9, -0.8, 0.1, 0.7]));
    insta::assert_snapshot!(written(&full));
    full.forecast = Some(forecast(&full, 0.04, false));
    full.sentiment = None;
    insta::assert_snapshot!(written(&full));
}

#[test]
fn a_report_without_forecast_and_news_says_so() {
    insta::assert_snapshot!(written(&job("ACME", 2, 0.05)));
}

#[test]
fn every_figure_of_every_report_by_rules_is_a_fact() {
    let mut phrasings = BTreeSet::new();
    for (number, ticker) in (0..).zip(["AAPL", "IBM", "MSFT", "GOOG", "BRK-B", "NESN.SW"]) {
        for slope in [-0.08, 0.0, 0.05] {
            for (expected, reliable) in [(0.04, true), (-0.04, true), (0.0, true), (0.05, false)] {
                let mut job = job(ticker, 230 + 7 * number, slope);
                job.forecast = Some(forecast(&job, expected, reliable));
                job.sentiment = Some(sentiment(&[0.9, -0.8, 0.1]));
                let text = written(&job);
                let grounding = with_evidence(&job, &job_facts(&job), |evidence| check(&text, evidence));
                assert_eq!(grounding.unsupported, Vec::<String>::new(), "{text}");
                assert!(grounding.numbers >= 20, "{text}");
                assert_eq!(text, written(&job), "one job reads the same every time");
                let summary = text.split("## Market").next().unwrap().split(". ").skip(1);
                let opening = |sentence: &str| sentence.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
                phrasings.extend(summary.map(opening));
            }
        }
    }
    assert!(phrasings.len() >= 8, "{phrasings:?}");
}

#[test]
fn every_claim_of_every_german_report_by_rules_is_supported() {
    for (number, ticker) in (0..).zip(["AAPL", "IBM", "MSFT", "GOOG", "BRK-B", "NESN.SW"]) {
        for slope in [-0.08, 0.0, 0.05] {
            for (expected, reliable) in [(0.04, true), (-0.04, true), (0.0, true), (0.05, false)] {
                let mut job = job(ticker, 230 + 7 * number, slope);
                job.job.options.language = Locale::De;
                job.forecast = Some(forecast(&job, expected, reliable));
                job.sentiment = Some(sentiment(&[0.9, -0.8, 0.1]));
                let text = written(&job) + "\n\n" + &summary(&sentiment(&[0.9, -0.8, 0.1]), Locale::De);
                let grounding = with_evidence(&job, &job_facts(&job), |evidence| check(&text, evidence));
                let wrong = grounding
                    .claims
                    .iter()
                    .filter(|claim| claim.verdict != Verdict::Supported);
                assert_eq!(wrong.collect::<Vec<_>>(), Vec::<&Claim>::new(), "{text}");
                assert!(grounding.numbers >= 20, "{text}");
            }
        }
    }
}

#[test]
fn the_call_opens_the_recommendation_and_no_call_is_asked_of_the_model() {
    let mut job = job("ACME", 300, 0.05);
    for (expected, reliable, opening, asked) in [
        (0.04, true, "**BUY.** ", true),
        (-0.04, true, "**SELL.** ", true),
        (0.0, true, "**HOLD.** ", true),
        (0.04, false, "**NO CALL.** ", false),
    ] {
        job.forecast = Some(forecast(&job, expected, reliable));
        let sections = sections(&job, &job_facts(&job), &stance_of(&job));
        let section = sections.iter().find(|section| section.title == RECOMMENDATION).unwrap();
        assert!(section.lead.starts_with(opening), "{}", section.lead);
        assert_eq!(section.asked, asked);
    }
}

#[test]
fn a_summary_by_rules_counts_the_headlines_and_names_the_strongest_by_number() {
    assert_eq!(
        summary(&sentiment(&[0.2, 0.9, -0.8]), Locale::En),
        "Of 3 headlines, 1 is positive, 1 negative and 1 neutral. The mood of the news is mixed. Headline 2 is the most positive, \
         headline 3 the most negative."
    );
    assert_eq!(
        summary(&sentiment(&[-0.9]), Locale::En),
        "There is 1 headline, and it is negative. The mood of the news is bad. Headline 1 is the most negative."
    );
    assert_eq!(
        summary(&sentiment(&[0.0]), Locale::En),
        "There is 1 headline, and it is neutral. The mood of the news is mixed."
    );
}

#[test]
fn company_data_are_told_and_every_claim_about_them_is_supported() {
    let kinds = [
        ("Technology", "Consumer Electronics"),
        ("Financial Services", "Banks - Diversified"),
        ("Energy", "Oil & Gas Integrated"),
        ("Consumer Cyclical", "Auto Manufacturers"),
        ("Communication Services", "Internet Content & Information"),
        ("Basic Materials", "Copper"),
        ("Healthcare", "Drug Manufacturers - General"),
        ("Real Estate", "REIT - Office"),
        ("Industrials", "Aerospace & Defense"),
    ];
    for language in Locale::ALL {
        for (sector, industry) in kinds {
            let mut job = job("ACME", 300, 0.05);
            job.job.options.language = language;
            job.job.fundamentals = Some(Fundamentals {
                sector: Some(sector.into()),
                industry: Some(industry.into()),
                market_cap: Some(41.23e9),
                currency: Some("USD".into()),
                price_earnings: Some(28.44),
                dividend_yield: Some(0.0244),
                next_earnings: NaiveDate::from_ymd_opt(2013, 4, 23),
                source: "Yahoo Finance".into(),
                asked_on: job.job.series.last().unwrap().date,
            });
            job.forecast = Some(forecast(&job, 0.04, true));
            let text = written(&job);
            let wanted = match language {
                Locale::En => ["$41.2 billion", "28.4", "2.44%", "2013-04-23", industry],
                Locale::De => ["41,2 Milliarden $", "28,4", "2,44 %", "23. April 2013", industry],
            };
            assert!(wanted.iter().all(|figure| text.contains(figure)), "{text}");
            let grounding = with_evidence(&job, &job_facts(&job), |evidence| check(&text, evidence));
            let others: Vec<_> = grounding
                .claims
                .iter()
                // The reason of the call is code's own, and "buying and selling" in it no advice.
                .filter(|claim| claim.verdict != Verdict::Supported && claim.kind != ClaimKind::Recommendation)
                .collect();
            assert!(others.is_empty(), "{language} {industry}: {others:?}\n{text}");
        }
    }
}
