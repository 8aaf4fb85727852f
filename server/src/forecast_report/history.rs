//! The part of a release history that a forecast is judged on: when regular releases branched and when they came.

use chrono::{DateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;
use conductor::forecast::Leg;
use conductor::{Moment, Span};
use serde::Deserialize;

/// One app on one platform.
#[derive(Debug, Deserialize)]
pub(super) struct History {
    app: String,
    platform: String,
    zone: String,
    releases: Vec<Release>,
}

#[derive(Debug, Deserialize)]
struct Release {
    version: String,
    branched_at: DateTime<Utc>,
    released_at: Option<DateTime<Utc>>,
    hotfix: bool,
    #[serde(default)]
    anomaly: Vec<String>,
}

/// A file that cannot be judged.
#[derive(Debug, thiserror::Error)]
pub(super) enum Wrong {
    #[error(
        "this is no release history: {0}; see the files in crates/simulator/data for the shape"
    )]
    Shape(#[from] serde_json::Error),
    #[error("zone: `{0}` is no IANA time zone; write it as Europe/Stockholm")]
    Zone(String),
    #[error(
        "release {version}: released_at is before branched_at; mend it, or mark it with the anomaly `branched-after-candidate`"
    )]
    Backwards { version: String },
}

impl History {
    pub(super) fn parse(text: &str) -> Result<Self, Wrong> {
        let read: Self = serde_json::from_str(text)?;
        if read.zone.parse::<Tz>().is_err() {
            return Err(Wrong::Zone(read.zone));
        }
        for release in read.releases.iter().filter(|it| it.is_judged()) {
            if release.released_at.is_some_and(|at| at < release.branched_at) {
                return Err(Wrong::Backwards { version: release.version.clone() });
            }
        }
        Ok(read)
    }

    pub(super) fn name(&self) -> String {
        format!("{} {}", self.app, self.platform)
    }

    /// From branch to release, of each regular release that came.
    pub(super) fn legs(&self) -> Vec<Leg> {
        let zone = self.zone.parse().unwrap_or(Tz::UTC);
        let moment = |at: DateTime<Utc>| Moment::from_millis(at.timestamp_millis());
        self.releases
            .iter()
            .filter(|it| it.is_judged())
            .filter_map(|it| {
                let offset = zone.offset_from_utc_datetime(&it.branched_at.naive_utc()).fix();
                Some(Leg {
                    from: moment(it.branched_at),
                    until: moment(it.released_at?),
                    offset: Span::seconds(i64::from(offset.local_minus_utc())),
                })
            })
            .collect()
    }
}

impl Release {
    /// A stray candidate before the branch makes its duration meaningless.
    fn is_judged(&self) -> bool {
        !self.hotfix && !self.anomaly.iter().any(|it| it == "branched-after-candidate")
    }
}
