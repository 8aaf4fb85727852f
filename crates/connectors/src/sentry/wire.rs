//! Sentry's own shapes.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// `organizations/{org}/sessions/`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Sessions {
    /// The end of the window.
    pub(super) end: String,
    #[serde(default)]
    pub(super) intervals: Vec<String>,
    pub(super) groups: Vec<Group>,
}

/// The sessions with the same release, project, environment and status.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Group {
    pub(super) by: By,
    /// A number, null, or by mistake something else.
    #[serde(default)]
    pub(super) totals: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(super) struct By {
    #[serde(default)]
    pub(super) release: String,
    pub(super) project: u64,
    #[serde(default)]
    pub(super) environment: String,
    #[serde(default, rename = "session.status")]
    pub(super) status: Option<String>,
}

/// `organizations/{org}/projects/`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Project {
    pub(super) id: String,
    pub(super) slug: String,
}

impl Group {
    /// How many sessions. `None`: no number was given, which is not zero.
    pub(super) fn sessions(&self) -> Option<u64> {
        let number = self.totals.get("sum(session)")?.as_f64()?;
        (number.is_finite() && number >= 0.0).then_some(number as u64)
    }
}
