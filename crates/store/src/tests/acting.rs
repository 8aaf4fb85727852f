//! Intents: what may be written, and what is refused.

use super::Place;
use super::samples::{at, conduct, draft, hold, intent, mark, music, step, track, waiver};
use conductor::intent::{Intent, IntentState};
use conductor::{Action, Moment, Person, Span};
use ports::{IntentWrite, Lease, Store, StoreError, Wish};

const SUBMIT: Action = Action::SubmitForReview;

async fn write(store: &dyn Store, lease: &Lease, write: IntentWrite) -> Result<(), StoreError> {
    let entries = store.write_intent(write, lease, at(5)).await?;
    assert_eq!(entries.len(), 1);
    Ok(())
}

#[track_caller]
fn refused(result: Result<(), StoreError>, words: &str) {
    match result {
        Err(StoreError::Conflict(said)) => assert!(said.contains(words), "{said}"),
        other => panic!("{other:?} where `{words}` was expected"),
    }
}

async fn open_intent(store: &dyn Store) -> Option<Intent> {
    store.interventions().await.unwrap().remove(&music())?.open_intent
}

fn sent(minute: i64) -> IntentState {
    IntentState::Sent { gives_up_at: at(minute) }
}

pub(super) async fn an_intent_lives_from_proposal_to_done(place: &dyn Place) {
    let store = place.open().await;
    let lease = conduct(&*store).await;
    let lives = [
        IntentState::Proposed,
        IntentState::Confirmed,
        IntentState::Claimed,
        sent(6),
        IntentState::Uncertain { why: "no answer".to_owned() },
        sent(8),
        IntentState::Done { by_hand: false },
    ];
    let mut expected = None;
    for (minute, state) in (1..).zip(lives) {
        let moved = Intent { changed_at: at(minute), ..intent(SUBMIT, "4127", 1, state.clone()) };
        write(&*store, &lease, step(moved.clone(), expected)).await.unwrap();
        let open = open_intent(&*store).await;
        assert_eq!(open, moved.state.is_open().then_some(moved));
        expected = Some(state);
    }
    assert_eq!(store.journal(Some(&music()), 99).await.unwrap().len(), 7);
}

pub(super) async fn a_key_is_used_once_for_ever(place: &dyn Place) {
    let store = place.open().await;
    let lease = conduct(&*store).await;
    let lapsed = IntentState::Lapsed { why: "a bug came".to_owned() };
    write(&*store, &lease, step(intent(SUBMIT, "1", 1, lapsed), None)).await.unwrap();
    let again = || step(intent(SUBMIT, "1", 1, IntentState::Proposed), None);
    refused(write(&*store, &lease, again()).await, "exists already and is lapsed");
    drop(store);
    let store = place.open().await;
    refused(write(&*store, &lease, again()).await, "exists already");
    let second = step(intent(SUBMIT, "1", 2, IntentState::Proposed), None);
    write(&*store, &lease, second).await.unwrap();
    assert_eq!(store.journal(None, 99).await.unwrap().len(), 2); // Refusals leave no trace.
}

pub(super) async fn a_track_has_one_open_intent(place: &dyn Place) {
    let store = place.open().await;
    let lease = conduct(&*store).await;
    let first = intent(SUBMIT, "1", 1, IntentState::Confirmed);
    write(&*store, &lease, step(first.clone(), None)).await.unwrap();
    let second = intent(Action::StartRollout, "1", 1, IntentState::Proposed);
    let result = write(&*store, &lease, step(second.clone(), None)).await;
    refused(result, "music/android/9.1.24#submit_for_review#1#1 is still confirmed");
    let mut elsewhere = second.clone();
    elsewhere.key.track = track("music/ios/9.1.24");
    write(&*store, &lease, step(elsewhere, None)).await.unwrap();
    let refusal = Intent { state: IntentState::Refused { by: Person::new("Ada") }, ..first };
    let expected = Some(IntentState::Confirmed);
    write(&*store, &lease, step(refusal, expected)).await.unwrap();
    write(&*store, &lease, step(second, None)).await.unwrap();
}

pub(super) async fn a_step_from_another_state_is_refused(place: &dyn Place) {
    let store = place.open().await;
    let lease = conduct(&*store).await;
    let claimed =
        || step(intent(SUBMIT, "1", 1, IntentState::Claimed), Some(IntentState::Confirmed));
    refused(write(&*store, &lease, claimed()).await, "was never recorded");
    let proposed = intent(SUBMIT, "1", 1, IntentState::Proposed);
    write(&*store, &lease, step(proposed, None)).await.unwrap();
    refused(write(&*store, &lease, claimed()).await, "is proposed and not confirmed");
    let confirmed = intent(SUBMIT, "1", 1, IntentState::Confirmed);
    write(&*store, &lease, step(confirmed, Some(IntentState::Proposed))).await.unwrap();
    write(&*store, &lease, claimed()).await.unwrap();
    write(&*store, &lease, step(intent(SUBMIT, "1", 1, sent(6)), Some(IntentState::Claimed)))
        .await
        .unwrap();
    // The same word with another deadline is another state: somebody sent it again meanwhile.
    let done = intent(SUBMIT, "1", 1, IntentState::Done { by_hand: false });
    refused(write(&*store, &lease, step(done, Some(sent(7)))).await, "is sent and not sent");
}

pub(super) async fn an_ended_intent_stays_ended(place: &dyn Place) {
    let store = place.open().await;
    let lease = conduct(&*store).await;
    let done = IntentState::Done { by_hand: true };
    write(&*store, &lease, step(intent(SUBMIT, "1", 1, done.clone()), None)).await.unwrap();
    let again = intent(SUBMIT, "1", 1, IntentState::Claimed);
    refused(write(&*store, &lease, step(again, Some(done))).await, "has come to its end");
}

async fn propose(store: &dyn Store, lease: &Lease, action: Action) {
    let confirmed = intent(action, "1", 1, IntentState::Confirmed);
    write(store, lease, step(confirmed, None)).await.unwrap();
}

fn claim(action: Action) -> IntentWrite {
    step(intent(action, "1", 1, IntentState::Claimed), Some(IntentState::Confirmed))
}

async fn wish(store: &dyn Store, wish: Wish) {
    store.wish(&music(), wish, draft(Some(&music()), "said")).await.unwrap();
}

pub(super) async fn a_hold_between_look_and_claim_is_seen(place: &dyn Place) {
    let store = place.open().await;
    let lease = conduct(&*store).await;
    propose(&*store, &lease, SUBMIT).await;
    wish(&*store, Wish::Hold(hold("not today"))).await;
    refused(write(&*store, &lease, claim(SUBMIT)).await, "Ada Byron holds the track (not today)");
    assert_eq!(open_intent(&*store).await.unwrap().state, IntentState::Confirmed);
    wish(&*store, Wish::Release).await;
    write(&*store, &lease, claim(SUBMIT)).await.unwrap();
    // What is kept in Signalbox itself may be recorded in one step: the hold counts there too.
    write(
        &*store,
        &lease,
        step(
            intent(SUBMIT, "1", 1, IntentState::Lapsed { why: "x".to_owned() }),
            Some(IntentState::Claimed),
        ),
    )
    .await
    .unwrap();
    wish(&*store, Wish::Hold(hold("not today"))).await;
    let done = intent(Action::MarkCandidate, "1", 1, IntentState::Done { by_hand: false });
    refused(write(&*store, &lease, step(done.clone(), None)).await, "holds the track");
    propose(&*store, &lease, Action::MarkCandidate).await;
    let confirmed = Some(IntentState::Confirmed);
    refused(write(&*store, &lease, step(done, confirmed)).await, "holds the track");
}

pub(super) async fn a_hold_does_not_hide_how_an_action_ended(place: &dyn Place) {
    let store = place.open().await;
    let lease = conduct(&*store).await;
    propose(&*store, &lease, SUBMIT).await;
    write(&*store, &lease, claim(SUBMIT)).await.unwrap();
    // A conductor may have stood still since the claim: each announcement of a request asks for holds once more.
    wish(&*store, Wish::Hold(hold("not today"))).await;
    let announced = || step(intent(SUBMIT, "1", 1, sent(6)), Some(IntentState::Claimed));
    refused(write(&*store, &lease, announced()).await, "Ada Byron holds the track (not today)");
    wish(&*store, Wish::Release).await;
    write(&*store, &lease, announced()).await.unwrap();
    wish(&*store, Wish::Hold(hold("not today"))).await;
    let done = intent(SUBMIT, "1", 1, IntentState::Done { by_hand: false });
    write(&*store, &lease, step(done, Some(sent(6)))).await.unwrap();
}

pub(super) async fn a_brake_works_while_held(place: &dyn Place) {
    for action in [Action::PauseRollout, Action::ResumeRollout] {
        let store = place.open().await;
        let lease = conduct(&*store).await;
        wish(&*store, Wish::Hold(hold("not today"))).await;
        propose(&*store, &lease, action).await;
        write(&*store, &lease, claim(action)).await.unwrap();
        let done = intent(action, "1", 1, IntentState::Done { by_hand: false });
        write(&*store, &lease, step(done, Some(IntentState::Claimed))).await.unwrap();
    }
}

pub(super) async fn a_cancelled_track_takes_no_action(place: &dyn Place) {
    let store = place.open().await;
    let lease = conduct(&*store).await;
    propose(&*store, &lease, SUBMIT).await;
    wish(&*store, Wish::Cancel(hold("never mind"))).await;
    refused(write(&*store, &lease, claim(SUBMIT)).await, "cancelled the track (never mind)");
}

pub(super) async fn whoever_was_superseded_writes_no_intent(place: &dyn Place) {
    let store = place.open().await;
    let old = store.lease("first", Span::minutes(1), at(0)).await.unwrap().unwrap();
    propose(&*store, &old, SUBMIT).await;
    let new = store.lease("second", Span::minutes(9), at(2)).await.unwrap().unwrap();
    let error = write(&*store, &old, claim(SUBMIT)).await.unwrap_err();
    assert!(matches!(error, StoreError::Superseded { newest: 2 }), "{error:?}");
    assert_eq!(open_intent(&*store).await.unwrap().state, IntentState::Confirmed);
    write(&*store, &new, claim(SUBMIT)).await.unwrap();
}

pub(super) async fn an_effect_is_written_with_its_intent_or_not_at_all(place: &dyn Place) {
    let store = place.open().await;
    let lease = conduct(&*store).await;
    propose(&*store, &lease, SUBMIT).await;
    let marked = |state| IntentWrite {
        effect: Some(Wish::Candidate(mark("4127"))),
        ..step(intent(Action::MarkCandidate, "4127", 1, state), None)
    };
    refused(write(&*store, &lease, marked(IntentState::Claimed)).await, "is still confirmed");
    assert_eq!(store.interventions().await.unwrap()[&music()].candidate(), None);
    let done = IntentState::Done { by_hand: false };
    write(&*store, &lease, marked(done.clone())).await.unwrap();
    assert_eq!(store.interventions().await.unwrap()[&music()].candidate(), Some(&mark("4127")));
    refused(write(&*store, &lease, marked(done)).await, "exists already");
    assert_eq!(store.interventions().await.unwrap()[&music()].candidates.len(), 1);
}

pub(super) async fn a_person_answers_only_what_asks(place: &dyn Place) {
    let store = place.open().await;
    let lease = conduct(&*store).await;
    let asks = intent(SUBMIT, "1", 1, IntentState::Proposed);
    let says = |state| {
        let wish = Wish::Answer(asks.key.clone(), state);
        let said = draft(Some(&music()), "answered");
        async { store.wish(&music(), wish, said).await.map(drop) }
    };
    refused(says(IntentState::Confirmed).await, "was never recorded");
    write(&*store, &lease, step(asks.clone(), None)).await.unwrap();
    refused(says(IntentState::Claimed).await, "`claimed` is no answer");
    says(IntentState::Confirmed).await.unwrap();
    let expected = Intent { state: IntentState::Confirmed, changed_at: at(3), ..asks.clone() };
    assert_eq!(open_intent(&*store).await, Some(expected));
    let no = IntentState::Refused { by: Person::new("Ada Byron") };
    refused(says(no).await, "is confirmed and not proposed");
    assert_eq!(store.journal(None, 99).await.unwrap().len(), 2);
    // Nobody but a person can say that what may not be sent twice did not happen.
    let nothing = || IntentState::Lapsed { why: "not in the console".to_owned() };
    refused(says(nothing()).await, "is confirmed and not proposed");
    let confirmed = Some(IntentState::Confirmed);
    let unsure = IntentState::Uncertain { why: "no answer".to_owned() };
    let unsure = Intent { state: unsure, ..asks.clone() };
    write(&*store, &lease, step(unsure, confirmed)).await.unwrap();
    says(nothing()).await.unwrap();
    assert_eq!(open_intent(&*store).await, None);
}

pub(super) async fn a_failed_intent_stays_until_it_is_tried_again(place: &dyn Place) {
    let store = place.open().await;
    let lease = conduct(&*store).await;
    let failed = IntentState::Failed { words: "no release notes".to_owned() };
    let first = intent(SUBMIT, "1", 1, failed);
    write(&*store, &lease, step(first.clone(), None)).await.unwrap();
    let other = intent(Action::PauseRollout, "1", 1, IntentState::Done { by_hand: false });
    write(&*store, &lease, step(other, None)).await.unwrap();
    assert_eq!(store.interventions().await.unwrap()[&music()].failed_intent, Some(first));
    let again = intent(SUBMIT, "1", 2, IntentState::Confirmed);
    write(&*store, &lease, step(again.clone(), None)).await.unwrap();
    let laid = store.interventions().await.unwrap().remove(&music()).unwrap();
    assert_eq!((laid.failed_intent, laid.open_intent), (None, Some(again)));
}

pub(super) async fn an_order_takes_the_place_of_what_waits_and_of_nothing_that_left(
    place: &dyn Place,
) {
    let store = place.open().await;
    let lease = conduct(&*store).await;
    let order = |action, attempt, by: Option<&str>| {
        let by = by.map(Person::new);
        let intent = Intent { by, ..intent(action, "1", attempt, IntentState::Confirmed) };
        let said = draft(Some(&music()), "ordered");
        let (store, wish) = (&store, Wish::Order(intent));
        async move { store.wish(&music(), wish, said).await.map(drop) }
    };
    let asks = intent(SUBMIT, "1", 1, IntentState::Proposed);
    write(&*store, &lease, step(asks, None)).await.unwrap();
    refused(order(SUBMIT, 2, None).await, "names who gave it");
    refused(order(SUBMIT, 1, Some("Ada Byron")).await, "exists already");
    // What is refused leaves nothing behind: no waiver that came with it, and no entry.
    let said = || draft(Some(&music()), "ordered past the sign-offs");
    let again = Intent {
        by: Some(Person::new("Ada Byron")),
        ..intent(SUBMIT, "1", 1, IntentState::Confirmed)
    };
    let both = vec![
        (Wish::Waive(waiver("sign_offs", Some("1"), "known")), said()),
        (Wish::Order(again), said()),
    ];
    refused(store.wishes(&music(), both).await.map(drop), "exists already");
    assert!(store.interventions().await.unwrap()[&music()].waivers.is_empty());
    assert!(store.journal(None, 99).await.unwrap().iter().all(|it| it.draft.text != said().text));
    order(SUBMIT, 2, Some("Ada Byron")).await.unwrap();
    let laid = store.interventions().await.unwrap().remove(&music()).unwrap();
    let ordered = laid.open_intent.unwrap();
    assert_eq!((ordered.key.attempt, ordered.state.as_str()), (2, "confirmed"));
    let claimed = Intent { state: IntentState::Claimed, ..ordered };
    write(&*store, &lease, step(claimed, Some(IntentState::Confirmed))).await.unwrap();
    refused(order(Action::PauseRollout, 1, Some("Ada Byron")).await, "is claimed on that track");
}

pub(super) async fn the_last_try_of_each_action_and_build_is_told(place: &dyn Place) {
    let store = place.open().await;
    let lease = conduct(&*store).await;
    let lapsed = || IntentState::Lapsed { why: "x".to_owned() };
    for (action, build, attempt, state) in [
        (SUBMIT, "1", 1, lapsed()),
        (SUBMIT, "2", 1, IntentState::Failed { words: "no".to_owned() }),
        (SUBMIT, "1", 2, IntentState::Claimed),
    ] {
        let recorded = intent(action, build, attempt, state);
        write(&*store, &lease, step(recorded, None)).await.unwrap();
    }
    let laid = store.interventions().await.unwrap().remove(&music()).unwrap();
    let told: Vec<_> = laid
        .attempts
        .iter()
        .map(|it| (it.action, it.build.as_str(), it.attempt, it.state.as_str()))
        .collect();
    assert_eq!(told, [(SUBMIT, "2", 1, "failed"), (SUBMIT, "1", 2, "claimed")]);
}

pub(super) async fn two_claims_at_once_have_one_winner(place: &dyn Place) {
    let (one, two) = (place.open().await, place.open().await);
    let lease = conduct(&*one).await;
    for round in 1..=10 {
        let build = round.to_string();
        let confirmed = intent(SUBMIT, &build, 1, IntentState::Confirmed);
        write(&*one, &lease, step(confirmed.clone(), None)).await.unwrap();
        let claim = |changed_at: Moment| {
            let claimed = Intent { state: IntentState::Claimed, changed_at, ..confirmed.clone() };
            step(claimed, Some(IntentState::Confirmed))
        };
        let (a, b) =
            tokio::join!(write(&*one, &lease, claim(at(1))), write(&*two, &lease, claim(at(2))),);
        assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
        refused(a.and(b), "is claimed and not confirmed");
        let lapsed = IntentState::Lapsed { why: "next".to_owned() };
        let end = Intent { state: lapsed, ..confirmed };
        write(&*one, &lease, step(end, Some(IntentState::Claimed))).await.unwrap();
    }
}
