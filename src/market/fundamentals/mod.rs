//! What a company is and how it is valued at this moment: sector, industry, market capitalisation, price-earnings ratio, dividend
//! yield and the day of the next earnings. Plain data; `yahoo` fetches it. It has no history, so no date in the past gets any.

mod yahoo;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[cfg(any(test, fuzzing))]
pub(super) use self::yahoo::read as read_summary;
pub use self::yahoo::{SummaryOptions, YahooSummary};

/// Company data as a service states it. What the service does not state is absent.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
pub struct Fundamentals {
    /// The sector, in the service's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub sector: Option<String>,
    /// The industry within the sector, in the service's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub industry: Option<String>,
    /// The value of all shares, in units of `currency`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, exclusive_minimum = 0)]
    pub market_cap: Option<f64>,
    /// ISO 4217 code of the market capitalisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub currency: Option<String>,
    /// The price over the earnings of a share in the last twelve months.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub price_earnings: Option<f64>,
    /// The dividends of a year over the price, a fraction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    pub dividend_yield: Option<f64>,
    /// The day of the next earnings, which companies move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_earnings: Option<NaiveDate>,
    /// The service.
    #[schema(min_length = 1)]
    pub source: String,
    /// The day on which it was asked.
    pub asked_on: NaiveDate,
}

impl Fundamentals {
    /// Whether the service stated nothing.
    pub fn is_empty(&self) -> bool {
        let texts = [&self.sector, &self.industry];
        let figures = [self.market_cap, self.price_earnings, self.dividend_yield];
        texts.iter().all(|text| text.is_none()) && figures.iter().all(Option::is_none) && self.next_earnings.is_none()
    }
}
