//! Readings, memory of tracks, people's wishes and the lease.

use super::Place;
use super::samples::{
    at, bugs, bugs_slot, builds, changed, conduct, draft, fresh, hold, mark, music, named, planned,
    same_bugs, track, waiver,
};
use conductor::people::{Answer, Approval, SignOff, Tick};
use conductor::{Before, Interventions, Person, Platform, Span, StageId, Standing, Verdict};
use ports::{Keep, Lease, Store, StoreError, StoredReading, TrackMemory, Wish};
use std::collections::BTreeMap;

pub(super) async fn a_new_database_remembers_nothing(place: &dyn Place) {
    let store = place.open().await;
    let restored = store.restore().await.unwrap();
    assert_eq!(restored.readings, []);
    assert_eq!(restored.tracks, BTreeMap::new());
    assert_eq!(restored.revision, 0);
    assert_eq!(store.interventions().await.unwrap(), BTreeMap::new());
    assert_eq!(store.journal(None, 10).await.unwrap(), []);
    assert_eq!(store.verify_journal().await.unwrap(), Ok(0));
}

fn memory() -> TrackMemory {
    TrackMemory {
        before: Before {
            stage: Some((StageId::new("rollout"), at(1))),
            standing: Some((Standing::Held, at(2))),
            findings: [("bugs".to_owned(), (Verdict::Unknown, at(3)))].into(),
            recent: [("crashes".to_owned(), vec![Verdict::Met, Verdict::Unmet])].into(),
            ..Before::default()
        },
        entered: [("rollout".to_owned(), at(1))].into(),
        zero_bugs_since: Some(at(0)),
        aged: [(24, Vec::new())].into(),
    }
}

pub(super) async fn what_was_kept_is_restored_after_a_crash(place: &dyn Place) {
    let readings = vec![
        named("music", 1),
        builds("music", Platform::Other("tv".to_owned()), 1),
        bugs("music", 3, 1),
        planned("music", 1),
    ];
    let store = place.open().await;
    let lease = conduct(&*store).await;
    let keep = Keep {
        changed: readings.clone(),
        tracks: [(music(), memory())].into(),
        entries: vec![draft(Some(&music()), "held"), draft(None, "started")],
        revision: 41,
        ..Keep::default()
    };
    let entries = store.keep(keep, &lease, at(1)).await.unwrap();
    let laid = Wish::Hold(hold("a crash")); // And no close.
    let wished = store.wish(&music(), laid, draft(Some(&music()), "held")).await.unwrap();
    drop(store);

    let store = place.open().await;
    let restored = store.restore().await.unwrap();
    assert_eq!(restored.readings, readings);
    assert_eq!(restored.tracks, [(music(), memory())].into());
    assert_eq!(restored.revision, 41);
    assert_eq!(store.interventions().await.unwrap()[&music()].holds, [hold("a crash")]);
    let expected: Vec<_> = entries.into_iter().chain([wished]).rev().collect();
    assert_eq!(store.journal(None, 10).await.unwrap(), expected);
}

async fn newest(store: &dyn Store) -> Vec<StoredReading> {
    store.restore().await.unwrap().readings
}

pub(super) async fn a_later_reading_replaces_the_one_before(place: &dyn Place) {
    let store = place.open().await;
    let lease = conduct(&*store).await;
    for (count, minute) in [(3, 1), (2, 2), (2, 3), (3, 4)] {
        let keep = changed(vec![bugs("music", count, minute), bugs("maps", 1, minute)]);
        store.keep(keep, &lease, at(minute)).await.unwrap();
        let expected = [bugs("maps", 1, minute), bugs("music", count, minute)];
        assert_eq!(newest(&*store).await, expected);
    }
    // Two in one moment, and a clock that went back: the later one is the newest all the same.
    store.keep(changed(vec![bugs("music", 5, 4)]), &lease, at(4)).await.unwrap();
    assert_eq!(newest(&*store).await[1], bugs("music", 5, 4));
    store.keep(changed(vec![bugs("music", 6, 2)]), &lease, at(2)).await.unwrap();
    assert_eq!(newest(&*store).await[1], bugs("music", 6, 2));
}

pub(super) async fn asking_again_without_a_change_moves_only_the_age(place: &dyn Place) {
    let store = place.open().await;
    let lease = conduct(&*store).await;
    store.keep(changed(vec![bugs("music", 3, 0)]), &lease, at(0)).await.unwrap();
    for minute in [5, 10, 15, 90, 95] {
        store.keep(fresh(vec![same_bugs("music", minute)]), &lease, at(minute)).await.unwrap();
        assert_eq!(newest(&*store).await, [bugs("music", 3, minute)]);
    }
}

pub(super) async fn what_was_never_kept_cannot_be_unchanged(place: &dyn Place) {
    let store = place.open().await;
    let lease = conduct(&*store).await;
    let keep = Keep { revision: 7, ..fresh(vec![same_bugs("music", 1)]) };
    let error = store.keep(keep, &lease, at(1)).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict(_)), "{error:?}");
    assert_eq!(store.restore().await.unwrap().revision, 0);
    let both = Keep { fresh: vec![same_bugs("music", 2)], ..changed(vec![bugs("music", 1, 1)]) };
    store.keep(both, &lease, at(2)).await.unwrap();
    assert_eq!(newest(&*store).await, [bugs("music", 1, 2)]);
}

pub(super) async fn a_tick_is_kept_whole_or_not_at_all(place: &dyn Place) {
    let store = place.open().await;
    let lease = conduct(&*store).await;
    let keep = Keep {
        changed: vec![bugs("music", 3, 1)],
        fresh: vec![(bugs_slot("maps"), at(1), at(1))], // Of this one nothing was kept: a fault.
        tracks: [(music(), memory())].into(),
        entries: vec![draft(None, "lost")],
        revision: 2,
    };
    store.keep(keep, &lease, at(1)).await.unwrap_err();
    let restored = store.restore().await.unwrap();
    assert_eq!((restored.readings, restored.tracks.len(), restored.revision), (Vec::new(), 0, 0));
    assert_eq!(store.journal(None, 10).await.unwrap(), []);
}

pub(super) async fn the_revision_never_falls(place: &dyn Place) {
    let store = place.open().await;
    let lease = conduct(&*store).await;
    for (kept, expected) in [(5, 5), (3, 5), (0, 5), (6, 6)] {
        store.keep(Keep { revision: kept, ..Keep::default() }, &lease, at(1)).await.unwrap();
        assert_eq!(store.restore().await.unwrap().revision, expected);
    }
}

fn sign_off(team: &str, answer: Answer) -> SignOff {
    SignOff {
        team: team.to_owned(),
        answer,
        build: "4127".to_owned(),
        by: Person::new("Ada Byron"),
        at: at(2),
        comment: String::new(),
    }
}

fn tick(done: bool) -> Tick {
    Tick {
        item: "notes".to_owned(),
        done,
        build: Some("4127".to_owned()),
        by: Person::new("Ada Byron"),
        at: at(2),
        comment: String::new(),
    }
}

fn approval() -> Approval {
    Approval {
        role: "lead".to_owned(),
        given: true,
        build: None,
        by: Person::new("Ada Byron"),
        at: at(2),
        comment: "go".to_owned(),
    }
}

pub(super) async fn what_people_said_comes_to_what_is_in_force(place: &dyn Place) {
    let store = place.open().await;
    let other = track("music/ios/9.1.24");
    let wishes = [
        (music(), Wish::Hold(hold("first"))),
        (music(), Wish::Hold(hold("second"))),
        (other.clone(), Wish::Hold(hold("other"))),
        (music(), Wish::Release),
        (music(), Wish::Waive(waiver("bugs", None, "for all"))),
        (music(), Wish::Waive(waiver("bugs", Some("4127"), "once"))),
        (music(), Wish::Waive(waiver("bugs", Some("4127"), "again"))),
        (music(), Wish::Waive(waiver("tests", None, "flaky"))),
        (music(), Wish::Unwaive("tests".to_owned())),
        (music(), Wish::SignOff(sign_off("player", Answer::Given))),
        (music(), Wish::SignOff(sign_off("player", Answer::Withdrawn))),
        (music(), Wish::Tick(tick(true))),
        (music(), Wish::Tick(tick(false))),
        (music(), Wish::Approve(approval())),
        (music(), Wish::Emergency(Some(hold("payments broken")))),
        (other.clone(), Wish::Emergency(Some(hold("over")))),
        (other.clone(), Wish::Emergency(None)),
        (music(), Wish::Candidate(mark("4126"))),
        (music(), Wish::Candidate(mark("4127"))),
        (music(), Wish::Finished(at(9))),
        (other.clone(), Wish::Cancel(hold("never mind"))),
    ];
    for (number, (track, wish)) in (1..).zip(wishes) {
        let entry = store.wish(&track, wish, draft(Some(&track), "said")).await.unwrap();
        assert_eq!(entry.number, number);
    }
    let expected = Interventions {
        waivers: vec![waiver("bugs", None, "for all"), waiver("bugs", Some("4127"), "again")],
        sign_offs: vec![sign_off("player", Answer::Given), sign_off("player", Answer::Withdrawn)],
        ticks: vec![tick(true), tick(false)],
        approvals: vec![approval()],
        emergency: Some(hold("payments broken")),
        candidates: vec![mark("4126"), mark("4127")],
        finished_at: Some(at(9)),
        ..Interventions::default()
    };
    let on_other = Interventions {
        holds: vec![hold("other")],
        cancelled: Some(hold("never mind")),
        ..Interventions::default()
    };
    let all = [(music(), expected), (other, on_other)].into();
    assert_eq!(store.interventions().await.unwrap(), all);
    drop(store);
    assert_eq!(place.open().await.interventions().await.unwrap(), all);
}

pub(super) async fn whoever_was_superseded_keeps_nothing(place: &dyn Place) {
    let store = place.open().await;
    let keep = || Keep { revision: 9, entries: vec![draft(None, "x")], ..Keep::default() };
    let never = Lease { fencing: 1, holder: "nobody".to_owned(), ends_at: at(9) };
    let error = store.keep(keep(), &never, at(1)).await.unwrap_err();
    assert!(matches!(error, StoreError::Superseded { newest: 0 }), "{error:?}");

    let first = store.lease("first", Span::minutes(1), at(0)).await.unwrap().unwrap();
    let second = store.lease("second", Span::minutes(1), at(5)).await.unwrap().unwrap();
    for old in [first.clone(), Lease { holder: "first".to_owned(), ..second.clone() }] {
        let error = store.keep(keep(), &old, at(5)).await.unwrap_err();
        assert!(matches!(error, StoreError::Superseded { newest: 2 }), "{error:?}");
    }
    assert_eq!(store.restore().await.unwrap().revision, 0);
    assert_eq!(store.journal(None, 10).await.unwrap(), []);
    store.keep(keep(), &second, at(5)).await.unwrap();
}

pub(super) async fn a_lease_is_one_and_rises_with_each_take_over(place: &dyn Place) {
    let store = place.open().await;
    let ask = |holder, minute| store.lease(holder, Span::minutes(10), at(minute));
    let got = |lease: Option<Lease>| lease.map(|it| (it.fencing, it.holder, it.ends_at));
    let lease = |fencing, holder: &str, ends| Some((fencing, holder.to_owned(), at(ends)));
    assert_eq!(got(ask("a", 0).await.unwrap()), lease(1, "a", 10));
    assert_eq!(got(ask("b", 9).await.unwrap()), None);
    assert_eq!(got(ask("a", 9).await.unwrap()), lease(1, "a", 19));
    assert_eq!(got(ask("b", 18).await.unwrap()), None);
    assert_eq!(got(ask("b", 19).await.unwrap()), lease(2, "b", 29));
    assert_eq!(got(ask("a", 20).await.unwrap()), None);
    assert_eq!(got(place.open().await.lease("c", Span::minutes(1), at(20)).await.unwrap()), None);
    assert_eq!(got(ask("a", 40).await.unwrap()), lease(3, "a", 50));
    assert_eq!(got(ask("a", 60).await.unwrap()), lease(3, "a", 70)); // Late, but nobody came between.
}

pub(super) async fn an_empty_database_can_be_written(place: &dyn Place) {
    let store = place.open().await;
    for _ in 0..3 {
        store.writable().await.unwrap();
    }
}
