//! Chance from a seed. One run asks its dice in one order, so the same seed gives the same run.

use conductor::Span;

/// Numbers that look random and are not (SplitMix64; Steele, Lea and Flood 2014).
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The dice of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed ^ 0x5851_F42D_4C95_7F2D)
    }

    /// 64 even bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    /// From `low` to `high`, both reached; `low` where the range is empty.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        if high <= low {
            return low;
        }
        let width = u64::try_from(high - low).unwrap_or(0).saturating_add(1);
        low + i64::try_from(self.bits() % width).unwrap_or(0)
    }

    /// True in so many of a thousand cases.
    pub(crate) fn chance(&mut self, per_mille: u32) -> bool {
        self.bits() % 1_000 < u64::from(per_mille)
    }

    /// A span between two numbers of minutes, to the millisecond.
    pub(crate) fn minutes(&mut self, low: i64, high: i64) -> Span {
        Span::millis(self.between(low * 60_000, high * 60_000))
    }

    /// A span between two numbers of hours, to the millisecond.
    pub(crate) fn hours(&mut self, low: i64, high: i64) -> Span {
        self.minutes(low * 60, high * 60)
    }

    /// One of several.
    pub(crate) fn pick<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        let last = i64::try_from(all.len()).ok()?.checked_sub(1)?;
        let index = usize::try_from(self.between(0, last)).ok()?;
        all.get(index).copied()
    }
}
