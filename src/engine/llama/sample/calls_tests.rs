//! Tests of calls as a grammar without a model: which answers follow it, byte by byte.

#![allow(clippy::unwrap_used, clippy::panic)]

use serde_json::json;

use super::calls;
use super::grammars::follows;
use super::number_length::NumberLength;
use super::schema::SchemaCompiler;
use crate::engine::calls::CallFormat;
use crate::engine::request::{CallGrammar, Callable, Grammar, TextForm};

fn tools() -> Vec<Callable> {
    let price = json!({
        "type": "object",
        "properties": {"ticker": {"type": "string"}, "days": {"type": "integer"}},
        "required": ["ticker"],
        "additionalProperties": false,
    });
    let now = json!({"type": "object", "properties": {}, "additionalProperties": false});
    let tool = |name: &str, parameters: serde_json::Value| Callable {
        name: name.to_owned(),
        parameters: parameters.to_string(),
    };
    vec![tool("price", price), tool("price_now", now)]
}

fn grammar(most: usize, text: TextForm) -> Grammar {
    Grammar::Calls(CallGrammar {
        tools: tools(),
        most,
        text,
    })
}

fn call(name: &str, arguments: &str) -> String {
    format!("<tool_call>\n{{\"name\": \"{name}\", \"arguments\": {arguments}}}\n</tool_call>")
}

#[track_caller]
fn complete(grammar: &Grammar, text: &str) {
    assert_eq!(follows(grammar, text).unwrap(), Some(true), "{text}");
}

#[track_caller]
fn begun(grammar: &Grammar, text: &str) {
    assert_eq!(follows(grammar, text).unwrap(), Some(false), "{text}");
}

#[track_caller]
fn left(grammar: &Grammar, text: &str) {
    assert_eq!(follows(grammar, text).unwrap(), None, "{text}");
}

#[test]
fn a_call_that_is_required_has_a_tools_name_and_arguments_by_its_schema() {
    let grammar = grammar(1, TextForm::Nothing);
    let price = call("price", r#"{"ticker": "AAPL"}"#);
    complete(&grammar, &price);
    complete(&grammar, &call("price", r#"{"ticker":"</tool_call>\"{","days":3}"#));
    complete(&grammar, &call("price_now", "{}"));
    begun(&grammar, &price[..price.len() - 1]);
    begun(&grammar, "");
    for text in [
        "I do not know.".to_owned(),
        call("cost", "{}"),
        call("price", "{}"),
        call("price", r#"{"ticker": 5}"#),
        call("price_now", r#"{"ticker": "AAPL"}"#),
        format!(" {price}"),
        format!("{price}\n{price}"),
        format!("{price} That is it."),
    ] {
        left(&grammar, &text);
    }
}

#[test]
fn several_calls_follow_one_another_up_to_the_most() {
    let grammar = grammar(3, TextForm::Nothing);
    let calls = |count: usize| vec![call("price_now", "{}"); count].join("\n");
    for count in 1..=3 {
        complete(&grammar, &calls(count));
    }
    left(&grammar, &calls(4));
}

#[test]
fn where_nothing_is_required_an_answer_is_text_or_calls_with_text_before_them() {
    let grammar = grammar(2, TextForm::Free);
    let digits = "1".repeat(40);
    for text in [
        "The price is 5 < 6.",
        "{\"a\": 1}",
        "é <tool",
        "<tool_cal",
        "said \"<|im_end|>",
        digits.as_str(),
    ] {
        complete(&grammar, text);
    }
    complete(&grammar, &call("price", r#"{"ticker": "AAPL"}"#));
    complete(&grammar, &format!("I look {digits}.\n{}", call("price_now", "{}")));
    begun(&grammar, "I look.<tool_call>");
    left(&grammar, "I look.<tool_call>soon");
    left(&grammar, "{\"name\": \"price\"");
    left(&grammar, &format!("{} and more", call("price_now", "{}")));
    left(
        &grammar,
        &call("price", &format!("{{\"ticker\": \"A\", \"days\": {digits}}}")),
    );
}

#[test]
fn a_text_by_a_schema_stands_instead_of_calls() {
    let schema = json!({"type": "object", "properties": {"name": {"type": "string"}}, "additionalProperties": false});
    let grammar = grammar(1, TextForm::Schema(schema.to_string()));
    complete(&grammar, r#"{"name": "price"}"#);
    complete(&grammar, &call("price_now", "{}"));
    left(&grammar, "The price");
    left(&grammar, &format!("{{}}\n{}", call("price_now", "{}")));
}

#[test]
fn a_bare_call_is_one_object_and_text_never_begins_like_one() {
    let compiler = SchemaCompiler::of_bytes().unwrap();
    let calls = CallGrammar {
        tools: tools(),
        most: 8,
        text: TextForm::Free,
    };
    let rules = calls::grammar(&calls, CallFormat::Bare).unwrap();
    let schema = compiler.compile_rules(rules, NumberLength::in_calls()).unwrap();
    let follows = |text: &str| {
        let mut state = schema.start();
        for byte in text.bytes() {
            let token = llama_cpp_2::token::LlamaToken(i32::from(byte));
            if !state.admits(token).unwrap() {
                return None;
            }
            state.accept(token).unwrap();
        }
        Some(state.is_complete().unwrap())
    };
    let call = r#"{"name": "price", "parameters": {"ticker": "AAPL"}}"#;
    assert_eq!(follows(call), Some(true));
    assert_eq!(follows(&format!("{call}; {call}")), None);
    assert_eq!(follows(r#"{"name": "cost""#), None);
    assert_eq!(follows("{ 5 }"), Some(true));
}

#[test]
fn a_grammar_without_tools_or_with_a_name_that_is_none_is_refused() {
    let none = CallGrammar {
        tools: Vec::new(),
        most: 1,
        text: TextForm::Free,
    };
    assert!(calls::grammar(&none, CallFormat::Tagged).is_err());
    let mut named = tools();
    named[0].name = "a\" | TEXT".to_owned();
    let injected = CallGrammar { tools: named, ..none };
    assert!(calls::grammar(&injected, CallFormat::Tagged).is_err());
}
