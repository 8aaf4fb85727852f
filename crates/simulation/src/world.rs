//! The truth: what is on the branches, what the stores serve to how many, what crashes, who said what. It changes by
//! itself and by people; what of it a source shows is `world/shows.rs`, what a store does when it is asked
//! `world/shop.rs`, what happens when `world/happens.rs`.

use crate::dice::Dice;
use crate::faults::{Fates, Manner, Tally};
use crate::life::Time;
use conductor::observation::{Outcome, Share, StorePhase};
use conductor::{Moment, Platform, Span, StoreKind, Version};
use std::collections::{BTreeMap, BTreeSet};

mod happens;
mod shop;
mod shows;

pub(crate) use happens::Happening;
pub(crate) use shop::Came;
pub(crate) use shows::app;

/// The app's short name.
pub(crate) const APP: &str = "music";
/// Its teams.
pub(crate) const TEAMS: [&str; 2] = ["ads", "player"];
/// The areas of its code; the last one may be missing in a build.
pub(crate) const AREAS: [&str; 3] = ["ads", "player", "translations"];
/// How long a new bug may be missing from the tracker's search.
pub(crate) const INDEX_LAG: Span = Span::minutes(2);

/// The truth, and what goes wrong with it.
#[derive(Debug)]
pub(crate) struct World {
    /// Its time.
    pub time: Time,
    /// Its chance.
    pub dice: Dice,
    /// What goes wrong for processes and requests.
    pub fates: Fates,
    /// How often what went wrong.
    pub tally: Tally,
    /// The app's lines.
    pub lines: Vec<Line>,
    /// All blocking bugs that ever were.
    pub bugs: Vec<Trouble>,
    /// How each source answers.
    pub manners: BTreeMap<&'static str, Manner>,
    /// Until when a source has lied or hidden something, as far as it has.
    pub lied_until: BTreeMap<&'static str, Moment>,
    /// What is going to happen.
    pub agenda: BTreeMap<(Moment, u64), Happening>,
    /// What requests of conductors changed.
    pub effects: Vec<Effect>,
    /// The keys of those.
    pub keys: BTreeSet<String>,
    /// Requests that left, by key.
    pub sends: BTreeMap<String, u32>,
    /// What must never be and was.
    pub wrongs: Vec<String>,
    /// No branch is cut after this.
    pub branches_until: Moment,
    /// When all faults ended, if they have.
    pub healed_at: Option<Moment>,
    /// The most that the clocks of two machines were ever wrong by.
    pub apart: Span,
    turns: u64,
}

/// One platform of the app.
#[derive(Debug)]
pub(crate) struct Line {
    /// Which.
    pub platform: Platform,
    /// Where it is shipped.
    pub store: StoreKind,
    /// Whether what is approved waits for a person to publish it (Play).
    pub managed: bool,
    /// Its trains.
    pub trains: BTreeMap<Version, Train>,
    /// How long the store's list lags behind the store.
    pub lag: Span,
    /// The number of the next build.
    pub next_build: u32,
}

/// One version.
#[derive(Clone, Debug)]
pub(crate) struct Train {
    /// The commits of its branch, oldest first.
    pub commits: Vec<Change>,
    /// The tests on the newest of them.
    pub tests: Outcome,
    /// Since when they have not been passed.
    pub untested_since: Option<Moment>,
    /// Its builds, oldest first.
    pub builds: Vec<Made>,
    /// How it stood at the store, oldest first; empty: it never had it.
    pub stands: Vec<Stand>,
    /// The day of its phased rollout.
    pub day: usize,
    /// Sessions that end in a crash, per million: those of testers, those of the public.
    pub crash_ppm: (u64, u64),
    /// Whether its branch still exists.
    pub branched: bool,
    /// When it first served everybody.
    pub arrived_at: Option<Moment>,
    /// How long it has been served at less than 100 %, pauses not counted, until the last change.
    pub rolled: Span,
}

/// A commit.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// Its name.
    pub sha: String,
    /// The area that it touches.
    pub area: &'static str,
}

/// A build.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    /// Its number.
    pub number: u32,
    /// Its commit.
    pub sha: String,
    /// Whether the build system calls it good.
    pub verified: bool,
    /// When it was made.
    pub at: Moment,
    /// Since when it lacks a commit that it must not lack.
    pub stale_since: Option<Moment>,
    /// Sessions and crashes of testers.
    pub beta: (u64, u64),
    /// Sessions and crashes of the public.
    pub public: (u64, u64),
}

/// How a version stood at the store from a moment on.
#[derive(Clone, Debug)]
pub(crate) struct Stand {
    /// From when.
    pub at: Moment,
    /// Where.
    pub phase: StorePhase,
    /// The share that is served, or was when it was halted.
    pub served: Option<Share>,
    /// With which build.
    pub build: u32,
}

/// A blocking bug.
#[derive(Clone, Debug)]
pub(crate) struct Trouble {
    /// Its number.
    pub number: usize,
    /// The version that it rides on.
    pub version: Version,
    /// The line that it rides on.
    pub line: usize,
    /// When it was filed.
    pub filed_at: Moment,
    /// When it was closed.
    pub closed_at: Option<Moment>,
}

/// What a request of a conductor changed in the world.
#[derive(Clone, Debug)]
pub(crate) struct Effect {
    /// The intent's key.
    pub key: String,
    /// Which process.
    pub by: String,
}

impl World {
    /// A world in which nothing is yet.
    pub(crate) fn new(time: Time, dice: Dice, fates: Fates) -> Self {
        Self {
            time,
            dice,
            fates,
            tally: Tally::new(),
            lines: Vec::new(),
            bugs: Vec::new(),
            manners: BTreeMap::new(),
            lied_until: BTreeMap::new(),
            agenda: BTreeMap::new(),
            effects: Vec::new(),
            keys: BTreeSet::new(),
            sends: BTreeMap::new(),
            wrongs: Vec::new(),
            branches_until: time.now(),
            healed_at: None,
            apart: Span::default(),
            turns: 0,
        }
    }

    /// The moment now.
    pub(crate) fn now(&self) -> Moment {
        self.time.now()
    }

    /// Something will happen after a while.
    pub(crate) fn later(&mut self, after: Span, what: Happening) {
        self.turns += 1;
        let at = self.now() + after;
        self.agenda.insert((at, self.turns), what);
    }

    /// When the next thing happens.
    pub(crate) fn next_at(&self) -> Option<Moment> {
        self.agenda.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes the next thing that is due.
    pub(crate) fn due(&mut self) -> Option<Happening> {
        let entry = self.agenda.first_entry()?;
        (entry.key().0 <= self.time.now()).then(|| entry.remove())
    }

    /// Something is that must never be.
    pub(crate) fn wrong(&mut self, what: impl Into<String>) {
        // One fault shows again and again; the first few tell it.
        if self.wrongs.len() < 20 {
            self.wrongs.push(format!("{} {}", self.now(), what.into()));
        }
    }

    /// A train.
    pub(crate) fn train(&self, line: usize, version: &Version) -> Option<&Train> {
        self.lines.get(line)?.trains.get(version)
    }

    /// A train.
    pub(crate) fn train_mut(&mut self, line: usize, version: &Version) -> Option<&mut Train> {
        self.lines.get_mut(line)?.trains.get_mut(version)
    }

    /// The index of a platform's line.
    pub(crate) fn line_of(&self, platform: &Platform) -> Option<usize> {
        self.lines.iter().position(|line| line.platform == *platform)
    }

    /// Every train, by line and version.
    pub(crate) fn everyone(&self) -> Vec<(usize, Version)> {
        let lines = self.lines.iter().enumerate();
        lines.flat_map(|(at, line)| line.trains.keys().map(move |it| (at, it.clone()))).collect()
    }

    /// Whether a person holds a train at the very moment at which a conductor claims an action on it.
    pub(crate) fn is_held_just_now(&mut self) -> bool {
        let held =
            matches!(&self.fates, Fates::Chance(kinds) if kinds.consoles) && self.dice.chance(30);
        if held {
            self.count("person held a train at its claim");
        }
        held
    }

    /// Another fault of this kind was injected.
    pub(crate) fn count(&mut self, what: &'static str) {
        crate::faults::count(&mut self.tally, what);
    }
}

impl Train {
    /// A branch with its first commit.
    pub(crate) fn cut(now: Moment, sha: String) -> Self {
        Self {
            commits: vec![Change { sha, area: "player" }],
            tests: Outcome::Running,
            untested_since: Some(now),
            builds: Vec::new(),
            stands: Vec::new(),
            day: 0,
            crash_ppm: (800, 800),
            branched: true,
            arrived_at: None,
            rolled: Span::default(),
        }
    }

    /// How it stands at the store in truth.
    pub(crate) fn stand(&self) -> Option<&Stand> {
        self.stands.last()
    }

    /// Where it is at the store in truth.
    pub(crate) fn phase(&self) -> StorePhase {
        self.stand().map_or(StorePhase::Absent, |it| it.phase)
    }

    /// How it stood at a moment.
    pub(crate) fn stood(&self, at: Moment) -> Option<&Stand> {
        self.stands.iter().rfind(|it| it.at <= at)
    }

    /// The newest commit.
    pub(crate) fn head(&self) -> &str {
        self.commits.last().map_or("", |it| it.sha.as_str())
    }

    /// A build by its number.
    pub(crate) fn build(&self, number: u32) -> Option<&Made> {
        self.builds.iter().find(|it| it.number == number)
    }

    /// The newest build that is good.
    pub(crate) fn good_build(&self) -> Option<u32> {
        self.builds.iter().rev().find(|it| it.verified).map(|it| it.number)
    }

    /// How long it has been served at less than 100 %, pauses not counted.
    pub(crate) fn rolled_until(&self, now: Moment) -> Span {
        match self.stand() {
            Some(it) if it.phase == StorePhase::RollingOut => {
                Span::millis(self.rolled.as_millis() + (now - it.at).as_millis())
            }
            _ => self.rolled,
        }
    }

    /// Whether it is, or was, on its way to users.
    pub(crate) fn is_out(&self) -> bool {
        matches!(self.phase(), StorePhase::RollingOut | StorePhase::Halted | StorePhase::Complete)
    }
}
