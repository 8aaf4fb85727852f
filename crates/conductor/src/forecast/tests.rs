//! What every forecast must hold, whatever the past.
use super::*;

/// A past from a seed: trips with a rhythm, some of which run late.
fn past(seed: u64, trips: usize) -> Vec<Leg> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut draw = |most: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % most
    };
    let mut at = 1_600_000_000_000_i64;
    (0..trips)
        .map(|_| {
            at += 86_400_000 * (7 + i64::try_from(draw(14)).unwrap());
            let took = 3_600_000 * (24 + i64::try_from(draw(400)).unwrap());
            let from = Moment::from_millis(at);
            Leg { from, until: from + Span::millis(took), offset: Span::hours(1) }
        })
        .collect()
}

fn start_after(legs: &[Leg]) -> Start {
    let last = legs.iter().map(|leg| leg.until).max().unwrap();
    Start { at: last + Span::hours(30), offset: Span::hours(1) }
}

#[test]
fn of_nothing_nothing_is_said() {
    let nothing = Forecaster::learn(&Past::default());
    let start = Start { at: Moment::from_millis(0), offset: Span::default() };
    assert_eq!(nothing.expect(start, Span::default()), None);
}

#[test]
fn an_app_without_a_past_borrows_and_says_so() {
    let lent = Past { own: Vec::new(), others: vec![past(1, 30), past(2, 30)] };
    let said = Forecaster::learn(&lent).expect(start_after(&lent.others[0]), Span::default());
    let said = said.unwrap();
    assert_eq!((said.rests_on, said.borrowed), (0, 2));
    assert!(said.p50 > Span::default() && said.p80 > said.p50);
}

#[test]
fn four_of_five_never_take_less_than_one_of_two() {
    for seed in 1..60 {
        for trips in [1, 3, 8, 25] {
            let own = past(seed, trips);
            let start = start_after(&own);
            let learned = Forecaster::learn(&Past { own, others: vec![past(seed + 100, 12)] });
            for hours in [0, 10, 200, 900, 5_000] {
                let said = learned.expect(start, Span::hours(hours)).unwrap();
                assert!(said.p50 <= said.p80, "{seed} {trips} {hours}");
            }
        }
    }
}

#[test]
fn the_longer_it_goes_on_the_later_it_arrives_and_never_in_the_past() {
    for seed in 1..40 {
        let own = past(seed, 20);
        let start = start_after(&own);
        let learned = Forecaster::learn(&Past { own, others: Vec::new() });
        let mut before =
            Forecast { p50: Span::default(), p80: Span::default(), rests_on: 0, borrowed: 0 };
        for hours in (0..2_000).step_by(17) {
            let elapsed = Span::hours(hours);
            let said = learned.expect(start, elapsed).unwrap();
            assert!(said.p50 >= elapsed && said.p50 >= before.p50, "{seed} {hours}");
            assert!(said.p80 >= before.p80, "{seed} {hours}");
            before = said;
        }
    }
}

#[test]
fn the_order_of_the_past_changes_nothing() {
    for seed in 1..20 {
        let own = past(seed, 25);
        let start = start_after(&own);
        let others = vec![past(seed + 1, 9), past(seed + 2, 14)];
        let told = Past { own: own.clone(), others: others.clone() };
        let mut turned = Past { own, others };
        turned.own.reverse();
        turned.others.reverse();
        turned.others[0].rotate_left(3);
        let say = |past: &Past| Forecaster::learn(past).expect(start, Span::hours(5));
        assert_eq!(say(&told), say(&turned), "{seed}");
        assert_eq!(walk(&told), walk(&turned), "{seed}");
    }
}

#[test]
fn what_comes_later_changes_no_earlier_forecast() {
    for seed in 1..20 {
        let own = past(seed, 30);
        let whole = walk(&Past { own: own.clone(), others: Vec::new() });
        let mut ended = own.clone();
        ended.sort();
        for known in [5, 12, 20] {
            let cut = Past { own: ended[..known].to_vec(), others: Vec::new() };
            assert_eq!(walk(&cut), whole[..known], "{seed} {known}");
        }
    }
}

#[test]
fn a_strict_rhythm_is_foretold_to_the_day() {
    let monday = Moment::from_millis(1_704_096_000_000); // 2024-01-01 08:00
    let own: Vec<Leg> = (0..20)
        .map(|n| {
            let from = monday + Span::hours(24 * 14 * n);
            Leg { from, until: from + Span::hours(24 * 11), offset: Span::default() }
        })
        .collect();
    let start = Start { at: monday + Span::hours(24 * 14 * 20), offset: Span::default() };
    let said = Forecaster::learn(&Past { own, others: Vec::new() });
    let said = said.expect(start, Span::default()).unwrap();
    let off = (said.p50.as_millis() - Span::hours(24 * 11).as_millis()).abs();
    assert!(off < Span::hours(12).as_millis(), "{said:?}");
    assert_eq!(said.rests_on, 20);
}

#[test]
fn what_is_due_over_the_years_end_may_come_after_it() {
    let own: Vec<Leg> = (0..20)
        .map(|n| {
            let from = Moment::parse("2024-02-05T08:00:00Z").unwrap() + Span::hours(24 * 14 * n);
            Leg { from, until: from + Span::hours(24 * 11), offset: Span::default() }
        })
        .collect();
    let learned = Forecaster::learn(&Past { own, others: Vec::new() });
    let said = |text: &str| {
        let start = Start { at: Moment::parse(text).unwrap(), offset: Span::default() };
        learned.expect(start, Span::default()).unwrap()
    };
    let (usual, december) = (said("2024-11-25T08:00:00Z"), said("2024-12-16T08:00:00Z"));
    assert!(
        december.p80.as_millis() - usual.p80.as_millis() > Span::hours(24 * 7).as_millis(),
        "{usual:?} {december:?}"
    );
}

#[test]
fn plain_quantiles_are_scored_as_by_hand() {
    let legs: Vec<Leg> = (1..=10)
        .map(|n| {
            let from = Moment::from_millis(n * 86_400_000 * 30);
            Leg { from, until: from + Span::hours(24 * n), offset: Span::default() }
        })
        .collect();
    // Trips of 9 and 10 days after ones of 1 to 8, and 1 to 9: medians 4.5 and 5, upper 6.6 and 7.4.
    let score = score::plain(&legs, score::Plain::Quantiles);
    assert_eq!((score.forecasts, score.held), (2, [0, 0]));
    let [p50, p80] = score.loss;
    assert!((p50 - (0.5 * 4.5 + 0.5 * 5.0)).abs() < 1e-9, "{p50}");
    assert!((p80 - (0.8 * 2.4 + 0.8 * 2.6)).abs() < 1e-9, "{p80}");
    let last = score::plain(&legs, score::Plain::Last);
    assert!((last.loss[0] - 1.0).abs() < 1e-9);
}
