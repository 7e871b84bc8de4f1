//! The built-in tools as the protocol describes them, and their calls: arguments come in; the result goes out, with notifications of
//! progress meanwhile where the client asked for them.

use std::sync::Arc;

use rmcp::model::{
    CallToolRequestParams, CallToolResult, ContentBlock, ErrorData, JsonObject, ProgressNotificationParam,
    ProgressToken, Tool, ToolAnnotations,
};
use rmcp::service::{Peer, RequestContext, RoleServer};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::resources::uri;
use crate::serve::builtin::{self, BUILTIN, Caller};
use crate::serve::http::Client;
use crate::serve::openai::progress_line;
use crate::serve::runs::{RunEvent, Shared};

/// Every built-in tool.
pub(super) fn all() -> Vec<Tool> {
    let described = |tool: &builtin::Builtin| {
        let schema = match tool.parameters() {
            Value::Object(schema) => schema,
            _ => JsonObject::new(),
        };
        // A tool reads prices and news, and stores an analysis; it changes nothing of the user's.
        let hints = ToolAnnotations::new().destructive(false).open_world(true);
        Tool::new(tool.name, tool.description, Arc::new(schema)).with_annotations(hints)
    };
    BUILTIN.iter().map(described).collect()
}

/// Runs a tool. What went wrong with it is a result that the client's model can read; only an unknown name is an error of the
/// protocol.
pub(super) async fn call(
    app: &Shared,
    client: Client,
    request: CallToolRequestParams,
    context: &RequestContext<RoleServer>,
) -> Result<CallToolResult, ErrorData> {
    let Some(tool) = builtin::find(&request.name) else {
        let known: Vec<&str> = BUILTIN.iter().map(|tool| tool.name).collect();
        let message = format!("there is no such tool; there are {}", known.join(", "));
        return Err(ErrorData::invalid_params(message, None));
    };
    let arguments = Value::Object(request.arguments.unwrap_or_default()).to_string();
    let (told, lines) = mpsc::unbounded_channel();
    let mut tell = move |event: &RunEvent| {
        if let Some(line) = line(event) {
            // Nobody listens where the client asked for no progress.
            let _ = told.send(line);
        }
    };
    let run = async move {
        let called = tool
            .call(app, Caller { client, store: None }, &arguments, &mut tell)
            .await;
        drop(tell);
        called
    };
    let token = context.meta.get_progress_token();
    let both = async { tokio::join!(run, notify(&context.peer, token, lines)).0 };
    let called = tokio::select! {
        called = both => called,
        () = context.ct.cancelled() => return Err(ErrorData::internal_error("the call was cancelled", None)),
    };
    Ok(match called {
        Ok(called) if called.result.get("error").is_some() => CallToolResult::structured_error(called.result),
        Ok(called) => {
            let mut result = called.result;
            if let (Some(id), Some(told)) = (&called.analysis_id, result.as_object_mut()) {
                told.insert("resource".into(), json!(uri(id)));
            }
            CallToolResult::structured(result)
        }
        Err(error) => CallToolResult::error(vec![ContentBlock::text(error.to_string())]),
    })
}

/// Sends each line of progress to the client, until the run ends.
async fn notify(peer: &Peer<RoleServer>, token: Option<ProgressToken>, mut lines: mpsc::UnboundedReceiver<String>) {
    let mut step = 0.0;
    while let Some(line) = lines.recv().await {
        let Some(token) = &token else { continue };
        step += 1.0;
        let progress = ProgressNotificationParam::new(token.clone(), step).with_message(line);
        // The client has gone away: the run ends on its own account.
        let _ = peer.notify_progress(progress).await;
    }
}

fn line(event: &RunEvent) -> Option<String> {
    match event {
        RunEvent::Queued(position) => Some(format!("waiting, number {position} in the queue")),
        RunEvent::Event(event) => progress_line(event).map(|line| line.trim_end().to_owned()),
        RunEvent::Scored(_) => Some("a window of the past is scored".to_owned()),
        RunEvent::Restarted => Some("the engine was restarted; the run begins again".to_owned()),
        RunEvent::Done(_) | RunEvent::Failed(_) => None,
    }
}
