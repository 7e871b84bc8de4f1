//! Glitches in answers of the chart service, from the answer to the series that a forecast is made from. The answers lie in
//! `tests/fixtures/market/`, one a case; each says in its `note` what it shows.

use crate::web::chart::{day, options};
use crate::web::{Reply, Web, client};
use serde_json::Value;

use tripod::market::{BarQuery, BarSources, MarketError, Repair, Series, Ticker, fetch};

async fn read(fixture: &str, repair: Repair) -> Result<Series, MarketError> {
    let path = format!("{}/tests/fixtures/market/{fixture}.json", env!("CARGO_MANIFEST_DIR"));
    let answer: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let web = Web::answering_once(Reply::json(&answer)).await;
    let query = BarQuery {
        ticker: Ticker::parse("ACME").unwrap(),
        as_of: Some(day("2026-06-30")),
        bars: 1_260,
        repair,
    };
    fetch(&client(), &BarSources::only(options(&web)), &query, None).await
}

/// The largest close over the smallest: below 2 where all are of one level.
fn spread(series: &Series) -> f64 {
    let closes = series.closes();
    closes.iter().fold(0.0_f64, |most, close| most.max(*close))
        / closes.iter().fold(f64::MAX, |least, close| least.min(*close))
}

#[tokio::test]
async fn what_is_certain_is_mended_and_said_with_its_days() {
    for (fixture, warning, bars) in [
        (
            "split-not-applied",
            "the 4:1 split of 2026-05-20 is missing from the closes before 2026-05-20: their prices were multiplied by 1/4",
            90,
        ),
        (
            "split-applied-late",
            "the 1:10 split of 2026-05-20 does not show on its day: the closes of 2026-05-20 to 2026-05-22 (3 bars) are about 1/10 times their neighbours: their prices were multiplied by 10",
            90,
        ),
        (
            "pounds-among-pence",
            "the closes of 2026-06-26 to 2026-06-30 (3 bars) are about 1/100 of their neighbours: multiplied by 100",
            90,
        ),
        (
            "block-times-hundred",
            "the closes of 2026-05-20 to 2026-05-22 (3 bars) are about 100 times their neighbours: divided by 100",
            90,
        ),
        (
            "close-of-zero",
            "2 of 90 days had a close that is no price above zero and were left out: 2026-05-20, 2026-05-21",
            88,
        ),
        (
            "row-repeated",
            "the row of 2026-05-20 to 2026-05-21 (2 bars) repeats the row before in every price and the volume: left out",
            88,
        ),
    ] {
        let series = read(fixture, Repair::Mend).await.unwrap();
        assert_eq!(series.warnings, [warning], "{fixture}");
        assert_eq!(series.bars.len(), bars, "{fixture}");
        assert!(
            series.doubts.is_empty() && spread(&series) < 2.0,
            "{fixture}: {}",
            spread(&series)
        );
    }
}

#[tokio::test]
async fn what_is_not_certain_is_left_and_refuses_a_forecast() {
    for (fixture, doubt) in [
        (
            "split-without-event",
            "the close of 2026-05-20 is 0.505 times that of the day before, near a 2:1 split that the source does not name",
        ),
        (
            "dividend-above-the-price",
            "the dividend of 2026-05-20 is 1.16 times the close before it, so the adjusted closes before are wrong",
        ),
        (
            "trading-suspended",
            "17 trading days between 2026-05-19 and 2026-06-15 have no bar",
        ),
        (
            "frozen",
            "the close of 2026-05-20 to 2026-06-12 (18 bars) is always the same, without a sign of trading",
        ),
    ] {
        let series = read(fixture, Repair::Mend).await.unwrap();
        let doubts: Vec<&str> = series.doubts_of(20).map(|doubt| doubt.text.as_str()).collect();
        assert_eq!(doubts, [doubt], "{fixture}");
        assert!(series.doubts[0].refuses);
        let plain = read(fixture, Repair::Off).await.unwrap();
        assert_eq!(series.bars, plain.bars, "{fixture}");
    }
}

#[tokio::test]
async fn a_crash_on_news_is_a_price() {
    let series = read("crash-to-half", Repair::Mend).await.unwrap();
    assert!(
        series.warnings.is_empty() && series.doubts.is_empty(),
        "{:?}",
        series.warnings
    );
}

#[tokio::test]
async fn off_looks_for_nothing_and_warn_says_what_it_found() {
    let off = read("block-times-hundred", Repair::Off).await.unwrap();
    assert!(off.warnings.is_empty() && spread(&off) > 50.0);
    let warned = read("block-times-hundred", Repair::Warn).await.unwrap();
    assert_eq!(warned.bars, off.bars);
    assert_eq!(
        warned.warnings,
        ["the closes of 2026-05-20 to 2026-05-22 (3 bars) are about 100 times their neighbours"]
    );
    assert!(warned.doubts.iter().all(|doubt| !doubt.refuses) && warned.doubts.len() == 1);
}

#[tokio::test]
async fn bars_of_another_length_than_a_day_are_refused_with_what_came() {
    let error = read("weekly-bars", Repair::Mend).await.unwrap_err().to_string();
    assert!(
        error.ends_with("its bars are of `1wk`, and 1d was asked for"),
        "{error}"
    );
}
