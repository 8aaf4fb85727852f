//! Weighted samples and their quantiles.

/// How much longer a trip takes, as a factor, that has outlived nearly all others: half of what has lived for so long
/// lives half as long again, and a fifth more than twice as long.
pub(super) const TAIL: [f64; 2] = [1.5, 2.2];

/// While this share of the past lasted longer, it tells how much longer this one may last.
const TOLD: f64 = 0.1;

/// Lengths in days with weights that add up to one, sorted by length.
#[derive(Clone, Debug, Default)]
pub(super) struct Samples(Vec<(f64, f64)>);

impl Samples {
    /// Sorts, and brings the weights to one. What weighs nothing is left out.
    pub(super) fn new(mut list: Vec<(f64, f64)>) -> Self {
        list.retain(|(_, weight)| *weight > 0.0);
        list.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let all: f64 = list.iter().map(|(_, weight)| weight).sum();
        for (_, weight) in &mut list {
            *weight /= all;
        }
        Self(list)
    }

    /// Each with its weight.
    pub(super) fn iter(&self) -> impl Iterator<Item = (f64, f64)> {
        self.0.iter().copied()
    }

    /// The quantile, linear between the two nearest samples, the first at 0 and the last at 1. With equal weights it is
    /// the usual one. 0 of nothing.
    pub(super) fn quantile(&self, level: f64) -> f64 {
        quantile(&self.0, level)
    }

    /// The quantile of those that took longer than `elapsed`. Where that leaves next to nothing, what has lasted so long
    /// lasts `tail` times as long. Never falls while `elapsed` grows, and is never less.
    pub(super) fn beyond(&self, elapsed: f64, level: f64, tail: f64) -> f64 {
        if elapsed <= 0.0 {
            return self.quantile(level);
        }
        let longer = self.0.partition_point(|(length, _)| *length <= elapsed);
        let told = self.told();
        let left = self.0.get(longer..).unwrap_or_default();
        if longer <= told {
            return quantile(left, level).max(elapsed);
        }
        let least = quantile(self.0.get(told..).unwrap_or_default(), level);
        let most = if left.is_empty() { f64::INFINITY } else { quantile(left, level) };
        least.max(most.min(elapsed * tail)).max(elapsed)
    }

    /// The last place from which enough of the past is left.
    fn told(&self) -> usize {
        let mut left = 0.0;
        for (index, (_, weight)) in self.0.iter().enumerate().rev() {
            left += weight;
            if left >= TOLD {
                return index;
            }
        }
        0
    }
}

fn quantile(sorted: &[(f64, f64)], level: f64) -> f64 {
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else { return 0.0 };
    let all: f64 = sorted.iter().map(|(_, weight)| weight).sum();
    let (low, high) = (first.1 / 2.0, all - last.1 / 2.0);
    let wanted = low + level * (high - low);
    let (mut before, mut at): (f64, Option<(f64, f64)>) = (0.0, None);
    for (length, weight) in sorted {
        let here = before + weight / 2.0;
        if here >= wanted {
            return match at {
                Some((place, shorter)) if here > place => {
                    shorter + (length - shorter) * ((wanted - place) / (here - place))
                }
                _ => *length,
            };
        }
        (before, at) = (before + weight, Some((here, *length)));
    }
    last.0
}
