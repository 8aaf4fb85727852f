//! Conditions that people meet: items of a checklist, and a yes in a role. Names of people are compared without
//! regard to case, so that nobody counts twice.

use super::{Case, Judged};
use crate::app::Person;
use crate::explain::{count, list};
use crate::finding::{Gauge, Owner, Verdict};
use crate::people::{Approval, Tick};
use crate::reading::{SourceId, Why};
use std::collections::BTreeMap;

/// Whether a word that was given for a build counts for the build in question.
fn counts(case: &Case<'_>, each_build: bool, build: Option<&String>) -> bool {
    !each_build || build == case.build.map(|it| &it.number)
}

fn ours(case: &Case<'_>, judged: Judged) -> Judged {
    Judged {
        source: Some(SourceId::signalbox()),
        observed_at: Some(case.now),
        link: Some(case.facts.track.path()),
        ..judged
    }
}

pub(super) fn checklist(case: &Case<'_>, items: &[String], each_build: bool) -> Judged {
    const TITLE: &str = "Checklist ticked";
    let last = |item: &String| -> Option<&Tick> {
        case.people
            .ticks
            .iter()
            .rfind(|it| it.item == *item && counts(case, each_build, it.build.as_ref()))
    };
    let open: Vec<String> =
        items.iter().filter(|item| !last(item).is_some_and(|it| it.done)).cloned().collect();
    let done = items.len() - open.len();
    let mut judged = Judged::new(
        Verdict::when(open.is_empty()),
        TITLE,
        format!("{done} of {}", items.len()),
        format!("needs {}", items.len()),
    )
    .detail(if open.is_empty() { String::new() } else { format!("Open: {}", list(&open, 5)) })
    .waits(
        format!("Waiting for {}: {}", count(open.len() as u64, "tick"), list(&open, 3)),
        "do it, then tick it on this page",
    )
    .owner(Owner::named("the release team"));
    judged.gauge = (done * 1_000)
        .checked_div(items.len())
        .map(|value| Gauge { value: value as u16, threshold: 1_000 });
    ours(case, judged)
}

pub(super) fn approved(case: &Case<'_>, role: &str, at_least: u32, each_build: bool) -> Judged {
    let title = format!("Approved by {role}");
    let threshold = format!("needs {at_least}");
    let Some(people) = case.app.roles.get(role) else {
        return ours(
            case,
            Judged::new(Verdict::Unknown, &title, "no such role", threshold)
                .why(Why::NotConfigured)
                .waits(
                    format!("Nobody has the role `{role}`"),
                    "name its people in the settings of the app, or take the rule out",
                )
                .owner(Owner::named("an admin")),
        );
    };
    let holds_role = |by: &Person| people.iter().any(|it| same(it, by));
    let mut words: BTreeMap<String, &Approval> = BTreeMap::new();
    for said in &case.people.approvals {
        if said.role == role
            && holds_role(&said.by)
            && counts(case, each_build, said.build.as_ref())
        {
            words.insert(said.by.name.trim().to_lowercase(), said);
        }
    }
    let given: Vec<String> =
        words.values().filter(|it| it.given).map(|it| it.by.name.clone()).collect();
    let missing = u64::from(at_least).saturating_sub(given.len() as u64);
    let judged = Judged::new(
        Verdict::when(missing == 0),
        &title,
        format!("{} of {at_least}", given.len()),
        threshold,
    )
    .detail(if given.is_empty() {
        String::new()
    } else {
        format!("Approved by {}", list(&given, 3))
    })
    .waits(
        format!("Waiting for {} by {role}", count(missing, "approval")),
        "they look at it and approve, or say why not",
    )
    .owner(Owner { name: role.to_owned(), people: people.clone() });
    ours(case, judged)
}

/// Whether two names are one person's.
pub(super) fn same(a: &Person, b: &Person) -> bool {
    a.name.trim().to_lowercase() == b.name.trim().to_lowercase()
}
