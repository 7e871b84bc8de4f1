//! Session ends across half days, holidays and changes to summer time, and which bars are final.

#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::*;
use crate::market::series::Bar;

fn at(text: &str) -> DateTime<Utc> {
    format!("{text}:00Z").parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn series(ticker: &str, exchange: Option<&str>, days: &[&str]) -> Series {
    let bars = days
        .iter()
        .map(|date| Bar {
            date: day(date),
            open: None,
            high: None,
            low: None,
            close: 1.0,
            volume: None,
        })
        .collect();
    Series {
        exchange: exchange.map(str::to_owned),
        ..Series::of_bars(Ticker::parse(ticker).unwrap(), bars)
    }
}

/// The last and the next session end, without the half hour after it.
fn ends(ticker: &str, exchange: &str, now: &str) -> (String, String) {
    let series = series(ticker, Some(exchange), &["2026-01-05"]);
    let shown = |end: Option<DateTime<Utc>>| (end.unwrap() - SETTLED_AFTER).format("%m-%dT%H:%M").to_string();
    (
        shown(last_session_end(&series, at(now))),
        shown(next_session_end(&series, at(now))),
    )
}

#[test]
fn session_ends_follow_the_exchanges_clock_its_half_days_and_its_holidays() {
    for (ticker, exchange, now, last, next) in [
        // The day after Thanksgiving is a half day; New York is at UTC−5 in winter and UTC−4 in summer.
        ("AAPL", "NasdaqGS", "2026-11-27T18:29", "11-25T21:00", "11-27T18:00"),
        ("AAPL", "NMS", "2026-11-27T18:30", "11-27T18:00", "11-30T21:00"),
        ("AAPL", "NYSE", "2026-03-06T22:00", "03-06T21:00", "03-09T20:00"),
        ("AAPL", "NYQ", "2026-10-30T21:00", "10-30T20:00", "11-02T21:00"),
        // London changed to winter time a week before New York.
        ("VOD.L", "LSE", "2026-10-23T17:00", "10-23T15:30", "10-26T16:30"),
        ("VOD.L", "LSE", "2026-12-26T12:00", "12-24T12:30", "12-29T16:30"),
        ("SAP.DE", "GER", "2026-12-30T12:00", "12-29T16:30", "12-30T13:00"),
        ("SAP.F", "FRA", "2026-06-01T19:00", "05-29T20:00", "06-01T20:00"),
        ("MC.PA", "PAR", "2026-12-31T14:00", "12-31T13:05", "01-04T16:30"),
        ("NESN.SW", "EBS", "2026-03-30T08:00", "03-27T16:30", "03-30T15:30"),
        ("7203.T", "JPX", "2026-05-05T03:00", "05-01T06:30", "05-07T06:30"),
        ("7203.T", "Tokyo", "2024-11-01T12:00", "11-01T06:00", "11-05T06:30"),
        ("0700.HK", "HKG", "2026-02-18T00:00", "02-16T04:00", "02-20T08:00"),
        ("600519.SS", "SHH", "2026-02-20T00:00", "02-13T07:00", "02-24T07:00"),
        ("TCS.NS", "NSI", "2025-10-21T10:00", "10-21T09:15", "10-23T10:00"),
        ("TCS.BO", "BSE", "2020-11-14T12:00", "11-13T10:00", "11-14T13:45"),
        ("RY.TO", "TOR", "2026-12-24T18:30", "12-24T18:00", "12-29T21:00"),
        // London's midnight ends the day of a currency, at UTC+1 in summer.
        ("EURUSD=X", "CCY", "2026-07-04T12:00", "07-03T23:00", "07-06T23:00"),
        ("BTC-USD", "CCC", "2026-07-04T12:00", "07-04T00:00", "07-05T00:00"),
    ] {
        assert_eq!(
            ends(ticker, exchange, now),
            (last.to_owned(), next.to_owned()),
            "{ticker} {now}"
        );
    }
}

#[test]
fn a_holiday_and_a_closing_that_nobody_foresaw_have_no_session_end() {
    assert_eq!(ends("AAPL", "NYSE", "2026-07-04T12:00").0, "07-02T20:00");
    assert_eq!(ends("AAPL", "NYSE", "2012-10-30T23:00").0, "10-26T20:00");
}

#[test]
fn an_exchange_without_a_table_has_no_session_ends() {
    let petrobras = series("PETR4.SA", Some("São Paulo"), &["2026-01-05"]);
    assert_eq!(last_session_end(&petrobras, at("2026-07-04T12:00")), None);
    assert_eq!(next_session_end(&petrobras, at("2026-07-04T12:00")), None);
}

#[test]
fn a_files_bar_of_today_is_left_out_until_the_session_has_ended() {
    let last = |ticker: &str, now: &str| {
        let given = series(ticker, None, &["2026-11-25", "2026-11-27"]);
        let kept = without_open_day(given, at(now));
        (kept.last().unwrap().date.to_string(), kept.warnings.len())
    };
    assert_eq!(last("AAPL", "2026-11-27T15:00"), ("2026-11-25".to_owned(), 1));
    assert_eq!(last("AAPL", "2026-11-27T19:00"), ("2026-11-27".to_owned(), 0));
    assert_eq!(last("AAPL", "2026-11-28T12:00"), ("2026-11-27".to_owned(), 0));
    assert_eq!(last("7203.T", "2026-11-27T05:00"), ("2026-11-25".to_owned(), 1));
    assert_eq!(last("7203.T", "2026-11-27T07:00"), ("2026-11-27".to_owned(), 0));
    // In Tokyo the 27th has not begun when it is still the 26th in New York, and the other way round.
    assert_eq!(last("7203.T", "2026-11-26T15:30"), ("2026-11-25".to_owned(), 1));
    assert_eq!(last("AAPL", "2026-11-28T03:00"), ("2026-11-27".to_owned(), 0));
    // Where the exchange is not known, nothing tells whether the day is over.
    assert_eq!(last("PETR4.SA", "2026-11-27T15:00"), ("2026-11-27".to_owned(), 0));
}

/// What Yahoo tells beside the bars: the exchange, its zone, the trading period and the time of the newest quote.
fn meta(exchange: &str, zone: &str, period: Option<(&str, &str)>, quoted: Option<&str>) -> YMetaData {
    let seconds = |text: &str| at(text).timestamp();
    let none = json!({"timezone": "", "start": 0, "end": 0, "gmtoffset": 0});
    let regular = period.map_or(
        none.clone(),
        |(start, end)| json!({"timezone": "", "start": seconds(start), "end": seconds(end), "gmtoffset": 0}),
    );
    serde_json::from_value(json!({
        "currency": "USD", "symbol": "", "longName": null, "shortName": null, "instrumentType": "EQUITY",
        "exchangeName": "", "fullExchangeName": exchange, "regularMarketTime": quoted.map(seconds),
        "gmtoffset": 0, "timezone": "", "exchangeTimezoneName": zone, "hasPrePostMarketData": false, "priceHint": 2,
        "currentTradingPeriod": {"pre": none, "regular": regular, "post": none},
        "dataGranularity": "1d", "range": "",
    }))
    .unwrap()
}

fn is_moving(meta: &YMetaData, date: &str, now: &str) -> bool {
    still_moving(day(date), meta, &ExchangeClock::of(meta), at(now))
}

#[test]
fn an_hour_after_the_close_the_days_bar_is_final_whatever_period_the_chart_gives() {
    let of_the_day = Some(("2026-11-25T14:30", "2026-11-25T21:00"));
    let of_the_day_before = Some(("2026-11-24T14:30", "2026-11-24T21:00"));
    let of_the_next = Some(("2026-11-27T14:30", "2026-11-27T18:00"));
    let new_york = |period, quoted| meta("NasdaqGS", "America/New_York", period, quoted);
    for (period, quoted) in [
        (of_the_day, Some("2026-11-25T21:00")),
        (of_the_day, Some("2026-11-25T20:59")),
        (of_the_day_before, Some("2026-11-25T20:59")),
        (of_the_next, Some("2026-11-25T20:59")),
        (None, Some("2026-11-25T20:59")),
        (None, None),
    ] {
        let meta = new_york(period, quoted);
        assert!(!is_moving(&meta, "2026-11-25", "2026-11-25T22:00"), "{period:?}");
    }
    // During the session the day's bar moves, a period of the day before notwithstanding.
    for period in [of_the_day, of_the_day_before, None] {
        let meta = new_york(period, Some("2026-11-25T18:59"));
        assert!(is_moving(&meta, "2026-11-25", "2026-11-25T19:00"), "{period:?}");
        assert!(!is_moving(&meta, "2026-11-24", "2026-11-25T19:00"), "{period:?}");
    }
}

#[test]
fn the_charts_own_period_tells_of_a_half_day_that_the_calendar_does_not_know() {
    let short = Some(("2026-11-23T14:30", "2026-11-23T17:00"));
    let meta = meta("NYSE", "America/New_York", short, Some("2026-11-23T17:00"));
    assert!(!is_moving(&meta, "2026-11-23", "2026-11-23T17:05"));
}

#[test]
fn without_period_and_calendar_a_day_is_final_when_the_exchanges_next_one_has_begun() {
    let meta = meta("São Paulo", "America/Sao_Paulo", None, None);
    assert!(is_moving(&meta, "2026-11-25", "2026-11-26T02:00"));
    assert!(!is_moving(&meta, "2026-11-25", "2026-11-26T04:00"));
}
