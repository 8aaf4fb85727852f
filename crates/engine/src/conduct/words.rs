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
        let passed = it.lets_pass();
        json!({
            "id": it.id,
            "of": of,
            "verdict": it.verdict,
            "waived": it.waived.is_some(),
            "waived_by": it.waived.as_ref().map(|waived| &waived.by),
            "value": it.value,
            "observed_at": it.observed_at,
            "sample": it.sample,
            "owner": (!passed).then_some(&it.owner.name),
            "next_step": (!passed).then_some(&it.next_step),
        })
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
    let Some(data) = draft.data.as_object_mut() else { return draft };
    let people = &inputs.people;
    let stops = people.holds.iter().chain(&people.cancelled);
    let holds: Value = stops.map(|it| json!({ "by": it.by, "at": it.at })).collect();
    data.insert("decided_at".into(), json!(inputs.now));
    data.insert("stage".into(), json!(decision.stage));
    data.insert("standing".into(), json!(decision.standing));
    data.insert("fencing".into(), json!(lease.fencing));
    data.insert("emergency".into(), json!(people.emergency.is_some()));
    data.insert("holds".into(), holds);
    let rules: BTreeMap<&str, &Rule> =
        inputs.process.rules().into_iter().map(|it| (it.rule.id.as_str(), it.rule)).collect();
    let findings = data.get_mut("findings").and_then(Value::as_array_mut);
    for told in findings.into_iter().flatten().filter_map(Value::as_object_mut) {
        let id = told.get("id").and_then(Value::as_str).unwrap_or_default();
        let Some(rule) = rules.get(id) else { continue };
        let asked = serde_json::to_value(&rule.condition).unwrap_or_default();
        let of_asked = |key: &str| asked.get(key).cloned().unwrap_or_default();
        told.insert("kind".into(), of_asked("kind"));
        told.insert("max_age_minutes".into(), json!(rule.max_age_minutes));
        // What has nothing before it to be compared with needs no cases.
        let counted = told.get("sample").is_some_and(|it| !it.is_null());
        if counted || of_asked("versus_previous").is_null() {
            told.insert("minimum_sample".into(), of_asked("minimum_sample"));
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
