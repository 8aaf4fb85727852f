//! What each track of a line is decided from: the facts of the versions that matter, with what the line, the calendar
//! and the memory add.

use super::{Engine, State, ages};
use conductor::decide::Inputs;
use conductor::facts::Previous;
use conductor::observation::StorePhase;
use conductor::process::Process;
use conductor::track::LineId;
use conductor::{App, Moment, Span, TrackId, line};
use std::collections::BTreeMap;

/// Windows that the shipped processes name, and that are always open where the settings have none by that name: an
/// app without a window releases at any time.
pub const ALWAYS_OPEN: [&str; 2] = ["release", "hotfix"];

/// Versions that are looked at while no source tells which one is live.
const VERSIONS_WITHOUT_LIVE: usize = 6;

impl Engine {
    /// What each track of a line is decided from.
    pub(crate) fn inputs(
        &self,
        state: &mut State,
        app: &App,
        line_id: &LineId,
        now: Moment,
    ) -> Vec<Inputs> {
        let Some(spec) = app.line(&line_id.platform) else { return Vec::new() };
        self.notice_leap(state, now);
        let process_of = |kind| self.settings.processes.get(spec.process_for(kind));
        let versions = state.readings.versions(line_id);
        let mut facts: Vec<_> = versions
            .iter()
            .map(|version| {
                let track = TrackId {
                    app: app.id.clone(),
                    platform: line_id.platform.clone(),
                    version: version.clone(),
                };
                state.readings.facts(&track, line::kind_of(version, &versions), spec.store)
            })
            .collect();
        let previous: Vec<_> = facts.iter().map(|it| line::previous(&facts, it)).collect();
        for (it, version) in facts.iter_mut().zip(previous) {
            it.previous = version.map(|version| Previous {
                health: state.readings.health(line_id, &version),
                at_same_age: Vec::new(),
                version,
            });
        }
        keep_live(&mut facts);
        for it in &mut facts {
            let Some(process) = process_of(it.kind) else { continue };
            it.windows = self.windows(process, now);
            let memory = state.memory.entry(it.track.clone()).or_default();
            it.bugs.note_zero(&mut memory.zero_bugs_since);
            let age = ages::served_since(memory, process).map(|began| now - began);
            if let (Some(previous), Some(age)) = (&mut it.previous, age) {
                let track = TrackId { version: previous.version.clone(), ..it.track.clone() };
                previous.at_same_age =
                    state.memory.get(&track).map(|it| ages::at(it, age)).unwrap_or_default();
            }
        }
        let neighbours = line::neighbours(&facts, &state.people);
        facts
            .into_iter()
            .filter_map(|mut facts| {
                facts.line.clone_from(&neighbours);
                let track = facts.track.clone();
                Some(Inputs {
                    app: app.clone(),
                    process: process_of(facts.kind)?.clone(),
                    facts,
                    people: state.people.get(&track).cloned().unwrap_or_default(),
                    before: state
                        .memory
                        .get(&track)
                        .map(|it| it.before.clone())
                        .unwrap_or_default(),
                    now,
                })
            })
            .collect()
    }

    /// The windows that a process names, as spans around now.
    fn windows(
        &self,
        process: &Process,
        now: Moment,
    ) -> BTreeMap<String, conductor::facts::Window> {
        process
            .window_names()
            .into_iter()
            .filter_map(|name| match self.settings.windows.get(&name) {
                Some(spec) => Some((name, spec.around(now))),
                None if ALWAYS_OPEN.contains(&name.as_str()) => Some((name, always_open(now))),
                None => None,
            })
            .collect()
    }
}

/// Keeps the live version and everything above it, or else the newest few; and whatever the store still has in its
/// hands, however old its number: an older version may be rolled out after a newer one, and is in the way then.
fn keep_live(facts: &mut Vec<conductor::Facts>) {
    let in_hand = |it: &conductor::Facts| {
        matches!(
            it.store.last().and_then(|store| store.value.phase),
            Some(
                StorePhase::RollingOut
                    | StorePhase::Halted
                    | StorePhase::InReview
                    | StorePhase::WaitingForReview
                    | StorePhase::Approved
                    | StorePhase::Rejected
                    | StorePhase::NeedsPerson
                    | StorePhase::Draft
            )
        )
    };
    let surplus = facts.len().saturating_sub(VERSIONS_WITHOUT_LIVE);
    let newest = facts.get(surplus).map(|it| it.track.version.clone());
    let Some(first) = line::live(facts.iter()).map(|it| it.track.version.clone()).or(newest) else {
        return;
    };
    facts.retain(|it| it.track.version >= first || in_hand(it));
}

/// A window that is open for a year around a moment.
pub fn always_open(now: Moment) -> conductor::facts::Window {
    let year = Span::hours(24 * 366);
    conductor::facts::Window {
        title: "any time".to_owned(),
        open: vec![conductor::facts::Opening { from: now - year, until: now + year }],
        freezes: Vec::new(),
        binds: Vec::new(),
    }
}
