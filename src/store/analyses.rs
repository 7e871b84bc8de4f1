//! An open store: analyses are stored, read by id, counted, deleted and pruned. A stored analysis never changes.

use std::path::Path;
use std::sync::Arc;

use sqlx::sqlite::SqlitePool;

use super::columns::{whole, word};
use super::error::StoreError;
use super::open;
use crate::analysis::{Analysis, Forecast};

/// An open store. Clones share one connection: SQLite admits one writer at a time, so callers queue here instead of finding the
/// file locked.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) pool: SqlitePool,
    path: Arc<Path>,
}

impl Store {
    /// Opens the store at `path`. A missing store is created, with its directory, readable by its owner only.
    ///
    /// # Errors
    ///
    /// [`StoreError`], which names the file: it or its directory cannot be written, is not a store, is damaged, or was written by
    /// a newer version.
    pub async fn open(path: &Path) -> Result<Store, StoreError> {
        Ok(Store {
            pool: open::file(path).await?,
            path: path.into(),
        })
    }

    /// An empty store that ends with the process, for tests.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when there is no memory for it.
    pub async fn in_memory() -> Result<Store, StoreError> {
        let path = Path::new(":memory:");
        Ok(Store {
            pool: open::memory(path).await?,
            path: path.into(),
        })
    }

    /// Stores an analysis and its forecast's days in one transaction. An id that is already stored is left unchanged.
    ///
    /// # Errors
    ///
    /// [`StoreError`] for a full disk, a file locked by another program for long, and the like.
    pub async fn keep(&self, analysis: &Analysis) -> Result<(), StoreError> {
        self.keep_asked(analysis, None).await
    }

    /// The same, with the fields of the request that asked for it, as JSON.
    ///
    /// # Errors
    ///
    /// As [`Store::keep`].
    pub async fn keep_asked(&self, analysis: &Analysis, inputs: Option<String>) -> Result<(), StoreError> {
        let body = serde_json::to_string(analysis).map_err(StoreError::Json)?;
        self.insert(analysis, inputs, body)
            .await
            .map_err(self.failed("write to"))
    }

    /// The JSON text of a stored analysis; `None` for an unknown id.
    ///
    /// # Errors
    ///
    /// [`StoreError`] for a file that cannot be read.
    pub async fn get(&self, id: &str) -> Result<Option<String>, StoreError> {
        let body = sqlx::query_scalar("SELECT body FROM analyses WHERE id = $1").bind(id);
        body.fetch_optional(&self.pool).await.map_err(self.failed("read"))
    }

    /// How many analyses are kept.
    ///
    /// # Errors
    ///
    /// [`StoreError`] for a file that cannot be read.
    pub async fn count(&self) -> Result<i64, StoreError> {
        let count = sqlx::query_scalar("SELECT count(*) FROM analyses");
        count.fetch_one(&self.pool).await.map_err(self.failed("read"))
    }

    /// Deletes an analysis with the days of its forecast, or a backtest. Returns whether there was one with this id.
    ///
    /// # Errors
    ///
    /// [`StoreError`] as of [`Store::keep`].
    pub async fn delete(&self, id: &str) -> Result<bool, StoreError> {
        // The days of its forecast are deleted by ON DELETE CASCADE.
        for table in [
            "DELETE FROM analyses WHERE id = $1",
            "DELETE FROM backtests WHERE id = $1",
        ] {
            let removed = sqlx::query(table).bind(id).execute(&self.pool).await;
            if removed.map_err(self.failed("write to"))?.rows_affected() > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Deletes all but the newest `keep_newest` analyses, and all but as many of the newest backtests. Returns how many were deleted.
    ///
    /// # Errors
    ///
    /// [`StoreError`] as of [`Store::keep`].
    pub async fn prune(&self, keep_newest: i64) -> Result<u64, StoreError> {
        let mut deleted = 0;
        // The days of their forecasts are deleted by ON DELETE CASCADE.
        for table in [
            "DELETE FROM analyses WHERE (created, id) <= \
             (SELECT created, id FROM analyses ORDER BY created DESC, id DESC LIMIT 1 OFFSET $1)",
            "DELETE FROM backtests WHERE (created, id) <= \
             (SELECT created, id FROM backtests ORDER BY created DESC, id DESC LIMIT 1 OFFSET $1)",
        ] {
            let removed = sqlx::query(table).bind(keep_newest.max(0)).execute(&self.pool).await;
            deleted += removed.map_err(self.failed("write to"))?.rows_affected();
        }
        Ok(deleted)
    }

    /// Waits for pending writes and closes the file; later calls fail.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    async fn insert(&self, analysis: &Analysis, inputs: Option<String>, body: String) -> Result<(), sqlx::Error> {
        // Dropping the transaction before its commit rolls it back. It begins with a write, so it never has to upgrade a read
        // lock.
        let mut transaction = self.pool.begin().await?;
        let forecast = analysis.forecast.as_ref();
        let inserted = sqlx::query(
            "INSERT INTO analyses (id, created, ticker, as_of, horizon, last_close, expected_return, direction, \
             recommendation, net_score, inputs, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(&analysis.id)
        .bind(analysis.created)
        .bind(&analysis.ticker)
        .bind(analysis.as_of.to_string())
        .bind(forecast.map(|forecast| whole(forecast.dates.len())))
        .bind(analysis.last_close)
        .bind(forecast.map(|forecast| forecast.expected_return))
        .bind(forecast.and_then(|forecast| word(&forecast.direction)))
        .bind(analysis.report.as_ref().and_then(|report| word(&report.recommendation)))
        .bind(analysis.sentiment.as_ref().map(|sentiment| sentiment.net_score))
        .bind(inputs)
        .bind(body)
        .execute(&mut *transaction)
        .await?;
        if inserted.rows_affected() == 0 {
            return transaction.rollback().await;
        }
        for day in forecast.map(days).unwrap_or_default() {
            sqlx::query(
                "INSERT INTO forecast_days (analysis_id, step, date, median, low, high) VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(&analysis.id)
            .bind(day.step)
            .bind(day.date)
            .bind(day.median)
            .bind(day.low)
            .bind(day.high)
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await
    }

    /// Turns what SQLite says into an error that names this store.
    pub(super) fn failed(&self, doing: &'static str) -> impl FnOnce(sqlx::Error) -> StoreError {
        let path = Arc::clone(&self.path);
        move |error| StoreError::of(doing, &path, error)
    }
}

/// One day of a forecast.
struct Day {
    /// From 1.
    step: i64,
    date: String,
    median: f64,
    low: Option<f64>,
    high: Option<f64>,
}

fn days(forecast: &Forecast) -> Vec<Day> {
    let quantile = |level: &str, place: usize| forecast.quantiles.get(level)?.get(place).copied();
    let medians = forecast.dates.iter().zip(&forecast.median).enumerate();
    medians
        .map(|(place, (date, median))| Day {
            step: whole(place + 1),
            date: date.to_string(),
            median: *median,
            low: quantile("0.1", place),
            high: quantile("0.9", place),
        })
        .collect()
}
