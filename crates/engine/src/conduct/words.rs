//! What the journal says of an action: what was done or would have been, why, and what it rests on.

use crate::publish::Decided;
use crate::tick::Engine;
use conductor::Moment;
use conductor::decide::{Decision, Inputs, Next};
use conductor::intent::{Intent, IntentState};
use conductor::journal::{Actor, Draft, EntryKind};
use conductor::process::{Action, Rule};
use ports::{Lease, StoreError};
use serde_json::{Value, json};
use std::collections::BTreeMap;

impl Engine {
    /// Says what it would have done, once an episode.
    pub(super) async fn would_have(
        &self,
        decided: &Decided,
        action: Action,
        lease: &Lease,
        now: Moment,
    ) -> Result<bool, StoreError> {
        let said = format!("would have {}", action.verb_past());
        // An episode begins when the last of its conditions came to hold.
        let since = decided
            .decision
            .findings
            .iter()
            .map(|it| it.since)
            .max()
            .or(decided.decision.stage_since);
        if decided
            .timeline
            .iter()
            .any(|it| it.text == said && since.is_none_or(|since| it.at >= since))
        {
            return Ok(false);
        }
        let draft = Draft {
            at: now,
            actor: Actor::Conductor,
            track: Some(decided.decision.track.clone()),
            kind: EntryKind::WouldHave,
            text: said,
            why: reason(&decided.decision, action),
            data: findings(&decided.decision),
        };
        let revision = self.state.lock().await.revision;
        let keep = ports::Keep { entries: vec![draft], revision, ..ports::Keep::default() };
        let sealed = self.store.keep(keep, lease, now).await?;
        let mut state = self.state.lock().await;
        for entry in &sealed {
            state.remember(entry, &self.settings.apps);
        }
        Ok(true)
    }
}

/// Why it is done, in a sentence.
pub(super) fn reason(decision: &Decision, action: Action) -> String {
    if let (Action::PauseRollout, Next::Pause { because }) = (action, &decision.next) {
        return because.clone();
    }
    let rests_on = if action == Action::MarkCandidate && !decision.renewal.is_empty() {
        &decision.renewal
    } else {
        &decision.findings
    };
    let n = rests_on.len();
    let waived = rests_on.iter().filter(|it| it.waived.is_some()).count();
    match (action, waived) {
        (Action::MarkCandidate, _) => {
            "tests passed, the build is good and nothing blocks".to_owned()
        }
        (_, 0) => format!("{n} of {n} conditions met"),
        (_, waived) => format!("{} of {n} conditions met, {waived} waived", n - waived),
    }
}

/// Each finding, so that somebody can judge later whether it allowed a move: what it was, how old, on how many cases.
fn findings(decision: &Decision) -> Value {
    let parts = [
        ("condition", &decision.findings),
        ("guard", &decision.guards),
        ("renewal", &decision.renewal),
    ];
    let all = parts.into_iter().flat_map(|(of, list)| list.iter().map(move |it| (of, it)));
    all.map(|(of, it)| {
        let mut told = json!({
            "id": it.id,
            "of": of,
            "verdict": it.verdict,
            "waived": it.waived.is_some(),
            "value": it.value,
            "observed_at": it.observed_at,
            "sample": it.sample,
        });
        if let Some(waived) = &it.waived {
            told["waived_by"] = json!(waived.by);
        }
        if !it.lets_pass() {
            told["owner"] = json!(it.owner.name);
            told["next_step"] = json!(it.next_step);
        }
        told
    })
    .collect()
}

/// The entry of a step that moves a train, with all that it rests on: what was asked of each finding, how the track
/// stood, who held it, and under which lease it is done.
pub(super) fn move_entry(
    intent: &Intent,
    text: String,
    inputs: &Inputs,
    decision: &Decision,
    lease: &Lease,
) -> Draft {
    let mut draft = entry(intent, text, intent.reason.clone(), decision);
    let data = &mut draft.data;
    data["decided_at"] = json!(inputs.now);
    data["stage"] = json!(decision.stage);
    data["standing"] = json!(decision.standing);
    data["fencing"] = json!(lease.fencing);
    data["emergency"] = json!(inputs.people.emergency.is_some());
    let people = &inputs.people;
    let stops = people.holds.iter().chain(&people.cancelled);
    data["holds"] = stops.map(|it| json!({ "by": it.by, "at": it.at })).collect();
    let rules: BTreeMap<&str, &Rule> =
        inputs.process.rules().into_iter().map(|it| (it.rule.id.as_str(), it.rule)).collect();
    for told in data["findings"].as_array_mut().into_iter().flatten() {
        let Some(rule) = told["id"].as_str().and_then(|id| rules.get(id)) else { continue };
        let asked = serde_json::to_value(&rule.condition).unwrap_or_default();
        told["kind"] = asked["kind"].clone();
        told["max_age_minutes"] = json!(rule.max_age_minutes);
        // What has nothing before it to be compared with needs no cases.
        if !told["sample"].is_null() || asked["versus_previous"].is_null() {
            told["minimum_sample"] = asked["minimum_sample"].clone();
        }
    }
    draft
}

/// What is written of a step of an intent.
pub(super) fn entry(intent: &Intent, text: String, why: String, decision: &Decision) -> Draft {
    Draft {
        at: intent.changed_at,
        actor: match &intent.by {
            Some(person) => Actor::Person { name: person.name.clone() },
            None => Actor::Conductor,
        },
        track: Some(intent.key.track.clone()),
        kind: if intent.key.action == Action::MarkCandidate {
            EntryKind::CandidateMarked
        } else {
            EntryKind::Intent
        },
        text,
        why,
        data: json!({
            "key": intent.key.to_string(),
            "state": intent.state.as_str(),
            "by_hand": intent.state == IntentState::Done { by_hand: true },
            "process": decision.process,
            "process_version": decision.process_version,
            "findings": findings(decision),
        }),
    }
}
