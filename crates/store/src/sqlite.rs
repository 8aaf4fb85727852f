//! The memory in one SQLite file: write-ahead log, full durability, one connection that writes and a
//! few that read. This file says what happens in which transaction; the statements are in `sqlite/`.

mod archive;
mod backup;
mod failure;
mod intents;
mod journal;
mod opening;
mod readings;
mod tracks;
mod wishes;

use crate::lease;
use crate::rows::{LeaseRow, table};
use async_trait::async_trait;
pub use backup::{Copied, backup};
use conductor::journal::{Broken, Draft, Entry, Sought};
use conductor::{Interventions, Moment, Span, TrackId};
use failure::About;
use ports::{IntentWrite, Keep, Lease, Restored, Store, StoreError, StoredReading, Wish};
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use sqlx::{Sqlite, Transaction, query, query_as};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// The store in a SQLite file. Cheap to clone; all clones share the connections.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
}

/// How a SQLite file is used.
#[derive(Clone, Debug)]
pub struct SqliteOptions {
    /// How long to wait for another process that writes, before it is called unavailable.
    pub busy_timeout: Duration,
    /// How many connections read side by side; at least one.
    pub readers: u32,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self { busy_timeout: Duration::from_secs(2), readers: 4 }
    }
}

impl SqliteStore {
    /// Opens the file, creating it and its directory if they are missing, and brings an older one up to
    /// date. Fails with [`StoreError::Newer`] on a newer version's file, and with
    /// [`StoreError::Unavailable`] if it cannot be opened or written.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_with(path, &SqliteOptions::default()).await
    }

    /// The same with options.
    pub async fn open_with(
        path: impl AsRef<Path>,
        options: &SqliteOptions,
    ) -> Result<Self, StoreError> {
        let (writer, readers) = opening::open(path.as_ref(), options).await?;
        Ok(Self { writer, readers })
    }

    /// A database that is gone with its last clone.
    pub async fn open_in_memory() -> Result<Self, StoreError> {
        let only = opening::open_in_memory(&SqliteOptions::default()).await?;
        Ok(Self { writer: only.clone(), readers: only })
    }

    /// Waits for what is under way, folds the log into the file and closes it. A file that was not closed
    /// loses nothing.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// The reading of each slot as it was kept at a moment, in the order of the slots. Its age is told as
    /// old as it can have been then, never younger than it was. Empty before the first reading.
    pub async fn as_of(&self, moment: Moment) -> Result<Vec<StoredReading>, StoreError> {
        let mut snapshot = self.snapshot().await?;
        readings::as_of(&mut snapshot, moment).await
    }

    /// A transaction that sees one state, whatever is written meanwhile.
    async fn snapshot(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.readers.begin().await.about(table::BOARD)
    }

    /// A transaction that nobody else writes beside: what it checks still holds when it commits.
    async fn change(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.writer.begin_with("BEGIN IMMEDIATE").await.about(table::BOARD)
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn restore(&self) -> Result<Restored, StoreError> {
        let mut snapshot = self.snapshot().await?;
        Ok(Restored {
            readings: readings::newest(&mut snapshot).await?,
            tracks: tracks::memories(&mut snapshot).await?,
            revision: tracks::revision(&mut snapshot).await?,
        })
    }

    async fn keep(&self, keep: Keep, lease: &Lease, now: Moment) -> Result<Vec<Entry>, StoreError> {
        let mut change = self.change().await?;
        check_lease(&mut change, lease).await?;
        readings::keep(&mut change, &keep.changed, &keep.fresh, now).await?;
        tracks::keep_memories(&mut change, &keep.tracks).await?;
        tracks::keep_revision(&mut change, keep.revision).await?;
        let entries = journal::append(&mut change, keep.entries).await?;
        change.commit().await.about(table::READINGS)?;
        Ok(entries)
    }

    async fn write_intent(
        &self,
        write: IntentWrite,
        lease: &Lease,
        _now: Moment,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut change = self.change().await?;
        check_lease(&mut change, lease).await?;
        intents::write(&mut change, &write).await?;
        if let Some(effect) = &write.effect {
            let at = write.intent.changed_at;
            wishes::write(&mut change, &write.intent.key.track, effect, at).await?;
        }
        let entries = journal::append(&mut change, write.entry.into_iter().collect()).await?;
        change.commit().await.about(table::INTENTS)?;
        Ok(entries)
    }

    async fn wishes(
        &self,
        track: &TrackId,
        wishes: Vec<(Wish, Draft)>,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut change = self.change().await?;
        let mut entries = Vec::with_capacity(wishes.len());
        for (wish, entry) in wishes {
            wishes::write(&mut change, track, &wish, entry.at).await?;
            entries.push(journal::append_one(&mut change, entry).await?);
        }
        change.commit().await.about(table::WISHES)?;
        Ok(entries)
    }

    async fn interventions(&self) -> Result<BTreeMap<TrackId, Interventions>, StoreError> {
        let mut snapshot = self.snapshot().await?;
        let mut all = wishes::all(&mut snapshot).await?;
        for intent in intents::open(&mut snapshot).await? {
            let track = intent.key.track.clone();
            all.entry(track).or_default().open_intent = Some(intent);
        }
        for intent in intents::failed(&mut snapshot).await? {
            let track = intent.key.track.clone();
            all.entry(track).or_default().failed_intent = Some(intent);
        }
        for (track, attempt) in intents::attempts(&mut snapshot).await? {
            all.entry(track).or_default().attempts.push(attempt);
        }
        Ok(all)
    }

    async fn lease(
        &self,
        holder: &str,
        lasts: Span,
        now: Moment,
    ) -> Result<Option<Lease>, StoreError> {
        let mut change = self.change().await?;
        let newest = newest_lease(&mut change).await?;
        let Some(lease) = lease::take(newest.as_ref(), holder, lasts, now) else {
            return Ok(None);
        };
        query(
            "INSERT INTO lease (id, fencing, holder, ends_at) VALUES (1, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET
                 fencing = excluded.fencing, holder = excluded.holder, ends_at = excluded.ends_at",
        )
        .bind(lease.fencing)
        .bind(&lease.holder)
        .bind(lease.ends_at.millis())
        .execute(&mut *change)
        .await
        .about(table::LEASE)?;
        change.commit().await.about(table::LEASE)?;
        Ok(Some(lease))
    }

    async fn find_entries(&self, sought: &Sought, most: u32) -> Result<Vec<Entry>, StoreError> {
        let mut snapshot = self.snapshot().await?;
        journal::find(&mut snapshot, sought, most).await
    }

    async fn verify_journal(&self) -> Result<Result<u64, Broken>, StoreError> {
        let mut snapshot = self.snapshot().await?;
        journal::verify(&mut snapshot).await
    }

    async fn writable(&self) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        // Two pages, so that a full disk shows; given back at once, so that nothing grows.
        for statement in
            ["INSERT INTO probe (id, filler) VALUES (1, zeroblob(8192))", "DELETE FROM probe"]
        {
            query(statement).execute(&mut *change).await.about(table::PROBE)?;
        }
        change.commit().await.about(table::PROBE)
    }
}

async fn check_lease(change: &mut SqliteConnection, lease: &Lease) -> Result<(), StoreError> {
    lease::check(newest_lease(change).await?.as_ref(), lease)
}

async fn newest_lease(change: &mut SqliteConnection) -> Result<Option<Lease>, StoreError> {
    let row: Option<LeaseRow> = query_as("SELECT fencing, holder, ends_at FROM lease")
        .fetch_optional(change)
        .await
        .about(table::LEASE)?;
    Ok(row.map(LeaseRow::lease))
}

#[cfg(test)]
mod tests;
