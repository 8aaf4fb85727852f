//! What each deed comes to, and what is refused in words.
use super::*;
use crate::access::Role;
use crate::fixtures;
use conductor::Platform;
use conductor::finding::Verdict;
use conductor::intent::{Intent, IntentKey};
use conductor::observation::{Share, StorePhase};
use conductor::reading::Fact;

fn now() -> Moment {
    fixtures::now()
}

fn ada() -> Person {
    Person::new("Ada Byron")
}

/// A train at its candidate, of which `change` makes something else.
fn decided(change: impl FnOnce(&mut conductor::Inputs)) -> Decided {
    let app = fixtures::app_named("music", "Music", "Mira Kovač");
    let mut inputs = fixtures::inputs(&app, Platform::Android, "9.1.24");
    change(&mut inputs);
    let (page, _) = fixtures::page(inputs);
    Decided { inputs: page.inputs, decision: page.decision, view: page.view, timeline: Vec::new() }
}

fn at_store(phase: StorePhase, served: Option<Share>) -> impl FnOnce(&mut conductor::Inputs) {
    move |it| {
        if let Fact::Known(reading) = &mut it.facts.store {
            (reading.value.phase, reading.value.served) = (Some(phase), served);
            reading.value.builds =
                it.people.candidate().map(|mark| mark.build.clone()).into_iter().collect();
        }
    }
}

fn refused(decided: &Decided, deed: Deed) -> String {
    wishes(decided, deed, &ada(), now()).unwrap_err().message
}

fn order(action: Action, reason: &str) -> Deed {
    Deed::Order { action, build: None, reason: reason.to_owned() }
}

#[test]
fn a_hold_a_waiver_and_a_cancellation_owe_a_reason() {
    let train = decided(|_| {});
    let rule = train.decision.findings[0].id.clone();
    for deed in [
        Deed::Hold { reason: "  ".to_owned() },
        Deed::Cancel { reason: String::new() },
        Deed::Waive { rule, whole_track: false, reason: String::new() },
    ] {
        assert!(refused(&train, deed).starts_with("reason: say why"));
    }
    let long = "x".repeat(2_001);
    assert!(refused(&train, Deed::Hold { reason: long }).contains("more than 2000 characters"));
}

#[test]
fn what_is_not_there_cannot_be_taken_back() {
    let train = decided(|it| {
        it.people.holds.clear();
        it.people.waivers.clear();
        it.people.open_intent = None;
    });
    assert!(refused(&train, Deed::Release).contains("nobody holds"));
    assert!(refused(&train, Deed::Unwaive { rule: "x".to_owned() }).contains("not waived"));
    let answer = Deed::Answer { yes: true, reason: String::new() };
    assert!(refused(&train, answer).contains("nothing is asked"));
}

#[test]
fn an_order_to_go_on_waives_what_does_not_hold_for_this_build_under_the_persons_name() {
    let train = decided(|it| it.people.holds.clear());
    let (ahead, _) = train.decision.ahead.unwrap();
    let open: Vec<_> = train
        .decision
        .findings
        .iter()
        .filter(|it| !it.lets_pass())
        .map(|it| it.id.clone())
        .collect();
    assert!(!open.is_empty(), "the fixture waits for something");
    assert!(refused(&train, order(ahead, "")).starts_with("reason: say why"));
    let said = wishes(&train, order(ahead, "the fair opens"), &ada(), now()).unwrap();
    let (last, waivers) = said.split_last().unwrap();
    let waived: Vec<_> = waivers
        .iter()
        .map(|it| match &it.wish {
            Wish::Waive(waiver) => {
                assert_eq!(waiver.build, train.decision.build);
                assert_eq!(waiver.by, ada());
                waiver.rule.clone()
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(waived, open);
    let Wish::Order(intent) = &last.wish else { panic!("{last:?}") };
    assert_eq!((intent.key.action, intent.key.attempt), (ahead, 1));
    assert_eq!((&intent.state, &intent.by), (&IntentState::Confirmed, &Some(ada())));
}

#[test]
fn only_the_next_step_can_be_ordered() {
    let train = decided(|it| it.people.holds.clear());
    assert!(refused(&train, order(Action::Finish, "x")).contains("the next step of this train"));
    assert!(refused(&train, order(Action::PauseRollout, "x")).contains("no rollout to pause"));
    assert!(refused(&train, order(Action::ResumeRollout, "x")).contains("not paused"));
}

#[test]
fn a_rollout_is_paused_with_a_reason_and_nothing_is_waived_for_it() {
    let train = decided(at_store(StorePhase::RollingOut, Some(Share(10_000))));
    assert!(refused(&train, order(Action::PauseRollout, "")).starts_with("reason: say why"));
    let said = wishes(&train, order(Action::PauseRollout, "flood"), &ada(), now()).unwrap();
    assert!(matches!(&said[..], [Said { wish: Wish::Order(_), .. }]), "{said:?}");
}

#[test]
fn a_resume_waives_no_guard_and_says_which_did_not_hold() {
    let train = decided(at_store(StorePhase::Halted, Some(Share(10_000))));
    let open: Vec<_> =
        train.decision.guards.iter().filter(|it| it.verdict != Verdict::Met).collect();
    assert!(!open.is_empty());
    let said = wishes(&train, order(Action::ResumeRollout, "mended"), &ada(), now()).unwrap();
    let [Said { wish: Wish::Order(_), text, .. }] = &said[..] else { panic!("{said:?}") };
    assert!(text.contains(&format!(", although: {}", open[0].title)), "{text}");
}

#[test]
fn another_build_than_the_one_that_was_seen_is_a_conflict() {
    let train = decided(|it| it.people.holds.clear());
    let (ahead, _) = train.decision.ahead.unwrap();
    let deed = Deed::Order { action: ahead, build: Some("1".to_owned()), reason: "x".to_owned() };
    let refusal = wishes(&train, deed, &ada(), now()).unwrap_err();
    assert_eq!((refusal.status, refusal.code), (StatusCode::CONFLICT, "other_build"));
}

#[test]
fn an_answer_moves_the_intent_that_asks() {
    let train = decided(|it| {
        let key = IntentKey {
            track: it.facts.track.clone(),
            action: Action::SubmitForReview,
            build: "4127".to_owned(),
            attempt: 1,
        };
        let (state, reason) = (IntentState::Proposed, String::new());
        it.people.open_intent =
            Some(Intent { key, state, by: None, reason, created_at: now(), changed_at: now() });
    });
    let no = |reason: &str| Deed::Answer { yes: false, reason: reason.to_owned() };
    assert!(refused(&train, no("")).starts_with("reason: say why"));
    let said = wishes(&train, no("not today"), &ada(), now()).unwrap();
    let refused = IntentState::Refused { by: ada() };
    assert!(matches!(&said[0].wish, Wish::Answer(_, state) if *state == refused));
}

#[test]
fn only_what_is_uncertain_can_be_said_not_to_have_happened() {
    let with = |state: IntentState| {
        decided(|it| {
            let key = IntentKey {
                track: it.facts.track.clone(),
                action: Action::SubmitForReview,
                build: "4127".to_owned(),
                attempt: 1,
            };
            let reason = String::new();
            it.people.open_intent =
                Some(Intent { key, state, by: None, reason, created_at: now(), changed_at: now() });
        })
    };
    let says = |reason: &str| Deed::NothingHappened { reason: reason.to_owned() };
    assert!(refused(&with(IntentState::Claimed), says("x")).contains("nothing is uncertain"));
    let unsure = with(IntentState::Uncertain { why: "no answer".to_owned() });
    assert!(refused(&unsure, says(" ")).starts_with("reason: say why"));
    let said = wishes(&unsure, says("the console is empty"), &ada(), now()).unwrap();
    assert!(matches!(&said[0].wish, Wish::Answer(_, IntentState::Lapsed { .. })));
}

#[test]
fn a_refused_sign_off_says_why_and_a_team_must_exist() {
    let train = decided(|_| {});
    let team = train.inputs.app.teams[0].id.clone();
    let say = |team: &str, answer, comment: &str| Deed::SignOff {
        team: team.to_owned(),
        answer,
        comment: comment.to_owned(),
    };
    assert!(refused(&train, say("nobody", Answer::Given, "")).contains("there are "));
    assert!(refused(&train, say(&team, Answer::Refused, "")).starts_with("comment: say why"));
    let said = wishes(&train, say(&team, Answer::Given, "fine"), &ada(), now()).unwrap();
    assert!(matches!(&said[0].wish, Wish::SignOff(said) if said.comment == "fine"));
}

#[test]
fn whoever_reads_may_not_write_and_an_engineer_only_signs() {
    assert!(Right::SignOff.least() <= Role::Engineer);
    let train = decided(|_| {});
    let rule = train.decision.findings[0].id.clone();
    for deed in [
        Deed::Hold { reason: "x".to_owned() },
        Deed::Release,
        Deed::Waive { rule: rule.clone(), whole_track: true, reason: "x".to_owned() },
        Deed::Unwaive { rule },
        Deed::Answer { yes: true, reason: String::new() },
        order(Action::PauseRollout, "x"),
        Deed::Cancel { reason: "x".to_owned() },
    ] {
        assert!(deed.right().least() > Role::Engineer, "{deed:?}");
    }
}
