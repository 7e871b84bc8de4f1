//! Daily bars from Yahoo's chart service: a ticker and a range of days come in, a [`Series`] goes out.
//! Needs neither cookie nor key; caches nothing.
//!
//! The request goes through `reqwest`, not through the connector of `yahoo_finance_api`: that one has fixed URLs, drops the
//! status and `Retry-After`, and bounds neither the size of an answer nor its time. The crate's types parse the answer (see
//! `yahoo_chart`).

use std::time::Duration;

use chrono::{Days, NaiveDate, NaiveTime, Utc};
use futures_util::future::BoxFuture;

use super::super::error::MarketError;
use super::super::series::{DateRange, Series};
use super::super::ticker::Ticker;
use super::yahoo_chart::{self, ChartQuestion, SERVICE};
use super::{BarQuery, BarSource};
use crate::net::{HttpClient, HttpError, RequestOptions, RetryPolicy, endpoint, shown_url};

/// Where and how to ask.
#[derive(Debug, Clone)]
pub struct YahooOptions {
    /// Scheme and host of the chart service; a mirror with the same paths does as well.
    pub base_url: String,
    /// A second host with the same paths: half of the tickers go to each, and where one does not answer the other is asked.
    pub second_url: Option<String>,
    /// Yahoo answers 429 to clients that do not look like a browser, so this begins like a browser and then names Tripod.
    pub user_agent: String,
    /// Time-out and retries of a request.
    pub request: RequestOptions,
}

/// The `User-Agent` sent to Yahoo unless told otherwise.
pub const USER_AGENT: &str = concat!("Mozilla/5.0 (compatible; tripod/", env!("CARGO_PKG_VERSION"), ")");

impl Default for YahooOptions {
    fn default() -> Self {
        Self {
            base_url: "https://query1.finance.yahoo.com".to_owned(),
            second_url: Some("https://query2.finance.yahoo.com".to_owned()),
            user_agent: USER_AGENT.to_owned(),
            request: RequestOptions {
                retry_unauthorized: true,
                worth_waiting: true,
                ..RequestOptions::default()
            },
        }
    }
}

impl YahooOptions {
    /// The service at one address, or at two with a comma between them.
    pub fn at(addresses: &str) -> Self {
        let (first, second) = addresses.split_once(',').unwrap_or((addresses, ""));
        Self {
            base_url: first.trim().to_owned(),
            second_url: Some(second.trim().to_owned()).filter(|url| !url.is_empty()),
            ..Self::default()
        }
    }
}

impl BarSource for YahooOptions {
    fn name(&self) -> &'static str {
        "yahoo"
    }

    fn origin(&self) -> Option<&str> {
        Some(&self.base_url)
    }

    fn bars<'a>(&'a self, client: &'a HttpClient, query: &'a BarQuery) -> BoxFuture<'a, Result<Series, MarketError>> {
        Box::pin(daily_bars(client, self, &query.ticker, query.range(Utc::now())))
    }
}

/// The daily bars of `ticker` in `range`, adjusted for splits and dividends, without a bar that is still moving.
///
/// # Errors
/// [`MarketError::UnknownSymbol`], `NoBars`, `Refused`, `Malformed`, or `Http` for everything on the way there.
pub async fn daily_bars(
    client: &HttpClient,
    options: &YahooOptions,
    ticker: &Ticker,
    range: DateRange,
) -> Result<Series, MarketError> {
    let Some(second) = &options.second_url else {
        return ask(client, options, &options.base_url, ticker, range).await;
    };
    // The tickers are shared out between the two hosts, which have the same data.
    let (first, second) = if is_even(ticker) {
        (&options.base_url, second)
    } else {
        (second, &options.base_url)
    };
    // The first one asked gets one try, and no wait.
    let hurried = YahooOptions {
        request: RequestOptions {
            retry: RetryPolicy {
                retries: 0,
                longest_wait: Duration::ZERO,
                ..options.request.retry
            },
            worth_waiting: false,
            ..options.request
        },
        ..options.clone()
    };
    match ask(client, &hurried, first, ticker, range).await {
        Err(error) if error.is_of_the_source() => {
            tracing::debug!(%ticker, error = error.in_full(), "asking the other host");
            ask(client, options, second, ticker, range).await
        }
        other => other,
    }
}

fn is_even(ticker: &Ticker) -> bool {
    let sum: u32 = ticker.as_str().bytes().map(u32::from).sum();
    sum.is_multiple_of(2)
}

async fn ask(
    client: &HttpClient,
    options: &YahooOptions,
    base_url: &str,
    ticker: &Ticker,
    range: DateRange,
) -> Result<Series, MarketError> {
    let http = |source: HttpError| MarketError::Http {
        service: SERVICE,
        ticker: ticker.clone(),
        source,
    };
    let mut url = endpoint(base_url, &["v8", "finance", "chart", ticker.as_str()]).map_err(http)?;
    // One day more at either end: the bounds are instants, and the exchange's date can differ from UTC's.
    let start = range.from.checked_sub_days(Days::new(1)).unwrap_or(range.from);
    let end = range.to.checked_add_days(Days::new(2)).unwrap_or(range.to);
    url.query_pairs_mut()
        .append_pair("period1", &midnight(start).to_string())
        .append_pair("period2", &midnight(end).to_string())
        .append_pair("interval", "1d")
        .append_pair("events", "div,splits,capitalGains")
        .append_pair("includePrePost", "false");
    let answer = client
        .send(&url, &options.request, |client| {
            client
                .get(url.clone())
                .header("User-Agent", &options.user_agent)
                .header("Accept", "application/json")
        })
        .await
        .map_err(http)?;
    if answer.is_page() && answer.status.as_u16() != 404 {
        return Err(http(HttpError::Blocked {
            url: shown_url(&url),
            status: answer.status.as_u16(),
        }));
    }
    let question = ChartQuestion {
        ticker,
        range,
        now: Utc::now(),
    };
    let series = yahoo_chart::read(&question, answer.status.as_u16(), &answer.body)?;
    tracing::debug!(%ticker, bars = series.bars.len(), "bars from Yahoo");
    Ok(series)
}

fn midnight(date: NaiveDate) -> i64 {
    date.and_time(NaiveTime::MIN).and_utc().timestamp()
}
