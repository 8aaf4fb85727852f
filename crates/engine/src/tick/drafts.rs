//! What the journal says of a tick: a track that stands elsewhere, a source that fell silent or answers again.

use crate::collect::Collected;
use conductor::decide::Inputs;
use conductor::journal::{Actor, Draft, EntryKind};
use conductor::track::Standing;
use conductor::{Moment, Person, TrackId};
use ports::{TrackMemory, Wish};
use serde_json::json;

/// What the journal says when a track stands elsewhere than before.
pub(super) fn moved(
    inputs: &Inputs,
    decision: &conductor::Decision,
    memory: &TrackMemory,
) -> Vec<Draft> {
    let before = &memory.before;
    let store = inputs.facts.store.source().or(inputs.facts.branch.source());
    let source = store.map_or_else(|| "signalbox".to_owned(), ToString::to_string);
    let draft = |kind, text: String, why: String| Draft {
        at: inputs.now,
        actor: Actor::World { source: source.clone() },
        track: Some(decision.track.clone()),
        kind,
        text,
        why,
        data: json!({
            "stage": decision.stage,
            "standing": decision.standing,
            "build": decision.build,
            "before": {
                "stage": before.stage.as_ref().map(|(id, _)| id),
                "standing": before.standing.map(|(standing, _)| standing),
            },
        }),
    };
    let mut drafts = Vec::new();
    let was = before.stage.as_ref().map(|(id, _)| id);
    if let Some(stage) = &decision.stage
        && was != Some(stage)
    {
        let title = inputs.process.stage(stage).map_or(stage.as_str(), |it| it.title.as_str());
        // A version that was there before Signalbox looked for the first time did not move now.
        let text = if before.at.is_none() {
            format!("first seen at {title}")
        } else {
            format!("reached {title}")
        };
        drafts.push(draft(EntryKind::StageEntered, text, String::new()));
    }
    if let Some((was, _)) = before.standing
        && was != decision.standing
    {
        let text = match decision.standing {
            Standing::Running => format!("runs again, was {}", was.as_str()),
            other => format!("is {}", other.as_str()),
        };
        drafts.push(draft(EntryKind::StandingChanged, text, decision.headline.text.clone()));
    }
    drafts
}

/// A wish with the words for the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The wish.
    pub wish: Wish,
    /// What the person did: `held the train`.
    pub text: String,
    /// Their reason; empty where none is owed.
    pub why: String,
}

impl Said {
    /// The wish with its entry.
    pub(super) fn wished(self, track: &TrackId, by: &Person, at: Moment) -> (Wish, Draft) {
        let Self { wish, text, why } = self;
        let kind = match &wish {
            Wish::SignOff(_) => EntryKind::SignOff,
            Wish::Candidate(_) => EntryKind::CandidateMarked,
            Wish::Answer(..) | Wish::Order(_) => EntryKind::Intent,
            Wish::Tick(_)
            | Wish::Approve(_)
            | Wish::Emergency(_)
            | Wish::Hold(_)
            | Wish::Release
            | Wish::Waive(_)
            | Wish::Unwaive(_)
            | Wish::Finished(_)
            | Wish::Cancel(_) => EntryKind::Intervention,
        };
        let draft = Draft {
            at,
            actor: Actor::Person { name: by.name.clone() },
            track: Some(track.clone()),
            kind,
            text,
            why,
            data: said(&wish),
        };
        (wish, draft)
    }
}

/// What a person wished, for machines: without it nobody could tell from the journal who held a track, or which action
/// was ordered.
fn said(wish: &Wish) -> serde_json::Value {
    let word = |word: &str| json!({ "wish": word });
    match wish {
        Wish::Hold(_) => word("hold"),
        Wish::Release => word("release"),
        Wish::Waive(it) => json!({ "wish": "waive", "rule": it.rule, "build": it.build }),
        Wish::Unwaive(rule) => json!({ "wish": "unwaive", "rule": rule }),
        Wish::SignOff(it) => {
            json!({ "wish": "sign_off", "team": it.team, "answer": it.answer, "build": it.build })
        }
        Wish::Tick(it) => json!({ "wish": "tick", "item": it.item, "done": it.done }),
        Wish::Approve(it) => json!({ "wish": "approve", "role": it.role, "given": it.given }),
        Wish::Emergency(it) => json!({ "wish": "emergency", "is_one": it.is_some() }),
        Wish::Candidate(it) => json!({ "wish": "candidate", "build": it.build }),
        Wish::Finished(_) => word("finished"),
        Wish::Cancel(_) => word("cancel"),
        Wish::Answer(key, state) => {
            json!({ "wish": "answer", "key": key.to_string(), "state": state.as_str() })
        }
        Wish::Order(it) => {
            json!({ "wish": "order", "key": it.key.to_string(), "state": it.state.as_str() })
        }
    }
}

/// What the journal says of sources that turned silent or turned good.
pub(crate) fn source_drafts(collected: &Collected, now: Moment) -> Vec<Draft> {
    collected
        .turned
        .iter()
        .map(|(source, app, fault)| {
            match fault {
                Some(fault) => tracing::warn!(%source, %app, "{fault}"),
                None => tracing::info!(%source, %app, "answers again"),
            }
            Draft {
                at: now,
                actor: Actor::World { source: source.to_string() },
                track: None,
                kind: EntryKind::Source,
                text: fault.as_ref().map_or_else(
                    || format!("answers again for {app}"),
                    |_| format!("gives no answer for {app}"),
                ),
                why: fault.clone().unwrap_or_default(),
                data: serde_json::Value::Null,
            }
        })
        .collect()
}
