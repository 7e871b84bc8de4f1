//! The list of analyses, newest first, in pages. A page begins after the last id of the page before, so new analyses shift
//! nothing.

use chrono::NaiveDate;
use serde::Serialize;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use utoipa::ToSchema;

use super::analyses::Store;
use super::columns::variant;
use super::error::StoreError;
use crate::analysis::{Direction, Recommendation};
use crate::grounding::Call;

/// The most entries of a page.
const MOST: i64 = 100;

/// Which part of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Most entries, 1–100.
    pub limit: i64,
    /// The id that the page comes after; from the newest without.
    pub after: Option<String>,
    /// Only analyses of this ticker.
    pub ticker: Option<String>,
}

impl Default for Page {
    fn default() -> Self {
        Page {
            limit: 20,
            after: None,
            ticker: None,
        }
    }
}

/// A page of the list.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Listing {
    /// Always `list`.
    pub object: &'static str,
    /// Newest first.
    pub data: Vec<Summary>,
    /// The id of the first entry.
    pub first_id: Option<String>,
    /// The id of the last entry; give it as `after` for the next page.
    pub last_id: Option<String>,
    /// Whether there are older ones.
    pub has_more: bool,
}

/// What the list says of an analysis. A figure of a stage that did not run is `null`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Summary {
    /// Names the analysis.
    pub id: String,
    /// Always `analysis.summary`.
    pub object: &'static str,
    /// Unix time in seconds.
    pub created: i64,
    /// The symbol.
    pub ticker: String,
    /// The date of the last bar used.
    pub as_of: NaiveDate,
    /// Trading days forecast.
    pub horizon: Option<i64>,
    /// Close on `as_of`.
    pub last_close: f64,
    /// Median at the horizon over the last close, minus one.
    pub expected_return: Option<f64>,
    /// Where the forecast points.
    pub direction: Option<Direction>,
    /// What the rule says to do; absent from analyses that were stored before there was one.
    pub call: Option<Call>,
    /// The same for old clients: hold where no call is made.
    pub recommendation: Option<Recommendation>,
    /// The net sentiment, −1 to 1.
    pub net_score: Option<f64>,
}

impl Store {
    /// A page of the analyses, newest first.
    ///
    /// # Errors
    ///
    /// [`StoreError::Limit`] and [`StoreError::UnknownAfter`] for an impossible page; otherwise [`StoreError`] for a file that
    /// cannot be read.
    pub async fn list(&self, page: &Page) -> Result<Listing, StoreError> {
        if !(1..=MOST).contains(&page.limit) {
            return Err(StoreError::Limit {
                limit: page.limit,
                most: MOST,
            });
        }
        // Without an `after` the page begins above every possible key.
        let mut place = (i64::MAX, String::new());
        if let Some(id) = &page.after {
            let created = sqlx::query_scalar("SELECT created FROM analyses WHERE id = $1").bind(id);
            let created = created.fetch_optional(&self.pool).await.map_err(self.failed("read"))?;
            place = (created.ok_or(StoreError::UnknownAfter)?, id.clone());
        }
        // One row more than asked for tells whether there are older ones.
        let rows = sqlx::query(
            "SELECT id, created, ticker, as_of, horizon, last_close, expected_return, direction, recommendation, net_score, \
             json_extract(body, '$.stance.call') AS call FROM analyses WHERE (created, id) < ($1, $2) AND ($3 IS NULL OR ticker = $3) \
             ORDER BY created DESC, id DESC LIMIT $4",
        )
        .bind(place.0)
        .bind(place.1)
        .bind(&page.ticker)
        .bind(page.limit + 1)
        .fetch_all(&self.pool)
        .await
        .and_then(|rows| rows.iter().map(summary).collect::<Result<Vec<_>, _>>());
        let mut data = rows.map_err(self.failed("read"))?;
        let limit = usize::try_from(page.limit).unwrap_or_default();
        let has_more = data.len() > limit;
        data.truncate(limit);
        Ok(Listing {
            object: "list",
            first_id: data.first().map(|summary| summary.id.clone()),
            last_id: data.last().map(|summary| summary.id.clone()),
            has_more,
            data,
        })
    }
}

fn summary(row: &SqliteRow) -> Result<Summary, sqlx::Error> {
    let as_of: String = row.try_get("as_of")?;
    Ok(Summary {
        id: row.try_get("id")?,
        object: "analysis.summary",
        created: row.try_get("created")?,
        ticker: row.try_get("ticker")?,
        as_of: as_of.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
        horizon: row.try_get("horizon")?,
        last_close: row.try_get("last_close")?,
        expected_return: row.try_get("expected_return")?,
        direction: variant(row.try_get("direction")?)?,
        call: variant(row.try_get("call")?)?,
        recommendation: variant(row.try_get("recommendation")?)?,
        net_score: row.try_get("net_score")?,
    })
}
