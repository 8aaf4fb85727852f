//! Six views of the past: the same samples, weighed differently. Four forget at different speeds, for apps whose rhythm
//! changes and for those whose does not; one asks what began on the same weekday, one what began after a like pause.

use super::calendar::{self, BY_THE_WEEK};
use super::sample::Samples;
use super::{ENOUGH, Leg, Start, days};
use crate::moment::Moment;

/// A trip that has ended, with its times as local days.
#[derive(Clone, Copy, Debug)]
pub(super) struct Done {
    pub(super) leg: Leg,
    from: f64,
    until: f64,
    working: f64,
}

/// How the samples are weighed.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    /// After so many trips a sample counts for half.
    half: f64,
    likeness: Likeness,
}

#[derive(Clone, Copy, Debug)]
enum Likeness {
    /// All alike.
    None,
    /// Those count that began near the same time of the week.
    Weekday,
    /// Those count that began after a pause of about the same length.
    Pause,
}

pub(super) const VIEWS: [View; 6] = [
    View { half: 2.0, likeness: Likeness::None },
    View { half: 4.0, likeness: Likeness::None },
    View { half: 8.0, likeness: Likeness::None },
    View { half: 16.0, likeness: Likeness::None },
    View { half: 8.0, likeness: Likeness::Weekday },
    View { half: 8.0, likeness: Likeness::Pause },
];

/// How unlike, in days of the week, is a good deal less likely: e-fold.
const WEEKDAY_WIDTH: f64 = 1.0;
/// The same for the logarithm of a pause.
const PAUSE_WIDTH: f64 = 0.5;
/// What the unlike still counts, so that a view never has nothing to go by.
const UNLIKE: (f64, f64) = (0.05, 0.1);
/// What counts a trip before which no pause is known.
const NO_PAUSE: f64 = 0.3;
/// How much other apps count against an app without a past, in trips of its own.
const LENT: f64 = 3.0;
/// Of each other app its newest trips are asked.
const LENT_MOST: usize = 20;
/// By how much, as a logarithm, a sample is spread when there are few or only old ones.
const SPREAD: f64 = 0.3;
/// A past counts as old after half a year, fully a year later.
const OLD: (f64, f64) = (180.0, 365.0);

impl Done {
    /// Ordered by their ends.
    pub(super) fn sorted(legs: &[Leg]) -> Vec<Self> {
        let mut legs: Vec<Leg> = legs.iter().copied().filter(|leg| leg.from <= leg.until).collect();
        legs.sort();
        let local = |at: Moment, leg: &Leg| days((at + leg.offset).since(Moment::from_millis(0)));
        let done = |leg: Leg| {
            let (from, until) = (local(leg.from, &leg), local(leg.until, &leg));
            Self { leg, from, until, working: calendar::working(from, until) }
        };
        legs.into_iter().map(done).collect()
    }

    /// Those that had ended before a moment.
    pub(super) fn before(sorted: &[Self], at: Moment) -> &[Self] {
        sorted.get(..sorted.partition_point(|it| it.leg.until < at)).unwrap_or_default()
    }

    /// How long it took.
    pub(super) fn took(&self) -> f64 {
        days(self.leg.until - self.leg.from)
    }
}

/// What other apps lend: every app the same, in working days.
pub(super) fn lent(others: &[&[Done]]) -> Samples {
    let newest = |legs: &&[Done]| -> Vec<(f64, f64)> {
        let legs = legs.get(legs.len().saturating_sub(LENT_MOST)..).unwrap_or_default();
        let share = 1.0 / (legs.len() as f64 * others.len() as f64);
        legs.iter().map(|it| (it.working, share)).collect()
    };
    Samples::new(others.iter().flat_map(newest).collect())
}

impl View {
    /// What the known trips, and what others lend, say of one that begins now.
    pub(super) fn samples(self, known: &[Done], lent: &Samples, start: Start) -> Samples {
        let now = days((start.at + start.offset).since(Moment::from_millis(0)));
        let alike = self.alike(known, now);
        let ages = (0..known.len()).rev();
        let own = known.iter().zip(alike).zip(ages).map(|((done, alike), age)| {
            let shift = calendar::week_shift(done.from, now);
            let by_the_week = done.took() > BY_THE_WEEK;
            let length = if by_the_week { (done.working + shift).max(0.0) } else { done.working };
            (length, libm::exp2(-(age as f64) / self.half) * alike)
        });
        let own = Samples::new(spread(own, widening(known, now)));
        let borrowed = if known.is_empty() { 1.0 } else { borrowed_share(known.len()) };
        let borrowed = if lent.iter().next().is_none() { 0.0 } else { borrowed };
        let all = own.iter().map(|(length, weight)| (length, weight * (1.0 - borrowed)));
        let all = all.chain(lent.iter().map(|(length, weight)| (length, weight * borrowed)));
        let typical =
            Samples::new(known.iter().map(|it| (it.working, 1.0)).collect()).quantile(0.5);
        let early = calendar::early(known.iter().map(|it| (it.from, it.until)), typical);
        let ways = |(length, weight): (f64, f64)| {
            calendar::ways(now, length, early).map(|(way, share)| (way, share * weight))
        };
        Samples::new(all.flat_map(ways).collect())
    }

    /// How much each known trip counts for its likeness to one that begins now.
    fn alike(self, known: &[Done], now: f64) -> Vec<f64> {
        let near = |distance: f64, width: f64| {
            let distance = distance / width;
            libm::exp(-distance * distance)
        };
        match self.likeness {
            Likeness::None => vec![1.0; known.len()],
            Likeness::Weekday => known
                .iter()
                .map(|it| UNLIKE.0 + near(calendar::week_shift(it.from, now), WEEKDAY_WIDTH))
                .collect(),
            Likeness::Pause => {
                let mut begun: Vec<f64> = known.iter().map(|it| it.from).collect();
                begun.sort_by(f64::total_cmp);
                let pause = |at: f64| {
                    let before = begun.partition_point(|it| *it < at).checked_sub(1);
                    let before = before.and_then(|index| begun.get(index))?;
                    Some(libm::log((at - before).max(0.5)))
                };
                let ours = pause(now);
                let counts = |it: &Done| match (ours, pause(it.from)) {
                    (Some(ours), Some(theirs)) => UNLIKE.1 + near(theirs - ours, PAUSE_WIDTH),
                    (_, None) | (None, _) => NO_PAUSE,
                };
                known.iter().map(counts).collect()
            }
        }
    }
}

/// The share that other apps have in what is said of one with so many trips of its own.
fn borrowed_share(own: usize) -> f64 {
    let young = ENOUGH.saturating_sub(own) as f64 / ENOUGH as f64;
    LENT * young / (LENT * young + own as f64)
}

/// How far samples are spread: few tell less than they seem to, and so do old ones.
fn widening(known: &[Done], now: f64) -> f64 {
    let few = ENOUGH.saturating_sub(known.len()) as f64 / ENOUGH as f64;
    let newest = known.iter().map(|it| it.until).fold(f64::NEG_INFINITY, f64::max);
    let old = ((now - newest - OLD.0) / OLD.1).clamp(0.0, 1.0);
    SPREAD * few.max(old)
}

/// Each sample as three: itself, shorter and longer by the same factor.
fn spread(samples: impl Iterator<Item = (f64, f64)>, by: f64) -> Vec<(f64, f64)> {
    if by <= 0.0 {
        return samples.collect();
    }
    let factor = libm::exp(by);
    samples
        .flat_map(|(length, weight)| {
            [(length / factor, weight), (length, weight), (length * factor, weight)]
        })
        .collect()
}
