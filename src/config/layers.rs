//! The settings that hold: those of flags and environment come in, what neither gave is taken from the file, and secrets from the
//! environment.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use etcetera::base_strategy::Xdg;

use super::error::ConfigError;
use super::settings::Settings;
use crate::net::Secret;

/// The keys of the secrets, and the environment variables that set them, the surest first.
pub(super) const SECRETS: [(&str, [&str; 2]); 6] = [
    ("newsapi-key", ["TRIPOD_NEWSAPI_KEY", "NEWSAPI_KEY"]),
    ("tiingo-key", ["TRIPOD_TIINGO_KEY", "TIINGO_KEY"]),
    ("alphavantage-key", ["TRIPOD_ALPHAVANTAGE_KEY", "ALPHAVANTAGE_KEY"]),
    ("finnhub-key", ["TRIPOD_FINNHUB_KEY", "FINNHUB_KEY"]),
    ("polygon-key", ["TRIPOD_POLYGON_KEY", "POLYGON_KEY"]),
    ("hub-token", ["TRIPOD_HUB_TOKEN", "HF_TOKEN"]),
];

impl Settings {
    /// The configuration file: the one that was named, else the usual one, which may be missing. `None` without a home directory.
    pub fn file(&self) -> Option<PathBuf> {
        self.config.clone().or_else(default_path)
    }

    /// The file as a table; empty where the usual one is missing.
    pub(super) fn file_table(&self) -> Result<toml::Table, ConfigError> {
        match self.file() {
            Some(path) if self.config.is_some() || path.exists() => read(&path),
            _ => Ok(toml::Table::new()),
        }
    }

    /// Takes from the file what neither a flag nor the environment gave, and the secrets from the environment.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when a named file cannot be read, or a file is not valid. A missing default file is no error.
    pub fn with_file_and_secrets(self) -> Result<Self, ConfigError> {
        let file = match self.file() {
            Some(path) if self.config.is_some() || path.exists() => read(&path)?,
            _ => Settings::default(),
        };
        let secret = |key: &str, own: Option<Secret>| {
            let names = SECRETS
                .iter()
                .filter(|(known, _)| *known == key)
                .flat_map(|(_, names)| names);
            let set = names
                .into_iter()
                .find_map(|name| std::env::var(name).ok())
                .map(Secret::new);
            set.or(own).filter(|value| !value.is_empty())
        };
        Ok(Settings {
            newsapi_key: secret("newsapi-key", file.newsapi_key),
            tiingo_key: secret("tiingo-key", file.tiingo_key),
            alphavantage_key: secret("alphavantage-key", file.alphavantage_key),
            finnhub_key: secret("finnhub-key", file.finnhub_key),
            polygon_key: secret("polygon-key", file.polygon_key),
            hub_token: secret("hub-token", file.hub_token),
            config: self.config,
            profile: self.profile.or(file.profile),
            forecaster: self.forecaster.or(file.forecaster),
            adapter: self.adapter.or(file.adapter),
            sentiment: self.sentiment.or(file.sentiment),
            reporter: self.reporter.or(file.reporter),
            allow_remote: if self.allow_remote.is_empty() {
                file.allow_remote
            } else {
                self.allow_remote
            },
            prompt_format: self.prompt_format.or(file.prompt_format),
            budget: self.budget.or(file.budget),
            threads: self.threads.or(file.threads),
            kv_type: self.kv_type.or(file.kv_type),
            gpu_layers: self.gpu_layers.or(file.gpu_layers),
            residency: self.residency.or(file.residency),
            repair: self.repair.or(file.repair),
            cache: self.cache.or(file.cache),
            manifests: if self.manifests.is_empty() {
                file.manifests
            } else {
                self.manifests
            },
            news_sources: if self.news_sources.is_empty() {
                file.news_sources
            } else {
                self.news_sources
            },
            feeds: if self.feeds.is_empty() { file.feeds } else { self.feeds },
            onnxruntime: self.onnxruntime.or(file.onnxruntime),
            sources: if self.sources.is_empty() {
                file.sources
            } else {
                self.sources
            },
            yahoo_url: self.yahoo_url.or(file.yahoo_url),
            tiingo_url: self.tiingo_url.or(file.tiingo_url),
            alphavantage_url: self.alphavantage_url.or(file.alphavantage_url),
            finnhub_url: self.finnhub_url.or(file.finnhub_url),
            polygon_url: self.polygon_url.or(file.polygon_url),
            stooq_url: self.stooq_url.or(file.stooq_url),
            yahoo_search_url: self.yahoo_search_url.or(file.yahoo_search_url),
            yahoo_news_url: self.yahoo_news_url.or(file.yahoo_news_url),
            yahoo_stream_url: self.yahoo_stream_url.or(file.yahoo_stream_url),
            nyse_url: self.nyse_url.or(file.nyse_url),
            symbols_url: self.symbols_url.or(file.symbols_url),
            newsapi_url: self.newsapi_url.or(file.newsapi_url),
            hub_url: self.hub_url.or(file.hub_url),
            hub_mirror: self.hub_mirror.or(file.hub_mirror),
            serve: file.serve,
        })
    }
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    // The TOML error quotes the whole line, which may hold a key; only its message goes into ours.
    toml::from_str(&text).map_err(|error| ConfigError::Invalid {
        path: path.to_owned(),
        reason: describe(&error, &text),
    })
}

fn describe(error: &toml::de::Error, text: &str) -> String {
    let line = error
        .span()
        .map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    line.map_or_else(
        || error.message().to_owned(),
        |line| format!("line {line}: {}", error.message()),
    )
}

fn default_path() -> Option<PathBuf> {
    let directories = Xdg::new().ok()?;
    Some(directories.config_dir().join("tripod").join("config.toml"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::engine::Budget;
    use crate::models::Profile;

    fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.toml");
        std::fs::write(&path, text).unwrap();
        (directory, path)
    }

    #[test]
    fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
        let (_directory, path) = file("budget = \"2GiB\"\nthreads = 3\nprofile = \"seed\"\n");
        let flags = Settings {
            config: Some(path),
            threads: Some(1),
            ..Settings::default()
        };
        let merged = flags.with_file_and_secrets().unwrap();
        assert_eq!((merged.threads, merged.budget), (Some(1), Some(Budget(2 << 30))));
        assert_eq!(merged.profile, Some(Profile::Seed));
        assert_eq!(merged.kv_type, None);
    }

    #[test]
    fn an_unknown_key_names_the_file_the_line_and_the_key_and_shows_no_secret() {
        let (_directory, path) = file("newsapi-key = \"hunter2\"\nbudgett = \"2GiB\"\n");
        let error = read::<Settings>(&path).unwrap_err().to_string();
        assert!(
            error.contains("config.toml") && error.contains("line 2") && error.contains("budgett"),
            "{error}"
        );
        let (_directory, path) = file("newsapi-key = [\"hunter2\"]\n");
        let error = read::<Settings>(&path).unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn a_file_that_was_named_must_be_there() {
        let flags = Settings {
            config: Some("/nowhere/config.toml".into()),
            ..Settings::default()
        };
        let error = flags.with_file_and_secrets().unwrap_err().to_string();
        assert!(error.contains("/nowhere/config.toml"), "{error}");
    }
}
