//! What is known of a train, as an admin writes it: short, and what is not written is not known.

mod parts;

use conductor::facts::{ByName, Facts, Previous};
use conductor::observation::{Named, Planned, Readiness, Sha};
use conductor::reading::{Fact, Reading, SourceId, Why};
use conductor::{Moment, Span, StoreKind};
use parts::{
    HEAD, WrittenBackmerge, WrittenBranch, WrittenBugs, WrittenBuild, WrittenHealth, WrittenNamed,
    WrittenNeighbour, WrittenPlan, WrittenPrevious, WrittenReadiness, WrittenStore, WrittenTests,
    health,
};
use serde::Deserialize;
use std::collections::BTreeMap;

/// One value for each kind of fact that has one.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default, bound = "T: Default + Deserialize<'de>")]
struct Each<T> {
    branch: Option<T>,
    tests: Option<T>,
    builds: Option<T>,
    bugs: Option<T>,
    store: Option<T>,
    health: Option<T>,
    previous: Option<T>,
    named: Option<T>,
    metrics: Option<T>,
    checks: Option<T>,
    flags: Option<T>,
    readiness: Option<T>,
    backmerge: Option<T>,
    planned: Option<T>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Written {
    /// How old all readings are.
    age_minutes: u32,
    /// How old those of one kind are.
    ages: Each<u32>,
    /// What is not known, and the source's words.
    unknown: Each<String>,
    /// Who tells; a usual name for each kind.
    sources: Each<String>,
    branch: Option<WrittenBranch>,
    tests: Option<WrittenTests>,
    builds: Option<Vec<WrittenBuild>>,
    bugs: Option<WrittenBugs>,
    store: Option<WrittenStore>,
    health: Option<Vec<WrittenHealth>>,
    previous: Option<WrittenPrevious>,
    named: Option<Vec<WrittenNamed>>,
    metrics: Option<Vec<WrittenNamed>>,
    checks: Option<Vec<WrittenNamed>>,
    flags: Option<Vec<WrittenNamed>>,
    readiness: Option<WrittenReadiness>,
    backmerge: Option<WrittenBackmerge>,
    planned: Option<WrittenPlan>,
    line: Vec<WrittenNeighbour>,
}

/// Whose answer it is, how old, and what is wrong with it: for one kind of fact.
struct Told {
    source: SourceId,
    age: Span,
    unknown: Option<String>,
    now: Moment,
}

impl Told {
    fn reading<T>(&self, value: T) -> Reading<T> {
        Reading {
            value,
            source: self.source.clone(),
            observed_at: self.now - self.age,
            fetched_at: self.now,
            link: None,
        }
    }

    /// What is not written is not configured; what is written beside `unknown` is the last that was known.
    fn fact<T>(&self, value: Option<T>) -> Fact<T> {
        let reading = value.map(|value| self.reading(value));
        match (&self.unknown, reading) {
            (Some(message), last) => Fact::Unknown {
                why: Why::Fault { message: message.clone() },
                source: Some(self.source.clone()),
                last: last.map(Box::new),
            },
            (None, Some(reading)) => Fact::Known(reading),
            (None, None) => Fact::default(),
        }
    }
}

impl Written {
    /// Lays it over facts of which nothing is known. `candidate` is the build that people marked.
    pub(super) fn lay(self, facts: &mut Facts, candidate: Option<&str>, now: Moment) {
        let Self { ages, unknown, sources, age_minutes, .. } = self;
        let told =
            |age: Option<u32>, unknown: Option<String>, source: Option<String>, usual| Told {
                source: SourceId::new(source.unwrap_or_else(|| String::from(usual))),
                age: Span::minutes(i64::from(age.unwrap_or(age_minutes))),
                unknown,
                now,
            };
        let store = match facts.store_kind {
            StoreKind::GooglePlay => "google-play",
            StoreKind::AppStore => "app-store",
            StoreKind::Download => "downloads",
        };
        let version = facts.track.version.clone();
        let head =
            Sha::new(self.branch.as_ref().map_or_else(|| HEAD.to_owned(), |it| it.head.clone()));
        facts.branch = told(ages.branch, unknown.branch, sources.branch, "github")
            .fact(self.branch.map(|it| it.branch(&version, now)));
        facts.tests = told(ages.tests, unknown.tests, sources.tests, "github")
            .fact(self.tests.map(|it| it.tests(&head)));
        facts.builds = told(ages.builds, unknown.builds, sources.builds, "github").fact(
            self.builds
                .map(|all| all.into_iter().map(|it| it.build(&version, &head, now)).collect()),
        );
        let of_bugs = told(ages.bugs, unknown.bugs, sources.bugs, "jira");
        facts.bugs = of_bugs.fact(self.bugs.map(|it| it.bugs(&version, now, of_bugs.age)));
        facts.store = told(ages.store, unknown.store, sources.store, store)
            .fact(self.store.map(|it| it.in_store(&version, candidate, now)));
        facts.health = told(ages.health, unknown.health, sources.health, "sentry")
            .fact(self.health.map(|all| health(all, &version)));
        let of_previous = told(ages.previous, unknown.previous, sources.previous, "sentry");
        facts.previous = self.previous.map(|it| Previous {
            health: of_previous.fact(Some(health(it.health, &it.version))),
            at_same_age: health(it.at_same_age, &it.version),
            version: it.version,
        });
        facts.named = named(&told(ages.named, unknown.named, sources.named, "ci"), self.named, now);
        facts.metrics = named(
            &told(ages.metrics, unknown.metrics, sources.metrics, "metrics"),
            self.metrics,
            now,
        );
        facts.checks =
            named(&told(ages.checks, unknown.checks, sources.checks, "ci"), self.checks, now);
        facts.flags =
            named(&told(ages.flags, unknown.flags, sources.flags, "flags"), self.flags, now);
        facts.readiness = told(ages.readiness, unknown.readiness, sources.readiness, store).fact(
            self.readiness.map(|it| Readiness {
                version: version.clone(),
                notes_in: it.notes_in,
                offered_in: it.offered_in,
                declarations_owed: it.declarations_owed,
                reviewer_access: it.reviewer_access,
                link: None,
            }),
        );
        facts.backmerge = told(ages.backmerge, unknown.backmerge, sources.backmerge, "github")
            .fact(self.backmerge.map(|it| it.backmerge(&version, &head)));
        facts.planned = told(ages.planned, unknown.planned, sources.planned, "jira").fact(
            self.planned.map(|it| Planned {
                platform: Some(facts.track.platform.clone()),
                version: version.clone(),
                planned_at: it.at.map(|at| at.at(now)),
                released: it.released,
                link: None,
            }),
        );
        facts.line = self.line.into_iter().map(WrittenNeighbour::neighbour).collect();
    }
}

/// A list by name was read to its end: what is not in it is not there.
fn named(told: &Told, list: Option<Vec<WrittenNamed>>, now: Moment) -> ByName {
    if list.is_none() && told.unknown.is_none() {
        return ByName::default();
    }
    let why = told.unknown.clone().map_or(Why::NoData, |message| Why::Fault { message });
    let mut all: BTreeMap<String, Vec<Fact<Named>>> = BTreeMap::new();
    for it in list.unwrap_or_default() {
        let mut reading = told.reading(Named {
            name: it.name.clone(),
            value: it.value,
            version: it.version,
            build: it.build,
            sample: it.sample,
            at: it.at.map(|at| at.at(now)),
            note: it.note,
            link: None,
        });
        reading.observed_at = reading.value.at.unwrap_or(reading.observed_at);
        let fact = match &told.unknown {
            None => Fact::Known(reading),
            Some(_) => Fact::Unknown {
                why: why.clone(),
                source: Some(told.source.clone()),
                last: Some(Box::new(reading)),
            },
        };
        all.entry(it.name).or_default().push(fact);
    }
    ByName { told: all, rest: Some((why, Some(told.source.clone()))) }
}
