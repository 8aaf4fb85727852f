//! Is my change in? Which branches, builds and candidates carry a commit, by what git was asked: yes and no only where that
//! proves it. A branch lists the commits since it left the main branch; what it took along from there is not listed.

use super::{Shelf, Train};
use crate::observation::{Branch, Build, Commit, Missing, Sha};
use crate::reading::Fact;
use crate::track::{LineId, TrackId};
use std::collections::{BTreeMap, BTreeSet};

/// Fewer characters of a commit's name could be anything.
const SHORTEST: usize = 7;

/// The most builds that are told of a train.
const BUILDS: usize = 8;

/// A commit, and what carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The commit; without a title where only its name is known.
    pub commit: Commit,
    /// The trains of each line that lists it, newest version first.
    pub places: Vec<Place>,
}

/// A train that may carry it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which.
    pub track: TrackId,
    /// `Music Android 9.1.24`.
    pub title: String,
    /// What it waits for.
    pub headline: String,
    /// Whether its release branch has it.
    pub branch: Carries,
    /// Its builds, newest first.
    pub builds: Vec<Under>,
}

/// A build that may carry it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Under {
    /// The build's number.
    pub number: String,
    /// Whether it is the release candidate.
    pub is_candidate: bool,
    /// Whether it carries it.
    pub carries: Carries,
}

/// Whether something carries a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carries {
    /// It does.
    Yes,
    /// It does not, and why that is certain.
    No(String),
    /// Nobody can tell from what is listed, and why.
    NotKnown(String),
}

/// Whether it may be a commit's name, or its beginning.
pub(super) fn is_commit(needle: &str) -> bool {
    (SHORTEST..=64).contains(&needle.len()) && needle.bytes().all(|it| it.is_ascii_hexdigit())
}

/// What a commit's title may name: a bug's key as `mus-4471`, or a pull request as `#812`.
pub(super) fn mention(needle: &str) -> Option<&str> {
    let digits = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    let is_key = needle.rsplit_once('-').is_some_and(|(project, number)| {
        digits(number)
            && project.starts_with(|it: char| it.is_ascii_alphabetic())
            && project.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
    });
    let is_pull = needle.strip_prefix('#').is_some_and(digits);
    (is_key || is_pull).then_some(needle)
}

/// Whether a title names it as a word of its own: `MUS-44` is not in `MUS-447`.
fn names(title: &str, mention: &str) -> bool {
    let title = title.to_lowercase();
    title.match_indices(mention).any(|(at, _)| {
        let before = title.get(..at).and_then(|it| it.chars().next_back());
        let after = title.get(at + mention.len()..).and_then(|it| it.chars().next());
        let is_part = |it: char| it.is_alphanumeric() || it == '_';
        before.is_none_or(|it| !is_part(it) && it != '-') && after.is_none_or(|it| !is_part(it))
    })
}

/// The commits that are asked for, newest first where that is known.
pub(super) fn find(needle: &str, mention: Option<&str>, shelf: &Shelf<'_>) -> Vec<Change> {
    let by_name = is_commit(needle);
    if !by_name && mention.is_none() {
        return Vec::new();
    }
    let is_asked = |commit: &Commit| {
        (by_name && commit.sha.as_str().starts_with(needle))
            || mention.is_some_and(|it| names(&commit.title, it))
    };
    // The fullest account of each commit, and the lines on which it was seen.
    let mut found: BTreeMap<Sha, (Commit, BTreeSet<LineId>)> = BTreeMap::new();
    for train in &shelf.trains {
        for commit in commits(train).into_iter().filter(&is_asked) {
            let (known, lines) = found
                .entry(commit.sha.clone())
                .or_insert_with(|| (commit.clone(), BTreeSet::new()));
            if known.title.is_empty() {
                *known = commit;
            }
            lines.insert(train.id.line());
        }
    }
    let mut changes: Vec<Change> = found
        .into_values()
        .map(|(commit, lines)| Change { places: places(&commit.sha, &lines, shelf), commit })
        .collect();
    changes.sort_by_key(|it| std::cmp::Reverse(it.commit.at));
    changes
}

/// All commits that are known by name around a train.
fn commits(train: &Train<'_>) -> Vec<Commit> {
    let bare = |sha: &Sha| Commit {
        sha: sha.clone(),
        title: String::new(),
        author: None,
        at: None,
        link: None,
    };
    let branch = train.facts.branch.last().and_then(|it| it.value.as_ref());
    let builds = train.facts.builds.last().map_or(&[][..], |it| it.value.as_slice());
    let behind = train.facts.backmerge.last().map_or(&[][..], |it| it.value.commits.as_slice());
    let listed = branch.into_iter().flat_map(|it| &it.commits).chain(behind).cloned();
    let heads = branch.into_iter().map(|it| bare(&it.head));
    let built = builds.iter().filter_map(|it| it.commit.as_ref()).map(bare);
    let marked = train.people.candidates.iter().map(|it| bare(&it.commit));
    listed.chain(heads).chain(built).chain(marked).collect()
}

fn places(sha: &Sha, lines: &BTreeSet<LineId>, shelf: &Shelf<'_>) -> Vec<Place> {
    let mut places: Vec<Place> = shelf
        .trains
        .iter()
        .filter(|it| lines.contains(&it.id.line()))
        .map(|train| {
            let is_off_main = shelf.trains.iter().any(|it| {
                it.id.app == train.id.app
                    && lacked_by_main(it).is_some_and(|list| list.iter().any(|it| it.sha == *sha))
            });
            place(sha, train, is_off_main)
        })
        .collect();
    places.sort_by(|a, b| {
        let line = |it: &Place| it.track.line();
        line(a).cmp(&line(b)).then_with(|| b.track.version.cmp(&a.track.version))
    });
    places
}

/// The commits of a train's branch that the main branch lacks, where that is known now.
fn lacked_by_main<'a>(train: &Train<'a>) -> Option<&'a [Commit]> {
    Some(train.facts.backmerge.known()?.value.commits.as_slice())
}

fn place(sha: &Sha, train: &Train<'_>, is_off_main: bool) -> Place {
    let branch = on_branch(sha, &train.facts.branch, is_off_main);
    let candidate = train.people.candidate().map(|it| it.build.as_str());
    let builds = train.facts.builds.last().map_or(&[][..], |it| it.value.as_slice());
    let told = builds
        .iter()
        .enumerate()
        .filter(|(index, it)| *index < BUILDS || Some(it.number.as_str()) == candidate);
    let of = train.facts.branch.known().and_then(|it| it.value.as_ref());
    Place {
        track: train.id.clone(),
        title: train.title.to_owned(),
        headline: train.headline.to_owned(),
        builds: told
            .map(|(_, build)| Under {
                number: build.number.clone(),
                is_candidate: Some(build.number.as_str()) == candidate,
                carries: in_build(sha, build, of, &branch),
            })
            .collect(),
        branch,
    }
}

fn on_branch(sha: &Sha, fact: &Fact<Option<Branch>>, is_off_main: bool) -> Carries {
    let Some(reading) = fact.known() else {
        let source = fact.source().map_or("no source", |it| it.as_str());
        return Carries::NotKnown(format!("{source} does not tell of its branch now"));
    };
    let Some(branch) = &reading.value else {
        return Carries::No("it has no release branch".to_owned());
    };
    if branch.head == *sha || position(branch, sha).is_some() {
        return Carries::Yes;
    }
    let listed = branch.commits.len();
    match (branch.commits_complete, listed) {
        (_, 0) => Carries::NotKnown(format!("the commits of {} were not read", branch.name)),
        (false, _) => Carries::NotKnown(format!(
            "only the newest {listed} commits of {} are listed",
            branch.name
        )),
        // It is not on the main branch even now, so no branch took it along from there.
        (true, _) if is_off_main => {
            Carries::No(format!("{} does not list it, and the main branch lacks it", branch.name))
        }
        (true, _) => Carries::NotKnown(format!(
            "{} does not list it among its own commits; what it took along from the main branch is not listed",
            branch.name
        )),
    }
}

/// How many listed commits are newer. The list has no commit before those that build on it.
fn position(branch: &Branch, sha: &Sha) -> Option<usize> {
    branch.commits.iter().position(|it| it.sha == *sha)
}

fn in_build(sha: &Sha, build: &Build, branch: Option<&Branch>, on_branch: &Carries) -> Carries {
    let not_known = |why: &str| Carries::NotKnown(why.to_owned());
    let Some(commit) = &build.commit else { return not_known("its commit is not told") };
    if commit == sha {
        return Carries::Yes;
    }
    let Some(branch) = branch else { return not_known("its branch is not known") };
    // What git said counts only against the branch as it is.
    let missing = build.missing.as_ref().filter(|it| it.head == branch.head);
    if missing.is_some_and(|it| !it.on_branch) {
        return not_known("its commit is no longer on the branch");
    }
    let built = position(branch, commit);
    let is_of_branch = *commit == branch.head || built.is_some() || missing.is_some();
    match on_branch {
        Carries::NotKnown(_) => not_known("it is not known of the branch"),
        Carries::No(_) if is_of_branch => Carries::No("its branch does not have it".to_owned()),
        Carries::No(_) => not_known("git did not say where its commit stands"),
        Carries::Yes if *commit == branch.head || missing.is_some_and(|it| it.commits == 0) => {
            Carries::Yes
        }
        Carries::Yes => behind_head(position(branch, sha), built, missing, branch),
    }
}

/// A build behind the head of its branch. That a commit stands after the build's in the list proves nothing where
/// branches were merged; but if git counts as many commits missing as stand before it, those are the missing ones.
fn behind_head(
    asked: Option<usize>,
    built: Option<usize>,
    missing: Option<&Missing>,
    branch: &Branch,
) -> Carries {
    let counted = missing.and_then(|it| usize::try_from(it.commits).ok());
    let older = || Carries::No("it was made from an older commit".to_owned());
    match (asked, built, counted) {
        (Some(asked), Some(built), _) if asked < built => older(),
        (Some(_), Some(built), Some(counted)) if counted == built => Carries::Yes,
        (Some(_), None, Some(counted))
            if branch.commits_complete && counted >= branch.commits.len() =>
        {
            older()
        }
        // The head itself: the build lacks something, and so at least the head.
        (None | Some(0), _, Some(counted)) if counted > 0 => older(),
        _ => Carries::NotKnown("git did not say which commits it lacks".to_owned()),
    }
}

/// The trains whose commits are not listed, or not to the end, by title.
pub(super) fn cut_lists(shelf: &Shelf<'_>) -> Vec<String> {
    let is_cut = |it: &&Train<'_>| match it.facts.branch.known() {
        Some(reading) => {
            reading.value.as_ref().is_some_and(|it| !it.commits_complete || it.commits.is_empty())
        }
        None => true,
    };
    shelf.trains.iter().filter(is_cut).map(|it| it.title.to_owned()).collect()
}
