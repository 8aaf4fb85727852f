//! A release history file (its shape stands in `crates/simulator/data`), read strictly: what is wrong is told with its
//! place. What is merely odd is no fault.

use chrono::{Offset, TimeZone, Utc};
use chrono_tz::Tz;
use conductor::past::{FromGit, LocalMoment, PastCandidate, PastRelease};
use conductor::{AppId, Kind, Moment, Platform, Span, TrackId, Version};
use serde::Deserialize;
use std::collections::BTreeSet;

#[derive(Deserialize)]
struct History {
    app: String,
    platform: String,
    zone: String,
    releases: Vec<Release>,
}

#[derive(Deserialize)]
struct Release {
    version: String,
    branched_at: String,
    #[serde(default)]
    candidates: Vec<Candidate>,
    released_at: Option<String>,
    hotfix: bool,
    #[serde(default)]
    in_flight: bool,
    #[serde(default)]
    anomaly: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Candidate {
    tag: String,
    at: String,
}

/// Why a file is not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum Wrong {
    #[error(
        "this is no release history: {0}; see the files in crates/simulator/data for the shape"
    )]
    Shape(#[from] serde_json::Error),
    #[error("{field}: `{found}` is no short name; use lower-case letters, digits and hyphens")]
    Name { field: &'static str, found: String },
    #[error("zone: `{0}` is no IANA time zone; write it as Europe/Stockholm")]
    Zone(String),
    #[error("releases[{index}] ({version}): {what}")]
    Release { index: usize, version: String, what: String },
    #[error("it tells of no release; name another file")]
    Empty,
}

/// The releases of a file.
pub(super) fn parse(text: &str) -> Result<Vec<PastRelease>, Wrong> {
    let read: History = serde_json::from_str(text)?;
    for (field, found) in [("app", &read.app), ("platform", &read.platform)] {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if found.is_empty() || found.len() > 64 || !found.chars().all(plain) {
            return Err(Wrong::Name { field, found: found.chars().take(80).collect() });
        }
    }
    let zone: Tz = read.zone.parse().map_err(|_| Wrong::Zone(read.zone.clone()))?;
    if read.releases.is_empty() {
        return Err(Wrong::Empty);
    }
    let (app, platform) = (AppId::new(read.app), Platform::from(read.platform));
    let mut seen = BTreeSet::new();
    let mut releases = Vec::new();
    for (index, release) in read.releases.into_iter().enumerate() {
        let version = release.version.clone();
        let wrong = |what| Wrong::Release { index, version: version.clone(), what };
        if !seen.insert(version.clone()) {
            return Err(wrong("this version stands there twice; leave one of them out".to_owned()));
        }
        releases.push(past(release, zone, &app, &platform).map_err(wrong)?);
    }
    Ok(releases)
}

fn past(
    release: Release,
    zone: Tz,
    app: &AppId,
    platform: &Platform,
) -> Result<PastRelease, String> {
    let version = Version::parse(&release.version).map_err(|it| format!("version: {it}"))?;
    let moment = |field: &str, text: &str| {
        let at = Moment::parse(text).map_err(|it| format!("{field}: {it}"))?;
        local(at, zone).ok_or_else(|| format!("{field}: `{text}` lies outside the calendar"))
    };
    let candidates = release
        .candidates
        .iter()
        .enumerate()
        .map(|(index, it)| {
            let at = moment(&format!("candidates[{index}].at"), &it.at)?;
            Ok(PastCandidate { name: it.tag.chars().take(120).collect(), at })
        })
        .collect::<Result<Vec<_>, String>>()?;
    Ok(PastRelease::from_git(FromGit {
        track: TrackId { app: app.clone(), platform: platform.clone(), version },
        kind: if release.hotfix { Kind::Hotfix } else { Kind::Regular },
        branched: moment("branched_at", &release.branched_at)?,
        candidates,
        released: release.released_at.as_deref().map(|it| moment("released_at", it)).transpose()?,
        in_flight: release.in_flight,
        oddities: release.anomaly,
    }))
}

fn local(at: Moment, zone: Tz) -> Option<LocalMoment> {
    let utc = Utc.timestamp_millis_opt(at.millis()).single()?.naive_utc();
    let offset = zone.offset_from_utc_datetime(&utc).fix().local_minus_utc();
    Some(LocalMoment { at, offset: Span::seconds(i64::from(offset)) })
}
