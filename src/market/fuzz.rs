//! What strangers send about prices and securities: answers of services, files of users, symbols. Bytes come in; what the parsers take
//! must be what a [`Series`] promises.

#![allow(clippy::expect_used)]

use std::sync::LazyLock;
use std::time::Duration;

use chrono::NaiveDate;
use reqwest::StatusCode;

use super::csv::{CsvOptions, csv_series};
use super::fundamentals::read_summary;
use super::sources::{
    AlphaVantage, BarQuery, BarSource, BarSources, Finnhub, Polygon, Service, Stooq, Tiingo, YahooOptions,
};
use super::universe::{ListingSource, Universe, UniverseFile, UniverseOptions, fetch_universe};
use super::{Bar, MarketError, Meaning, Repair, Series, Ticker, fetch, meaning, parquet_bars, search_company};
use crate::fuzz::{check_text, check_told, choice, folder, wait, with_file};
use crate::net::{Answer, HttpClient, Secret};

/// Longer names than this are cut by every source.
const LONGEST_NAME: usize = 4 * 120;

/// The largest companies.
static LISTED: LazyLock<Universe> = LazyLock::new(Universe::bundled);

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// An answer of a service; the first byte chooses the status.
fn answer(bytes: &[u8]) -> Answer {
    let (status, body) = choice(bytes);
    let status = [200, 200, 200, 404, 400, 422][usize::from(status) % 6];
    Answer {
        status: StatusCode::from_u16(status).expect("a status"),
        body: body.to_vec(),
        cookies: Vec::new(),
    }
}

/// A client whose every request has this answer.
fn client(bytes: &[u8]) -> HttpClient {
    HttpClient::answered(answer(bytes)).expect("a client")
}

fn check_bars(bars: &[Bar]) {
    assert!(!bars.is_empty());
    let mut last = None;
    for bar in bars {
        assert!(last < Some(bar.date), "{} is not later than {last:?}", bar.date);
        last = Some(bar.date);
        let others = [bar.open, bar.high, bar.low];
        for price in others.into_iter().flatten().chain([bar.close]) {
            assert!(price.is_finite() && price > 0.0, "{bar:?}");
        }
    }
}

fn check_series(series: &Series) {
    check_bars(&series.bars);
    for name in series.company.iter().chain(&series.exchange).chain([&series.currency]) {
        check_text(name, LONGEST_NAME);
    }
    series.warnings.iter().for_each(|warning| check_text(warning, 4096));
    for split in &series.events.splits {
        assert!(split.ratio.is_finite() && split.ratio > 0.0, "{split:?}");
    }
    for dividend in &series.events.dividends {
        assert!(dividend.of_price.is_finite() && dividend.of_price > 0.0, "{dividend:?}");
    }
    let written = serde_json::to_vec(series).expect("JSON");
    let read: Series = serde_json::from_slice(&written).expect("a series");
    assert_eq!(&read, series);
}

fn check_result(result: Result<Series, MarketError>) {
    match result {
        Ok(series) => check_series(&series),
        Err(error) => check_told(&error),
    }
}

/// Asks a source for five years of bars up to a day, as an analysis does, with the repair of glitches.
fn ask(client: &HttpClient, source: impl BarSource + 'static, symbol: &str) {
    let query = BarQuery {
        ticker: Ticker::parse(symbol).expect("a symbol"),
        as_of: Some(date("2024-06-28")),
        bars: 1_300,
        repair: Repair::default(),
    };
    check_result(wait(source.bars(client, &query)));
    check_result(wait(fetch(client, &BarSources::only(source), &query, None)));
}

/// An answer of Yahoo's chart service.
pub(crate) fn chart_answer(bytes: &[u8]) {
    let options = YahooOptions {
        second_url: None,
        ..YahooOptions::default()
    };
    ask(&client(bytes), options, "AAPL");
}

/// An answer of another service with prices, or with what a company is called and worth.
pub(crate) fn price_answer(bytes: &[u8]) {
    let (service, bytes) = choice(bytes);
    let client = &client(bytes);
    let at = || Service::at("https://127.0.0.1", Some(Secret::new("0123456789")));
    match service % 7 {
        0 => ask(client, Tiingo(at()), "AAPL"),
        1 => ask(client, AlphaVantage(at()), "VOD.L"),
        2 => ask(client, Finnhub(at()), "AAPL"),
        3 => ask(client, Polygon(at()), "BTC-USD"),
        4 => ask(client, Stooq(at()), "VOD.L"),
        5 => {
            let ticker = Ticker::parse("AAPL").expect("a symbol");
            match read_summary(&ticker, &answer(bytes), date("2024-06-28")) {
                Ok(company) => {
                    for text in company.sector.iter().chain(&company.industry).chain(&company.currency) {
                        check_text(text, LONGEST_NAME);
                    }
                    let figures = [company.market_cap, company.price_earnings, company.dividend_yield];
                    assert!(figures.into_iter().flatten().all(f64::is_finite), "{company:?}");
                }
                Err(error) => check_told(&error),
            }
        }
        _ => match wait(search_company(client, &YahooOptions::default(), "Apple")) {
            Ok(found) => {
                assert!(found.len() <= 6);
                for one in &found {
                    check_symbol(&one.ticker);
                    for text in one.name.iter().chain(&one.short_name).chain(&one.exchange) {
                        check_text(text, LONGEST_NAME);
                    }
                    let _ = one.answers_to("Apple");
                }
            }
            Err(error) => check_told(&error),
        },
    }
}

/// A user's CSV file.
pub(crate) fn table(bytes: &[u8]) {
    let ticker = Ticker::parse("AAPL").expect("a symbol");
    check_result(csv_series(bytes, &ticker, &CsvOptions::new("prices.csv")));
}

/// A user's Parquet file.
pub(crate) fn parquet(bytes: &[u8]) {
    match with_file("AAPL.parquet", bytes, parquet_bars) {
        Ok(found) => found.values().for_each(|bars| check_bars(bars)),
        Err(error) => check_told(&error),
    }
}

/// The pages of an exchange's list of symbols, or the file that a fetched list is kept in.
pub(crate) fn listings(bytes: &[u8]) {
    let (source, rest) = choice(bytes);
    let source = match source % 4 {
        0 => ListingSource::Nasdaqlisted,
        1 => ListingSource::Otherlisted,
        2 => ListingSource::Nyse,
        _ => return list_file(rest),
    };
    let folder = folder();
    let file = UniverseFile::in_folder(folder.path());
    let options = UniverseOptions {
        sources: vec![source],
        pause: Duration::ZERO,
        ..UniverseOptions::default()
    };
    let now = date("2024-06-28").and_hms_opt(12, 0, 0).expect("a time").and_utc();
    match wait(fetch_universe(&client(rest), &options, &file, now, &mut |_| {})) {
        // What was written is read back whole.
        Ok(fetched) => {
            let universe = file.current().expect("the list that was written");
            assert_eq!(universe.listings().len(), fetched.listings);
            check_universe(&universe);
        }
        Err(error) => check_told(&error),
    }
}

fn list_file(bytes: &[u8]) {
    let read = with_file("universe.csv", bytes, |path| {
        UniverseFile::in_folder(path.parent().expect("a folder")).current()
    });
    match read {
        Ok(universe) => check_universe(&universe),
        Err(error) => check_told(&error),
    }
}

fn check_universe(universe: &Universe) {
    for listing in universe.listings() {
        check_symbol(&listing.yahoo);
        check_text(&listing.name, LONGEST_NAME * 4);
        let _ = universe.get(&listing.yahoo);
    }
}

/// A symbol is a name of a file and a part of an address.
fn check_symbol(ticker: &Ticker) {
    let symbol = ticker.as_str();
    assert!((1..=64).contains(&symbol.len()), "{symbol}");
    let fits = |c: char| c.is_ascii_alphanumeric() || ".-=^&_".contains(c);
    assert!(
        symbol.chars().all(fits) && symbol.chars().any(|c| c.is_ascii_alphanumeric()),
        "{symbol}"
    );
    assert_eq!(
        Ticker::parse(symbol).as_ref(),
        Ok(ticker),
        "{symbol} is read as another"
    );
}

/// What a user writes for a security: a symbol, a link, a company's name.
pub(crate) fn ticker(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Ticker::parse(text) {
        Ok(ticker) => check_symbol(&ticker),
        Err(error) => check_told(&error),
    }
    if let Some(notice) = Ticker::notice(text) {
        check_text(&notice, 4 * text.len() + 200);
    }
    assert!(LISTED.search(text, 5).len() <= 5);
    match wait(meaning(&LISTED, None, text)) {
        Ok(Meaning::One(found)) => check_symbol(&found.ticker),
        Ok(Meaning::Several(found)) => found.iter().for_each(|found| check_symbol(&found.ticker)),
        Ok(Meaning::Nothing) => {}
        Err(error) => check_told(&error),
    }
}
