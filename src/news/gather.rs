//! Asks all news sources at once and merges their headlines: cleaned, dated, without duplicates, newest first, none later than
//! the as-of date. Never fails: a source that cannot answer becomes a warning.

use std::path::PathBuf;

use super::dedupe::dedupe;
use super::demo::{self, DEMO_SOURCE};
use super::error::NewsError;
use super::file;
use super::headline::{Headline, News};
use super::newsapi::{self, NewsApiOptions};
use super::query::NewsQuery;
use super::yahoo::{self, YahooNewsOptions};
use crate::net::HttpClient;

/// Which sources to ask; by default none.
#[derive(Debug, Clone, Default)]
pub struct NewsSources {
    /// NewsAPI. Without a key in the options it gives a warning.
    pub newsapi: Option<NewsApiOptions>,
    /// Yahoo's ticker news.
    pub yahoo: Option<YahooNewsOptions>,
    /// The user's own file; its headlines may be of any age.
    pub file: Option<PathBuf>,
    /// The bundled illustrative headlines.
    pub demo: bool,
    /// Headlines that came with a request, cleaned; they may be of any age.
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
    /// Adds a source's headlines that are of the requested days.
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
