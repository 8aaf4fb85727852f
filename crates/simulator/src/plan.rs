//! What happens whatever anybody does: branches, commits, candidates, builds, bugs, moments at which people are done.
//! It is laid out once, from the histories and the seed, in simulated time; [`crate::world`] shows as much of it as the
//! clock allows and keeps what actions change.
//!
//! A history is moved by whole weeks, so weekdays stay what they were. Each line is moved on its own.

use std::collections::BTreeMap;

use crate::draw::Draw;
use crate::history::{History, Release};
use crate::platform::Platform;
use crate::spec::{AppSpec, Opening, Person, Spec};

mod bugs;
mod shift;
mod words;

pub use bugs::{BLOCKER, Bug};

pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// One app, laid out.
#[derive(Clone, Debug)]
pub struct AppPlan {
    /// All commits by sha.
    pub commits: BTreeMap<String, Commit>,
    /// Main, oldest first.
    pub main: Vec<String>,
    /// As in the app's spec.
    pub lines: Vec<LinePlan>,
    /// Ordered by when they are filed.
    pub bugs: Vec<Bug>,
}

/// A commit; its history is a tree, so it has at most one parent.
#[derive(Clone, Debug)]
pub struct Commit {
    /// 40 digits.
    pub sha: String,
    /// What it stands on.
    pub parent: Option<String>,
    /// How many stand below it.
    pub depth: usize,
    /// When it was pushed.
    pub at: i64,
    /// Who wrote it.
    pub author: Person,
    /// Its message.
    pub title: String,
    /// Folders touched, under invented names; `(root)` for files at the top.
    pub areas: Vec<String>,
    /// Whose line it belongs to.
    pub platform: Platform,
}

/// One app on one platform, laid out.
#[derive(Clone, Debug)]
pub struct LinePlan {
    /// Which.
    pub platform: Platform,
    /// What was added to the history's times, in whole weeks.
    pub shift_ms: i64,
    /// Ordered by branch time.
    pub releases: Vec<ReleasePlan>,
    /// Ordered by number and by when they can be had.
    pub builds: Vec<Build>,
    /// The release that the store serves when the world begins.
    pub live: usize,
}

impl LinePlan {
    /// Whether a release had shipped, or was passed over, when the world began.
    pub fn is_past(&self, release: usize) -> bool {
        let done = |index: usize| self.releases.get(index).map(|release| release.done_at);
        done(release) <= done(self.live)
    }
}

/// One version, laid out.
#[derive(Clone, Debug)]
pub struct ReleasePlan {
    /// `7.72`.
    pub version: String,
    /// `release/android/7.72`.
    pub branch: String,
    /// When the branch is there.
    pub branched_at: i64,
    /// The commit it left.
    pub base: String,
    /// On the branch, oldest first; never empty.
    pub commits: Vec<String>,
    /// Ordered by time; never empty.
    pub candidates: Vec<CandidatePlan>,
    /// When people are done with it: sign-offs in, bugs closed.
    pub done_at: i64,
    /// Repairs a released version.
    pub hotfix: bool,
    /// Its quality in production is bad until somebody heals it.
    pub regression: bool,
}

impl ReleasePlan {
    /// The last candidate.
    pub fn last_candidate_at(&self) -> i64 {
        self.candidates.last().map_or(self.branched_at, |candidate| candidate.at)
    }
}

/// A commit marked for testing.
#[derive(Clone, Debug)]
pub struct CandidatePlan {
    /// Which commit.
    pub sha: String,
    /// When it was marked; its build is there by then.
    pub at: i64,
    /// `android/7.72-rc.1`.
    pub tag: String,
}

/// A build of a commit on a release branch.
#[derive(Clone, Debug)]
pub struct Build {
    /// Rises on each line; also Play's version code.
    pub number: u32,
    /// Which commit.
    pub sha: String,
    /// Index of its release.
    pub release: usize,
    /// When it can be had.
    pub at: i64,
}

impl AppPlan {
    /// Lays out one app.
    pub fn new(spec: &Spec, app: &AppSpec) -> Self {
        let draw = Draw::new(spec.seed, "plan").named(&app.id);
        let mut plan = Self {
            commits: BTreeMap::new(),
            main: Vec::new(),
            lines: Vec::new(),
            bugs: Vec::new(),
        };
        let mut drafts = Vec::new();
        for line in &app.lines {
            let draw = draw.named(line.platform.key());
            let shift = shift::choose(&line.history, line.opening, spec.start_ms, draw);
            let window = shift::window(&line.history, spec.start_ms - shift);
            drafts.push(Draft {
                platform: line.platform,
                history: &line.history,
                window,
                shift,
                draw,
            });
        }
        plan.lay_main(app, &drafts);
        for (draft, line) in drafts.iter().zip(&app.lines) {
            let laid = plan.lay_line(app, draft, spec, line.opening);
            plan.lines.push(laid);
        }
        plan.bugs = bugs::lay(spec, app, &plan.lines, draw.named("bugs"));
        plan
    }

    /// The last commit on main at a moment.
    pub fn main_head(&self, now: i64) -> Option<&Commit> {
        let visible = self
            .main
            .partition_point(|sha| self.commits.get(sha).is_some_and(|commit| commit.at <= now));
        self.main.get(visible.checked_sub(1)?).and_then(|sha| self.commits.get(sha))
    }

    /// All commits before branches leave, of all lines, in one row.
    fn lay_main(&mut self, app: &AppSpec, drafts: &[Draft<'_>]) {
        let mut row: BTreeMap<String, (i64, Vec<String>, Platform, Draw)> = BTreeMap::new();
        for draft in drafts {
            let mut add = |sha: &str, at: i64, areas: &[String]| {
                row.entry(draft.sha(sha)).or_insert_with(|| {
                    (at + draft.shift, areas.to_vec(), draft.platform, draft.draw)
                });
            };
            for release in draft.releases() {
                for commit in release.commits.iter().filter(|commit| commit.before) {
                    add(&commit.sha, commit.at, &commit.areas);
                }
            }
            for release in draft.releases() {
                if !draft.is_on_a_branch(&release.branch_point) {
                    add(&release.branch_point, release.branch_point_at, &[]);
                }
            }
        }
        // A commit that is on a branch is laid with its branch.
        for draft in drafts {
            for release in draft.releases() {
                for commit in release.commits.iter().filter(|commit| !commit.before) {
                    row.remove(&draft.sha(&commit.sha));
                }
            }
        }
        let mut ordered: Vec<_> = row.into_iter().collect();
        ordered.sort_by(|one, other| (one.1.0, &one.0).cmp(&(other.1.0, &other.0)));
        let mut parent: Option<String> = None;
        for (depth, (sha, (at, areas, platform, draw))) in ordered.into_iter().enumerate() {
            let areas = areas.iter().map(|area| app.disguised(area)).collect();
            let commit = words::commit(
                app,
                draw,
                (sha.clone(), parent.replace(sha.clone())),
                (depth, at),
                areas,
                platform,
            );
            self.main.push(sha.clone());
            self.commits.insert(sha, commit);
        }
    }

    fn lay_line(
        &mut self,
        app: &AppSpec,
        draft: &Draft<'_>,
        spec: &Spec,
        opening: Opening,
    ) -> LinePlan {
        let mut releases = Vec::new();
        for release in draft.releases() {
            if let Some(laid) = self.lay_release(app, draft, release, spec) {
                releases.push(laid);
            }
        }
        let builds = builds(&releases, &self.commits, draft.draw.named("builds"));
        for release in &mut releases {
            for candidate in &mut release.candidates {
                let built = builds
                    .iter()
                    .find(|build| build.sha == candidate.sha)
                    .map_or(0, |build| build.at);
                candidate.at = candidate.at.max(built);
            }
            release
                .candidates
                .sort_by(|one, other| (one.at, &one.sha).cmp(&(other.at, &other.sha)));
            for (number, candidate) in release.candidates.iter_mut().enumerate() {
                candidate.tag = format!("{}/{}-rc.{}", draft.platform, release.version, number + 1);
            }
            let gap = if release.hotfix { 2 * HOUR } else { 6 * HOUR };
            release.done_at = release.done_at.max(release.last_candidate_at() + gap);
        }
        let live = live(&releases, spec.start_ms, opening);
        LinePlan { platform: draft.platform, shift_ms: draft.shift, releases, builds, live }
    }

    fn lay_release(
        &mut self,
        app: &AppSpec,
        draft: &Draft<'_>,
        release: &Release,
        spec: &Spec,
    ) -> Option<ReleasePlan> {
        let branched_at = release.branched_at + draft.shift;
        let base = Some(draft.sha(&release.branch_point))
            .filter(|sha| self.commits.contains_key(sha))
            .or_else(|| self.main_head(branched_at).map(|commit| commit.sha.clone()))
            .or_else(|| self.main.first().cloned())?;
        let mut landings: Vec<(i64, String, Vec<String>)> = release
            .commits
            .iter()
            .filter(|commit| !commit.before)
            .map(|commit| (commit.at + draft.shift, draft.sha(&commit.sha), commit.areas.clone()))
            .collect();
        landings.reverse();
        for candidate in &release.candidates {
            // Tagged on a side branch, on main, or earlier than the last 50 landings: it lands here when it was tagged.
            let sha = draft.sha(&candidate.commit);
            if !landings.iter().any(|landing| landing.1 == sha) {
                let at = candidate.at + draft.shift;
                let place = landings.partition_point(|landing| landing.0 <= at);
                landings.insert(place, (at, sha, vec!["(root)".to_owned()]));
            }
        }
        if landings.is_empty() {
            let sha = draft.draw.named("first").named(&release.version).sha("");
            landings.push((branched_at, sha, vec!["(root)".to_owned()]));
        }
        let mut parent = base.clone();
        let mut depth = self.commits.get(&base).map_or(0, |commit| commit.depth);
        let mut pushed_at = branched_at;
        let mut commits = Vec::new();
        for (at, sha, areas) in landings {
            if self.commits.contains_key(&sha) {
                continue; // Shared with an earlier branch that was started again.
            }
            pushed_at = pushed_at.max(at);
            depth += 1;
            let areas = areas.iter().map(|area| app.disguised(area)).collect();
            let parts = (sha.clone(), Some(std::mem::replace(&mut parent, sha.clone())));
            let commit =
                words::commit(app, draft.draw, parts, (depth, pushed_at), areas, draft.platform);
            self.commits.insert(sha.clone(), commit);
            commits.push(sha);
        }
        let mut laid = ReleasePlan {
            branch: format!("{}{}", app.branch_prefix(draft.platform), release.version),
            version: release.version.clone(),
            branched_at,
            base,
            candidates: Vec::new(),
            done_at: release.released_at.map_or(0, |at| at + draft.shift),
            hotfix: release.hotfix,
            regression: !spec.calm
                && !release.hotfix
                && draft.platform != Platform::Desktop
                && draft.draw.named("regression").named(&release.version).chance(0.08),
            commits,
        };
        self.mark_candidates(draft, release, &mut laid)?;
        if laid.done_at == 0 {
            let wait = draft.draw.named("done").named(&release.version).between(3 * 24, 7 * 24);
            laid.done_at = laid.last_candidate_at() + wait * HOUR;
        }
        Some(laid)
    }

    /// The history's candidates; and one more on the last commit where product folders changed after the last of them,
    /// or where there is none (hotfixes): nobody ships what nobody could try, and a train would wait for ever.
    fn mark_candidates(
        &self,
        draft: &Draft<'_>,
        release: &Release,
        laid: &mut ReleasePlan,
    ) -> Option<()> {
        let pushed =
            |sha: &String| self.commits.get(sha).map_or(laid.branched_at, |commit| commit.at);
        let mut marks: Vec<(i64, String)> = release
            .candidates
            .iter()
            .map(|candidate| (candidate.at + draft.shift, draft.sha(&candidate.commit)))
            .filter(|(_, sha)| laid.commits.contains(sha))
            .map(|(at, sha)| (at.max(pushed(&sha)), sha))
            .collect();
        marks.sort();
        marks.dedup_by(|one, other| one.1 == other.1);
        let last = laid.commits.last()?;
        let after: Vec<&String> = match marks.last() {
            None => laid.commits.iter().collect(),
            Some((_, sha)) => laid.commits.iter().skip_while(|one| *one != sha).skip(1).collect(),
        };
        let product = after
            .iter()
            .filter_map(|sha| self.commits.get(*sha))
            .any(|commit| commit.areas.iter().any(|area| !words::is_plumbing(area)));
        if marks.is_empty() || product {
            marks.push((pushed(last) + 20 * MINUTE, last.clone()));
        }
        laid.candidates = marks
            .into_iter()
            .map(|(at, sha)| CandidatePlan { sha, at, tag: String::new() })
            .collect();
        Some(())
    }
}

/// The newest release that was done before the world began, and is in users' hands.
fn live(releases: &[ReleasePlan], start_ms: i64, opening: Opening) -> usize {
    let ready = match opening {
        Opening::RollingOut => start_ms,
        Opening::JustBranched | Opening::Candidates | Opening::NearlyDone | Opening::Upcoming => {
            start_ms - DAY
        }
    };
    releases
        .iter()
        .enumerate()
        .filter(|(_, release)| release.done_at <= ready)
        .max_by_key(|(index, release)| (release.done_at, *index))
        .map_or(0, |(index, _)| index)
}

/// A build for each commit, 20 to 40 minutes after its push. Numbers rise with the time at which builds can be had.
fn builds(releases: &[ReleasePlan], commits: &BTreeMap<String, Commit>, draw: Draw) -> Vec<Build> {
    let mut builds: Vec<Build> = releases
        .iter()
        .enumerate()
        .flat_map(|(release, laid)| laid.commits.iter().map(move |sha| (release, sha)))
        .filter_map(|(release, sha)| commits.get(sha).map(|commit| (release, commit)))
        .map(|(release, commit)| {
            let takes = draw.named(&commit.sha).between(20 * 60, 40 * 60) * 1_000;
            Build { number: 0, sha: commit.sha.clone(), release, at: commit.at + takes }
        })
        .collect();
    builds.sort_by(|one, other| (one.at, &one.sha).cmp(&(other.at, &other.sha)));
    let first = draw.named("first").between(1_200, 6_800) as u32;
    for (build, number) in builds.iter_mut().zip(first..) {
        build.number = number;
    }
    builds
}

/// A line before it is laid out.
struct Draft<'a> {
    platform: Platform,
    history: &'a History,
    window: std::ops::Range<usize>,
    shift: i64,
    draw: Draw,
}

impl Draft<'_> {
    fn releases(&self) -> &[Release] {
        self.history.releases.get(self.window.clone()).unwrap_or_default()
    }

    /// Lines play the same commits at other times, so each line's have shas of their own.
    fn sha(&self, real: &str) -> String {
        let head: String = real.chars().take(12).collect();
        self.draw.named("sha").named(&head).sha(&head)
    }

    fn is_on_a_branch(&self, sha: &str) -> bool {
        let head: String = sha.chars().take(12).collect();
        self.releases()
            .iter()
            .flat_map(|release| &release.commits)
            .any(|commit| !commit.before && commit.sha == head)
    }
}

#[cfg(test)]
mod tests;
