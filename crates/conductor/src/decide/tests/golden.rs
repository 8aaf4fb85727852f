//! All that people read of a decision, in one text file: the headline, its next step, the ledger and the lamps, for each
//! stage, standing, mode, condition, action under way and bar. Read `golden.txt` as a release manager would.
//!
//! `SIGNALBOX_GOLDEN=write cargo test -p conductor golden` writes it anew; the change is read in review.
mod conditions;

use super::*;
use crate::app::StoreKind;
use crate::observation::{InStore, Phased, PhasedState, Share};
use crate::people::Attempt;
use crate::process::AtPhase;
use std::fmt::Write as _;

const STAGES: [&str; 5] = ["branched", "candidate", "review", "rollout", "complete"];

/// A headline as the board and the track's page show it.
fn line(text: &mut String, name: &str, inputs: &Inputs) {
    let decision = decide(inputs);
    sane(inputs, &decision);
    let told = &decision.headline;
    let more = if told.more.is_empty() { String::new() } else { format!(" ({})", told.more) };
    let _ = writeln!(text, "{name}\n    {}{more}", told.text);
    let _ = writeln!(text, "    {} · {}", told.who.name, told.then);
}

fn lamps(text: &mut String, inputs: &Inputs) {
    for (name, lamp) in decide(inputs).lamps.named() {
        let _ =
            writeln!(text, "    {name}: {} ({}): {}", lamp.text, lamp.signal.spoken(), lamp.why);
    }
}

fn title(text: &mut String, words: &str) {
    let _ = writeln!(text, "\n== {words}\n");
}

fn on(stage: &str, store: StoreKind) -> Inputs {
    let mut inputs = at_stage(stage);
    inputs.facts.store_kind = store;
    inputs
}

fn standings(text: &mut String) {
    for store in [StoreKind::GooglePlay, StoreKind::AppStore] {
        title(text, &format!("Standings, {}", store.title()));
        for stage in STAGES {
            let all_well = on(stage, store);
            line(text, &format!("{stage}, running, all met"), &all_well);
            lamps(text, &all_well);
            let mut waits = on(stage, store);
            waits.facts.bugs = read("jira", 1, bugs(vec![bug("MUS-1"), bug("MUS-2")]));
            waits.facts.health = fault("sentry");
            waits.people.sign_offs.clear();
            waits.before.stage = Some((StageId::new(stage), ago(30)));
            line(text, &format!("{stage}, running, not met"), &waits);
            lamps(text, &waits);
            let mut held = on(stage, store);
            held.people.holds.push(hold());
            line(text, &format!("{stage}, held"), &held);
            let mut cancelled = on(stage, store);
            cancelled.people.cancelled = Some(hold());
            line(text, &format!("{stage}, cancelled"), &cancelled);
        }
        for (stage, phase, share) in [
            ("review", StorePhase::Rejected, None),
            ("review", StorePhase::NeedsPerson, None),
            ("review", StorePhase::InReview, None),
            ("rollout", StorePhase::Halted, Some(Share(10_000))),
            ("rollout", StorePhase::Replaced, None),
            ("complete", StorePhase::Halted, Some(Share::ALL)),
        ] {
            let mut inputs = on(stage, store);
            inputs.facts.store = read("store", 1, in_store(phase, share));
            inputs.before.served = Some(Share(10_000));
            line(text, &format!("{stage}, {}", crate::explain::phase_words(phase)), &inputs);
            lamps(text, &inputs);
        }
        let mut finished = on("complete", store);
        finished.people.finished_at = Some(ago(60));
        line(text, "complete, finished", &finished);
        lamps(text, &finished);
    }
    title(text, "Not branched");
    let mut none = at_stage("branched");
    none.before = Before::default();
    none.facts.branch = read("github", 1, None);
    line(text, "no branch", &none);
    lamps(text, &none);
    none.facts.branch = fault("github");
    line(text, "git does not answer", &none);
}

fn app_store_steps(text: &mut String) {
    title(text, "The App Store's own steps");
    for phases in [AtPhase::LetItGo, AtPhase::PauseUntilMet] {
        for (paused_days, state) in [
            (0, PhasedState::Active),
            (3, PhasedState::Paused),
            (29, PhasedState::Paused),
            (30, PhasedState::Paused),
        ] {
            let mut inputs = on("rollout", StoreKind::AppStore);
            inputs.process.stages[3].phases = phases;
            inputs.facts.bugs = read("jira", 1, bugs(vec![bug("MUS-1")]));
            let phased = Phased { day: 1, state, started_at: Some(ago(60 * 20)), paused_days };
            let phase = match state {
                PhasedState::Paused => StorePhase::Halted,
                _ => StorePhase::RollingOut,
            };
            inputs.facts.store = read(
                "store",
                1,
                InStore { phased: Some(phased), ..in_store(phase, Some(Share(10_000))) },
            );
            line(
                text,
                &format!("{phases:?}, {state:?}, {paused_days} days of pause used"),
                &inputs,
            );
            lamps(text, &inputs);
        }
    }
}

fn modes(text: &mut String) {
    title(text, "Modes");
    for stage in STAGES {
        for mode in [Mode::Auto, Mode::Ask, Mode::Shadow, Mode::Off] {
            let mut inputs = on(stage, StoreKind::AppStore);
            for stage in &mut inputs.process.stages {
                let Some(leave) = &mut stage.leave else { continue };
                leave.mode = mode;
            }
            line(text, &format!("{stage}, {mode:?}, all met"), &inputs);
            inputs.facts.bugs = read("jira", 1, bugs(vec![bug("MUS-1")]));
            inputs.facts.store = fault("store");
            line(text, &format!("{stage}, {mode:?}, a bug is open, and the store silent"), &inputs);
        }
    }
}

fn actions(text: &mut String) {
    title(text, "Actions under way");
    let places = [
        (Action::MarkCandidate, "branched"),
        (Action::SubmitForReview, "candidate"),
        (Action::StartRollout, "review"),
        (Action::CompleteRollout, "rollout"),
        (Action::PauseRollout, "rollout"),
        (Action::ResumeRollout, "rollout"),
        (Action::Finish, "complete"),
    ];
    let by_store = |action: Action| !action.is_internal();
    for (action, stage) in places {
        let why = "the store did not answer in 30 s".to_owned();
        let states = [
            IntentState::Proposed,
            IntentState::Confirmed,
            IntentState::Sent { gives_up_at: now() },
            IntentState::Uncertain { why },
        ];
        let few = if by_store(action) { 4 } else { 2 };
        for state in states.into_iter().take(few) {
            let mut inputs = on(stage, StoreKind::AppStore);
            let word = state.as_str();
            inputs.people.open_intent = Some(intent(action, state));
            line(text, &format!("{} {word}", action.as_str()), &inputs);
        }
        if !by_store(action) || action == Action::ResumeRollout {
            continue;
        }
        let mut refused = on(stage, StoreKind::AppStore);
        if action == Action::PauseRollout {
            refused.facts.health =
                read("sentry", 1, vec![sessions(Audience::Production, 20_000, 800)]);
        }
        let words = "the account lacks the right to do this".to_owned();
        refused.people.failed_intent = Some(intent(action, IntentState::Failed { words }));
        line(text, &format!("{} failed", action.as_str()), &refused);
        lamps(text, &refused);
        if action == Action::PauseRollout {
            refused.people.failed_intent = None;
            line(text, "a guard fell", &refused);
            lamps(text, &refused);
            continue;
        }
        for state in ["refused", "done"] {
            let mut barred = on(stage, StoreKind::AppStore);
            barred.people.attempts =
                vec![Attempt { action, build: "4127".into(), attempt: 1, state: state.into() }];
            line(text, &format!("{} was {state} before", action.as_str()), &barred);
        }
    }
    let mut resumed = on("rollout", StoreKind::GooglePlay);
    resumed.before.halted = true;
    line(text, "just resumed by a person", &resumed);
    lamps(text, &resumed);
    ledger(text, &decide(&resumed).guards);
}

/// Findings as the ledger shows them, with the headline that each would make.
fn ledger(text: &mut String, findings: &[Finding]) {
    for it in findings {
        let _ = writeln!(text, "    {:?} {}: {}; {}", it.verdict, it.title, it.value, it.threshold);
        if !it.detail.is_empty() {
            let _ = writeln!(text, "        {}", it.detail);
        }
        if it.verdict != Verdict::Met {
            let _ = writeln!(text, "        {}: {}", it.owner.name, it.next_step);
        }
    }
}

fn other_processes(text: &mut String) {
    title(text, "A process that asks for no sign-offs, and a source of bugs that is not there");
    let mut light = at_stage("branched");
    light.process = process(include_str!("../../../processes/light.toml"));
    light.facts.bugs = Fact::unknown(Why::NotConfigured, None);
    line(text, "light, branched", &light);
    lamps(text, &light);
    ledger(text, &decide(&light).findings);
}

#[test]
fn golden_texts_are_those_that_were_read_and_approved() {
    let mut text = String::from(
        "What people read of decisions. Written by a test (see golden.rs beside it): SIGNALBOX_GOLDEN=write\n",
    );
    standings(&mut text);
    app_store_steps(&mut text);
    modes(&mut text);
    actions(&mut text);
    conditions::all(&mut text);
    other_processes(&mut text);
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/decide/tests/golden.txt");
    if std::env::var("SIGNALBOX_GOLDEN").is_ok_and(|it| it == "write") {
        std::fs::write(file, &text).unwrap();
    }
    let approved = std::fs::read_to_string(file).unwrap();
    for (number, (was, is)) in approved.lines().zip(text.lines()).enumerate() {
        assert_eq!(was, is, "golden.txt, line {}", number + 1);
    }
    assert_eq!(approved.lines().count(), text.lines().count());
}
