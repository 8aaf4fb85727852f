//! What people read: one headline a situation.
use super::super::*;
use super::world::*;
use crate::observation::{Audience, Share};
use crate::people::Answer;

#[track_caller]
fn reads(stage: &str, spoil: impl FnOnce(&mut Inputs), expected: &str) {
    let mut inputs = at_stage(stage);
    spoil(&mut inputs);
    let decision = decide(&inputs);
    sane(&inputs, &decision);
    let line = &decision.headline;
    let more = if line.more.is_empty() { String::new() } else { format!(" {}", line.more) };
    assert_eq!(format!("{}{more} | {} | {}", line.text, line.who.name, line.then), expected);
}

#[test]
fn a_headline_says_what_it_waits_for_on_whom_and_what_happens_then() {
    let nobody = |it: &mut Inputs| it.people.sign_offs.clear();
    reads(
        "candidate",
        nobody,
        "Waiting for 2 sign-offs: playback, ads | playback, ads | Conductor submits for review when met",
    );
    reads(
        "candidate",
        |it| {
            nobody(it);
            it.facts.bugs = read("jira", 1, bugs(vec![bug("MUS-7"), bug("MUS-8")]));
            it.facts.health = fault("sentry");
        },
        "Waiting for 2 sign-offs: playback, ads + 1 more not met, + 1 unknown | playback, ads | Conductor submits for review when met",
    );
    reads(
        "branched",
        |it| it.facts.bugs = read("jira", 1, bugs(vec![bug("MUS-7")])),
        "1 blocking bug open: MUS-7 | Mara | Conductor marks the final release candidate when met",
    );
    reads(
        "branched",
        |it| it.facts.bugs = fault("jira"),
        "Cannot judge “No open blocking bug”: jira gives no answer | jira | Conductor marks the final release candidate when met",
    );
    reads(
        "candidate",
        |it| {
            let mut no = sign_off("ads", Answer::Refused, "4127");
            no.comment = "ads do not load".into();
            it.people.sign_offs.push(no);
        },
        "ads refused to sign off: ads do not load | ads | Conductor submits for review when met",
    );
    reads(
        "candidate",
        |it| it.people.holds.push(hold()),
        "Held by Noor: wait for the keynote | Noor releases the hold | Conductor submits for review once released",
    );
    reads(
        "candidate",
        |it| it.people.open_intent = Some(intent(Action::SubmitForReview, IntentState::Proposed)),
        "All 7 conditions are met. The conductor asks to submit for review | Olga | Conductor submits for review after a yes",
    );
    reads(
        "candidate",
        |it| {
            let why = "no answer within 10 s".to_owned();
            it.people.open_intent =
                Some(intent(Action::SubmitForReview, IntentState::Uncertain { why }));
        },
        "Not certain whether Google Play did it: submit for review (no answer within 10 s) | Olga | Conductor looks again with each tick, and asks a person before it sends anything twice",
    );
    reads(
        "rollout",
        |it| it.before.stage = Some((StageId::new("rollout"), now() - Span::minutes(90))),
        "Soaking at 1 %: 1 h 30 m of 1 d | time | Conductor completes the rollout when met",
    );
    reads(
        "rollout",
        |it| {
            it.facts.health = read("sentry", 1, vec![sessions(Audience::Production, 20_000, 800)]);
        },
        "Crash-free sessions, red line 96.00 %, at least 98.91 %: the rollout is being paused | Olga | Conductor pauses the rollout and calls a person",
    );
    reads(
        "rollout",
        |it| {
            it.facts.store = read("play", 1, in_store(StorePhase::Halted, Some(Share(10_000))));
        },
        "Rollout paused at 1 % | Olga | Conductor stays put until a person decides",
    );
    reads(
        "complete",
        |it| it.people.finished_at = Some(ago(9)),
        "Live for everybody, watch ended | nobody | The next version takes its place",
    );
}

#[test]
fn a_headline_for_each_mode_promises_no_more_than_it_does() {
    let mode = |mode, expected: &str| {
        reads("candidate", |it| it.process.stages[1].leave.as_mut().unwrap().mode = mode, expected);
    };
    mode(
        Mode::Auto,
        "All 7 conditions are met: submitting for review now | Conductor | Conductor submits for review now",
    );
    mode(
        Mode::Ask,
        "All 7 conditions are met. The conductor asks to submit for review | Olga | Conductor submits for review after a yes",
    );
    mode(
        Mode::Shadow,
        "All 7 conditions are met. The conductor would submit for review | Olga | A person decides to submit for review: the conductor only watches (Shadow)",
    );
    mode(
        Mode::Off,
        "All 7 conditions are met. A person may submit for review | Olga | A person decides to submit for review (Off)",
    );
}

#[test]
fn lamps_say_what_they_show() {
    let lamps = |stage: &str, spoil: fn(&mut Inputs)| {
        let mut inputs = at_stage(stage);
        spoil(&mut inputs);
        decide(&inputs)
            .lamps
            .named()
            .map(|(_, lamp)| format!("{} {}", lamp.signal.as_str(), lamp.text))
            .join(", ")
    };
    assert_eq!(lamps("branched", |_| ()), "go Ready, go 0 open, none Not yet, none Not yet");
    assert_eq!(lamps("candidate", |_| ()), "go Ready, go 0 open, go 2 of 2, go 99.98 %");
    assert_eq!(
        lamps("candidate", |it| {
            it.people.sign_offs.pop();
            it.facts.bugs = fault("jira");
            it.facts.health = fault("sentry");
        }),
        "wait Waiting, unknown Unknown, wait 1 of 2, unknown Unknown"
    );
    assert_eq!(
        lamps("rollout", |it| it.before.stage = Some((StageId::new("rollout"), ago(9)))),
        "go On course, go 0 open, go 2 of 2, go 99.95 %"
    );
    assert_eq!(
        lamps("rollout", |it| it.facts.bugs = read("jira", 1, bugs(vec![bug("A-1")]))),
        "wait Waiting, stop 1 open, go 2 of 2, go 99.95 %"
    );
}

#[test]
fn a_headline_for_what_a_process_of_ones_own_may_ask() {
    use crate::condition::Condition;
    use crate::facts::ByName;
    use crate::observation::{Backmerge, Named, Readiness, Sha, Value};
    let waits = |condition: Condition, tell: &dyn Fn(&mut Inputs), expected: &str| {
        reads(
            "candidate",
            |it| {
                let rule = Rule {
                    id: "extra".into(),
                    title: None,
                    owner: Some("Ops".into()),
                    max_age_minutes: 20,
                    only_at: vec![],
                    condition,
                };
                it.process.stages[1].leave.as_mut().unwrap().conditions.push(rule);
                tell(it);
            },
            &format!("{expected} | Conductor submits for review when met"),
        );
    };
    let by_name = |name: &str, value: &str| ByName {
        told: [(name.to_owned(), vec![read("ci", 1, Named::new(name, value))])].into(),
        rest: None,
    };
    let metric = || Condition::Metric {
        name: "login errors".into(),
        at_least: None,
        at_most: Some(Value::new("0.5")),
        minimum_sample: 0,
    };
    waits(
        metric(),
        &|it| it.facts.metrics = by_name("login errors", "0.7"),
        "login errors is 0.7, at most 0.5 | Ops",
    );
    waits(
        metric(),
        &|it| it.facts.metrics = by_name("login errors", "NaN"),
        "Cannot judge login errors: `NaN` is no number | Ops",
    );
    waits(metric(), &|_| (), "Cannot judge “login errors”: no source tells it | Ops");
    waits(
        Condition::Flag { name: "new-player".into(), is: Value::new("off") },
        &|it| it.facts.flags = by_name("new-player", "true"),
        "Flag new-player is on | Ops",
    );
    waits(
        Condition::Compliance { checks: vec![] },
        &|it| it.facts.checks = by_name("licences", "failed"),
        "Compliance: licences failed | Ops",
    );
    waits(
        Condition::Checklist {
            items: vec!["notes read".into(), "shots".into()],
            each_build: false,
        },
        &|_| (),
        "Waiting for 2 ticks: notes read, shots | Ops",
    );
    waits(
        Condition::Approved { role: "lead".into(), at_least: 1, each_build: false },
        &|it| it.app.roles = [("lead".into(), vec![crate::app::Person::new("Ida")])].into(),
        "Waiting for 1 approval by lead | lead",
    );
    waits(
        Condition::Approved { role: "lead".into(), at_least: 1, each_build: false },
        &|_| (),
        "Nobody has the role `lead` | Ops",
    );
    waits(
        Condition::StoreReady {
            locales: vec!["sv".into()],
            declarations: true,
            reviewer_access: true,
        },
        &|it| {
            let ready = Readiness {
                version: version("9.1.24"),
                notes_in: Some(vec!["en".into()]),
                offered_in: None,
                declarations_owed: Some(vec!["data safety".into()]),
                reviewer_access: Some(true),
                link: None,
            };
            it.facts.readiness = read("play", 1, ready);
        },
        "Google Play still needs release notes in sv, data safety | Ops",
    );
    waits(
        Condition::Backmerged { at_most: 0 },
        &|it| {
            let missing = Backmerge {
                version: version("9.1.24"),
                head: Sha::new(HEAD),
                missing: 2,
                commits: vec![],
                link: None,
            };
            it.facts.backmerge = read("github", 1, missing);
        },
        "2 commits of the release branch are not on the main branch | Ops",
    );
}

#[test]
fn a_station_says_in_the_larger_unit_alone_how_long_it_soaks() {
    let note = |stage: &str, minutes: i64| {
        let mut inputs = at_stage(stage);
        inputs.before.stage = Some((StageId::new(stage), ago(minutes)));
        let decision = decide(&inputs);
        let view = crate::board::track_view(&inputs, &decision, &std::collections::BTreeMap::new());
        view.stations[usize::from(view.at)].note.clone()
    };
    assert_eq!(note("complete", 9 * 60 + 9), "9 h of 7 d");
    assert_eq!(note("complete", 54 * 60), "2 d of 7 d");
    assert_eq!(note("complete", 48 * 60), "2 d of 7 d");
    assert_eq!(note("complete", 34), "34 m of 7 d");
    assert_eq!(note("candidate", 34), "", "nothing soaks there");
}
