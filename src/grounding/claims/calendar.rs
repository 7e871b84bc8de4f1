//! Dates as people write them. A match of the number pattern in; the date, or the written part of it, out. It does not ask
//! whether such a day exists, because the check compares with dates that do.

use regex::Captures;

use crate::text::month;

/// A date or the part of it that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct PartialDate {
    pub year: Option<i32>,
    pub month: Option<u32>,
    pub day: Option<u32>,
}

/// The pattern of a month's name.
pub(super) const MONTH: &str = "(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?\
                     |Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)";

/// The date that the number pattern found, by its named groups; two readings where day and month could be either.
pub(super) fn dates(found: &Captures<'_>) -> Option<Vec<PartialDate>> {
    let number = |name: &str| found.name(name).and_then(|digits| digits.as_str().parse::<u32>().ok());
    let year = |name: &str| number(name).and_then(|year| i32::try_from(year).ok());
    let month = |name: &str| month(&found.name(name)?.as_str().to_lowercase());
    let one = |year, month, day| Some(vec![PartialDate { year, month, day }]);

    if found.name("iso_year").is_some() {
        one(year("iso_year"), number("iso_month"), number("iso_day"))
    } else if found.name("us_month").is_some() {
        one(year("us_year"), month("us_month"), number("us_day"))
    } else if found.name("eu_month").is_some() {
        one(year("eu_year"), month("eu_month"), number("eu_day"))
    } else if found.name("only_month").is_some() {
        one(year("only_year"), month("only_month"), None)
    } else if found.name("dot_year").is_some() {
        one(year("dot_year"), number("dot_month"), number("dot_day"))
    } else if found.name("first").is_some() {
        let year = year("slash_year").map(|year| if year < 100 { 2000 + year } else { year });
        let (first, second) = (number("first"), number("second"));
        Some(vec![
            PartialDate {
                year,
                month: first,
                day: second,
            },
            PartialDate {
                year,
                month: second,
                day: first,
            },
        ])
    } else {
        None
    }
}
