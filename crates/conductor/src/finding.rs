//! A condition's answer, and how answers combine (CONDUCTOR §2).

use crate::app::Person;
use crate::moment::Moment;
use crate::reading::{SourceId, Why};
use serde::{Deserialize, Serialize};

/// Three values. Nothing that is Unknown ever advances a train, pauses a rollout, or shows green.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It holds.
    Met,
    /// It does not hold.
    Unmet,
    /// Nobody can tell now.
    Unknown,
}

impl Verdict {
    /// Kleene's conjunction: Unmet if any is, else Unknown if any is, else Met.
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        parts.into_iter().fold(Self::Met, |so_far, part| match (so_far, part) {
            (Self::Unmet, _) | (_, Self::Unmet) => Self::Unmet,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Met, Self::Met) => Self::Met,
        })
    }
    /// Kleene's disjunction: Met if any is, else Unknown if any is, else Unmet.
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::all(parts.into_iter().map(Self::not)).not()
    }
    /// Swaps Met and Unmet, keeps Unknown.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "Kleene's not, beside all and any")]
    pub fn not(self) -> Self {
        match self {
            Self::Met => Self::Unmet,
            Self::Unmet => Self::Met,
            Self::Unknown => Self::Unknown,
        }
    }
    /// Met, or Unmet.
    pub fn when(holds: bool) -> Self {
        if holds { Self::Met } else { Self::Unmet }
    }
}

/// One line of the ledger: what is asked, what is, who says so, how old it is, who can change it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule's id in its process.
    pub id: String,
    /// What is asked, in words.
    pub title: String,
    /// The answer, before any waiver.
    pub verdict: Verdict,
    /// Who excused it.
    pub waived: Option<Waived>,
    /// Why it is not known, if it is not.
    pub why: Option<Why>,
    /// What is: `5 of 7`, `0 open`, `99.87 %`.
    pub value: String,
    /// What is needed: `needs 7`, `at most 0`, `at least 99.80 %`.
    pub threshold: String,
    /// More about it, in a sentence; empty if there is nothing to add.
    pub detail: String,
    /// How many sessions, tests or votes the value rests on.
    pub sample: Option<u64>,
    /// How far the value is on a scale of a thousand, with the threshold on the same scale.
    pub gauge: Option<Gauge>,
    /// Who says so, or owes the answer.
    pub source: Option<SourceId>,
    /// The end of the data.
    pub observed_at: Option<Moment>,
    /// Who can change it.
    pub owner: Owner,
    /// The first tick from which it has had this value without a break.
    pub since: Moment,
    /// Where a person sees the thing.
    pub link: Option<String>,
    /// What happens or is to be done next, when it is not met.
    pub next_step: String,
    /// What its answer turns on, where lamps and the board treat that apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
}

/// What an answer turns on, as far as more than its words depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Time alone: a soak, a watch.
    Time,
    /// The build's commit is no longer on its branch.
    Rewritten,
    /// The store would do more than it is meant to, and nothing of ours could stop it.
    Danger,
}

/// Value and threshold on a scale from 0 to 1 000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gauge {
    /// The value.
    pub value: u16,
    /// The threshold.
    pub threshold: u16,
}

/// Who excused a finding, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waived {
    /// Who.
    pub by: Person,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Moment,
}

/// Who can change a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// A team, a role, a store, a source; never empty in a finding that is not met.
    pub name: String,
    /// The people behind it, if known.
    pub people: Vec<Person>,
}

impl Owner {
    /// An owner without people behind it.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), people: Vec::new() }
    }
}

impl Finding {
    /// Whether it stands in nobody's way: Met, or excused.
    pub fn lets_pass(&self) -> bool {
        self.verdict == Verdict::Met || self.waived.is_some()
    }
    /// The verdict with the waiver laid over it.
    pub fn effective(&self) -> Verdict {
        if self.waived.is_some() { Verdict::Met } else { self.verdict }
    }
}
