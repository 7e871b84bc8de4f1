//! Splits Markdown into headings, paragraphs and their sentences, so that one sentence can be removed. Text in, blocks out;
//! what is not removed comes back byte for byte.

use super::locale::GERMAN_MONTHS;

/// A block of Markdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block<'t> {
    /// An empty line.
    Blank(&'t str),
    /// A heading of this level, the whole line.
    Heading(usize, &'t str),
    /// A line that is one statement as a whole: a row of a table, a rule.
    Line(&'t str),
    /// A paragraph or list item: its marker (`- `, `2. `, or nothing) and its sentences, spaces included.
    Prose(&'t str, Vec<&'t str>),
}

/// The blocks of `markdown`, in order; joined by line breaks they are `markdown` again.
pub(super) fn blocks(markdown: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, usize, usize)> = None;
    let mut start = 0;
    for line in markdown.split('\n') {
        let end = start + line.len();
        let content = line.trim_start();
        let marker = line.len() - content.len() + marker(content);
        let standing = content.is_empty() || heading(content).is_some() || content.starts_with('|') || is_rule(content);
        let continues = open.is_some() && !standing && marker == line.len() - content.len();
        if !continues {
            blocks.extend(open.take().map(|(from, text, to)| prose(markdown, from, text, to)));
        }
        match (&mut open, standing) {
            (Some((_, _, to)), _) => *to = end,
            (None, false) => open = Some((start, start + marker, end)),
            (None, true) => blocks.push(match heading(content) {
                Some(level) => Block::Heading(level, line),
                None if content.is_empty() => Block::Blank(line),
                None => Block::Line(line),
            }),
        }
        start = end + 1;
    }
    blocks.extend(open.map(|(from, text, to)| prose(markdown, from, text, to)));
    blocks
}

/// The words of a heading without its `#` and its section number.
pub(super) fn heading_text(line: &str) -> &str {
    let text = line.trim_start().trim_start_matches('#').trim_start();
    text[marker(text)..].trim_start_matches("- ")
}

/// The sentences of a paragraph, each with the spaces after it.
pub(crate) fn sentences(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut letters = text.char_indices().peekable();
    while let Some((index, letter)) = letters.next() {
        if !matches!(letter, '.' | '!' | '?' | '…' | '。') {
            continue;
        }
        let rest = &text[index + letter.len_utf8()..];
        let closed = rest.trim_start_matches(|letter: char| "\"'”’)]*_".contains(letter));
        let next = closed.trim_start();
        let ends = closed.len() > next.len() || letter == '。';
        if !ends || next.is_empty() || continues(&text[start..index], letter, next) {
            continue;
        }
        let end = text.len() - next.len();
        sentences.push(&text[start..end]);
        start = end;
        while letters.peek().is_some_and(|(index, _)| *index < end) {
            letters.next();
        }
    }
    if start < text.len() {
        sentences.push(&text[start..]);
    }
    sentences
}

/// Words that end in a full stop without ending a sentence.
const ABBREVIATIONS: [&str; 39] = [
    "inc", "corp", "co", "ltd", "plc", "vs", "approx", "no", "st", "mr", "mrs", "ms", "dr", "est", "avg", "max", "min",
    "etc", "fig", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "mio", "mrd",
    "ca", "bzw", "nr", "ggf", "evtl", "abs",
];

/// Words that a German ordinal stands before: "1. März", "10. Perzentil".
fn follows_an_ordinal(next: &str) -> bool {
    const THINGS: [&str; 5] = ["Perzentil", "Dezil", "Quantil", "Handelstag", "Quartal"];
    let mut months = GERMAN_MONTHS.iter();
    THINGS.iter().any(|thing| next.starts_with(thing)) || months.any(|month| next.starts_with(month))
}

/// Whether the sentence goes on after this full stop.
fn continues(before: &str, stop: char, next: &str) -> bool {
    if next.starts_with(char::is_lowercase) {
        return true;
    }
    if stop != '.' {
        return false;
    }
    let word = before
        .rsplit(|letter: char| letter.is_whitespace() || "(*_".contains(letter))
        .next()
        .unwrap_or_default();
    let ordinal = (1..=2).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit());
    if ordinal && follows_an_ordinal(next) {
        return true;
    }
    let letters_and_stops = word.chars().all(|letter| letter.is_alphabetic() || letter == '.');
    let initials = letters_and_stops && (word.contains('.') || word.chars().count() == 1);
    initials || ABBREVIATIONS.contains(&word.to_lowercase().as_str())
}

fn prose(markdown: &str, from: usize, text: usize, to: usize) -> Block<'_> {
    Block::Prose(&markdown[from..text], sentences(&markdown[text..to]))
}

fn heading(content: &str) -> Option<usize> {
    let level = content.bytes().take_while(|byte| *byte == b'#').count();
    ((1..=6).contains(&level) && content[level..].starts_with([' ', '\t'])).then_some(level)
}

fn is_rule(content: &str) -> bool {
    content.trim_end().len() > 2
        && content
            .trim_end()
            .bytes()
            .all(|byte| matches!(byte, b'-' | b'*' | b'_' | b'='))
}

/// Length of the list or quotation marker that `content` opens with, its space included.
fn marker(content: &str) -> usize {
    let digits = content.bytes().take_while(u8::is_ascii_digit).count();
    let mark = match content.as_bytes().get(digits) {
        Some(b'-' | b'*' | b'+' | b'>') if digits == 0 => 1,
        Some(b'.' | b')') if (1..4).contains(&digits) => digits + 1,
        _ => return 0,
    };
    let spaces = content[mark..].len() - content[mark..].trim_start().len();
    if spaces == 0 { 0 } else { mark + spaces }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(blocks: &[Block<'_>]) -> String {
        let lines: Vec<String> = blocks
            .iter()
            .map(|block| match block {
                Block::Blank(line) | Block::Heading(_, line) | Block::Line(line) => (*line).to_owned(),
                Block::Prose(marker, sentences) => format!("{marker}{}", sentences.concat()),
            })
            .collect();
        lines.join("\n")
    }

    #[test]
    fn a_report_falls_into_headings_paragraphs_and_items() {
        let report = "## 1. Summary\n\nIt rose. It may\nfall.\n- One 5. Two!\n2. Three\n| a | 3 |\n---";
        assert_eq!(
            blocks(report),
            [
                Block::Heading(2, "## 1. Summary"),
                Block::Blank(""),
                Block::Prose("", vec!["It rose. ", "It may\nfall."]),
                Block::Prose("- ", vec!["One 5. ", "Two!"]),
                Block::Prose("2. ", vec!["Three"]),
                Block::Line("| a | 3 |"),
                Block::Line("---"),
            ]
        );
        assert_eq!(heading_text("## 1. Summary"), "Summary");
    }

    #[test]
    fn decimals_abbreviations_and_initials_do_not_end_a_sentence() {
        let one = "Apple Inc. closed at 92.80 in the U.S. Market vs. 90.10 before";
        assert_eq!(sentences(one), [one]);
    }

    #[test]
    fn a_sentence_may_end_in_a_number_a_quote_or_emphasis() {
        assert_eq!(
            sentences("It is 92.80. \"Up.\" **Hold.** Go"),
            ["It is 92.80. ", "\"Up.\" ", "**Hold.** ", "Go"]
        );
    }

    proptest! {
        #[test]
        fn blocks_written_out_are_the_text_again(text in "[-#*|>0-9a-zA-Z .!?\n\"é。]{0,120}") {
            prop_assert_eq!(written(&blocks(&text)), text);
        }

        #[test]
        fn sentences_written_out_are_the_text_again(text in "\\PC{0,120}") {
            prop_assert_eq!(sentences(&text).concat(), text);
        }
    }
}
