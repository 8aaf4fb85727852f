//! Google Play's own shapes: what it answers, and the one body that is sent. Words stay text, so that a new
//! one loses no row.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `applications.tracks.releases.list`.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Summaries {
    /// At most 20. Google leaves an empty list out.
    #[serde(default)]
    pub(super) releases: Vec<Summary>,
}

/// A release as it is: in review, published.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Summary {
    #[serde(default)]
    pub(super) release_name: String,
    /// `RELEASE_LIFECYCLE_STATE_PUBLISHED`.
    #[serde(default)]
    pub(super) release_lifecycle_state: String,
    #[serde(default)]
    pub(super) active_artifacts: Vec<Artifact>,
}

/// One APK or bundle of a release.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Artifact {
    pub(super) version_code: Code,
}

/// A version code: a number here, text in tracks.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Code {
    Number(u64),
    Text(String),
}

/// `edits.tracks.list`: what was asked for on each track.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Tracks {
    #[serde(default)]
    pub(super) tracks: Vec<Track>,
}

/// One track as it was asked for.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Track {
    /// `production`, `beta`.
    #[serde(default)]
    pub(super) track: String,
    #[serde(default)]
    pub(super) releases: Vec<Release>,
}

/// A release as it was asked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Release {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) version_codes: Vec<Code>,
    /// `draft`, `inProgress`, `halted`, `completed`.
    #[serde(default)]
    pub(super) status: String,
    pub(super) user_fraction: Option<f64>,
}

/// `edits.insert`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Edit {
    pub(super) id: String,
}

/// A track with everything that Google sent, known to us or not: an update replaces the whole list, so all
/// of it goes back.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct WholeTrack {
    #[serde(default)]
    pub(super) releases: Vec<Value>,
    #[serde(flatten)]
    pub(super) rest: serde_json::Map<String, Value>,
}

impl Code {
    pub(super) fn text(&self) -> String {
        match self {
            Self::Number(code) => code.to_string(),
            Self::Text(code) => code.clone(),
        }
    }
}

impl Summary {
    /// Its version codes, sorted, so that two of them can be compared.
    pub(super) fn codes(&self) -> Vec<String> {
        sorted(self.active_artifacts.iter().map(|it| it.version_code.text()))
    }
}

impl Release {
    /// Its version codes, sorted.
    pub(super) fn codes(&self) -> Vec<String> {
        sorted(self.version_codes.iter().map(Code::text))
    }
}

fn sorted(codes: impl Iterator<Item = String>) -> Vec<String> {
    let mut codes: Vec<String> = codes.collect();
    codes.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    codes
}
