//! From the rows of a service to a [`Series`]: sorted, each day once, adjusted, without rows that have no usable close. Pure.

use chrono::NaiveDate;

use super::super::error::MarketError;
use super::super::series::{Bar, DateRange, Dividend, Events, Series, SourceKind, Split};
use super::super::ticker::Ticker;

/// One row as a service gives it. Prices are in the quoted unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Row {
    /// The trading day.
    pub date: NaiveDate,
    /// Open, high and low.
    pub prices: [Option<f64>; 3],
    /// The close as traded, or adjusted for splits by the service.
    pub close: f64,
    /// The close adjusted for dividends too, where the service has one.
    pub adjusted: Option<f64>,
    /// Shares traded.
    pub volume: Option<f64>,
    /// New shares for one old share, where the shares were split on this day.
    pub split: Option<f64>,
    /// The dividend that the shares trade without from this day on, in the quoted unit.
    pub dividend: Option<f64>,
}

/// What a service's prices are adjusted for where a row has no adjusted close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Adjusted {
    /// Splits and dividends.
    Fully,
    /// Splits only.
    ForSplits,
    /// Nothing.
    Not,
}

/// What is known of a series besides its rows.
pub(super) struct About<'a> {
    /// The service's name, for messages.
    pub service: &'static str,
    /// Which source it is.
    pub source: SourceKind,
    /// The symbol.
    pub ticker: &'a Ticker,
    /// The days wanted.
    pub range: DateRange,
    /// ISO 4217 code, and the quoted units in one of it.
    pub currency: (&'static str, f64),
    /// The company's name.
    pub company: Option<String>,
    /// The exchange's name or code.
    pub exchange: Option<String>,
    /// What the closes are adjusted for.
    pub adjusted: Adjusted,
}

/// The series of these rows.
///
/// # Errors
/// [`MarketError::NoBars`] when no row is of the days wanted.
pub(super) fn series(about: About<'_>, mut rows: Vec<Row>) -> Result<Series, MarketError> {
    let mut warnings = Vec::new();
    let usable = |price: f64| price.is_finite() && price > 0.0;
    let all = rows.len();
    let (currency, units) = about.currency;
    let adjusted = |row: &Row| row.adjusted.filter(|&price| usable(price)).unwrap_or(row.close) / units;
    rows.retain(|row| usable(row.close) && usable(adjusted(row)));
    if rows.len() < all {
        warnings.push(format!(
            "{} of {all} days had no usable close and were left out",
            all - rows.len()
        ));
    }
    rows.retain(|row| (about.range.from..=about.range.to).contains(&row.date));
    rows.sort_by_key(|row| row.date);
    let before = rows.len();
    rows.dedup_by(|later, earlier| {
        let same = later.date == earlier.date;
        if same {
            *earlier = *later;
        }
        same
    });
    if rows.len() < before {
        warnings.push(format!(
            "{} days were given twice; the later row was taken",
            before - rows.len()
        ));
    }
    if rows.is_empty() {
        return Err(MarketError::NoBars {
            ticker: about.ticker.clone(),
            from: about.range.from,
            to: about.range.to,
        });
    }
    match about.adjusted {
        Adjusted::Fully => {}
        Adjusted::ForSplits => warnings.push(format!(
            "{} adjusts its prices for splits and not for dividends",
            about.service
        )),
        Adjusted::Not => warnings.push(format!("{} gives prices as traded, not adjusted", about.service)),
    }
    let events = events(&rows);
    let bars = rows.iter().map(|row| {
        let close = adjusted(row);
        let factor = close / row.close;
        let price = |raw: Option<f64>| raw.map(|raw| raw * factor).filter(|&price| usable(price));
        let [open, high, low] = row.prices.map(price);
        Bar {
            date: row.date,
            open,
            high,
            low,
            close,
            volume: row
                .volume
                .filter(|shares| (1.0..1e18).contains(shares))
                .map(|shares| shares as u64),
        }
    });
    Ok(Series {
        ticker: about.ticker.clone(),
        company: about.company,
        currency: currency.to_owned(),
        exchange: about.exchange,
        bars: bars.collect(),
        source: about.source,
        warnings,
        events,
        doubts: Vec::new(),
    })
}

/// The splits and dividends that the rows name.
fn events(rows: &[Row]) -> Events {
    let splits = rows.iter().filter_map(|row| {
        let ratio = row
            .split
            .filter(|ratio| ratio.is_finite() && *ratio > 0.0 && *ratio != 1.0)?;
        Some(Split { date: row.date, ratio })
    });
    let dividends = rows.windows(2).filter_map(|pair| {
        let of_price = pair[1].dividend? / pair[0].close;
        let is_paid = of_price.is_finite() && of_price > 0.0;
        is_paid.then_some(Dividend {
            date: pair[1].date,
            of_price,
        })
    });
    Events {
        splits: splits.collect(),
        dividends: dividends.collect(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn row(date: &str, close: f64, adjusted: Option<f64>) -> Row {
        Row {
            date: date.parse().unwrap(),
            prices: [Some(close), Some(close * 1.5), None],
            close,
            adjusted,
            volume: Some(1_000.0),
            split: None,
            dividend: None,
        }
    }

    fn read(currency: (&'static str, f64), rows: Vec<Row>) -> Result<Series, MarketError> {
        let ticker = Ticker::parse("ACME").unwrap();
        let about = About {
            service: "A service",
            source: SourceKind::Tiingo,
            ticker: &ticker,
            range: DateRange {
                from: "2024-01-01".parse().unwrap(),
                to: "2024-12-31".parse().unwrap(),
            },
            currency,
            company: None,
            exchange: None,
            adjusted: Adjusted::Fully,
        };
        series(about, rows)
    }

    #[test]
    fn rows_in_any_order_become_adjusted_bars_of_the_main_unit() {
        let rows = vec![
            row("2024-01-03", 200.0, None),
            row("2024-01-02", 400.0, Some(200.0)),
            row("2024-01-03", 300.0, None),
            row("2024-01-04", 0.0, None),
            row("2025-01-02", 300.0, None),
        ];
        let series = read(("GBP", 100.0), rows).unwrap();
        assert_eq!(series.closes(), [2.0, 3.0]);
        assert_eq!((series.bars[0].open, series.bars[0].high), (Some(2.0), Some(3.0)));
        assert_eq!(series.currency, "GBP");
        assert_eq!(series.events, Events::default());
        assert_eq!(
            series.warnings,
            [
                "1 of 5 days had no usable close and were left out",
                "1 days were given twice; the later row was taken"
            ]
        );
    }

    #[test]
    fn an_adjustment_that_no_price_survives_leaves_the_day_out() {
        let mut rows = vec![
            row("2024-01-02", 1e-300, Some(1e300)),
            row("2024-01-03", 2.0, Some(1e-320)),
        ];
        rows[1].dividend = Some(1e300);
        let series = read(("GBP", 1e10), rows).unwrap();
        assert_eq!((series.bars.len(), series.bars[0].open), (1, None));
        assert!((series.bars[0].close / 1e290 - 1.0).abs() < 1e-9);
        assert_eq!(series.events, Events::default());
        assert_eq!(series.warnings, ["1 of 2 days had no usable close and were left out"]);
    }

    #[test]
    fn without_a_row_of_the_days_wanted_there_are_no_bars() {
        assert!(matches!(
            read(("USD", 1.0), vec![row("2023-01-03", 1.0, None)]),
            Err(MarketError::NoBars { .. })
        ));
    }
}
