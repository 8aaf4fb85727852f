//! A person by name: what they answer for, what waits on them, their bugs and commits.

use super::Shelf;
use crate::app::Person;
use crate::track::TrackId;
use std::collections::BTreeMap;

/// A person, and what ties them to what the board knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Their name.
    pub name: String,
    /// Their ties, in this order: apps, teams, trains that wait on them, bugs, commits. No more than [`super::MOST`].
    pub ties: Vec<Tie>,
    /// How many more there are.
    pub left_out: usize,
}

/// How a person is tied to something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tie {
    /// Answers for the releases of an app: short name and name.
    Owns(String, String),
    /// Signs off in a team of an app: the team's name, the app's short name and name.
    SignsOff(String, String, String),
    /// A train waits on them: which, its title, and what for.
    WaitsOn(TrackId, String, String),
    /// Has an open bug: its key and title, and one of its trains if it rides on any.
    Has(String, String, Option<TrackId>),
    /// Wrote a commit: its name and title.
    Wrote(String, String),
}

/// All people whose names hold what is asked.
pub(super) fn find(needle: &str, shelf: &Shelf<'_>) -> Vec<Known> {
    let mut found: BTreeMap<String, Vec<Tie>> = BTreeMap::new();
    let mut tie = |person: &Person, make: &dyn Fn() -> Tie| {
        if person.name.to_lowercase().contains(needle) {
            let ties = found.entry(person.name.clone()).or_default();
            let tie = make();
            if !ties.contains(&tie) {
                ties.push(tie);
            }
        }
    };
    for train in &shelf.trains {
        let (id, name) = (train.app.id.as_str(), train.app.name.as_str());
        if let Some(person) = &train.app.owner {
            tie(person, &|| Tie::Owns(id.to_owned(), name.to_owned()));
        }
        for team in &train.app.teams {
            for person in &team.people {
                tie(person, &|| Tie::SignsOff(team.name.clone(), id.to_owned(), name.to_owned()));
            }
        }
        for person in train.waits_on {
            let (title, headline) = (train.title.to_owned(), train.headline.to_owned());
            tie(person, &|| Tie::WaitsOn(train.id.clone(), title.clone(), headline.clone()));
        }
        let bugs = train.facts.bugs.last().map_or(&[][..], |it| it.value.list.as_slice());
        for bug in bugs.iter().filter(|it| it.open) {
            if let Some(person) = &bug.assignee {
                tie(person, &|| {
                    Tie::Has(bug.key.clone(), bug.title.clone(), Some(train.id.clone()))
                });
            }
        }
        let branch = train.facts.branch.last().and_then(|it| it.value.as_ref());
        for commit in branch.into_iter().flat_map(|it| &it.commits) {
            if let Some(person) = &commit.author {
                tie(person, &|| Tie::Wrote(commit.sha.as_str().to_owned(), commit.title.clone()));
            }
        }
    }
    for stray in shelf.strays.iter().filter(|it| it.bug.open) {
        if let Some(person) = &stray.bug.assignee {
            tie(person, &|| Tie::Has(stray.bug.key.clone(), stray.bug.title.clone(), None));
        }
    }
    found
        .into_iter()
        .map(|(name, mut ties)| {
            ties.sort();
            let left_out = super::cut(&mut ties);
            Known { name, ties, left_out }
        })
        .collect()
}
