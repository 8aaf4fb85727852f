//! The process: the ordered stages of a track and what leads from each to the next. A document, so that
//! an admin can change it; versioned, and checked before it is used.

use crate::app::StoreKind;
use crate::condition::Condition;
use crate::observation::Share;
use crate::track::Kind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

// People write documents, so they are read strictly. The browser reads what the server wrote of one, and need not load
// the strict reader for that.
#[cfg(not(target_family = "wasm"))]
mod document;
mod flaws;
#[cfg(target_family = "wasm")]
mod written;

/// The short name of a stage within its process: `candidate`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StageId(String);

impl StageId {
    /// Takes a name as it is.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The ordered stages of a track, and what leads from each to the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Process {
    /// Its short name: `default`.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Rises with every change; decisions name it.
    pub version: u32,
    /// Which kind of release follows it.
    #[serde(default)]
    pub kind: Kind,
    /// First to last.
    pub stages: Vec<Stage>,
}

/// A place on the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Its short name.
    pub id: StageId,
    /// Its name for people.
    pub title: String,
    /// Its name where room is scarce.
    pub short: String,
    /// What a source must show for a track to be here.
    pub entered_when: Entered,
    /// How it is left; `None` only for a stage in which nothing is left to do.
    #[serde(default)]
    pub leave: Option<Transition>,
    /// What is done where the store grows a rollout by itself while the conditions to leave are not all met.
    #[serde(default, skip_serializing_if = "AtPhase::is_usual")]
    pub phases: AtPhase,
    /// What pauses the rollout while the track is here.
    #[serde(default)]
    pub guards: Vec<Guard>,
}

/// What is done before the store's own next step while conditions are Unmet or Unknown. Time alone stops no step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AtPhase {
    /// It goes on, and the page says so before it does.
    #[default]
    LetItGo,
    /// It is paused in time, until a person resumes it.
    PauseUntilMet,
}

impl AtPhase {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    fn is_usual(&self) -> bool {
        *self == Self::LetItGo
    }
}

/// What the world shows when a track has reached a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entered {
    /// The release branch exists.
    BranchExists,
    /// A build is marked as the candidate.
    CandidateMarked,
    /// The store has it for review, or is past that.
    Submitted,
    /// The store serves at least this share.
    Served(Share),
    /// The store serves everybody.
    Complete,
}

/// What leads from a stage to the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transition {
    /// What is done when the conditions hold.
    pub action: Action,
    /// Who does it.
    pub mode: Mode,
    /// What must hold.
    #[serde(default)]
    pub conditions: Vec<Rule>,
}

/// What the conductor or a person can do to a train.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Make the newest good build the final release candidate (kept in Signalbox).
    MarkCandidate,
    /// Send it to the store for review.
    SubmitForReview,
    /// Start the rollout at its first share.
    StartRollout,
    /// Serve it to everybody.
    CompleteRollout,
    /// Publish it to everybody where there is no rollout.
    Publish,
    /// End its watch: it moves to Production (kept in Signalbox).
    Finish,
    /// Stop serving it to more people.
    PauseRollout,
    /// Serve it again. Always a person's.
    ResumeRollout,
}

impl Action {
    /// The verb with its object: `submit for review`.
    pub fn verb(self) -> &'static str {
        match self {
            Self::MarkCandidate => "mark the final release candidate",
            Self::SubmitForReview => "submit for review",
            Self::StartRollout => "start the rollout",
            Self::CompleteRollout => "complete the rollout",
            Self::Publish => "publish",
            Self::Finish => "end the watch",
            Self::PauseRollout => "pause the rollout",
            Self::ResumeRollout => "resume the rollout",
        }
    }
    /// The same in the third person: `submits for review`.
    pub fn verb_third(self) -> &'static str {
        match self {
            Self::MarkCandidate => "marks the final release candidate",
            Self::SubmitForReview => "submits for review",
            Self::StartRollout => "starts the rollout",
            Self::CompleteRollout => "completes the rollout",
            Self::Publish => "publishes it",
            Self::Finish => "ends the watch",
            Self::PauseRollout => "pauses the rollout",
            Self::ResumeRollout => "resumes the rollout",
        }
    }
    /// The same in the past: `submitted for review`.
    pub fn verb_past(self) -> &'static str {
        match self {
            Self::MarkCandidate => "marked the final release candidate",
            Self::SubmitForReview => "submitted for review",
            Self::StartRollout => "started the rollout",
            Self::CompleteRollout => "completed the rollout",
            Self::Publish => "published it",
            Self::Finish => "ended the watch",
            Self::PauseRollout => "paused the rollout",
            Self::ResumeRollout => "resumed the rollout",
        }
    }
    /// Its name in settings, the API and the journal.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MarkCandidate => "mark_candidate",
            Self::SubmitForReview => "submit_for_review",
            Self::StartRollout => "start_rollout",
            Self::CompleteRollout => "complete_rollout",
            Self::Publish => "publish",
            Self::Finish => "finish",
            Self::PauseRollout => "pause_rollout",
            Self::ResumeRollout => "resume_rollout",
        }
    }
    /// Whether more people may get it by this.
    pub fn serves_more(self) -> bool {
        match self {
            Self::StartRollout | Self::CompleteRollout | Self::Publish | Self::ResumeRollout => {
                true
            }
            Self::MarkCandidate | Self::SubmitForReview | Self::Finish | Self::PauseRollout => {
                false
            }
        }
    }
    /// Whether it happens in Signalbox itself, with no store involved.
    pub fn is_internal(self) -> bool {
        matches!(self, Self::MarkCandidate | Self::Finish)
    }
}

/// Who carries a transition out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// People only.
    Off,
    /// The conductor says what it would do.
    Shadow,
    /// A person confirms.
    Ask,
    /// The conductor does it.
    Auto,
}

impl Mode {
    /// The word for pages.
    pub fn title(self) -> &'static str {
        match self {
            Self::Off => "Off",
            Self::Shadow => "Shadow",
            Self::Ask => "Ask",
            Self::Auto => "Auto",
        }
    }
}

/// A condition in a process, with who owns it and how old its facts may be.
/// Read strictly: a key that neither the rule nor its condition knows is an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Its short name, unique within the process; waivers and since-when hang on it.
    pub id: String,
    /// What is asked, in words; made from the condition if it is not given.
    pub title: Option<String>,
    /// Who can change it; the condition's usual owner if it is not given.
    pub owner: Option<String>,
    /// How old the facts may be.
    pub max_age_minutes: u32,
    /// The stores that it applies to; all if empty.
    pub only_at: Vec<StoreKind>,
    /// What is asked.
    #[serde(flatten)]
    pub condition: Condition,
}

#[cfg(not(target_family = "wasm"))]
fn twenty_minutes() -> u32 {
    20
}

/// A condition that pauses a rollout when it is Unmet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Guard {
    /// What must go on to hold.
    #[serde(flatten)]
    pub rule: Rule,
    /// Who pauses.
    pub mode: Mode,
    /// Unmet in so many …
    pub unmet: u8,
    /// … of the last readings.
    pub of_last: u8,
}

#[cfg(not(target_family = "wasm"))]
fn auto() -> Mode {
    Mode::Auto
}
#[cfg(not(target_family = "wasm"))]
fn one() -> u8 {
    1
}

/// Something is wrong with a process; where, what, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Which part, by names: `stages.candidate.candidate-bugs`.
    pub at: String,
    /// Its place in the document: `stages.1.leave.conditions.0.at_most`.
    pub path: String,
    /// What is wrong, and what to do.
    pub message: String,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.message)
    }
}

impl Process {
    /// A stage by its name.
    pub fn stage(&self, id: &StageId) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.id == *id)
    }

    /// Where a stage stands in the order, from 0.
    pub fn position(&self, id: &StageId) -> Option<usize> {
        self.stages.iter().position(|stage| stage.id == *id)
    }

    /// All its rules with where they stand: conditions to leave and guards, stage by stage.
    pub fn rules(&self) -> Vec<Placed<'_>> {
        let mut rules = Vec::new();
        for (index, stage) in self.stages.iter().enumerate() {
            let conditions = stage.leave.iter().flat_map(|leave| &leave.conditions).enumerate();
            rules.extend(conditions.map(|(n, rule)| Placed {
                stage,
                rule,
                path: format!("stages.{index}.leave.conditions.{n}"),
            }));
            rules.extend(stage.guards.iter().enumerate().map(|(n, guard)| Placed {
                stage,
                rule: &guard.rule,
                path: format!("stages.{index}.guards.{n}"),
            }));
        }
        rules
    }

    /// A rule by its name, wherever it stands.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.stages.iter().find_map(|stage| {
            let guards = stage.guards.iter().map(|guard| &guard.rule);
            let conditions = stage.leave.iter().flat_map(|leave| &leave.conditions);
            conditions.chain(guards).find(|rule| rule.id == id)
        })
    }

    /// The release windows that its conditions name.
    pub fn window_names(&self) -> BTreeSet<String> {
        self.rules()
            .into_iter()
            .flat_map(|it| it.rule.condition.parts())
            .filter_map(|(_, part)| match part {
                Condition::Window { name } => Some(name.clone()),
                _ => None,
            })
            .collect()
    }

    /// Whether it has a stage between review and everybody.
    pub fn has_rollout(&self) -> bool {
        self.stages.iter().any(|stage| matches!(stage.entered_when, Entered::Served(_)))
    }
}

/// A rule and where it stands in its process.
pub struct Placed<'a> {
    /// The stage that it belongs to.
    pub stage: &'a Stage,
    /// The rule.
    pub rule: &'a Rule,
    /// Its place in the document: `stages.1.leave.conditions.0`.
    pub path: String,
}

impl Entered {
    /// The order in which a release goes through them.
    pub fn rank(self) -> u32 {
        match self {
            Self::BranchExists => 0,
            Self::CandidateMarked => 1,
            Self::Submitted => 2,
            Self::Served(share) => 3 + share.0.min(Share::ALL.0 - 1),
            Self::Complete => 3 + Share::ALL.0,
        }
    }
}

#[cfg(test)]
mod tests;
