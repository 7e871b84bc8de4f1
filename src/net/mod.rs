//! The way to the network: an HTTP client with bounded answers, retries, addresses and secrets. Knows no service by name.

mod address;
mod http;
mod retry;
mod secret;

pub(crate) use self::address::{endpoint, shown_url};
pub(crate) use self::http::Answer;
pub use self::http::{HttpClient, HttpError, HttpOptions, Patience};
pub(crate) use self::retry::Refusal;
pub use self::retry::RetryPolicy;
pub use self::secret::Secret;
