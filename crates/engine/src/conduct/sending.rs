//! Sending: looked at again, claimed, announced, sent. Between any two of these the process may stand still, so each
//! asks once more whether it may go on.

use super::calls_for;
use super::words::move_entry;
use crate::tick::Engine;
use conductor::Span;
use conductor::TrackId;
use conductor::decide::{Decision, Inputs};
use conductor::intent::{Effect, Event, Intent, IntentState, effect, step};
use conductor::journal::{Actor, Draft, EntryKind};
use conductor::observation::Share;
use conductor::process::{Action, Process};
use ports::{ActError, Acts, IntentWrite, Lease, Order, StoreError};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How old a look may be when the request is announced, in real time: after that it is looked at again.
const LOOK_HOLDS: Duration = Duration::from_mins(1);
/// How long the announcement may take, in real time: who stood still meanwhile does not know any more who is on duty.
const ANNOUNCED_WITHIN: Duration = Duration::from_secs(5);

impl Engine {
    /// Nothing happened the first time. What was right then may not be now: a person may hold the track.
    pub(super) async fn send_again(
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
        let again = Some((&inputs, &decision));
        Box::pin(self.send(track, intent, lease, looked, again)).await
    }

    /// Looks again, claims and sends.
    pub(super) async fn carry_out(
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
            let text = format!("looked again, to {}", action.verb());
            let entry = move_entry(&claimed, text, &inputs, &decision, lease);
            let write = IntentWrite {
                intent: claimed.clone(),
                expected: Some(expected),
                entry: Some(entry),
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
        Box::pin(self.send(track, claimed, lease, looked, None)).await
    }

    /// Announces the request, sends it, and records what came of it. `again`: what was found when it was looked at
    /// once more, where it had been sent before.
    async fn send(
        &self,
        track: &TrackId,
        mut intent: Intent,
        lease: &Lease,
        looked: Instant,
        again: Option<(&Inputs, &Decision)>,
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
        let event = if again.is_some() {
            Event::SendAgain { gives_up_at }
        } else {
            Event::Send { gives_up_at }
        };
        let before = intent.clone();
        let Ok(state) = step(&before.state, event) else { return Ok(false) };
        intent.state = state;
        intent.changed_at = now;
        let entry = again.map(|(inputs, decision)| {
            let text = format!("tried once more to {}", intent.key.action.verb());
            move_entry(&intent, text, inputs, decision, lease)
        });
        let write = IntentWrite {
            intent: intent.clone(),
            expected: Some(before.state.clone()),
            entry,
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
        let answer = if late {
            Err(stood_still(&actor, again.is_some()))
        } else {
            actor.act(&order, now).await
        };
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
            data: serde_json::json!({ "key": intent.key.to_string(), "state": intent.state.as_str() }),
        };
        self.write(
            IntentWrite { intent, expected: Some(expected), entry: Some(entry), effect: None },
            lease,
        )
        .await?;
        Ok(true)
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
}

/// How long it takes at most from the announcement of a request to its end.
pub(super) fn longest(actor: &Arc<dyn Acts>) -> Span {
    let announcing = i64::try_from(ANNOUNCED_WITHIN.as_millis()).unwrap_or(0);
    Span::millis(actor.gives_up_after().as_millis().saturating_add(announcing))
}

/// Nothing was sent this time; of an earlier time that is not known.
fn stood_still(actor: &Arc<dyn Acts>, again: bool) -> ActError {
    let (id, words) = (actor.id().clone(), "it took too long to announce it".to_owned());
    if again { ActError::NoAnswer { id, cause: words } } else { ActError::NotNow { id, words } }
}
