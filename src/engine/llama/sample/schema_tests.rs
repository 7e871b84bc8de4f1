//! Tests of schemas as grammars without a model: answers are drawn byte by byte from what a schema admits.

#![allow(clippy::unwrap_used, clippy::panic)]

use serde_json::json;

use super::super::refusal;
use super::super::vocab_trie::tests::pieces;
use super::*;

/// Draws an answer from the bytes that a schema admits, preferring bytes that end it. `None` if it does not end.
pub(crate) fn draw(schema: &Value, seed: u64) -> Result<Option<String>, EngineError> {
    let mut state = SchemaCompiler::of_bytes()?.compile(schema)?.start();
    let mut random = seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut text = Vec::new();
    for step in 0..600_u64 {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let tokens = state.all_admitted()?;
        let closes =
            |token: &&LlamaToken| token.0 == 256 || matches!(u8::try_from(token.0), Ok(b'"' | b'}' | b']' | b'0'));
        let closing = tokens.iter().find(closes).filter(|_| random % 600 < step + 100);
        let any = &tokens[usize::try_from(random >> 8).unwrap() % tokens.len()];
        let token = *closing.unwrap_or(any);
        state.accept(token)?;
        match u8::try_from(token.0) {
            Ok(byte) => text.push(byte),
            Err(_) => return Ok(Some(String::from_utf8(text).unwrap())),
        }
    }
    Ok(None)
}

fn refusal(schema: &Value) -> String {
    refusal::check(&schema.to_string()).unwrap_err().to_string()
}

/// The tokens, by their texts, that can come after `written`.
fn admitted(schema: &Value, texts: &[&str], written: &[&str]) -> Vec<String> {
    let compiler = SchemaCompiler::new(pieces(texts)).unwrap();
    let mut state = compiler.compile(schema).unwrap().start();
    let token = |text: &str| LlamaToken(i32::try_from(texts.iter().position(|one| *one == text).unwrap()).unwrap());
    for text in written {
        assert!(state.admits(token(text)).unwrap(), "{text}");
        state.accept(token(text)).unwrap();
    }
    let all = state.all_admitted().unwrap();
    let numbers = 0..=i32::try_from(texts.len()).unwrap();
    let one_by_one: Vec<LlamaToken> = numbers
        .map(LlamaToken)
        .filter(|&token| state.admits(token).unwrap())
        .collect();
    let mut sorted = all.clone();
    sorted.sort_unstable_by_key(|token| token.0);
    assert_eq!(sorted, one_by_one, "all at once and one by one");
    let text = |token: LlamaToken| {
        usize::try_from(token.0)
            .ok()
            .and_then(|index| texts.get(index))
            .copied()
    };
    one_by_one
        .into_iter()
        .map(|token| text(token).unwrap_or("the end").to_owned())
        .collect()
}

#[test]
fn only_tokens_that_the_schema_admits_can_come_and_one_blank_at_most() {
    let schema = json!({
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "boolean"}},
        "required": ["a"],
        "additionalProperties": false,
    });
    let texts = [
        "{", "{\"", "a", "\":", " ", "  ", "1", "}", ", \"", ",", "b", "\n", "tr", "", "x",
    ];
    assert_eq!(admitted(&schema, &texts, &[]), ["{", "{\""]);
    assert_eq!(admitted(&schema, &texts, &["{\"", "a", "\":"]), [" ", "1"]);
    assert_eq!(admitted(&schema, &texts, &["{\"", "a", "\":", " "]), ["1"]);
    assert_eq!(
        admitted(&schema, &texts, &["{\"", "a", "\":", " ", "1"]),
        ["1", "}", ", \"", ","]
    );
    assert_eq!(admitted(&schema, &texts, &["{\"", "a", "\":", "1", "}"]), ["the end"]);
}

#[test]
fn the_end_is_forced_where_nothing_else_can_follow() {
    let texts = ["{", "}", "\"a\"", ":1"];
    let schema = json!({"type": "object", "properties": {"a": {"const": 1}}, "additionalProperties": false});
    let mut state = SchemaCompiler::new(pieces(&texts))
        .unwrap()
        .compile(&schema)
        .unwrap()
        .start();
    assert_eq!(state.forced_end(), None);
    state.accept(LlamaToken(0)).unwrap();
    assert_eq!(state.forced_end(), None);
    state.accept(LlamaToken(1)).unwrap();
    assert_eq!(state.forced_end(), Some(LlamaToken(4)));
    state.accept(LlamaToken(4)).unwrap();
}

#[test]
fn a_number_ends_after_fifteen_digits_unless_the_schema_spells_out_more() {
    let any = json!({"type": "object", "properties": {"a": {"type": "number"}}, "additionalProperties": false});
    let texts = ["{\"a\":", "12345", "6", ".", "}", "e", "1234567890.1234567890"];
    let five = ["{\"a\":", "12345", "12345", "12345"];
    assert_eq!(admitted(&any, &texts, &five), [".", "}", "e"]);
    let spelled = json!({"type": "object", "properties": {"a": {"const": 0.123_456_789_012_345_67}}, "additionalProperties": false});
    let answer = draw(&spelled, 0).unwrap().unwrap();
    assert!(answer == "{}" || serde_json::from_str::<Value>(&answer).unwrap()["a"] == json!(0.123_456_789_012_345_67));
}

#[test]
fn a_schema_that_cannot_be_kept_is_refused_with_the_path_and_the_reason() {
    let a = |schema: Value| json!({"type": "object", "properties": {"a": schema}, "required": ["a"]});
    let list = |schema: Value| a(json!({"type": "array", "items": schema, "minItems": 1}));
    for (schema, path, reason) in [
        (
            list(json!({"pattern": "a{2"})),
            "#/properties/a/items: ",
            "a pattern is wrong: ",
        ),
        (
            list(json!({"pattern": "(?=a)"})),
            "#/properties/a/items: ",
            "look-around",
        ),
        (
            a(json!({"oneOf": [{"type": "number"}, {"type": "integer"}]})),
            "#/properties/a: ",
            "`anyOf`",
        ),
        (
            a(json!({"type": "object", "properties": {"b": {}, "c": {}}, "minProperties": 2})),
            "#/properties/a: ",
            "`minProperties`",
        ),
        (
            a(json!({"type": "integer", "minimum": 3, "maximum": 2})),
            "#/properties/a: ",
            "nothing can follow it",
        ),
        (
            a(json!({"type": "object", "required": ["b"], "additionalProperties": false})),
            "#/properties/a: ",
            "required property 'b'",
        ),
        (
            json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/b"}}, "$defs": {"b": {"pattern": "("}}}),
            "#/$defs/b: ",
            "unclosed group",
        ),
        (json!({"type": "nonsense"}), "#: ", "nonsense"),
    ] {
        let message = refusal(&schema);
        assert!(
            message.contains(path) && message.contains(reason),
            "{schema}: {message}"
        );
        assert!(message.len() < 400, "{message}");
    }
    assert!(refusal::check("{").is_err() && refusal::check("[]").is_err());
}

#[test]
fn costly_schemas_are_read_or_refused_within_their_bounds() {
    let a = |schema: Value| json!({"type": "object", "properties": {"a": schema}, "required": ["a"]});
    let any_of: Vec<Value> = (0..32)
        .map(|i| json!({"type": "string", "pattern": format!("a{i}.*b")}))
        .collect();
    let lengths: Vec<Value> = (0..200).map(|i| json!({"minLength": i})).collect();
    for schema in [
        a(json!({"pattern": "((((a{1,100}){1,100}){1,100}){1,100}b)"})),
        a(json!({"pattern": "(.*a.{500}){3}"})),
        a(json!({"pattern": format!("{}a{}", "(".repeat(249), ")".repeat(249))})),
        a(json!({"pattern": r"^\w+([\.-]?\w+)*@\w+([\.-]?\w+)*(\.\w{2,})+$", "minLength": 600})),
        a(json!({"allOf": [{"anyOf": any_of}, {"anyOf": any_of}]})),
        a(json!({"allOf": [{"const": "x".repeat(1000)}, {"anyOf": lengths}, {"anyOf": lengths}]})),
        a(json!({"type": "array", "minItems": 10_000, "maxItems": 10_000})),
        json!({"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}),
    ] {
        if refusal::check(&schema.to_string()).is_ok() {
            // The answer may not end, or exceed a limit; either is fine.
            let _ = draw(&schema, 0);
        }
    }
}
