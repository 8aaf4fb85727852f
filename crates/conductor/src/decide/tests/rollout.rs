//! From submission to the end of the watch: what the stores do by themselves, guards, pauses and soaks.
use super::super::*;
use super::spoilt;
use super::world::*;
use crate::app::StoreKind;
use crate::condition::Confidence;
use crate::observation::{Audience, Health, InStore, Share};
use crate::people::Answer;
use crate::reading::Fact;
use StorePhase as P;

fn store(it: &mut Inputs, phase: StorePhase, served: Option<Share>) {
    it.facts.store = read("play", 1, in_store(phase, served));
}

fn sessions_now(it: &mut Inputs, all: u64, crashed: u64) {
    it.facts.health = read("sentry", 1, vec![sessions(Audience::Production, all, crashed)]);
}

#[test]
fn google_play_starts_by_itself_and_the_app_store_is_asked() {
    let play = spoilt("review", |_| (), "running → wait");
    assert_eq!(play.headline.text, "Approved: Google Play makes it live by itself");
    check(&on_app_store("review"), "review running → fire start_rollout (auto)");
    let mut closed = on_app_store("review");
    closed.facts.windows.get_mut("release").unwrap().open.clear();
    check(&closed, "review running → wait: review-window unknown");
}

#[test]
fn each_phase_at_the_store_says_what_is_waited_for() {
    let phase = |phase: Option<StorePhase>, expected: &str| {
        let mut inputs = on_app_store("review");
        inputs.facts.store = read("store", 1, InStore { phase, ..in_store(P::InReview, None) });
        check(&inputs, expected)
    };
    let text = |it: Decision| it.headline.text;
    assert_eq!(
        text(phase(Some(P::WaitingForReview), "review running → wait: review-store unmet")),
        "In review at App Store"
    );
    phase(Some(P::InReview), "review running → wait: review-store unmet");
    assert_eq!(
        text(phase(Some(P::NeedsPerson), "review running → wait: review-store unmet")),
        "App Store waits for a person in its console"
    );
    let rejected = phase(Some(P::Rejected), "review rejected → rest: review-store unmet");
    assert_eq!(rejected.lamps.release.text, "Rejected");
    assert_eq!(rejected.headline.text, "App Store rejected it");
    let replaced = phase(Some(P::Replaced), "review cancelled → rest: review-store unmet");
    assert_eq!(replaced.headline.text, "Another version took its place");
    // Case 51: a word that we do not know is no approval, and moves nobody.
    phase(None, "review running → wait: review-store unknown");
    let mut strange = on_app_store("candidate");
    strange.facts.store = read("store", 1, InStore { phase: None, ..in_store(P::Draft, None) });
    strange.facts.line.clear();
    let blind = check(&strange, "candidate running → wait");
    assert_eq!(blind.headline.text, "Not known where it is at App Store");
    // Withdrawn from review by a person: back at the candidate, and not submitted again behind their back.
    let mut withdrawn = on_app_store("review");
    withdrawn.facts.store = read("store", 1, in_store(P::Draft, None));
    withdrawn.people.attempts = vec![attempt(Action::SubmitForReview, "4127", "done")];
    check(&withdrawn, "candidate running → wait");
}

#[test]
fn a_store_that_does_not_answer_moves_nobody_back() {
    spoilt(
        "rollout",
        |it| it.facts.store = fault("play"),
        "running → wait: rollout-soak unknown, rollout-versus unknown",
    );
    spoilt("review", |it| it.facts.store = fault("play"), "running → wait: review-store unknown");
}

#[test]
fn a_rollout_is_completed_once_it_has_soaked_and_holds() {
    spoilt("rollout", |_| (), "running → fire complete_rollout (auto)");
    spoilt(
        "rollout",
        |it| it.facts.bugs = read("jira", 1, bugs(vec![bug("MUS-1")])),
        "running → wait: rollout-bugs unmet",
    );
    spoilt("rollout", |it| sessions_now(it, 4_000, 0), "running → wait: rollout-crashes unknown");
    // Too bad to complete, and not past the red line: nothing is paused.
    spoilt("rollout", |it| sessions_now(it, 80_000, 500), "running → wait: rollout-crashes unmet");
    spoilt(
        "rollout",
        |it| it.facts.health = fault("sentry"),
        "running → wait: rollout-crashes unknown, rollout-versus unknown, rollout-red-line unknown",
    );
}

#[test]
fn a_soak_starts_when_it_is_first_served_and_counts_no_pauses() {
    let soaks = |change: &dyn Fn(&mut Inputs), expected: &str| {
        let mut inputs = at_stage("rollout");
        inputs.before.stage = Some((StageId::new("rollout"), now() - Span::hours(25)));
        change(&mut inputs);
        let decision = decide(&inputs);
        sane(&inputs, &decision);
        assert_eq!(decision.soaked.to_string(), expected);
    };
    soaks(&|_| (), "1 d 1 h");
    soaks(&|it| it.before.paused = Span::hours(3), "22 h");
    soaks(&|it| it.before.standing = Some((Standing::Paused, ago(60))), "1 d"); // 5 min since the last look, cut.
    let told = |it: &mut Inputs, since: Moment| {
        it.facts.store = read(
            "play",
            1,
            InStore { since: Some(since), ..in_store(P::RollingOut, Some(Share(10_000))) },
        );
    };
    // The store knows that it began before we looked; a resume does not count as a beginning.
    soaks(&|it| told(it, now() - Span::hours(30)), "1 d 6 h");
    soaks(&|it| told(it, ago(60)), "1 d 1 h");
    // Nobody saw it for a while, and the store says that it began to serve in between: it stood still before.
    soaks(
        &|it| {
            it.before.at = Some(now() - Span::hours(9));
            told(it, now() - Span::hours(4));
        },
        "20 h",
    );
    // What its store did not tell does not count, nor what a clock counted that has gone back since.
    soaks(&|it| it.facts.store = fault("play"), "1 d");
    soaks(&|it| it.before.paused = Span::hours(24 * 4_000), "0 s");
    soaks(
        &|it| it.before.stage = Some((StageId::new("rollout"), now() + Span::hours(24 * 4_000))),
        "0 s",
    );
    // When a later share began, the store's first moment does not tell.
    soaks(
        &|it| {
            let mut later = it.process.stages[3].clone();
            later.id = StageId::new("ten");
            later.entered_when = Entered::Served(Share(100_000));
            later.guards.clear();
            it.process.stages.insert(4, later);
            told(it, now() - Span::hours(48));
            let Fact::Known(reading) = &mut it.facts.store else { return };
            reading.value.served = Some(Share(100_000));
            it.before.stage = Some((StageId::new("ten"), now() - Span::hours(2)));
        },
        "2 h",
    );
}

#[test]
fn pauses_are_remembered_from_look_to_look() {
    let mut inputs = at_stage("rollout");
    inputs.before.stage = Some((StageId::new("rollout"), now() - Span::hours(1)));
    let mut look = |phase, minutes: i64| {
        inputs.now = now() + Span::minutes(minutes);
        inputs.facts.store = read("play", -minutes, in_store(phase, Some(Share(10_000))));
        let decision = decide(&inputs);
        inputs.before = decision.remember(&inputs);
        (decision.soaked.as_minutes(), inputs.before.paused.as_minutes())
    };
    assert_eq!(look(P::RollingOut, 0), (60, 0));
    assert_eq!(look(P::Halted, 5), (60, 5)); // When it stopped between the two looks, nobody knows.
    assert_eq!(look(P::Halted, 10), (60, 10));
    assert_eq!(look(P::RollingOut, 15), (60, 15));
    assert_eq!(look(P::RollingOut, 20), (65, 15));
}

#[test]
fn case_17_nearly_everybody_is_not_everybody() {
    let nearly = Share::from_fraction(0.999_999_9).unwrap();
    assert!(nearly < Share::ALL);
    for share in [Share(999_900), nearly, Share::ALL] {
        spoilt(
            "rollout",
            |it| store(it, P::RollingOut, Some(share)),
            "running → fire complete_rollout (auto)",
        );
    }
    assert_eq!(Share(999_900).to_string(), "99.99 %");
}

#[test]
fn case_20_asked_for_is_not_served() {
    let mut asked = at_stage("review");
    asked.facts.store =
        read("play", 1, InStore { asked: Some(Share(10_000)), ..in_store(P::InReview, None) });
    check(&asked, "review running → wait: review-store unmet");
}

#[test]
fn case_19_an_overtaken_rollout_is_cancelled_where_it_stood() {
    let mut inputs = at_stage("rollout");
    inputs.facts.store = read("play", 1, InStore::absent());
    let decision = check(&inputs, "rollout cancelled → rest");
    assert_eq!(decision.headline.text, "Another version took its place");
    inputs.before = decision.remember(&inputs);
    check(&inputs, "rollout cancelled → rest"); // And stays so.
    // It is never sent again, even where no attempt of ours is remembered.
    assert_eq!(decision.next, Next::Rest);
}

#[test]
fn a_guard_that_falls_pauses_whatever_the_transition_does() {
    let falls = |stage: &str, change: fn(&mut Inputs), expected: &str| {
        let spoil = |it: &mut Inputs| {
            sessions_now(it, 20_000, 800);
            change(it);
        };
        spoilt(stage, spoil, expected)
    };
    let paused =
        falls("rollout", |_| (), "running → pause: rollout-crashes unmet, rollout-red-line unmet");
    assert_eq!(paused.lamps.release.text, "Pausing");
    falls("complete", |_| (), "running → pause: watch-red-line unmet");
    let off = |it: &mut Inputs| it.process.stages[3].leave.as_mut().unwrap().mode = Mode::Off;
    falls("rollout", off, "running → pause: rollout-crashes unmet, rollout-red-line unmet");
    let held = |it: &mut Inputs| it.people.holds.push(hold());
    falls("rollout", held, "held → pause: rollout-crashes unmet, rollout-red-line unmet");
    let asks = |it: &mut Inputs| {
        it.people.open_intent = Some(intent(Action::CompleteRollout, IntentState::Proposed));
    };
    falls("rollout", asks, "running → pause: rollout-crashes unmet, rollout-red-line unmet");
    // It is being paused already.
    let pausing = |it: &mut Inputs| {
        it.people.open_intent = Some(intent(Action::PauseRollout, IntentState::Claimed));
    };
    falls("rollout", pausing, "running → wait: rollout-crashes unmet, rollout-red-line unmet");
    // It stands still, or its watch is over, or a person excused it.
    let halted = |it: &mut Inputs| store(it, P::Halted, Some(Share(10_000)));
    falls("rollout", halted, "paused → rest: rollout-crashes unmet, rollout-red-line unmet");
    let over = |it: &mut Inputs| it.people.finished_at = Some(ago(60));
    falls("complete", over, "finished → rest: watch-red-line unmet");
    let waived = |it: &mut Inputs| it.people.waivers.push(waiver("rollout-red-line", None));
    falls("rollout", waived, "running → wait: rollout-crashes unmet");
    // A guard's own mode: people only. It is red all the same, and nothing advances.
    let people_only = |it: &mut Inputs| it.process.stages[3].guards[0].mode = Mode::Off;
    let red = falls(
        "rollout",
        people_only,
        "running → wait: rollout-crashes unmet, rollout-red-line unmet",
    );
    assert_eq!(red.lamps.release.text, "Red line");
    assert!(red.headline.text.starts_with("Crash-free sessions: 96.00 %"), "{}", red.headline.text);
}

#[test]
fn a_pause_that_the_store_refused_is_red_and_not_said_to_be_under_way() {
    let refused = spoilt(
        "rollout",
        |it| {
            sessions_now(it, 20_000, 800);
            let words = "the account may not do this".to_owned();
            it.people.failed_intent =
                Some(intent(Action::PauseRollout, IntentState::Failed { words }));
        },
        "running → pause: rollout-crashes unmet, rollout-red-line unmet",
    );
    assert_eq!(refused.lamps.release.text, "Not paused");
    assert!(refused.headline.text.ends_with("could not be paused: the account may not do this"));
    assert_eq!(refused.headline.then, "A person pauses the rollout at Google Play, now");
}

#[test]
fn the_app_store_can_pause_only_what_still_grows() {
    let falls = |stage: &str, expected: &str| {
        let mut inputs = on_app_store(stage);
        sessions_now(&mut inputs, 20_000, 800);
        check(&inputs, expected);
    };
    falls("rollout", "rollout running → pause: rollout-crashes unmet, rollout-red-line unmet");
    falls("complete", "complete running → wait: watch-red-line unmet");
}

#[test]
fn a_guard_that_is_unknown_pauses_nothing_and_lets_nothing_advance() {
    spoilt(
        "complete",
        |it| it.facts.health = fault("sentry"),
        "running → wait: watch-red-line unknown",
    );
    spoilt(
        "rollout",
        |it| {
            let Fact::Known(reading) = &mut it.facts.health else { return };
            reading.value = vec![sessions(Audience::Production, 20_000, 800)];
            reading.observed_at = ago(61); // Bad, but too old to act on.
        },
        "running → wait: rollout-crashes unknown, rollout-versus unknown, rollout-red-line unknown",
    );
}

#[test]
fn a_point_value_pauses_on_two_of_the_last_three_readings() {
    let mut inputs = at_stage("rollout");
    let guard = &mut inputs.process.stages[3].guards[0];
    (guard.unmet, guard.of_last) = (2, 3);
    let crate::condition::Condition::Quality { confidence, .. } = &mut guard.rule.condition else {
        panic!("no quality")
    };
    *confidence = Confidence::Point;
    let mut minute = 0;
    // `None`: no answer; `false`: the same reading is looked at again.
    let mut look = |crashed: Option<u64>, anew: bool| {
        minute += 5;
        inputs.now = now() + Span::minutes(minute);
        inputs.facts.store = read("play", -minute, in_store(P::RollingOut, Some(Share(10_000))));
        if anew {
            inputs.facts.health = crashed.map_or_else(
                || fault("sentry"),
                |crashed| {
                    read("sentry", -minute, vec![sessions(Audience::Production, 600, crashed)])
                },
            );
        }
        let decision = decide(&inputs);
        sane(&inputs, &decision);
        inputs.before = decision.remember(&inputs);
        matches!(decision.next, Next::Pause { .. })
    };
    assert!(!look(Some(60), true)); // One of one.
    assert!(!look(Some(60), false)); // The same one, looked at again.
    assert!(!look(Some(0), true)); // One of two.
    assert!(!look(None, true)); // Counts for neither side.
    assert!(look(Some(60), true)); // Two of three.
    assert!(!look(Some(0), true));
    assert!(look(Some(60), true));
    assert!(!look(Some(0), true));
    assert!(!look(Some(0), true));
    assert!(!look(Some(60), true)); // One of three.
}

#[test]
fn the_watch_ends_after_its_time_even_without_a_build_that_we_know() {
    spoilt("complete", |_| (), "running → fire finish (auto)");
    spoilt(
        "complete",
        |it| it.before.stage = Some((StageId::new("complete"), ago(60))),
        "running → wait: watch unmet",
    );
    // It was out before Signalbox looked for the first time: no candidate, no builds.
    let mut old = at_stage("complete");
    old.people = Interventions::default();
    old.facts.builds = read("github", 1, vec![]);
    old.facts.store = read("play", 1, InStore { builds: vec![], ..in_store(P::Complete, None) });
    let row = Health { build: None, ..sessions(Audience::Production, 80_000, 40) };
    old.facts.health = read("sentry", 1, vec![row]);
    check(&old, "complete running → fire finish (auto)");
}

#[test]
fn what_users_have_is_judged_and_not_what_was_marked() {
    let mut inputs = at_stage("rollout");
    // Somebody released 4130 by hand; 4131 is newer still, and 4127 was the candidate.
    inputs.facts.builds =
        read("github", 1, vec![build("4131", HEAD), build("4130", "b2"), build("4127", "b1")]);
    let shipped =
        InStore { builds: vec!["4130".to_owned()], ..in_store(P::RollingOut, Some(Share(10_000))) };
    inputs.facts.store = read("play", 1, shipped);
    let row = |number: &str, crashed| Health {
        build: Some(number.to_owned()),
        ..sessions(Audience::Production, 20_000, crashed)
    };
    inputs.facts.health = read("sentry", 1, vec![row("4127", 0), row("4130", 800), row("4131", 0)]);
    let decision =
        check(&inputs, "rollout running → pause: rollout-crashes unmet, rollout-red-line unmet");
    assert_eq!(decision.build.as_deref(), Some("4130"));
    assert_eq!(
        decision.warnings[0].text,
        "Google Play has build 4130, but the candidate is build 4127"
    );
}

#[test]
fn case_18_what_is_finished_can_still_be_paused_by_a_person() {
    let halted = spoilt(
        "complete",
        |it| {
            it.people.finished_at = Some(ago(600));
            store(it, P::Halted, Some(Share::ALL));
        },
        "paused → rest",
    );
    assert_eq!(halted.lamps.release.text, "Paused");
    assert_eq!(halted.headline.text, "Rollout paused at 100 %");
}

#[test]
fn a_download_is_published_at_once() {
    let mut inputs = at_stage("candidate");
    inputs.process = download_process();
    inputs.facts.store_kind = StoreKind::Download;
    check(&inputs, "candidate running → fire publish (auto)");
    inputs.people.sign_offs.push(sign_off("ads", Answer::Refused, "4127"));
    check(&inputs, "candidate running → wait: candidate-sign-offs unmet");
    let mut live = at_stage("complete");
    live.process = download_process();
    live.facts.store_kind = StoreKind::Download;
    check(&live, "complete running → fire finish (auto)");
}
