//! Schemas that are honoured, schemas that are refused, and that no JSON makes the check panic.

#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::keywords::pattern_beside;
use super::*;
use crate::engine::draw_from_schema;

/// What the engine gets.
fn checked(schema: &Value) -> Value {
    match grammar(schema, false, "p").unwrap() {
        Grammar::JsonSchema(text) => serde_json::from_str(&text).unwrap(),
        Grammar::Pattern(_) | Grammar::Calls(_) => panic!("a schema is expected"),
    }
}

/// Draws answers from what the engine admits and holds them against the client's schema; says which is wrong.
fn unfit(schema: &Value, answers: u64) -> Option<String> {
    let validator = jsonschema::draft202012::options()
        .should_validate_formats(true)
        .build(schema)
        .unwrap();
    let read = checked(schema);
    let mut ended = 0;
    for seed in 0..answers {
        let Some(text) = draw_from_schema(&read, seed).unwrap() else {
            continue;
        };
        ended += 1;
        let answer: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        if !validator.is_valid(&answer) {
            return Some(format!("{text} is not of {schema}"));
        }
    }
    (ended * 2 <= answers).then(|| format!("{ended} of {answers} answers of {schema} ended"))
}

fn follows(schema: &Value, answers: u64) {
    assert_eq!(unfit(schema, answers), None);
}

fn refusal(schema: &Value) -> String {
    let error = grammar(schema, false, "p").unwrap_err();
    assert_eq!(error.body().error.param.as_deref(), Some("p"));
    error.to_string()
}

fn strict(schema: &Value) -> Result<Grammar, String> {
    grammar(schema, true, "p").map_err(|error| error.to_string())
}

/// An object with one required property.
fn with(property: Value) -> Value {
    json!({"type": "object", "properties": {"a": property}, "required": ["a"], "additionalProperties": false})
}

#[test]
fn a_schema_as_pydantic_writes_it_is_taken() {
    let schema = json!({
        "$defs": {"Leg": {
            "title": "Leg",
            "type": "object",
            "properties": {
                "side": {"const": "buy", "title": "Side", "type": "string"},
                "size": {"type": "integer", "exclusiveMinimum": 0},
            },
            "required": ["side", "size"],
            "additionalProperties": false,
        }},
        "title": "Plan",
        "type": "object",
        "properties": {
            "legs": {"type": "array", "items": {"$ref": "#/$defs/Leg", "description": "all"}, "maxItems": 5},
            "note": {"anyOf": [{"type": "string", "maxLength": 80}, {"type": "null"}], "default": null},
            "day": {"type": "string", "format": "date"},
            "risk": {"enum": ["low", "high"], "type": "string"},
            "odds": {"type": ["number", "null"]},
        },
        "required": ["legs", "risk"],
    });
    assert_eq!(
        checked(&schema),
        json!({
            "type": "object",
            "properties": {
                "legs": {"type": "array", "items": {"$ref": "#/$defs/Leg"}, "maxItems": 5},
                "note": {"anyOf": [{"type": "string", "maxLength": 80}, {"type": "null"}]},
                "day": {"type": "string", "format": "date", "pattern": pattern_beside("date")},
                "risk": {"enum": ["low", "high"], "type": "string"},
                "odds": {"type": ["number", "null"]},
            },
            "required": ["legs", "risk"],
            "additionalProperties": false,
            "$defs": {"Leg": {
                "type": "object",
                "properties": {
                    "side": {"const": "buy", "type": "string"},
                    "size": {"type": "integer", "exclusiveMinimum": 0},
                },
                "required": ["side", "size"],
                "additionalProperties": false,
            }},
        })
    );
    follows(&schema, 20);
}

#[test]
fn answers_follow_every_keyword_that_is_taken() {
    let properties = [
        json!({"type": "string", "pattern": "^[A-Z]{1,5}(\\.[A-Z])?$"}),
        json!({"type": "string", "pattern": "\\d\"", "maxLength": 6}),
        json!({"type": "string", "format": "date-time"}),
        json!({"type": "string", "format": "date"}),
        json!({"type": "string", "format": "time"}),
        json!({"type": "string", "format": "duration"}),
        json!({"type": "string", "format": "email"}),
        json!({"type": "string", "format": "hostname"}),
        json!({"type": "string", "format": "ipv6"}),
        json!({"type": "string", "format": "uri"}),
        json!({"type": "string", "format": "uuid"}),
        json!({"type": "string", "format": "ipv4", "pattern": "^1"}),
        json!({"type": "string", "minLength": 3, "maxLength": 4}),
        json!({"type": "number", "minimum": -1.5, "maximum": 2.25}),
        json!({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}),
        json!({"type": "number", "minimum": 0.1}),
        json!({"type": "number", "maximum": -3}),
        json!({"type": "number", "multipleOf": 0.25, "minimum": 0, "maximum": 10}),
        json!({"type": "integer", "minimum": 205}),
        json!({"type": "integer", "minimum": -7, "exclusiveMaximum": 1000, "multipleOf": 7}),
        json!({"type": ["integer", "string", "null"], "minimum": 3, "maxLength": 2}),
        json!({"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 3}),
        json!({"type": "array", "prefixItems": [{"const": "x"}, {"type": "null"}], "items": false, "minItems": 2}),
        json!({"type": "array", "items": {"enum": [1, 2.5, "a", null, [true], {"k": "v"}]}, "maxItems": 4}),
        json!({"enum": ["a\"b", "é\n", "\u{7f}"]}),
        json!({"const": {"a": [1, {"b": null}]}}),
        json!({"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 1, "maxProperties": 3}),
        json!({"type": "object", "patternProperties": {"^x": {"const": 1}, "^y": {"const": 2}}, "additionalProperties": false}),
        json!({"type": "object", "properties": {"a": {"type": "string"}, "é\"": true}, "additionalProperties": {"type": "null"}}),
        json!({"type": "object", "properties": {"a": true, "b": true}, "minProperties": 1, "additionalProperties": false}),
        json!({"type": "object", "properties": {"": {"type": "null"}, "*": {"type": "null"}, "root": {}}}),
        json!({"anyOf": [{"type": "integer"}, {"type": "object", "properties": {"b": {"type": "null"}}, "required": ["b"]}]}),
        json!({"oneOf": [{"type": "string", "maxLength": 3}, {"type": "boolean"}]}),
        json!({"allOf": [{"type": "integer", "minimum": 3}, {"maximum": 5}]}),
        json!({"allOf": [
            {"type": "object", "properties": {"b": {"type": "null"}}, "required": ["b"]},
            {"properties": {"c": {"type": "boolean"}}, "required": ["c"], "maxProperties": 2},
        ]}),
        json!({"type": "object", "properties": {"b": {"const": 1}, "c": {"const": 2}}, "anyOf": [{"required": ["b"]}, {"required": ["c"]}]}),
        json!({"type": "object", "properties": {"b": {"const": 1}}, "required": ["b", "c"]}),
    ];
    let unfit: Vec<String> = properties
        .into_iter()
        .filter_map(|property| unfit(&with(property), 12))
        .collect();
    assert!(unfit.is_empty(), "{}", unfit.join("\n"));
}

#[test]
fn alternatives_behind_references_exclude_each_other_by_a_constant() {
    let pet = |kind: &str, more: Value| json!({"type": "object", "properties": {"kind": {"const": kind}, "of": more}, "required": ["kind"], "additionalProperties": false});
    let mut schema = with(json!({"oneOf": [{"$ref": "#/$defs/cat"}, {"$ref": "#/$defs/dog"}]}));
    schema["$defs"] =
        json!({"cat": pet("cat", json!({"type": "integer"})), "dog": pet("dog", json!({"type": "null"}))});
    follows(&schema, 12);
}

#[test]
fn a_schema_may_refer_to_itself() {
    let tree = json!({
        "type": "object",
        "properties": {"name": {"type": "string", "maxLength": 3}, "children": {"type": "array", "items": {"$ref": "#"}}},
        "required": ["name"],
    });
    follows(&tree, 20);
    let mut list = with(json!({"$ref": "#/$defs/node"}));
    list["$defs"] = json!({"node": {"anyOf": [{"type": "null"}, with(json!({"$ref": "#/$defs/node"}))]}});
    follows(&list, 20);
}

#[test]
fn an_object_that_lists_its_properties_is_closed_where_nothing_else_adds_to_it() {
    let open = json!({"type": "object", "properties": {"b": {"type": "null"}}});
    let closed = json!({"type": "object", "properties": {"b": {"type": "null"}}, "additionalProperties": false});
    assert_eq!(checked(&with(open.clone()))["properties"]["a"], closed);
    assert_eq!(
        checked(&with(json!({"allOf": [open]})))["properties"]["a"]["allOf"][0],
        closed
    );
    let combined = json!({"allOf": [open, {"required": ["c"]}]});
    assert_eq!(checked(&with(combined.clone()))["properties"]["a"], combined);
    for kept in [
        json!({"type": "object"}),
        json!({"type": "object", "properties": {}}),
        json!({"type": "object", "properties": {"b": {}}, "required": ["c"]}),
        json!({"type": "object", "properties": {"b": {}}, "additionalProperties": true}),
        json!({"type": "object", "properties": {"b": {}}, "patternProperties": {"^x": {}}}),
    ] {
        assert_eq!(checked(&with(kept.clone()))["properties"]["a"], kept);
    }
}

#[test]
fn what_would_be_ignored_or_is_wrong_is_refused_with_its_keyword_and_path() {
    for (schema, keyword) in [
        (json!({"type": "string", "format": "regex"}), "format"),
        (json!({"type": "string", "pattern": "a".repeat(501)}), "pattern"),
        (json!({"type": "array", "uniqueItems": true}), "uniqueItems"),
        (json!({"type": "array", "contains": {}}), "contains"),
        (json!({"type": "object", "dependentRequired": {}}), "dependentRequired"),
        (json!({"type": "object", "propertyNames": {}}), "propertyNames"),
        (
            json!({"type": "object", "unevaluatedProperties": false}),
            "unevaluatedProperties",
        ),
        (json!({"type": "object", "minProperties": 2}), "minProperties"),
        (json!({"type": "object", "x-guidance": {}}), "x-guidance"),
        (json!({"type": "string", "nullable": true}), "nullable"),
        (json!({"not": {}}), "not"),
        (json!({"if": {}}), "if"),
        (json!({"anyOf": []}), "anyOf"),
        (json!({"enum": []}), "enum"),
        (json!({"enum": [12_345_678_901_234_567_u64]}), "enum"),
        (json!({"const": 1e-30}), "const"),
        (json!({"type": "decimal"}), "type"),
        (json!({"type": []}), "type"),
        (json!({"type": 3}), "type"),
        (json!({"minimum": "1"}), "minimum"),
        (json!({"minimum": 1_000_000_000_000_000_i64}), "minimum"),
        (json!({"exclusiveMinimum": true}), "exclusiveMinimum"),
        (json!({"multipleOf": 0}), "multipleOf"),
        (json!({"multipleOf": 0.0001}), "multipleOf"),
        (json!({"required": [1]}), "required"),
        (json!({"properties": []}), "properties"),
    ] {
        let message = refusal(&with(schema.clone()));
        assert!(message.starts_with("#/properties/a"), "{schema}: {message}");
        assert!(message.contains(&format!("`{keyword}`")), "{schema}: {message}");
    }
    assert_eq!(
        refusal(&with(json!({"type": "array", "items": [{}]}))),
        "#/properties/a/items: a schema must be an object, true or false"
    );
}

#[test]
fn the_root_must_be_an_object() {
    for root in [
        json!(null),
        json!([]),
        json!({}),
        json!({"type": "string"}),
        json!({"type": ["object", "null"]}),
        json!({"anyOf": [{"type": "object"}]}),
    ] {
        assert!(grammar(&root, false, "p").is_err(), "{root}");
    }
}

#[test]
fn references_must_be_to_own_definitions_and_come_to_an_end() {
    let document = |target: &str, definitions: Value| json!({"type": "object", "properties": {"a": {"$ref": target}}, "$defs": definitions});
    for target in [
        "#/$defs/b",
        "#/properties/a",
        "https://example.com/s",
        "#/$defs/x/y",
        "#/$defs/x~1y",
        "#/$defs/circle",
        "",
    ] {
        let definitions =
            json!({"x": {"y": {}}, "x/y": {}, "circle": {"$ref": "#/$defs/back"}, "back": {"$ref": "#/$defs/circle"}});
        let message = refusal(&document(target, definitions));
        assert!(message.contains("`$ref`"), "{message}");
    }
    let mut chained = document(
        "#/$defs/x",
        json!({"x": {"$ref": "#/definitions/y"}, "unused": {"wrong": 1}}),
    );
    chained["definitions"] = json!({"y": {"type": "boolean"}});
    chained["properties"]["b"] = json!({"$ref": "#/definitions/y"});
    follows(&chained, 4);
    chained["definitions"]["y"]["wrong"] = json!(1);
    assert!(refusal(&chained).starts_with("#/definitions/y: the keyword `wrong`"));
}

#[test]
fn sizes_are_bounded() {
    let array = |items: Value| json!({"type": "array", "items": items});
    let buried = (0..400).fold(json!(1), |inner, _| json!([inner]));
    assert!(refusal(&with(json!({"const": buried}))).contains("deeper"));
    assert!(refusal(&with((0..65).fold(json!({}), |inner, _| array(inner)))).contains("deeper"));
    assert!(grammar(&with((0..60).fold(json!({}), |inner, _| array(inner))), false, "p").is_ok());

    let properties = |count: usize, schema: Value| {
        let properties: Map<String, Value> = (0..count).map(|i| (format!("p{i}"), schema.clone())).collect();
        json!({"type": "object", "properties": properties})
    };
    assert!(grammar(&properties(200, json!({})), false, "p").is_ok());
    assert!(refusal(&properties(201, json!({}))).contains("`properties`"));
    assert!(refusal(&properties(150, array(array(array(array(array(array(json!({}))))))))).contains("parts"));
    assert!(refusal(&json!({"type": "object", "properties": {"x".repeat(201): {}}})).contains("`properties`"));

    let strings: Vec<String> = (0..501).map(|i| i.to_string()).collect();
    assert!(refusal(&with(json!({"enum": strings}))).contains("`enum`"));
    assert!(grammar(&with(json!({"enum": &strings[1..]})), false, "p").is_ok());
    assert!(refusal(&with(json!({"const": "x".repeat(1_000)}))).contains("1000 bytes"));
    assert!(refusal(&with(json!({"description": "x".repeat(66_000)}))).contains("bytes"));
    assert!(refusal(&with(json!({"type": "string", "maxLength": 10_001}))).contains("`maxLength`"));
    assert!(refusal(&with(json!({"type": "array", "minItems": -1}))).contains("`minItems`"));

    let lengths: Vec<Value> = (0..40).map(|i| json!({"minLength": i})).collect();
    assert!(grammar(&with(json!({"allOf": [{"anyOf": lengths}]})), false, "p").is_ok());
    let product = with(json!({"allOf": [{"anyOf": lengths}, {"anyOf": lengths}]}));
    assert!(refusal(&product).contains("combines parts"));
    let long: Vec<String> = (0..10).map(|i| format!("{i}").repeat(900)).collect();
    let long = with(json!({"allOf": [{"enum": long}, {"minLength": 1}]}));
    assert!(refusal(&long).contains("combines parts"));
    let multiples: Vec<Value> = [997, 991].iter().map(|step| json!({"multipleOf": step})).collect();
    assert!(refusal(&with(json!({"allOf": multiples}))).contains("`multipleOf`"));
}

#[test]
fn strict_asks_what_openai_asks() {
    assert!(strict(&with(json!({"type": "string"}))).is_ok());
    let open = json!({"type": "object", "properties": {"a": {"type": "null"}}, "required": ["a"]});
    assert!(
        strict(&open)
            .unwrap_err()
            .contains("`additionalProperties` is required")
    );
    assert!(
        strict(&with(open))
            .unwrap_err()
            .starts_with("#/properties/a: `additionalProperties`")
    );
    let optional = json!({"type": "object", "properties": {"a": {"type": "null"}}, "additionalProperties": false});
    assert!(strict(&optional).unwrap_err().contains("`a` is missing"));
    assert!(strict(&with(json!({}))).unwrap_err().contains("`type`"));
    assert!(strict(&with(json!({"type": "array"}))).unwrap_err().contains("`items`"));
}

#[test]
fn a_message_quotes_no_more_than_a_little_of_a_schema() {
    let message = refusal(&with(json!({"k".repeat(5_000): 1})));
    assert!(message.len() < 300, "{message}");
    let message = refusal(&with(json!({"$ref": "r".repeat(5_000)})));
    assert!(message.len() < 300, "{message}");
}

fn any_json() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        prop::sample::select(vec![
            "type",
            "properties",
            "required",
            "additionalProperties",
            "items",
            "enum",
            "const",
            "anyOf",
            "$ref",
            "$defs",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "minLength",
            "maxLength",
            "minItems",
            "maxItems",
            "format",
            "title",
            "object",
            "array",
            "string",
            "integer",
            "number",
            "null",
            "a",
            "#/$defs/a",
            "date",
            "",
        ])
        .prop_map(str::to_owned),
        ".{0,4}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-3..2000_i64).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((word.clone(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_json_brings_it_down(schema in any_json(), strict in any::<bool>()) {
        let _ = grammar(&schema, strict, "p");
        let _ = grammar(&with(schema.clone()), strict, "p");
        let _ = grammar(&json!({"type": "object", "properties": {"x": {"$ref": "#/$defs/a"}}, "$defs": {"a": schema}}), strict, "p");
    }

    #[test]
    fn what_comes_out_is_taken_again_as_it_is(schema in any_json()) {
        if let Ok(Grammar::JsonSchema(text)) = grammar(&with(schema), false, "p") {
            let once: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(checked(&once), once);
        }
    }

    #[test]
    fn whatever_is_taken_the_engine_reads_or_refuses_and_answers_follow_it(schema in any_schema(), seed in any::<u64>()) {
        let schema = with(schema);
        let Ok(Grammar::JsonSchema(text)) = grammar(&schema, false, "p") else { return Ok(()) };
        let Ok(validator) = jsonschema::draft202012::new(&schema) else { return Ok(()) };
        let read: Value = serde_json::from_str(&text).unwrap();
        if let Ok(Some(answer)) = draw_from_schema(&read, seed) {
            let value: Value = serde_json::from_str(&answer).unwrap();
            prop_assert!(
                validator.is_valid(&value) || has_long_fraction(&value),
                "{} is not of {}", answer, schema
            );
        }
    }
}

/// Whether a number in the value is large and no integer: the validator's fractions round those, and so deny that
/// 903050600497995.5 is a multiple of 0.5.
fn has_long_fraction(value: &Value) -> bool {
    match value {
        Value::Number(number) => number
            .as_f64()
            .is_some_and(|number| number.fract() != 0.0 && number.abs() > 1e12),
        Value::Array(items) => items.iter().any(has_long_fraction),
        Value::Object(members) => members.values().any(has_long_fraction),
        _ => false,
    }
}

/// Schemas of the shapes that clients write, many of them contradictory.
fn any_schema() -> impl Strategy<Value = Value> {
    let bound = || {
        prop_oneof![
            (-20..20_i64).prop_map(Value::from),
            (-40..40_i64).prop_map(|n| json!(n as f64 / 8.0))
        ]
    };
    let count = || (0..4_u64).prop_map(Value::from);
    let literal = || {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            bound(),
            "[a-c]{0,2}".prop_map(Value::from),
        ]
    };
    let keyword = || {
        prop_oneof![
            prop::sample::select(vec!["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"])
                .prop_flat_map(move |key| bound().prop_map(move |value| (key, value))),
            prop::sample::select(vec![
                "minLength",
                "maxLength",
                "minItems",
                "maxItems",
                "minProperties",
                "maxProperties"
            ])
            .prop_flat_map(move |key| count().prop_map(move |value| (key, value))),
            prop::sample::select(vec![1.0, 2.0, 0.5, 3.0]).prop_map(|step| ("multipleOf", json!(step))),
            prop::sample::select(vec!["^a", "b$", "^[a-c]*$", "."]).prop_map(|pattern| ("pattern", json!(pattern))),
            prop::collection::vec(literal(), 1..4).prop_map(|values| ("enum", Value::from(values))),
            literal().prop_map(|value| ("const", value)),
            prop::collection::vec("[a-c]", 0..3).prop_map(|names| ("required", json!(names))),
            any::<bool>().prop_map(|open| ("additionalProperties", json!(open))),
        ]
    };
    let kinds = vec![
        json!("object"),
        json!("array"),
        json!("string"),
        json!("integer"),
        json!("number"),
        json!("boolean"),
        json!(["null", "string", "number"]),
    ];
    let leaf = (prop::sample::select(kinds), prop::collection::vec(keyword(), 0..3)).prop_map(|(kind, keywords)| {
        let mut schema = json!({"type": kind});
        for (key, value) in keywords {
            schema[key] = value;
        }
        schema
    });
    leaf.prop_recursive(4, 24, 3, move |inner| {
        let named = prop::collection::vec(("[a-c]", inner.clone()), 0..4)
            .prop_map(|members| Value::Object(members.into_iter().collect()));
        let listed = prop::collection::vec(inner.clone(), 1..3).prop_map(Value::from);
        (
            inner.clone(),
            prop_oneof![
                named.prop_map(|members| ("properties", members)),
                (
                    prop::sample::select(vec!["anyOf", "oneOf", "allOf", "prefixItems"]),
                    listed
                ),
                (prop::sample::select(vec!["items", "additionalProperties"]), inner),
            ],
        )
            .prop_map(|(mut schema, (key, value))| {
                schema[key] = value;
                schema
            })
    })
}
