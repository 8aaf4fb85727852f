//! The statements for what is remembered of tracks, and for the board's revision.

use super::failure::About;
use crate::rows::{TrackRow, corrupt, table, to_json};
use conductor::TrackId;
use ports::{StoreError, TrackMemory};
use sqlx::sqlite::SqliteConnection;
use sqlx::{query, query_as, query_scalar};
use std::collections::BTreeMap;

/// What is remembered of each track.
pub(super) async fn memories(
    snapshot: &mut SqliteConnection,
) -> Result<BTreeMap<TrackId, TrackMemory>, StoreError> {
    let rows: Vec<TrackRow> = query_as("SELECT track, memory AS content FROM tracks")
        .fetch_all(snapshot)
        .await
        .about(table::TRACKS)?;
    rows.iter().map(TrackRow::memory).collect()
}

/// Keeps the memory of those that changed.
pub(super) async fn keep_memories(
    change: &mut SqliteConnection,
    tracks: &BTreeMap<TrackId, TrackMemory>,
) -> Result<(), StoreError> {
    for (track, memory) in tracks {
        query(
            "INSERT INTO tracks (track, memory) VALUES (?, ?)
             ON CONFLICT (track) DO UPDATE SET memory = excluded.memory",
        )
        .bind(track.to_string())
        .bind(to_json(memory, table::TRACKS)?)
        .execute(&mut *change)
        .await
        .about(table::TRACKS)?;
    }
    Ok(())
}

/// The revision of the last board.
pub(super) async fn revision(snapshot: &mut SqliteConnection) -> Result<u64, StoreError> {
    let revision: i64 =
        query_scalar("SELECT revision FROM board").fetch_one(snapshot).await.about(table::BOARD)?;
    u64::try_from(revision).map_err(|error| corrupt(table::BOARD, error))
}

/// Raises the revision; it never falls, so that no viewer takes a new board for an old one.
pub(super) async fn keep_revision(
    change: &mut SqliteConnection,
    revision: u64,
) -> Result<(), StoreError> {
    query("UPDATE board SET revision = ?1 WHERE revision < ?1")
        .bind(i64::try_from(revision).unwrap_or(i64::MAX))
        .execute(change)
        .await
        .about(table::BOARD)?;
    Ok(())
}
