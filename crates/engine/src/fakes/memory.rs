//! A store in memory, which checks what every store must check.

use super::locked;
use async_trait::async_trait;
use conductor::intent::{Intent, IntentKey, IntentState};
use conductor::journal::{Broken, Draft, Entry, GENESIS, Sought, verify};
use conductor::people::Attempt;
use conductor::process::Action;
use conductor::{Interventions, Moment, Span, TrackId};
use ports::{IntentWrite, Keep, Lease, Restored, Store, StoreError, Wish};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

/// What happens inside the store just before a claim is checked.
type Between = Box<dyn FnOnce(&mut Memory) + Send>;

#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) entries: Vec<Entry>,
    pub(crate) intents: Vec<Intent>,
    pub(crate) people: BTreeMap<TrackId, Interventions>,
    pub(crate) lease: Option<Lease>,
    pub(crate) revision: u64,
    pub(crate) down: bool,
    pub(crate) before_claim: Option<Between>,
    pub(crate) before_sent: Option<Between>,
    restored: Restored,
}

impl Memory {
    fn seal(&mut self, drafts: Vec<Draft>) -> Vec<Entry> {
        drafts
            .into_iter()
            .map(|draft| {
                let before = self.entries.last().map_or(GENESIS, |it| it.hash.as_str()).to_owned();
                let entry = draft.seal(self.entries.len() as i64 + 1, &before);
                self.entries.push(entry.clone());
                entry
            })
            .collect()
    }
    pub(crate) fn state_of(&self, action: Action) -> Vec<String> {
        let ours = self.intents.iter().filter(|it| it.key.action == action);
        ours.map(|it| it.state.as_str().to_owned()).collect()
    }
    pub(crate) fn texts(&self) -> Vec<String> {
        self.entries.iter().map(|it| it.draft.text.clone()).collect()
    }
    fn lay(&mut self, track: &TrackId, wish: Wish) -> Result<(), StoreError> {
        if let Wish::Answer(key, state) = wish {
            let it = self.intents.iter_mut().find(|it| it.key == key);
            let it = it.filter(|it| it.state == IntentState::Proposed);
            let it = it.ok_or_else(|| StoreError::Conflict("nothing asks".into()))?;
            it.state = state;
            return Ok(());
        }
        if let Wish::Order(order) = wish {
            let open =
                self.intents.iter_mut().find(|it| it.key.track == *track && it.state.is_open());
            match open {
                Some(it) if matches!(it.state, IntentState::Proposed | IntentState::Confirmed) => {
                    it.state = IntentState::Lapsed { why: "gave way".into() };
                }
                Some(_) => return Err(StoreError::Conflict("another is under way".into())),
                None => {}
            }
            self.intents.push(order);
            return Ok(());
        }
        let people = self.people.entry(track.clone()).or_default();
        match wish {
            Wish::Hold(hold) => people.holds.push(hold),
            Wish::Release => people.holds.clear(),
            Wish::Waive(waiver) => people.waivers.push(waiver),
            Wish::Unwaive(rule) => people.waivers.retain(|it| it.rule != rule),
            Wish::SignOff(said) => people.sign_offs.push(said),
            Wish::Tick(tick) => people.ticks.push(tick),
            Wish::Approve(approval) => people.approvals.push(approval),
            Wish::Emergency(said) => people.emergency = said,
            Wish::Candidate(mark) => people.candidates.push(mark),
            Wish::Finished(at) => people.finished_at = Some(at),
            Wish::Cancel(why) => people.cancelled = Some(why),
            Wish::Answer(..) | Wish::Order(_) => {}
        }
        Ok(())
    }
}

#[derive(Default)]
pub(crate) struct FakeStore(pub(crate) Mutex<Memory>);

impl FakeStore {
    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        locked(&self.0)
    }
    fn up(&self, lease: Option<&Lease>) -> Result<MutexGuard<'_, Memory>, StoreError> {
        let memory = self.memory();
        if memory.down {
            return Err(StoreError::Unavailable {
                cause: "disk full".into(),
                advice: "make room".into(),
            });
        }
        let newest = memory.lease.as_ref().map_or(0, |it| it.fencing);
        match lease {
            Some(lease) if lease.fencing < newest => Err(StoreError::Superseded { newest }),
            _ => Ok(memory),
        }
    }
}

#[async_trait]
impl Store for FakeStore {
    async fn restore(&self) -> Result<Restored, StoreError> {
        let memory = self.up(None)?;
        Ok(Restored { revision: memory.revision, ..memory.restored.clone() })
    }
    async fn keep(
        &self,
        keep: Keep,
        lease: &Lease,
        _now: Moment,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut memory = self.up(Some(lease))?;
        memory.revision = keep.revision;
        memory.restored.tracks.extend(keep.tracks);
        for stored in keep.changed {
            memory.restored.readings.retain(|it| it.slot != stored.slot);
            memory.restored.readings.push(stored);
        }
        Ok(memory.seal(keep.entries))
    }
    async fn write_intent(
        &self,
        write: IntentWrite,
        lease: &Lease,
        _now: Moment,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut memory = self.up(Some(lease))?;
        let key = &write.intent.key;
        if write.intent.state == IntentState::Claimed
            && let Some(between) = memory.before_claim.take()
        {
            between(&mut memory);
        }
        let is_sent = matches!(write.intent.state, IntentState::Sent { .. });
        if is_sent && let Some(between) = memory.before_sent.take() {
            between(&mut memory);
        }
        let found = memory.intents.iter().position(|it| it.key == *key);
        let state = found.map(|at| memory.intents[at].state.clone());
        if state != write.expected {
            return Err(StoreError::Conflict(format!("{key} is {state:?}")));
        }
        let other = memory
            .intents
            .iter()
            .any(|it| it.key != *key && it.key.track == key.track && it.state.is_open());
        if other && write.intent.state.is_open() {
            return Err(StoreError::Conflict("another is open".into()));
        }
        let announces = is_sent && !matches!(write.expected, Some(IntentState::Sent { .. }));
        let begins =
            announces || write.intent.state == IntentState::Claimed || write.effect.is_some();
        let held = memory.people.get(&key.track).is_some_and(|it| it.hold().is_some());
        if begins && held && key.action != Action::PauseRollout {
            return Err(StoreError::Conflict("held".into()));
        }
        match found {
            Some(at) => memory.intents[at] = write.intent.clone(),
            None => memory.intents.push(write.intent.clone()),
        }
        if let Some(effect) = write.effect {
            memory.lay(&write.intent.key.track, effect)?;
        }
        Ok(memory.seal(write.entry.into_iter().collect()))
    }
    async fn wishes(
        &self,
        track: &TrackId,
        wishes: Vec<(Wish, Draft)>,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut memory = self.up(None)?;
        let (mut wishes, entries): (Vec<Wish>, Vec<Draft>) = wishes.into_iter().unzip();
        // What may be refused comes first, so that all or none is laid.
        wishes.sort_by_key(|it| !matches!(it, Wish::Answer(..) | Wish::Order(_)));
        for wish in wishes {
            memory.lay(track, wish)?;
        }
        Ok(memory.seal(entries))
    }
    async fn interventions(&self) -> Result<BTreeMap<TrackId, Interventions>, StoreError> {
        let memory = self.up(None)?;
        let mut all = memory.people.clone();
        for intent in &memory.intents {
            let IntentKey { track, action, build, attempt } = intent.key.clone();
            let laid = all.entry(track).or_default();
            if intent.state.is_open() {
                laid.open_intent = Some(intent.clone());
            }
            if matches!(intent.state, IntentState::Failed { .. }) {
                laid.failed_intent = Some(intent.clone());
            }
            laid.attempts.push(Attempt {
                action,
                build,
                attempt,
                state: intent.state.as_str().to_owned(),
            });
        }
        Ok(all)
    }
    async fn lease(
        &self,
        holder: &str,
        lasts: Span,
        now: Moment,
    ) -> Result<Option<Lease>, StoreError> {
        let mut memory = self.up(None)?;
        let fencing = match &memory.lease {
            Some(it) if it.holder == holder => it.fencing,
            Some(it) if it.ends_at > now => return Ok(None),
            Some(it) => it.fencing + 1,
            None => 1,
        };
        let lease = Lease { fencing, holder: holder.to_owned(), ends_at: now + lasts };
        memory.lease = Some(lease.clone());
        Ok(Some(lease))
    }
    async fn find_entries(&self, sought: &Sought, most: u32) -> Result<Vec<Entry>, StoreError> {
        let memory = self.up(None)?;
        let found = memory.entries.iter().rev().filter(|it| sought.takes(it));
        Ok(found.take(most as usize).cloned().collect())
    }
    async fn verify_journal(&self) -> Result<Result<u64, Broken>, StoreError> {
        let memory = self.up(None)?;
        Ok(verify(&memory.entries, 1, GENESIS).map(|()| memory.entries.len() as u64))
    }
    async fn writable(&self) -> Result<(), StoreError> {
        self.up(None).map(drop)
    }
}
