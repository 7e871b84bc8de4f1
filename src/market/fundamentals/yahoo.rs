//! Company data from Yahoo's quote summary. The service asks for a cookie and a word that belongs to it (a crumb): both are fetched
//! once and used for all securities, and once more when the service refuses them. An analysis does without the data where this
//! fails.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use tokio::sync::Mutex;

use super::Fundamentals;
use crate::market::{MarketError, Ticker, USER_AGENT};
use crate::net::{Answer, HttpClient, HttpError, RequestOptions, RetryPolicy, endpoint, shown_url};
use crate::text::clean_text;

/// The service's name, for messages.
const SERVICE: &str = "Yahoo's quote summary";

const MAX_TEXT: usize = 80;

/// Longer ones are error pages.
const MAX_CRUMB: usize = 64;

/// Where and how to ask.
#[derive(Debug, Clone)]
pub struct SummaryOptions {
    /// Where the cookie comes from.
    pub cookie_url: String,
    /// Scheme and host of the crumb and the summary.
    pub base_url: String,
    /// As for the chart service.
    pub user_agent: String,
    /// Time-out and retries of a request.
    pub request: RequestOptions,
}

impl Default for SummaryOptions {
    fn default() -> Self {
        Self {
            cookie_url: "https://fc.yahoo.com".to_owned(),
            base_url: "https://query1.finance.yahoo.com".to_owned(),
            user_agent: USER_AGENT.to_owned(),
            request: RequestOptions {
                retry: RetryPolicy::EXTRA,
                ..RequestOptions::default()
            },
        }
    }
}

/// Yahoo's quote summary with the session that it asks for. Clones share the session.
#[derive(Debug, Clone)]
pub struct YahooSummary {
    options: SummaryOptions,
    session: Arc<Mutex<Option<Session>>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Session {
    cookie: String,
    crumb: String,
}

impl YahooSummary {
    /// The service, not asked yet.
    pub fn new(options: SummaryOptions) -> Self {
        Self {
            options,
            session: Arc::default(),
        }
    }

    /// The company data of `ticker`.
    ///
    /// # Errors
    /// [`MarketError::Http`], `UnknownSymbol` or `Malformed`.
    pub async fn of(&self, client: &HttpClient, ticker: &Ticker) -> Result<Fundamentals, MarketError> {
        let session = self.session(client, ticker, None).await?;
        let answer = match self.summary(client, ticker, &session).await {
            Err(MarketError::Http {
                source: HttpError::Unauthorized { .. },
                ..
            }) => {
                let renewed = self.session(client, ticker, Some(&session)).await?;
                self.summary(client, ticker, &renewed).await?
            }
            other => other?,
        };
        read(ticker, &answer, Utc::now().date_naive())
    }

    /// The session; a new one where `refused` is the one that is kept.
    async fn session(
        &self,
        client: &HttpClient,
        ticker: &Ticker,
        refused: Option<&Session>,
    ) -> Result<Session, MarketError> {
        // The lock is held while asking, so that many securities at once ask for one session.
        let mut kept = self.session.lock().await;
        if let Some(session) = kept.as_ref().filter(|session| refused != Some(*session)) {
            return Ok(session.clone());
        }
        let cookie = self
            .ask(client, ticker, &self.options.cookie_url, &[], &[], None)
            .await?;
        let cookie = cookie.cookies.join("; ");
        let crumb = self
            .ask(
                client,
                ticker,
                &self.options.base_url,
                &["v1", "test", "getcrumb"],
                &[],
                Some(&cookie),
            )
            .await?;
        let crumb = String::from_utf8_lossy(&crumb.body).trim().to_owned();
        if crumb.is_empty() || crumb.len() > MAX_CRUMB || crumb.contains(['<', '{', ' ']) {
            return Err(malformed(ticker, "no crumb came"));
        }
        let session = Session { cookie, crumb };
        *kept = Some(session.clone());
        Ok(session)
    }

    async fn summary(&self, client: &HttpClient, ticker: &Ticker, session: &Session) -> Result<Answer, MarketError> {
        self.ask(
            client,
            ticker,
            &self.options.base_url,
            &["v10", "finance", "quoteSummary", ticker.as_str()],
            &[
                ("modules", "assetProfile,summaryDetail,price,calendarEvents"),
                ("formatted", "false"),
                ("crumb", &session.crumb),
            ],
            Some(&session.cookie),
        )
        .await
    }

    async fn ask(
        &self,
        client: &HttpClient,
        ticker: &Ticker,
        base: &str,
        path: &[&str],
        query: &[(&str, &str)],
        cookie: Option<&str>,
    ) -> Result<Answer, MarketError> {
        let http = |source: HttpError| MarketError::Http {
            service: SERVICE,
            ticker: ticker.clone(),
            source,
        };
        let mut url = endpoint(base, path).map_err(http)?;
        for (name, value) in query {
            url.query_pairs_mut().append_pair(name, value);
        }
        let sent = client.send(&url, &self.options.request, |client| {
            let request = client.get(url.clone()).header("User-Agent", &self.options.user_agent);
            match cookie.filter(|cookie| !cookie.is_empty()) {
                Some(cookie) => request.header("Cookie", cookie),
                None => request,
            }
        });
        let answer = sent.await.map_err(http)?;
        if answer.is_page() && answer.status.is_success() {
            return Err(http(HttpError::Blocked {
                url: shown_url(&url),
                status: answer.status.as_u16(),
            }));
        }
        Ok(answer)
    }
}

fn malformed(ticker: &Ticker, reason: impl Into<String>) -> MarketError {
    MarketError::Malformed {
        service: SERVICE,
        ticker: ticker.clone(),
        reason: reason.into(),
    }
}

/// Figures come bare, or as an object with the bare figure under `raw`.
pub(in crate::market) fn read(ticker: &Ticker, answer: &Answer, today: NaiveDate) -> Result<Fundamentals, MarketError> {
    if answer.status.as_u16() == 404 {
        return Err(MarketError::unknown(SERVICE, ticker));
    }
    let body: Value =
        serde_json::from_slice(&answer.body).map_err(|error| malformed(ticker, format!("not JSON ({error})")))?;
    let summary = body
        .pointer("/quoteSummary/result/0")
        .ok_or_else(|| malformed(ticker, format!("no summary (HTTP {})", answer.status.as_u16())))?;
    let at = |path: &str| {
        let value = summary.pointer(path)?;
        Some(value.get("raw").unwrap_or(value))
    };
    let text = |path: &str| {
        let text = clean_text(at(path)?.as_str()?, MAX_TEXT);
        (!text.is_empty()).then_some(text)
    };
    let figure = |path: &str| at(path)?.as_f64().filter(|figure| figure.is_finite());
    let day = |path: &str| Some(DateTime::from_timestamp(at(path)?.as_i64()?, 0)?.date_naive());
    Ok(Fundamentals {
        sector: text("/assetProfile/sector"),
        industry: text("/assetProfile/industry"),
        market_cap: figure("/price/marketCap")
            .or_else(|| figure("/summaryDetail/marketCap"))
            .filter(|value| *value > 0.0),
        currency: text("/price/currency").or_else(|| text("/summaryDetail/currency")),
        price_earnings: figure("/summaryDetail/trailingPE").filter(|ratio| *ratio > 0.0),
        dividend_yield: figure("/summaryDetail/dividendYield").filter(|yields| (0.0..1.0).contains(yields)),
        next_earnings: day("/calendarEvents/earnings/earningsDate/0").filter(|day| *day >= today),
        source: "Yahoo Finance".to_owned(),
        asked_on: today,
    })
}
