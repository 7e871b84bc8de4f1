//! Checks whether a JSON schema is supported. If not, the error has the path of the smallest unsupported part and the reason.
//! `llguidance` reports the reason only, so the parts are tried one by one.

use serde_json::{Map, Value};

use super::schema::SchemaCompiler;
use crate::engine::error::EngineError;
use crate::text::clean;

/// The most characters of a reason.
const LONGEST_REASON: usize = 400;

/// The most parts to try.
const TRIALS: usize = 200;

/// The keywords that hold subschemas: an object of them, a list, or a single one.
const NAMED: [&str; 4] = ["$defs", "definitions", "properties", "patternProperties"];
const LISTED: [&str; 4] = ["prefixItems", "anyOf", "oneOf", "allOf"];
const ALONE: [&str; 2] = ["items", "additionalProperties"];

/// Checks a schema, whatever the model.
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
    // Both quote the client's schema.
    let told = clean(&format!("{}: {}", place.0, plain(&reason)));
    Err(EngineError::Grammar(told.chars().take(LONGEST_REASON).collect()))
}

/// Compiles a schema and checks that an answer can begin: if no first byte is admitted, no answer is valid.
fn keep(compiler: &SchemaCompiler, schema: &Value) -> Result<(), EngineError> {
    let mut start = compiler.compile(schema)?.start();
    match start.all_admitted() {
        Ok(first) if !first.is_empty() => Ok(()),
        Ok(_) => Err(EngineError::Grammar("nothing can follow it".to_owned())),
        Err(error) => Err(EngineError::Grammar(error.to_string())),
    }
}

/// Parses the text of a schema.
pub(super) fn parse(text: &str) -> Result<Value, EngineError> {
    serde_json::from_str(text).map_err(|error| EngineError::Grammar(error.to_string()))
}

/// The subschemas of a schema, with their paths. Definitions come first, so that an error in one is reported there and not at a
/// reference to it.
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

/// A subschema as a complete schema, with the definitions it may refer to.
fn standing_alone(part: &Value, root: &Value) -> Option<Value> {
    let mut alone: Map<String, Value> = part.as_object()?.clone();
    for place in ["$defs", "definitions"] {
        if let Some(definitions) = root.get(place) {
            alone.insert(place.to_owned(), definitions.clone());
        }
    }
    Some(alone.into())
}

/// The library's reason, reworded for a client.
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
