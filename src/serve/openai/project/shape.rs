//! The shape of an Analysis as JSON, read from its generated schema: which fields there are, of which type, and which may be null.

use std::sync::LazyLock;

use serde_json::Value;

use crate::analysis;

/// The kind of value at one location of the document.
#[derive(Debug, PartialEq)]
pub(super) enum Shape {
    /// Any text.
    Text,
    /// One of a few words.
    Word(Vec<String>),
    /// A number with a fraction.
    Number,
    /// A whole number.
    Integer,
    /// True or false.
    Flag,
    /// Named fields.
    Object(Vec<Field>),
    /// Items of one shape.
    List(Box<Shape>),
    /// A JSON object passed on as it is: the parts of the Plotly figure.
    Opaque,
}

/// One field of an object.
#[derive(Debug, PartialEq)]
pub(super) struct Field {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub shape: Shape,
    /// Whether it may be null, or missing, which is read as null.
    pub nullable: bool,
}

/// A short name at the top level for a field of a stage.
pub(super) struct Alias {
    /// The short name.
    pub name: &'static str,
    /// The stage's field.
    pub stage: &'static str,
    /// The field in it.
    pub field: &'static str,
}

/// The short names, each the name that the field has in its stage.
pub(super) const ALIASES: [Alias; 8] = [
    alias("recommendation", "report"),
    alias("markdown", "report"),
    alias("direction", "forecast"),
    alias("expected_return", "forecast"),
    alias("median", "forecast"),
    alias("dates", "forecast"),
    alias("net_score", "sentiment"),
    alias("summary", "sentiment"),
];

/// The whole document.
pub(super) static ANALYSIS: LazyLock<Shape> = LazyLock::new(|| {
    let schema = analysis::schema();
    Shape::read(&schema, &schema).0
});

const fn alias(name: &'static str, stage: &'static str) -> Alias {
    Alias {
        name,
        stage,
        field: name,
    }
}

impl Shape {
    /// Reads a part of `schema`: its shape, and whether it may be null.
    fn read(part: &Value, schema: &Value) -> (Shape, bool) {
        if let Some(reference) = part["$ref"].as_str() {
            let target = schema
                .pointer(reference.trim_start_matches('#'))
                .unwrap_or(&Value::Null);
            return Shape::read(target, schema);
        }
        // An optional struct or enum is `null` or a reference.
        if let Some(several) = part["oneOf"].as_array() {
            let value = several.iter().find(|one| one["type"] != "null").unwrap_or(&Value::Null);
            return (Shape::read(value, schema).0, several.len() > 1);
        }
        let kinds: Vec<&str> = match &part["type"] {
            Value::String(kind) => vec![kind],
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let shape = match kinds.iter().find(|kind| **kind != "null") {
            Some(&"string") => match part["enum"].as_array() {
                Some(words) => Shape::Word(words.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
                None => Shape::Text,
            },
            Some(&"number") => Shape::Number,
            Some(&"integer") => Shape::Integer,
            Some(&"boolean") => Shape::Flag,
            Some(&"array") => Shape::List(Box::new(Shape::read(&part["items"], schema).0)),
            _ => match part["properties"].as_object() {
                Some(fields) => {
                    let required = part["required"].as_array().map_or(&[][..], Vec::as_slice);
                    let field = |(name, part): (&String, &Value)| {
                        let (shape, nullable) = Shape::read(part, schema);
                        Field {
                            name: name.clone(),
                            shape,
                            nullable: nullable || !required.iter().any(|one| one == name),
                        }
                    };
                    Shape::Object(fields.iter().map(field).collect())
                }
                None => Shape::Opaque,
            },
        };
        (shape, kinds.contains(&"null"))
    }

    /// The field called `name`.
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields().iter().find(|field| field.name == name)
    }

    /// The fields of an object; none of anything else.
    pub(super) fn fields(&self) -> &[Field] {
        match self {
            Shape::Object(fields) => fields,
            _ => &[],
        }
    }

    /// The JSON Schema type.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Shape::Text | Shape::Word(_) => "string",
            Shape::Number => "number",
            Shape::Integer => "integer",
            Shape::Flag => "boolean",
            Shape::Object(_) | Shape::Opaque => "object",
            Shape::List(_) => "array",
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn at(path: &str) -> &'static Field {
        let mut names = path.split('.');
        let first = ANALYSIS.field(names.next().unwrap()).unwrap();
        names.fold(first, |field, name| field.shape.field(name).unwrap())
    }

    #[test]
    fn types_words_and_nullability_come_from_the_schema() {
        for (path, shape, nullable) in [
            ("id", Shape::Text, false),
            ("created", Shape::Integer, false),
            ("company", Shape::Text, true),
            ("as_of", Shape::Text, false),
            ("last_close", Shape::Number, false),
            ("features.rsi_14", Shape::Number, true),
            ("features.sma_50_above_200", Shape::Flag, true),
            ("forecast.samples", Shape::Integer, false),
            ("forecast.median", Shape::List(Box::new(Shape::Number)), false),
            ("sentiment.summary", Shape::Text, true),
            ("chart.data", Shape::List(Box::new(Shape::Opaque)), false),
            ("chart.layout", Shape::Opaque, false),
        ] {
            assert_eq!((&at(path).shape, at(path).nullable), (&shape, nullable), "{path}");
        }
        let words = |words: [&str; 3]| Shape::Word(words.map(str::to_owned).to_vec());
        assert_eq!(at("report.recommendation").shape, words(["buy", "hold", "sell"]));
        assert_eq!(at("features.volatility_class").shape, words(["LOW", "NORMAL", "HIGH"]));
        for stage in ["forecast", "sentiment", "report", "review"] {
            assert!(at(stage).nullable, "{stage}");
        }
        assert!(at("forecast.quantiles").shape.field("0.95").is_some());
        assert!(at("timings").shape.field("total").is_some());
    }

    #[test]
    fn every_alias_names_a_field_and_hides_none() {
        for alias in ALIASES {
            assert!(at(alias.stage).shape.field(alias.field).is_some(), "{}", alias.name);
            assert!(ANALYSIS.field(alias.name).is_none(), "{}", alias.name);
        }
    }
}
