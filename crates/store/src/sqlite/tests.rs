//! What only a SQLite file can suffer, and looking back.

mod copies;
mod damage;
mod looking_back;
mod trouble;

use super::{SqliteOptions, SqliteStore};
use crate::tests::Folder;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, query, query_scalar};
use std::path::PathBuf;
use std::time::Duration;

fn file(folder: &Folder) -> PathBuf {
    folder.path().join("memory.db")
}

/// A store that gives up on a lock soon.
async fn open(folder: &Folder) -> SqliteStore {
    let options = SqliteOptions { busy_timeout: Duration::from_millis(60), readers: 2 };
    SqliteStore::open_with(file(folder), &options).await.unwrap()
}

/// Another process's connection.
async fn other(folder: &Folder) -> SqliteConnection {
    SqliteConnectOptions::new().filename(file(folder)).connect().await.unwrap()
}

async fn run(connection: &mut SqliteConnection, sql: &str) -> Result<(), sqlx::Error> {
    query(AssertSqlSafe(sql)).execute(connection).await.map(drop)
}

async fn number(connection: &mut SqliteConnection, sql: &str) -> i64 {
    query_scalar(AssertSqlSafe(sql)).fetch_one(connection).await.unwrap()
}
