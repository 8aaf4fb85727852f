//! When each coming stage is reached: what is learned, counted from the stage where the train stands, and what is certain
//! on top. Trips are learned whole, from here to there, since quantiles of parts do not add up.

use super::{Forecaster, Start};
use crate::moment::{Moment, Span};
use crate::process::StageId;
use serde::{Deserialize, Serialize};

/// A stage that is yet to come.
#[derive(Clone, Copy, Debug)]
pub struct Ahead<'a> {
    /// Which.
    pub stage: &'a StageId,
    /// What was learned from trips to it that began where this one stands.
    pub learned: &'a Forecaster,
    /// It is not reached earlier, for certain: the end of a soak.
    pub not_before: Option<Moment>,
    /// When it cannot be reached, each from its start and until before its end: freezes, and what lies outside windows.
    pub closed: &'a [(Moment, Moment)],
}

/// When a coming stage is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// The stage.
    pub stage: StageId,
    /// As likely later as earlier.
    pub p50: Moment,
    /// Four of five are there by then.
    pub p80: Moment,
    /// On how many past trips of its own it rests.
    pub rests_on: u32,
    /// From how many other apps it borrows.
    pub borrowed: u32,
    /// The same in words, with what moved it.
    pub why: String,
}

/// The arrivals at the stages ahead, in their order, for a train that entered its stage at `start` and is there still.
/// None is before `now`, none before one that comes earlier on the way. A stage of which nothing is learned is not told, but
/// what is certain of it holds for those behind it.
pub fn arrivals(start: Start, now: Moment, ahead: &[Ahead<'_>]) -> Vec<Arrival> {
    let elapsed = now.since(start.at).max(Span::default());
    let mut earliest = [now.max(start.at); 2];
    let mut found = Vec::new();
    for stage in ahead {
        let forecast = stage.learned.expect(start, elapsed);
        let due = forecast.map_or(earliest, |it| {
            let [p50, p80] = earliest;
            [p50.max(start.at + it.p50), p80.max(start.at + it.p80)]
        });
        let soaked = due.map(|it| stage.not_before.map_or(it, |until| it.max(until)));
        let open = soaked.map(|it| first_open(it, stage.closed));
        earliest = open;
        let (Some(forecast), [p50, p80]) = (forecast, open) else { continue };
        let mut why = rests(forecast.rests_on, forecast.borrowed);
        if soaked != due {
            why.push_str("; no earlier than its soak ends");
        }
        if open != soaked {
            why.push_str("; moved out of what is closed");
        }
        let (rests_on, borrowed) = (forecast.rests_on, forecast.borrowed);
        found.push(Arrival { stage: stage.stage.clone(), p50, p80, rests_on, borrowed, why });
    }
    found
}

/// The first moment from `at` on that lies in nothing closed.
fn first_open(at: Moment, closed: &[(Moment, Moment)]) -> Moment {
    let mut closed = closed.to_vec();
    closed.sort_unstable();
    closed
        .into_iter()
        .fold(at, |at, (from, until)| if from <= at && at < until { until } else { at })
}

fn rests(own: u32, borrowed: u32) -> String {
    let count = |n: u32, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    let others = count(borrowed, "other app", "other apps");
    match (own, borrowed) {
        (0, _) => format!("no past release, borrowed from {others}"),
        (_, 0) => count(own, "past release", "past releases"),
        _ => format!("{}, and {others}", count(own, "past release", "past releases")),
    }
}

#[cfg(test)]
mod tests;
