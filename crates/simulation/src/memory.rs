//! The store: in memory, shared by all processes, and as strict as a database, but for the guard that a run takes
//! away. What was acknowledged is there after any crash; of what was not, nobody knows.

use crate::faults::{Side, Step, Weakness};
use crate::life::Life;
use crate::sim::Shared;
use async_trait::async_trait;
use conductor::intent::{Intent, IntentKey, IntentState};
use conductor::journal::{Broken, Draft, Entry, GENESIS, Sought, verify};
use conductor::observation::Slot;
use conductor::people::Attempt;
use conductor::process::Action;
use conductor::{Interventions, Moment, Span, TrackId};
use ports::{
    IntentWrite, Keep, Lease, Restored, Store, StoreError, StoredReading, TrackMemory, Wish,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the database holds, and what is noted beside it for the checks.
#[derive(Debug)]
pub(crate) struct Memory {
    /// The journal.
    pub entries: Vec<Entry>,
    /// All intents.
    pub intents: BTreeMap<IntentKey, Intent>,
    /// What is in force on each track.
    pub laid: BTreeMap<TrackId, Interventions>,
    /// The lease.
    pub lease: Option<Lease>,
    /// Until when it holds, by the database's own clock, which is the world's.
    lease_until: Moment,
    /// When the lease last changed hands, in the world's time.
    pub taken_at: Moment,
    /// Whether it can be used.
    pub down: bool,
    /// The copy that questions are answered from, while it lags.
    pub copy: Option<BTreeMap<TrackId, Interventions>>,
    /// Noted: when each key was claimed, in the world's time.
    pub claimed: BTreeMap<String, Moment>,
    /// Noted: since when each track is held, in the world's time.
    pub held: BTreeMap<TrackId, Moment>,
    /// Noted: what must never be and was.
    pub wrongs: Vec<String>,
    readings: BTreeMap<Slot, StoredReading>,
    tracks: BTreeMap<TrackId, TrackMemory>,
    revision: u64,
    weakness: Option<Weakness>,
}

impl Memory {
    /// An empty one.
    pub(crate) fn new(weakness: Option<Weakness>) -> Self {
        Self {
            entries: Vec::new(),
            intents: BTreeMap::new(),
            laid: BTreeMap::new(),
            lease: None,
            lease_until: Moment::default(),
            taken_at: Moment::default(),
            down: false,
            copy: None,
            claimed: BTreeMap::new(),
            held: BTreeMap::new(),
            wrongs: Vec::new(),
            readings: BTreeMap::new(),
            tracks: BTreeMap::new(),
            revision: 0,
            weakness,
        }
    }

    fn lacks(&self, guard: Weakness) -> bool {
        self.weakness == Some(guard)
    }

    fn seal(&mut self, drafts: Vec<Draft>) -> Vec<Entry> {
        let mut sealed = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let before = self.entries.last().map_or(GENESIS, |it| it.hash.as_str()).to_owned();
            let number = i64::try_from(self.entries.len()).unwrap_or(i64::MAX) + 1;
            let entry = draft.seal(number, &before);
            self.entries.push(entry.clone());
            sealed.push(entry);
        }
        sealed
    }

    fn check_lease(&mut self, lease: &Lease) -> Result<(), StoreError> {
        let ours = self
            .lease
            .as_ref()
            .is_some_and(|it| it.fencing == lease.fencing && it.holder == lease.holder);
        if ours || self.lacks(Weakness::LeaseCheck) {
            return Ok(());
        }
        Err(StoreError::Superseded { newest: self.lease.as_ref().map_or(0, |it| it.fencing) })
    }

    /// A person's wish, recorded with its entry.
    pub(crate) fn wish(
        &mut self,
        track: &TrackId,
        wish: Wish,
        entry: Draft,
        now: Moment,
    ) -> Result<Entry, StoreError> {
        self.lay(track, wish, now)?;
        let mut sealed = self.seal(vec![entry]);
        sealed.pop().ok_or_else(|| StoreError::Conflict("nothing to say".into()))
    }

    fn lay(&mut self, track: &TrackId, wish: Wish, now: Moment) -> Result<(), StoreError> {
        if let Wish::Answer(key, answer) = wish {
            let unsure = matches!(answer, IntentState::Lapsed { .. });
            let asks = self.intents.get(&key).filter(|it| match it.state {
                IntentState::Proposed => !unsure,
                IntentState::Uncertain { .. } => unsure,
                _ => false,
            });
            let Some(asks) = asks.cloned() else {
                return Err(StoreError::Conflict(format!("{key} asks nothing")));
            };
            self.put(Intent { state: answer, changed_at: now, ..asks });
            return Ok(());
        }
        if let Wish::Order(order) = wish {
            return self.order(track, order);
        }
        let laid = self.laid.entry(track.clone()).or_default();
        match wish {
            Wish::Hold(hold) => {
                laid.holds.push(hold);
                self.held.entry(track.clone()).or_insert(now);
            }
            Wish::Release => {
                laid.holds.clear();
                self.held.remove(track);
            }
            Wish::Waive(waiver) => laid.waivers.push(waiver),
            Wish::Unwaive(rule) => laid.waivers.retain(|it| it.rule != rule),
            Wish::SignOff(said) => laid.sign_offs.push(said),
            Wish::Candidate(mark) => laid.candidates.push(mark),
            Wish::Finished(at) => laid.finished_at = Some(at),
            Wish::Cancel(end) => {
                laid.cancelled = Some(end);
                self.held.entry(track.clone()).or_insert(now);
            }
            Wish::Tick(tick) => laid.ticks.push(tick),
            Wish::Approve(approval) => laid.approvals.push(approval),
            Wish::Emergency(said) => laid.emergency = said,
            Wish::Answer(..) | Wish::Order(_) => {}
        }
        Ok(())
    }

    /// A person orders an action: what was not taken yet gives way to it.
    fn order(&mut self, track: &TrackId, order: Intent) -> Result<(), StoreError> {
        let open = self.laid.get(track).and_then(|it| it.open_intent.clone());
        match open {
            Some(it) if matches!(it.state, IntentState::Proposed | IntentState::Confirmed) => {
                self.put(Intent { state: IntentState::Lapsed { why: "gave way".into() }, ..it });
            }
            Some(it) => return Err(StoreError::Conflict(format!("{} is under way", it.key))),
            None => {}
        }
        if self.intents.contains_key(&order.key) {
            return Err(StoreError::Conflict(format!("{} exists", order.key)));
        }
        self.put(order);
        Ok(())
    }

    /// Puts an intent over its key, and what follows from it over its track.
    fn put(&mut self, intent: Intent) {
        let IntentKey { track, action, build, attempt } = intent.key.clone();
        let laid = self.laid.entry(track.clone()).or_default();
        let state = intent.state.as_str().to_owned();
        match laid.attempts.iter_mut().find(|it| it.action == action && it.build == build) {
            Some(last) if last.attempt > attempt => {}
            Some(last) => (last.attempt, last.state) = (attempt, state),
            None => laid.attempts.push(Attempt { action, build, attempt, state }),
        }
        if intent.state.is_open() {
            laid.open_intent = Some(intent.clone());
        } else if laid.open_intent.as_ref().is_some_and(|it| it.key == intent.key) {
            laid.open_intent = None;
        }
        if matches!(intent.state, IntentState::Failed { .. }) {
            laid.failed_intent = Some(intent.clone());
        } else if laid.failed_intent.as_ref().is_some_and(|it| it.key.action == action) {
            laid.failed_intent = None; // Tried again since.
        }
        self.intents.insert(intent.key.clone(), intent);
    }

    fn write(
        &mut self,
        write: IntentWrite,
        lease: &Lease,
        now: Moment,
    ) -> Result<Vec<Entry>, StoreError> {
        self.check_lease(lease)?;
        let key = write.intent.key.clone();
        let found = self.intents.get(&key).map(|it| it.state.clone());
        let unique = !self.lacks(Weakness::KeyUniqueness);
        if unique && found != write.expected {
            return Err(StoreError::Conflict(format!("{key} is not as expected")));
        }
        if unique && found.as_ref().is_some_and(|it| !it.is_open()) {
            return Err(StoreError::Conflict(format!("{key} has come to its end")));
        }
        let laid = self.laid.get(&key.track);
        let other = laid.and_then(|it| it.open_intent.as_ref()).filter(|it| it.key != key);
        let is_open = write.intent.state.is_open();
        if unique && other.is_some() && is_open {
            return Err(StoreError::Conflict("another intent is open".into()));
        }
        let stopped = laid.is_some_and(|it| it.hold().is_some() || it.cancelled.is_some());
        if begins(&write) && stopped && !self.lacks(Weakness::HoldAtClaim) {
            return Err(StoreError::Conflict("a person holds it".into()));
        }
        // Noted for the checks, whatever the guards above let through.
        if other.is_some() && is_open {
            self.wrongs.push(format!("two open intents on {}", key.track));
        }
        if write.expected.is_none() && found.is_some() {
            self.wrongs.push(format!("{key} was recorded twice"));
        }
        if self.lease.as_ref().is_none_or(|it| it.holder != lease.holder) {
            self.wrongs.push(format!("{} wrote {key} without the lease", lease.holder));
        }
        if write.intent.state == IntentState::Claimed {
            self.claimed.insert(key.to_string(), now);
        }
        self.put(write.intent);
        if let Some(effect) = write.effect {
            self.lay(&key.track, effect, now)?;
        }
        Ok(self.seal(write.entry.into_iter().collect()))
    }

    /// The last entry's hash: equal runs have equal ones.
    pub(crate) fn fingerprint(&self) -> &str {
        self.entries.last().map_or(GENESIS, |it| it.hash.as_str())
    }

    /// Verifies the chain of the journal.
    pub(crate) fn verify(&self) -> Result<(), Broken> {
        verify(&self.entries, 1, GENESIS)
    }
}

/// Whether a step sets an action going that a hold stops.
fn begins(write: &IntentWrite) -> bool {
    let goes = !matches!(write.intent.key.action, Action::PauseRollout | Action::ResumeRollout);
    let waits =
        matches!(write.expected, None | Some(IntentState::Proposed | IntentState::Confirmed));
    goes && match write.intent.state {
        IntentState::Claimed => true,
        IntentState::Sent { .. } => !matches!(write.expected, Some(IntentState::Sent { .. })),
        IntentState::Done { by_hand: false } => waits,
        _ => false,
    }
}

/// The store as one process has it.
pub(crate) struct Connection {
    shared: Arc<Shared>,
    life: Arc<Life>,
}

impl Connection {
    /// A process's connection.
    pub(crate) fn new(shared: Arc<Shared>, life: Arc<Life>) -> Self {
        Self { shared, life }
    }

    /// One transaction: it may fail before, or be done and seem to have failed.
    async fn call<T>(
        &self,
        step: Step,
        work: impl FnOnce(&mut Memory, Moment) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.shared.pass(&self.life, step, Side::Before).await {
            return Err(unavailable("connection refused"));
        }
        let done = {
            let mut memory = self.shared.memory();
            if memory.down {
                return Err(unavailable("disk full"));
            }
            work(&mut memory, self.shared.time.now())
        };
        if self.shared.pass(&self.life, step, Side::After).await {
            return Err(unavailable("connection lost"));
        }
        done
    }
}

fn unavailable(cause: &str) -> StoreError {
    StoreError::Unavailable { cause: cause.to_owned(), advice: "look at it".to_owned() }
}

/// Which step of an intent's life a write is.
fn step_of(write: &IntentWrite) -> Step {
    match (&write.expected, &write.intent.state) {
        (_, IntentState::Claimed) => Step::Claim,
        (_, IntentState::Sent { .. }) => Step::Sent,
        (_, IntentState::Done { .. }) => Step::Done,
        (None, _) => Step::Record,
        (Some(IntentState::Sent { .. }), _) => Step::Answer,
        (Some(_), _) => Step::Done,
    }
}

#[async_trait]
impl Store for Connection {
    async fn restore(&self) -> Result<Restored, StoreError> {
        self.call(Step::Ask, |memory, _| {
            Ok(Restored {
                readings: memory.readings.values().cloned().collect(),
                tracks: memory.tracks.clone(),
                revision: memory.revision,
            })
        })
        .await
    }
    async fn keep(
        &self,
        keep: Keep,
        lease: &Lease,
        _now: Moment,
    ) -> Result<Vec<Entry>, StoreError> {
        self.call(Step::Keep, |memory, _| {
            memory.check_lease(lease)?;
            memory.revision = memory.revision.max(keep.revision);
            memory.tracks.extend(keep.tracks);
            for stored in keep.changed {
                memory.readings.insert(stored.slot.clone(), stored);
            }
            for (slot, observed_at, fetched_at) in keep.fresh {
                if let Some(stored) = memory.readings.get_mut(&slot) {
                    stored.reading.observed_at = observed_at;
                    stored.reading.fetched_at = fetched_at;
                }
            }
            Ok(memory.seal(keep.entries))
        })
        .await
    }
    async fn write_intent(
        &self,
        write: IntentWrite,
        lease: &Lease,
        _now: Moment,
    ) -> Result<Vec<Entry>, StoreError> {
        let step = step_of(&write);
        let held = step == Step::Claim && self.shared.world().is_held_just_now();
        self.call(step, |memory, now| {
            if held {
                crate::people::hold_now(memory, &write.intent.key.track, now);
            }
            memory.write(write, lease, now)
        })
        .await
    }
    async fn wishes(
        &self,
        track: &TrackId,
        wishes: Vec<(Wish, Draft)>,
    ) -> Result<Vec<Entry>, StoreError> {
        self.call(Step::Ask, |memory, now| {
            wishes.into_iter().map(|(wish, entry)| memory.wish(track, wish, entry, now)).collect()
        })
        .await
    }
    async fn interventions(&self) -> Result<BTreeMap<TrackId, Interventions>, StoreError> {
        self.call(Step::Ask, |memory, _| Ok(memory.copy.as_ref().unwrap_or(&memory.laid).clone()))
            .await
    }
    async fn lease(
        &self,
        holder: &str,
        lasts: Span,
        now: Moment,
    ) -> Result<Option<Lease>, StoreError> {
        self.call(Step::Lease, |memory, truth| {
            let fencing = match &memory.lease {
                Some(it) if it.holder == holder => it.fencing,
                Some(_) if memory.lease_until > truth => return Ok(None),
                Some(it) => it.fencing + 1,
                None => 1,
            };
            if memory.lease.as_ref().is_none_or(|it| it.fencing != fencing) {
                memory.taken_at = truth;
            }
            let lease = Lease { fencing, holder: holder.to_owned(), ends_at: now + lasts };
            memory.lease = Some(lease.clone());
            memory.lease_until = truth + lasts;
            Ok(Some(lease))
        })
        .await
    }
    async fn find_entries(&self, sought: &Sought, most: u32) -> Result<Vec<Entry>, StoreError> {
        self.call(Step::Ask, |memory, _| {
            let found = memory.entries.iter().rev().filter(|it| sought.takes(it));
            Ok(found.take(most as usize).cloned().collect())
        })
        .await
    }
    async fn verify_journal(&self) -> Result<Result<u64, Broken>, StoreError> {
        self.call(Step::Ask, |memory, _| {
            Ok(memory.verify().map(|()| u64::try_from(memory.entries.len()).unwrap_or(0)))
        })
        .await
    }
    async fn writable(&self) -> Result<(), StoreError> {
        self.call(Step::Ask, |_, _| Ok(())).await
    }
}
