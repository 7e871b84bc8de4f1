//! Finnhub and feeds, imitated by local servers: what they answer, what is asked of them, how their failures are told, and the cache.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use crate::web::{Reply, Web, client, impatient};
use serde_json::json;

use tripod::market::Ticker;
use tripod::net::Secret;
use tripod::news::{
    Feed, Finnhub, FinnhubOptions, News, NewsApi, NewsApiOptions, NewsCache, NewsQuery, NewsSource, NewsSources, gather,
};

const KEY: &str = "k3y-0123456789abcdef";

fn query(ticker: &str) -> NewsQuery {
    NewsQuery::new(
        Ticker::parse(ticker).unwrap(),
        Some("Acme Inc.".to_owned()),
        "2013-03-01".parse().unwrap(),
    )
}

fn fixture(name: &str) -> Reply {
    Reply::text(200, &fs::read_to_string(format!("tests/fixtures/news/{name}")).unwrap())
}

fn finnhub(web: &Web, key: Option<&str>) -> Finnhub {
    Finnhub::new(FinnhubOptions {
        base_url: web.url.clone(),
        key: key.map(Secret::new),
        request: impatient(),
    })
}

fn newsapi(web: &Web) -> NewsApi {
    NewsApi::new(NewsApiOptions {
        base_url: web.url.clone(),
        key: Some(Secret::new(KEY)),
        request: impatient(),
    })
}

fn feed(template: &str) -> Feed {
    Feed::new(template).unwrap().with_request(impatient())
}

async fn from(service: impl NewsSource + 'static, query: &NewsQuery) -> News {
    gather(&client(), &NewsSources::only(service), query).await
}

fn titles(news: &News) -> Vec<&str> {
    news.headlines.iter().map(|headline| headline.title.as_str()).collect()
}

#[tokio::test]
async fn finnhub_is_asked_for_the_symbol_and_the_days_with_the_key_in_a_header() {
    let web = Web::answering_once(fixture("finnhub.json")).await;
    let news = from(finnhub(&web, Some(KEY)), &query("ACME")).await;
    assert_eq!(
        titles(&news),
        ["Acme to buy back shares", "Regional plants to close for a week"]
    );
    assert_eq!(
        (news.left_out, news.answered.as_slice()),
        (1, ["Finnhub".to_owned()].as_slice())
    );
    let seen = &web.seen()[0];
    assert_eq!(seen.path, "/api/v1/company-news");
    assert_eq!(seen.query, "symbol=ACME&from=2013-02-24&to=2013-03-01");
    assert_eq!(seen.headers["x-finnhub-token"], KEY);
}

#[tokio::test]
async fn every_failure_of_finnhub_is_one_warning_without_the_key() {
    let error = |text: &str| Reply::json(&json!({"error": format!("{text} {KEY}")}));
    for (reply, told) in [
        (
            error("Invalid API key").status(401),
            "does not accept the key: check FINNHUB_KEY",
        ),
        (
            error("You don't have access to this resource.").status(403),
            "asks for a paid plan for ACME (HTTP 403)",
        ),
        (error("API limit reached.").status(429), "fewer requests"),
        (error("Symbol is wrong"), "refused: Symbol is wrong …"),
        (Reply::text(200, "{}"), "no list of stories"),
        (Reply::text(200, "<html>"), "not JSON"),
        (Reply::text(404, "[]"), "no list of stories (HTTP 404)"),
        (Reply::text(500, KEY), "HTTP 500"),
        (fixture("finnhub.json").cut(), "cannot reach"),
    ] {
        let web = Web::answering_once(reply).await;
        let news = from(finnhub(&web, Some(KEY)), &query("ACME")).await;
        assert_eq!((news.headlines.len(), news.warnings.len()), (0, 1), "{told}");
        assert!(
            news.warnings[0].starts_with("Finnhub: ") && news.warnings[0].contains(told),
            "{:?}",
            news.warnings
        );
        assert!(!format!("{news:?}").contains(KEY));
    }
    let web = Web::answering_once(fixture("finnhub.json")).await;
    let news = from(finnhub(&web, None), &query("ACME")).await;
    assert!(
        news.warnings[0].contains("no Finnhub key: set FINNHUB_KEY"),
        "{:?}",
        news.warnings
    );
    // Finnhub has no stories of currencies.
    let news = from(finnhub(&web, Some(KEY)), &query("EURUSD=X")).await;
    assert_eq!((news.warnings.len(), web.count()), (0, 0));
}

#[tokio::test]
async fn a_refused_key_is_sent_once_in_a_batch_and_told_once() {
    let web = Web::answering_once(Reply::text(401, "{}")).await;
    let sources = NewsSources::only(newsapi(&web));
    let (http, queries) = (client(), ["ACME", "BETA", "GAMM", "DELT"].map(query));
    let all = queries.iter().map(|query| gather(&http, &sources, query));
    let all = futures_util::future::join_all(all).await;
    let told: Vec<&String> = all.iter().flat_map(|news| &news.warnings).collect();
    assert_eq!(told, ["NewsAPI: NewsAPI does not accept the key: check NEWSAPI_KEY"]);
    assert!(all.iter().all(|news| news.answered.is_empty()));
    assert_eq!(web.count(), 1);
}

#[tokio::test]
async fn an_rss_feed_is_read_with_its_dates_and_what_has_none_is_counted() {
    let web = Web::answering_once(fixture("rss.xml")).await;
    let news = from(
        feed(&format!("{}/rss/{{symbol}}?q={{company}}", web.url)),
        &query("ACME"),
    )
    .await;
    assert_eq!(
        titles(&news),
        [
            "Acme opens a second plant",
            "Heater makers in a price war",
            "Acme’s chief on the year ahead"
        ]
    );
    assert_eq!(news.headlines[0].source, "Example Business");
    assert_eq!(
        news.headlines[0].url.as_deref(),
        Some("https://example.org/second-plant")
    );
    assert_eq!(news.headlines[1].published_at.to_rfc3339(), "2013-02-27T13:30:00+00:00");
    assert_eq!(
        news.warnings,
        [
            "Feed 127.0.0.1: 1 entry was left out for want of a date",
            "1 story was about other companies and left out"
        ]
    );
    let seen = &web.seen()[0];
    assert_eq!((seen.path.as_str(), seen.query.as_str()), ("/rss/ACME", "q=Acme"));
}

#[tokio::test]
async fn an_atom_feed_is_read_and_the_language_of_each_headline_is_told() {
    let web = Web::answering_once(fixture("atom.xml")).await;
    let news = from(feed(&format!("{}/atom", web.url)), &query("ACME")).await;
    let told: Vec<_> = news
        .headlines
        .iter()
        .map(|headline| {
            (
                headline.title.as_str(),
                headline.language.as_deref(),
                headline.url.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (
                "Acme names a new finance chief",
                Some("en"),
                Some("https://example.org/finance-chief")
            ),
            (
                "Acme hebt die Prognose für das laufende Jahr an",
                Some("de"),
                Some("https://example.org/prognose")
            ),
        ]
    );
}

#[tokio::test]
async fn a_feed_that_fails_or_is_none_is_a_warning_without_its_query() {
    for (reply, told) in [
        (Reply::text(404, ""), "HTTP 404"),
        (Reply::text(403, ""), "refused access"),
        (Reply::text(200, "<html></html>"), "not news"),
        (Reply::text(200, ""), "not news"),
        (fixture("rss.xml").cut(), "cannot reach"),
    ] {
        let web = Web::answering_once(reply).await;
        let news = from(feed(&format!("{}/rss?key={KEY}", web.url)), &query("ACME")).await;
        assert_eq!(news.warnings.len(), 1);
        assert!(news.warnings[0].contains(told), "{:?}", news.warnings);
        assert!(!news.warnings[0].contains(KEY));
    }
}

#[tokio::test]
async fn an_answer_is_kept_for_a_quarter_of_an_hour_for_the_next_run_too() {
    let folder = tempfile::tempdir().unwrap();
    let web = Web::answering_once(fixture("finnhub.json")).await;
    let run = async |ticker: &str, max_age: u64| {
        // Every run has a client and services of its own.
        let sources = NewsSources {
            services: vec![Arc::new(finnhub(&web, Some(KEY)))],
            cache: Some(NewsCache::new(folder.path(), Duration::from_secs(max_age))),
            ..NewsSources::default()
        };
        gather(&client(), &sources, &query(ticker)).await
    };
    let first = run("ACME", 900).await;
    assert_eq!(run("ACME", 900).await, first);
    assert_eq!(web.count(), 1);
    run("BETA", 900).await;
    assert_eq!(web.count(), 2);
    run("ACME", 0).await;
    assert_eq!(web.count(), 3);
}

#[tokio::test]
async fn a_failure_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let web = Web::answering(vec![Reply::text(404, "[]"), fixture("finnhub.json")]).await;
    let sources = NewsSources {
        services: vec![Arc::new(finnhub(&web, Some(KEY)))],
        cache: Some(NewsCache::new(folder.path(), Duration::from_secs(900))),
        ..NewsSources::default()
    };
    assert!(gather(&client(), &sources, &query("ACME")).await.headlines.is_empty());
    assert_eq!(gather(&client(), &sources, &query("ACME")).await.headlines.len(), 2);
}
