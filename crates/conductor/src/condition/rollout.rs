//! Conditions on the store, on time and on the other trains of the line.

use super::{Case, Judged};
use crate::app::StoreKind;
use crate::explain::{day_time, phase_words};
use crate::finding::{Cause, Gauge, Owner, Verdict};
use crate::moment::Span;
use crate::observation::StorePhase;
use crate::reading::Why;
use crate::track::Kind;

pub(super) fn soaked(case: &Case<'_>, hours: u32) -> Judged {
    let needed = Span::hours(i64::from(hours));
    let title = format!("Soaked for {needed}");
    let threshold = format!("needs {needed}");
    let store = match case.facts.store.fresh(case.max_age, case.now) {
        Ok(store) => store,
        Err(why) => return Judged::unknown(&title, &threshold, why, &case.facts.store, None),
    };
    let so_far = case.soaked;
    let share =
        store.value.served.map_or_else(|| "its share".to_owned(), |share| share.to_string());
    let mut judged =
        Judged::new(Verdict::when(so_far >= needed), &title, so_far.to_string(), threshold)
            .from_reading(store)
            .waits(format!("Soaking at {share}: {so_far} of {needed}"), "time passes by itself")
            .owner(Owner::named("time"))
            .cause(Cause::Time);
    let value = so_far.as_millis().max(0).saturating_mul(1_000) / needed.as_millis().max(1);
    judged.gauge = Some(Gauge { value: value.min(1_000) as u16, threshold: 1_000 });
    judged
}

pub(super) fn store(case: &Case<'_>, is: &[StorePhase]) -> Judged {
    let name = case.facts.store_kind.title();
    let title = match is {
        [StorePhase::Approved, ..] => format!("{name} approved it"),
        [StorePhase::Complete, ..] => format!("{name} serves it to everybody"),
        _ => format!("{name} shows the right state"),
    };
    let wanted = is.iter().map(|phase| phase_words(*phase)).collect::<Vec<_>>().join(" or ");
    let threshold = format!("needs {wanted}");
    let fact = &case.facts.store;
    let reading = match fact.fresh(case.max_age, case.now) {
        Ok(reading) => reading,
        Err(why) => {
            let last =
                fact.last().and_then(|it| it.value.phase).map(|it| phase_words(it).to_owned());
            return Judged::unknown(&title, &threshold, why, fact, last);
        }
    };
    let note = reading.value.note.clone().unwrap_or_default();
    let Some(phase) = reading.value.phase else {
        let message = format!("{name} uses a word that we do not know: {note}");
        return Judged::new(Verdict::Unknown, &title, "an unknown word", threshold)
            .from_reading(reading)
            .why(Why::Contradiction { message: message.clone() })
            .waits(message, format!("look at it in {name}, and report the word"))
            .owner(Owner::named(name));
    };
    let since =
        reading.value.since.map_or_else(String::new, |at| format!(", since {}", day_time(at)));
    let (waits, next_step, owner) = match phase {
        StorePhase::WaitingForReview | StorePhase::InReview => {
            (format!("In review at {name}"), format!("{name} answers"), name)
        }
        StorePhase::NeedsPerson => (
            format!("{name} waits for a person in its console"),
            "press Send or Publish there, or answer its question".to_owned(),
            "the app's owner",
        ),
        StorePhase::Rejected => (
            format!("{name} rejected it"),
            "answer in its console, or send another build".to_owned(),
            "the app's owner",
        ),
        StorePhase::Absent
        | StorePhase::Draft
        | StorePhase::Approved
        | StorePhase::RollingOut
        | StorePhase::Halted
        | StorePhase::Complete
        | StorePhase::Replaced => {
            (format!("{name} shows: {}", phase_words(phase)), format!("{name} moves it on"), name)
        }
    };
    Judged::new(
        Verdict::when(is.contains(&phase)),
        &title,
        format!("{}{since}", phase_words(phase)),
        threshold,
    )
    .from_reading(reading)
    .link(reading.value.link.clone().or_else(|| reading.link.clone()))
    .detail(note)
    .waits(waits, next_step)
    .owner(Owner::named(owner))
}

pub(super) fn window(case: &Case<'_>, name: &str) -> Judged {
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

/// A hotfix goes first, and there is one submission or rollout at a time.
pub(super) fn line_clear(case: &Case<'_>) -> Judged {
    const TITLE: &str = "No other version is in the way";
    const THRESHOLD: &str = "one version at a time";
    let ours = &case.facts.track.version;
    // Where the others are is the store's word, and it goes stale like any other.
    let fact = &case.facts.store;
    if let Err(why) = fact.fresh(case.max_age, case.now) {
        return Judged::unknown(TITLE, THRESHOLD, why, fact, None);
    }
    if case.facts.store_kind == StoreKind::AppStore
        && let Some(live) = case
            .facts
            .line
            .iter()
            .filter(|it| it.phase == Some(StorePhase::Complete) && it.version > *ours)
            .max_by(|a, b| a.version.cmp(&b.version))
    {
        let live = &live.version;
        return Judged {
            source: fact.source().cloned(),
            observed_at: fact.last().map(|it| it.observed_at),
            ..Judged::new(Verdict::Unmet, TITLE, format!("{live} is live"), THRESHOLD)
        }
        .waits(
            format!("{ours} is below the live {live}: the App Store will refuse it"),
            format!("choose a number above {live}, or ship it as a new app"),
        )
        .owner(Owner::named("the app's owner"));
    }
    let mut others: Vec<_> =
        case.facts.line.iter().filter(|it| it.version != *ours && !it.over).collect();
    others.sort_by(|a, b| a.version.cmp(&b.version));
    let ours_is_hotfix = case.facts.kind == Kind::Hotfix;
    let mut verdict = Verdict::Met;
    let mut words = (String::new(), String::new(), String::new());
    for other in others {
        let version = &other.version;
        let (this, value, waits) = match other.phase {
            Some(
                StorePhase::WaitingForReview
                | StorePhase::InReview
                | StorePhase::Approved
                | StorePhase::NeedsPerson,
            ) => (
                Verdict::when(ours_is_hotfix && other.kind == Kind::Regular),
                format!("{version} is in review"),
                format!("{version} is in review, one version at a time"),
            ),
            Some(StorePhase::RollingOut | StorePhase::Halted) => (
                Verdict::when(ours_is_hotfix),
                format!("{version} is in rollout"),
                format!("{version} is in rollout, one at a time"),
            ),
            Some(StorePhase::Rejected) => (
                Verdict::when(ours_is_hotfix),
                format!("{version} was rejected"),
                format!("{version} was rejected and still holds the submission"),
            ),
            Some(StorePhase::Absent | StorePhase::Draft)
                if other.kind == Kind::Hotfix && other.branched && !ours_is_hotfix =>
            {
                (
                    Verdict::Unmet,
                    format!("hotfix {version} goes first"),
                    format!("Hotfix {version} goes first"),
                )
            }
            Some(
                StorePhase::Absent
                | StorePhase::Draft
                | StorePhase::Complete
                | StorePhase::Replaced,
            ) => continue,
            None => (
                Verdict::Unknown,
                format!("{version}: not known"),
                format!("Not known where {version} is"),
            ),
        };
        let worse = Verdict::all([verdict, this]);
        if worse != verdict {
            verdict = worse;
            words = (
                value,
                waits,
                format!("it is clear once {version} is through, cancelled or superseded"),
            );
        }
    }
    let value = if verdict == Verdict::Met { "clear".to_owned() } else { words.0 };
    let mut judged = Judged::new(verdict, TITLE, value, THRESHOLD)
        .waits(words.1, words.2)
        .owner(Owner::named("the version ahead"));
    if verdict == Verdict::Unknown {
        judged = judged.why(Why::NoData).owner(Owner::named(
            fact.source().map_or_else(|| "the store".to_owned(), ToString::to_string),
        ));
        "it is read again with the next tick".clone_into(&mut judged.next_step);
    }
    judged.source = fact.source().cloned();
    judged.observed_at = fact.last().map(|it| it.observed_at);
    judged
}
