//! Colour and columns for the terminal. Words in, words with or without escape sequences out; the caller decides whether there is
//! colour.

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

/// What a piece of text is, and so how it is painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Title,
    Heading,
    Strong,
    Faint,
    Good,
    Bad,
    Caution,
    Forecast,
    History,
}

/// Paints, or leaves everything as it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    pub colour: bool,
}

impl Paint {
    /// `text` in the style of `tone`.
    pub fn paint(self, tone: Tone, text: &str) -> String {
        if !self.colour || tone == Tone::Plain || text.is_empty() {
            return text.to_owned();
        }
        let style = match tone {
            Tone::Plain => Style::new(),
            Tone::Title => Style::new().bold().fg_color(Some(AnsiColor::BrightWhite.into())),
            Tone::Heading => Style::new().bold().fg_color(Some(AnsiColor::Cyan.into())),
            Tone::Strong => Style::new().bold(),
            Tone::Faint => Style::new().dimmed(),
            Tone::Good => Style::new().fg_color(Some(AnsiColor::Green.into())),
            Tone::Bad => Style::new().fg_color(Some(AnsiColor::Red.into())),
            Tone::Caution => Style::new().fg_color(Some(AnsiColor::Yellow.into())),
            Tone::Forecast => Style::new().fg_color(Some(AnsiColor::Yellow.into())),
            Tone::History => Style::new().fg_color(Some(AnsiColor::Blue.into())),
        };
        format!("{style}{text}{style:#}")
    }

    /// `text` painted by the sign of a change.
    pub fn change(self, sign: i8, text: &str) -> String {
        self.paint(tone_of(sign), text)
    }

    /// The cells in columns as wide as their widest cell: the first `left` columns to the left, the others to the right.
    /// The first row is the header. A table wider than the terminal is left to the terminal.
    pub fn columns(self, left: usize, rows: &[Vec<(Tone, String)>]) -> Vec<String> {
        let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                rows.iter()
                    .filter_map(|row| row.get(column))
                    .map(|(_, cell)| cell.width())
                    .max()
                    .unwrap_or_default()
            })
            .collect();
        rows.iter()
            .map(|row| {
                let cells: Vec<String> = row
                    .iter()
                    .zip(&widths)
                    .enumerate()
                    .map(|(column, ((tone, cell), width))| {
                        let space = " ".repeat(width - cell.width());
                        let painted = self.paint(*tone, cell);
                        if column < left {
                            format!("{painted}{space}")
                        } else {
                            format!("{space}{painted}")
                        }
                    })
                    .collect();
                format!("  {}", cells.join("  ").trim_end())
            })
            .collect()
    }
}

/// Good above zero, bad below.
pub(super) fn tone_of(sign: i8) -> Tone {
    match sign {
        1.. => Tone::Good,
        0 => Tone::Plain,
        _ => Tone::Bad,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colour_nothing_is_added() {
        assert_eq!(Paint { colour: false }.paint(Tone::Bad, "-1%"), "-1%");
        assert_eq!(Paint { colour: true }.paint(Tone::Bad, "-1%"), "\u{1b}[31m-1%\u{1b}[0m");
    }

    #[test]
    fn columns_line_up_by_display_width() {
        let cell = |text: &str| (Tone::Plain, text.to_owned());
        let rows = [vec![cell("日本"), cell("1")], vec![cell("a"), cell("100")]];
        assert_eq!(
            Paint { colour: false }.columns(1, &rows),
            ["  日本    1", "  a     100"]
        );
    }
}
