//! The condition on release windows and freezes. They bind trains of their own class; an emergency passes all.

use super::{Case, Judged};
use crate::explain::day_time;
use crate::finding::{Owner, Verdict};
use crate::reading::Why;
use crate::track::Kind;

pub(super) fn judge(case: &Case<'_>, name: &str) -> Judged {
    let title = "Inside the release window".to_owned();
    let Some(window) = case.facts.windows.get(name) else {
        return Judged::new(Verdict::Unknown, &title, "no such window", format!("window `{name}`"))
            .why(Why::NotConfigured)
            .waits(
                format!("The release window `{name}` is not configured"),
                "add it to the settings",
            )
            .owner(Owner::named("an admin"));
    };
    let threshold = window.title.clone();
    let ours = |judged: Judged| {
        Judged { observed_at: Some(case.now), ..judged }.owner(Owner::named("the calendar"))
    };
    if let Some(said) = &case.people.emergency {
        return ours(
            Judged::new(Verdict::Met, &title, "emergency: no window stops it", threshold)
                .detail(format!("{}: {}", said.by.name, said.reason)),
        );
    }
    if !window.binds.is_empty() && !window.binds.contains(&case.facts.kind) {
        let class = match case.facts.kind {
            Kind::Regular => "a regular train",
            Kind::Hotfix => "a hotfix",
        };
        return ours(Judged::new(
            Verdict::Met,
            &title,
            format!("does not bind {class}"),
            threshold,
        ));
    }
    if let Some(freeze) = window.freezes.iter().find(|it| it.span.contains(case.now)) {
        let until = day_time(freeze.span.until);
        return ours(
            Judged::new(Verdict::Unmet, &title, format!("freeze “{}”", freeze.name), threshold)
                .waits(
                    format!("Freeze “{}” until {until}", freeze.name),
                    format!("it ends {until}"),
                ),
        );
    }
    if let Some(open) = window.open.iter().find(|it| it.contains(case.now)) {
        return ours(Judged::new(
            Verdict::Met,
            &title,
            format!("open until {}", day_time(open.until)),
            threshold,
        ));
    }
    match window.open.iter().find(|it| it.from > case.now) {
        Some(next) => {
            let at = day_time(next.from);
            ours(Judged::new(Verdict::Unmet, &title, format!("opens {at}"), threshold).waits(
                format!("Outside the release window, which opens {at}"),
                format!("it opens {at}"),
            ))
        }
        None => ours(
            Judged::new(Verdict::Unknown, &title, "no opening known", threshold)
                .why(Why::Expired)
                .waits(
                    "No opening of the release window is known",
                    "look at the calendar in the settings",
                ),
        ),
    }
}
