//! Facts by name: which source's word counts for a name, and why nothing is known of a name that none tells.

use super::Readings;
use crate::observation::{Backmerge, Named, Observation, ObservationKind, Planned, Readiness};
use crate::reading::{Fact, SourceId, Why};
use crate::track::TrackId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What sources told under each name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ByName {
    /// By name: for the build if a source tells builds apart, else for the version, else for the app.
    pub told: BTreeMap<String, Vec<Fact<Named>>>,
    /// Why nothing is known of any other name, and whose answer is missing.
    pub rest: Option<(Why, Option<SourceId>)>,
}

impl ByName {
    /// Whether no source told or owes anything.
    pub fn is_empty(&self) -> bool {
        self.told.is_empty() && self.rest.is_none()
    }

    /// What is known under a name about a build of the track. The word about the build counts before that about
    /// the version, and that before the app's.
    pub fn get(&self, name: &str, build: Option<&str>) -> Fact<Named> {
        let about = |fact: &&Fact<Named>| {
            fact.last()
                .is_none_or(|it| it.value.build.is_none() || it.value.build.as_deref() == build)
        };
        let depth = |fact: &&Fact<Named>| {
            fact.last().map(|it| (it.value.build.is_some(), it.value.version.is_some()))
        };
        let all = self.told.get(name).into_iter().flatten();
        // The last of the deepest; facts are in order of their sources, and the first source wins.
        all.rev().filter(about).max_by_key(depth).cloned().unwrap_or_else(|| match &self.rest {
            Some((why, source)) => Fact::unknown(why.clone(), source.clone()),
            None => Fact::default(),
        })
    }
}

impl Readings {
    /// What is told by name about a track, from all sources of a kind.
    pub(super) fn named(&self, track: &TrackId, kind: ObservationKind) -> ByName {
        let line = track.line();
        let mut names = ByName::default();
        for (slot, answer) in self.of(&line, kind) {
            let (why, reading) = match answer {
                Ok(reading) => (None, Some(reading)),
                Err(why) => (Some(why), self.slots.get(slot)),
            };
            let list = match reading.map(|it| &it.value) {
                Some(
                    Observation::Named { list, .. }
                    | Observation::Metrics { list, .. }
                    | Observation::Checks { list, .. }
                    | Observation::Flags { list, .. },
                ) => Some(list),
                _ => None,
            };
            let rest = why.clone().unwrap_or(match list {
                Some(list) if list.complete => Why::NoData,
                _ => Why::Partial,
            });
            // A source that fails says more about what is missing than one that has nothing.
            if names.rest.as_ref().is_none_or(|(was, _)| *was == Why::NoData) {
                names.rest = Some((rest, Some(slot.source.clone())));
            }
            let (Some(reading), Some(list)) = (reading, list) else { continue };
            let ours = list.items.iter().filter(|it| {
                it.version.as_ref().is_none_or(|version| version.same_place(&track.version))
            });
            for item in ours {
                let mut told = reading.with(item.clone());
                if let Some(at) = item.at {
                    // A list that was read just now may hold a value of yesterday.
                    told.observed_at = at;
                }
                told.link = item.link.clone().or(told.link);
                let fact = match &why {
                    None => Fact::Known(told),
                    Some(why) => Fact::Unknown {
                        why: why.clone(),
                        source: Some(slot.source.clone()),
                        last: Some(Box::new(told)),
                    },
                };
                names.told.entry(item.name.clone()).or_default().push(fact);
            }
        }
        names
    }

    /// What the store asks for beside the build.
    pub(super) fn readiness(&self, track: &TrackId) -> Fact<Readiness> {
        self.one(
            &track.line(),
            ObservationKind::Readiness,
            |_| false,
            |seen| match seen {
                Observation::Readiness { list, .. } => {
                    let ours = list.items.iter().find(|it| it.version.same_place(&track.version));
                    ours.cloned().ok_or(if list.complete { Why::NoData } else { Why::Partial })
                }
                _ => Err(Why::NoData),
            },
        )
    }

    /// What was planned for it.
    pub(super) fn plan_of(&self, track: &TrackId) -> Fact<Planned> {
        self.one(
            &track.line(),
            ObservationKind::Planned,
            |_| false,
            |seen| match seen {
                Observation::Planned { list } => {
                    let ours = list.items.iter().filter(|it| {
                        it.platform.as_ref().is_none_or(|on| *on == track.platform)
                            && it.version.same_place(&track.version)
                    });
                    // The word about the platform counts before the word about all.
                    ours.max_by_key(|it| it.platform.is_some()).cloned().ok_or(Why::NoData)
                }
                _ => Err(Why::NoData),
            },
        )
    }

    /// What its release branch has and the main branch lacks.
    pub(super) fn backmerge(&self, track: &TrackId) -> Fact<Backmerge> {
        self.one(
            &track.line(),
            ObservationKind::Backmerges,
            |_| false,
            |seen| match seen {
                Observation::Backmerges { list, .. } => {
                    let ours = list.items.iter().find(|it| it.version.same_place(&track.version));
                    ours.cloned().ok_or(if list.complete { Why::NoData } else { Why::Partial })
                }
                _ => Err(Why::NoData),
            },
        )
    }
}
