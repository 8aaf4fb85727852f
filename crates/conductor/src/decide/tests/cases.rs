//! Faults and quirks that people met elsewhere, by the numbers of the collection of cases, as far as they are the
//! conductor's. Others stand beside what they are about.
use super::*;
use crate::facts::Neighbour;
use crate::line::{decide_line, neighbours, previous};
use crate::observation::{InStore, Share};
use StorePhase as P;

fn store(it: &mut Inputs, phase: P, served: Option<Share>) {
    it.facts.store = read("play", 1, in_store(phase, served));
}

fn neighbour(other: &str, phase: P) -> Neighbour {
    Neighbour { phase: Some(phase), ..Neighbour::new(version(other), Kind::Regular) }
}

/// A track of the line in another version.
fn in_version(mut inputs: Inputs, text: &str) -> Inputs {
    inputs.facts.track.version = version(text);
    inputs
}

#[test]
fn case_01_the_predecessor_is_what_users_have() {
    let at_store = |text: &str, phase, since: i64| {
        let mut facts = in_version(at_stage("complete"), text).facts;
        let it = InStore { since: Some(ago(since)), ..in_store(phase, None) };
        facts.store = read("play", 1, it);
        facts
    };
    let line = [
        at_store("9.9.3", P::Replaced, 9_000),
        at_store("9.9.12", P::Complete, 900),
        at_store("9.10.0", P::RollingOut, 9),
    ];
    assert_eq!(previous(&line, &line[2]), Some(version("9.9.12")));
    assert_eq!(previous(&line[..1], &line[2]), Some(version("9.9.3")));
    // What is higher by its number and not live came later, or never.
    assert_eq!(previous(&line[2..], &line[0]), None);
    let replaced = [at_store("9.9.3", P::Replaced, 90), at_store("9.9.12", P::Replaced, 9)];
    assert_eq!(previous(&replaced, &line[2]), Some(version("9.9.12")));
    assert_eq!(previous(&replaced, &replaced[0]), None);
    // Case 02: after calendar versions the live one has the higher number, and is the predecessor all the same.
    let line = [at_store("20250113.0", P::Complete, 900), at_store("3.0.0", P::RollingOut, 9)];
    assert_eq!(previous(&line, &line[1]), Some(version("20250113.0")));
}

#[test]
fn case_02_a_number_that_the_app_store_will_refuse_is_red() {
    let mut ios = on_app_store("candidate");
    ios.facts.line = vec![neighbour("20250113.0", P::Complete)];
    let decision = check(&ios, "candidate running → wait: candidate-line unmet");
    assert_eq!(decision.lamps.release.signal, crate::lamp::Signal::Stop);
    assert_eq!(decision.headline.who.name, "Olga");
}

#[test]
fn case_17_nearly_everybody_waits_for_a_person_who_is_reminded() {
    let mut inputs = at_stage("rollout");
    store(&mut inputs, P::RollingOut, Some(Share(999_900)));
    inputs.process.stages[3].leave.as_mut().unwrap().mode = Mode::Ask;
    for id in ["rollout-soak", "rollout-crashes", "rollout-versus", "rollout-bugs"] {
        let since = now() - Span::hours(150);
        inputs.before.findings.insert(id.into(), (Verdict::Met, since));
    }
    let decision = check(&inputs, "rollout running → fire complete_rollout (ask)");
    assert_eq!(decision.lamps.release.signal, crate::lamp::Signal::Wait);
    assert_eq!(
        decision.warnings[0].text,
        "At 99.99 %: conditions and the soak are met since 4 Mar; it waits for a person to complete the rollout"
    );
}

#[test]
fn case_19_who_overtook_it_and_where_it_stood_is_told() {
    let mut inputs = at_stage("rollout");
    store(&mut inputs, P::RollingOut, Some(Share(100_000)));
    inputs.before = decide(&inputs).remember(&inputs);
    inputs.facts.store = read("play", 1, InStore::absent());
    inputs.facts.line = vec![neighbour("9.1.23", P::Complete), neighbour("9.1.25", P::RollingOut)];
    let decision = check(&inputs, "rollout cancelled → rest");
    assert_eq!(decision.headline.text, "Overtaken by 9.1.25 at 10 %");
    // It stays so, and the share is not forgotten.
    inputs.before = decision.remember(&inputs);
    assert_eq!(check(&inputs, "rollout cancelled → rest").headline, decision.headline);
    // The one that overtook begins its own soak, and says with whom it starts.
    let mut next = in_version(at_stage("rollout"), "9.1.25");
    next.before = Before::default();
    next.facts.line =
        vec![Neighbour { served: Some(Share(100_000)), ..neighbour("9.1.24", P::Replaced) }];
    let decision = decide(&next);
    assert_eq!(decision.soaked, Span::default());
    assert_eq!(
        decision.warnings[0].text,
        "It starts with the users who had 9.1.24: its first crashes may come from them"
    );
}

#[test]
fn case_30_no_sessions_are_no_good_sessions() {
    let none = |it: &mut Inputs| it.facts.health = read("sentry", 1, vec![]);
    let decision = spoilt(
        "rollout",
        none,
        "running → wait: rollout-crashes unknown, rollout-versus unknown, rollout-red-line unknown",
    );
    assert_eq!(decision.findings[1].detail, "no sessions of 4127 seen; 5\u{202f}000 needed");
    assert_eq!(decision.lamps.quality.signal, crate::lamp::Signal::Unknown);
}

#[test]
fn case_32_data_that_end_before_the_rollout_say_nothing_good_of_it() {
    let until = |minutes_ago: i64, crashed: u64, expected: &str| {
        let mut inputs = at_stage("rollout");
        inputs.before.stage = Some((StageId::new("rollout"), ago(50)));
        let rows = vec![sessions(Audience::Production, 80_000, crashed)];
        inputs.facts.health = read("vitals", minutes_ago, rows);
        check(&inputs, &format!("rollout running → {expected}"))
    };
    until(40, 40, "wait: rollout-soak unmet");
    let before = until(
        55,
        40,
        "wait: rollout-soak unmet, rollout-crashes unknown, rollout-red-line unknown",
    );
    assert_eq!(
        before.findings[1].detail,
        "Data until Tue 10 Mar 11:05 UTC, and it is served since Tue 10 Mar 11:10 UTC"
    );
    // Bad news of this build is news, whenever it came.
    until(55, 4_000, "pause: rollout-soak unmet, rollout-crashes unmet, rollout-red-line unmet");
}

#[test]
fn case_40_of_two_candidates_that_are_ready_one_goes_first() {
    let line = |kinds: [Kind; 2], modes: [Mode; 2]| {
        let mut all = vec![
            in_version(at_stage("candidate"), "9.1.25"),
            in_version(at_stage("candidate"), "9.2.0"),
        ];
        for (it, (kind, mode)) in all.iter_mut().zip(kinds.into_iter().zip(modes)) {
            it.facts.kind = kind;
            it.process.stages[1].leave.as_mut().unwrap().mode = mode;
        }
        let facts: Vec<Facts> = all.iter().map(|it| it.facts.clone()).collect();
        let seen = neighbours(&facts, &BTreeMap::new());
        for it in &mut all {
            it.facts.line.clone_from(&seen);
        }
        decide_line(all)
    };
    let told = |all: Vec<(Inputs, Decision)>| -> Vec<String> {
        for (inputs, decision) in &all {
            sane(inputs, decision);
            assert_eq!(decide(inputs), *decision, "each can be decided alone");
        }
        all.into_iter()
            .map(|(inputs, it)| match it.next {
                Next::Fire { .. } => format!("{} fires", inputs.facts.track.version),
                _ => it.headline.text,
            })
            .collect()
    };
    use Kind::{Hotfix, Regular};
    assert_eq!(
        told(line([Regular, Regular], [Mode::Auto; 2])),
        ["9.1.25 fires", "Behind 9.1.25, which goes first: one at a time at Google Play"]
    );
    // A hotfix goes first, whatever its number: that is its condition already.
    assert_eq!(told(line([Regular, Hotfix], [Mode::Auto; 2]))[1], "9.2.0 fires");
    // Who only asks stands in nobody's way.
    assert_eq!(
        told(line([Regular, Regular], [Mode::Ask, Mode::Auto])),
        ["9.1.25 fires", "9.2.0 fires"]
    );
    // Where no condition says so either.
    let told_without = |kinds: [Kind; 2]| -> Vec<Next> {
        let mut all: Vec<Inputs> =
            line(kinds, [Mode::Auto; 2]).into_iter().map(|it| it.0).collect();
        for it in &mut all {
            let leave = it.process.stages[1].leave.as_mut().unwrap();
            leave.conditions.retain(|rule| rule.id != "candidate-line");
            it.facts.line.iter_mut().for_each(|it| it.goes_first = false);
        }
        decide_line(all).into_iter().map(|it| it.1.next).collect()
    };
    assert_eq!(told_without([Regular, Hotfix])[0], Next::Wait);
    assert_eq!(told_without([Regular, Regular])[1], Next::Wait);
    // What is under way for one is waited for by the other, and not by itself.
    let mut ours = at_stage("candidate");
    ours.facts.line = vec![Neighbour {
        under_way: Some(Action::SubmitForReview),
        ..neighbour("9.1.24", P::Absent)
    }];
    check(&ours, "candidate running → fire submit_for_review (auto)");
    // Completing a rollout is no submission: both may go on.
    let mut completes = at_stage("rollout");
    completes.facts.line = vec![Neighbour {
        under_way: Some(Action::SubmitForReview),
        ..neighbour("9.1.25", P::Absent)
    }];
    check(&completes, "rollout running → fire complete_rollout (auto)");
    let mut inputs = at_stage("candidate");
    inputs.facts.line = vec![Neighbour {
        under_way: Some(Action::SubmitForReview),
        ..neighbour("9.1.23", P::Absent)
    }];
    let behind = check(&inputs, "candidate running → wait");
    assert_eq!(behind.lamps.release.text, "Behind");
}

#[test]
fn what_waits_for_a_yes_is_not_under_way() {
    let under_way = |action, state| {
        let facts = at_stage("candidate").facts;
        let people =
            Interventions { open_intent: Some(intent(action, state)), ..Interventions::default() };
        let people = BTreeMap::from([(facts.track.clone(), people)]);
        neighbours(&[facts], &people)[0].under_way
    };
    let submit = Action::SubmitForReview;
    assert_eq!(under_way(submit, IntentState::Proposed), None);
    assert_eq!(under_way(submit, IntentState::Confirmed), Some(submit));
    assert_eq!(under_way(submit, IntentState::Uncertain { why: "503".into() }), Some(submit));
    assert_eq!(under_way(Action::MarkCandidate, IntentState::Confirmed), None);
}

#[test]
fn a_second_branch_that_moves_is_a_warning_on_both() {
    let mut inputs = at_stage("candidate");
    let other = Neighbour { branched: true, ..neighbour("9.2.0", P::Absent) };
    inputs.facts.line = vec![other.clone()];
    let decision = check(&inputs, "candidate running → fire submit_for_review (auto)");
    assert_eq!(
        decision.warnings[0].text,
        "9.1.24 and 9.2.0 both have a release branch that still moves; cancel one of them"
    );
    assert_eq!(
        decision.warnings[0].links,
        [
            ("9.1.24".to_owned(), "/apps/music/android/9.1.24".to_owned()),
            ("9.2.0".to_owned(), "/apps/music/android/9.2.0".to_owned())
        ]
    );
    // Not of one that is with the store, is over, or is a hotfix.
    for spared in [
        Neighbour { phase: Some(P::Complete), ..other.clone() },
        Neighbour { over: true, ..other.clone() },
        Neighbour { branched: false, ..other.clone() },
        Neighbour { kind: Kind::Hotfix, over: true, ..other },
    ] {
        inputs.facts.line = vec![spared];
        assert_eq!(decide(&inputs).warnings, []);
    }
}

#[test]
fn sources_that_disagree_are_shown_with_both_links() {
    let mut inputs = at_stage("rollout");
    inputs.facts.branch = read("github", 1, None);
    let decision = decide(&inputs);
    assert_eq!(decision.warnings[0].text, "Google Play has it, but its release branch is gone");
    assert_eq!(
        decision.warnings[0].links,
        [
            ("Google Play".to_owned(), "https://play.example/it".to_owned()),
            ("github".to_owned(), "https://github.example/it".to_owned())
        ]
    );
}

#[test]
fn a_plan_that_says_released_of_what_is_in_review_is_told() {
    let mut inputs = at_stage("review");
    store(&mut inputs, P::InReview, None);
    let plan = |released| crate::observation::Planned {
        platform: None,
        version: version("9.1.24"),
        planned_at: None,
        released,
        link: None,
    };
    inputs.facts.planned = read("jira", 1, plan(false));
    assert_eq!(decide(&inputs).warnings, []);
    inputs.facts.planned = read("jira", 1, plan(true));
    let decision = check(&inputs, "review running → wait: review-store unmet");
    let warning = &decision.warnings[0];
    assert_eq!(warning.text, "jira says that it is released, and at Google Play it is in review");
    assert_eq!(warning.links.len(), 2);
}

#[test]
fn an_upcoming_version_waits_or_supersedes_as_its_process_says() {
    let line = |supersedes, other: Neighbour, expected: &str| {
        let mut inputs = at_stage("candidate");
        let leave = inputs.process.stages[1].leave.as_mut().unwrap();
        let rule = leave.conditions.iter_mut().find(|it| it.id == "candidate-line").unwrap();
        rule.condition = Condition::LineClear { supersedes };
        inputs.facts.line = vec![other];
        check(&inputs, expected)
    };
    let (waits, fires) = (
        "candidate running → wait: candidate-line unmet",
        "candidate running → fire submit_for_review (auto)",
    );
    let rolling = || neighbour("9.1.23", P::RollingOut);
    line(false, rolling(), waits);
    let takes = line(true, rolling(), fires);
    let found = takes.findings.iter().find(|it| it.id == "candidate-line").unwrap();
    assert_eq!(found.value, "takes the place of 9.1.23");
    line(true, neighbour("9.1.23", P::InReview), waits); // One submission at a time.
    line(true, neighbour("9.1.25", P::RollingOut), waits); // Not what is newer.
    line(true, Neighbour { kind: Kind::Hotfix, ..rolling() }, waits);
}

#[test]
fn case_47_a_hold_is_told_before_the_halt_that_it_comes_with() {
    let mut inputs = at_stage("rollout");
    store(&mut inputs, P::Halted, Some(Share(10_000)));
    inputs.people.holds.push(hold());
    inputs.people.open_intent = Some(intent(Action::CompleteRollout, IntentState::Confirmed));
    let decision = check(&inputs, "rollout held → rest");
    assert_eq!(decision.lamps.release.signal, crate::lamp::Signal::Stop);
    assert_eq!(decision.headline.text, "Held by Noor: wait for the keynote; halted at Google Play");
    // Play may be slow to show the halt: then the hold alone stops it.
    store(&mut inputs, P::RollingOut, Some(Share(10_000)));
    check(&inputs, "rollout held → rest");
    // And no soak is counted while it stands still, whatever people call it.
    store(&mut inputs, P::Halted, Some(Share(10_000)));
    let after = decide(&inputs).remember(&inputs);
    assert_eq!(after.paused, Span::minutes(5));
}

#[test]
fn case_48_a_rollout_that_nobody_remembers_reminds_of_itself() {
    let mut inputs = at_stage("rollout");
    store(&mut inputs, P::RollingOut, Some(Share(200_000)));
    inputs.process.stages[3].leave.as_mut().unwrap().mode = Mode::Off;
    let met = now() - Span::hours(13 * 24);
    for id in ["rollout-soak", "rollout-crashes", "rollout-versus", "rollout-bugs"] {
        inputs.before.findings.insert(id.into(), (Verdict::Met, met));
    }
    let decision = check(&inputs, "rollout running → fire complete_rollout (off)");
    assert_eq!(
        decision.warnings[0].text,
        "At 20 %: conditions and the soak are met since 25 Feb; it waits for a person to complete the rollout"
    );
    assert_eq!(decision.lamps.release.signal, crate::lamp::Signal::Wait);
    assert_eq!(decision.headline.since, Some(met));
}

#[test]
fn case_53_a_pause_waits_for_nobody_to_be_named() {
    let mut inputs = at_stage("rollout");
    inputs.app.owner = None;
    let rows = vec![sessions(Audience::Production, 20_000, 800)];
    inputs.facts.health = read("sentry", 1, rows);
    let decision = decide(&inputs);
    sane(&inputs, &decision);
    assert!(matches!(decision.next, Next::Pause { .. }));
    assert_eq!(decision.headline.who.name, "a release manager");
}

#[test]
fn case_55_an_owner_that_cannot_be_resolved_is_nobody() {
    let asked = |teams: &[&str]| {
        let mut inputs = at_stage("candidate");
        let leave = inputs.process.stages[1].leave.as_mut().unwrap();
        leave.conditions[0].condition = Condition::SignedOff {
            teams: teams.iter().map(|it| (*it).to_owned()).collect(),
            may_opt_out: None,
            quorum: 1,
            voided_by: Voids::Areas,
        };
        decide(&inputs).findings[0].clone()
    };
    assert_eq!(asked(&["playback", "ads"]).verdict, Verdict::Met);
    let gone = asked(&["playback", "ads", "search"]);
    assert_eq!((gone.verdict, gone.why), (Verdict::Unknown, Some(Why::NotConfigured)));
    assert!(gone.value.contains("a team is missing"));
}

#[test]
fn argo_rollouts_3850_what_is_inconclusive_in_the_background_promotes_nothing() {
    // The rollout's own conditions are met; its guard cannot tell.
    let mut inputs = at_stage("rollout");
    inputs.process.stages[3].guards[0].rule.max_age_minutes = 1;
    let Fact::Known(reading) = &mut inputs.facts.health else { panic!() };
    reading.observed_at = ago(2);
    check(&inputs, "rollout running → wait: rollout-red-line unknown");
}

#[test]
fn argo_rollouts_4479_a_run_of_errors_alone_is_no_success() {
    let mut inputs = at_stage("rollout");
    inputs.before.stage = Some((StageId::new("rollout"), now() - Span::minutes(5)));
    inputs.facts.health = fault("sentry");
    // Day after day every measurement fails; the soak is long over, and still nothing moves.
    for hours in 1..100 {
        inputs.now = now() + Span::hours(hours);
        macro_rules! refresh {
            ($($fact:ident),*) => {$(
                if let Fact::Known(it) = &mut inputs.facts.$fact { it.observed_at = inputs.now }
            )*};
        }
        refresh!(branch, tests, builds, bugs, store);
        let decision = decide(&inputs);
        sane(&inputs, &decision);
        assert_eq!(decision.next, Next::Wait, "after {hours} h");
        inputs.before = decision.remember(&inputs);
    }
    assert_eq!(decide(&inputs).findings[0].verdict, Verdict::Met, "the soak alone is over");
}

#[test]
fn windows_bind_trains_of_their_class_and_an_emergency_passes_all() {
    let window = |kind, binds: Vec<Kind>, emergency: bool| {
        let mut inputs = at_stage("candidate");
        inputs.facts.kind = kind;
        let window = inputs.facts.windows.get_mut("release").unwrap();
        window.binds = binds;
        window.open.clear();
        window.freezes[0].span =
            crate::facts::Opening { from: ago(60), until: now() + Span::hours(1) };
        inputs.people.emergency = emergency.then(hold);
        let decision = decide(&inputs);
        sane(&inputs, &decision);
        let found = decision.findings.last().unwrap();
        assert_eq!(found.id, "candidate-window");
        format!("{:?} {}", found.verdict, found.value)
    };
    use Kind::{Hotfix, Regular};
    assert_eq!(window(Regular, vec![Regular], false), "Unmet freeze “keynote”");
    assert_eq!(window(Hotfix, vec![Regular], false), "Met does not bind a hotfix");
    assert_eq!(window(Hotfix, vec![Regular, Hotfix], false), "Unmet freeze “keynote”");
    assert_eq!(window(Hotfix, vec![], false), "Unmet freeze “keynote”");
    assert_eq!(window(Regular, vec![Hotfix], false), "Met does not bind a regular train");
    assert_eq!(window(Regular, vec![Regular], true), "Met emergency: no window stops it");
    // A guard pauses in a freeze as at any other time.
    let mut inputs = at_stage("rollout");
    inputs.facts.windows.get_mut("release").unwrap().open.clear();
    inputs.facts.health = read("sentry", 1, vec![sessions(Audience::Production, 20_000, 800)]);
    assert!(matches!(decide(&inputs).next, Next::Pause { .. }));
}
