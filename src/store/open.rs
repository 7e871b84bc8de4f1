//! Opens a database: checks that a file is a store, connects, migrates. Everything specific to SQLite is here: the file and its
//! mode, the journal, the cache size.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::error::StoreError;
use super::schema::{self, MARK, VERSION};

/// How long a write waits for another program that has the file locked.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Opens or makes the store in a file.
pub(super) async fn file(path: &Path) -> Result<SqlitePool, StoreError> {
    create(path)?;
    // The first connection sets no pragma: switching on the write-ahead log would already change a file that is not a store.
    let options = SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true);
    let read = |error| StoreError::of("read", path, error);
    let mut connection = options.connect().await.map_err(read)?;
    let ours = is_ours(&mut connection).await.map_err(read);
    connection.close().await.map_err(read)?;
    if !ours? {
        return Err(StoreError::NotAStore { path: path.into() });
    }
    let options = options
        .journal_mode(SqliteJournalMode::Wal)
        // A stored analysis is on disk before the caller is answered.
        .synchronous(SqliteSynchronous::Full)
        // In KiB: analyses are written once and seldom read, so a larger cache only costs memory.
        .pragma("cache_size", "-256");
    connect(options, path).await
}

/// A store that lives in memory.
pub(super) async fn memory(path: &Path) -> Result<SqlitePool, StoreError> {
    connect(SqliteConnectOptions::new().in_memory(true).foreign_keys(true), path).await
}

async fn connect(options: SqliteConnectOptions, path: &Path) -> Result<SqlitePool, StoreError> {
    let failed = |error| StoreError::of("open", path, error);
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(BUSY_TIMEOUT * 3)
        // The connection is never closed for its age: a store in memory would be lost with it.
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options)
        .await
        .map_err(failed)?;
    let mut connection = pool.acquire().await.map_err(failed)?;
    schema::migrate(&mut connection).await.map_err(|error| match error {
        MigrateError::VersionMissing(found) => StoreError::Newer {
            path: path.into(),
            found,
            known: VERSION,
        },
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => failed(error),
        other => failed(sqlx::Error::Migrate(Box::new(other))),
    })?;
    drop(connection);
    Ok(pool)
}

/// Whether a database is empty or has the table that marks a store.
async fn is_ours(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let names: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_master WHERE type = 'table'")
        .fetch_all(connection)
        .await?;
    Ok(names.is_empty() || names.iter().any(|name| name == MARK))
}

/// Creates the directory and an empty file that only its owner can read; SQLite gives its journal the same mode.
fn create(path: &Path) -> Result<(), StoreError> {
    let failed = |doing| {
        move |source| StoreError::Io {
            doing,
            path: path.into(),
            source,
        }
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed("make the folder of"))?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(failed("make")(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn a_full_disk_is_named_as_such() {
        let options = SqliteConnectOptions::new()
            .in_memory(true)
            .pragma("max_page_count", "3");
        let error = connect(options, Path::new("ledger.db")).await.unwrap_err();
        assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
        assert!(error.to_string().contains("ledger.db"), "{error}");
    }

    #[tokio::test]
    async fn a_store_that_cannot_be_written_is_refused_when_it_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        file(&path).await.unwrap().close().await;
        let options = SqliteConnectOptions::new().filename(&path).read_only(true);
        let error = connect(options, &path).await.unwrap_err();
        assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
    }
}
