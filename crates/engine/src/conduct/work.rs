//! What one tick owes the tracks of a line, and what of it goes first.

use crate::publish::Decided;
use conductor::decide::Next;
use conductor::intent::{Intent, IntentState};
use conductor::process::{Action, Mode};
use conductor::{Kind, TrackId};
use std::sync::Arc;

/// A track and what one tick owes it.
pub(super) struct Task {
    pub track: TrackId,
    pub decided: Arc<Decided>,
    pub work: Work,
}

impl Task {
    /// Stops before goes, what is under way before what begins, a hotfix before the others.
    pub(super) fn rank(&self) -> (u8, bool) {
        let urgency = match &self.work {
            Work::Begin(Action::PauseRollout, _) => 0,
            Work::Follow(intent) if intent.key.action == Action::PauseRollout => 0,
            Work::Follow(_) => 1,
            Work::Begin(..) => 2,
        };
        (urgency, self.decided.inputs.facts.kind != Kind::Hotfix)
    }

    /// Whether the store may be doing something for it now.
    pub(super) fn is_under_way(&self) -> bool {
        let Work::Follow(intent) = &self.work else { return false };
        match intent.state {
            IntentState::Claimed | IntentState::Sent { .. } | IntentState::Uncertain { .. } => true,
            IntentState::Proposed
            | IntentState::Confirmed
            | IntentState::Done { .. }
            | IntentState::Lapsed { .. }
            | IntentState::Refused { .. }
            | IntentState::Failed { .. } => false,
        }
    }
}

/// What one tick owes a track.
pub(super) enum Work {
    /// Begin an action.
    Begin(Action, Mode),
    /// Bring an open intent a step further.
    Follow(Box<Intent>),
}

impl Work {
    /// Whether it sets something going at the store.
    pub(super) fn starts_at_store(&self) -> bool {
        match self {
            Self::Begin(action, mode) => {
                *mode == Mode::Auto && !action.is_internal() && *action != Action::PauseRollout
            }
            Self::Follow(intent) => {
                intent.state == IntentState::Confirmed
                    && !intent.key.action.is_internal()
                    && intent.key.action != Action::PauseRollout
            }
        }
    }
}

/// What a decision calls for; `None` if nothing.
pub(super) fn work(decided: &Decided) -> Option<Work> {
    let open = decided.inputs.people.open_intent.clone();
    match (&decided.decision.next, open) {
        // A stop beats a go that has not left yet; what has left is waited for.
        (Next::Pause { .. }, Some(open)) if open.key.action != Action::PauseRollout => {
            Some(Work::Follow(Box::new(open)))
        }
        (_, Some(open)) => Some(Work::Follow(Box::new(open))),
        (Next::Pause { .. }, None) => Some(Work::Begin(Action::PauseRollout, Mode::Auto)),
        (Next::Fire { mode: Mode::Off, .. }, None) => None,
        (Next::Fire { action, mode }, None) => Some(Work::Begin(*action, *mode)),
        (Next::Wait | Next::Rest, None) => None,
    }
}
