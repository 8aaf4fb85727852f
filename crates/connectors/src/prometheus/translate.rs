//! Rows of Prometheus into named values and health. Pure: each oddity is a test.

use super::wire::{Answer, Sample, Series};
use super::{Asked, Valued};
use crate::named::Wanted;
use conductor::observation::{Audience, Health, Named, Value};
use conductor::{Moment, Version};
use std::collections::BTreeMap;

/// A row that has a number.
#[derive(Clone, Debug)]
pub(super) struct Row {
    labels: BTreeMap<String, String>,
    value: f64,
    pub(super) at: Moment,
}

/// Which labels tell version and build.
#[derive(Clone, Copy)]
pub(super) struct Labels<'a> {
    pub(super) version: &'a str,
    pub(super) build: &'a str,
}

/// What a row speaks of.
pub(super) type About = (Option<Version>, Option<String>);

impl Row {
    /// Whether it has all these labels with these values.
    pub(super) fn has(&self, labels: &BTreeMap<String, String>) -> bool {
        labels.iter().all(|(name, value)| self.labels.get(name) == Some(value))
    }
    pub(super) fn has_no_labels(&self) -> bool {
        self.labels.is_empty()
    }
    /// A number of seconds since 1970 as a moment.
    pub(super) fn as_moment(&self) -> Option<Moment> {
        moment(self.value)
    }
    /// `None`: its version is none of ours.
    fn about(&self, labels: Labels<'_>) -> Option<About> {
        let of = |label: &str| self.labels.get(label).filter(|it| !it.is_empty());
        let version = match of(labels.version) {
            Some(text) => Some(Version::parse(text).ok()?),
            None => None,
        };
        Some((version, of(labels.build).cloned()))
    }
}

fn moment(seconds: f64) -> Option<Moment> {
    let millis = (seconds * 1_000.0).round();
    (millis.is_finite() && millis.abs() < 1.0e15).then(|| Moment::from_millis(millis as i64))
}

/// The rows of an answer that have a number. NaN and infinity are none, nor are histograms.
pub(super) fn rows(answer: Answer) -> Result<Vec<Row>, String> {
    if answer.status != "success" {
        return Err("it does not say that it succeeded".to_owned());
    }
    // Notes about how a query is written came as warnings, too, for a while.
    if answer.warnings.iter().any(|it| !it.starts_with("PromQL ")) {
        return Err("it warned that it is no whole answer; see it in the browser".to_owned());
    }
    let bad = || "its result is not as its type says".to_owned();
    let series: Vec<Series> = match answer.data.result_type.as_str() {
        "vector" => serde_json::from_value(answer.data.result).map_err(|_| bad())?,
        "scalar" => {
            let value: Sample = serde_json::from_value(answer.data.result).map_err(|_| bad())?;
            vec![Series { metric: BTreeMap::new(), value: Some(value) }]
        }
        _ => return Err("it is no instant vector; the query must give numbers of now".to_owned()),
    };
    let mut rows = Vec::new();
    for Series { metric, value } in series {
        let Some(Sample(at, value)) = value else { continue };
        let at = moment(at).ok_or_else(bad)?;
        let value: f64 = value.parse().map_err(|_| bad())?;
        if value.is_finite() {
            rows.push(Row { labels: metric, value, at });
        }
    }
    Ok(rows)
}

/// Each row by what it speaks of. Two rows for the same thing are no answer.
fn by_place<'a>(rows: &[&'a Row], labels: Labels<'_>) -> Result<BTreeMap<About, &'a Row>, String> {
    let mut all = BTreeMap::new();
    for row in rows {
        let Some(about) = row.about(labels) else { continue };
        let place = match &about {
            (Some(version), _) => version.as_str().to_owned(),
            _ => "the app".to_owned(),
        };
        if all.insert(about, *row).is_some() {
            return Err(format!(
                "it gives several rows for {place}; sum them by {} and {}",
                labels.version, labels.build
            ));
        }
    }
    Ok(all)
}

/// What a query tells under its name.
pub(super) fn named(
    wanted: &Wanted<(Asked, Valued)>,
    rows: &[&Row],
    sample: Option<&[&Row]>,
    labels: Labels<'_>,
) -> Result<Vec<Named>, String> {
    let samples = sample.map(|rows| counts(rows, labels)).transpose()?;
    let mut items = Vec::new();
    for (about, row) in by_place(rows, labels)? {
        let value = Value::from_number(row.value).and_then(|it| wanted.told.value(it));
        let Some(value) = value else { continue };
        let sample = samples.as_ref().and_then(|all| all.get(&about)).map(|it| it.down());
        let (version, build) = about;
        let at = Some(row.at);
        let name = wanted.name.clone();
        items.push(Named { name, value, version, build, sample, at, note: None, link: None });
    }
    Ok(items)
}

/// A count that may have been extrapolated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Count(f64);

impl Count {
    /// Good news are rounded down.
    fn down(self) -> u64 {
        self.0.floor() as u64
    }
    /// Bad news are rounded up, but for what arithmetic left of a whole number.
    fn up(self) -> u64 {
        (self.0 - 1.0e-6).ceil().max(0.0) as u64
    }
}

/// Counts by what they speak of. A number below zero is none.
pub(super) fn counts(rows: &[&Row], labels: Labels<'_>) -> Result<BTreeMap<About, Count>, String> {
    let all = by_place(rows, labels)?.into_iter().filter(|(_, row)| row.value >= 0.0);
    Ok(all.map(|(about, row)| (about, Count(row.value))).collect())
}

/// Sessions with what is known of their crashes and hangs. A version without a row for them is not known to have
/// had none.
pub(super) fn health(
    audience: Audience,
    sessions: &BTreeMap<About, Count>,
    crashed: Option<&BTreeMap<About, Count>>,
    unresponsive: Option<&BTreeMap<About, Count>>,
    link: &str,
) -> Vec<Health> {
    let mut items = Vec::new();
    for (about, count) in sessions {
        let (Some(version), build) = about else { continue };
        let sessions = count.down();
        if sessions == 0 {
            continue;
        }
        let of = |bad: Option<&BTreeMap<About, Count>>| {
            // More crashes than sessions: the two queries do not speak of the same.
            bad?.get(about).map(|it| it.up()).filter(|it| *it <= sessions)
        };
        items.push(Health {
            version: version.clone(),
            build: build.clone(),
            audience,
            sessions,
            crashed: of(crashed),
            unresponsive: of(unresponsive),
            adoption: None,
            link: Some(link.to_owned()),
        });
    }
    items
}
