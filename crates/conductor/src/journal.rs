//! The journal: everything that moved, each entry chained to the one before by its hash.

use crate::moment::Moment;
use crate::track::TrackId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

mod sought;

pub use sought::{Sought, Who};

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "who", rename_all = "snake_case")]
pub enum Actor {
    /// The conductor, by its rules.
    Conductor,
    /// A person.
    Person {
        /// The name for people.
        name: String,
    },
    /// The world: a store, a repository, somebody in a console. Seen, not done by us.
    World {
        /// The source that showed it.
        source: String,
    },
}

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A track was seen in another stage.
    StageEntered,
    /// A track's standing changed.
    StandingChanged,
    /// An intent was recorded or changed its state.
    Intent,
    /// A build was marked as the candidate.
    CandidateMarked,
    /// A team's word.
    SignOff,
    /// A person held, released, waived, or took a waiver back.
    Intervention,
    /// A transition in Shadow would have fired.
    WouldHave,
    /// A source failed or came back.
    Source,
    /// Signalbox started, or something about itself.
    System,
}

impl EntryKind {
    /// All.
    pub const ALL: [Self; 9] = [
        Self::StageEntered,
        Self::StandingChanged,
        Self::Intent,
        Self::CandidateMarked,
        Self::SignOff,
        Self::Intervention,
        Self::WouldHave,
        Self::Source,
        Self::System,
    ];

    /// The word in addresses and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StageEntered => "stage_entered",
            Self::StandingChanged => "standing_changed",
            Self::Intent => "intent",
            Self::CandidateMarked => "candidate_marked",
            Self::SignOff => "sign_off",
            Self::Intervention => "intervention",
            Self::WouldHave => "would_have",
            Self::Source => "source",
            Self::System => "system",
        }
    }

    /// The words for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::StageEntered => "Stage entered",
            Self::StandingChanged => "Standing changed",
            Self::Intent => "Action",
            Self::CandidateMarked => "Candidate marked",
            Self::SignOff => "Sign-off",
            Self::Intervention => "Intervention",
            Self::WouldHave => "Would have",
            Self::Source => "Source",
            Self::System => "Signalbox itself",
        }
    }
}

/// An entry that has not been written yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// When it happened.
    pub at: Moment,
    /// Who did it.
    pub actor: Actor,
    /// The track that it concerns.
    pub track: Option<TrackId>,
    /// What kind of thing it was.
    pub kind: EntryKind,
    /// What happened, for people: `marked build 4127 as the final release candidate`.
    pub text: String,
    /// Why: the findings or the reason given; empty if there is nothing to add.
    pub why: String,
    /// Before, after and findings, for machines.
    #[serde(default)]
    pub data: serde_json::Value,
}

/// An entry as it stands in the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// 1, 2, 3 … without a gap.
    pub number: i64,
    /// What was written.
    #[serde(flatten)]
    pub draft: Draft,
    /// The hash of the entry before; 64 zeros for the first.
    pub previous_hash: String,
    /// SHA-256 over number, content and the hash before, in hexadecimal.
    pub hash: String,
}

/// What stands before the first entry.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

impl Draft {
    /// Puts the draft behind an entry. `number` is the last number plus one.
    pub fn seal(self, number: i64, previous_hash: &str) -> Entry {
        let hash = hash(number, &self, previous_hash);
        Entry { number, draft: self, previous_hash: previous_hash.to_owned(), hash }
    }
}

fn hash(number: i64, draft: &Draft, previous_hash: &str) -> String {
    let mut digest = Sha256::new();
    digest.update(number.to_string());
    digest.update([0]);
    digest.update(previous_hash);
    digest.update([0]);
    // Drafts hold nothing that JSON cannot: maps have text for keys, numbers are whole.
    digest.update(serde_json::to_string(draft).unwrap_or_default());
    digest.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Where a chain breaks, and how.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {number}: {what}")]
pub struct Broken {
    /// The first entry that is wrong.
    pub number: i64,
    /// What is wrong with it.
    pub what: String,
}

/// Verifies a run of entries, the first of which follows `previous_hash`. Names the first broken one.
pub fn verify(entries: &[Entry], first_number: i64, previous_hash: &str) -> Result<(), Broken> {
    let mut before = previous_hash.to_owned();
    for (entry, number) in entries.iter().zip(first_number..) {
        let broken = |what: &str| Broken { number, what: what.to_owned() };
        if entry.number != number {
            return Err(broken(&format!("is missing; the next one found is {}", entry.number)));
        }
        if entry.previous_hash != before {
            return Err(broken("does not follow the entry before it"));
        }
        if entry.hash != hash(number, &entry.draft, &before) {
            return Err(broken("was changed after it was written"));
        }
        before.clone_from(&entry.hash);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
