//! An Analysis in the form of a client's JSON Schema: the schema and the Analysis come in, an object with exactly the schema's
//! properties goes out. A schema that no Analysis can fill is refused before the run. No value is invented, and no property is left
//! out silently.
//!
//! A property is looked up at its own level. At the top level a few short names stand for fields of the stages: `recommendation` and
//! `markdown` of the report, `direction`, `expected_return`, `median` and `dates` of the forecast, `net_score` and `summary` of the
//! sentiment. An object without `properties` is given as it is. `enum` is compared without case and answered in the schema's own
//! spelling (`BUY` for `buy`).

mod node;
mod shape;

use std::sync::LazyLock;

use serde_json::{Map, Value};

use self::node::{Node, admits, choices, known_keywords, types};
use self::shape::{ALIASES, ANALYSIS, Field, Shape};
use crate::serve::http::ApiError;

const PARAM: &str = "response_format.json_schema.schema";

/// A walk that takes more steps than this is of a schema that refers to itself or multiplies its alternatives.
const MOST_STEPS: usize = 5_000;

/// The longest chain of references and alternatives. Each is a level of the stack.
const MOST_HOPS: usize = 32;

/// Checks that an Analysis can have the form of `schema`. Every mistake is found here, before the run; only a failed stage is not.
///
/// # Errors
/// [`ApiError::Invalid`] naming the property or the keyword, and what there is instead.
pub fn check(schema: &Value) -> Result<(), ApiError> {
    walk(schema, None).map(|_| ())
}

/// `analysis` in the form of `schema`.
///
/// # Errors
/// As [`check`], and [`ApiError::Engine`] where a stage failed, or a field is null and the schema does not allow null.
pub fn project(schema: &Value, analysis: &Value) -> Result<Value, ApiError> {
    check(schema)?;
    walk(schema, Some(analysis))
}

fn walk(schema: &Value, analysis: Option<&Value>) -> Result<Value, ApiError> {
    let mut walker = Walker {
        root: schema,
        analysis,
        steps: 0,
    };
    let location = Location {
        shape: &ANALYSIS,
        nullable: false,
        path: String::new(),
    };
    walker.fill(schema, &location, analysis)
}

/// Where in an Analysis a schema is applied.
struct Location {
    shape: &'static Shape,
    nullable: bool,
    /// `forecast.median`; empty at the top.
    path: String,
}

/// Walks through schema and shape side by side, and through the value where there is one.
struct Walker<'w> {
    root: &'w Value,
    analysis: Option<&'w Value>,
    steps: usize,
}

impl<'w> Walker<'w> {
    /// `value` in the form of `schema`; without a value, null once the schema has been checked.
    fn fill(&mut self, schema: &'w Value, location: &Location, value: Option<&Value>) -> Result<Value, ApiError> {
        let mut nodes = Vec::new();
        self.alternatives(schema, location, 0, &mut nodes)?;
        if value.is_some_and(Value::is_null) {
            let admits_null = nodes.iter().any(|node| admits(node, "null"));
            return if admits_null {
                Ok(Value::Null)
            } else {
                Err(self.no_value(location))
            };
        }
        nodes.retain(|node| types(node) != Some(vec!["null"]));
        if nodes.is_empty() && location.nullable && value.is_none() {
            return Ok(Value::Null);
        }
        words_are_complete(&nodes, location)?;
        let mut refused = invalid(format!("{} is never null", shown(location)));
        for node in nodes {
            match self.node(node, location, value) {
                Ok(value) => return Ok(value),
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }

    /// Collects the alternatives of a schema through `$ref`, `anyOf`, `oneOf` and an `allOf` of one.
    fn alternatives(
        &mut self,
        schema: &'w Value,
        location: &Location,
        hops: usize,
        into: &mut Vec<Node<'w>>,
    ) -> Result<(), ApiError> {
        self.steps += 1;
        if self.steps > MOST_STEPS || hops > MOST_HOPS {
            return Err(invalid("the schema is too large, or refers to itself".to_owned()));
        }
        let Some(node) = schema.as_object() else {
            return Err(invalid(format!("the schema of {} is no object", shown(location))));
        };
        known_keywords(node).map_err(|reason| invalid(format!("{}: {reason}", shown(location))))?;
        if let Some(reference) = node.get("$ref") {
            let found = reference
                .as_str()
                .and_then(|text| self.root.pointer(text.strip_prefix('#')?));
            let found = found
                .ok_or_else(|| invalid(format!("the `$ref` of {} leads nowhere in the schema", shown(location))))?;
            return self.alternatives(found, location, hops + 1, into);
        }
        let several = ["anyOf", "oneOf", "allOf"]
            .iter()
            .find_map(|key| Some((*key, node.get(*key)?)));
        let Some((key, several)) = several else {
            into.push(node);
            return Ok(());
        };
        let several = several.as_array().map_or(&[][..], Vec::as_slice);
        if several.is_empty() || (key == "allOf" && several.len() > 1) {
            return Err(invalid(format!(
                "the `{key}` of {} cannot be used here",
                shown(location)
            )));
        }
        several
            .iter()
            .try_for_each(|schema| self.alternatives(schema, location, hops + 1, into))
    }

    fn node(&mut self, node: Node<'w>, location: &Location, value: Option<&Value>) -> Result<Value, ApiError> {
        let kind = location.shape.type_name();
        if !(admits(node, kind) || (kind == "integer" && admits(node, "number"))) {
            let wanted = types(node).unwrap_or_default().join(" or ");
            return Err(invalid(format!(
                "{} is of type {kind}; the schema wants {wanted}",
                shown(location)
            )));
        }
        let filled = match location.shape {
            Shape::Object(_) => self.object(node, location, value)?,
            Shape::List(item) => match node.get("items") {
                Some(items) => self.list(items, item, location, value)?,
                None => whole(value),
            },
            Shape::Opaque => {
                asks_for_all(node, location)?;
                whole(value)
            }
            _ => whole(value),
        };
        match value {
            Some(_) => self.chosen(node, location, filled),
            None => Ok(filled),
        }
    }

    fn object(&mut self, node: Node<'w>, location: &Location, value: Option<&Value>) -> Result<Value, ApiError> {
        let properties = node.get("properties").and_then(Value::as_object);
        let additional = node.get("additionalProperties");
        let mut wanted: Vec<(&str, &'w Value)> = Vec::new();
        match properties {
            Some(properties) => wanted.extend(properties.iter().map(|(name, schema)| (name.as_str(), schema))),
            None if additional == Some(&Value::Bool(false)) => {}
            None => {
                // All fields of this value; before the run, all that there can be.
                let exists = |field: &&Field| value.is_none_or(|value| value.get(&field.name).is_some());
                let fields = location.shape.fields().iter().filter(exists);
                let all = additional.filter(|schema| schema.is_object()).unwrap_or(&*ANYTHING);
                wanted.extend(fields.map(|field| (field.name.as_str(), all)));
            }
        }
        let required = node.get("required").and_then(Value::as_array).into_iter().flatten();
        for name in required.filter_map(Value::as_str) {
            if !wanted.iter().any(|(there, _)| *there == name) {
                wanted.push((name, &*ANYTHING));
            }
        }
        let mut filled = Map::new();
        for (name, schema) in wanted {
            let (inner, found) = field_at(location, name, value)?;
            filled.insert(name.to_owned(), self.fill(schema, &inner, found)?);
        }
        Ok(Value::Object(filled))
    }

    fn list(
        &mut self,
        items: &'w Value,
        shape: &'static Shape,
        location: &Location,
        value: Option<&Value>,
    ) -> Result<Value, ApiError> {
        let inner = Location {
            shape,
            nullable: false,
            path: format!("{}[]", location.path),
        };
        let Some(list) = value.and_then(Value::as_array) else {
            return self.fill(items, &inner, None);
        };
        // The steps measure the schema, not the length of the list.
        let steps = self.steps;
        let filled = list.iter().map(|item| {
            self.steps = steps;
            self.fill(items, &inner, Some(item))
        });
        filled.collect::<Result<Vec<_>, _>>().map(Value::Array)
    }

    /// The choice of an `enum` or `const` that equals the value, in the schema's spelling.
    fn chosen(&self, node: Node<'w>, location: &Location, value: Value) -> Result<Value, ApiError> {
        let Some(choices) = choices(node) else { return Ok(value) };
        let same = |choice: &&Value| match (choice.as_str(), value.as_str()) {
            (Some(choice), Some(text)) => choice.eq_ignore_ascii_case(text),
            _ => **choice == value,
        };
        match choices.into_iter().find(same) {
            Some(choice) => Ok(choice.clone()),
            None => Err(ApiError::Engine(format!(
                "{} has a value that the schema's `enum` leaves out",
                shown(location)
            ))),
        }
    }

    /// The error for a null that the schema does not admit; most often the stage failed.
    fn no_value(&self, location: &Location) -> ApiError {
        let stage = location.path.split('.').next().unwrap_or_default();
        let failed = self
            .analysis
            .filter(|analysis| analysis.get(stage).is_some_and(Value::is_null));
        let errors = failed.and_then(|analysis| analysis.get("errors")?.as_array());
        let reason = errors
            .and_then(|errors| {
                errors
                    .iter()
                    .find(|error| error.get("stage").and_then(Value::as_str) == Some(stage))
            })
            .and_then(|error| error.get("message")?.as_str());
        ApiError::Engine(match reason {
            Some(reason) => format!(
                "the {stage} stage failed, and the schema admits no null at {}: {reason}",
                shown(location)
            ),
            None => format!(
                "{} has no value in this analysis, and the schema admits no null there",
                shown(location)
            ),
        })
    }
}

/// The schema that allows everything.
static ANYTHING: LazyLock<Value> = LazyLock::new(|| Value::Object(Map::new()));

/// The field or short name `name` at `location`, with its value; a field that is missing is null.
fn field_at<'v>(
    location: &Location,
    name: &str,
    value: Option<&'v Value>,
) -> Result<(Location, Option<&'v Value>), ApiError> {
    let get = |value: Option<&'v Value>, name: &str| value.map(|value| value.get(name).unwrap_or(&Value::Null));
    let inner = |shape, nullable, path| Location { shape, nullable, path };
    if let Some(field) = location.shape.field(name) {
        let path = if location.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", location.path)
        };
        return Ok((inner(&field.shape, field.nullable, path), get(value, name)));
    }
    let alias = ALIASES
        .iter()
        .find(|alias| location.path.is_empty() && alias.name == name);
    let deep = alias.and_then(|alias| Some((alias, ANALYSIS.field(alias.stage)?.shape.field(alias.field)?)));
    match deep {
        Some((alias, field)) => {
            let path = format!("{}.{}", alias.stage, alias.field);
            Ok((
                inner(&field.shape, true, path),
                get(get(value, alias.stage), alias.field),
            ))
        }
        None => Err(no_such_field(location, name)),
    }
}

fn no_such_field(location: &Location, name: &str) -> ApiError {
    let fields = location.shape.fields().iter();
    let mut there: Vec<&str> = fields.map(|field| field.name.as_str()).collect();
    let within = if location.path.is_empty() {
        there.extend(ALIASES.iter().map(|alias| alias.name));
        "an analysis".to_owned()
    } else {
        shown(location)
    };
    let name: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
    invalid(format!("{within} has no `{name}`; it has {}", there.join(", ")))
}

/// Refuses an `enum` that leaves out a word which the analysis may have.
fn words_are_complete(nodes: &[Node<'_>], location: &Location) -> Result<(), ApiError> {
    let Shape::Word(words) = location.shape else {
        return Ok(());
    };
    let Some(choices) = nodes.iter().map(|node| choices(node)).collect::<Option<Vec<_>>>() else {
        return Ok(());
    };
    let admitted: Vec<&str> = choices.into_iter().flatten().filter_map(Value::as_str).collect();
    match words
        .iter()
        .find(|word| !admitted.iter().any(|choice| choice.eq_ignore_ascii_case(word)))
    {
        Some(missing) if !nodes.is_empty() => Err(invalid(format!(
            "the `enum` of {} leaves out `{missing}`; it can be {}",
            shown(location),
            words.join(", ")
        ))),
        _ => Ok(()),
    }
}

/// Refuses a schema that looks into a part of the figure, which is passed on as it is.
fn asks_for_all(node: Node<'_>, location: &Location) -> Result<(), ApiError> {
    let looks_into = node.contains_key("properties")
        || node.contains_key("required")
        || node
            .get("additionalProperties")
            .is_some_and(|more| *more != Value::Bool(true));
    if looks_into {
        return Err(invalid(format!(
            "{} is given as a whole: ask for it as {{\"type\": \"object\"}}",
            shown(location)
        )));
    }
    Ok(())
}

fn whole(value: Option<&Value>) -> Value {
    value.cloned().unwrap_or(Value::Null)
}

fn shown(location: &Location) -> String {
    if location.path.is_empty() {
        "the analysis".to_owned()
    } else {
        format!("`{}`", location.path)
    }
}

fn invalid(message: String) -> ApiError {
    ApiError::invalid(PARAM, message)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
