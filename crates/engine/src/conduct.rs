//! Conducting: carries out what was decided, through intents (CONDUCTOR §6). Recorded, looked at again, claimed,
//! sent, and done only when a later reading shows it. Whoever acts here has nothing left to choose.

use crate::collect::{integrate, read_afresh};
use crate::publish::Decided;
use crate::tick::{Engine, source_drafts};
use conductor::decide::{Decision, Inputs, Next, decide};
use conductor::intent::{
    Effect, Event, Intent, IntentKey, IntentState, effect, is_idempotent, step,
};
use conductor::journal::{Actor, Draft, EntryKind};
use conductor::observation::Share;
use conductor::process::{Action, Mode, Process};
use conductor::reading::CLOCK_SLACK;
use conductor::track::LineId;
use conductor::{Moment, Span, TrackId};
use futures::FutureExt;
use ports::{ActError, Acts, IntentWrite, Lease, Order, StoreError};
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

mod internal;
mod words;
mod work;

use words::{entry, reason};
use work::{Task, Work, work};

/// How long a look before an action waits for each source, in real time.
const LOOK_DEADLINE: Duration = Duration::from_secs(10);
/// How long after it accepted something a store may take to show it.
const SHOWS_WITHIN: Span = Span::hours(24);
/// How old a look may be when the request is announced, in real time: after that it is looked at again.
const LOOK_HOLDS: Duration = Duration::from_mins(1);
/// How long the announcement may take, in real time: who stood still meanwhile does not know any more who is on duty.
const ANNOUNCED_WITHIN: Duration = Duration::from_secs(5);

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
        let entry = entry(&intent, text, intent.reason.clone(), decision);
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

    /// Nothing happened the first time. What was right then may not be now: a person may hold the track.
    async fn send_again(
        &self,
        track: &TrackId,
        intent: Intent,
        lease: &Lease,
    ) -> Result<bool, StoreError> {
        let looked = Instant::now();
        let Some((inputs, decision)) = self.look_again(track).await else { return Ok(false) };
        if effect(intent.key.action, &inputs.facts.store) != Effect::NotShown {
            return Ok(false); // It came through meanwhile; the next tick sees it.
        }
        if !calls_for(&decision, intent.key.action) && intent.by.is_none() {
            let why = format!("nothing happened, and now: {}", decision.headline.text);
            return self.advance_with(intent, Event::Lapse(why), &decision, lease).await;
        }
        Box::pin(self.send(track, intent, lease, looked)).await
    }

    /// Looks again, claims and sends.
    async fn carry_out(
        &self,
        track: &TrackId,
        intent: Intent,
        lease: &Lease,
    ) -> Result<bool, StoreError> {
        let action = intent.key.action;
        let looked = Instant::now();
        // A pause is tried at once: looking at everything first would cost what it is there to save.
        let decided = if action == Action::PauseRollout {
            self.decide_now(track).await
        } else {
            self.look_again(track).await
        };
        let Some((inputs, decision)) = decided else { return Ok(false) };
        // What a person ordered is not judged by the conductor's conditions a second time.
        if !calls_for(&decision, action) && intent.by.is_none() {
            let why = format!("a second look found: {}", decision.headline.text);
            return self.advance_with(intent, Event::Lapse(why), &decision, lease).await;
        }
        let mut claimed = intent;
        if claimed.state == IntentState::Confirmed {
            let expected = claimed.state.clone();
            claimed.state = IntentState::Claimed;
            claimed.changed_at = inputs.now;
            let write = IntentWrite {
                intent: claimed.clone(),
                expected: Some(expected),
                entry: None,
                effect: None,
            };
            match self.write(write, lease).await {
                Ok(()) => {}
                Err(StoreError::Conflict(why)) => {
                    // A hold came between the look and the claim: a stop beats a go.
                    claimed.state = IntentState::Confirmed;
                    return self.advance_with(claimed, Event::Lapse(why), &decision, lease).await;
                }
                Err(error) => return Err(error),
            }
        }
        Box::pin(self.send(track, claimed, lease, looked)).await
    }

    /// Announces the request, sends it, and records what came of it.
    async fn send(
        &self,
        track: &TrackId,
        mut intent: Intent,
        lease: &Lease,
        looked: Instant,
    ) -> Result<bool, StoreError> {
        let Some(actor) = self.actor(track, intent.key.action) else {
            let words = format!("no source is configured that can {}", intent.key.action.verb());
            return self.fail_unsent(intent, words, lease).await;
        };
        let announced = Instant::now();
        if announced.duration_since(looked) > LOOK_HOLDS {
            return Ok(false); // We stood still, or the store is slow. The next tick looks again.
        }
        let now = self.clock.now();
        let gives_up_at = now + self.in_our_time(longest(&actor));
        if gives_up_at > lease.ends_at {
            // It could still be on its way when another conductor acts. The next tick has a longer lease.
            return Ok(false);
        }
        let again = matches!(intent.state, IntentState::Uncertain { .. });
        let event =
            if again { Event::SendAgain { gives_up_at } } else { Event::Send { gives_up_at } };
        let before = intent.clone();
        let Ok(state) = step(&before.state, event) else { return Ok(false) };
        intent.state = state;
        intent.changed_at = now;
        let write = IntentWrite {
            intent: intent.clone(),
            expected: Some(before.state.clone()),
            entry: None,
            effect: None,
        };
        match self.write(write, lease).await {
            Ok(()) => {}
            Err(StoreError::Conflict(why)) => return self.stopped(track, before, why, lease).await,
            Err(error) => return Err(error),
        }
        let order = self.order(track, &intent).await;
        let late = announced.elapsed() > ANNOUNCED_WITHIN;
        tracing::info!(key = %intent.key, source = %actor.id(), late, "sending");
        let answer =
            if late { Err(stood_still(&actor, again)) } else { actor.act(&order, now).await };
        let event = match answer {
            Ok(()) => {
                self.state.lock().await.accepted.insert(intent.key.clone());
                self.hint(); // The store is asked at once whether it shows.
                return Ok(false);
            }
            Err(ActError::Refused { words, .. }) => Event::StoreRefused(words),
            Err(ActError::NotNow { words, .. }) => Event::Lapse(words),
            Err(ActError::NoAnswer { cause, .. }) => Event::NoAnswer(cause),
        };
        let decision = self.decide_now(track).await.map(|(_, decision)| decision);
        // What the store did not want now is tried again with the next regular tick, not at once and again.
        let at_once = !matches!(event, Event::Lapse(_));
        match decision {
            Some(decision) => {
                Ok(self.advance_with(intent, event, &decision, lease).await? && at_once)
            }
            None => Ok(false),
        }
    }

    /// A person stopped it between the claim and the request: a stop beats a go. What a request before this one did
    /// shows by itself.
    async fn stopped(
        &self,
        track: &TrackId,
        intent: Intent,
        why: String,
        lease: &Lease,
    ) -> Result<bool, StoreError> {
        match self.decide_now(track).await {
            Some((_, decision)) => {
                self.advance_with(intent, Event::Lapse(why), &decision, lease).await
            }
            None => Ok(false),
        }
    }

    /// Nothing can carry it out here: the intent fails before anything was sent.
    async fn fail_unsent(
        &self,
        mut intent: Intent,
        words: String,
        lease: &Lease,
    ) -> Result<bool, StoreError> {
        let expected = intent.state.clone();
        let Ok(state) = step(&expected, Event::CannotAct(words.clone())) else { return Ok(false) };
        intent.state = state;
        intent.changed_at = self.clock.now();
        let entry = Draft {
            at: intent.changed_at,
            actor: Actor::Conductor,
            track: Some(intent.key.track.clone()),
            kind: EntryKind::Intent,
            text: format!("cannot {}", intent.key.action.verb()),
            why: words,
            data: serde_json::json!({ "key": intent.key.to_string() }),
        };
        self.write(
            IntentWrite { intent, expected: Some(expected), entry: Some(entry), effect: None },
            lease,
        )
        .await?;
        Ok(true)
    }

    fn actor(&self, track: &TrackId, action: Action) -> Option<Arc<dyn Acts>> {
        self.actors.get(&track.line()).filter(|actor| actor.actions().contains(&action)).cloned()
    }

    async fn order(&self, track: &TrackId, intent: &Intent) -> Order {
        let state = self.state.lock().await;
        // Where the track's process has no stage for less, everybody gets it at once.
        let published = self.published().borrow().clone();
        let process = published.tracks.get(track).map(|it| &it.inputs.process);
        let has_rollout = process.is_none_or(Process::has_rollout);
        let mark = state
            .people
            .get(track)
            .and_then(|it| it.candidates.iter().rfind(|mark| mark.build == intent.key.build));
        Order {
            track: track.clone(),
            action: intent.key.action,
            build: intent.key.build.clone(),
            commit: mark.map(|mark| mark.commit.clone()),
            share: if has_rollout { self.settings.first_share } else { Share::ALL },
            key: intent.key.to_string(),
        }
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

/// How long it takes at most from the announcement of a request to its end.
fn longest(actor: &Arc<dyn Acts>) -> Span {
    let announcing = i64::try_from(ANNOUNCED_WITHIN.as_millis()).unwrap_or(0);
    Span::millis(actor.gives_up_after().as_millis().saturating_add(announcing))
}

/// Nothing was sent this time; of an earlier time that is not known.
fn stood_still(actor: &Arc<dyn Acts>, again: bool) -> ActError {
    let (id, words) = (actor.id().clone(), "it took too long to announce it".to_owned());
    if again { ActError::NoAnswer { id, cause: words } } else { ActError::NotNow { id, words } }
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
