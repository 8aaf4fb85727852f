//! One app's read: what is asked of GitHub, and what is made of the answers and of what was known.

use super::graphql::{Branches, Checks, Tested};
use super::memory::{Asked, LIVE, Line, Memory, Releases};
use super::{AppSettings, Github, translate, wire};
use crate::http::segments;
use conductor::observation::{Branch, Build, Listing, Observation, ObservationKind, Observed, Sha};
use conductor::{AppId, Moment, Platform, Span, Version};
use futures::future::join_all;
use ports::{Answer, Ask, SourceError};
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::MutexGuard;

/// So many builds of a version, the newest, are compared with its branch.
const COMPARED: usize = 3;
/// A comparison that GitHub could not make is not asked again at once.
const NO_COMPARISON: Span = Span::minutes(30);

/// What is seen of one app in one read, from the first question to the last.
pub(super) struct Round<'a> {
    app: &'a AppId,
    pub(super) settings: &'a AppSettings,
    memory: MutexGuard<'a, Memory>,
    lines: Vec<Line<'a>>,
    releases: Option<Result<Releases, SourceError>>,
    /// Heads whose tests could not be asked.
    broken: BTreeMap<Sha, SourceError>,
    seen: Vec<Observed>,
    faults: Vec<(Option<Platform>, ObservationKind, SourceError)>,
}

impl<'a> Round<'a> {
    pub(super) fn new(
        app: &'a AppId,
        settings: &'a AppSettings,
        memory: MutexGuard<'a, Memory>,
    ) -> Self {
        Self {
            app,
            settings,
            memory,
            lines: Vec::new(),
            releases: None,
            broken: BTreeMap::new(),
            seen: Vec::new(),
            faults: Vec::new(),
        }
    }
}

impl Github {
    /// The branches with their commits, and the releases.
    pub(super) async fn look(&self, round: &mut Round<'_>, branches: &Branches, ask: Ask<'_>) {
        let Round { app, settings, memory, .. } = round;
        memory.recall(self.http.id(), app, ask.known);
        let (refs, releases) = futures::join!(
            self.all_refs(settings, branches),
            self.releases(settings, memory.releases.clone(), ask)
        );
        round.releases = Some(releases);
        for (platform, line) in &settings.platforms {
            let heads = match refs.get(line.branch.prefix()) {
                Some(Ok(refs)) => translate::heads(refs, &line.branch),
                Some(Err(error)) => {
                    let fault = (Some(platform.clone()), ObservationKind::Branches, error.clone());
                    round.faults.push(fault);
                    // The heads that were seen last can still be asked about their tests.
                    memory.heads(platform)
                }
                None => Vec::new(), // Every platform's prefix was asked for.
            };
            round.lines.push(memory.line(platform, line, heads, app, ask));
        }
        self.learn_commits(settings, memory, &round.lines, ask.now).await;
        for line in &round.lines {
            let failed = round
                .faults
                .iter()
                .any(|(platform, _, _)| platform.as_ref() == Some(line.platform));
            if !failed {
                round.seen.push(self.branches(app, settings, memory, line, ask.now));
            }
        }
    }

    /// What was learnt of the tests, and what is built and shipped.
    pub(super) async fn conclude(&self, round: Round<'_>, ask: Ask<'_>) -> Answer {
        let Round { app, settings, mut memory, lines, releases, broken, mut seen, mut faults } =
            round;
        let memory = &mut *memory;
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
            Some(Ok(releases)) => {
                memory.releases = releases;
                self.learn_tags(settings, memory, &lines).await;
                self.learn_missing(settings, memory, &lines, ask).await;
                seen.extend(self.built_and_shipped(app, settings, memory, &lines));
            }
            Some(Err(error)) => {
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
            None => {} // A round is looked at before it is concluded.
        }
        memory.tidy(&lines);
        Answer::of(app, seen, faults)
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

    /// Asks for the tests of each live head that are due: those of all apps at once where that is possible.
    pub(super) async fn learn_tests(&self, rounds: &mut [Round<'_>], ask: Ask<'_>) {
        let due: Vec<(usize, Sha, bool)> = rounds
            .iter()
            .enumerate()
            .flat_map(|(nth, round)| {
                let due = self.due_tests(round, ask);
                due.into_iter().map(move |(sha, statuses)| (nth, sha, statuses))
            })
            .collect();
        let tested = |nth: usize, sha: &Sha| {
            let repository = rounds.get(nth).map(|it| it.settings.repository.clone());
            Tested { repository: repository.unwrap_or_default(), commit: sha.clone() }
        };
        let wanted: BTreeSet<Tested> = due.iter().map(|(nth, sha, _)| tested(*nth, sha)).collect();
        let wanted: Vec<Tested> = wanted.into_iter().collect();
        let checks = match &self.graphql {
            Some(graphql) => graphql.checks(&wanted, self.statuses, ask.now).await,
            None => Checks::default(),
        };
        let settings: Vec<&AppSettings> = rounds.iter().map(|it| it.settings).collect();
        let answers = join_all(due.iter().map(|(nth, sha, statuses)| {
            let told = checks.told.get(&tested(*nth, sha)).cloned();
            let (settings, wait) = (settings.get(*nth), checks.wait.clone());
            async move {
                match (told, wait, settings) {
                    (Some((suites, statuses)), _, _) => Ok((suites, true, statuses)),
                    (None, Some(error), _) => Err(error),
                    (None, None, Some(settings)) => self.tests_of(settings, sha, *statuses).await,
                    (None, None, None) => Ok((Vec::new(), false, false)), // Each has its round.
                }
            }
        }))
        .await;
        for ((nth, sha, _), answer) in due.into_iter().zip(answers) {
            let Some(Round { memory, broken, .. }) = rounds.get_mut(nth) else { continue };
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
    }

    /// The heads of an app whose tests are due, and whether they are asked for statuses too.
    fn due_tests(&self, round: &Round<'_>, ask: Ask<'_>) -> BTreeMap<Sha, bool> {
        let memory = &round.memory;
        let mut due: BTreeMap<Sha, bool> = BTreeMap::new();
        for line in &round.lines {
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
        due
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
