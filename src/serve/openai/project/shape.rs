//! The shape of an Analysis as JSON: which fields there are, of which type, and which may be null. Plain data; a test holds
//! it against `tests/analysis.schema.json`.

/// What stands in one place of the document.
#[derive(Debug)]
pub(super) enum Shape {
    /// Any text.
    Text,
    /// One of a few words.
    Word(&'static [&'static str]),
    /// A number with a fraction.
    Number,
    /// A whole number.
    Integer,
    /// True or false.
    Flag,
    /// Fields.
    Object(&'static [Field]),
    /// Items of one shape.
    List(&'static Shape),
    /// JSON that is passed on whole: the Plotly figure. The flag says whether it is a list.
    Whole { list: bool },
}

/// One field of an object.
#[derive(Debug)]
pub(super) struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub shape: Shape,
    /// Whether it may be null, or missing, which is read as null.
    pub nullable: bool,
}

/// A short name at the top level for what stands deeper.
pub(super) struct Alias {
    /// The short name.
    pub name: &'static str,
    /// The stage's field.
    pub stage: &'static str,
    /// The field in it.
    pub field: &'static str,
}

/// The short names; all but `markdown` and `summary` keep the name that the field has in its stage.
pub(super) const ALIASES: [Alias; 8] = [
    alias("recommendation", "report", "recommendation"),
    alias("markdown", "report", "markdown"),
    alias("direction", "forecast", "direction"),
    alias("expected_return", "forecast", "expected_return"),
    alias("median", "forecast", "median"),
    alias("dates", "forecast", "dates"),
    alias("net_score", "sentiment", "net_score"),
    alias("summary", "sentiment", "summary"),
];

/// The whole document.
pub(super) static ANALYSIS: Shape = Shape::Object(&[
    field("id", Shape::Text),
    field("object", Shape::Text),
    field("created", Shape::Integer),
    field("ticker", Shape::Text),
    nullable("company", Shape::Text),
    field("currency", Shape::Text),
    field("as_of", Shape::Text),
    field("last_close", Shape::Number),
    field(
        "history",
        Shape::List(&Shape::Object(&[
            field("date", Shape::Text),
            field("close", Shape::Number),
        ])),
    ),
    field("features", FEATURES),
    nullable("forecast", FORECAST),
    nullable("sentiment", SENTIMENT),
    nullable("report", REPORT),
    field(
        "chart",
        Shape::Object(&[
            field("data", Shape::Whole { list: true }),
            field("layout", Shape::Whole { list: false }),
        ]),
    ),
    field(
        "models",
        Shape::Object(&[
            nullable("forecaster", MODEL),
            nullable("sentiment", MODEL),
            nullable("reporter", MODEL),
        ]),
    ),
    field("arenas", Shape::List(&ARENA)),
    field(
        "timings",
        Shape::Object(&[
            nullable("gather", Shape::Number),
            nullable("forecast", Shape::Number),
            nullable("sentiment", Shape::Number),
            nullable("report", Shape::Number),
            nullable("total", Shape::Number),
        ]),
    ),
    field(
        "errors",
        Shape::List(&Shape::Object(&[
            field("stage", STAGE),
            field("kind", Shape::Text),
            field("retryable", Shape::Flag),
            field("message", Shape::Text),
        ])),
    ),
    field("warnings", Shape::List(&Shape::Text)),
    field("disclaimer", Shape::Text),
]);

const STAGE: Shape = Shape::Word(&["forecast", "sentiment", "report"]);

const PRICES: Shape = Shape::List(&Shape::Number);

const FEATURES: Shape = Shape::Object(&[
    field("bars", Shape::Integer),
    nullable("mean", Shape::Number),
    nullable("std_dev", Shape::Number),
    nullable("trend", Shape::Word(&["upward", "stable", "downward"])),
    nullable("return_1d", Shape::Number),
    nullable("return_5d", Shape::Number),
    nullable("return_21d", Shape::Number),
    nullable("volatility_daily", Shape::Number),
    nullable("volatility_ewma", Shape::Number),
    nullable("volatility_annual", Shape::Number),
    nullable("volatility_class", Shape::Word(&["LOW", "NORMAL", "HIGH"])),
    nullable("sma_50", Shape::Number),
    nullable("sma_200", Shape::Number),
    nullable("sma_50_above_200", Shape::Flag),
    nullable(
        "sma_cross",
        Shape::Object(&[
            field("kind", Shape::Word(&["golden", "death"])),
            field("date", Shape::Text),
        ]),
    ),
    nullable("momentum_12_1", Shape::Number),
    nullable("rsi_14", Shape::Number),
    nullable("drawdown", Shape::Number),
    nullable("support", Shape::Number),
    nullable("support_touches", Shape::Integer),
    nullable("support_distance", Shape::Number),
    nullable("resistance", Shape::Number),
    nullable("resistance_touches", Shape::Integer),
    nullable("resistance_distance", Shape::Number),
    nullable("gap", Shape::Number),
    nullable("gaps_up", Shape::Integer),
    nullable("gaps_down", Shape::Integer),
    nullable("volume_ratio", Shape::Number),
    nullable("volume_trend", Shape::Word(&["upward", "stable", "downward"])),
]);

const FORECAST: Shape = Shape::Object(&[
    field("dates", Shape::List(&Shape::Text)),
    field("median", PRICES),
    field(
        "quantiles",
        Shape::Object(&[
            nullable("0.05", PRICES),
            field("0.1", PRICES),
            nullable("0.25", PRICES),
            field("0.5", PRICES),
            nullable("0.75", PRICES),
            field("0.9", PRICES),
            nullable("0.95", PRICES),
        ]),
    ),
    field("samples", Shape::Integer),
    field("rejected", Shape::Integer),
    field("direction", Shape::Word(&["bullish", "neutral", "bearish"])),
    field("expected_return", Shape::Number),
    field("prompt_format", Shape::Text),
    field("reliable", Shape::Flag),
    field("warnings", Shape::List(&Shape::Text)),
]);

const SENTIMENT: Shape = Shape::Object(&[
    field(
        "headlines",
        Shape::List(&Shape::Object(&[
            field("title", Shape::Text),
            field("source", Shape::Text),
            field("published_at", Shape::Text),
            nullable("url", Shape::Text),
            field("label", Shape::Word(&["positive", "negative", "neutral"])),
            field("score", Shape::Number),
            field(
                "probabilities",
                Shape::Object(&[
                    field("positive", Shape::Number),
                    field("negative", Shape::Number),
                    field("neutral", Shape::Number),
                ]),
            ),
        ])),
    ),
    field(
        "counts",
        Shape::Object(&[
            field("positive", Shape::Integer),
            field("negative", Shape::Integer),
            field("neutral", Shape::Integer),
        ]),
    ),
    field("net_score", Shape::Number),
    nullable("summary", Shape::Text),
]);

const REPORT: Shape = Shape::Object(&[
    field("markdown", Shape::Text),
    field("recommendation", Shape::Word(&["buy", "hold", "sell"])),
    field(
        "grounding",
        Shape::Object(&[
            field("numbers", Shape::Integer),
            field("supported", Shape::Integer),
            field("unsupported", Shape::List(&Shape::Text)),
            field("repaired", Shape::Integer),
        ]),
    ),
]);

const MODEL: Shape = Shape::Object(&[
    field("id", Shape::Text),
    field("sha256", Shape::Text),
    nullable("trained_until", Shape::Text),
]);

const ARENA: Shape = Shape::Object(&[
    field("stage", STAGE),
    field("model", Shape::Text),
    field("need_bytes", Shape::Integer),
    field("weights_bytes", Shape::Integer),
    field("kv_bytes", Shape::Integer),
    field("compute_bytes", Shape::Integer),
    field("load_ms", Shape::Number),
    field("run_ms", Shape::Number),
    field("prefill_ms", Shape::Number),
    field("decode_ms", Shape::Number),
    field("sample_ms", Shape::Number),
    field("prompt_tokens", Shape::Integer),
    field("decoded_tokens", Shape::Integer),
    field("anon_before", Shape::Integer),
    field("anon_peak", Shape::Integer),
    field("anon_after", Shape::Integer),
    field("file_peak", Shape::Integer),
    field("total_peak", Shape::Integer),
    field("vram_peak", Shape::Integer),
    field("vram_after", Shape::Integer),
    field("freed_bytes", Shape::Integer),
]);

const fn field(name: &'static str, shape: Shape) -> Field {
    Field {
        name,
        shape,
        nullable: false,
    }
}

const fn nullable(name: &'static str, shape: Shape) -> Field {
    Field {
        name,
        shape,
        nullable: true,
    }
}

const fn alias(name: &'static str, stage: &'static str, field: &'static str) -> Alias {
    Alias { name, stage, field }
}

impl Shape {
    /// The field called `name`.
    pub(crate) fn field(&self, name: &str) -> Option<&'static Field> {
        match self {
            Shape::Object(fields) => fields.iter().find(|field| field.name == name),
            _ => None,
        }
    }

    /// For people and programs: the JSON Schema type.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Shape::Text | Shape::Word(_) => "string",
            Shape::Number => "number",
            Shape::Integer => "integer",
            Shape::Flag => "boolean",
            Shape::Object(_) | Shape::Whole { list: false } => "object",
            Shape::List(_) | Shape::Whole { list: true } => "array",
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const SCHEMA: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/analysis.schema.json"));

    /// `shape` and what the schema says at `place`, path by path.
    fn compare(path: &str, shape: &Shape, nullable: bool, place: &Value, schema: &Value, wrong: &mut Vec<String>) {
        let (place, null) = resolved(place, schema);
        let kind = place
            .get("type")
            .map(|kind| kind.as_array().map_or(kind.clone(), |kinds| kinds[0].clone()));
        let kind = kind.unwrap_or(json!("string"));
        if kind != shape.type_name() {
            wrong.push(format!("{path}: {kind} against {}", shape.type_name()));
        }
        if null && !nullable {
            wrong.push(format!("{path} may be null"));
        }
        match shape {
            Shape::Object(fields) => {
                let theirs = place["properties"].as_object().unwrap();
                let mut names: Vec<&str> = theirs.keys().map(String::as_str).collect();
                let mut ours: Vec<&str> = fields.iter().map(|field| field.name).collect();
                names.sort_unstable();
                ours.sort_unstable();
                if names != ours {
                    wrong.push(format!("{path}: {names:?} against {ours:?}"));
                }
                for field in *fields {
                    let required = place["required"]
                        .as_array()
                        .is_some_and(|list| list.contains(&json!(field.name)));
                    if !required && !field.nullable {
                        wrong.push(format!("{path}.{} may be missing", field.name));
                    }
                    if let Some(place) = theirs.get(field.name) {
                        compare(
                            &format!("{path}.{}", field.name),
                            &field.shape,
                            field.nullable,
                            place,
                            schema,
                            wrong,
                        );
                    }
                }
            }
            Shape::List(item) => compare(&format!("{path}[]"), item, false, &place["items"], schema, wrong),
            Shape::Word(words) => {
                let theirs: Vec<&str> = place["enum"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter_map(Value::as_str)
                    .collect();
                if theirs != *words {
                    wrong.push(format!("{path}: {theirs:?} against {words:?}"));
                }
            }
            _ => {}
        }
    }

    /// Follows `$ref` and the `anyOf` of a nullable place.
    fn resolved<'s>(mut place: &'s Value, schema: &'s Value) -> (&'s Value, bool) {
        let mut null = place["type"]
            .as_array()
            .is_some_and(|kinds| kinds.contains(&json!("null")));
        if let Some(several) = place["anyOf"].as_array() {
            null = true;
            place = &several[0];
        }
        if let Some(reference) = place["$ref"].as_str() {
            place = schema.pointer(reference.strip_prefix('#').unwrap()).unwrap();
        }
        (
            place,
            null || place["enum"].as_array().is_some_and(|list| list.contains(&Value::Null)),
        )
    }

    #[test]
    fn the_shape_is_that_of_the_published_schema() {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        let mut wrong = Vec::new();
        compare("", &ANALYSIS, false, &schema, &schema, &mut wrong);
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn every_alias_names_a_field_and_hides_none() {
        for alias in ALIASES {
            let stage = ANALYSIS.field(alias.stage).unwrap();
            assert!(stage.shape.field(alias.field).is_some(), "{}", alias.name);
            assert!(ANALYSIS.field(alias.name).is_none(), "{}", alias.name);
        }
    }
}
