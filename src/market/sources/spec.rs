//! One entry of the setting `sources`: text comes in, the named source goes out. Opens nothing.

use std::path::PathBuf;
use std::str::FromStr;

use serde::Deserialize;
use thiserror::Error;

/// A source of bars as the user names it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum SourceName {
    /// Yahoo Finance.
    Yahoo,
    /// Tiingo.
    Tiingo,
    /// Alpha Vantage.
    AlphaVantage,
    /// Finnhub.
    Finnhub,
    /// Polygon.
    Polygon,
    /// Stooq.
    Stooq,
    /// A folder with one CSV or Parquet file a ticker, or one CSV file.
    Files(PathBuf),
}

/// A text that names no source.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no source of bars: choose among yahoo, tiingo, alphavantage, finnhub, polygon, stooq and csv:FOLDER")]
pub struct UnknownSource(String);

impl FromStr for SourceName {
    type Err = UnknownSource;

    fn from_str(text: &str) -> Result<Self, UnknownSource> {
        let text = text.trim();
        Ok(match text.to_ascii_lowercase().as_str() {
            "yahoo" => Self::Yahoo,
            "tiingo" => Self::Tiingo,
            "alphavantage" | "alpha-vantage" => Self::AlphaVantage,
            "finnhub" => Self::Finnhub,
            "polygon" => Self::Polygon,
            "stooq" => Self::Stooq,
            _ => match text.split_once(':') {
                Some((kind, path)) if kind.eq_ignore_ascii_case("csv") && !path.is_empty() => Self::Files(path.into()),
                _ => {
                    return Err(UnknownSource(
                        text.chars().filter(|c| !c.is_control()).take(60).collect(),
                    ));
                }
            },
        })
    }
}

impl TryFrom<String> for SourceName {
    type Error = UnknownSource;

    fn try_from(text: String) -> Result<Self, UnknownSource> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_named_in_any_case_and_a_folder_by_its_path() {
        assert_eq!("Yahoo".parse(), Ok(SourceName::Yahoo));
        assert_eq!("alphavantage".parse(), Ok(SourceName::AlphaVantage));
        assert_eq!("csv:a/B c".parse(), Ok(SourceName::Files("a/B c".into())));
        for wrong in ["", "csv", "csv:", "bloomberg", "yahoo,tiingo"] {
            assert!(wrong.parse::<SourceName>().is_err(), "{wrong}");
        }
    }
}
