//! Runs of asking at the usual pace, and where one ends.

use super::*;

fn asked(minute: i64) -> Asked {
    let at = Moment::from_millis(minute * 60_000);
    Asked { observed_at: at - Span::minutes(1), fetched_at: at }
}

/// The runs that answers at those minutes make, as `from-to` in minutes.
fn runs(minutes: &[i64]) -> Vec<Run> {
    let mut runs = vec![Run::first(asked(minutes[0]))];
    for &minute in &minutes[1..] {
        match runs.last().unwrap().confirmed(asked(minute)) {
            Next::Same(run) => *runs.last_mut().unwrap() = run,
            Next::New(run) => runs.push(run),
        }
    }
    runs
}

fn ends(minutes: &[i64]) -> Vec<(i64, i64)> {
    let minute = |asked: Asked| asked.fetched_at.millis() / 60_000;
    runs(minutes).iter().map(|run| (minute(run.from), minute(run.to))).collect()
}

#[test]
fn a_steady_pace_is_one_run() {
    assert_eq!(ends(&[0, 5, 10, 15, 20, 25]), [(0, 0), (5, 25)]);
    assert_eq!(ends(&[0, 60, 120, 180, 240]), [(0, 0), (60, 240)]);
}

#[test]
fn an_outage_begins_a_new_run_and_the_pace_comes_back() {
    assert_eq!(ends(&[0, 5, 10, 15, 75, 80, 85]), [(0, 0), (5, 15), (75, 85)]);
}

#[test]
fn a_slower_pace_is_learned_after_few_runs() {
    let slow: Vec<i64> = [0, 5, 10].into_iter().chain((1..20).map(|n| 10 + n * 60)).collect();
    assert!(ends(&slow).len() <= 6, "{:?}", ends(&slow));
}

#[test]
fn a_clock_that_goes_back_begins_a_new_run() {
    assert_eq!(ends(&[100, 105, 110, 50, 55]), [(100, 100), (105, 110), (50, 55)]);
}

#[test]
fn looking_back_never_makes_a_reading_younger_than_it_was() {
    let minutes = [0, 5, 10, 16, 20, 27, 31, 120, 125, 130, 131, 132, 140];
    let runs = runs(&minutes);
    for at in 0..200 {
        let moment = Moment::from_millis(at * 60_000);
        let truth = asked(*minutes.iter().rfind(|&&minute| minute <= at).unwrap());
        let run = runs.iter().rfind(|run| run.from.fetched_at <= moment).unwrap();
        let told = run.at(moment);
        assert!(told.fetched_at <= truth.fetched_at, "{at}: {told:?} {truth:?}");
        assert!(told.observed_at <= truth.observed_at, "{at}: {told:?} {truth:?}");
        assert!(truth.fetched_at - told.fetched_at <= run.longest_gap, "{at}");
    }
}
