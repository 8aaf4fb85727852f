//! The parts of what is known, each as it is written, and what it becomes.

use super::super::words::{Percent, When};
use conductor::facts::{Bugs, Neighbour};
use conductor::observation::{
    Audience, Backmerge, Branch, Bug, Build, Commit, Health, InStore, Missing, Outcome, Phased,
    PhasedState, Ride, Sha, Share, StorePhase, Suite, Tests, Value,
};
use conductor::process::Action;
use conductor::track::Kind;
use conductor::{Moment, Person, Span, Version};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WrittenBranch {
    exists: bool,
    name: Option<String>,
    pub(super) head: String,
    branched_at: Option<When>,
}

impl Default for WrittenBranch {
    fn default() -> Self {
        Self { exists: true, name: None, head: HEAD.to_owned(), branched_at: None }
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WrittenTests {
    commit: Option<String>,
    passed: Vec<String>,
    failed: Vec<String>,
    running: Vec<String>,
    skipped: Vec<String>,
    cancelled: Vec<String>,
    /// Whether not all of them were read.
    partial: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenBuild {
    number: String,
    commit: Option<String>,
    verified: Option<bool>,
    uploaded: Option<bool>,
    made_at: Option<When>,
    missing: Option<WrittenMissing>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenMissing {
    commits: u32,
    areas: Option<Vec<String>>,
    #[serde(default = "yes")]
    on_branch: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WrittenBugs {
    /// Keys of those that are open and block.
    blocking: Vec<String>,
    /// Those of which more is to be said.
    list: Vec<WrittenBug>,
    /// Whether the list was not read to its end.
    partial: bool,
    /// Since when no blocking bug has been seen.
    none_since: Option<When>,
    index_lag_minutes: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenBug {
    key: String,
    #[serde(default)]
    title: String,
    priority: Option<String>,
    assignee: Option<Person>,
    #[serde(default = "yes")]
    blocking: bool,
    #[serde(default = "yes")]
    open: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenStore {
    /// `None`: the store used a word that nobody knows.
    phase: Option<StorePhase>,
    /// The share that is served.
    share: Option<Percent>,
    asked: Option<Percent>,
    since: Option<When>,
    builds: Option<Vec<String>>,
    phased: Option<WrittenPhased>,
    by_hand: Option<bool>,
    phased_ready: Option<bool>,
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenPhased {
    day: u8,
    state: PhasedState,
    started_at: Option<When>,
    #[serde(default)]
    paused_days: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenHealth {
    version: Option<Version>,
    build: Option<String>,
    audience: Audience,
    sessions: u64,
    crashed: Option<u64>,
    unresponsive: Option<u64>,
    adoption: Option<Percent>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenPrevious {
    pub(super) version: Version,
    #[serde(default)]
    pub(super) health: Vec<WrittenHealth>,
    #[serde(default)]
    pub(super) at_same_age: Vec<WrittenHealth>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenNamed {
    pub(super) name: String,
    pub(super) value: Value,
    pub(super) version: Option<Version>,
    pub(super) build: Option<String>,
    pub(super) sample: Option<u64>,
    pub(super) at: Option<When>,
    pub(super) note: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WrittenReadiness {
    pub(super) notes_in: Option<Vec<String>>,
    pub(super) offered_in: Option<Vec<String>>,
    pub(super) declarations_owed: Option<Vec<String>>,
    pub(super) reviewer_access: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WrittenBackmerge {
    /// How many commits the main branch lacks.
    missing: u32,
    /// The titles of some of them.
    commits: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WrittenPlan {
    pub(super) at: Option<When>,
    pub(super) released: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenNeighbour {
    version: Version,
    #[serde(default)]
    kind: Kind,
    phase: Option<StorePhase>,
    #[serde(default)]
    branched: bool,
    #[serde(default)]
    over: bool,
    share: Option<Percent>,
    under_way: Option<Action>,
    #[serde(default)]
    goes_first: bool,
}

/// The newest commit where nobody names it.
pub(super) const HEAD: &str = "0000000000000000000000000000000000000000";

fn yes() -> bool {
    true
}

impl WrittenBranch {
    pub(super) fn branch(self, version: &Version, now: Moment) -> Option<Branch> {
        self.exists.then(|| Branch {
            version: version.clone(),
            name: self.name.unwrap_or_else(|| format!("release/{version}")),
            head: Sha::new(self.head),
            commits: Vec::new(),
            commits_complete: false,
            branched_at: self.branched_at.map(|at| at.at(now)),
            link: None,
        })
    }
}

impl WrittenTests {
    pub(super) fn tests(self, head: &Sha) -> Tests {
        let all = [
            (self.passed, Outcome::Passed),
            (self.failed, Outcome::Failed),
            (self.running, Outcome::Running),
            (self.skipped, Outcome::Skipped),
            (self.cancelled, Outcome::Cancelled),
        ];
        let suite = |name, outcome: &Outcome| Suite { name, outcome: outcome.clone(), link: None };
        let mut suites: Vec<Suite> = all
            .into_iter()
            .flat_map(|(names, outcome)| {
                names.into_iter().map(|name| suite(name, &outcome)).collect::<Vec<_>>()
            })
            .collect();
        suites.sort_by(|a, b| a.name.cmp(&b.name));
        Tests {
            commit: self.commit.map_or_else(|| head.clone(), Sha::new),
            suites,
            complete: !self.partial,
            link: None,
        }
    }
}

impl WrittenBuild {
    pub(super) fn build(self, version: &Version, head: &Sha, now: Moment) -> Build {
        Build {
            version: Some(version.clone()),
            number: self.number,
            commit: Some(self.commit.map_or_else(|| head.clone(), Sha::new)),
            verified: self.verified,
            uploaded: self.uploaded,
            made_at: self.made_at.map(|at| at.at(now)),
            missing: self.missing.map(|it| Missing {
                head: head.clone(),
                commits: it.commits,
                on_branch: it.on_branch,
                areas: it.areas,
            }),
            link: None,
        }
    }
}

impl WrittenBugs {
    pub(super) fn bugs(self, version: &Version, now: Moment, age: Span) -> Bugs {
        let blocking = |key| WrittenBug {
            key,
            title: String::new(),
            priority: None,
            assignee: None,
            blocking: true,
            open: true,
        };
        let list: Vec<Bug> = self
            .blocking
            .into_iter()
            .map(blocking)
            .chain(self.list)
            .map(|it| Bug {
                key: it.key,
                title: it.title,
                rides: vec![Ride { platform: None, version: version.clone() }],
                priority: it.priority,
                blocking: it.blocking,
                open: it.open,
                assignee: it.assignee,
                created_at: None,
                link: None,
            })
            .collect();
        let none = !list.iter().any(|bug| bug.open && bug.blocking);
        // A zero that nobody dates has stood for a day.
        let since = self.none_since.map_or(now - age - Span::hours(24), |at| at.at(now));
        Bugs {
            list,
            complete: !self.partial,
            zero_since: none.then_some(since),
            index_lag: Span::minutes(i64::from(self.index_lag_minutes)),
        }
    }
}

impl WrittenStore {
    pub(super) fn in_store(
        self,
        version: &Version,
        candidate: Option<&str>,
        now: Moment,
    ) -> InStore {
        let has_it = self.phase.is_none_or(|phase| phase > StorePhase::Draft);
        let usual = || candidate.filter(|_| has_it).map(str::to_owned).into_iter().collect();
        let everybody = (self.phase == Some(StorePhase::Complete)).then_some(Share::ALL);
        InStore {
            version: Some(version.clone()),
            builds: self.builds.unwrap_or_else(usual),
            name: version.to_string(),
            phase: self.phase,
            asked: self.asked.map(|it| it.0),
            served: self.share.map(|it| it.0).or(everybody),
            since: self.since.map(|at| at.at(now)),
            phased: self.phased.map(|it| Phased {
                day: it.day,
                state: it.state,
                started_at: it.started_at.map(|at| at.at(now)),
                paused_days: it.paused_days,
            }),
            by_hand: self.by_hand,
            phased_ready: self.phased_ready,
            note: self.note,
            link: None,
        }
    }
}

pub(super) fn health(all: Vec<WrittenHealth>, version: &Version) -> Vec<Health> {
    let row = |it: WrittenHealth| Health {
        version: it.version.unwrap_or_else(|| version.clone()),
        build: it.build,
        audience: it.audience,
        sessions: it.sessions,
        crashed: it.crashed,
        unresponsive: it.unresponsive,
        adoption: it.adoption.map(|it| it.0),
        link: None,
    };
    all.into_iter().map(row).collect()
}

impl WrittenBackmerge {
    pub(super) fn backmerge(self, version: &Version, head: &Sha) -> Backmerge {
        let commit =
            |title| Commit { sha: head.clone(), title, author: None, at: None, link: None };
        Backmerge {
            version: version.clone(),
            head: head.clone(),
            missing: self.missing,
            commits: self.commits.into_iter().map(commit).collect(),
            link: None,
        }
    }
}

impl WrittenNeighbour {
    pub(super) fn neighbour(self) -> Neighbour {
        Neighbour {
            phase: self.phase,
            branched: self.branched,
            over: self.over,
            served: self.share.map(|it| it.0),
            under_way: self.under_way,
            goes_first: self.goes_first,
            ..Neighbour::new(self.version, self.kind)
        }
    }
}
