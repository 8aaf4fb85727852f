//! After a person's resume: what was known is not held against it again, and what is truly new is.
use super::super::*;
use super::world::*;
use crate::condition::{Condition, Confidence};
use crate::facts::Previous;
use crate::observation::{Audience, Health, InStore, Phased, PhasedState, Share};
use crate::process::AtPhase;
use crate::reading::Fact;
use StorePhase as P;

/// A rollout that is looked at every five minutes.
struct Rollout {
    inputs: Inputs,
    minute: i64,
}

impl Rollout {
    fn new() -> Self {
        Self { inputs: at_stage("rollout"), minute: 0 }
    }

    /// The next look: what the store says, and how many sessions were counted in all, of them crashed.
    #[track_caller]
    fn look(&mut self, phase: StorePhase, counted: Option<(u64, u64)>) -> String {
        self.minute += 5;
        let minutes = -self.minute;
        self.inputs.now = now() + Span::minutes(self.minute);
        self.inputs.facts.store = read("play", minutes, in_store(phase, Some(Share(10_000))));
        self.inputs.facts.bugs = match self.inputs.facts.bugs.clone() {
            Fact::Known(reading) => read("jira", minutes, reading.value),
            unknown @ Fact::Unknown { .. } => unknown,
        };
        if let Some((all, crashed)) = counted {
            self.inputs.facts.health =
                read("sentry", minutes, vec![sessions(Audience::Production, all, crashed)]);
        }
        let decision = decide(&self.inputs);
        sane(&self.inputs, &decision);
        self.inputs.before = decision.remember(&self.inputs);
        let red = decision.guards.iter().find(|it| it.id == "rollout-red-line");
        let verdict = red.map_or("no guard".to_owned(), |it| format!("{:?}", it.verdict));
        let next = told(&decision);
        let next = next.split(" → ").nth(1).and_then(|it| it.split(':').next()).unwrap_or_default();
        format!("{next}, red line {}", verdict.to_lowercase())
    }

    /// Bad from the beginning, paused by the red line, and resumed by a person.
    #[track_caller]
    fn paused_and_resumed() -> Self {
        let mut it = Self::new();
        assert_eq!(it.look(P::RollingOut, Some((20_000, 800))), "pause, red line unmet");
        assert_eq!(it.look(P::Halted, Some((20_100, 804))), "rest, red line unmet");
        assert_eq!(it.look(P::RollingOut, Some((20_200, 808))), "wait, red line unknown");
        it
    }
}

#[test]
fn what_was_known_at_a_resume_is_not_held_against_it_again() {
    let mut it = Rollout::paused_and_resumed();
    // The old crashes are in every reading to come, and the rate of all of them is past the red line for long.
    for n in 1..40 {
        let next = it.look(P::RollingOut, Some((20_200 + n * 100, 808)));
        assert!(next.starts_with("wait"), "{n}: {next}");
    }
    assert_eq!(it.look(P::RollingOut, Some((24_300, 808))), "wait, red line met");
    let guard = decide(&it.inputs).guards.remove(0);
    assert_eq!(guard.value, "100.00 %");
    assert_eq!(guard.detail, "4\u{202f}100 sessions since it was resumed, 500 needed");
}

#[test]
fn truly_new_bad_data_pause_again_and_each_resume_begins_anew() {
    let mut it = Rollout::paused_and_resumed();
    assert_eq!(it.look(P::RollingOut, Some((20_260, 811))), "wait, red line unknown");
    assert_eq!(it.look(P::RollingOut, Some((21_200, 858))), "pause, red line unmet");
    assert_eq!(it.look(P::Halted, Some((21_300, 862))), "rest, red line unmet");
    assert_eq!(it.look(P::RollingOut, Some((21_300, 862))), "wait, red line unknown");
    assert_eq!(it.look(P::RollingOut, Some((21_400, 863))), "wait, red line unknown");
    assert_eq!(it.look(P::RollingOut, Some((22_400, 910))), "pause, red line unmet");
}

#[test]
fn a_reading_of_the_time_before_the_resume_is_no_news() {
    let mut it = Rollout::new();
    assert_eq!(it.look(P::RollingOut, Some((20_000, 800))), "pause, red line unmet");
    assert_eq!(it.look(P::Halted, None), "rest, red line unmet");
    assert_eq!(it.look(P::RollingOut, None), "wait, red line unknown");
    // The first reading after it holds the pause as well: from its end on it is counted.
    assert_eq!(it.look(P::RollingOut, Some((30_000, 1_200))), "wait, red line unknown");
    assert_eq!(it.look(P::RollingOut, Some((31_000, 1_240))), "pause, red line unmet");
}

#[test]
fn a_source_that_counts_no_more_what_it_counted_is_judged_by_all_that_it_tells() {
    let mut it = Rollout::paused_and_resumed();
    assert_eq!(it.look(P::RollingOut, Some((9_000, 360))), "pause, red line unmet");
    let mut well = Rollout::paused_and_resumed();
    let fires = "fire complete_rollout (auto), red line met";
    assert_eq!(well.look(P::RollingOut, Some((9_000, 4))), fires);
    // And it stays so when the count comes to what it was.
    assert_eq!(well.look(P::RollingOut, Some((30_000, 1_200))), "pause, red line unmet");
}

#[test]
fn a_point_value_needs_its_readings_after_the_resume() {
    let mut it = Rollout::new();
    let guard = &mut it.inputs.process.stages[3].guards[0];
    (guard.unmet, guard.of_last) = (2, 3);
    let Condition::Quality { confidence, minimum_sample, .. } = &mut guard.rule.condition else {
        panic!("no quality")
    };
    (*confidence, *minimum_sample) = (Confidence::Point, 50);
    assert_eq!(it.look(P::RollingOut, Some((600, 60))), "wait, red line unmet");
    assert_eq!(it.look(P::RollingOut, Some((700, 70))), "pause, red line unmet");
    assert_eq!(it.look(P::Halted, Some((800, 80))), "rest, red line unmet");
    assert_eq!(it.look(P::RollingOut, Some((900, 90))), "wait, red line unknown");
    assert_eq!(it.look(P::RollingOut, Some((1_000, 100))), "wait, red line unmet"); // One of one.
    assert_eq!(it.look(P::RollingOut, Some((1_100, 110))), "pause, red line unmet");
}

#[test]
fn a_guard_on_what_the_person_knew_falls_once_it_says_something_else() {
    let mut it = Rollout::new();
    let guard = &mut it.inputs.process.stages[3].guards[0];
    guard.rule.condition = Condition::BlockingBugs { at_most: 0 };
    let open = |it: &mut Rollout, list: &[&str]| {
        it.inputs.facts.bugs = read("jira", 0, bugs(list.iter().map(|key| bug(key)).collect()));
    };
    open(&mut it, &["MUS-1"]);
    assert_eq!(it.look(P::RollingOut, None), "pause, red line unmet");
    assert_eq!(it.look(P::Halted, None), "rest, red line unmet");
    for _ in 0..3 {
        // It is told, it lets nothing advance, and it pauses nothing.
        assert_eq!(it.look(P::RollingOut, None), "wait, red line unmet");
    }
    open(&mut it, &["MUS-2"]);
    assert_eq!(it.look(P::RollingOut, None), "pause, red line unmet");
    open(&mut it, &["MUS-1"]);
    let mut mended = it;
    assert_eq!(mended.look(P::Halted, None), "rest, red line unmet");
    assert_eq!(mended.look(P::RollingOut, None), "wait, red line unmet");
    open(&mut mended, &[]);
    assert_eq!(mended.look(P::RollingOut, None), "fire complete_rollout (auto), red line met");
    open(&mut mended, &["MUS-1"]); // Opened again: that is news.
    assert_eq!(mended.look(P::RollingOut, None), "pause, red line unmet");
}

#[test]
fn against_the_version_before_only_what_both_had_since_the_resume_counts() {
    let mut it = Rollout::new();
    it.inputs.process.stages[3].guards[0].rule.condition = Condition::Quality {
        metric: crate::condition::Metric::CrashFree,
        audience: Audience::Production,
        at_least_ppm: 0,
        versus_previous: Some(crate::condition::Versus {
            tolerance_ppm: 3_000,
            at_same_age: false,
        }),
        minimum_sample: 500,
        confidence: Confidence::Sequence,
    };
    let theirs = |it: &mut Rollout, all: u64, crashed: u64| {
        let row = Health {
            version: version("9.1.23"),
            build: Some("4100".to_owned()),
            ..sessions(Audience::Production, all, crashed)
        };
        it.inputs.facts.previous = Some(Previous {
            version: version("9.1.23"),
            health: read("sentry", -it.minute - 5, vec![row]),
            at_same_age: Vec::new(),
        });
    };
    theirs(&mut it, 100_000, 200);
    assert_eq!(it.look(P::RollingOut, Some((20_000, 800))), "pause, red line unmet");
    theirs(&mut it, 101_000, 202);
    assert_eq!(it.look(P::Halted, Some((20_100, 804))), "rest, red line unmet");
    theirs(&mut it, 102_000, 204);
    assert_eq!(it.look(P::RollingOut, Some((20_200, 808))), "wait, red line unknown");
    // Both suffer from now on: ours is no worse than the one before.
    theirs(&mut it, 302_000, 1_204);
    assert_eq!(it.look(P::RollingOut, Some((60_200, 1_008))), "wait, red line met");
    theirs(&mut it, 402_000, 1_404);
    assert_eq!(it.look(P::RollingOut, Some((80_200, 3_008))), "pause, red line unmet");
}

#[test]
fn what_did_not_hold_at_a_resume_stops_no_later_step_of_the_store() {
    let mut inputs = on_app_store("rollout");
    inputs.process.stages[3].phases = AtPhase::PauseUntilMet;
    inputs.facts.bugs = read("jira", 1, bugs(vec![bug("MUS-1")]));
    let at_store = |inputs: &mut Inputs, phase, state, minutes: i64| {
        inputs.now = now() + Span::minutes(minutes);
        let phased =
            Phased { day: 1, state, started_at: Some(at("2026-03-09T14:00:00Z")), paused_days: 0 };
        let it = InStore { phased: Some(phased), ..in_store(phase, Some(Share(10_000))) };
        inputs.facts.store = read("store", -minutes, it);
        let Fact::Known(reading) = &mut inputs.facts.health else { panic!("no sessions") };
        reading.observed_at = inputs.now;
        let Fact::Known(reading) = &mut inputs.facts.bugs else { panic!("no bugs") };
        reading.observed_at = inputs.now;
        let decision = decide(inputs);
        inputs.before = decision.remember(inputs);
        decision.next
    };
    let active = |inputs: &mut Inputs, minutes| {
        at_store(inputs, P::RollingOut, PhasedState::Active, minutes)
    };
    assert!(matches!(active(&mut inputs, 65), Next::Pause { .. }));
    assert_eq!(at_store(&mut inputs, P::Halted, PhasedState::Paused, 70), Next::Rest);
    for minutes in [75, 80, 110] {
        assert_eq!(active(&mut inputs, minutes), Next::Wait);
    }
    // It held meanwhile, and does not any more: that the person did not know.
    inputs.facts.bugs = read("jira", 1, bugs(Vec::new()));
    assert!(!matches!(active(&mut inputs, 111), Next::Pause { .. }));
    inputs.facts.bugs = read("jira", 1, bugs(vec![bug("MUS-1")]));
    assert!(matches!(active(&mut inputs, 112), Next::Pause { .. }));
}

#[test]
fn a_clock_that_has_gone_back_does_not_put_the_resume_in_the_future() {
    let mut it = Rollout::paused_and_resumed();
    it.minute -= 60 * 24;
    assert_eq!(it.look(P::RollingOut, Some((20_200, 808))), "wait, red line unknown");
    assert_eq!(it.inputs.before.resumed.as_ref().unwrap().at, it.inputs.now);
}
