//! How far each view is trusted, and at which level it is read: both learned from how past forecasts did, app by app, with
//! what had ended by then.

use super::views::{Done, VIEWS};
use super::{LEVELS, Look};

/// How a past forecast did.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    took: f64,
    pub(super) look: Option<Look>,
}

/// How sharply a view that did worse loses weight.
const SHARPNESS: f64 = 0.5;
/// What a trial counts against the next newer one.
const FADING: f64 = 0.95;
/// By how much, as a logarithm of odds, the level moves after a forecast that did not hold …
const STEP: f64 = 0.25;
/// … and how far at most.
const FURTHEST: f64 = 1.2;
/// A trial that rests on fewer trips teaches nothing about the views.
const TEACHES: usize = 2;
/// Older trials count for less than a hundredth and are not asked.
const NEWEST: usize = 90;

impl Trial {
    pub(super) fn of(done: &Done, look: Option<Look>) -> Self {
        Self { took: done.took(), look }
    }
}

/// The pinball loss: what a forecast at a level costs once the truth is known.
pub(super) fn pinball(level: f64, truth: f64, forecast: f64) -> f64 {
    (level * (truth - forecast)).max((level - 1.0) * (truth - forecast))
}

/// The trials that teach, newest first, with how much each counts.
fn newest_first(trials: &[Trial]) -> impl Iterator<Item = (f64, f64, &Look)> {
    let taught = trials.iter().rev().filter_map(|trial| {
        let look = trial.look.as_ref().filter(|look| look.own >= TEACHES)?;
        Some((trial.took, look))
    });
    let mut counts = 1.0;
    taught.take(NEWEST).map(move |(took, look)| {
        let now = counts;
        counts *= FADING;
        (now, took, look)
    })
}

/// The weight of each view, together one: exponential in its loss, measured against the usual loss of this app.
pub(super) fn weights(trials: &[Trial]) -> [f64; VIEWS.len()] {
    let mut losses = [0.0; VIEWS.len()];
    let mut counted = 0.0;
    for (counts, took, look) in newest_first(trials) {
        counted += counts;
        for (loss, said) in losses.iter_mut().zip(&look.by_view) {
            let pairs = LEVELS.iter().zip(said);
            *loss += counts * pairs.map(|(level, said)| pinball(*level, took, *said)).sum::<f64>();
        }
    }
    let total: f64 = losses.iter().sum();
    let usual = if counted > 0.0 { total / losses.len() as f64 / counted } else { 1.0 };
    let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
    let raw = losses.map(|loss| libm::exp(-SHARPNESS * (loss - least) / usual.max(1e-6)));
    let all: f64 = raw.iter().sum();
    raw.map(|weight| weight / all)
}

/// The levels at which the views are read so that the forecasts hold as often as they say: higher after some that did
/// not hold, lower after some that did.
pub(super) fn levels(trials: &[Trial]) -> [f64; 2] {
    let mut sums = [0.0; 2];
    for (counts, took, look) in newest_first(trials) {
        for ((sum, level), said) in sums.iter_mut().zip(LEVELS).zip(look.said) {
            let held = if took <= said { 1.0 } else { 0.0 };
            *sum += counts * (level - held);
        }
    }
    let mut levels = LEVELS;
    for (level, sum) in levels.iter_mut().zip(sums) {
        let odds = libm::log(*level / (1.0 - *level));
        let moved = odds + (STEP * sum).clamp(-FURTHEST, FURTHEST);
        *level = 1.0 / (1.0 + libm::exp(-moved));
    }
    levels
}
