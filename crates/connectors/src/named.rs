//! What connectors tell by name, as settings list it under `values`: readings, metrics, compliance checks, feature flags, about an
//! app or one of its platforms. Which question gives which value is the connector's; how answers become
//! observations, and what a question that failed does to the others, is said here once.

use crate::source::{Gathered, Owed};
use conductor::observation::{Listing, Named, Observation, ObservationKind, Value};
use conductor::{AppId, Moment, Platform};
use ports::SourceError;
use serde::Deserialize;
use std::collections::BTreeMap;

/// As what a value under a name is told: for which condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Told {
    /// For `reading`.
    Reading,
    /// For `metric`: a number, with a sample if its source tells one.
    Metric,
    /// For `compliance`.
    Check,
    /// For `flag`.
    Flag,
}

impl Told {
    /// As which observation it is told.
    pub(crate) fn kind(self) -> ObservationKind {
        match self {
            Self::Reading => ObservationKind::Named,
            Self::Metric => ObservationKind::Metrics,
            Self::Check => ObservationKind::Checks,
            Self::Flag => ObservationKind::Flags,
        }
    }

    pub(crate) fn observation(
        self,
        platform: Option<Platform>,
        list: Listing<Named>,
    ) -> Observation {
        match self {
            Self::Reading => Observation::Named { platform, list },
            Self::Metric => Observation::Metrics { platform, list },
            Self::Check => Observation::Checks { platform, list },
            Self::Flag => Observation::Flags { platform, list },
        }
    }

    /// The word in settings.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Metric => "metric",
            Self::Check => "check",
            Self::Flag => "flag",
        }
    }

    /// The value in our words, where a source has numbers for truths. `None`: it says nothing of a check.
    pub(crate) fn value(self, value: Value) -> Option<Value> {
        let truth = |yes: &str, no: &str| match value.millionths() {
            Some(1_000_000) => Some(Value::new(yes)),
            Some(0) => Some(Value::new(no)),
            _ if value.agrees_with(&Value::new("true")) => Some(Value::new(yes)),
            _ if value.agrees_with(&Value::new("false")) => Some(Value::new(no)),
            _ => None,
        };
        match self {
            Self::Reading | Self::Metric => Some(value),
            Self::Check => truth("passed", "failed").or_else(|| {
                // A number that is no truth has not failed: it was no check.
                value.millionths().is_none().then_some(value)
            }),
            Self::Flag => truth("true", "false").or(Some(value)),
        }
    }
}

/// A question of settings that says as what its answer is told.
pub(crate) trait Tells {
    /// As what.
    fn tells(&self) -> Told;
}

/// One name that a source shall tell.
#[derive(Clone, Debug)]
pub(crate) struct Wanted<Q> {
    pub(crate) app: AppId,
    pub(crate) platform: Option<Platform>,
    pub(crate) told: Told,
    pub(crate) name: String,
    /// What to ask.
    pub(crate) ask: Q,
}

impl<Q> Wanted<Q> {
    /// Where it stands in settings, for messages: `apps.music.platforms.ios.values.anr`.
    pub(crate) fn key(&self) -> String {
        let on = self.platform.as_ref().map(|it| format!(".platforms.{it}")).unwrap_or_default();
        format!("apps.{}{on}.values.{}", self.app, self.name)
    }
}

/// Each name of a table `values`, about an app or one of its platforms.
pub(crate) fn wanted<V: Tells, Q>(
    app: &AppId,
    platform: Option<&Platform>,
    values: BTreeMap<String, V>,
    ask: impl Fn(V) -> Q,
) -> Vec<Wanted<Q>> {
    let one = |(name, value): (String, V)| Wanted {
        app: app.clone(),
        platform: platform.cloned(),
        told: value.tells(),
        name,
        ask: ask(value),
    };
    values.into_iter().map(one).collect()
}

/// What these names owe: each kind once for its app or platform.
pub(crate) fn owed_by<Q>(wanted: &[Wanted<Q>]) -> Owed {
    let mut owed: Owed =
        wanted.iter().map(|it| (it.app.clone(), it.platform.clone(), it.told.kind())).collect();
    owed.sort();
    owed.dedup();
    owed
}

/// What one question gave.
pub(crate) struct Gave {
    /// Values under the name; none where the source has no value.
    pub(crate) items: Vec<Named>,
    /// The end of their data.
    pub(crate) observed_at: Moment,
    /// Where a person sees it.
    pub(crate) link: Option<String>,
}

impl Gathered {
    /// Takes what each name gave. Where a question failed, the list of its kind is a part; where all of them failed,
    /// that kind is a fault.
    pub(crate) fn named<'a, Q: 'a>(
        &mut self,
        gave: impl IntoIterator<Item = (&'a Wanted<Q>, Result<Gave, SourceError>)>,
    ) {
        let mut lists: BTreeMap<_, (Vec<Gave>, Vec<SourceError>)> = BTreeMap::new();
        for (wanted, gave) in gave {
            let place = (wanted.app.clone(), wanted.platform.clone(), wanted.told);
            let (good, bad) = lists.entry(place).or_default();
            match gave {
                Ok(gave) => good.push(gave),
                Err(error) => bad.push(error),
            }
        }
        for ((app, platform, told), (good, bad)) in lists {
            let Some(observed_at) = good.iter().map(|it| it.observed_at).min() else {
                if let Some(error) = bad.into_iter().next() {
                    self.fault(&app, platform, told.kind(), error);
                }
                continue;
            };
            let link = good.iter().find_map(|it| it.link.clone());
            let items = good.into_iter().flat_map(|gave| {
                let (at, link) = (Some(gave.observed_at), gave.link);
                gave.items.into_iter().map(move |item| Named {
                    at: item.at.or(at),
                    link: item.link.clone().or_else(|| link.clone()),
                    ..item
                })
            });
            let list = Listing { items: items.collect(), complete: bad.is_empty() };
            self.see(&app, told.observation(platform, list), observed_at, link);
        }
    }
}

#[cfg(test)]
mod tests;
