//! Rates judged with their uncertainty (CONDUCTOR §3), against a threshold or against the version before. A zero
//! without a sample, or a missing row, is no good news; nor are data that end before the rollout began.

use super::{Case, Confidence, Judged, Metric, Versus};
use crate::confidence::{Side, sessions_needed, side, side_of_difference};
use crate::explain::{day_time, grouped, percent};
use crate::finding::{Gauge, Owner, Verdict};
use crate::observation::{Audience, Health};
use crate::reading::{Fact, Reading, Why};

/// The chance of ever being wrong that a confidence sequence allows: 5 %.
const ALPHA_PPM: u32 = 50_000;

pub(super) struct Ask {
    pub(super) metric: Metric,
    pub(super) audience: Audience,
    pub(super) at_least_ppm: u32,
    pub(super) versus: Option<Versus>,
    pub(super) minimum_sample: u64,
    pub(super) confidence: Confidence,
}

/// Good sessions of all.
#[derive(Clone, Copy)]
struct Sessions {
    good: u64,
    all: u64,
}

impl Sessions {
    fn ppm(self) -> u32 {
        u32::try_from(u128::from(self.good) * 1_000_000 / u128::from(self.all.max(1))).unwrap_or(0)
    }
    fn rate(self) -> String {
        percent(self.ppm())
    }
    /// Of those rows that count, if all of them tell the metric. Only the build in question counts, where the
    /// source tells builds apart.
    fn of(rows: &[Health], ask: &Ask, build: Option<&str>) -> Option<Self> {
        let mut sum = Self { good: 0, all: 0 };
        for row in rows.iter().filter(|it| it.audience == ask.audience) {
            match (&row.build, build) {
                (Some(of_row), Some(build)) if of_row != build => continue,
                (Some(_), None) => continue,
                _ => {}
            }
            let bad = match ask.metric {
                Metric::CrashFree => row.crashed?,
                Metric::Responsive => row.unresponsive?,
            };
            sum.good = sum.good.checked_add(row.sessions.checked_sub(bad)?)?;
            sum.all = sum.all.checked_add(row.sessions)?;
        }
        (sum.all > 0).then_some(sum)
    }
    /// Of a version before, whatever its builds.
    fn of_all(rows: &[Health], ask: &Ask) -> Option<Self> {
        let rows: Vec<Health> =
            rows.iter().map(|it| Health { build: None, ..it.clone() }).collect();
        Self::of(&rows, ask, None)
    }
}

impl Ask {
    fn title(&self) -> String {
        let metric = match self.metric {
            Metric::CrashFree => "Crash-free sessions",
            Metric::Responsive => "Responsive sessions",
        };
        let beta = match self.audience {
            Audience::Beta => ", beta",
            Audience::Production => "",
        };
        let versus = if self.versus.is_some() { " against the version before" } else { "" };
        format!("{metric}{beta}{versus}")
    }

    /// What is feared, as people say it.
    fn what(&self) -> &'static str {
        match self.metric {
            Metric::CrashFree => "crashes",
            Metric::Responsive => "hangs",
        }
    }
}

/// What the rate is held against.
struct Bar {
    threshold: String,
    side: Side,
    /// The value and the threshold on one scale.
    gauge: (u32, u32),
    more: Option<u64>,
    detail: String,
}

pub(super) fn judge(case: &Case<'_>, ask: &Ask) -> Judged {
    let title = ask.title();
    let asked = match ask.versus {
        None => format!("at least {}", percent(ask.at_least_ppm)),
        Some(versus) => format!("at most {} worse", percent(versus.tolerance_ppm)),
    };
    let fact = &case.facts.health;
    let build = case.build.map(|it| it.number.as_str());
    let reading = match fact.fresh(case.max_age, case.now) {
        Ok(reading) => reading,
        Err(why) => {
            let last =
                fact.last().and_then(|it| Sessions::of(&it.value, ask, build)).map(Sessions::rate);
            return Judged::unknown(&title, &asked, why, fact, last);
        }
    };
    let none = |detail: String, fact: Fact<()>| {
        Judged::unknown(&title, &asked, Why::NoData, &fact, None)
            .from_reading(reading)
            .detail(detail)
    };
    let untold = || Fact::unknown(Why::NoData, Some(reading.source.clone()));
    let span = if case.resumed.is_some() { " since it was resumed" } else { "" };
    let Some(ours) = Sessions::of(&case.asked(reading), ask, build) else {
        let seen = build.map_or_else(|| "no sessions".into(), |it| format!("no sessions of {it}"));
        let words = format!("{seen} seen{span}; {} needed", grouped(ask.minimum_sample));
        let judged = none(words, untold());
        if span.is_empty() {
            return judged;
        }
        return judged
            .waits(
                format!("Cannot judge {} yet: no sessions{span}", ask.what()),
                "sessions come in by themselves",
            )
            .owner(Owner::named("nobody"));
    };
    let bar = match ask.versus {
        None => Ok(against_threshold(ask, ours)),
        Some(versus) => against_previous(case, ask, versus, ours, reading),
    };
    let bar = match bar {
        Ok(bar) => bar,
        Err(judged) => return *judged,
    };
    let (rate, threshold) = (ours.rate(), bar.threshold);
    let mut judged = match bar.side {
        // Surely too bad needs no minimum: waiting for more sessions would only hurt more people.
        Side::Below if ours.all >= ask.minimum_sample || ask.confidence == Confidence::Sequence => {
            let waits = format!("{title}: {rate}, {threshold}");
            Judged::new(Verdict::Unmet, &title, rate, &threshold)
                .waits(waits, "find the fault, then ship a fix; people who have it keep it")
        }
        Side::Above if ours.all >= ask.minimum_sample => {
            Judged::new(Verdict::Met, &title, rate, &threshold)
        }
        Side::Above | Side::Below | Side::Unclear => {
            let short = ask.minimum_sample.saturating_sub(ours.all);
            let beta = if ask.audience == Audience::Beta { "beta " } else { "" };
            let (waits, next) = match bar.more.map(|n| n.max(short)) {
                Some(n) => (
                    format!(
                        "Needs {} more {beta}sessions to judge {}",
                        grouped(rounded(n.max(1))),
                        ask.what()
                    ),
                    "sessions come in by themselves".to_owned(),
                ),
                None => (
                    format!("{title} is too close to its threshold to judge"),
                    "wait for more sessions, or look at the crashes".to_owned(),
                ),
            };
            Judged::new(Verdict::Unknown, &title, rate, &threshold)
                .why(Why::UnderSampled)
                .waits(waits, next)
        }
    };
    // Data that end before the first user had it are no good news. Bad news of a build is news of it at any time.
    if judged.verdict == Verdict::Met
        && ask.audience == Audience::Production
        && let Some(began) = case.served_since.filter(|began| reading.observed_at < *began)
    {
        let until = day_time(reading.observed_at);
        return none(
            format!("Data until {until}, and it is served since {}", day_time(began)),
            untold(),
        )
        .waits(
            format!(
                "{} speaks of the time until {until}, before the rollout began",
                reading.source
            ),
            format!("it is judged once {} has data of the rollout", reading.source),
        );
    }
    let owner = match judged.verdict {
        Verdict::Unknown => Owner::named("nobody"),
        Verdict::Met => Owner::named(reading.source.as_str()),
        Verdict::Unmet => case.app.whose(),
    };
    let point = match ask.confidence {
        Confidence::Sequence => "",
        Confidence::Point => "; judged by the plain rate",
    };
    judged = judged
        .from_reading(reading)
        .detail(format!(
            "{} sessions{span}, {} needed{}{point}",
            grouped(ours.all),
            grouped(ask.minimum_sample),
            bar.detail
        ))
        .owner(owner);
    judged.sample = Some(ours.all);
    judged.gauge = Some(gauge(bar.gauge.0, bar.gauge.1));
    judged
}

fn against_threshold(ask: &Ask, ours: Sessions) -> Bar {
    let Sessions { good, all } = ours;
    let side = match ask.confidence {
        Confidence::Sequence => side(good, all, ask.at_least_ppm, ALPHA_PPM),
        Confidence::Point if ours.ppm() >= ask.at_least_ppm => Side::Above,
        Confidence::Point => Side::Below,
    };
    let more = match (ask.confidence, side) {
        (Confidence::Sequence, Side::Unclear) => {
            sessions_needed(good, all, ask.at_least_ppm, ALPHA_PPM)
        }
        _ => Some(0),
    };
    Bar {
        threshold: format!("at least {}", percent(ask.at_least_ppm)),
        side,
        gauge: (ours.ppm(), ask.at_least_ppm),
        more,
        detail: String::new(),
    }
}

/// Against the version before, in the same hours by the same source; or as it was at the same age.
fn against_previous(
    case: &Case<'_>,
    ask: &Ask,
    versus: Versus,
    ours: Sessions,
    reading: &Reading<Vec<Health>>,
) -> Result<Bar, Box<Judged>> {
    let (title, asked) = (ask.title(), format!("at most {} worse", percent(versus.tolerance_ppm)));
    let Some(previous) = &case.facts.previous else {
        // The store knows of no version before it: a first release is worse than none.
        if case.facts.store.fresh(case.max_age, case.now).is_ok() {
            return Err(Box::new(
                Judged::new(Verdict::Met, &title, "nothing before it", asked)
                    .from_reading(reading)
                    .owner(Owner::named(reading.source.as_str())),
            ));
        }
        let fact = &case.facts.store;
        return Err(Box::new(Judged::unknown(&title, &asked, Why::NoData, fact, None)));
    };
    let same_hours = match previous.health.fresh(case.max_age, case.now) {
        Ok(theirs) if theirs.source == reading.source => {
            Sessions::of_all(&case.asked(theirs), ask).ok_or(Why::NoData)
        }
        Ok(_) => Err(Why::NoData), // Another source counts otherwise.
        Err(why) => Err(why),
    };
    let same_age = Sessions::of_all(&previous.at_same_age, ask);
    let (chosen, other, how, beside) = if versus.at_same_age {
        (same_age.ok_or(Why::NoData), same_hours.ok(), "at the same age", "in the same hours")
    } else {
        (same_hours, same_age, "in the same hours", "at the same age")
    };
    let theirs = chosen.map_err(|why| {
        let waits = format!("Not known how {} behaved {how}", previous.version);
        Box::new(
            Judged::unknown(&title, &asked, why, &previous.health, None)
                .detail(waits.clone())
                .waits(
                    waits,
                    "it is judged once its source tells both versions; a person may waive it",
                ),
        )
    })?;
    let tolerance = versus.tolerance_ppm;
    let floor = theirs.ppm().saturating_sub(tolerance);
    let compare = |good, all| {
        side_of_difference((good, all), (theirs.good, theirs.all), tolerance, ALPHA_PPM)
    };
    let side = match ask.confidence {
        Confidence::Sequence => compare(ours.good, ours.all),
        Confidence::Point if ours.ppm() >= floor => Side::Above,
        Confidence::Point => Side::Below,
    };
    let more = match (ask.confidence, side) {
        (Confidence::Sequence, Side::Unclear) => {
            crate::confidence::more_needed(ours.good, ours.all, compare)
        }
        _ => Some(0),
    };
    let other = other.map_or_else(String::new, |it| format!(", {beside} {}", it.rate()));
    Ok(Bar {
        threshold: format!("{} had {}, {asked}", previous.version, theirs.rate()),
        side,
        gauge: (ours.ppm(), floor),
        more,
        detail: format!("; {} {how}: {}{other}", previous.version, theirs.rate()),
    })
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

/// The threshold in the middle, a hundredth of what is left to 100 % on either side.
fn gauge(ppm: u32, threshold_ppm: u32) -> Gauge {
    let room = 1_000_000_u32.saturating_sub(threshold_ppm).max(1);
    let from = i64::from(threshold_ppm) - i64::from(room);
    let at = (i64::from(ppm) - from) * 1_000 / (2 * i64::from(room));
    Gauge { value: at.clamp(0, 1_000) as u16, threshold: 500 }
}
