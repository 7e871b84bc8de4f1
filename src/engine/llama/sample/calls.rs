//! Calls of tools as a grammar of `llguidance`: which tools may be called and in which format come in, rules in its dialect of Lark go
//! out, beside the schemas that they refer to. Only names of letters, digits, `_` and `-` are written into a rule.

use llguidance::api::{GrammarWithLexer, TopLevelGrammar};
use serde_json::Value;

use super::refusal;
use super::schema::as_schema;
use crate::engine::calls::{BARE_HEAD, CLOSE_TAG, CallFormat, OPEN_TAG};
use crate::engine::error::EngineError;
use crate::engine::request::{CallGrammar, TextForm};

/// The name of the text's schema; those of the tools are `t0`, `t1`, ….
const TEXT: &str = "text";

/// The rules of calls.
///
/// # Errors
///
/// [`EngineError::Grammar`] if there is no tool, if a name or a schema is not one.
pub(super) fn grammar(calls: &CallGrammar, format: CallFormat) -> Result<TopLevelGrammar, EngineError> {
    if calls.tools.is_empty() || calls.most == 0 {
        return Err(EngineError::Grammar("there is no tool to call".to_owned()));
    }
    // A text by a schema can look like a bare call.
    let format = match calls.text {
        TextForm::Schema(_) => CallFormat::Tagged,
        TextForm::Nothing | TextForm::Free => format,
    };
    let mut grammars = vec![GrammarWithLexer::from_lark(rules(calls, format)?)];
    let mut add = |name: String, schema: &str| -> Result<(), EngineError> {
        let mut grammar = GrammarWithLexer::from_json_schema(as_schema(&refusal::parse(schema)?)?);
        grammar.name = Some(name);
        grammars.push(grammar);
        Ok(())
    };
    for (index, tool) in calls.tools.iter().enumerate() {
        add(format!("t{index}"), &tool.parameters)?;
    }
    if let TextForm::Schema(schema) = &calls.text {
        add(TEXT.to_owned(), schema)?;
    }
    Ok(TopLevelGrammar {
        grammars,
        max_tokens: None,
    })
}

fn rules(calls: &CallGrammar, format: CallFormat) -> Result<String, EngineError> {
    let mut objects = Vec::new();
    for (index, tool) in calls.tools.iter().enumerate() {
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
        if tool.name.is_empty() || !tool.name.chars().all(is_plain) {
            return Err(EngineError::Grammar(
                "a tool's name has other characters than letters, digits, _ and -".to_owned(),
            ));
        }
        let before = if format == CallFormat::Tagged { "\n" } else { "" };
        let after = if format == CallFormat::Tagged {
            format!("}}\n{CLOSE_TAG}")
        } else {
            "}".to_owned()
        };
        objects.push(format!(
            "{} @t{index} {}",
            literal(&format!("{before}{}", format.head(&tool.name))),
            literal(&after)
        ));
    }
    let more = calls.most - 1;
    let called = match format {
        CallFormat::Tagged if more > 0 => {
            let next = literal(&format!("\n{OPEN_TAG}"));
            format!("called: object ( {next} object ){{0,{more}}}\n")
        }
        CallFormat::Tagged | CallFormat::Bare => "called: object\n".to_owned(),
    };
    let open = literal(OPEN_TAG);
    let start = match (&calls.text, format) {
        (TextForm::Nothing, CallFormat::Tagged) => format!("start: {open} called\n"),
        (TextForm::Nothing, CallFormat::Bare) => "start: called\n".to_owned(),
        (TextForm::Schema(_), _) => format!("start: @{TEXT} | {open} called\n"),
        (TextForm::Free, CallFormat::Tagged) => format!("start: TEXT | before called\n{}", free()),
        (TextForm::Free, CallFormat::Bare) => format!("start: TEXT | called\n{}", free()),
    };
    Ok(format!("{start}{called}object: {}\n", objects.join(" | ")))
}

/// Free text, which neither holds a tag nor begins like a bare call; `before` is such a text up to the tag of a call.
fn free() -> String {
    let bare = pattern(BARE_HEAD);
    let begins_bare = format!("/{bare}(?s:.*)/");
    format!(
        "before[lazy]: BEFORE\n\
         BEFORE: /(?s:.*){OPEN_TAG}/ & ~{begins_bare}\n\
         TEXT: /(?s:.+)/ & ~/(?s:.*){OPEN_TAG}(?s:.*)/ & ~{begins_bare}\n"
    )
}

/// The head of a bare call as a regular expression between slashes.
fn pattern(text: &str) -> String {
    text.replace('{', "\\{")
}

/// A string of Lark, which escapes as JSON does.
fn literal(text: &str) -> String {
    Value::from(text).to_string()
}
