//! What people say in Signalbox itself: holds, waivers, sign-offs, and which build is the candidate.

use crate::app::Person;
use crate::intent::Intent;
use crate::moment::Moment;
use crate::observation::Sha;
use crate::process::Action;
use serde::{Deserialize, Serialize};

/// All that people laid over one track, and what Signalbox itself recorded of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Interventions {
    /// Holds in force.
    pub holds: Vec<Hold>,
    /// Waivers in force.
    pub waivers: Vec<Waiver>,
    /// Sign-offs, oldest first; the last of a team counts.
    pub sign_offs: Vec<SignOff>,
    /// Candidates that were marked, oldest first; the last is the candidate.
    pub candidates: Vec<CandidateMark>,
    /// Items of checklists that people ticked or took back, oldest first; the last word on an item counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ticks: Vec<Tick>,
    /// Approvals by role, oldest first; the last word of a person in a role counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approval>,
    /// Who said that this is an emergency, which no window and no freeze stops, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emergency: Option<Hold>,
    /// When its watch ended well.
    pub finished_at: Option<Moment>,
    /// When and why a person cancelled it.
    pub cancelled: Option<Hold>,
    /// The action that is under way, or waits for a person's yes.
    pub open_intent: Option<Intent>,
    /// The last action that the store refused for good, until a person tries again.
    pub failed_intent: Option<Intent>,
    /// How often each action was tried with each build, and how the last try ended.
    pub attempts: Vec<Attempt>,
}

/// The last try of an action with a build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The action.
    pub action: Action,
    /// The build.
    pub build: String,
    /// Its number, from 1.
    pub attempt: u32,
    /// Its state's word: `done`, `lapsed`, `failed`.
    pub state: String,
}

/// A person stops a track.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Who.
    pub by: Person,
    /// When.
    pub at: Moment,
    /// Why.
    pub reason: String,
}

/// A person excuses one finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    /// The rule's id.
    pub rule: String,
    /// For this build only; `None` for the whole track.
    pub build: Option<String>,
    /// Who.
    pub by: Person,
    /// When.
    pub at: Moment,
    /// Why.
    pub reason: String,
}

/// What a team says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It is good to go.
    Given,
    /// It must not go.
    Refused,
    /// The team does not take part this time.
    OptedOut,
    /// The team takes back what it said.
    Withdrawn,
}

/// A team's word on a build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOff {
    /// The team's id.
    pub team: String,
    /// What it says.
    pub answer: Answer,
    /// The build that was looked at.
    pub build: String,
    /// Who said it.
    pub by: Person,
    /// When.
    pub at: Moment,
    /// What they add.
    #[serde(default)]
    pub comment: String,
}

/// A person says of an item of a checklist that it is done, or that it is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    /// The item, as the process names it.
    pub item: String,
    /// Whether it is done; `false` takes a tick back.
    pub done: bool,
    /// The build that was looked at, if there was one.
    pub build: Option<String>,
    /// Who said so.
    pub by: Person,
    /// When.
    pub at: Moment,
    /// What they add.
    #[serde(default)]
    pub comment: String,
}

/// A person says yes in a role, or takes it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The role, as the app names it.
    pub role: String,
    /// Whether it is approved; `false` takes an approval back.
    pub given: bool,
    /// The build that was looked at, if there was one.
    pub build: Option<String>,
    /// Who said so.
    pub by: Person,
    /// When.
    pub at: Moment,
    /// What they add.
    #[serde(default)]
    pub comment: String,
}

/// A build was made the final release candidate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CandidateMark {
    /// The build's number.
    pub build: String,
    /// The commit that it was made from.
    pub commit: Sha,
    /// When.
    pub at: Moment,
    /// Who: a person, or `None` for the conductor.
    pub by: Option<Person>,
    /// The areas that changed since the candidate before; `None` if git could not tell, or it is the first.
    #[serde(default)]
    pub changed_areas: Option<Vec<String>>,
}

impl Interventions {
    /// The candidate.
    pub fn candidate(&self) -> Option<&CandidateMark> {
        self.candidates.last()
    }
    /// The hold that counts: the oldest.
    pub fn hold(&self) -> Option<&Hold> {
        self.holds.first()
    }
    /// The waiver that excuses a rule for a build.
    pub fn waiver(&self, rule: &str, build: Option<&str>) -> Option<&Waiver> {
        self.waivers.iter().find(|waiver| {
            waiver.rule == rule && waiver.build.as_deref().is_none_or(|it| Some(it) == build)
        })
    }
    /// The number of the next try of an action with a build; `None` while only a person may try again. A
    /// try that lapsed sent nothing, so the next one is new; so is a pause after a resume.
    pub fn next_attempt(&self, action: Action, build: &str) -> Option<u32> {
        let last = self
            .attempts
            .iter()
            .filter(|it| it.action == action && it.build == build)
            .max_by_key(|it| it.attempt);
        let repeats = matches!(action, Action::PauseRollout | Action::ResumeRollout);
        match last {
            None => Some(1),
            Some(last) if last.state == "lapsed" || (repeats && last.state == "done") => {
                Some(last.attempt + 1)
            }
            Some(_) => None,
        }
    }
    /// The number of a try that a person orders: one more than any before.
    pub fn ordered_attempt(&self, action: Action, build: &str) -> u32 {
        let tries = self.attempts.iter().filter(|it| it.action == action && it.build == build);
        tries.map(|it| it.attempt).max().unwrap_or(0).saturating_add(1)
    }
    /// A team's last word, with the build that it was about.
    pub fn sign_off(&self, team: &str) -> Option<&SignOff> {
        self.sign_offs.iter().rfind(|it| it.team == team)
    }
}
