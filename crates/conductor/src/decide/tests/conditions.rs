//! Conditions beyond those of the shipped processes, one at a time: a rule of its own before the submission.
use super::*;
use crate::app::Person;
use crate::condition::{Confidence, Metric, Versus};
use crate::facts::{ByName, Previous};
use crate::observation::{Backmerge, Named, Readiness, Share, Value};
use crate::people::{Approval, SignOff, Tick};

/// A candidate that waits for one more condition, with what is told about it.
#[track_caller]
fn asks(condition: &Condition, tell: impl FnOnce(&mut Inputs), expected: &str) -> Finding {
    let mut inputs = at_stage("candidate");
    let rule = Rule {
        id: "extra".into(),
        title: None,
        owner: Some("Ops".into()),
        max_age_minutes: 30,
        only_at: vec![],
        condition: condition.clone(),
    };
    inputs.process.stages[1].leave.as_mut().unwrap().conditions.push(rule);
    tell(&mut inputs);
    let decision = decide(&inputs);
    sane(&inputs, &decision);
    let found = decision.findings.last().unwrap().clone();
    let told = format!("{:?} {} · {}", found.verdict, found.value, found.threshold);
    assert_eq!(told, expected, "{}", decision.headline.text);
    let fires = matches!(decision.next, Next::Fire { action: Action::SubmitForReview, .. });
    assert_eq!(fires, found.verdict == Verdict::Met);
    found
}

fn told(fact: Fact<Named>) -> ByName {
    let name = fact.last().map_or("errors", |it| it.value.name.as_str()).to_owned();
    ByName { told: [(name, vec![fact])].into(), rest: None }
}

fn number(value: &str) -> Fact<Named> {
    read("prometheus", 1, Named::new("errors", value))
}

#[test]
fn a_metric_must_lie_within_its_bounds() {
    let metric = |least: Option<&str>, most: Option<&str>, minimum_sample| Condition::Metric {
        name: "errors".into(),
        at_least: least.map(Value::new),
        at_most: most.map(Value::new),
        minimum_sample,
    };
    let at_most = metric(None, Some("0.5"), 0);
    let said = |condition: &Condition, value: &str, expected: &str| {
        asks(condition, |it| it.facts.metrics = told(number(value)), expected)
    };
    said(&at_most, "0.5", "Met 0.5 · at most 0.5");
    said(&at_most, "0.50", "Met 0.50 · at most 0.5");
    said(&at_most, "0.500001", "Unmet 0.500001 · at most 0.5");
    said(&metric(Some("99.5"), None, 0), "99.49", "Unmet 99.49 · at least 99.5");
    said(&metric(Some("-1"), Some("1"), 0), "-1", "Met -1 · from -1 to 1");
    // Case 30: no number is no good news, and no sample is none either.
    said(&at_most, "NaN", "Unknown NaN · at most 0.5");
    said(&at_most, "+Inf", "Unknown +Inf · at most 0.5");
    said(&at_most, "1e-3", "Unknown 1e-3 · at most 0.5");
    said(&at_most, "", "Unknown empty · at most 0.5");
    said(&metric(None, Some("0.5"), 100), "0", "Unknown 0 · at most 0.5");
    let sampled = |sample| {
        let Fact::Known(mut it) = number("0") else { panic!() };
        it.value.sample = Some(sample);
        told(Fact::Known(it))
    };
    let few = asks(
        &metric(None, Some("0.5"), 100),
        |it| it.facts.metrics = sampled(99),
        "Unknown 0 · at most 0.5",
    );
    assert_eq!(few.why, Some(Why::UnderSampled));
    asks(
        &metric(None, Some("0.5"), 100),
        |it| it.facts.metrics = sampled(100),
        "Met 0 · at most 0.5",
    );
    // What a pushed reading says is no answer of a metrics source.
    asks(&at_most, |it| it.facts.named = told(number("0")), "Unknown no answer · at most 0.5");
}

#[test]
fn a_reading_is_a_number_a_truth_or_a_word() {
    let is = |word: &str| Condition::Reading {
        name: "errors".into(),
        at_least: None,
        at_most: None,
        is: Some(Value::new(word)),
    };
    let said = |word: &str, value: &str, expected: &str| {
        asks(&is(word), |it| it.facts.named = told(number(value)), expected)
    };
    said("true", "true", "Met true · must be true");
    said("true", "false", "Unmet false · must be true");
    said("green", "Green", "Met Green · must be green");
    said("3", "3.0", "Met 3.0 · must be 3");
    let owner = said("green", "amber", "Unmet amber · must be green").owner.name;
    assert_eq!(owner, "Ops", "the rule says who can change it");
    let at = |minutes: i64, expected: &str| {
        let fact = read("ci", minutes, Named::new("errors", "green"));
        asks(&is("green"), |it| it.facts.named = told(fact), expected)
    };
    at(30, "Met green · must be green");
    assert_eq!(at(31, "Unknown unknown, last green · must be green").why, Some(Why::Expired));
    assert_eq!(at(-3, "Unknown unknown, last green · must be green").why, Some(Why::FromTheFuture));
    // A source that fails, one that has never been asked, and none at all are three things.
    let broken: Fact<Named> = fault("ci");
    asks(&is("green"), |it| it.facts.named = told(broken), "Unknown no answer · must be green");
    let unasked = ByName {
        rest: Some((Why::NotReadYet, Some(crate::SourceId::new("ci")))),
        ..ByName::default()
    };
    let found =
        asks(&is("green"), |it| it.facts.named = unasked, "Unknown no answer · must be green");
    assert_eq!((found.why, found.source.unwrap().as_str()), (Some(Why::NotReadYet), "ci"));
    let none = asks(&is("green"), |_| (), "Unknown no answer · must be green");
    assert_eq!(none.why, Some(Why::NotConfigured));
}

#[test]
fn what_is_said_of_the_build_counts_before_what_is_said_of_the_app() {
    let is = Condition::Reading {
        name: "errors".into(),
        at_least: None,
        at_most: Some(Value::new("1")),
        is: None,
    };
    let about = |build: Option<&str>, value: &str| {
        read("ci", 1, Named { build: build.map(Into::into), ..Named::new("errors", value) })
    };
    let all = |facts: Vec<Fact<Named>>| ByName {
        told: [("errors".to_owned(), facts)].into(),
        rest: None,
    };
    let both = all(vec![about(None, "0"), about(Some("4127"), "9")]);
    asks(&is, |it| it.facts.named = both, "Unmet 9 · at most 1");
    let other = all(vec![about(None, "0"), about(Some("4120"), "9")]);
    asks(&is, |it| it.facts.named = other, "Met 0 · at most 1");
    // Of two sources that say the same kind of thing, the first one's word counts.
    let two = all(vec![about(None, "0"), about(None, "9")]);
    asks(&is, |it| it.facts.named = two, "Met 0 · at most 1");
    let not_ours = all(vec![about(Some("4120"), "0")]);
    asks(&is, |it| it.facts.named = not_ours, "Unknown no answer · at most 1");
}

#[test]
fn a_flag_must_stand_as_asked() {
    let flag = |is: &str| Condition::Flag { name: "player".into(), is: Value::new(is) };
    let said = |is: &str, value: &str, expected: &str| {
        let fact = read("flags", 1, Named::new("player", value));
        asks(&flag(is), |it| it.facts.flags = told(fact), expected)
    };
    said("on", "true", "Met on · must be on");
    said("true", "off", "Unmet off · must be on");
    said("false", "false", "Met off · must be off");
    said("blue", "green", "Unmet green · must be blue");
    asks(&flag("on"), |_| (), "Unknown no answer · must be on");
}

#[test]
fn compliance_takes_every_check() {
    let checks = |names: &[&str]| Condition::Compliance {
        checks: names.iter().map(|it| (*it).to_owned()).collect(),
    };
    let told = |all: &[(&str, &str)], rest: Option<Why>| ByName {
        told: all
            .iter()
            .map(|(name, value)| {
                ((*name).to_owned(), vec![read("ci", 1, Named::new(*name, *value))])
            })
            .collect(),
        rest: rest.map(|why| (why, Some(crate::SourceId::new("ci")))),
    };
    let said = |names: &[&str], all: &[(&str, &str)], expected: &str| {
        asks(&checks(names), |it| it.facts.checks = told(all, Some(Why::NoData)), expected)
    };
    let both = [("licences", "passed"), ("privacy", "passed")];
    said(&["licences", "privacy"], &both, "Met 2 of 2 · 2 named");
    said(&[], &both, "Met 2 of 2 · all");
    said(&["licences"], &[("licences", "failed")], "Unmet 0 of 1 · 1 named");
    said(&["licences"], &[("licences", "skipped")], "Unmet 0 of 1 · 1 named");
    said(&["licences", "privacy"], &[("licences", "passed")], "Unknown 1 of 2 · 2 named");
    // A part proves that something failed, never that all passed.
    said(&["licences", "privacy"], &[("licences", "failed")], "Unmet 0 of 2 · 2 named");
    said(&[], &[], "Unknown no answer · all");
    let part = told(&both, Some(Why::Partial));
    asks(&checks(&[]), |it| it.facts.checks = part, "Unknown 2 of 2 · all");
    asks(&checks(&["licences"]), |_| (), "Unknown 0 of 1 · 1 named");
}

#[test]
fn a_checklist_is_ticked_by_people_who_may_take_it_back() {
    let tick = |item: &str, done: bool, build: Option<&str>| Tick {
        item: item.into(),
        done,
        build: build.map(Into::into),
        by: Person::new("Ada"),
        at: ago(9),
        comment: String::new(),
    };
    let said = |each_build: bool, ticks: Vec<Tick>, expected: &str| {
        let items = vec!["notes".to_owned(), "shots".to_owned()];
        asks(&Condition::Checklist { items, each_build }, |it| it.people.ticks = ticks, expected)
    };
    let both = || vec![tick("notes", true, Some("4120")), tick("shots", true, Some("4127"))];
    said(false, both(), "Met 2 of 2 · needs 2");
    said(true, both(), "Unmet 1 of 2 · needs 2");
    let back =
        vec![tick("notes", true, None), tick("shots", true, None), tick("notes", false, None)];
    let open = said(false, back, "Unmet 1 of 2 · needs 2");
    assert_eq!((open.detail.as_str(), open.owner.name.as_str()), ("Open: notes", "Ops"));
    said(false, vec![tick("other", true, None)], "Unmet 0 of 2 · needs 2");
}

#[test]
fn an_approval_needs_different_people_who_have_the_role() {
    let yes = |by: &str, given: bool, build: Option<&str>| Approval {
        role: "lead".into(),
        given,
        build: build.map(Into::into),
        by: Person::new(by),
        at: ago(9),
        comment: String::new(),
    };
    let said = |at_least, each_build, approvals: Vec<Approval>, expected: &str| {
        let condition = Condition::Approved { role: "lead".into(), at_least, each_build };
        asks(
            &condition,
            |it| {
                it.app.roles =
                    [("lead".into(), vec![Person::new("Noor"), Person::new("Ida")])].into();
                it.people.approvals = approvals;
            },
            expected,
        )
    };
    said(1, false, vec![yes("Noor", true, None)], "Met 1 of 1 · needs 1");
    said(1, false, vec![yes("Ada", true, None)], "Unmet 0 of 1 · needs 1"); // Not in the role.
    said(
        2,
        false,
        vec![yes("Noor", true, None), yes("noor ", true, None)],
        "Unmet 1 of 2 · needs 2",
    );
    said(2, false, vec![yes("Noor", true, None), yes("Ida", true, None)], "Met 2 of 2 · needs 2");
    said(
        1,
        false,
        vec![yes("Noor", true, None), yes("Noor", false, None)],
        "Unmet 0 of 1 · needs 1",
    );
    said(1, true, vec![yes("Noor", true, Some("4120"))], "Unmet 0 of 1 · needs 1");
    said(1, true, vec![yes("Noor", true, Some("4127"))], "Met 1 of 1 · needs 1");
    let condition = Condition::Approved { role: "boss".into(), at_least: 1, each_build: false };
    let nobody = asks(&condition, |_| (), "Unknown no such role · needs 1");
    assert_eq!(nobody.why, Some(Why::NotConfigured));
}

#[test]
fn the_store_must_have_what_it_asks_for() {
    let ready = Readiness {
        version: version("9.1.24"),
        notes_in: Some(vec!["en".into(), "sv".into()]),
        offered_in: Some(vec!["en".into(), "sv".into()]),
        declarations_owed: Some(vec![]),
        reviewer_access: Some(true),
        link: None,
    };
    let said = |locales: &[&str], it: Readiness, expected: &str| {
        let condition = Condition::StoreReady {
            locales: locales.iter().map(|it| (*it).to_owned()).collect(),
            declarations: true,
            reviewer_access: true,
        };
        asks(&condition, |inputs| inputs.facts.readiness = read("play", 1, it), expected)
    };
    let asked = "notes, declarations, access";
    said(&[], ready.clone(), &format!("Met ready · {asked}"));
    said(&["de"], ready.clone(), &format!("Unmet lacks release notes in de · {asked}"));
    let owed =
        Readiness { declarations_owed: Some(vec!["content rating".into()]), ..ready.clone() };
    said(&[], owed, &format!("Unmet lacks content rating · {asked}"));
    let locked = Readiness { reviewer_access: Some(false), ..ready.clone() };
    said(&[], locked, &format!("Unmet lacks the reviewer's access · {asked}"));
    let silent = Readiness { reviewer_access: None, ..ready.clone() };
    said(&[], silent, &format!("Unknown the reviewer's access: not told · {asked}"));
    let untold = Readiness { offered_in: None, ..ready.clone() };
    said(&[], untold.clone(), &format!("Unknown release notes: not told · {asked}"));
    said(&["sv"], untold, &format!("Met ready · {asked}"));
    // What a source does not tell may be left out of the rule.
    let condition =
        Condition::StoreReady { locales: vec![], declarations: false, reviewer_access: false };
    let part = Readiness { declarations_owed: None, reviewer_access: None, ..ready };
    asks(
        &condition,
        |it| it.facts.readiness = read("play", 1, part),
        &format!("Met ready · {asked}"),
    );
    asks(&condition, |_| (), &format!("Unknown no answer · {asked}"));
}

#[test]
fn fixes_must_be_on_the_main_branch() {
    let said = |head: &str, missing: u32, at_most: u32, expected: &str| {
        let it = Backmerge {
            version: version("9.1.24"),
            head: Sha::new(head),
            missing,
            commits: vec![],
            link: None,
        };
        let tell = |inputs: &mut Inputs| inputs.facts.backmerge = read("github", 1, it);
        asks(&Condition::Backmerged { at_most }, tell, expected)
    };
    said(HEAD, 0, 0, "Met 0 missing · at most 0 missing");
    said(HEAD, 2, 0, "Unmet 2 missing · at most 0 missing");
    said(HEAD, 2, 2, "Met 2 missing · at most 2 missing");
    said("c3", 0, 0, "Unknown 0 missing · at most 0 missing"); // The branch moved on since.
    asks(&Condition::Backmerged { at_most: 0 }, |_| (), "Unknown no answer · at most 0 missing");
}

fn versus(at_same_age: bool, confidence: Confidence) -> Condition {
    Condition::Quality {
        metric: Metric::CrashFree,
        audience: Audience::Production,
        at_least_ppm: 0,
        versus_previous: Some(Versus { tolerance_ppm: 1_000, at_same_age }),
        minimum_sample: 5_000,
        confidence,
    }
}

/// A rollout whose quality is held against the version before.
#[track_caller]
fn held_against(
    condition: &Condition,
    ours: (u64, u64),
    tell: impl FnOnce(&mut Inputs),
    expected: &str,
) -> Finding {
    let mut inputs = at_stage("rollout");
    let leave = inputs.process.stages[3].leave.as_mut().unwrap();
    let rule = leave.conditions.iter_mut().find(|it| it.id == "rollout-versus").unwrap();
    rule.condition = condition.clone();
    inputs.facts.health = read("sentry", 1, vec![sessions(Audience::Production, ours.0, ours.1)]);
    tell(&mut inputs);
    let decision = decide(&inputs);
    sane(&inputs, &decision);
    let found = decision.findings.iter().find(|it| it.id == "rollout-versus").unwrap().clone();
    assert_eq!(format!("{:?} {}", found.verdict, found.value), expected, "{found:?}");
    found
}

fn before(source: &str, sessions_of: u64, crashed: u64) -> Previous {
    Previous {
        version: version("9.1.23"),
        health: read(source, 1, vec![sessions(Audience::Production, sessions_of, crashed)]),
        at_same_age: vec![],
    }
}

#[test]
fn quality_is_held_against_the_version_before_in_the_same_hours() {
    let sequence = versus(false, Confidence::Sequence);
    let against = |ours: (u64, u64), previous: Option<Previous>, expected: &str| {
        held_against(&sequence, ours, |it| it.facts.previous = previous, expected)
    };
    let good = |source: &str| Some(before(source, 1_000_000, 2_000)); // 99.80 %
    let met = against((120_000, 240), good("sentry"), "Met 99.80 %");
    assert_eq!(met.threshold, "9.1.23 had 99.80 %, at most 0.10 % worse");
    against((80_000, 400), good("sentry"), "Unmet 99.50 %");
    against((6_000, 18), good("sentry"), "Unknown 99.70 %"); // On the line, or too few to tell.
    against((4_000, 0), good("sentry"), "Unknown 100.00 %"); // Below the minimum sample.
    // A first release follows nothing; one that follows something that nobody counts is not known.
    against((80_000, 160), None, "Met nothing before it");
    against((80_000, 160), good("other"), "Unknown no answer");
    against((80_000, 160), Some(before("sentry", 0, 0)), "Unknown no answer");
    let silent = Previous { health: fault("sentry"), ..before("sentry", 1, 0) };
    against((80_000, 160), Some(silent), "Unknown no answer");
    // Where nobody can tell what the store has, nobody can tell that there was nothing before.
    held_against(
        &sequence,
        (80_000, 160),
        |it| it.facts.store = fault("play"),
        "Unknown no answer",
    );
}

#[test]
fn the_same_age_is_a_second_opinion_or_the_first() {
    let aged = || Previous {
        at_same_age: vec![sessions(Audience::Production, 50_000, 50)],
        ..before("sentry", 1_000_000, 2_000)
    };
    let hours = versus(false, Confidence::Sequence);
    let beside =
        held_against(&hours, (120_000, 240), |it| it.facts.previous = Some(aged()), "Met 99.80 %");
    assert!(
        beside.detail.ends_with("9.1.23 in the same hours: 99.80 %, at the same age 99.90 %"),
        "{}",
        beside.detail
    );
    let age = versus(true, Confidence::Sequence);
    held_against(&age, (800_000, 4_800), |it| it.facts.previous = Some(aged()), "Unmet 99.40 %");
    held_against(&age, (80_000, 16), |it| it.facts.previous = Some(aged()), "Met 99.98 %");
    let unaged = before("sentry", 1_000_000, 2_000);
    held_against(&age, (80_000, 16), |it| it.facts.previous = Some(unaged), "Unknown no answer");
}

#[test]
fn a_plain_rate_says_that_it_is_one() {
    let point = versus(false, Confidence::Point);
    let previous = || Some(before("sentry", 1_000_000, 2_000));
    let met = held_against(&point, (6_000, 18), |it| it.facts.previous = previous(), "Met 99.70 %");
    assert!(met.detail.contains("judged by the plain rate"), "{}", met.detail);
    held_against(&point, (6_000, 19), |it| it.facts.previous = previous(), "Unmet 99.68 %");
    held_against(&point, (4_000, 0), |it| it.facts.previous = previous(), "Unknown 100.00 %");
}

#[test]
fn a_soak_may_be_asked_at_a_share() {
    let soaks = |at_ppm: u32, change: &dyn Fn(&mut Inputs)| {
        let mut inputs = at_stage("rollout");
        let leave = inputs.process.stages[3].leave.as_mut().unwrap();
        leave.conditions[0].condition =
            Condition::Soaked { hours: 24, at_ppm: Some(Share(at_ppm)) };
        inputs.before.at_share =
            [(Share(10_000), Span::hours(20)), (Share(50_000), Span::hours(5))].into();
        inputs.before.served = Some(Share(50_000));
        inputs.facts.store = read("play", 1, in_store(StorePhase::RollingOut, Some(Share(50_000))));
        change(&mut inputs);
        let decision = decide(&inputs);
        sane(&inputs, &decision);
        (decision.findings[0].value.clone(), decision.remember(&inputs))
    };
    // Five more minutes at 5 % count for both.
    assert_eq!(soaks(10_000, &|_| ()).0, "1 d 1 h");
    let (value, after) = soaks(50_000, &|_| ());
    assert_eq!(value, "5 h 05 m");
    assert_eq!(after.at_share[&Share(50_000)], Span::minutes(305));
    assert_eq!(soaks(100_000, &|_| ()).0, "0 s");
    // Not while it stood still, nor when the share was another at the last look.
    let paused = |it: &mut Inputs| it.before.standing = Some((Standing::Paused, ago(60)));
    assert_eq!(soaks(50_000, &paused).0, "5 h");
    assert_eq!(soaks(50_000, &|it| it.before.served = Some(Share(10_000))).0, "5 h");
}

/// Sign-offs of one team on a candidate that followed another.
#[track_caller]
fn signed(
    quorum: u32,
    voided_by: Voids,
    changed: Option<&[&str]>,
    words: Vec<SignOff>,
    expected: &str,
) -> Finding {
    let teams = vec!["playback".into()];
    asks(
        &Condition::SignedOff { teams, may_opt_out: None, quorum, voided_by },
        |it| {
            // Its other rule on sign-offs would wait as well.
            it.process.stages[1].leave.as_mut().unwrap().conditions.remove(0);
            it.people.candidates = vec![mark("4120", None), mark("4127", changed)];
            it.people.sign_offs = words;
        },
        expected,
    )
}

fn says(person: &str, answer: Answer, build: &str) -> SignOff {
    SignOff { by: Person::new(person), ..sign_off("playback", answer, build) }
}

#[test]
fn case_43_one_person_who_says_yes_twice_is_one() {
    let given = |person: &str| says(person, Answer::Given, "4127");
    let two = |words: Vec<SignOff>, expected: &str| {
        signed(2, Voids::Areas, None, words, &format!("{expected} · needs 1, 2 people each"))
    };
    let twice = two(vec![given("Tester One"), given("tester one ")], "Unmet 0 of 1");
    assert_eq!(twice.detail, "playback 1 of 2");
    two(vec![given("Tester One"), given("Elif")], "Met 1 of 1");
    // The last word of a person counts, and one refusal outweighs any yes.
    let mut words = vec![given("Tester One"), given("Elif"), says("Elif", Answer::Refused, "4127")];
    signed(1, Voids::Areas, None, words.clone(), "Unmet 0 of 1 · needs 1");
    words.push(given("elif"));
    two(words, "Met 1 of 1");
    // Whoever takes the team's word back takes back all of it.
    let withdrawn =
        vec![given("Tester One"), given("Elif"), says("Elif", Answer::Withdrawn, "4127")];
    signed(1, Voids::Areas, None, withdrawn, "Unmet 0 of 1 · needs 1");
}

#[test]
fn a_process_says_what_makes_a_sign_off_void() {
    let old = |voided_by, changed: Option<&[&str]>, expected: &str| {
        let words = vec![says("Elif", Answer::Given, "4120")];
        signed(1, voided_by, changed, words, &format!("{expected} · needs 1"));
    };
    old(Voids::Areas, Some(&["ads"]), "Met 1 of 1");
    old(Voids::Areas, Some(&["player"]), "Unmet 0 of 1");
    old(Voids::Areas, Some(&["unowned"]), "Unmet 0 of 1"); // It may be anybody's.
    old(Voids::Areas, None, "Unmet 0 of 1");
    old(Voids::AnyCommit, Some(&["ads"]), "Unmet 0 of 1");
    old(Voids::Nothing, None, "Met 1 of 1");
}

#[test]
fn case_44_a_source_whose_clock_is_ahead_looks_fresh_to_nobody() {
    let metric = Condition::Metric {
        name: "errors".into(),
        at_least: None,
        at_most: Some(Value::new("1")),
        minimum_sample: 0,
    };
    let at = |minutes: i64, expected: &str| {
        let fact = read("prometheus", minutes, Named::new("errors", "0"));
        asks(&metric, |it| it.facts.metrics = told(fact), expected)
    };
    at(-2, "Met 0 · at most 1"); // Clocks differ a little.
    let ahead = at(-3, "Unknown unknown, last 0 · at most 1");
    assert_eq!(ahead.why, Some(Why::FromTheFuture));
    assert_eq!(ahead.next_step, "set the clock of prometheus, or ours");
}
