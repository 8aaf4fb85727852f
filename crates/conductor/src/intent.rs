//! An action's life (CONDUCTOR §6): recorded before it is carried out, done only when a later reading
//! shows it. This is the state machine alone; the engine performs, the store remembers.

use crate::app::Person;
use crate::moment::Moment;
use crate::observation::{InStore, StorePhase};
use crate::process::Action;
use crate::reading::Fact;
use crate::track::TrackId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Unique for ever: never two effects for one key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IntentKey {
    /// The track.
    pub track: TrackId,
    /// What is to be done.
    pub action: Action,
    /// The build that it is done with.
    pub build: String,
    /// 1, raised only by a person's *try again*, or for a pause and resume of the same build.
    pub attempt: u32,
}

impl fmt::Display for IntentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}#{}#{}", self.track, self.action.as_str(), self.build, self.attempt)
    }
}

/// One action that the conductor or a person has decided on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Its key.
    pub key: IntentKey,
    /// How far it is.
    pub state: IntentState,
    /// Who decided on it: a person, or `None` for the conductor.
    pub by: Option<Person>,
    /// Why: the headline or the reason given.
    pub reason: String,
    /// When it was recorded.
    pub created_at: Moment,
    /// When it last changed.
    pub changed_at: Moment,
}

/// How far an intent is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_family = "wasm"), serde(tag = "state"))]
pub enum IntentState {
    /// It waits for a person's yes (mode Ask).
    Proposed,
    /// It may be carried out.
    Confirmed,
    /// The one conductor has taken it.
    Claimed,
    /// The request may have left; nobody else believes that nothing happened before `gives_up_at`.
    Sent {
        /// When that request will have given up.
        gives_up_at: Moment,
    },
    /// A later reading showed the effect.
    Done {
        /// A person did it in the store's console meanwhile.
        by_hand: bool,
    },
    /// Its conditions stopped holding, or a person did the opposite.
    Lapsed {
        /// Which.
        why: String,
    },
    /// A person said no.
    Refused {
        /// Who.
        by: Person,
    },
    /// The store refused: final, with its words.
    Failed {
        /// What the store said.
        words: String,
    },
    /// No answer: it may or may not have happened. Look first.
    Uncertain {
        /// What broke.
        why: String,
    },
}

/// What happens to an intent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A person says yes.
    Confirm,
    /// Its conditions stopped holding, or a person did the opposite.
    Lapse(String),
    /// A person says no.
    Refuse(Person),
    /// The conductor takes it, after looking again.
    Claim,
    /// The request is about to leave.
    Send {
        /// When it will have given up.
        gives_up_at: Moment,
    },
    /// The store refused.
    StoreRefused(String),
    /// Time-out, crash, 5xx.
    NoAnswer(String),
    /// No source is configured that could do it.
    CannotAct(String),
    /// Signalbox did it itself: the effect is written in the same transaction.
    Recorded,
    /// A reading shows the effect.
    Seen,
    /// Nothing happened and it is safe to send it again.
    SendAgain {
        /// When it will have given up.
        gives_up_at: Moment,
    },
}

/// That event cannot happen to an intent in that state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{event} cannot follow {state}")]
pub struct NotAllowed {
    /// The state's word.
    pub state: &'static str,
    /// The event's word.
    pub event: &'static str,
}

impl IntentState {
    /// Whether it is still to come to an end.
    pub fn is_open(&self) -> bool {
        match self {
            Self::Proposed
            | Self::Confirmed
            | Self::Claimed
            | Self::Sent { .. }
            | Self::Uncertain { .. } => true,
            Self::Done { .. }
            | Self::Lapsed { .. }
            | Self::Refused { .. }
            | Self::Failed { .. } => false,
        }
    }
    /// Its word in the store, the API and pages.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Confirmed => "confirmed",
            Self::Claimed => "claimed",
            Self::Sent { .. } => "sent",
            Self::Done { .. } => "done",
            Self::Lapsed { .. } => "lapsed",
            Self::Refused { .. } => "refused",
            Self::Failed { .. } => "failed",
            Self::Uncertain { .. } => "uncertain",
        }
    }
}

impl Event {
    fn word(&self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Lapse(_) => "lapse",
            Self::Refuse(_) => "refuse",
            Self::Claim => "claim",
            Self::Send { .. } => "send",
            Self::StoreRefused(_) => "refusal",
            Self::NoAnswer(_) => "no answer",
            Self::CannotAct(_) => "cannot act",
            Self::Recorded => "recorded",
            Self::Seen => "effect seen",
            Self::SendAgain { .. } => "send again",
        }
    }
}

/// The state after an event. Total and pure. Fails where the event makes no sense, which is a fault of
/// the caller and changes nothing.
pub fn step(state: &IntentState, event: Event) -> Result<IntentState, NotAllowed> {
    use IntentState as S;
    let no = NotAllowed { state: state.as_str(), event: event.word() };
    match (state, event) {
        (S::Proposed, Event::Confirm) => Ok(S::Confirmed),
        (S::Proposed | S::Confirmed, Event::Refuse(by)) => Ok(S::Refused { by }),
        // Nothing here can carry it out: nothing was sent, and trying again is a person's.
        (S::Claimed | S::Uncertain { .. }, Event::CannotAct(words)) => Ok(S::Failed { words }),
        (S::Confirmed, Event::Recorded) => Ok(S::Done { by_hand: false }),
        (S::Proposed | S::Confirmed | S::Claimed, Event::Lapse(why)) => Ok(S::Lapsed { why }),
        (S::Confirmed, Event::Claim) => Ok(S::Claimed),
        (S::Claimed, Event::Send { gives_up_at }) => Ok(S::Sent { gives_up_at }),
        // Only an intent that may have left can be refused by the store or stay without an answer.
        (S::Sent { .. }, Event::StoreRefused(words)) => Ok(S::Failed { words }),
        (S::Sent { .. }, Event::NoAnswer(why)) => Ok(S::Uncertain { why }),
        (S::Sent { .. } | S::Uncertain { .. }, Event::Lapse(why)) => Ok(S::Lapsed { why }),
        (S::Sent { .. } | S::Uncertain { .. }, Event::Seen) => Ok(S::Done { by_hand: false }),
        (S::Proposed | S::Confirmed | S::Claimed, Event::Seen) => Ok(S::Done { by_hand: true }),
        (S::Uncertain { .. }, Event::SendAgain { gives_up_at }) => Ok(S::Sent { gives_up_at }),
        _ => Err(no),
    }
}

/// What a reading of the store says about an action's effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It shows.
    Shown,
    /// It does not show, and the reading would show it.
    NotShown,
    /// Somebody did the opposite.
    Opposite,
    /// The reading does not tell.
    Unclear,
}

use StorePhase as P;

/// Looks for the effect of a store's action in a reading that was taken after the action.
pub fn effect(action: Action, store: &Fact<InStore>) -> Effect {
    let Some(store) = store.value() else { return Effect::Unclear };
    let Some(phase) = store.phase else { return Effect::Unclear };
    match action {
        Action::SubmitForReview => match phase {
            P::WaitingForReview
            | P::InReview
            | P::Approved
            | P::RollingOut
            | P::Complete
            | P::Rejected
            // What stands still was on its way before, so it had been submitted.
            | P::Halted => Effect::Shown,
            P::Absent | P::Draft => Effect::NotShown,
            P::NeedsPerson => Effect::Unclear,
            P::Replaced => Effect::Opposite,
        },
        Action::StartRollout => match phase {
            P::RollingOut | P::Complete => Effect::Shown,
            P::Halted | P::Replaced => Effect::Opposite,
            P::Absent
            | P::Draft
            | P::WaitingForReview
            | P::InReview
            | P::Approved
            | P::Rejected => Effect::NotShown,
            P::NeedsPerson => Effect::Unclear,
        },
        Action::CompleteRollout | Action::Publish => match phase {
            P::Complete => Effect::Shown,
            P::Halted | P::Replaced => Effect::Opposite,
            // The store's word decides, not the fraction: 100 % in progress is not complete.
            P::RollingOut
            | P::Absent
            | P::Draft
            | P::WaitingForReview
            | P::InReview
            | P::Approved
            | P::Rejected => Effect::NotShown,
            P::NeedsPerson => Effect::Unclear,
        },
        Action::PauseRollout => match phase {
            P::Halted => Effect::Shown,
            // What serves everybody can be stopped too, so seeing it served is no answer.
            P::RollingOut | P::Complete => Effect::NotShown,
            P::Replaced => Effect::Opposite,
            P::Absent
            | P::Draft
            | P::NeedsPerson
            | P::WaitingForReview
            | P::InReview
            | P::Approved
            | P::Rejected => Effect::Unclear,
        },
        Action::ResumeRollout => match phase {
            P::RollingOut | P::Complete => Effect::Shown,
            P::Halted => Effect::NotShown,
            P::Replaced => Effect::Opposite,
            P::Absent
            | P::Draft
            | P::NeedsPerson
            | P::WaitingForReview
            | P::InReview
            | P::Approved
            | P::Rejected => Effect::Unclear,
        },
        // Kept in Signalbox itself: written and done in one transaction.
        Action::MarkCandidate | Action::Finish => Effect::Unclear,
    }
}

/// Whether sending the action twice, after a look, has one effect (STORES.md). Submitting for review
/// and asking for the release are not such: there a person decides.
pub fn is_idempotent(action: Action) -> bool {
    match action {
        Action::CompleteRollout
        | Action::Publish
        | Action::PauseRollout
        | Action::ResumeRollout
        | Action::MarkCandidate
        | Action::Finish => true,
        Action::SubmitForReview | Action::StartRollout => false,
    }
}

#[cfg(test)]
mod tests;
