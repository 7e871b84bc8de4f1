//! Reads an answer of Yahoo's chart service: status and body come in, a [`Series`] goes out. Pure; asks nothing.
//!
//! The types of `yahoo_finance_api` parse the answer. They require every field of `meta` and arrays of equal length, so
//! [`tidied`] first adds the fields that Yahoo sometimes leaves out and Tripod does not use. The crate reads a missing price or
//! volume as zero; here it becomes `None` again.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use yahoo_finance_api::{CurrentTradingPeriod, Quote, YMetaData, YResponse, YahooError};

use super::super::calendar::{ExchangeClock, still_moving};
use super::super::currency::main_unit;
use super::super::error::MarketError;
use super::super::series::{Bar, DateRange, Dividend, Events, Series, SourceKind, Split};
use super::super::ticker::Ticker;
use crate::text::clean_text;

/// What was asked, and when.
pub struct ChartQuestion<'a> {
    /// The symbol.
    pub ticker: &'a Ticker,
    /// The days wanted; bars outside are dropped.
    pub range: DateRange,
    /// The current time, which tells a finished day from one that is still trading.
    pub now: DateTime<Utc>,
}

/// The service's name, for messages.
pub const SERVICE: &str = "Yahoo's chart service";

const MAX_NAME: usize = 120;

/// Days that a warning names.
const MOST_DAYS: usize = 5;

/// The granularity of a day's bars.
const DAILY: &str = "1d";

/// Reads the chart in `body`.
///
/// # Errors
/// [`MarketError::UnknownSymbol`], `NoBars`, `Refused` or `Malformed`.
pub fn read(question: &ChartQuestion<'_>, status: u16, body: &[u8]) -> Result<Series, MarketError> {
    let ticker = question.ticker;
    let malformed = |reason: String| MarketError::Malformed {
        service: SERVICE,
        ticker: ticker.clone(),
        reason,
    };
    let answer: Value = match serde_json::from_slice(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)) {
        Ok(answer) => answer,
        Err(_) if status == 404 => {
            return Err(MarketError::unknown(SERVICE, ticker));
        }
        Err(_) if status != 200 => return Err(malformed(format!("HTTP {status}"))),
        Err(error) => return Err(malformed(format!("not JSON ({error})"))),
    };
    if let Some(error) = reported_error(question, status, &answer) {
        return Err(error);
    }
    let response = YResponse::from_json(tidied(answer)).map_err(|error| malformed(told(&error)))?;
    let meta = response.metadata().map_err(|error| malformed(told(&error)))?;
    let quotes = match response.quotes() {
        Ok(quotes) => quotes,
        Err(YahooError::NoQuotes) => return Err(no_bars(question)),
        Err(error) => return Err(malformed(told(&error))),
    };
    if !meta.data_granularity.eq_ignore_ascii_case(DAILY) {
        let came = clean_text(&meta.data_granularity, 20);
        return Err(malformed(format!(
            "its bars are of `{came}`, and {DAILY} was asked for"
        )));
    }
    let stamps = response.chart.result.iter().flatten().next();
    let rows = stamps.and_then(|block| block.timestamp.as_ref()).map_or(0, Vec::len);

    let mut warnings = Vec::new();
    let clock = ExchangeClock::of(&meta);
    let (currency, minor_units) = currency_of(&meta, &mut warnings);
    let events = events(&response, &quotes, &clock);
    let mut bars = bars(quotes, rows, &clock, minor_units, &mut warnings);
    bars.retain(|bar| (question.range.from..=question.range.to).contains(&bar.date));
    if let Some(last) = bars.last().map(|bar| bar.date)
        && still_moving(last, &meta, &clock, question.now)
    {
        bars.pop();
        warnings.push(format!("the bar of {last} was left out: the market had not closed yet"));
    }
    if bars.is_empty() {
        return Err(no_bars(question));
    }
    Ok(Series {
        ticker: ticker.clone(),
        company: name(meta.long_name).or_else(|| name(meta.short_name)),
        currency,
        exchange: name(Some(meta.full_exchange_name)).or_else(|| name(Some(meta.exchange_name))),
        bars,
        source: SourceKind::Yahoo,
        warnings,
        events: events.between(question.range.from, question.range.to),
        doubts: Vec::new(),
    })
}

fn no_bars(question: &ChartQuestion<'_>) -> MarketError {
    MarketError::NoBars {
        ticker: question.ticker.clone(),
        from: question.range.from,
        to: question.range.to,
    }
}

fn name(raw: Option<String>) -> Option<String> {
    raw.map(|raw| clean_text(&raw, MAX_NAME))
        .filter(|name| !name.is_empty())
}

fn told(error: &YahooError) -> String {
    clean_text(&error.to_string(), 200)
}

/// The error in the body of the answer; its HTTP status does not always agree.
fn reported_error(question: &ChartQuestion<'_>, status: u16, answer: &Value) -> Option<MarketError> {
    let ticker = question.ticker.clone();
    let error = ["chart", "finance"]
        .iter()
        .filter_map(|part| answer.get(part)?.get("error"))
        .chain(answer.get("error"))
        .find(|error| !error.is_null());
    let Some(error) = error else {
        return match status {
            200 => None,
            404 => Some(MarketError::unknown(SERVICE, &ticker)),
            _ => Some(MarketError::Malformed {
                service: SERVICE,
                ticker,
                reason: format!("HTTP {status}"),
            }),
        };
    };
    let text = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default();
    let (code, description) = (text("code"), text("description"));
    if code.eq_ignore_ascii_case("Not Found") {
        return Some(MarketError::unknown(SERVICE, &ticker));
    }
    // Yahoo answers "bad request" for a range before the first or after the last trading day.
    if description.contains("Data doesn't exist") {
        return Some(no_bars(question));
    }
    let said = clean_text(&format!("{code}: {description}"), 200);
    Some(MarketError::Refused {
        service: SERVICE,
        ticker,
        reason: if said == ":" { format!("HTTP {status}") } else { said },
    })
}

/// The answer with all fields that `yahoo_finance_api` requires, and without those that Tripod does not read.
fn tidied(mut answer: Value) -> Value {
    let Some(block) = answer.pointer_mut("/chart/result/0").and_then(Value::as_object_mut) else {
        return answer;
    };
    if let Some(meta) = block.get_mut("meta").and_then(Value::as_object_mut) {
        meta.remove("tradingPeriods");
        let periods = meta.get("currentTradingPeriod");
        if periods.is_some_and(|p| serde_json::from_value::<CurrentTradingPeriod>(p.clone()).is_err()) {
            meta.remove("currentTradingPeriod");
        }
        for (key, default) in [
            ("symbol", json!("")),
            ("instrumentType", json!("")),
            ("exchangeName", json!("")),
            ("fullExchangeName", json!("")),
            ("gmtoffset", json!(0)),
            ("timezone", json!("")),
            ("exchangeTimezoneName", json!("")),
            ("hasPrePostMarketData", json!(false)),
            ("priceHint", json!(2)),
            ("dataGranularity", json!(DAILY)),
            ("range", json!("")),
        ] {
            let value = meta.entry(key).or_insert(Value::Null);
            if value.is_null() {
                *value = default;
            }
        }
    }
    // The events decide nothing about the bars: what is not readable among them is left out.
    let readable = |kind: &str, fits: fn(&Value) -> bool| {
        let entries = block.get("events")?.get(kind)?.as_object()?.iter();
        let kept = entries.filter(|(key, entry)| key.parse::<i64>().is_ok() && fits(entry));
        Some(
            kept.map(|(key, entry)| (key.clone(), entry.clone()))
                .collect::<Map<_, _>>(),
        )
    };
    let splits = readable("splits", |entry| yahoo_finance_api::Split::deserialize(entry).is_ok());
    let dividends = readable("dividends", |entry| {
        yahoo_finance_api::Dividend::deserialize(entry).is_ok()
    });
    block.insert("events".to_owned(), json!({ "splits": splits, "dividends": dividends }));

    let rows = block.get("timestamp").and_then(Value::as_array).map_or(0, Vec::len);
    if let Some(quote) = block
        .get_mut("indicators")
        .and_then(|indicators| indicators.pointer_mut("/quote/0"))
        .and_then(Value::as_object_mut)
    {
        for key in ["open", "high", "low", "close", "volume"] {
            let column = quote.entry(key).or_insert(Value::Null);
            if column.is_null() {
                *column = Value::Array(vec![Value::Null; rows]);
            }
        }
        for volume in quote
            .get_mut("volume")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            if !volume.is_u64() {
                *volume = match volume.as_f64() {
                    Some(shares) if (0.0..1e18).contains(&shares) => json!(shares as u64),
                    _ => Value::Null,
                };
            }
        }
    }
    answer
}

/// Adjusted bars, oldest first, one a date, from quotes in any order.
fn bars(
    mut quotes: Vec<Quote>,
    rows: usize,
    clock: &ExchangeClock,
    minor_units: f64,
    warnings: &mut Vec<String>,
) -> Vec<Bar> {
    let missing = rows.saturating_sub(quotes.len());
    if missing > 0 {
        warnings.push(format!("{missing} of {rows} days had no close and were left out"));
    }
    let is_price = |quote: &Quote| quote.close.is_finite() && quote.close > 0.0;
    let unusable = quotes.iter().filter(|quote| !is_price(quote));
    let unusable: Vec<String> = unusable
        .filter_map(|quote| Some(clock.date(quote.timestamp)?.to_string()))
        .collect();
    if !unusable.is_empty() {
        let named = unusable.get(..MOST_DAYS).unwrap_or(&unusable).join(", ");
        let more = if unusable.len() > MOST_DAYS { ", …" } else { "" };
        warnings.push(format!(
            "{} of {rows} days had a close that is no price above zero and were left out: {named}{more}",
            unusable.len()
        ));
    }
    quotes.retain(is_price);
    quotes.sort_by_key(|quote| quote.timestamp);
    let factors = adjustment_factors(&quotes, warnings);

    let mut bars: Vec<Bar> = Vec::with_capacity(quotes.len());
    let mut repeated = 0;
    for (quote, factor) in quotes.iter().zip(factors) {
        let Some(date) = clock.date(quote.timestamp) else {
            continue;
        };
        let price = |raw: f64| Some(raw * factor / minor_units).filter(|p| p.is_finite() && *p > 0.0);
        let Some(close) = price(quote.close) else {
            continue;
        };
        let bar = Bar {
            date,
            open: price(quote.open),
            high: price(quote.high),
            low: price(quote.low),
            close,
            volume: Some(quote.volume).filter(|&shares| shares > 0),
        };
        match bars.last_mut() {
            // The later time stamp of a day wins: Yahoo appends a live row after the daily one.
            Some(last) if last.date == date => {
                repeated += 1;
                *last = bar;
            }
            _ => bars.push(bar),
        }
    }
    if repeated > 0 {
        warnings.push(format!("{repeated} days were given twice; the later row was taken"));
    }
    bars
}

/// The adjustment factor of each quote: adjusted close over close. A quote without one takes the nearest later factor, else the
/// nearest earlier.
fn adjustment_factors(quotes: &[Quote], warnings: &mut Vec<String>) -> Vec<f64> {
    let mut factors: Vec<Option<f64>> = quotes
        .iter()
        .map(|quote| Some(quote.adjclose / quote.close).filter(|f| f.is_finite() && *f > 0.0))
        .collect();
    let missing = factors.iter().filter(|factor| factor.is_none()).count();
    if missing > 0 && missing == factors.len() {
        warnings.push("the source gives no adjusted closes: the prices are as traded".to_owned());
    } else if missing > 0 {
        warnings.push(format!(
            "{missing} days had no adjusted close; their neighbours' adjustment was taken"
        ));
    }
    let mut known = None;
    for factor in factors.iter_mut().rev() {
        known = factor.or(known);
        *factor = known;
    }
    let mut known = 1.0;
    let fill = |factor: Option<f64>| {
        known = factor.unwrap_or(known);
        known
    };
    factors.into_iter().map(fill).collect()
}

/// The ISO 4217 code, and the quoted units in one of it.
fn currency_of(meta: &YMetaData, warnings: &mut Vec<String>) -> (String, f64) {
    main_unit(meta.currency.as_deref().unwrap_or_default()).unwrap_or_else(|| {
        warnings.push("the source names no currency; XXX stands for it".to_owned());
        ("XXX".to_owned(), 1.0)
    })
}

/// The splits and dividends of the answer, oldest first. A dividend is told as a share of the last close before it, which is as
/// traded but for splits, as the dividend is. Without such a close it is left out.
fn events(response: &YResponse, quotes: &[Quote], clock: &ExchangeClock) -> Events {
    let split = |split: yahoo_finance_api::Split| {
        let ratio = split.numerator / split.denominator;
        let date = clock.date(split.date)?;
        (ratio.is_finite() && ratio > 0.0).then_some(Split { date, ratio })
    };
    let mut closes: Vec<(i64, f64)> = quotes.iter().map(|quote| (quote.timestamp, quote.close)).collect();
    closes.retain(|(_, close)| close.is_finite() && *close > 0.0);
    closes.sort_by_key(|(stamp, _)| *stamp);
    let dividend = |paid: yahoo_finance_api::Dividend| {
        let date = clock.date(paid.date)?;
        let before = closes.partition_point(|(stamp, _)| clock.date(*stamp).is_some_and(|day| day < date));
        let (_, close) = closes.get(before.checked_sub(1)?)?;
        let of_price = paid.amount / close;
        (of_price.is_finite() && of_price > 0.0).then_some(Dividend { date, of_price })
    };
    // The response gives both in the order of their dates.
    Events {
        splits: response
            .splits()
            .unwrap_or_default()
            .into_iter()
            .filter_map(split)
            .collect(),
        dividends: response
            .dividends()
            .unwrap_or_default()
            .into_iter()
            .filter_map(dividend)
            .collect(),
    }
}
