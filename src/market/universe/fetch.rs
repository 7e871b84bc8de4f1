//! Fetches the listed symbols: asks the sources page by page, keeps what came for a fetch that is interrupted, merges, and replaces
//! the file. Whatever fails, the last good list stays as it is.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::RequestBuilder;
use url::Url;

use super::directory::read_directory;
use super::error::UniverseError;
use super::file::UniverseFile;
use super::listing::Listing;
use super::merge::merge;
use super::nyse;
use super::partial::Partial;
use super::source::{ListingSource, UniverseOptions};
use crate::net::{HttpClient, HttpError, endpoint};

/// How far a fetch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchProgress {
    /// The source in hand.
    pub source: ListingSource,
    /// Its page that has come, from 1.
    pub page: u32,
    /// How many pages it has.
    pub pages: u32,
    /// Whether the page was kept from a fetch that was interrupted.
    pub kept: bool,
}

/// What a fetch brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Listings in the new list.
    pub listings: usize,
    /// Entries that are not listed anywhere or have no spelling of Yahoo's.
    pub left_out: usize,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// Asks the sources of `options` and replaces `file`. `now` is the time of the new list, and its day decides which answers of an
/// interrupted fetch are used.
///
/// # Errors
/// [`UniverseError`] of the first source that fails, or of the file; the old file then stays.
pub async fn fetch_universe(
    client: &HttpClient,
    options: &UniverseOptions,
    file: &UniverseFile,
    now: DateTime<Utc>,
    progress: &mut (dyn FnMut(FetchProgress) + Send),
) -> Result<Fetched, UniverseError> {
    let mut fetch = Fetch {
        client,
        options,
        partial: Partial::open(file.partial_path(), now.date_naive(), options),
        progress,
        has_asked: false,
        left_out: 0,
        warnings: Vec::new(),
    };
    let mut lists: Vec<(ListingSource, Vec<Listing>)> = Vec::new();
    for &source in &options.sources {
        let listings = match source {
            ListingSource::Nyse => fetch.pages().await?,
            ListingSource::Nasdaqlisted | ListingSource::Otherlisted => fetch.directory(source).await?,
        };
        if listings.is_empty() {
            return Err(UniverseError::Empty { from: source });
        }
        lists.push((source, listings));
    }
    let listings = merge(lists);
    file.write(&listings, now, &options.sources)?;
    fetch.partial.finish();
    Ok(Fetched {
        listings: listings.len(),
        left_out: fetch.left_out,
        warnings: fetch.warnings,
    })
}

struct Fetch<'f> {
    client: &'f HttpClient,
    options: &'f UniverseOptions,
    partial: Partial,
    progress: &'f mut (dyn FnMut(FetchProgress) + Send),
    /// Whether a request was sent, after which the next one waits.
    has_asked: bool,
    left_out: usize,
    warnings: Vec<String>,
}

impl Fetch<'_> {
    /// The listings of the paged service.
    async fn pages(&mut self) -> Result<Vec<Listing>, UniverseError> {
        let source = ListingSource::Nyse;
        let mut listings = Vec::new();
        let (mut number, mut pages, mut announced, mut came) = (1, 1, 0, 0);
        // A page past the last one is answered with HTTP 500, so none is asked for.
        while number <= pages {
            let (page, kept) = self.page(number).await?;
            if page.entries == 0 {
                break;
            }
            if page.total > nyse::MOST {
                return Err(UniverseError::TooMany {
                    from: source,
                    announced: page.total,
                    most: nyse::MOST,
                });
            }
            // The newest total: while the pages are fetched a security may be listed or delisted.
            announced = page.total;
            pages = u32::try_from(announced.div_ceil(nyse::PAGE)).unwrap_or(u32::MAX).max(1);
            came += page.entries;
            self.left_out += page.left_out;
            listings.extend(page.listings);
            (self.progress)(FetchProgress {
                source,
                page: number,
                pages,
                kept,
            });
            number += 1;
        }
        self.checked(listings, announced, came, pages)
    }

    /// The service may leave out one entry of each page, and listings come and go while it is asked; more than that is a list with
    /// holes.
    fn checked(
        &mut self,
        listings: Vec<Listing>,
        announced: usize,
        came: usize,
        pages: u32,
    ) -> Result<Vec<Listing>, UniverseError> {
        let missing = announced.abs_diff(came);
        // One page has no border at which an entry could be lost.
        let allowed = if pages > 1 { pages as usize } else { 0 };
        if missing > allowed {
            return Err(UniverseError::Total {
                from: ListingSource::Nyse,
                announced,
                came,
                pages,
            });
        }
        if missing > 0 {
            self.warnings.push(format!(
                "{} announced {announced} listings and sent {came}",
                ListingSource::Nyse.title()
            ));
        }
        Ok(listings)
    }

    /// One page, and whether it was kept.
    async fn page(&mut self, number: u32) -> Result<(nyse::Page, bool), UniverseError> {
        let source = ListingSource::Nyse;
        if let Some(page) = self
            .partial
            .get(source, number)
            .and_then(|body| nyse::read_page(body, number).ok())
        {
            return Ok((page, true));
        }
        let question = nyse::question(number);
        let body = self
            .ask(
                source,
                &self.options.nyse_url,
                &["api", "quotes", "filter"],
                |client, url| client.post(url).json(&question),
            )
            .await?;
        let page = nyse::read_page(&body, number)?;
        self.partial.keep(source, number, &body);
        Ok((page, false))
    }

    /// The listings of a file of the symbol directory.
    async fn directory(&mut self, source: ListingSource) -> Result<Vec<Listing>, UniverseError> {
        let kept = self
            .partial
            .get(source, 1)
            .and_then(|text| read_directory(source, text).ok());
        let is_kept = kept.is_some();
        let directory = match kept {
            Some(directory) => directory,
            None => {
                let name = format!("{source}.txt");
                let text = self
                    .ask(source, &self.options.symbols_url, &[&name], |client, url| {
                        client.get(url)
                    })
                    .await?;
                let directory = read_directory(source, &text)?;
                self.partial.keep(source, 1, &text);
                directory
            }
        };
        (self.progress)(FetchProgress {
            source,
            page: 1,
            pages: 1,
            kept: is_kept,
        });
        self.left_out += directory.left_out;
        Ok(directory.listings)
    }

    async fn ask(
        &mut self,
        source: ListingSource,
        base: &str,
        path: &[&str],
        request: impl Fn(&reqwest::Client, Url) -> RequestBuilder,
    ) -> Result<String, UniverseError> {
        let http = |error: HttpError| UniverseError::Http {
            from: source,
            source: error,
        };
        if self.has_asked && self.options.pause > Duration::ZERO {
            tokio::time::sleep(self.options.pause).await;
        }
        self.has_asked = true;
        let url = endpoint(base, path).map_err(http)?;
        let answer = self
            .client
            .send(&url, &self.options.request, |client| {
                request(client, url.clone()).header("User-Agent", &self.options.user_agent)
            })
            .await
            .map_err(http)?;
        if !answer.status.is_success() {
            return Err(UniverseError::Status {
                from: source,
                status: answer.status.as_u16(),
            });
        }
        String::from_utf8(answer.body).map_err(|error| UniverseError::Format {
            from: source,
            place: format!("byte {}", error.utf8_error().valid_up_to()),
            expected: "UTF-8 text".to_owned(),
            found: "other bytes".to_owned(),
        })
    }
}
