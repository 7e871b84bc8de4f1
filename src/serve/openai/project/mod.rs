//! An Analysis in the form that a caller's JSON Schema asks for: the schema and the Analysis come in, an object with exactly
//! the schema's properties goes out. A schema that an Analysis cannot fill is refused before the work; nothing is invented,
//! and no property is dropped in silence.
//!
//! A property is looked up at its own level; at the top a few short names stand for what lies deeper: `recommendation` and
//! `markdown` of the report, `direction`, `expected_return`, `median` and `dates` of the forecast, `net_score` and `summary` of
//! the sentiment. An object without `properties` gives all there is. `enum` is matched in any case and answered in the
//! schema's own spelling (`BUY` for `buy`).

mod node;
mod shape;

use std::sync::LazyLock;

use serde_json::{Map, Value};

use self::node::{Node, admits, choices, known_keywords, types};
use self::shape::{ALIASES, ANALYSIS, Shape};
use crate::serve::http::ApiError;

const PARAM: &str = "response_format.json_schema.schema";

/// Schemas that take more steps than this refer to themselves or are no schema of an Analysis.
const MOST_STEPS: usize = 5_000;

/// So many references and alternatives may lead from one to the next. Each is a level of the stack.
const MOST_HOPS: usize = 32;

/// Whether an Analysis can have the form of `schema`. Everything but a failed stage is found here, before the run.
///
/// # Errors
/// [`ApiError::Invalid`] names the property or the keyword and what there is instead.
pub fn check(schema: &Value) -> Result<(), ApiError> {
    walk(schema, None).map(|_| ())
}

/// `analysis` in the form of `schema`.
///
/// # Errors
/// As [`check`], and [`ApiError::Engine`] where a stage failed or a field is null and the schema wants a value.
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
    let place = Place {
        shape: &ANALYSIS,
        nullable: false,
        path: String::new(),
    };
    walker.place(schema, &place, analysis)
}

/// Where in an Analysis a schema is applied.
struct Place {
    shape: &'static Shape,
    nullable: bool,
    /// `forecast.median`; empty at the top.
    path: String,
}

/// Goes through schema and shape side by side, and through the value where there is one.
struct Walker<'w> {
    root: &'w Value,
    analysis: Option<&'w Value>,
    steps: usize,
}

impl<'w> Walker<'w> {
    /// `value` as `schema` wants it; without a value, null once the schema is one that can be filled.
    fn place(&mut self, schema: &'w Value, place: &Place, value: Option<&Value>) -> Result<Value, ApiError> {
        let mut nodes = Vec::new();
        self.alternatives(schema, place, 0, &mut nodes)?;
        if value.is_some_and(Value::is_null) {
            let admits_null = nodes.iter().any(|node| admits(node, "null"));
            return if admits_null {
                Ok(Value::Null)
            } else {
                Err(self.no_value(place))
            };
        }
        nodes.retain(|node| types(node) != Some(vec!["null"]));
        if nodes.is_empty() && place.nullable && value.is_none() {
            return Ok(Value::Null);
        }
        words_are_complete(&nodes, place)?;
        let mut refused = invalid(format!("{} is never null", shown(place)));
        for node in nodes {
            match self.node(node, place, value) {
                Ok(value) => return Ok(value),
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }

    /// Follows `$ref`, `anyOf`, `oneOf` and an `allOf` of one.
    fn alternatives(
        &mut self,
        schema: &'w Value,
        place: &Place,
        hops: usize,
        into: &mut Vec<Node<'w>>,
    ) -> Result<(), ApiError> {
        self.steps += 1;
        if self.steps > MOST_STEPS || hops > MOST_HOPS {
            return Err(invalid("the schema is too large, or refers to itself".to_owned()));
        }
        let Some(node) = schema.as_object() else {
            return Err(invalid(format!("the schema of {} is no object", shown(place))));
        };
        known_keywords(node).map_err(|reason| invalid(format!("{}: {reason}", shown(place))))?;
        if let Some(reference) = node.get("$ref") {
            let found = reference
                .as_str()
                .and_then(|text| self.root.pointer(text.strip_prefix('#')?));
            let found =
                found.ok_or_else(|| invalid(format!("the `$ref` of {} leads nowhere in the schema", shown(place))))?;
            return self.alternatives(found, place, hops + 1, into);
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
            return Err(invalid(format!("the `{key}` of {} cannot be used here", shown(place))));
        }
        several
            .iter()
            .try_for_each(|schema| self.alternatives(schema, place, hops + 1, into))
    }

    fn node(&mut self, node: Node<'w>, place: &Place, value: Option<&Value>) -> Result<Value, ApiError> {
        let kind = place.shape.type_name();
        if !(admits(node, kind) || (kind == "integer" && admits(node, "number"))) {
            let wanted = types(node).unwrap_or_default().join(" or ");
            return Err(invalid(format!(
                "{} is of type {kind}; the schema wants {wanted}",
                shown(place)
            )));
        }
        let filled = match place.shape {
            Shape::Object(_) => self.object(node, place, value)?,
            Shape::List(item) => match node.get("items") {
                Some(items) => self.list(items, item, place, value)?,
                None => whole(value),
            },
            Shape::Whole { .. } => {
                is_whole(node, place)?;
                whole(value)
            }
            _ => whole(value),
        };
        match value {
            Some(_) => self.chosen(node, place, filled),
            None => Ok(filled),
        }
    }

    fn object(&mut self, node: Node<'w>, place: &Place, value: Option<&Value>) -> Result<Value, ApiError> {
        let properties = node.get("properties").and_then(Value::as_object);
        let additional = node.get("additionalProperties");
        let mut wanted: Vec<(&str, &'w Value)> = Vec::new();
        match properties {
            Some(properties) => wanted.extend(properties.iter().map(|(name, schema)| (name.as_str(), schema))),
            None if additional == Some(&Value::Bool(false)) => {}
            None => {
                let Shape::Object(fields) = place.shape else {
                    return Ok(whole(value));
                };
                let all = additional.filter(|schema| schema.is_object()).unwrap_or(&*ANYTHING);
                wanted.extend(fields.iter().map(|field| (field.name, all)));
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
            let (inner, found) = field_at(place, name, value)?;
            filled.insert(name.to_owned(), self.place(schema, &inner, found)?);
        }
        Ok(Value::Object(filled))
    }

    fn list(
        &mut self,
        items: &'w Value,
        shape: &'static Shape,
        place: &Place,
        value: Option<&Value>,
    ) -> Result<Value, ApiError> {
        let inner = Place {
            shape,
            nullable: false,
            path: format!("{}[]", place.path),
        };
        let Some(list) = value.and_then(Value::as_array) else {
            return self.place(items, &inner, None);
        };
        // A long list costs the schema's author nothing.
        let steps = self.steps;
        let filled = list.iter().map(|item| {
            self.steps = steps;
            self.place(items, &inner, Some(item))
        });
        filled.collect::<Result<Vec<_>, _>>().map(Value::Array)
    }

    /// A value that an `enum` or `const` admits, in the schema's spelling.
    fn chosen(&self, node: Node<'w>, place: &Place, value: Value) -> Result<Value, ApiError> {
        let Some(choices) = choices(node) else { return Ok(value) };
        let same = |choice: &&Value| match (choice.as_str(), value.as_str()) {
            (Some(choice), Some(text)) => choice.eq_ignore_ascii_case(text),
            _ => **choice == value,
        };
        match choices.into_iter().find(same) {
            Some(choice) => Ok(choice.clone()),
            None => Err(ApiError::Engine(format!(
                "{} has a value that the schema's `enum` leaves out",
                shown(place)
            ))),
        }
    }

    /// Why a place is null: most often its stage failed.
    fn no_value(&self, place: &Place) -> ApiError {
        let stage = place.path.split('.').next().unwrap_or_default();
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
                shown(place)
            ),
            None => format!(
                "{} has no value in this analysis, and the schema admits no null there",
                shown(place)
            ),
        })
    }
}

/// The schema that admits everything.
static ANYTHING: LazyLock<Value> = LazyLock::new(|| Value::Object(Map::new()));

/// The field or short name `name` at `place`, with its value; a field that is missing is null.
fn field_at<'v>(place: &Place, name: &str, value: Option<&'v Value>) -> Result<(Place, Option<&'v Value>), ApiError> {
    let get = |value: Option<&'v Value>, name: &str| value.map(|value| value.get(name).unwrap_or(&Value::Null));
    let inner = |shape, nullable, path| Place { shape, nullable, path };
    if let Some(field) = place.shape.field(name) {
        let path = if place.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", place.path)
        };
        return Ok((inner(&field.shape, field.nullable, path), get(value, name)));
    }
    let alias = ALIASES.iter().find(|alias| place.path.is_empty() && alias.name == name);
    let deep = alias.and_then(|alias| Some((alias, ANALYSIS.field(alias.stage)?.shape.field(alias.field)?)));
    match deep {
        Some((alias, field)) => {
            let path = format!("{}.{}", alias.stage, alias.field);
            Ok((
                inner(&field.shape, true, path),
                get(get(value, alias.stage), alias.field),
            ))
        }
        None => Err(no_such_field(place, name)),
    }
}

fn no_such_field(place: &Place, name: &str) -> ApiError {
    let mut there: Vec<&str> = match place.shape {
        Shape::Object(fields) => fields.iter().map(|field| field.name).collect(),
        _ => Vec::new(),
    };
    let within = if place.path.is_empty() {
        there.extend(ALIASES.iter().map(|alias| alias.name));
        "an analysis".to_owned()
    } else {
        shown(place)
    };
    let name: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
    invalid(format!("{within} has no `{name}`; it has {}", there.join(", ")))
}

/// Refuses an `enum` that leaves out a word which the analysis may well end with.
fn words_are_complete(nodes: &[Node<'_>], place: &Place) -> Result<(), ApiError> {
    let Shape::Word(words) = place.shape else { return Ok(()) };
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
            shown(place),
            words.join(", ")
        ))),
        _ => Ok(()),
    }
}

/// The figure's parts are passed on whole: a schema may not look into them.
fn is_whole(node: Node<'_>, place: &Place) -> Result<(), ApiError> {
    let looks_into = |node: Node<'_>| {
        node.contains_key("properties")
            || node.contains_key("required")
            || node
                .get("additionalProperties")
                .is_some_and(|more| *more != Value::Bool(true))
    };
    let items = node.get("items").and_then(Value::as_object);
    if looks_into(node)
        || items.is_some_and(|items| looks_into(items) || types(items).is_some_and(|kinds| kinds != ["object"]))
    {
        return Err(invalid(format!(
            "{} is given as a whole: ask for it as {{\"type\": \"{}\"}}",
            shown(place),
            place.shape.type_name()
        )));
    }
    Ok(())
}

fn whole(value: Option<&Value>) -> Value {
    value.cloned().unwrap_or(Value::Null)
}

fn shown(place: &Place) -> String {
    if place.path.is_empty() {
        "the analysis".to_owned()
    } else {
        format!("`{}`", place.path)
    }
}

fn invalid(message: String) -> ApiError {
    ApiError::invalid(PARAM, message)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
