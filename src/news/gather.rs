//! Asks all news services at once and merges their headlines: cleaned, dated, about the company, without duplicates, newest first, none
//! later than the as-of date. Never fails: a source that cannot answer becomes a warning.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;

use super::cache::{Kept, NewsCache};
use super::dedupe::dedupe;
use super::demo::{self, DEMO_SOURCE};
use super::error::NewsError;
use super::file::OwnHeadlines;
use super::given::of_day;
use super::headline::{Headline, News};
use super::query::{MOST_HEADLINES, NewsQuery};
use super::relevance::Subject;
use super::sources::{NewsSource, Stories};
use crate::net::HttpClient;

/// A service's clock may be ahead of ours by this much.
const CLOCKS_APART: TimeDelta = TimeDelta::minutes(10);

/// Which sources to ask; by default none.
#[derive(Debug, Clone, Default)]
pub struct NewsSources {
    /// The services, in the order of their remarks. All are asked at the same time.
    pub services: Vec<Arc<dyn NewsSource>>,
    /// Where their answers are kept for some minutes.
    pub cache: Option<NewsCache>,
    /// Those of the user's own file; they may be of any age and about anything.
    pub file: Option<Arc<OwnHeadlines>>,
    /// The bundled illustrative headlines.
    pub demo: bool,
    /// Headlines that came with a request, cleaned; they may be of any age and about anything.
    pub given: Vec<Headline>,
}

impl NewsSources {
    /// One service alone, without a cache.
    pub fn only(service: impl NewsSource + 'static) -> Self {
        Self {
            services: vec![Arc::new(service)],
            ..Self::default()
        }
    }
}

/// Asks all `sources` at the same time.
pub async fn gather(client: &HttpClient, sources: &NewsSources, query: &NewsQuery) -> News {
    let from_services = join_all(
        sources
            .services
            .iter()
            .map(|service| ask(client, service.as_ref(), sources.cache.as_ref(), query)),
    )
    .await;

    let mut pool = Pool::of(query, Utc::now());
    for (service, answer) in sources.services.iter().zip(from_services) {
        match answer {
            Ok(None) => {}
            Ok(Some(stories)) => pool.add(service.name(), stories),
            Err(error) => pool.warn(service.name(), &error),
        }
    }
    if sources.demo {
        match demo::headlines(query) {
            Ok(headlines) => pool
                .own
                .extend(headlines.into_iter().filter(|headline| query.covers(headline))),
            Err(error) => pool.warn("demo", &error),
        }
    }
    let in_time = |headline: &Headline| headline.published_at < query.end();
    let given = sources.given.iter().map(|headline| of_day(headline.clone(), query));
    pool.own.extend(given.filter(in_time));
    if let Some(file) = &sources.file {
        let news = file.about(query);
        pool.warnings.extend(news.warnings);
        pool.own.extend(news.headlines.into_iter().filter(in_time));
    }
    pool.merged()
}

/// A service's answer, from the cache where it has one. Only what the service answered is kept.
async fn ask(
    client: &HttpClient,
    service: &dyn NewsSource,
    cache: Option<&NewsCache>,
    query: &NewsQuery,
) -> Result<Option<Stories>, NewsError> {
    let Some(cache) = cache.cloned() else {
        return service.ask(client, query).await;
    };
    let kept = Kept::of(service, query);
    let (reader, place) = (cache.clone(), kept.clone());
    let found = tokio::task::spawn_blocking(move || reader.load(&place, Utc::now())).await;
    if let Ok(Some(stories)) = found {
        tracing::debug!(source = service.name(), ticker = %query.ticker, "news from the cache");
        return Ok(Some(stories));
    }
    let answer = service.ask(client, query).await?;
    if let Some(stories) = answer.clone() {
        // The next run is glad of it, this one does not wait for more than the write.
        let written = tokio::task::spawn_blocking(move || cache.store(&kept, &stories, Utc::now())).await;
        if let Err(error) = written {
            tracing::warn!(%error, "the news were not kept for the next time");
        }
    }
    Ok(answer)
}

/// The headlines of all sources before they are merged.
struct Pool<'a> {
    query: &'a NewsQuery,
    subject: Subject,
    /// The first instant that is too late for a service's story: no service knows tomorrow's news.
    end: DateTime<Utc>,
    /// Of the services, about the company.
    about: Vec<Headline>,
    /// Of the services, about others.
    others: Vec<Headline>,
    /// Of the user and the demo.
    own: Vec<Headline>,
    answered: Vec<String>,
    warnings: Vec<String>,
}

impl<'a> Pool<'a> {
    fn of(query: &'a NewsQuery, now: DateTime<Utc>) -> Self {
        Self {
            subject: Subject::of(query),
            end: query.end().min(now + CLOCKS_APART),
            query,
            about: Vec::new(),
            others: Vec::new(),
            own: Vec::new(),
            answered: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Adds a service's stories that are of the requested days.
    fn add(&mut self, name: &str, answer: Stories) {
        self.answered.push(name.to_owned());
        let any = !answer.stories.is_empty();
        let mut of_days = 0;
        for story in answer.stories {
            let headline = story.headline;
            if !self.query.covers(&headline) || headline.published_at >= self.end {
                continue;
            }
            of_days += 1;
            if story.related || self.subject.is_named_in(&headline.title) {
                self.about.push(headline);
            } else {
                self.others.push(headline);
            }
        }
        if any && of_days == 0 {
            self.warnings.push(format!(
                "{name}: it has headlines, but none from {} to {}",
                self.query.first_day(),
                self.query.as_of
            ));
        }
        if answer.undated > 0 {
            self.warnings.push(format!(
                "{name}: {} left out for want of a date",
                counted(answer.undated, "entry was", "entries were")
            ));
        }
    }

    fn warn(&mut self, name: &str, error: &NewsError) {
        tracing::warn!(source = name, %error, "no headlines");
        self.warnings.push(format!("{name}: {error}"));
    }

    fn merged(mut self) -> News {
        let about = dedupe(self.about);
        // A story that another source relates to the company is not left out.
        let all = about.iter().cloned().chain(self.others).collect();
        let left_out = dedupe(all).len().saturating_sub(about.len());
        if left_out > 0 {
            let none = if about.is_empty() { ", so none is left" } else { "" };
            self.warnings.push(format!(
                "{} about other companies and left out{none}",
                counted(left_out, "story was", "stories were")
            ));
        }
        let brought = self.own.len();
        self.own.extend(about);
        let mut headlines = dedupe(self.own);
        let unread = headlines.len().saturating_sub(self.query.limit);
        if unread > 0 && brought > self.query.limit {
            self.warnings.push(format!(
                "{} not read: the newest {} are, and max_headlines allows up to {MOST_HEADLINES}",
                counted(unread, "headline was", "headlines were"),
                self.query.limit
            ));
        }
        headlines.truncate(self.query.limit);
        News {
            illustrative: headlines.iter().any(|headline| headline.source == DEMO_SOURCE),
            headlines,
            answered: self.answered,
            left_out,
            warnings: self.warnings,
        }
    }
}

fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}
