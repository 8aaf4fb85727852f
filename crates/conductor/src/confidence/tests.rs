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
