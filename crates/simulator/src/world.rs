//! The world: what everybody outside Signalbox does, and what the stores make of Signalbox's own acts. Pure: no input,
//! no output, no clock. [`World::advance_to`] moves it; acts arrive as methods and happen at the moment it has reached.
//! How a vendor words all this is for [`crate::vendors`].
//!
//! Two halves: the plan of [`crate::plan`], of which one shows what lies before now, and states that acts change
//! (Play's tracks, Apple's versions, published releases), moved on by due events in the order of their moments. However
//! time is cut into steps, the same acts at the same moments give the same world.

use std::collections::BTreeMap;

use crate::draw::Draw;
use crate::plan::{AppPlan, Build, Commit, LinePlan, ReleasePlan};
use crate::platform::Platform;
use crate::spec::{AppSpec, Spec};

pub mod apple;
pub mod github;
pub mod people;
pub mod play;
pub mod sessions;

use apple::AppleApp;
use github::Published;
use play::PlayApp;
use sessions::Share;

/// One app on one platform, by their places in the spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineAt {
    /// Index of the app.
    pub app: usize,
    /// Which of its lines.
    pub platform: Platform,
}

/// What is due at a moment.
#[derive(Clone, Debug)]
pub(crate) enum Due {
    /// A release branch appears.
    Branched(LineAt, usize),
    /// A build can be had.
    Built(LineAt, usize),
    /// A candidate is marked.
    Marked(LineAt, usize, usize),
    /// Google has looked at a release.
    PlayReviewed { app: usize, review: u64 },
    /// A person answers Google's refusal and sends the release again.
    PlayAnswered { app: usize, review: u64 },
    /// Apple begins to look at a submission.
    AppleTook { app: usize, submission: String, turn: u32 },
    /// Apple has looked.
    AppleReviewed { app: usize, submission: String, turn: u32 },
    /// A person answers Apple's refusal.
    AppleAnswered { app: usize, submission: String, turn: u32 },
    /// A cancellation shows, then is true.
    AppleCancels { app: usize, submission: String, complete: bool },
    /// A released version is on sale.
    AppleOnSale { app: usize, version: String },
    /// A phased release reaches its next day.
    ApplePhase { app: usize, version: String, turn: u32 },
    /// Somebody mended a bad version from the server's side.
    Healed(LineAt, usize),
    /// A person in the store's console resumes a rollout that quality had stopped.
    Resumed(LineAt, usize),
}

/// Everything outside Signalbox.
#[derive(Clone, Debug)]
pub struct World {
    pub(crate) spec: Spec,
    pub(crate) plans: Vec<AppPlan>,
    pub(crate) now: i64,
    due: BTreeMap<(i64, u64), Due>,
    turns: u64,
    pub(crate) play: BTreeMap<usize, PlayApp>,
    pub(crate) apple: BTreeMap<usize, AppleApp>,
    pub(crate) published: BTreeMap<usize, Published>,
    /// Who runs which build in production, from each moment on.
    pub(crate) shares: BTreeMap<LineAt, Vec<Share>>,
    /// Versions with a regression that somebody has mended, and since when.
    pub(crate) healed: BTreeMap<(LineAt, usize), i64>,
    /// When a version reached everybody.
    pub(crate) complete: BTreeMap<(LineAt, usize), i64>,
}

impl World {
    /// The world of a spec, at its start.
    pub fn new(spec: Spec) -> Self {
        let plans: Vec<AppPlan> = spec.apps.iter().map(|app| AppPlan::new(&spec, app)).collect();
        let mut world = Self {
            now: spec.start_ms,
            due: BTreeMap::new(),
            turns: 0,
            play: BTreeMap::new(),
            apple: BTreeMap::new(),
            published: BTreeMap::new(),
            shares: BTreeMap::new(),
            healed: BTreeMap::new(),
            complete: BTreeMap::new(),
            plans,
            spec,
        };
        for app in 0..world.spec.apps.len() {
            world.published.insert(app, Published::default());
            for platform in Platform::ALL {
                world.open(LineAt { app, platform });
            }
        }
        world
    }

    /// What the world was made from.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// The moment it has reached, in simulated milliseconds since the epoch.
    pub fn now(&self) -> i64 {
        self.now
    }

    /// Lets time pass until `now_ms`. Time never runs backwards: an earlier moment changes nothing.
    pub fn advance_to(&mut self, now_ms: i64) {
        while let Some(entry) = self.due.first_entry().filter(|entry| entry.key().0 <= now_ms) {
            let ((at, _), due) = entry.remove_entry();
            self.now = self.now.max(at);
            self.happen(due);
        }
        self.now = self.now.max(now_ms);
    }

    /// When the next thing is due; nothing if the world has run down.
    pub fn next_due(&self) -> Option<i64> {
        self.due.keys().next().map(|(at, _)| *at)
    }

    pub(crate) fn plan_due(&mut self, at: i64, due: Due) {
        self.turns += 1;
        self.due.insert((at, self.turns), due);
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Branched(line, release) => self.apple_branched(line, release),
            Due::Built(line, build) => self.play_built(line, build),
            Due::Marked(line, release, candidate) => {
                self.play_marked(line, release, candidate);
                self.apple_marked(line, release, candidate);
            }
            Due::PlayReviewed { app, review } => self.play_reviewed(app, review),
            Due::PlayAnswered { app, review } => self.play_answered(app, review),
            Due::AppleTook { app, submission, turn } => self.apple_took(app, &submission, turn),
            Due::AppleReviewed { app, submission, turn } => {
                self.apple_reviewed(app, &submission, turn);
            }
            Due::AppleAnswered { app, submission, turn } => {
                self.apple_answered(app, &submission, turn);
            }
            Due::AppleCancels { app, submission, complete } => {
                self.apple_cancels(app, &submission, complete);
            }
            Due::AppleOnSale { app, version } => self.apple_on_sale(app, &version),
            Due::ApplePhase { app, version, turn } => self.apple_phase(app, &version, turn),
            Due::Healed(line, release) => {
                self.healed.insert((line, release), self.now);
            }
            Due::Resumed(line, release) => {
                self.play_resumed(line, release);
                self.apple_resumed(line, release);
            }
        }
    }

    /// Puts a line where it stands at the start, and plans what comes.
    fn open(&mut self, line: LineAt) {
        let Some(plan) = self.line(line).cloned() else { return };
        let start = self.now;
        for (index, release) in plan.releases.iter().enumerate() {
            if release.branched_at > start {
                self.plan_due(release.branched_at, Due::Branched(line, index));
            }
            for (number, candidate) in release.candidates.iter().enumerate() {
                if candidate.at > start {
                    self.plan_due(candidate.at, Due::Marked(line, index, number));
                }
            }
        }
        for (index, build) in plan.builds.iter().enumerate() {
            if build.at > start {
                self.plan_due(build.at, Due::Built(line, index));
            }
        }
        let past: Vec<usize> =
            (0..plan.releases.len()).filter(|index| plan.is_past(*index)).collect();
        let is_rolling = self.is_rolling_out_at_start(line);
        for release in &past {
            let Some(laid) = plan.releases.get(*release) else { continue };
            let Some(build) = shipped(&plan, *release) else { continue };
            if *release == plan.live && is_rolling {
                continue;
            }
            self.complete.insert((line, *release), laid.done_at.min(start));
            let share = Share { at: laid.done_at.min(start), builds: vec![(build.number, 1.0)] };
            self.shares.entry(line).or_default().push(share);
        }
        if let Some(shares) = self.shares.get_mut(&line) {
            shares.sort_by_key(|share| share.at);
        }
        match line.platform {
            Platform::Android => self.open_play(line, &plan, is_rolling),
            Platform::Ios => self.open_apple(line, &plan, is_rolling),
            Platform::Desktop => {}
        }
    }

    fn is_rolling_out_at_start(&self, line: LineAt) -> bool {
        let wanted = self
            .app_spec(line.app)
            .and_then(|app| app.line(line.platform))
            .map(|line| line.opening);
        let is_young =
            self.line(line).and_then(|plan| plan.releases.get(plan.live)).is_some_and(|release| {
                !release.hotfix && self.spec.start_ms - release.done_at < 4 * crate::plan::DAY
            });
        wanted == Some(crate::spec::Opening::RollingOut)
            && line.platform != Platform::Desktop
            && is_young
    }

    /// The plan of a line, if the app has it.
    pub fn line(&self, line: LineAt) -> Option<&LinePlan> {
        self.plans.get(line.app)?.lines.iter().find(|plan| plan.platform == line.platform)
    }

    /// The plan of an app.
    pub fn plan(&self, app: usize) -> Option<&AppPlan> {
        self.plans.get(app)
    }

    /// The spec of an app.
    pub fn app_spec(&self, app: usize) -> Option<&AppSpec> {
        self.spec.apps.get(app)
    }

    /// The place of the app whose spec `matches`.
    pub fn find_app(&self, matches: impl Fn(&AppSpec) -> bool) -> Option<usize> {
        self.spec.apps.iter().position(matches)
    }

    /// A release by version: its place and plan. Also one that is not branched yet.
    pub fn release(&self, line: LineAt, version: &str) -> Option<(usize, &ReleasePlan)> {
        self.line(line)?.releases.iter().enumerate().find(|(_, release)| release.version == version)
    }

    /// A build that can be had by now.
    pub fn build(&self, line: LineAt, number: u32) -> Option<&Build> {
        let builds = &self.line(line)?.builds;
        let at = builds.binary_search_by_key(&number, |build| build.number).ok()?;
        builds.get(at).filter(|build| build.at <= self.now)
    }

    /// A commit by sha, if it was pushed.
    pub fn commit(&self, app: usize, sha: &str) -> Option<&Commit> {
        self.plan(app)?.commits.get(sha).filter(|commit| commit.at <= self.now)
    }

    pub(crate) fn draw(&self, name: &str) -> Draw {
        Draw::new(self.spec.seed, name)
    }

    /// Remembers who runs what from now on. Parts below one in a million are left out; the parts make one whole.
    pub(crate) fn serve(&mut self, line: LineAt, builds: Vec<(u32, f64)>) {
        let now = self.now;
        let builds: Vec<(u32, f64)> = builds.into_iter().filter(|(_, part)| *part > 1e-6).collect();
        let whole = builds.iter().find(|(_, part)| *part > 0.999).map(|(number, _)| *number);
        if let Some(release) = whole
            .and_then(|number| self.line(line)?.builds.iter().find(|build| build.number == number))
        {
            let release = release.release;
            self.complete.entry((line, release)).or_insert(now);
        }
        let log = self.shares.entry(line).or_default();
        if log.last().is_none_or(|last| last.builds != builds) {
            log.push(Share { at: now, builds });
        }
    }
}

/// The build that a past release shipped: that of its last commit.
pub(crate) fn shipped(plan: &LinePlan, release: usize) -> Option<&Build> {
    let sha = plan.releases.get(release)?.commits.last()?;
    plan.builds.iter().find(|build| build.sha == *sha)
}

#[cfg(test)]
mod tests;
