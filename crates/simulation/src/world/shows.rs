//! What sources show of the truth. How they do it well or badly is `sources.rs`.

use super::{APP, AREAS, Line, Train, World};
use conductor::observation::{
    Audience, Branch, Bug, Build, Health, InStore, Listing, Missing, Observation, ObservationKind,
    Ride, Sha, StorePhase, Suite, Tests,
};
use conductor::{Moment, Person, StoreKind, Version};
use std::collections::BTreeSet;

impl World {
    /// What is to be seen of a kind on a line, or on all of them.
    pub(crate) fn shows(&self, kind: ObservationKind, line: Option<usize>) -> Option<Observation> {
        let now = self.now();
        let of = line.and_then(|at| self.lines.get(at));
        match kind {
            ObservationKind::Bugs => {
                Some(Observation::Bugs { list: Listing::whole(self.tracker()) })
            }
            ObservationKind::Planned
            | ObservationKind::Named
            | ObservationKind::Metrics
            | ObservationKind::Checks
            | ObservationKind::Flags
            | ObservationKind::Readiness
            | ObservationKind::Backmerges => None,
            ObservationKind::Branches => of.map(branches),
            ObservationKind::Tests => of.map(tests),
            ObservationKind::Builds => of.map(builds),
            ObservationKind::Store => of.map(|line| store(line, now)),
            ObservationKind::Health => of.map(health),
        }
    }

    fn tracker(&self) -> Vec<Bug> {
        let now = self.now();
        let open = self.bugs.iter().filter(|it| it.closed_at.is_none());
        open.filter(|it| now - it.filed_at >= super::INDEX_LAG)
            .map(|it| Bug {
                key: format!("MUS-{}", it.number),
                title: String::new(),
                rides: vec![Ride {
                    platform: self.lines.get(it.line).map(|line| line.platform.clone()),
                    version: it.version.clone(),
                }],
                priority: Some("Blocker".into()),
                blocking: true,
                open: true,
                assignee: Some(Person::new("Mara")),
                created_at: Some(it.filed_at),
                link: None,
            })
            .collect()
    }
}

/// Trains that still have a branch.
fn moving(line: &Line) -> impl Iterator<Item = (&Version, &Train)> {
    line.trains.iter().filter(|(_, it)| it.branched)
}

fn branches(line: &Line) -> Observation {
    let list = moving(line).map(|(version, train)| Branch {
        version: version.clone(),
        name: format!("release/{version}"),
        head: Sha::new(train.head()),
        commits: Vec::new(),
        commits_complete: false,
        branched_at: None,
        link: None,
    });
    Observation::Branches { platform: line.platform.clone(), list: Listing::whole(list.collect()) }
}

fn tests(line: &Line) -> Observation {
    let list = moving(line).map(|(_, train)| Tests {
        commit: Sha::new(train.head()),
        suites: vec![Suite { name: "unit".into(), outcome: train.tests.clone(), link: None }],
        complete: true,
        link: None,
    });
    Observation::Tests { platform: line.platform.clone(), list: Listing::whole(list.collect()) }
}

/// The newest few of each branch: older ones are not asked of git.
const BUILDS_SHOWN: usize = 4;

fn builds(line: &Line) -> Observation {
    let list = moving(line).flat_map(|(version, train)| {
        train.builds.iter().rev().take(BUILDS_SHOWN).map(move |made| {
            let at = train.commits.iter().position(|it| it.sha == made.sha);
            let after = train.commits.iter().skip(at.map_or(0, |at| at + 1));
            let areas: BTreeSet<&str> = after.clone().map(|it| it.area).collect();
            Build {
                version: Some(version.clone()),
                number: made.number.to_string(),
                commit: Some(Sha::new(&made.sha)),
                verified: Some(made.verified),
                uploaded: Some(made.verified),
                made_at: Some(made.at),
                missing: Some(Missing {
                    head: Sha::new(train.head()),
                    commits: u32::try_from(after.count()).unwrap_or(u32::MAX),
                    on_branch: at.is_some(),
                    areas: Some(areas.into_iter().map(str::to_owned).collect()),
                }),
                link: None,
            }
        })
    });
    Observation::Builds { platform: line.platform.clone(), list: Listing::whole(list.collect()) }
}

fn store(line: &Line, now: Moment) -> Observation {
    let seen = line.trains.iter().filter_map(|(version, train)| {
        let stand = train.stood(now - line.lag)?;
        // Play drops what was overtaken from its list; the App Store says so.
        if stand.phase == StorePhase::Replaced && line.store != StoreKind::AppStore {
            return None;
        }
        Some(InStore {
            version: Some(version.clone()),
            builds: vec![stand.build.to_string()],
            phase: Some(stand.phase),
            asked: None,
            served: stand.served,
            since: Some(stand.at),
            phased_ready: (line.store == StoreKind::AppStore).then_some(true),
            ..InStore::absent()
        })
    });
    Observation::Store { platform: line.platform.clone(), list: Listing::whole(seen.collect()) }
}

/// Versions that sessions are shown of at least.
const TRAINS_SHOWN: usize = 4;

fn health(line: &Line) -> Observation {
    // Of those that are over, the last few: what comes is compared with what was before.
    let shown = line.trains.len().saturating_sub(TRAINS_SHOWN);
    let rows = line
        .trains
        .iter()
        .enumerate()
        .filter(|(at, (_, it))| *at >= shown || it.branched || it.is_out())
        .flat_map(|(_, (version, train))| {
            train.builds.iter().rev().flat_map(move |made| {
                [(Audience::Beta, made.beta), (Audience::Production, made.public)]
                    .into_iter()
                    .filter(|(_, (sessions, _))| *sessions > 0)
                    .map(|(audience, (sessions, crashed))| Health {
                        version: version.clone(),
                        build: Some(made.number.to_string()),
                        audience,
                        sessions,
                        crashed: Some(crashed),
                        unresponsive: None,
                        adoption: None,
                        link: None,
                    })
            })
        });
    Observation::Health { platform: line.platform.clone(), list: Listing::whole(rows.collect()) }
}

/// The app's short name as its type, and the area that builds may lack.
pub(super) fn is_let_through(area: &str) -> bool {
    AREAS.last() == Some(&area)
}

/// The app.
pub(crate) fn app() -> conductor::AppId {
    conductor::AppId::new(APP)
}
