//! The trading days after a date, which are the days of a forecast; with a warning where they are estimated. Pure.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate, Weekday};

use super::holidays::{LAST_PUBLISHED_YEAR, is_nyse_holiday};
use super::series::Series;

/// Exchanges with the NYSE holidays, by the names and codes that Yahoo uses.
const NEW_YORK: [&str; 26] = [
    "NYSE",
    "NYQ",
    "NYSE AMERICAN",
    "ASE",
    "AMEX",
    "NYSEARCA",
    "NYSE ARCA",
    "PCX",
    "NASDAQ",
    "NASDAQGS",
    "NASDAQGM",
    "NASDAQCM",
    "NMS",
    "NGM",
    "NCM",
    "NASDAQ GIDS",
    "NIM",
    "CBOE US",
    "BATS",
    "BTS",
    "OTC MARKETS",
    "PNK",
    "SNP",
    "DJI",
    "CBOE INDICES",
    "WCB",
];

/// Number of newest bars from which the trading weekdays of an unknown exchange are read.
const WEEKDAY_SAMPLE: usize = 60;

/// With fewer bars than this the weekdays are not read from them.
const MIN_SAMPLE: usize = 20;

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
/// For exchanges in the US, weekends and the holidays of the NYSE are skipped. For others only the days of the week are known
/// (Monday to Friday, or those that the series itself trades on), and a warning says so.
pub fn next_trading_days(series: &Series, after: NaiveDate, count: usize) -> TradingDays {
    if keeps_new_york_hours(series) {
        let open = |date: &NaiveDate| !is_weekend(date.weekday()) && !is_nyse_holiday(*date);
        let dates = days_after(after, count, open);
        let beyond = dates.last().is_some_and(|last| last.year() > LAST_PUBLISHED_YEAR);
        return TradingDays {
            dates,
            warnings: if beyond {
                vec![format!(
                    "the exchange has published its holidays up to {LAST_PUBLISHED_YEAR}; later ones follow its standing rules"
                )]
            } else {
                Vec::new()
            },
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

/// STUB until the calendar branch is merged.
pub fn last_session_end(
    _series: &Series,
    _now: chrono::DateTime<chrono::Utc>,
) -> Option<chrono::DateTime<chrono::Utc>> {
    None
}

fn days_after(after: NaiveDate, count: usize, open: impl Fn(&NaiveDate) -> bool) -> Vec<NaiveDate> {
    after.iter_days().skip(1).filter(open).take(count).collect()
}

fn is_weekend(day: Weekday) -> bool {
    matches!(day, Weekday::Sat | Weekday::Sun)
}

fn keeps_new_york_hours(series: &Series) -> bool {
    match &series.exchange {
        Some(exchange) => {
            let name = exchange.to_ascii_uppercase();
            NEW_YORK.contains(&name.as_str()) || name.starts_with("OTC MARKETS")
        }
        // In Yahoo's scheme a symbol without a suffix is a US listing, and most users' files follow it.
        None => {
            !series.source.is_live()
                && series.currency == "USD"
                && !series.ticker.as_str().contains(['.', '='])
                && !observed_weekdays(series).iter().any(|&day| day > 5)
        }
    }
}

/// The weekdays, Monday is 1, on which the newest bars fall regularly.
fn observed_weekdays(series: &Series) -> BTreeSet<u32> {
    let newest = &series.bars[series.bars.len().saturating_sub(WEEKDAY_SAMPLE)..];
    if newest.len() < MIN_SAMPLE {
        return (1..=5).collect();
    }
    let bars_on = |day: u32| {
        newest
            .iter()
            .filter(|bar| bar.date.weekday().number_from_monday() == day)
            .count()
    };
    // A single Saturday session is an exception; one in every other week is not.
    let days: BTreeSet<u32> = (1..=7).filter(|&day| bars_on(day) * 20 > newest.len()).collect();
    if days.is_empty() { (1..=5).collect() } else { days }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::market::series::{Bar, SourceKind};
    use crate::market::ticker::Ticker;

    fn series(ticker: &str, exchange: Option<&str>, trades: impl Fn(Weekday) -> bool) -> Series {
        let first: NaiveDate = "2026-01-01".parse().unwrap();
        let days = first.iter_days().take(200).filter(|date| trades(date.weekday()));
        Series {
            ticker: Ticker::parse(ticker).unwrap(),
            company: None,
            currency: "USD".to_owned(),
            exchange: exchange.map(str::to_owned),
            bars: days
                .map(|date| Bar {
                    date,
                    open: None,
                    high: None,
                    low: None,
                    close: 1.0,
                    volume: None,
                })
                .collect(),
            source: SourceKind::Csv,
            warnings: Vec::new(),
            events: crate::market::series::Events::default(),
            doubts: Vec::new(),
        }
    }

    fn next(series: &Series, after: &str, count: usize) -> (Vec<String>, Vec<String>) {
        let days = next_trading_days(series, after.parse().unwrap(), count);
        (days.dates.iter().map(NaiveDate::to_string).collect(), days.warnings)
    }

    fn not_weekend(day: Weekday) -> bool {
        !is_weekend(day)
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
    fn other_exchanges_get_weekdays_and_a_warning_that_names_them() {
        let vodafone = series("VOD.L", Some("LSE"), not_weekend);
        let (dates, warnings) = next(&vodafone, "2026-12-24", 2);
        assert_eq!(dates, ["2026-12-25", "2026-12-28"]);
        assert!(warnings[0].contains("LSE"));
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
            next(&series("ACME.PA", None, not_weekend), "2026-12-24", 1).0,
            ["2026-12-25"]
        );
        assert_eq!(next(&series("ACME", None, |_| true), "2026-12-24", 1).0, ["2026-12-25"]);
    }
}
