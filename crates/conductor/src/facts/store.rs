//! What the store has of a track: of several entries the one that is furthest on its way.

use super::Readings;
use crate::observation::{InStore, Observation, ObservationKind, StorePhase};
use crate::reading::{Fact, Why};
use crate::track::TrackId;

impl Readings {
    pub(super) fn store(&self, track: &TrackId) -> Fact<InStore> {
        let line = track.line();
        let is_absent = |it: &InStore| it.phase == Some(StorePhase::Absent);
        self.one(&line, ObservationKind::Store, is_absent, |seen| match seen {
            Observation::Store { list, .. } => {
                let mut ours = list
                    .items
                    .iter()
                    .filter(|it| self.version_of(&line, it).as_ref() == Some(&track.version));
                match (ours.next(), list.complete) {
                    (Some(first), _) => Ok(ours.fold(first, further).clone()),
                    (None, true) => Ok(InStore::absent()),
                    (None, false) => Err(Why::Partial),
                }
            }
            _ => Err(Why::NoData),
        })
    }
}

/// Of two entries of one version the one that is further on its way. What is over never hides what is in
/// flight: a second build of a version replaces its first. A word that we do not know hides all but what users
/// have, so that nothing is done on the strength of the rest.
fn further<'a>(a: &'a InStore, b: &'a InStore) -> &'a InStore {
    let rank = |it: &InStore| match it.phase {
        Some(StorePhase::Absent) => 0,
        Some(StorePhase::Replaced) => 1,
        Some(StorePhase::Draft) => 2,
        Some(StorePhase::Rejected) => 3,
        Some(StorePhase::NeedsPerson) => 4,
        Some(StorePhase::WaitingForReview) => 5,
        Some(StorePhase::InReview) => 6,
        Some(StorePhase::Approved) => 7,
        None => 8,
        Some(StorePhase::RollingOut) => 9,
        Some(StorePhase::Halted) => 10,
        Some(StorePhase::Complete) => 11,
    };
    let key = |it: &'a InStore| (rank(it), it.served, it.asked, &it.builds, &it.name);
    if key(b) > key(a) { b } else { a }
}

impl InStore {
    /// The store said that it has nothing of this version.
    pub fn absent() -> Self {
        Self {
            version: None,
            builds: Vec::new(),
            name: String::new(),
            phase: Some(StorePhase::Absent),
            asked: None,
            served: None,
            since: None,
            phased: None,
            by_hand: None,
            phased_ready: None,
            note: None,
            link: None,
        }
    }
}
