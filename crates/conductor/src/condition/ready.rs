//! What a version needs beside its build: the store's texts and declarations, and its fixes on the main branch.

use super::{Case, Judged};
use crate::explain::{count, list};
use crate::finding::{Owner, Verdict};
use crate::reading::Why;

const THRESHOLD: &str = "notes, declarations, access";

pub(super) fn store_ready(
    case: &Case<'_>,
    locales: &[String],
    declarations: bool,
    reviewer_access: bool,
) -> Judged {
    let store = case.facts.store_kind.title();
    let title = format!("{store} has what it asks for");
    let fact = &case.facts.readiness;
    let reading = match fact.fresh(case.max_age, case.now) {
        Ok(reading) => reading,
        Err(why) => return Judged::unknown(&title, THRESHOLD, why, fact, None),
    };
    let it = &reading.value;
    let (mut lacks, mut untold) = (Vec::new(), Vec::new());
    let needed = if locales.is_empty() { it.offered_in.as_deref() } else { Some(locales) };
    match (needed, &it.notes_in) {
        (Some(needed), Some(notes)) => {
            let without: Vec<String> =
                needed.iter().filter(|locale| !notes.contains(locale)).cloned().collect();
            if !without.is_empty() {
                lacks.push(format!("release notes in {}", list(&without, 4)));
            }
        }
        _ => untold.push("release notes"),
    }
    match &it.declarations_owed {
        _ if !declarations => {}
        Some(owed) if owed.is_empty() => {}
        Some(owed) => lacks.push(list(owed, 3)),
        None => untold.push("declarations"),
    }
    match it.reviewer_access {
        _ if !reviewer_access => {}
        Some(true) => {}
        Some(false) => lacks.push("the reviewer's access".to_owned()),
        None => untold.push("the reviewer's access"),
    }
    let judged = if !lacks.is_empty() {
        Judged::new(Verdict::Unmet, &title, format!("lacks {}", list(&lacks, 3)), THRESHOLD)
            .waits(
                format!("{store} still needs {}", list(&lacks, 3)),
                "give it in the store's console",
            )
            .owner(Owner::named("the release team"))
    } else if !untold.is_empty() {
        let what = untold.join(", ");
        Judged::new(Verdict::Unknown, &title, format!("{what}: not told"), THRESHOLD)
            .why(Why::NoData)
            .waits(
                format!("{} does not tell: {what}", reading.source),
                "look in the console, and take out of the rule what no source tells",
            )
            .owner(Owner::named(reading.source.as_str()))
    } else {
        Judged::new(Verdict::Met, &title, "ready", THRESHOLD).owner(Owner::named(store))
    };
    judged.link(it.link.clone()).from_reading(reading)
}

pub(super) fn backmerged(case: &Case<'_>, at_most: u32) -> Judged {
    const TITLE: &str = "Fixes are on the main branch";
    let threshold = format!("at most {at_most} missing");
    let fact = &case.facts.backmerge;
    let reading = match fact.fresh(case.max_age, case.now) {
        Ok(reading) => reading,
        Err(why) => {
            let last = fact.last().map(|it| format!("{} missing", it.value.missing));
            return Judged::unknown(TITLE, &threshold, why, fact, last);
        }
    };
    let it = &reading.value;
    let value = format!("{} missing", it.missing);
    let head = case.facts.branch.last().and_then(|it| it.value.as_ref()).map(|it| &it.head);
    let judged = if head.is_some_and(|head| *head != it.head) {
        // The branch moved on since the two were compared.
        Judged::new(Verdict::Unknown, TITLE, value, threshold).why(Why::NoData).waits(
            "Not compared with the main branch since the last commit",
            "it is compared with the next tick",
        )
    } else {
        let commits: Vec<String> = it.commits.iter().map(|it| it.sha.short().to_owned()).collect();
        Judged::new(Verdict::when(it.missing <= at_most), TITLE, value, threshold)
            .detail(list(&commits, 4))
            .waits(
                format!(
                    "{} of the release branch are not on the main branch",
                    count(u64::from(it.missing), "commit")
                ),
                "merge them back, or they are missing from the next version",
            )
    };
    judged.link(it.link.clone()).from_reading(reading).owner(Owner::named(reading.source.as_str()))
}
