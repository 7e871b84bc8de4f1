//! Reads the numbers of a price table. Texts come in, prices and share counts go out. Which mark is the decimal one is read off a whole
//! column. Guesses nothing: a text with two readings is an error.

use crate::text::clean_text;

/// The decimal mark of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decimals {
    /// `1,234.56`
    Point,
    /// `1.234,56`
    Comma,
    /// No cell shows it: `1234.5` is read, `1,234` is refused.
    Unknown,
}

impl Decimals {
    /// The mark that the cells of a column show; `usual` where none does.
    ///
    /// # Errors
    /// When some show one and some the other, in words that follow the column's name.
    pub fn of<'a>(cells: impl Iterator<Item = &'a str>, usual: Decimals) -> Result<Decimals, String> {
        let mut found: Option<(Decimals, &str)> = None;
        for cell in cells {
            let Some(mark) = shown_mark(&bare(cell)) else { continue };
            match found {
                Some((known, first)) if known != mark => {
                    return Err(format!(
                        "`{}` and `{}` have different decimal marks: write all with a point",
                        shown(first),
                        shown(cell)
                    ));
                }
                Some(_) => {}
                None => found = Some((mark, cell)),
            }
        }
        Ok(found.map_or(usual, |(mark, _)| mark))
    }

    fn marks(self) -> (char, char) {
        match self {
            Decimals::Point | Decimals::Unknown => ('.', ','),
            Decimals::Comma => (',', '.'),
        }
    }
}

/// The decimal mark that a text alone shows. Three digits after a single mark show nothing.
fn shown_mark(text: &str) -> Option<Decimals> {
    let of = |decimal: char| {
        if decimal == '.' {
            Decimals::Point
        } else {
            Decimals::Comma
        }
    };
    let other = |mark: char| if mark == '.' { ',' } else { '.' };
    let marks: Vec<(usize, char)> = text.char_indices().filter(|(_, c)| matches!(c, '.' | ',')).collect();
    let (at, last) = *marks.last()?;
    if marks.iter().any(|(_, mark)| *mark != last) {
        return Some(of(last));
    }
    if marks.len() > 1 {
        return Some(of(other(last)));
    }
    let digits = text[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
    // `0.125` and `,125` have no thousands before the mark.
    let whole = text[..at].trim_start_matches(['-', '+']);
    (digits != 3 || whole.is_empty() || whole.starts_with('0') || whole.len() > 3).then(|| of(last))
}

/// Reads a price. `None` for the usual marks of a missing value (`null`, `N/A`, `-`).
///
/// # Errors
/// The reason, worded to follow the column's name.
pub fn number(cell: &str, decimals: Decimals) -> Result<Option<f64>, String> {
    let text = cell.trim();
    let absent = ["", "-", "--", "–", "—", "null", "none", "nan", "n/a", "na", "#n/a"];
    if absent.iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return Ok(None);
    }
    let wrong = || format!("`{}` is not a number", shown(text));
    let bare = bare(text);
    let (point, group) = decimals.marks();
    if decimals == Decimals::Unknown && bare.contains(',') {
        return Err(format!(
            "`{}` can be read in two ways: write it with a decimal point and without thousands separators",
            shown(text)
        ));
    }
    let (whole, rest) = bare.split_at(
        bare.find(|c: char| c == point || c.is_alphabetic())
            .unwrap_or(bare.len()),
    );
    let whole = without_groups(whole, group).ok_or_else(wrong)?;
    let plain = whole + &rest.replacen(point, ".", 1);
    // Rust reads `inf` and `infinity` as numbers; no price is one.
    if !plain.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+')) {
        return Err(wrong());
    }
    match plain.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(Some(value)),
        _ => Err(wrong()),
    }
}

/// Reads a share count, which may be rounded: `3.88M`, `1,2 Mrd.`, `456.7万`.
///
/// # Errors
/// As [`number`].
pub fn shares(cell: &str, decimals: Decimals) -> Result<Option<f64>, String> {
    const UNITS: [(&str, f64); 11] = [
        ("mio", 1e6),
        ("mrd", 1e9),
        ("mln", 1e6),
        ("k", 1e3),
        ("m", 1e6),
        ("b", 1e9),
        ("t", 1e12),
        ("万", 1e4),
        ("萬", 1e4),
        ("億", 1e8),
        ("亿", 1e8),
    ];
    let text = cell.trim().trim_end_matches('.').to_lowercase();
    for (unit, times) in UNITS {
        if let Some(rounded) = text
            .strip_suffix(unit)
            .filter(|rest| rest.ends_with(|c: char| c.is_ascii_digit() || c == ' '))
        {
            return Ok(number(rounded, decimals)?.map(|value| value * times));
        }
    }
    number(cell, decimals)
}

/// Without currency signs, spaces and apostrophes between thousands.
fn bare(text: &str) -> String {
    const SIGNS: [char; 8] = ['$', '€', '£', '¥', '₹', '₩', '円', '元'];
    text.trim()
        .trim_matches(SIGNS)
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '\'' | '’' | '\u{202f}'))
        .collect()
}

/// `1,234,567` → `1234567`, and `12,34,567` as India writes it; `None` when the marks do not stand between such groups.
fn without_groups(text: &str, mark: char) -> Option<String> {
    let unsigned = text.trim_start_matches(['-', '+']);
    let groups: Vec<&str> = unsigned.split(mark).collect();
    let [first, middle @ .., last] = groups.as_slice() else {
        return Some(text.to_owned());
    };
    let all_digits = groups
        .iter()
        .all(|group| group.bytes().all(|byte| byte.is_ascii_digit()));
    let even = |size: usize| (1..=size).contains(&first.len()) && middle.iter().all(|group| group.len() == size);
    let tidy = all_digits && last.len() == 3 && (even(3) || even(2));
    tidy.then(|| text.replace(mark, ""))
}

/// A cell shortened for a message, without control characters.
fn shown(cell: &str) -> String {
    clean_text(cell, 40)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_with_currency_signs_and_thousands_separators() {
        for (cell, value) in [
            ("24.68", 24.68),
            (" $1,234.50 ", 1234.5),
            ("1,234,567", 1_234_567.0),
            ("2,45,678.90", 245_678.9),
            ("1 234.5", 1234.5),
            ("1’234.50", 1234.5),
            ("12.5 €", 12.5),
            ("1e3", 1000.0),
            ("-3", -3.0),
            (".5", 0.5),
        ] {
            assert_eq!(number(cell, Decimals::Point), Ok(Some(value)), "{cell}");
        }
        for (cell, value) in [
            ("24,68", 24.68),
            ("1.234,56", 1234.56),
            ("1.234", 1234.0),
            ("-,5", -0.5),
        ] {
            assert_eq!(number(cell, Decimals::Comma), Ok(Some(value)), "{cell}");
        }
    }

    #[test]
    fn the_decimal_mark_is_what_the_column_shows() {
        let of = |cells: &[&str]| Decimals::of(cells.iter().copied(), Decimals::Unknown);
        assert_eq!(of(&["1.234", "24,68"]), Ok(Decimals::Comma));
        assert_eq!(of(&["1.234.567"]), Ok(Decimals::Comma));
        assert_eq!(of(&["0.125"]), Ok(Decimals::Point));
        assert_eq!(of(&["1234.567"]), Ok(Decimals::Point));
        assert_eq!(of(&["$1,234.5", "3.88M"]), Ok(Decimals::Point));
        assert_eq!(of(&["1.234", "-", "12"]), Ok(Decimals::Unknown));
        assert!(of(&["1.5", "1,5"]).unwrap_err().contains("different decimal marks"));
        assert!(number("1,234", Decimals::Unknown).unwrap_err().contains("two ways"));
        assert_eq!(number("1.234", Decimals::Unknown), Ok(Some(1.234)));
    }

    #[test]
    fn rounded_share_counts_are_read() {
        for (cell, value) in [
            ("3.88M", 3_880_000.0),
            ("512.3K", 512_300.0),
            ("1.2B", 1.2e9),
            ("456.7万", 4_567_000.0),
            ("3,500", 3_500.0),
        ] {
            assert!(
                (shares(cell, Decimals::Point).unwrap().unwrap() - value).abs() < 1.0,
                "{cell}"
            );
        }
        assert_eq!(shares("1,2 Mrd.", Decimals::Comma), Ok(Some(1.2e9)));
        assert_eq!(shares("-", Decimals::Point), Ok(None));
        assert!(shares("M", Decimals::Point).is_err() && shares("3Q", Decimals::Point).is_err());
    }

    #[test]
    fn the_ways_to_say_nothing_are_no_number() {
        for cell in ["", " ", "null", "N/A", "-", "NaN"] {
            assert_eq!(number(cell, Decimals::Point), Ok(None), "{cell}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for cell in [
            "abc",
            "12,34",
            "1,23,45",
            "1234,567",
            "1.2.3",
            "inf",
            "infinity",
            "0x10",
            "1,234.5,6",
            "1e999",
            "12%",
        ] {
            assert!(number(cell, Decimals::Point).is_err(), "{cell}");
        }
    }
}
