//! What is wrong with a process before anybody follows it: stages that nobody can reach, actions that lead elsewhere,
//! rules that can never be met or that nobody owns.

use super::{Action, AtPhase, Entered, Flaw, Guard, Process, Stage};
use crate::condition::{Condition, Metric};
use crate::observation::{Audience, Share};
use std::collections::BTreeSet;

impl Process {
    /// All that is wrong with it, in the order of its stages; empty if nothing is.
    pub fn flaws(&self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        let mut flaw = |at: String, path: String, message: &str| {
            flaws.push(Flaw { at, path, message: message.to_owned() });
        };
        if self.stages.is_empty() {
            flaw(
                "stages".into(),
                "stages".into(),
                "there is none; a process has at least one stage",
            );
        }
        let mut stages = BTreeSet::new();
        let mut before: Option<Entered> = None;
        for (index, stage) in self.stages.iter().enumerate() {
            let (at, path) = (format!("stages.{}", stage.id), format!("stages.{index}"));
            if !stages.insert(&stage.id) {
                flaw(
                    at.clone(),
                    format!("{path}.id"),
                    "this id is used twice; give each stage its own",
                );
            }
            if before.is_some_and(|before| before.rank() >= stage.entered_when.rank()) {
                flaw(
                    at.clone(),
                    format!("{path}.entered_when"),
                    "is entered no later than the stage before it, so one of the two can never be reached; put them in the order in which a release goes through them",
                );
            }
            before = Some(stage.entered_when);
            if let Entered::Served(share) = stage.entered_when
                && (share == Share::NONE || share >= Share::ALL)
            {
                flaw(
                    at.clone(),
                    format!("{path}.entered_when"),
                    "`served` is in parts per million, from 1 to 999999; 1 % is 10000, and everybody is `complete`",
                );
            }
            if stage.phases == AtPhase::PauseUntilMet
                && !matches!(stage.entered_when, Entered::Served(_))
            {
                flaw(
                    at.clone(),
                    format!("{path}.phases"),
                    "`phases` is about a rollout that the store grows by itself, and nothing grows at this stage; move it to a stage that is `served`",
                );
            }
            let next = self.stages.get(index + 1);
            match &stage.leave {
                None if next.is_some() => flaw(
                    at.clone(),
                    path.clone(),
                    "has no way to leave, so the stages after it cannot be reached; add `leave`",
                ),
                None => {}
                Some(leave) => {
                    if let Some(message) = leads_astray(leave.action, stage, next) {
                        flaw(at.clone(), format!("{path}.leave.action"), &message);
                    }
                }
            }
            for (n, guard) in stage.guards.iter().enumerate() {
                let (at, path) = (format!("{at}.{}", guard.rule.id), format!("{path}.guards.{n}"));
                if guard.unmet == 0 || guard.unmet > guard.of_last {
                    flaw(
                        at.clone(),
                        format!("{path}.unmet"),
                        "`unmet` must be at least 1 and at most `of_last`",
                    );
                }
                if !matches!(stage.entered_when, Entered::Served(_) | Entered::Complete) {
                    flaw(
                        at.clone(),
                        path.clone(),
                        "guards a stage in which nothing is served, so there is nothing to pause; move it to a rollout stage, or make it a condition",
                    );
                }
                if let Some(message) = red_line_above(guard, stage) {
                    flaw(at, format!("{path}.at_least_ppm"), &message);
                }
            }
        }
        self.flaws_of_rules(&mut flaws);
        flaws
    }

    fn flaws_of_rules(&self, flaws: &mut Vec<Flaw>) {
        let mut ids = BTreeSet::new();
        for placed in self.rules() {
            let rule = placed.rule;
            let mut flaw = |key: &str, message: String| {
                flaws.push(Flaw {
                    at: format!("stages.{}.{}", placed.stage.id, rule.id),
                    path: format!("{}{key}", placed.path),
                    message,
                });
            };
            if !ids.insert(&rule.id) {
                flaw(
                    ".id",
                    "this id is used twice; waivers need it to be unique in the process".into(),
                );
            }
            if rule.max_age_minutes == 0 {
                flaw(
                    ".max_age_minutes",
                    "max_age_minutes is 0, so its facts are always too old; give at least 1".into(),
                );
            }
            if rule.owner.as_ref().is_some_and(|it| it.trim().is_empty()) {
                flaw(
                    ".owner",
                    "owner is empty; name who can change it, or leave the key out".into(),
                );
            }
            let parts = rule.condition.parts();
            if rule.owner.is_none() && parts.iter().any(|(_, part)| part.needs_owner()) {
                flaw("", "has no owner, and what it asks does not tell who can change it; add owner = \"…\"".into());
            }
            for (path, part) in parts {
                for (key, message) in part.flaws() {
                    flaw(&format!("{path}.{key}"), message);
                }
            }
        }
    }
}

/// Why an action does not lead from a stage to the next; `None` if it does.
fn leads_astray(action: Action, stage: &Stage, next: Option<&Stage>) -> Option<String> {
    let leads = match action {
        Action::MarkCandidate => "a marked candidate (entered_when = \"candidate_marked\")",
        Action::SubmitForReview => "a submission (entered_when = \"submitted\")",
        Action::StartRollout => "a rollout (entered_when = { served = … } or \"complete\")",
        Action::CompleteRollout | Action::Publish => "everybody (entered_when = \"complete\")",
        Action::Finish => "the end of the line",
        Action::PauseRollout | Action::ResumeRollout => {
            return Some(format!(
                "`{}` leads to no other stage; guards pause, and people resume",
                action.as_str()
            ));
        }
    };
    let Some(next) = next else {
        return (action != Action::Finish)
            .then(|| format!("`{}` leads to {leads}, but no stage comes after this one; add it, or end with `finish`", action.as_str()));
    };
    let fits = match action {
        Action::MarkCandidate => next.entered_when == Entered::CandidateMarked,
        Action::SubmitForReview => next.entered_when == Entered::Submitted,
        Action::StartRollout => matches!(next.entered_when, Entered::Served(_) | Entered::Complete),
        Action::CompleteRollout => {
            next.entered_when == Entered::Complete
                && matches!(stage.entered_when, Entered::Served(_))
        }
        Action::Publish => next.entered_when == Entered::Complete,
        Action::Finish | Action::PauseRollout | Action::ResumeRollout => false,
    };
    (!fits).then(|| {
        format!("`{}` leads to {leads}, and not to the next stage `{}`; change the action, or the order of the stages", action.as_str(), next.id)
    })
}

/// A red line above the threshold would pause what its own conditions still let through.
fn red_line_above(guard: &Guard, stage: &Stage) -> Option<String> {
    let asked = |condition: &Condition| -> Option<(Metric, Audience, u32)> {
        match condition {
            Condition::Quality {
                metric,
                audience,
                at_least_ppm: at_least_ppm @ 1..,
                versus_previous: None,
                ..
            } => Some((*metric, *audience, *at_least_ppm)),
            _ => None,
        }
    };
    let (metric, audience, red) = asked(&guard.rule.condition)?;
    let conditions = stage.leave.iter().flat_map(|it| &it.conditions);
    let rule = conditions.filter(|rule| {
        asked(&rule.condition)
            .is_some_and(|(m, a, good)| (m, a) == (metric, audience) && red > good)
    });
    let rule = rule.take(1).last()?;
    Some(format!(
        "the red line lies above the threshold of `{}`, so what may go on would be paused; lower it, or raise the threshold",
        rule.id
    ))
}
