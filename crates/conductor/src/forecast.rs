//! Forecasts: how long a release will take, as a P50 and a P80, learned from how long others took.
//!
//! It knows nothing of where the past comes from, nor of zones: every [`Leg`] says how far local time was from UTC.
//! A forecast is made at a start, and uses only what had ended before it; [`walk`] shows, leg by leg, what would have
//! been said at the time, so that anybody can judge it, and [`score`] judges. [`arrivals`] puts what is certain (windows, freezes,
//! soaks) on top as arithmetic.
//!
//! The model, in the order of the modules: every past leg is a sample of the next one, shifted so that it ends at the
//! same time of the week, and moved out of the year's end when nobody releases ([`calendar`]); six views of the past weigh
//! the samples differently ([`views`]); those that did well lately count for more, and the level at which they are read
//! follows how often the past forecasts held ([`blend`]). An app with fewer than eight legs borrows from others, and its
//! spread is widened. Nothing is fitted to any one app. Numbers are floating only inside: what comes out is whole
//! milliseconds, and the same on every machine (libm).

use crate::moment::{Moment, Span};
use serde::{Deserialize, Serialize};

mod arrival;
mod blend;
mod calendar;
mod sample;
mod views;

pub mod score;

pub use arrival::{Ahead, Arrival, arrivals};

use blend::Trial;
use sample::Samples;
use views::{Done, VIEWS};

/// A trip from one stage to a later one that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Leg {
    /// When the later stage was reached.
    pub until: Moment,
    /// When the earlier stage was entered.
    pub from: Moment,
    /// Local time minus UTC where the team works, when it began.
    pub offset: Span,
}

/// When a trip begins that is to be forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// The moment.
    pub at: Moment,
    /// Local time minus UTC then.
    pub offset: Span,
}

/// What is known of the past. In any order; a leg that ends before it begins is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// The same trip of the same app and platform.
    pub own: Vec<Leg>,
    /// The same trip elsewhere: a list for each other app.
    pub others: Vec<Vec<Leg>>,
}

/// How long a trip will take, counted from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forecast {
    /// As likely longer as shorter.
    pub p50: Span,
    /// Four of five take no longer.
    pub p80: Span,
    /// On how many trips of its own it rests.
    pub rests_on: u32,
    /// From how many other apps it borrows, as its own past is short.
    pub borrowed: u32,
}

/// The shares that are forecast, in the order of all pairs in this module.
const LEVELS: [f64; 2] = [0.5, 0.8];

/// With so many trips of its own an app no longer borrows, nor is its spread widened for that.
const ENOUGH: usize = 8;

const DAY_MS: f64 = 86_400_000.0;

fn days(span: Span) -> f64 {
    span.as_millis() as f64 / DAY_MS
}

fn span(days: f64) -> Span {
    Span::millis((days * DAY_MS + 0.5).floor() as i64)
}

/// A past from which forecasts can be made at any moment after it. Costs about as much as all its forecasts together:
/// keep it while the past stays the same.
#[derive(Clone, Debug)]
pub struct Forecaster {
    own: Vec<Done>,
    others: Vec<Vec<Done>>,
    trials: Vec<Trial>,
}

/// What was, or would have been, said when a leg began. `None`: nothing was known then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// The leg.
    pub leg: Leg,
    /// The forecast made at its start.
    pub forecast: Option<Forecast>,
}

/// Walks forward over the past: for each leg, ordered by its end, what would have been said when it began, from what had
/// ended before.
pub fn walk(past: &Past) -> Vec<Said> {
    Forecaster::learn(past).said().collect()
}

impl Forecaster {
    /// Learns from a past, walking forward over it.
    pub fn learn(past: &Past) -> Self {
        let mut others: Vec<Vec<Done>> =
            past.others.iter().map(|legs| Done::sorted(legs)).filter(|it| !it.is_empty()).collect();
        others.sort_by(|a, b| a.iter().map(|it| it.leg).cmp(b.iter().map(|it| it.leg)));
        let own = Done::sorted(&past.own);
        let mut learned = Self { own, others, trials: Vec::new() };
        for done in learned.own.clone() {
            let start = Start { at: done.leg.from, offset: done.leg.offset };
            let trial = Trial::of(&done, learned.look(start, Span::default()));
            learned.trials.push(trial);
        }
        learned
    }

    /// What was said at the start of each leg, ordered by its end.
    pub fn said(&self) -> impl Iterator<Item = Said> {
        self.own.iter().zip(&self.trials).map(|(done, trial)| Said {
            leg: done.leg,
            forecast: trial.look.as_ref().map(Look::forecast),
        })
    }

    /// How long a trip will take that began at `start` and has gone on for `elapsed` without arriving. It takes at least
    /// that long, and the longer it goes on the later it arrives. `None`: nothing is known.
    pub fn expect(&self, start: Start, elapsed: Span) -> Option<Forecast> {
        self.look(start, elapsed).as_ref().map(Look::forecast)
    }

    fn look(&self, start: Start, elapsed: Span) -> Option<Look> {
        let known = Done::before(&self.own, start.at);
        let borrowed: Vec<&[Done]> = if known.len() < ENOUGH {
            let known = self.others.iter().map(|legs| Done::before(legs, start.at));
            known.filter(|legs| !legs.is_empty()).collect()
        } else {
            Vec::new()
        };
        if known.is_empty() && borrowed.is_empty() {
            return None;
        }
        let lent = views::lent(&borrowed);
        let samples: Vec<Samples> =
            VIEWS.iter().map(|view| view.samples(known, &lent, start)).collect();
        // What is asked of the past here is told by the trials that had ended by then; they stand in the order of the legs.
        let trials = self.trials.get(..known.len().min(self.trials.len())).unwrap_or_default();
        let weights = blend::weights(trials);
        let levels = blend::levels(trials);
        let by_view =
            samples.iter().map(|it| LEVELS.map(|level| it.quantile(level))).collect::<Vec<_>>();
        let elapsed = days(elapsed).max(0.0);
        let read = |level: f64, tail: f64| {
            samples
                .iter()
                .zip(weights)
                .map(|(it, weight)| weight * it.beyond(elapsed, level, tail))
                .sum::<f64>()
        };
        let [low, high] = levels;
        let p50 = read(low, sample::TAIL[0]);
        let p80 = read(high, sample::TAIL[1]).max(p50);
        Some(Look { by_view, said: [p50, p80], own: known.len(), borrowed: borrowed.len() })
    }
}

/// One forecast with what each view said, in days.
#[derive(Clone, Debug)]
struct Look {
    by_view: Vec<[f64; 2]>,
    said: [f64; 2],
    own: usize,
    borrowed: usize,
}

impl Look {
    fn forecast(&self) -> Forecast {
        let [p50, p80] = self.said.map(span);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Forecast { p50, p80, rests_on: count(self.own), borrowed: count(self.borrowed) }
    }
}

#[cfg(test)]
mod tests;
