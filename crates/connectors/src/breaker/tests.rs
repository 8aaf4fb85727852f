//! When a source is left alone, and when it is asked again.

use super::*;

fn at(seconds: i64) -> Moment {
    Moment::from_millis(seconds * 1_000)
}

fn id() -> SourceId {
    SourceId::new("jira")
}

#[test]
fn after_five_failures_in_a_row_a_source_is_left_alone_and_then_tried_once_a_minute() {
    let breaker = Breaker::default();
    for n in 0..5 {
        assert_eq!(breaker.admit(&id(), at(n)), Ok(()), "request {n}");
        breaker.failed(at(n), "503".into());
    }
    match breaker.admit(&id(), at(10)) {
        Err(SourceError::LeftAlone { failures: 5, until, last, .. }) => {
            assert_eq!((until, last.as_str()), (at(64), "503"));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(breaker.admit(&id(), at(64)), Ok(()), "one try");
    assert!(breaker.admit(&id(), at(65)).is_err(), "the others wait for it");
    breaker.answered();
    assert_eq!(breaker.admit(&id(), at(66)), Ok(()));
}

#[test]
fn an_answer_in_between_ends_the_row() {
    let breaker = Breaker::default();
    for n in 0..20 {
        breaker.failed(at(n), "500".into());
        if n % 4 == 3 {
            breaker.answered();
        }
        assert_eq!(breaker.admit(&id(), at(n)), Ok(()));
    }
}

#[test]
fn a_source_that_asks_to_slow_down_is_not_asked_before_the_time_it_gave() {
    let breaker = Breaker::default();
    assert_eq!(breaker.slow(at(0), Some(Span::seconds(42))), "in 42 s");
    assert!(
        matches!(breaker.admit(&id(), at(41)), Err(SourceError::TooFast { again, .. }) if again == "in 1 s")
    );
    assert_eq!(breaker.admit(&id(), at(42)), Ok(()));
}

#[test]
fn without_a_time_it_waits_a_minute_and_then_longer() {
    let breaker = Breaker::default();
    let waits: Vec<String> = (0..6).map(|_| breaker.slow(at(0), None)).collect();
    assert_eq!(waits, ["in 1 m", "in 2 m", "in 4 m", "in 8 m", "in 15 m", "in 15 m"]);
}

#[test]
fn a_clock_that_is_set_back_ends_the_wait() {
    let breaker = Breaker::default();
    breaker.slow(at(10_000), Some(Span::hours(1)));
    assert_eq!(breaker.admit(&id(), at(5_000)), Ok(()));
}
