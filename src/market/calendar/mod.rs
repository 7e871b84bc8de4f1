//! Exchanges' days: a [`Series`] comes in, the trading days after it, the session ends beside an instant, and whether its newest bar is
//! final go out; with a warning where days are estimated. Pure; the current time is a parameter.
//!
//! `venue` says where a series trades and at which hours, `holidays` on which days, from a table; `new_york` goes beyond the table;
//! `open_day` decides whether a day's session has ended.

mod holidays;
mod new_york;
mod open_day;
mod venue;

use chrono::{Datelike, NaiveDate};

pub(crate) use self::open_day::{ExchangeClock, SETTLED_AFTER, still_moving, without_open_day};
pub use self::open_day::{last_session_end, next_session_end};
use self::venue::{Venue, observed_weekdays};
use super::series::Series;

/// Days on which trading is expected.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TradingDays {
    /// Strictly increasing.
    pub dates: Vec<NaiveDate>,
    /// What a reader should know about them.
    pub warnings: Vec<String>,
}

/// The first `count` trading days after `after` of the exchange that `series` is from.
///
/// Where the exchange is known, weekends and its holidays are skipped; a warning names the year up to which these are known. For
/// others only the days of the week are known (Monday to Friday, or those that the series itself trades on), and a warning says so.
pub fn next_trading_days(series: &Series, after: NaiveDate, count: usize) -> TradingDays {
    if let Some(venue) = Venue::of(series) {
        let dates = days_after(after, count, |date| venue.is_planned(*date));
        return TradingDays {
            warnings: beyond_the_table(venue, &dates).into_iter().collect(),
            dates,
        };
    }
    let weekdays = observed_weekdays(series);
    let place = series.exchange.as_deref().unwrap_or("this listing's exchange");
    TradingDays {
        dates: days_after(after, count, |date| {
            weekdays.contains(&date.weekday().number_from_monday())
        }),
        // A series that trades on all seven weekdays has no exchange holidays.
        warnings: if weekdays.len() == 7 {
            Vec::new()
        } else {
            vec![format!(
                "the holidays of {place} are not known: the forecast's dates skip only the days of the week without trading"
            )]
        },
    }
}

/// What to know of dates whose year is not in the table of the venue's holidays.
fn beyond_the_table(venue: &Venue, dates: &[NaiveDate]) -> Option<String> {
    let table = venue.holidays()?;
    if dates.iter().all(|date| table.covers(*date)) {
        return None;
    }
    let rest = if table.has_rules() {
        "other years follow the standing rules"
    } else {
        "of other years only weekends and the holidays on fixed dates are skipped"
    };
    let (name, years) = (venue.name, table.years());
    Some(format!(
        "the holidays of {name} are known for {} to {}; {rest}",
        years.start(),
        years.end()
    ))
}

fn days_after(after: NaiveDate, count: usize, open: impl Fn(&NaiveDate) -> bool) -> Vec<NaiveDate> {
    after.iter_days().skip(1).filter(open).take(count).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chrono::Weekday;

    use super::*;
    use crate::market::series::Bar;
    use crate::market::ticker::Ticker;

    fn series(ticker: &str, exchange: Option<&str>, trades: impl Fn(Weekday) -> bool) -> Series {
        let first: NaiveDate = "2026-01-01".parse().unwrap();
        let days = first.iter_days().take(200).filter(|date| trades(date.weekday()));
        let bars = days
            .map(|date| Bar {
                date,
                open: None,
                high: None,
                low: None,
                close: 1.0,
                volume: None,
            })
            .collect();
        Series {
            exchange: exchange.map(str::to_owned),
            ..Series::of_bars(Ticker::parse(ticker).unwrap(), bars)
        }
    }

    fn next(series: &Series, after: &str, count: usize) -> (Vec<String>, Vec<String>) {
        let days = next_trading_days(series, after.parse().unwrap(), count);
        (days.dates.iter().map(NaiveDate::to_string).collect(), days.warnings)
    }

    fn not_weekend(day: Weekday) -> bool {
        !matches!(day, Weekday::Sat | Weekday::Sun)
    }

    #[test]
    fn weekends_and_holidays_of_new_york_are_skipped() {
        let apple = series("AAPL", Some("NasdaqGS"), not_weekend);
        // Thanksgiving is Thursday 2026-11-26; the day after is a half day, on which there is trading.
        let (dates, warnings) = next(&apple, "2026-11-24", 4);
        assert_eq!(dates, ["2026-11-25", "2026-11-27", "2026-11-30", "2026-12-01"]);
        assert!(warnings.is_empty());
    }

    #[test]
    fn the_day_itself_is_never_among_the_days_after_it() {
        let apple = series("AAPL", Some("NYSE"), not_weekend);
        assert_eq!(next(&apple, "2013-03-01", 1).0, ["2013-03-04"]);
        assert!(next(&apple, "2013-03-01", 0).0.is_empty());
    }

    #[test]
    fn beyond_the_published_calendar_a_warning_says_that_rules_were_used() {
        let apple = series("AAPL", Some("NYSE"), not_weekend);
        let (dates, warnings) = next(&apple, "2032-12-23", 2);
        assert_eq!(dates, ["2032-12-27", "2032-12-28"]);
        assert!(warnings[0].contains("standing rules"));
    }

    #[test]
    fn each_of_the_large_exchanges_keeps_its_own_holidays() {
        for (ticker, exchange, after, expected) in [
            ("VOD.L", "LSE", "2026-12-24", "2026-12-29"),
            ("SAP.DE", "XETRA", "2026-12-23", "2026-12-28"),
            ("MC.PA", "Paris", "2026-12-24", "2026-12-28"),
            ("ASML.AS", "Amsterdam", "2026-12-31", "2027-01-04"),
            ("NESN.SW", "Swiss", "2026-07-31", "2026-08-03"),
            ("NESN.SW", "EBS", "2026-05-13", "2026-05-15"),
            // Golden Week, and the three days of September.
            ("7203.T", "Tokyo", "2026-05-01", "2026-05-07"),
            ("7203.T", "JPX", "2026-09-18", "2026-09-24"),
            // Lunar New Year.
            ("0700.HK", "HKSE", "2026-02-16", "2026-02-20"),
            ("600519.SS", "Shanghai", "2026-02-13", "2026-02-24"),
            ("000001.SZ", "SHZ", "2026-09-30", "2026-10-08"),
            // Diwali is on a Sunday and has a session of its own.
            ("TCS.NS", "NSE", "2026-11-06", "2026-11-08"),
            ("TCS.BO", "BSE", "2026-11-09", "2026-11-11"),
            ("RY.TO", "Toronto", "2026-06-30", "2026-07-02"),
            ("EURUSD=X", "CCY", "2026-12-24", "2026-12-25"),
        ] {
            let (dates, warnings) = next(&series(ticker, Some(exchange), not_weekend), after, 1);
            assert_eq!(dates, [expected], "{ticker}");
            assert!(warnings.is_empty(), "{ticker}: {warnings:?}");
            // A file does not name its exchange; its symbol does.
            assert_eq!(
                next(&series(ticker, None, not_weekend), after, 1).0,
                [expected],
                "{ticker}"
            );
        }
    }

    #[test]
    fn years_that_an_exchange_has_not_announced_keep_its_fixed_holidays_and_a_warning_says_so() {
        let moutai = series("600519.SS", Some("Shanghai"), not_weekend);
        let (dates, warnings) = next(&moutai, "2026-12-31", 2);
        assert_eq!(dates, ["2027-01-04", "2027-01-05"]);
        assert_eq!(
            warnings,
            [
                "the holidays of the exchanges of Shanghai and Shenzhen are known for 2000 to 2026; of other years only weekends and the holidays on fixed dates are skipped"
            ]
        );
    }

    #[test]
    fn an_exchange_without_a_table_gets_weekdays_and_a_warning_that_names_it() {
        let petrobras = series("PETR4.SA", Some("São Paulo"), not_weekend);
        let (dates, warnings) = next(&petrobras, "2026-12-24", 2);
        assert_eq!(dates, ["2026-12-25", "2026-12-28"]);
        assert!(warnings[0].contains("São Paulo"));
    }

    #[test]
    fn a_symbol_that_looks_like_a_cryptocurrency_and_rests_at_weekends_is_none() {
        let (dates, warnings) = next(&series("ABC-USD", None, not_weekend), "2026-12-24", 1);
        assert_eq!(dates, ["2026-12-28"]);
        assert!(warnings.is_empty());
        assert_eq!(
            next(&series("ABC-USD", None, |_| true), "2026-12-24", 1).0,
            ["2026-12-25"]
        );
    }

    #[test]
    fn a_listing_that_trades_from_sunday_to_thursday_goes_on_doing_so() {
        let aramco = series("2222.SR", Some("Saudi"), |day| {
            !matches!(day, Weekday::Fri | Weekday::Sat)
        });
        assert_eq!(
            next(&aramco, "2026-07-15", 3).0,
            ["2026-07-16", "2026-07-19", "2026-07-20"]
        );
    }

    #[test]
    fn what_trades_every_day_has_no_holidays_to_miss() {
        let coin = series("BTC-USD", Some("CCC"), |_| true);
        let (dates, warnings) = next(&coin, "2026-12-24", 3);
        assert_eq!(dates, ["2026-12-25", "2026-12-26", "2026-12-27"]);
        assert!(warnings.is_empty());
    }

    #[test]
    fn a_file_without_an_exchange_is_taken_for_a_us_listing_where_its_symbol_says_so() {
        assert_eq!(
            next(&series("ACME", None, not_weekend), "2026-12-24", 1).0,
            ["2026-12-28"]
        );
        assert_eq!(
            next(&series("ACME.XY", None, not_weekend), "2026-12-24", 1).0,
            ["2026-12-25"]
        );
        assert_eq!(next(&series("ACME", None, |_| true), "2026-12-24", 1).0, ["2026-12-25"]);
    }
}
