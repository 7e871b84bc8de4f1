//! The built-in tools as a chat offers them beside the client's.

use super::definition::{Offered, definitions};
use super::wire::{FunctionDefinition, ToolDefinition};
use crate::serve::builtin::BUILTIN;
use crate::serve::http::ApiError;

/// The built-in tools.
///
/// # Errors
///
/// A schema of theirs that the engine cannot enforce; a test keeps that from happening.
pub fn own() -> Result<Vec<Offered>, ApiError> {
    let tools: Vec<ToolDefinition> = BUILTIN
        .iter()
        .map(|tool| ToolDefinition {
            kind: Some("function".to_owned()),
            function: Some(FunctionDefinition {
                name: Some(tool.name.to_owned()),
                description: Some(tool.description.to_owned()),
                parameters: Some(tool.parameters()),
                strict: None,
            }),
        })
        .collect();
    definitions(&tools)
}
