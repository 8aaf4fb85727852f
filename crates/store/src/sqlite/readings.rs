//! The statements for what sources showed.
//! A value is stored when it changed; that it was asked again moves the end of its run.

use super::failure::About;
use crate::freshness::{Asked, Next, Run};
use crate::rows::{ReadingRow, RunRow, SlotRow, StandingRow, table, to_json};
use conductor::Moment;
use conductor::observation::Slot;
use ports::{StoreError, StoredReading};
use sqlx::sqlite::SqliteConnection;
use sqlx::{query, query_as, query_scalar};
use std::collections::BTreeMap;

/// Where a slot stands in the database.
#[derive(Clone, Copy, Debug)]
struct Standing {
    slot_id: i64,
    reading_id: i64,
    valid_from: Moment,
    run_id: i64,
    run: Run,
}

/// The newest reading of each slot, in the order of the slots.
pub(super) async fn newest(
    snapshot: &mut SqliteConnection,
) -> Result<Vec<StoredReading>, StoreError> {
    let rows: Vec<ReadingRow> = query_as(
        "SELECT s.source, s.app, s.platform, s.kind, r.value, r.link, f.*
         FROM slots AS s
         JOIN readings AS r ON r.slot_id = s.id AND r.valid_to IS NULL
         JOIN freshness AS f ON f.id = (
             SELECT id FROM freshness WHERE reading_id = r.id ORDER BY id DESC LIMIT 1)
         ORDER BY s.source, s.app, s.platform, s.kind",
    )
    .fetch_all(snapshot)
    .await
    .about(table::READINGS)?;
    rows.into_iter()
        .map(|row| {
            let last = row.run.run().to.fetched_at;
            row.reading(last)
        })
        .collect()
}

/// The reading of each slot at a moment. Each slot is asked for its one row: comparing all rows of all
/// slots takes a hundred times as long on a year of history.
pub(super) async fn as_of(
    snapshot: &mut SqliteConnection,
    moment: Moment,
) -> Result<Vec<StoredReading>, StoreError> {
    let rows: Vec<ReadingRow> = query_as(
        "SELECT s.source, s.app, s.platform, s.kind, r.value, r.link, f.*
         FROM slots AS s
         JOIN readings AS r ON r.id = (
             SELECT id FROM readings WHERE slot_id = s.id AND valid_from <= ?1
             ORDER BY valid_from DESC LIMIT 1)
         JOIN freshness AS f ON f.id = coalesce(
             (SELECT id FROM freshness WHERE reading_id = r.id AND from_fetched_at <= ?1
              ORDER BY id DESC LIMIT 1),
             (SELECT min(id) FROM freshness WHERE reading_id = r.id))
         ORDER BY s.source, s.app, s.platform, s.kind",
    )
    .bind(moment.millis())
    .fetch_all(snapshot)
    .await
    .about(table::READINGS)?;
    rows.into_iter().map(|row| row.reading(moment)).collect()
}

/// Keeps what changed and what was found unchanged. A value that is said to have changed and did not is
/// taken as unchanged. Fails with a conflict where something is called unchanged that was never kept.
pub(super) async fn keep(
    change: &mut SqliteConnection,
    changed: &[StoredReading],
    fresh: &[(Slot, Moment, Moment)],
    now: Moment,
) -> Result<(), StoreError> {
    if changed.is_empty() && fresh.is_empty() {
        return Ok(());
    }
    let mut standings = standings(change).await?;
    for stored in changed {
        let standing = standings.get(&stored.slot).copied();
        let standing = keep_changed(change, stored, standing, now).await?;
        standings.insert(stored.slot.clone(), standing);
    }
    for (slot, observed_at, fetched_at) in fresh {
        let Some(standing) = standings.get_mut(slot) else {
            return Err(StoreError::Conflict(format!(
                "{} of {} was called unchanged, but none is kept; it must be kept as changed first",
                slot.source, slot.app
            )));
        };
        let asked = Asked { observed_at: *observed_at, fetched_at: *fetched_at };
        *standing = confirm(change, *standing, asked).await?;
    }
    Ok(())
}

async fn keep_changed(
    change: &mut SqliteConnection,
    stored: &StoredReading,
    standing: Option<Standing>,
    now: Moment,
) -> Result<Standing, StoreError> {
    let reading = &stored.reading;
    let asked = Asked { observed_at: reading.observed_at, fetched_at: reading.fetched_at };
    let value = to_json(&reading.value, table::READINGS)?;
    let link = reading.link.as_deref();
    let Some(before) = standing else {
        let slot_id = add_slot(change, &stored.slot).await?;
        let reading_id = add_reading(change, slot_id, &value, link, now).await?;
        let run = Run::first(asked);
        let run_id = add_run(change, reading_id, &run).await?;
        return Ok(Standing { slot_id, reading_id, valid_from: now, run_id, run });
    };
    let kept: (String, Option<String>) = query_as("SELECT value, link FROM readings WHERE id = ?")
        .bind(before.reading_id)
        .fetch_one(&mut *change)
        .await
        .about(table::READINGS)?;
    if kept.0 == value && kept.1.as_deref() == link {
        return confirm(change, before, asked).await;
    }
    let run = before.run.replaced(asked);
    // A clock that went back must not make a reading end before it began.
    let valid_from = now.max(before.valid_from);
    let reading_id = if valid_from > before.valid_from {
        end_reading(change, before.reading_id, valid_from).await?;
        add_reading(change, before.slot_id, &value, link, valid_from).await?
    } else {
        // Never in force: the later of one moment takes its place.
        replace_reading(change, before.reading_id, &value, link).await?;
        before.reading_id
    };
    let run_id = add_run(change, reading_id, &run).await?;
    Ok(Standing { slot_id: before.slot_id, reading_id, valid_from, run_id, run })
}

/// Moves the end of a run, or begins a new one after a pause.
async fn confirm(
    change: &mut SqliteConnection,
    standing: Standing,
    asked: Asked,
) -> Result<Standing, StoreError> {
    match standing.run.confirmed(asked) {
        Next::Same(run) => {
            move_run(change, standing.run_id, &run).await?;
            Ok(Standing { run, ..standing })
        }
        Next::New(run) => {
            let run_id = add_run(change, standing.reading_id, &run).await?;
            Ok(Standing { run_id, run, ..standing })
        }
    }
}

async fn standings(change: &mut SqliteConnection) -> Result<BTreeMap<Slot, Standing>, StoreError> {
    let rows: Vec<StandingRow> = query_as(
        "SELECT s.source, s.app, s.platform, s.kind, s.id AS slot_id, r.id AS reading_id,
                r.valid_from, f.id AS run_id, f.*
         FROM slots AS s
         JOIN readings AS r ON r.slot_id = s.id AND r.valid_to IS NULL
         JOIN freshness AS f ON f.id = (
             SELECT id FROM freshness WHERE reading_id = r.id ORDER BY id DESC LIMIT 1)",
    )
    .fetch_all(change)
    .await
    .about(table::READINGS)?;
    let standing = |row: StandingRow| {
        let standing = Standing {
            slot_id: row.slot_id,
            reading_id: row.reading_id,
            valid_from: Moment::from_millis(row.valid_from),
            run_id: row.run_id,
            run: row.run.run(),
        };
        Ok((row.slot.slot()?, standing))
    };
    rows.into_iter().map(standing).collect()
}

async fn add_slot(change: &mut SqliteConnection, slot: &Slot) -> Result<i64, StoreError> {
    let row = SlotRow::of(slot)?;
    query_scalar("INSERT INTO slots (source, app, platform, kind) VALUES (?, ?, ?, ?) RETURNING id")
        .bind(row.source)
        .bind(row.app)
        .bind(row.platform)
        .bind(row.kind)
        .fetch_one(change)
        .await
        .about(table::READINGS)
}

async fn add_reading(
    change: &mut SqliteConnection,
    slot_id: i64,
    value: &str,
    link: Option<&str>,
    valid_from: Moment,
) -> Result<i64, StoreError> {
    query_scalar(
        "INSERT INTO readings (slot_id, value, link, valid_from) VALUES (?, ?, ?, ?) RETURNING id",
    )
    .bind(slot_id)
    .bind(value)
    .bind(link)
    .bind(valid_from.millis())
    .fetch_one(change)
    .await
    .about(table::READINGS)
}

async fn end_reading(
    change: &mut SqliteConnection,
    reading_id: i64,
    valid_to: Moment,
) -> Result<(), StoreError> {
    query("UPDATE readings SET valid_to = ? WHERE id = ?")
        .bind(valid_to.millis())
        .bind(reading_id)
        .execute(change)
        .await
        .about(table::READINGS)?;
    Ok(())
}

async fn replace_reading(
    change: &mut SqliteConnection,
    reading_id: i64,
    value: &str,
    link: Option<&str>,
) -> Result<(), StoreError> {
    query("UPDATE readings SET value = ?, link = ? WHERE id = ?")
        .bind(value)
        .bind(link)
        .bind(reading_id)
        .execute(&mut *change)
        .await
        .about(table::READINGS)?;
    query("DELETE FROM freshness WHERE reading_id = ?")
        .bind(reading_id)
        .execute(change)
        .await
        .about(table::READINGS)?;
    Ok(())
}

async fn add_run(
    change: &mut SqliteConnection,
    reading_id: i64,
    run: &Run,
) -> Result<i64, StoreError> {
    let row = RunRow::of(run);
    query_scalar(
        "INSERT INTO freshness (reading_id, from_observed_at, from_fetched_at, to_observed_at,
                                to_fetched_at, longest_gap_ms, longest_lag_ms, usual_gap_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
    )
    .bind(reading_id)
    .bind(row.from_observed_at)
    .bind(row.from_fetched_at)
    .bind(row.to_observed_at)
    .bind(row.to_fetched_at)
    .bind(row.longest_gap_ms)
    .bind(row.longest_lag_ms)
    .bind(row.usual_gap_ms)
    .fetch_one(change)
    .await
    .about(table::READINGS)
}

async fn move_run(change: &mut SqliteConnection, run_id: i64, run: &Run) -> Result<(), StoreError> {
    let row = RunRow::of(run);
    query(
        "UPDATE freshness SET to_observed_at = ?, to_fetched_at = ?, longest_gap_ms = ?,
                              longest_lag_ms = ?, usual_gap_ms = ?
         WHERE id = ?",
    )
    .bind(row.to_observed_at)
    .bind(row.to_fetched_at)
    .bind(row.longest_gap_ms)
    .bind(row.longest_lag_ms)
    .bind(row.usual_gap_ms)
    .bind(run_id)
    .execute(change)
    .await
    .about(table::READINGS)?;
    Ok(())
}
