//! What people said about a train, and what was found before, as an admin writes it.

use super::words::{Percent, When};
use conductor::decide::Before;
use conductor::facts::Facts;
use conductor::finding::Verdict;
use conductor::intent::{Intent, IntentKey, IntentState};
use conductor::observation::Sha;
use conductor::people::{Answer, Approval, Attempt, CandidateMark, Hold, SignOff, Tick, Waiver};
use conductor::process::{Action, StageId};
use conductor::track::Standing;
use conductor::{App, Interventions, Moment, Person, Span};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Written {
    /// The build that was marked last; `candidates` says more.
    pub(super) candidate: Option<String>,
    pub(super) candidates: Vec<WrittenMark>,
    /// Teams that gave their word on the candidate; `sign_offs` says more.
    signed_off: Vec<String>,
    sign_offs: Vec<WrittenSignOff>,
    holds: Vec<WrittenHold>,
    waivers: Vec<WrittenWaiver>,
    /// Items of checklists that are done.
    ticked: Vec<String>,
    approvals: Vec<WrittenApproval>,
    emergency: Option<WrittenHold>,
    cancelled: Option<WrittenHold>,
    finished_at: Option<When>,
    open_intent: Option<WrittenIntent>,
    failed_intent: Option<WrittenIntent>,
    attempts: Vec<WrittenAttempt>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenMark {
    pub(super) build: String,
    commit: Option<String>,
    at: Option<When>,
    by: Option<Person>,
    changed_areas: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSignOff {
    team: String,
    #[serde(default = "given")]
    answer: Answer,
    build: Option<String>,
    by: Option<Person>,
    at: Option<When>,
    #[serde(default)]
    comment: String,
}

fn given() -> Answer {
    Answer::Given
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenHold {
    by: Person,
    reason: String,
    at: Option<When>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenWaiver {
    rule: String,
    build: Option<String>,
    by: Person,
    reason: String,
    at: Option<When>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenApproval {
    role: String,
    by: Person,
    build: Option<String>,
    at: Option<When>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenIntent {
    action: Action,
    build: Option<String>,
    attempt: Option<u32>,
    state: Option<WrittenState>,
    /// What broke, or what the store said.
    #[serde(default)]
    words: String,
    by: Option<Person>,
    #[serde(default)]
    reason: String,
    at: Option<When>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WrittenState {
    Proposed,
    Confirmed,
    Claimed,
    Sent,
    Uncertain,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenAttempt {
    action: Action,
    build: String,
    #[serde(default = "first")]
    attempt: u32,
    state: String,
}

fn first() -> u32 {
    1
}

impl WrittenHold {
    fn hold(self, now: Moment) -> Hold {
        Hold { by: self.by, at: self.at.map_or(now, |at| at.at(now)), reason: self.reason }
    }
}

impl Written {
    /// The build that people marked last.
    pub(super) fn candidate(&self) -> Option<String> {
        self.candidate.clone().or_else(|| self.candidates.last().map(|mark| mark.build.clone()))
    }

    pub(super) fn interventions(self, app: &App, facts: &Facts, now: Moment) -> Interventions {
        let candidate = self.candidate();
        let short = self.candidate.map(|build| WrittenMark {
            build,
            commit: None,
            at: None,
            by: None,
            changed_areas: None,
        });
        let mark = |it: WrittenMark| CandidateMark {
            commit: it.commit.map_or_else(|| commit_of(facts, &it.build), Sha::new),
            build: it.build,
            at: it.at.map_or(now, |at| at.at(now)),
            by: it.by,
            changed_areas: it.changed_areas,
        };
        let lead = |team: &str| {
            let first = app.team(team).and_then(|it| it.people.first()).cloned();
            first.unwrap_or_else(|| Person::new(team))
        };
        let of_candidate = || candidate.clone().unwrap_or_default();
        let short_offs = self.signed_off.into_iter().map(|team| WrittenSignOff {
            team,
            answer: Answer::Given,
            build: None,
            by: None,
            at: None,
            comment: String::new(),
        });
        let sign_off = |it: WrittenSignOff| SignOff {
            by: it.by.unwrap_or_else(|| lead(&it.team)),
            team: it.team,
            answer: it.answer,
            build: it.build.unwrap_or_else(of_candidate),
            at: it.at.map_or(now, |at| at.at(now)),
            comment: it.comment,
        };
        let intent = |it: WrittenIntent, fails: bool| {
            let at = it.at.map_or(now, |at| at.at(now));
            let state = match (fails, it.state.unwrap_or(WrittenState::Proposed)) {
                (true, _) => IntentState::Failed { words: it.words },
                (_, WrittenState::Proposed) => IntentState::Proposed,
                (_, WrittenState::Confirmed) => IntentState::Confirmed,
                (_, WrittenState::Claimed) => IntentState::Claimed,
                (_, WrittenState::Sent) => IntentState::Sent { gives_up_at: at + Span::minutes(1) },
                (_, WrittenState::Uncertain) => IntentState::Uncertain { why: it.words },
            };
            let key = IntentKey {
                track: facts.track.clone(),
                action: it.action,
                build: it.build.unwrap_or_else(of_candidate),
                attempt: it.attempt.unwrap_or(1),
            };
            Intent { key, state, by: it.by, reason: it.reason, created_at: at, changed_at: at }
        };
        Interventions {
            candidates: self.candidates.into_iter().chain(short).map(mark).collect(),
            sign_offs: short_offs.chain(self.sign_offs).map(sign_off).collect(),
            holds: self.holds.into_iter().map(|it| it.hold(now)).collect(),
            waivers: self
                .waivers
                .into_iter()
                .map(|it| Waiver {
                    rule: it.rule,
                    build: it.build,
                    by: it.by,
                    at: it.at.map_or(now, |at| at.at(now)),
                    reason: it.reason,
                })
                .collect(),
            ticks: self
                .ticked
                .into_iter()
                .map(|item| Tick {
                    item,
                    done: true,
                    build: candidate.clone(),
                    by: Person::new("somebody"),
                    at: now,
                    comment: String::new(),
                })
                .collect(),
            approvals: self
                .approvals
                .into_iter()
                .map(|it| Approval {
                    role: it.role,
                    given: true,
                    build: it.build.or_else(|| candidate.clone()),
                    by: it.by,
                    at: it.at.map_or(now, |at| at.at(now)),
                    comment: String::new(),
                })
                .collect(),
            emergency: self.emergency.map(|it| it.hold(now)),
            finished_at: self.finished_at.map(|at| at.at(now)),
            cancelled: self.cancelled.map(|it| it.hold(now)),
            open_intent: self.open_intent.map(|it| intent(it, false)),
            failed_intent: self.failed_intent.map(|it| intent(it, true)),
            attempts: self
                .attempts
                .into_iter()
                .map(|it| Attempt {
                    action: it.action,
                    build: it.build,
                    attempt: it.attempt,
                    state: it.state,
                })
                .collect(),
        }
    }
}

/// The commit of a build, or the branch's newest where nobody tells.
fn commit_of(facts: &Facts, build: &str) -> Sha {
    let built = facts
        .builds
        .last()
        .and_then(|it| it.value.iter().find(|it| it.number == build)?.commit.clone());
    let head = || facts.branch.last().and_then(|it| it.value.as_ref()).map(|it| it.head.clone());
    built.or_else(head).unwrap_or_else(|| Sha::new(""))
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WrittenBefore {
    /// When the last decision was taken.
    at: Option<When>,
    stage: Option<StageId>,
    stage_since: Option<When>,
    standing: Option<Standing>,
    standing_since: Option<When>,
    /// How long the rollout has been paused at this stage.
    paused_minutes: u32,
    halted: bool,
    share: Option<Percent>,
    findings: BTreeMap<String, WrittenFinding>,
    /// Each guard's last verdicts that were not Unknown, newest last.
    recent: BTreeMap<String, Vec<Verdict>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFinding {
    verdict: Verdict,
    since: When,
}

impl WrittenBefore {
    /// Without a moment for the last decision, a stage has been there since then, and everything else begins now.
    pub(super) fn before(self, now: Moment) -> Before {
        let at = |when: Option<When>| when.map_or(now, |it| it.at(now));
        let stage_since = at(self.stage_since);
        Before {
            at: self.at.map(|it| it.at(now)),
            stage: self.stage.map(|stage| (stage, stage_since)),
            standing: self.standing.map(|standing| (standing, at(self.standing_since))),
            paused: Span::minutes(i64::from(self.paused_minutes)),
            halted: self.halted,
            served: self.share.map(|it| it.0),
            findings: self
                .findings
                .into_iter()
                .map(|(id, it)| (id, (it.verdict, it.since.at(now))))
                .collect(),
            recent: self.recent,
            ..Before::default()
        }
    }
}
