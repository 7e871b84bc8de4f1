//! The keywords of one schema, apart from the schemas in it: which there are, what they may say, which go together.

use serde_json::{Map, Value, json};

/// Integers in JSON are exact up to here in every client.
const MAX_INTEGER: i64 = 999_999_999_999_999;

/// Say nothing about the answer, or are looked up where a reference names them.
const ANNOTATIONS: [&str; 13] = [
    "title",
    "description",
    "default",
    "examples",
    "example",
    "deprecated",
    "readOnly",
    "writeOnly",
    "$comment",
    "$schema",
    "$id",
    "$defs",
    "definitions",
];

/// The types and the keywords that go with each.
const TYPES: [(&str, &[&str]); 7] = [
    ("null", &[]),
    ("boolean", &[]),
    ("number", &[]),
    (
        "integer",
        &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
    ),
    ("string", &["minLength", "maxLength", "format"]),
    ("array", &["items", "minItems", "maxItems"]),
    ("object", &["properties", "required", "additionalProperties"]),
];

/// Refuses keywords beside those that decide alone.
pub(super) fn alone(object: &Map<String, Value>, keywords: &[&str], path: &str) -> Result<(), String> {
    let beside = |key: &&String| !keywords.contains(&key.as_str()) && !ANNOTATIONS.contains(&key.as_str());
    match (object.keys().find(beside), keywords.first()) {
        (Some(key), Some(first)) => Err(format!("{path}: `{}` beside `{first}` is not supported", clip(key))),
        _ => Ok(()),
    }
}

/// The types that a schema names; none where it names none.
pub(super) fn types<'s>(object: &'s Map<String, Value>, path: &str) -> Result<Vec<&'s str>, String> {
    let wrong = || {
        let names: Vec<&str> = TYPES.iter().map(|(name, _)| *name).collect();
        format!("{path}: `type` must be one or several of {}", names.join(", "))
    };
    let named: Vec<&Value> = match object.get("type") {
        None => return Ok(Vec::new()),
        Some(Value::Array(list)) if (1..=TYPES.len()).contains(&list.len()) => list.iter().collect(),
        Some(one) => vec![one],
    };
    let known = |name: &&str| TYPES.iter().any(|(known, _)| known == name);
    named
        .into_iter()
        .map(|value| value.as_str().filter(known).ok_or_else(wrong))
        .collect()
}

/// Every keyword must be one that goes with a type given.
pub(super) fn check_keywords(object: &Map<String, Value>, types: &[&str], path: &str) -> Result<(), String> {
    for key in object.keys().map(String::as_str) {
        if key == "type" || ANNOTATIONS.contains(&key) {
            continue;
        }
        let Some((owner, _)) = TYPES.iter().find(|(_, keywords)| keywords.contains(&key)) else {
            return Err(format!("{path}: the keyword `{}` is not supported", clip(key)));
        };
        if !types.contains(owner) {
            return Err(format!("{path}: `{key}` is supported for the type {owner} only"));
        }
        // Beside an integer a number would go free.
        if *owner == "integer" && types.contains(&"number") {
            return Err(format!("{path}: `{key}` is not supported for the type number"));
        }
    }
    Ok(())
}

/// The names that must be there, each with its property.
pub(super) fn required<'s>(
    object: &'s Map<String, Value>,
    properties: &Map<String, Value>,
    path: &str,
) -> Result<Vec<&'s str>, String> {
    let names = match object.get("required") {
        None => return Ok(Vec::new()),
        Some(Value::Array(names)) => names,
        Some(_) => return Err(format!("{path}: `required` must be a list of names")),
    };
    let named = |value: &'s Value| {
        let name = value
            .as_str()
            .ok_or_else(|| format!("{path}: `required` must be a list of names"))?;
        if properties.contains_key(name) {
            Ok(name)
        } else {
            Err(format!(
                "{path}: `required` names `{}`, which is not among `properties`",
                clip(name)
            ))
        }
    };
    names.iter().map(named).collect()
}

/// Both bounds always: the converter is right with two only.
pub(super) fn integer(object: &Map<String, Value>, path: &str) -> Result<Value, String> {
    let lowest = bound(object, ["minimum", "exclusiveMinimum"], 1, path)?;
    let highest = bound(object, ["maximum", "exclusiveMaximum"], -1, path)?;
    if lowest.is_none() && highest.is_none() {
        return Ok(json!({"type": "integer"}));
    }
    let (lowest, highest) = (lowest.unwrap_or(-MAX_INTEGER), highest.unwrap_or(MAX_INTEGER));
    if lowest > highest {
        return Err(format!("{path}: no integer lies between the bounds"));
    }
    Ok(json!({"type": "integer", "minimum": lowest, "maximum": highest}))
}

/// One bound of an integer, inclusive: `step` is added where it was not.
fn bound(object: &Map<String, Value>, keywords: [&str; 2], step: i64, path: &str) -> Result<Option<i64>, String> {
    let [inclusive, exclusive] = keywords;
    let (keyword, value, step) = match (object.get(inclusive), object.get(exclusive)) {
        (None, None) => return Ok(None),
        (Some(value), None) => (inclusive, value, 0),
        (None, Some(value)) => (exclusive, value, step),
        (Some(_), Some(_)) => return Err(format!("{path}: give `{inclusive}` or `{exclusive}`, not both")),
    };
    // 1.0 is an integer too.
    let whole = |number: &f64| number.fract() == 0.0 && number.abs() <= MAX_INTEGER as f64;
    let number = value
        .as_f64()
        .filter(whole)
        .ok_or_else(|| format!("{path}: `{keyword}` must be an integer of at most 15 digits"))?;
    Ok(Some(number as i64 + step))
}

/// The beginning of a client's text, fit for a message.
pub(super) fn clip(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}
