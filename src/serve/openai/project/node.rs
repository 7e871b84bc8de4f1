//! One part of a client's JSON Schema: which types and values it allows. Knows the keywords that describe a form; others are refused,
//! because they could not be honoured.

use serde_json::{Map, Value};

/// One schema object.
pub(super) type Node<'s> = &'s Map<String, Value>;

/// Checks that every keyword is understood or has no effect on the value; the error names one that is not.
pub(super) fn known_keywords(node: Node<'_>) -> Result<(), String> {
    const FORM: [&str; 7] = [
        "type",
        "properties",
        "required",
        "items",
        "additionalProperties",
        "enum",
        "const",
    ];
    const ELSEWHERE: [&str; 4] = ["$ref", "anyOf", "oneOf", "allOf"];
    const NOTES: [&str; 12] = [
        "title",
        "description",
        "default",
        "examples",
        "example",
        "format",
        "deprecated",
        "$schema",
        "$id",
        "$comment",
        "$defs",
        "definitions",
    ];
    let here = |names: &[&str]| node.keys().filter(|key| names.contains(&key.as_str())).count();
    if here(&ELSEWHERE) > 1 || (here(&ELSEWHERE) == 1 && here(&FORM) > 0) {
        return Err("`$ref`, `anyOf`, `oneOf` and `allOf` must stand alone in their part of the schema".to_owned());
    }
    let known = |key: &str| FORM.contains(&key) || ELSEWHERE.contains(&key) || NOTES.contains(&key);
    let Some(key) = node.keys().find(|key| !known(key)) else {
        return Ok(());
    };
    let key: String = key.chars().filter(|c| !c.is_control()).take(80).collect();
    let understood = [&FORM[..], &ELSEWHERE[..]].concat().join(", ");
    Err(format!(
        "the keyword `{key}` cannot be honoured here; understood are {understood}"
    ))
}

/// The types that a node allows; `None` for all.
pub(super) fn types(node: Node<'_>) -> Option<Vec<&str>> {
    match node.get("type") {
        Some(Value::String(kind)) => Some(vec![kind]),
        Some(Value::Array(kinds)) => Some(kinds.iter().filter_map(Value::as_str).collect()),
        _ if node.contains_key("properties") || node.contains_key("additionalProperties") => Some(vec!["object"]),
        _ if node.contains_key("items") => Some(vec!["array"]),
        _ => choices(node).map(|choices| choices.into_iter().map(type_of).collect()),
    }
}

/// Whether a node allows values of the JSON type `kind`.
pub(super) fn admits(node: Node<'_>, kind: &str) -> bool {
    let by_choice = choices(node).is_none_or(|choices| {
        kind == "number" || kind == "integer" || choices.into_iter().any(|choice| type_of(choice) == kind)
    });
    by_choice && types(node).is_none_or(|types| types.contains(&kind))
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The values of an `enum` or a `const`; `None` for any.
pub(super) fn choices(node: Node<'_>) -> Option<Vec<&Value>> {
    match (node.get("enum"), node.get("const")) {
        (Some(Value::Array(list)), _) => Some(list.iter().collect()),
        (_, Some(one)) => Some(vec![one]),
        _ => None,
    }
}
