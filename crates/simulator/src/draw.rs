//! What chance decides. A draw is named by the seed and by what it is for, never by how many draws came before it, so
//! worlds that are asked in another order, or in other steps of time, are the same world.

/// One draw. The same seed and the same name give the same numbers on every machine.
#[derive(Clone, Copy, Debug)]
pub struct Draw(u64);

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

fn mix(mut word: u64) -> u64 {
    // The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
    word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ (word >> 31)
}

impl Draw {
    /// The draw called `name` in the world of `seed`.
    pub fn new(seed: u64, name: &str) -> Self {
        Self(mix(seed.wrapping_add(STEP))).named(name)
    }

    /// A draw of its own below this one, by name.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        let hash = name.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
        Self(mix(self.0 ^ mix(hash)))
    }

    /// A draw of its own below this one, by number.
    #[must_use]
    pub fn at(self, number: u64) -> Self {
        Self(mix(self.0.wrapping_add(STEP.wrapping_mul(number.wrapping_add(1)))))
    }

    /// 64 even bits.
    pub fn bits(self) -> u64 {
        mix(self.0.wrapping_add(STEP))
    }

    /// From 0 up to, never reaching, 1.
    pub fn unit(self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// From `low` to `high`, both reached; `low` where the range is empty.
    pub fn between(self, low: i64, high: i64) -> i64 {
        if high <= low {
            return low;
        }
        low + (self.unit() * (high - low + 1) as f64) as i64
    }

    /// True in `share` of all draws.
    pub fn chance(self, share: f64) -> bool {
        self.unit() < share
    }

    /// One of `all`; nothing where `all` is empty.
    pub fn pick<T>(self, all: &[T]) -> Option<&T> {
        all.get((self.unit() * all.len() as f64) as usize)
    }

    /// About normally distributed: mean 0, deviation 1, never beyond 6.
    pub fn normal(self) -> f64 {
        (0..12).map(|turn| self.at(turn).unit()).sum::<f64>() - 6.0
    }

    /// 40 hexadecimal digits that begin with `head`.
    pub fn sha(self, head: &str) -> String {
        let tail =
            format!("{:016x}{:016x}{:016x}", self.bits(), self.at(1).bits(), self.at(2).bits());
        let mut sha: String = head.chars().take(40).collect();
        sha.extend(tail.chars().take(40_usize.saturating_sub(head.len())));
        sha
    }
}

#[cfg(test)]
mod tests;
