//! Rates judged with their uncertainty (CONDUCTOR §3). A zero without a sample, or a missing row, is no good
//! news.

use super::{Case, Confidence, Judged, Metric};
use crate::confidence::{Side, sessions_needed, side};
use crate::explain::{grouped, percent};
use crate::finding::{Gauge, Owner, Verdict};
use crate::observation::{Audience, Health};
use crate::reading::{Fact, Why};

/// The chance of ever being wrong that a confidence sequence allows: 5 %.
const ALPHA_PPM: u32 = 50_000;

pub(super) struct Ask {
    pub(super) metric: Metric,
    pub(super) audience: Audience,
    pub(super) at_least_ppm: u32,
    pub(super) minimum_sample: u64,
    pub(super) confidence: Confidence,
}

impl Ask {
    fn title(&self) -> String {
        let metric = match self.metric {
            Metric::CrashFree => "Crash-free sessions",
            Metric::Responsive => "Responsive sessions",
        };
        match self.audience {
            Audience::Beta => format!("{metric}, beta"),
            Audience::Production => metric.to_owned(),
        }
    }
}

/// Good and all sessions of the rows that count; `None` if a row does not tell this metric.
fn sum(rows: &[&Health], metric: Metric) -> Option<(u64, u64)> {
    rows.iter().try_fold((0_u64, 0_u64), |(good, all), row| {
        let bad = match metric {
            Metric::CrashFree => row.crashed?,
            Metric::Responsive => row.unresponsive?,
        };
        let well = row.sessions.checked_sub(bad)?;
        Some((good.checked_add(well)?, all.checked_add(row.sessions)?))
    })
}

pub(super) fn judge(case: &Case<'_>, ask: &Ask) -> Judged {
    let title = ask.title();
    let threshold = format!("at least {}", percent(ask.at_least_ppm));
    let fact = &case.facts.health;
    // Only the build in question counts, where the source tells builds apart.
    let rows_of = |rows: &'_ [Health]| -> Vec<usize> {
        rows.iter()
            .enumerate()
            .filter(|(_, row)| row.audience == ask.audience)
            .filter(|(_, row)| match (&row.build, case.build) {
                (Some(of_row), Some(build)) => *of_row == build.number,
                (Some(_), None) => false,
                (None, _) => true,
            })
            .map(|(index, _)| index)
            .collect()
    };
    let counts = |rows: &[Health]| {
        let wanted = rows_of(rows);
        let picked: Vec<&Health> = rows
            .iter()
            .enumerate()
            .filter(|(index, _)| wanted.contains(index))
            .map(|(_, row)| row)
            .collect();
        if picked.is_empty() { None } else { sum(&picked, ask.metric) }
    };
    let reading = match fact.fresh(case.max_age, case.now) {
        Ok(reading) => reading,
        Err(why) => {
            let last =
                fact.last().and_then(|it| counts(&it.value)).map(|(good, all)| rate(good, all));
            return Judged::unknown(&title, &threshold, why, fact, last);
        }
    };
    let Some((good, all)) = counts(&reading.value).filter(|(_, all)| *all > 0) else {
        let none: Fact<()> = Fact::unknown(Why::NoData, Some(reading.source.clone()));
        return Judged::unknown(&title, &threshold, Why::NoData, &none, None)
            .from_reading(reading)
            .detail(format!("{} sessions needed", grouped(ask.minimum_sample)));
    };
    let ppm = u32::try_from(u128::from(good) * 1_000_000 / u128::from(all)).unwrap_or(0);
    let told = match ask.confidence {
        Confidence::Sequence => side(good, all, ask.at_least_ppm, ALPHA_PPM),
        Confidence::Point if ppm >= ask.at_least_ppm => Side::Above,
        Confidence::Point => Side::Below,
    };
    let mut judged = match told {
        // Surely too bad needs no minimum: waiting for more sessions would only hurt more people.
        Side::Below if all >= ask.minimum_sample || ask.confidence == Confidence::Sequence => {
            let waits = format!("{title}: {}, {threshold}", rate(good, all));
            Judged::new(Verdict::Unmet, &title, rate(good, all), &threshold)
                .waits(waits, "find the fault, then ship a fix; people who have it keep it")
        }
        Side::Above if all >= ask.minimum_sample => {
            Judged::new(Verdict::Met, &title, rate(good, all), &threshold)
        }
        Side::Above | Side::Below | Side::Unclear => {
            let short = ask.minimum_sample.saturating_sub(all);
            let more = match ask.confidence {
                Confidence::Sequence => sessions_needed(good, all, ask.at_least_ppm, ALPHA_PPM),
                Confidence::Point => Some(0),
            }
            .map(|n| n.max(short));
            let what = match ask.metric {
                Metric::CrashFree => "crashes",
                Metric::Responsive => "hangs",
            };
            let beta = if ask.audience == Audience::Beta { "beta " } else { "" };
            let (waits, next) = match more {
                Some(n) => (
                    format!("Needs {} more {beta}sessions to judge {what}", grouped(rounded(n))),
                    "nobody needs to do anything: sessions come in".to_owned(),
                ),
                None => (
                    format!("{title} is too close to its threshold to judge"),
                    "wait for more sessions, or look at the crashes".to_owned(),
                ),
            };
            Judged::new(Verdict::Unknown, &title, rate(good, all), &threshold)
                .why(Why::UnderSampled)
                .waits(waits, next)
        }
    };
    let judged_verdict = judged.verdict;
    judged = judged
        .from_reading(reading)
        .detail(format!("{} sessions, {} needed", grouped(all), grouped(ask.minimum_sample)))
        .owner(Owner::named(if judged_verdict == Verdict::Unknown {
            "nobody: sessions come in"
        } else {
            reading.source.as_str()
        }));
    judged.sample = Some(all);
    judged.gauge = Some(gauge(ppm, ask.at_least_ppm));
    judged
}

/// Two figures that tell, so that nobody plans by the last digit.
fn rounded(n: u64) -> u64 {
    let step = match n {
        0..=99 => 1,
        100..=9_999 => 10,
        10_000..=999_999 => 1_000,
        _ => 100_000,
    };
    n.div_ceil(step).saturating_mul(step)
}

fn rate(good: u64, all: u64) -> String {
    percent(u32::try_from(u128::from(good) * 1_000_000 / u128::from(all.max(1))).unwrap_or(0))
}

/// The threshold in the middle, a hundredth of what is left to 100 % on either side.
fn gauge(ppm: u32, threshold_ppm: u32) -> Gauge {
    let room = 1_000_000_u32.saturating_sub(threshold_ppm).max(1);
    let from = i64::from(threshold_ppm) - i64::from(room);
    let at = (i64::from(ppm) - from) * 1_000 / (2 * i64::from(room));
    Gauge { value: at.clamp(0, 1_000) as u16, threshold: 500 }
}
