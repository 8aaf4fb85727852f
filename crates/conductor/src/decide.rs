//! Decides.

use crate::finding::Verdict;
use crate::moment::Moment;
use crate::process::StageId;
use crate::track::Standing;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the last decision found: so that since-when can be told and a guard can count its last readings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Before {
    /// The stage, and since when.
    pub stage: Option<(StageId, Moment)>,
    /// The standing, and since when.
    pub standing: Option<(Standing, Moment)>,
    /// Each rule's verdict, and since when.
    pub findings: BTreeMap<String, (Verdict, Moment)>,
    /// Each guard's last verdicts that were not Unknown, newest last.
    pub recent: BTreeMap<String, Vec<Verdict>>,
}
