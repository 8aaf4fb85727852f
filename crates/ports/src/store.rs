//! What is remembered. Nothing above this trait knows which database it is.

use async_trait::async_trait;
use conductor::decide::Before;
use conductor::intent::{Intent, IntentKey, IntentState};
use conductor::journal::{Broken, Draft, Entry, Sought};
use conductor::observation::{Health, Observation, Slot};
use conductor::people::{Approval, CandidateMark, Hold, SignOff, Tick, Waiver};
use conductor::{Interventions, Moment, Reading, Span, TrackId};
use std::collections::BTreeMap;

/// The memory of Signalbox. Not found is `Ok(None)` or empty; a row that makes no sense is an error.
#[async_trait]
pub trait Store: Send + Sync {
    /// All that is needed to go on where the last process stopped.
    async fn restore(&self) -> Result<Restored, StoreError>;

    /// Keeps what one tick decided, whole or not at all: readings whose value changed, how fresh the
    /// unchanged ones are, findings' since-when, and journal entries. [`StoreError::Superseded`] if the
    /// lease is no longer the newest. Returns the journal entries as they were sealed.
    async fn keep(&self, keep: Keep, lease: &Lease, now: Moment) -> Result<Vec<Entry>, StoreError>;

    /// Records an intent, or moves one on. In one transaction: checks the lease, the expected state, that
    /// the key is new (for a new one), that the track has no other open intent, and for a claim that no
    /// hold is in force. Full durability. Returns the sealed journal entries.
    async fn write_intent(
        &self,
        write: IntentWrite,
        lease: &Lease,
        now: Moment,
    ) -> Result<Vec<Entry>, StoreError>;

    /// What a person wishes at once, each with its journal entry: a hold, a sign-off, an order with the waivers that it
    /// takes. In one transaction, all or none, whoever conducts. Returns the sealed entries in the order given.
    async fn wishes(
        &self,
        track: &TrackId,
        wishes: Vec<(Wish, Draft)>,
    ) -> Result<Vec<Entry>, StoreError>;

    /// One wish, as [`wishes`](Self::wishes).
    async fn wish(&self, track: &TrackId, wish: Wish, entry: Draft) -> Result<Entry, StoreError> {
        let sealed = self.wishes(track, vec![(wish, entry)]).await?;
        sealed.into_iter().next().ok_or_else(|| StoreError::Conflict("nothing to record".into()))
    }

    /// What people said about each track, with the open and the last failed intent.
    async fn interventions(&self) -> Result<BTreeMap<TrackId, Interventions>, StoreError>;

    /// Takes or renews the one lease on conducting, for so long. `None`: another holds it. Each take-over
    /// raises the fencing number.
    async fn lease(
        &self,
        holder: &str,
        lasts: Span,
        now: Moment,
    ) -> Result<Option<Lease>, StoreError>;

    /// The newest journal entries, newest first: of one track, or of all.
    async fn journal(&self, track: Option<&TrackId>, most: u32) -> Result<Vec<Entry>, StoreError> {
        let sought = track.map(Sought::of_track).unwrap_or_default();
        self.find_entries(&sought, most).await
    }

    /// The journal entries that are sought, newest first; no more than `most`. Those after them are sought `before` the
    /// last one.
    async fn find_entries(&self, sought: &Sought, most: u32) -> Result<Vec<Entry>, StoreError>;

    /// Verifies the chain of hashes from the first entry to the last. `Ok(Err(_))` names the first broken one.
    async fn verify_journal(&self) -> Result<Result<u64, Broken>, StoreError>;

    /// Whether it can be written now.
    async fn writable(&self) -> Result<(), StoreError>;
}

/// What the last process left.
#[derive(Clone, Debug, Default)]
pub struct Restored {
    /// The newest reading of each slot.
    pub readings: Vec<StoredReading>,
    /// What each track's findings were.
    pub tracks: BTreeMap<TrackId, TrackMemory>,
    /// The revision of the last board; the next one is higher.
    pub revision: u64,
}

/// A reading and its slot.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredReading {
    /// The slot.
    pub slot: Slot,
    /// The reading.
    pub reading: Reading<Observation>,
}

/// What is remembered of a track from one tick to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct TrackMemory {
    /// Findings' since-when, recent verdicts, stage and standing.
    pub before: Before,
    /// When each stage was entered, by the stage's id.
    pub entered: BTreeMap<String, Moment>,
    /// Since when no blocking bug has been seen.
    pub zero_bugs_since: Option<Moment>,
    /// How it behaved for its users, by hours since it was first served.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub aged: BTreeMap<u32, Vec<Health>>,
}

/// What one tick wants to be kept.
#[derive(Clone, Debug, Default)]
pub struct Keep {
    /// Readings whose value changed.
    pub changed: Vec<StoredReading>,
    /// Readings asked again and found unchanged: their new moments. Kept as the end of an interval, not as
    /// a row a tick.
    pub fresh: Vec<(Slot, Moment, Moment)>,
    /// Memory of tracks that changed.
    pub tracks: BTreeMap<TrackId, TrackMemory>,
    /// What is journalled.
    pub entries: Vec<Draft>,
    /// The board's revision.
    pub revision: u64,
}

/// The right to conduct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Rises with each take-over. The store rejects an older one.
    pub fencing: i64,
    /// Who holds it.
    pub holder: String,
    /// When it ends unless it is renewed.
    pub ends_at: Moment,
}

/// An intent's step, as it is written.
#[derive(Clone, Debug)]
pub struct IntentWrite {
    /// The intent in its new state.
    pub intent: Intent,
    /// The state that it must have now; `None`: it must not exist yet.
    pub expected: Option<IntentState>,
    /// What is journalled with it.
    pub entry: Option<Draft>,
    /// For actions that are kept in Signalbox itself: the effect, written in the same transaction.
    pub effect: Option<Wish>,
}

/// What people, or the conductor's own actions, lay over a track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Stop it.
    Hold(Hold),
    /// Let all holds go.
    Release,
    /// Excuse a rule.
    Waive(Waiver),
    /// Take back a waiver of this rule.
    Unwaive(String),
    /// A team's word.
    SignOff(SignOff),
    /// An item of a checklist is done, or is not.
    Tick(Tick),
    /// A yes in a role, or its taking back.
    Approve(Approval),
    /// It is an emergency, for this reason: no window stops it. `None`: it is none any more.
    Emergency(Option<Hold>),
    /// This build is the candidate.
    Candidate(CandidateMark),
    /// Its watch is over.
    Finished(Moment),
    /// It will not ship.
    Cancel(Hold),
    /// A person answers an intent that asks: its new state, confirmed or refused. Or one that is uncertain: it lapses,
    /// because they looked, and nothing happened.
    Answer(IntentKey, IntentState),
    /// A person orders an action, also one that was refused before: a new intent, confirmed by who it names. What
    /// still waits on that track gives way to it; what has left for the store is in its way.
    Order(Intent),
}

/// Why something could not be remembered.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another conductor took over.
    #[error("another conductor has taken over (fencing number {newest}); this one stands down")]
    Superseded {
        /// The newest fencing number.
        newest: i64,
    },
    /// An intent with that key exists already, or the track has another one open, or its state is not the
    /// expected one, or a hold came between.
    #[error("{0}")]
    Conflict(String),
    /// The database cannot be written or read now: locked, read-only, full, gone.
    #[error("the database cannot be used ({cause}): {advice}")]
    Unavailable {
        /// The database's words.
        cause: String,
        /// What to do.
        advice: String,
    },
    /// A row that makes no sense.
    #[error("{table}: a row cannot be read ({cause}); restore a backup, or report it")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// What is wrong.
        cause: String,
    },
    /// The database was written by a newer version.
    #[error(
        "the database was written by a newer version of Signalbox ({found}); this one knows up to {known}. Start the newer version, or restore a backup"
    )]
    Newer {
        /// Its newest migration.
        found: i64,
        /// Ours.
        known: i64,
    },
}
