//! The settings as people write them: the same names as flags, as environment variables and as keys of the file.

use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;

use super::serve::ServeSettings;
use crate::engine::{Budget, GpuLayers, KvType, Residency};
use crate::formats::PromptFormat;
use crate::market::{self, Repair};
use crate::models::Profile;
use crate::net::Secret;
use crate::news;

/// The heading of these settings in the help.
pub const SETTINGS_HEADING: &str = "Settings (also in the configuration file)";

/// A file with every setting as a comment.
pub const EXAMPLE: &str = include_str!("example.toml");

/// Settings that every command shares. A field that is `None` was not given.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[command(next_help_heading = SETTINGS_HEADING)]
pub struct Settings {
    /// Configuration file [default: tripod/config.toml in the user's configuration directory]
    #[arg(long, global = true, env = "TRIPOD_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,

    /// Set of models: demo (small, from package registries), standard (the same with a reporter of 1.1 GB that writes better) or seed (the full-size ones, from a model hub) [default: demo]
    #[arg(long, global = true, env = "TRIPOD_PROFILE")]
    pub profile: Option<Profile>,

    /// Forecaster: a manifest's id, a .gguf file, or a model on another machine as http://HOST:PORT/v1#MODEL [default: the profile's]
    #[arg(long, global = true, env = "TRIPOD_FORECASTER", value_name = "ID|FILE|URL")]
    pub forecaster: Option<String>,

    /// LoRA adapter on the forecaster's weights: a .gguf file made for them
    #[arg(long, global = true, env = "TRIPOD_ADAPTER", value_name = "FILE")]
    pub adapter: Option<PathBuf>,

    /// Sentiment classifier: a manifest's id, an .onnx file with its tokenizer.json beside it, or the URL of text-embeddings-inference [default: the profile's]
    #[arg(long, global = true, env = "TRIPOD_SENTIMENT", value_name = "ID|FILE|URL")]
    pub sentiment: Option<String>,

    /// Reporter: a manifest's id, a .gguf file, or a model on another machine as http://HOST:PORT/v1#MODEL [default: the profile's]
    #[arg(long, global = true, env = "TRIPOD_REPORTER", value_name = "ID|FILE|URL")]
    pub reporter: Option<String>,

    /// A host that prompts may go to, for models on other machines: a name, or a name and a port; may be repeated. This machine needs none
    #[arg(
        long,
        global = true,
        env = "TRIPOD_ALLOW_REMOTE",
        value_name = "HOST",
        value_delimiter = ','
    )]
    #[serde(default)]
    pub allow_remote: Vec<String>,

    /// Prompt the forecaster in another format than its manifest's: seed-v1, stats-v2, scaled-v3 or the experimental summary-v0
    #[arg(long, global = true, env = "TRIPOD_PROMPT_FORMAT", value_name = "FORMAT")]
    pub prompt_format: Option<PromptFormat>,

    /// Most memory that one stage may hold [default: 4GiB]
    #[arg(long, global = true, env = "TRIPOD_BUDGET", value_name = "SIZE")]
    #[serde(deserialize_with = "from_text", default)]
    pub budget: Option<Budget>,

    /// Compute threads [default: one fewer than the cores]
    #[arg(long, global = true, env = "TRIPOD_THREADS", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub threads: Option<u16>,

    /// Element type of the KV cache: auto (bf16 or f16), f16 or q8_0 [default: auto]
    #[arg(long, global = true, env = "TRIPOD_KV_TYPE", value_name = "TYPE")]
    pub kv_type: Option<KvType>,

    /// Layers of a language model on the graphics card: auto or a number, in a build with cuda, metal or vulkan [default: auto]
    #[arg(long, global = true, env = "TRIPOD_GPU_LAYERS", value_name = "N")]
    #[serde(deserialize_with = "from_text", default)]
    pub gpu_layers: Option<GpuLayers>,

    /// Whether a model stays loaded after its batch: release frees it, warm keeps it for five minutes if the budget has room [default: release]
    #[arg(long, global = true, env = "TRIPOD_RESIDENCY", value_name = "HOW")]
    pub residency: Option<Residency>,

    /// Glitches in prices: mend what is certain and refuse a forecast from what is not, warn of them, or off [default: mend]
    #[arg(long, global = true, env = "TRIPOD_REPAIR", value_name = "HOW")]
    #[serde(deserialize_with = "from_text", default)]
    pub repair: Option<Repair>,

    /// Where models and market data are kept [default: tripod in the user's cache directory]
    #[arg(long, global = true, env = "TRIPOD_CACHE", value_name = "DIR")]
    pub cache: Option<PathBuf>,

    /// Further directories with model manifests
    #[arg(
        long,
        global = true,
        env = "TRIPOD_MANIFESTS",
        value_name = "DIR",
        value_delimiter = ':'
    )]
    #[serde(default)]
    pub manifests: Vec<PathBuf>,

    /// News services in the order of their remarks: newsapi, yahoo, finnhub, feed; all are asked at the same time [default: those that need no key or have one]
    #[arg(
        long,
        global = true,
        env = "TRIPOD_NEWS_SOURCES",
        value_name = "NAME,…",
        value_delimiter = ','
    )]
    #[serde(default)]
    pub news_sources: Vec<news::SourceName>,

    /// RSS, Atom or JSON feeds of news: URLs in which {symbol} and {company} are filled in
    #[arg(long, global = true, env = "TRIPOD_FEEDS", value_name = "URL", value_delimiter = ' ')]
    #[serde(default)]
    pub feeds: Vec<String>,

    /// ONNX Runtime library [default: the one that `tripod models pull` fetched]
    #[arg(long, global = true, env = "ORT_DYLIB_PATH", value_name = "FILE")]
    pub onnxruntime: Option<PathBuf>,

    /// Sources of prices, in the order in which they are asked: yahoo, tiingo, alphavantage, finnhub, polygon, stooq and csv:FOLDER, with commas between them [default: yahoo]
    #[arg(
        long = "sources",
        global = true,
        env = "TRIPOD_SOURCES",
        value_name = "NAME,…",
        value_delimiter = ','
    )]
    #[serde(default)]
    pub sources: Vec<market::SourceName>,

    /// Base URL of the Yahoo chart service, or two with a comma between them: half of the tickers go to each, and to the other where one does not answer
    #[arg(long, global = true, env = "TRIPOD_YAHOO_URL", value_name = "URL", hide = true)]
    pub yahoo_url: Option<String>,

    /// Base URL of Yahoo's company search
    #[arg(
        long,
        global = true,
        env = "TRIPOD_YAHOO_SEARCH_URL",
        value_name = "URL",
        hide = true
    )]
    pub yahoo_search_url: Option<String>,

    /// Base URL of Yahoo's news search
    #[arg(long, global = true, env = "TRIPOD_YAHOO_NEWS_URL", value_name = "URL", hide = true)]
    pub yahoo_news_url: Option<String>,

    /// Base URL of Yahoo's ticker stream
    #[arg(
        long,
        global = true,
        env = "TRIPOD_YAHOO_STREAM_URL",
        value_name = "URL",
        hide = true
    )]
    pub yahoo_stream_url: Option<String>,

    /// Base URL of the NYSE's listing service
    #[arg(long, global = true, env = "TRIPOD_NYSE_URL", value_name = "URL", hide = true)]
    pub nyse_url: Option<String>,

    /// Folder of the symbol directory's files
    #[arg(long, global = true, env = "TRIPOD_SYMBOLS_URL", value_name = "URL", hide = true)]
    pub symbols_url: Option<String>,

    /// Base URL of Tiingo
    #[arg(long, global = true, env = "TRIPOD_TIINGO_URL", value_name = "URL", hide = true)]
    pub tiingo_url: Option<String>,

    /// Base URL of Alpha Vantage
    #[arg(
        long,
        global = true,
        env = "TRIPOD_ALPHAVANTAGE_URL",
        value_name = "URL",
        hide = true
    )]
    pub alphavantage_url: Option<String>,

    /// Base URL of Polygon
    #[arg(long, global = true, env = "TRIPOD_POLYGON_URL", value_name = "URL", hide = true)]
    pub polygon_url: Option<String>,

    /// Base URL of Stooq
    #[arg(long, global = true, env = "TRIPOD_STOOQ_URL", value_name = "URL", hide = true)]
    pub stooq_url: Option<String>,

    /// Base URL of NewsAPI
    #[arg(long, global = true, env = "TRIPOD_NEWSAPI_URL", value_name = "URL", hide = true)]
    pub newsapi_url: Option<String>,

    /// Base URL of Finnhub
    #[arg(long, global = true, env = "TRIPOD_FINNHUB_URL", value_name = "URL", hide = true)]
    pub finnhub_url: Option<String>,

    /// Base URL of the model hub [default: https://huggingface.co]
    #[arg(long, global = true, env = "TRIPOD_HUB_URL", value_name = "URL")]
    pub hub_url: Option<String>,

    /// A mirror of the model hub, asked when the hub cannot be reached
    #[arg(long, global = true, env = "TRIPOD_HUB_MIRROR", value_name = "URL")]
    pub hub_mirror: Option<String>,

    /// NewsAPI key. No flag: other users of a machine can read the flags of a process.
    #[arg(skip)]
    pub newsapi_key: Option<Secret>,

    /// Tiingo key. No flag, for the same reason.
    #[arg(skip)]
    pub tiingo_key: Option<Secret>,

    /// Alpha Vantage key. No flag, for the same reason.
    #[arg(skip)]
    pub alphavantage_key: Option<Secret>,

    /// Finnhub key, for prices and news. No flag, for the same reason.
    #[arg(skip)]
    pub finnhub_key: Option<Secret>,

    /// Polygon key. No flag, for the same reason.
    #[arg(skip)]
    pub polygon_key: Option<Secret>,

    /// Token for the model hub. No flag, for the same reason.
    #[arg(skip)]
    pub hub_token: Option<Secret>,

    /// The `[serve]` table; its flags belong to the command.
    #[arg(skip)]
    #[serde(default)]
    pub serve: ServeSettings,
}

fn from_text<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    let text = String::deserialize(deserializer)?;
    text.parse().map(Some).map_err(serde::de::Error::custom)
}
