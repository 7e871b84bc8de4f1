//! Schemas that are honoured, schemas that are refused, and that no JSON makes the check panic.

#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// What the engine gets for the answer.
fn rewritten(schema: &Value) -> Value {
    match grammar(schema, false, "p").unwrap() {
        Grammar::JsonSchema(text) => serde_json::from_str::<Value>(&text).unwrap()["$defs"]["answer"].take(),
        Grammar::Pattern(_) => panic!("a schema is expected"),
    }
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

fn property(schema: Value) -> Value {
    rewritten(&with(schema))["properties"]["a"].take()
}

#[test]
fn a_schema_as_pydantic_writes_it_is_taken_with_references_in_place() {
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
        rewritten(&schema),
        json!({
            "type": "object",
            "properties": {
                "legs": {"type": "array", "maxItems": 5, "items": {
                    "type": "object",
                    "properties": {
                        "side": {"const": "buy"},
                        "size": {"type": "integer", "minimum": 1, "maximum": 999_999_999_999_999_i64},
                    },
                    "required": ["side", "size"],
                    "additionalProperties": false,
                }},
                "note": {"anyOf": [{"type": "string", "maxLength": 80}, {"type": "null"}]},
                "day": {"type": "string", "format": "date"},
                "risk": {"enum": ["low", "high"]},
                "odds": {"anyOf": [{"type": "number"}, {"type": "null"}]},
            },
            "required": ["legs", "risk"],
            "additionalProperties": false,
        })
    );
}

#[test]
fn an_object_without_properties_is_any_object_unless_it_is_closed() {
    assert_eq!(rewritten(&json!({"type": "object"})), json!({"type": "object"}));
    assert_eq!(
        rewritten(&json!({"type": "object", "properties": {}})),
        json!({"type": "object"})
    );
    let closed = rewritten(&json!({"type": "object", "additionalProperties": false}));
    assert_eq!(closed["additionalProperties"], json!(false));
}

#[test]
fn integers_always_go_on_with_both_bounds() {
    let bounds = |schema: Value| {
        let integer = property(schema);
        (
            integer["minimum"].as_i64().unwrap(),
            integer["maximum"].as_i64().unwrap(),
        )
    };
    assert_eq!(
        bounds(json!({"type": "integer", "minimum": 205})),
        (205, 999_999_999_999_999)
    );
    assert_eq!(
        bounds(json!({"type": "integer", "maximum": -5})),
        (-999_999_999_999_999, -5)
    );
    assert_eq!(
        bounds(json!({"type": "integer", "exclusiveMinimum": 0.0, "exclusiveMaximum": 2})),
        (1, 1)
    );
    for wrong in [
        json!({"type": "integer", "minimum": 3, "maximum": 2}),
        json!({"type": "integer", "minimum": 0.5}),
        json!({"type": "integer", "minimum": 1_000_000_000_000_000_i64}),
        json!({"type": "integer", "minimum": "1"}),
        json!({"type": "integer", "minimum": 1, "exclusiveMinimum": 1}),
    ] {
        refusal(&with(wrong));
    }
}

#[test]
fn what_the_engine_would_drop_is_refused_with_its_keyword_and_path() {
    for (schema, keyword) in [
        (json!({"type": "string", "pattern": "^a$"}), "pattern"),
        (json!({"type": "string", "format": "email"}), "format"),
        (json!({"type": "string", "format": "date", "minLength": 3}), "format"),
        (json!({"type": "number", "minimum": 1}), "minimum"),
        (json!({"type": ["integer", "number"], "minimum": 1}), "minimum"),
        (json!({"type": "integer", "multipleOf": 2}), "multipleOf"),
        (json!({"type": "array", "uniqueItems": true}), "uniqueItems"),
        (json!({"type": "array", "contains": {}}), "contains"),
        (json!({"type": "array", "prefixItems": [{}]}), "prefixItems"),
        (json!({"type": "object", "patternProperties": {}}), "patternProperties"),
        (json!({"type": "object", "minProperties": 1}), "minProperties"),
        (json!({"type": "object", "dependentRequired": {}}), "dependentRequired"),
        (
            json!({"type": "object", "additionalProperties": {"type": "string"}}),
            "additionalProperties",
        ),
        (json!({"type": "object", "required": ["b"]}), "required"),
        (json!({"type": "string", "nullable": true}), "nullable"),
        (json!({"not": {}}), "not"),
        (json!({"if": {}}), "if"),
        (json!({"oneOf": [{"type": "null"}]}), "oneOf"),
        (json!({"allOf": [{"type": "null"}]}), "allOf"),
        (json!({"anyOf": [{"type": "null"}], "type": "null"}), "type"),
        (json!({"anyOf": []}), "anyOf"),
        (json!({"minLength": 2}), "minLength"),
        (json!({"enum": ["a"], "maxLength": 2}), "maxLength"),
        (json!({"enum": ["a", 1], "type": "string"}), "enum"),
        (json!({"enum": []}), "enum"),
        (json!({"const": 1.5, "type": "integer"}), "const"),
        (json!({"const": 1, "enum": [1]}), "enum"),
        (json!({"type": "decimal"}), "type"),
        (json!({"type": []}), "type"),
        (json!({"type": 3}), "type"),
    ] {
        let message = refusal(&with(schema.clone()));
        assert!(message.starts_with("#/properties/a"), "{schema}: {message}");
        assert!(message.contains(&format!("`{keyword}`")), "{schema}: {message}");
    }
    assert_eq!(
        refusal(&with(json!({"type": "array", "items": [{}]}))),
        "#/properties/a/items: a schema must be an object"
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
fn references_must_be_to_own_definitions_and_never_in_a_circle() {
    let document = |target: &str, definitions: Value| json!({"type": "object", "properties": {"a": {"$ref": target}}, "$defs": definitions});
    for target in [
        "#",
        "#/$defs/b",
        "#/properties/a",
        "https://example.com/s",
        "#/$defs/x/y",
        "#/$defs/x~1y",
        "",
    ] {
        let message = refusal(&document(target, json!({"x": {"y": {}}, "x/y": {}})));
        assert!(message.contains("`$ref`"), "{message}");
    }
    let circle = json!({"x": {"type": "array", "items": {"$ref": "#/$defs/y"}}, "y": {"$ref": "#/$defs/x"}});
    let message = refusal(&document("#/$defs/x", circle));
    assert!(message.contains("recursive"), "{message}");
    let beside = json!({"x": {"$ref": "#/$defs/y", "type": "string"}, "y": {}});
    assert!(refusal(&document("#/$defs/x", beside)).contains("`type` beside `$ref`"));
    let chain = json!({"x": {"$ref": "#/definitions/y"}});
    let mut chained = document("#/$defs/x", chain);
    chained["definitions"] = json!({"y": {"type": "boolean"}});
    chained["properties"]["b"] = json!({"$ref": "#/definitions/y"});
    assert_eq!(rewritten(&chained)["properties"]["b"], json!({"type": "boolean"}));
}

#[test]
fn sizes_are_bounded() {
    let array = |items: Value| json!({"type": "array", "items": items});
    let nested = |levels: usize| (2..levels).fold(json!({"type": "null"}), |inner, _| array(inner));
    assert!(grammar(&with(nested(16)), false, "p").is_ok());
    assert!(refusal(&with(nested(17))).contains("deeper"));
    let buried = (0..400).fold(json!(1), |inner, _| json!([inner]));
    assert!(refusal(&with(json!({"const": buried}))).contains("deeper"));

    let properties = |count: usize, schema: Value| {
        let properties: Map<String, Value> = (0..count).map(|i| (format!("p{i}"), schema.clone())).collect();
        json!({"type": "object", "properties": properties})
    };
    assert!(grammar(&properties(100, json!({})), false, "p").is_ok());
    assert!(refusal(&properties(101, json!({}))).contains("`properties`"));
    assert!(refusal(&properties(80, array(array(array(array(array(array(json!({}))))))))).contains("parts"));

    let strings: Vec<String> = (0..201).map(|i| i.to_string()).collect();
    assert!(refusal(&with(json!({"enum": strings}))).contains("`enum`"));
    assert!(grammar(&with(json!({"enum": &strings[1..]})), false, "p").is_ok());
    assert!(refusal(&with(json!({"const": "x".repeat(66_000)}))).contains("bytes"));

    assert!(refusal(&with(json!({"type": "string", "maxLength": 1001}))).contains("`maxLength`"));
    assert!(refusal(&with(json!({"type": "string", "minLength": 5, "maxLength": 4}))).contains("`maxLength`"));
    assert!(refusal(&with(json!({"type": "array", "minItems": 101}))).contains("`minItems`"));
    assert!(refusal(&with(json!({"type": "array", "minItems": -1}))).contains("`minItems`"));
    assert!(refusal(&properties(11, json!({"type": "string", "maxLength": 1000}))).contains("add up"));
}

#[test]
fn a_reference_used_often_counts_each_time() {
    let mut definitions = Map::new();
    for i in 0..10 {
        let next = json!({"$ref": format!("#/$defs/d{}", i + 1)});
        definitions.insert(format!("d{i}"), json!({"anyOf": [next, next, next]}));
    }
    definitions.insert("d10".to_owned(), json!({"enum": ["x".repeat(9_000)]}));
    let schema = json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/d0"}}, "$defs": definitions});
    let message = refusal(&schema);
    assert!(message.contains("counting each use"), "{message}");
}

#[test]
fn names_that_the_engine_would_take_for_its_own_are_refused() {
    for name in ["", "*", &"x".repeat(101)] {
        refusal(&json!({"type": "object", "properties": {name: {}}}));
    }
    rewritten(&json!({"type": "object", "properties": {"root": {}, "decimal_part": {}, "é]\"-": {}, "space": {}}}));
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
            let once = serde_json::from_str::<Value>(&text).unwrap()["$defs"]["answer"].take();
            prop_assert_eq!(rewritten(&once), once);
        }
    }
}
