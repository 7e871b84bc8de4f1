//! The sources of bars, company data and news that the settings name. Settings come in, sources go out; asks none of them.

use std::path::Path;
use std::sync::Arc;

use super::error::ConfigError;
use super::settings::Settings;
use crate::market::{
    self, BarSource, BarSources, CsvOptions, Folder, Service, SummaryOptions, YahooOptions, YahooSummary,
};
use crate::net::Secret;
use crate::news::{
    self, Feed, FinnhubOptions, NEWS_MAX_AGE, NewsApi, NewsApiOptions, NewsCache, NewsSource, NewsSources, YahooNews,
    YahooNewsOptions,
};

/// The sources of bars in the user's order.
pub(super) fn bars(settings: &Settings, yahoo: &YahooOptions) -> BarSources {
    let service = |url: &Option<String>, usual: &str, key: &Option<Secret>| {
        Service::at(url.clone().unwrap_or_else(|| usual.to_owned()), key.clone())
    };
    let source = |name: &market::SourceName| -> Box<dyn BarSource> {
        match name {
            market::SourceName::Yahoo => Box::new(yahoo.clone()),
            market::SourceName::Tiingo => Box::new(market::Tiingo(service(
                &settings.tiingo_url,
                "https://api.tiingo.com",
                &settings.tiingo_key,
            ))),
            market::SourceName::AlphaVantage => Box::new(market::AlphaVantage(service(
                &settings.alphavantage_url,
                "https://www.alphavantage.co",
                &settings.alphavantage_key,
            ))),
            market::SourceName::Finnhub => Box::new(market::Finnhub(service(
                &settings.finnhub_url,
                "https://finnhub.io",
                &settings.finnhub_key,
            ))),
            market::SourceName::Polygon => Box::new(market::Polygon(service(
                &settings.polygon_url,
                "https://api.polygon.io",
                &settings.polygon_key,
            ))),
            market::SourceName::Stooq => {
                Box::new(market::Stooq(service(&settings.stooq_url, "https://stooq.com", &None)))
            }
            market::SourceName::Files(path) if path.is_file() => Box::new(CsvOptions::new(path)),
            market::SourceName::Files(path) => Box::new(Folder(path.clone())),
        }
    };
    match settings.sources.as_slice() {
        [] => BarSources::only(yahoo.clone()),
        names => BarSources::new(names.iter().map(source).collect()),
    }
}

/// A mirror of the chart service is asked for company data too, and for the cookie.
pub(super) fn fundamentals(settings: &Settings, yahoo: &YahooOptions) -> YahooSummary {
    let mut options = SummaryOptions::default();
    if settings.yahoo_url.is_some() {
        options.cookie_url.clone_from(&yahoo.base_url);
        options.base_url.clone_from(&yahoo.base_url);
    }
    YahooSummary::new(options)
}

/// The news services in the user's order. One without its key is left out, unless the user named it.
pub(super) fn news(settings: &Settings, cache: &Path) -> Result<NewsSources, ConfigError> {
    let named = !settings.news_sources.is_empty();
    let mut order = news::SourceName::ALL.to_vec();
    if named {
        order.clone_from(&settings.news_sources);
    }
    let mut services: Vec<Arc<dyn NewsSource>> = Vec::new();
    for (place, name) in order.iter().enumerate() {
        if order[..place].contains(name) {
            continue;
        }
        match name {
            news::SourceName::NewsApi if named || settings.newsapi_key.is_some() => {
                services.push(Arc::new(newsapi(settings)))
            }
            news::SourceName::Finnhub if named || settings.finnhub_key.is_some() => {
                services.push(Arc::new(finnhub(settings)))
            }
            news::SourceName::NewsApi | news::SourceName::Finnhub => {}
            news::SourceName::Yahoo => services.push(Arc::new(yahoo_news(settings))),
            news::SourceName::Feed if named && settings.feeds.is_empty() => {
                return Err(wrong("news-sources", "it names feed, but feeds lists no address"));
            }
            news::SourceName::Feed => {
                for template in &settings.feeds {
                    services.push(Arc::new(Feed::new(template).map_err(|error| wrong("feeds", error))?));
                }
            }
        }
    }
    Ok(NewsSources {
        services,
        cache: Some(NewsCache::new(cache.join("news"), NEWS_MAX_AGE)),
        ..NewsSources::default()
    })
}

fn newsapi(settings: &Settings) -> NewsApi {
    let usual = NewsApiOptions::default();
    NewsApi::new(NewsApiOptions {
        base_url: settings.newsapi_url.clone().unwrap_or(usual.base_url),
        key: settings.newsapi_key.clone(),
        request: usual.request,
    })
}

fn finnhub(settings: &Settings) -> news::Finnhub {
    let usual = FinnhubOptions::default();
    news::Finnhub::new(FinnhubOptions {
        base_url: settings.finnhub_url.clone().unwrap_or(usual.base_url),
        key: settings.finnhub_key.clone(),
        request: usual.request,
    })
}

fn yahoo_news(settings: &Settings) -> YahooNews {
    let mut options = YahooNewsOptions::default();
    options.search_url = settings.yahoo_news_url.clone().unwrap_or(options.search_url);
    options.stream_url = settings.yahoo_stream_url.clone().unwrap_or(options.stream_url);
    YahooNews::new(options)
}

fn wrong(key: &'static str, error: impl std::fmt::Display) -> ConfigError {
    ConfigError::Value {
        key,
        reason: error.to_string(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn services(settings: &Settings) -> Result<Vec<String>, String> {
        let sources = news(settings, Path::new("cache")).map_err(|error| error.to_string())?;
        Ok(sources
            .services
            .iter()
            .map(|service| service.name().to_owned())
            .collect())
    }

    #[test]
    fn a_news_service_without_its_key_is_not_asked_unless_it_is_named() {
        assert_eq!(services(&Settings::default()).unwrap(), ["Yahoo news"]);
        let key = || Some(Secret::new("0123456789"));
        let all = Settings {
            newsapi_key: key(),
            finnhub_key: key(),
            feeds: vec!["https://example.org/{symbol}.rss".to_owned()],
            ..Settings::default()
        };
        let names = ["NewsAPI", "Yahoo news", "Finnhub", "Feed example.org"];
        assert_eq!(services(&all).unwrap(), names);
        let named = Settings {
            news_sources: vec![
                news::SourceName::Finnhub,
                news::SourceName::NewsApi,
                news::SourceName::Finnhub,
            ],
            ..Settings::default()
        };
        assert_eq!(services(&named).unwrap(), ["Finnhub", "NewsAPI"]);
    }

    #[test]
    fn a_feed_that_cannot_be_used_is_an_error_that_names_the_setting() {
        let feeds = |feeds: &[&str], named: bool| {
            services(&Settings {
                news_sources: if named {
                    vec![news::SourceName::Feed]
                } else {
                    Vec::new()
                },
                feeds: feeds.iter().map(|&feed| feed.to_owned()).collect(),
                ..Settings::default()
            })
            .unwrap_err()
        };
        assert!(
            feeds(&["http://example.org/"], false).contains("feeds"),
            "{}",
            feeds(&["http://example.org/"], false)
        );
        assert!(feeds(&[], true).contains("news-sources"), "{}", feeds(&[], true));
    }
}
