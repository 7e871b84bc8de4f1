//! Days as people write them on the command line: a date, `yesterday`, or some time ago.

use chrono::{Days, Local, Months, NaiveDate};

/// Reads a day: `2026-06-30`, `today`, `yesterday`, `-30d`, `-2w`, `-3m`, `-1y`. Days are counted back from today here.
///
/// # Errors
/// What can be written instead.
pub fn day(text: &str) -> Result<NaiveDate, String> {
    from(text, Local::now().date_naive())
}

fn from(text: &str, today: NaiveDate) -> Result<NaiveDate, String> {
    let found = match text {
        "today" => Some(today),
        "yesterday" => today.pred_opt(),
        _ => ago(text, today).or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()),
    };
    found.ok_or_else(|| {
        format!("`{text}` is no day: write YYYY-MM-DD, yesterday, or -30d, -2w, -3m or -1y for so long ago")
    })
}

fn ago(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    let length = text.strip_prefix('-')?;
    let unit = length.chars().last()?;
    let number: u32 = length.strip_suffix(unit)?.parse().ok()?;
    match unit {
        'd' => today.checked_sub_days(Days::new(number.into())),
        'w' => today.checked_sub_days(Days::new(u64::from(number) * 7)),
        'm' => today.checked_sub_months(Months::new(number)),
        'y' => today.checked_sub_months(Months::new(number.checked_mul(12)?)),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_a_date_a_word_or_a_time_ago() {
        let today: NaiveDate = "2026-03-31".parse().unwrap();
        for (text, wanted) in [
            ("2013-03-01", "2013-03-01"),
            ("today", "2026-03-31"),
            ("yesterday", "2026-03-30"),
            ("-30d", "2026-03-01"),
            ("-2w", "2026-03-17"),
            ("-1m", "2026-02-28"),
            ("-1y", "2025-03-31"),
        ] {
            assert_eq!(from(text, today).unwrap().to_string(), wanted, "{text}");
        }
        for wrong in [
            "",
            "tomorrow",
            "-",
            "-d",
            "-30",
            "-3q",
            "--5d",
            "30d",
            "-99999999999d",
            "-4000000000y",
            "2013-02-30",
            "-é",
        ] {
            assert!(from(wrong, today).unwrap_err().contains("YYYY-MM-DD"), "{wrong}");
        }
    }
}
