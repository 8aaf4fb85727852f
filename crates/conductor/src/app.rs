//! What is released, and by whom: apps, their lines, teams and people, as settings give them.

use crate::finding::Owner;
use crate::track::{AppId, Kind, LineId, Platform};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A product that is released.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct App {
    /// Its short name.
    pub id: AppId,
    /// Its name for people.
    pub name: String,
    /// Who is responsible for its releases.
    pub owner: Option<Person>,
    /// Those who sign off, in the order of the settings.
    #[serde(default)]
    pub teams: Vec<Team>,
    /// Who may approve in which role, by the role's name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub roles: BTreeMap<String, Vec<Person>>,
    /// Its platforms, in the order of the settings.
    pub lines: Vec<LineSpec>,
}

/// How an app is released on one platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineSpec {
    /// The platform.
    pub platform: Platform,
    /// The name of the process that its tracks follow.
    pub process: String,
    /// The name of the process that its hotfixes follow; the same if it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hotfix_process: Option<String>,
    /// Where it is shipped.
    pub store: StoreKind,
}

impl LineSpec {
    /// The name of the process that a track of this kind follows.
    pub fn process_for(&self, kind: Kind) -> &str {
        match (kind, &self.hotfix_process) {
            (Kind::Hotfix, Some(name)) => name,
            (Kind::Hotfix | Kind::Regular, _) => &self.process,
        }
    }
}

/// Where a line is shipped; what the stores do by themselves differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreKind {
    /// Approval itself makes the asked fraction live; it never grows by itself.
    GooglePlay,
    /// A release request starts it; a phased release grows every day by itself.
    AppStore,
    /// A release is published to everybody at once (GitHub releases, a download page).
    Download,
}

impl StoreKind {
    /// The name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::GooglePlay => "Google Play",
            Self::AppStore => "App Store",
            Self::Download => "Downloads",
        }
    }
}

/// Some people who own areas of the code and sign off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Its short name.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Who answers for it.
    #[serde(default)]
    pub people: Vec<Person>,
    /// The areas (top folders) that it owns.
    #[serde(default)]
    pub areas: Vec<String>,
}

/// A person as shown to others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Person {
    /// The name for people.
    pub name: String,
}

impl Person {
    /// A person by name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into() }
    }
    /// One or two capital letters for a small round picture.
    pub fn initials(&self) -> String {
        let mut letters = self.name.split_whitespace().filter_map(|word| word.chars().next());
        let first = letters.next();
        first.into_iter().chain(letters.next_back()).flat_map(char::to_uppercase).collect()
    }
}

impl App {
    /// The line of a platform, if the app has it.
    pub fn line(&self, platform: &Platform) -> Option<&LineSpec> {
        self.lines.iter().find(|line| line.platform == *platform)
    }
    /// The identity of each of its lines, in order.
    pub fn line_ids(&self) -> impl Iterator<Item = LineId> + '_ {
        self.lines
            .iter()
            .map(|line| LineId { app: self.id.clone(), platform: line.platform.clone() })
    }
    /// Whose move it is where nobody closer is known: its owner, or else a release manager.
    pub(crate) fn whose(&self) -> Owner {
        self.owner.as_ref().map_or_else(
            || Owner::named("a release manager"),
            |it| Owner { name: it.name.clone(), people: vec![it.clone()] },
        )
    }
    /// A team by its short name.
    pub fn team(&self, id: &str) -> Option<&Team> {
        self.teams.iter().find(|team| team.id == id)
    }
}
