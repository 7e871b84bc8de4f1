//! Light Markdown for the terminal: headings and strong words bold, items with bullets, everything wrapped.
//! Markdown in, lines out; raw HTML is shown as text, links lose their address, control characters are dropped.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::paint::{Paint, Tone};
use crate::render::text::{clean, clean_lines};

/// `markdown` set in lines of at most `width` columns, two of them indentation.
pub(super) fn prose(markdown: &str, paint: Paint, width: usize) -> Vec<String> {
    let markdown = clean_lines(markdown);
    let mut setter = Setter {
        paint,
        width,
        lines: Vec::new(),
        open: String::new(),
        strong: false,
        heading: false,
        items: Vec::new(),
    };
    for event in Parser::new(&markdown) {
        setter.take(event);
    }
    setter.close("  ", "  ");
    setter.lines
}

/// `text` wrapped with the given indentations.
pub(super) fn wrap(text: &str, width: usize, first: &str, rest: &str) -> Vec<String> {
    let options = textwrap::Options::new(width.max(20))
        .initial_indent(first)
        .subsequent_indent(rest);
    textwrap::wrap(text, options)
        .into_iter()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

struct Setter {
    paint: Paint,
    width: usize,
    lines: Vec<String>,
    /// The paragraph being read.
    open: String,
    strong: bool,
    heading: bool,
    /// For each open list the number of its next item, or `None` for bullets.
    items: Vec<Option<u64>>,
}

impl Setter {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => self.say(&text),
            Event::SoftBreak | Event::HardBreak => self.open.push(' '),
            Event::Start(Tag::Strong) => self.strong = true,
            Event::End(TagEnd::Strong) => self.strong = false,
            Event::Start(Tag::Heading { .. }) => {
                if !self.lines.is_empty() {
                    self.lines.push(String::new());
                }
                self.heading = true;
            }
            Event::End(TagEnd::Heading(_)) => {
                self.close("  ", "  ");
                self.heading = false;
            }
            Event::Start(Tag::List(first)) => {
                self.close("  ", "  ");
                self.items.push(first);
            }
            Event::End(TagEnd::List(_)) => {
                self.items.pop();
            }
            Event::End(TagEnd::Item) => self.close_item(),
            Event::End(TagEnd::Paragraph | TagEnd::HtmlBlock | TagEnd::CodeBlock) if self.items.is_empty() => {
                self.close("  ", "  ");
            }
            Event::End(TagEnd::Paragraph) => self.open.push(' '),
            _ => {}
        }
    }

    fn say(&mut self, text: &str) {
        let tone = match (self.heading, self.strong) {
            (false, true) => Tone::Strong,
            _ => Tone::Plain,
        };
        // Spaces at the ends belong to the sentence; cleaning would take them away.
        let words = clean(text);
        self.space_if(text.starts_with(char::is_whitespace));
        self.open.push_str(&self.paint.paint(tone, &words));
        self.space_if(text.ends_with(char::is_whitespace));
    }

    fn space_if(&mut self, wanted: bool) {
        if wanted && !self.open.ends_with(' ') {
            self.open.push(' ');
        }
    }

    fn close_item(&mut self) {
        let depth = "  ".repeat(self.items.len());
        let mark = match self.items.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{}. ", *number - 1)
            }
            _ => "• ".to_owned(),
        };
        let rest = format!("{depth}{}", " ".repeat(mark.chars().count()));
        self.close(&format!("{depth}{mark}"), &rest);
    }

    fn close(&mut self, first: &str, rest: &str) {
        let text = std::mem::take(&mut self.open);
        if text.trim().is_empty() {
            return;
        }
        let lines = wrap(text.trim(), self.width, first, rest);
        if self.heading {
            self.lines.extend(
                lines
                    .iter()
                    .map(|line| format!("  {}", self.paint.paint(Tone::Strong, line.trim_start()))),
            );
        } else {
            self.lines.extend(lines);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Paint = Paint { colour: false };

    #[test]
    fn headings_paragraphs_and_items_are_set_apart() {
        let lines = prose(
            "## One\n\nA **strong**\nword.\n\n- first\n- second\n\n## Two\n\n1. a\n2. b",
            PLAIN,
            40,
        );
        assert_eq!(
            lines,
            [
                "  One",
                "  A strong word.",
                "  • first",
                "  • second",
                "",
                "  Two",
                "  1. a",
                "  2. b"
            ]
        );
    }

    #[test]
    fn strong_words_are_bold_and_do_not_count_against_the_width() {
        let lines = prose("one **two** three four", Paint { colour: true }, 22);
        assert_eq!(lines, ["  one \u{1b}[1mtwo\u{1b}[0m three four"]);
    }

    #[test]
    fn markup_and_escape_sequences_are_only_text() {
        let lines = prose("<b>x</b> \u{1b}[31m [here](https://example.com)", PLAIN, 60);
        assert_eq!(lines, ["  <b>x</b> [31m here"]);
    }
}
