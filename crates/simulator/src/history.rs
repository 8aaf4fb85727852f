//! Histories of real release trains, as `signalbox demo --history FILE` takes them and as `data/` embeds them: one JSON
//! object a file, one release a line. This reads them and says which releases can be played; when they are played is
//! for [`crate::plan`]. Times are UTC milliseconds since the epoch.

use serde::{Deserialize, Deserializer};

use crate::platform::Platform;

/// Why a history cannot be played. Each message ends in what to do.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The text is no history file.
    #[error("this is not a release history: {0}; see the shape in crates/simulator/data")]
    Shape(#[from] serde_json::Error),
    /// Too little happened in it.
    #[error(
        "{app} {platform} has {found} releases that can be played, and at least 3 are needed: choose another file"
    )]
    TooShort {
        /// The app the file names.
        app: String,
        /// Its platform.
        platform: Platform,
        /// How many releases are left once stray ones are put aside.
        found: usize,
    },
}

/// One app on one platform, release by release.
#[derive(Clone, Debug, Deserialize)]
pub struct History {
    /// The source app. Never shown: apps in the demonstration carry invented names.
    pub app: String,
    /// Where it runs.
    pub platform: Platform,
    /// IANA zone in which weekdays and hours mean something.
    pub zone: String,
    /// Ordered by version numbers in the file, by branch time once read.
    pub releases: Vec<Release>,
}

/// One version.
#[derive(Clone, Debug, Deserialize)]
pub struct Release {
    /// As the final tag writes it, without prefix.
    pub version: String,
    /// The branch existed by then.
    #[serde(deserialize_with = "moment")]
    pub branched_at: i64,
    /// The commit that the branch left.
    pub branch_point: String,
    /// That commit's time; the branch is no older.
    #[serde(deserialize_with = "moment")]
    pub branch_point_at: i64,
    /// Ordered by time. Empty for most hotfixes.
    pub candidates: Vec<Candidate>,
    /// The final tag; `None` where there is none.
    #[serde(default, deserialize_with = "maybe_moment")]
    pub released_at: Option<i64>,
    /// The commit of the final tag.
    pub final_commit: Option<String>,
    /// Repairs a released version.
    pub hotfix: bool,
    /// Versions whose place this one took.
    #[serde(default)]
    pub replaces: Vec<String>,
    /// What is odd about it.
    #[serde(default)]
    pub anomaly: Vec<String>,
    /// Landings, newest first; some before the branch point.
    pub commits: Vec<Commit>,
}

/// A commit that was tagged for testing.
#[derive(Clone, Debug, Deserialize)]
pub struct Candidate {
    /// Full sha.
    pub commit: String,
    /// When it was tagged.
    #[serde(deserialize_with = "moment")]
    pub at: i64,
}

/// A landing on the branch or, `before` it left, on main.
#[derive(Clone, Debug, Deserialize)]
pub struct Commit {
    /// 12 digits.
    pub sha: String,
    /// Commit time.
    #[serde(deserialize_with = "moment")]
    pub at: i64,
    /// On main, no later than the branch point.
    #[serde(default)]
    pub before: bool,
    /// Folders touched, most files first.
    pub areas: Vec<String>,
}

fn parse<E: serde::de::Error>(text: &str) -> Result<i64, E> {
    chrono::DateTime::parse_from_rfc3339(text)
        .map(|moment| moment.timestamp_millis())
        .map_err(|error| E::custom(format!("`{text}` is not an RFC 3339 time: {error}")))
}

fn moment<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    parse(&String::deserialize(from)?)
}

fn maybe_moment<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Option::<String>::deserialize(from)?.map(|text| parse(&text)).transpose()
}

/// A history's embedded file, by the names that [`crate::spec`] uses.
macro_rules! embedded {
    ($($name:literal),+ $(,)?) => {
        /// The text of an embedded history; nothing for a name that is not embedded.
        pub(crate) fn embedded(name: &str) -> Option<&'static str> {
            match name {
                $($name => Some(include_str!(concat!("../data/", $name, ".json"))),)+
                _ => None,
            }
        }
        /// All embedded names, in order.
        pub const EMBEDDED: &[&str] = &[$($name),+];
    };
}
embedded!(
    "element-desktop",
    "mullvad-vpn-android",
    "mullvad-vpn-desktop",
    "mullvad-vpn-ios",
    "pocket-casts-android",
    "pocket-casts-ios",
    "simplenote-android",
    "simplenote-desktop",
    "simplenote-ios",
);

impl History {
    /// Reads a history file and keeps what can be played, ordered by branch time. Put aside are versions that another
    /// took the place of and support lines; candidates that precede their branch or follow the release are dropped.
    pub fn parse(text: &str) -> Result<Self, HistoryError> {
        let mut history: Self = serde_json::from_str(text)?;
        let replaced: std::collections::BTreeSet<String> =
            history.releases.iter().flat_map(|release| release.replaces.iter().cloned()).collect();
        history.releases.retain(|release| {
            let stray = release.anomaly.iter().any(|why| why == "released-after-higher-version");
            let played = release.released_at.is_some() || !release.candidates.is_empty();
            !stray
                && played
                && !(release.released_at.is_none() && replaced.contains(&release.version))
        });
        for release in &mut history.releases {
            let (from, until) = (release.branched_at, release.released_at.unwrap_or(i64::MAX));
            release.candidates.retain(|candidate| candidate.at >= from && candidate.at <= until);
        }
        history.releases.sort_by(|one, other| {
            (one.branched_at, &one.version).cmp(&(other.branched_at, &other.version))
        });
        if history.releases.len() < 3 {
            return Err(HistoryError::TooShort {
                app: history.app,
                platform: history.platform,
                found: history.releases.len(),
            });
        }
        Ok(history)
    }
}

#[cfg(test)]
mod tests;
