//! Yahoo's search, imitated by a local server: what it finds for a company's name, and how failures are handled.

use std::error::Error;

use crate::web::chart::options;
use crate::web::{Reply, Web, client};
use serde_json::{Value, json};

use tripod::market::{Found, FoundKind, MarketError, Meaning, Universe, find_company, meaning, search_company};
use tripod::net::HttpError;

async fn search(web: &Web, name: &str) -> Result<Vec<Found>, MarketError> {
    search_company(&client(), &options(web), name).await
}

async fn found_in(quotes: Value) -> Vec<Found> {
    let web = Web::answering_once(Reply::json(&json!({ "quotes": quotes }))).await;
    search(&web, "Plug Power").await.unwrap()
}

fn symbols(found: &[Found]) -> Vec<&str> {
    found.iter().map(|found| found.ticker.as_str()).collect()
}

#[tokio::test]
async fn the_name_is_asked_for_and_the_answer_keeps_its_order() {
    let web = Web::answering_once(Reply::json(&json!({"count": 2, "news": [], "quotes": [
        {"symbol": "PLUG", "shortname": "Plug", "longname": "Plug Power, Inc. &amp; Sons\u{202e}", "quoteType": "EQUITY",
         "exchange": "NCM", "exchDisp": "NASDAQ", "index": "quotes", "score": 30001.0, "isYahooFinance": true},
        {"symbol": "PLUN.DE", "shortname": "PLUG POWER INC", "quoteType": "EQUITY", "exchange": "GER"},
        {"symbol": "^PLG", "quoteType": "INDEX"},
        {"symbol": "PLGX", "quoteType": "ETF"},
        {"symbol": "PLG=F", "quoteType": "FUTURE"},
    ]}))).await;
    let found = search(&web, "Plug & <b>Power</b>\n").await.unwrap();
    assert_eq!(symbols(&found), ["PLUG", "PLUN.DE", "^PLG", "PLGX", "PLG=F"]);
    assert_eq!(found[0].name.as_deref(), Some("Plug Power, Inc. & Sons"));
    assert_eq!(found[0].short_name.as_deref(), Some("Plug"));
    assert_eq!(found[0].exchange.as_deref(), Some("NASDAQ"));
    assert_eq!(found[1].name.as_deref(), Some("PLUG POWER INC"));
    assert_eq!(found[1].exchange.as_deref(), Some("GER"));
    let kinds: Vec<FoundKind> = found.iter().map(|found| found.kind).collect();
    assert_eq!(
        kinds,
        [
            FoundKind::Equity,
            FoundKind::Equity,
            FoundKind::Index,
            FoundKind::Fund,
            FoundKind::Future
        ]
    );
    let asked = &web.seen()[0];
    assert_eq!(
        (asked.method.as_str(), asked.path.as_str()),
        ("GET", "/v1/finance/search")
    );
    assert_eq!(asked.query, "q=Plug+%26+Power&quotesCount=6&newsCount=0");
    assert!(asked.headers["user-agent"].to_str().unwrap().contains("tripod/"));
}

#[tokio::test]
async fn entries_without_a_usable_symbol_are_left_out_and_the_others_stay() {
    let found = found_in(json!([
        {"index": "a private company", "name": "Plug Inc", "permalink": "plug", "isYahooFinance": false},
        {"symbol": 7}, null, "PLUG", [],
        {"symbol": "../../etc"}, {"symbol": "https://finance.yahoo.com/quote/PLUG"}, {"symbol": ""},
        {"symbol": "A".repeat(33)},
        {"symbol": "plug", "longname": 3, "quoteType": null},
        {"symbol": "PLUG", "longname": "the same again"},
    ]))
    .await;
    assert_eq!(symbols(&found), ["PLUG"]);
    assert_eq!((found[0].name.as_deref(), found[0].kind), (None, FoundKind::Other));
}

#[tokio::test]
async fn no_more_are_taken_than_were_asked_for() {
    let quotes: Vec<Value> = (0..500).map(|n| json!({"symbol": format!("PL{n}")})).collect();
    assert_eq!(found_in(json!(quotes)).await.len(), 6);
}

#[tokio::test]
async fn an_unknown_name_is_an_empty_list() {
    assert_eq!(found_in(json!([])).await, []);
}

#[tokio::test]
async fn an_empty_name_is_not_asked_for() {
    let web = Web::answering_once(Reply::text(500, "")).await;
    assert_eq!(search(&web, " \u{200b}\n").await.unwrap(), []);
    assert_eq!(web.count(), 0);
}

#[tokio::test]
async fn an_answer_that_is_no_list_of_securities_is_told() {
    for (reply, told) in [
        (Reply::text(200, "<!doctype html>"), "not JSON"),
        (Reply::json(&json!({"quotes": null})), "nothing at /quotes"),
        (Reply::json(&json!([])), "nothing at /quotes"),
        (Reply::text(404, "gone"), "HTTP 404"),
    ] {
        let web = Web::answering_once(reply).await;
        let error = search(&web, "Plug Power").await.unwrap_err();
        assert!(matches!(error, MarketError::SearchMalformed { .. }), "{error}");
        assert!(
            error.to_string().contains("`Plug Power`") && error.to_string().contains(told),
            "{error}"
        );
        assert_eq!(web.count(), 1);
    }
}

#[tokio::test]
async fn a_service_that_is_busy_is_asked_again_and_its_last_word_is_the_error() {
    let fine = Reply::json(&json!({"quotes": [{"symbol": "PLUG"}]}));
    let web = Web::answering(vec![Reply::text(429, "").header("retry-after", "0"), fine]).await;
    assert_eq!(symbols(&search(&web, "Plug Power").await.unwrap()), ["PLUG"]);

    let web = Web::answering_once(Reply::text(503, "")).await;
    let error = search(&web, "Plug Power").await.unwrap_err();
    assert!(
        matches!(
            &error,
            MarketError::Search {
                source: HttpError::Server { status: 503, .. },
                ..
            }
        ),
        "{error:?}"
    );
    let source = error.source().unwrap().to_string();
    assert!(!source.contains("Plug"), "a query string is in {source}");
    assert_eq!(web.count(), 3);
}

#[tokio::test]
async fn a_company_of_the_list_is_found_without_asking_and_another_is_searched() {
    let answer = json!({"quotes": [{"symbol": "OTHR", "longname": "Other Company"}, {"symbol": "PLUG", "longname": "Plug Power Inc."}]});
    let web = Web::answering_once(Reply::json(&answer)).await;
    let (universe, client, options) = (Universe::bundled(), client(), options(&web));
    let of = async |name: &str, search| {
        let found = find_company(&universe, search, name).await.unwrap();
        found.map(|found| found.ticker.as_str().to_owned())
    };
    let search = Some((&client, &options));
    assert_eq!(of("Tesla", search).await.as_deref(), Some("TSLA"));
    assert_eq!(of("coca-cola", None).await.as_deref(), Some("KO"));
    assert_eq!(of("Plug Power", None).await, None);
    assert_eq!(web.count(), 0);
    assert_eq!(of("Plug Power", search).await.as_deref(), Some("PLUG"));
    assert_eq!(of("awesome", search).await, None);
    assert_eq!(web.count(), 2);
}

async fn meant(quotes: Value, name: &str) -> Meaning {
    let web = Web::answering_once(Reply::json(&json!({ "quotes": quotes }))).await;
    meaning(&Universe::bundled(), Some((&client(), &options(&web))), name)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_company_with_several_listings_is_meant_by_its_name_and_the_first_listing_is_taken() {
    let quotes = json!([
        {"symbol": "PLUG", "longname": "Plug Power, Inc.", "quoteType": "EQUITY", "exchDisp": "NASDAQ"},
        {"symbol": "PLUN.DE", "longname": "Plug Power Inc.", "quoteType": "EQUITY", "exchDisp": "XETRA"},
        {"symbol": "PLGX", "longname": "Plugged In Systems", "quoteType": "EQUITY"},
    ]);
    let Meaning::One(found) = meant(quotes, "plug power").await else {
        panic!("one company has that name");
    };
    assert_eq!(found.ticker.as_str(), "PLUG");
}

#[tokio::test]
async fn of_several_companies_with_a_name_none_is_taken() {
    let quotes = json!([
        {"symbol": "RHM.DE", "longname": "Rheinwerk Metall AG", "quoteType": "EQUITY"},
        {"symbol": "RHK.DE", "longname": "Rheinwerk Klinik AG", "quoteType": "EQUITY"},
    ]);
    let Meaning::Several(several) = meant(quotes, "Rheinwerk").await else {
        panic!("two companies have that name");
    };
    assert_eq!(symbols(&several), ["RHM.DE", "RHK.DE"]);
    assert_eq!(meant(json!([]), "Zzyzx Holdings").await, Meaning::Nothing);
}
