//! The keywords of a JSON schema, apart from the schemas in it: which there are, and what their values may be.

use serde_json::Value;

/// The longest value that a schema spells out, and the longest pattern, in bytes.
const MAX_LITERAL: usize = 1_000;
pub(super) const MAX_PATTERN: usize = 500;
const MAX_ENUM: usize = 500;
const MAX_LENGTH: u64 = 10_000;
const MAX_ITEMS: u64 = 10_000;
pub(super) const MAX_PROPERTIES: usize = 200;
/// Numbers of so many digits are exact in every client; `llguidance` reads those of a schema as floating point.
pub(super) const MAX_INTEGER: f64 = 999_999_999_999_999.0;
const MAX_DECIMALS: usize = 20;

const TYPES: [&str; 7] = ["null", "boolean", "number", "integer", "string", "array", "object"];

/// The formats that the engine knows.
const FORMATS: [&str; 10] = [
    "date-time",
    "time",
    "date",
    "duration",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "uuid",
    "uri",
];

/// `llguidance` admits the 29th of February of any year and a second 60 of any minute, and names of any length.
const DAY: &str = "(?:[0-9]{4}-(?:0[13-9]|1|02-(?:[01]|2[0-8]))\
                   |(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)";
const HOST: &str = "[a-zA-Z0-9]{1,15}(?:[-.][a-zA-Z0-9]{1,15}){0,8}$";

/// What an answer must match beside a format, so that it names a real day, time or host.
pub(super) fn pattern_beside(format: &str) -> Option<String> {
    match format {
        "date" => Some(format!("^{DAY}")),
        "time" => Some("^[0-9:]{6}[0-5]".to_owned()),
        "date-time" => Some(format!("^{DAY}[-0-9]*T[0-9:]{{6}}[0-5]")),
        "hostname" => Some(format!("^{HOST}")),
        "email" => Some(format!("^[^@]{{1,64}}@{HOST}")),
        _ => None,
    }
}

/// What stands behind a keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keyword {
    /// It says nothing about the answer.
    Annotation,
    /// Schemas that are looked up where a reference names them.
    Definitions,
    /// A reference to a schema.
    Reference,
    /// One schema.
    Schema,
    /// A list of schemas.
    Schemas,
    /// Schemas by name.
    Named,
    /// A value without schemas.
    Plain,
}

/// The kind of a keyword; `None` for one that the engine would ignore.
pub(super) fn kind(keyword: &str) -> Option<Keyword> {
    Some(match keyword {
        "title" | "description" | "default" | "examples" | "example" | "deprecated" | "readOnly" | "writeOnly"
        | "$comment" | "$schema" | "$id" | "contentMediaType" | "contentEncoding" => Keyword::Annotation,
        "$defs" | "definitions" => Keyword::Definitions,
        "$ref" => Keyword::Reference,
        "items" | "additionalProperties" => Keyword::Schema,
        "anyOf" | "oneOf" | "allOf" | "prefixItems" => Keyword::Schemas,
        "properties" | "patternProperties" => Keyword::Named,
        "type" | "const" | "enum" | "required" | "pattern" | "format" | "minLength" | "maxLength" | "minItems"
        | "maxItems" | "minProperties" | "maxProperties" | "minimum" | "maximum" | "exclusiveMinimum"
        | "exclusiveMaximum" | "multipleOf" => Keyword::Plain,
        _ => return None,
    })
}

/// Checks the value of a [`Keyword::Plain`]; says what it must be.
pub(super) fn check_value(keyword: &str, value: &Value) -> Result<(), String> {
    let must = |is_good: bool, what: String| {
        if is_good {
            Ok(())
        } else {
            Err(format!("`{keyword}` must be {what}"))
        }
    };
    match keyword {
        "type" => {
            let known = |value: &Value| value.as_str().is_some_and(|name| TYPES.contains(&name));
            let is_good = match value {
                Value::Array(list) => (1..=TYPES.len()).contains(&list.len()) && list.iter().all(known),
                one => known(one),
            };
            must(is_good, format!("one or several of {}", TYPES.join(", ")))
        }
        "const" => check_literal(keyword, value),
        "enum" => match value {
            Value::Array(values) if (1..=MAX_ENUM).contains(&values.len()) => {
                values.iter().try_for_each(|value| check_literal(keyword, value))
            }
            _ => must(false, format!("a list of 1 to {MAX_ENUM} values")),
        },
        "required" => {
            let names = value.as_array().filter(|names| names.len() <= MAX_PROPERTIES);
            let is_good = names.is_some_and(|names| names.iter().all(Value::is_string));
            must(is_good, format!("a list of at most {MAX_PROPERTIES} names"))
        }
        "pattern" => {
            let is_good = value.as_str().is_some_and(|pattern| pattern.len() <= MAX_PATTERN);
            must(is_good, format!("a regular expression of at most {MAX_PATTERN} bytes"))
        }
        "format" => {
            let is_good = value.as_str().is_some_and(|format| FORMATS.contains(&format));
            must(is_good, format!("one of {}", FORMATS.join(", ")))
        }
        "minLength" | "maxLength" => must(
            is_count(value, MAX_LENGTH),
            format!("an integer from 0 to {MAX_LENGTH}"),
        ),
        "minItems" | "maxItems" => must(is_count(value, MAX_ITEMS), format!("an integer from 0 to {MAX_ITEMS}")),
        "minProperties" | "maxProperties" => must(
            is_count(value, MAX_PROPERTIES as u64),
            format!("an integer from 0 to {MAX_PROPERTIES}"),
        ),
        "multipleOf" => must(
            thousandths(value).is_some(),
            "a number above 0 with at most three decimals".to_owned(),
        ),
        _ => must(is_exact(value), "a number of at most 15 digits".to_owned()),
    }
}

/// A value in thousandths, where it is above 0 and a whole number of them.
pub(super) fn thousandths(value: &Value) -> Option<u64> {
    let thousandths = value.as_f64()? * 1000.0;
    let whole = thousandths.round();
    let is_whole = (thousandths - whole).abs() < 1e-6 && (1.0..=1e9).contains(&whole);
    is_whole.then_some(whole as u64)
}

fn is_count(value: &Value, most: u64) -> bool {
    value.as_u64().is_some_and(|count| count <= most)
}

/// Whether a number is short enough to be the same everywhere.
fn is_exact(value: &Value) -> bool {
    let short = |number: f64| number.abs() <= MAX_INTEGER && number.to_string().len() <= MAX_DECIMALS;
    value.as_f64().is_some_and(short)
}

fn check_literal(keyword: &str, value: &Value) -> Result<(), String> {
    if value.to_string().len() > MAX_LITERAL {
        return Err(format!("a value of `{keyword}` has more than {MAX_LITERAL} bytes"));
    }
    if has_only_exact_numbers(value) {
        Ok(())
    } else {
        Err(format!("a number in `{keyword}` has more than 15 digits"))
    }
}

fn has_only_exact_numbers(value: &Value) -> bool {
    match value {
        Value::Number(_) => is_exact(value),
        Value::Array(items) => items.iter().all(has_only_exact_numbers),
        Value::Object(members) => members.values().all(has_only_exact_numbers),
        _ => true,
    }
}

/// The beginning of a client's text, fit for a message.
pub(super) fn clip(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}
