//! Reads JSON and explains what cannot be read: serde's errors and paths come in, an [`ApiError`] that names the field, or line and
//! column, goes out. Quotes only the beginning of what a client sent.

use serde::de::DeserializeOwned;

use super::error::ApiError;

/// How many characters of a client's text go into a log or an answer.
const SHOWN: usize = 200;

/// The beginning of a client's text.
pub(super) fn clip(text: &str) -> &str {
    let end = text.char_indices().nth(SHOWN).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

/// Parses a whole body as JSON.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    if bytes.trim_ascii().is_empty() {
        return Err(invalid(None, "the body is empty; send a JSON object".to_owned(), None));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| refused(&error.path().to_string(), error.inner()))?;
    deserializer.end().map_err(|error| refused(".", &error))?;
    Ok(value)
}

/// A syntax error has no field at fault; its message names line and column.
fn refused(path: &str, error: &serde_json::Error) -> ApiError {
    match error.classify() {
        serde_json::error::Category::Data => at_field(path, &error.to_string()),
        _ => invalid(
            None,
            format!("the body is not valid JSON: {error}"),
            Some("invalid_json"),
        ),
    }
}

/// An error at a field. For unknown, missing and duplicate fields serde reports the object that holds the field and names the field
/// in its message only; here that field becomes the one at fault.
pub(super) fn at_field(path: &str, message: &str) -> ApiError {
    const NAMED: [(&str, &str); 3] = [
        ("unknown field `", "unknown_parameter"),
        ("missing field `", "missing_required_parameter"),
        ("duplicate field `", "duplicate_parameter"),
    ];
    let path = if path == "." { "" } else { path };
    let named = NAMED.iter().find_map(|(opening, code)| {
        let (name, _) = message.strip_prefix(opening)?.split_once('`')?;
        Some((name, *code))
    });
    let (param, code) = match named {
        Some((name, code)) if path.is_empty() => (name.to_owned(), Some(code)),
        Some((name, code)) if path == name || path.ends_with(&format!(".{name}")) => (path.to_owned(), Some(code)),
        Some((name, code)) => (format!("{path}.{name}"), Some(code)),
        None => (path.to_owned(), None),
    };
    let message = match (named, param.as_str()) {
        (None, param) if !param.is_empty() => format!("{}: {message}", clip(param)),
        _ => message.to_owned(),
    };
    invalid((!param.is_empty()).then_some(param), message, code)
}

/// The error, with the client's text shortened and without control characters.
pub(super) fn invalid(param: Option<String>, message: String, code: Option<&'static str>) -> ApiError {
    let printable = |text: &str| clip(text).chars().filter(|c| !c.is_control()).collect();
    ApiError::Invalid {
        message: shortened(&message),
        param: param.map(|param| printable(&param)),
        code,
    }
}

/// The beginning of a message and its end, which names line and column, without most of the client's text between them.
fn shortened(message: &str) -> String {
    const ENDING: usize = 60;
    let message: String = message.chars().filter(|c| !c.is_control()).collect();
    let head = clip(&message);
    let rest = &message[head.len()..];
    let kept = rest.char_indices().rev().nth(ENDING - 1).map_or(0, |(at, _)| at);
    let gap = if kept > 0 { " … " } else { "" };
    format!("{head}{gap}{}", &rest[kept..])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Asked {
        #[serde(default)]
        messages: Vec<Message>,
        ticker: String,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Message {
        role: String,
    }

    /// Message, param and code.
    fn refusal(body: &str) -> (String, Option<String>, Option<&'static str>) {
        match parse::<Asked>(body.as_bytes()).expect_err("a refusal") {
            ApiError::Invalid { message, param, code } => (message, param, code),
            other => panic!("{other:?}"),
        }
    }

    fn at(body: &str) -> String {
        refusal(body).1.expect("a field")
    }

    #[test]
    fn a_wrong_type_is_named_by_its_path() {
        let (message, param, code) = refusal(r#"{"messages": [{"role": "user"}, {"role": 7}]}"#);
        assert_eq!(param.as_deref(), Some("messages[1].role"));
        assert!(
            message.starts_with("messages[1].role: invalid type: integer `7`"),
            "{message}"
        );
        assert_eq!(code, None);
        assert_eq!(at(r#"{"ticker": null}"#), "ticker");
        assert_eq!(at(r#"{"messages": {}}"#), "messages");
    }

    #[test]
    fn an_unknown_a_missing_and_a_second_field_are_named_themselves() {
        let both = |body| {
            let (_, param, code) = refusal(body);
            (param.expect("a field"), code.expect("a code"))
        };
        assert_eq!(both(r#"{"tickr": "A"}"#), ("tickr".to_owned(), "unknown_parameter"));
        assert_eq!(
            both(r#"{"messages": [{"name": 1}]}"#),
            ("messages[0].name".to_owned(), "unknown_parameter")
        );
        assert_eq!(both("{}"), ("ticker".to_owned(), "missing_required_parameter"));
        assert_eq!(
            both(r#"{"messages": [{}]}"#),
            ("messages[0].role".to_owned(), "missing_required_parameter")
        );
        assert_eq!(
            both(r#"{"ticker": "A", "ticker": "B"}"#),
            ("ticker".to_owned(), "duplicate_parameter")
        );
    }

    #[test]
    fn text_that_is_no_json_is_named_by_line_and_column() {
        for body in ["{\n \"ticker\": }", "{\n \"tick", "{\"ticker\": \"A\"}\n}"] {
            let (message, param, code) = refusal(body);
            assert!(message.contains("line 2 column"), "{message}");
            assert_eq!((param, code), (None, Some("invalid_json")));
        }
        assert!(refusal(" \n").0.contains("empty"));
        assert!(refusal("[1]").0.contains("invalid type"));
    }

    #[test]
    fn a_deep_nest_is_refused() {
        let deep = "[".repeat(200_000);
        let body = format!("{{\"ticker\": {deep}");
        assert_eq!(at(&body), "ticker");
        let error = parse::<serde_json::Value>(deep.as_bytes()).expect_err("a refusal");
        assert!(error.to_string().contains("recursion limit"), "{error}");
        let error = parse::<Message>(format!("{{\"role\": \"user\", \"x\": {deep}").as_bytes());
        assert!(error.is_err());
    }

    #[test]
    fn a_message_keeps_its_place_but_not_a_long_quotation() {
        let (message, _, _) = refusal(&format!(r#"{{"messages": "{}"}}"#, "ü\u{7f}".repeat(100_000)));
        assert!(message.chars().count() < 300, "{message}");
        assert!(message.contains("at line 1 column"), "{message}");
        assert!(!message.chars().any(char::is_control));
        let name = at(&format!(r#"{{"{}": 1}}"#, "x".repeat(100_000)));
        assert_eq!(name.len(), SHOWN);
    }
}
