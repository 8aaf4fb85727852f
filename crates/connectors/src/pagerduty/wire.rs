//! PagerDuty's own words.

use serde::Deserialize;

/// A page of those who are on call.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct OnCalls {
    pub(super) oncalls: Vec<OnCall>,
    #[serde(default)]
    pub(super) more: bool,
}

/// Somebody on one level of a policy.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct OnCall {
    pub(super) escalation_policy: Reference,
    pub(super) escalation_level: u32,
    pub(super) user: Reference,
    pub(super) schedule: Option<Reference>,
    pub(super) start: Option<String>,
    /// `null`: always.
    pub(super) end: Option<String>,
}

/// Something by its id.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Reference {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) summary: Option<String>,
    pub(super) html_url: Option<String>,
}

/// A page of incidents.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Incidents {
    pub(super) incidents: Vec<Incident>,
    #[serde(default)]
    pub(super) more: bool,
}

/// An incident.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Incident {
    pub(super) incident_key: Option<String>,
}

/// What came of an event.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Queued {
    pub(super) status: String,
}
