//! What strangers send about news: answers of services, feeds, files of users. Bytes come in; every headline that goes on must be clean,
//! bounded and of the days asked for.

#![allow(clippy::expect_used)]

use reqwest::StatusCode;

use super::file::OwnHeadlines;
use super::{
    Feed, Finnhub, FinnhubOptions, Headline, News, NewsApi, NewsApiOptions, NewsQuery, NewsSources, YahooNews,
    YahooNewsOptions, gather,
};
use crate::fuzz::{check_text, check_told, choice, wait, with_file};
use crate::market::Ticker;
use crate::net::{Answer, HttpClient, Secret};

/// In bytes; a character has up to four.
const LONGEST_TITLE: usize = 4 * 300;

fn query() -> NewsQuery {
    let ticker = Ticker::parse("AAPL").expect("a symbol");
    let day = "2024-06-28".parse().expect("a date");
    NewsQuery::new(ticker, Some("Apple Inc.".to_owned()), day)
}

pub(crate) fn check_headline(headline: &Headline) {
    check_text(&headline.title, LONGEST_TITLE);
    check_text(&headline.source, LONGEST_TITLE);
    assert!(headline.title.chars().any(char::is_alphanumeric), "{headline:?}");
    assert!(!headline.title.contains(['\n', '\t']), "{headline:?}");
    if let Some(url) = &headline.url {
        assert!(url.starts_with("https://") || url.starts_with("http://"), "{url}");
        check_text(url, 8192);
    }
}

fn check_news(news: &News) {
    for headline in &news.headlines {
        check_headline(headline);
        assert!(headline.published_at < query().end(), "{headline:?}");
    }
    news.warnings.iter().for_each(|warning| check_text(warning, 4096));
}

/// An answer of a news service or a feed: the first byte chooses which.
pub(crate) fn answer(bytes: &[u8]) {
    let (service, bytes) = choice(bytes);
    let (status, body) = choice(bytes);
    let status = [200, 200, 200, 400, 404, 426][usize::from(status) % 6];
    let client = HttpClient::answered(Answer {
        status: StatusCode::from_u16(status).expect("a status"),
        body: body.to_vec(),
        cookies: Vec::new(),
    });
    let client = client.expect("a client");
    let key = || Some(Secret::new("0123456789"));
    let sources = match service % 4 {
        0 => NewsSources::only(NewsApi::new(NewsApiOptions {
            key: key(),
            ..NewsApiOptions::default()
        })),
        1 => NewsSources::only(Finnhub::new(FinnhubOptions {
            key: key(),
            ..FinnhubOptions::default()
        })),
        2 => NewsSources::only(YahooNews::new(YahooNewsOptions::default())),
        _ => NewsSources::only(Feed::new("https://example.org/{symbol}").expect("an address")),
    };
    let news = wait(gather(&client, &sources, &query()));
    check_news(&news);
    let covers = |headline: &Headline| query().covers(headline);
    assert!(news.headlines.iter().all(covers) && news.headlines.len() <= query().limit);
}

/// A user's file of headlines.
pub(crate) fn headline_file(bytes: &[u8]) {
    match with_file("headlines", bytes, |path| {
        OwnHeadlines::open(path).map(|own| own.about(&query()))
    }) {
        Ok(read) => {
            read.headlines.iter().for_each(check_headline);
            let sources = NewsSources {
                given: read.headlines,
                ..NewsSources::default()
            };
            let client = HttpClient::new(&crate::net::HttpOptions::default()).expect("a client");
            check_news(&wait(gather(&client, &sources, &query())));
        }
        Err(error) => check_told(&error),
    }
}
