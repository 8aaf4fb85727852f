//! Conducting over a small world: answers that are lost, people who come between, conductors that die.
mod stops;

use crate::fakes::{Bench, Manner, Reply, Rules, bug, track, train};
use conductor::intent::IntentState;
use conductor::observation::{Outcome, Share, StorePhase};
use conductor::people::Hold;
use conductor::process::{Action, Mode, Process};
use conductor::{Person, Span};
use ports::Wish;

fn as_shipped(_: &mut Process) {}

/// All transitions in a mode, but for marking the candidate.
fn mode(process: &mut Process, mode: Mode) {
    for leave in process.stages.iter_mut().skip(1).filter_map(|it| it.leave.as_mut()) {
        leave.mode = mode;
    }
}

fn asks(process: &mut Process) {
    mode(process, Mode::Ask);
}

fn shadow(process: &mut Process) {
    mode(process, Mode::Shadow);
}

fn hold() -> Hold {
    Hold {
        by: Person::new("Noor"),
        at: conductor::Moment::default(),
        reason: "not before the keynote".into(),
    }
}

/// The candidate is signed off; the next tick submits it or asks.
async fn signed_off(rules: Rules) -> Bench {
    let bench = Bench::new(rules).await;
    bench.tick().await;
    bench.sign_off("9.1.24").await;
    bench
}

fn states(bench: &Bench, action: Action) -> Vec<String> {
    bench.store.memory().state_of(action)
}

#[tokio::test(start_paused = true)]
async fn a_proposal_is_made_once_and_lapses_when_its_conditions_go() {
    let bench = signed_off(asks).await;
    bench.tick().await;
    bench.tick().await;
    bench.tick().await;
    assert_eq!(states(&bench, Action::SubmitForReview), ["proposed"]);
    assert_eq!(bench.engine.published().borrow().board.calls.len(), 1);
    bench.world().bugs.push(bug("MUS-1", "9.1.24"));
    bench.tick().await;
    assert_eq!(states(&bench, Action::SubmitForReview), ["lapsed"]);
    bench.world().bugs.clear();
    bench.tick().await;
    bench.tick().await;
    assert_eq!(states(&bench, Action::SubmitForReview), ["lapsed", "proposed"]);
    assert_eq!(bench.world().actions(), []);
}

#[tokio::test(start_paused = true)]
async fn a_persons_yes_is_carried_out_and_a_no_is_final_for_the_build() {
    let answered = |state: IntentState| async move {
        let bench = signed_off(asks).await;
        bench.tick().await;
        let key = bench.store.memory().intents.last().unwrap().key.clone();
        bench.wish("9.1.24", Wish::Answer(key, state)).await;
        bench.tick().await;
        bench.tick().await;
        bench
    };
    let yes = answered(IntentState::Confirmed).await;
    assert_eq!(yes.world().actions(), [Action::SubmitForReview]);
    assert_eq!(states(&yes, Action::SubmitForReview), ["done"]);
    let no = answered(IntentState::Refused { by: Person::new("Noor") }).await;
    no.tick().await;
    assert_eq!(no.world().actions(), []);
    assert_eq!(states(&no, Action::SubmitForReview), ["refused"]);
    assert_eq!(no.headline("9.1.24"), "A person said no: do not submit for review with this build");
}

#[tokio::test(start_paused = true)]
async fn a_yes_to_what_no_longer_holds_is_not_carried_out() {
    let bench = signed_off(asks).await;
    bench.tick().await;
    bench.world().train("9.1.24").tests = Outcome::Failed; // Nobody has looked since.
    let key = bench.store.memory().intents.last().unwrap().key.clone();
    bench.wish("9.1.24", Wish::Answer(key, IntentState::Confirmed)).await;
    bench.later(Span::seconds(1)).await;
    assert_eq!(states(&bench, Action::SubmitForReview), ["lapsed"]);
    assert_eq!(bench.world().actions(), []);
}

#[tokio::test(start_paused = true)]
async fn what_a_person_does_by_hand_meanwhile_is_recognised() {
    let bench = signed_off(asks).await;
    bench.tick().await;
    bench.world().train("9.1.24").phase = Some(StorePhase::InReview);
    bench.tick().await;
    let memory = bench.store.memory();
    assert_eq!(memory.intents.last().unwrap().state, IntentState::Done { by_hand: true });
    assert!(memory.texts().contains(&"submitted for review, by hand in the console".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_hold_between_the_look_and_the_claim_stops_it() {
    let bench = signed_off(as_shipped).await;
    bench.store.memory().before_claim = Some(Box::new(|memory| {
        memory.people.entry(track("9.1.24")).or_default().holds.push(hold());
    }));
    bench.tick().await;
    assert_eq!(bench.world().actions(), []);
    assert_eq!(states(&bench, Action::SubmitForReview), ["lapsed"]);
    bench.tick().await;
    assert_eq!(bench.stands("9.1.24"), "candidate held");
    assert_eq!(bench.world().actions(), []);
}

#[tokio::test(start_paused = true)]
async fn a_look_just_before_sees_what_changed_since_the_tick() {
    let bench = signed_off(as_shipped).await;
    // The tick itself reads nothing: its sources were asked a moment ago.
    bench.world().train("9.1.24").tests = Outcome::Failed;
    bench.later(Span::seconds(1)).await;
    assert_eq!(states(&bench, Action::SubmitForReview), ["lapsed"]);
    assert_eq!(bench.world().actions(), []);
}

#[tokio::test(start_paused = true)]
async fn case_08_nothing_is_done_on_what_a_source_said_before_it_asked_to_slow_down() {
    let bench = signed_off(as_shipped).await;
    bench.world().manners.insert("jira", Manner::TooFast);
    bench.later(Span::seconds(1)).await;
    assert_eq!(states(&bench, Action::SubmitForReview), ["lapsed"]);
    assert_eq!(bench.world().actions(), []);
    bench.world().manners.clear();
    bench.tick().await;
    assert_eq!(bench.world().actions(), [Action::SubmitForReview]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_uncertain_until_a_reading_shows_the_effect() {
    let bench = signed_off(as_shipped).await;
    bench.world().reply = Reply::DoesInSilence;
    bench.tick().await;
    assert_eq!(states(&bench, Action::SubmitForReview), ["uncertain"]);
    bench.tick().await;
    assert_eq!(states(&bench, Action::SubmitForReview), ["done"]);
    assert_eq!(bench.world().orders.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_sent_twice_waits_for_a_person() {
    let bench = signed_off(as_shipped).await;
    bench.world().reply = Reply::Nothing;
    for _ in 0..6 {
        bench.tick().await;
    }
    assert_eq!(states(&bench, Action::SubmitForReview), ["uncertain"]);
    assert_eq!(bench.world().orders.len(), 1);
    assert!(bench.headline("9.1.24").starts_with("Not certain whether Google Play did it"));
}

#[tokio::test(start_paused = true)]
async fn what_may_be_sent_twice_is_sent_again_with_the_same_key() {
    let bench = Bench::new(as_shipped).await;
    bench.roll_out().await;
    bench.world().reply = Reply::Nothing;
    bench.later(Span::hours(25)).await;
    assert_eq!(states(&bench, Action::CompleteRollout), ["uncertain"]);
    bench.world().reply = Reply::Does;
    bench.tick().await;
    bench.tick().await;
    assert_eq!(states(&bench, Action::CompleteRollout), ["done"]);
    let world = bench.world();
    let [first, second] = &world.orders[..] else { panic!("{:?}", world.orders) };
    assert_eq!(first.key, second.key);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_again_past_a_hold() {
    let bench = Bench::new(as_shipped).await;
    bench.roll_out().await;
    bench.world().reply = Reply::Nothing;
    bench.later(Span::hours(25)).await;
    bench.wish("9.1.24", Wish::Hold(hold())).await;
    bench.tick().await;
    bench.tick().await;
    assert_eq!(states(&bench, Action::CompleteRollout), ["lapsed"]);
    assert_eq!(bench.world().orders.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_final_with_the_stores_words() {
    let bench = signed_off(as_shipped).await;
    bench.world().reply = Reply::Refuses;
    for _ in 0..4 {
        bench.tick().await;
    }
    assert_eq!(states(&bench, Action::SubmitForReview), ["failed"]);
    assert_eq!(bench.world().orders.len(), 1);
    assert_eq!(
        bench.headline("9.1.24"),
        "Could not submit for review at Google Play: no notes in sv"
    );
}

#[tokio::test(start_paused = true)]
async fn what_the_store_does_not_want_now_is_tried_with_a_later_tick_and_not_at_once() {
    let bench = signed_off(as_shipped).await;
    bench.world().reply = Reply::NotNow;
    bench.tick().await;
    assert_eq!(states(&bench, Action::SubmitForReview), ["lapsed"]);
    bench.world().reply = Reply::Does;
    bench.tick().await;
    bench.tick().await;
    assert_eq!(states(&bench, Action::SubmitForReview), ["lapsed", "done"]);
}

#[tokio::test(start_paused = true)]
async fn a_request_of_a_dead_process_is_waited_out_before_anybody_believes_it_lost() {
    let bench = signed_off(as_shipped).await;
    bench.world().reply = Reply::Hangs;
    bench.clock.forward(Span::minutes(5));
    bench.engine.tick().await;
    while bench.world().orders.is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(states(&bench, Action::SubmitForReview), ["sent"]);
    // The process is gone, and its lease with it.
    bench.store.memory().lease.as_mut().unwrap().ends_at = conductor::Moment::default();
    let next = bench.again("b", as_shipped).await;
    next.later(Span::seconds(30)).await;
    assert_eq!(states(&next, Action::SubmitForReview), ["sent"]);
    next.later(Span::seconds(36)).await;
    assert_eq!(states(&next, Action::SubmitForReview), ["uncertain"]);
    assert_eq!(next.world().orders.len(), 1);
    // It had come through after all.
    next.world().train("9.1.24").phase = Some(StorePhase::InReview);
    next.tick().await;
    assert_eq!(states(&next, Action::SubmitForReview), ["done"]);
}

#[tokio::test(start_paused = true)]
async fn a_conductor_whose_lease_was_taken_does_not_act() {
    let bench = signed_off(as_shipped).await;
    // Another takes over between the look and the claim.
    bench.store.memory().before_claim = Some(Box::new(|memory| {
        let lease = memory.lease.as_mut().unwrap();
        lease.fencing += 1;
        lease.holder = "b".to_owned();
    }));
    bench.tick().await;
    assert_eq!(bench.world().actions(), []);
    bench.tick().await;
    assert!(!bench.engine.published().borrow().board.conductor.on_duty);
    assert_eq!(bench.world().actions(), []);
}

#[tokio::test(start_paused = true)]
async fn a_line_does_one_thing_at_a_time() {
    let bench = Bench::new(as_shipped).await;
    bench.world().trains.insert("9.1.25".to_owned(), train("4133"));
    bench.tick().await;
    bench.tick().await;
    bench.sign_off("9.1.24").await;
    bench.sign_off("9.1.25").await;
    // Accepted, and not to be seen yet: the line is taken all the same.
    bench.world().reply = Reply::Accepts;
    bench.tick().await;
    bench.tick().await;
    let orders = bench.world().orders.clone();
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0].track, track("9.1.24"));
    bench.world().train("9.1.24").phase = Some(StorePhase::InReview);
    bench.tick().await;
    bench.tick().await;
    assert_eq!(bench.world().orders.len(), 1);
    assert_eq!(bench.headline("9.1.25"), "9.1.24 is in review, one version at a time");
}

#[tokio::test(start_paused = true)]
async fn a_fallen_guard_pauses_though_another_version_of_the_line_asks() {
    let bench = Bench::new(asks).await;
    bench.tick().await;
    bench.sign_off("9.1.24").await;
    bench.tick().await;
    assert_eq!(states(&bench, Action::SubmitForReview), ["proposed"]);
    // A later version is in rollout, by hand, and crashes.
    let mut bad = train("4133");
    (bad.phase, bad.served, bad.crashed) =
        (Some(StorePhase::RollingOut), Some(Share(10_000)), 5_000);
    bench.world().trains.insert("9.1.25".to_owned(), bad);
    bench.tick().await;
    assert_eq!(bench.world().actions(), [Action::PauseRollout]);
    bench.tick().await;
    assert_eq!(bench.stands("9.1.25"), "rollout paused");
    assert_eq!(states(&bench, Action::PauseRollout), ["done"]);
}

#[tokio::test(start_paused = true)]
async fn a_stop_beats_a_go_of_which_nobody_knows() {
    for reply in [Reply::Nothing, Reply::Accepts] {
        let bench = Bench::new(as_shipped).await;
        bench.roll_out().await;
        bench.world().reply = reply;
        bench.later(Span::hours(25)).await;
        bench.world().train("9.1.24").crashed = 5_000;
        bench.world().reply = Reply::Does;
        bench.tick().await;
        assert_eq!(states(&bench, Action::CompleteRollout), ["lapsed"]);
        bench.tick().await;
        assert_eq!(bench.world().actions(), [Action::CompleteRollout, Action::PauseRollout]);
        bench.tick().await;
        assert_eq!(bench.stands("9.1.24"), "rollout paused");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_pause_is_not_tried_in_silence() {
    let bench = Bench::new(as_shipped).await;
    bench.roll_out().await;
    bench.world().reply = Reply::Refuses;
    bench.world().train("9.1.24").crashed = 5_000;
    for _ in 0..3 {
        bench.tick().await;
    }
    assert_eq!(bench.world().actions(), [Action::PauseRollout]);
    let board = bench.engine.published().borrow().board.clone();
    assert_eq!(board.calls.len(), 1);
    assert!(board.calls[0].text.contains("could not be paused"), "{}", board.calls[0].text);
}

#[tokio::test(start_paused = true)]
async fn shadow_says_what_it_would_do_once_an_episode() {
    let bench = signed_off(shadow).await;
    let said = || {
        let texts = bench.store.memory().texts();
        texts.iter().filter(|it| *it == "would have submitted for review").count()
    };
    for _ in 0..3 {
        bench.tick().await;
    }
    assert_eq!(said(), 1);
    assert!(bench.store.memory().revision > 3, "the revision never goes back");
    bench.world().bugs.push(bug("MUS-1", "9.1.24"));
    bench.tick().await;
    bench.world().bugs.clear();
    bench.tick().await;
    bench.tick().await;
    assert_eq!(said(), 2);
    assert_eq!(bench.world().actions(), []);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_says_not_now_is_left_alone_until_the_next_tick() {
    let bench = signed_off(as_shipped).await;
    bench.world().reply = Reply::NotNow;
    bench.clock.forward(Span::minutes(5));
    let runs = tokio::spawn(std::sync::Arc::clone(&bench.engine).run());
    tokio::time::sleep(std::time::Duration::from_mins(4)).await;
    runs.abort();
    // With the first tick, and once more for the sign-off that woke it; not again and again.
    assert_eq!(bench.world().orders.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_person_pauses_and_resumes_and_tries_again_what_was_refused() {
    let bench = Bench::new(as_shipped).await;
    bench.roll_out().await;
    bench.order("9.1.24", Action::PauseRollout, 1).await;
    bench.tick().await;
    bench.tick().await;
    assert_eq!(bench.stands("9.1.24"), "rollout paused");
    bench.world().reply = Reply::Refuses;
    bench.order("9.1.24", Action::ResumeRollout, 1).await;
    bench.tick().await;
    bench.tick().await;
    assert_eq!(states(&bench, Action::ResumeRollout), ["failed"]);
    bench.world().reply = Reply::Does;
    bench.order("9.1.24", Action::ResumeRollout, 2).await;
    bench.tick().await;
    bench.tick().await;
    assert_eq!(bench.stands("9.1.24"), "rollout running");
    assert_eq!(states(&bench, Action::ResumeRollout), ["failed", "done"]);
}

#[tokio::test(start_paused = true)]
async fn a_pause_is_sent_before_all_other_work_of_its_line() {
    fn any_number_at_once(process: &mut Process) {
        for leave in process.stages.iter_mut().filter_map(|it| it.leave.as_mut()) {
            leave.conditions.retain(|it| it.id != "candidate-line");
        }
    }
    let bench = signed_off(any_number_at_once).await;
    let mut bad = train("4133");
    (bad.phase, bad.served, bad.crashed) =
        (Some(StorePhase::RollingOut), Some(Share(10_000)), 5_000);
    bench.world().trains.insert("9.1.25".to_owned(), bad);
    bench.tick().await;
    assert_eq!(bench.world().actions(), [Action::PauseRollout, Action::SubmitForReview]);
}

#[tokio::test(start_paused = true)]
async fn a_stop_beats_a_go_that_a_person_ordered() {
    let bench = Bench::new(as_shipped).await;
    bench.roll_out().await;
    bench.world().reply = Reply::Nothing;
    bench.later(Span::hours(25)).await;
    bench.store.memory().intents.last_mut().unwrap().by = Some(Person::new("Noor"));
    bench.world().train("9.1.24").crashed = 5_000;
    bench.world().reply = Reply::Does;
    bench.tick().await;
    bench.tick().await;
    assert_eq!(bench.world().actions(), [Action::CompleteRollout, Action::PauseRollout]);
}

#[tokio::test(start_paused = true)]
async fn what_was_accepted_and_never_shows_is_uncertain_after_a_day() {
    let bench = signed_off(as_shipped).await;
    bench.world().reply = Reply::Accepts; // And somebody withdraws it before it is seen.
    bench.tick().await;
    bench.later(Span::hours(23)).await;
    assert_eq!(states(&bench, Action::SubmitForReview), ["sent"]);
    bench.later(Span::hours(2)).await;
    bench.tick().await;
    assert_eq!(states(&bench, Action::SubmitForReview), ["uncertain"]);
    assert_eq!(bench.world().orders.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_step_taken_in_the_future_is_not_waited_for_until_then() {
    let bench = signed_off(as_shipped).await;
    bench.world().reply = Reply::Accepts;
    bench.tick().await;
    // It was sent by a clock that stood in 2038, and the process is gone.
    let future = conductor::Moment::parse("2038-01-19T03:14:07Z").unwrap();
    {
        let mut memory = bench.store.memory();
        let sent = memory.intents.last_mut().unwrap();
        sent.changed_at = future;
        sent.state = IntentState::Sent { gives_up_at: future };
        memory.lease = None;
    }
    let next = bench.again("b", as_shipped).await;
    for _ in 0..3 {
        next.tick().await;
    }
    assert_eq!(states(&next, Action::SubmitForReview), ["uncertain"]);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_leaps_ahead_shortens_no_soak() {
    let bench = Bench::new(as_shipped).await;
    bench.roll_out().await;
    bench.later(Span::hours(20)).await;
    bench.clock.forward(Span::hours(5)); // Nothing but the clock went on.
    bench.tick().await;
    assert_eq!(bench.world().actions(), []);
    bench.later(Span::hours(4)).await;
    assert_eq!(bench.world().actions(), [Action::CompleteRollout]);
}

#[tokio::test(start_paused = true)]
async fn who_takes_over_counts_a_pause_that_it_did_not_see() {
    let first = Bench::new(as_shipped).await;
    first.roll_out().await;
    let second = first.again("b", as_shipped).await;
    second.tick().await; // It stands by, and then stands still.
    first.tick().await;
    first.world().train("9.1.24").phase = Some(StorePhase::Halted);
    first.tick().await;
    first.later(Span::hours(20)).await;
    first.world().train("9.1.24").phase = Some(StorePhase::RollingOut);
    first.tick().await;
    assert_eq!(first.stands("9.1.24"), "rollout running");
    // The first is gone. The second wakes a day after the rollout began; it was served for some minutes of that.
    second.later(Span::hours(5)).await;
    assert!(second.engine.published().borrow().board.conductor.on_duty);
    assert_eq!(second.world().actions(), []);
}

#[tokio::test(start_paused = true)]
async fn a_hold_between_the_claim_and_the_request_stops_it() {
    let bench = Bench::new(as_shipped).await;
    bench.roll_out().await;
    bench.world().reply = Reply::Nothing;
    bench.later(Span::hours(25)).await;
    assert_eq!(states(&bench, Action::CompleteRollout), ["uncertain"]);
    // Not certain, so it would be sent again; a person holds it while it is looked at.
    bench.store.memory().before_sent = Some(Box::new(|memory| {
        memory.people.entry(track("9.1.24")).or_default().holds.push(hold());
    }));
    bench.tick().await;
    assert_eq!(states(&bench, Action::CompleteRollout), ["lapsed"]);
    assert_eq!(bench.world().orders.len(), 1);
}
