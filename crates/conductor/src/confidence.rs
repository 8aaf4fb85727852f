//! The confidence sequence, alone (CONDUCTOR §3): a test of a rate that may be looked at as often as one
//! likes. The likelihood ratio of a fixed mixture of alternatives against a threshold is a martingale while
//! the true rate is the threshold; it exceeds 1/α with a chance of at most α, ever (Ville; Robbins 1970;
//! Howard, Ramdas, McAuliffe and Sekhon 2021). That holds for any mixture that is fixed beforehand: which one
//! it is decides only how soon the truth is told.
//!
//! So the bets against a threshold lie where answers are needed soon: regressions of some tenths of a point, half to
//! twice the failures. A flat mixture bets on rates that no app has, and takes two to three times the sessions of a
//! test that looks once. A little of it is kept, so that a truth ever so near the threshold is told in the end.
//!
//! All transcendental functions come from one library on both sides, so that server and browser agree in
//! every bit.

/// One million: rates are given in parts of it.
const MILLION: f64 = 1_000_000.0;

/// Where a rate lies, seen from a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Surely above.
    Above,
    /// Surely below.
    Below,
    /// Not yet to be told.
    Unclear,
}

/// Whether `good` of `all` shows a true rate above or below `threshold_ppm`, at a chance of at most
/// `alpha_ppm` of ever being wrong, however often it is asked. Unclear for an empty or impossible sample.
pub fn side(good: u64, all: u64, threshold_ppm: u32, alpha_ppm: u32) -> Side {
    if all == 0 || good > all || threshold_ppm == 0 || threshold_ppm >= 1_000_000 {
        return Side::Unclear;
    }
    let rate = f64::from(threshold_ppm) / MILLION;
    side_of(&Mixture::against(rate), good, all, threshold_ppm, alpha_ppm)
}

fn side_of(mixture: &Mixture, good: u64, all: u64, threshold_ppm: u32, alpha_ppm: u32) -> Side {
    let limit = -libm::log(f64::from(alpha_ppm.max(1)) / MILLION);
    // Written so that a value which is no number proves nothing either.
    let proves = mixture.log_ratio(good as f64, all as f64) >= limit;
    if !proves {
        return Side::Unclear;
    }
    // Compared as whole numbers: k/n against t/10⁶.
    if u128::from(good) * 1_000_000 > u128::from(all) * u128::from(threshold_ppm) {
        Side::Above
    } else {
        Side::Below
    }
}

/// Whether `ours` (good of all) shows a true rate above or below that of `theirs` less a tolerance, at a chance of at
/// most `alpha_ppm` of ever being wrong, however often it is asked. Two tests share that chance, as each sees what the
/// other does not: one of both rates together, which is the sharper while both samples are of a size, and one of ours
/// against the end of the interval of theirs, which is when theirs is far larger. Unclear for an empty sample.
pub fn side_of_difference(
    ours: (u64, u64),
    theirs: (u64, u64),
    tolerance_ppm: u32,
    alpha_ppm: u32,
) -> Side {
    let ((k, n), (l, m)) = (ours, theirs);
    if n == 0 || m == 0 || k > n || l > m || tolerance_ppm >= 1_000_000 {
        return Side::Unclear;
    }
    let alpha = f64::from(alpha_ppm.max(1)) / MILLION;
    let tolerance = f64::from(tolerance_ppm) / MILLION;
    // k/n against l/m − t/10⁶, as whole numbers.
    let [wide_k, wide_n, wide_l, wide_m] = [k, n, l, m].map(i128::from);
    let left = wide_k.saturating_mul(wide_m).saturating_mul(1_000_000);
    let right = wide_l
        .saturating_mul(wide_n)
        .saturating_mul(1_000_000)
        .saturating_sub(wide_n.saturating_mul(wide_m).saturating_mul(i128::from(tolerance_ppm)));
    let above = left > right;
    if together(ours, theirs, tolerance) < -libm::log(alpha / 2.0)
        && apart(ours, theirs, tolerance, alpha / 2.0, above).is_none()
    {
        return Side::Unclear;
    }
    if above { Side::Above } else { Side::Below }
}

/// How surely the two rates do not differ by just the tolerance: the product of both mixtures is a martingale under
/// the two true rates, and it is smallest where the likelihood on that line is greatest.
fn together((k, n): (u64, u64), (l, m): (u64, u64), tolerance: f64) -> f64 {
    let [good, bad, their_good, their_bad] = [k, n - k, l, m - l].map(|it| it as f64);
    // The slope of the log-likelihood along the line, at our rate: it falls, so where it is zero is the top.
    let slope = |rate: f64| {
        let their_rate = rate + tolerance;
        let part = |count: f64, of: f64| if count > 0.0 { count / of } else { 0.0 };
        part(good, rate) - part(bad, 1.0 - rate) + part(their_good, their_rate)
            - part(their_bad, 1.0 - their_rate)
    };
    // Not to the very ends: there a logarithm is no number.
    let (mut low, mut high) = (1.0e-9, 1.0 - tolerance - 1.0e-9);
    for _ in 0..44 {
        let middle = f64::midpoint(low, high);
        if slope(middle) > 0.0 { low = middle } else { high = middle }
    }
    let rate = f64::midpoint(low, high);
    log_martingale(k as f64, n as f64, rate) + log_martingale(l as f64, m as f64, rate + tolerance)
}

/// Whether our rate is surely on one side of the farther end of the interval of theirs, less the tolerance. A fifth of
/// the chance is spent on their interval, the rest on ours.
fn apart(
    (k, n): (u64, u64),
    (l, m): (u64, u64),
    tolerance: f64,
    alpha: f64,
    above: bool,
) -> Option<()> {
    let (l, m) = (l as f64, m as f64);
    let limit = -libm::log(alpha / 5.0);
    let base = log_martingale(l, m, 0.5) - m * core::f64::consts::LN_2;
    let excluded = |rate: f64| base - l * libm::log(rate) - (m - l) * libm::log1p(-rate) >= limit;
    let (mut inside, mut outside) = (l / m, if above { 1.0 } else { 0.0 });
    for _ in 0..44 {
        let middle = f64::midpoint(inside, outside);
        if excluded(middle) { outside = middle } else { inside = middle }
    }
    let bar = outside - tolerance;
    let (k, n) = (k as f64, n as f64);
    let beyond = if above { k > bar * n } else { k < bar * n };
    let (low, high) = (bar <= 0.0, bar >= 1.0);
    let proves = match (low, high) {
        // A rate is never below none, nor above all.
        (true, _) => above,
        (_, true) => false,
        (false, false) => Mixture::against(bar).log_ratio(k, n) >= -libm::log(alpha * 0.8),
    };
    (beyond && proves).then_some(())
}

/// About how many more sessions at the present rate until it can be told. `None` if the rate lies on the
/// threshold, or it would take more than a hundred million.
pub fn sessions_needed(good: u64, all: u64, threshold_ppm: u32, alpha_ppm: u32) -> Option<u64> {
    if threshold_ppm == 0 || threshold_ppm >= 1_000_000 {
        return None;
    }
    let mixture = Mixture::against(f64::from(threshold_ppm) / MILLION);
    more_needed(good, all, |good, all| side_of(&mixture, good, all, threshold_ppm, alpha_ppm))
}

/// The same for any test of a rate.
pub(crate) fn more_needed(good: u64, all: u64, test: impl Fn(u64, u64) -> Side) -> Option<u64> {
    const MOST: u64 = 100_000_000;
    if all == 0 || good > all {
        return None;
    }
    let scaled = |n: u64| u64::try_from(u128::from(good) * u128::from(n) / u128::from(all)).ok();
    let clear = |n: u64| Some(test(scaled(n)?, n) != Side::Unclear);
    let mut high = all.max(64);
    while !clear(high)? {
        high = high.checked_mul(2).filter(|n| *n <= MOST)?;
    }
    let mut low = all;
    while high - low > (high / 100).max(1) {
        let middle = low + (high - low) / 2;
        if clear(middle)? { high = middle } else { low = middle }
    }
    Some(high - all)
}

/// The bounds of the confidence sequence in parts per million, for display: where the martingale crosses.
pub fn bounds_ppm(good: u64, all: u64, alpha_ppm: u32) -> Option<(u32, u32)> {
    if all == 0 || good > all {
        return None;
    }
    let point = u32::try_from(u128::from(good) * 1_000_000 / u128::from(all)).ok()?;
    let excluded = |ppm: u32| side(good, all, ppm, alpha_ppm) != Side::Unclear;
    let search = |mut inside: u32, mut outside: u32| {
        while inside.abs_diff(outside) > 1 {
            let middle = u32::midpoint(inside, outside);
            if excluded(middle) { outside = middle } else { inside = middle }
        }
        inside
    };
    Some((search(point, 0), search(point, 1_000_000)))
}

/// What is bet on worse rates: so much below the threshold, as a share of all sessions, and the weight of the bet.
const WORSE: [(f64, f64); 7] = [
    (0.000_5, 0.05),
    (0.001, 0.15),
    (0.002, 0.30),
    (0.004, 0.14),
    (0.008, 0.05),
    (0.03, 0.03),
    (0.2, 0.02),
];
/// What is bet on better rates: so much of the failures that the threshold allows, and the weight of the bet.
const BETTER: [(f64, f64); 4] = [(0.8, 0.05), (0.6, 0.08), (0.35, 0.06), (0.1, 0.02)];
/// What is bet on all rates alike, by the Beta(½, ½) prior. All bets together are one.
const FLAT: f64 = 0.05;

/// The bets against one threshold.
struct Mixture {
    rate: f64,
    /// Of each alternative: the logarithm of its weight, and what a good and a bad session add.
    bets: [(f64, f64, f64); WORSE.len() + BETTER.len()],
}

impl Mixture {
    fn against(rate: f64) -> Self {
        let bad = 1.0 - rate;
        let (log_good, log_bad) = (libm::log(rate), libm::log(bad));
        // A bet on what is no rate is lost: that makes the ratio less, never more.
        let lost = (f64::NEG_INFINITY, 0.0, 0.0);
        let mut bets = [lost; WORSE.len() + BETTER.len()];
        let worse = WORSE.iter().map(|(by, weight)| (bad + by, weight));
        let better = BETTER.iter().map(|(of, weight)| (bad * of, weight));
        for (bet, (bad, weight)) in bets.iter_mut().zip(worse.chain(better)) {
            if bad < 1.0 {
                let (per_good, per_bad) = (libm::log1p(-bad) - log_good, libm::log(bad) - log_bad);
                *bet = (libm::log(*weight), per_good, per_bad);
            }
        }
        Self { rate, bets }
    }

    /// The logarithm of the likelihood ratio against the threshold.
    fn log_ratio(&self, good: f64, all: f64) -> f64 {
        let bad = all - good;
        let flat = libm::log(FLAT) + log_martingale(good, all, self.rate);
        let logs =
            self.bets.map(|(weight, per_good, per_bad)| weight + good * per_good + bad * per_bad);
        let most = logs.iter().copied().fold(flat, f64::max);
        let sum = logs.iter().fold(libm::exp(flat - most), |sum, it| sum + libm::exp(it - most));
        most + libm::log(sum)
    }
}

/// The logarithm of the likelihood ratio of the flat Beta(½, ½) mixture against `rate`.
fn log_martingale(good: f64, all: f64, rate: f64) -> f64 {
    const A: f64 = 0.5;
    let bad = all - good;
    let log_beta = |a: f64, b: f64| libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
    log_beta(A + good, A + bad) - log_beta(A, A) - good * libm::log(rate) - bad * libm::log1p(-rate)
}

#[cfg(test)]
mod tests;
