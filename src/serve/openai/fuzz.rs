//! Schemas of clients and answers of models. Bytes come in.

use serde_json::Value;

use super::schema;
use super::tools::{AnswerReader, Part, whole};
use crate::engine::{self, Finish};
use crate::fuzz::{check_told, choice};

/// A schema, from a client's text to the grammar that an answer follows. The first byte says whether it is strict.
pub(crate) fn json_schema(bytes: &[u8]) {
    let (strict, text) = choice(bytes);
    let Ok(schema) = serde_json::from_slice::<Value>(text) else {
        return;
    };
    match schema::grammar(&schema, strict % 2 == 1, "schema") {
        Ok(grammar) => engine::fuzz::grammar(&grammar, r#"{"a": 1, "b": ["x", null]}"#),
        Err(error) => check_told(&error),
    }
}

/// A model's answer that may call tools. Read in pieces it is what it is when read whole.
pub(crate) fn tool_calls(bytes: &[u8]) {
    let (flags, answer) = choice(bytes);
    let Ok(answer) = std::str::from_utf8(answer) else {
        return;
    };
    let (is_json, size) = (flags & 1 == 1, usize::from(flags >> 1) % 16 + 1);
    let (text, calls) = whole(answer, is_json, Finish::Stop);
    let mut reader = AnswerReader::new(is_json);
    let mut parts = Vec::new();
    let letters: Vec<char> = answer.chars().collect();
    for piece in letters.chunks(size) {
        parts.extend(reader.read(&piece.iter().collect::<String>()));
    }
    parts.extend(reader.end(Finish::Stop));
    let (mut text_again, mut names, mut arguments) = (String::new(), Vec::new(), String::new());
    for part in parts {
        match part {
            Part::Text(more) => text_again.push_str(&more),
            Part::Call(delta) => {
                names.extend(delta.function.name);
                arguments.push_str(&delta.function.arguments.unwrap_or_default());
            }
        }
    }
    assert_eq!(text_again, text);
    assert_eq!(
        names,
        calls.iter().map(|call| call.function.name.clone()).collect::<Vec<_>>()
    );
    assert_eq!(
        arguments,
        calls
            .iter()
            .map(|call| call.function.arguments.as_str())
            .collect::<String>()
    );
    // What comes before the first call is text, and nothing else is.
    assert!(answer.starts_with(&text), "{text:?} of {answer:?}");
}
