//! Prometheus' own shapes.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// `/api/v1/query`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Answer {
    /// `success`, `error`.
    pub(super) status: String,
    pub(super) data: Data,
    /// What makes it no whole answer, and notes about the query.
    #[serde(default)]
    pub(super) warnings: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Data {
    /// `vector`, `scalar`, `matrix`, `string`.
    pub(super) result_type: String,
    /// By the type: rows, or one value.
    pub(super) result: Value,
}

/// A row of a vector.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Series {
    #[serde(default)]
    pub(super) metric: BTreeMap<String, String>,
    /// Absent where the row is a histogram.
    pub(super) value: Option<Sample>,
}

/// Seconds since 1970, and a number as text.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Sample(pub(super) f64, pub(super) String);
