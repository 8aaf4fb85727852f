//! Crashlytics' own shapes. Counts are text.

use serde::Deserialize;

/// `reports/topVersions`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    /// Google leaves an empty list out.
    #[serde(default)]
    pub(super) groups: Vec<Group>,
    pub(super) next_page_token: Option<String>,
}

/// A version with its counts.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Group {
    pub(super) version: Version,
    /// One, as no grain of time is asked for.
    #[serde(default)]
    pub(super) metrics: Vec<Metrics>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Version {
    #[serde(default)]
    pub(super) display_version: String,
    #[serde(default)]
    pub(super) build_version: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metrics {
    pub(super) end_time: Option<String>,
    pub(super) total_sessions_count: Option<String>,
    pub(super) impacted_sessions_count: Option<String>,
    /// Of one hundred.
    pub(super) crash_free_sessions_percentage: Option<f64>,
}
