//! A fixed Analysis with every field filled, for the tests of the output formats. It is computed by arithmetic only, so that it
//! is the same on every machine. The prices are invented (a slow wave plus a faster one, rounded to cents), and so are the
//! headlines.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate, TimeZone, Utc, Weekday};

use tripod::analysis::{
    Analysis, Chart, Counts, DISCLAIMER, Direction, Forecast, HistoryPoint, Label, LedgerRow, ModelRef, Models,
    Probabilities, Recommendation, Report, ScoredHeadline, Sentiment, StageName, Writer,
};
use tripod::grounding::facts;
use tripod::grounding::{Call, Evidence, FactInputs, ForecastFacts, HeadlineFacts, Locale, Stance, repair};
use tripod::indicators::stats;
use tripod::market::Bar;
use tripod::render::{Figure, figure};

const CONTEXT: usize = 180;
const HORIZON: usize = 30;
const MEBIBYTE: u64 = 1024 * 1024;

/// An analysis in which all three stages ran.
pub fn sample() -> Analysis {
    let bars = bars(as_of(), 320);
    let stats = stats(&bars, CONTEXT);
    let last_close = bars[bars.len() - 1].close;
    let history: Vec<HistoryPoint> = bars[bars.len() - CONTEXT..]
        .iter()
        .map(|bar| HistoryPoint {
            date: bar.date,
            close: bar.close,
        })
        .collect();
    let forecast = forecast(last_close);
    let sentiment = sentiment();
    let figures = ForecastFacts {
        date: forecast.dates[HORIZON - 1],
        horizon: HORIZON,
        median: forecast.median[HORIZON - 1],
        low: forecast.quantiles["0.1"][HORIZON - 1],
        low_level: 10,
        high: forecast.quantiles["0.9"][HORIZON - 1],
        high_level: 90,
        middle: Some((
            forecast.quantiles["0.25"][HORIZON - 1],
            forecast.quantiles["0.75"][HORIZON - 1],
        )),
        expected_return: forecast.expected_return,
        kept: forecast.samples - forecast.rejected,
        samples: forecast.samples,
    };
    let counts = sentiment.counts;
    let facts = facts(&FactInputs {
        as_of: as_of(),
        last_close,
        currency: "USD",
        stats: &stats,
        forecast: Some(figures),
        costs: 20,
        headlines: Some(HeadlineFacts {
            positive: counts.positive,
            negative: counts.negative,
            neutral: counts.neutral,
            net_score: sentiment.net_score,
        }),
        company: None,
    });
    let value = |key: &str| {
        facts
            .iter()
            .find(|fact| fact.id == key)
            .map(|fact| fact.value.clone())
            .unwrap()
    };
    let titles: Vec<&str> = sentiment
        .headlines
        .iter()
        .map(|headline| headline.title.as_str())
        .collect();
    let evidence = Evidence {
        facts: &facts,
        headlines: &titles,
        names: &["Apple Inc.", "AAPL"],
        call: Some(Call::None),
        ..Evidence::default()
    };
    let (markdown, grounding) = repair(&report(&value), &evidence);
    let stance = Stance {
        call: Call::None,
        rule: "band-v1".into(),
        because: vec!["The forecast over 30 trading days is not reliable, so no call is made from it.".into()],
        strength: 0.0,
    };

    Analysis {
        id: "analysis-01956c3e7a0070008000000000000001".into(),
        object: "analysis".into(),
        created: 1_362_182_400,
        language: Locale::En,
        ticker: "AAPL".into(),
        company: Some("Apple Inc.".into()),
        currency: "USD".into(),
        extras: BTreeMap::new(),
        as_of: as_of(),
        last_close,
        review: None,
        chart: chart(&history, Some(&forecast), &sentiment.headlines),
        history,
        features: stats,
        forecast: Some(forecast),
        sentiment: Some(sentiment),
        report: Some(Report {
            markdown,
            recommendation: Recommendation::Hold,
            stance: Some(stance.clone()),
            written_by: Writer::Model,
            grounding,
            facts,
        }),
        stance: Some(stance),
        cautions: vec![
            "This forecast is not reliable.".into(),
            "Demo data: the headlines are invented and report no real event.".into(),
        ],
        models: Models {
            forecaster: Some(model("smollm2-135m-instruct-q4_1")),
            sentiment: Some(model("minilm-headlines-int8")),
            reporter: Some(model("smollm2-135m-instruct-q4_1")),
        },
        arenas: arenas(),
        timings: BTreeMap::from(
            [
                ("gather", 42.5),
                ("forecast", 9_412.0),
                ("sentiment", 318.2),
                ("report", 6_204.7),
                ("total", 15_977.4),
            ]
            .map(|(name, time)| (name.to_owned(), time)),
        ),
        errors: Vec::new(),
        warnings: vec!["Headlines are illustrative: they were written for this demo and report no real event.".into()],
        fundamentals: None,
        source: None,
        disclaimer: DISCLAIMER.into(),
    }
}

fn as_of() -> NaiveDate {
    NaiveDate::from_ymd_opt(2013, 3, 1).unwrap()
}

fn is_weekday(date: NaiveDate) -> bool {
    !matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

/// Weekdays only; exchange holidays are ignored.
fn bars(last: NaiveDate, count: usize) -> Vec<Bar> {
    let mut dates: Vec<NaiveDate> = (0..)
        .map(|back| last - Days::new(back))
        .filter(|date| is_weekday(*date))
        .take(count)
        .collect();
    dates.reverse();
    dates
        .into_iter()
        .enumerate()
        .map(|(day, date)| {
            let time = day as f64;
            let wave = 62.0 + 9.0 * (time / 55.0).sin() + 2.2 * (time / 9.0).sin() + 0.9 * (time * 1.7).sin();
            let close = cents(wave);
            let (high, low) = (
                cents(close + 0.6 + 0.3 * (time * 2.3).cos()),
                cents(close - 0.6 + 0.3 * (time * 2.9).sin()),
            );
            Bar {
                date,
                open: Some(cents(close - 0.2)),
                high: Some(high),
                low: Some(low),
                close,
                volume: Some(1_000_000),
            }
        })
        .collect()
}

fn cents(price: f64) -> f64 {
    (price * 100.0).round() / 100.0
}

fn forecast(last_close: f64) -> Forecast {
    let dates: Vec<NaiveDate> = (1..)
        .map(|ahead| as_of() + Days::new(ahead))
        .filter(|date| is_weekday(*date))
        .take(HORIZON)
        .collect();
    let path = |spread: f64| -> Vec<f64> {
        (1..=HORIZON)
            .map(|day| {
                let time = day as f64;
                let middle = last_close * (1.0 + 0.0011 * time + 0.006 * (time / 3.0).sin());
                cents(middle * (1.0 + spread * 0.015 * time.sqrt()))
            })
            .collect()
    };
    let levels = [
        ("0.05", -1.645),
        ("0.1", -1.282),
        ("0.25", -0.674),
        ("0.5", 0.0),
        ("0.75", 0.674),
        ("0.9", 1.282),
        ("0.95", 1.645),
    ];
    let median = path(0.0);
    Forecast {
        expected_return: median[HORIZON - 1] / last_close - 1.0,
        dates,
        median,
        quantiles: levels
            .into_iter()
            .map(|(level, spread)| (level.to_owned(), path(spread)))
            .collect(),
        samples: 20,
        rejected: 2,
        direction: Direction::Bullish,
        prompt_format: "stats-v2".into(),
        reliable: false,
        warnings: vec!["The forecaster was not trained for prices; take its forecast as an illustration.".into()],
    }
}

fn sentiment() -> Sentiment {
    let scored = |title: &str, day: u32, label: Label, [positive, negative, neutral]: [f64; 3]| ScoredHeadline {
        title: title.into(),
        source: "Tripod demo (illustrative)".into(),
        published_at: Utc.with_ymd_and_hms(2013, 2, day, 14, 30, 0).unwrap(),
        url: (day == 28).then(|| "https://example.com/news/1".to_owned()),
        flagged: false,
        language: Some("en".into()),
        label,
        score: positive.max(negative).max(neutral),
        probabilities: Probabilities {
            positive,
            negative,
            neutral,
        },
    };
    Sentiment {
        headlines: vec![
            scored(
                "Apple raises its dividend after a record quarter for services",
                28,
                Label::Positive,
                [0.94, 0.02, 0.04],
            ),
            scored(
                "Supplier warns that tablet orders are slowing more than expected ahead of the spring season",
                27,
                Label::Negative,
                [0.03, 0.91, 0.06],
            ),
            scored(
                "Apple to hold its annual shareholder meeting this week",
                26,
                Label::Neutral,
                [0.08, 0.03, 0.89],
            ),
            scored(
                "Analysts lift their estimates for phone sales in Asia",
                25,
                Label::Positive,
                [0.88, 0.05, 0.07],
            ),
        ],
        counts: Counts {
            positive: 2,
            negative: 1,
            neutral: 1,
        },
        net_score: 0.23,
        summary: Some(
            "The news leans positive: a higher dividend and better estimates stand against a warning from a supplier. \
             Nothing in it points to a change of course."
                .into(),
        ),
        unread: Vec::new(),
        answered: Vec::new(),
    }
}

fn report(value: &dyn Fn(&str) -> String) -> String {
    format!(
        "## Summary\n\nApple closed at **{}** on {}. The model's median path ends at {} on {}, an expected return of {}.\n\n\
         ## Market context\n\nThe 50-day moving average stands at {} and the 200-day moving average at {}. \
         The relative strength index is {}.\n\n\
         ## Risks and considerations\n\n- Between the 10% and 90% quantiles the price could end anywhere from {} to {}.\n\
         - A supplier's warning may weigh on the shares.\n- A target of $500 is in reach.\n\n\
         ## Recommendation\n\n**NO CALL.** The forecast over 30 trading days is not reliable, so no call is made from it.\n\n\
         ## Conclusion\n\nThe outlook is mildly positive, with a wide range of outcomes.\n",
        value("last_close"),
        value("as_of"),
        value("median"),
        value("forecast_date"),
        value("expected_return"),
        value("sma_50"),
        value("sma_200"),
        value("rsi"),
        value("low"),
        value("high"),
    )
}

pub fn chart(history: &[HistoryPoint], forecast: Option<&Forecast>, headlines: &[ScoredHeadline]) -> Chart {
    figure(&Figure {
        ticker: "AAPL",
        currency: "USD",
        history,
        forecast,
        headlines,
        truth: &[],
        cautions: &[],
    })
}

fn model(id: &str) -> ModelRef {
    ModelRef {
        id: id.into(),
        sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53".into(),
        adapter: None,
        remote: None,
        trained_until: None,
    }
}

fn arenas() -> Vec<LedgerRow> {
    let row = |stage, model: &str, sizes: [u64; 7], load_ms, run_ms| {
        let [weights, kv, compute, before, peak, after, file] = sizes.map(|size| size * MEBIBYTE);
        LedgerRow {
            need_bytes: weights + kv + compute,
            weights_bytes: weights,
            kv_bytes: kv,
            compute_bytes: compute,
            load_ms,
            run_ms,
            anon_before: before,
            anon_peak: peak,
            anon_after: after,
            file_peak: file,
            total_peak: peak + file,
            freed_bytes: peak - after,
            ..LedgerRow::new(stage, model)
        }
    };
    vec![
        row(
            StageName::FORECAST,
            "smollm2-135m-instruct-q4_1",
            [94, 46, 78, 9, 141, 11, 96],
            98.4,
            9_313.6,
        ),
        row(
            StageName::SENTIMENT,
            "minilm-headlines-int8",
            [23, 0, 61, 11, 74, 14, 31],
            84.0,
            234.2,
        ),
        row(
            StageName::REPORT,
            "smollm2-135m-instruct-q4_1",
            [94, 90, 80, 14, 192, 15, 96],
            71.9,
            6_132.8,
        ),
    ]
}
