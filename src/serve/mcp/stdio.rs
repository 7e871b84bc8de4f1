//! The protocol over standard input and output, for a client that starts `tripod mcp` as a program of its own. Nothing else is written
//! to standard output.

use rmcp::ServiceExt;
use rmcp::service::QuitReason;

use super::analyst::Analyst;
use crate::serve::runs::Shared;

/// Answers until the input ends.
///
/// # Errors
///
/// What the client did not understand of the protocol, or why its requests cannot be read.
pub(in crate::serve) async fn over_stdio(app: Shared) -> Result<(), String> {
    let served = Analyst::new(app).serve(rmcp::transport::stdio()).await;
    let service = served.map_err(|error| format!("no client of the Model Context Protocol spoke first: {error}"))?;
    match service.waiting().await {
        Ok(QuitReason::JoinError(error)) => Err(format!("the conversation broke off: {error}")),
        Ok(_) => Ok(()),
        Err(error) => Err(format!("the conversation broke off: {error}")),
    }
}
