//! Sessions of users and testers, hour by hour: how many there were of a build, and how they ended. Counts only ever
//! grow with the clock, and any span of time is the sum of its hours.

use super::{LineAt, World};
use crate::draw::Draw;
use crate::plan::{DAY, HOUR, LinePlan};
use crate::platform::Platform;

/// Who runs which build from a moment on.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// From then on.
    pub at: i64,
    /// Build numbers with their part of all sessions.
    pub builds: Vec<(u32, f64)>,
}

/// Where a session came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Environment {
    /// Everybody.
    Production,
    /// Testers of candidates.
    Beta,
}

impl Environment {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Production, Self::Beta];

    /// As Sentry names it here.
    pub fn key(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Beta => "beta",
        }
    }
}

/// How sessions ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sessions {
    /// Well.
    pub healthy: u64,
    /// With a handled error.
    pub errored: u64,
    /// With a crash.
    pub crashed: u64,
    /// Killed while it did not answer (ANR, app hang).
    pub abnormal: u64,
}

impl Sessions {
    /// All of them.
    pub fn total(self) -> u64 {
        self.healthy + self.errored + self.crashed + self.abnormal
    }

    fn add(&mut self, other: Self) {
        self.healthy += other.healthy;
        self.errored += other.errored;
        self.crashed += other.crashed;
        self.abnormal += other.abnormal;
    }
}

/// From when until when testers run a build. Every build of a release branch reaches them, whichever of them is the
/// candidate: which one that will be is for those who release to say. It stays with some of them for two days after
/// the next one, and the last for twenty days. `None` for builds of releases that were over at the start.
fn with_testers(plan: &LinePlan, number: u32) -> Option<(i64, i64)> {
    let at = plan.builds.binary_search_by_key(&number, |build| build.number).ok()?;
    let build = plan.builds.get(at)?;
    let release = plan.releases.get(build.release)?;
    if build.release < plan.live.saturating_sub(1) {
        return None;
    }
    let next = plan.builds.iter().skip(at + 1).find(|next| next.release == build.release);
    let end =
        next.map_or_else(|| release.done_at.max(build.at) + 20 * DAY, |next| next.at + 2 * DAY);
    Some((build.at, end))
}

/// About binomial: `trials` times `chance`, scattered as chance scatters.
fn scattered(draw: Draw, trials: f64, chance: f64) -> f64 {
    let mean = trials * chance;
    (mean + draw.normal() * mean.sqrt()).max(0.0).round().min(trials)
}

impl World {
    /// Sessions of one build between two moments, as far as they lie before now.
    pub fn sessions(
        &self,
        line: LineAt,
        number: u32,
        environment: Environment,
        from: i64,
        until: i64,
    ) -> Sessions {
        let (from, until) = (from.max(self.spec.start_ms - 120 * DAY), until.min(self.now));
        let mut all = Sessions::default();
        let Some(built_at) = self.builds_by_number(line, number).map(|build| build.at) else {
            return all;
        };
        let mut hour = from.max(built_at).div_euclid(HOUR) * HOUR;
        while hour < until {
            let part =
                |moment: i64| ((moment.clamp(hour, hour + HOUR) - hour) as f64) / HOUR as f64;
            let whole = self.sessions_of_hour(line, number, environment, hour);
            if whole.total() > 0 {
                // Cut at both ends by flooring, so that neighbouring spans add up to the hour.
                let cut = |count: u64| {
                    ((count as f64 * part(until)) as u64)
                        .saturating_sub((count as f64 * part(from)) as u64)
                };
                all.add(Sessions {
                    healthy: cut(whole.healthy),
                    errored: cut(whole.errored),
                    crashed: cut(whole.crashed),
                    abnormal: cut(whole.abnormal),
                });
            }
            hour += HOUR;
        }
        all
    }

    /// Builds that anybody ran between two moments, in rising order.
    pub fn builds_in_use(
        &self,
        line: LineAt,
        environment: Environment,
        from: i64,
        until: i64,
    ) -> Vec<u32> {
        let until = until.min(self.now);
        let mut builds: Vec<u32> = match environment {
            Environment::Production => {
                let log = self.shares.get(&line).map(Vec::as_slice).unwrap_or_default();
                let first = log.partition_point(|share| share.at <= from).saturating_sub(1);
                log.iter()
                    .skip(first)
                    .take_while(|share| share.at < until)
                    .flat_map(|share| share.builds.iter().map(|(number, _)| *number))
                    .collect()
            }
            Environment::Beta => {
                let plan = self.line(line);
                plan.into_iter()
                    .flat_map(|plan| plan.builds.iter().map(move |build| (plan, build)))
                    .filter(|(plan, build)| {
                        with_testers(plan, build.number)
                            .is_some_and(|(since, end)| since < until && end > from)
                    })
                    .map(|(_, build)| build.number)
                    .collect()
            }
        };
        builds.sort_unstable();
        builds.dedup();
        builds
    }

    fn builds_by_number(&self, line: LineAt, number: u32) -> Option<&crate::plan::Build> {
        let builds = &self.line(line)?.builds;
        builds
            .binary_search_by_key(&number, |build| build.number)
            .ok()
            .and_then(|at| builds.get(at))
    }

    fn sessions_of_hour(
        &self,
        line: LineAt,
        number: u32,
        environment: Environment,
        hour: i64,
    ) -> Sessions {
        let key = format!("{}/{}/{}", line.app, line.platform, environment.key());
        let draw = self.draw("sessions").named(&key);
        let part = match environment {
            Environment::Production => self.part_of_hour(line, number, hour),
            Environment::Beta => {
                let span = self.line(line).and_then(|plan| with_testers(plan, number));
                span.map_or(0.0, |(since, end)| {
                    (end.min(hour + HOUR) - since.max(hour)).max(0) as f64 / HOUR as f64
                })
            }
        };
        if part <= 0.0 {
            return Sessions::default();
        }
        let per_day = match environment {
            Environment::Production => draw.named("size").between(60_000, 420_000),
            Environment::Beta => draw.named("size").between(3_000, 9_000),
        };
        let of_day = (hour.rem_euclid(DAY) / HOUR) as f64;
        // Few at four in the night, most at four in the afternoon.
        let rhythm = 1.0 - 0.6 * ((of_day - 4.0) * std::f64::consts::PI / 12.0).cos();
        let one = draw.at(u64::from(number)).at(hour as u64);
        let noise = 1.0 + 0.06 * one.normal();
        let trials = (per_day as f64 / 24.0 * rhythm * noise * part).max(0.0).round();
        let release = self.builds_by_number(line, number).map_or(0, |build| build.release);
        let (crash, hang) = self.rates(line, release, hour);
        let crashed = scattered(one.named("crashed"), trials, crash);
        let abnormal = scattered(one.named("abnormal"), trials, hang);
        let errored = scattered(one.named("errored"), trials, 0.004)
            .min(trials - crashed - abnormal)
            .max(0.0);
        let healthy = (trials - crashed - abnormal - errored).max(0.0);
        Sessions {
            healthy: healthy as u64,
            errored: errored as u64,
            crashed: crashed as u64,
            abnormal: abnormal as u64,
        }
    }

    /// Chances that a session crashes, or hangs until it is killed.
    fn rates(&self, line: LineAt, release: usize, hour: i64) -> (f64, f64) {
        let Some(laid) = self.line(line).and_then(|plan| plan.releases.get(release)) else {
            return (0.0, 0.0);
        };
        let draw =
            self.draw("quality").named(&format!("{}/{}/{}", line.app, line.platform, laid.version));
        let crash = 0.000_3 + 0.001_5 * draw.at(0).unit();
        let hang = if line.platform == Platform::Desktop {
            0.0
        } else {
            0.000_1 + 0.000_5 * draw.at(1).unit()
        };
        let is_healed = self.healed.get(&(line, release)).is_some_and(|at| *at <= hour);
        // Only the many in production show a regression: testers have other phones.
        let is_bad = laid.regression && !is_healed && self.shares_production(line, release, hour);
        if is_bad { (crash + 0.014 + 0.02 * draw.at(2).unit(), hang * 2.0) } else { (crash, hang) }
    }

    fn shares_production(&self, line: LineAt, release: usize, hour: i64) -> bool {
        let Some(plan) = self.line(line) else { return false };
        self.shares.get(&line).is_some_and(|log| {
            log.iter().take_while(|share| share.at < hour + HOUR).any(|share| {
                share.builds.iter().any(|(number, _)| {
                    plan.builds
                        .binary_search_by_key(number, |build| build.number)
                        .ok()
                        .and_then(|at| plan.builds.get(at))
                        .is_some_and(|build| build.release == release)
                })
            })
        })
    }

    fn part_of_hour(&self, line: LineAt, number: u32, hour: i64) -> f64 {
        let Some(log) = self.shares.get(&line) else { return 0.0 };
        let end = hour + HOUR;
        let first = log.partition_point(|share| share.at <= hour).saturating_sub(1);
        let mut part = 0.0;
        for (index, share) in
            log.iter().enumerate().skip(first).take_while(|(_, share)| share.at < end)
        {
            let until = log.get(index + 1).map_or(end, |next| next.at).min(end);
            let within = (until - share.at.max(hour)).max(0) as f64 / HOUR as f64;
            part += share
                .builds
                .iter()
                .filter(|(build, _)| *build == number)
                .map(|(_, part)| part * within)
                .sum::<f64>();
        }
        part
    }
}
