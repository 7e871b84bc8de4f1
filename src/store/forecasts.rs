//! The stored analyses that hold a forecast, oldest first and page by page, for scoring them later.

use chrono::NaiveDate;
use sqlx::Row;

use super::analyses::Store;
use super::columns::whole;
use super::error::StoreError;
use crate::analysis::Analysis;

/// Analyses in a page: each is some 50 KiB of JSON.
const PAGE: usize = 50;

/// Where a page ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    created: i64,
    id: String,
}

impl Store {
    /// Each ticker with a stored forecast, and the earliest as-of date of these.
    ///
    /// # Errors
    ///
    /// [`StoreError`] for a file that cannot be read.
    pub async fn tickers(&self) -> Result<Vec<(String, NaiveDate)>, StoreError> {
        let rows = sqlx::query(
            "SELECT ticker, min(as_of) AS oldest FROM analyses WHERE horizon IS NOT NULL GROUP BY ticker ORDER BY ticker",
        );
        let rows = rows.fetch_all(&self.pool).await.map_err(self.failed("read"))?;
        let read = |row: &sqlx::sqlite::SqliteRow| -> Result<_, sqlx::Error> {
            let oldest: String = row.try_get("oldest")?;
            let oldest = oldest.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
            Ok((row.try_get("ticker")?, oldest))
        };
        rows.iter()
            .map(read)
            .collect::<Result<_, _>>()
            .map_err(self.failed("read"))
    }

    /// One page of analyses with a forecast, oldest first, and where the next page begins; `None` at the end. An analysis that
    /// cannot be parsed, perhaps of another version, is skipped and logged.
    ///
    /// # Errors
    ///
    /// [`StoreError`] for a file that cannot be read.
    pub async fn forecasts(&self, after: Option<Place>) -> Result<(Vec<Analysis>, Option<Place>), StoreError> {
        let after = after.unwrap_or(Place {
            created: i64::MIN,
            id: String::new(),
        });
        let rows = sqlx::query(
            "SELECT created, id, body FROM analyses WHERE horizon IS NOT NULL AND (created, id) > ($1, $2) \
             ORDER BY created, id LIMIT $3",
        )
        .bind(after.created)
        .bind(after.id)
        .bind(whole(PAGE))
        .fetch_all(&self.pool)
        .await
        .map_err(self.failed("read"))?;
        let mut place = None;
        let mut analyses = Vec::with_capacity(rows.len());
        for row in &rows {
            let read = || -> Result<(Place, String), sqlx::Error> {
                let place = Place {
                    created: row.try_get("created")?,
                    id: row.try_get("id")?,
                };
                Ok((place, row.try_get("body")?))
            };
            let (at, body) = read().map_err(self.failed("read"))?;
            match serde_json::from_str(&body) {
                Ok(analysis) => analyses.push(analysis),
                Err(error) => tracing::warn!(id = at.id, %error, "a kept analysis does not read"),
            }
            place = Some(at);
        }
        Ok((analyses, place.filter(|_| rows.len() == PAGE)))
    }
}
