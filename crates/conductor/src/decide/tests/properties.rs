//! What must always hold (CONDUCTOR §7), over tracks drawn from a seed.
mod drawn;

use super::super::*;
use super::world::*;
use crate::condition::Condition;
use crate::facts::ByName;
use crate::reading::{Fact, Why};
use drawn::{Dice, some};

/// How many tracks it takes to meet what is strange; most properties need fewer.
const RUNS: u64 = 20_000;

fn each(runs: u64, property: impl Fn(&mut Dice, Inputs)) {
    for seed in 1..=runs {
        let mut dice = Dice::new(seed);
        let inputs = some(&mut dice);
        let caught =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| property(&mut dice, inputs)));
        if let Err(cause) = caught {
            eprintln!("seed {seed}");
            std::panic::resume_unwind(cause);
        }
    }
}

/// The facts on which a plain condition rests, as far as they can be too old.
fn is_fresh(condition: &Condition, rule: &Rule, inputs: &Inputs) -> bool {
    let (facts, age) = (&inputs.facts, Span::minutes(i64::from(rule.max_age_minutes)));
    let now = inputs.now;
    let named = |of: &ByName, name: &str| {
        of.told.get(name).is_some_and(|it| it.iter().any(|fact| fact.fresh(age, now).is_ok()))
    };
    match condition {
        Condition::TestsPassed { .. } => {
            facts.tests.fresh(age, now).is_ok() && facts.branch.fresh(age, now).is_ok()
        }
        Condition::BuildContainsLatest { .. } => {
            facts.builds.fresh(age, now).is_ok() && facts.branch.fresh(age, now).is_ok()
        }
        Condition::BuildVerified | Condition::BuildUploaded => facts.builds.fresh(age, now).is_ok(),
        Condition::BlockingBugs { .. } => facts.bugs.fresh(age, now).is_ok(),
        Condition::Quality { .. } => facts.health.fresh(age, now).is_ok(),
        Condition::Soaked { .. } | Condition::Store { .. } | Condition::LineClear { .. } => {
            facts.store.fresh(age, now).is_ok()
        }
        Condition::All { of } => of.iter().all(|it| is_fresh(it, rule, inputs)),
        Condition::Any { of } => of.iter().any(|it| is_fresh(it, rule, inputs)),
        Condition::Not { of } => is_fresh(of, rule, inputs),
        Condition::SignedOff { .. }
        | Condition::Window { .. }
        | Condition::Checklist { .. }
        | Condition::Approved { .. } => true,
        Condition::Metric { name, .. } => named(&facts.metrics, name),
        Condition::Reading { name, .. } => named(&facts.named, name),
        Condition::Flag { name, .. } => named(&facts.flags, name),
        Condition::Compliance { checks } => {
            let all: Vec<&String> = facts.checks.told.keys().collect();
            let asked = if checks.is_empty() { all } else { checks.iter().collect() };
            !asked.is_empty() && asked.into_iter().any(|it| named(&facts.checks, it))
        }
        Condition::StoreReady { .. } => facts.readiness.fresh(age, now).is_ok(),
        Condition::Backmerged { .. } => facts.backmerge.fresh(age, now).is_ok(),
    }
}

#[test]
fn no_track_is_too_strange_to_decide_and_every_decision_can_be_lived_with() {
    let fired = std::cell::Cell::new((0_u32, 0_u32, 0_u32));
    each(RUNS, |_, inputs| {
        let decision = decide(&inputs);
        sane(&inputs, &decision);
        assert_eq!(decision, decide(&inputs));
        let (fires, pauses, renews) = fired.get();
        fired.set((
            fires + u32::from(matches!(decision.next, Next::Fire { .. })),
            pauses + u32::from(matches!(decision.next, Next::Pause { .. })),
            renews + u32::from(!decision.renewal.is_empty()),
        ));
        let again = Inputs { before: decision.remember(&inputs), ..inputs };
        sane(&again, &decide(&again));
    });
    // The properties say nothing if nothing ever moves.
    let (fires, pauses, renews) = fired.get();
    assert!(fires > 1_000 && pauses > 20 && renews > 5, "{fires} {pauses} {renews}");
}

#[test]
fn nothing_moves_on_a_reading_that_is_expired_from_the_future_or_missing() {
    each(RUNS / 3, |_, inputs| {
        let decision = decide(&inputs);
        let rules = |found: &[Finding], waived: bool| {
            let ids: Vec<String> = found
                .iter()
                .filter(|it| it.waived.is_none() || waived)
                .map(|it| it.id.clone())
                .collect();
            let stages = inputs.process.stages.iter();
            let all = stages.flat_map(|it| {
                let leave = it.leave.iter().flat_map(|it| &it.conditions);
                leave.chain(it.guards.iter().map(|it| &it.rule))
            });
            all.filter(|it| ids.contains(&it.id)).cloned().collect::<Vec<_>>()
        };
        match &decision.next {
            Next::Fire { action, .. } => {
                let rests_on = if decision.renewal.is_empty() {
                    &decision.findings
                } else {
                    &decision.renewal
                };
                for rule in rules(rests_on, false) {
                    assert!(
                        is_fresh(&rule.condition, &rule, &inputs),
                        "{} of {:?}",
                        rule.id,
                        decision.next
                    );
                }
                if !action.is_internal() {
                    let store = inputs.facts.store.fresh(Span::hours(1), inputs.now);
                    assert!(store.is_ok_and(|it| it.value.phase.is_some()));
                }
            }
            Next::Pause { .. } => {
                let fell: Vec<Finding> = decision
                    .guards
                    .iter()
                    .filter(|it| it.effective() == Verdict::Unmet)
                    .cloned()
                    .collect();
                for rule in rules(&fell, false) {
                    assert!(is_fresh(&rule.condition, &rule, &inputs), "{}", rule.id);
                }
            }
            Next::Wait | Next::Rest => {}
        }
    });
}

#[test]
fn a_decision_is_the_same_after_a_journey_as_json() {
    for seed in 1..=RUNS / 10 {
        let inputs = some(&mut Dice::new(seed));
        let text = serde_json::to_string(&inputs).unwrap();
        // Absurd moments lie beyond what RFC 3339 can write.
        let Ok(back) = serde_json::from_str::<Inputs>(&text) else {
            assert!(text.contains(" ms\""), "seed {seed}: {text}");
            continue;
        };
        assert_eq!(back, inputs, "seed {seed}");
        let decision = decide(&inputs);
        assert_eq!(decide(&back), decision, "seed {seed}");
        let text = serde_json::to_string(&decision).unwrap();
        if !text.contains(" ms\"") {
            assert_eq!(serde_json::from_str::<Decision>(&text).unwrap(), decision, "seed {seed}");
        }
    }
}

#[test]
fn order_does_not_matter() {
    each(RUNS / 3, |dice, inputs| {
        let decision = decide(&inputs);
        let mut other = inputs.clone();
        dice.shuffle(&mut other.facts.line);
        if let Fact::Known(it) = &mut other.facts.health {
            dice.shuffle(&mut it.value);
        }
        // The last word of a team counts, so words of one team keep their order.
        other.people.sign_offs.sort_by(|a, b| b.team.cmp(&a.team));
        dice.shuffle(&mut other.people.attempts);
        assert_eq!(decide(&other), decision);
    });
}

#[test]
fn good_news_never_stops_a_train_that_moves() {
    each(RUNS / 3, |dice, inputs| {
        let decision = decide(&inputs);
        let Next::Fire { .. } = decision.next else { return };
        if !decision.renewal.is_empty() || inputs.now != now() {
            return;
        }
        let stage = decision.stage.as_ref().unwrap().as_str();
        let good = at_stage(stage).facts;
        let mut better = inputs.clone();
        match dice.below(6) {
            0 => better.facts.bugs = good.bugs,
            1 => better.facts.tests = good.tests,
            2 => better.facts.health = good.health,
            3 => better.facts.line = good.line,
            4 => better.facts.windows = good.windows,
            _ => better.people.waivers.push(waiver("candidate-bugs", None)),
        }
        // A condition that asks for the opposite, or for another build's sessions, takes good news for bad.
        let turned = |rule: &Rule| {
            matches!(
                rule.condition,
                Condition::Not { .. }
                    | Condition::All { .. }
                    | Condition::Any { .. }
                    | Condition::Quality { .. }
                    | Condition::TestsPassed { .. }
                    | Condition::Window { .. }
            )
        };
        let stages = inputs.process.stages.iter();
        let plain = default_process();
        let changed =
            stages.filter_map(|it| it.leave.as_ref()).flat_map(|it| &it.conditions).any(|rule| {
                turned(rule)
                    && !plain
                        .stages
                        .iter()
                        .any(|it| it.leave.as_ref().is_some_and(|it| it.conditions.contains(rule)))
            });
        if changed || decision.build.as_deref() != Some("4127") {
            return;
        }
        assert_eq!(decide(&better).next, decision.next);
    });
}

/// Whether a condition rests on what a spoilt fact told.
fn needs(condition: &Condition, fact: u64) -> bool {
    match condition {
        Condition::BlockingBugs { .. } => fact == 0,
        Condition::TestsPassed { .. } => fact == 1,
        Condition::Quality { .. } => fact == 2,
        Condition::Metric { .. } => fact == 3,
        Condition::Reading { .. } => fact == 4,
        Condition::Flag { .. } => fact == 5,
        Condition::Compliance { .. } => fact == 6,
        Condition::StoreReady { .. } => fact == 7,
        Condition::Backmerged { .. } => fact == 8,
        Condition::All { of } | Condition::Any { of } => of.iter().any(|it| needs(it, fact)),
        Condition::Not { of } => needs(of, fact),
        Condition::BuildContainsLatest { .. }
        | Condition::BuildVerified
        | Condition::BuildUploaded
        | Condition::SignedOff { .. }
        | Condition::Soaked { .. }
        | Condition::Store { .. }
        | Condition::Window { .. }
        | Condition::LineClear { .. }
        | Condition::Checklist { .. }
        | Condition::Approved { .. } => false,
    }
}

#[test]
fn a_fault_of_a_source_changes_only_what_needs_it() {
    let changed = std::cell::Cell::new(0_u32);
    each(RUNS / 3, |dice, inputs| {
        let mut broken = inputs.clone();
        let facts = &mut broken.facts;
        let silent = |names: &mut ByName| {
            names.rest = Some((Why::NotReadYet, None));
            names.told.values_mut().flatten().for_each(|it| *it = fault("broken"));
        };
        let spoilt = dice.below(9);
        match spoilt {
            0 => facts.bugs = fault("broken"),
            1 => facts.tests = fault("broken"),
            2 => facts.health = fault("broken"),
            3 => silent(&mut facts.metrics),
            4 => silent(&mut facts.named),
            5 => silent(&mut facts.flags),
            6 => silent(&mut facts.checks),
            7 => facts.readiness = fault("broken"),
            _ => facts.backmerge = fault("broken"),
        }
        let (was, is) = (decide(&inputs), decide(&broken));
        assert_eq!((&was.stage, was.standing), (&is.stage, is.standing));
        let all = |it: &Decision| -> Vec<Finding> {
            it.findings.iter().chain(&it.guards).cloned().collect()
        };
        let rules = inputs.process.rules();
        for (a, b) in all(&was).into_iter().zip(all(&is)) {
            assert_eq!(a.id, b.id);
            let rule = rules.iter().find(|it| it.rule.id == a.id).unwrap();
            if a == b {
                continue;
            }
            changed.set(changed.get() + 1);
            assert!(needs(&rule.rule.condition, spoilt), "{} changed with {spoilt}", a.id);
        }
    });
    assert!(changed.get() > 500, "{}", changed.get());
}
