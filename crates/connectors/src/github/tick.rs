//! One app's read: what is asked of GitHub, and what is remembered so that only what moved is asked.

use super::translate::{self, Head};
use super::{AppSettings, Github, PlatformSettings, wire};
use crate::http::{segment, segments};
use crate::paging::Cursors;
use conductor::facts::Readings;
use conductor::observation::{
    Branch, Build, Listing, Missing, Observation, ObservationKind, Observed, Sha, StorePhase,
    Suite, Tests,
};
use conductor::{AppId, Moment, Platform, SourceId, Span, Version};
use futures::future::join_all;
use ports::{Answer, Ask, SourceError};
use std::collections::{BTreeMap, BTreeSet};

/// So many versions of a platform, the newest, are looked at closely.
const LIVE: usize = 6;
/// So many builds of a version, the newest, are compared with its branch.
const COMPARED: usize = 3;
/// Tests that have ended are asked again every third tick: somebody may run them again. A little less
/// than 3 × 5 minutes, since ticks jitter.
const ENDED: Span = Span::minutes(13);
/// For so long a commit without any check is asked about each tick: they may just not have begun.
const BEGINNING: Span = Span::minutes(30);
/// Tests of versions that the store serves move nothing any more.
const SHIPPED: Span = Span::hours(6);
/// Releases are asked every second tick, and all of their pages four times a day.
const RELEASES: Span = Span::minutes(8);
const ALL_RELEASES: Span = Span::hours(6);
/// A comparison that GitHub could not make is not asked again at once.
const NO_COMPARISON: Span = Span::minutes(30);
/// For so long after its head moved an old version is looked at like a new one.
const MOVED: Span = Span::hours(14 * 24);
/// At most 40 × 50 releases, 10 × 100 commits of a branch, 10 × 100 checks of a commit.
const RELEASE_PAGES: usize = 40;
const PAGES: usize = 10;

/// What is remembered of an app between two reads.
#[derive(Default)]
pub(super) struct Memory {
    recalled: bool,
    branches: BTreeMap<(Platform, Version), Branch>,
    tests: BTreeMap<Sha, Asked>,
    statuses_seen: bool,
    /// Versions whose heads moved lately: they are looked at however old the version is.
    moved: BTreeMap<(Platform, Version), Moment>,
    missing: BTreeMap<(Sha, Sha), Missing>,
    no_comparison: BTreeMap<(Sha, Sha), Moment>,
    /// Heads whose commits could not be told, and when that was tried.
    no_commits: BTreeMap<Sha, Moment>,
    releases: Releases,
    tags: BTreeMap<u64, Sha>,
}

/// The tests of a commit as they were when asked.
#[derive(Clone)]
struct Asked {
    at: Moment,
    first: Moment,
    suites: Vec<Suite>,
    complete: bool,
}

#[derive(Clone, Default)]
struct Releases {
    items: Vec<wire::Release>,
    complete: bool,
    at: Option<Moment>,
    all_at: Option<Moment>,
}

impl Memory {
    /// After a start: what the last process knew of branches and builds needs no asking.
    fn recall(&mut self, id: &SourceId, app: &AppId, known: &Readings) {
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
    fn is_due(&self, shipped: bool, now: Moment, afresh: bool) -> bool {
        let running = self
            .suites
            .iter()
            .any(|it| matches!(it.outcome, conductor::observation::Outcome::Running));
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
struct Line<'a> {
    platform: &'a Platform,
    settings: &'a PlatformSettings,
    heads: Vec<Head>,
    /// Versions that are looked at closely.
    live: BTreeSet<Version>,
    /// Versions that the store serves.
    shipped: BTreeSet<Version>,
}

impl Github {
    pub(super) async fn read_app(
        &self,
        app: &AppId,
        settings: &AppSettings,
        memory: &mut Memory,
        ask: Ask<'_>,
    ) -> Answer {
        memory.recall(self.http.id(), app, ask.known);
        let mut seen = Vec::new();
        let mut faults: Vec<(Option<Platform>, ObservationKind, SourceError)> = Vec::new();

        let (refs, releases) = futures::join!(
            self.all_refs(settings),
            self.releases(settings, memory.releases.clone(), ask)
        );
        let mut lines = Vec::new();
        for (platform, line) in &settings.platforms {
            let heads = match refs.get(line.branch.prefix()) {
                Some(Ok(refs)) => translate::heads(refs, &line.branch),
                Some(Err(error)) => {
                    faults.push((Some(platform.clone()), ObservationKind::Branches, error.clone()));
                    // The heads that were seen last can still be asked about their tests.
                    memory.heads(platform)
                }
                None => Vec::new(), // Every platform's prefix was asked for.
            };
            lines.push(memory.line(platform, line, heads, app, ask));
        }

        self.learn_commits(settings, memory, &lines, ask.now).await;
        for line in &lines {
            let failed =
                faults.iter().any(|(platform, _, _)| platform.as_ref() == Some(line.platform));
            if !failed {
                seen.push(self.branches(app, settings, memory, line, ask.now));
            }
        }
        let broken = self.learn_tests(settings, memory, &lines, ask).await;
        for line in &lines {
            let unseen = faults.iter().find(|(platform, kind, _)| {
                line.heads.is_empty()
                    && platform.as_ref() == Some(line.platform)
                    && *kind == ObservationKind::Branches
            });
            if let Some((platform, _, error)) = unseen.cloned() {
                // Which commits there are is not known, so that none was tested says nothing.
                faults.push((platform, ObservationKind::Tests, error));
                continue;
            }
            match memory.tests(line, &broken) {
                Ok((list, at)) => seen.push(Observed {
                    app: app.clone(),
                    what: Observation::Tests { platform: line.platform.clone(), list },
                    observed_at: at.unwrap_or(ask.now),
                    link: self
                        .web
                        .as_ref()
                        .map(|it| format!("{it}/{}/actions", settings.repository)),
                }),
                Err(error) => {
                    faults.push((Some(line.platform.clone()), ObservationKind::Tests, error));
                }
            }
        }

        match releases {
            Ok(releases) => {
                memory.releases = releases;
                self.learn_tags(settings, memory, &lines).await;
                self.learn_missing(settings, memory, &lines, ask).await;
                seen.extend(self.built_and_shipped(app, settings, memory, &lines));
            }
            Err(error) => {
                for line in &lines {
                    let platform = Some(line.platform.clone());
                    if line.settings.build_tag.is_some() {
                        faults.push((platform.clone(), ObservationKind::Builds, error.clone()));
                    }
                    if line.settings.release_tag.is_some() {
                        faults.push((platform, ObservationKind::Store, error.clone()));
                    }
                }
            }
        }
        memory.tidy(&lines);
        match faults.first() {
            Some((_, _, error)) if seen.is_empty() => {
                Answer { app: app.clone(), seen: Err(error.clone()), faults: Vec::new() }
            }
            _ => Answer { app: app.clone(), seen: Ok(seen), faults },
        }
    }

    /// The refs for each prefix. Platforms whose prefixes share a folder share a call.
    async fn all_refs(
        &self,
        settings: &AppSettings,
    ) -> BTreeMap<String, Result<Vec<wire::Ref>, SourceError>> {
        let prefixes: BTreeSet<&str> =
            settings.platforms.values().map(|it| it.branch.prefix()).collect();
        let shared = shared_prefix(&prefixes);
        let repo = &settings.repository;
        match shared {
            Some(shared) => {
                let refs = self.refs(repo, shared).await;
                prefixes.iter().map(|it| ((*it).to_owned(), refs.clone())).collect()
            }
            None => join_all(
                prefixes.iter().map(|it| async { ((*it).to_owned(), self.refs(repo, it).await) }),
            )
            .await
            .into_iter()
            .collect(),
        }
    }

    /// Asks for the commits of each live head that moved or is new.
    async fn learn_commits(
        &self,
        settings: &AppSettings,
        memory: &mut Memory,
        lines: &[Line<'_>],
        now: Moment,
    ) {
        let wanted: BTreeSet<Sha> = lines
            .iter()
            .flat_map(|line| {
                line.heads
                    .iter()
                    .filter(|it| line.live.contains(&it.version))
                    .map(move |head| (line, head))
            })
            .filter(|(line, head)| {
                let key = (line.platform.clone(), head.version.clone());
                let before = memory.branches.get(&key).filter(|it| it.head == head.sha);
                let tried = memory.no_commits.get(&head.sha);
                before.is_none_or(|it| it.branched_at.is_none())
                    && tried.is_none_or(|at| *at > now || now - *at >= NO_COMPARISON)
            })
            .map(|(_, head)| head.sha.clone())
            .collect();
        let learnt: BTreeMap<Sha, _> = join_all(wanted.into_iter().map(|sha| async {
            let own = self.own_commits(settings, &sha).await;
            (sha, own)
        }))
        .await
        .into_iter()
        .collect();
        for (sha, own) in &learnt {
            if own.as_ref().is_none_or(|it| it.branched_at.is_none()) {
                memory.no_commits.insert(sha.clone(), now);
            }
        }
        for line in lines {
            for head in &line.heads {
                let key = (line.platform.clone(), head.version.clone());
                let before = memory.branches.get(&key);
                let stands = before.filter(|it| it.head == head.sha);
                let own = match (learnt.get(&head.sha), stands) {
                    (Some(Some(own)), _) => own.clone(),
                    (_, Some(before)) => translate::Own {
                        commits: before.commits.clone(),
                        complete: before.commits_complete,
                        branched_at: before.branched_at,
                    },
                    // Not compared, or not to be compared: the head is known, its commits are not. A later
                    // look may tell.
                    _ => translate::Own {
                        branched_at: before.and_then(|it| it.branched_at),
                        ..translate::Own::default()
                    },
                };
                let branch = Branch {
                    version: head.version.clone(),
                    name: head.name.clone(),
                    head: head.sha.clone(),
                    commits: own.commits,
                    commits_complete: own.complete,
                    branched_at: own.branched_at,
                    link: self.web.as_ref().map(|it| {
                        format!("{it}/{}/tree/{}", settings.repository, segments(&head.name))
                    }),
                };
                memory.branches.insert(key, branch);
            }
        }
    }

    /// The commits of `main...sha`, all pages. `None`: GitHub could not tell.
    async fn own_commits(&self, settings: &AppSettings, sha: &Sha) -> Option<translate::Own> {
        let repo = &settings.repository;
        let what = format!("the commits of {} in {repo}", sha.short());
        let path = format!(
            "/repos/{}/compare/{}...{}",
            segments(repo),
            segment(&settings.main),
            sha.as_str()
        );
        let mut pages: Vec<wire::Comparison> = Vec::new();
        for number in 1..=PAGES {
            let number = number.to_string();
            let query = [("per_page", "100"), ("page", number.as_str())];
            match self.http.get::<wire::Comparison>(&what, &path, &query).await {
                Ok(page) => {
                    let empty = page.value.commits.is_empty();
                    pages.push(page.value);
                    let own = translate::own_commits(&pages);
                    if own.complete || empty {
                        return Some(own);
                    }
                }
                Err(error) if pages.is_empty() => {
                    tracing::warn!(source = %self.http.id(), %error, "commits are not known");
                    return None;
                }
                Err(_) => break,
            }
        }
        Some(translate::own_commits(&pages))
    }

    fn branches(
        &self,
        app: &AppId,
        settings: &AppSettings,
        memory: &Memory,
        line: &Line<'_>,
        now: Moment,
    ) -> Observed {
        let items = line
            .heads
            .iter()
            .rev()
            .filter_map(|head| memory.branches.get(&(line.platform.clone(), head.version.clone())))
            .cloned()
            .collect();
        Observed {
            app: app.clone(),
            what: Observation::Branches {
                platform: line.platform.clone(),
                list: Listing::whole(items),
            },
            observed_at: now,
            link: self.web.as_ref().map(|it| format!("{it}/{}/branches", settings.repository)),
        }
    }

    /// Asks for the tests of each live head that are due. Returns what could not be asked.
    async fn learn_tests(
        &self,
        settings: &AppSettings,
        memory: &mut Memory,
        lines: &[Line<'_>],
        ask: Ask<'_>,
    ) -> BTreeMap<Sha, SourceError> {
        let mut due: BTreeMap<Sha, bool> = BTreeMap::new();
        for line in lines {
            for head in line.heads.iter().filter(|it| line.live.contains(&it.version)) {
                let shipped = line.shipped.contains(&head.version);
                let known = memory.tests.get(&head.sha);
                if known.is_none_or(|it| it.is_due(shipped, ask.now, ask.afresh)) {
                    // Where nobody ever posted a status, each head is asked for them once.
                    let statuses =
                        self.statuses && (memory.statuses_seen || known.is_none() || ask.afresh);
                    due.insert(head.sha.clone(), statuses);
                }
            }
        }
        let answers = join_all(due.into_iter().map(|(sha, statuses)| async move {
            let answer = self.tests_of(settings, &sha, statuses).await;
            (sha, answer)
        }))
        .await;
        let mut broken = BTreeMap::new();
        for (sha, answer) in answers {
            match answer {
                Ok((suites, complete, statuses)) => {
                    memory.statuses_seen |= statuses;
                    let first = memory.tests.get(&sha).map_or(ask.now, |it| it.first);
                    memory.tests.insert(sha, Asked { at: ask.now, first, suites, complete });
                }
                Err(error) => {
                    tracing::warn!(source = %self.http.id(), %error, "tests are not known");
                    broken.insert(sha, error);
                }
            }
        }
        broken
    }

    /// Check runs and statuses of a commit; whether they are all; whether there were statuses. By commit,
    /// never by branch: what ran on a merge queue's branch counts, what ran on a pull request does not.
    async fn tests_of(
        &self,
        settings: &AppSettings,
        sha: &Sha,
        statuses: bool,
    ) -> Result<(Vec<Suite>, bool, bool), SourceError> {
        let repo = &settings.repository;
        let path = format!("/repos/{}/commits/{}", segments(repo), sha.as_str());
        let runs_path = format!("{path}/check-runs");
        let runs_what = format!("the checks of {} in {repo}", sha.short());
        let runs = self.counted(
            &runs_what,
            &runs_path,
            &[("filter", "latest")],
            |page: wire::CheckRuns| (page.total_count, page.check_runs),
        );
        let what = format!("the statuses of {} in {repo}", sha.short());
        let contexts_path = format!("{path}/status");
        let contexts = async {
            if !statuses {
                return Ok((Vec::new(), true));
            }
            self.counted(&what, &contexts_path, &[], |page: wire::CombinedStatus| {
                (page.total_count, page.statuses)
            })
            .await
        };
        let (runs, contexts) = futures::join!(runs, contexts);
        let ((runs, all_runs), (contexts, all_contexts)) = (runs?, contexts?);
        let mut suites = translate::last_attempts(&runs);
        suites.extend(translate::contexts(&contexts));
        Ok((translate::by_name(suites), all_runs && all_contexts, !contexts.is_empty()))
    }

    /// Pages of a list that tells its total: read until so many are there, or no more come. Some servers
    /// give the whole list on each page.
    async fn counted<T: serde::de::DeserializeOwned, I>(
        &self,
        what: &str,
        path: &str,
        query: &[(&str, &str)],
        split: impl Fn(T) -> (usize, Vec<I>),
    ) -> Result<(Vec<I>, bool), SourceError> {
        let mut items = Vec::new();
        for number in 1..=PAGES {
            let number = number.to_string();
            let mut query = query.to_vec();
            query.extend([("per_page", "100"), ("page", number.as_str())]);
            let (total, page) = split(self.http.get(what, path, &query).await?.value);
            let empty = page.is_empty();
            items.extend(page);
            if items.len() >= total {
                return Ok((items, true));
            }
            if empty {
                break;
            }
        }
        Ok((items, false))
    }

    /// The releases, with what is known already kept: one page in the steady state.
    async fn releases(
        &self,
        settings: &AppSettings,
        known: Releases,
        ask: Ask<'_>,
    ) -> Result<Releases, SourceError> {
        let now = ask.now;
        let reads = settings
            .platforms
            .values()
            .any(|it| it.build_tag.is_some() || it.release_tag.is_some());
        let since =
            |at: Option<Moment>, wait: Span| at.is_none_or(|at| at > now || now - at >= wait);
        if !reads || (!ask.afresh && !since(known.at, RELEASES)) {
            return Ok(known);
        }
        let all = since(known.all_at, ALL_RELEASES);
        let repo = &settings.repository;
        let what = format!("the releases of {repo}");
        let path = format!("/repos/{}/releases", segments(repo));
        let had: BTreeSet<u64> = known.items.iter().map(|it| it.id).collect();
        let mut items: BTreeMap<u64, wire::Release> = BTreeMap::new();
        let mut order = Vec::new();
        let mut cursors = Cursors::default();
        let mut page =
            self.http.get::<Vec<wire::Release>>(&what, &path, &[("per_page", "50")]).await?;
        let complete = loop {
            let next = page.next();
            let met_known = page.value.iter().any(|it| had.contains(&it.id));
            for release in page.value {
                order.push(release.id);
                items.insert(release.id, release);
            }
            let Some(next) = next else { break true };
            if !all && met_known {
                break known.complete;
            }
            if let Err(why) = cursors.step(&next, RELEASE_PAGES) {
                tracing::warn!(source = %self.http.id(), repo, why, "not all releases were read");
                break false;
            }
            page = self.http.get_next(&what, &next).await?;
        };
        if !all {
            for release in known.items {
                order.push(release.id);
                items.entry(release.id).or_insert(release);
            }
        }
        Ok(Releases {
            items: order.into_iter().filter_map(|id| items.remove(&id)).collect(),
            complete,
            at: Some(now),
            all_at: if all { Some(now) } else { known.all_at },
        })
    }

    /// Asks for the commits of builds that were tagged by a branch's name.
    async fn learn_tags(&self, settings: &AppSettings, memory: &mut Memory, lines: &[Line<'_>]) {
        let mut wanted: BTreeMap<u64, String> = BTreeMap::new();
        for line in lines {
            let patterns = line.settings.build_tag.iter().chain(&line.settings.release_tag);
            for pattern in patterns {
                let mut count: BTreeMap<Version, usize> = BTreeMap::new();
                for release in memory.releases.items.iter().filter(|it| !it.draft) {
                    let Some(found) = pattern.find(&release.tag_name) else { continue };
                    let nth = count.entry(found.version.clone()).or_default();
                    *nth += 1;
                    if *nth <= COMPARED
                        && line.live.contains(&found.version)
                        && translate::target_sha(release).is_none()
                        && !memory.tags.contains_key(&release.id)
                    {
                        wanted.insert(release.id, release.tag_name.clone());
                    }
                }
            }
        }
        let repo = &settings.repository;
        let answers = join_all(wanted.into_iter().map(|(id, tag)| async move {
            let path =
                format!("/repos/{}/commits/{}", segments(repo), segments(&format!("tags/{tag}")));
            let what = format!("the commit of {tag} in {repo}");
            (id, self.http.get::<wire::OneCommit>(&what, &path, &[("per_page", "1")]).await)
        }))
        .await;
        for (id, answer) in answers {
            match answer {
                Ok(commit) => drop(memory.tags.insert(id, Sha::new(commit.value.sha))),
                Err(error) => {
                    tracing::warn!(source = %self.http.id(), %error, "a build's commit is not known");
                }
            }
        }
    }

    /// Asks what the newest builds of each live version lack. Two commits compare the same for ever.
    async fn learn_missing(
        &self,
        settings: &AppSettings,
        memory: &mut Memory,
        lines: &[Line<'_>],
        ask: Ask<'_>,
    ) {
        let mut wanted: BTreeSet<(Sha, Sha)> = BTreeSet::new();
        for line in lines {
            let builds = memory.builds(line.settings);
            for head in line
                .heads
                .iter()
                .filter(|it| line.live.contains(&it.version) && !line.shipped.contains(&it.version))
            {
                let ours = builds.iter().filter(|it| it.version.as_ref() == Some(&head.version));
                for commit in ours.take(COMPARED).filter_map(|it| it.commit.clone()) {
                    let pair = (commit, head.sha.clone());
                    let failed = memory.no_comparison.get(&pair).copied();
                    let waits =
                        failed.is_some_and(|at| at <= ask.now && ask.now - at < NO_COMPARISON);
                    if pair.0 == pair.1 {
                        memory.missing.insert(pair.clone(), translate::nothing_missing(&pair.1));
                    } else if !memory.missing.contains_key(&pair) && (!waits || ask.afresh) {
                        wanted.insert(pair);
                    }
                }
            }
        }
        let repo = &settings.repository;
        let answers = join_all(wanted.into_iter().map(|pair| async move {
            let what = format!("what {} lacks in {repo}", pair.0.short());
            let path = format!(
                "/repos/{}/compare/{}...{}",
                segments(repo),
                pair.0.as_str(),
                pair.1.as_str()
            );
            // The files come whole on the first page; of the commits only their number is needed.
            let answer =
                self.http.get::<wire::Comparison>(&what, &path, &[("per_page", "1")]).await;
            (pair, answer)
        }))
        .await;
        for (pair, answer) in answers {
            match answer {
                Ok(seen) => {
                    let missing = translate::missing(&pair.1, &seen.value);
                    memory.missing.insert(pair, missing);
                }
                Err(error) => {
                    tracing::warn!(source = %self.http.id(), %error, "a build could not be compared");
                    if matches!(error, SourceError::Forbidden { .. }) {
                        memory.no_comparison.insert(pair, ask.now);
                    }
                }
            }
        }
    }

    fn built_and_shipped(
        &self,
        app: &AppId,
        settings: &AppSettings,
        memory: &Memory,
        lines: &[Line<'_>],
    ) -> Vec<Observed> {
        let mut seen = Vec::new();
        let at = memory.releases.at.unwrap_or_default();
        let link = self.web.as_ref().map(|it| format!("{it}/{}/releases", settings.repository));
        for line in lines {
            let all = memory.builds(line.settings);
            let observed =
                |what| Observed { app: app.clone(), what, observed_at: at, link: link.clone() };
            if let Some(release_tag) = &line.settings.release_tag {
                let items = translate::downloads(
                    &memory.releases.items,
                    release_tag,
                    line.settings.build_tag.as_ref(),
                    &all,
                    |it| memory.commit_of(it),
                );
                let list = Listing { items, complete: memory.releases.complete };
                seen.push(observed(Observation::Store { platform: line.platform.clone(), list }));
            }
            if line.settings.build_tag.is_some() {
                let mut versions: BTreeSet<&Version> =
                    all.iter().filter_map(|it| it.version.as_ref()).collect();
                while versions.len() > LIVE {
                    versions.pop_first();
                }
                versions.extend(&line.live);
                versions.extend(&line.shipped);
                let heads: BTreeMap<&Version, &Sha> =
                    line.heads.iter().map(|it| (&it.version, &it.sha)).collect();
                let items = all
                    .iter()
                    .filter(|it| it.version.as_ref().is_some_and(|v| versions.contains(v)))
                    .map(|build| {
                        let head = build.version.as_ref().and_then(|it| heads.get(it));
                        let pair = build.commit.clone().zip(head.map(|it| (*it).clone()));
                        let missing = pair.and_then(|it| memory.missing.get(&it).cloned());
                        Build { missing, ..build.clone() }
                    })
                    .collect();
                let list = Listing { items, complete: memory.releases.complete };
                seen.push(observed(Observation::Builds { platform: line.platform.clone(), list }));
            }
        }
        seen
    }
}

impl Memory {
    /// A platform's heads as they were seen last.
    fn heads(&self, platform: &Platform) -> Vec<Head> {
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

    fn line<'a>(
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
    fn tests(
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

    fn commit_of(&self, release: &wire::Release) -> Option<Sha> {
        // A tag that was resolved counts more than the target, which is ignored where the tag existed.
        self.tags.get(&release.id).cloned().or_else(|| translate::target_sha(release))
    }

    fn builds(&self, settings: &PlatformSettings) -> Vec<Build> {
        let Some(pattern) = &settings.build_tag else { return Vec::new() };
        // Where the releases are the store, a published build is where it has to be.
        let uploaded = settings.release_tag.is_some().then_some(true);
        translate::builds(&self.releases.items, pattern, uploaded, |it| self.commit_of(it))
    }

    /// Lets go of what belongs to heads that are no more.
    fn tidy(&mut self, lines: &[Line<'_>]) {
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

/// The folder that all prefixes share, if one call can ask for all of them.
fn shared_prefix<'a>(prefixes: &BTreeSet<&'a str>) -> Option<&'a str> {
    let (first, last) = (*prefixes.first()?, *prefixes.last()?);
    if first == last {
        return Some(first);
    }
    // Sorted: what the first and the last share, all between share too.
    let same = first.bytes().zip(last.bytes()).take_while(|(a, b)| a == b).count();
    let folder = first.get(..same)?.rfind('/')?;
    first.get(..=folder)
}
