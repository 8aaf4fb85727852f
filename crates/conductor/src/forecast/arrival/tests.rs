//! What is certain, on top of what is learned.
use super::*;
use crate::forecast::{Leg, Past};

const DAY: i64 = 86_400_000;

fn day(n: i64) -> Moment {
    Moment::from_millis(n * DAY)
}

/// Learned from trips of so many days that began a week apart.
fn learned(days: &[i64]) -> Forecaster {
    let leg = |(index, took): (usize, &i64)| {
        let from = day(19_793 + 7 * i64::try_from(index).unwrap());
        Leg { from, until: from + Span::millis(took * DAY), offset: Span::default() }
    };
    let own = days.iter().enumerate().map(leg).collect();
    Forecaster::learn(&Past { own, others: Vec::new() })
}

/// When this one begins, after all of those.
const BEGUN: i64 = 19_793 + 7 * 14;

fn start() -> Start {
    Start { at: day(BEGUN), offset: Span::default() }
}

fn stage(name: &str) -> StageId {
    StageId::new(name)
}

fn one(
    learned: &Forecaster,
    now: Moment,
    not_before: Option<Moment>,
    closed: &[(Moment, Moment)],
) -> Arrival {
    let stage = stage("live");
    let ahead = [Ahead { stage: &stage, learned, not_before, closed }];
    arrivals(start(), now, &ahead).pop().unwrap()
}

#[test]
fn what_is_learned_is_counted_from_the_start_and_says_on_what_it_rests() {
    let found = one(&learned(&[11; 10]), day(BEGUN), None, &[]);
    assert_eq!((found.p50, found.p80), (day(BEGUN + 11), day(BEGUN + 11)));
    assert_eq!((found.rests_on, found.why.as_str()), (10, "10 past releases"));
}

#[test]
fn nothing_arrives_before_its_soak_ends() {
    let learned = learned(&[11; 10]);
    let later = one(&learned, day(BEGUN), Some(day(BEGUN + 13)), &[]);
    assert_eq!((later.p50, later.p80), (day(BEGUN + 13), day(BEGUN + 13)));
    assert_eq!(later.why, "10 past releases; no earlier than its soak ends");
    let sooner = one(&learned, day(BEGUN), Some(day(BEGUN + 9)), &[]);
    assert_eq!(sooner.p50, day(BEGUN + 11));
}

#[test]
fn what_falls_into_a_freeze_arrives_when_it_ends_through_freezes_that_touch() {
    let freezes = [(day(BEGUN + 14), day(BEGUN + 16)), (day(BEGUN + 10), day(BEGUN + 14))];
    let found = one(&learned(&[11; 10]), day(BEGUN), None, &freezes);
    assert_eq!((found.p50, found.p80), (day(BEGUN + 16), day(BEGUN + 16)));
    assert_eq!(found.why, "10 past releases; moved out of what is closed");
    // The end of a freeze is open, its start is not.
    let until_then = [(day(BEGUN + 8), day(BEGUN + 11))];
    assert_eq!(one(&learned(&[11; 10]), day(BEGUN), None, &until_then).p50, day(BEGUN + 11));
}

#[test]
fn a_stage_arrives_no_earlier_than_the_one_before_it() {
    let (long, short, unknown) = (learned(&[11; 10]), learned(&[4; 10]), learned(&[]));
    let names = ["review", "rollout", "live"].map(stage);
    let closed = [(day(BEGUN + 10), day(BEGUN + 20))];
    let ahead = [
        Ahead { stage: &names[0], learned: &long, not_before: None, closed: &[] },
        Ahead { stage: &names[1], learned: &unknown, not_before: None, closed: &closed },
        Ahead { stage: &names[2], learned: &short, not_before: None, closed: &[] },
    ];
    let found = arrivals(start(), day(BEGUN), &ahead);
    let told: Vec<_> = found.iter().map(|it| (it.stage.clone(), it.p50)).collect();
    let [review, _, live] = names.clone();
    assert_eq!(told, [(review, day(BEGUN + 11)), (live, day(BEGUN + 20))]);
}

#[test]
fn time_that_passes_brings_no_arrival_nearer_and_none_into_the_past() {
    let learned = learned(&[9, 11, 14, 8, 25, 11, 12, 10, 13, 11]);
    let closed = [(day(BEGUN + 12), day(BEGUN + 13)), (day(BEGUN + 40), day(BEGUN + 47))];
    let mut before = [day(0); 2];
    for hours in 0..1_500 {
        let now = day(BEGUN) + Span::hours(hours);
        let found = one(&learned, now, Some(day(BEGUN + 10)), &closed);
        assert!(found.p50 >= now && found.p80 >= found.p50, "{hours}: {found:?}");
        assert!(found.p50 >= before[0] && found.p80 >= before[1], "{hours}: {found:?}");
        before = [found.p50, found.p80];
    }
}

#[test]
fn few_and_borrowed_are_said_in_words() {
    assert_eq!(rests(1, 0), "1 past release");
    assert_eq!(rests(3, 1), "3 past releases, and 1 other app");
    assert_eq!(rests(0, 2), "no past release, borrowed from 2 other apps");
}
