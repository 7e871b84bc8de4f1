//! The sources and a question come in; what they know together goes out: clean, dated, each story once, newest first, nothing
//! later than the as-of day. Never fails: a source that cannot answer is a warning, and the others are still used.

use std::path::PathBuf;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

use super::dedupe::dedupe;
use super::demo::{self, DEMO_SOURCE};
use super::error::NewsError;
use super::file;
use super::headline::{Headline, News};
use super::newsapi::{self, NewsApiOptions};
use super::yahoo::{self, YahooNewsOptions};
use crate::market::Ticker;
use crate::net::HttpClient;

/// Whose news, of which days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewsQuery {
    /// The symbol.
    pub ticker: Ticker,
    /// The company's name, where known.
    pub company: Option<String>,
    /// The last day; nothing later than its end in UTC is used.
    pub as_of: NaiveDate,
    /// So many days before `as_of` are looked at.
    pub days: u32,
    /// At most so many headlines.
    pub limit: usize,
}

impl NewsQuery {
    /// The last 5 days up to `as_of`, 20 headlines.
    pub fn new(ticker: Ticker, company: Option<String>, as_of: NaiveDate) -> Self {
        Self {
            ticker,
            company,
            as_of,
            days: 5,
            limit: 20,
        }
    }

    /// The first day that is looked at.
    pub fn first_day(&self) -> NaiveDate {
        let days = Days::new(self.days.into());
        self.as_of.checked_sub_days(days).unwrap_or(NaiveDate::MIN)
    }

    /// The first instant that is too late.
    pub fn end(&self) -> DateTime<Utc> {
        let next = self.as_of.succ_opt().unwrap_or(NaiveDate::MAX);
        next.and_time(NaiveTime::MIN).and_utc()
    }

    /// Whether a headline is of the days asked for.
    pub fn covers(&self, headline: &Headline) -> bool {
        headline.published_at >= self.first_day().and_time(NaiveTime::MIN).and_utc()
            && headline.published_at < self.end()
    }
}

/// Which sources to ask; by default none.
#[derive(Debug, Clone, Default)]
pub struct NewsSources {
    /// NewsAPI. Without a key in the options it gives a warning.
    pub newsapi: Option<NewsApiOptions>,
    /// Yahoo's ticker news.
    pub yahoo: Option<YahooNewsOptions>,
    /// A file of the user's, of whatever age its headlines are.
    pub file: Option<PathBuf>,
    /// The bundled illustrative headlines.
    pub demo: bool,
    /// Headlines that came with a request, cleaned; of whatever age they are.
    pub given: Vec<Headline>,
}

/// Asks all `sources` at the same time.
pub async fn gather(client: &HttpClient, sources: &NewsSources, query: &NewsQuery) -> News {
    let from_newsapi = async {
        let options = sources.newsapi.as_ref()?;
        Some(newsapi::headlines(client, options, query).await)
    };
    let from_yahoo = async {
        let options = sources.yahoo.as_ref()?;
        Some(yahoo::headlines(client, options, query).await)
    };
    let from_file = async {
        let (path, query) = (sources.file.clone()?, query.clone());
        tokio::task::spawn_blocking(move || file::read(&path, &query))
            .await
            .ok()
    };
    let (from_newsapi, from_yahoo, from_file) = tokio::join!(from_newsapi, from_yahoo, from_file);
    let from_demo = sources.demo.then(|| demo::headlines(query));

    let mut pool = Pool::default();
    pool.add("NewsAPI", from_newsapi, query);
    pool.add("Yahoo news", from_yahoo, query);
    pool.add("demo", from_demo, query);
    let in_time = |headline: &Headline| headline.published_at < query.end();
    pool.headlines
        .extend(sources.given.iter().filter(|headline| in_time(headline)).cloned());
    match from_file {
        Some(Ok(news)) => {
            pool.warnings.extend(news.warnings);
            pool.headlines.extend(news.headlines.into_iter().filter(in_time));
        }
        Some(Err(error)) => pool.warn("news file", &error),
        None => {}
    }
    let mut headlines = dedupe(pool.headlines);
    headlines.truncate(query.limit);
    News {
        illustrative: headlines.iter().any(|headline| headline.source == DEMO_SOURCE),
        headlines,
        warnings: pool.warnings,
    }
}

#[derive(Default)]
struct Pool {
    headlines: Vec<Headline>,
    warnings: Vec<String>,
}

impl Pool {
    /// Takes in what a source gave, of the days asked for.
    fn add(&mut self, name: &str, given: Option<Result<Vec<Headline>, NewsError>>, query: &NewsQuery) {
        match given {
            None => {}
            Some(Err(error)) => self.warn(name, &error),
            Some(Ok(given)) => {
                let any = !given.is_empty();
                let before = self.headlines.len();
                self.headlines
                    .extend(given.into_iter().filter(|headline| query.covers(headline)));
                if any && self.headlines.len() == before {
                    self.warnings.push(format!(
                        "{name}: it has headlines, but none from {} to {}",
                        query.first_day(),
                        query.as_of
                    ));
                }
            }
        }
    }

    fn warn(&mut self, name: &str, error: &NewsError) {
        tracing::warn!(source = name, %error, "no headlines");
        self.warnings.push(format!("{name}: {error}"));
    }
}
