//! Yahoo's chart service, imitated by a local server: how its bars are converted, with all their irregularities.

use crate::web::chart::{ask, bars_of, chart, day, open, period, plain, set, year_2013};
use crate::web::{Reply, Web};
use chrono::Utc;
use serde_json::{Value, json};
use tripod::market::{DateRange, Dividend, Series, SourceKind, Split};

#[tokio::test]
async fn all_prices_are_scaled_by_adjusted_close_over_close() {
    // A dividend of a tenth of the price was paid after the first day.
    let series = bars_of(&chart(
        &["2013-02-28", "2013-03-01"],
        json!([10.0, 9.0]),
        json!([9.0, 9.0]),
    ))
    .await
    .unwrap();
    let first = series.bars[0];
    assert_eq!(
        (first.open, first.high, first.low, first.close),
        (Some(9.0), Some(10.8), Some(7.2), 9.0)
    );
    assert_eq!(series.bars[1].open, Some(10.0));
    assert_eq!(first.volume, Some(1_000));
    assert!(series.warnings.is_empty(), "{:?}", series.warnings);
}

#[tokio::test]
async fn name_currency_and_exchange_come_from_the_answer_and_are_cleaned() {
    let series = bars_of(&plain()).await.unwrap();
    assert_eq!(series.company.as_deref(), Some("Acme & Sons Inc."));
    assert_eq!(
        (series.currency.as_str(), series.exchange.as_deref()),
        ("USD", Some("NYSE"))
    );
    assert_eq!(series.source, SourceKind::Yahoo);
}

#[tokio::test]
async fn the_request_names_symbol_days_and_events_and_looks_like_a_browser() {
    let web = Web::answering_once(Reply::json(&plain())).await;
    ask(&web, "^GSPC", year_2013()).await.unwrap();
    let seen = &web.seen()[0];
    assert!(
        ["/v8/finance/chart/^GSPC", "/v8/finance/chart/%5EGSPC"].contains(&seen.path.as_str()),
        "{}",
        seen.path
    );
    for part in [
        "interval=1d",
        "period1=1356912000",
        "period2=1388620800",
        "events=div%2Csplits%2CcapitalGains",
    ] {
        assert!(seen.query.contains(part), "{part} in {}", seen.query);
    }
    assert!(seen.headers["user-agent"].to_str().unwrap().starts_with("Mozilla/5.0"));
}

#[tokio::test]
async fn days_outside_the_range_are_dropped() {
    let web = Web::answering_once(Reply::json(&plain())).await;
    let range = DateRange {
        from: day("2013-02-28"),
        to: day("2013-02-28"),
    };
    let dates: Vec<_> = ask(&web, "ACME", range)
        .await
        .unwrap()
        .bars
        .iter()
        .map(|bar| bar.date)
        .collect();
    assert_eq!(dates, [day("2013-02-28")]);
}

#[tokio::test]
async fn nulls_cost_a_bar_only_where_the_close_is_null() {
    let mut answer = plain();
    set(&mut answer, "/indicators/quote/0/close/1", Value::Null);
    set(&mut answer, "/indicators/quote/0/open/0", Value::Null);
    set(&mut answer, "/indicators/quote/0/high/0", json!("Infinity"));
    set(&mut answer, "/indicators/quote/0/volume/0", Value::Null);
    let series = bars_of(&answer).await.unwrap();
    assert_eq!(series.bars.len(), 2);
    assert_eq!(
        (series.bars[0].open, series.bars[0].high, series.bars[0].volume),
        (None, None, None)
    );
    assert_eq!(series.warnings, ["1 of 3 days had no close and were left out"]);
}

#[tokio::test]
async fn closes_that_are_no_price_are_dropped_with_a_warning() {
    let answer = chart(
        &["2013-02-27", "2013-02-28", "2013-03-01"],
        json!([0.0, -3.0, 12.0]),
        json!([0.0, 1.0, 12.0]),
    );
    let series = bars_of(&answer).await.unwrap();
    assert_eq!(series.closes(), [12.0]);
    assert_eq!(
        series.warnings,
        ["2 of 3 days had a close that is no price above zero and were left out: 2013-02-27, 2013-02-28"]
    );
}

#[tokio::test]
async fn a_missing_adjusted_close_takes_its_neighbours_adjustment() {
    let dates = ["2013-02-26", "2013-02-27", "2013-02-28", "2013-03-01"];
    let series = bars_of(&chart(
        &dates,
        json!([10.0, 10.0, 10.0, 10.0]),
        json!([null, 5.0, 8.0, null]),
    ))
    .await
    .unwrap();
    assert_eq!(series.closes(), [5.0, 5.0, 8.0, 8.0]);
    assert_eq!(
        series.warnings,
        ["2 days had no adjusted close; their neighbours' adjustment was taken"]
    );
}

#[tokio::test]
async fn without_any_adjusted_close_prices_are_as_traded_and_a_warning_says_so() {
    let mut answer = plain();
    answer
        .pointer_mut("/chart/result/0/indicators")
        .unwrap()
        .as_object_mut()
        .unwrap()
        .remove("adjclose");
    let series = bars_of(&answer).await.unwrap();
    assert_eq!(series.closes(), [10.0, 11.0, 12.0]);
    assert_eq!(
        series.warnings,
        ["the source gives no adjusted closes: the prices are as traded"]
    );
}

#[tokio::test]
async fn splits_and_dividends_are_read_and_the_prices_left_as_they_came() {
    let split = |closes: Value| {
        let mut answer = chart(&["2013-02-27", "2013-02-28", "2013-03-01"], closes.clone(), closes);
        let entry = json!({"date": open("2013-02-28"), "numerator": 2.0, "denominator": 1.0, "splitRatio": "2:1"});
        let dividend = json!({"amount": 0.1, "date": open("2013-02-28")});
        set(
            &mut answer,
            "/events",
            json!({"splits": {open("2013-02-28").to_string(): entry}, "dividends": {"1": dividend}}),
        );
        answer
    };
    let series = bars_of(&split(json!([100.0, 51.0, 50.0]))).await.unwrap();
    let date = day("2013-02-28");
    assert_eq!(series.events.splits, [Split { date, ratio: 2.0 }]);
    assert_eq!(series.events.dividends, [Dividend { date, of_price: 0.001 }]);
    assert_eq!(series.closes(), [100.0, 51.0, 50.0]);
    assert!(series.warnings.is_empty(), "{:?}", series.warnings);
}

#[tokio::test]
async fn pence_and_their_like_become_the_main_unit() {
    for (quoted, code, close) in [
        ("GBp", "GBP", 0.1),
        ("GBX", "GBP", 0.1),
        ("ZAc", "ZAR", 0.1),
        ("ILA", "ILS", 0.1),
        ("EUR", "EUR", 10.0),
    ] {
        let mut answer = plain();
        set(&mut answer, "/meta/currency", json!(quoted));
        let series = bars_of(&answer).await.unwrap();
        assert_eq!(
            (series.currency.as_str(), series.bars[0].close),
            (code, close),
            "{quoted}"
        );
        assert_eq!(series.bars[0].high, Some(close * 1.2));
    }
}

#[tokio::test]
async fn a_currency_that_is_not_told_is_said_to_be_unknown() {
    let mut answer = plain();
    set(&mut answer, "/meta/currency", Value::Null);
    let series = bars_of(&answer).await.unwrap();
    assert_eq!(series.currency, "XXX");
    assert_eq!(series.warnings, ["the source names no currency; XXX stands for it"]);
}

#[tokio::test]
async fn a_bar_belongs_to_the_date_at_its_exchange() {
    let mut answer = plain();
    // Sydney opens at 10:00, which in its summer is 23:00 UTC of the previous day.
    set(&mut answer, "/meta/exchangeTimezoneName", json!("Australia/Sydney"));
    set(
        &mut answer,
        "/timestamp",
        json!([
            open("2013-02-26") + 30_600,
            open("2013-02-27") + 30_600,
            open("2013-02-28") + 30_600
        ]),
    );
    let dates: Vec<_> = bars_of(&answer)
        .await
        .unwrap()
        .bars
        .iter()
        .map(|bar| bar.date.to_string())
        .collect();
    assert_eq!(dates, ["2013-02-27", "2013-02-28", "2013-03-01"]);
}

#[tokio::test]
async fn unordered_and_repeated_days_are_put_in_order_and_the_later_row_counts() {
    let mut answer = plain();
    set(
        &mut answer,
        "/timestamp",
        json!([open("2013-03-01"), open("2013-02-28"), open("2013-03-01") + 23_400]),
    );
    let series = bars_of(&answer).await.unwrap();
    let found: Vec<_> = series
        .bars
        .iter()
        .map(|bar| (bar.date.to_string(), bar.close))
        .collect();
    assert_eq!(
        found,
        [("2013-02-28".to_owned(), 11.0), ("2013-03-01".to_owned(), 12.0)]
    );
    assert_eq!(series.warnings, ["1 days were given twice; the later row was taken"]);
}

#[tokio::test]
async fn what_yahoo_leaves_out_and_nobody_needs_costs_no_bars() {
    let mut answer = plain();
    let meta = answer.pointer_mut("/chart/result/0/meta").unwrap();
    *meta = json!({"currency": "USD", "symbol": "ACME", "exchangeTimezoneName": "America/New_York", "longName": null,
        "shortName": "Acme", "tradingPeriods": {"odd": 1}, "currentTradingPeriod": {"regular": 3}});
    set(
        &mut answer,
        "/events",
        json!({"dividends": {"x": "y"}, "splits": {"1": {}}}),
    );
    let quote = answer
        .pointer_mut("/chart/result/0/indicators/quote/0")
        .unwrap()
        .as_object_mut()
        .unwrap();
    quote.remove("open");
    quote.insert("volume".to_owned(), json!([1_000.0, -1, "many"]));
    let series = bars_of(&answer).await.unwrap();
    assert_eq!(series.company.as_deref(), Some("Acme"));
    assert_eq!(series.exchange, None);
    let volumes: Vec<_> = series.bars.iter().map(|bar| (bar.open, bar.volume)).collect();
    assert_eq!(volumes, [(None, Some(1_000)), (None, None), (None, None)]);
}

/// A chart whose last bar belongs to the session from `start` to `end`, in seconds from now.
async fn session(start: i64, end: i64, quoted: i64) -> Series {
    let now = Utc::now().timestamp();
    let mut answer = plain();
    set(
        &mut answer,
        "/timestamp",
        json!([now + start - 4 * 86_400, now + start - 2 * 86_400, now + start]),
    );
    set(
        &mut answer,
        "/meta/currentTradingPeriod",
        period(now + start, now + end),
    );
    set(&mut answer, "/meta/regularMarketTime", json!(now + quoted));
    let today = Utc::now().date_naive();
    let range = DateRange {
        from: today - chrono::Days::new(9),
        to: today + chrono::Days::new(1),
    };
    let web = Web::answering_once(Reply::json(&answer)).await;
    ask(&web, "ACME", range).await.unwrap()
}

#[tokio::test]
async fn the_bar_of_a_session_that_is_still_open_is_left_out_with_a_warning() {
    let series = session(-3_600, 3_600, -60).await;
    assert_eq!(series.closes(), [10.0, 11.0]);
    assert!(
        series.warnings[0].ends_with("was left out: the market had not closed yet"),
        "{:?}",
        series.warnings
    );
}

#[tokio::test]
async fn the_bar_of_a_session_that_has_closed_stays_also_on_a_half_day() {
    let half_day = session(-4 * 3_600, -1_800, -1_800).await;
    assert_eq!(half_day.closes(), [10.0, 11.0, 12.0]);
    assert!(half_day.warnings.is_empty(), "{:?}", half_day.warnings);
}

#[tokio::test]
async fn a_quote_from_before_the_close_counts_as_the_close_only_some_time_after_it() {
    assert_eq!(session(-6 * 3_600, -300, -900).await.bars.len(), 2);
    assert_eq!(session(-6 * 3_600, -3_600, -4_500).await.bars.len(), 3);
}
