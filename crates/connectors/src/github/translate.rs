//! From GitHub's words to ours. Pure: each oddity of the vendor is one test.

use super::wire;
use crate::pattern::Pattern;
use conductor::observation::{
    Build, Commit, InStore, Missing, Outcome, Sha, Share, StorePhase, Suite,
};
use conductor::{Moment, Person, Version};
use std::collections::{BTreeMap, BTreeSet};

/// GitHub lists so many files of a comparison and no more: exactly so many cannot be told from more.
const FILES: usize = 300;

/// A branch whose name carries a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub version: Version,
    pub name: String,
    pub sha: Sha,
}

/// The release branches among refs, oldest version first.
pub(super) fn heads(refs: &[wire::Ref], pattern: &Pattern) -> Vec<Head> {
    let mut heads: Vec<Head> = refs
        .iter()
        .filter_map(|it| {
            let name = it.name.strip_prefix("refs/heads/")?;
            let version = pattern.find(name)?.version;
            Some(Head { version, name: name.to_owned(), sha: Sha::new(&it.object.sha) })
        })
        .collect();
    heads.sort_by(|a, b| a.version.cmp(&b.version));
    heads.dedup_by(|a, b| a.version == b.version);
    heads
}

/// The commits that a branch has of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Own {
    /// Newest first.
    pub commits: Vec<Commit>,
    pub complete: bool,
    pub branched_at: Option<Moment>,
}

/// From all pages of `main...branch`, in order.
pub(super) fn own_commits(pages: &[wire::Comparison]) -> Own {
    let Some(first) = pages.first() else { return Own::default() };
    let mut commits: Vec<Commit> =
        pages.iter().flat_map(|page| page.commits.iter().map(commit)).collect();
    let mut seen = BTreeSet::new();
    commits.retain(|it| seen.insert(it.sha.clone()));
    let total = first.total_commits.unwrap_or(first.ahead_by as usize);
    let base = first.merge_base_commit.as_ref().and_then(|it| commit(it).at);
    let complete = commits.len() >= total;
    // Of a list that was cut the first commit is still the oldest: GitHub lists oldest first.
    let branched_at = commits.first().and_then(|it| it.at).or(base);
    commits.reverse();
    Own { commits, complete, branched_at }
}

fn commit(row: &wire::CommitRow) -> Commit {
    let text = row.commit.as_ref();
    let author = text.and_then(|it| it.author.as_ref());
    let committer = text.and_then(|it| it.committer.as_ref()).or(author);
    Commit {
        sha: Sha::new(&row.sha),
        title: text.and_then(|it| it.message.lines().next()).unwrap_or_default().to_owned(),
        author: author.and_then(|it| it.name.as_ref()).map(Person::new),
        at: committer.and_then(|it| moment(it.date.as_deref())),
        link: row.html_url.clone(),
    }
}

/// What a branch's head has that a build lacks, from `build...head`.
pub(super) fn missing(head: &Sha, seen: &wire::Comparison) -> Missing {
    let on_branch = matches!(seen.status.as_str(), "identical" | "ahead");
    let areas = seen.files.as_ref().filter(|files| files.len() < FILES).map(|files| {
        let paths =
            files.iter().flat_map(|it| std::iter::once(&it.filename).chain(&it.previous_filename));
        paths.map(|path| area(path)).collect::<BTreeSet<String>>().into_iter().collect()
    });
    Missing { head: head.clone(), commits: seen.ahead_by, on_branch, areas }
}

/// A build made of the head itself lacks nothing.
pub(super) fn nothing_missing(head: &Sha) -> Missing {
    Missing { head: head.clone(), commits: 0, on_branch: true, areas: Some(Vec::new()) }
}

/// The top folder of a path; `(root)` for a file at the top.
fn area(path: &str) -> String {
    path.split_once('/').map_or("(root)", |it| it.0).to_owned()
}

/// The last attempt of each check of each app. Which attempt is the last is told by when it began; one
/// that has not begun yet is the newest. Neither ids nor ends tell: a run may be called off late.
pub(super) fn last_attempts(runs: &[wire::CheckRun]) -> Vec<Suite> {
    let mut last: BTreeMap<(Option<u64>, &str), &wire::CheckRun> = BTreeMap::new();
    let order = |run: &wire::CheckRun| {
        let began = moment(run.started_at.as_deref());
        (began.is_none(), began, run.check_suite.and_then(|it| it.id), run.id)
    };
    for run in runs {
        let key = (run.app.and_then(|it| it.id), run.name.as_str());
        match last.get(&key) {
            Some(known) if order(known) >= order(run) => {}
            _ => drop(last.insert(key, run)),
        }
    }
    last.into_values()
        .map(|run| Suite {
            name: run.name.clone(),
            outcome: outcome(&run.status, run.conclusion.as_deref()),
            link: run.html_url.clone(),
        })
        .collect()
}

/// GitHub's words for a check run, one by one: a word that is not here is passed on as it is.
fn outcome(status: &str, conclusion: Option<&str>) -> Outcome {
    let end = match status {
        "completed" => conclusion.unwrap_or(status),
        "queued" | "in_progress" | "waiting" | "requested" | "pending" => return Outcome::Running,
        word => return Outcome::Other(word.to_owned()),
    };
    match end {
        "success" => Outcome::Passed,
        "failure" | "timed_out" | "action_required" | "startup_failure" => Outcome::Failed,
        "skipped" | "neutral" => Outcome::Skipped,
        "cancelled" | "stale" => Outcome::Cancelled,
        word => Outcome::Other(word.to_owned()),
    }
}

/// The newest status of each context. The combined state is not looked at: it says pending where there are
/// none.
pub(super) fn contexts(statuses: &[wire::Status]) -> Vec<Suite> {
    let outcome = |state: &str| match state {
        "success" => Outcome::Passed,
        "failure" | "error" => Outcome::Failed,
        "pending" => Outcome::Running,
        word => Outcome::Other(word.to_owned()),
    };
    statuses
        .iter()
        .map(|it| Suite {
            name: it.context.clone(),
            outcome: outcome(&it.state),
            link: it.target_url.clone(),
        })
        .collect()
}

/// One suite for each name, ordered by name; the worst counts where two things share a name.
pub(super) fn by_name(suites: Vec<Suite>) -> Vec<Suite> {
    let worse = |it: &Outcome| match it {
        Outcome::Failed => 5,
        Outcome::Running => 4,
        Outcome::Other(_) => 3,
        Outcome::Cancelled => 2,
        Outcome::Skipped => 1,
        Outcome::Passed => 0,
    };
    let mut named: BTreeMap<String, Suite> = BTreeMap::new();
    for suite in suites {
        match named.get(&suite.name) {
            Some(known) if worse(&known.outcome) >= worse(&suite.outcome) => {}
            _ => drop(named.insert(suite.name.clone(), suite)),
        }
    }
    named.into_values().collect()
}

/// The suites that count. One that settings name and nothing reported is there all the same: what never
/// began must be missed.
pub(super) fn that_count(suites: &[Suite], named: &[String]) -> Vec<Suite> {
    if named.is_empty() {
        return suites.to_vec();
    }
    // A commit on which nothing reported has no suites at all, rather than a row of absent ones.
    if suites.is_empty() {
        return Vec::new();
    }
    let silent = |name: &String| Suite {
        name: name.clone(),
        outcome: Outcome::Other("has not reported".to_owned()),
        link: None,
    };
    let mut out: Vec<Suite> = named
        .iter()
        .map(|name| {
            suites.iter().find(|it| it.name == *name).cloned().unwrap_or_else(|| silent(name))
        })
        .collect();
    out.sort_by(|a, b| a.name.cmp(&b.name));
    out.dedup_by(|a, b| a.name == b.name);
    out
}

/// The builds among releases, newest first. `commit` gives the commit of a release where it is known.
pub(super) fn builds(
    releases: &[wire::Release],
    pattern: &Pattern,
    uploaded: Option<bool>,
    commit: impl Fn(&wire::Release) -> Option<Sha>,
) -> Vec<Build> {
    let mut builds: Vec<Build> = releases
        .iter()
        .filter_map(|it| {
            let found = pattern.find(&it.tag_name)?;
            Some(Build {
                version: Some(found.version),
                number: found.build?,
                commit: commit(it),
                // A draft is still being put together.
                verified: (!it.draft).then_some(true),
                uploaded: if it.draft { None } else { uploaded },
                made_at: moment(it.published_at.as_deref()).or(moment(it.created_at.as_deref())),
                missing: None,
                link: it.html_url.clone(),
            })
        })
        .collect();
    builds.sort_by(|a, b| {
        b.made_at.cmp(&a.made_at).then_with(|| number(&b.number).cmp(&number(&a.number)))
    });
    builds
}

/// Numbers as numbers: 11 after 9.
fn number(text: &str) -> (u64, &str) {
    (text.parse().unwrap_or(0), text)
}

/// What the download page has: the releases that are named as such and are no builds.
pub(super) fn downloads(
    releases: &[wire::Release],
    release_tag: &Pattern,
    build_tag: Option<&Pattern>,
    builds: &[Build],
    commit: impl Fn(&wire::Release) -> Option<Sha>,
) -> Vec<InStore> {
    let is_build = |tag: &str| build_tag.is_some_and(|it| it.find(tag).is_some());
    let mut items: Vec<InStore> = releases
        .iter()
        .filter(|it| !is_build(&it.tag_name))
        .filter_map(|it| {
            let found = release_tag.find(&it.tag_name)?;
            let public = !it.draft && !it.prerelease;
            let made_of = commit(it);
            let numbers = builds
                .iter()
                .filter(|b| made_of.is_some() && b.commit == made_of)
                .filter(|b| b.version.as_ref() == Some(&found.version))
                .map(|b| b.number.clone());
            Some(InStore {
                builds: found.build.into_iter().chain(numbers).collect(),
                version: Some(found.version),
                name: it.name.clone().filter(|n| !n.is_empty()).unwrap_or(it.tag_name.clone()),
                phase: Some(if public { StorePhase::Complete } else { StorePhase::Draft }),
                asked: public.then_some(Share::ALL),
                served: Some(if public { Share::ALL } else { Share::NONE }),
                since: if public { moment(it.published_at.as_deref()) } else { None },
                phased: None,
                by_hand: None,
                phased_ready: None,
                note: None,
                link: it.html_url.clone(),
            })
        })
        .collect();
    items.sort_by(|a, b| b.version.cmp(&a.version));
    items
}

/// Whether a release's target is a commit and not a branch's name.
pub(super) fn target_sha(release: &wire::Release) -> Option<Sha> {
    let text = &release.target_commitish;
    let sha = text.len() == 40 && text.bytes().all(|it| it.is_ascii_hexdigit());
    sha.then(|| Sha::new(text))
}

pub(super) fn moment(text: Option<&str>) -> Option<Moment> {
    Moment::parse(text?).ok()
}
