//! Orders: a person moves a train on, stops its rollout or serves it again, marks a candidate, or tries again what a
//! store refused. What does not hold is waived under their name first, so that the journal says what they passed over; with
//! the order in one transaction, so that an order which is refused excuses nothing. Not so for a resume: from then on a
//! guard judges what is new, and a waiver would blind it for good.

use super::{Refusal, waive};
use conductor::intent::{Intent, IntentKey, IntentState};
use conductor::observation::StorePhase;
use conductor::process::Action;
use conductor::{Moment, Person, Standing};
use engine::{Decided, Said};
use ports::Wish;

/// What an order comes to. A reason is owed wherever something is passed over or a rollout is touched.
pub(super) fn wishes(
    decided: &Decided,
    action: Action,
    build: Option<&str>,
    reason: &str,
    by: &Person,
    now: Moment,
) -> Result<Vec<Said>, Refusal> {
    let decision = &decided.decision;
    let build = build_for(decided, action, build)?;
    fits(decided, action)?;
    let mut said = Vec::new();
    let mut open = String::new();
    if matches!(action, Action::PauseRollout | Action::ResumeRollout) {
        owed(action, reason)?;
    }
    for finding in decision.passed_over(action) {
        owed(action, reason)?;
        if action == Action::ResumeRollout {
            let so_far = if open.is_empty() { ", although: " } else { "; " };
            open = format!("{open}{so_far}{} {}", finding.title, finding.value);
        } else {
            said.push(waive(decided, &finding.id, false, reason, by, now)?);
        }
    }
    let people = &decided.inputs.people;
    let attempt = people.ordered_attempt(action, &build);
    let key = IntentKey { track: decision.track.clone(), action, build, attempt };
    let text = format!("ordered to {}, build {}{open}", action.verb(), key.build);
    let intent = Intent {
        key,
        state: IntentState::Confirmed,
        by: Some(by.clone()),
        reason: reason.to_owned(),
        created_at: now,
        changed_at: now,
    };
    said.push(Said { wish: Wish::Order(intent), text, why: reason.to_owned() });
    Ok(said)
}

/// Refuses what makes no sense where the train stands.
fn fits(decided: &Decided, action: Action) -> Result<(), Refusal> {
    let decision = &decided.decision;
    let refuse = |words: String| Err(Refusal::conflict("not_now", words));
    let phase = decided.inputs.facts.store.last().and_then(|it| it.value.phase);
    match action {
        Action::PauseRollout => match phase {
            Some(StorePhase::RollingOut | StorePhase::Complete) => Ok(()),
            _ => refuse("there is no rollout to pause".to_owned()),
        },
        Action::ResumeRollout if decision.standing == Standing::Paused => Ok(()),
        Action::ResumeRollout => refuse("the rollout is not paused".to_owned()),
        Action::MarkCandidate => match phase {
            None | Some(StorePhase::Absent | StorePhase::Draft | StorePhase::Rejected) => Ok(()),
            _ => refuse("the store has it already; a candidate is marked before that".to_owned()),
        },
        Action::SubmitForReview
        | Action::StartRollout
        | Action::CompleteRollout
        | Action::Publish
        | Action::Finish => match decision.ahead {
            Some((ahead, _)) if ahead == action && decision.standing == Standing::Running => Ok(()),
            Some((ahead, _)) if ahead == action => refuse(format!(
                "the train is {}; that ends first, then it can {}",
                decision.standing.as_str(),
                action.verb()
            )),
            Some((ahead, _)) => refuse(format!(
                "the next step of this train is to {}, not to {}",
                ahead.verb(),
                action.verb()
            )),
            None => refuse(format!("nothing leads on from here, so it cannot {}", action.verb())),
        },
    }
}

fn build_for(decided: &Decided, action: Action, build: Option<&str>) -> Result<String, Refusal> {
    let known = || decided.inputs.facts.builds.last().map(|it| it.value.as_slice());
    match (action, build) {
        (Action::MarkCandidate, Some(number)) => known()
            .unwrap_or_default()
            .iter()
            .find(|build| build.number == number && build.commit.is_some())
            .map(|build| build.number.clone())
            .ok_or_else(|| {
                let words =
                    format!("build: `{number}` is no build of this train whose commit is known");
                Refusal::input("unknown_build", words)
            }),
        (_, Some(number)) if decided.decision.build.as_deref() != Some(number) => {
            let now = decided.decision.build.as_deref().unwrap_or("none");
            let words =
                format!("build: this train is about build {now} now, not {number}; look again");
            Err(Refusal::conflict("other_build", words))
        }
        _ => decided.decision.build.clone().ok_or_else(|| {
            Refusal::conflict("no_build", "there is no build yet that this could be done with")
        }),
    }
}

fn owed(action: Action, reason: &str) -> Result<(), Refusal> {
    if reason.is_empty() {
        let words =
            format!("reason: say why it should {} now; the journal keeps it", action.verb());
        return Err(Refusal::input("no_reason", words));
    }
    Ok(())
}
