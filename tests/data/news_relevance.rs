//! What is about the company and what is not, in the answers of local servers: filler, other companies, stories of the future.

use std::fs;
use std::sync::Arc;

use crate::web::{Reply, Web, client, impatient};
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use tripod::market::Ticker;
use tripod::net::Secret;
use tripod::news::{News, NewsApi, NewsApiOptions, NewsQuery, NewsSources, YahooNews, YahooNewsOptions, gather};

fn query(ticker: &str, company: Option<&str>) -> NewsQuery {
    NewsQuery::new(
        Ticker::parse(ticker).unwrap(),
        company.map(str::to_owned),
        "2013-03-01".parse().unwrap(),
    )
}

fn yahoo(stream: &Web, search: &Web) -> YahooNews {
    YahooNews::new(YahooNewsOptions {
        stream_url: stream.url.clone(),
        search_url: search.url.clone(),
        request: impatient(),
        ..YahooNewsOptions::default()
    })
}

fn newsapi(web: &Web) -> NewsApi {
    NewsApi::new(NewsApiOptions {
        base_url: web.url.clone(),
        key: Some(Secret::new("key")),
        request: impatient(),
    })
}

fn stream(entries: &[(&str, &[&str])]) -> Reply {
    let entry = |(title, symbols): &(&str, &[&str])| {
        let symbols: Vec<Value> = symbols.iter().map(|symbol| json!({"symbol": symbol})).collect();
        json!({"content": {"title": title, "pubDate": "2013-02-28T10:00:00Z", "provider": {"displayName": "Post"},
            "finance": {"stockTickers": symbols}}})
    };
    let entries: Vec<Value> = entries.iter().map(entry).collect();
    Reply::json(&json!({"data": {"tickerStream": {"stream": entries}}}))
}

fn articles(titles: &[&str]) -> Reply {
    let article =
        |title: &&str| json!({"title": title, "publishedAt": "2013-02-28T10:00:00Z", "source": {"name": "Wire"}});
    let articles: Vec<Value> = titles.iter().map(article).collect();
    Reply::json(&json!({"status": "ok", "articles": articles}))
}

fn titles(news: &News) -> Vec<&str> {
    news.headlines.iter().map(|headline| headline.title.as_str()).collect()
}

#[tokio::test]
async fn the_filler_that_yahoo_gives_for_an_unknown_symbol_is_no_news_of_it() {
    let empty = Web::answering_once(stream(&[])).await;
    let filler = fs::read_to_string("tests/fixtures/news/yahoo-filler.json").unwrap();
    let search = Web::answering_once(Reply::text(200, &filler)).await;
    for company in [None, Some("Quux Holdings plc")] {
        let sources = NewsSources::only(yahoo(&empty, &search));
        let news = gather(&client(), &sources, &query("QUUX", company)).await;
        assert_eq!((titles(&news).len(), news.left_out), (0, 3));
        assert_eq!(
            news.warnings,
            ["3 stories were about other companies and left out, so none is left"]
        );
    }
}

#[tokio::test]
async fn a_story_counts_by_the_streams_symbols_or_by_its_title() {
    let web = Web::answering_once(stream(&[
        ("Heater makers in a price war", &["ACME", "BETA"]),
        ("Acme opens plant", &[]),
        ("Acme and Beta to merge", &["BETA"]),
        ("Gamma closes plant", &["GAMM"]),
        ("Markets wrap", &[]),
    ]))
    .await;
    let news = gather(
        &client(),
        &NewsSources::only(yahoo(&web, &web)),
        &query("ACME", Some("Acme Corporation")),
    )
    .await;
    assert_eq!(
        titles(&news),
        [
            "Acme and Beta to merge",
            "Acme opens plant",
            "Heater makers in a price war"
        ]
    );
    assert_eq!(news.left_out, 2);
}

#[tokio::test]
async fn a_story_that_another_source_relates_to_the_company_is_not_counted_as_left_out() {
    let wire = Web::answering_once(articles(&["Heater makers in a price war", "Mind the gap"])).await;
    let post = Web::answering_once(stream(&[("Heater makers in a price war", &["ACME"])])).await;
    let sources = NewsSources {
        services: vec![Arc::new(newsapi(&wire)), Arc::new(yahoo(&post, &post))],
        ..NewsSources::default()
    };
    let news = gather(&client(), &sources, &query("ACME", Some("Acme Corporation"))).await;
    assert_eq!(titles(&news), ["Heater makers in a price war"]);
    assert_eq!((news.left_out, news.answered.len()), (1, 2));
}

#[tokio::test]
async fn newsapi_is_asked_for_the_bare_name_and_not_for_a_symbol_that_is_a_word() {
    let web = Web::answering_once(articles(&[
        "Target raises outlook",
        "Broker raises price target on Acme",
        "Hackers target banks",
    ]))
    .await;
    let sources = NewsSources::only(newsapi(&web));
    let news = gather(&client(), &sources, &query("COST", Some("Target Corporation"))).await;
    assert_eq!(titles(&news), ["Target raises outlook"]);
    assert!(
        web.seen()[0].query.starts_with("q=%22Target%22&"),
        "{}",
        web.seen()[0].query
    );
    // Neither name nor symbol can be searched for.
    let news = gather(&client(), &sources, &query("COST", None)).await;
    assert!(
        news.warnings[0].contains("NewsAPI was not asked"),
        "{:?}",
        news.warnings
    );
    assert_eq!(web.count(), 1);
}

#[tokio::test]
async fn a_story_dated_in_the_future_is_left_out() {
    let at = |offset: TimeDelta| (Utc::now() + offset).to_rfc3339();
    let article = |title: &str, at: String| json!({"title": title, "publishedAt": at, "source": {"name": "Wire"}});
    let web = Web::answering_once(Reply::json(&json!({"status": "ok", "articles": [
        article("Acme opens plant", at(TimeDelta::hours(-2))),
        article("Acme recalls heaters", at(TimeDelta::hours(2))),
    ]})))
    .await;
    let mut query = query("ACME", Some("Acme Corporation"));
    // The as-of day ends after the story of the future.
    query.as_of = (Utc::now() + TimeDelta::days(1)).date_naive();
    let news = gather(&client(), &NewsSources::only(newsapi(&web)), &query).await;
    assert_eq!(titles(&news), ["Acme opens plant"]);
}
