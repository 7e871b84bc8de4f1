//! Answers of Yahoo's chart service for the tests, and how the tests ask for them.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{Reply, Web, client, impatient};
use tripod::market::{DateRange, MarketError, Series, Ticker, YahooOptions, daily_bars};
use tripod::net::RequestOptions;

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn year_2013() -> DateRange {
    DateRange {
        from: day("2013-01-01"),
        to: day("2013-12-31"),
    }
}

pub fn options(web: &Web) -> YahooOptions {
    YahooOptions {
        request: RequestOptions {
            retry_unauthorized: true,
            ..impatient()
        },
        ..YahooOptions::at(&web.url)
    }
}

pub async fn ask(web: &Web, ticker: &str, range: DateRange) -> Result<Series, MarketError> {
    daily_bars(&client(), &options(web), &Ticker::parse(ticker).unwrap(), range).await
}

pub async fn bars_of(answer: &Value) -> Result<Series, MarketError> {
    let web = Web::answering_once(Reply::json(answer)).await;
    ask(&web, "ACME", year_2013()).await
}

/// 09:30 in New York on a winter day.
pub fn open(date: &str) -> i64 {
    day(date).and_hms_opt(14, 30, 0).unwrap().and_utc().timestamp()
}

/// The answer's form was written down from the service's own; the figures are invented.
pub fn chart(dates: &[&str], closes: Value, adjusted: Value) -> Value {
    let stamps: Vec<i64> = dates.iter().map(|date| open(date)).collect();
    let n = stamps.len();
    json!({"chart": {"error": null, "result": [{
        "meta": {
            "currency": "USD", "symbol": "ACME", "exchangeName": "NYQ", "fullExchangeName": "NYSE",
            "instrumentType": "EQUITY", "firstTradeDate": -252322200, "regularMarketTime": open("2013-12-31"),
            "hasPrePostMarketData": true, "gmtoffset": -18000, "timezone": "EST",
            "exchangeTimezoneName": "America/New_York", "regularMarketPrice": 10.0, "fiftyTwoWeekHigh": 12.0,
            "longName": "Acme &amp; Sons\u{202e} Inc.", "shortName": "Acme", "chartPreviousClose": 9.0, "priceHint": 2,
            "currentTradingPeriod": period(open("2013-12-31"), open("2013-12-31") + 23_400),
            "dataGranularity": "1d", "range": "", "validRanges": ["1d", "max"]
        },
        "timestamp": stamps,
        "indicators": {
            "quote": [{
                "open": vec![json!(10.0); n], "high": vec![json!(12.0); n], "low": vec![json!(8.0); n],
                "close": closes, "volume": vec![json!(1_000); n]
            }],
            "adjclose": [{"adjclose": adjusted}]
        }
    }]}})
}

pub fn period(start: i64, end: i64) -> Value {
    let part = |start, end| json!({"timezone": "EST", "start": start, "end": end, "gmtoffset": -18000});
    json!({"pre": part(start - 3_600, start), "regular": part(start, end), "post": part(end, end + 3_600)})
}

pub fn plain() -> Value {
    chart(
        &["2013-02-27", "2013-02-28", "2013-03-01"],
        json!([10.0, 11.0, 12.0]),
        json!([10.0, 11.0, 12.0]),
    )
}

pub fn set(answer: &mut Value, path: &str, value: Value) {
    let (parent, key) = path.rsplit_once('/').unwrap();
    let parent = answer.pointer_mut(&format!("/chart/result/0{parent}")).unwrap();
    match parent {
        Value::Array(list) => list[key.parse::<usize>().unwrap()] = value,
        other => other[key] = value,
    }
}

/// A lively answer with the weekdays among the last `days` calendar days, up to yesterday.
pub fn weekdays(days: u64) -> Value {
    let today = chrono::Utc::now().date_naive();
    let dates: Vec<String> = (1..=days)
        .rev()
        .map(|back| today - chrono::Days::new(back))
        .filter(|day| chrono::Datelike::weekday(day).num_days_from_monday() < 5)
        .map(|day| day.to_string())
        .collect();
    let names: Vec<&str> = dates.iter().map(String::as_str).collect();
    let closes: Vec<f64> = (0..names.len()).map(|n| 1000.0 + (n % 9) as f64 * 5.0).collect();
    chart(&names, json!(closes), json!(closes))
}
