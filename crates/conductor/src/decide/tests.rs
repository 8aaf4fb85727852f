//! Decisions, as tables: each line spoils one thing of a track for which all goes well.
mod cases;
mod conditions;
mod golden;
mod properties;
mod renewal;
mod resumed;
mod rollout;
mod stores;
mod words;
mod world;

use super::*;
use crate::condition::{Condition, Voids};
use crate::facts::Neighbour;
use crate::observation::{Audience, Missing, Outcome, Sha};
use crate::people::Answer;
use crate::reading::{Fact, Why};
use world::*;

/// A track at a stage, all well but for one thing.
#[track_caller]
fn spoilt(stage: &str, spoil: impl FnOnce(&mut Inputs), expected: &str) -> Decision {
    let mut inputs = at_stage(stage);
    spoil(&mut inputs);
    check(&inputs, &format!("{stage} {expected}"))
}

fn suites(it: &mut Inputs, suites: Vec<crate::observation::Suite>) {
    it.facts.tests = read("github", 1, tests(suites));
}

fn the_build(it: &mut Inputs, change: impl FnOnce(&mut Build)) {
    let Fact::Known(reading) = &mut it.facts.builds else { panic!("no builds") };
    change(&mut reading.value[0]);
}

fn lacks(it: &mut Inputs, missing: Option<Missing>) {
    the_build(it, |build| {
        build.commit = Some(Sha::new("b2"));
        build.missing = missing;
    });
}

#[test]
fn a_branch_is_left_once_tests_build_and_bugs_are_good() {
    spoilt("branched", |_| (), "running → fire mark_candidate (auto)");
    spoilt(
        "branched",
        |it| it.facts.branch = fault("github"),
        "running → wait: tests unknown, build unknown",
    );
    let mut none = at_stage("branched");
    none.before = Before::default();
    none.facts.branch = read("github", 1, None);
    check(&none, "none running → rest");
}

#[test]
fn tests_must_have_passed_on_the_newest_commit() {
    use Outcome::{Cancelled, Failed, Other, Passed, Running, Skipped};
    let outcome = |outcome: Outcome, expected: &str| {
        spoilt(
            "branched",
            |it| suites(it, vec![suite("unit", Passed), suite("ui", outcome)]),
            expected,
        );
    };
    outcome(Failed, "running → wait: tests unmet");
    outcome(Running, "running → wait: tests unmet");
    outcome(Skipped, "running → wait: tests unmet");
    outcome(Cancelled, "running → wait: tests unmet");
    outcome(Other("maybe".into()), "running → wait: tests unknown");
    spoilt("branched", |it| suites(it, vec![]), "running → wait: tests unknown");
    spoilt("branched", |it| it.facts.tests = fault("github"), "running → wait: tests unknown");
    spoilt(
        "branched",
        |it| {
            let Fact::Known(reading) = &mut it.facts.tests else { return };
            reading.value.complete = false;
        },
        "running → wait: tests unknown",
    );
    // A named suite that has not reported is no pass.
    let named = |it: &mut Inputs| {
        let leave = it.process.stages[0].leave.as_mut().unwrap();
        leave.conditions[0].condition =
            Condition::TestsPassed { suites: vec!["unit".into(), "device".into()] };
    };
    spoilt("branched", named, "running → wait: tests unknown");
}

#[test]
fn green_tests_of_a_branch_that_nobody_saw_lately_prove_nothing() {
    spoilt(
        "branched",
        |it| {
            let Fact::Known(reading) = &mut it.facts.branch else { return };
            reading.observed_at = ago(21);
        },
        "running → wait: tests unknown, build unknown",
    );
}

#[test]
fn the_build_must_contain_the_newest_commit() {
    let misses = |missing: Option<Missing>, expected: &str| {
        spoilt("branched", |it| lacks(it, missing), expected);
    };
    misses(Some(missing(2, Some(&["player"]))), "running → wait: build unmet");
    misses(Some(missing(0, Some(&[]))), "running → fire mark_candidate (auto)");
    misses(Some(missing(2, Some(&["(root)", "fastlane"]))), "running → fire mark_candidate (auto)");
    misses(Some(missing(2, Some(&["(root)", "player"]))), "running → wait: build unmet");
    misses(Some(missing(2, Some(&[]))), "running → wait: build unmet");
    misses(Some(missing(2, None)), "running → wait: build unmet"); // Case 06: the list was cut.
    misses(None, "running → wait: build unknown");
    let other_head = Missing { head: Sha::new("c3"), ..missing(0, None) };
    misses(Some(other_head), "running → wait: build unknown"); // Compared with what was the head before.
    let off = Missing { on_branch: false, ..missing(3, None) };
    misses(Some(off), "running → wait: build unmet");
    spoilt(
        "branched",
        |it| it.facts.builds = read("github", 1, vec![]),
        "running → wait: build unmet, build-verified unmet, build-uploaded unmet",
    );
    spoilt(
        "branched",
        |it| it.facts.builds = fault("github"),
        "running → wait: build unknown, build-verified unknown, build-uploaded unknown",
    );
}

#[test]
fn the_build_must_be_verified_and_uploaded() {
    let with = |verified, uploaded, expected: &str| {
        spoilt(
            "branched",
            |it| {
                the_build(it, |build| {
                    build.verified = verified;
                    build.uploaded = uploaded;
                });
            },
            expected,
        );
    };
    with(Some(false), Some(true), "running → wait: build-verified unmet");
    with(None, Some(true), "running → wait: build-verified unknown");
    with(Some(true), Some(false), "running → wait: build-uploaded unmet");
    with(Some(true), None, "running → wait: build-uploaded unknown");
}

#[test]
fn no_blocking_bug_may_be_open() {
    let with = |list: Vec<crate::observation::Bug>, complete, expected: &str| {
        spoilt(
            "branched",
            |it| {
                it.facts.bugs = read("jira", 1, crate::facts::Bugs { complete, ..bugs(list) });
            },
            expected,
        );
    };
    with(vec![bug("MUS-1")], true, "running → wait: bugs unmet");
    with(vec![bug("MUS-1")], false, "running → wait: bugs unmet"); // Case 05: a part proves Unmet …
    with(vec![], false, "running → wait: bugs unknown"); // … and never Met.
    let harmless = crate::observation::Bug { blocking: false, ..bug("MUS-2") };
    let closed = crate::observation::Bug { open: false, ..bug("MUS-3") };
    with(vec![harmless, closed], true, "running → fire mark_candidate (auto)");
    spoilt("branched", |it| it.facts.bugs = fault("jira"), "running → wait: bugs unknown");
    spoilt("branched", |it| it.facts.bugs = Fact::default(), "running → wait: bugs unknown");
    let aged = |minutes: i64, expected: &str| {
        spoilt("branched", |it| it.facts.bugs = read("jira", minutes, bugs(vec![])), expected);
    };
    aged(20, "running → fire mark_candidate (auto)");
    aged(21, "running → wait: bugs unknown"); // Expired.
    aged(-2, "running → fire mark_candidate (auto)"); // Clocks differ a little.
    aged(-3, "running → wait: bugs unknown"); // Case 44: stamped in the future.
}

#[test]
fn case_11_a_zero_counts_once_a_later_look_confirms_it() {
    let zero = |since: i64, observed: i64, expected: &str| {
        spoilt(
            "branched",
            |it| {
                let zero = crate::facts::Bugs { zero_since: Some(ago(since)), ..bugs(vec![]) };
                it.facts.bugs = read("jira", observed, zero);
            },
            expected,
        );
    };
    zero(1, 1, "running → wait: bugs unknown");
    zero(6, 1, "running → fire mark_candidate (auto)");
    // Time alone confirms nothing: it was seen once, ten minutes ago, and not again.
    zero(10, 10, "running → wait: bugs unknown");
}

#[test]
fn some_bugs_may_be_allowed() {
    let allowed = |n: usize, expected: &str| {
        spoilt(
            "branched",
            |it| {
                let leave = it.process.stages[0].leave.as_mut().unwrap();
                leave.conditions[4].condition = Condition::BlockingBugs { at_most: 2 };
                it.facts.bugs =
                    read("jira", 1, bugs((0..n).map(|n| bug(&format!("MUS-{n}"))).collect()));
            },
            expected,
        );
    };
    allowed(0, "running → fire mark_candidate (auto)");
    allowed(2, "running → fire mark_candidate (auto)");
    allowed(3, "running → wait: bugs unmet");
}

#[test]
fn every_team_signs_off_or_opts_out() {
    let said = |playback: Option<Answer>, expected: &str| {
        spoilt(
            "candidate",
            |it| {
                it.people.sign_offs.retain(|it| it.team == "ads");
                it.people.sign_offs.extend(playback.map(|it| sign_off("playback", it, "4127")));
            },
            expected,
        );
    };
    said(Some(Answer::Given), "running → fire submit_for_review (auto)");
    said(Some(Answer::OptedOut), "running → fire submit_for_review (auto)");
    said(None, "running → wait: candidate-sign-offs unmet");
    said(Some(Answer::Refused), "running → wait: candidate-sign-offs unmet");
    said(Some(Answer::Withdrawn), "running → wait: candidate-sign-offs unmet");
    spoilt(
        "candidate",
        |it| it.people.sign_offs.push(sign_off("ads", Answer::Refused, "4127")),
        "running → wait: candidate-sign-offs unmet", // The last word counts.
    );
    let asked = |teams: &[&str], may_opt_out: Option<&[&str]>, expected: &str| {
        spoilt(
            "candidate",
            |it| {
                let leave = it.process.stages[1].leave.as_mut().unwrap();
                let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
                leave.conditions[0].condition = Condition::SignedOff {
                    teams: owned(teams),
                    may_opt_out: may_opt_out.map(owned),
                    quorum: 1,
                    voided_by: Voids::Areas,
                };
                it.people.sign_offs = vec![sign_off("ads", Answer::OptedOut, "4127")];
            },
            expected,
        );
    };
    asked(&["ads"], None, "running → fire submit_for_review (auto)");
    asked(&["ads"], Some(&["playback"]), "running → wait: candidate-sign-offs unmet"); // May not opt out.
    asked(&["ads"], Some(&[]), "running → wait: candidate-sign-offs unmet"); // Nobody may.
    asked(&["ads", "gone"], None, "running → wait: candidate-sign-offs unknown"); // Case 55.
}

#[test]
fn a_new_candidate_carries_over_the_sign_offs_of_teams_that_it_does_not_touch() {
    let renewed = |changed: Option<&[&str]>, expected: &str| {
        spoilt(
            "candidate",
            |it| {
                it.people.candidates = vec![mark("4120", None), mark("4127", changed)];
                it.people.sign_offs = vec![
                    sign_off("playback", Answer::Given, "4120"),
                    sign_off("ads", Answer::Given, "4120"),
                ];
            },
            expected,
        )
    };
    // Nobody is known to own it: it may be anybody's.
    let void = renewed(Some(&["search"]), "running → wait: candidate-sign-offs unmet");
    assert_eq!(void.findings[0].value, "0 of 2");
    renewed(Some(&[]), "running → fire submit_for_review (auto)");
    let void = renewed(Some(&["player"]), "running → wait: candidate-sign-offs unmet");
    assert_eq!(void.findings[0].value, "1 of 2");
    let void = renewed(None, "running → wait: candidate-sign-offs unmet"); // Not known: void for all.
    assert_eq!(void.findings[0].value, "0 of 2");
}

#[test]
fn the_beta_must_be_large_and_good_enough() {
    let beta = |sessions_of: u64, crashed: u64, expected: &str| {
        spoilt(
            "candidate",
            |it| {
                it.facts.health =
                    read("sentry", 1, vec![sessions(Audience::Beta, sessions_of, crashed)]);
            },
            expected,
        );
    };
    beta(20_000, 4, "running → fire submit_for_review (auto)");
    beta(1_000, 0, "running → wait: candidate-crashes unknown"); // Below the minimum sample.
    beta(0, 0, "running → wait: candidate-crashes unknown"); // Case 30.
    beta(3_000, 8, "running → wait: candidate-crashes unknown"); // Too close to tell.
    beta(20_000, 200, "running → wait: candidate-crashes unmet");
    spoilt(
        "candidate",
        |it| it.facts.health = fault("sentry"),
        "running → wait: candidate-crashes unknown",
    );
    // Case 33: the sessions of another build are not this one's.
    spoilt(
        "candidate",
        |it| {
            let other = crate::observation::Health {
                build: Some("4126".into()),
                ..sessions(Audience::Beta, 20_000, 0)
            };
            it.facts.health = read("sentry", 1, vec![other]);
        },
        "running → wait: candidate-crashes unknown",
    );
    // A source that does not tell crashes does not say that there are none.
    spoilt(
        "candidate",
        |it| {
            let silent =
                crate::observation::Health { crashed: None, ..sessions(Audience::Beta, 20_000, 0) };
            it.facts.health = read("sentry", 1, vec![silent]);
        },
        "running → wait: candidate-crashes unknown",
    );
}

#[test]
fn the_window_must_be_open_and_no_freeze_on() {
    let moment = |text: &str, expected: &str| {
        let mut inputs = at_stage("candidate");
        let later = at(text) - now();
        inputs.now = at(text);
        // All readings are as fresh as before.
        let shift = |at: &mut Moment| *at = *at + later;
        macro_rules! refresh {
            ($($fact:ident),*) => {$(
                if let Fact::Known(it) = &mut inputs.facts.$fact { shift(&mut it.observed_at) }
            )*};
        }
        refresh!(branch, tests, builds, bugs, store, health);
        if let Fact::Known(it) = &mut inputs.facts.bugs {
            it.value.zero_since.as_mut().map(shift);
        }
        check(&inputs, &format!("candidate {expected}"))
    };
    moment("2026-03-10T09:00:00Z", "running → fire submit_for_review (auto)");
    moment("2026-03-10T15:59:59Z", "running → fire submit_for_review (auto)");
    let closed = moment("2026-03-10T16:00:00Z", "running → wait: candidate-window unmet");
    assert_eq!(
        closed.headline.text,
        "Outside the release window, which opens Wed 11 Mar 09:00 UTC"
    );
    let frozen = moment("2026-03-12T10:00:00Z", "running → wait: candidate-window unmet");
    assert_eq!(frozen.headline.text, "Freeze “keynote” until Sat 14 Mar 00:00 UTC");
    moment("2026-03-20T10:00:00Z", "running → wait: candidate-window unknown");
    spoilt("candidate", |it| it.facts.windows.clear(), "running → wait: candidate-window unknown");
}

#[test]
fn another_version_in_the_way_is_waited_for() {
    use StorePhase::{
        Absent, Approved, Complete, Draft, Halted, InReview, Rejected, Replaced, RollingOut,
    };
    let neighbour = |other: &str, kind, phase, over| Neighbour {
        phase,
        branched: true,
        over,
        ..Neighbour::new(version(other), kind)
    };
    let line = |ours: Kind, theirs: Kind, phase: Option<StorePhase>, expected: &str| {
        spoilt(
            "candidate",
            |it| {
                it.facts.kind = ours;
                it.facts.line = vec![neighbour("9.1.23", theirs, phase, false)];
            },
            expected,
        );
    };
    let (regular, hotfix) = (Kind::Regular, Kind::Hotfix);
    let (fires, unmet) =
        ("running → fire submit_for_review (auto)", "running → wait: candidate-line unmet");
    line(regular, regular, Some(InReview), unmet);
    line(regular, regular, Some(Approved), unmet);
    line(regular, regular, Some(RollingOut), unmet);
    line(regular, regular, Some(Halted), unmet);
    line(regular, regular, Some(Rejected), unmet);
    line(regular, regular, Some(Draft), fires);
    line(regular, regular, Some(Absent), fires);
    line(regular, regular, Some(Complete), fires);
    line(regular, regular, Some(Replaced), fires);
    line(regular, regular, None, "running → wait: candidate-line unknown");
    line(regular, hotfix, Some(Draft), unmet); // A hotfix goes first.
    line(hotfix, regular, Some(RollingOut), fires);
    line(hotfix, regular, Some(InReview), fires);
    line(hotfix, hotfix, Some(InReview), unmet);
    spoilt(
        "candidate",
        |it| it.facts.line = vec![neighbour("9.1.23", hotfix, Some(Draft), true)],
        fires, // It was cancelled, or its watch is over.
    );
    // Where the others are is as old as the store's reading.
    spoilt(
        "candidate",
        |it| it.facts.store = read("play", 61, crate::observation::InStore::absent()),
        "running → wait: candidate-line unknown",
    );
}

#[test]
fn case_02_the_app_store_refuses_a_number_below_the_live_one() {
    let live = Neighbour {
        phase: Some(StorePhase::Complete),
        over: true,
        ..Neighbour::new(version("20250113.0"), Kind::Regular)
    };
    let mut ios = on_app_store("candidate");
    ios.facts.line = vec![live.clone()];
    let decision = check(&ios, "candidate running → wait: candidate-line unmet");
    assert_eq!(
        decision.headline.text,
        "9.1.24 is below the live 20250113.0: the App Store will refuse it"
    );
    let mut android = at_stage("candidate");
    android.facts.line = vec![live];
    check(&android, "candidate running → fire submit_for_review (auto)");
}

#[test]
fn a_person_stops_a_track_whatever_holds() {
    for stage in ["branched", "candidate", "review", "rollout", "complete"] {
        spoilt(stage, |it| it.people.holds.push(hold()), "held → rest");
        spoilt(stage, |it| it.people.cancelled = Some(hold()), "cancelled → rest");
    }
}

#[test]
fn a_waiver_excuses_a_finding_for_its_build_or_for_the_track() {
    let waived = |build: Option<&str>, expected: &str| {
        spoilt(
            "candidate",
            |it| {
                it.facts.bugs = read("jira", 1, bugs(vec![bug("MUS-1")]));
                it.people.waivers = vec![waiver("candidate-bugs", build)];
            },
            expected,
        )
    };
    let decision = waived(Some("4127"), "running → fire submit_for_review (auto)");
    let finding = &decision.findings[1];
    assert_eq!((finding.verdict, finding.effective()), (Verdict::Unmet, Verdict::Met));
    waived(None, "running → fire submit_for_review (auto)");
    waived(Some("4126"), "running → wait: candidate-bugs unmet"); // It died with its build.
    // What is met needs no excuse.
    let met = spoilt(
        "candidate",
        |it| it.people.waivers = vec![waiver("candidate-bugs", None)],
        "running → fire submit_for_review (auto)",
    );
    assert_eq!(met.findings[1].waived, None);
}

#[test]
fn the_mode_says_who_acts() {
    let mode = |mode, expected: &str| {
        spoilt("candidate", |it| it.process.stages[1].leave.as_mut().unwrap().mode = mode, expected)
    };
    let asks = mode(Mode::Ask, "running → fire submit_for_review (ask)");
    assert_eq!(asks.asks, Some(Action::SubmitForReview));
    assert_eq!(mode(Mode::Shadow, "running → fire submit_for_review (shadow)").asks, None);
    assert_eq!(mode(Mode::Off, "running → fire submit_for_review (off)").asks, None);
}

#[test]
fn an_open_intent_is_waited_for() {
    let open = |state, asks| {
        let decision = spoilt(
            "candidate",
            |it| it.people.open_intent = Some(intent(Action::SubmitForReview, state)),
            "running → wait",
        );
        assert_eq!(decision.asks.is_some(), asks);
    };
    open(IntentState::Proposed, true);
    open(IntentState::Confirmed, false);
    open(IntentState::Claimed, false);
    open(IntentState::Sent { gives_up_at: now() }, false);
    open(IntentState::Uncertain { why: "no answer within 10 s".into() }, false);
}

#[test]
fn what_was_refused_or_undone_is_a_persons_to_try_again() {
    let failed =
        || intent(Action::SubmitForReview, IntentState::Failed { words: "no notes in sv".into() });
    let refused =
        spoilt("candidate", |it| it.people.failed_intent = Some(failed()), "running → wait");
    assert_eq!(refused.headline.text, "Could not submit for review at Google Play: no notes in sv");
    assert_eq!(refused.lamps.release.text, "Refused");
    // Another build is another try.
    spoilt(
        "candidate",
        |it| {
            let mut old = failed();
            old.key.build = "4120".into();
            it.people.failed_intent = Some(old);
        },
        "running → fire submit_for_review (auto)",
    );
    let tried = |state: &str, expected: &str| {
        spoilt(
            "candidate",
            |it| it.people.attempts = vec![attempt(Action::SubmitForReview, "4127", state)],
            expected,
        )
    };
    assert_eq!(
        tried("refused", "running → wait").headline.text,
        "A person said no: do not submit for review with this build"
    );
    assert_eq!(
        tried("done", "running → wait").headline.text,
        "Conductor submitted for review before, and somebody undid it"
    );
    tried("lapsed", "running → fire submit_for_review (auto)");
    tried("claimed", "running → fire submit_for_review (auto)"); // The open one, while it is looked at again.
}

#[test]
fn case_38_a_rewritten_branch_is_red_and_moves_nobody_back() {
    let decision = spoilt(
        "candidate",
        |it| lacks(it, Some(Missing { on_branch: false, ..missing(3, None) })),
        "running → wait: candidate-build unmet",
    );
    assert_eq!(decision.lamps.release.text, "Rewritten");
    assert_eq!(decision.findings[3].cause, Some(crate::finding::Cause::Rewritten));
    assert_eq!(decision.headline.text, "The commit of build 4127 is no longer on the branch");
}

#[test]
fn the_reason_for_an_unknown_is_kept_apart_from_its_words() {
    let why = |fact: Fact<crate::facts::Bugs>| {
        let mut inputs = at_stage("branched");
        inputs.facts.bugs = fact;
        decide(&inputs).findings[4].why.clone().unwrap()
    };
    assert_eq!(why(Fact::default()), Why::NotConfigured);
    assert_eq!(
        why(Fact::unknown(Why::NotReadYet, Some(crate::SourceId::new("jira")))),
        Why::NotReadYet
    );
    assert!(matches!(why(fault("jira")), Why::Fault { .. }));
    assert_eq!(why(read("jira", 90, bugs(vec![]))), Why::Expired);
    assert_eq!(why(read("jira", -90, bugs(vec![]))), Why::FromTheFuture);
}
