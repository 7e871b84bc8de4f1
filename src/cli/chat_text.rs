//! The answers of `tripod chat` on a terminal: Markdown comes in as it is written, text without its marks goes out at once. Headings and
//! strong words are bold where there is colour, quotations are cautions, tables have columns.

use anstyle::{AnsiColor, Style};
use comfy_table::{ContentArrangement, Table, presets};

const STRONG: Style = Style::new().bold();
const HEADING: Style = STRONG.fg_color(Some(anstyle::Color::Ansi(AnsiColor::Cyan)));
const CAUTION: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow)));

/// Sets Markdown for a terminal.
pub(super) struct ChatText {
    colour: bool,
    line: Line,
    /// Asterisks whose meaning the next character decides.
    stars: usize,
    strong: bool,
    slanted: bool,
    table: Option<Table>,
}

/// What the line under way is.
enum Line {
    /// Nothing was read of it.
    New,
    /// Text, which goes out as it comes.
    Text,
    /// A heading, a quotation or a row, which goes out whole.
    Held(String),
}

impl ChatText {
    /// Text with or without escape sequences.
    pub(super) fn new(colour: bool) -> Self {
        ChatText {
            colour,
            line: Line::New,
            stars: 0,
            strong: false,
            slanted: false,
            table: None,
        }
    }

    /// What can be shown after the next piece.
    pub(super) fn set(&mut self, piece: &str) -> String {
        let mut out = String::new();
        for c in piece.chars() {
            self.take(c, &mut out);
        }
        out
    }

    /// What was held back at the end of the answer.
    pub(super) fn end(&mut self) -> String {
        let mut out = String::new();
        match std::mem::replace(&mut self.line, Line::New) {
            Line::Held(line) => self.held(&line, &mut out),
            Line::Text => self.end_inline(&mut out),
            Line::New => {}
        }
        self.end_table(&mut out);
        out
    }

    fn take(&mut self, c: char, out: &mut String) {
        if c == '\n' {
            match std::mem::replace(&mut self.line, Line::New) {
                Line::Held(line) => self.held(&line, out),
                Line::Text => {
                    self.end_inline(out);
                    out.push('\n');
                }
                Line::New => {
                    self.end_table(out);
                    out.push('\n');
                }
            }
            return;
        }
        match &mut self.line {
            Line::Held(line) => line.push(c),
            Line::Text => self.inline(c, out),
            Line::New => {
                if c != '|' {
                    self.end_table(out);
                }
                if matches!(c, '#' | '>' | '|') {
                    self.line = Line::Held(c.to_string());
                } else {
                    self.line = Line::Text;
                    self.inline(c, out);
                }
            }
        }
    }

    fn inline(&mut self, c: char, out: &mut String) {
        if c == '*' {
            self.stars += 1;
            return;
        }
        self.turn(Some(c), out);
        out.push(c);
    }

    /// Takes the asterisks before `next`.
    fn turn(&mut self, next: Option<char>, out: &mut String) {
        let stars = std::mem::take(&mut self.stars);
        let opens = next.is_some_and(|next| !next.is_whitespace());
        if stars >= 2 && (self.strong || opens) {
            self.strong = !self.strong;
            self.style(STRONG, self.strong, out);
        } else if stars == 1 && (self.slanted || opens) {
            self.slanted = !self.slanted;
        } else {
            out.push_str(&"*".repeat(stars));
        }
    }

    /// Emphasis ends with its line.
    fn end_inline(&mut self, out: &mut String) {
        self.turn(None, out);
        if std::mem::take(&mut self.strong) {
            self.style(STRONG, false, out);
        }
        self.slanted = false;
    }

    fn held(&mut self, line: &str, out: &mut String) {
        if line.starts_with('|') {
            self.row(line);
            return;
        }
        let is_heading = line.starts_with('#');
        let text = line.trim_start_matches(['#', '>']).replace("**", "");
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        let style = if is_heading { HEADING } else { CAUTION };
        self.style(style, true, out);
        out.push_str(if is_heading { "" } else { "! " });
        out.push_str(text);
        self.style(style, false, out);
        out.push('\n');
    }

    fn row(&mut self, line: &str) {
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        if cells.iter().all(|cell| cell.chars().all(|c| matches!(c, '-' | ':'))) && !cells.concat().is_empty() {
            return;
        }
        match &mut self.table {
            Some(table) => {
                table.add_row(cells);
            }
            None => {
                let mut table = Table::new();
                table
                    .load_preset(presets::NOTHING)
                    .set_content_arrangement(ContentArrangement::Disabled)
                    .set_header(cells);
                self.table = Some(table);
            }
        }
    }

    fn end_table(&mut self, out: &mut String) {
        if let Some(table) = self.table.take() {
            out.push_str(&table.trim_fmt());
            out.push('\n');
        }
    }

    fn style(&self, style: Style, on: bool, out: &mut String) {
        if self.colour {
            let (begin, end) = (style.render().to_string(), style.render_reset().to_string());
            out.push_str(if on { &begin } else { &end });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An answer that comes a character at a time.
    fn set(text: &str, colour: bool) -> String {
        let mut setter = ChatText::new(colour);
        let mut out = String::new();
        for c in text.chars() {
            out.push_str(&setter.set(c.encode_utf8(&mut [0; 4])));
        }
        out + &setter.end()
    }

    #[test]
    fn a_report_has_no_marks() {
        let report = "> **Not reliable.**\n>\n> **Demo data.**\n\n## Summary\n\nIt **rose** by 5 * 3.\n- a *b* c\n\n---\n\n*No advice.*";
        let plain = "! Not reliable.\n! Demo data.\n\nSummary\n\nIt rose by 5 * 3.\n- a b c\n\n---\n\nNo advice.";
        assert_eq!(set(report, false), plain);
        assert!(set("**a** b", true).starts_with("\u{1b}[1ma\u{1b}[0m b"));
        assert_eq!(set("**open\nnext", true), "\u{1b}[1mopen\u{1b}[0m\nnext");
    }

    #[test]
    fn text_goes_out_as_it_comes_and_a_heading_when_it_is_whole() {
        let mut setter = ChatText::new(false);
        assert_eq!(setter.set("The pri"), "The pri");
        assert_eq!(setter.set("ce\n## Sum"), "ce\n");
        assert_eq!(setter.set("mary\n"), "Summary\n");
        assert_eq!(setter.end(), "");
    }

    #[test]
    fn a_table_has_columns() {
        let table = "| | AAPL | IBM |\n|---|---|---|\n| Call | hold | no call |\n\nAfter";
        let set = set(table, false);
        let lines: Vec<&str> = set.lines().map(str::trim_end).collect();
        assert_eq!(lines.len(), 4, "{set}");
        assert!(
            lines[1].contains("Call") && !set.contains('|') && !set.contains("---"),
            "{set}"
        );
        let at = |line: &str, word: &str| line.find(word);
        assert_eq!(at(lines[0], "IBM"), at(lines[1], "no call"), "{set}");
        assert_eq!(lines[2..], ["", "After"]);
    }
}
