//! The tables of a store and the way from one version to the next. A version that was released is never edited: a change is
//! a new entry at the end.

use sqlx::{Connection, SqliteConnection};

/// The statements that lead to each version, from 1.
const VERSIONS: [&[&str]; 1] = [&[
    "CREATE TABLE analyses (
        id TEXT PRIMARY KEY,
        created BIGINT NOT NULL,
        ticker TEXT NOT NULL,
        as_of TEXT NOT NULL,
        horizon BIGINT,
        last_close DOUBLE PRECISION NOT NULL,
        expected_return DOUBLE PRECISION,
        direction TEXT,
        recommendation TEXT,
        net_score DOUBLE PRECISION,
        body TEXT NOT NULL
    )",
    "CREATE INDEX analyses_by_time ON analyses (created, id)",
    "CREATE TABLE forecast_days (
        analysis_id TEXT NOT NULL REFERENCES analyses (id) ON DELETE CASCADE,
        step BIGINT NOT NULL,
        date TEXT NOT NULL,
        median DOUBLE PRECISION NOT NULL,
        low DOUBLE PRECISION,
        high DOUBLE PRECISION,
        PRIMARY KEY (analysis_id, step)
    )",
]];

/// The version that this program writes.
pub(super) const VERSION: i64 = VERSIONS.len() as i64;

/// The table that makes a database a store, and holds its version.
pub(super) const MARK: &str = "tripod_store";

/// Brings a store from its version to [`VERSION`], in one transaction; an empty database has version 0. Returns the version
/// that was found: when it is higher than [`VERSION`], nothing was changed.
pub(super) async fn migrate(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query("CREATE TABLE IF NOT EXISTS tripod_store (one BIGINT PRIMARY KEY, version BIGINT NOT NULL)")
        .execute(&mut *connection)
        .await?;
    let mut transaction = connection.begin().await?;
    // Both begin by writing, so that of two programs that open a new store at once the second waits here for the first; and
    // a store that cannot be written is found now and not after the first analysis.
    sqlx::query("INSERT INTO tripod_store (one, version) VALUES (1, 0) ON CONFLICT (one) DO NOTHING")
        .execute(&mut *transaction)
        .await?;
    let found: i64 = sqlx::query_scalar("UPDATE tripod_store SET version = version WHERE one = 1 RETURNING version")
        .fetch_one(&mut *transaction)
        .await?;
    let missing = VERSIONS.iter().skip(usize::try_from(found).unwrap_or(usize::MAX));
    for statement in missing.flat_map(|statements| *statements) {
        sqlx::query(*statement).execute(&mut *transaction).await?;
    }
    if found < VERSION {
        sqlx::query("UPDATE tripod_store SET version = $1 WHERE one = 1")
            .bind(VERSION)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(found)
}
