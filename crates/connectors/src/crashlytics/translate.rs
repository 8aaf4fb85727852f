//! Crashlytics' versions into health. Pure: each oddity is a test.

use super::wire::{Group, Metrics};
use conductor::observation::{Audience, Health};
use conductor::{Moment, Version};
use std::collections::BTreeMap;

/// A report, read.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// The end of the data, if it was told.
    pub(super) until: Option<Moment>,
    counts: BTreeMap<(Version, Option<String>), Count>,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    sessions: u64,
    /// Of those, with an event. `None`: not told.
    bad: Option<u64>,
}

/// What the groups count. The same build twice is no report.
pub(super) fn report(groups: Vec<Group>) -> Result<Report, String> {
    let mut report = Report::default();
    for Group { version, metrics } in groups {
        let ends = metrics.iter().filter_map(|it| Moment::parse(it.end_time.as_deref()?).ok());
        report.until = ends.chain(report.until).min();
        // A version that is none of ours counts for none of ours.
        let Ok(of) = Version::parse(&version.display_version) else { continue };
        let Some(count) = count(&metrics)? else { continue };
        let build = Some(version.build_version).filter(|it| !it.is_empty());
        if report.counts.insert((of, build), count).is_some() {
            return Err(format!("it tells {} twice", version.display_version));
        }
    }
    Ok(report)
}

fn count(metrics: &[Metrics]) -> Result<Option<Count>, String> {
    let [it] = metrics else { return Ok(None) };
    let number = |text: &Option<String>| match text {
        Some(text) => text.parse::<u64>().map(Some).map_err(|_| "a count is no number".to_owned()),
        None => Ok(None),
    };
    // No sessions: no data.
    let Some(sessions) = number(&it.total_sessions_count)?.filter(|it| *it > 0) else {
        return Ok(None);
    };
    let none = || (it.crash_free_sessions_percentage == Some(100.0)).then_some(0);
    let bad = number(&it.impacted_sessions_count)?.or_else(none);
    Ok(Some(Count { sessions, bad: bad.filter(|it| *it <= sessions) }))
}

/// How each build behaves. A build that had crashes and no hangs is in the first report only, and its hangs are
/// not known.
pub(super) fn health(
    audience: Audience,
    crashes: &Report,
    hangs: Option<&Report>,
    link: &str,
) -> Vec<Health> {
    let one = |((version, build), count): (&(Version, Option<String>), &Count)| Health {
        version: version.clone(),
        build: build.clone(),
        audience,
        sessions: count.sessions,
        crashed: count.bad,
        unresponsive: hangs
            .and_then(|it| it.counts.get(&(version.clone(), build.clone())))
            .and_then(|it| it.bad)
            .filter(|it| *it <= count.sessions),
        adoption: None,
        link: Some(link.to_owned()),
    };
    crashes.counts.iter().map(one).collect()
}
