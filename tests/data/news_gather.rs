//! All news sources together: merged, without duplicates, newest first; a source that fails does not affect the others.

use std::fs;
use std::sync::Arc;

use crate::web::{Reply, Web, client, impatient};
use serde_json::{Value, json};

use tripod::market::Ticker;
use tripod::net::Secret;
use tripod::news::gather;
use tripod::news::{
    DEMO_SOURCE, News, NewsApi, NewsApiOptions, NewsQuery, NewsSources, OwnHeadlines, YahooNews, YahooNewsOptions,
};

fn query(ticker: &str, as_of: &str) -> NewsQuery {
    let company = (ticker == "ACME").then(|| "Acme Inc.".to_owned());
    NewsQuery::new(Ticker::parse(ticker).unwrap(), company, as_of.parse().unwrap())
}

fn titles(news: &News) -> Vec<&str> {
    news.headlines.iter().map(|headline| headline.title.as_str()).collect()
}

fn articles(list: &[(&str, &str)]) -> Reply {
    let list: Vec<Value> = list
        .iter()
        .map(|(title, at)| json!({"source": {"name": "Wire"}, "title": title, "publishedAt": at, "url": "https://example.org/"}))
        .collect();
    Reply::json(&json!({"status": "ok", "articles": list}))
}

fn stream(list: &[(&str, &str)]) -> Reply {
    let list: Vec<Value> = list
        .iter()
        .map(|(title, at)| json!({"content": {"title": title, "pubDate": at, "provider": {"displayName": "Post"}}}))
        .collect();
    Reply::json(&json!({"data": {"tickerStream": {"stream": list}}}))
}

async fn both(newsapi: Reply, yahoo: Reply) -> News {
    let (newsapi, yahoo) = (Web::answering_once(newsapi).await, Web::answering_once(yahoo).await);
    let newsapi = NewsApi::new(NewsApiOptions {
        base_url: newsapi.url,
        key: Some(Secret::new("key")),
        request: impatient(),
    });
    let yahoo = YahooNews::new(YahooNewsOptions {
        stream_url: yahoo.url.clone(),
        search_url: yahoo.url,
        request: impatient(),
        ..YahooNewsOptions::default()
    });
    let sources = NewsSources {
        services: vec![Arc::new(newsapi), Arc::new(yahoo)],
        ..NewsSources::default()
    };
    gather(&client(), &sources, &query("ACME", "2013-03-01")).await
}

#[tokio::test]
async fn a_story_of_both_sources_is_kept_once_with_its_earliest_telling() {
    let news = both(
        articles(&[
            ("Acme beats estimates, raises outlook - Wire", "2013-02-28T12:00:00Z"),
            ("Acme names finance chief", "2013-02-27T12:00:00Z"),
        ]),
        stream(&[
            ("ACME BEATS ESTIMATES; RAISES OUTLOOK", "2013-02-28T11:00:00Z"),
            ("Acme recalls heaters", "2013-03-01T08:00:00Z"),
        ]),
    )
    .await;
    assert_eq!(
        titles(&news),
        [
            "Acme recalls heaters",
            "ACME BEATS ESTIMATES; RAISES OUTLOOK",
            "Acme names finance chief"
        ]
    );
    assert!(news.warnings.is_empty());
}

#[tokio::test]
async fn one_source_that_fails_leaves_the_other_and_a_warning() {
    let news = both(
        Reply::text(401, "{}"),
        stream(&[("Acme recalls heaters", "2013-03-01T08:00:00Z")]),
    )
    .await;
    assert_eq!(titles(&news), ["Acme recalls heaters"]);
    assert_eq!(
        news.warnings,
        ["NewsAPI: NewsAPI does not accept the key: check NEWSAPI_KEY"]
    );

    let news = both(
        articles(&[("Acme recalls heaters", "2013-03-01T08:00:00Z")]),
        Reply::text(500, ""),
    )
    .await;
    assert_eq!(titles(&news), ["Acme recalls heaters"]);
    assert!(news.warnings[0].starts_with("Yahoo news: "), "{:?}", news.warnings);
}

#[tokio::test]
async fn no_more_headlines_than_asked_for_are_given_the_newest_of_them() {
    let many: Vec<(String, String)> = (0..30)
        .map(|n| {
            (
                format!("Story number {n} of Acme"),
                format!("2013-02-28T{:02}:{:02}:00Z", n / 2, n % 2 * 30),
            )
        })
        .collect();
    let list: Vec<(&str, &str)> = many.iter().map(|(title, at)| (title.as_str(), at.as_str())).collect();
    let news = both(articles(&list), stream(&[])).await;
    assert_eq!(news.headlines.len(), 20);
    assert_eq!(titles(&news)[0], "Story number 29 of Acme");
}

#[tokio::test]
async fn demo_headlines_are_called_illustrative_by_source_and_flag() {
    let sources = NewsSources {
        demo: true,
        ..NewsSources::default()
    };
    for (as_of, least) in [("2013-03-01", 10), ("2012-06-29", 4), ("2010-06-18", 4)] {
        let question = query("AAPL", as_of);
        let news = gather(&client(), &sources, &question).await;
        assert!(news.headlines.len() >= least && news.illustrative, "{as_of}");
        assert!(
            news.headlines
                .iter()
                .all(|headline| headline.source == DEMO_SOURCE && question.covers(headline))
        );
    }
}

#[tokio::test]
async fn the_demo_has_no_headlines_of_other_tickers_and_says_so() {
    let sources = NewsSources {
        demo: true,
        ..NewsSources::default()
    };
    let news = gather(&client(), &sources, &query("NVDA", "2013-03-01")).await;
    assert!(!news.illustrative && news.headlines.is_empty());
    assert_eq!(
        news.warnings,
        ["demo: the demo has no headlines of NVDA; it has those of AAPL, GOOG, IBM, MSFT"]
    );
}

#[tokio::test]
async fn a_file_of_headlines_is_read_whatever_their_age_and_nothing_later_than_the_as_of_day() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("news.json");
    let text = json!([
        {"title": "Of long ago", "published_at": "2001-01-01"},
        {"title": "Too late", "published_at": "2013-03-02"},
        {"title": "Of the day", "published_at": "2013-03-01T12:00:00Z", "source": "Me"}
    ]);
    fs::write(&path, text.to_string()).unwrap();
    let sources = NewsSources {
        file: Some(Arc::new(OwnHeadlines::open(&path).unwrap())),
        ..NewsSources::default()
    };
    let news = gather(&client(), &sources, &query("ACME", "2013-03-01")).await;
    assert_eq!(titles(&news), ["Of the day", "Of long ago"]);
}

#[test]
fn a_file_of_headlines_that_is_broken_or_missing_is_an_error_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("news.json");
    let complaint = || OwnHeadlines::open(&path).unwrap_err().to_string();
    assert!(complaint().contains("cannot read the headlines in"), "{}", complaint());
    fs::write(&path, "[{").unwrap();
    assert!(complaint().contains("news.json, line 1: "), "{}", complaint());
}

#[tokio::test]
async fn without_sources_there_are_neither_headlines_nor_warnings() {
    assert_eq!(
        gather(&client(), &NewsSources::default(), &query("ACME", "2013-03-01")).await,
        News::default()
    );
}
