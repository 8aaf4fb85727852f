//! What people and Signalbox publish on GitHub, beyond what the plan shows by itself: releases, tags, refs. And what CI
//! says of a commit. Publishing a desktop release ships it to everybody.

use std::collections::BTreeMap;

use super::{LineAt, World, shipped};
use crate::plan::{Commit, DAY, HOUR, MINUTE};
use crate::platform::Platform;

/// A release as GitHub lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GithubRelease {
    /// Stable.
    pub id: u64,
    /// `android/7.72+4127`, `desktop/7.72`.
    pub tag: String,
    /// `Build 4127`.
    pub name: String,
    /// Notes.
    pub body: String,
    /// The commit.
    pub sha: String,
    /// Not for everybody.
    pub is_prerelease: bool,
    /// Not for anybody.
    pub is_draft: bool,
    /// When it was made.
    pub created_at: i64,
    /// When it was published.
    pub published_at: i64,
}

/// What was changed or made through the API.
#[derive(Clone, Debug, Default)]
pub struct Published {
    releases: BTreeMap<u64, GithubRelease>,
    refs: BTreeMap<String, String>,
    made: u64,
}

/// What somebody wants a release to be. `None` leaves or defaults.
#[derive(Clone, Debug, Default)]
pub struct ReleaseWish {
    /// Tag.
    pub tag: Option<String>,
    /// Commit or branch that the tag is put on.
    pub target: Option<String>,
    /// Title.
    pub name: Option<String>,
    /// Notes.
    pub body: Option<String>,
    /// Draft or not.
    pub draft: Option<bool>,
    /// Pre-release or not.
    pub prerelease: Option<bool>,
}

/// How a check stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckState {
    /// Nobody took it yet.
    Queued,
    /// It runs.
    Running,
    /// It passed.
    Passed,
    /// It did not.
    Failed,
}

/// One attempt of one suite on one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Stable.
    pub id: u64,
    /// The suite's name.
    pub name: &'static str,
    /// A commit status rather than a check run.
    pub is_status: bool,
    /// 1, then 2.
    pub attempt: u32,
    /// When it was asked for.
    pub queued_at: i64,
    /// When it began.
    pub started_at: i64,
    /// When it ends.
    pub completed_at: i64,
    /// As of now.
    pub state: CheckState,
    /// The check suite: a re-run may share it or have its own.
    pub suite_id: u64,
}

impl World {
    /// All branches now: main and the release branches, by name, each with its head. A branch goes two weeks after the
    /// release after next was cut.
    pub fn branches(&self, app: usize) -> Vec<(String, String)> {
        let Some(plan) = self.plan(app) else { return Vec::new() };
        let mut all: Vec<(String, String)> = plan
            .main_head(self.now)
            .map(|head| ("main".to_owned(), head.sha.clone()))
            .into_iter()
            .collect();
        for line in &plan.lines {
            for (index, release) in line
                .releases
                .iter()
                .enumerate()
                .filter(|(_, release)| release.branched_at <= self.now)
            {
                let kept = index + 4 > line.live
                    && line
                        .releases
                        .get(index + 4)
                        .is_none_or(|later| later.branched_at + 14 * DAY > self.now);
                if let Some(head) =
                    kept.then(|| self.branch_head(app, &release.commits, &release.base)).flatten()
                {
                    all.push((release.branch.clone(), head));
                }
            }
        }
        let made =
            self.published.get(&app).map(|published| published.refs.iter()).into_iter().flatten();
        all.extend(made.filter_map(|(name, sha)| {
            Some((name.strip_prefix("refs/heads/")?.to_owned(), sha.clone()))
        }));
        all.sort();
        all
    }

    fn branch_head(&self, app: usize, commits: &[String], base: &str) -> Option<String> {
        let plan = self.plan(app)?;
        let pushed = commits.partition_point(|sha| {
            plan.commits.get(sha).is_some_and(|commit| commit.at <= self.now)
        });
        Some(
            pushed
                .checked_sub(1)
                .and_then(|last| commits.get(last))
                .map_or_else(|| base.to_owned(), Clone::clone),
        )
    }

    /// All tags now, by name, each with its commit: candidates, builds, shipped versions.
    pub fn tags(&self, app: usize) -> Vec<(String, String)> {
        let Some(plan) = self.plan(app) else { return Vec::new() };
        let mut all: Vec<(String, String)> = plan
            .lines
            .iter()
            .flat_map(|line| &line.releases)
            .flat_map(|release| &release.candidates)
            .filter(|candidate| candidate.at <= self.now)
            .map(|candidate| (candidate.tag.clone(), candidate.sha.clone()))
            .collect();
        all.extend(
            self.github_releases(app)
                .into_iter()
                .filter(|one| !one.is_draft)
                .map(|one| (one.tag, one.sha)),
        );
        let made =
            self.published.get(&app).map(|published| published.refs.iter()).into_iter().flatten();
        all.extend(made.filter_map(|(name, sha)| {
            Some((name.strip_prefix("refs/tags/")?.to_owned(), sha.clone()))
        }));
        all.sort();
        all.dedup_by(|one, other| one.0 == other.0);
        all
    }

    /// A commit by branch, tag, sha or the first 7 or more digits of one.
    pub fn resolve(&self, app: usize, name: &str) -> Option<&Commit> {
        let plan = self.plan(app)?;
        let bare = name.strip_prefix("refs/").unwrap_or(name);
        let (heads, tags) = (bare.strip_prefix("heads/"), bare.strip_prefix("tags/"));
        if let Some(commit) = self.commit(app, name) {
            return Some(commit);
        }
        if name.len() >= 7 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let mut near =
                plan.commits.range(name.to_owned()..).take_while(|(sha, _)| sha.starts_with(name));
            if let (Some((_, commit)), None) = (near.next(), near.next()) {
                return Some(commit).filter(|commit| commit.at <= self.now);
            }
        }
        let by_branch =
            || self.branches(app).into_iter().find(|(branch, _)| branch == heads.unwrap_or(name));
        let by_tag = || self.tags(app).into_iter().find(|(tag, _)| tag == tags.unwrap_or(name));
        let (_, sha) = by_branch().or_else(by_tag)?;
        plan.commits.get(&sha)
    }

    /// Releases, newest first: builds of the last releases as pre-releases, shipped versions, and what was made here.
    pub fn github_releases(&self, app: usize) -> Vec<GithubRelease> {
        let (Some(plan), Some(spec)) = (self.plan(app), self.app_spec(app)) else {
            return Vec::new();
        };
        let made = self.published.get(&app);
        let mut all = Vec::new();
        for line in &plan.lines {
            let at = LineAt { app, platform: line.platform };
            let base_id = 1_000_000 * (line.platform as u64 + 1);
            for (index, build) in line.builds.iter().enumerate() {
                let Some(release) =
                    line.releases.get(build.release).filter(|_| build.at <= self.now)
                else {
                    continue;
                };
                // CI throws builds away once nobody can ask for them: an API page should not be all history.
                if build.release + 2 < line.live || build.at < self.now - 60 * DAY {
                    continue;
                }
                let id = base_id + index as u64;
                all.push(GithubRelease {
                    id,
                    tag: format!(
                        "{}{}+{}",
                        spec.tag_prefix(line.platform),
                        release.version,
                        build.number
                    ),
                    name: format!("Build {}", build.number),
                    body: format!(
                        "{} {} {}, build {}",
                        spec.name,
                        line.platform.label(),
                        release.version,
                        build.number
                    ),
                    sha: build.sha.clone(),
                    is_prerelease: true,
                    is_draft: false,
                    created_at: build.at,
                    published_at: build.at,
                });
            }
            for (index, release) in line.releases.iter().enumerate() {
                // On desktop Signalbox publishes; for the stores people tag a version once it has reached everybody.
                if line.platform == Platform::Desktop && !line.is_past(index) {
                    continue;
                }
                let shipped_at = self.complete.get(&(at, index)).copied();
                let Some((build, shipped_at)) = shipped(line, index).zip(shipped_at) else {
                    continue;
                };
                all.push(GithubRelease {
                    id: base_id + 500_000 + index as u64,
                    tag: format!("{}{}", spec.tag_prefix(line.platform), release.version),
                    name: format!("{} {}", line.platform.label(), release.version),
                    body: String::new(),
                    sha: build.sha.clone(),
                    is_prerelease: false,
                    is_draft: false,
                    created_at: shipped_at,
                    published_at: shipped_at,
                });
            }
        }
        if let Some(made) = made {
            for one in &mut all {
                if let Some(changed) = made.releases.get(&one.id) {
                    one.clone_from(changed);
                }
            }
            all.extend(made.releases.values().filter(|one| one.id >= MADE).cloned());
        }
        all.sort_by_key(|one| std::cmp::Reverse((one.created_at, one.id)));
        all
    }

    /// Makes a release. `Err` says which field GitHub would complain about.
    pub fn github_make_release(
        &mut self,
        app: usize,
        wish: ReleaseWish,
    ) -> Result<GithubRelease, &'static str> {
        let tag = wish.tag.filter(|tag| !tag.is_empty()).ok_or("tag_name")?;
        if self.github_releases(app).iter().any(|one| one.tag == tag) {
            return Err("already_exists");
        }
        let sha = self.tags(app).into_iter().find(|(name, _)| *name == tag).map(|(_, sha)| sha);
        let target = wish.target.as_deref().unwrap_or("main");
        let sha = sha
            .or_else(|| self.resolve(app, target).map(|commit| commit.sha.clone()))
            .ok_or("target_commitish")?;
        let now = self.now;
        let made = self.published.entry(app).or_default();
        made.made += 1;
        let release = GithubRelease {
            id: MADE + made.made,
            name: wish.name.unwrap_or_else(|| tag.clone()),
            tag,
            body: wish.body.unwrap_or_default(),
            sha,
            is_prerelease: wish.prerelease.unwrap_or(false),
            is_draft: wish.draft.unwrap_or(false),
            created_at: now,
            published_at: now,
        };
        made.releases.insert(release.id, release.clone());
        self.ship_desktop(app, &release);
        Ok(release)
    }

    /// Changes a release; nothing where there is none of that id.
    pub fn github_change_release(
        &mut self,
        app: usize,
        id: u64,
        wish: ReleaseWish,
    ) -> Option<GithubRelease> {
        let mut release = self.github_releases(app).into_iter().find(|one| one.id == id)?;
        let was_out = !release.is_draft && !release.is_prerelease;
        release.tag = wish.tag.unwrap_or(release.tag);
        release.name = wish.name.unwrap_or(release.name);
        release.body = wish.body.unwrap_or(release.body);
        release.is_draft = wish.draft.unwrap_or(release.is_draft);
        release.is_prerelease = wish.prerelease.unwrap_or(release.is_prerelease);
        if !was_out && !release.is_draft && !release.is_prerelease {
            release.published_at = self.now;
        }
        self.published.entry(app).or_default().releases.insert(id, release.clone());
        if !was_out {
            self.ship_desktop(app, &release);
        }
        Some(release)
    }

    /// Makes a ref such as `refs/tags/desktop/7.72`. `Err` where it exists or the commit does not.
    pub fn github_make_ref(
        &mut self,
        app: usize,
        name: &str,
        sha: &str,
    ) -> Result<(), &'static str> {
        let known = |all: Vec<(String, String)>, bare: &str| all.iter().any(|(one, _)| one == bare);
        let exists = match (name.strip_prefix("refs/heads/"), name.strip_prefix("refs/tags/")) {
            (Some(branch), _) => known(self.branches(app), branch),
            (_, Some(tag)) => known(self.tags(app), tag),
            (None, None) => {
                return Err("Reference name must start with 'refs/heads/' or 'refs/tags/'.");
            }
        };
        if exists {
            return Err("Reference already exists");
        }
        if self.commit(app, sha).is_none() {
            return Err("Object does not exist");
        }
        self.published.entry(app).or_default().refs.insert(name.to_owned(), sha.to_owned());
        Ok(())
    }

    /// A desktop version reaches everybody when its release is published: the build that the tag names, or the newest
    /// build of the commit.
    fn ship_desktop(&mut self, app: usize, release: &GithubRelease) {
        if release.is_draft || release.is_prerelease || !release.tag.starts_with("desktop/") {
            return;
        }
        let line = LineAt { app, platform: Platform::Desktop };
        let named = release.tag.rsplit_once('+').and_then(|(_, number)| number.parse::<u32>().ok());
        let number = named.filter(|number| self.build(line, *number).is_some()).or_else(|| {
            let plan = self.line(line)?;
            plan.builds
                .iter()
                .rfind(|build| build.sha == release.sha && build.at <= self.now)
                .map(|build| build.number)
        });
        if let Some(number) = number {
            self.serve(line, vec![(number, 1.0)]);
        }
    }

    /// What CI says of a commit now, suite by suite; the attempts of one suite follow each other.
    pub fn checks(&self, app: usize, sha: &str) -> Vec<Check> {
        let (Some(spec), Some(commit)) = (self.app_spec(app), self.commit(app, sha)) else {
            return Vec::new();
        };
        let draw = self.draw("ci").named(sha);
        let first = draw.between(40_000_000, 90_000_000) as u64 * 100;
        let mut all = Vec::new();
        for (index, suite) in spec.suites.iter().enumerate() {
            let draw = draw.named(suite.name);
            let is_flaky = !self.spec.calm && draw.named("fails").chance(suite.flakiness);
            let mut queued_at = commit.at + draw.named("queued").between(2, 50) * 1_000;
            for attempt in 1..=2_u32 {
                let draw = draw.at(u64::from(attempt));
                let started_at = queued_at + draw.named("starts").between(10, 180) * 1_000;
                let (least, most) = suite.minutes;
                let completed_at =
                    started_at + draw.named("takes").between(least * 60, most * 60) * 1_000;
                if queued_at > self.now {
                    break;
                }
                let fails = is_flaky && attempt == 1;
                let state = match self.now {
                    now if now < started_at => CheckState::Queued,
                    now if now < completed_at => CheckState::Running,
                    _ if fails => CheckState::Failed,
                    _ => CheckState::Passed,
                };
                // A third of all re-runs is a run of its own, and the red one stays beside it.
                let own = u64::from(attempt == 2 && draw.named("own").chance(0.33));
                all.push(Check {
                    id: first + index as u64 * 2 + u64::from(attempt),
                    name: suite.name,
                    is_status: suite.is_status,
                    attempt,
                    queued_at,
                    started_at,
                    completed_at,
                    state,
                    suite_id: first + 50 + own,
                });
                if !fails {
                    break;
                }
                queued_at = completed_at + draw.named("again").between(10, 90) * MINUTE;
            }
        }
        all
    }

    /// The plan's bugs that Jira would find now; its index lags half a minute behind.
    pub fn bugs(&self, app: usize) -> impl Iterator<Item = &crate::plan::Bug> {
        let now = self.now;
        self.plan(app)
            .map(|plan| plan.bugs.as_slice())
            .unwrap_or_default()
            .iter()
            .filter(move |bug| bug.created_at + 30_000 <= now)
    }

    /// When a version is planned to be branched, for those whose day is within four weeks or that come next.
    pub fn planned(&self, line: LineAt) -> Option<(usize, i64)> {
        let plan = self.line(line)?;
        let (index, release) = plan
            .releases
            .iter()
            .enumerate()
            .find(|(_, release)| release.branched_at > self.now && !release.hotfix)?;
        Some((index, release.branched_at.div_euclid(24 * HOUR) * 24 * HOUR))
    }
}

/// Ids of releases made through the API begin here.
const MADE: u64 = 9_000_000;
