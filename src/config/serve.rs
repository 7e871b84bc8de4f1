//! The settings of `tripod serve`, as flags, as environment variables and as the `[serve]` table of the file.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;

use super::error::ConfigError;
use crate::grounding::Locale;
use crate::host::Isolation;
use crate::net::Secret;

/// Settings of the server. A field that is `None` or empty was not given.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ServeSettings {
    /// Where to listen [default: 127.0.0.1:8069]
    #[arg(long, env = "TRIPOD_ADDR")]
    pub addr: Option<SocketAddr>,

    /// A key that clients must send; may be repeated. Others on this machine can see flags: prefer --api-key-file, or
    /// TRIPOD_API_KEYS with several separated by commas
    #[arg(long = "api-key", value_name = "KEY", value_parser = secret)]
    #[serde(rename = "api-keys")]
    pub api_keys: Vec<Secret>,

    /// File with one key on a line; lines that begin with # are comments
    #[arg(long, env = "TRIPOD_API_KEY_FILE", value_name = "FILE")]
    pub api_key_file: Option<PathBuf>,

    /// Listen beyond this machine without a key
    #[arg(long)]
    pub no_auth: bool,

    /// A name by which this server is reached, beside localhost; may be repeated
    #[arg(long = "allow-host", value_name = "NAME")]
    #[serde(rename = "allow-hosts")]
    pub allow_hosts: Vec<String>,

    /// A web origin whose pages may call, such as http://localhost:3000; may be repeated
    #[arg(long = "cors-origin", value_name = "ORIGIN")]
    #[serde(rename = "cors-origins")]
    pub cors_origins: Vec<String>,

    /// Where the engine runs: process, or thread [default: process]
    #[arg(long, env = "TRIPOD_ISOLATION")]
    pub isolation: Option<Isolation>,

    /// The store of analyses [default: tripod/analyses.sqlite in the user's data directory]
    #[arg(long, env = "TRIPOD_STORE", value_name = "FILE")]
    pub store: Option<PathBuf>,

    /// Sample paths of an analysis whose request names no number [default: as many as the model's manifest says, else 20]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub samples: Option<u16>,

    /// Closes that the forecaster sees in an analysis whose request names no number [default: 180]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(2..=5000))]
    pub context: Option<u16>,

    /// Language of an analysis whose request names none, and of the chat's: en or de [default: en]
    #[arg(long, value_name = "CODE")]
    pub language: Option<Locale>,

    /// Most requests that wait for the engine [default: 32]
    #[arg(long, value_name = "N")]
    pub queue: Option<usize>,

    /// Seconds that a request may take, waiting included [default: 1800]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub request_timeout: Option<u64>,

    /// Seconds that running work may go on after a signal to stop [default: 30]
    #[arg(long, value_name = "SECONDS")]
    pub shutdown_timeout: Option<u64>,

    /// Seconds without output after which the engine counts as hung and is restarted [default: 20]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(3..))]
    pub engine_silence: Option<u64>,
}

fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text))
}

impl ServeSettings {
    /// Takes from the file what neither a flag nor the environment gave, and reads the API keys.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for a key file that cannot be read.
    pub fn over(self, file: ServeSettings) -> Result<Self, ConfigError> {
        let or = |own: Vec<String>, file: Vec<String>| if own.is_empty() { file } else { own };
        let mut settings = ServeSettings {
            addr: self.addr.or(file.addr),
            api_keys: self.api_keys,
            api_key_file: self.api_key_file.or(file.api_key_file),
            no_auth: self.no_auth || file.no_auth,
            allow_hosts: or(self.allow_hosts, file.allow_hosts),
            cors_origins: or(self.cors_origins, file.cors_origins),
            isolation: self.isolation.or(file.isolation),
            store: self.store.or(file.store),
            samples: self.samples.or(file.samples),
            context: self.context.or(file.context),
            language: self.language.or(file.language),
            queue: self.queue.or(file.queue),
            request_timeout: self.request_timeout.or(file.request_timeout),
            shutdown_timeout: self.shutdown_timeout.or(file.shutdown_timeout),
            engine_silence: self.engine_silence.or(file.engine_silence),
        };
        if let Ok(keys) = std::env::var("TRIPOD_API_KEYS") {
            let keys = keys.split([',', '\n']).map(str::trim).filter(|key| !key.is_empty());
            settings.api_keys.extend(keys.map(Secret::new));
        }
        settings.api_keys.extend(file.api_keys);
        if let Some(path) = &settings.api_key_file {
            let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
                path: path.clone(),
                source,
            })?;
            let lines = text.lines().map(str::trim);
            let keys: Vec<Secret> = lines
                .filter(|line| !line.is_empty() && !line.starts_with('#'))
                .map(Secret::new)
                .collect();
            if keys.is_empty() {
                return Err(ConfigError::Value {
                    key: "api-key-file",
                    reason: format!("{} has no key in it", path.display()),
                });
            }
            settings.api_keys.extend(keys);
        }
        Ok(settings)
    }
}
