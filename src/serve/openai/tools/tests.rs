//! Tools that are taken and refused, the grammar of each choice, and calls read out of answers.

#![allow(clippy::unwrap_used, clippy::panic)]

use serde_json::{Value, json};

use super::wire::{ToolCallDelta, ToolChoice, ToolDefinition};
use super::*;
use crate::engine::{CallGrammar, Finish, Grammar, TextForm};
use crate::serve::http::ApiError;

fn price() -> Value {
    json!({"type": "function", "function": {
        "name": "price",
        "description": "The last price",
        "parameters": {
            "type": "object",
            "properties": {"ticker": {"type": "string", "description": "Its ticker"}},
            "required": ["ticker"],
        },
    }})
}

fn named(name: &str) -> Value {
    json!({"type": "function", "function": {"name": name}})
}

fn with(tools: Value, choice: Value, parallel: bool) -> Result<Tools, ApiError> {
    let tools: Vec<ToolDefinition> = serde_json::from_value(tools).unwrap();
    let choice: Option<ToolChoice> = serde_json::from_value(choice).unwrap();
    Tools::of(&tools, choice.as_ref(), parallel, || Ok(Vec::new()))
}

#[track_caller]
fn refused(tools: Value, choice: Value) -> String {
    with(tools, choice, true).unwrap_err().body().error.param.unwrap()
}

#[track_caller]
fn calls(tools: &Tools, text: Option<&Grammar>) -> CallGrammar {
    match tools.grammar(text) {
        Some(Grammar::Calls(calls)) => calls,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_choice_has_its_grammar() {
    let two = || json!([price(), named("now")]);
    let auto = with(two(), Value::Null, true).unwrap();
    assert!(auto.may_be_called() && auto.may_be_left_out());
    let grammar = calls(&auto, None);
    assert_eq!(
        (grammar.tools.len(), grammar.most, &grammar.text),
        (2, 8, &TextForm::Free)
    );
    let json = Grammar::JsonSchema("{}".into());
    assert_eq!(calls(&auto, Some(&json)).text, TextForm::Schema("{}".into()));

    let required = with(two(), json!("required"), false).unwrap();
    let grammar = calls(&required, Some(&json));
    assert_eq!(
        (grammar.tools.len(), grammar.most, &grammar.text),
        (2, 1, &TextForm::Nothing)
    );
    assert!(!required.may_be_left_out());

    let only = with(two(), named("now"), true).unwrap();
    let grammar = calls(&only, None);
    assert_eq!(
        (grammar.tools.len(), grammar.most, &grammar.text),
        (1, 1, &TextForm::Nothing)
    );
    assert_eq!(grammar.tools[0].name, "now");
    assert_eq!(only.told().len(), 2);

    for none in [with(two(), json!("none"), true), with(json!([]), Value::Null, true)] {
        let none = none.unwrap();
        assert!(none.grammar(None).is_none() && none.told().is_empty() && none.may_be_left_out());
    }
}

#[test]
fn the_prompt_has_the_schema_as_it_was_sent_and_the_grammar_what_can_be_enforced() {
    let tools = with(json!([price()]), Value::Null, true).unwrap();
    let told: Value = serde_json::from_str(&tools.told()[0].parameters).unwrap();
    assert_eq!(told, price()["function"]["parameters"]);
    let enforced: Value = serde_json::from_str(&calls(&tools, None).tools[0].parameters).unwrap();
    assert_eq!(enforced["additionalProperties"], false);
    assert!(enforced["properties"]["ticker"].get("description").is_none());
}

#[test]
fn a_function_that_names_no_parameter_takes_none() {
    let none = json!({"type": "object", "properties": {}, "additionalProperties": false}).to_string();
    for parameters in [
        json!(null),
        json!({}),
        json!({"type": "object"}),
        json!({"type": "object", "properties": {}}),
    ] {
        let tool = json!({"type": "function", "function": {"name": "now", "parameters": parameters}});
        let tools = with(json!([tool]), Value::Null, true).unwrap();
        assert_eq!(calls(&tools, None).tools[0].parameters, none, "{parameters}");
    }
    let free = json!({"type": "object", "additionalProperties": {"type": "string"}});
    let tool = json!({"type": "function", "function": {"name": "now", "parameters": free}});
    let tools = with(json!([tool]), Value::Null, true).unwrap();
    assert_ne!(calls(&tools, None).tools[0].parameters, none);
}

#[test]
fn the_servers_own_tools_are_offered_with_a_choice_and_a_clients_stands_for_one_of_its_name() {
    let with = |tools: Value, choice: Value| {
        let tools: Vec<ToolDefinition> = serde_json::from_value(tools).unwrap();
        let choice: Option<ToolChoice> = serde_json::from_value(choice).unwrap();
        Tools::of(&tools, choice.as_ref(), true, own).unwrap()
    };
    assert!(!with(json!([]), Value::Null).may_be_called());
    assert!(!with(json!([price()]), json!("none")).may_be_called());
    let alone = with(json!([]), json!("auto"));
    assert_eq!(alone.told().len(), 6);
    assert!(alone.run_here("forecast"));
    let both = with(json!([price(), named("forecast")]), named("search"));
    assert_eq!((both.told().len(), both.told()[1].description.as_str()), (7, ""));
    assert!(both.run_here("search") && !both.run_here("forecast") && !both.run_here("price"));
    assert_eq!(calls(&both, None).tools[0].name, "search");
}

#[test]
fn tools_that_cannot_be_offered_are_refused_by_their_field() {
    let function = |function: Value| json!([{"type": "function", "function": function}]);
    for (tools, param) in [
        (json!([{"type": "retrieval"}]), "tools[0].type"),
        (json!([{}]), "tools[0].type"),
        (json!([{"type": "function"}]), "tools[0].function"),
        (function(json!({})), "tools[0].function.name"),
        (function(json!({"name": ""})), "tools[0].function.name"),
        (function(json!({"name": "a b"})), "tools[0].function.name"),
        (function(json!({"name": "é"})), "tools[0].function.name"),
        (function(json!({"name": "a".repeat(65)})), "tools[0].function.name"),
        (json!([price(), price()]), "tools[1].function.name"),
        (function(json!({"name": "a", "description": "\u{0}"})), "tools[0].function.description"),
        (
            function(json!({"name": "a", "description": "x".repeat(16 * 1024 + 1)})),
            "tools[0].function.description",
        ),
        (function(json!({"name": "a", "parameters": "x"})), "tools[0].function.parameters"),
        (
            function(json!({"name": "a", "parameters": {"type": "string"}})),
            "tools[0].function.parameters",
        ),
        (
            function(json!({"name": "a", "parameters": {"type": "object", "not": {}}})),
            "tools[0].function.parameters",
        ),
        (
            json!([{"type": "function", "function": {
                "name": "a", "strict": true, "parameters": price()["function"]["parameters"],
            }}]),
            "tools[0].function.parameters",
        ),
        ((0..65).map(|i| named(&format!("f{i}"))).collect(), "tools"),
        (
            (0..10)
                .map(|i| json!({"type": "function", "function": {"name": format!("f{i}"), "description": "x".repeat(15_000)}}))
                .collect(),
            "tools",
        ),
    ] {
        let shown: String = tools.to_string().chars().take(100).collect();
        assert_eq!(refused(tools, Value::Null), param, "{shown}");
    }
    let all: Value = (0..64).map(|i| named(&format!("f{i}"))).collect();
    assert!(with(all, Value::Null, true).is_ok());
}

#[test]
fn a_schema_bomb_is_refused_before_the_engine_reads_it() {
    let mut deep = json!({"type": "string"});
    for _ in 0..70 {
        deep = json!({"type": "object", "properties": {"a": deep}});
    }
    let wide: serde_json::Map<String, Value> = (0..201).map(|i| (format!("a{i}"), json!({}))).collect();
    let long = json!({"type": "object", "properties": {"a": {"enum": vec!["x".repeat(900); 100]}}});
    for parameters in [deep, json!({"type": "object", "properties": wide}), long] {
        let tool = json!([{"type": "function", "function": {"name": "a", "parameters": parameters}}]);
        assert_eq!(refused(tool, Value::Null), "tools[0].function.parameters");
    }
}

#[test]
fn choices_that_cannot_be_made_are_refused_by_their_field() {
    let tools = || json!([price()]);
    assert_eq!(refused(tools(), json!("any")), "tool_choice");
    assert_eq!(refused(json!([]), json!("required")), "tool_choice");
    assert_eq!(refused(json!([]), json!("auto")), "tool_choice");
    assert_eq!(
        refused(tools(), json!({"function": {"name": "price"}})),
        "tool_choice.type"
    );
    assert_eq!(refused(tools(), named("cost")), "tool_choice.function.name");
    assert_eq!(
        refused(tools(), json!({"type": "function"})),
        "tool_choice.function.name"
    );
    assert!(with(json!([]), json!("none"), true).is_ok());
}

const ANSWER: &str = "I look.\n<tool_call>\n{\"name\": \"price\", \"arguments\": {\"ticker\": \"é}\"}}\n</tool_call>\n<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>";

#[test]
fn calls_are_read_the_same_whole_and_in_pieces() {
    let (text, calls) = whole(ANSWER, false, Finish::Stop);
    assert_eq!(text, "I look.");
    let of: Vec<(&str, &str)> = calls
        .iter()
        .map(|call| (call.function.name.as_str(), call.function.arguments.as_str()))
        .collect();
    assert_eq!(of, [("price", "{\"ticker\": \"é}\"}"), ("now", "{}")]);
    assert!(calls.iter().all(|call| call.id.starts_with("call_")));
    assert_ne!(calls[0].id, calls[1].id);

    for size in 1..9 {
        let letters: Vec<char> = ANSWER.chars().collect();
        let mut reader = AnswerReader::new(false);
        let mut parts: Vec<Part> = Vec::new();
        for piece in letters.chunks(size) {
            parts.extend(reader.read(&piece.iter().collect::<String>()));
        }
        parts.extend(reader.end(Finish::Stop));
        let (mut text, mut arguments, mut names) = (String::new(), vec![String::new(); 2], Vec::new());
        for part in parts {
            match part {
                Part::Text(more) => text.push_str(&more),
                Part::Call(ToolCallDelta {
                    index, id, function, ..
                }) => {
                    assert_eq!(id.is_some(), function.name.is_some());
                    names.extend(function.name);
                    arguments[index].push_str(&function.arguments.unwrap());
                }
            }
        }
        assert_eq!(text, "I look.");
        assert_eq!(names, ["price", "now"]);
        assert_eq!(arguments, ["{\"ticker\": \"é}\"}", "{}"]);
    }
}

#[test]
fn an_answer_cut_off_keeps_what_there_is_of_a_call_and_shows_no_half_a_tag() {
    let cut = |text: &str| whole(text, false, Finish::Length);
    let (text, calls) = cut("<tool_call>\n{\"name\": \"price\", \"arguments\": {\"tick");
    assert_eq!((text.as_str(), calls[0].function.arguments.as_str()), ("", "{\"tick"));
    assert_eq!(cut("I look.\n<tool_ca"), ("I look.".to_owned(), Vec::new()));
    assert_eq!(whole("a <tool_ca", false, Finish::Stop).0, "a <tool_ca");
    assert_eq!(whole("a \n", false, Finish::Stop).0, "a \n");
}
