//! Conditions on the store, on time and on the other trains of the line.

use super::{Case, Judged};
use crate::app::StoreKind;
use crate::explain::{console_step, day_time, phase_words};
use crate::finding::{Cause, Gauge, Owner, Verdict};
use crate::moment::Span;
use crate::observation::{InStore, Phased, Share, StorePhase};
use crate::reading::Why;
use crate::track::Kind;

pub(super) fn soaked(case: &Case<'_>, hours: u32, at: Option<Share>) -> Judged {
    let needed = Span::hours(i64::from(hours));
    let title = match at {
        Some(share) => format!("Soaked for {needed} at {share}"),
        None => format!("Soaked for {needed}"),
    };
    let threshold = format!("needs {needed}");
    let store = match case.facts.store.fresh(case.max_age, case.now) {
        Ok(store) => store,
        Err(why) => return Judged::unknown(&title, &threshold, why, &case.facts.store, None),
    };
    let so_far = match at {
        Some(share) => at_share(case, &store.value, share),
        None => case.soaked,
    };
    let share =
        at.or(store.value.served).map_or_else(|| "its share".to_owned(), |share| share.to_string());
    // Nothing is left to soak for once everybody has it: then it is watched.
    let doing = if share == Share::ALL.to_string() { "Watching" } else { "Soaking" };
    let mut judged =
        Judged::new(Verdict::when(so_far >= needed), &title, so_far.to_string(), threshold)
            .from_reading(store)
            .waits(format!("{doing} at {share}: {so_far} of {needed}"), "it passes by itself")
            .owner(Owner::named("time"))
            .cause(Cause::Time);
    let value = so_far.as_millis().max(0).saturating_mul(1_000) / needed.as_millis().max(1);
    judged.gauge = Some(Gauge { value: value.min(1_000) as u16, threshold: 1_000 });
    judged
}

/// How long at least this share has been served. Where the store grows it by itself, a day of its plan counts for
/// the share of that day alone, and its past days have come to their end.
fn at_share(case: &Case<'_>, store: &InStore, share: Share) -> Span {
    let told: i64 = case
        .at_share
        .iter()
        .filter(|(at, _)| match store.phased {
            Some(_) => **at == share,
            None => **at >= share,
        })
        .map(|(_, span)| span.as_millis().max(0))
        .fold(0, i64::saturating_add);
    let past = store.phased.as_ref().is_some_and(|it| {
        Phased::SHARES
            .iter()
            .position(|at| *at == share)
            .is_some_and(|day| day + 1 < usize::from(it.day))
    });
    Span::millis(if past { told.max(Span::hours(24).as_millis()) } else { told })
}

pub(super) fn store(case: &Case<'_>, is: &[StorePhase], by_hand: bool, phased: bool) -> Judged {
    let name = case.facts.store_kind.title();
    let title = match is {
        [] if phased => "A staged rollout stands ready".to_owned(),
        [] => "It waits for our release after approval".to_owned(),
        [StorePhase::Approved, ..] => format!("{name} approved it"),
        [StorePhase::Complete, ..] => format!("{name} serves it to everybody"),
        _ => format!("{name} shows the right state"),
    };
    let wanted = is.iter().map(|phase| phase_words(*phase)).collect::<Vec<_>>().join(" or ");
    let threshold = match is {
        [] if phased => "ready before the release".to_owned(),
        [] => "released by hand".to_owned(),
        _ => format!("needs {wanted}"),
    };
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
    let plan = [
        (by_hand, reading.value.by_hand, "would release itself on approval", "how it is released"),
        (
            phased,
            reading.value.phased_ready,
            "would reach everybody at once",
            "whether it grows by stages",
        ),
    ];
    for (_, told, danger, untold) in plan.into_iter().filter(|(asked, ..)| *asked) {
        let linked = |judged: Judged| judged.from_reading(reading).owner(case.app.whose());
        match told {
            Some(true) => {}
            Some(false) => {
                let step = "set it in the store's console; the conductor sets it too before it submits or releases";
                let judged = Judged::new(Verdict::Unmet, &title, danger, threshold);
                // Before its submission there is still time to set it.
                let early =
                    matches!(reading.value.phase, Some(StorePhase::Absent | StorePhase::Draft));
                let judged = if early && !phased { judged } else { judged.cause(Cause::Danger) };
                return linked(judged.waits(format!("{name}: a release {danger}"), step));
            }
            None => {
                return linked(
                    Judged::new(Verdict::Unknown, &title, "not told", threshold)
                        .why(Why::NoData)
                        .waits(
                            format!("{name} does not tell {untold}"),
                            "it is read again with the next tick",
                        ),
                );
            }
        }
    }
    if is.is_empty() {
        return Judged::new(Verdict::Met, &title, "as it must be", threshold)
            .from_reading(reading)
            .owner(Owner::named(name));
    }
    let Some(phase) = reading.value.phase else {
        let word = if note.is_empty() { String::new() } else { format!(": {note}") };
        let message = format!("{name} uses a word that we do not know{word}");
        return Judged::new(Verdict::Unknown, &title, "an unknown word", threshold)
            .from_reading(reading)
            .why(Why::Contradiction { message: message.clone() })
            .waits(message, format!("look at it in {name}, and report the word"))
            .owner(Owner::named(name));
    };
    let since =
        reading.value.since.map_or_else(String::new, |at| format!(", since {}", day_time(at)));
    let by_store = || Owner::named(name);
    let (waits, next_step, owner) = match phase {
        StorePhase::WaitingForReview | StorePhase::InReview => {
            (format!("In review at {name}"), "it answers by itself".to_owned(), by_store())
        }
        StorePhase::NeedsPerson => (
            format!("{name} waits for a person in its console"),
            console_step(case.facts.store_kind, phase).to_owned(),
            case.app.whose(),
        ),
        StorePhase::Rejected => (
            format!("{name} rejected it"),
            console_step(case.facts.store_kind, phase).to_owned(),
            case.app.whose(),
        ),
        StorePhase::Absent
        | StorePhase::Draft
        | StorePhase::Approved
        | StorePhase::RollingOut
        | StorePhase::Halted
        | StorePhase::Complete
        | StorePhase::Replaced => (
            format!("{name} shows: {}", phase_words(phase)),
            "it is read again with the next tick".to_owned(),
            by_store(),
        ),
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
    .owner(owner)
}

/// A hotfix goes first, and there is one submission or rollout at a time.
pub(super) fn line_clear(case: &Case<'_>, supersedes: bool) -> Judged {
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
        .cause(Cause::Danger)
        .owner(case.app.whose());
    }
    let mut others: Vec<_> =
        case.facts.line.iter().filter(|it| it.version != *ours && !it.over).collect();
    others.sort_by(|a, b| a.version.cmp(&b.version));
    let ours_is_hotfix = case.facts.kind == Kind::Hotfix;
    let mut verdict = Verdict::Met;
    let mut words = (String::new(), String::new(), String::new());
    let mut superseded = None;
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
                Verdict::when(
                    ours_is_hotfix
                        || (supersedes && other.kind == Kind::Regular && *version < *ours),
                ),
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
        if this == Verdict::Met {
            superseded = Some(version.clone());
        }
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
    let value = match (verdict, &superseded) {
        (Verdict::Met, Some(version)) => format!("takes the place of {version}"),
        (Verdict::Met, None) => "clear".to_owned(),
        (Verdict::Unmet | Verdict::Unknown, _) => words.0,
    };
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
