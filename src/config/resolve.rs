//! Turns settings into ready-made options for each part of the program. Opens no file but the manifests.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::runtime::Handle;
use url::Url;

use super::error::ConfigError;
use super::serve::ServeSettings;
use super::settings::Settings;
use super::{remote, sources};
use crate::engine::{EngineOptions, HttpCaller, LlamaOptions, NativeEngine, OnnxOptions, RemoteEngine, RemoteOptions};
use crate::market::{self, BarSources, UniverseFile, UniverseOptions, YahooOptions, YahooSummary};
use crate::models::{Cache, HubOptions, ModelChoice, ModelFiles, Profile, Registry, Role};
use crate::net::{HttpClient, HttpOptions};
use crate::news::NewsSources;
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
    /// Models on other machines, with their keys.
    pub remote: RemoteOptions,
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
    /// The sources of bars, in the order in which they are asked.
    pub bars: BarSources,
    /// The source of company data.
    pub fundamentals: YahooSummary,
    /// Yahoo's chart service.
    pub yahoo: YahooOptions,
    /// What is done about glitches in prices.
    pub repair: market::Repair,
    /// Where company names are looked up.
    pub search: YahooOptions,
    /// The news services.
    pub news: NewsSources,
    /// The `[serve]` table of the file.
    pub serve: ServeSettings,
}

impl Config {
    /// The engine of this process: on this machine, and on others through sockets that run on `runtime`.
    pub fn open_engine(&self, runtime: &Handle) -> RemoteEngine<NativeEngine> {
        self.engine_with(self.engine.clone(), runtime)
    }

    /// As [`Config::open_engine`], with other options for this machine.
    pub fn engine_with(&self, options: EngineOptions, runtime: &Handle) -> RemoteEngine<NativeEngine> {
        let caller = HttpCaller::new(self.remote.clone(), runtime.clone());
        RemoteEngine::new(NativeEngine::new(options), Arc::new(caller))
    }

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
            allowed_hosts: settings.allow_remote.clone(),
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
        let yahoo = settings
            .yahoo_url
            .as_deref()
            .map_or_else(YahooOptions::default, YahooOptions::at);
        let mut search = yahoo.clone();
        search.base_url = settings.yahoo_search_url.clone().unwrap_or(search.base_url);
        let mut universe_sources = UniverseOptions::default();
        universe_sources.nyse_url = settings.nyse_url.clone().unwrap_or(universe_sources.nyse_url);
        universe_sources.symbols_url = settings.symbols_url.clone().unwrap_or(universe_sources.symbols_url);
        let market_folder = cache.root().join("market");
        Ok(Config {
            universe: UniverseFile::in_folder(&market_folder),
            universe_sources,
            repair: settings.repair.unwrap_or_default(),
            market_cache: market::Cache::new(market_folder),
            hub: hub(&settings)?,
            news: sources::news(&settings, cache.root())?,
            bars: sources::bars(&settings, &yahoo),
            fundamentals: sources::fundamentals(&settings, &yahoo),
            serve: settings.serve.clone(),
            remote: remote::remote(&registry, &cache, profile, &choices),
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

fn wrong(key: &'static str, error: impl std::fmt::Display) -> ConfigError {
    ConfigError::Value {
        key,
        reason: error.to_string(),
    }
}
