//! The way to the network: an HTTP client whose answers are bounded, one retry policy, one pause for all requests to a
//! host, addresses and secrets. Knows no service by name.

mod address;
mod error;
mod http;
mod lane;
mod retry;
mod secret;

pub(crate) use self::address::{endpoint, is_loopback, shown_url};
pub use self::error::HttpError;
pub(crate) use self::error::in_full;
pub(crate) use self::http::Answer;
pub use self::http::{HttpClient, HttpOptions, RequestOptions};
pub use self::lane::Pause;
pub use self::retry::RetryPolicy;
pub(crate) use self::retry::{Tries, retry_after};
pub use self::secret::Secret;
