//! Looking for something by a few words: a version, an app, a bug's key, a commit, a person. Over what the board was made
//! from and nothing else, so that no source is asked; what is not listed there is said to be not known, never absent.

use crate::app::App;
use crate::board::Stray;
use crate::facts::Facts;
use crate::lamp::Signal;
use crate::observation::Bug;
use crate::people::Interventions;
use crate::track::{AppId, TrackId};
use std::collections::BTreeMap;

mod change;
mod people;

pub use change::{Carries, Change, Place, Under};
pub use people::{Known, Tie};

/// The most characters that are looked for; a question that is longer is cut, and says so.
pub const LONGEST: usize = 200;

/// The most hits of a kind that are told; how many more there are is told too.
pub const MOST: usize = 40;

/// A train as it is searched.
#[derive(Clone, Copy, Debug)]
pub struct Train<'a> {
    /// Which.
    pub id: &'a TrackId,
    /// `Music Android 9.1.24`.
    pub title: &'a str,
    /// What it waits for.
    pub headline: &'a str,
    /// Whose move it is.
    pub waits_on: &'a [crate::Person],
    /// The signal before its next station.
    pub signal: Signal,
    /// Its app.
    pub app: &'a App,
    /// What is known of it.
    pub facts: &'a Facts,
    /// What people said of it.
    pub people: &'a Interventions,
}

/// All that is searched.
#[derive(Clone, Debug, Default)]
pub struct Shelf<'a> {
    /// Apps in the order of the settings: short name and name.
    pub apps: Vec<(&'a AppId, &'a str)>,
    /// All trains that are decided.
    pub trains: Vec<Train<'a>>,
    /// Bugs on no train.
    pub strays: &'a [Stray],
}

/// A train that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Which.
    pub track: TrackId,
    /// `Music Android 9.1.24`.
    pub title: String,
    /// What it waits for.
    pub headline: String,
    /// Its signal.
    pub signal: Signal,
    /// By which build's number it was found, if by that.
    pub build: Option<String>,
}

/// A bug that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The bug.
    pub bug: Bug,
    /// Its app.
    pub app: AppId,
    /// The trains that it rides on, with their titles.
    pub rides: Vec<(TrackId, String)>,
    /// Whether the question was its key.
    pub is_exact: bool,
}

/// What was found, the best first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// What was looked for, fit for one line.
    pub asked: String,
    /// Whether only the beginning of a long question was looked for.
    pub was_cut: bool,
    /// Apps by their names: short name and name.
    pub apps: Vec<(AppId, String)>,
    /// Trains, newest version first.
    pub tracks: Vec<Hit>,
    /// Whether the question names each of these trains wholly, and is not only a part of their names.
    pub is_exact: bool,
    /// Bugs by key or title.
    pub bugs: Vec<Found>,
    /// Commits by name, by the key of a bug or by the number of a pull request in their titles, with what carries them.
    pub changes: Vec<Change>,
    /// Whether the question could be a commit's name, or names a bug or a pull request: so that finding no commit is told.
    pub asks_for_change: bool,
    /// Trains whose commits are not listed to the end, by title: a commit may be there all the same.
    pub cut_lists: Vec<String>,
    /// People by name.
    pub people: Vec<Known>,
    /// How many hits are not told.
    pub left_out: usize,
}

impl Answer {
    /// The train, if the question names exactly one and nothing else.
    pub fn only_track(&self) -> Option<&TrackId> {
        let alone = self.is_exact
            && self.apps.is_empty()
            && self.bugs.is_empty()
            && self.changes.is_empty()
            && self.people.is_empty();
        match self.tracks.as_slice() {
            [only] if alone && only.build.is_none() => Some(&only.track),
            _ => None,
        }
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.apps.is_empty()
            && self.tracks.is_empty()
            && self.bugs.is_empty()
            && self.changes.is_empty()
            && self.people.is_empty()
    }
}

/// Looks for what is asked. Capital or small letters are the same.
pub fn find(question: &str, shelf: &Shelf<'_>) -> Answer {
    let words: Vec<&str> = question.split_whitespace().collect();
    let whole = words.join(" ");
    let asked: String = whole.chars().take(LONGEST).collect();
    let mut answer = Answer { was_cut: asked.len() < whole.len(), ..Answer::default() };
    let needle = asked.to_lowercase();
    answer.asked = asked;
    if needle.is_empty() {
        return answer;
    }
    // A single letter is in everything; a single digit may be a version.
    let is_word = needle.chars().nth(1).is_some();
    answer.apps = shelf
        .apps
        .iter()
        .filter(|(id, name)| {
            id.as_str().eq_ignore_ascii_case(&needle)
                || (is_word && name.to_lowercase().contains(&needle))
        })
        .map(|(id, name)| ((*id).clone(), (*name).to_owned()))
        .collect();
    (answer.tracks, answer.is_exact) = tracks(&needle, is_word, shelf);
    answer.bugs = bugs(&needle, shelf);
    let mention = change::mention(&needle);
    answer.changes = change::find(&needle, mention, shelf);
    answer.asks_for_change =
        mention.is_some() || change::is_commit(&needle) || answer.bugs.iter().any(|it| it.is_exact);
    if answer.asks_for_change {
        answer.cut_lists = change::cut_lists(shelf);
    }
    answer.people = if is_word { people::find(&needle, shelf) } else { Vec::new() };
    answer.left_out = cut(&mut answer.apps)
        + cut(&mut answer.tracks)
        + cut(&mut answer.bugs)
        + cut(&mut answer.changes)
        + cut(&mut answer.people);
    answer
}

/// Leaves no more than [`MOST`], and tells how many went.
fn cut<T>(list: &mut Vec<T>) -> usize {
    let more = list.len().saturating_sub(MOST);
    list.truncate(MOST);
    more
}

/// Trains that the question names wholly, by version, title or address; where there is none, those whose names hold all of
/// its words, or that have a build of that number.
fn tracks(needle: &str, is_word: bool, shelf: &Shelf<'_>) -> (Vec<Hit>, bool) {
    let version = needle.strip_prefix('v').unwrap_or(needle);
    let address = needle.strip_prefix("/apps/").unwrap_or(needle);
    let is_named = |it: &&Train<'_>| {
        it.id.version.as_str().eq_ignore_ascii_case(version)
            || it.title.to_lowercase() == needle
            || it.id.to_string().to_lowercase() == address
    };
    let mut named: Vec<Hit> =
        shelf.trains.iter().filter(is_named).map(|it| hit(it, None)).collect();
    let is_exact = !named.is_empty();
    if !is_exact && is_word {
        let holds = |it: &&Train<'_>| {
            let title = it.title.to_lowercase();
            needle.split(' ').all(|word| title.contains(word))
        };
        named = shelf.trains.iter().filter(holds).map(|it| hit(it, None)).collect();
    }
    for train in &shelf.trains {
        let builds = train.facts.builds.last().map_or(&[][..], |it| it.value.as_slice());
        let build = builds.iter().find(|it| it.number.eq_ignore_ascii_case(needle));
        if let Some(build) = build
            && named.iter().all(|it| it.track != *train.id)
        {
            named.push(hit(train, Some(build.number.clone())));
        }
    }
    named.sort_by(|a, b| b.track.version.cmp(&a.track.version).then_with(|| a.track.cmp(&b.track)));
    (named, is_exact)
}

fn hit(train: &Train<'_>, build: Option<String>) -> Hit {
    Hit {
        track: train.id.clone(),
        title: train.title.to_owned(),
        headline: train.headline.to_owned(),
        signal: train.signal,
        build,
    }
}

/// Bugs by key, or by words of four letters or more in their titles; those that the question names by key first.
fn bugs(needle: &str, shelf: &Shelf<'_>) -> Vec<Found> {
    let is_long = needle.chars().count() >= 4;
    let hits = |bug: &Bug| {
        bug.key.eq_ignore_ascii_case(needle)
            || (is_long && bug.title.to_lowercase().contains(needle))
    };
    let mut found: BTreeMap<(AppId, String), Found> = BTreeMap::new();
    let mut take = |app: &AppId, bug: &Bug, ride: Option<(TrackId, String)>| {
        if hits(bug) {
            let entry = found.entry((app.clone(), bug.key.clone()));
            let known = entry.or_insert_with(|| Found {
                is_exact: bug.key.eq_ignore_ascii_case(needle),
                bug: bug.clone(),
                app: app.clone(),
                rides: Vec::new(),
            });
            known.rides.extend(ride);
        }
    };
    for train in &shelf.trains {
        let list = train.facts.bugs.last().map_or(&[][..], |it| it.value.list.as_slice());
        for bug in list {
            take(&train.id.app, bug, Some((train.id.clone(), train.title.to_owned())));
        }
    }
    for stray in shelf.strays {
        take(&stray.app, &stray.bug, None);
    }
    let mut found: Vec<Found> = found.into_values().collect();
    found.sort_by_key(|it| !it.is_exact);
    found
}

#[cfg(test)]
mod tests;
