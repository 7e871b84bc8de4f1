//! The tools of a request come in, checked tools go out: names that are each there once, schemas that the engine can enforce, sizes
//! within bounds. The errors name the tool's field.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::wire::ToolDefinition;
use crate::engine::{Grammar, Tool};
use crate::serve::http::ApiError;
use crate::serve::openai::schema;

const MAX_TOOLS: usize = 64;
const MAX_NAME: usize = 64;
const MAX_DESCRIPTION: usize = 16 * 1024;
/// The longest definitions of all tools together, in bytes.
const MAX_DEFINITIONS: usize = 128 * 1024;

/// A tool that a model may call.
#[derive(Debug, Clone, PartialEq)]
pub struct Offered {
    /// What the prompt says of it.
    pub tool: Tool,
    /// The schema that its arguments follow, as the engine takes it.
    pub arguments: String,
}

/// Checks the tools of a request.
///
/// # Errors
///
/// [`ApiError::Invalid`] naming the field at fault.
pub fn definitions(tools: &[ToolDefinition]) -> Result<Vec<Offered>, ApiError> {
    if tools.len() > MAX_TOOLS {
        return Err(ApiError::invalid(
            "tools",
            format!("there must be at most {MAX_TOOLS} tools"),
        ));
    }
    let mut names = BTreeSet::new();
    let mut bytes = 0;
    let mut offered = Vec::new();
    for (index, tool) in tools.iter().enumerate() {
        let one = definition(tool, &format!("tools[{index}]"))?;
        bytes += one.tool.description.len() + one.tool.parameters.len();
        if !names.insert(one.tool.name.clone()) {
            return Err(ApiError::invalid(
                format!("tools[{index}].function.name"),
                format!(
                    "there are two tools named {}; give each a name of its own",
                    one.tool.name
                ),
            ));
        }
        offered.push(one);
    }
    if bytes > MAX_DEFINITIONS {
        return Err(ApiError::invalid(
            "tools",
            format!("the definitions have more than {MAX_DEFINITIONS} bytes in all; shorten them or offer fewer tools"),
        ));
    }
    Ok(offered)
}

/// Whether a name may be a function's.
pub fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    (1..=MAX_NAME).contains(&name.len()) && name.chars().all(allowed)
}

/// Checks that a tool or a choice is of a function, the only kind there is.
pub(super) fn check_kind(kind: Option<&str>, path: &str) -> Result<(), ApiError> {
    if kind == Some("function") {
        return Ok(());
    }
    Err(ApiError::invalid(format!("{path}.type"), "the type must be function"))
}

fn definition(tool: &ToolDefinition, path: &str) -> Result<Offered, ApiError> {
    check_kind(tool.kind.as_deref(), path)?;
    let path = format!("{path}.function");
    let function = tool
        .function
        .as_ref()
        .ok_or_else(|| ApiError::invalid(&path, "a tool needs a function with a name"))?;
    let name = function.name.as_deref().filter(|name| is_name(name)).ok_or_else(|| {
        ApiError::invalid(
            format!("{path}.name"),
            format!("a name of 1 to {MAX_NAME} letters, digits, _ and - is required"),
        )
    })?;
    let description = function.description.as_deref().unwrap_or_default();
    if description.len() > MAX_DESCRIPTION || description.contains('\0') {
        return Err(ApiError::invalid(
            format!("{path}.description"),
            format!("a description must have at most {MAX_DESCRIPTION} bytes and no NUL character"),
        ));
    }
    let parameters = parameters(function.parameters.as_ref());
    let is_strict = function.strict.unwrap_or(false);
    let param = format!("{path}.parameters");
    let Grammar::JsonSchema(arguments) = schema::grammar(&parameters, is_strict, &param)? else {
        return Err(ApiError::Internal);
    };
    Ok(Offered {
        tool: Tool {
            name: name.to_owned(),
            description: description.to_owned(),
            parameters: parameters.to_string(),
        },
        arguments,
    })
}

/// The schema of the arguments. A function that names no parameter has none, whatever else its schema would admit.
fn parameters(given: Option<&Value>) -> Value {
    let none = || json!({"type": "object", "properties": {}, "additionalProperties": false});
    let Some(given) = given else { return none() };
    let Some(schema) = given.as_object() else {
        return given.clone();
    };
    let names_none = schema
        .get("properties")
        .is_none_or(|properties| properties.as_object().is_some_and(serde_json::Map::is_empty));
    let says_more = schema.keys().any(|key| {
        !matches!(
            key.as_str(),
            "type" | "properties" | "required" | "title" | "description" | "$schema"
        )
    });
    let is_object = schema.get("type").is_none_or(|kind| kind == "object");
    if names_none && is_object && !says_more {
        none()
    } else {
        given.clone()
    }
}
