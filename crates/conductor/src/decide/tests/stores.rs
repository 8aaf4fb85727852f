//! What the two stores do by themselves and what only a person can do there, by the numbers of the collection of cases.
use super::*;
use crate::app::StoreKind;
use crate::facts::Neighbour;
use crate::observation::{InStore, Phased, PhasedState, Share};
use StorePhase as P;

fn store(it: &mut Inputs, phase: P, served: Option<Share>) {
    it.facts.store = read("play", 1, in_store(phase, served));
}

fn neighbour(other: &str, phase: P) -> Neighbour {
    Neighbour { phase: Some(phase), ..Neighbour::new(version(other), Kind::Regular) }
}

#[test]
fn case_12_a_cancellation_that_was_accepted_is_not_true_yet() {
    let mut inputs = on_app_store("review");
    inputs.facts.store = read("store", 1, in_store(P::Rejected, None));
    let decision = check(&inputs, "review rejected → rest: review-store unmet");
    assert_eq!(decision.lamps.release.text, "Rejected");
    // The version reads REJECTED before and after: nothing is begun until the store has a new submission.
    for state in
        [IntentState::Sent { gives_up_at: now() }, IntentState::Uncertain { why: "503".into() }]
    {
        inputs.people.open_intent = Some(intent(Action::SubmitForReview, state));
        check(&inputs, "review rejected → rest: review-store unmet");
    }
    inputs.people.open_intent = None;
    inputs.facts.store = read("store", 1, in_store(P::WaitingForReview, None));
    check(&inputs, "review running → wait: review-store unmet");
}

#[test]
fn case_18_a_halt_after_everybody_brings_the_old_version_back() {
    for served in [Some(Share::ALL), None] {
        let mut inputs = at_stage("complete");
        inputs.people.finished_at = Some(ago(600));
        store(&mut inputs, P::Halted, served);
        inputs.facts.line = vec![neighbour("9.1.23", P::Complete), neighbour("9.1.24", P::Halted)];
        let decision = check(&inputs, "complete paused → rest");
        assert_eq!(decision.headline.text, "Halted after 100 %: new installs get 9.1.23");
        assert_eq!(decision.lamps.release.signal, crate::lamp::Signal::Stop);
    }
}

#[test]
fn case_21_a_window_holds_back_what_managed_publishing_lets_through() {
    let mut inputs = at_stage("rollout");
    let rule = inputs.process.stages[1]
        .leave
        .as_ref()
        .and_then(|it| it.conditions.iter().find(|it| it.id == "candidate-window"))
        .cloned()
        .unwrap();
    let leave = inputs.process.stages[3].leave.as_mut().unwrap();
    leave.conditions.push(Rule { id: "rollout-window".into(), ..rule });
    check(&inputs, "rollout running → fire complete_rollout (auto)");
    inputs.facts.windows.get_mut("release").unwrap().open.remove(0);
    let decision = check(&inputs, "rollout running → wait: rollout-window unmet");
    assert_eq!(
        decision.headline.text,
        "Outside the release window, which opens Wed 11 Mar 09:00 UTC"
    );
}

/// A version on the App Store, prepared in some way.
fn prepared(stage: &str, phase: P, by_hand: Option<bool>, phased: Option<bool>) -> Inputs {
    let mut inputs = on_app_store(stage);
    let it = InStore { by_hand, phased_ready: phased, ..in_store(phase, None) };
    inputs.facts.store = read("store", 1, it);
    inputs
}

#[test]
fn case_27_what_releases_itself_on_approval_is_not_submitted() {
    let with = |by_hand, expected: &str| {
        let mut inputs = prepared("candidate", P::Draft, by_hand, None);
        let leave = inputs.process.stages[1].leave.as_mut().unwrap();
        let rule = Rule {
            id: "by-hand".into(),
            condition: Condition::Store { is: vec![], by_hand: true, phased: false },
            ..leave.conditions[0].clone()
        };
        leave.conditions.push(rule);
        check(&inputs, expected)
    };
    with(Some(true), "candidate running → fire submit_for_review (auto)");
    let early = with(Some(false), "candidate running → wait: by-hand unmet");
    assert_eq!(early.headline.text, "App Store: a release would release itself on approval");
    assert_eq!(early.lamps.release.signal, crate::lamp::Signal::Wait);
    with(None, "candidate running → wait: by-hand unknown");
}

/// A phased release on a day, begun on 9 March at 14:00; now is 10 March, 12:00.
fn phased(day: u8, state: PhasedState, paused_days: u32) -> Inputs {
    let mut inputs = on_app_store("rollout");
    let phase = if state == PhasedState::Paused { P::Halted } else { P::RollingOut };
    let shares = Phased::SHARES;
    let it = InStore {
        phased: Some(Phased {
            day,
            state,
            started_at: Some(at("2026-03-09T14:00:00Z")),
            paused_days,
        }),
        ..in_store(phase, shares.get(usize::from(day) - 1).copied())
    };
    inputs.facts.store = read("store", 1, it);
    inputs
}

#[test]
fn case_28_the_app_store_grows_by_itself_and_says_when() {
    let mut inputs = phased(1, PhasedState::Active, 0);
    inputs.facts.bugs = read("jira", 1, bugs(vec![bug("MUS-1")]));
    let decision = check(&inputs, "rollout running → wait: rollout-bugs unmet");
    assert_eq!(
        decision.headline.then,
        "Conductor completes the rollout when met; App Store goes to 2 % by itself Tue 10 Mar 14:00 UTC unless it is paused"
    );
    // `pause_until_met`: paused within the hour before Apple's step, by whatever is not met or not known.
    inputs.process.stages[3].phases = crate::process::AtPhase::PauseUntilMet;
    let early = check(&inputs, "rollout running → wait: rollout-bugs unmet");
    assert!(early.headline.then.contains("it is paused before App Store goes to 2 %"));
    let near = |mut inputs: Inputs, expected: &str| {
        inputs.facts.store = match inputs.facts.store {
            Fact::Known(mut it) => {
                let phased = it.value.phased.as_mut().unwrap();
                phased.started_at = Some(now() - Span::hours(24) + Span::minutes(55));
                Fact::Known(it)
            }
            it @ Fact::Unknown { .. } => it,
        };
        check(&inputs, expected)
    };
    let paused = near(inputs.clone(), "rollout running → pause: rollout-bugs unmet");
    assert!(matches!(
        &paused.next,
        Next::Pause { because } if because == "No open blocking bug is not met before the step to 2 %"
    ));
    inputs.facts.bugs = fault("jira");
    near(inputs.clone(), "rollout running → pause: rollout-bugs unknown");
    // Time alone stops no step: a soak that is paused would never end.
    inputs.facts.bugs = read("jira", 1, bugs(vec![]));
    inputs.before.stage = Some((StageId::new("rollout"), ago(60)));
    near(inputs.clone(), "rollout running → wait: rollout-soak unmet");
    // Let it go: it goes.
    inputs.process.stages[3].phases = crate::process::AtPhase::LetItGo;
    inputs.facts.bugs = fault("jira");
    near(inputs, "rollout running → wait: rollout-soak unmet, rollout-bugs unknown");
}

#[test]
fn case_28_the_next_step_is_known_while_it_grows() {
    let step = |day, state, paused_days| {
        let it = phased(day, state, paused_days).facts.store;
        let next = it.value().unwrap().phased.as_ref().unwrap().next_step();
        next.map(|(at, share)| format!("{share} {at}"))
    };
    assert_eq!(step(1, PhasedState::Active, 0).as_deref(), Some("2 % 2026-03-10T14:00:00Z"));
    assert_eq!(step(2, PhasedState::Active, 0).as_deref(), Some("5 % 2026-03-11T14:00:00Z"));
    assert_eq!(step(2, PhasedState::Active, 3).as_deref(), Some("5 % 2026-03-14T14:00:00Z"));
    assert_eq!(step(6, PhasedState::Active, 0).as_deref(), Some("100 % 2026-03-15T14:00:00Z"));
    assert_eq!(step(7, PhasedState::Active, 0), None);
    assert_eq!(step(2, PhasedState::Paused, 0), None);
}

#[test]
fn case_28_days_of_pause_are_told_until_there_are_none() {
    let left = |used: u32| {
        let decision = check(&phased(3, PhasedState::Paused, used), "rollout paused → rest");
        (decision.headline.text, decision.lamps.release.text)
    };
    assert_eq!(left(1), ("Rollout paused at 5 %, 29 days of pause left".into(), "Paused".into()));
    assert_eq!(
        left(28),
        ("Rollout paused at 5 %, 2 days of pause left".into(), "2 days left".into())
    );
    assert_eq!(left(29).0, "Rollout paused at 5 %, 1 day of pause left");
    let over = check(&phased(3, PhasedState::Paused, 30), "rollout paused → rest");
    assert_eq!(over.lamps.release.text, "Pause over");
    assert!(over.headline.then.contains("is not known: resume or complete it now"));
}

#[test]
fn case_28_a_soak_at_one_per_cent_counts_the_first_day_alone() {
    let soaks = |day: u8| {
        let mut inputs = phased(day, PhasedState::Active, 0);
        let leave = inputs.process.stages[3].leave.as_mut().unwrap();
        leave.conditions[0].condition =
            Condition::Soaked { hours: 24, at_ppm: Some(Share(10_000)) };
        inputs.before.at_share =
            [(Share(10_000), Span::hours(22)), (Share(20_000), Span::hours(20))].into();
        decide(&inputs).findings[0].value.clone()
    };
    assert_eq!(soaks(1), "22 h"); // On its day: what was seen.
    assert_eq!(soaks(2), "1 d"); // The day is over, whenever we looked.
}

#[test]
fn case_29_without_a_phased_release_nothing_is_released() {
    let with = |phased, expected: &str| {
        check(&prepared("review", P::Approved, Some(true), phased), expected)
    };
    with(Some(true), "review running → fire start_rollout (auto)");
    let missing = with(Some(false), "review running → wait: review-phased unmet");
    assert_eq!(missing.headline.text, "App Store: a release would reach everybody at once");
    assert_eq!(missing.lamps.release.signal, crate::lamp::Signal::Stop);
    // A relation that was not sent is not a known absence.
    let untold = with(None, "review running → wait: review-phased unknown");
    assert_eq!(untold.lamps.release.signal, crate::lamp::Signal::Unknown);
}

#[test]
fn a_rejection_says_what_a_person_does_in_the_console() {
    let then = |kind| {
        let mut inputs = at_stage("review");
        inputs.facts.store_kind = kind;
        inputs.facts.store = read("store", 1, in_store(P::Rejected, None));
        decide(&inputs).headline.then
    };
    assert!(then(StoreKind::GooglePlay).contains("a person must press Send"));
    assert!(then(StoreKind::AppStore).contains("until then it blocks the next one"));
    // Managed publishing: only a person can press Publish.
    let mut waits = at_stage("review");
    store(&mut waits, P::NeedsPerson, None);
    let decision = check(&waits, "review running → wait: review-store unmet");
    assert!(decision.findings[0].next_step.contains("with managed publishing, Publish"));
    assert_eq!(decision.lamps.release.text, "In console");
}

#[test]
fn the_light_and_the_hotfix_process_go_their_shorter_ways() {
    let mut light = at_stage("branched");
    light.process = process(include_str!("../../../processes/light.toml"));
    check(&light, "branched running → fire submit_for_review (auto)");
    let mut approved = on_app_store("review");
    approved.process = light.process.clone();
    approved.people = Interventions::default();
    check(&approved, "review running → fire start_rollout (auto)");
    let mut hotfix = at_stage("candidate");
    hotfix.process = process(include_str!("../../../processes/hotfix.toml"));
    hotfix.facts.kind = Kind::Hotfix;
    hotfix.people.sign_offs.clear();
    hotfix.facts.health = read("sentry", 1, vec![]);
    let window = hotfix.facts.windows.remove("release").unwrap();
    hotfix.facts.windows.insert("hotfix".into(), window);
    // It pre-empts a rollout, and waits for no sign-off and no beta.
    hotfix.facts.line = vec![neighbour("9.1.23", P::RollingOut)];
    check(&hotfix, "candidate running → fire submit_for_review (auto)");
}
