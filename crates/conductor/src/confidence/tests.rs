//! The confidence sequence against what it promises.
use super::*;

const ALPHA: u32 = 50_000;

#[test]
fn it_tells_clear_cases_apart() {
    assert_eq!(side(9_995, 10_000, 980_000, ALPHA), Side::Above);
    assert_eq!(side(9_000, 10_000, 998_000, ALPHA), Side::Below);
    assert_eq!(side(998, 1_000, 998_000, ALPHA), Side::Unclear);
    assert_eq!(side(0, 0, 998_000, ALPHA), Side::Unclear);
    assert_eq!(side(11, 10, 998_000, ALPHA), Side::Unclear);
}

#[test]
fn a_look_after_every_session_rarely_raises_a_false_alarm() {
    // The true rate is the threshold; asked after each of 20 000 sessions, in 200 runs from a seed.
    let mut alarms = 0;
    for run in 0..200_u64 {
        let mut state = run.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut good = 0;
        let alarmed = (1..=20_000_u64).any(|all| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            good += u64::from(state % 1_000_000 < 990_000);
            all % 50 == 0 && side(good, all, 990_000, ALPHA) != Side::Unclear
        });
        alarms += u32::from(alarmed);
    }
    assert!(alarms <= 10, "{alarms} of 200, allowed are 5 %");
}

#[test]
fn the_sessions_it_asks_for_are_enough() {
    let (good, all) = (9_990, 10_000);
    let more = sessions_needed(good, all, 998_000, ALPHA).unwrap();
    let n = all + more;
    assert_ne!(side(good * n / all, n, 998_000, ALPHA), Side::Unclear);
    assert_eq!(sessions_needed(998, 1_000, 998_000, ALPHA), None);
}

#[test]
fn its_bounds_hold_the_rate_and_shrink_with_the_sample() {
    let (low, high) = bounds_ppm(9_980, 10_000, ALPHA).unwrap();
    assert!(low < 998_000 && 998_000 < high);
    let (closer, _) = bounds_ppm(998_000, 1_000_000, ALPHA).unwrap();
    assert!(closer > low);
}

#[test]
fn a_difference_is_told_and_not_by_a_few_sessions() {
    let versus = |ours, theirs| side_of_difference(ours, theirs, 1_000, 50_000);
    assert_eq!(versus((0, 0), (9, 10)), Side::Unclear);
    assert_eq!(versus((11, 10), (9, 10)), Side::Unclear);
    assert_eq!(versus((99_800, 100_000), (9_980, 10_000)), Side::Unclear);
    assert_eq!(versus((498_900, 500_000), (499_000, 500_000)), Side::Above);
    assert_eq!(versus((497_500, 500_000), (499_000, 500_000)), Side::Below);
    // Without a single crash on either side, on one, or with nothing else.
    assert_eq!(versus((500_000, 500_000), (500_000, 500_000)), Side::Above);
    assert_eq!(versus((500_000, 500_000), (498_000, 500_000)), Side::Above);
    assert_eq!(versus((498_000, 500_000), (500_000, 500_000)), Side::Below);
    assert_eq!(versus((0, 500_000), (500_000, 500_000)), Side::Below);
    assert_eq!(versus((u64::MAX, u64::MAX), (u64::MAX, u64::MAX)), Side::Above);
    assert_eq!(side_of_difference((9, 10), (9, 10), 1_000_000, 50_000), Side::Unclear);
}

#[test]
fn a_baseline_of_millions_costs_few_sessions_more_than_a_threshold() {
    let needed = |test: &dyn Fn(u64, u64) -> Side| more_needed(998, 1_000, test).unwrap();
    let theirs = (1_996_000, 2_000_000);
    let versus = needed(&|k, n| side_of_difference((k, n), theirs, 3_000, 50_000));
    let threshold = needed(&|k, n| side(k, n, 995_000, 50_000));
    assert!(versus * 10 <= threshold * 14, "{versus} against {threshold}");
    // As many on both sides as it takes.
    let both = needed(&|k, n| side_of_difference((k, n), (k, n), 3_000, 50_000));
    assert!(both <= 20_000, "{both}");
}

/// Looks at both versions every day, at a true difference of just the tolerance: whatever it tells is a false alarm.
#[test]
fn a_difference_of_just_the_tolerance_is_seldom_told_however_often_one_looks() {
    let mut seed = 7_u64;
    let mut next = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    // How many of 500 crash at so many in a million: a draw for each session.
    let mut crashes =
        |of: u64, ppm: u64| (0..of).filter(|_| next() % 1_000_000 < ppm).count() as u64;
    let (runs, looks) = (100, 40);
    // As many on the other side, and ten times as many.
    for times in [1, 10] {
        let mut alarms = 0;
        for _ in 0..runs {
            let (mut ours, mut theirs) = (0, 0);
            let told = (1..=looks).any(|look| {
                ours += crashes(500, 12_000);
                theirs += crashes(500 * times, 7_000);
                let (all, of_them) = (look * 500, look * 500 * times);
                let sides = ((all - ours, all), (of_them - theirs, of_them));
                side_of_difference(sides.0, sides.1, 5_000, 50_000) != Side::Unclear
            });
            alarms += u32::from(told);
        }
        assert!(alarms <= runs / 20, "{alarms} of {runs}");
    }
}
