//! All that people read of a decision, in one text file: the headline, its next step, the ledger and the lamps, for each
//! stage, standing, mode, condition, action under way and bar. Read `golden.txt` as a release manager would.
//!
//! `SIGNALBOX_GOLDEN=write cargo test -p conductor golden` writes it anew; the change is read in review.
use super::*;
use crate::app::StoreKind;
use crate::condition::{Confidence, Metric, Versus};
use crate::facts::{ByName, Previous};
use crate::observation::{
    Backmerge, Health, InStore, Named, Phased, PhasedState, Readiness, Share, Value,
};
use crate::people::{Approval, Attempt, Tick};
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

/// One condition alone before the submission, or before the rollout is completed.
fn judged(text: &mut String, name: &str, condition: &Condition, tell: &dyn Fn(&mut Inputs)) {
    let at_rollout = matches!(
        condition,
        Condition::Soaked { .. } | Condition::Quality { audience: Audience::Production, .. }
    );
    let (stage, index) = if at_rollout { ("rollout", 3) } else { ("candidate", 1) };
    let mut inputs = at_stage(stage);
    let rule = Rule {
        id: "one".into(),
        title: None,
        owner: None,
        max_age_minutes: 30,
        only_at: vec![],
        condition: condition.clone(),
    };
    inputs.process.stages[index].guards.clear();
    inputs.process.stages[index].leave.as_mut().unwrap().conditions = vec![rule];
    tell(&mut inputs);
    line(text, name, &inputs);
    ledger(text, &decide(&inputs).findings);
}

fn one(name: &str, facts: Vec<Fact<Named>>) -> ByName {
    ByName { told: [(name.to_owned(), facts)].into(), rest: None }
}

fn conditions(text: &mut String) {
    type Tell = Box<dyn Fn(&mut Inputs)>;
    fn tell(it: impl Fn(&mut Inputs) + 'static) -> Tell {
        Box::new(it)
    }
    fn the<T>(fact: &mut Fact<T>) -> &mut T {
        let Fact::Known(reading) = fact else { panic!("not known") };
        &mut reading.value
    }
    let well = || tell(|_| ());
    let health = |audience, all, crashed| {
        tell(move |it| {
            it.facts.health = read("sentry", 1, vec![sessions(audience, all, crashed)]);
        })
    };
    let quality = |audience, versus: bool| Condition::Quality {
        metric: Metric::CrashFree,
        audience,
        at_least_ppm: if versus { 0 } else { 995_000 },
        versus_previous: versus.then_some(Versus { tolerance_ppm: 3_000, at_same_age: false }),
        minimum_sample: 5_000,
        confidence: Confidence::Sequence,
    };
    let previous = |all: u64, crashed: u64| {
        let row = Health {
            version: version("9.1.23"),
            ..sessions(Audience::Production, 1_000_000, 2_000)
        };
        tell(move |it| {
            it.facts.health = read("sentry", 1, vec![sessions(Audience::Production, all, crashed)]);
            it.facts.previous = Some(Previous {
                version: version("9.1.23"),
                health: read("sentry", 1, vec![row.clone()]),
                at_same_age: vec![],
            });
        })
    };
    let named = |name: &'static str, value: &'static str| read("ci", 1, Named::new(name, value));
    let ready = |lacks: bool, silent: bool| {
        tell(move |it| {
            let notes = if lacks { vec!["en".into()] } else { vec!["en".into(), "sv".into()] };
            it.facts.readiness = read(
                "play",
                1,
                Readiness {
                    version: version("9.1.24"),
                    notes_in: Some(notes),
                    offered_in: Some(vec!["en".into(), "sv".into()]),
                    declarations_owed: Some(vec![]),
                    reviewer_access: (!silent).then_some(true),
                    link: None,
                },
            );
        })
    };
    let backmerge = |missing: u32| {
        tell(move |it| {
            let fact = Backmerge {
                version: version("9.1.24"),
                head: Sha::new(HEAD),
                missing,
                commits: vec![],
                link: None,
            };
            it.facts.backmerge = read("github", 1, fact);
        })
    };
    let metric = Condition::Metric {
        name: "logins".into(),
        at_least: Some(Value::new("99.5")),
        at_most: None,
        minimum_sample: 0,
    };
    let reading = Condition::Reading {
        name: "privacy".into(),
        at_least: None,
        at_most: None,
        is: Some(Value::new("true")),
    };
    let flag = Condition::Flag { name: "player".into(), is: Value::new("on") };
    let metrics =
        |value| tell(move |it| it.facts.metrics = one("logins", vec![named("logins", value)]));
    let readings =
        |value| tell(move |it| it.facts.named = one("privacy", vec![named("privacy", value)]));
    let flags =
        |value| tell(move |it| it.facts.flags = one("player", vec![named("player", value)]));
    let checks =
        |value| tell(move |it| it.facts.checks = one("licences", vec![named("licences", value)]));
    let bug_rule = Condition::BlockingBugs { at_most: 0 };
    let tests_rule = Condition::TestsPassed { suites: vec![] };
    let signed = Condition::SignedOff {
        teams: vec![],
        may_opt_out: None,
        quorum: 1,
        voided_by: Voids::Areas,
    };
    let at_store = |phase: Option<StorePhase>| {
        tell(move |it| {
            it.facts.store_kind = StoreKind::AppStore;
            it.facts.store =
                read("store", 1, InStore { phase, ..in_store(StorePhase::InReview, None) });
        })
    };
    let store_rule =
        Condition::Store { is: vec![StorePhase::Approved], by_hand: false, phased: false };
    let all: Vec<(&str, Condition, [Tell; 3])> = vec![
        (
            "tests_passed",
            tests_rule.clone(),
            [
                well(),
                tell(|it| {
                    suites(it, vec![suite("unit", Outcome::Failed), suite("ui", Outcome::Passed)]);
                }),
                tell(|it| it.facts.tests = fault("github")),
            ],
        ),
        (
            "build_contains_latest",
            Condition::BuildContainsLatest { let_through: vec![] },
            [
                well(),
                tell(|it| lacks(it, Some(missing(2, Some(&["player"]))))),
                tell(|it| lacks(it, None)),
            ],
        ),
        (
            "build_verified",
            Condition::BuildVerified,
            [
                well(),
                tell(|it| the_build(it, |build| build.verified = Some(false))),
                tell(|it| the_build(it, |build| build.verified = None)),
            ],
        ),
        (
            "build_uploaded",
            Condition::BuildUploaded,
            [
                well(),
                tell(|it| the_build(it, |build| build.uploaded = Some(false))),
                tell(|it| the_build(it, |build| build.uploaded = None)),
            ],
        ),
        (
            "blocking_bugs",
            bug_rule.clone(),
            [
                well(),
                tell(|it| it.facts.bugs = read("jira", 1, bugs(vec![bug("MUS-1"), bug("MUS-2")]))),
                tell(|it| the(&mut it.facts.bugs).complete = false),
            ],
        ),
        (
            "signed_off",
            signed,
            [
                well(),
                tell(|it| it.people.sign_offs.truncate(1)),
                tell(|it| {
                    let Condition::SignedOff { teams, .. } =
                        &mut it.process.stages[1].leave.as_mut().unwrap().conditions[0].condition
                    else {
                        panic!()
                    };
                    teams.push("gone".into());
                }),
            ],
        ),
        (
            "quality, beta",
            quality(Audience::Beta, false),
            [well(), health(Audience::Beta, 20_000, 400), health(Audience::Beta, 1_200, 3)],
        ),
        (
            "quality, production",
            quality(Audience::Production, false),
            [
                well(),
                health(Audience::Production, 20_000, 400),
                health(Audience::Production, 20_000, 95),
            ],
        ),
        (
            "quality, against the version before",
            quality(Audience::Production, true),
            [previous(60_000, 120), previous(60_000, 600), previous(6_000, 28)],
        ),
        (
            "soaked",
            Condition::Soaked { hours: 24, at_ppm: None },
            [
                well(),
                tell(|it| it.before.stage = Some((StageId::new("rollout"), ago(60 * 20)))),
                tell(|it| it.facts.store = fault("play")),
            ],
        ),
        (
            "store",
            store_rule,
            [
                at_store(Some(StorePhase::Approved)),
                at_store(Some(StorePhase::InReview)),
                at_store(None),
            ],
        ),
        (
            "window",
            Condition::Window { name: "release".into() },
            [
                well(),
                tell(|it| it.now = at("2026-03-10T18:00:00Z")),
                tell(|it| it.facts.windows.get_mut("release").unwrap().open.clear()),
            ],
        ),
        (
            "window, frozen",
            Condition::Window { name: "release".into() },
            [
                well(),
                tell(|it| it.now = at("2026-03-12T10:00:00Z")),
                tell(|it| it.facts.windows.clear()),
            ],
        ),
        (
            "line_clear",
            Condition::LineClear { supersedes: false },
            [
                well(),
                tell(|it| {
                    it.facts.line = vec![Neighbour {
                        phase: Some(StorePhase::RollingOut),
                        branched: true,
                        ..neighbour("9.1.23")
                    }];
                }),
                tell(|it| it.facts.store = fault("play")),
            ],
        ),
        (
            "compliance",
            Condition::Compliance { checks: vec!["licences".into()] },
            [checks("passed"), checks("failed"), well()],
        ),
        (
            "checklist",
            Condition::Checklist { items: vec!["release notes read".into()], each_build: false },
            [
                tell(|it| {
                    it.people.ticks = vec![Tick {
                        item: "release notes read".into(),
                        done: true,
                        build: None,
                        by: crate::app::Person::new("Ada"),
                        at: ago(9),
                        comment: String::new(),
                    }];
                }),
                well(),
                well(),
            ],
        ),
        (
            "approved",
            Condition::Approved { role: "lead".into(), at_least: 1, each_build: false },
            [
                tell(|it| {
                    let noor = crate::app::Person::new("Noor");
                    it.app.roles = [("lead".into(), vec![noor.clone()])].into();
                    it.people.approvals = vec![Approval {
                        role: "lead".into(),
                        given: true,
                        build: None,
                        by: noor,
                        at: ago(9),
                        comment: String::new(),
                    }];
                }),
                tell(|it| {
                    it.app.roles = [("lead".into(), vec![crate::app::Person::new("Noor")])].into();
                }),
                well(),
            ],
        ),
        ("metric", metric, [metrics("99.8"), metrics("98"), well()]),
        ("reading", reading.clone(), [readings("true"), readings("false"), well()]),
        ("flag", flag.clone(), [flags("on"), flags("off"), well()]),
        (
            "store_ready",
            Condition::StoreReady { locales: vec![], declarations: true, reviewer_access: true },
            [ready(false, false), ready(true, false), ready(false, true)],
        ),
        ("backmerged", Condition::Backmerged { at_most: 0 }, [backmerge(0), backmerge(2), well()]),
        (
            "all",
            Condition::All { of: vec![bug_rule.clone(), tests_rule.clone()] },
            [
                well(),
                tell(|it| it.facts.bugs = read("jira", 1, bugs(vec![bug("MUS-1")]))),
                tell(|it| it.facts.tests = fault("github")),
            ],
        ),
        (
            "any",
            Condition::Any { of: vec![flag, reading.clone()] },
            [
                flags("on"),
                tell(move |it| {
                    it.facts.flags = one("player", vec![named("player", "off")]);
                    it.facts.named = one("privacy", vec![named("privacy", "false")]);
                }),
                well(),
            ],
        ),
        (
            "not",
            Condition::Not { of: Box::new(reading) },
            [readings("false"), readings("true"), well()],
        ),
    ];
    title(text, "Conditions: met, unmet, unknown");
    for (name, condition, tells) in &all {
        for (tell, word) in tells.iter().zip(["met", "unmet", "unknown"]) {
            judged(text, &format!("{name}, {word}"), condition, tell);
        }
    }
    title(text, "Why something is not known");
    let unknown = |why: Why| {
        let fact: Fact<crate::facts::Bugs> = Fact::unknown(why, Some(crate::SourceId::new("jira")));
        tell(move |it| it.facts.bugs = fact.clone())
    };
    let message = "jira says 2 open and 3 open".to_owned();
    for (name, tell) in [
        ("not configured", tell(|it| it.facts.bugs = Fact::unknown(Why::NotConfigured, None))),
        ("not read yet", unknown(Why::NotReadYet)),
        ("fault", tell(|it| it.facts.bugs = fault("jira"))),
        ("no data", unknown(Why::NoData)),
        ("partial", unknown(Why::Partial)),
        ("expired", tell(|it| it.facts.bugs = read("jira", 45, bugs(vec![])))),
        ("from the future", tell(|it| it.facts.bugs = read("jira", -9, bugs(vec![])))),
        ("under-sampled", unknown(Why::UnderSampled)),
        ("contradiction", unknown(Why::Contradiction { message })),
        ("a zero that is too fresh", tell(|it| the(&mut it.facts.bugs).zero_since = Some(ago(2)))),
    ] {
        judged(text, name, &bug_rule, &tell);
    }
}

fn neighbour(text: &str) -> Neighbour {
    Neighbour::new(version(text), Kind::Regular)
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
    conditions(&mut text);
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
