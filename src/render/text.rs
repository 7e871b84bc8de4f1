//! Text that every rendering needs: untrusted text made printable, sizes, durations and names.
//! Text and numbers in, text out.

use crate::analysis::{Direction, Recommendation};

/// One line of printable text: line breaks and tabs become spaces, and control characters, escape sequences' first
/// bytes, direction overrides and invisible marks are gone.
pub fn clean(text: &str) -> String {
    let printable: String = text
        .chars()
        .map(|letter| if letter.is_whitespace() { ' ' } else { letter })
        .filter(|letter| !letter.is_control() && !is_invisible(*letter))
        .collect();
    printable.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// [`clean`] for text that keeps its lines.
pub(super) fn clean_lines(text: &str) -> String {
    let lines: Vec<String> = text
        .lines()
        .map(|line| {
            line.chars()
                .filter(|letter| !letter.is_control() && !is_invisible(*letter))
                .collect()
        })
        .collect();
    lines.join("\n")
}

/// Direction overrides and isolates, zero-width characters, byte order marks and tag characters.
fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}'
    )
}

/// The address, when it is one that a page may link to.
pub(super) fn safe_url(url: Option<&str>) -> Option<&str> {
    url.filter(|url| {
        let lower = url.to_ascii_lowercase();
        (lower.starts_with("https://") || lower.starts_with("http://"))
            && !url
                .chars()
                .any(|letter| letter.is_whitespace() || letter.is_control() || is_invisible(letter))
    })
}

/// Bytes as mebibytes: whole ones from ten up, below ten one decimal, except for `.0`.
pub(super) fn mebibytes(bytes: u64) -> String {
    let size = bytes as f64 / (1024.0 * 1024.0);
    if size >= 9.95 {
        return format!("{size:.0}");
    }
    let text = format!("{size:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// Milliseconds as `12 ms`, `3.4 s` or `2 min 5 s`.
pub(super) fn duration(milliseconds: f64) -> String {
    if milliseconds < 999.5 {
        return format!("{milliseconds:.0} ms");
    }
    if milliseconds < 59_950.0 {
        return format!("{:.1} s", milliseconds / 1000.0);
    }
    let seconds = (milliseconds / 1000.0).round() as u64;
    format!("{} min {} s", seconds / 60, seconds % 60)
}

/// The first twelve digits of a hash.
pub(super) fn short_hash(hash: &str) -> String {
    clean(hash).chars().take(12).collect()
}

/// `1 headline`, `2 headlines`.
pub(super) fn plural(count: usize, thing: &str) -> String {
    if count == 1 {
        format!("1 {thing}")
    } else {
        format!("{count} {thing}s")
    }
}

/// A fraction of a probability as whole per cent.
pub(super) fn probability(fraction: f64) -> String {
    format!("{:.0}%", fraction * 100.0)
}

/// The direction's name.
pub(super) fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Bullish => "bullish",
        Direction::Neutral => "neutral",
        Direction::Bearish => "bearish",
    }
}

/// The recommendation in capitals.
pub(super) fn recommendation(recommendation: Recommendation) -> &'static str {
    match recommendation {
        Recommendation::Buy => "BUY",
        Recommendation::Hold => "HOLD",
        Recommendation::Sell => "SELL",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_direction_marks_lose_their_power() {
        assert_eq!(clean("a\u{1b}[31mb\u{9b}2J\n\tc\u{202e}d\u{200b}"), "a[31mb2J cd");
        assert_eq!(clean_lines("a\r\n\u{1b}]0;b\u{7}\nc"), "a\n]0;b\nc");
    }

    #[test]
    fn only_web_addresses_are_linked() {
        assert_eq!(safe_url(Some("https://example.com/a")), Some("https://example.com/a"));
        for refused in [
            "javascript:alert(1)",
            "data:text/html,x",
            "https://a b",
            "//example.com",
            "",
        ] {
            assert_eq!(safe_url(Some(refused)), None, "{refused}");
        }
    }

    #[test]
    fn sizes_and_durations_are_short() {
        assert_eq!(
            [mebibytes(0), mebibytes(1_572_864), mebibytes(104_857_600)],
            ["0", "1.5", "100"]
        );
        assert_eq!(
            [duration(12.4), duration(3_400.0), duration(125_000.0)],
            ["12 ms", "3.4 s", "2 min 5 s"]
        );
        assert_eq!([duration(999.6), duration(59_960.0)], ["1.0 s", "1 min 0 s"]);
    }
}
