//! The calls in the messages of a conversation come in, checked calls go out, for the prompt.

use serde_json::Value;

use super::definition::is_name;
use super::wire::PastToolCall;
use crate::engine::Call;
use crate::serve::http::ApiError;

const MAX_CALLS: usize = 64;
const MAX_ID: usize = 256;

/// Reads the calls of an assistant's message; `path` is the message's field.
///
/// # Errors
///
/// [`ApiError::Invalid`] naming the field at fault.
pub fn calls(calls: &[PastToolCall], path: &str) -> Result<Vec<Call>, ApiError> {
    if calls.len() > MAX_CALLS {
        return Err(ApiError::invalid(
            path,
            format!("a message must have at most {MAX_CALLS} calls"),
        ));
    }
    let read = |(index, one): (usize, &PastToolCall)| call(one, &format!("{path}[{index}]"));
    calls.iter().enumerate().map(read).collect()
}

fn call(call: &PastToolCall, path: &str) -> Result<Call, ApiError> {
    let fail = |field: &str, message: &str| Err(ApiError::invalid(format!("{path}.{field}"), message));
    let Some(id) = call
        .id
        .as_deref()
        .filter(|id| (1..=MAX_ID).contains(&id.len()) && !id.contains('\0'))
    else {
        return fail("id", "a call needs an id, of at most 256 bytes");
    };
    if call.kind.as_deref().is_some_and(|kind| kind != "function") {
        return fail("type", "the type must be function");
    }
    let function = call.function.clone().unwrap_or_default();
    let Some(name) = function.name.filter(|name| is_name(name)) else {
        return fail(
            "function.name",
            "a name of 1 to 64 letters, digits, _ and - is required",
        );
    };
    let arguments = match function.arguments.as_deref().map(str::trim) {
        // Some clients write no arguments as no text.
        Some("") => "{}".to_owned(),
        given => {
            let value = given.and_then(|text| serde_json::from_str::<Value>(text).ok());
            match value.filter(Value::is_object) {
                Some(object) => object.to_string(),
                None => return fail("function.arguments", "the arguments must be a JSON object as text"),
            }
        }
    };
    Ok(Call {
        id: id.to_owned(),
        name,
        arguments,
    })
}
