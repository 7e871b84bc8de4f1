//! What can be wrong with the configuration. Messages name the file, the line and the key; none shows a value that may be a
//! secret.

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
    /// The file is not what it should be.
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
    /// The models part.
    #[error(transparent)]
    Models(#[from] crate::models::ModelsError),
    /// The HTTP client.
    #[error("cannot make an HTTP client")]
    Http(#[from] crate::net::HttpError),
}
