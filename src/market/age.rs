//! How old the newest bar is: a series and a day come in; a warning goes into the series, or an error out where trading has ended.
//! Pure; the day is a parameter.

use chrono::NaiveDate;

use super::calendar::next_trading_days;
use super::error::MarketError;
use super::series::Series;

/// A newest bar that is more trading days old than this is warned of: longer than any holiday.
const OLD: usize = 10;

/// A newest bar that is more trading days old than this means that the security does not trade any more.
const ENDED: usize = 60;

/// Checks the newest bar of a live source against the day that the analysis is of.
///
/// # Errors
/// [`MarketError::Ended`] when it is more than sixty trading days old. Histories that end by their nature, such as files, pass.
pub fn check_age(series: &mut Series, today: NaiveDate) -> Result<(), MarketError> {
    let Some(last) = series.last().map(|bar| bar.date).filter(|_| series.source.is_live()) else {
        return Ok(());
    };
    let since = next_trading_days(series, last, ENDED + 1).dates;
    match since.iter().filter(|day| **day < today).count() {
        days if days > ENDED => Err(MarketError::Ended {
            ticker: series.ticker.clone(),
            last,
            today,
        }),
        days if days > OLD => {
            series.warnings.push(format!(
                "the newest bar is of {last}, {days} trading days before {today}: the source is behind, or trading is suspended"
            ));
            Ok(())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::market::demo::demo_series;
    use crate::market::series::SourceKind;
    use crate::market::ticker::Ticker;

    /// IBM up to 2013-03-01, as from that source.
    fn ibm(source: SourceKind) -> Series {
        let series = demo_series(&Ticker::parse("IBM").unwrap()).unwrap();
        Series { source, ..series }
    }

    fn checked(source: SourceKind, today: &str) -> Result<Vec<String>, String> {
        let mut series = ibm(source);
        check_age(&mut series, today.parse().unwrap()).map_err(|error| error.to_string())?;
        Ok(series.warnings)
    }

    #[test]
    fn a_bar_of_ten_trading_days_ago_is_fresh_and_an_older_one_is_warned_of() {
        // Ten trading days follow 2013-03-01 up to Friday the 15th.
        assert_eq!(checked(SourceKind::Yahoo, "2013-03-16"), Ok(Vec::new()));
        let warnings = checked(SourceKind::Yahoo, "2013-03-19").unwrap();
        assert_eq!(
            warnings,
            [
                "the newest bar is of 2013-03-01, 11 trading days before 2013-03-19: the source is behind, or trading is suspended"
            ]
        );
    }

    #[test]
    fn after_sixty_trading_days_there_is_no_trading_any_more() {
        let error = checked(SourceKind::Yahoo, "2013-06-30").unwrap_err();
        assert_eq!(
            error,
            "the newest bar of IBM is of 2013-03-01, more than 60 trading days before 2013-06-30: is it delisted? Look for a newer symbol, or give --as-of 2013-03-01"
        );
    }

    #[test]
    fn a_file_may_end_in_the_past() {
        for source in [SourceKind::Csv, SourceKind::Demo, SourceKind::Request] {
            assert_eq!(checked(source, "2026-11-30"), Ok(Vec::new()));
        }
    }
}
