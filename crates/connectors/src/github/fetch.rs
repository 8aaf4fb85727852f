//! Asking GitHub: each function is one question, with all its pages.

use super::graphql::{Branches, Listed};
use super::memory::Releases;
use super::tick::Round;
use super::{AppSettings, Github, translate, wire};
use crate::http::{segment, segments};
use crate::paging::Cursors;
use conductor::observation::{Sha, Suite};
use conductor::{Moment, Span};
use futures::future::join_all;
use ports::{Ask, SourceError};
use std::collections::{BTreeMap, BTreeSet};

/// Releases are asked every second tick, and all of their pages four times a day.
const RELEASES: Span = Span::minutes(8);
const ALL_RELEASES: Span = Span::hours(6);
/// At most 40 × 50 releases, 10 × 100 commits of a branch, 10 × 100 checks of a commit.
const RELEASE_PAGES: usize = 40;
const PAGES: usize = 10;

impl Github {
    /// The branches of all apps, as far as they can be asked for at once.
    pub(super) async fn branches_at_once(&self, rounds: &[Round<'_>], now: Moment) -> Branches {
        let Some(graphql) = &self.graphql else { return Branches::new() };
        let wanted = rounds.iter().flat_map(|round| {
            asked_prefixes(round.settings).into_iter().map(|prefix| Listed {
                repository: round.settings.repository.clone(),
                prefix: prefix.to_owned(),
            })
        });
        let wanted: BTreeSet<Listed> = wanted.collect();
        graphql.branches(wanted.into_iter().collect(), now).await
    }

    /// The refs for each prefix: those that are known already, and the others by REST. Platforms whose prefixes
    /// share a folder share a call.
    pub(super) async fn all_refs(
        &self,
        settings: &AppSettings,
        known: &Branches,
    ) -> BTreeMap<String, Result<Vec<wire::Ref>, SourceError>> {
        let repo = &settings.repository;
        let ask = |prefix: &str| {
            let listed = Listed { repository: repo.clone(), prefix: prefix.to_owned() };
            async move {
                match known.get(&listed) {
                    Some(refs) => Ok(refs.clone()),
                    None => self.refs(repo, &listed.prefix).await,
                }
            }
        };
        let asked = asked_prefixes(settings);
        let answers = join_all(asked.iter().map(|it| ask(it))).await;
        let of = |prefix: &str| {
            let mut both = asked.iter().zip(&answers);
            both.find(|(it, _)| prefix.starts_with(**it)).map(|(_, answer)| answer.clone())
        };
        prefixes(settings).into_iter().filter_map(|it| Some((it.to_owned(), of(it)?))).collect()
    }

    /// The commits of `main...sha`, all pages. `None`: GitHub could not tell.
    pub(super) async fn own_commits(
        &self,
        settings: &AppSettings,
        sha: &Sha,
    ) -> Option<translate::Own> {
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

    /// Check runs and statuses of a commit; whether they are all; whether there were statuses. By commit,
    /// never by branch: what ran on a merge queue's branch counts, what ran on a pull request does not.
    pub(super) async fn tests_of(
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
    pub(super) async fn counted<T: serde::de::DeserializeOwned, I>(
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
    pub(super) async fn releases(
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
            page = self.http.next_page(&what, &next).await?;
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
}

fn prefixes(settings: &AppSettings) -> BTreeSet<&str> {
    settings.platforms.values().map(|it| it.branch.prefix()).collect()
}

/// What is asked for: the folder that all prefixes share, or each of them.
fn asked_prefixes(settings: &AppSettings) -> BTreeSet<&str> {
    let prefixes = prefixes(settings);
    match shared_prefix(&prefixes) {
        Some(shared) => BTreeSet::from([shared]),
        None => prefixes,
    }
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
