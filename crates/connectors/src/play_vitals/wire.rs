//! The Reporting API's own shapes.

use serde::{Deserialize, Serialize};

/// A metric set: until when its data reach.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MetricSet {
    pub(super) freshness_info: FreshnessInfo,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct FreshnessInfo {
    pub(super) freshnesses: Vec<Freshness>,
}

/// Until when the data of one kind of period reach; the end is exclusive.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Freshness {
    /// `DAILY`, `HOURLY`.
    #[serde(default)]
    pub(super) aggregation_period: String,
    pub(super) latest_end_time: Option<Civil>,
}

impl MetricSet {
    /// The end of the newest complete period of this kind.
    pub(super) fn until(&self, period: &str) -> Option<&Civil> {
        let all = self.freshness_info.freshnesses.iter();
        all.filter(|it| it.aggregation_period == period).find_map(|it| it.latest_end_time.as_ref())
    }
}

/// A time of the clock on the wall.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Civil {
    pub(super) year: i32,
    pub(super) month: u32,
    pub(super) day: u32,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) hours: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) time_zone: Option<Zone>,
    /// `-25200s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) utc_offset: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(hours: &u32) -> bool {
    *hours == 0
}

/// `America/Los_Angeles`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Zone {
    #[serde(default)]
    pub(super) id: String,
}

/// A page of rows. Google leaves an empty list out.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rows {
    #[serde(default)]
    pub(super) rows: Vec<Row>,
    pub(super) next_page_token: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row {
    #[serde(default)]
    pub(super) aggregation_period: String,
    pub(super) start_time: Option<Civil>,
    pub(super) dimensions: Vec<Slice>,
    #[serde(default)]
    pub(super) metrics: Vec<Number>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Slice {
    #[serde(default)]
    pub(super) dimension: String,
    pub(super) int64_value: Option<String>,
    pub(super) string_value: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Number {
    #[serde(default)]
    pub(super) metric: String,
    pub(super) decimal_value: Option<Decimal>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Decimal {
    pub(super) value: Option<String>,
}

impl Row {
    /// The version code that it speaks of.
    pub(super) fn code(&self) -> Option<&str> {
        let code = self.dimensions.iter().find(|it| it.dimension == "versionCode")?;
        code.int64_value.as_deref().or(code.string_value.as_deref())
    }
    /// A metric's number as written.
    pub(super) fn metric(&self, name: &str) -> Option<&str> {
        let metric = self.metrics.iter().find(|it| it.metric == name)?;
        metric.decimal_value.as_ref()?.value.as_deref()
    }
}
