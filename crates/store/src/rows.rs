//! Row ↔ words, for any database: what each column holds, and what a row must say to make sense. A row
//! that makes none is [`StoreError::Corrupt`] with its table. No SQL here.

use crate::freshness::{Asked, Run};
use conductor::intent::{Intent, IntentKey, IntentState};
use conductor::journal::{Draft, Entry};
use conductor::observation::{Observation, Slot};
use conductor::people::Attempt;
use conductor::{AppId, Interventions, Moment, Person, Platform, Reading, SourceId, Span, TrackId};
use ports::{Lease, StoreError, StoredReading, TrackMemory, Wish};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::FromRow;
use std::fmt::Display;

/// The tables by name, as errors tell them.
pub(crate) mod table {
    pub(crate) const READINGS: &str = "readings";
    pub(crate) const TRACKS: &str = "tracks";
    pub(crate) const BOARD: &str = "board";
    pub(crate) const LEASE: &str = "lease";
    pub(crate) const JOURNAL: &str = "journal";
    pub(crate) const INTENTS: &str = "intents";
    pub(crate) const WISHES: &str = "wishes";
    pub(crate) const INTERVENTIONS: &str = "interventions";
    pub(crate) const PAST_RELEASES: &str = "past_releases";
    pub(crate) const PROBE: &str = "probe";
    pub(crate) const MIGRATIONS: &str = "_sqlx_migrations";
}

/// A slot's columns.
#[derive(Debug, FromRow)]
pub(crate) struct SlotRow {
    pub(crate) source: String,
    pub(crate) app: String,
    pub(crate) platform: String,
    pub(crate) kind: String,
}

/// A run's columns.
#[derive(Debug, FromRow)]
pub(crate) struct RunRow {
    pub(crate) from_observed_at: i64,
    pub(crate) from_fetched_at: i64,
    pub(crate) to_observed_at: i64,
    pub(crate) to_fetched_at: i64,
    pub(crate) longest_gap_ms: i64,
    pub(crate) longest_lag_ms: i64,
    pub(crate) usual_gap_ms: i64,
}

/// Where a slot stands: its newest reading and that reading's newest run.
#[derive(Debug, FromRow)]
pub(crate) struct StandingRow {
    #[sqlx(flatten)]
    pub(crate) slot: SlotRow,
    pub(crate) slot_id: i64,
    pub(crate) reading_id: i64,
    pub(crate) valid_from: i64,
    pub(crate) run_id: i64,
    #[sqlx(flatten)]
    pub(crate) run: RunRow,
}

/// A reading with its slot and one of its runs.
#[derive(Debug, FromRow)]
pub(crate) struct ReadingRow {
    #[sqlx(flatten)]
    pub(crate) slot: SlotRow,
    pub(crate) value: String,
    pub(crate) link: Option<String>,
    #[sqlx(flatten)]
    pub(crate) run: RunRow,
}

/// A track with one structure as text: its memory, or what is laid over it.
#[derive(Debug, FromRow)]
pub(crate) struct TrackRow {
    pub(crate) track: String,
    pub(crate) content: String,
}

#[derive(Debug, FromRow)]
pub(crate) struct LeaseRow {
    pub(crate) fencing: i64,
    pub(crate) holder: String,
    pub(crate) ends_at: i64,
}

#[derive(Debug, FromRow)]
pub(crate) struct EntryRow {
    pub(crate) number: i64,
    pub(crate) at: i64,
    pub(crate) actor: String,
    pub(crate) track: Option<String>,
    pub(crate) kind: String,
    pub(crate) text: String,
    pub(crate) why: String,
    pub(crate) data: String,
    pub(crate) previous_hash: String,
    pub(crate) hash: String,
}

#[derive(Debug, FromRow)]
pub(crate) struct IntentRow {
    pub(crate) track: String,
    pub(crate) action: String,
    pub(crate) build: String,
    pub(crate) attempt: i64,
    pub(crate) state: String,
    pub(crate) details: String,
    pub(crate) is_open: bool,
    pub(crate) decided_by: Option<String>,
    pub(crate) reason: String,
    pub(crate) created_at: i64,
    pub(crate) changed_at: i64,
}

/// The last try of an action with a build.
#[derive(Debug, FromRow)]
pub(crate) struct AttemptRow {
    pub(crate) track: String,
    pub(crate) action: String,
    pub(crate) build: String,
    pub(crate) attempt: i64,
    pub(crate) state: String,
}

#[derive(Debug, FromRow)]
pub(crate) struct WishRow {
    pub(crate) wish: String,
    pub(crate) content: String,
}

impl SlotRow {
    pub(crate) fn of(slot: &Slot) -> Result<Self, StoreError> {
        Ok(Self {
            source: slot.source.as_str().to_owned(),
            app: slot.app.as_str().to_owned(),
            platform: slot.platform.as_ref().map_or("", Platform::as_str).to_owned(),
            kind: to_word(&slot.kind, table::READINGS)?,
        })
    }

    pub(crate) fn slot(self) -> Result<Slot, StoreError> {
        let whole_app = self.platform.is_empty();
        Ok(Slot {
            source: SourceId::new(self.source),
            app: AppId::new(self.app),
            platform: (!whole_app).then(|| Platform::from(self.platform)),
            kind: from_word(&self.kind, table::READINGS)?,
        })
    }
}

impl RunRow {
    pub(crate) fn of(run: &Run) -> Self {
        Self {
            from_observed_at: run.from.observed_at.millis(),
            from_fetched_at: run.from.fetched_at.millis(),
            to_observed_at: run.to.observed_at.millis(),
            to_fetched_at: run.to.fetched_at.millis(),
            longest_gap_ms: run.longest_gap.as_millis(),
            longest_lag_ms: run.longest_lag.as_millis(),
            usual_gap_ms: run.usual_gap.as_millis(),
        }
    }

    pub(crate) fn run(&self) -> Run {
        let asked = |observed_at, fetched_at| Asked {
            observed_at: Moment::from_millis(observed_at),
            fetched_at: Moment::from_millis(fetched_at),
        };
        Run {
            from: asked(self.from_observed_at, self.from_fetched_at),
            to: asked(self.to_observed_at, self.to_fetched_at),
            longest_gap: Span::millis(self.longest_gap_ms),
            longest_lag: Span::millis(self.longest_lag_ms),
            usual_gap: Span::millis(self.usual_gap_ms),
        }
    }
}

impl ReadingRow {
    /// The reading as it was at a moment.
    pub(crate) fn reading(self, at: Moment) -> Result<StoredReading, StoreError> {
        let asked = self.run.run().at(at);
        let slot = self.slot.slot()?;
        let value: Observation = from_json(&self.value, table::READINGS)?;
        if value.kind() != slot.kind || value.platform() != slot.platform.as_ref() {
            let words = format!("a reading of {} lies in the slot of another", slot.source);
            return Err(corrupt(table::READINGS, words));
        }
        let source = slot.source.clone();
        let Asked { observed_at, fetched_at } = asked;
        let reading = Reading { value, source, observed_at, fetched_at, link: self.link };
        Ok(StoredReading { slot, reading })
    }
}

impl TrackRow {
    pub(crate) fn memory(&self) -> Result<(TrackId, TrackMemory), StoreError> {
        let table = table::TRACKS;
        Ok((track(&self.track, table)?, from_json(&self.content, table)?))
    }

    pub(crate) fn interventions(&self) -> Result<(TrackId, Interventions), StoreError> {
        let table = table::INTERVENTIONS;
        Ok((track(&self.track, table)?, from_json(&self.content, table)?))
    }
}

impl LeaseRow {
    pub(crate) fn lease(self) -> Lease {
        Lease {
            fencing: self.fencing,
            holder: self.holder,
            ends_at: Moment::from_millis(self.ends_at),
        }
    }
}

impl EntryRow {
    pub(crate) fn of(entry: &Entry) -> Result<Self, StoreError> {
        let table = table::JOURNAL;
        let draft = &entry.draft;
        Ok(Self {
            number: entry.number,
            at: draft.at.millis(),
            actor: to_json(&draft.actor, table)?,
            track: draft.track.as_ref().map(ToString::to_string),
            kind: to_word(&draft.kind, table)?,
            text: draft.text.clone(),
            why: draft.why.clone(),
            data: to_json(&draft.data, table)?,
            previous_hash: entry.previous_hash.clone(),
            hash: entry.hash.clone(),
        })
    }

    pub(crate) fn entry(self) -> Result<Entry, StoreError> {
        let table = table::JOURNAL;
        let draft = Draft {
            at: Moment::from_millis(self.at),
            actor: from_json(&self.actor, table)?,
            track: self.track.map(|text| track(&text, table)).transpose()?,
            kind: from_word(&self.kind, table)?,
            text: self.text,
            why: self.why,
            data: from_json(&self.data, table)?,
        };
        let Self { number, previous_hash, hash, .. } = self;
        Ok(Entry { number, draft, previous_hash, hash })
    }
}

impl IntentRow {
    pub(crate) fn of(intent: &Intent) -> Result<Self, StoreError> {
        let table = table::INTENTS;
        Ok(Self {
            track: intent.key.track.to_string(),
            action: to_word(&intent.key.action, table)?,
            build: intent.key.build.clone(),
            attempt: i64::from(intent.key.attempt),
            state: intent.state.as_str().to_owned(),
            details: to_json(&intent.state, table)?,
            is_open: intent.state.is_open(),
            decided_by: intent.by.as_ref().map(|by| by.name.clone()),
            reason: intent.reason.clone(),
            created_at: intent.created_at.millis(),
            changed_at: intent.changed_at.millis(),
        })
    }

    pub(crate) fn intent(self) -> Result<Intent, StoreError> {
        let table = table::INTENTS;
        let state: IntentState = from_json(&self.details, table)?;
        if state.as_str() != self.state || state.is_open() != self.is_open {
            let words = format!("an intent is {} and {} at once", self.state, state.as_str());
            return Err(corrupt(table, words));
        }
        let key = IntentKey {
            track: track(&self.track, table)?,
            action: from_word(&self.action, table)?,
            build: self.build,
            attempt: attempt(self.attempt)?,
        };
        Ok(Intent {
            key,
            state,
            by: self.decided_by.map(Person::new),
            reason: self.reason,
            created_at: Moment::from_millis(self.created_at),
            changed_at: Moment::from_millis(self.changed_at),
        })
    }
}

impl AttemptRow {
    pub(crate) fn attempt(self) -> Result<(TrackId, Attempt), StoreError> {
        let table = table::INTENTS;
        let tried = Attempt {
            action: from_word(&self.action, table)?,
            build: self.build,
            attempt: attempt(self.attempt)?,
            state: self.state,
        };
        Ok((track(&self.track, table)?, tried))
    }
}

impl WishRow {
    /// `None` for an answer: it moves an intent and is kept there.
    pub(crate) fn of(wish: &Wish) -> Result<Option<Self>, StoreError> {
        let table = table::WISHES;
        let (word, content) = match wish {
            Wish::Hold(hold) => ("hold", to_json(hold, table)?),
            Wish::Release => ("release", to_json(&(), table)?),
            Wish::Waive(waiver) => ("waive", to_json(waiver, table)?),
            Wish::Unwaive(rule) => ("unwaive", to_json(rule, table)?),
            Wish::SignOff(sign_off) => ("sign_off", to_json(sign_off, table)?),
            Wish::Tick(tick) => ("tick", to_json(tick, table)?),
            Wish::Approve(approval) => ("approve", to_json(approval, table)?),
            Wish::Emergency(said) => ("emergency", to_json(said, table)?),
            Wish::Candidate(mark) => ("candidate", to_json(mark, table)?),
            Wish::Finished(at) => ("finished", to_json(at, table)?),
            Wish::Cancel(hold) => ("cancel", to_json(hold, table)?),
            Wish::Answer(..) | Wish::Order(_) => return Ok(None),
        };
        Ok(Some(Self { wish: word.to_owned(), content }))
    }

    pub(crate) fn wish(&self) -> Result<Wish, StoreError> {
        let table = table::WISHES;
        let content = self.content.as_str();
        Ok(match self.wish.as_str() {
            "hold" => Wish::Hold(from_json(content, table)?),
            "release" => Wish::Release,
            "waive" => Wish::Waive(from_json(content, table)?),
            "unwaive" => Wish::Unwaive(from_json(content, table)?),
            "sign_off" => Wish::SignOff(from_json(content, table)?),
            "tick" => Wish::Tick(from_json(content, table)?),
            "approve" => Wish::Approve(from_json(content, table)?),
            "emergency" => Wish::Emergency(from_json(content, table)?),
            "candidate" => Wish::Candidate(from_json(content, table)?),
            "finished" => Wish::Finished(from_json(content, table)?),
            "cancel" => Wish::Cancel(from_json(content, table)?),
            other => return Err(corrupt(table, format!("`{other}` is no wish"))),
        })
    }
}

/// A structure as the text of a column.
pub(crate) fn to_json<T: Serialize>(value: &T, table: &'static str) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| corrupt(table, error))
}

/// A structure from the text of a column.
pub(crate) fn from_json<T: DeserializeOwned>(
    text: &str,
    table: &'static str,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| corrupt(table, error))
}

/// The word of a fieldless enum.
pub(crate) fn to_word<T: Serialize>(value: &T, table: &'static str) -> Result<String, StoreError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        Ok(other) => Err(corrupt(table, format!("{other} is no single word"))),
        Err(error) => Err(corrupt(table, error)),
    }
}

fn from_word<T: DeserializeOwned>(word: &str, table: &'static str) -> Result<T, StoreError> {
    serde_json::from_value(serde_json::Value::String(word.to_owned()))
        .map_err(|error| corrupt(table, error))
}

fn attempt(number: i64) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|error| corrupt(table::INTENTS, error))
}

fn track(text: &str, table: &'static str) -> Result<TrackId, StoreError> {
    TrackId::parse(text).ok_or_else(|| corrupt(table, format!("`{text}` is no track")))
}

pub(crate) fn corrupt(table: &'static str, cause: impl Display) -> StoreError {
    StoreError::Corrupt { table, cause: cause.to_string() }
}
