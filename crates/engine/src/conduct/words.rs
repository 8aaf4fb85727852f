//! What the journal says of an action: what was done or would have been, why, and what it rests on.

use crate::publish::Decided;
use crate::tick::Engine;
use conductor::Moment;
use conductor::decide::{Decision, Next};
use conductor::intent::Intent;
use conductor::journal::{Actor, Draft, EntryKind};
use conductor::process::Action;
use ports::{Lease, StoreError};

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

fn findings(decision: &Decision) -> serde_json::Value {
    decision
        .findings
        .iter()
        .chain(&decision.guards)
        .chain(&decision.renewal)
        .map(|it| serde_json::json!({ "id": it.id, "verdict": it.verdict, "waived": it.waived.is_some(), "value": it.value }))
        .collect()
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
        data: serde_json::json!({
            "key": intent.key.to_string(),
            "state": intent.state.as_str(),
            "process": decision.process,
            "process_version": decision.process_version,
            "findings": findings(decision),
        }),
    }
}
