//! How far a history is moved: by whole weeks, so that its line stands where the spec wants it when the world begins,
//! and goes on for a year.

use std::ops::Range;

use super::{DAY, HOUR};
use crate::draw::Draw;
use crate::history::{History, Release};
use crate::spec::Opening;

const WEEK: i64 = 7 * DAY;
/// What a line needs ahead of it.
const YEAR: i64 = 365 * DAY;
/// How many releases before the first live one are kept, for tags and durations.
const BEFORE: usize = 12;

fn done(release: &Release) -> i64 {
    release.released_at.unwrap_or_else(|| {
        release.candidates.last().map_or(release.branched_at, |candidate| candidate.at) + 5 * DAY
    })
}

/// What is added to the history's times. The latest part of the history that gives the opening with a busy year ahead
/// is taken. Weekdays are kept, so some openings cannot be had on some days (a train that always leaves on Tuesday has
/// never just left on a Monday): then the line stands in another interesting way.
pub(super) fn choose(history: &History, opening: Opening, start_ms: i64, draw: Draw) -> i64 {
    const ALL: [Opening; 5] = [
        Opening::JustBranched,
        Opening::Candidates,
        Opening::NearlyDone,
        Opening::RollingOut,
        Opening::Upcoming,
    ];
    for opening in std::iter::once(opening).chain(ALL) {
        for busy in [12, 6, 3] {
            let found = shifts(&history.releases, opening, start_ms, busy);
            if let Some(shift) = draw.named("opening").pick(&found) {
                return *shift;
            }
        }
    }
    let middle =
        history.releases.get(history.releases.len() / 3).map_or(0, |release| release.branched_at);
    (start_ms - middle).div_euclid(WEEK) * WEEK
}

/// Up to four shifts, the latest parts first, at which the line stands so with `busy` releases in the year ahead.
fn shifts(releases: &[Release], opening: Opening, start_ms: i64, busy: usize) -> Vec<i64> {
    let last_branch = releases.last().map_or(0, |release| release.branched_at);
    releases
        .iter()
        .enumerate()
        .rev()
        .filter(|(index, release)| {
            let ahead = releases.iter().filter(|other| other.branched_at > release.branched_at);
            let year: Vec<i64> = ahead
                .map(|other| other.branched_at - release.branched_at)
                .filter(|after| *after < YEAR)
                .collect();
            let within_a_year = year.len();
            let goes_on = year.iter().any(|after| *after > YEAR - 6 * WEEK);
            let lasts = goes_on && last_branch - release.branched_at >= YEAR + 4 * WEEK;
            *index >= 2 && !release.hotfix && lasts && within_a_year >= busy
        })
        .filter_map(|(index, release)| {
            let nearest = (start_ms - release.branched_at).div_euclid(WEEK) * WEEK;
            (-2..16)
                .map(|weeks| nearest - weeks * WEEK)
                .find(|shift| stands(releases, index, start_ms - shift, opening))
        })
        .take(4)
        .collect()
}

/// Whether the line stands so at `now` of the history, with the release of this index in front.
fn stands(releases: &[Release], index: usize, now: i64, opening: Opening) -> bool {
    let Some(release) = releases.get(index) else { return false };
    let until_done = done(release) - now;
    let since_branch = now - release.branched_at;
    let others_in_flight = releases
        .iter()
        .enumerate()
        .any(|(at, other)| at != index && other.branched_at <= now && done(other) > now);
    match opening {
        Opening::JustBranched => (HOUR..2 * DAY).contains(&since_branch) && until_done > 5 * DAY,
        Opening::Candidates => {
            release.candidates.iter().any(|candidate| candidate.at + HOUR <= now)
                && (3 * DAY..9 * DAY).contains(&until_done)
        }
        Opening::NearlyDone => {
            release.candidates.last().is_some_and(|candidate| candidate.at + 6 * HOUR < now)
                && (4 * HOUR..40 * HOUR).contains(&until_done)
        }
        Opening::Upcoming => (12 * HOUR..5 * DAY).contains(&-since_branch) && !others_in_flight,
        Opening::RollingOut => (6 * HOUR..3 * DAY).contains(&-until_done) && !others_in_flight,
    }
}

/// The releases that are played: some before `now` of the history, and a good year after it.
pub(super) fn window(history: &History, now: i64) -> Range<usize> {
    let past = history.releases.partition_point(|release| release.branched_at <= now);
    let until =
        history.releases.partition_point(|release| release.branched_at <= now + YEAR + 8 * WEEK);
    past.saturating_sub(BEFORE)..until
}
