//! Schemas as clients write them, and hostile ones, against an Analysis with and without its stages.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn analysis() -> Value {
    json!({
        "id": "analysis-0", "object": "analysis", "created": 1, "ticker": "AAPL", "company": null, "currency": "USD",
        "as_of": "2013-03-01", "last_close": 61.5, "history": [{"date": "2013-03-01", "close": 61.5}],
        "features": {"bars": 300, "mean": 60.0, "trend": "upward", "rsi_14": null, "sma_50_above_200": true},
        "forecast": {
            "dates": ["2013-03-04", "2013-03-05"], "median": [62.0, 63.0],
            "quantiles": {"0.1": [60.0, 60.0], "0.5": [62.0, 63.0], "0.9": [64.0, 66.0]},
            "samples": 20, "rejected": 1, "direction": "bullish", "expected_return": 0.024, "prompt_format": "stats-v2",
            "reliable": true, "warnings": []
        },
        "sentiment": {
            "headlines": [
                {"title": "Up", "source": "X", "published_at": "2013-03-01T10:00:00Z", "url": null, "label": "positive",
                 "score": 0.9, "probabilities": {"positive": 0.9, "negative": 0.05, "neutral": 0.05}},
                {"title": "Down", "source": "Y", "published_at": "2013-03-01T09:00:00Z", "url": "https://example.org",
                 "label": "negative", "score": 0.8, "probabilities": {"positive": 0.1, "negative": 0.8, "neutral": 0.1}}
            ],
            "counts": {"positive": 1, "negative": 1, "neutral": 0}, "net_score": 0.075, "summary": null
        },
        "report": {"markdown": "## Summary", "recommendation": "buy",
                   "grounding": {"numbers": 0, "supported": 0, "unsupported": [], "repaired": 0}},
        "chart": {"data": [{"type": "scatter"}], "layout": {"title": {"text": "AAPL"}}},
        "models": {"forecaster": {"id": "m", "sha256": "0"}, "sentiment": null, "reporter": null},
        "arenas": [], "timings": {"total": 1.5}, "errors": [], "warnings": [], "disclaimer": "no advice"
    })
}

fn object(properties: Value) -> Value {
    let required: Vec<&String> = properties.as_object().unwrap().keys().collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

/// Projects, and holds the result against the schema itself.
fn projected(schema: &Value) -> Value {
    let value = project(schema, &analysis()).unwrap();
    assert!(jsonschema::is_valid(schema, &value), "{value} is not of {schema}");
    value
}

fn refused(schema: &Value) -> String {
    let error = check(schema).unwrap_err();
    assert!(
        matches!(&error, ApiError::Invalid { param: Some(param), .. } if param == PARAM),
        "{error:?}"
    );
    error.to_string()
}

#[test]
fn only_the_properties_asked_for_are_given_at_every_level() {
    let schema = object(json!({
        "ticker": {"type": "string"},
        "created": {"type": "number"},
        "last_close": {"type": "number"},
        "forecast": object(json!({"direction": {"type": "string"}, "median": {"type": "array", "items": {"type": "number"}}})),
        "sentiment": object(json!({"headlines": {"type": "array", "items": object(json!({
            "title": {"type": "string"}, "label": {"type": "string", "enum": ["positive", "negative", "neutral"]}
        }))}})),
    }));
    assert_eq!(
        projected(&schema),
        json!({
            "ticker": "AAPL", "created": 1, "last_close": 61.5,
            "forecast": {"direction": "bullish", "median": [62.0, 63.0]},
            "sentiment": {"headlines": [{"title": "Up", "label": "positive"}, {"title": "Down", "label": "negative"}]}
        })
    );
}

#[test]
fn short_names_at_the_top_stand_for_what_lies_deeper() {
    let schema = object(json!({
        "recommendation": {"type": "string"}, "markdown": {"type": "string"}, "direction": {"type": "string"},
        "expected_return": {"type": "number"}, "median": {"type": "array"}, "dates": {"type": "array"},
        "net_score": {"type": "number"}, "summary": {"type": ["string", "null"]},
    }));
    assert_eq!(
        projected(&schema),
        json!({
            "recommendation": "buy", "markdown": "## Summary", "direction": "bullish", "expected_return": 0.024,
            "median": [62.0, 63.0], "dates": ["2013-03-04", "2013-03-05"], "net_score": 0.075, "summary": null
        })
    );
}

#[test]
fn schemas_as_the_clients_libraries_write_them_are_understood() {
    let schema = json!({
        "$defs": {
            "Call": {"type": "string", "title": "Call", "enum": ["BUY", "HOLD", "SELL"]},
            "Report": {"type": "object", "properties": {"recommendation": {"$ref": "#/$defs/Call"}},
                       "required": ["recommendation"], "additionalProperties": false}
        },
        "type": "object", "title": "Answer", "description": "x",
        "properties": {
            "company": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": null, "title": "Company"},
            "report": {"anyOf": [{"$ref": "#/$defs/Report"}, {"type": "null"}]},
            "call": {"allOf": [{"$ref": "#/$defs/Call"}]},
            "quantiles": {"type": "object"}
        },
        "required": ["company", "report"], "additionalProperties": false
    });
    assert!(refused(&schema).contains("`call`"));
    let mut schema = schema;
    let properties = schema["properties"].as_object_mut().unwrap();
    properties.remove("quantiles");
    let call = properties.remove("call").unwrap();
    properties.insert("recommendation".to_owned(), call);
    properties.insert(
        "direction".to_owned(),
        json!({"anyOf": [{"const": "Bullish"}, {"const": "Neutral"}, {"const": "Bearish"}]}),
    );
    assert_eq!(
        projected(&schema),
        json!({"company": null, "report": {"recommendation": "BUY"}, "recommendation": "BUY", "direction": "Bullish"})
    );
}

#[test]
fn maps_lists_and_objects_without_properties_are_given_as_they_are() {
    let schema = object(json!({
        "forecast": object(json!({"quantiles": {
            "type": "object", "additionalProperties": {"anyOf": [{"type": "array", "items": {"type": "number"}}, {"type": "null"}]}
        }})),
        "report": {"type": "object"},
        "chart": object(json!({"data": {"type": "array", "items": {}}, "layout": {"type": "object"}})),
        "timings": {},
    }));
    let value = projected(&schema);
    assert_eq!(value["forecast"]["quantiles"]["0.9"], json!([64.0, 66.0]));
    assert_eq!(value["report"], analysis()["report"]);
    assert_eq!(value["chart"], analysis()["chart"]);
    assert_eq!(value["timings"]["total"], 1.5);
    assert_eq!(
        projected(&json!({"type": "object", "additionalProperties": false})),
        json!({})
    );
}

#[test]
fn the_whole_analysis_can_be_asked_for() {
    let value = projected(&json!({"type": "object"}));
    let whole = analysis();
    assert_eq!(value["sentiment"], whole["sentiment"]);
    assert_eq!(value.as_object().unwrap().len(), whole.as_object().unwrap().len());
}

#[test]
fn a_property_that_an_analysis_does_not_have_is_refused_by_name_even_where_it_is_optional() {
    let text = refused(&json!({"type": "object", "properties": {"price_target": {"type": "number"}}}));
    assert!(
        text.starts_with("an analysis has no `price_target`; it has id, object, "),
        "{text}"
    );
    assert!(text.ends_with("net_score, summary"), "{text}");
    let text = refused(&object(json!({"forecast": object(json!({"low": {"type": "number"}}))})));
    assert!(
        text.starts_with("`forecast` has no `low`; it has dates, median, "),
        "{text}"
    );
    let text = refused(&json!({"type": "object", "properties": {}, "required": ["mood"]}));
    assert!(text.contains("no `mood`"), "{text}");
    let text = refused(&object(
        json!({"sentiment": object(json!({"headlines": {"items": object(json!({"mood": {}}))}}))}),
    ));
    assert!(text.starts_with("`sentiment.headlines[]` has no `mood`"), "{text}");
}

#[test]
fn a_type_that_a_field_never_has_is_refused_before_the_run() {
    for (schema, told) in [
        (
            json!({"last_close": {"type": "string"}}),
            "`last_close` is of type number; the schema wants string",
        ),
        (
            json!({"last_close": {"type": "integer"}}),
            "`last_close` is of type number; the schema wants integer",
        ),
        (
            json!({"report": {"type": "string"}}),
            "`report` is of type object; the schema wants string",
        ),
        (json!({"ticker": {"type": "null"}}), "`ticker` is never null"),
        (
            json!({"recommendation": {"enum": ["buy", "sell"]}}),
            "leaves out `hold`; it can be buy, hold, sell",
        ),
        (json!({"recommendation": {"enum": [1, 2]}}), "leaves out `buy`"),
        (
            json!({"chart": object(json!({"layout": object(json!({"title": {}}))}))}),
            "`chart.layout` is given as a whole",
        ),
        (
            json!({"last_close": {"type": "number", "maximum": 5}}),
            "`last_close`: the keyword `maximum` cannot be honoured",
        ),
        (
            json!({"ticker": {"type": "string", "pattern": "(a+)+$"}}),
            "the keyword `pattern`",
        ),
        (
            json!({"ticker": {"$ref": "#/$defs/None"}}),
            "the `$ref` of `ticker` leads nowhere",
        ),
        (json!({"ticker": {"$ref": "https://example.org/x"}}), "leads nowhere"),
        (json!({"ticker": {"$ref": "#/properties/ticker"}}), "refers to itself"),
        (json!({"ticker": {"anyOf": []}}), "the `anyOf` of `ticker`"),
        (json!({"ticker": {"type": "string", "anyOf": [{}]}}), "must stand alone"),
        (json!({"ticker": true}), "the schema of `ticker` is no object"),
    ] {
        let text = refused(&object(schema));
        assert!(text.contains(told), "{text}");
    }
    assert!(refused(&json!([])).contains("the schema of the analysis is no object"));
    assert!(refused(&json!({"type": "array"})).contains("the analysis is of type object; the schema wants array"));
}

#[test]
fn a_schema_that_doubles_at_every_step_ends() {
    let mut definitions = Map::new();
    for n in 0..60 {
        let next = json!({"$ref": format!("#/$defs/n{}", n + 1)});
        definitions.insert(format!("n{n}"), json!({"anyOf": [next, next]}));
    }
    definitions.insert("n60".to_owned(), json!({"type": "null"}));
    let text =
        refused(&json!({"$defs": definitions, "type": "object", "properties": {"ticker": {"$ref": "#/$defs/n0"}}}));
    assert!(text.contains("too large"), "{text}");
}

#[test]
fn a_failed_stage_is_null_where_the_schema_admits_it_and_else_an_error_that_says_so() {
    let mut failed = analysis();
    failed["forecast"] = Value::Null;
    failed["errors"] = json!([{"stage": "forecast", "message": "out of memory"}]);
    let loose = object(
        json!({"direction": {"type": ["string", "null"]}, "forecast": {"anyOf": [{"type": "object"}, {"type": "null"}]}}),
    );
    assert_eq!(
        project(&loose, &failed).unwrap(),
        json!({"direction": null, "forecast": null})
    );
    for strict in [
        json!({"direction": {"type": "string"}}),
        json!({"forecast": {"type": "object"}}),
    ] {
        let error = project(&object(strict), &failed).unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, ApiError::Engine(_)), "{text}");
        assert!(
            text.starts_with("the forecast stage failed") && text.ends_with("out of memory"),
            "{text}"
        );
    }
}

#[test]
fn a_field_that_happens_to_be_null_is_told_by_name() {
    let schema = object(json!({"features": object(json!({"rsi_14": {"type": "number"}}))}));
    let error = project(&schema, &analysis()).unwrap_err();
    assert!(
        matches!(&error, ApiError::Engine(text) if text.starts_with("`features.rsi_14` has no value")),
        "{error}"
    );
    let schema = object(json!({"ticker": {"enum": ["MSFT"]}}));
    let error = project(&schema, &analysis()).unwrap_err();
    assert!(
        matches!(&error, ApiError::Engine(text) if text.starts_with("`ticker` has a value that")),
        "{error}"
    );
}

fn any_schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!({})),
        Just(json!({"type": "string"})),
        Just(json!({"type": ["number", "null"]})),
        Just(json!({"type": "integer"})),
        Just(json!({"type": "null"})),
        Just(json!({"enum": ["buy", "HOLD", "sell", null]})),
        Just(json!({"$ref": "#"})),
        Just(json!({"const": 1.5})),
    ];
    let name = prop_oneof![
        Just("ticker"),
        Just("company"),
        Just("last_close"),
        Just("forecast"),
        Just("median"),
        Just("recommendation"),
        Just("sentiment"),
        Just("headlines"),
        Just("summary"),
        Just("report"),
        Just("features"),
        Just("url"),
        Just("nonsense"),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec((name.clone(), inner.clone()), 0..4).prop_map(|fields| {
                let properties: Map<String, Value> = fields
                    .into_iter()
                    .map(|(name, schema)| (name.to_owned(), schema))
                    .collect();
                json!({"type": "object", "properties": properties})
            }),
            inner.clone().prop_map(|items| json!({"type": "array", "items": items})),
            inner.clone().prop_map(|more| json!({"additionalProperties": more})),
            prop::collection::vec(inner, 1..3).prop_map(|several| json!({"anyOf": several})),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_given_is_of_the_schema(schema in any_schema()) {
        if let Ok(value) = project(&schema, &analysis()) {
            // Case is no difference to the projection, but the spelling is the schema's.
            prop_assert!(jsonschema::is_valid(&schema, &value), "{} is not of {}", value, schema);
        }
    }
}
