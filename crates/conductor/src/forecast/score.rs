//! How good forecasts were: how often they held, and what they cost. Beside them the plain forecasts that anybody could
//! make without a model, to be measured against.

use super::blend::pinball;
use super::{LEVELS, Leg, Said, days};
use crate::moment::Span;

/// What a plain forecast looks at: so many trips before …
const WINDOW: usize = 20;
/// … and at least so many. A trip with fewer before it is not scored for anybody.
const LEAST: usize = 8;

/// A forecast that needs no model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plain {
    /// As long as the last one took.
    Last,
    /// As long as the middle one of the newest twenty.
    Median,
    /// The quantiles of the newest twenty.
    Quantiles,
}

/// How forecasts did: in all, those that held, and what they cost in days, for P50 and P80.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// How many were made.
    pub forecasts: u32,
    /// How many trips took no longer than was said.
    pub held: [u32; 2],
    /// The sum of the pinball losses, in days.
    pub loss: [f64; 2],
}

impl Score {
    fn add(&mut self, took: f64, said: [f64; 2]) {
        self.forecasts += 1;
        for (index, level) in LEVELS.into_iter().enumerate() {
            if let (Some(held), Some(loss), Some(said)) =
                (self.held.get_mut(index), self.loss.get_mut(index), said.get(index))
            {
                *held += u32::from(took <= *said);
                *loss += pinball(level, took, *said);
            }
        }
    }

    /// Both together.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        self.forecasts += other.forecasts;
        for (all, of) in self.held.iter_mut().zip(other.held) {
            *all += of;
        }
        for (all, of) in self.loss.iter_mut().zip(other.loss) {
            *all += of;
        }
        self
    }

    /// Which share held, in per cent; `None` of nothing.
    pub fn held_percent(&self) -> Option<[f64; 2]> {
        (self.forecasts > 0)
            .then(|| self.held.map(|held| f64::from(held) * 100.0 / f64::from(self.forecasts)))
    }

    /// The mean loss in days; `None` of nothing.
    pub fn mean_loss(&self) -> Option<[f64; 2]> {
        (self.forecasts > 0).then(|| self.loss.map(|loss| loss / f64::from(self.forecasts)))
    }
}

/// Judges what was said of trips in the order of their ends. Those with fewer than eight before them are left out, so that
/// it can be compared with [`plain`].
pub fn said(walked: &[Said]) -> Score {
    let mut score = Score::default();
    for it in walked.iter().skip(LEAST) {
        if let Some(forecast) = it.forecast {
            score.add(took(&it.leg), [days(forecast.p50), days(forecast.p80)]);
        }
    }
    score
}

/// Judges a plain forecast on the same trips, in the order of their ends.
pub fn plain(legs: &[Leg], by: Plain) -> Score {
    let mut legs: Vec<Leg> = legs.iter().copied().filter(|leg| leg.from <= leg.until).collect();
    legs.sort();
    let lengths: Vec<f64> = legs.iter().map(took).collect();
    let mut score = Score::default();
    for (index, length) in lengths.iter().enumerate().skip(LEAST) {
        let known = lengths.get(index.saturating_sub(WINDOW)..index).unwrap_or_default();
        let median = quantile(known, 0.5);
        score.add(
            *length,
            match by {
                Plain::Last => [known.last().copied().unwrap_or_default(); 2],
                Plain::Median => [median; 2],
                Plain::Quantiles => [median, quantile(known, 0.8)],
            },
        );
    }
    score
}

fn took(leg: &Leg) -> f64 {
    days((leg.until - leg.from).max(Span::default()))
}

/// Linear between the two nearest; 0 of nothing.
fn quantile(values: &[f64], level: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = level * sorted.len().saturating_sub(1) as f64;
    let low = at as usize;
    let here = sorted.get(low).copied().unwrap_or_default();
    let next = sorted.get(low + 1).copied().unwrap_or(here);
    here + (next - here) * (at - low as f64)
}
