//! Where the time goes, over past releases: pure sums of [`crate::past`], line by line. Each figure keeps the releases
//! behind it. Quantiles are linear between the two nearest; with few releases they say little, which is why each
//! carries its sample and the sentence on top is only said from [`ENOUGH`] releases on.

use crate::moment::Span;
use crate::past::{LocalMoment, PastRelease, is_weekend, mark};
use crate::track::{Kind, LineId};
use crate::version::Version;
use std::collections::BTreeMap;

/// From how many releases on a sentence is drawn from a figure.
pub const ENOUGH: usize = 8;

/// The hours that count as working hours: from the first, until before the second.
pub const WORKING_HOURS: std::ops::Range<i64> = 8..18;

/// Values with the release that each is of, the least first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sample(Vec<(i64, Version)>);

/// How many of how many, and which.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Portion {
    /// Those of which it is so.
    pub so: Vec<Version>,
    /// Of so many.
    pub of: usize,
}

/// What the past of one line says. Spans are in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineInsights {
    /// The line.
    pub line: LineId,
    /// How many regular releases came.
    pub regular: usize,
    /// How many hotfixes came.
    pub hotfixes: usize,
    /// How many versions never came, or have not yet.
    pub unreleased: usize,
    /// How many carry a mark.
    pub odd: usize,
    /// The time in each stage of regular releases, in the order of the stages.
    pub stages: Vec<(String, Sample)>,
    /// From branch to release, regular ones.
    pub whole: Sample,
    /// From branch to release, hotfixes.
    pub hotfix: Sample,
    /// Candidates of each regular release that had any.
    pub candidates: Sample,
    /// Released on a Saturday or Sunday.
    pub on_weekends: Portion,
    /// Released outside of [`WORKING_HOURS`].
    pub out_of_hours: Portion,
    /// The last stage lasted over a night.
    pub over_night: Portion,
    /// The last stage lasted over a Saturday or Sunday.
    pub over_weekend: Portion,
    /// How many were released in each month, as `2026-03`. Months without any are left out.
    pub months: BTreeMap<String, usize>,
}

impl Sample {
    fn of(values: impl Iterator<Item = (i64, Version)>) -> Self {
        let mut values: Vec<_> = values.collect();
        values.sort();
        Self(values)
    }
    /// The values and their releases, the least first.
    pub fn values(&self) -> &[(i64, Version)] {
        &self.0
    }
    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// The middle.
    pub fn median(&self) -> Option<i64> {
        self.percentile(50)
    }
    /// The value that so many of a hundred do not pass, rounded down to a whole one. `None` of nothing.
    pub fn percentile(&self, percent: u32) -> Option<i64> {
        let rank = usize::try_from(percent.min(100)).ok()? * self.len().checked_sub(1)?;
        let low = self.0.get(rank / 100)?.0;
        let high = self.0.get(rank / 100 + 1).map_or(low, |it| it.0);
        Some(low + (high - low) * i64::try_from(rank % 100).ok()? / 100)
    }
    /// The largest.
    pub fn most(&self) -> Option<i64> {
        self.0.last().map(|it| it.0)
    }
}

impl Portion {
    fn count<'a>(
        among: impl Iterator<Item = &'a PastRelease>,
        is_so: impl Fn(&PastRelease) -> bool,
    ) -> Self {
        let mut portion = Self::default();
        for release in among {
            portion.of += 1;
            if is_so(release) {
                portion.so.push(release.track.version.clone());
            }
        }
        portion
    }
    /// Of a hundred, rounded. `None` of nothing.
    pub fn percent(&self) -> Option<usize> {
        (self.so.len() * 200 + self.of).checked_div(self.of * 2)
    }
}

/// The insights of each line, in the order of apps and platforms.
pub fn insights(past: &[PastRelease]) -> Vec<LineInsights> {
    let mut lines: BTreeMap<LineId, Vec<&PastRelease>> = BTreeMap::new();
    for release in past {
        lines.entry(release.track.line()).or_default().push(release);
    }
    lines.into_iter().map(|(line, past)| of_line(line, &past)).collect()
}

fn of_line(line: LineId, past: &[&PastRelease]) -> LineInsights {
    let version = |it: &PastRelease| it.track.version.clone();
    let all = || past.iter().copied();
    let came = |kind: Kind| all().filter(move |it| it.kind == kind && it.released.is_some());
    let took =
        |kind| Sample::of(came(kind).filter_map(|it| Some((it.took()?.as_millis(), version(it)))));
    let timed = || came(Kind::Regular).filter(|it| !it.has(mark::END_UNKNOWN));
    let shows =
        |release: &PastRelease, what: fn(LocalMoment) -> bool| release.released.is_some_and(what);
    let ended = || came(Kind::Regular).filter_map(|it| Some((it, last_stage(it)?)));
    let waited = |what: fn(i64, i64) -> bool| {
        let mut portion = Portion::default();
        for (release, (entered, left)) in ended() {
            portion.of += 1;
            if what(entered.day(), left.day()) {
                portion.so.push(version(release));
            }
        }
        portion
    };
    let mut months: BTreeMap<String, usize> = BTreeMap::new();
    for released in all().filter_map(|it| it.released) {
        let month = released.as_shown().to_string().chars().take(7).collect();
        *months.entry(month).or_default() += 1;
    }
    LineInsights {
        line,
        regular: came(Kind::Regular).count(),
        hotfixes: came(Kind::Hotfix).count(),
        unreleased: all().filter(|it| it.released.is_none()).count(),
        odd: all().filter(|it| !it.oddities.is_empty()).count(),
        stages: stages(all().filter(|it| it.kind == Kind::Regular)),
        whole: took(Kind::Regular),
        hotfix: took(Kind::Hotfix),
        candidates: Sample::of(
            came(Kind::Regular)
                .filter(|it| !it.candidates.is_empty())
                .filter_map(|it| Some((i64::try_from(it.candidates.len()).ok()?, version(it)))),
        ),
        on_weekends: Portion::count(timed(), |it| shows(it, LocalMoment::is_weekend)),
        out_of_hours: Portion::count(timed(), |it| {
            shows(it, |at| !WORKING_HOURS.contains(&at.hour()))
        }),
        over_night: waited(|entered, left| entered != left),
        over_weekend: waited(|entered, left| (entered + 1..left).any(is_weekend)),
        months,
    }
}

/// The time in each stage, in the order in which stages follow each other.
fn stages<'a>(past: impl Iterator<Item = &'a PastRelease>) -> Vec<(String, Sample)> {
    let mut found: Vec<(String, Vec<(i64, Version)>)> = Vec::new();
    for release in past {
        let mut after = 0;
        for stage in &release.stages {
            let at =
                found.iter().position(|(title, _)| *title == stage.title).unwrap_or_else(|| {
                    found.insert(after, (stage.title.clone(), Vec::new()));
                    after
                });
            after = at + 1;
            if let (Some((_, values)), Some(left)) = (found.get_mut(at), stage.left) {
                values.push((
                    (left.at - stage.entered.at).as_millis(),
                    release.track.version.clone(),
                ));
            }
        }
    }
    found.into_iter().map(|(title, values)| (title, Sample::of(values.into_iter()))).collect()
}

/// When the stage before the release began and ended, where both can be told.
fn last_stage(release: &PastRelease) -> Option<(LocalMoment, LocalMoment)> {
    let stage = release.stages.last()?;
    Some((stage.entered, stage.left?))
}

impl LineInsights {
    /// What the figures say most plainly, if they carry it: how long a release takes, and which stage takes most of it.
    pub fn sentence(&self) -> Option<String> {
        if self.whole.len() < ENOUGH {
            return None;
        }
        let words = |millis| Span::millis(millis).to_string();
        let whole = self.whole.median()?;
        let longest = self
            .stages
            .iter()
            .filter(|(_, it)| it.len() >= ENOUGH)
            .filter_map(|(title, it)| Some((it.median()?, title)))
            .max()
            .filter(|(millis, _)| millis * 2 >= whole);
        let most = longest.map_or_else(String::new, |(millis, title)| {
            format!("; most of it in {title}: {}", words(millis))
        });
        Some(format!("From branch to release it takes {} in the middle{most}.", words(whole)))
    }

    /// The releases' span of time for headings, from the first month to the last: `2020-03 to 2026-01`.
    pub fn years(&self) -> Option<String> {
        let (first, last) = (self.months.keys().next()?, self.months.keys().next_back()?);
        Some(if first == last { first.clone() } else { format!("{first} to {last}") })
    }
}

#[cfg(test)]
mod tests;
