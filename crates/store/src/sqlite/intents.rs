//! The intents' statements. Whether a step may be written is asked of [`crate::intents`], on what the
//! same transaction reads.

use super::failure::About;
use super::wishes;
use crate::intents::{Stored, check, check_answer, check_order, giving_way};
use crate::rows::{AttemptRow, IntentRow, table, to_word};
use conductor::intent::{Intent, IntentKey, IntentState};
use conductor::people::Attempt;
use conductor::{Moment, TrackId};
use ports::{IntentWrite, StoreError};
use sqlx::sqlite::SqliteConnection;
use sqlx::{query, query_as};

/// Records a new intent, or moves one on.
pub(super) async fn write(
    change: &mut SqliteConnection,
    write: &IntentWrite,
) -> Result<(), StoreError> {
    let key = &write.intent.key;
    let same = find(change, key).await?;
    let open = open_on(change, &key.track).await?;
    let laid = wishes::of(change, &key.track).await?;
    check(write, &Stored { same: same.as_ref(), open: open.as_ref(), laid: &laid })?;
    put(change, &write.intent).await
}

/// A person's yes or no to an intent that asks.
pub(super) async fn answer(
    change: &mut SqliteConnection,
    key: &IntentKey,
    answer: &IntentState,
    at: Moment,
) -> Result<(), StoreError> {
    let same = find(change, key).await?;
    check_answer(key, answer, same.as_ref())?;
    let Some(asks) = same else { return Ok(()) };
    put(change, &Intent { state: answer.clone(), changed_at: at, ..asks }).await
}

/// A person's order. What waits on the track and was not taken yet gives way to it.
pub(super) async fn order(
    change: &mut SqliteConnection,
    intent: &Intent,
) -> Result<(), StoreError> {
    let key = &intent.key;
    let same = find(change, key).await?;
    let mut open = open_on(change, &key.track).await?;
    if let Some(lapsed) = open.as_ref().and_then(|it| giving_way(it, intent)) {
        put(change, &lapsed).await?;
        open = None;
    }
    let laid = wishes::of(change, &key.track).await?;
    check_order(intent, &Stored { same: same.as_ref(), open: open.as_ref(), laid: &laid })?;
    put(change, intent).await
}

/// The open intents, one a track at most.
pub(super) async fn open(snapshot: &mut SqliteConnection) -> Result<Vec<Intent>, StoreError> {
    let rows = query_as("SELECT * FROM intents WHERE is_open = 1 ORDER BY track");
    words(rows.fetch_all(snapshot).await.about(table::INTENTS)?)
}

/// The actions that the store refused and nobody tried again since, oldest first.
pub(super) async fn failed(snapshot: &mut SqliteConnection) -> Result<Vec<Intent>, StoreError> {
    let rows = query_as(
        "SELECT * FROM intents AS it
         WHERE state = 'failed' AND NOT EXISTS (
             SELECT 1 FROM intents AS later
             WHERE later.track = it.track AND later.action = it.action AND later.id > it.id)
         ORDER BY changed_at, id",
    );
    words(rows.fetch_all(snapshot).await.about(table::INTENTS)?)
}

/// The last try of each action with each build, in the order in which those were recorded.
pub(super) async fn attempts(
    snapshot: &mut SqliteConnection,
) -> Result<Vec<(TrackId, Attempt)>, StoreError> {
    let rows: Vec<AttemptRow> = query_as(
        "SELECT track, action, build, attempt, state FROM intents AS it
         WHERE NOT EXISTS (
             SELECT 1 FROM intents AS later
             WHERE later.track = it.track AND later.action = it.action
               AND later.build = it.build AND later.attempt > it.attempt)
         ORDER BY id",
    )
    .fetch_all(snapshot)
    .await
    .about(table::INTENTS)?;
    rows.into_iter().map(AttemptRow::attempt).collect()
}

async fn find(
    change: &mut SqliteConnection,
    key: &IntentKey,
) -> Result<Option<Intent>, StoreError> {
    let row: Option<IntentRow> = query_as(
        "SELECT * FROM intents WHERE track = ? AND action = ? AND build = ? AND attempt = ?",
    )
    .bind(key.track.to_string())
    .bind(to_word(&key.action, table::INTENTS)?)
    .bind(&key.build)
    .bind(i64::from(key.attempt))
    .fetch_optional(change)
    .await
    .about(table::INTENTS)?;
    row.map(IntentRow::intent).transpose()
}

async fn open_on(
    change: &mut SqliteConnection,
    track: &TrackId,
) -> Result<Option<Intent>, StoreError> {
    let row: Option<IntentRow> = query_as("SELECT * FROM intents WHERE track = ? AND is_open = 1")
        .bind(track.to_string())
        .fetch_optional(change)
        .await
        .about(table::INTENTS)?;
    row.map(IntentRow::intent).transpose()
}

/// Writes an intent over its key; when it was recorded stays as it was.
async fn put(change: &mut SqliteConnection, intent: &Intent) -> Result<(), StoreError> {
    let row = IntentRow::of(intent)?;
    query(
        "INSERT INTO intents (track, action, build, attempt, state, details, is_open,
                              decided_by, reason, created_at, changed_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (track, action, build, attempt) DO UPDATE SET
             state = excluded.state, details = excluded.details, is_open = excluded.is_open,
             decided_by = excluded.decided_by, reason = excluded.reason,
             changed_at = excluded.changed_at",
    )
    .bind(row.track)
    .bind(row.action)
    .bind(row.build)
    .bind(row.attempt)
    .bind(row.state)
    .bind(row.details)
    .bind(row.is_open)
    .bind(row.decided_by)
    .bind(row.reason)
    .bind(row.created_at)
    .bind(row.changed_at)
    .execute(change)
    .await
    .about(table::INTENTS)?;
    Ok(())
}

fn words(rows: Vec<IntentRow>) -> Result<Vec<Intent>, StoreError> {
    rows.into_iter().map(IntentRow::intent).collect()
}
