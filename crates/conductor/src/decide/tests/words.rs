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
        "jira gives no answer: no open blocking bug | jira | Conductor marks the final release candidate when met",
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
        "Crash-free sessions above the red line 96.00 %, at least 98.91 %: the rollout is being paused | Olga | Conductor pauses the rollout and calls a person",
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
