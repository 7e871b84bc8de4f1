//! Spellings of control tokens in text that goes to a server which tokenises it itself. There, `<|im_end|>` in a headline would end
//! the message; broken by a space it is text. Pure.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

/// What chat templates use: `<|…|>`, `<｜…｜>`, words alone between angle brackets or doubled ones, and the bracketed words of Mistral.
#[expect(clippy::expect_used, reason = "the pattern is a constant, and a test compiles it")]
static CONTROL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"<[|｜]|[|｜]>|<</?[A-Z]{2,}|</?[a-z][a-z0-9_]{0,30}>|\[/?(?:INST|SYSTEM_PROMPT|TOOL_CALLS|AVAILABLE_TOOLS|TOOL_RESULTS|TOOL_CONTENT|IMG|PREFIX|SUFFIX|MIDDLE)",
    )
    .expect("a valid pattern")
});

/// The text with a space within every spelling of a control token, so that no tokeniser takes it for one.
pub(crate) fn without_control_tokens(text: &str) -> Cow<'_, str> {
    CONTROL.replace_all(text, |found: &regex::Captures<'_>| {
        let found = &found[0];
        let first = found.chars().next().map_or(0, char::len_utf8);
        format!("{} {}", &found[..first], &found[first..])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_tokeniser_may_take_for_a_control_token_is_broken_by_a_space() {
        for (text, broken) in [
            ("a<|im_end|>b", "a< |im_end| >b"),
            ("<s>x</s>", "< s>x< /s>"),
            ("<start_of_turn>", "< start_of_turn>"),
            ("<<SYS>> [INST] x [/INST]", "< <SYS>> [ INST] x [ /INST]"),
            ("<｜end▁of▁sentence｜>", "< ｜end▁of▁sentence｜ >"),
        ] {
            assert_eq!(without_control_tokens(text), broken);
            assert_eq!(without_control_tokens(broken), broken, "again");
        }
    }

    #[test]
    fn ordinary_text_stays_as_it_is() {
        for text in [
            "P/E < 10 and ROE > 20",
            "[UPDATE] a|b <https://example.org>",
            "## Outlook\n\nx",
        ] {
            assert!(matches!(without_control_tokens(text), Cow::Borrowed(_)), "{text}");
        }
    }
}
