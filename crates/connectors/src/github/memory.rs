//! What is remembered of an app between two reads, and which of it is due to be asked again. No I/O.

use super::translate::{self, Head};
use super::{PlatformSettings, wire};
use conductor::facts::Readings;
use conductor::observation::{
    Branch, Build, Listing, Missing, Observation, Outcome, Sha, StorePhase, Suite, Tests,
};
use conductor::{AppId, Moment, Platform, SourceId, Span, Version};
use ports::{Ask, SourceError};
use std::collections::{BTreeMap, BTreeSet};

/// So many versions of a platform, the newest, are looked at closely.
pub(super) const LIVE: usize = 6;
/// Tests that have ended are asked again every third tick: somebody may run them again. A little less
/// than 3 × 5 minutes, since ticks jitter.
const ENDED: Span = Span::minutes(13);
/// For so long a commit without any check is asked about each tick: they may just not have begun.
const BEGINNING: Span = Span::minutes(30);
/// Tests of versions that the store serves move nothing any more.
const SHIPPED: Span = Span::hours(6);
/// For so long after its head moved an old version is looked at like a new one.
const MOVED: Span = Span::hours(14 * 24);

/// What is remembered of an app between two reads.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) recalled: bool,
    pub(super) branches: BTreeMap<(Platform, Version), Branch>,
    pub(super) tests: BTreeMap<Sha, Asked>,
    pub(super) statuses_seen: bool,
    /// Versions whose heads moved lately: they are looked at however old the version is.
    pub(super) moved: BTreeMap<(Platform, Version), Moment>,
    pub(super) missing: BTreeMap<(Sha, Sha), Missing>,
    pub(super) no_comparison: BTreeMap<(Sha, Sha), Moment>,
    /// Heads whose commits could not be told, and when that was tried.
    pub(super) no_commits: BTreeMap<Sha, Moment>,
    pub(super) releases: Releases,
    pub(super) tags: BTreeMap<u64, Sha>,
}

/// The tests of a commit as they were when asked.
#[derive(Clone)]
pub(super) struct Asked {
    pub(super) at: Moment,
    pub(super) first: Moment,
    pub(super) suites: Vec<Suite>,
    pub(super) complete: bool,
}

#[derive(Clone, Default)]
pub(super) struct Releases {
    pub(super) items: Vec<wire::Release>,
    pub(super) complete: bool,
    pub(super) at: Option<Moment>,
    pub(super) all_at: Option<Moment>,
}

impl Memory {
    /// After a start: what the last process knew of branches and builds needs no asking.
    pub(super) fn recall(&mut self, id: &SourceId, app: &AppId, known: &Readings) {
        if std::mem::replace(&mut self.recalled, true) {
            return;
        }
        for (slot, reading) in &known.slots {
            if slot.source != *id || slot.app != *app {
                continue;
            }
            match &reading.value {
                Observation::Branches { platform, list } => {
                    for branch in &list.items {
                        let key = (platform.clone(), branch.version.clone());
                        self.branches.insert(key, branch.clone());
                    }
                }
                Observation::Builds { list, .. } => {
                    for build in &list.items {
                        if let (Some(commit), Some(missing)) = (&build.commit, &build.missing) {
                            let key = (commit.clone(), missing.head.clone());
                            self.missing.insert(key, missing.clone());
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// The next read of releases begins from the first to the last page.
    pub(super) fn forget_releases(&mut self) {
        self.releases.all_at = None;
        self.releases.at = None;
    }
}

impl Asked {
    pub(super) fn is_due(&self, shipped: bool, now: Moment, afresh: bool) -> bool {
        let running = self.suites.iter().any(|it| matches!(it.outcome, Outcome::Running));
        let beginning = self.suites.is_empty() && now - self.first < BEGINNING;
        let wait = match (shipped, running || beginning || !self.complete) {
            (true, false) => SHIPPED,
            (true, true) | (false, false) => ENDED,
            (false, true) => Span::default(),
        };
        (afresh && !shipped) || self.at > now || now - self.at >= wait
    }
}

/// A platform's heads, and which of them are looked at.
pub(super) struct Line<'a> {
    pub(super) platform: &'a Platform,
    pub(super) settings: &'a PlatformSettings,
    pub(super) heads: Vec<Head>,
    /// Versions that are looked at closely.
    pub(super) live: BTreeSet<Version>,
    /// Versions that the store serves.
    pub(super) shipped: BTreeSet<Version>,
}

impl Memory {
    /// A platform's heads as they were seen last.
    pub(super) fn heads(&self, platform: &Platform) -> Vec<Head> {
        self.branches
            .iter()
            .filter(|((it, _), _)| it == platform)
            .map(|(_, it)| Head {
                version: it.version.clone(),
                name: it.name.clone(),
                sha: it.head.clone(),
            })
            .collect()
    }

    pub(super) fn line<'a>(
        &mut self,
        platform: &'a Platform,
        settings: &'a PlatformSettings,
        heads: Vec<Head>,
        app: &AppId,
        ask: Ask<'_>,
    ) -> Line<'a> {
        let mut live: BTreeSet<Version> =
            heads.iter().rev().take(LIVE).map(|it| it.version.clone()).collect();
        for head in &heads {
            let key = (platform.clone(), head.version.clone());
            if self.branches.get(&key).is_some_and(|it| it.head != head.sha) {
                self.moved.insert(key.clone(), ask.now);
            }
            if self.moved.get(&key).is_some_and(|at| ask.now - *at < MOVED) {
                live.insert(head.version.clone());
            }
        }
        Line { platform, settings, heads, live, shipped: shipped(ask.known, app, platform) }
    }

    /// The tests of a line's live heads, and how old the oldest of those is that still moves anything. Fails
    /// if none could be asked.
    pub(super) fn tests(
        &self,
        line: &Line<'_>,
        broken: &BTreeMap<Sha, SourceError>,
    ) -> Result<(Listing<Tests>, Option<Moment>), SourceError> {
        let (mut items, mut oldest, mut fault) = (Vec::new(), None::<Moment>, None);
        let (mut complete, mut any) = (true, false);
        for head in line.heads.iter().rev().filter(|it| line.live.contains(&it.version)) {
            let Some(asked) = self.tests.get(&head.sha) else {
                complete = false;
                fault = fault.or(broken.get(&head.sha).cloned());
                // Not known is not empty: the commit is there, and nothing about it is whole.
                let (commit, suites) = (head.sha.clone(), Vec::new());
                items.push(Tests { commit, suites, complete: false, link: None });
                continue;
            };
            any = true;
            if !line.shipped.contains(&head.version) {
                oldest = Some(oldest.map_or(asked.at, |it| it.min(asked.at)));
            }
            items.push(Tests {
                commit: head.sha.clone(),
                suites: translate::that_count(&asked.suites, &line.settings.tests),
                complete: asked.complete,
                link: None,
            });
        }
        match fault {
            Some(error) if !any => Err(error),
            _ => Ok((Listing { items, complete }, oldest)),
        }
    }

    pub(super) fn commit_of(&self, release: &wire::Release) -> Option<Sha> {
        // A tag that was resolved counts more than the target, which is ignored where the tag existed.
        self.tags.get(&release.id).cloned().or_else(|| translate::target_sha(release))
    }

    pub(super) fn builds(&self, settings: &PlatformSettings) -> Vec<Build> {
        let Some(pattern) = &settings.build_tag else { return Vec::new() };
        // Where the releases are the store, a published build is where it has to be.
        let uploaded = settings.release_tag.is_some().then_some(true);
        translate::builds(&self.releases.items, pattern, uploaded, |it| self.commit_of(it))
    }

    /// Lets go of what belongs to heads that are no more.
    pub(super) fn tidy(&mut self, lines: &[Line<'_>]) {
        let heads: BTreeSet<&Sha> =
            lines.iter().flat_map(|line| line.heads.iter().map(|it| &it.sha)).collect();
        self.tests.retain(|sha, _| heads.contains(sha));
        self.no_commits.retain(|sha, _| heads.contains(sha));
        self.missing.retain(|(_, head), _| heads.contains(head));
        self.no_comparison.retain(|(_, head), _| heads.contains(head));
        let named: BTreeSet<(&Platform, &Version)> = lines
            .iter()
            .flat_map(|line| line.heads.iter().map(move |it| (line.platform, &it.version)))
            .collect();
        self.branches.retain(|(platform, version), _| named.contains(&(platform, version)));
        self.moved.retain(|(platform, version), _| named.contains(&(platform, version)));
        let releases: BTreeSet<u64> = self.releases.items.iter().map(|it| it.id).collect();
        self.tags.retain(|id, _| releases.contains(id));
    }
}

/// The versions that the store serves to people, by all that is known.
fn shipped(known: &Readings, app: &AppId, platform: &Platform) -> BTreeSet<Version> {
    let ours = || {
        known.slots.iter().filter(|(slot, _)| {
            slot.app == *app && slot.platform.as_ref().is_some_and(|it| it == platform)
        })
    };
    let mut by_build: BTreeMap<&str, &Version> = BTreeMap::new();
    for (_, reading) in ours() {
        if let Observation::Builds { list, .. } = &reading.value {
            let told =
                list.items.iter().filter_map(|it| Some((it.number.as_str(), it.version.as_ref()?)));
            by_build.extend(told);
        }
    }
    let mut versions = BTreeSet::new();
    for (_, reading) in ours() {
        let Observation::Store { list, .. } = &reading.value else { continue };
        for item in &list.items {
            let out = matches!(
                item.phase,
                Some(
                    StorePhase::RollingOut
                        | StorePhase::Halted
                        | StorePhase::Complete
                        | StorePhase::Replaced
                )
            );
            if out {
                let named = item.builds.iter().find_map(|it| by_build.get(it.as_str()).copied());
                versions.extend(named.or(item.version.as_ref()).cloned());
            }
        }
    }
    versions
}
