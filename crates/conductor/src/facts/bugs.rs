//! The bugs that ride on a track: the union of all trackers, and since when it has been empty.

use super::Readings;
use crate::moment::{Moment, Span};
use crate::observation::{Bug, Observation, ObservationKind};
use crate::reading::{Fact, Reading, SourceId, Why};
use crate::track::TrackId;
use serde::{Deserialize, Serialize};

/// The bugs that ride on a track.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bugs {
    /// Blocking and open first, then by key.
    pub list: Vec<Bug>,
    /// Whether the list was read to its end.
    pub complete: bool,
    /// Since when no blocking bug has been seen; a fresh zero must outlast the source's index lag.
    pub zero_since: Option<Moment>,
    /// How long a new bug may be missing from the source's search.
    pub index_lag: Span,
}

impl Bugs {
    /// Those that are open and block.
    pub fn blocking(&self) -> impl Iterator<Item = &Bug> {
        self.list.iter().filter(|bug| bug.open && bug.blocking)
    }

    /// Whether a zero that was observed then is too fresh to be believed: a blocker filed just before it
    /// was first seen may not have been in the search yet. Only a later look proves it, not time alone.
    pub fn zero_is_fresh(&self, observed_at: Moment) -> bool {
        self.zero_since.is_none_or(|since| observed_at - since < self.index_lag)
    }
}

impl Fact<Bugs> {
    /// Notes since which reading a whole list has shown no blocking bug. A blocker, or a part of a list,
    /// ends it; a source that does not answer leaves it as it is.
    pub fn note_zero(&mut self, since: &mut Option<Moment>) {
        let Self::Known(reading) = self else { return };
        let zero = reading.value.complete && reading.value.blocking().next().is_none();
        // A zero that was first seen in the future was seen by a clock that has gone back since.
        let stands = since.filter(|since| *since <= reading.observed_at);
        *since = if zero { stands.or(Some(reading.observed_at)) } else { None };
        reading.value.zero_since = *since;
    }
}

impl Readings {
    /// The union of all trackers; incomplete if any of them is.
    pub(super) fn bugs(&self, track: &TrackId) -> Fact<Bugs> {
        let line = track.line();
        let mut bugs = Bugs { complete: true, ..Bugs::default() };
        let mut oldest: Option<Reading<()>> = None;
        let mut missing: Option<(Why, SourceId)> = None;
        for (slot, answer) in self.of(&line, ObservationKind::Bugs) {
            let reading = match answer {
                Ok(reading) => reading,
                Err(why) => {
                    missing.get_or_insert((why, slot.source.clone()));
                    continue;
                }
            };
            let Observation::Bugs { list } = &reading.value else { continue };
            let rides = |bug: &&Bug| {
                bug.rides.iter().any(|ride| {
                    ride.version.same_place(&track.version)
                        && ride.platform.as_ref().is_none_or(|it| *it == track.platform)
                })
            };
            bugs.list.extend(list.items.iter().filter(rides).cloned());
            bugs.complete &= list.complete;
            bugs.index_lag =
                bugs.index_lag.max(self.index_lag.get(&slot.source).copied().unwrap_or_default());
            if oldest.as_ref().is_none_or(|it| reading.observed_at < it.observed_at) {
                oldest = Some(reading.with(()));
            }
        }
        bugs.list.sort_by(|a, b| {
            let key = |it: &'_ Bug| (!(it.open && it.blocking), !it.open);
            key(a).cmp(&key(b)).then_with(|| a.key.cmp(&b.key)).then_with(|| a.title.cmp(&b.title))
        });
        bugs.list.dedup_by(|a, b| a.key == b.key);
        match (oldest, missing) {
            (Some(reading), None) => Fact::Known(reading.with(bugs)),
            // A part of the trackers can prove that there is a blocker, never that there is none.
            (Some(reading), Some(_)) if bugs.blocking().next().is_some() => {
                Fact::Known(reading.with(Bugs { complete: false, ..bugs }))
            }
            (oldest, Some((why, source))) => {
                let last = oldest.map(|reading| Box::new(reading.with(bugs)));
                let last = last.or_else(|| self.last_bugs(track, &source));
                Fact::Unknown { why, source: Some(source), last }
            }
            (None, None) => Fact::default(),
        }
    }

    fn last_bugs(&self, track: &TrackId, source: &SourceId) -> Option<Box<Reading<Bugs>>> {
        let healthy = Self {
            slots: self
                .slots
                .iter()
                .filter(|(slot, _)| slot.source == *source)
                .map(|(s, r)| (s.clone(), r.clone()))
                .collect(),
            owed: self
                .owed
                .iter()
                .filter(|slot| slot.source == *source && self.slots.contains_key(slot))
                .cloned()
                .collect(),
            index_lag: self.index_lag.clone(),
            ..Self::default()
        };
        match healthy.bugs(track) {
            Fact::Known(reading) => Some(Box::new(reading)),
            Fact::Unknown { last, .. } => last,
        }
    }
}
