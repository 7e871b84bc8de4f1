//! Reads the days of a price table: texts come in, dates go out. In which order a column writes `03/04/2013`, and whether its numbers
//! are seconds, is read off the whole column. Guesses nothing: a column with two readings is an error.

use chrono::{DateTime, Datelike, Days, NaiveDate, Timelike, Weekday};

/// How a column writes its dates, beside the forms that have one reading.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Form {
    /// The order of dates such as `03/04/2013`, where it has any.
    order: Option<Order>,
    /// Its numbers are points in time.
    epoch: Option<Epoch>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    MonthDay,
    DayMonth,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Epoch {
    /// Units in a second.
    units: i64,
    /// Sessions begin on the evening before, in UTC: those of Sydney, Auckland and currencies.
    evening: bool,
}

/// The hour in UTC from which on a session may be that of the next day.
const EVENING: u32 = 20;

impl Form {
    /// The form of a column.
    ///
    /// # Errors
    /// When month and day can stand in both orders, or in neither; in words that follow the column's name.
    pub fn of<'a>(cells: impl Iterator<Item = &'a str> + Clone) -> Result<Form, String> {
        let cells = cells.map(str::trim).filter(|cell| !cell.is_empty());
        Ok(match epoch(cells.clone()) {
            Some(epoch) => Form {
                order: None,
                epoch: Some(epoch),
            },
            None => Form {
                order: order(cells)?,
                epoch: None,
            },
        })
    }

    /// Reads a day: `2013-03-01` (a time after it is ignored), `2013/03/01`, `20130301`, `Mar 1, 2013`, `1 March 2013`, `01-Mar-2013`,
    /// `01.03.2013`, `2013年3月1日`; `03/01/2013` and `01-03-2013` in the column's order; seconds or milliseconds since 1970 where the column
    /// has those.
    ///
    /// # Errors
    /// The reason, worded to follow the column's name.
    pub fn day(self, cell: &str) -> Result<NaiveDate, String> {
        let text = cell.trim();
        let found = if let Some(epoch) = self.epoch {
            text.parse().ok().and_then(|stamp| epoch.day(stamp))
        } else if slash_parts(text).is_some() {
            self.order.and_then(|order| slashed(text, order))
        } else {
            iso(text).or_else(|| written(text))
        };
        found
            // Spreadsheet serial numbers would parse as years before any exchange existed.
            .filter(|day| (1800..=2999).contains(&day.year()))
            .ok_or_else(|| {
                format!(
                    "`{}` is not a date: write it as YYYY-MM-DD",
                    crate::text::clean_text(text, 40)
                )
            })
    }
}

impl Epoch {
    fn day(self, stamp: i64) -> Option<NaiveDate> {
        let time = DateTime::from_timestamp(stamp.div_euclid(self.units), 0)?;
        let day = time.date_naive();
        if self.evening && time.hour() >= EVENING {
            return day.checked_add_days(Days::new(1));
        }
        Some(day)
    }
}

/// Whether a column holds seconds or milliseconds since 1970: whole numbers, at least one of more digits than a date has.
fn epoch<'a>(cells: impl Iterator<Item = &'a str> + Clone) -> Option<Epoch> {
    let stamps: Option<Vec<i64>> = cells.map(|cell| cell.parse().ok()).collect();
    let stamps = stamps.filter(|stamps| stamps.iter().any(|stamp| stamp.unsigned_abs() >= 100_000_000))?;
    let is_milliseconds = stamps.iter().any(|stamp| stamp.unsigned_abs() >= 100_000_000_000);
    let units = if is_milliseconds { 1_000 } else { 1 };
    let is_sunday_evening = |stamp: &i64| {
        DateTime::from_timestamp(stamp.div_euclid(units), 0)
            .is_some_and(|time| time.hour() >= EVENING && time.weekday() == Weekday::Sun)
    };
    Some(Epoch {
        units,
        evening: stamps.iter().any(is_sunday_evening),
    })
}

/// The only order in which every slashed date of a column is valid.
fn order<'a>(cells: impl Iterator<Item = &'a str> + Clone) -> Result<Option<Order>, String> {
    let slashed_cells = cells.filter(|cell| slash_parts(cell).is_some());
    if slashed_cells.clone().next().is_none() {
        return Ok(None);
    }
    let all_exist = |order| slashed_cells.clone().all(|cell| slashed(cell, order).is_some());
    match (all_exist(Order::MonthDay), all_exist(Order::DayMonth)) {
        (true, false) => Ok(Some(Order::MonthDay)),
        (false, true) => Ok(Some(Order::DayMonth)),
        (true, true) => Err("the dates can be read month first and day first: write them as YYYY-MM-DD".to_owned()),
        (false, false) => Err("the dates mix month first and day first: write them as YYYY-MM-DD".to_owned()),
    }
}

/// `(a, b, year)` of `a/b/year` or `a-b-year`; `None` for anything else, so also for `2013/03/01`. After slashes the year may have two
/// digits: from 70 on those of the last century.
fn slash_parts(cell: &str) -> Option<(u32, u32, i32)> {
    let day = cell.split_whitespace().next()?;
    let mark = day.find(['/', '-']).and_then(|at| day[at..].chars().next())?;
    let mut parts = day.split(mark);
    let (a, b, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || a.len() > 2 || b.len() > 2 {
        return None;
    }
    let number: i32 = year
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| year.parse().ok())??;
    let year = match year.len() {
        4 => number,
        2 if mark == '/' && number < 70 => 2000 + number,
        2 if mark == '/' => 1900 + number,
        _ => return None,
    };
    Some((a.parse().ok()?, b.parse().ok()?, year))
}

fn slashed(cell: &str, order: Order) -> Option<NaiveDate> {
    let (a, b, year) = slash_parts(cell)?;
    match order {
        Order::MonthDay => NaiveDate::from_ymd_opt(year, a, b),
        Order::DayMonth => NaiveDate::from_ymd_opt(year, b, a),
    }
}

/// `2013-03-01`, alone or followed by a time.
fn iso(text: &str) -> Option<NaiveDate> {
    let (day, rest) = text.split_at_checked(10)?;
    let alone = rest.is_empty() || rest.starts_with(['T', 't', ' ']);
    NaiveDate::parse_from_str(day, "%Y-%m-%d").ok().filter(|_| alone)
}

fn written(text: &str) -> Option<NaiveDate> {
    const FORMS: [&str; 15] = [
        "%Y-%m-%d",
        "%Y- %m- %d",
        "%Y/%m/%d",
        "%Y.%m.%d",
        "%Y. %m. %d",
        "%Y%m%d",
        "%Y年%m月%d日",
        "%Y년 %m월 %d일",
        "%b %d, %Y",
        "%B %d, %Y",
        "%d %b %Y",
        "%d %B %Y",
        "%d-%b-%Y",
        "%d-%B-%Y",
        "%d.%m.%Y",
    ];
    let text = text.trim_end_matches('.');
    FORMS.iter().find_map(|form| NaiveDate::parse_from_str(text, form).ok())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn days(cells: &[&str]) -> Result<Vec<String>, String> {
        let form = Form::of(cells.iter().copied())?;
        cells
            .iter()
            .map(|cell| form.day(cell).map(|day| day.to_string()))
            .collect()
    }

    #[test]
    fn dates_are_read_in_the_forms_that_have_one_reading() {
        for cell in [
            "2013-03-01",
            "2013-03-01T00:00:00-05:00",
            "2013-03-01 16:00",
            "2013/03/01",
            "2013-3-1",
            "20130301",
            "Mar 1, 2013",
            "March 01, 2013",
            "1 Mar 2013",
            "01-Mar-2013",
            "1-March-2013",
            "01.03.2013",
            "2013年03月01日",
            "2013年3月1日",
            "2013. 03. 01.",
            "2013년 03월 01일",
        ] {
            assert_eq!(days(&[cell]).unwrap(), ["2013-03-01"], "{cell}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for cell in [
            "yesterday",
            "2013-02-30",
            "2013-03-01x",
            "13-03-01",
            "41334",
            "1/3/1",
            "é013-03-011",
            "",
            "99999999999999999",
        ] {
            assert!(Form::default().day(cell).is_err(), "{cell}");
        }
    }

    #[test]
    fn the_order_of_slashed_dates_comes_from_the_whole_column() {
        assert_eq!(
            days(&["03/01/2013", "02/28/2013"]).unwrap(),
            ["2013-03-01", "2013-02-28"]
        );
        assert_eq!(
            days(&["01/03/2013", "28/02/2013"]).unwrap(),
            ["2013-03-01", "2013-02-28"]
        );
        assert_eq!(
            days(&["01-03-2013", "28-02-2013"]).unwrap(),
            ["2013-03-01", "2013-02-28"]
        );
        assert_eq!(days(&["03/01/13", "12/31/99"]).unwrap(), ["2013-03-01", "1999-12-31"]);
        assert!(days(&["03/01/2013", "04/01/2013"]).unwrap_err().contains("YYYY-MM-DD"));
        assert!(days(&["28/02/2013", "02/28/2013"]).unwrap_err().contains("mix"));
    }

    #[test]
    fn seconds_and_milliseconds_are_days() {
        // 14:30 in UTC is the opening in New York.
        assert_eq!(
            days(&["1362148200", "1362407400"]).unwrap(),
            ["2013-03-01", "2013-03-04"]
        );
        assert_eq!(days(&["1362148200000"]).unwrap(), ["2013-03-01"]);
        // Before 1973 they have fewer digits than a date.
        assert_eq!(days(&["-86400", "1362148200"]).unwrap(), ["1969-12-31", "2013-03-01"]);
    }

    #[test]
    fn a_session_that_begins_on_sunday_evening_is_mondays() {
        // Sydney opens at 23:00 in UTC: here on Sunday the 3rd and Monday the 4th.
        assert_eq!(
            days(&["1362351600", "1362438000"]).unwrap(),
            ["2013-03-04", "2013-03-05"]
        );
        // Closings in New York are at 21:00, never on a Sunday.
        assert_eq!(
            days(&["1362171600", "1362430800"]).unwrap(),
            ["2013-03-01", "2013-03-04"]
        );
    }
}
