//! Words that conditions ask for by name: a tick, a yes in a role.

use super::Refusal;
use axum::http::StatusCode;
use conductor::condition::Condition;
use conductor::people::{Approval, Tick};
use conductor::{Moment, Person};
use engine::{Decided, Said};
use ports::Wish;

/// A tick of an item that the process has.
pub(super) fn tick(
    decided: &Decided,
    item: &str,
    done: bool,
    comment: String,
    by: &Person,
    now: Moment,
) -> Result<Said, Refusal> {
    let parts = decided.inputs.process.rules().into_iter().flat_map(|it| it.rule.condition.parts());
    let is_asked = |condition: &Condition| match condition {
        Condition::Checklist { items, .. } => items.iter().any(|it| it == item),
        _ => false,
    };
    if !parts.into_iter().any(|(_, part)| is_asked(part)) {
        let words = format!("item: `{item}` is on no checklist of this train");
        return Err(Refusal::input("unknown_item", words));
    }
    let verb = if done { "ticked" } else { "took back the tick of" };
    let tick = Tick {
        item: item.to_owned(),
        done,
        build: decided.decision.build.clone(),
        by: by.clone(),
        at: now,
        comment: comment.clone(),
    };
    Ok(Said { wish: Wish::Tick(tick), text: format!("{verb} “{item}”"), why: comment })
}

/// A yes in a role that this person has.
pub(super) fn approve(
    decided: &Decided,
    role: &str,
    given: bool,
    comment: String,
    by: &Person,
    now: Moment,
) -> Result<Said, Refusal> {
    let Some(people) = decided.inputs.app.roles.get(role) else {
        let words = format!("role: `{role}` is no role of {}", decided.inputs.app.id);
        return Err(Refusal::input("unknown_role", words));
    };
    let same = |it: &&Person| it.name.trim().to_lowercase() == by.name.trim().to_lowercase();
    if people.iter().find(same).is_none() {
        let names = people.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(", ");
        let words = format!("{} has not the role `{role}`; it is {names} who can", by.name);
        return Err(Refusal::new(StatusCode::FORBIDDEN, "not_in_role", words));
    }
    let verb = if given { "approved as" } else { "took back the approval as" };
    let approval = Approval {
        role: role.to_owned(),
        given,
        build: decided.decision.build.clone(),
        by: by.clone(),
        at: now,
        comment: comment.clone(),
    };
    Ok(Said { wish: Wish::Approve(approval), text: format!("{verb} {role}"), why: comment })
}
