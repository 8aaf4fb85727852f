//! Actions whose effect is Signalbox's own: a candidate is marked, a watch ends. No store is asked, and intent
//! and effect are one transaction.

use super::words::move_entry;
use super::{build_for, calls_for};
use crate::tick::Engine;
use conductor::Moment;
use conductor::decide::{Decision, Inputs};
use conductor::intent::{Event, Intent, IntentState, step};
use conductor::people::CandidateMark;
use conductor::process::Action;
use ports::{IntentWrite, Lease, StoreError, Wish};

impl Engine {
    /// Marks a candidate or ends a watch: the effect is Signalbox's own, so intent and effect are one
    /// transaction. What people said is read once more before it.
    pub(super) async fn record_internal(
        &self,
        intent: Intent,
        lease: &Lease,
    ) -> Result<bool, StoreError> {
        let Some((inputs, decision)) = self.decide_now(&intent.key.track).await else {
            return Ok(false);
        };
        let same =
            build_for(&inputs, &decision, intent.key.action).as_ref() == Some(&intent.key.build);
        if !same || !calls_for(&decision, intent.key.action) {
            return Ok(false); // Nothing was recorded, so nothing lapses: the next tick decides anew.
        }
        self.write_internal(&inputs, &decision, intent, None, lease).await
    }

    /// A person said yes to marking a candidate or ending a watch.
    pub(super) async fn confirmed_internal(
        &self,
        mut intent: Intent,
        lease: &Lease,
    ) -> Result<bool, StoreError> {
        let Some((inputs, decision)) = self.look_again(&intent.key.track).await else {
            return Ok(false);
        };
        let same =
            build_for(&inputs, &decision, intent.key.action).as_ref() == Some(&intent.key.build);
        if intent.by.is_none() && !(same && calls_for(&decision, intent.key.action)) {
            let why = format!("a second look found: {}", decision.headline.text);
            return self.advance_with(intent, Event::Lapse(why), &decision, lease).await;
        }
        let expected = intent.state.clone();
        let Ok(state) = step(&expected, Event::Recorded) else { return Ok(false) };
        intent.state = state;
        self.write_internal(&inputs, &decision, intent, Some(expected), lease).await
    }

    async fn write_internal(
        &self,
        inputs: &Inputs,
        decision: &Decision,
        mut intent: Intent,
        expected: Option<IntentState>,
        lease: &Lease,
    ) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let Some(effect) = internal_effect(inputs, &intent, now) else { return Ok(false) };
        intent.changed_at = now;
        let text = match intent.key.action {
            Action::MarkCandidate => {
                format!("marked build {} as the final release candidate", intent.key.build)
            }
            action => action.verb_past().to_owned(),
        };
        let entry = move_entry(&intent, text, inputs, decision, lease);
        self.write(
            IntentWrite { intent, expected, entry: Some(entry), effect: Some(effect) },
            lease,
        )
        .await?;
        Ok(true)
    }
}

fn internal_effect(inputs: &Inputs, intent: &Intent, now: Moment) -> Option<Wish> {
    match intent.key.action {
        Action::MarkCandidate => {
            let build = inputs
                .facts
                .builds
                .value()?
                .iter()
                .find(|build| build.number == intent.key.build)?;
            let before = inputs.people.candidate();
            // What changed since the candidate before is what that candidate misses of the branch's head, if
            // the new one is at the head.
            let changed_areas = before.and_then(|mark| {
                let old = inputs.facts.builds.value()?.iter().find(|it| it.number == mark.build)?;
                let missing =
                    old.missing.as_ref().filter(|it| Some(&it.head) == build.commit.as_ref())?;
                missing.areas.clone().filter(|_| missing.on_branch)
            });
            Some(Wish::Candidate(CandidateMark {
                build: build.number.clone(),
                commit: build.commit.clone()?,
                at: now,
                by: intent.by.clone(),
                changed_areas,
            }))
        }
        Action::Finish => Some(Wish::Finished(now)),
        Action::SubmitForReview
        | Action::StartRollout
        | Action::CompleteRollout
        | Action::Publish
        | Action::PauseRollout
        | Action::ResumeRollout => None,
    }
}
