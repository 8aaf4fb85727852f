//! The condition on blocking bugs. A list proves that there are none only if the source said that it was
//! whole, and only once that has stood for longer than its index lag.

use super::{Case, Judged};
use crate::explain::{count, list};
use crate::finding::{Owner, Verdict};
use crate::reading::Why;

pub(super) fn blocking(case: &Case<'_>, at_most: u32) -> Judged {
    const TITLE: &str = "No open blocking bug";
    let title = if at_most == 0 {
        TITLE.to_owned()
    } else {
        format!("At most {}", count(u64::from(at_most), "blocking bug"))
    };
    let threshold = format!("at most {at_most}");
    let fact = &case.facts.bugs;
    let bugs = match fact.fresh(case.max_age, case.now) {
        Ok(bugs) => bugs,
        Err(why) => {
            let last = fact.last().map(|it| format!("{} open", it.value.blocking().count()));
            return Judged::unknown(&title, &threshold, why, fact, last);
        }
    };
    let open: Vec<_> = bugs.value.blocking().collect();
    let keys: Vec<String> = open.iter().map(|bug| bug.key.clone()).collect();
    let value = format!("{} open", open.len());
    let judged = if open.len() > at_most as usize {
        let mut people: Vec<_> = open.iter().filter_map(|bug| bug.assignee.clone()).collect();
        people.sort();
        people.dedup();
        let names: Vec<String> = people.iter().map(|it| it.name.clone()).collect();
        let name = if names.is_empty() { "nobody yet".to_owned() } else { list(&names, 2) };
        let more = if bugs.value.complete { "" } else { " (the list was not read to its end)" };
        Judged::new(Verdict::Unmet, &title, value, &threshold)
            .detail(format!("{}{more}", list(&keys, 4)))
            .waits(
                format!("{} open: {}", count(open.len() as u64, "blocking bug"), list(&keys, 3)),
                "fix them, move them to another version, or lower their priority",
            )
            .owner(Owner { name, people })
            .link(open.first().and_then(|bug| bug.link.clone()))
    } else if !bugs.value.complete {
        Judged::new(Verdict::Unknown, &title, format!("{value} so far"), &threshold)
            .why(Why::Partial)
            .detail("The list was not read to its end")
            .waits(
                format!("{} gave only a part of its list of bugs", bugs.source),
                "it is read again with the next tick",
            )
            .owner(Owner::named(bugs.source.as_str()))
    } else if open.is_empty() && bugs.value.zero_is_fresh(bugs.observed_at) {
        Judged::new(Verdict::Unknown, &title, value, &threshold)
            .why(Why::NoData)
            .detail(format!("A zero counts once it has stood for {}", bugs.value.index_lag))
            .waits(
                format!("No blocking bug, if it stays so for {}", bugs.value.index_lag),
                format!("a bug filed just now may not be in the search of {} yet", bugs.source),
            )
            .owner(Owner::named(bugs.source.as_str()))
    } else {
        Judged::new(Verdict::Met, &title, value, &threshold)
            .owner(Owner::named(bugs.source.as_str()))
    };
    judged.from_reading(bugs)
}
