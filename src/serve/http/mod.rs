//! HTTP itself: connections, middleware, keys, bodies, errors. Knows no route.

mod auth;
mod body;
mod connection;
mod error;
mod fault;
mod keys;
mod middleware;
mod origin;
mod request_id;
mod stream;

pub use self::auth::Client;
pub(crate) use self::auth::{DoorError, check_bind};
pub use self::body::{BodyLimits, JsonBody, PathText, QueryOf};
pub use self::connection::{ConnectionLimits, accept};
pub(crate) use self::error::{ApiError, ErrorBody, ErrorDetail};
pub use self::keys::ApiKeys;
pub use self::middleware::MiddlewareOptions;
pub(crate) use self::middleware::not_found;
pub use self::middleware::with_middleware;
pub use self::origin::Origins;
pub use self::request_id::RequestId;
pub(crate) use self::stream::{HEARTBEAT, StreamedEvent};
pub use self::stream::{SseFrame, sse};
