//! Text made safe to print: what a model or a service wrote comes in, and goes out without escape sequences, direction marks and
//! invisible characters. Unlike [`clean_text`](super::clean_text) it leaves tags alone and cuts nothing.

use super::invisible::is_invisible;

/// One line: line breaks and tabs become spaces, and white space is collapsed.
pub fn clean(text: &str) -> String {
    let printable: String = text
        .chars()
        .map(|letter| if letter.is_whitespace() { ' ' } else { letter })
        .filter(|letter| !is_invisible(*letter))
        .collect();
    printable.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The same for text that keeps its lines and the spaces in them.
pub fn clean_lines(text: &str) -> String {
    let lines: Vec<String> = text
        .lines()
        .map(|line| line.chars().filter(|letter| !is_invisible(*letter)).collect())
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_direction_marks_lose_their_power() {
        assert_eq!(clean("a\u{1b}[31mb\u{9b}2J\n\tc\u{202e}d\u{200b}"), "a[31mb2J cd");
        assert_eq!(clean_lines("a\r\n\u{1b}]0;b\u{7}\nc"), "a\n]0;b\nc");
    }
}
