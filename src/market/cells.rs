//! Parses the cells of a price table into numbers and dates. Guesses nothing: a text with two readings is an error.

use chrono::NaiveDate;

/// The names of a date column, as [`column_key`] writes them.
pub const DATE_NAMES: [&str; 5] = ["date", "day", "datetime", "timestamp", "time"];

/// The names of a column of traded closes.
pub const CLOSE_NAMES: [&str; 5] = ["close", "closelast", "closingprice", "last", "price"];

/// The names of a column of closes that are adjusted for splits and dividends.
pub const ADJUSTED_NAMES: [&str; 4] = ["adjclose", "adjustedclose", "closeadj", "closeadjusted"];

/// The name of a column for comparison: `Adj. Close*` and `adj_close` are the same column.
pub fn column_key(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// The decimal separator. A file with comma-separated columns must use the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decimals {
    /// `1,234.56`
    Point,
    /// Not known ahead: `1234,56` and `1234.56` are read, `1,234` is refused.
    Either,
}

/// Reads a price or a share count. `None` for the usual marks of a missing value (`null`, `N/A`, `-`).
///
/// # Errors
/// The reason, worded to follow the column's name.
pub fn number(cell: &str, decimals: Decimals) -> Result<Option<f64>, String> {
    let text = cell.trim();
    let absent = ["", "-", "null", "none", "nan", "n/a", "na", "#n/a"];
    if absent.iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return Ok(None);
    }
    let wrong = || format!("`{}` is not a number", shown(text));
    let bare: String = text
        .trim_start_matches(['$', '€', '£', '¥'])
        .chars()
        .filter(|c| !matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\''))
        .collect();
    let plain = match (bare.contains(','), bare.contains('.')) {
        (false, _) => bare,
        (true, true) => match (bare.find('.'), bare.rfind(',')) {
            (Some(point), Some(comma)) if comma < point => without_groups(&bare, ',').ok_or_else(wrong)?,
            _ if decimals == Decimals::Either => without_groups(&bare.replace(',', ";"), '.')
                .ok_or_else(wrong)?
                .replace(';', "."),
            _ => return Err(wrong()),
        },
        (true, false) => match (without_groups(&bare, ','), decimals) {
            (Some(whole), Decimals::Point) => whole,
            (Some(_), Decimals::Either) if bare.matches(',').count() == 1 => {
                return Err(format!(
                    "`{}` can be read in two ways: write it with a decimal point and without thousands separators",
                    shown(text)
                ));
            }
            (Some(whole), Decimals::Either) => whole,
            (None, Decimals::Either) if bare.matches(',').count() == 1 => bare.replace(',', "."),
            (None, _) => return Err(wrong()),
        },
    };
    // Rust reads `inf` and `infinity` as numbers; no price is one.
    if !plain.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+')) {
        return Err(wrong());
    }
    match plain.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(Some(value)),
        _ => Err(wrong()),
    }
}

/// `1,234,567.8` → `1234567.8`; `None` when the separators do not stand between groups of three.
fn without_groups(text: &str, separator: char) -> Option<String> {
    let end = text.find(|c: char| c != separator && !c.is_ascii_digit() && c != '-' && c != '+');
    let (whole, rest) = text.split_at(end.unwrap_or(text.len()));
    let mut groups = whole.split(separator);
    let first = groups.next()?.trim_start_matches(['-', '+']);
    let tidy = (1..=3).contains(&first.len()) && groups.all(|g| g.len() == 3 && g.bytes().all(|b| b.is_ascii_digit()));
    (tidy && !rest.contains(separator)).then(|| whole.replace(separator, "") + rest)
}

/// In which order a column writes dates such as `03/04/2013`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlashOrder {
    /// Month first.
    MonthDay,
    /// Day first.
    DayMonth,
}

/// The only order in which every slashed date of a column is valid. `Ok(None)` when the column has none.
///
/// # Errors
/// When both orders are valid, or neither is.
pub fn slash_order<'a>(cells: impl Iterator<Item = &'a str> + Clone) -> Result<Option<SlashOrder>, String> {
    let slashed = cells.filter(|cell| slash_parts(cell).is_some());
    if slashed.clone().next().is_none() {
        return Ok(None);
    }
    let all_exist = |order| slashed.clone().all(|cell| slashed_date(cell, order).is_some());
    match (all_exist(SlashOrder::MonthDay), all_exist(SlashOrder::DayMonth)) {
        (true, false) => Ok(Some(SlashOrder::MonthDay)),
        (false, true) => Ok(Some(SlashOrder::DayMonth)),
        (true, true) => Err("the dates can be read month first and day first: write them as YYYY-MM-DD".to_owned()),
        (false, false) => Err("the dates mix month first and day first: write them as YYYY-MM-DD".to_owned()),
    }
}

/// `(a, b, year)` of `a/b/year`; `None` for anything else, so also for `2013/03/01`.
fn slash_parts(cell: &str) -> Option<(u32, u32, i32)> {
    let day = cell.split_whitespace().next()?;
    let mut parts = day.split('/');
    let (a, b, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || a.len() > 2 || b.len() > 2 || year.len() != 4 {
        return None;
    }
    Some((a.parse().ok()?, b.parse().ok()?, year.parse().ok()?))
}

fn slashed_date(cell: &str, order: SlashOrder) -> Option<NaiveDate> {
    let (a, b, year) = slash_parts(cell)?;
    match order {
        SlashOrder::MonthDay => NaiveDate::from_ymd_opt(year, a, b),
        SlashOrder::DayMonth => NaiveDate::from_ymd_opt(year, b, a),
    }
}

/// Reads a day: `2013-03-01` (a time after it is ignored), `2013/03/01`, `20130301`, `Mar 1, 2013`, `1 March 2013`,
/// `01-Mar-2013`, `01.03.2013`, and `03/01/2013` in the column's `order`.
///
/// # Errors
/// The reason, worded to follow the column's name.
pub fn date(cell: &str, order: Option<SlashOrder>) -> Result<NaiveDate, String> {
    let text = cell.trim();
    let found = if slash_parts(text).is_some() {
        order.and_then(|order| slashed_date(text, order))
    } else {
        iso_date(text).or_else(|| {
            [
                "%Y/%m/%d",
                "%Y%m%d",
                "%b %d, %Y",
                "%B %d, %Y",
                "%d %b %Y",
                "%d %B %Y",
                "%d-%b-%Y",
                "%d.%m.%Y",
            ]
            .iter()
            .find_map(|form| NaiveDate::parse_from_str(text, form).ok())
        })
    };
    found
        // Two-digit years and spreadsheet serial numbers would parse as years before any exchange existed.
        .filter(|day| (1800..=2999).contains(&chrono::Datelike::year(day)))
        .ok_or_else(|| format!("`{}` is not a date: write it as YYYY-MM-DD", shown(text)))
}

/// `2013-03-01`, alone or followed by a time.
fn iso_date(text: &str) -> Option<NaiveDate> {
    let (day, rest) = text.split_at_checked(10)?;
    let alone = rest.is_empty() || rest.starts_with(['T', 't', ' ']);
    NaiveDate::parse_from_str(day, "%Y-%m-%d").ok().filter(|_| alone)
}

/// A cell shortened for a message, without control characters.
fn shown(cell: &str) -> String {
    crate::text::clean_text(cell, 40)
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
            ("1 234.5", 1234.5),
            ("1e3", 1000.0),
            ("-3", -3.0),
            (".5", 0.5),
        ] {
            assert_eq!(number(cell, Decimals::Point), Ok(Some(value)), "{cell}");
        }
    }

    #[test]
    fn a_decimal_comma_is_read_where_commas_do_not_part_columns() {
        assert_eq!(number("24,68", Decimals::Either), Ok(Some(24.68)));
        assert_eq!(number("1.234,56", Decimals::Either), Ok(Some(1234.56)));
        assert_eq!(number("1,234.56", Decimals::Either), Ok(Some(1234.56)));
        assert!(number("1,234", Decimals::Either).unwrap_err().contains("two ways"));
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
            "1,23,456",
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

    #[test]
    fn dates_are_read_in_the_forms_that_have_one_reading() {
        let day = NaiveDate::from_ymd_opt(2013, 3, 1).unwrap();
        for cell in [
            "2013-03-01",
            "2013-03-01T00:00:00-05:00",
            "2013-03-01 16:00",
            "2013/03/01",
            "20130301",
            "Mar 1, 2013",
            "March 01, 2013",
            "1 Mar 2013",
            "01-Mar-2013",
            "01.03.2013",
        ] {
            assert_eq!(date(cell, None), Ok(day), "{cell}");
        }
        assert_eq!(date("03/01/2013", Some(SlashOrder::MonthDay)), Ok(day));
        assert_eq!(date("01/03/2013", Some(SlashOrder::DayMonth)), Ok(day));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for cell in [
            "",
            "yesterday",
            "2013-02-30",
            "2013-03-01x",
            "13-03-01",
            "41334",
            "1/3/13",
            "é013-03-011",
        ] {
            assert!(date(cell, None).is_err(), "{cell}");
        }
    }

    #[test]
    fn the_order_of_slashed_dates_comes_from_the_whole_column() {
        let order = |cells: &[&str]| slash_order(cells.iter().copied());
        assert_eq!(order(&["03/01/2013", "02/28/2013"]), Ok(Some(SlashOrder::MonthDay)));
        assert_eq!(order(&["01/03/2013", "28/02/2013"]), Ok(Some(SlashOrder::DayMonth)));
        assert_eq!(order(&["2013-03-01"]), Ok(None));
        assert!(order(&["03/01/2013", "04/01/2013"]).unwrap_err().contains("YYYY-MM-DD"));
        assert!(order(&["28/02/2013", "02/28/2013"]).unwrap_err().contains("mix"));
    }
}
