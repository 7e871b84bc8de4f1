//! Whether a JSON schema can be kept: its text comes in, or out goes the path of the smallest part that cannot be, with the reason.
//! `llguidance` tells the reason alone, so the parts are tried one by one.

use serde_json::{Map, Value};

use super::schema::SchemaCompiler;
use crate::engine::error::EngineError;

/// The most parts that are tried.
const TRIALS: usize = 200;

/// The schemas in a schema: by name, in a list, or one alone.
const NAMED: [&str; 4] = ["$defs", "definitions", "properties", "patternProperties"];
const LISTED: [&str; 4] = ["prefixItems", "anyOf", "oneOf", "allOf"];
const ALONE: [&str; 2] = ["items", "additionalProperties"];

/// Checks a schema, with any model.
///
/// # Errors
///
/// [`EngineError::Grammar`] with the path and the reason.
pub(super) fn check(text: &str) -> Result<(), EngineError> {
    let schema = parse(text)?;
    let compiler = SchemaCompiler::of_bytes()?;
    let Err(mut error) = keep(&compiler, &schema) else {
        return Ok(());
    };
    let mut trials = TRIALS;
    let mut place = ("#".to_owned(), &schema);
    while let Some((part, refused)) = parts(&place).into_iter().find_map(|part| {
        trials = trials.checked_sub(1)?;
        let refused = keep(&compiler, &standing_alone(part.1, &schema)?).err()?;
        Some((part, refused))
    }) {
        (place, error) = (part, refused);
    }
    let reason = match error {
        EngineError::Grammar(reason) => reason,
        other => return Err(other),
    };
    Err(EngineError::Grammar(format!("{}: {}", place.0, plain(&reason))))
}

/// Reads a schema and looks for the first byte of an answer: where there is none, nothing follows the schema.
fn keep(compiler: &SchemaCompiler, schema: &Value) -> Result<(), EngineError> {
    let mut start = compiler.compile(schema)?.start();
    match start.all_admitted() {
        Ok(first) if !first.is_empty() => Ok(()),
        Ok(_) => Err(EngineError::Grammar("nothing can follow it".to_owned())),
        Err(error) => Err(EngineError::Grammar(error.to_string())),
    }
}

/// Reads the text of a schema.
pub(super) fn parse(text: &str) -> Result<Value, EngineError> {
    serde_json::from_str(text).map_err(|error| EngineError::Grammar(error.to_string()))
}

/// The schemas in a schema, with their paths. Definitions come first: what refers to a wrong one is wrong for that alone.
fn parts<'s>((path, schema): &(String, &'s Value)) -> Vec<(String, &'s Value)> {
    let of = |keyword: &'static str| Some((format!("{path}/{keyword}"), schema.get(keyword)?));
    let named = NAMED.into_iter().filter_map(of).flat_map(|(path, named)| {
        let named = named.as_object().into_iter().flatten();
        named.map(move |(name, schema)| (format!("{path}/{name}"), schema))
    });
    let listed = LISTED.into_iter().filter_map(of).flat_map(|(path, list)| {
        let list = list.as_array().into_iter().flatten().enumerate();
        list.map(move |(i, schema)| (format!("{path}/{i}"), schema))
    });
    named.chain(listed).chain(ALONE.into_iter().filter_map(of)).collect()
}

/// A part as a schema of its own, with the definitions that it may refer to.
fn standing_alone(part: &Value, root: &Value) -> Option<Value> {
    let mut alone: Map<String, Value> = part.as_object()?.clone();
    for place in ["$defs", "definitions"] {
        if let Some(definitions) = root.get(place) {
            alone.insert(place.to_owned(), definitions.clone());
        }
    }
    Some(alone.into())
}

/// The library's reason in words that help a client.
fn plain(reason: &str) -> String {
    if reason.starts_with("oneOf constraints are not supported") {
        return "`oneOf` is supported where its alternatives exclude each other by type or by a required `const`: \
                otherwise use `anyOf`"
            .to_owned();
    }
    if reason.starts_with("min/maxProperties only supported") {
        return "`minProperties` and `maxProperties` are supported where all of `properties` are required".to_owned();
    }
    match reason.rsplit_once("error: ") {
        Some((before, pattern)) if before.starts_with("regex parse") => format!("a pattern is wrong: {pattern}"),
        _ => reason.replace("Unsatisfiable schema: ", "nothing can follow it: "),
    }
}
