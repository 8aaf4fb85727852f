//! The journal's statements: append behind the last entry, read from the end, verify from the start.

use super::failure::About;
use crate::rows::{EntryRow, corrupt, table};
use conductor::TrackId;
use conductor::journal::{Broken, Draft, Entry, GENESIS, verify as verify_run};
use ports::StoreError;
use sqlx::sqlite::SqliteConnection;
use sqlx::{query, query_as};

/// How many entries are in memory at once while the journal is verified.
const VERIFIED_AT_ONCE: i64 = 1_000;

/// Seals drafts behind the last entry, in order.
pub(super) async fn append(
    change: &mut SqliteConnection,
    drafts: Vec<Draft>,
) -> Result<Vec<Entry>, StoreError> {
    let mut entries = Vec::with_capacity(drafts.len());
    for draft in drafts {
        entries.push(append_one(change, draft).await?);
    }
    Ok(entries)
}

/// Seals one draft behind the last entry.
pub(super) async fn append_one(
    change: &mut SqliteConnection,
    draft: Draft,
) -> Result<Entry, StoreError> {
    let (number, hash) = head(change).await?;
    let entry = draft.seal(number.saturating_add(1), &hash);
    let row = EntryRow::of(&entry)?;
    query(
        "INSERT INTO journal
             (number, at, actor, track, kind, text, why, data, previous_hash, hash)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(row.number)
    .bind(row.at)
    .bind(row.actor)
    .bind(row.track)
    .bind(row.kind)
    .bind(row.text)
    .bind(row.why)
    .bind(row.data)
    .bind(row.previous_hash)
    .bind(row.hash)
    .execute(&mut *change)
    .await
    .about(table::JOURNAL)?;
    query("UPDATE journal_head SET number = ?, hash = ?")
        .bind(entry.number)
        .bind(&entry.hash)
        .execute(change)
        .await
        .about(table::JOURNAL)?;
    Ok(entry)
}

/// The newest entries, newest first.
pub(super) async fn newest(
    snapshot: &mut SqliteConnection,
    track: Option<&TrackId>,
    most: u32,
) -> Result<Vec<Entry>, StoreError> {
    let rows: Vec<EntryRow> = match track {
        Some(track) => {
            query_as("SELECT * FROM journal WHERE track = ? ORDER BY number DESC LIMIT ?")
                .bind(track.to_string())
                .bind(i64::from(most))
        }
        None => {
            query_as("SELECT * FROM journal ORDER BY number DESC LIMIT ?").bind(i64::from(most))
        }
    }
    .fetch_all(snapshot)
    .await
    .about(table::JOURNAL)?;
    rows.into_iter().map(EntryRow::entry).collect()
}

/// Walks the chain in pieces. How many entries it has, or the first broken one.
pub(super) async fn verify(
    snapshot: &mut SqliteConnection,
) -> Result<Result<u64, Broken>, StoreError> {
    let (mut last, mut hash) = (0_i64, GENESIS.to_owned());
    loop {
        let rows: Vec<EntryRow> =
            query_as("SELECT * FROM journal WHERE number > ? ORDER BY number LIMIT ?")
                .bind(last)
                .bind(VERIFIED_AT_ONCE)
                .fetch_all(&mut *snapshot)
                .await
                .about(table::JOURNAL)?;
        let mut entries = Vec::with_capacity(rows.len());
        let mut unreadable = None;
        for row in rows {
            let number = row.number;
            match row.entry() {
                Ok(entry) => entries.push(entry),
                // A row that cannot be read was changed too; those before it are looked at first.
                Err(error) => {
                    unreadable = Some(Broken { number, what: format!("cannot be read: {error}") });
                    break;
                }
            }
        }
        if let Err(broken) = verify_run(&entries, last.saturating_add(1), &hash) {
            return Ok(Err(broken));
        }
        if let Some(broken) = unreadable {
            return Ok(Err(broken));
        }
        let Some(end) = entries.pop() else { break };
        (last, hash) = (end.number, end.hash);
    }
    let (number, expected) = head(snapshot).await?;
    if last < number {
        let what = "is missing at the journal's end".to_owned();
        return Ok(Err(Broken { number: last.saturating_add(1), what }));
    }
    if (number, &expected) != (last, &hash) {
        let what = "is not the end that was recorded".to_owned();
        return Ok(Err(Broken { number: last, what }));
    }
    u64::try_from(last).map(Ok).map_err(|error| corrupt(table::JOURNAL, error))
}

async fn head(connection: &mut SqliteConnection) -> Result<(i64, String), StoreError> {
    query_as("SELECT number, hash FROM journal_head")
        .fetch_one(connection)
        .await
        .about(table::JOURNAL)
}
