//! A JSON schema from a client in, a grammar for the engine out, or the path and the reason why not. A constraint is enforced or
//! refused, never dropped: a keyword that the engine does not know is an error. Sizes are bounded here, before the engine reads
//! the schema; what the engine then finds that it cannot keep is refused before anything runs.

mod keywords;
#[cfg(test)]
mod tests;
mod walk;

use serde_json::{Value, json};

use self::walk::Walk;
use crate::engine::Grammar;
use crate::serve::http::ApiError;

const MAX_TEXT: usize = 64 * 1024;
const MAX_NESTING: usize = 64;

/// The grammar of an answer that is some JSON object.
pub fn json_object() -> Grammar {
    Grammar::JsonSchema(json!({"type": "object"}).to_string())
}

/// The grammar of an answer that follows `schema`; `param` is the field it came in. `strict` asks, as OpenAI does, that
/// every object requires all of its properties and allows no other.
///
/// # Errors
///
/// [`ApiError::Invalid`] with the path and the keyword that is wrong or cannot be enforced.
pub fn grammar(schema: &Value, strict: bool, param: &str) -> Result<Grammar, ApiError> {
    match checked(schema, strict) {
        Ok(schema) => Ok(Grammar::JsonSchema(schema.to_string())),
        Err(reason) => Err(ApiError::invalid(param, reason)),
    }
}

/// The schema without what says nothing about an answer.
fn checked(schema: &Value, strict: bool) -> Result<Value, String> {
    if nests_deeper(schema, MAX_NESTING) {
        return Err(format!("the schema nests deeper than {MAX_NESTING} levels"));
    }
    if schema.to_string().len() > MAX_TEXT {
        return Err(format!("the schema is longer than {MAX_TEXT} bytes"));
    }
    let root = schema.as_object().ok_or("the schema must be an object")?;
    if root.get("type").and_then(Value::as_str) != Some("object") {
        return Err("the root of the schema must have \"type\": \"object\"".to_owned());
    }
    let mut walk = Walk::new(root, strict, false);
    let open = walk.document()?;
    if walk.combines() {
        return Ok(open);
    }
    Walk::new(root, strict, true).document()
}

/// Never goes down further than `limit`, however deep the value is.
fn nests_deeper(value: &Value, limit: usize) -> bool {
    let deeper = |child: &Value| nests_deeper(child, limit - 1);
    match value {
        Value::Array(_) | Value::Object(_) if limit == 0 => true,
        Value::Array(items) => items.iter().any(deeper),
        Value::Object(members) => members.values().any(deeper),
        _ => false,
    }
}
