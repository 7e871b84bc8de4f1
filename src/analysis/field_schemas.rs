//! Schemas of fields that a map holds in Rust and that have known names in JSON: the quantiles of a forecast, the times of a run.

use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};

use super::stage::StageName;

/// The quantile levels of a forecast, by their names in JSON.
pub const QUANTILE_LEVELS: [(&str, f64); 7] = [
    ("0.05", 0.05),
    ("0.1", 0.1),
    ("0.25", 0.25),
    ("0.5", 0.5),
    ("0.75", 0.75),
    ("0.9", 0.9),
    ("0.95", 0.95),
];

/// One list of prices for each quantile level.
pub(super) fn quantiles() -> Schema {
    let prices = ArrayBuilder::new()
        .items(
            ObjectBuilder::new()
                .schema_type(Type::Number)
                .exclusive_minimum(Some(0)),
        )
        .min_items(Some(1))
        .build();
    let object = ObjectBuilder::new().description(Some("Quantile level to one price a date."));
    QUANTILE_LEVELS
        .iter()
        .fold(object, |object, (level, _)| object.property(*level, prices.clone()))
        .into()
}

/// Milliseconds of gathering, of each stage that ran, and in all.
pub(super) fn timings() -> Schema {
    let milliseconds = ObjectBuilder::new().schema_type(Type::Number).minimum(Some(0)).build();
    let stages = [StageName::FORECAST, StageName::SENTIMENT, StageName::REPORT].map(|stage| stage.to_string());
    let names = ["gather".to_owned()]
        .into_iter()
        .chain(stages)
        .chain(["total".to_owned()]);
    let object = ObjectBuilder::new().description(Some("Milliseconds by name; a stage that did not run is absent."));
    names
        .fold(object, |object, name| object.property(name, milliseconds.clone()))
        // A further stage has a time of its own.
        .additional_properties(Some(Schema::from(milliseconds)))
        .into()
}
