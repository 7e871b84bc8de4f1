//! A regular expression in the notations of servers: GBNF for llama-server, and a plain expression that every other library reads. The
//! syntax of the `regex` crate comes in, such as `\u{C0}`; a text goes out that means the same.

use std::fmt::Write;

use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};

/// The pattern as a grammar in GBNF.
///
/// # Errors
///
/// What cannot be written.
pub(super) fn gbnf(pattern: &str) -> Result<String, String> {
    Ok(format!("root ::= {}", written(pattern, &Gbnf)?))
}

/// The pattern with nothing but ASCII escapes, groups that do not capture, classes, alternatives and counts.
///
/// # Errors
///
/// What cannot be written.
pub(super) fn portable(pattern: &str) -> Result<String, String> {
    written(pattern, &Plain)
}

/// How the parts of an expression are written.
trait Notation {
    fn literal(&self, text: &str) -> String;
    fn class(&self, ranges: &[(char, char)]) -> String;
    fn sequence(&self, parts: &[String]) -> String;
    fn group(&self, inner: &str) -> String;
}

struct Gbnf;

struct Plain;

impl Notation for Gbnf {
    fn literal(&self, text: &str) -> String {
        format!("\"{}\"", text.chars().map(gbnf_escaped).collect::<String>())
    }

    fn class(&self, ranges: &[(char, char)]) -> String {
        format!("[{}]", in_class(ranges, gbnf_escaped))
    }

    fn sequence(&self, parts: &[String]) -> String {
        parts.join(" ")
    }

    fn group(&self, inner: &str) -> String {
        format!("({inner})")
    }
}

impl Notation for Plain {
    fn literal(&self, text: &str) -> String {
        text.chars().map(plain_escaped).collect()
    }

    fn class(&self, ranges: &[(char, char)]) -> String {
        format!("[{}]", in_class(ranges, plain_escaped))
    }

    fn sequence(&self, parts: &[String]) -> String {
        parts.concat()
    }

    fn group(&self, inner: &str) -> String {
        format!("(?:{inner})")
    }
}

fn in_class(ranges: &[(char, char)], escaped: fn(char) -> String) -> String {
    let mut text = String::new();
    for &(first, last) in ranges {
        text.push_str(&escaped(first));
        if last > first {
            text.push('-');
            text.push_str(&escaped(last));
        }
    }
    text
}

fn gbnf_escaped(c: char) -> String {
    let code = u32::from(c);
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' | '.' | ',' | '#' | '(' | ')' | '$' | '%' | '+' | '\'' => c.to_string(),
        _ if code < 0x100 => format!("\\x{code:02X}"),
        _ if code < 0x10000 => format!("\\u{code:04X}"),
        _ => format!("\\U{code:08X}"),
    }
}

fn plain_escaped(c: char) -> String {
    match c {
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        _ if c.is_ascii_punctuation()
            && !matches!(
                c,
                '\'' | '"' | ',' | '%' | '#' | '&' | ':' | ';' | '_' | '<' | '>' | '=' | '@' | '!' | '~' | '`'
            ) =>
        {
            format!("\\{c}")
        }
        _ => c.to_string(),
    }
}

fn written(pattern: &str, notation: &dyn Notation) -> Result<String, String> {
    let hir = regex_syntax::parse(pattern).map_err(|error| error.to_string())?;
    write(&hir, notation)
}

/// Recursion is bounded by the parser's limit on nesting.
fn write(hir: &Hir, notation: &dyn Notation) -> Result<String, String> {
    Ok(match hir.kind() {
        HirKind::Empty | HirKind::Look(Look::Start | Look::End) => notation.literal(""),
        HirKind::Look(_) => return Err("it looks around itself, which servers cannot".into()),
        HirKind::Literal(literal) => {
            notation.literal(std::str::from_utf8(&literal.0).map_err(|error| error.to_string())?)
        }
        HirKind::Class(Class::Unicode(class)) => {
            let ranges: Vec<(char, char)> = class
                .ranges()
                .iter()
                .map(|range| (range.start(), range.end()))
                .collect();
            notation.class(&ranges)
        }
        HirKind::Class(Class::Bytes(class)) => {
            if !class.is_ascii() {
                return Err("it matches bytes that are no text".into());
            }
            let ranges: Vec<(char, char)> = class
                .ranges()
                .iter()
                .map(|range| (char::from(range.start()), char::from(range.end())))
                .collect();
            notation.class(&ranges)
        }
        HirKind::Repetition(repetition) => {
            let inner = notation.group(&write(&repetition.sub, notation)?);
            inner + &count(repetition)
        }
        HirKind::Capture(capture) => notation.group(&write(&capture.sub, notation)?),
        HirKind::Concat(parts) => {
            let parts = parts.iter().map(|part| write(part, notation));
            notation.sequence(&parts.collect::<Result<Vec<_>, _>>()?)
        }
        HirKind::Alternation(parts) => {
            let parts = parts.iter().map(|part| write(part, notation));
            notation.group(&parts.collect::<Result<Vec<_>, _>>()?.join("|"))
        }
    })
}

fn count(repetition: &Repetition) -> String {
    let mut text = String::new();
    match (repetition.min, repetition.max) {
        (0, Some(1)) => text.push('?'),
        (0, None) => text.push('*'),
        (1, None) => text.push('+'),
        (min, Some(max)) if min == max => drop(write!(text, "{{{min}}}")),
        (min, Some(max)) => drop(write!(text, "{{{min},{max}}}")),
        (min, None) => drop(write!(text, "{{{min},}}")),
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pattern_is_written_in_the_notation_of_llama_server() {
        let grammar = gbnf(r"## Outlook\n\n[A-Z][a-z\u{C0}-\u{D6}]{0,20}(?:,? (?:\$5|a)){4,}\.").unwrap();
        insta::assert_snapshot!(grammar, @r###"root ::= "## Outlook\x0A\x0A" [A-Z] ([a-z\xC0-\xD6]){0,20} ((",")? " " ("$5"|"a")){4,} ".""###);
    }

    #[test]
    fn a_pattern_that_looks_around_itself_cannot_be_written() {
        assert!(gbnf(r"\bword\b").is_err());
        assert!(gbnf("(").is_err());
    }

    proptest! {
        #[test]
        fn the_plain_expression_matches_what_the_pattern_matches(text in "[a-cé.\\-\\]\\^ ]{0,8}") {
            let pattern = r"(?:[a-c]|é|\.|[\-\]\^ ]{2}){1,3}";
            let plain = portable(pattern).unwrap();
            let matches = |pattern: &str| regex::Regex::new(&format!(r"\A(?:{pattern})\z")).unwrap().is_match(&text);
            prop_assert_eq!(matches(pattern), matches(&plain), "{}", plain);
        }
    }
}
