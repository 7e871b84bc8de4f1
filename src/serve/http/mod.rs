//! HTTP itself: connections, the layers around the routes, access control, bodies, errors, event streams. Knows no route.

mod auth;
mod auth_error;
mod body;
mod connection;
mod dialect;
mod error;
mod fault;
mod held;
mod json;
mod keys;
mod middleware;
mod origin;
mod refusals;
mod request_id;
mod stream;
mod unread_head;

pub use self::auth::Client;
pub(crate) use self::auth::check_bind;
pub(crate) use self::auth_error::AuthError;
pub(crate) use self::body::discard_body;
pub use self::body::{BodyLimits, JsonBody, PathText, QueryOf};
pub use self::connection::{ConnectionLimits, accept};
pub use self::dialect::Dialect;
pub(crate) use self::error::{ApiError, ErrorBody, ErrorDetail};
pub(crate) use self::held::held;
pub(crate) use self::json::json;
pub use self::keys::ApiKeys;
pub use self::middleware::MiddlewareOptions;
pub(crate) use self::middleware::not_found;
pub use self::middleware::with_middleware;
pub use self::origin::Origins;
pub(crate) use self::refusals::{Refusals, refusals};
pub use self::request_id::RequestId;
pub(crate) use self::stream::{HEARTBEAT, StreamedEvent};
pub use self::stream::{SseFrame, sse};
