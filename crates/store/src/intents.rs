//! Whether an intent's step may be written: the rule, the same for every database. What it asks about
//! is read in the transaction that writes.

use conductor::intent::{Intent, IntentKey, IntentState};
use conductor::{Action, Interventions};
use ports::{IntentWrite, StoreError};

/// What the database has that bears on a step.
#[derive(Debug)]
pub(crate) struct Stored<'a> {
    /// The intent with that key.
    pub(crate) same: Option<&'a Intent>,
    /// The track's open intent, whichever it is.
    pub(crate) open: Option<&'a Intent>,
    /// What is in force on the track.
    pub(crate) laid: &'a Interventions,
}

/// Refuses a step that does not follow from what is stored, in words that say what is in its way.
pub(crate) fn check(write: &IntentWrite, stored: &Stored<'_>) -> Result<(), StoreError> {
    let key = &write.intent.key;
    follows(key, write.expected.as_ref(), stored.same)?;
    if let Some(open) = stored.open.filter(|it| it.key != *key && write.intent.state.is_open()) {
        return Err(conflict(format!(
            "{key} cannot be recorded: {} is still {} on that track",
            open.key,
            open.state.as_str()
        )));
    }
    if begins(write) { nothing_stops(key, stored.laid) } else { Ok(()) }
}

/// Refuses a person's answer to an intent that does not ask, and is not uncertain.
pub(crate) fn check_answer(
    key: &IntentKey,
    answer: &IntentState,
    same: Option<&Intent>,
) -> Result<(), StoreError> {
    // A person who looked in the console says that nothing happened: only that ends what may not be sent twice.
    if let (IntentState::Lapsed { .. }, Some(IntentState::Uncertain { .. })) =
        (answer, same.map(|it| &it.state))
    {
        return Ok(());
    }
    follows(key, Some(&IntentState::Proposed), same)?;
    match answer {
        IntentState::Confirmed | IntentState::Refused { .. } => Ok(()),
        IntentState::Proposed
        | IntentState::Claimed
        | IntentState::Sent { .. }
        | IntentState::Done { .. }
        | IntentState::Lapsed { .. }
        | IntentState::Failed { .. }
        | IntentState::Uncertain { .. } => {
            Err(conflict(format!("{key}: `{}` is no answer", answer.as_str())))
        }
    }
}

/// Refuses an order that nobody gave, that is not new, or that something stands in the way of.
pub(crate) fn check_order(order: &Intent, stored: &Stored<'_>) -> Result<(), StoreError> {
    let key = &order.key;
    if order.by.is_none() || order.state != IntentState::Confirmed {
        return Err(conflict(format!("{key}: an order names who gave it, and waits for nothing")));
    }
    follows(key, None, stored.same)?;
    if let Some(open) = stored.open {
        return Err(conflict(format!(
            "{} is {} on that track; wait until the store shows what came of it",
            open.key.action.verb(),
            open.state.as_str()
        )));
    }
    nothing_stops(key, stored.laid)
}

/// How an open intent ends when a person orders something else: what nobody took yet lapses. `None` if it may have
/// left for the store.
pub(crate) fn giving_way(open: &Intent, order: &Intent) -> Option<Intent> {
    let why =
        format!("gave way: {} ordered to {}", order.by.as_ref()?.name, order.key.action.verb());
    let lapses = matches!(open.state, IntentState::Proposed | IntentState::Confirmed);
    lapses.then(|| Intent {
        state: IntentState::Lapsed { why },
        changed_at: order.created_at,
        ..open.clone()
    })
}

fn nothing_stops(key: &IntentKey, laid: &Interventions) -> Result<(), StoreError> {
    if is_allowed_while_held(key.action) {
        return Ok(());
    }
    if let Some(hold) = laid.hold() {
        let (by, reason) = (&hold.by.name, &hold.reason);
        return Err(conflict(format!("{key}: {by} holds the track ({reason})")));
    }
    if let Some(end) = &laid.cancelled {
        let (by, reason) = (&end.by.name, &end.reason);
        return Err(conflict(format!("{key}: {by} cancelled the track ({reason})")));
    }
    Ok(())
}

fn follows(
    key: &IntentKey,
    expected: Option<&IntentState>,
    same: Option<&Intent>,
) -> Result<(), StoreError> {
    let found = same.map(|intent| &intent.state);
    match (expected, found) {
        (None, None) => Ok(()),
        (None, Some(found)) => {
            Err(conflict(format!("{key} exists already and is {}", found.as_str())))
        }
        (Some(_), None) => Err(conflict(format!("{key} was never recorded"))),
        (Some(expected), Some(found)) if expected != found => Err(conflict(format!(
            "{key} is {} and not {} as was expected",
            found.as_str(),
            expected.as_str()
        ))),
        (Some(_), Some(found)) if !found.is_open() => {
            Err(conflict(format!("{key} has come to its end: {}", found.as_str())))
        }
        (Some(_), Some(_)) => Ok(()),
    }
}

/// Whether this step sets an action going: the claim, each announcement of a request (a conductor may have stood still
/// since the claim), or the one step of an action that is kept in Signalbox itself.
fn begins(write: &IntentWrite) -> bool {
    let (is_waiting, is_sent) = match write.expected {
        None | Some(IntentState::Proposed | IntentState::Confirmed) => (true, false),
        Some(IntentState::Sent { .. }) => (false, true),
        Some(
            IntentState::Claimed
            | IntentState::Done { .. }
            | IntentState::Lapsed { .. }
            | IntentState::Refused { .. }
            | IntentState::Failed { .. }
            | IntentState::Uncertain { .. },
        ) => (false, false),
    };
    match write.intent.state {
        IntentState::Claimed => true,
        IntentState::Sent { .. } => !is_sent,
        IntentState::Done { by_hand: false } => is_waiting,
        IntentState::Proposed
        | IntentState::Confirmed
        | IntentState::Done { by_hand: true }
        | IntentState::Lapsed { .. }
        | IntentState::Refused { .. }
        | IntentState::Failed { .. }
        | IntentState::Uncertain { .. } => false,
    }
}

/// A hold stops trains; it must not stop the brake, nor what only a person can ask for.
fn is_allowed_while_held(action: Action) -> bool {
    match action {
        Action::PauseRollout | Action::ResumeRollout => true,
        Action::MarkCandidate
        | Action::SubmitForReview
        | Action::StartRollout
        | Action::CompleteRollout
        | Action::Publish
        | Action::Finish => false,
    }
}

fn conflict(words: String) -> StoreError {
    StoreError::Conflict(words)
}
