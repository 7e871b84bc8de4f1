//! The filter `tojson` of chat templates: a value in, JSON out as Python's `json.dumps` writes it, which models saw in training: a blank
//! after `,` and `:`, nothing escaped for HTML, and indentation where a template asks for it.

use std::io::{self, Write};

use minijinja::value::{Kwargs, Value};
use minijinja::{Error, ErrorKind};
use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

/// The widest indentation.
const MOST_BLANKS: usize = 16;

/// The filter.
///
/// # Errors
///
/// A value that JSON cannot hold.
pub(super) fn tojson(value: &Value, options: Kwargs) -> Result<Value, Error> {
    let indent: Option<usize> = options.get("indent")?;
    // Templates also pass `ensure_ascii`, `separators` and `sort_keys`; what they ask for is close to what is done anyway.
    let blanks = " ".repeat(indent.unwrap_or(0).min(MOST_BLANKS));
    let mut json = Vec::new();
    let written = match indent {
        Some(_) => value.serialize(&mut Serializer::with_formatter(
            &mut json,
            PrettyFormatter::with_indent(blanks.as_bytes()),
        )),
        None => value.serialize(&mut Serializer::with_formatter(&mut json, Spaced)),
    };
    written.map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))?;
    Ok(Value::from_safe_string(String::from_utf8_lossy(&json).into_owned()))
}

/// One line, with a blank after `,` and `:`.
struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use minijinja::{Environment, context};
    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_written_as_python_does() {
        let mut environment = Environment::new();
        environment.add_filter("tojson", tojson);
        let value = json!({"b": [1, "<é>"], "a": {}});
        let render = |template: &str| environment.render_str(template, context! { value => value }).unwrap();
        assert_eq!(render("{{ value | tojson }}"), r#"{"b": [1, "<é>"], "a": {}}"#);
        assert_eq!(
            render("{{ value | tojson(indent=2) }}"),
            "{\n  \"b\": [\n    1,\n    \"<é>\"\n  ],\n  \"a\": {}\n}"
        );
    }
}
