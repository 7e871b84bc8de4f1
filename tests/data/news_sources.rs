//! NewsAPI and Yahoo's news, imitated by local servers: every kind of answer and how it is handled.

use std::time::Duration;

use crate::web::{Reply, Web, client, impatient};
use serde_json::{Value, json};

use tripod::market::Ticker;
use tripod::net::Secret;
use tripod::news::gather;
use tripod::news::{News, NewsApi, NewsApiOptions, NewsQuery, NewsSources, YahooNews, YahooNewsOptions};

const KEY: &str = "k3y-0123456789abcdef";

fn query() -> NewsQuery {
    NewsQuery::new(
        Ticker::parse("ACME").unwrap(),
        Some("Acme Inc.".to_owned()),
        "2013-03-01".parse().unwrap(),
    )
}

fn newsapi(web: &Web) -> NewsApiOptions {
    NewsApiOptions {
        base_url: web.url.clone(),
        key: Some(Secret::new(KEY)),
        request: impatient(),
    }
}

fn yahoo(stream: &Web, search: &Web) -> YahooNewsOptions {
    YahooNewsOptions {
        stream_url: stream.url.clone(),
        search_url: search.url.clone(),
        request: impatient(),
        ..YahooNewsOptions::default()
    }
}

async fn from_newsapi(web: &Web) -> News {
    gather(&client(), &NewsSources::only(NewsApi::new(newsapi(web))), &query()).await
}

async fn from_yahoo(stream: &Web, search: &Web) -> News {
    gather(
        &client(),
        &NewsSources::only(YahooNews::new(yahoo(stream, search))),
        &query(),
    )
    .await
}

fn titles(news: &News) -> Vec<&str> {
    news.headlines.iter().map(|headline| headline.title.as_str()).collect()
}

fn article(title: &str, at: &str) -> Value {
    json!({"source": {"id": null, "name": "The Wire"}, "author": null, "title": title, "description": "…",
        "url": "https://example.org/story", "urlToImage": null, "publishedAt": at, "content": "…"})
}

fn articles(list: Vec<Value>) -> Reply {
    Reply::json(&json!({"status": "ok", "totalResults": list.len(), "articles": list}))
}

fn story(title: &str, at: &str) -> Value {
    json!({"id": "1", "content": {"contentType": "STORY", "title": title, "pubDate": at,
        "provider": {"displayName": "Post"}, "canonicalUrl": {"url": "https://example.org/post"}}})
}

fn stream(list: Vec<Value>) -> Reply {
    Reply::json(&json!({"data": {"tickerStream": {"stream": list}}}))
}

fn found(title: &str, seconds: i64, tickers: Value) -> Value {
    json!({"uuid": "1", "title": title, "publisher": "Post", "link": "https://example.org/found",
        "providerPublishTime": seconds, "type": "STORY", "relatedTickers": tickers})
}

/// 2013-03-01T00:00:00Z
const MARCH: i64 = 1_362_096_000;

#[tokio::test]
async fn newsapi_is_asked_for_the_phrase_the_days_and_the_language_with_the_key_in_a_header() {
    let web = Web::answering_once(articles(vec![article("Acme opens plant", "2013-02-28T10:00:00Z")])).await;
    let news = from_newsapi(&web).await;
    assert_eq!(titles(&news), ["Acme opens plant"]);
    assert_eq!(
        (news.headlines[0].source.as_str(), news.illustrative),
        ("The Wire", false)
    );
    let seen = &web.seen()[0];
    assert_eq!(seen.path, "/v2/everything");
    for part in [
        "q=%22Acme%22+OR+ACME",
        "language=en",
        "sortBy=relevancy",
        "from=2013-02-24",
        "to=2013-03-01T23%3A59%3A59",
        "pageSize=20",
    ] {
        assert!(seen.query.contains(part), "{part} in {}", seen.query);
    }
    assert_eq!(seen.headers["x-api-key"], KEY);
    assert!(!seen.query.contains(KEY));
}

#[tokio::test]
async fn nothing_later_than_the_as_of_day_and_nothing_before_the_days_asked_for_is_kept() {
    let web = Web::answering_once(articles(vec![
        article("Acme: on the last second", "2013-03-01T23:59:59Z"),
        article("Acme: a second late", "2013-03-02T00:00:00Z"),
        article("Acme: on the first second", "2013-02-24T00:00:00Z"),
        article("Acme: too old", "2013-02-23T23:59:59Z"),
    ]))
    .await;
    assert_eq!(
        titles(&from_newsapi(&web).await),
        ["Acme: on the last second", "Acme: on the first second"]
    );
}

#[tokio::test]
async fn entries_without_a_title_or_a_date_are_left_out_and_the_others_cleaned() {
    let mut odd = article("<b>Acme</b> &amp; Sons\u{202e} rise\u{0}", "2013-02-28T10:00:00Z");
    odd["url"] = json!("javascript:alert(1)");
    odd["source"] = Value::Null;
    let web = Web::answering_once(articles(vec![
        json!(null),
        json!({"title": null, "publishedAt": "2013-02-28T10:00:00Z"}),
        article("No date", "soon"),
        article("[Removed]", "2013-02-28T10:00:00Z"),
        odd,
    ]))
    .await;
    let news = from_newsapi(&web).await;
    assert_eq!(titles(&news), ["Acme & Sons rise"]);
    assert_eq!(
        (news.headlines[0].url.as_deref(), news.headlines[0].source.as_str()),
        (None, "Unnamed (NewsAPI)")
    );
}

#[tokio::test]
async fn without_a_key_newsapi_is_a_warning_and_is_not_asked() {
    let web = Web::answering_once(articles(vec![])).await;
    for key in [None, Some(Secret::new(" \n"))] {
        let sources = NewsSources::only(NewsApi::new(NewsApiOptions { key, ..newsapi(&web) }));
        let news = gather(&client(), &sources, &query()).await;
        assert!(
            news.warnings[0].starts_with("NewsAPI: no NewsAPI key: set NEWSAPI_KEY"),
            "{:?}",
            news.warnings
        );
    }
    assert_eq!(web.count(), 0);
}

#[tokio::test]
async fn every_failure_of_newsapi_is_one_warning_without_the_key() {
    let error = |code: &str| json!({"status": "error", "code": code, "message": format!("about {KEY}")});
    for (reply, told) in [
        (
            Reply::json(&error("apiKeyInvalid")).status(401),
            "does not accept the key",
        ),
        (Reply::json(&error("parameterInvalid")).status(426), "paid plan"),
        (
            Reply::json(&error("rateLimited"))
                .status(429)
                .header("retry-after", "86400"),
            "try again in 86400 s",
        ),
        (Reply::json(&error("rateLimited")).status(429), "fewer requests"),
        (
            Reply::json(&error("parametersMissing")).status(400),
            "refused: parametersMissing: about …",
        ),
        (
            Reply::json(&error("unexpectedError")),
            "refused: unexpectedError: about …",
        ),
        (Reply::text(500, KEY), "HTTP 500"),
        (Reply::text(200, "<html>"), "not JSON"),
        (Reply::text(200, "{\"status\": \"ok\"}"), "no list of articles"),
        (
            Reply::text(200, "{\"status\": \"ok\", \"articles\": [").cut(),
            "cannot reach",
        ),
    ] {
        let web = Web::answering_once(reply).await;
        let news = from_newsapi(&web).await;
        assert_eq!((news.headlines.len(), news.warnings.len()), (0, 1), "{told}");
        assert!(
            news.warnings[0].starts_with("NewsAPI: ") && news.warnings[0].contains(told),
            "{:?}",
            news.warnings
        );
        assert!(!format!("{news:?}").contains(KEY));
    }
}

#[tokio::test]
async fn a_newsapi_that_does_not_answer_is_a_warning() {
    let web = Web::answering_once(articles(vec![]).late(Duration::from_secs(60))).await;
    let mut options = newsapi(&web);
    options.request.timeout = Duration::from_millis(50);
    let sources = NewsSources::only(NewsApi::new(options));
    let news = gather(&client(), &sources, &query()).await;
    assert!(
        news.warnings[0].contains("did not answer within 0.05 s"),
        "{:?}",
        news.warnings
    );
}

#[tokio::test]
async fn the_key_is_sent_neither_unencrypted_nor_along_a_redirect() {
    let other = Web::answering_once(articles(vec![])).await;
    let web = Web::answering_once(Reply::text(307, "").header("location", &other.url)).await;
    assert!(from_newsapi(&web).await.warnings[0].contains("redirects elsewhere"));
    assert_eq!(other.count(), 0);

    let options = NewsApiOptions {
        base_url: "http://news.example.org".to_owned(),
        ..newsapi(&web)
    };
    let sources = NewsSources::only(NewsApi::new(options));
    let news = gather(&client(), &sources, &query()).await;
    assert!(
        news.warnings[0].contains("unencrypted: use https"),
        "{:?}",
        news.warnings
    );
}

#[tokio::test]
async fn no_debug_output_of_the_sources_shows_the_key() {
    let web = Web::answering_once(articles(vec![])).await;
    let sources = NewsSources::only(NewsApi::new(newsapi(&web)));
    assert!(!format!("{sources:?}").contains(KEY));
}

#[tokio::test]
async fn the_stream_is_read_around_its_advertising() {
    let ads = [json!({"ad": {"title": "Buy this"}}), json!({"content": null}), json!(7)];
    let mut entries = vec![
        story("Acme opens plant", "2013-02-28T10:00:00Z"),
        story("Acme recalls heaters", "2013-02-27T10:00:00Z"),
    ];
    entries.extend(ads);
    let (web, search) = (
        Web::answering_once(stream(entries)).await,
        Web::answering_once(Reply::text(500, "")).await,
    );
    let news = from_yahoo(&web, &search).await;
    assert_eq!(titles(&news), ["Acme opens plant", "Acme recalls heaters"]);
    assert_eq!(news.headlines[0].url.as_deref(), Some("https://example.org/post"));
    let seen = &web.seen()[0];
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/xhr/ncp"));
    assert_eq!(
        serde_json::from_str::<Value>(&seen.body).unwrap(),
        json!({"serviceConfig": {"snippetCount": 20, "s": ["ACME"]}})
    );
    assert_eq!(search.count(), 0);
}

#[tokio::test]
async fn the_search_is_asked_when_the_stream_fails_or_is_empty() {
    for reply in [
        stream(vec![]),
        Reply::text(404, ""),
        Reply::text(500, ""),
        Reply::text(200, "<html>"),
        Reply::json(&json!({"data": null})),
    ] {
        let web = Web::answering_once(reply).await;
        let search = Web::answering_once(Reply::json(&json!({
            // One malformed quote must not lose the news.
            "quotes": [{"symbol": 3}, null],
            "news": [
                found("Acme opens plant", MARCH - 3_600, json!(["ACME", "BETA"])),
                found("Beta closes plant", MARCH - 3_600, json!(["BETA"])),
                found("Acme without tickers", MARCH - 7_200, Value::Null),
                {"title": "No time"},
                null
            ]
        })))
        .await;
        let news = from_yahoo(&web, &search).await;
        assert_eq!(titles(&news), ["Acme opens plant", "Acme without tickers"]);
        assert_eq!(news.warnings, ["1 story was about other companies and left out"]);
        assert_eq!(
            (news.left_out, news.answered.as_slice()),
            (1, ["Yahoo news".to_owned()].as_slice())
        );
        assert!(search.seen()[0].query.contains("q=ACME&newsCount=20"));
    }
}

#[tokio::test]
async fn when_both_of_yahoos_services_fail_there_is_one_warning() {
    let (web, search) = (
        Web::answering_once(Reply::text(500, "")).await,
        Web::answering_once(Reply::text(429, "")).await,
    );
    let news = from_yahoo(&web, &search).await;
    assert_eq!(news.warnings.len(), 1);
    assert!(news.warnings[0].starts_with("Yahoo news: "), "{:?}", news.warnings);
}

#[tokio::test]
async fn news_of_other_days_only_is_a_warning() {
    let web = Web::answering_once(stream(vec![story("Acme today", "2026-11-20T10:00:00Z")])).await;
    let news = from_yahoo(&web, &web).await;
    assert_eq!(
        news.warnings,
        ["Yahoo news: it has headlines, but none from 2013-02-24 to 2013-03-01"]
    );
}

#[tokio::test]
async fn a_service_whose_quota_is_used_up_is_left_alone_for_the_rest_of_a_batch() {
    let web = Web::answering_once(Reply::text(429, "{}").header("retry-after", "86400")).await;
    let sources = NewsSources::only(NewsApi::new(newsapi(&web)));
    let first = gather(&client(), &sources, &query()).await;
    assert!(first.warnings[0].starts_with("NewsAPI: "), "{:?}", first.warnings);
    let asked = web.count();
    for _ in 0..3 {
        let next = gather(&client(), &sources, &query()).await;
        assert!(next.warnings.is_empty(), "{:?}", next.warnings);
    }
    assert_eq!(web.count(), asked);
}
