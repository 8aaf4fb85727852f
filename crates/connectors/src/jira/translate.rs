//! From Jira's words to ours. Pure.

use super::{Versions, wire};
use crate::pattern::Pattern;
use conductor::observation::{Bug, Planned, Ride};
use conductor::{Moment, Person, Platform};
use std::collections::BTreeSet;

/// What a translation needs to know of the settings.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub web: &'a str,
    pub versions: Option<&'a Versions>,
}

impl Context<'_> {
    /// The trains that a version's name means: one for each platform that names its versions so.
    fn rides(self, name: &str) -> Vec<Ride> {
        self.versions.map_or_else(Vec::new, |it| it.rides(name))
    }
}

impl Versions {
    /// The trains that a name means: one for each platform that names its versions so.
    pub(crate) fn rides(&self, name: &str) -> Vec<Ride> {
        let ride = |platform: Option<&Platform>, pattern: &Pattern| {
            let version = pattern.find(name)?.version;
            Some(Ride { platform: platform.cloned(), version })
        };
        match self {
            Self::All(pattern) => ride(None, pattern).into_iter().collect(),
            Self::Each(each) => {
                each.iter().filter_map(|(platform, it)| ride(Some(platform), it)).collect()
            }
        }
    }
}

/// Issues as bugs, each once, by key.
pub(super) fn bugs(issues: &[wire::Issue], context: Context<'_>, blocking: bool) -> Vec<Bug> {
    let mut seen = BTreeSet::new();
    issues
        .iter()
        .filter(|it| seen.insert(it.id.as_str()))
        .map(|it| bug(it, context, blocking))
        .collect()
}

fn bug(issue: &wire::Issue, context: Context<'_>, blocking: bool) -> Bug {
    let fields = &issue.fields;
    let category = fields.status.as_ref().and_then(|it| it.status_category.as_ref());
    let mut rides: Vec<Ride> =
        fields.fix_versions.iter().flatten().flat_map(|it| context.rides(&it.name)).collect();
    rides.sort();
    rides.dedup();
    Bug {
        key: issue.key.clone(),
        title: fields.summary.clone().unwrap_or_default(),
        rides,
        priority: fields.priority.as_ref().map(|it| it.name.clone()),
        blocking,
        // By the category's key: the resolution may be set on what is open and missing on what is done.
        // Without a category it counts as open: the question was for those that are.
        open: category.is_none_or(|it| it.key != "done"),
        assignee: fields.assignee.as_ref().and_then(|it| it.display_name.as_ref()).map(Person::new),
        created_at: fields.created.as_deref().and_then(moment),
        link: Some(format!("{}/browse/{}", context.web, issue.key)),
    }
}

/// Those that block, then those on no train that are not among them.
pub(super) fn joined(blocking: Vec<Bug>, strays: &[Bug]) -> Vec<Bug> {
    let keys: BTreeSet<String> = blocking.iter().map(|it| it.key.clone()).collect();
    let others = strays.iter().filter(|it| !keys.contains(&it.key)).cloned();
    blocking.into_iter().chain(others).collect()
}

/// The versions whose names fit. Archived ones are of no interest to anybody.
pub(super) fn planned(rows: &[wire::Version], project: &str, context: Context<'_>) -> Vec<Planned> {
    rows.iter()
        .filter(|it| !it.archived)
        .flat_map(|row| {
            let day = row.release_date.as_deref().or(row.start_date.as_deref());
            let link = format!("{}/projects/{project}/versions/{}", context.web, row.id);
            context.rides(&row.name).into_iter().map(move |Ride { platform, version }| Planned {
                platform,
                version,
                planned_at: day.and_then(|it| Moment::parse(&format!("{it}T12:00:00Z")).ok()),
                released: row.released,
                link: Some(link.clone()),
            })
        })
        .collect()
}

/// Jira's time has an offset without a colon: `2026-03-09T08:00:00.000+0100`.
fn moment(text: &str) -> Option<Moment> {
    Moment::parse(text).ok().or_else(|| {
        let (start, end) = text.split_at_checked(text.len().checked_sub(2)?)?;
        Moment::parse(&format!("{start}:{end}")).ok()
    })
}
