//! How much a ticker moves: two years of closes come in, one number goes out. Pure.

use chrono::NaiveDate;

use super::error::SentimentError;
use crate::indicators::daily_volatility;
use crate::market::{Series, Ticker};

/// Closes in two years of trading days.
pub(crate) const CLOSES: usize = 2 * 252 + 1;

/// With fewer closes than this, a year of trading days, a ticker is too young to be compared with the others.
const FEWEST: usize = 252 + 1;

/// The volatility of a ticker.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Volatility {
    /// The ticker.
    pub(crate) ticker: Ticker,
    /// Sample standard deviation of the daily log returns of up to two years, a fraction per day.
    pub(crate) daily: f64,
    /// The day of the newest close.
    pub(crate) until: NaiveDate,
}

impl Volatility {
    /// The volatility of a series.
    ///
    /// # Errors
    ///
    /// [`SentimentError::TooYoung`] of a series that is shorter than a year, [`SentimentError::Flat`] of one that does not move.
    pub(crate) fn of(series: &Series) -> Result<Self, SentimentError> {
        let closes = series.closes();
        let closes = &closes[closes.len().saturating_sub(CLOSES)..];
        let young = || SentimentError::TooYoung {
            found: closes.len(),
            needed: FEWEST,
        };
        if closes.len() < FEWEST {
            return Err(young());
        }
        let until = series.last().map(|bar| bar.date).ok_or_else(young)?;
        match daily_volatility(closes) {
            Some(daily) if daily > 0.0 => Ok(Volatility {
                ticker: series.ticker.clone(),
                daily,
                until,
            }),
            _ => Err(SentimentError::Flat),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::market::{Bar, SourceKind};

    fn series(closes: impl Iterator<Item = f64>) -> Series {
        let first = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap();
        let bars = first.iter_days().zip(closes).map(|(date, close)| Bar {
            date,
            open: None,
            high: None,
            low: None,
            close,
            volume: None,
        });
        Series {
            ticker: Ticker::parse("ACME").unwrap(),
            company: None,
            currency: "USD".into(),
            exchange: None,
            bars: bars.collect(),
            source: SourceKind::Csv,
            warnings: Vec::new(),
            events: crate::market::Events::default(),
            doubts: Vec::new(),
        }
    }

    fn zigzag(bars: usize, step: f64) -> impl Iterator<Item = f64> {
        (0..bars).map(move |day| if day % 2 == 0 { 100.0 } else { 100.0 * step.exp() })
    }

    #[test]
    fn only_the_last_two_years_count() {
        let calm = Volatility::of(&series(zigzag(CLOSES, 0.01))).unwrap();
        let wild_before = series(zigzag(300, 0.2).chain(zigzag(CLOSES, 0.01)));
        assert_eq!(Volatility::of(&wild_before).unwrap().daily, calm.daily);
        // Of 504 alternating returns ±s the mean is 0 and the sample variance s² · 504/503.
        assert!((calm.daily - 0.01 * (504.0_f64 / 503.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn a_ticker_that_is_younger_than_a_year_or_does_not_move_has_none() {
        let young = Volatility::of(&series(zigzag(FEWEST - 1, 0.01))).unwrap_err();
        assert!(young.to_string().contains("252"), "{young}");
        assert!(Volatility::of(&series(zigzag(FEWEST, 0.01))).is_ok());
        let flat = Volatility::of(&series(zigzag(400, 0.0))).unwrap_err();
        assert!(matches!(flat, SentimentError::Flat), "{flat}");
    }
}
