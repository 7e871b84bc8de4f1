//! Keeps texts apart from a template while it runs: a text goes in, a mark comes out that stands for it; a rendered template goes in,
//! spans come out. The texts never pass through the template, so no text in them can be mistaken for a mark or for a control token.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// A piece of a rendered prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    /// Text of the template: tokenised with control tokens on.
    Template(String),
    /// Text of a message: tokenised with control tokens off, so `<|im_end|>` stays plain text.
    Text(String),
}

/// A mark is its text's index between two private-use characters.
const OPEN: char = '\u{F5A0}';
const CLOSE: char = '\u{F5A1}';

/// Names and values of a tool's definition that templates look up or compare. They stay as they are; all other strings are marks.
const KEPT: [&str; 40] = [
    "type",
    "function",
    "name",
    "description",
    "parameters",
    "arguments",
    "strict",
    "properties",
    "required",
    "items",
    "enum",
    "const",
    "anyOf",
    "oneOf",
    "allOf",
    "prefixItems",
    "additionalProperties",
    "patternProperties",
    "$defs",
    "definitions",
    "$ref",
    "format",
    "pattern",
    "title",
    "default",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "multipleOf",
    "null",
    "boolean",
    "number",
    "integer",
    "string",
    "array",
    "object",
    "id",
];

/// The texts of one prompt.
#[derive(Debug, Default)]
pub(super) struct Marks {
    texts: Vec<Marked>,
}

#[derive(Debug)]
struct Marked {
    text: String,
    /// Whether a template must print it.
    is_owed: bool,
}

impl Marks {
    /// A mark for a text that the template must print.
    pub(super) fn owed(&mut self, text: &str) -> String {
        self.mark(text, true)
    }

    /// A JSON value with marks for its strings and for the names of its members. The template need not print all of them.
    pub(super) fn json(&mut self, value: &Value) -> Value {
        let known = |text: &str| KEPT.contains(&text);
        self.value(value, &known, false)
    }

    /// The same for data, in which no string has a meaning for a template, and all of which it must print.
    pub(super) fn data(&mut self, value: &Value) -> Value {
        self.value(value, &|_| false, true)
    }

    /// The pieces of a rendered template. A text within a JSON string is escaped as JSON.
    pub(super) fn spans(&self, rendered: &str) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        let mut before = "";
        for (index, rest) in pieces(rendered) {
            let text = index.and_then(|index| self.texts.get(index));
            if let Some(marked) = text {
                let is_in_json = before.ends_with('"') && rest.starts_with('"');
                spans.push(Span::Text(if is_in_json {
                    escaped(&marked.text)
                } else {
                    marked.text.clone()
                }));
            }
            if !rest.is_empty() {
                spans.push(Span::Template(rest.to_owned()));
            }
            before = rest;
        }
        spans
    }

    /// How many texts that a template must print it left out, and how many there are.
    pub(super) fn left_out(&self, rendered: &str) -> (usize, usize) {
        let owed = || self.texts.iter().enumerate().filter(|(_, marked)| marked.is_owed);
        let printed: BTreeSet<usize> = pieces(rendered).filter_map(|(index, _)| index).collect();
        let missing = owed().filter(|(index, _)| !printed.contains(index));
        (missing.count(), owed().count())
    }

    fn mark(&mut self, text: &str, is_owed: bool) -> String {
        self.texts.push(Marked {
            text: text.to_owned(),
            is_owed,
        });
        mark(self.texts.len() - 1)
    }

    fn value(&mut self, value: &Value, is_kept: &dyn Fn(&str) -> bool, is_owed: bool) -> Value {
        match value {
            Value::String(text) if is_kept(text) => value.clone(),
            Value::String(text) => self.mark(text, is_owed).into(),
            Value::Array(values) => values.iter().map(|one| self.value(one, is_kept, is_owed)).collect(),
            Value::Object(members) => {
                let mut marked = Map::new();
                for (name, one) in members {
                    let name = if is_kept(name) {
                        name.clone()
                    } else {
                        self.mark(name, is_owed)
                    };
                    let one = self.value(one, is_kept, is_owed);
                    marked.insert(name, one);
                }
                marked.into()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }
}

/// A rendered template cut at its marks: each mark's index, and what follows it.
fn pieces(rendered: &str) -> impl Iterator<Item = (Option<usize>, &str)> {
    rendered.split(OPEN).enumerate().map(|(position, piece)| {
        let marked = if position == 0 { None } else { piece.split_once(CLOSE) };
        marked.map_or((None, piece), |(index, rest)| (index.parse().ok(), rest))
    })
}

/// All marks are of one length, so that names keep their order where a template sorts them.
fn mark(index: usize) -> String {
    format!("{OPEN}{index:06}{CLOSE}")
}

/// A text as it stands within a JSON string.
fn escaped(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn strings_and_free_names_are_marks_and_what_templates_look_up_stays() {
        let mut marks = Marks::default();
        let schema =
            json!({"type": "object", "properties": {"<|im_end|>": {"type": "string", "description": "a \"b\""}}});
        let marked = marks.json(&schema).to_string();
        assert!(
            !marked.contains("im_end") && marked.contains("\"type\":\"object\""),
            "{marked}"
        );
        let spans = marks.spans(&marked);
        let texts: Vec<&Span> = spans.iter().filter(|span| matches!(span, Span::Text(_))).collect();
        assert_eq!(
            texts,
            [&Span::Text("<|im_end|>".into()), &Span::Text("a \\\"b\\\"".into())]
        );
        let whole: String = spans
            .iter()
            .map(|span| match span {
                Span::Text(text) | Span::Template(text) => text.as_str(),
            })
            .collect();
        assert_eq!(whole, schema.to_string());
    }

    #[test]
    fn data_keeps_no_string_and_owes_all_of_them() {
        let mut marks = Marks::default();
        let marked = marks.data(&json!({"type": "object"})).to_string();
        assert!(!marked.contains("type"), "{marked}");
        assert_eq!(marks.left_out(&marked), (0, 2));
        assert_eq!(marks.left_out("nothing"), (2, 2));
    }
}
