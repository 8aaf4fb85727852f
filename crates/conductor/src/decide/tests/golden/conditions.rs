//! Each kind of condition, met, unmet and unknown, and each reason for which something is not known.
use super::*;
use crate::condition::{Confidence, Metric, Versus};
use crate::facts::{ByName, Previous};
use crate::observation::{Backmerge, Health, Named, Readiness, Value};
use crate::people::{Approval, Tick};

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

pub(super) fn all(text: &mut String) {
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
    let kinds: Vec<(&str, Condition, [Tell; 3])> = vec![
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
    for (name, condition, tells) in &kinds {
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
