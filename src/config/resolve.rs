//! Turns settings into ready-made options for each part of the program. Opens no file but the manifests.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use url::Url;

use super::error::ConfigError;
use super::serve::ServeSettings;
use super::settings::Settings;
use crate::engine::{EngineOptions, LlamaOptions, OnnxOptions};
use crate::market::{self, UniverseFile, UniverseOptions, YahooOptions};
use crate::models::{Cache, HubOptions, ModelChoice, ModelFiles, Profile, Registry, Role};
use crate::net::{HttpClient, HttpOptions};
use crate::news::{
    Feed, Finnhub, FinnhubOptions, NEWS_MAX_AGE, NewsApi, NewsApiOptions, NewsCache, NewsSource, NewsSources,
    SourceName, YahooNews, YahooNewsOptions,
};
use crate::run::RoleChoices;

/// Everything that the commands need.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where models are kept.
    pub cache: Cache,
    /// Every known manifest.
    pub registry: Registry,
    /// The selected set of models.
    pub profile: Profile,
    /// Models that the user chose instead of the profile's.
    pub choices: RoleChoices,
    /// Memory budget, threads and libraries of the engines.
    pub engine: EngineOptions,
    /// The model hub.
    pub hub: HubOptions,
    /// The HTTP client of the data services.
    pub client: HttpClient,
    /// The cache of bars from earlier runs.
    pub market_cache: market::Cache,
    /// The list of listed symbols.
    pub universe: UniverseFile,
    /// Where the list of symbols is fetched.
    pub universe_sources: UniverseOptions,
    /// The chart service.
    pub yahoo: YahooOptions,
    /// Where company names are looked up.
    pub search: YahooOptions,
    /// The news services.
    pub news: NewsSources,
    /// The `[serve]` table of the file.
    pub serve: ServeSettings,
}

impl Config {
    /// Resolves complete settings.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] naming the setting that is wrong.
    pub fn resolve(settings: Settings) -> Result<Self, ConfigError> {
        let cache = settings
            .cache
            .as_ref()
            .map_or_else(Cache::from_env, |path| Ok(Cache::at(path.clone())))?;
        let registry = Registry::load(&settings.manifests)?;
        let threads = settings
            .threads
            .map_or_else(crate::engine::default_threads, usize::from);
        // A missing library is an error of the sentiment stage only; commands that do not need it must still run.
        let onnx_library = settings
            .onnxruntime
            .clone()
            .or_else(|| registry.onnxruntime_library(&cache).ok());
        let profile = settings.profile.unwrap_or(Profile::Demo);
        let choice = |text: &Option<String>| text.as_deref().map(str::parse).transpose();
        let choices = RoleChoices {
            forecaster: choice(&settings.forecaster).map_err(|error| wrong("forecaster", error))?,
            sentiment: choice(&settings.sentiment).map_err(|error| wrong("sentiment", error))?,
            reporter: choice(&settings.reporter).map_err(|error| wrong("reporter", error))?,
            adapter: settings.adapter.clone(),
            prompt_format: settings.prompt_format,
        };
        let engine = EngineOptions {
            budget: settings.budget.unwrap_or_default(),
            llama: LlamaOptions {
                threads,
                kv_type: settings.kv_type.unwrap_or_default(),
                gpu_layers: settings.gpu_layers.unwrap_or_default(),
                states: Some(cache.root().join("states")),
                requantized: Some(cache.requantized_copies()),
                ..LlamaOptions::default()
            },
            onnx: OnnxOptions {
                threads,
                ..OnnxOptions::default()
            },
            residency: settings.residency.unwrap_or_default(),
            onnx_library,
            models: model_files(&cache, &settings.manifests, profile, &choices),
        };
        let mut yahoo = YahooOptions::default();
        yahoo.base_url = settings.yahoo_url.clone().unwrap_or(yahoo.base_url);
        let mut search = yahoo.clone();
        search.base_url = settings.yahoo_search_url.clone().unwrap_or(search.base_url);
        let mut universe_sources = UniverseOptions::default();
        universe_sources.nyse_url = settings.nyse_url.clone().unwrap_or(universe_sources.nyse_url);
        universe_sources.symbols_url = settings.symbols_url.clone().unwrap_or(universe_sources.symbols_url);
        let market_folder = cache.root().join("market");
        Ok(Config {
            universe: UniverseFile::in_folder(&market_folder),
            universe_sources,
            market_cache: market::Cache::new(market_folder, market::DEFAULT_MAX_AGE),
            hub: hub(&settings)?,
            news: news(&settings, cache.root())?,
            serve: settings.serve.clone(),
            search,
            client: HttpClient::new(&HttpOptions::default())?,
            profile,
            cache,
            registry,
            choices,
            engine,
            yahoo,
        })
    }
}

/// Where the engine finds the files of models, those that the user named by path too.
fn model_files(cache: &Cache, manifests: &[PathBuf], profile: Profile, choices: &RoleChoices) -> ModelFiles {
    let named: [(Role, &Option<ModelChoice>); 3] = [
        (Role::Forecaster, &choices.forecaster),
        (Role::Sentiment, &choices.sentiment),
        (Role::Reporter, &choices.reporter),
    ];
    let files = ModelFiles::new(cache, manifests, profile);
    named
        .into_iter()
        .fold(files, |files, (role, choice)| files.with(role, choice.as_ref()))
        .with_adapter(choices.adapter.as_deref())
}

fn hub(settings: &Settings) -> Result<HubOptions, ConfigError> {
    let mut hub = HubOptions::default();
    let url = |key: &'static str, text: &str| Url::parse(text).map_err(|error| wrong(key, error));
    if let Some(text) = &settings.hub_url {
        hub.base_url = url("hub-url", text)?;
    }
    hub.mirror = settings
        .hub_mirror
        .as_deref()
        .map(|text| url("hub-mirror", text))
        .transpose()?;
    hub.token = settings.hub_token.clone();
    Ok(hub)
}

/// The news services in the user's order. One without its key is left out, unless the user named it.
fn news(settings: &Settings, cache: &Path) -> Result<NewsSources, ConfigError> {
    let named = !settings.news_sources.is_empty();
    let mut order = SourceName::ALL.to_vec();
    if named {
        order.clone_from(&settings.news_sources);
    }
    let mut services: Vec<Arc<dyn NewsSource>> = Vec::new();
    for (place, name) in order.iter().enumerate() {
        if order[..place].contains(name) {
            continue;
        }
        match name {
            SourceName::NewsApi if named || settings.newsapi_key.is_some() => {
                services.push(Arc::new(newsapi(settings)))
            }
            SourceName::Finnhub if named || settings.finnhub_key.is_some() => {
                services.push(Arc::new(finnhub(settings)))
            }
            SourceName::NewsApi | SourceName::Finnhub => {}
            SourceName::Yahoo => services.push(Arc::new(yahoo_news(settings))),
            SourceName::Feed if named && settings.feeds.is_empty() => {
                return Err(wrong("news-sources", "it names feed, but feeds lists no address"));
            }
            SourceName::Feed => {
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

fn finnhub(settings: &Settings) -> Finnhub {
    let usual = FinnhubOptions::default();
    Finnhub::new(FinnhubOptions {
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
    use crate::net::Secret;

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
            news_sources: vec![SourceName::Finnhub, SourceName::NewsApi, SourceName::Finnhub],
            ..Settings::default()
        };
        assert_eq!(services(&named).unwrap(), ["Finnhub", "NewsAPI"]);
    }

    #[test]
    fn a_feed_that_cannot_be_used_is_an_error_that_names_the_setting() {
        let feeds = |feeds: &[&str], named: bool| {
            services(&Settings {
                news_sources: if named { vec![SourceName::Feed] } else { Vec::new() },
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
