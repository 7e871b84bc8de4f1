//! Finished backtests: one is kept with the figures of its line in the list, read by its id, listed newest first. The test itself is
//! JSON text here; this module does not read it.

use chrono::NaiveDate;
use serde::Serialize;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use utoipa::ToSchema;

use super::analyses::Store;
use super::columns::whole;
use super::error::StoreError;

/// What the list says of a backtest.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BacktestSummary {
    /// Names the backtest.
    pub id: String,
    /// Always `backtest.summary`.
    pub object: &'static str,
    /// Unix time in seconds.
    pub created: i64,
    /// The symbol.
    pub ticker: String,
    /// The first split day.
    pub from: NaiveDate,
    /// The last day compared with a forecast.
    pub until: NaiveDate,
    /// Trading days forecast from each origin.
    pub horizon: i64,
    /// Scored windows.
    pub origins: i64,
    /// The model's mean absolute error, price units.
    pub mae: f64,
    /// The naive forecast's mean absolute error, price units.
    pub naive_mae: Option<f64>,
    /// The verdict on the model against the naive forecast; `null` with fewer than ten windows.
    pub verdict: Option<String>,
}

/// The kept backtests, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BacktestListing {
    /// Always `list`.
    pub object: &'static str,
    /// Newest first.
    pub data: Vec<BacktestSummary>,
    /// Whether there are older ones.
    pub has_more: bool,
}

impl Store {
    /// Keeps a backtest: its line in the list, the request's fields as JSON, and its own JSON text. An id that is already kept is left
    /// unchanged.
    ///
    /// # Errors
    ///
    /// [`StoreError`] as of [`Store::keep`].
    pub async fn keep_backtest(
        &self,
        line: &BacktestSummary,
        inputs: Option<String>,
        body: String,
    ) -> Result<(), StoreError> {
        let insert = sqlx::query(
            "INSERT INTO backtests (id, created, ticker, from_day, until_day, horizon, origins, mae, naive_mae, verdict, inputs, body) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING",
        )
        .bind(&line.id)
        .bind(line.created)
        .bind(&line.ticker)
        .bind(line.from.to_string())
        .bind(line.until.to_string())
        .bind(line.horizon)
        .bind(line.origins)
        .bind(line.mae)
        .bind(line.naive_mae)
        .bind(&line.verdict)
        .bind(inputs)
        .bind(body);
        insert.execute(&self.pool).await.map_err(self.failed("write to"))?;
        Ok(())
    }

    /// The JSON text of a kept backtest; `None` for an unknown id.
    ///
    /// # Errors
    ///
    /// [`StoreError`] for a file that cannot be read.
    pub async fn backtest(&self, id: &str) -> Result<Option<String>, StoreError> {
        let body = sqlx::query_scalar("SELECT body FROM backtests WHERE id = $1").bind(id);
        body.fetch_optional(&self.pool).await.map_err(self.failed("read"))
    }

    /// The newest backtests, at most `limit`, of one ticker or of all.
    ///
    /// # Errors
    ///
    /// [`StoreError`] for a file that cannot be read.
    pub async fn backtests(&self, ticker: Option<&str>, limit: usize) -> Result<BacktestListing, StoreError> {
        let rows = sqlx::query(
            "SELECT id, created, ticker, from_day, until_day, horizon, origins, mae, naive_mae, verdict FROM backtests \
             WHERE $1 IS NULL OR ticker = $1 ORDER BY created DESC, id DESC LIMIT $2",
        )
        .bind(ticker)
        // One row more than asked for tells whether there are older ones.
        .bind(whole(limit + 1))
        .fetch_all(&self.pool)
        .await
        .and_then(|rows| rows.iter().map(line).collect::<Result<Vec<_>, _>>());
        let mut data = rows.map_err(self.failed("read"))?;
        let has_more = data.len() > limit;
        data.truncate(limit);
        Ok(BacktestListing {
            object: "list",
            data,
            has_more,
        })
    }

    /// The request's fields behind an analysis or a backtest, as JSON; `None` where they were not kept.
    ///
    /// # Errors
    ///
    /// [`StoreError`] for a file that cannot be read.
    pub async fn inputs(&self, id: &str) -> Result<Option<String>, StoreError> {
        let inputs = sqlx::query_scalar(
            "SELECT inputs FROM analyses WHERE id = $1 UNION ALL SELECT inputs FROM backtests WHERE id = $1",
        )
        .bind(id);
        let found: Option<Option<String>> = inputs.fetch_optional(&self.pool).await.map_err(self.failed("read"))?;
        Ok(found.flatten())
    }
}

fn line(row: &SqliteRow) -> Result<BacktestSummary, sqlx::Error> {
    let day = |name: &str| -> Result<NaiveDate, sqlx::Error> {
        let text: String = row.try_get(name)?;
        text.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))
    };
    Ok(BacktestSummary {
        id: row.try_get("id")?,
        object: "backtest.summary",
        created: row.try_get("created")?,
        ticker: row.try_get("ticker")?,
        from: day("from_day")?,
        until: day("until_day")?,
        horizon: row.try_get("horizon")?,
        origins: row.try_get("origins")?,
        mae: row.try_get("mae")?,
        naive_mae: row.try_get("naive_mae")?,
        verdict: row.try_get("verdict")?,
    })
}
