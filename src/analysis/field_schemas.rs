//! Schemas of fields that are maps in Rust and have fixed keys in JSON: the quantiles of a forecast and the timings of a run.

use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};

use super::stage::StageName;

/// The quantile levels of a forecast with their JSON keys.
pub const QUANTILE_LEVELS: [(&str, f64); 7] = [
    ("0.05", 0.05),
    ("0.1", 0.1),
    ("0.25", 0.25),
    ("0.5", 0.5),
    ("0.75", 0.75),
    ("0.9", 0.9),
    ("0.95", 0.95),
];

/// The schema of a forecast's quantiles: one list of prices for each level.
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

/// The schema of a run's timings in milliseconds: gathering, each stage that ran, and the total.
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
        // A stage added later reports its own time.
        .additional_properties(Some(Schema::from(milliseconds)))
        .into()
}
