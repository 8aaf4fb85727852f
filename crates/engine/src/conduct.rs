//! Conducting: carries out what was decided, through intents (CONDUCTOR §6). Recorded, looked at again, claimed,
//! sent, and done only when a later reading shows it. Whoever acts here has nothing left to choose.

use crate::collect::{integrate, read_afresh};
use crate::publish::Decided;
use crate::tick::{Engine, source_drafts};
use conductor::decide::{Decision, Inputs, Next, decide};
use conductor::intent::{
    Effect, Event, Intent, IntentKey, IntentState, effect, is_idempotent, step,
};
use conductor::process::{Action, Mode};
use conductor::reading::CLOCK_SLACK;
use conductor::track::LineId;
use conductor::{Moment, Span, TrackId};
use futures::FutureExt;
use ports::{Acts, IntentWrite, Lease, StoreError};
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

mod internal;
mod sending;
mod words;
mod work;

use sending::longest;
use words::{entry, move_entry, reason};
use work::{Task, Work, work};

/// How long a look before an action waits for each source, in real time.
const LOOK_DEADLINE: Duration = Duration::from_secs(10);
/// How long after it accepted something a store may take to show it.
const SHOWS_WITHIN: Span = Span::hours(24);

/// What a decision is made from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    /// All readings, as they stand and age.
    All,
    /// Those that were read afresh: not what a source said before it asked us to slow down.
    Afresh,
}

impl Engine {
    /// Starts what the published decisions call for, a line at a time, and does not wait for it.
    pub(crate) async fn conduct(self: &Arc<Self>) {
        let published = self.published().borrow().clone();
        let mut lines: BTreeMap<LineId, Vec<Task>> = BTreeMap::new();
        for (track, decided) in &published.tracks {
            let Some(work) = work(decided) else { continue };
            lines.entry(track.line()).or_default().push(Task {
                track: track.clone(),
                decided: Arc::clone(decided),
                work,
            });
        }
        let mut state = self.state.lock().await;
        let Some(lease) = state.lease.clone().filter(|_| self.settings.acts) else { return };
        for (line, mut tasks) in lines {
            if !state.busy.insert(line.clone()) {
                continue;
            }
            tasks.sort_by_key(Task::rank);
            let (engine, lease) = (Arc::clone(self), lease.clone());
            tokio::spawn(async move {
                let work =
                    AssertUnwindSafe(engine.conduct_line(tasks, &lease)).catch_unwind().await;
                let mut state = engine.state.lock().await;
                state.busy.remove(&line);
                if state.busy.is_empty() {
                    engine.settled.notify_waiters();
                }
                drop(state);
                match work {
                    Ok(true) => engine.wake(),
                    Ok(false) => {}
                    Err(_) => tracing::error!(?line, "conducting failed by a fault of our own"),
                }
            });
        }
    }

    /// Brings the tracks of a line forward, the most urgent first. At most one action at the store is under way
    /// on a line: what the second rests on may not be so any more after the first. A pause waits for nobody.
    async fn conduct_line(&self, tasks: Vec<Task>, lease: &Lease) -> bool {
        let mut taken = tasks.iter().find(|it| it.is_under_way()).map(|it| it.track.clone());
        let mut moved = false;
        for task in tasks {
            let Task { track, decided, work } = task;
            if work.starts_at_store() {
                if taken.as_ref().is_some_and(|other| *other != track) {
                    continue;
                }
                taken = Some(track.clone());
            }
            let outcome = match work {
                Work::Begin(action, mode) => {
                    self.begin(&track, &decided, action, mode, lease).await
                }
                Work::Follow(intent) => self.follow(&track, &decided, *intent, lease).await,
            };
            match outcome {
                Ok(changed) => moved |= changed,
                Err(error) => {
                    tracing::warn!(%track, %error, "an action was not recorded, so it is not carried out");
                }
            }
        }
        moved
    }

    /// Waits until no action is under way in this process.
    pub async fn settle(&self) {
        loop {
            let settled = self.settled.notified();
            if self.state.lock().await.busy.is_empty() {
                return;
            }
            settled.await;
        }
    }

    async fn begin(
        &self,
        track: &TrackId,
        decided: &Decided,
        action: Action,
        mode: Mode,
        lease: &Lease,
    ) -> Result<bool, StoreError> {
        let Decided { inputs, decision, .. } = decided;
        let Some(build) = build_for(inputs, decision, action) else { return Ok(false) };
        let Some(attempt) = inputs.people.next_attempt(action, &build) else { return Ok(false) };
        let now = self.clock.now();
        let reason = reason(decision, action);
        if mode == Mode::Shadow {
            return self.would_have(decided, action, lease, now).await;
        }
        let key = IntentKey { track: track.clone(), action, build, attempt };
        let state = match (mode, action.is_internal()) {
            (Mode::Ask, _) => IntentState::Proposed,
            (_, true) => IntentState::Done { by_hand: false },
            (_, false) => IntentState::Confirmed,
        };
        let intent = Intent { key, state, by: None, reason, created_at: now, changed_at: now };
        if action.is_internal() && mode == Mode::Auto {
            return self.record_internal(intent, lease).await;
        }
        let text = match mode {
            Mode::Ask => format!("asks to {}", action.verb()),
            _ => format!("decided to {}", action.verb()),
        };
        let entry = move_entry(&intent, text, inputs, decision, lease);
        self.write(
            IntentWrite {
                intent: intent.clone(),
                expected: None,
                entry: Some(entry),
                effect: None,
            },
            lease,
        )
        .await?;
        match mode {
            Mode::Ask => Ok(true),
            Mode::Auto | Mode::Off | Mode::Shadow => self.carry_out(track, intent, lease).await,
        }
    }

    /// Brings an open intent a step further.
    async fn follow(
        &self,
        track: &TrackId,
        decided: &Decided,
        intent: Intent,
        lease: &Lease,
    ) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let action = intent.key.action;
        if let Some(write) = self.dated_anew(&intent, now) {
            return self.write(write, lease).await.map(|()| true);
        }
        let stops =
            matches!(decided.decision.next, Next::Pause { .. }) && action != Action::PauseRollout;
        let seen = if after(&intent, decided) {
            effect(action, &decided.inputs.facts.store)
        } else {
            Effect::Unclear
        };
        match (&intent.state, seen) {
            (_, Effect::Shown) => {
                self.state.lock().await.accepted.remove(&intent.key);
                self.advance(intent, Event::Seen, decided, lease).await
            }
            (_, Effect::Opposite) => {
                let why = "the store shows that somebody did the opposite".to_owned();
                self.advance(intent, Event::Lapse(why), decided, lease).await
            }
            // A stop beats a go, also one of which nobody knows whether it happened: pausing is right either way.
            (IntentState::Uncertain { .. }, _) if stops => {
                self.give_way(intent, decided, lease).await
            }
            (IntentState::Sent { gives_up_at }, _)
                if stops
                    && (now >= *gives_up_at
                        || self.state.lock().await.accepted.contains(&intent.key)) =>
            {
                self.give_way(intent, decided, lease).await
            }
            (IntentState::Proposed, Effect::NotShown | Effect::Unclear) => {
                if still_fires(&decided.inputs, action) {
                    return Ok(false);
                }
                let why = "its conditions stopped holding before anybody answered".to_owned();
                self.advance(intent, Event::Lapse(why), decided, lease).await
            }
            (IntentState::Confirmed, _) if action.is_internal() => {
                self.confirmed_internal(intent, lease).await
            }
            // Claimed and then nothing: the process died before the request was even announced.
            (IntentState::Confirmed | IntentState::Claimed, _) => {
                self.carry_out(track, intent, lease).await
            }
            (IntentState::Sent { gives_up_at }, _) => {
                let accepted = self.state.lock().await.accepted.contains(&intent.key);
                // A request of a process that is gone is believed lost only after it must have given up. One that
                // was accepted shows late at times; but somebody may have undone it before it was ever seen.
                let waits = if accepted {
                    now - intent.changed_at < SHOWS_WITHIN
                } else {
                    now < *gives_up_at
                };
                if waits {
                    return Ok(false);
                }
                self.state.lock().await.accepted.remove(&intent.key);
                let why = if accepted {
                    "the store accepted it, and has not shown it for a day".to_owned()
                } else {
                    "the conductor restarted before the store answered".to_owned()
                };
                self.advance(intent, Event::NoAnswer(why), decided, lease).await
            }
            // It may have happened and have been undone: then it is not this key that does it once more.
            (IntentState::Uncertain { .. }, Effect::NotShown)
                if is_idempotent(action) && changed_since(&intent, decided) =>
            {
                let why = "somebody changed it at the store since this was decided".to_owned();
                self.advance(intent, Event::Lapse(why), decided, lease).await
            }
            (IntentState::Uncertain { .. }, Effect::NotShown) if is_idempotent(action) => {
                self.send_again(track, intent, lease).await
            }
            // Not idempotent: a person decides. The headline says so.
            (IntentState::Uncertain { .. }, _) => Ok(false),
            (
                IntentState::Done { .. }
                | IntentState::Lapsed { .. }
                | IntentState::Refused { .. }
                | IntentState::Failed { .. },
                _,
            ) => Ok(false),
        }
    }

    /// A step that was taken in the future was taken by a clock that has gone back since. It would be waited for until
    /// that future comes, so it is taken for one of now.
    fn dated_anew(&self, intent: &Intent, now: Moment) -> Option<IntentWrite> {
        if intent.changed_at <= now + CLOCK_SLACK {
            return None;
        }
        let state = match &intent.state {
            IntentState::Sent { .. } => {
                let actor = self.actor(&intent.key.track, intent.key.action)?;
                IntentState::Sent { gives_up_at: now + self.in_our_time(longest(&actor)) }
            }
            IntentState::Uncertain { why } => IntentState::Uncertain { why: why.clone() },
            IntentState::Proposed
            | IntentState::Confirmed
            | IntentState::Claimed
            | IntentState::Done { .. }
            | IntentState::Lapsed { .. }
            | IntentState::Refused { .. }
            | IntentState::Failed { .. } => return None,
        };
        let expected = Some(intent.state.clone());
        let intent = Intent { state, changed_at: now, ..intent.clone() };
        Some(IntentWrite { intent, expected, entry: None, effect: None })
    }

    async fn give_way(
        &self,
        intent: Intent,
        decided: &Decided,
        lease: &Lease,
    ) -> Result<bool, StoreError> {
        self.state.lock().await.accepted.remove(&intent.key);
        let why = "a guard fell before it was seen to happen: the rollout is paused".to_owned();
        self.advance(intent, Event::Lapse(why), decided, lease).await
    }

    fn actor(&self, track: &TrackId, action: Action) -> Option<Arc<dyn Acts>> {
        self.actors.get(&track.line()).filter(|actor| actor.actions().contains(&action)).cloned()
    }

    /// Reads all facts of the track afresh and decides again, on one snapshot.
    async fn look_again(&self, track: &TrackId) -> Option<(Inputs, Decision)> {
        #[cfg(any(test, feature = "weaken"))]
        if self.weakened.is(crate::weaken::Weakness::NoSecondLook) {
            return self.decide_now(track).await;
        }
        let known = self.state.lock().await.readings.clone();
        let now = self.clock.now();
        let answers = read_afresh(&self.reads, &track.app, known, now, LOOK_DEADLINE).await;
        {
            let mut state = self.state.lock().await;
            for (source, answers) in answers {
                let collected =
                    integrate(&mut state.readings, &source, answers, now, self.clock.now());
                let drafts = source_drafts(&collected, now);
                state.backlog.extend(drafts);
                state.unkept.add(collected); // The next tick keeps it.
            }
        }
        self.decide_with(track, Known::Afresh).await
    }

    /// Decides the track from what is known now, as if no action were under way.
    async fn decide_now(&self, track: &TrackId) -> Option<(Inputs, Decision)> {
        self.decide_with(track, Known::All).await
    }

    async fn decide_with(&self, track: &TrackId, known: Known) -> Option<(Inputs, Decision)> {
        let people = self.store.interventions().await.ok()?;
        let mut state = self.state.lock().await;
        state.people = people;
        let app = self.settings.apps.iter().find(|app| app.id == track.app)?;
        let now = self.clock.now();
        let faults = state.readings.slot_faults.clone();
        if known == Known::Afresh {
            state.readings.doubt_waiting(&track.app);
        }
        let mut line = self.inputs(&mut state, app, &track.line(), now);
        state.readings.slot_faults = faults;
        let ours = line.iter_mut().find(|it| it.facts.track == *track)?;
        let open = ours.people.open_intent.take();
        let (mut inputs, decision) =
            self.decide_line(line).into_iter().find(|(it, _)| it.facts.track == *track)?;
        inputs.people.open_intent = open;
        Some((inputs, decision))
    }

    async fn advance(
        &self,
        intent: Intent,
        event: Event,
        decided: &Decided,
        lease: &Lease,
    ) -> Result<bool, StoreError> {
        self.advance_with(intent, event, &decided.decision, lease).await
    }

    async fn advance_with(
        &self,
        mut intent: Intent,
        event: Event,
        decision: &Decision,
        lease: &Lease,
    ) -> Result<bool, StoreError> {
        let expected = intent.state.clone();
        let Ok(state) = step(&expected, event) else { return Ok(false) };
        intent.state = state;
        intent.changed_at = self.clock.now();
        let action = intent.key.action;
        let (text, why) = match &intent.state {
            IntentState::Done { by_hand: true } => {
                (format!("{}, by hand in the console", action.verb_past()), String::new())
            }
            IntentState::Done { by_hand: false } => {
                (action.verb_past().to_owned(), intent.reason.clone())
            }
            IntentState::Lapsed { why } => (format!("did not {}", action.verb()), why.clone()),
            IntentState::Failed { words } => {
                (format!("could not {}", action.verb()), words.clone())
            }
            IntentState::Uncertain { why } => {
                (format!("is not certain: {}", action.verb()), why.clone())
            }
            IntentState::Refused { by } => {
                (format!("was told not to {}", action.verb()), by.name.clone())
            }
            IntentState::Proposed
            | IntentState::Confirmed
            | IntentState::Claimed
            | IntentState::Sent { .. } => (action.verb().to_owned(), String::new()),
        };
        let entry = entry(&intent, text, why, decision);
        self.write(
            IntentWrite { intent, expected: Some(expected), entry: Some(entry), effect: None },
            lease,
        )
        .await?;
        Ok(true)
    }

    async fn write(&self, write: IntentWrite, lease: &Lease) -> Result<(), StoreError> {
        let sealed = self.store.write_intent(write, lease, self.clock.now()).await?;
        let mut state = self.state.lock().await;
        for entry in &sealed {
            state.remember(entry, &self.settings.apps);
        }
        Ok(())
    }
}

/// Whether a decision calls for this action.
fn calls_for(decision: &Decision, action: Action) -> bool {
    match &decision.next {
        Next::Fire { action: now, .. } => *now == action,
        Next::Pause { .. } => action == Action::PauseRollout,
        Next::Wait | Next::Rest => false,
    }
}

fn still_fires(inputs: &Inputs, action: Action) -> bool {
    matches!(decide(&without_intent(inputs)).next, Next::Fire { action: now, .. } if now == action)
}

fn without_intent(inputs: &Inputs) -> Inputs {
    let mut inputs = inputs.clone();
    inputs.people.open_intent = None;
    inputs
}

/// Whether the store's reading was taken after the intent's last step, so that it can tell of its effect.
fn after(intent: &Intent, decided: &Decided) -> bool {
    decided.inputs.facts.store.known().is_some_and(|reading| reading.fetched_at > intent.changed_at)
}

/// Whether the store tells that it has stood as it stands only since after the intent was recorded.
fn changed_since(intent: &Intent, decided: &Decided) -> bool {
    decided
        .inputs
        .facts
        .store
        .value()
        .and_then(|store| store.since)
        .is_some_and(|since| since > intent.created_at)
}

/// The build that an action is done with: the newest for a candidate, else the candidate.
fn build_for(inputs: &Inputs, decision: &Decision, action: Action) -> Option<String> {
    match action {
        Action::MarkCandidate => inputs.facts.newest_build().map(|build| build.number.clone()),
        // A version that was out before Signalbox came has no build that anybody knows.
        Action::Finish => {
            decision.build.clone().or_else(|| Some(inputs.facts.track.version.to_string()))
        }
        _ => decision.build.clone(),
    }
}

#[cfg(test)]
mod tests;
