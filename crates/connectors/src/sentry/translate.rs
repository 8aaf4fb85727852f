//! Sentry's sessions into health. Pure: each oddity is a fixture.

use super::wire::{Group, Sessions};
use crate::http::segment;
use crate::pattern::Pattern;
use conductor::Version;
use conductor::observation::{Audience, Health, Listing, Share};
use std::collections::{BTreeMap, BTreeSet};

/// The most data points of an answer.
const POINTS: usize = 10_000;

/// Where to look for one app and platform.
pub(super) struct Line<'a> {
    pub(super) project: u64,
    pub(super) release: &'a Pattern,
    pub(super) audiences: &'a BTreeMap<String, Audience>,
    /// The organization's address in the browser.
    pub(super) place: &'a str,
}

/// The health of each version, build and audience that had sessions. `day`: the last day's sessions
/// without their status, for the share of users.
pub(super) fn health(
    line: &Line<'_>,
    window: &Sessions,
    day: Option<&Sessions>,
    complete: bool,
) -> Listing<Health> {
    let mut counts: BTreeMap<(&str, &str), Count> = BTreeMap::new();
    for group in window.groups.iter().filter(|it| it.by.project == line.project) {
        let key = (group.by.release.as_str(), group.by.environment.as_str());
        counts.entry(key).or_default().add(group);
    }
    let hangs_are_told = window
        .groups
        .iter()
        .any(|it| it.by.project == line.project && it.by.status.as_deref() == Some("abnormal"));
    let mut items: BTreeMap<(Version, Option<String>, Audience), Health> = BTreeMap::new();
    for ((release, environment), count) in counts {
        let Some(audience) = line.audiences.get(environment) else { continue };
        let Some(found) = line.release.find(release) else { continue };
        // No sessions, or no number for them: that is no data, not zero crashes.
        let Some(sessions) = count.sessions().filter(|it| *it > 0) else { continue };
        let adoption = match audience {
            Audience::Production => day.and_then(|day| adoption(line, day, release, environment)),
            Audience::Beta => None,
        };
        let row = Health {
            version: found.version.clone(),
            build: found.build.clone(),
            audience: *audience,
            sessions,
            // The statuses part all sessions of a whole answer: none crashed if all are in other groups.
            crashed: count.of("crashed").or_else(|| count.of_none()),
            // A kit that tells no hangs and one that saw none look the same, until one is seen.
            unresponsive: count
                .of("abnormal")
                .or_else(|| count.of_none().filter(|_| hangs_are_told)),
            adoption,
            link: Some(format!(
                "{}/releases/{}/?project={}",
                line.place,
                segment(release),
                line.project
            )),
        };
        items.insert((found.version, found.build, *audience), row);
    }
    Listing { items: items.into_values().collect(), complete }
}

/// One release in one environment.
#[derive(Default)]
struct Count {
    by_status: BTreeMap<String, u64>,
    /// A number was missing, or a status has no name: what is there is not all.
    lacks: bool,
    strange: bool,
}

impl Count {
    fn add(&mut self, group: &Group) {
        match (&group.by.status, group.sessions()) {
            (Some(status), Some(sessions)) => {
                // These never overlap: an errored session that crashed counts as crashed only.
                let known = ["healthy", "errored", "unhandled", "crashed", "abnormal"];
                self.strange |= sessions > 0 && !known.contains(&status.as_str());
                let sum = self.by_status.entry(status.clone()).or_default();
                *sum = sum.saturating_add(sessions);
            }
            _ => self.lacks = true,
        }
    }
    fn sessions(&self) -> Option<u64> {
        let sum = self.by_status.values().fold(0_u64, |sum, it| sum.saturating_add(*it));
        (!self.lacks).then_some(sum)
    }
    /// How many ended so; not known if Sentry does not say, or uses a word that may mean the same.
    fn of(&self, status: &str) -> Option<u64> {
        self.by_status.get(status).copied().filter(|_| !self.strange)
    }
    /// Zero, if all statuses have names that we know.
    fn of_none(&self) -> Option<u64> {
        (!self.lacks && !self.strange).then_some(0)
    }
}

/// A release's share of its environment's sessions. Releases that are not named like ours are users too.
fn adoption(line: &Line<'_>, day: &Sessions, release: &str, environment: &str) -> Option<Share> {
    let here = |it: &&Group| it.by.project == line.project && it.by.environment == environment;
    let mut all = 0_u64;
    let mut ours = 0_u64;
    for group in day.groups.iter().filter(here) {
        let sessions = group.sessions()?;
        all = all.saturating_add(sessions);
        if group.by.release == release {
            ours = ours.saturating_add(sessions);
        }
    }
    (all > 0).then(|| Share::from_fraction(ours as f64 / all as f64)).flatten()
}

/// Whether an answer may have been cut: it has as many groups as fit, by the points that each takes.
pub(super) fn was_cut(answer: &Sessions) -> bool {
    answer.groups.len() >= POINTS / (answer.intervals.len() + 1)
}

/// How many names of a project's releases fit, and those that do not.
pub(super) fn names(
    project: u64,
    release: &Pattern,
    answer: &Sessions,
) -> (usize, BTreeSet<String>) {
    let names: BTreeSet<&str> = answer
        .groups
        .iter()
        .filter(|it| it.by.project == project && it.sessions().is_some_and(|it| it > 0))
        .map(|it| it.by.release.as_str())
        .collect();
    let (fit, unfit): (Vec<&str>, Vec<&str>) =
        names.into_iter().partition(|name| release.find(name).is_some());
    (fit.len(), unfit.into_iter().map(|name| name.chars().take(80).collect()).collect())
}
