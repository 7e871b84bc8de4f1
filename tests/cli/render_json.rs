//! The JSON output follows the generated schema and its figure follows `tests/figure.schema.json`; both schemas are strict, and
//! the output can be read back.

use crate::failures::sample_of_failures;
use crate::sample::sample;
use jsonschema::Validator;
use serde_json::{Value, json};

use tripod::analysis::{Analysis, schema};
use tripod::render::json;

fn figure_schema() -> Value {
    serde_json::from_str(include_str!("../figure.schema.json")).unwrap()
}

fn validator(schema: &Value) -> Validator {
    jsonschema::draft202012::options()
        .should_validate_formats(true)
        .build(schema)
        .unwrap()
}

fn is_valid(document: &Value) -> bool {
    validator(&schema()).is_valid(document) && validator(&figure_schema()).is_valid(&document["chart"])
}

fn document(analysis: &Analysis) -> Value {
    serde_json::from_str(&json(analysis).unwrap()).unwrap()
}

#[track_caller]
fn assert_valid(document: &Value) {
    for (schema, part) in [(schema(), document), (figure_schema(), &document["chart"])] {
        let faults: Vec<String> = validator(&schema)
            .iter_errors(part)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert_eq!(faults, Vec::<String>::new());
    }
}

#[test]
fn the_schemas_are_valid_ones() {
    assert!(jsonschema::meta::is_valid(&schema()));
    assert!(jsonschema::meta::is_valid(&figure_schema()));
}

#[test]
fn a_full_analysis_holds_to_the_schema() {
    assert_valid(&document(&sample()));
}

#[test]
fn an_analysis_without_any_stage_holds_to_it_too() {
    assert_valid(&document(&sample_of_failures()));
}

#[test]
fn json_reads_back_as_the_same_analysis() {
    let analysis = sample();
    let back: Analysis = serde_json::from_str(&json(&analysis).unwrap()).unwrap();
    assert!(back == analysis, "a field changed on the way");
}

#[test]
fn the_document_ends_in_a_newline() {
    assert!(json(&sample()).unwrap().ends_with("}\n"));
}

/// Every object in the schemas, at any depth, names its members and allows no others, but for the numbers of further stages.
#[test]
fn no_object_of_the_schemas_admits_unknown_members() {
    fn walk(value: &Value, path: &str, open: &mut Vec<String>) {
        let members = value.get("additionalProperties");
        let is_closed = members == Some(&json!(false)) || members.is_some_and(|one| one["type"] == "number");
        if value.get("properties").is_some() && !is_closed {
            open.push(path.to_owned());
        }
        if let Value::Object(members) = value {
            members
                .iter()
                .for_each(|(name, member)| walk(member, &format!("{path}/{name}"), open));
        }
        if let Value::Array(items) = value {
            items
                .iter()
                .enumerate()
                .for_each(|(place, item)| walk(item, &format!("{path}/{place}"), open));
        }
    }
    let mut open = Vec::new();
    walk(&schema(), "", &mut open);
    walk(&figure_schema(), "", &mut open);
    assert_eq!(open, Vec::<String>::new());
}

#[test]
fn a_broken_field_is_caught_wherever_it_is() {
    let breaks = [
        ("/object", json!("analyses")),
        ("/id", json!("17")),
        ("/currency", json!("dollars")),
        ("/as_of", json!("2013-02-30")),
        ("/last_close", json!(0)),
        ("/history/0/close", json!("61.2")),
        ("/features/rsi_14", json!(101)),
        ("/features/drawdown", json!(0.1)),
        ("/features/volatility_class", json!("high")),
        ("/forecast/dates/3", json!("soon")),
        ("/forecast/median", json!([])),
        ("/forecast/quantiles/0.9/0", json!(null)),
        ("/forecast/direction", json!("up")),
        ("/forecast/samples", json!(1.5)),
        ("/sentiment/headlines/0/label", json!("POSITIVE")),
        ("/sentiment/headlines/0/published_at", json!("yesterday")),
        ("/sentiment/headlines/0/url", json!("javascript:alert(1)")),
        ("/sentiment/headlines/0/probabilities/neutral", json!(1.2)),
        ("/sentiment/net_score", json!(-2)),
        ("/report/recommendation", json!("maybe")),
        ("/report/grounding/numbers", json!(-1)),
        ("/chart/data/0/x/0", json!("today")),
        ("/chart/layout/xaxis/type", json!("linear")),
        ("/models/reporter/sha256", json!("b179")),
        ("/arenas/0/stage", json!(1)),
        ("/arenas/0/need_bytes", json!(-1)),
        ("/timings/total", json!("fast")),
        ("/warnings/0", json!(1)),
        ("/disclaimer", json!(null)),
    ];
    let whole = document(&sample());
    for (path, value) in breaks {
        let mut broken = whole.clone();
        *broken
            .pointer_mut(path)
            .unwrap_or_else(|| panic!("{path} does not exist")) = value;
        assert!(!is_valid(&broken), "{path}");
    }
}

#[test]
fn a_missing_or_an_unknown_member_is_caught_in_every_object() {
    fn objects(value: &Value, path: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                found.push(path.to_owned());
                members
                    .iter()
                    .for_each(|(name, member)| objects(member, &format!("{path}/{name}"), found));
            }
            Value::Array(items) if !items.is_empty() => objects(&items[0], &format!("{path}/0"), found),
            _ => {}
        }
    }
    let whole = document(&sample());
    let mut paths = Vec::new();
    objects(&whole, "", &mut paths);
    assert!(paths.len() > 20, "{paths:?}");
    for path in paths {
        let mut more = whole.clone();
        // A further stage has a time of its own; it is a number.
        more.pointer_mut(&path).unwrap()["unknown"] = json!("more");
        assert!(!is_valid(&more), "an unknown member of {path:?}");

        // Timings of stages that did not run are absent; the outer quantiles may be absent too.
        if path != "/timings" && path != "/forecast/quantiles" {
            let mut less = whole.clone();
            let members = less.pointer_mut(&path).and_then(Value::as_object_mut).unwrap();
            let first = members.keys().next().unwrap().clone();
            members.shift_remove(&first);
            assert!(!is_valid(&less), "{first} missing from {path:?}");
        }
    }
}
