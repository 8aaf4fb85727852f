//! From a path to a database that can be used: directory, connections, migrations.

use super::SqliteOptions;
use super::failure::{About, translate, unavailable};
use crate::rows::{corrupt, table};
use ports::StoreError;
use sqlx::migrate::{Migrate, MigrateError, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, query_scalar};
use std::path::Path;
use std::time::Duration;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// How much of the write-ahead log stays on disk after it was folded into the database.
const LOG_BYTES_KEPT: &str = "67108864"; // 64 MiB

/// One connection that writes, some that read.
pub(super) async fn open(
    path: &Path,
    options: &SqliteOptions,
) -> Result<(SqlitePool, SqlitePool), StoreError> {
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        tokio::fs::create_dir_all(parent).await.map_err(|error| {
            let cause = format!("{}: {error}", parent.display());
            unavailable(&cause, "create that directory, or give Signalbox the right to do so")
        })?;
    }
    let writer = pool(1, options, writing(path, options)).await?;
    migrate(&writer).await?;
    // Not opened read-only: a reader must be able to recover the log that a crash left.
    let reading = connection(options).filename(path).pragma("query_only", "ON");
    Ok((writer, pool(options.readers.max(1), options, reading).await?))
}

/// A database that lives as long as its one connection.
pub(super) async fn open_in_memory(options: &SqliteOptions) -> Result<SqlitePool, StoreError> {
    let only = pool(1, options, connection(options).in_memory(true)).await?;
    migrate(&only).await?;
    Ok(only)
}

/// A connection of its own to a file that is there, whatever its version.
pub(super) async fn connect(
    path: &Path,
    options: &SqliteOptions,
) -> Result<SqliteConnection, StoreError> {
    connection(options).filename(path).connect().await.about(table::MIGRATIONS)
}

/// The one connection that writes.
pub(super) fn writing(path: &Path, options: &SqliteOptions) -> SqliteConnectOptions {
    connection(options)
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .pragma("journal_size_limit", LOG_BYTES_KEPT)
}

fn connection(options: &SqliteOptions) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .foreign_keys(true)
        .busy_timeout(options.busy_timeout)
        // Journal and intents must survive a power cut; a commit costs a fifth of a millisecond.
        .synchronous(SqliteSynchronous::Full)
        .disable_statement_logging()
}

pub(super) async fn pool(
    most: u32,
    options: &SqliteOptions,
    connection: SqliteConnectOptions,
) -> Result<SqlitePool, StoreError> {
    SqlitePoolOptions::new()
        .max_connections(most)
        .min_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        // SQLite ends a transaction by itself when the disk is full or fails. The driver then counts one
        // that is no longer there and would refuse each later one: such a connection is replaced.
        .before_acquire(|connection, _| Box::pin(async { Ok(!connection.is_in_transaction()) }))
        // Whoever waits behind one that waits for a lock waits longer than that one.
        .acquire_timeout(options.busy_timeout * 2 + Duration::from_secs(1))
        .connect_with(connection)
        .await
        .about(table::MIGRATIONS)
}

/// Brings the tables to the newest form, whole or not at all. Takes no lock when there is nothing to do.
async fn migrate(writer: &SqlitePool) -> Result<(), StoreError> {
    let mut connection = writer.acquire().await.about(table::MIGRATIONS)?;
    if is_current(&mut connection).await? {
        return Ok(());
    }
    drop(connection);
    let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await.about(table::MIGRATIONS)?;
    // Asked again now that nobody else can migrate.
    if !is_current(&mut transaction).await? {
        MIGRATIONS
            .run_direct(None, &mut *transaction, false)
            .await
            .map_err(|error| translate_migration(&error))?;
    }
    transaction.commit().await.about(table::MIGRATIONS)?;
    tracing::info!(migration = newest_known(), "the database's tables are up to date");
    Ok(())
}

/// Whether all migrations are applied; refuses a database from a newer version.
async fn is_current(connection: &mut SqliteConnection) -> Result<bool, StoreError> {
    let tables: i64 = query_scalar(
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '_sqlx_migrations'",
    )
    .fetch_one(&mut *connection)
    .await
    .about(table::MIGRATIONS)?;
    if tables == 0 {
        return Ok(false);
    }
    let applied = connection
        .list_applied_migrations(table::MIGRATIONS)
        .await
        .map_err(|error| translate_migration(&error))?;
    let known = newest_known();
    let found = applied.iter().map(|it| it.version).max().unwrap_or(0);
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    let is_applied = |version, checksum: &[u8]| {
        applied.iter().any(|it| it.version == version && *it.checksum == *checksum)
    };
    Ok(MIGRATIONS.iter().all(|it| is_applied(it.version, &it.checksum)))
}

fn newest_known() -> i64 {
    MIGRATIONS.iter().map(|it| it.version).max().unwrap_or(0)
}

fn translate_migration(error: &MigrateError) -> StoreError {
    match error {
        MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _) => {
            translate(cause, table::MIGRATIONS)
        }
        other => corrupt(table::MIGRATIONS, other),
    }
}
