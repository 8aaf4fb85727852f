//! What is laid out keeps the histories' order and weekdays, and stands where the spec says.
use super::{AppPlan, DAY, HOUR};
use crate::spec::{Opening, Spec};

/// Monday, 9 March 2026, 08:00 UTC.
const START: i64 = 1_773_043_200_000;

fn demo(seed: u64) -> (Spec, Vec<AppPlan>) {
    let spec = Spec::demo(seed, START).unwrap();
    let plans = spec.apps.iter().map(|app| AppPlan::new(&spec, app)).collect();
    (spec, plans)
}

#[test]
fn histories_are_moved_by_whole_weeks() {
    for plan in demo(1).1 {
        assert!(plan.lines.iter().all(|line| line.shift_ms % (7 * DAY) == 0));
    }
}

#[test]
fn lines_stand_where_they_were_wanted_and_have_a_year_ahead() {
    for seed in 0..6 {
        let (spec, plans) = demo(seed);
        let mut as_wanted = 0;
        for (app, plan) in spec.apps.iter().zip(&plans) {
            for (wanted, line) in app.lines.iter().zip(&plan.lines) {
                let what = format!("seed {seed}, {} {}", app.id, line.platform);
                let flying = || {
                    line.releases
                        .iter()
                        .filter(|one| one.branched_at <= START && one.done_at > START)
                };
                let last = line.releases.last().unwrap();
                assert!(
                    last.branched_at > START + 290 * DAY,
                    "{what}: ends {}",
                    (last.branched_at - START) / DAY
                );
                assert!(line.releases[line.live].done_at <= START, "{what}");
                as_wanted += usize::from(match wanted.opening {
                    Opening::JustBranched => flying().any(|one| START - one.branched_at <= 2 * DAY),
                    Opening::Candidates => {
                        flying().any(|one| one.candidates.iter().any(|c| c.at <= START))
                    }
                    Opening::NearlyDone => flying().any(|one| one.done_at - START < 3 * DAY),
                    Opening::Upcoming | Opening::RollingOut => flying().count() == 0,
                });
            }
        }
        assert!(as_wanted >= 7, "seed {seed}: {as_wanted} of 9");
    }
}

#[test]
fn a_release_is_branched_then_tried_then_done() {
    for plan in demo(3).1 {
        for line in &plan.lines {
            for release in &line.releases {
                let first = plan.commits[&release.commits[0]].clone();
                assert!(first.at >= release.branched_at);
                assert_eq!(first.parent.as_deref(), Some(release.base.as_str()));
                assert!(
                    release.candidates.windows(2).all(|pair| pair[0].at <= pair[1].at),
                    "{}",
                    release.version
                );
                assert!(
                    release.done_at >= release.last_candidate_at() + 2 * HOUR,
                    "{}",
                    release.version
                );
                for candidate in &release.candidates {
                    let build =
                        line.builds.iter().find(|build| build.sha == candidate.sha).unwrap();
                    assert!(build.at <= candidate.at);
                }
            }
        }
    }
}

#[test]
fn build_numbers_rise_with_time() {
    for plan in demo(3).1 {
        for line in &plan.lines {
            assert!(
                line.builds
                    .windows(2)
                    .all(|pair| pair[0].number < pair[1].number && pair[0].at <= pair[1].at)
            );
        }
    }
}

#[test]
fn history_time_maps_as_told() {
    let text = crate::history::embedded("pocket-casts-android").unwrap();
    let history = crate::history::History::parse(text).unwrap();
    let spec = Spec::from_history(history.clone(), 5, START);
    let plan = AppPlan::new(&spec, &spec.apps[0]);
    let line = &plan.lines[0];
    for laid in &line.releases {
        let real = history.releases.iter().find(|real| real.version == laid.version).unwrap();
        assert_eq!(laid.branched_at, real.branched_at + line.shift_ms);
        if laid.candidates.len() == real.candidates.len() && !real.candidates.is_empty() {
            assert!(
                laid.done_at - (real.released_at.unwrap() + line.shift_ms) < DAY,
                "{}",
                laid.version
            );
        }
    }
}

#[test]
fn blocking_bugs_are_gone_when_people_are_done() {
    let (_, plans) = demo(2);
    let blocking: Vec<_> =
        plans.iter().flat_map(|plan| &plan.bugs).filter(|bug| bug.blocks).collect();
    assert!(blocking.len() > 40, "{}", blocking.len());
    for plan in &plans {
        for line in &plan.lines {
            for release in &line.releases {
                let name = format!("{} {}", line.platform.label(), release.version);
                let late = plan.bugs.iter().find(|bug| {
                    bug.blocks
                        && bug.fix_version.as_ref() == Some(&name)
                        && bug.done_at > release.done_at
                });
                assert!(late.is_none(), "{late:?}");
            }
        }
    }
    assert!(blocking.iter().all(|bug| bug.created_at < bug.done_at));
}

#[test]
fn the_same_seed_lays_the_same_plan() {
    let text = |seed| format!("{:?}", demo(seed).1);
    assert!(text(4) == text(4));
    assert!(text(4) != text(5));
}
