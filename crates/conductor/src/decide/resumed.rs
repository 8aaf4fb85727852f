//! What a person's resume changes. A guard paused the rollout, a person saw why, and serves it again: from then on a
//! guard is judged by what came after that alone, or it would undo at its next look what the person did. What it was
//! paused by is still told, and still keeps the train from growing by us.

use super::{Before, Decision, is_halted, stood_still};
use crate::facts::Facts;
use crate::finding::{Finding, Verdict};
use crate::moment::Moment;
use crate::observation::{Health, StorePhase};
use crate::reading::{CLOCK_SLACK, Reading};
use serde::{Deserialize, Serialize};

/// A rollout that stood still is served again. Only people do that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumed {
    /// When it was first seen.
    pub at: Moment,
    /// The end of the data that `health` holds; `None` until a source has told of the time after the resume.
    pub counted_until: Option<Moment>,
    /// The sessions that had been counted by then, of this version and of the one before: they are no news.
    pub health: Vec<Health>,
    /// The guards that did not hold all the same, and what each said: the person knew.
    pub known: Vec<(String, String)>,
}

impl Resumed {
    /// Whether this is the look that sees it first.
    pub(super) fn is_new(&self, now: Moment) -> bool {
        self.at == now
    }

    /// Whether what a guard says is no news since the resume: it is of the time before, or just what it said then.
    pub(super) fn knew(&self, found: &Finding, now: Moment) -> bool {
        let said = said(found);
        self.is_new(now)
            || found.observed_at.is_some_and(|at| at <= self.at)
            || self.known.iter().any(|(id, then)| *id == found.id && *then == said)
    }

    /// The sessions of a reading that came after the resume.
    pub(crate) fn news(&self, reading: &Reading<Vec<Health>>) -> Vec<Health> {
        match self.counted_until {
            Some(until) if reading.observed_at > until => {
                reading.value.iter().filter_map(|row| self.less_known(row)).collect()
            }
            Some(_) | None => Vec::new(),
        }
    }

    /// A row less what had been counted before.
    fn less_known(&self, row: &Health) -> Option<Health> {
        let Some(known) = self.health.iter().find(|it| same_row(it, row)) else {
            return Some(row.clone());
        };
        let less = |now: Option<u64>, then: Option<u64>| match (now, then) {
            (Some(now), Some(then)) => Some(now.saturating_sub(then)),
            (now, None) => now,
            (None, Some(_)) => None,
        };
        let sessions = row.sessions.saturating_sub(known.sessions);
        (sessions > 0).then(|| Health {
            sessions,
            crashed: less(row.crashed, known.crashed),
            unresponsive: less(row.unresponsive, known.unresponsive),
            ..row.clone()
        })
    }

    /// Whether a source does not count any more what it had counted: its window has moved on, and what is left of the
    /// time before the resume in it is not known.
    fn is_outdated(&self, rows: &[Health]) -> bool {
        let fell = |now: Option<u64>, then: Option<u64>| now.zip(then).is_some_and(|(a, b)| a < b);
        let fell_in = |row: &Health, then: &Health| {
            row.sessions < then.sessions
                || fell(row.crashed, then.crashed)
                || fell(row.unresponsive, then.unresponsive)
        };
        self.health.iter().any(|then| rows.iter().any(|it| same_row(it, then) && fell_in(it, then)))
    }
}

fn same_row(a: &Health, b: &Health) -> bool {
    (&a.version, &a.build, a.audience) == (&b.version, &b.build, b.audience)
}

fn said(found: &Finding) -> String {
    format!("{} {}", found.value, found.detail)
}

/// The resume that counts now: one that was seen before, or one that shows for the first time. None once it stands still
/// again.
pub(super) fn resumed(before: &Before, facts: &Facts, now: Moment) -> Option<Resumed> {
    if is_halted(facts) {
        return None;
    }
    let serves = || {
        let phase = facts.store.value().and_then(|it| it.phase);
        matches!(phase, Some(StorePhase::RollingOut | StorePhase::Complete))
    };
    let mut it = match &before.resumed {
        Some(it) => it.clone(),
        None if stood_still(before) && serves() => {
            Resumed { at: now, counted_until: None, health: Vec::new(), known: Vec::new() }
        }
        None => return None,
    };
    // Not in the future: a clock that says so has gone back since.
    it.at = it.at.min(now);
    let previous =
        || facts.previous.iter().filter_map(|it| it.health.known()).flat_map(|it| &it.value);
    if let Some(reading) = facts.health.known().filter(|it| it.observed_at <= now + CLOCK_SLACK) {
        match it.counted_until {
            None if reading.observed_at >= it.at => {
                it.counted_until = Some(reading.observed_at);
                it.health = reading.value.iter().chain(previous()).cloned().collect();
            }
            Some(_) if it.is_outdated(&reading.value) => it.health = Vec::new(),
            Some(_) | None => {}
        }
    }
    Some(it)
}

/// What the next look needs to know: which guards still say what they said at the resume.
pub(super) fn remember(
    resumed: Option<Resumed>,
    decision: &Decision,
    now: Moment,
) -> Option<Resumed> {
    let mut it = resumed?;
    let unmet = || decision.guards.iter().filter(|it| it.verdict == Verdict::Unmet);
    if it.is_new(now) {
        it.known = unmet().map(|found| (found.id.clone(), said(found))).collect();
    } else {
        it.known.retain(|(id, then)| {
            let found = decision.guards.iter().find(|it| it.id == *id);
            found.is_some_and(|found| match found.verdict {
                Verdict::Unknown => true,
                Verdict::Unmet => *then == said(found),
                Verdict::Met => false,
            })
        });
    }
    Some(it)
}
