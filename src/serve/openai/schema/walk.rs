//! One walk over a client's schema: every part is checked, and what constrains the answer is written anew.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::keywords::{
    Keyword, MAX_INTEGER, MAX_PATTERN, MAX_PROPERTIES, check_value, clip, kind, pattern_beside, thousandths,
};

const MAX_NODES: usize = 1_000;
const MAX_NAME: usize = 200;
const MAX_ALTERNATIVES: usize = 200;
/// Where parts of a schema are combined, each alternative of one meets each of the other.
const MAX_COMBINED_TEXT: usize = 8 * 1024;
const MAX_COMBINED_ALTERNATIVES: usize = 64;
/// `llguidance` combines multiples in 32 bits. In thousandths.
const MAX_COMMON_MULTIPLE: u64 = 60_000;

/// Keywords that put other schemas in the place of this one, or beside it.
const APPLICATORS: [&str; 6] = ["$ref", "anyOf", "oneOf", "allOf", "const", "enum"];

/// A walk over one document.
pub(super) struct Walk<'a> {
    root: &'a Map<String, Value>,
    strict: bool,
    close: bool,
    nodes: usize,
    alternatives: usize,
    combines: bool,
    common_multiple: u64,
    /// References that were met, and those of them whose schema is not checked yet.
    met: HashSet<&'a str>,
    pending: Vec<&'a str>,
}

impl<'a> Walk<'a> {
    /// A walk from the root. With `close`, an object that lists its properties allows no other: others may be allowed, but none
    /// is owed, and a model that may invent members does.
    pub(super) fn new(root: &'a Map<String, Value>, strict: bool, close: bool) -> Self {
        Walk {
            root,
            strict,
            close,
            nodes: 0,
            alternatives: 0,
            combines: false,
            common_multiple: 1,
            met: HashSet::new(),
            pending: Vec::new(),
        }
    }

    /// Whether an answer must follow several schemas at one place. No object may be closed then, since another may owe more.
    pub(super) fn combines(&self) -> bool {
        self.combines
    }

    /// The whole document, with the definitions that it refers to.
    pub(super) fn document(&mut self) -> Result<Value, String> {
        let mut document = self.object(self.root, "#")?;
        while let Some(reference) = self.pending.pop() {
            let Some((place, name, schema)) = definition(self.root, reference) else {
                continue;
            };
            let checked = self.node(schema, &clip(reference))?;
            let definitions = document.entry(place).or_insert_with(|| json!({}));
            if let Some(definitions) = definitions.as_object_mut() {
                definitions.insert(name.to_owned(), checked);
            }
        }
        if self.combines && self.alternatives > MAX_COMBINED_ALTERNATIVES {
            return Err(format!(
                "a schema that combines parts, as `allOf` does, must have at most {MAX_COMBINED_ALTERNATIVES} alternatives in all"
            ));
        }
        if self.combines && self.common_multiple > MAX_COMMON_MULTIPLE {
            return Err(format!(
                "a schema that combines parts, as `allOf` does, must have values of `multipleOf` with a common multiple of at most {}",
                MAX_COMMON_MULTIPLE / 1000
            ));
        }
        let document = Value::Object(document);
        if self.combines && document.to_string().len() > MAX_COMBINED_TEXT {
            return Err(format!(
                "a schema that combines parts, as `allOf` does, must have at most {MAX_COMBINED_TEXT} bytes"
            ));
        }
        Ok(document)
    }

    fn node(&mut self, schema: &'a Value, path: &str) -> Result<Value, String> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(format!("the schema has more than {MAX_NODES} parts"));
        }
        match schema {
            Value::Object(object) => self.object(object, path).map(Value::Object),
            Value::Bool(false) => Ok(Value::Bool(false)),
            Value::Bool(true) if !self.strict => Ok(Value::Bool(true)),
            Value::Bool(true) => Err(format!("{path}: a `type` is required in strict mode")),
            _ => Err(format!("{path}: a schema must be an object, true or false")),
        }
    }

    fn object(&mut self, object: &'a Map<String, Value>, path: &str) -> Result<Map<String, Value>, String> {
        let mut checked = Map::new();
        for (keyword, value) in object {
            let Some(kind) = kind(keyword) else {
                return Err(format!("{path}: the keyword `{}` is not supported", clip(keyword)));
            };
            let value = match kind {
                Keyword::Annotation | Keyword::Definitions => continue,
                Keyword::Reference => self.reference(value, path)?,
                Keyword::Schema => self.node(value, &format!("{path}/{keyword}"))?,
                Keyword::Schemas => self.schemas(keyword, value, path)?,
                Keyword::Named => self.named(keyword, value, path)?,
                Keyword::Plain => self.plain(keyword, value, path)?,
            };
            checked.insert(keyword.clone(), value);
        }
        self.check_members(&checked, path)?;
        if self.strict {
            check_strict(&checked, path)?;
        }
        if let Some(pattern) = object.get("format").and_then(Value::as_str).and_then(pattern_beside) {
            let given = checked.insert("pattern".to_owned(), pattern.as_str().into());
            if given.is_some_and(|given| given != pattern) {
                return Err(format!("{path}: `pattern` beside this `format` is not supported"));
            }
        }
        if checked.contains_key("multipleOf") {
            bound_multiples(&mut checked);
        }
        self.note_combination(&checked);
        if self.close && lists_its_properties(&checked) {
            checked.insert("additionalProperties".to_owned(), false.into());
        }
        Ok(checked)
    }

    fn reference(&mut self, value: &'a Value, path: &str) -> Result<Value, String> {
        let reference = value
            .as_str()
            .ok_or_else(|| format!("{path}: `$ref` must be a string"))?;
        let mut target = reference;
        let mut seen = Vec::new();
        // A schema that is nothing but a reference to itself says nothing.
        while target != "#" {
            let Some((.., schema)) = definition(self.root, target).filter(|_| !seen.contains(&target)) else {
                return Err(format!(
                    "{path}: `$ref` {} must be # or name one of the schema's own `$defs`",
                    clip(reference)
                ));
            };
            seen.push(target);
            match schema.get("$ref").and_then(Value::as_str) {
                Some(next) => target = next,
                None => break,
            }
        }
        if reference != "#" && self.met.insert(reference) {
            self.pending.push(reference);
        }
        Ok(value.clone())
    }

    fn schemas(&mut self, keyword: &str, value: &'a Value, path: &str) -> Result<Value, String> {
        let list = value
            .as_array()
            .filter(|list| (1..=MAX_ALTERNATIVES).contains(&list.len()))
            .ok_or_else(|| format!("{path}: `{keyword}` must be a list of 1 to {MAX_ALTERNATIVES} schemas"))?;
        if keyword == "anyOf" || keyword == "oneOf" {
            self.alternatives += list.len();
        }
        let mut checked = Vec::new();
        for (i, schema) in list.iter().enumerate() {
            let mut schema = self.node(schema, &format!("{path}/{keyword}/{i}"))?;
            if keyword == "oneOf" {
                resolve_at_once(&mut schema);
            }
            checked.push(schema);
        }
        Ok(checked.into())
    }

    fn named(&mut self, keyword: &str, value: &'a Value, path: &str) -> Result<Value, String> {
        let named = value
            .as_object()
            .filter(|named| named.len() <= MAX_PROPERTIES)
            .ok_or_else(|| format!("{path}: `{keyword}` must be an object of at most {MAX_PROPERTIES}"))?;
        let most = if keyword == "patternProperties" {
            MAX_PATTERN
        } else {
            MAX_NAME
        };
        let mut checked = Map::new();
        for (name, schema) in named {
            if name.len() > most {
                return Err(format!("{path}: a name of `{keyword}` has more than {most} bytes"));
            }
            let schema = self.node(schema, &format!("{path}/{keyword}/{}", clip(name)))?;
            checked.insert(name.clone(), schema);
        }
        Ok(checked.into())
    }

    fn plain(&mut self, keyword: &str, value: &'a Value, path: &str) -> Result<Value, String> {
        check_value(keyword, value).map_err(|reason| format!("{path}: {reason}"))?;
        if keyword == "enum" {
            self.alternatives += value.as_array().map_or(0, Vec::len);
        }
        if keyword == "multipleOf"
            && let Some(step) = thousandths(value)
        {
            self.common_multiple = common_multiple(self.common_multiple, step);
        }
        Ok(value.clone())
    }

    /// A member that is written twice counts once, so members with free names cannot be counted.
    fn check_members(&self, object: &Map<String, Value>, path: &str) -> Result<(), String> {
        let is_closed = object.get("additionalProperties") == Some(&Value::Bool(false));
        let has_free_names = !is_closed || object.contains_key("patternProperties");
        let fewest = object.get("minProperties").and_then(Value::as_u64).unwrap_or(0);
        if fewest > 1 && has_free_names {
            return Err(format!(
                "{path}: `minProperties` above 1 is supported where `additionalProperties` is false and there are no `patternProperties`"
            ));
        }
        Ok(())
    }

    fn note_combination(&mut self, object: &Map<String, Value>) {
        let constraints = object.keys().filter(|key| *key != "type").count();
        let has_applicator = APPLICATORS.iter().any(|key| object.contains_key(*key));
        let is_all_of_several = object
            .get("allOf")
            .and_then(Value::as_array)
            .is_some_and(|all| all.len() > 1);
        self.combines |= is_all_of_several || has_applicator && constraints > 1;
    }
}

/// The definition that a reference names.
fn definition<'a>(root: &'a Map<String, Value>, reference: &'a str) -> Option<(&'a str, &'a str, &'a Value)> {
    let (place, name) = reference.strip_prefix("#/")?.split_once('/')?;
    let is_simple = matches!(place, "$defs" | "definitions") && !name.contains(['/', '~', '%']);
    let schema = root.get(place).filter(|_| is_simple)?.get(name)?;
    Some((place, name, schema))
}

/// `llguidance` compares the alternatives of `oneOf`, but a reference only where it stands beside another keyword.
fn resolve_at_once(schema: &mut Value) {
    if let Some(object) = schema.as_object_mut()
        && object.len() == 1
        && let Some(reference) = object.remove("$ref")
    {
        object.insert(
            "type".to_owned(),
            json!(["null", "boolean", "number", "string", "array", "object"]),
        );
        object.insert("$ref".to_owned(), reference);
    }
}

/// A number that must be a multiple may owe digits beyond those that are exact, unless it is bounded.
fn bound_multiples(object: &mut Map<String, Value>) {
    for (bound, exclusive, number) in [
        ("minimum", "exclusiveMinimum", -MAX_INTEGER),
        ("maximum", "exclusiveMaximum", MAX_INTEGER),
    ] {
        if !object.contains_key(bound) && !object.contains_key(exclusive) {
            object.insert(bound.to_owned(), number.into());
        }
    }
}

/// Whether an object says which properties it has, and owes no other.
fn lists_its_properties(object: &Map<String, Value>) -> bool {
    let properties = object.get("properties").and_then(Value::as_object);
    let Some(properties) = properties.filter(|properties| !properties.is_empty()) else {
        return false;
    };
    let mut owed = object.get("required").and_then(Value::as_array).into_iter().flatten();
    let owes_another = owed.any(|name| name.as_str().is_some_and(|name| !properties.contains_key(name)));
    !owes_another && !object.contains_key("additionalProperties") && !object.contains_key("patternProperties")
}

/// What OpenAI asks in strict mode.
fn check_strict(object: &Map<String, Value>, path: &str) -> Result<(), String> {
    if APPLICATORS.iter().any(|keyword| object.contains_key(*keyword)) && !object.contains_key("properties") {
        return Ok(());
    }
    let types: Vec<&str> = match object.get("type") {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        Some(one) => one.as_str().into_iter().collect(),
        None => return Err(format!("{path}: a `type` is required in strict mode")),
    };
    if types.contains(&"array") && !object.contains_key("items") && !object.contains_key("prefixItems") {
        return Err(format!("{path}: `items` is required in strict mode"));
    }
    if !types.contains(&"object") {
        return Ok(());
    }
    if object.get("additionalProperties") != Some(&Value::Bool(false)) {
        return Err(format!(
            "{path}: `additionalProperties` is required to be supplied and to be false in strict mode"
        ));
    }
    let required = object.get("required").and_then(Value::as_array);
    let is_required = |name: &str| required.is_some_and(|names| names.iter().any(|required| required == name));
    let properties = object.get("properties").and_then(Value::as_object);
    match properties.into_iter().flatten().find(|(name, _)| !is_required(name)) {
        Some((name, _)) => Err(format!(
            "{path}: `required` is required to be supplied and to name every property in strict mode; `{}` is missing",
            clip(name)
        )),
        None => Ok(()),
    }
}

fn common_multiple(a: u64, b: u64) -> u64 {
    let (mut divisor, mut rest) = (a, b);
    while rest > 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    (a / divisor.max(1)).saturating_mul(b)
}
