//! A JSON schema from a client in, a grammar for the engine out, or the reason why not. What goes on is not the client's
//! text but a schema written anew from the parts that were understood, so nothing the engine would ignore reaches it:
//! a constraint is enforced or refused, never dropped. References are put in place; recursion ends at fixed depths.
//!
//! The rules follow what llama.cpp's converter does. It drops bounds of `number`, whatever stands beside `$ref`, `anyOf`,
//! `enum` or `format`, and names without a property in `required`; it gets an integer with one bound wrong (`minimum: 205`
//! would take 25); it names rules after properties, so that one may take the place of another or of `root`.

mod keywords;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use self::keywords::{alone, check_keywords, clip, integer, required, types};
use crate::engine::Grammar;
use crate::serve::http::ApiError;

const MAX_TEXT: usize = 64 * 1024;
const MAX_NESTING: usize = 64;
const MAX_DEPTH: usize = 16;
const MAX_NODES: usize = 512;
const MAX_ENUM: usize = 200;
const MAX_PROPERTIES: usize = 100;
/// The converter runs names through a regex that recurses over them.
const MAX_NAME: usize = 100;
const MAX_LENGTH: u64 = 1_000;
const MAX_ITEMS: u64 = 100;
/// Every repetition becomes a rule.
const MAX_REPETITIONS: u64 = 10_000;

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
    let answer = rewrite(schema, strict).map_err(|reason| ApiError::invalid(param, reason))?;
    // Behind a reference every rule's name begins with the reference's, where none can meet a rule of the converter's own.
    let document = json!({"$ref": "#/$defs/answer", "$defs": {"answer": answer}});
    Ok(Grammar::JsonSchema(document.to_string()))
}

fn rewrite(schema: &Value, strict: bool) -> Result<Value, String> {
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
    let mut rewriting = Rewriting {
        root,
        strict,
        nodes: 0,
        repetitions: 0,
        literals: 0,
        references: Vec::new(),
    };
    rewriting.node(schema, "#", 1)
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

struct Rewriting<'a> {
    root: &'a Map<String, Value>,
    strict: bool,
    nodes: usize,
    repetitions: u64,
    literals: usize,
    /// Those that lead to the node in hand.
    references: Vec<&'a str>,
}

impl<'a> Rewriting<'a> {
    fn node(&mut self, schema: &'a Value, path: &str, depth: usize) -> Result<Value, String> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(format!(
                "the schema has more than {MAX_NODES} parts, counting each use of a reference"
            ));
        }
        if depth > MAX_DEPTH {
            return Err(format!("{path}: the schema is deeper than {MAX_DEPTH} levels"));
        }
        let open = self.references.len();
        let (schema, path) = self.follow(schema, path)?;
        let rewritten = self.body(schema, &path, depth);
        self.references.truncate(open);
        rewritten
    }

    /// Goes where a reference points, and on while there is another.
    fn follow(&mut self, schema: &'a Value, path: &str) -> Result<(&'a Map<String, Value>, String), String> {
        let mut path = path.to_owned();
        let mut schema = schema;
        loop {
            let object = schema
                .as_object()
                .ok_or_else(|| format!("{path}: a schema must be an object"))?;
            let Some(reference) = object.get("$ref") else {
                return Ok((object, path));
            };
            alone(object, &["$ref"], &path)?;
            let reference = reference
                .as_str()
                .ok_or_else(|| format!("{path}: `$ref` must be a string"))?;
            if self.references.contains(&reference) {
                return Err(format!(
                    "{path}: recursive schemas are not supported (`$ref` {})",
                    clip(reference)
                ));
            }
            schema = self.definition(reference).ok_or_else(|| {
                format!(
                    "{path}: `$ref` {} must name one of the schema's own `$defs`",
                    clip(reference)
                )
            })?;
            self.references.push(reference);
            path = clip(reference);
        }
    }

    fn definition(&self, reference: &str) -> Option<&'a Value> {
        let (place, name) = reference.strip_prefix("#/")?.split_once('/')?;
        let known = matches!(place, "$defs" | "definitions") && !name.contains(['/', '~', '%']);
        self.root.get(place).filter(|_| known)?.get(name)
    }

    fn body(&mut self, object: &'a Map<String, Value>, path: &str, depth: usize) -> Result<Value, String> {
        if let Some(alternatives) = object.get("anyOf") {
            alone(object, &["anyOf"], path)?;
            let alternatives = alternatives
                .as_array()
                .filter(|list| !list.is_empty())
                .ok_or_else(|| format!("{path}: `anyOf` must be a list of schemas, at least one"))?;
            let rewritten: Result<Vec<Value>, String> = (0..)
                .zip(alternatives)
                .map(|(i, one): (usize, _)| self.node(one, &format!("{path}/anyOf/{i}"), depth + 1))
                .collect();
            return Ok(json!({"anyOf": rewritten?}));
        }
        let types = types(object, path)?;
        if let Some(value) = object.get("const") {
            alone(object, &["const", "type"], path)?;
            self.literal(value, &types, "const", path)?;
            return Ok(json!({"const": value}));
        }
        if let Some(values) = object.get("enum") {
            alone(object, &["enum", "type"], path)?;
            let values = values
                .as_array()
                .filter(|list| (1..=MAX_ENUM).contains(&list.len()))
                .ok_or_else(|| format!("{path}: `enum` must be a list of 1 to {MAX_ENUM} values"))?;
            for value in values {
                self.literal(value, &types, "enum", path)?;
            }
            return Ok(json!({"enum": values}));
        }
        check_keywords(object, &types, path)?;
        if types.is_empty() && self.strict {
            return Err(format!("{path}: a `type` is required in strict mode"));
        }
        let mut alternatives = Vec::new();
        for kind in types {
            alternatives.push(self.of_type(kind, object, path, depth)?);
        }
        Ok(match alternatives.len() {
            0 => json!({}),
            1 => alternatives.remove(0),
            _ => json!({"anyOf": alternatives}),
        })
    }

    fn literal(&mut self, value: &Value, types: &[&str], keyword: &str, path: &str) -> Result<(), String> {
        self.literals += value.to_string().len();
        if self.literals > MAX_TEXT {
            return Err(format!(
                "the values of `const` and `enum` have more than {MAX_TEXT} bytes, counting each use"
            ));
        }
        let fits = |kind: &&str| match *kind {
            "null" => value.is_null(),
            "boolean" => value.is_boolean(),
            "number" => value.is_number(),
            "integer" => value.is_i64() || value.is_u64(),
            "string" => value.is_string(),
            "array" => value.is_array(),
            _ => value.is_object(),
        };
        if types.is_empty() || types.iter().any(fits) {
            Ok(())
        } else {
            Err(format!("{path}: a value of `{keyword}` is not of the given `type`"))
        }
    }

    fn of_type(
        &mut self,
        kind: &str,
        object: &'a Map<String, Value>,
        path: &str,
        depth: usize,
    ) -> Result<Value, String> {
        match kind {
            "object" => self.object(object, path, depth),
            "array" => self.array(object, path, depth),
            "string" => self.string(object, path),
            "integer" => integer(object, path),
            other => Ok(json!({"type": other})),
        }
    }

    fn object(&mut self, object: &'a Map<String, Value>, path: &str, depth: usize) -> Result<Value, String> {
        let additional = match object.get("additionalProperties") {
            None => None,
            Some(Value::Bool(allowed)) => Some(*allowed),
            Some(_) => return Err(format!("{path}: `additionalProperties` must be true or false")),
        };
        if self.strict && additional != Some(false) {
            return Err(format!(
                "{path}: `additionalProperties` is required to be supplied and to be false in strict mode"
            ));
        }
        let empty = Map::new();
        let properties = match object.get("properties") {
            None => &empty,
            Some(Value::Object(properties)) if properties.len() <= MAX_PROPERTIES => properties,
            Some(_) => {
                return Err(format!(
                    "{path}: `properties` must be an object of at most {MAX_PROPERTIES}"
                ));
            }
        };
        let required = required(object, properties, path)?;
        if self.strict
            && let Some(name) = properties.keys().find(|name| !required.contains(&name.as_str()))
        {
            return Err(format!(
                "{path}: `required` is required to be supplied and to name every property in strict mode; `{}` is missing",
                clip(name)
            ));
        }
        if properties.is_empty() && additional != Some(false) {
            return Ok(json!({"type": "object"}));
        }
        let mut rewritten = Map::new();
        for (name, schema) in object
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            // The converter takes `*` for its own sign for any other property.
            if name.is_empty() || name == "*" || name.chars().count() > MAX_NAME {
                return Err(format!(
                    "{path}: a property's name must have 1 to {MAX_NAME} characters and not be `*`"
                ));
            }
            rewritten.insert(
                name.clone(),
                self.node(schema, &format!("{path}/properties/{}", clip(name)), depth + 1)?,
            );
        }
        // Others may be allowed, but none is owed: closing the object keeps every answer valid.
        Ok(json!({"type": "object", "properties": rewritten, "required": required, "additionalProperties": false}))
    }

    fn array(&mut self, object: &'a Map<String, Value>, path: &str, depth: usize) -> Result<Value, String> {
        let mut rewritten = self.counted("array", object, ["minItems", "maxItems"], MAX_ITEMS, path)?;
        if let Some(items) = object.get("items") {
            let items = self.node(items, &format!("{path}/items"), depth + 1)?;
            rewritten.insert("items".to_owned(), items);
        } else if self.strict {
            return Err(format!("{path}: `items` is required in strict mode"));
        }
        Ok(rewritten.into())
    }

    fn string(&mut self, object: &'a Map<String, Value>, path: &str) -> Result<Value, String> {
        let mut rewritten = self.counted("string", object, ["minLength", "maxLength"], MAX_LENGTH, path)?;
        if let Some(format) = object.get("format") {
            if !matches!(format.as_str(), Some("date" | "time" | "date-time" | "uuid")) {
                return Err(format!("{path}: `format` must be date, time, date-time or uuid"));
            }
            if rewritten.len() > 1 {
                return Err(format!(
                    "{path}: `format` cannot go together with `minLength` or `maxLength`"
                ));
            }
            rewritten.insert("format".to_owned(), format.clone());
        }
        Ok(rewritten.into())
    }

    /// A type with its two bounds on a count.
    fn counted(
        &mut self,
        kind: &str,
        object: &Map<String, Value>,
        keywords: [&str; 2],
        most: u64,
        path: &str,
    ) -> Result<Map<String, Value>, String> {
        let mut rewritten = Map::new();
        rewritten.insert("type".to_owned(), kind.into());
        let mut lowest = 0;
        for keyword in keywords {
            let Some(value) = object.get(keyword) else { continue };
            let count = value
                .as_u64()
                .filter(|count| (lowest..=most).contains(count))
                .ok_or_else(|| format!("{path}: `{keyword}` must be an integer from {lowest} to {most}"))?;
            lowest = count;
            rewritten.insert(keyword.to_owned(), count.into());
        }
        self.repetitions += lowest;
        if self.repetitions > MAX_REPETITIONS {
            return Err(format!(
                "the schema's lengths and item counts add up to more than {MAX_REPETITIONS}"
            ));
        }
        Ok(rewritten)
    }
}
