//! What of a past release counts, and what its oddities spoil.

use super::*;

fn at(text: &str) -> LocalMoment {
    LocalMoment { at: Moment::parse(text).unwrap(), offset: Span::hours(1) }
}

fn release(branched: &str, candidates: &[&str], released: Option<&str>) -> PastRelease {
    PastRelease::from_git(FromGit {
        track: TrackId::parse("music/android/9.1").unwrap(),
        kind: Kind::Regular,
        branched: at(branched),
        candidates: candidates
            .iter()
            .map(|it| PastCandidate { name: format!("rc {it}"), at: at(it) })
            .collect(),
        released: released.map(at),
        in_flight: false,
        oddities: BTreeSet::new(),
    })
}

fn spans(release: &PastRelease) -> Vec<Option<String>> {
    release
        .stages
        .iter()
        .map(|it| it.left.map(|left| (left.at - it.entered.at).to_string()))
        .collect()
}

#[test]
fn weekdays_and_hours_are_those_of_the_peoples_own_clocks() {
    let late = at("2026-03-06T23:30:00Z"); // A Friday in UTC.
    assert!(late.is_weekend() && late.hour() == 0);
    let early = at("2026-03-08T22:59:59Z");
    assert!(early.is_weekend() && early.hour() == 23);
    assert!(!at("2026-03-08T23:00:00Z").is_weekend());
}

#[test]
fn git_tells_three_stages_whatever_order_the_candidates_come_in() {
    let told = release(
        "2026-03-02T10:00:00Z",
        &["2026-03-05T10:00:00Z", "2026-03-02T16:00:00Z"],
        Some("2026-03-09T10:00:00Z"),
    );
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(spans(&told), [some("6 h"), some("2 d 18 h"), some("4 d")]);
    assert_eq!(told.took(), Some(Span::hours(168)));
    assert!(told.oddities.is_empty());
}

#[test]
fn what_was_never_released_is_kept_and_marked_and_its_last_candidate_may_not_be_the_last() {
    let told = release("2026-03-02T10:00:00Z", &["2026-03-02T16:00:00Z"], None);
    assert_eq!(told.stages.len(), 1);
    assert!(told.has(mark::NEVER) && told.took().is_none());
}

#[test]
fn a_stray_candidate_leaves_open_what_it_spoils_and_nothing_else() {
    let told = release(
        "2026-03-04T10:00:00Z",
        &["2026-03-01T10:00:00Z", "2026-03-05T10:00:00Z"],
        Some("2026-03-06T10:00:00Z"),
    );
    assert_eq!(spans(&told), [None, None, Some("1 d".to_owned())]);
    assert!(told.has(mark::STRAY) && told.took().is_none());
}

#[test]
fn a_release_before_its_last_candidate_has_no_time_of_waiting() {
    let told = release(
        "2026-03-02T10:00:00Z",
        &["2026-03-03T10:00:00Z", "2026-03-08T10:00:00Z"],
        Some("2026-03-06T10:00:00Z"),
    );
    assert_eq!(spans(&told)[2], None);
    assert!(told.has(mark::LATE_CANDIDATE));
    let told = release("2026-03-02T10:00:00Z", &[], Some("2026-03-01T10:00:00Z"));
    assert!(told.has(mark::BACKWARDS) && told.took().is_none() && told.stages.is_empty());
}
