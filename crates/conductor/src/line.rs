//! The tracks of one app and platform together: which versions there are, and who is in whose way.

use crate::facts::{Facts, Neighbour};
use crate::people::Interventions;
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
                .map(|open| open.key.action)
                .filter(|action| !action.is_internal()),
            goes_first: false,
            link: it.store.value().and_then(|store| store.link.clone()),
        })
        .collect()
}
