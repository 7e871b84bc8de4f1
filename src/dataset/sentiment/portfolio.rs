//! The portfolio: volatilities come in, the most and the least volatile tickers go out, and are kept as a file. No ticker is in
//! both groups.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::Path;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::error::SentimentError;
use super::volatility::Volatility;
use crate::market::Ticker;

/// The tickers whose headlines are labelled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Portfolio {
    /// The newest day whose prices were used.
    pub(crate) date: NaiveDate,
    /// Tickers whose volatility was compared.
    pub(crate) compared: usize,
    /// Tickers that have none, because their prices could not be fetched or are too few.
    pub(crate) failed: usize,
    /// The most volatile first, then the least volatile.
    pub(crate) tickers: Vec<Holding>,
}

/// A picked ticker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Holding {
    /// The ticker.
    pub(crate) ticker: Ticker,
    /// Standard deviation of its daily log returns over two years, a fraction per day.
    pub(crate) volatility: f64,
    /// Why it was picked.
    pub(crate) group: Group,
    /// The day of its newest close.
    pub(crate) date: NaiveDate,
}

/// Why a ticker was picked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Group {
    /// It is one of the most volatile.
    MostVolatile,
    /// It is one of the least volatile.
    LeastVolatile,
}

impl Portfolio {
    /// Picks the `most` and the `least` volatile tickers. If there are fewer than both together, all are picked, shared out in
    /// the proportion of the two numbers. Tickers of equal volatility are taken in the order of their names. `failed` tickers have
    /// no volatility. `None` if there is nothing to pick.
    pub(crate) fn pick(
        mut volatilities: Vec<Volatility>,
        failed: usize,
        (most, least): (usize, usize),
    ) -> Option<Self> {
        let compared = volatilities.len();
        let date = volatilities.iter().map(|one| one.until).max()?;
        volatilities.sort_by(|a, b| b.daily.total_cmp(&a.daily).then_with(|| a.ticker.cmp(&b.ticker)));
        let wanted = most + least;
        let (most, least) = if wanted <= compared {
            (most, least)
        } else {
            let share = (compared * most + wanted / 2) / wanted;
            (share, compared - share)
        };
        let holding = |one: &Volatility, group| Holding {
            ticker: one.ticker.clone(),
            volatility: one.daily,
            group,
            date: one.until,
        };
        let top = volatilities.iter().take(most);
        let bottom = volatilities.iter().rev().take(least);
        let tickers: Vec<Holding> = top
            .map(|one| holding(one, Group::MostVolatile))
            .chain(bottom.map(|one| holding(one, Group::LeastVolatile)))
            .collect();
        (!tickers.is_empty()).then_some(Portfolio {
            date,
            compared,
            failed,
            tickers,
        })
    }

    /// Tickers of a group.
    pub(crate) fn count(&self, group: Group) -> usize {
        self.tickers.iter().filter(|holding| holding.group == group).count()
    }

    /// Reads a portfolio; `None` if there is no such file.
    ///
    /// # Errors
    ///
    /// [`SentimentError::Io`], or [`SentimentError::Portfolio`] with what is wrong in the file.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, SentimentError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => {
                return Err(SentimentError::Io {
                    doing: "read",
                    path: path.into(),
                    source,
                });
            }
        };
        let wrong = |reason: String| SentimentError::Portfolio {
            path: path.into(),
            reason,
        };
        let portfolio: Portfolio = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        if portfolio.tickers.is_empty() {
            return Err(wrong("it has no tickers".into()));
        }
        let mut seen = HashSet::new();
        match portfolio
            .tickers
            .iter()
            .find(|holding| !seen.insert(holding.ticker.clone()))
        {
            Some(twice) => Err(wrong(format!("{} is in it twice", twice.ticker))),
            None => Ok(Some(portfolio)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn volatilities(daily: &[f64]) -> Vec<Volatility> {
        let until = NaiveDate::from_ymd_opt(2013, 3, 1).unwrap();
        let one = |(number, &daily)| Volatility {
            ticker: Ticker::parse(&format!("T{number}")).unwrap(),
            daily,
            until,
        };
        daily.iter().enumerate().map(one).collect()
    }

    fn picked(portfolio: &Portfolio, group: Group) -> Vec<&str> {
        let of_group = portfolio.tickers.iter().filter(|holding| holding.group == group);
        of_group.map(|holding| holding.ticker.as_str()).collect()
    }

    #[test]
    fn the_most_volatile_come_first_and_then_the_least() {
        let portfolio = Portfolio::pick(volatilities(&[0.02, 0.05, 0.01, 0.03, 0.04]), 0, (2, 1)).unwrap();
        assert_eq!(picked(&portfolio, Group::MostVolatile), ["T1", "T4"]);
        assert_eq!(picked(&portfolio, Group::LeastVolatile), ["T2"]);
        assert_eq!(portfolio.compared, 5);
    }

    #[test]
    fn of_few_tickers_all_are_picked_and_none_twice() {
        for count in 1..20 {
            let daily: Vec<f64> = (0..count).map(|number| 0.01 + f64::from(number) / 1e3).collect();
            let portfolio = Portfolio::pick(volatilities(&daily), 0, (8, 7)).unwrap();
            let each: HashSet<&Ticker> = portfolio.tickers.iter().map(|holding| &holding.ticker).collect();
            assert_eq!(each.len(), portfolio.tickers.len());
            assert_eq!(portfolio.tickers.len(), daily.len().min(15));
        }
        let four = Portfolio::pick(volatilities(&[0.01, 0.02, 0.03, 0.04]), 0, (8, 7)).unwrap();
        assert_eq!(picked(&four, Group::MostVolatile), ["T3", "T2"]);
        assert_eq!(picked(&four, Group::LeastVolatile), ["T0", "T1"]);
        assert_eq!(Portfolio::pick(Vec::new(), 0, (8, 7)), None);
        assert_eq!(Portfolio::pick(volatilities(&[0.01]), 0, (0, 0)), None);
    }

    #[test]
    fn equal_volatilities_are_picked_by_name_whatever_order_they_came_in() {
        let mut turned = volatilities(&[0.01, 0.01, 0.01]);
        let straight = Portfolio::pick(turned.clone(), 0, (1, 1)).unwrap();
        turned.reverse();
        assert_eq!(Portfolio::pick(turned, 0, (1, 1)).unwrap(), straight);
        assert_eq!(picked(&straight, Group::MostVolatile), ["T0"]);
    }

    #[test]
    fn a_portfolio_is_read_as_it_was_written_and_a_wrong_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("portfolio.json");
        assert_eq!(Portfolio::read(&path).unwrap(), None);
        let portfolio = Portfolio::pick(volatilities(&[0.012_345_678_9, 0.03]), 0, (1, 1)).unwrap();
        std::fs::write(&path, serde_json::to_string_pretty(&portfolio).unwrap()).unwrap();
        assert_eq!(Portfolio::read(&path).unwrap(), Some(portfolio.clone()));
        let twice = Portfolio {
            tickers: [&portfolio.tickers[..], &portfolio.tickers[..1]].concat(),
            ..portfolio
        };
        std::fs::write(&path, serde_json::to_string(&twice).unwrap()).unwrap();
        let error = Portfolio::read(&path).unwrap_err().to_string();
        assert!(error.contains("T1 is in it twice"), "{error}");
        for wrong in [
            "[]",
            "{\"date\": \"2013-03-01\", \"compared\": 0, \"failed\": 0, \"tickers\": []}",
        ] {
            std::fs::write(&path, wrong).unwrap();
            let error = Portfolio::read(&path).unwrap_err().to_string();
            assert!(error.contains("portfolio.json") && error.contains("--fresh"), "{error}");
        }
    }
}
