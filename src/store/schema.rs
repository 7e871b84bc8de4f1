//! The migrations of a store: a connection comes in, and its tables are brought to the newest version. A migration that was
//! released is never edited, for a store refuses a migration whose text has changed; a change is a new file at the end.

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{Connection, SqlSafeStr, SqliteConnection};

/// Name and SQL of each migration; its place, from 1, is its version.
const MIGRATIONS: [(&str, &str); 2] = [
    ("analyses", include_str!("migrations/0001_analyses.sql")),
    ("backtests", include_str!("migrations/0002_backtests.sql")),
];

/// The version that this program writes.
pub(super) const VERSION: i64 = MIGRATIONS.len() as i64;

/// The table that marks a database as a store.
pub(super) const MARK: &str = "tripod_store";

/// Brings a store to [`VERSION`] in one transaction.
///
/// # Errors
///
/// [`MigrateError::VersionMissing`] with the version of a store that a newer program has migrated; such a store stays as it is.
pub(super) async fn migrate(connection: &mut SqliteConnection) -> Result<(), MigrateError> {
    let migrations = (1..).zip(MIGRATIONS).map(|(version, (name, sql))| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    // IMMEDIATE takes the write lock at once: of two programs that open a new store together the second waits here for the first.
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    Migrator::with_migrations(migrations.collect())
        .run_direct(None, &mut *transaction, false)
        .await?;
    // A write that changes nothing: a store that cannot be written is found now and not after the first analysis.
    sqlx::query("UPDATE tripod_store SET version = version")
        .execute(&mut *transaction)
        .await?;
    Ok(transaction.commit().await?)
}
