//! The Model Context Protocol, over HTTP (`/mcp`) and over standard input and output (`tripod mcp`): the built-in tools with their
//! progress, the stored analyses as resources, and prompts for a first question. The protocol itself is `rmcp`'s.

mod analyst;
mod prompts;
mod resources;
mod stdio;
mod tools;

use std::sync::Arc;

use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};

use self::analyst::Analyst;
pub(super) use self::stdio::over_stdio;
use super::http::HEARTBEAT;
use super::runs::Shared;

/// The largest request: arguments of a tool are short.
const MOST_BYTES: usize = 1 << 20;

/// The service behind `/mcp`. Every request stands for itself, so that no session has to be kept for a client that has gone away; the
/// Host and Origin headers and the key are checked before, as on every route.
pub(super) fn over_http(app: &Shared) -> StreamableHttpService<Analyst, LocalSessionManager> {
    let settings = StreamableHttpServerConfig::default()
        .disable_allowed_hosts()
        .disable_allowed_origins()
        .with_legacy_session_mode(false)
        .with_sse_keep_alive(Some(HEARTBEAT))
        .with_max_request_body_bytes(MOST_BYTES);
    let app = Arc::clone(app);
    let analyst = move || Ok(Analyst::new(Arc::clone(&app)));
    StreamableHttpService::new(analyst, Arc::default(), settings)
}
