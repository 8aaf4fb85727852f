//! Readings merged into the facts of one track: who wins, who disagrees, how old. Observations are whole
//! collections about an app; here they become what a condition asks about one version.

use crate::app::StoreKind;
use crate::moment::{Moment, Span};
use crate::observation::{
    Backmerge, Branch, Bug, Build, Health, InStore, Observation, ObservationKind, Planned,
    Readiness, Share, Slot, StorePhase, Tests,
};
use crate::process::Action;
use crate::reading::{Fact, Reading, SourceId, Why};
use crate::track::{AppId, Kind, LineId, TrackId};
use crate::version::Version;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

mod bugs;
mod named;
mod store;
mod window;

pub use bugs::Bugs;
pub use named::ByName;
pub use window::{Freeze, Opening, Window};

/// All that is known about one track at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The track.
    pub track: TrackId,
    /// Regular or hotfix.
    pub kind: Kind,
    /// Where it is shipped.
    pub store_kind: StoreKind,
    /// Its release branch; `None` inside: the source says that there is none.
    pub branch: Fact<Option<Branch>>,
    /// The tests on the branch's newest commit.
    pub tests: Fact<Tests>,
    /// Its builds, newest first.
    pub builds: Fact<Vec<Build>>,
    /// The bugs that ride on it.
    pub bugs: Fact<Bugs>,
    /// What the store has of it.
    pub store: Fact<InStore>,
    /// How it behaves: a row for each build and audience that has sessions.
    pub health: Fact<Vec<Health>>,
    /// The version that it follows at the store, with how that behaves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Previous>,
    /// Readings by name, pushed or polled.
    #[serde(default, skip_serializing_if = "ByName::is_empty")]
    pub named: ByName,
    /// Answers of metrics sources, by the query's name.
    #[serde(default, skip_serializing_if = "ByName::is_empty")]
    pub metrics: ByName,
    /// Compliance checks by name.
    #[serde(default, skip_serializing_if = "ByName::is_empty")]
    pub checks: ByName,
    /// Feature flags by name.
    #[serde(default, skip_serializing_if = "ByName::is_empty")]
    pub flags: ByName,
    /// What the store asks for beside the build.
    #[serde(default, skip_serializing_if = "is_unasked")]
    pub readiness: Fact<Readiness>,
    /// What its release branch has and the main branch lacks.
    #[serde(default, skip_serializing_if = "is_unasked")]
    pub backmerge: Fact<Backmerge>,
    /// What was planned for it, by the first source that plans it.
    #[serde(default, skip_serializing_if = "is_unasked")]
    pub planned: Fact<Planned>,
    /// Release windows by name, as spans in UTC.
    #[serde(default)]
    pub windows: BTreeMap<String, Window>,
    /// The other tracks of its line.
    #[serde(default)]
    pub line: Vec<Neighbour>,
}

/// Whether no source is configured for it.
fn is_unasked<T>(fact: &Fact<T>) -> bool {
    matches!(fact, Fact::Unknown { why: Why::NotConfigured, source: None, last: None })
}

/// The version that a track follows at the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    /// The version.
    pub version: Version,
    /// How it behaves now, from the source that tells how ours does: in the same hours.
    pub health: Fact<Vec<Health>>,
    /// How it behaved when it had been served for as long as ours is now; empty where that is not remembered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at_same_age: Vec<Health>,
}

impl Facts {
    /// A track of which nothing is known, and for which no source is configured.
    pub fn new(track: TrackId, kind: Kind, store_kind: StoreKind) -> Self {
        Self {
            track,
            kind,
            store_kind,
            branch: Fact::default(),
            tests: Fact::default(),
            builds: Fact::default(),
            bugs: Fact::default(),
            store: Fact::default(),
            health: Fact::default(),
            previous: None,
            named: ByName::default(),
            metrics: ByName::default(),
            checks: ByName::default(),
            flags: ByName::default(),
            readiness: Fact::default(),
            backmerge: Fact::default(),
            planned: Fact::default(),
            windows: BTreeMap::new(),
            line: Vec::new(),
        }
    }

    /// The build that is furthest along its branch: the one that lacks the fewest of the newest commits, as git
    /// tells. Numbers and times do not tell it: builds of two commits may end in any order. Among equals, and
    /// where git was not asked, the newest made.
    pub fn newest_build(&self) -> Option<&Build> {
        let head = self.branch.last().and_then(|it| it.value.as_ref()).map(|it| &it.head);
        let lacks = |build: &&Build| match &build.missing {
            _ if build.commit.is_some() && build.commit.as_ref() == head => 0,
            Some(missing) if missing.on_branch && Some(&missing.head) == head => missing.commits,
            _ => u32::MAX,
        };
        self.builds.last()?.value.iter().min_by_key(lacks)
    }
}

impl Neighbour {
    /// Another track of which nothing more is known.
    pub fn new(version: Version, kind: Kind) -> Self {
        Self {
            version,
            kind,
            phase: None,
            branched: false,
            over: false,
            served: None,
            under_way: None,
            goes_first: false,
            link: None,
        }
    }
}

/// Another track of the same line, as far as it matters for who goes first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Neighbour {
    /// Its version.
    pub version: Version,
    /// Regular or hotfix.
    pub kind: Kind,
    /// Where the store has it; `None` if that is not known.
    pub phase: Option<StorePhase>,
    /// Whether its release branch exists.
    pub branched: bool,
    /// Whether its watch is over, or it was cancelled.
    pub over: bool,
    /// The share that it is served to, as far as the store tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<Share>,
    /// What is under way for it at the store, or is decided on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under_way: Option<Action>,
    /// Whether it may do now what only one of the line can do at a time, and goes before ours.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub goes_first: bool,
    /// Where to see it at the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// The last answers of all sources: one reading a slot, and which sources fail now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readings {
    /// The newest good reading of each slot.
    pub slots: BTreeMap<Slot, Reading<Observation>>,
    /// What is wrong now, by source and app; absent when its last answer was good.
    pub faults: BTreeMap<(SourceId, AppId), String>,
    /// What is wrong with one slot while the rest of its source's answer was good.
    pub slot_faults: BTreeMap<Slot, String>,
    /// Slots whose source asks us to slow down: their last readings stand and age. Only where there is none yet is
    /// this the reason.
    pub waits: BTreeMap<Slot, String>,
    /// Which slots are owed: what each configured source is there to tell.
    pub owed: BTreeSet<Slot>,
    /// How long a new item may be missing from a source's search.
    pub index_lag: BTreeMap<SourceId, Span>,
}

impl Readings {
    /// Takes over what the other has newer. Faults are kept as they are here.
    pub fn keep_newer(&mut self, other: Self, now: Moment) {
        for (slot, reading) in other.slots {
            match self.slots.get(&slot) {
                Some(ours) if !reading.was_asked_after(ours.fetched_at, now) => {}
                _ => drop(self.slots.insert(slot, reading)),
            }
        }
    }

    /// Takes for not known what an app's sources owe that ask us to slow down: before an action only what was read
    /// afresh counts. They become faults of their slots.
    pub fn doubt_waiting(&mut self, app: &AppId) {
        let waiting = self.waits.iter().filter(|(slot, _)| slot.app == *app);
        self.slot_faults.extend(waiting.map(|(slot, message)| (slot.clone(), message.clone())));
    }

    /// The readings of a kind about a line: its platform's, and those of the whole app. In order of source.
    fn of<'a>(
        &'a self,
        line: &'a LineId,
        kind: ObservationKind,
    ) -> impl Iterator<Item = (&'a Slot, Result<&'a Reading<Observation>, Why>)> + 'a {
        self.owed
            .iter()
            .filter(move |slot| {
                slot.app == line.app
                    && slot.kind == kind
                    && slot.platform.as_ref().is_none_or(|it| *it == line.platform)
            })
            .map(|slot| {
                let fault = self
                    .faults
                    .get(&(slot.source.clone(), slot.app.clone()))
                    .or_else(|| self.slot_faults.get(slot));
                let answer = match (fault, self.slots.get(slot)) {
                    (Some(message), _) => Err(Why::Fault { message: message.clone() }),
                    (None, None) => Err(match self.waits.get(slot) {
                        Some(message) => Why::Fault { message: message.clone() },
                        None => Why::NotReadYet,
                    }),
                    (None, Some(reading)) => Ok(reading),
                };
                (slot, answer)
            })
    }

    /// The versions of a line that any source shows, oldest first: branched, planned, or in the store.
    pub fn versions(&self, line: &LineId) -> BTreeSet<Version> {
        let mut versions = BTreeSet::new();
        for (slot, reading) in &self.slots {
            if slot.app != line.app || slot.platform.as_ref().is_some_and(|it| *it != line.platform)
            {
                continue;
            }
            match &reading.value {
                Observation::Branches { list, .. } => {
                    versions.extend(list.items.iter().map(|it| it.version.clone()));
                }
                Observation::Planned { list } => versions.extend(
                    list.items
                        .iter()
                        .filter(|it| {
                            !it.released && it.platform.as_ref().is_none_or(|p| *p == line.platform)
                        })
                        .map(|it| it.version.clone()),
                ),
                Observation::Store { list, .. } => {
                    versions.extend(list.items.iter().filter_map(|it| self.version_of(line, it)));
                }
                Observation::Tests { .. }
                | Observation::Builds { .. }
                | Observation::Bugs { .. }
                | Observation::Health { .. }
                | Observation::Named { .. }
                | Observation::Metrics { .. }
                | Observation::Checks { .. }
                | Observation::Flags { .. }
                | Observation::Readiness { .. }
                | Observation::Backmerges { .. } => {}
            }
        }
        versions
    }

    /// The version of something in the store: by its build first, since names are not unique there. Where build
    /// numbers begin anew with each version they do not tell, and the name does.
    fn version_of(&self, line: &LineId, item: &InStore) -> Option<Version> {
        let mut of_builds: BTreeSet<&Version> = self
            .builds_of(line)
            .filter(|build| item.builds.contains(&build.number))
            .filter_map(|build| build.version.as_ref())
            .collect();
        match (of_builds.pop_first(), of_builds.is_empty()) {
            (Some(only), true) => Some(only.clone()),
            (Some(_), false) | (None, _) => item.version.clone(),
        }
    }

    /// What the sources tell of a line's builds.
    fn builds_of<'a>(&'a self, line: &'a LineId) -> impl Iterator<Item = &'a Build> {
        let lists = self.of(line, ObservationKind::Builds);
        lists
            .filter_map(|(_, answer)| match &answer.ok()?.value {
                Observation::Builds { list, .. } => Some(&list.items),
                _ => None,
            })
            .flatten()
    }

    /// The build numbers of a line that more than one version has.
    fn shared_numbers<'a>(&'a self, line: &'a LineId) -> BTreeSet<&'a str> {
        let mut first: BTreeMap<&str, &Version> = BTreeMap::new();
        self.builds_of(line)
            .filter_map(|build| Some((build.number.as_str(), build.version.as_ref()?)))
            .filter(|(number, version)| *first.entry(*number).or_insert(*version) != *version)
            .map(|(number, _)| number)
            .collect()
    }

    /// What was planned for a version of a line.
    pub fn planned(&self, track: &TrackId) -> Option<Planned> {
        self.of(&track.line(), ObservationKind::Planned).find_map(|(_, answer)| {
            let Observation::Planned { list } = &answer.ok()?.value else { return None };
            let on_line = |it: &&Planned| it.platform.as_ref().is_none_or(|p| *p == track.platform);
            list.items.iter().filter(on_line).find(|it| it.version == track.version).cloned()
        })
    }

    /// Bugs of an app that block but ride on no train that is known, with their source's reading.
    pub fn strays(&self, app: &AppId) -> Vec<Bug> {
        let mut strays: Vec<Bug> = self
            .slots
            .iter()
            .filter(|(slot, _)| slot.app == *app)
            .filter_map(|(_, reading)| match &reading.value {
                Observation::Bugs { list } => Some(list.items.iter()),
                _ => None,
            })
            .flatten()
            .filter(|bug| {
                bug.open
                    && (bug.rides.is_empty() || bug.priority.is_none() || bug.assignee.is_none())
            })
            .cloned()
            .collect();
        strays.sort_by(|a, b| a.key.cmp(&b.key));
        strays.dedup_by(|a, b| a.key == b.key);
        strays
    }

    /// Merges what all sources say into the facts of one track. `windows` and `line` are the caller's.
    pub fn facts(&self, track: &TrackId, kind: Kind, store_kind: StoreKind) -> Facts {
        let line = track.line();
        let branch =
            self.one(&line, ObservationKind::Branches, Option::is_none, |seen| match seen {
                Observation::Branches { list, .. } => {
                    let ours = list.items.iter().filter(|it| it.version == track.version);
                    let found = ours.min_by(|a, b| a.name.cmp(&b.name)).cloned();
                    if found.is_some() || list.complete { Ok(found) } else { Err(Why::Partial) }
                }
                _ => Err(Why::NoData),
            });
        let tests = self.tests(&line, &branch);
        Facts {
            track: track.clone(),
            kind,
            store_kind,
            branch,
            tests,
            builds: self.builds(track),
            bugs: self.bugs(track),
            store: self.store(track),
            health: self.health(&line, &track.version),
            previous: None,
            named: self.named(track, ObservationKind::Named),
            metrics: self.named(track, ObservationKind::Metrics),
            checks: self.named(track, ObservationKind::Checks),
            flags: self.named(track, ObservationKind::Flags),
            readiness: self.readiness(track),
            backmerge: self.backmerge(track),
            planned: self.plan_of(track),
            windows: BTreeMap::new(),
            line: Vec::new(),
        }
    }

    /// The tests on the branch's newest commit. Which commit that is, only the branch's source can say.
    fn tests(&self, line: &LineId, branch: &Fact<Option<Branch>>) -> Fact<Tests> {
        let head = branch.last().and_then(|it| it.value.as_ref()).map(|it| &it.head);
        let tests = self.one(
            line,
            ObservationKind::Tests,
            |_| false,
            |seen| match seen {
                Observation::Tests { list, .. } => {
                    let mut found = list
                        .items
                        .iter()
                        .find(|it| Some(&it.commit) == head)
                        .cloned()
                        .ok_or(Why::NoData)?;
                    found.suites.sort_by(|a, b| a.name.cmp(&b.name));
                    Ok(found)
                }
                _ => Err(Why::NoData),
            },
        );
        match (branch, tests) {
            (Fact::Unknown { why, source, .. }, Fact::Known(reading)) => Fact::Unknown {
                why: why.clone(),
                source: source.clone(),
                last: Some(Box::new(reading)),
            },
            (_, tests) => tests,
        }
    }

    /// The first source that has it wins, then the first that says it is not there, if no other owes an
    /// answer; else the first reason counts, with the last value.
    fn one<T: Clone>(
        &self,
        line: &LineId,
        kind: ObservationKind,
        is_absence: impl Fn(&T) -> bool,
        pick: impl Fn(&Observation) -> Result<T, Why>,
    ) -> Fact<T> {
        let mut unknown: Option<Fact<T>> = None;
        let mut absent: Option<Fact<T>> = None;
        for (slot, answer) in self.of(line, kind) {
            let why = match answer {
                Ok(reading) => match pick(&reading.value) {
                    Ok(value) if is_absence(&value) => {
                        absent.get_or_insert_with(|| Fact::Known(reading.with(value)));
                        continue;
                    }
                    Ok(value) => return Fact::Known(reading.with(value)),
                    Err(why) => why,
                },
                Err(why) => why,
            };
            unknown.get_or_insert_with(|| {
                let last = self.slots.get(slot).and_then(|reading| {
                    pick(&reading.value).ok().map(|value| Box::new(reading.with(value)))
                });
                Fact::Unknown { why, source: Some(slot.source.clone()), last }
            });
        }
        unknown.or(absent).unwrap_or_default()
    }

    /// Builds by number: git knows the commit, the store knows the upload; each adds what it knows.
    fn builds(&self, track: &TrackId) -> Fact<Vec<Build>> {
        let line = track.line();
        let shared = self.shared_numbers(&line);
        // A source that does not know the version tells only of a number that no two versions share.
        let may_be_ours = |build: &&Build| match &build.version {
            Some(version) => *version == track.version,
            None => !shared.contains(build.number.as_str()),
        };
        let mut merged: BTreeMap<String, Build> = BTreeMap::new();
        let mut oldest: Option<Reading<()>> = None;
        let mut missing: Option<Fact<Vec<Build>>> = None;
        for (slot, answer) in self.of(&line, ObservationKind::Builds) {
            let reading = match answer {
                Ok(reading) => reading,
                Err(why) => {
                    missing.get_or_insert(Fact::unknown(why, Some(slot.source.clone())));
                    continue;
                }
            };
            let Observation::Builds { list, .. } = &reading.value else { continue };
            for build in list.items.iter().filter(may_be_ours) {
                match merged.get_mut(&build.number) {
                    Some(known) => known.learn(build),
                    None => drop(merged.insert(build.number.clone(), build.clone())),
                }
            }
            // The whole is as old as its oldest part.
            if oldest.as_ref().is_none_or(|it| reading.observed_at < it.observed_at) {
                oldest = Some(reading.with(()));
            }
        }
        let mut builds: Vec<Build> =
            merged.into_values().filter(|it| it.version.as_ref() == Some(&track.version)).collect();
        for areas in builds.iter_mut().filter_map(|it| it.missing.as_mut()?.areas.as_mut()) {
            areas.sort();
        }
        builds.sort_by(|a, b| {
            b.made_at.cmp(&a.made_at).then_with(|| by_number(&b.number, &a.number))
        });
        match (oldest, missing) {
            (Some(reading), None) => Fact::Known(reading.with(builds)),
            (Some(reading), Some(Fact::Unknown { why, source, .. })) => {
                Fact::Unknown { why, source, last: Some(Box::new(reading.with(builds))) }
            }
            (_, Some(unknown)) => unknown,
            (None, None) => Fact::default(),
        }
    }

    /// How a version of a line behaves: a row for each build and audience that has sessions.
    pub fn health(&self, line: &LineId, version: &Version) -> Fact<Vec<Health>> {
        self.one(
            line,
            ObservationKind::Health,
            |_| false,
            |seen| match seen {
                Observation::Health { list, .. } => {
                    let mut rows: Vec<Health> =
                        list.items.iter().filter(|it| it.version == *version).cloned().collect();
                    rows.sort_by(|a, b| {
                        let key =
                            |it: &Health| (it.audience, it.build.clone(), it.sessions, it.crashed);
                        key(a).cmp(&key(b))
                    });
                    match (rows.is_empty(), list.complete) {
                        (false, true) => Ok(rows),
                        (_, false) => Err(Why::Partial),
                        // Too few users: the row is missing. That is no data, not zero.
                        (true, true) => Err(Why::NoData),
                    }
                }
                _ => Err(Why::NoData),
            },
        )
    }
}

/// Build numbers as numbers where they are: 11 after 9.
pub(crate) fn by_number(a: &str, b: &str) -> std::cmp::Ordering {
    match (Version::parse(a), Version::parse(b)) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        _ => a.cmp(b),
    }
}

impl Build {
    /// Adds what another source knows about the same build.
    fn learn(&mut self, other: &Self) {
        self.version = self.version.take().or_else(|| other.version.clone());
        self.commit = self.commit.take().or_else(|| other.commit.clone());
        self.made_at = self.made_at.or(other.made_at);
        self.missing = self.missing.take().or_else(|| other.missing.clone());
        self.link = self.link.take().or_else(|| other.link.clone());
        // Two sources that disagree: the bad news counts for the build's health, any proof for its upload.
        self.verified = match (self.verified, other.verified) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (a, b) => a.or(b),
        };
        self.uploaded = match (self.uploaded, other.uploaded) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (a, b) => a.or(b),
        };
    }
}

#[cfg(test)]
mod tests;
