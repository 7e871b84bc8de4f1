//! Errors of the configuration. Messages name the file, the line and the key; none shows a value, which may be a secret.

use std::path::PathBuf;

/// What is wrong with the configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration file {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not valid.
    #[error("the configuration file {} is wrong: {reason}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// The line and the key.
        reason: String,
    },
    /// A value that does not parse.
    #[error("the setting `{key}` is wrong: {reason}")]
    Value {
        /// Its name.
        key: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The cache or the manifests.
    #[error(transparent)]
    Models(#[from] crate::models::ModelsError),
    /// The HTTP client cannot be made.
    #[error("cannot make an HTTP client")]
    Http(#[from] crate::net::HttpError),
}
