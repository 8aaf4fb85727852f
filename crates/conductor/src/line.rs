//! The tracks of one app and platform together: which versions there are, and who is in whose way.

use crate::decide::{Decision, Inputs, Next, decide, is_exclusive};
use crate::facts::{Facts, Neighbour};
use crate::intent::IntentState;
use crate::observation::StorePhase;
use crate::people::Interventions;
use crate::process::Mode;
use crate::track::{Kind, TrackId};
use crate::version::Version;
use std::collections::{BTreeMap, BTreeSet};

/// Whether a version is a hotfix by its number: one more figure than the version that it repairs, and that
/// version exists. A patch without a base is no hotfix: it took the base's place.
pub fn kind_of(version: &Version, all: &BTreeSet<Version>) -> Kind {
    let numbers = version.numbers();
    let repairs = |other: &Version| {
        other != version
            && other.numbers().len() < numbers.len()
            && numbers.starts_with(other.numbers())
            && other < version
    };
    if numbers.len() >= 3 && all.iter().any(repairs) { Kind::Hotfix } else { Kind::Regular }
}

/// What each track sees of the others on its line.
pub fn neighbours(facts: &[Facts], people: &BTreeMap<TrackId, Interventions>) -> Vec<Neighbour> {
    facts
        .iter()
        .map(|it| Neighbour {
            version: it.track.version.clone(),
            kind: it.kind,
            phase: it.store.value().and_then(|store| store.phase),
            branched: it.branch.value().is_some_and(Option::is_some),
            over: people
                .get(&it.track)
                .is_some_and(|it| it.finished_at.is_some() || it.cancelled.is_some()),
            served: it.store.value().and_then(|store| store.served),
            under_way: people
                .get(&it.track)
                .and_then(|it| it.open_intent.as_ref())
                // What only waits for a yes is not under way.
                .filter(|open| open.state != IntentState::Proposed)
                .map(|open| open.key.action)
                .filter(|action| !action.is_internal()),
            goes_first: false,
            link: it.store.value().and_then(|store| store.link.clone()),
        })
        .collect()
}

/// Decides all tracks of one line together, so that what one does to the other is decided once. Where several could
/// do at the same time what only one can (submit, start, publish), the hotfix goes first, then the oldest version; the
/// others are decided again with that in what they are decided from, so that anybody can decide each of them alone.
pub fn decide_line(line: Vec<Inputs>) -> Vec<(Inputs, Decision)> {
    let contends = |decision: &Decision| matches!(decision.next, Next::Fire { action, mode: Mode::Auto } if is_exclusive(action));
    let mut decided: Vec<(Inputs, Decision)> = line
        .into_iter()
        .map(|inputs| {
            let decision = decide(&inputs);
            (inputs, decision)
        })
        .collect();
    let all = || decided.iter().filter(|(_, it)| contends(it)).map(|(inputs, _)| &inputs.facts);
    let first = all().min_by_key(|it| (it.kind != Kind::Hotfix, &it.track.version));
    let Some(first) = first.filter(|_| all().nth(1).is_some()) else { return decided };
    let first = first.track.version.clone();
    for (inputs, decision) in &mut decided {
        if inputs.facts.track.version == first || !contends(decision) {
            continue;
        }
        for other in inputs.facts.line.iter_mut().filter(|it| it.version == first) {
            other.goes_first = true;
        }
        *decision = decide(inputs);
    }
    decided
}

/// The one of a line's tracks that users have: live for everybody, since the latest moment. `None`: the store showed
/// none.
pub fn live<'a>(line: impl IntoIterator<Item = &'a Facts>) -> Option<&'a Facts> {
    let store = |it: &'a Facts| it.store.last().map(|store| &store.value);
    let since = |it: &'a Facts| store(it).and_then(|store| store.since);
    line.into_iter()
        .filter(|it| store(it).and_then(|it| it.phase) == Some(StorePhase::Complete))
        .max_by(|a, b| since(a).cmp(&since(b)).then_with(|| a.track.version.cmp(&b.track.version)))
}

/// The version that another follows at the store: the one that users have, whatever its number; else the highest below
/// it that they had. `None`: the store knows of none.
pub fn previous(line: &[Facts], of: &Facts) -> Option<Version> {
    let ours = &of.track.version;
    let phase = |it: &Facts| it.store.value().and_then(|store| store.phase);
    let since = |it: &Facts| it.store.value().and_then(|store| store.since);
    let others = || line.iter().filter(|it| it.track.version != *ours);
    let live = others()
        .filter(|it| phase(it) == Some(StorePhase::Complete))
        .max_by(|a, b| since(a).cmp(&since(b)).then_with(|| a.track.version.cmp(&b.track.version)));
    let had = |it: &&Facts| {
        let phase = phase(it);
        it.track.version < *ours
            && matches!(
                phase,
                Some(StorePhase::Replaced | StorePhase::Halted | StorePhase::RollingOut)
            )
    };
    let below = || others().filter(had).max_by(|a, b| a.track.version.cmp(&b.track.version));
    live.or_else(below).map(|it| it.track.version.clone())
}
