//! What a board has for people. Pure.

use crate::publish::{Decided, Published};
use conductor::decide::Next;
use conductor::finding::Verdict;
use conductor::intent::{Intent, IntentState};
use conductor::process::{Action, Mode};
use conductor::track::Standing;
use conductor::{Moment, Span, TrackId};
use ports::{Notice, NoticeKey, NoticeKind};
use std::collections::BTreeSet;

/// For how long a new stage is news.
const NEWS: Span = Span::hours(6);

/// All that people are to be told now, at most one notice of a kind and track.
pub(super) fn notices(board: &Published, now: Moment) -> Vec<Notice> {
    let in_flight: BTreeSet<&TrackId> = board
        .board
        .apps
        .iter()
        .flat_map(|app| &app.lines)
        .flat_map(|line| &line.current)
        .map(|track| &track.id)
        .collect();
    let mut all = Vec::new();
    for (id, decided) in &board.tracks {
        all.extend(moved(decided, now));
        if in_flight.contains(id) {
            all.extend(standing(decided));
            all.extend(waits(decided));
            all.extend(intents(decided));
        }
    }
    all
}

/// A notice with the headline as its text.
fn headline(decided: &Decided, kind: NoticeKind, episode: &str) -> Notice {
    let headline = &decided.decision.headline;
    let people: Vec<&str> = headline.who.people.iter().map(|it| it.name.as_str()).collect();
    Notice {
        key: key(decided, kind, episode),
        title: decided.view.title.clone(),
        text: headline.text.clone(),
        detail: headline.then.clone(),
        who: if people.is_empty() { headline.who.name.clone() } else { people.join(", ") },
        since: headline.since,
    }
}

fn key(decided: &Decided, kind: NoticeKind, episode: &str) -> NoticeKey {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    NoticeKey {
        track: decided.decision.track.clone(),
        kind,
        episode: episode.chars().map(plain).take(80).collect(),
    }
}

/// The rollout stands, or is about to; or the store refused the version.
fn standing(decided: &Decided) -> Option<Notice> {
    let decision = &decided.decision;
    let since = decision.standing_since.millis().to_string();
    if has_fallen(decided) {
        let episode = format!("{}-{}", build(decided), pauses(decided));
        let mut notice = headline(decided, NoticeKind::Guard, &episode);
        // The headline may speak of something else by now; what fell is what was called for.
        let fallen = decision.guards.iter().filter(|it| it.effective() == Verdict::Unmet);
        let because: Vec<&str> = fallen.map(|it| it.title.as_str()).collect();
        if !because.is_empty() {
            notice.detail = format!("Fallen: {}. {}", because.join(", "), notice.detail);
        }
        return Some(notice);
    }
    match decision.standing {
        Standing::Paused => Some(headline(decided, NoticeKind::Paused, &since)),
        Standing::Rejected => Some(headline(decided, NoticeKind::Rejected, &since)),
        Standing::Running | Standing::Held | Standing::Cancelled | Standing::Finished => None,
    }
}

fn build(decided: &Decided) -> &str {
    decided.decision.build.as_deref().unwrap_or("no-build")
}

/// Whether a guard fell, and not only once by chance: the decision is to pause, or the pause is under way or
/// done while the guard is still down.
fn has_fallen(decided: &Decided) -> bool {
    let decision = &decided.decision;
    let pausing = open(decided).is_some_and(|it| it.key.action == Action::PauseRollout);
    let down = decision.guards.iter().any(|it| it.effective() == Verdict::Unmet);
    matches!(decision.next, Next::Pause { .. })
        || (down && (pausing || decision.standing == Standing::Paused))
}

/// Which pause of this build this is, from 1.
fn pauses(decided: &Decided) -> u32 {
    let people = &decided.inputs.people;
    let ours = |action: Action, its: &str| action == Action::PauseRollout && its == build(decided);
    let last =
        people.attempts.iter().filter(|it| ours(it.action, &it.build)).max_by_key(|it| it.attempt);
    let begins = matches!(decided.decision.next, Next::Pause { .. }) && open(decided).is_none();
    match last {
        None => 1,
        Some(last) if begins && last.state == "done" => last.attempt + 1,
        Some(last) => last.attempt,
    }
}

fn open(decided: &Decided) -> Option<&Intent> {
    decided.inputs.people.open_intent.as_ref()
}

/// All that is missing is a person.
fn waits(decided: &Decided) -> Option<Notice> {
    let decision = &decided.decision;
    let action = match (decision.asks, &decision.next, decision.standing) {
        (_, _, standing) if standing != Standing::Running => return None,
        (Some(action), _, _) => action,
        (None, Next::Fire { action, mode: Mode::Off }, _) => *action,
        _ => return None,
    };
    let episode = format!("{}-{}", action.as_str(), build(decided));
    Some(headline(decided, NoticeKind::Waits, &episode))
}

/// An action that the store refused, or of which nobody knows whether it happened.
fn intents(decided: &Decided) -> Vec<Notice> {
    let people = &decided.inputs.people;
    let told = people.open_intent.iter().chain(&people.failed_intent).filter_map(|intent| {
        let (kind, text, todo) = match &intent.state {
            IntentState::Failed { words } => (
                NoticeKind::Failed,
                format!("The store refused to {}: {words}", intent.key.action.verb()),
                "Mend the cause, then try again on its page.",
            ),
            IntentState::Uncertain { why } => (
                NoticeKind::Uncertain,
                format!("It is not certain whether we could {}: {why}", intent.key.action.verb()),
                "Look in the store; the page offers what to do.",
            ),
            IntentState::Proposed
            | IntentState::Confirmed
            | IntentState::Claimed
            | IntentState::Sent { .. }
            | IntentState::Done { .. }
            | IntentState::Lapsed { .. }
            | IntentState::Refused { .. } => return None,
        };
        let it = &intent.key;
        let episode = format!("{}-{}-{}", it.action.as_str(), it.build, it.attempt);
        let mut notice = headline(decided, kind, &episode);
        (notice.text, notice.detail) = (text, todo.to_owned());
        notice.since = Some(intent.changed_at);
        Some(notice)
    });
    told.collect()
}

/// It reached a stage a short while ago. Where it was first seen it did not move.
fn moved(decided: &Decided, now: Moment) -> Option<Notice> {
    let decision = &decided.decision;
    let (stage, since) = (decision.stage.as_ref()?, decision.stage_since?);
    let stations = &decided.view.stations;
    let at = stations.iter().position(|it| it.id == *stage)?;
    let came_from = stations.iter().take(at).any(|it| it.entered_at.is_some_and(|it| it < since));
    if !came_from || now - since > NEWS {
        return None;
    }
    let mut notice = headline(decided, NoticeKind::Moved, stage.as_str());
    notice.text = format!("Reached {}", stations.get(at)?.title);
    notice.since = Some(since);
    // What it waits for now changes with each hour, and is no news.
    (notice.detail, notice.who) = (String::new(), String::new());
    Some(notice)
}
