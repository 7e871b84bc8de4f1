//! Services with bars, each imitated by a local server that answers as documented: what becomes of its answers, its errors and its
//! messages about quotas, and the order in which sources are asked. The answers are in `tests/fixtures/market`.

use std::path::Path;

use crate::web::{Reply, Web, client, impatient};
use chrono::NaiveDate;

use tripod::market::{
    AlphaVantage, BarQuery, BarSource, BarSources, DemoBars, Finnhub, MarketError, Polygon, Repair, Series, Service,
    SourceKind, Stooq, Ticker, Tiingo, fetch,
};
use tripod::net::Secret;

const KEY: &str = "0123456789abcdef";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn query(ticker: &str) -> BarQuery {
    BarQuery {
        ticker: Ticker::parse(ticker).unwrap(),
        as_of: Some(day("2024-02-29")),
        bars: 30,
        repair: Repair::default(),
    }
}

fn fixture(name: &str) -> Reply {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/market")
        .join(name);
    Reply::text(200, &std::fs::read_to_string(path).unwrap())
}

fn service(web: &Web) -> Service {
    let mut service = Service::at(&web.url, Some(Secret::new(KEY)));
    service.request = impatient();
    service
}

async fn bars(source: impl BarSource + 'static, ticker: &str) -> Result<Series, MarketError> {
    fetch(&client(), &BarSources::only(source), &query(ticker), None).await
}

/// The services that need a key, each as a source at `web`.
fn with_keys(web: &Web) -> Vec<Box<dyn BarSource>> {
    vec![
        Box::new(Tiingo(service(web))),
        Box::new(AlphaVantage(service(web))),
        Box::new(Finnhub(service(web))),
        Box::new(Polygon(service(web))),
    ]
}

/// Two days of the same prices in every fixture: the 27th and 28th of February, 2024.
fn assert_two_days(series: &Series, source: SourceKind) {
    let dates: Vec<NaiveDate> = series.bars.iter().map(|bar| bar.date).collect();
    assert_eq!(dates, [day("2024-02-27"), day("2024-02-28")]);
    assert_eq!(series.bars[1].open, Some(41.5));
    assert_eq!((series.bars[1].high, series.bars[1].low), (Some(42.25), Some(40.75)));
    assert_eq!((series.bars[1].close, series.bars[1].volume), (42.0, Some(1_200_000)));
    assert_eq!((series.source, series.currency.as_str()), (source, "USD"));
}

#[tokio::test]
async fn tiingo_gives_adjusted_bars_and_the_name() {
    let web = Web::answering_by_path(&[
        ("/tiingo/daily/ACME/prices", fixture("tiingo-prices.json")),
        ("/tiingo/daily/ACME", fixture("tiingo-about.json")),
    ])
    .await;
    let series = bars(Tiingo(service(&web)), "ACME").await.unwrap();
    assert_two_days(&series, SourceKind::Tiingo);
    // A dividend of one was paid on the second day: the first close of 40 is adjusted to 39.
    assert_eq!(series.bars[0].close, 39.0);
    assert_eq!(
        (series.events.splits.len(), series.events.dividends[0].of_price),
        (0, 1.0 / 40.0)
    );
    assert_eq!(series.company.as_deref(), Some("Acme & Sons Inc"));
    assert_eq!(series.exchange.as_deref(), Some("NYSE"));
    let asked = web.seen();
    let prices = asked.iter().find(|seen| seen.path.ends_with("/prices")).unwrap();
    assert_eq!(prices.headers["authorization"], format!("Token {KEY}"));
    assert!(prices.query.contains("endDate=2024-02-29"), "{}", prices.query);
}

#[tokio::test]
async fn alpha_vantage_gives_adjusted_bars_to_a_paid_key_and_plain_ones_to_a_free_one() {
    let web = Web::answering_once(fixture("alphavantage-adjusted.json")).await;
    let series = bars(AlphaVantage(service(&web)), "ACME").await.unwrap();
    assert_two_days(&series, SourceKind::AlphaVantage);
    assert_eq!(series.bars[0].close, 39.0);
    assert!(web.seen()[0].query.contains("function=TIME_SERIES_DAILY_ADJUSTED"));

    let web = Web::answering(vec![
        fixture("alphavantage-premium.json"),
        fixture("alphavantage-daily.json"),
    ])
    .await;
    let series = bars(AlphaVantage(service(&web)), "ACME").await.unwrap();
    assert_eq!(series.closes(), [40.0, 42.0]);
    assert!(
        series.warnings.iter().any(|told| told.contains("as traded")),
        "{:?}",
        series.warnings
    );
}

#[tokio::test]
async fn a_share_of_london_is_asked_for_in_the_services_own_way_and_converted_from_pence() {
    let web = Web::answering_once(fixture("alphavantage-adjusted.json")).await;
    let series = bars(AlphaVantage(service(&web)), "ACME.L").await.unwrap();
    assert!(web.seen()[0].query.contains("symbol=ACME.LON"));
    assert_eq!((series.last().unwrap().close, series.currency.as_str()), (0.42, "GBP"));

    let web = Web::answering_once(fixture("stooq.csv")).await;
    let series = bars(Stooq(service(&web)), "ACME.L").await.unwrap();
    assert!(web.seen()[0].query.contains("s=acme.uk"));
    assert_eq!((series.last().unwrap().close, series.currency.as_str()), (0.42, "GBP"));
}

#[tokio::test]
async fn finnhub_polygon_and_stooq_give_bars() {
    let web = Web::answering_once(fixture("finnhub-candles.json")).await;
    let series = bars(Finnhub(service(&web)), "ACME").await.unwrap();
    assert_two_days(&series, SourceKind::Finnhub);
    assert_eq!(web.seen()[0].headers["x-finnhub-token"], KEY);

    let web = Web::answering_once(fixture("polygon-aggregates.json")).await;
    let series = bars(Polygon(service(&web)), "BRK-B").await.unwrap();
    assert_two_days(&series, SourceKind::Polygon);
    assert_eq!(web.seen()[0].headers["authorization"], format!("Bearer {KEY}"));
    assert!(
        web.seen()[0].path.contains("/ticker/BRK.B/range/1/day/"),
        "{}",
        web.seen()[0].path
    );

    let web = Web::answering_once(fixture("stooq.csv")).await;
    let series = bars(Stooq(service(&web)), "ACME").await.unwrap();
    assert_two_days(&series, SourceKind::Stooq);
}

#[tokio::test]
async fn a_symbol_that_a_service_does_not_know_is_named() {
    for (name, status) in [
        ("tiingo-unknown.json", 404),
        ("alphavantage-unknown.json", 200),
        ("finnhub-no-data.json", 200),
        ("polygon-empty.json", 200),
    ] {
        let web = Web::answering_once(fixture(name).status(status)).await;
        let of = name.split('-').next().unwrap();
        let source = with_keys(&web).into_iter().find(|source| source.name() == of).unwrap();
        let error = fetch(&client(), &BarSources::new(vec![source]), &query("NOPE"), None)
            .await
            .unwrap_err();
        assert!(
            matches!(&error, MarketError::UnknownSymbol { ticker, .. } if ticker.as_str() == "NOPE"),
            "{name}: {error}"
        );
    }
    let web = Web::answering_once(Reply::text(200, "No data")).await;
    let error = bars(Stooq(service(&web)), "NOPE").await.unwrap_err();
    assert!(matches!(error, MarketError::UnknownSymbol { .. }), "{error}");
}

#[tokio::test]
async fn a_used_up_quota_is_told_in_the_services_words_and_without_the_key() {
    for (name, told) in [
        ("tiingo-quota.json", "hourly request allocation"),
        ("alphavantage-quota.json", "25 requests per day"),
    ] {
        let web = Web::answering_once(fixture(name)).await;
        let of = name.split('-').next().unwrap();
        let source = with_keys(&web).into_iter().find(|source| source.name() == of).unwrap();
        let error = fetch(&client(), &BarSources::new(vec![source]), &query("ACME"), None)
            .await
            .unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(told) && !shown.contains(KEY), "{shown}");
    }
    let web = Web::answering_once(Reply::text(200, "Exceeded the daily hits limit")).await;
    let error = bars(Stooq(service(&web)), "ACME").await.unwrap_err();
    assert!(error.to_string().contains("Exceeded the daily hits limit"), "{error}");
}

#[tokio::test]
async fn a_key_that_is_missing_refused_or_not_enough_is_told_with_its_setting() {
    for status in [401, 403] {
        let web = Web::answering_once(Reply::text(status, "{}")).await;
        for source in with_keys(&web) {
            let name = source.name();
            let error = fetch(&client(), &BarSources::new(vec![source]), &query("ACME"), None)
                .await
                .unwrap_err();
            let fits = match &error {
                MarketError::KeyRefused { setting, .. } => status == 401 && setting.starts_with(name),
                // A free key of Alpha Vantage is asked for the plain series, and refused again.
                MarketError::NotCovered { .. } => status == 403,
                _ => false,
            };
            assert!(fits, "{name}: {error}");
        }
        assert_eq!(
            web.count(),
            if status == 401 { 5 } else { 6 },
            "a refused key is tried once"
        );
    }
    let web = Web::answering_once(Reply::text(200, "{}")).await;
    let without = Service::at(&web.url, None);
    let error = bars(Tiingo(without), "ACME").await.unwrap_err();
    assert!(error.to_string().contains("set tiingo-key"), "{error}");
    assert_eq!(web.count(), 0);
}

#[tokio::test]
async fn a_refused_key_is_not_sent_again_for_the_next_ticker() {
    let web = Web::answering_once(Reply::text(401, "{}")).await;
    let sources = BarSources::only(Polygon(service(&web)));
    for ticker in ["ACME", "IBM", "MSFT"] {
        let error = fetch(&client(), &sources, &query(ticker), None).await.unwrap_err();
        assert!(matches!(error, MarketError::KeyRefused { .. }), "{ticker}: {error}");
    }
    assert_eq!(web.count(), 1);
}

#[tokio::test]
async fn a_key_goes_over_an_encrypted_connection_only() {
    let elsewhere = Service::at("http://example.invalid", Some(Secret::new(KEY)));
    let error = bars(Polygon(elsewhere), "ACME").await.unwrap_err();
    let told = error.to_string();
    assert!(
        told.starts_with("http://example.invalid/") && told.contains("would get the key of Polygon unencrypted"),
        "{told}"
    );
    assert!(matches!(error, MarketError::Unencrypted { .. }), "{error}");
}

#[tokio::test]
async fn what_a_service_does_not_carry_is_not_asked_for() {
    let web = Web::answering_once(Reply::text(200, "{}")).await;
    for ticker in ["7203.T", "^GSPC", "GC=F"] {
        for source in with_keys(&web) {
            let name = source.name();
            let error = fetch(&client(), &BarSources::new(vec![source]), &query(ticker), None)
                .await
                .unwrap_err();
            assert!(matches!(error, MarketError::NotCarried { .. }), "{name}: {error}");
        }
    }
    assert_eq!(web.count(), 0);
}

#[tokio::test]
async fn the_next_source_is_asked_where_one_fails_and_the_answer_says_so() {
    let broken = Web::answering_once(Reply::text(500, "out of order")).await;
    let good = Web::answering_once(fixture("stooq.csv")).await;
    let sources = BarSources::new(vec![
        Box::new(Tiingo(service(&broken))),
        Box::new(Stooq(service(&good))),
    ]);
    let series = fetch(&client(), &sources, &query("ACME"), None).await.unwrap();
    assert_two_days(&series, SourceKind::Stooq);
    let warning = series.warnings.last().unwrap();
    assert!(
        warning.starts_with("Tiingo did not give the bars of ACME") && warning.ends_with("Stooq was asked instead"),
        "{warning}"
    );
}

#[tokio::test]
async fn when_all_sources_fail_each_reason_is_told_and_an_unknown_symbol_stays_one() {
    let broken = Web::answering_once(Reply::text(500, "out of order")).await;
    let sources = BarSources::new(vec![Box::new(Tiingo(service(&broken))), Box::new(DemoBars)]);
    let error = fetch(&client(), &sources, &query("ACME"), None).await.unwrap_err();
    let told = error.to_string();
    assert!(matches!(error, MarketError::AllFailed { .. }), "{told}");
    assert!(
        told.contains("HTTP 500") && told.contains("the demo has no prices of ACME"),
        "{told}"
    );

    let unknown = Web::answering_once(fixture("finnhub-no-data.json")).await;
    let sources = BarSources::new(vec![Box::new(Finnhub(service(&unknown))), Box::new(DemoBars)]);
    let error = fetch(&client(), &sources, &query("ACME"), None).await.unwrap_err();
    assert!(matches!(error, MarketError::UnknownSymbol { .. }), "{error}");

    let error = fetch(&client(), &BarSources::default(), &query("ACME"), None)
        .await
        .unwrap_err();
    assert!(matches!(error, MarketError::NoSource), "{error}");
}
