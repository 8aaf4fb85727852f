//! The world moves by its own rules, and the same way however its time is cut.
use serde_json::json;

use super::apple::{PhasedState, SubmissionState, VersionState};
use super::github::{CheckState, ReleaseWish};
use super::play::{CommitOptions, Lifecycle, PRODUCTION, PlayError};
use super::sessions::Environment;
use super::{LineAt, World};
use crate::plan::{DAY, HOUR, MINUTE};
use crate::platform::Platform;
use crate::spec::Spec;

mod arrives;

/// Monday, 9 March 2026, 08:00 UTC.
const START: i64 = 1_773_043_200_000;
const SAFE: CommitOptions = CommitOptions { error_if_in_review: true, not_sent_for_review: false };

fn calm() -> World {
    let mut spec = Spec::demo(1, START).unwrap();
    spec.calm = true;
    World::new(spec)
}

fn line(platform: Platform) -> LineAt {
    LineAt { app: 0, platform }
}

/// Advances until the next release that is not out has its last candidate; its version and newest build.
fn ripe(world: &mut World, platform: Platform) -> (String, u32) {
    let plan = world.line(line(platform)).unwrap().clone();
    let (index, release) = plan
        .releases
        .iter()
        .enumerate()
        .find(|(index, one)| !plan.is_past(*index) && !one.hotfix)
        .unwrap();
    let at = release.done_at.max(START) + HOUR;
    world.advance_to(at);
    let build =
        plan.builds.iter().rfind(|build| build.release == index && build.at + HOUR <= at).unwrap();
    (release.version.clone(), build.number)
}

fn put(
    world: &mut World,
    releases: &serde_json::Value,
    options: CommitOptions,
) -> Result<(), PlayError> {
    let package = world.spec().apps[0].package.clone();
    let (id, _) = world.play_open_edit(&package)?;
    world.play_update_track(&package, &id, PRODUCTION, releases.as_array().unwrap())?;
    world.play_commit(&package, &id, options)
}

#[test]
fn time_cut_in_other_steps_gives_the_same_world() {
    let mut leap = World::new(Spec::demo(7, START).unwrap());
    let mut steps = World::new(Spec::demo(7, START).unwrap());
    let until = START + 40 * DAY;
    leap.advance_to(until);
    let mut now = START;
    while now < until {
        now += 7 * HOUR + 13 * MINUTE;
        steps.advance_to(now.min(until));
        let _asked_meanwhile = steps.branches(1).len() + steps.github_releases(2).len();
    }
    assert_eq!(format!("{leap:?}"), format!("{steps:?}"));
}

#[test]
fn another_seed_gives_another_world_with_the_same_rhythm() {
    let (one, other) =
        (World::new(Spec::demo(1, START).unwrap()), World::new(Spec::demo(2, START).unwrap()));
    assert_ne!(format!("{:?}", one.plans), format!("{:?}", other.plans));
}

#[test]
fn the_live_version_has_all_the_traffic_at_the_start() {
    let mut world = calm();
    world.advance_to(START + HOUR);
    for app in 0..3 {
        for platform in Platform::ALL {
            let at = LineAt { app, platform };
            let builds = world.builds_in_use(at, Environment::Production, START, START + HOUR);
            assert!(!builds.is_empty() && builds.len() <= 2, "{at:?}: {builds:?}");
            let all: u64 = builds
                .iter()
                .map(|build| {
                    world.sessions(at, *build, Environment::Production, START - DAY, START).total()
                })
                .sum();
            assert!(all > 40_000, "{at:?}: {all}");
        }
    }
}

#[test]
fn sessions_of_neighbouring_spans_add_up() {
    let mut world = calm();
    world.advance_to(START + DAY);
    let at = line(Platform::Android);
    let build = world.builds_in_use(at, Environment::Production, START, START + DAY)[0];
    let span = |from: i64, until: i64| {
        world.sessions(at, build, Environment::Production, from, until).total()
    };
    let whole = span(START - 10 * HOUR, START + 11 * HOUR);
    let cut = START - 3 * HOUR + 17 * MINUTE;
    let parts = span(START - 10 * HOUR, cut) + span(cut, START + 11 * HOUR);
    assert!(whole.abs_diff(parts) <= 4, "{whole} {parts}");
}

#[test]
fn crash_free_is_where_healthy_apps_are() {
    let mut world = calm();
    world.advance_to(START + DAY);
    for platform in Platform::ALL {
        let at = line(platform);
        for build in world.builds_in_use(at, Environment::Production, START - 5 * DAY, START) {
            let sessions =
                world.sessions(at, build, Environment::Production, START - 5 * DAY, START);
            let free = 1.0 - sessions.crashed as f64 / sessions.total() as f64;
            assert!((0.997..0.9999).contains(&free), "{free}");
        }
    }
}

#[test]
fn a_new_release_on_play_waits_for_review_and_then_serves_its_fraction() {
    let mut world = calm();
    let package = world.spec().apps[0].package.clone();
    let (version, code) = ripe(&mut world, Platform::Android);
    let old = world.play_releases(&package, PRODUCTION).unwrap()[0].clone();
    let wanted = json!([{"name": version, "versionCodes": [code.to_string()], "status": "inProgress", "userFraction": 0.01}, old.wire()]);
    put(&mut world, &wanted, SAFE).unwrap();
    let now = world.play_releases(&package, PRODUCTION).unwrap();
    assert_eq!((now[0].lifecycle, now[0].fraction), (Lifecycle::InReview, Some(0.01)));
    assert_eq!(put(&mut world, &wanted, SAFE), Err(PlayError::InReview));
    let committed = world.now();
    world.advance_to(committed + 9 * HOUR);
    let now = world.play_releases(&package, PRODUCTION).unwrap();
    assert_eq!((now[0].lifecycle, now[0].reached), (Lifecycle::Published, 0.01));
    let shares = world.shares[&line(Platform::Android)].last().unwrap().clone();
    assert!(shares.builds.contains(&(code, 0.01)), "{shares:?}");
    // Completing removes the older release, and everybody has the new one at once.
    put(
        &mut world,
        &json!([{"versionCodes": [code.to_string()], "status": "completed"}, old.wire()]),
        SAFE,
    )
    .expect_err("two completed releases on one track are refused");
    put(&mut world, &json!([{"versionCodes": [code.to_string()], "status": "completed"}]), SAFE)
        .unwrap();
    assert_eq!(world.play_releases(&package, PRODUCTION).unwrap().len(), 1);
    assert_eq!(world.shares[&line(Platform::Android)].last().unwrap().builds, [(code, 1.0)]);
}

#[test]
fn an_edit_dies_when_another_is_opened() {
    let mut world = calm();
    let package = world.spec().apps[0].package.clone();
    let (first, _) = world.play_open_edit(&package).unwrap();
    let (second, _) = world.play_open_edit(&package).unwrap();
    assert_eq!(world.play_edit(&package, &first), Err(PlayError::EditDeleted));
    world.play_commit(&package, &second, SAFE).unwrap();
    assert_eq!(world.play_commit(&package, &second, SAFE), Err(PlayError::EditCommitted));
}

#[test]
fn play_refuses_the_bodies_that_play_refuses() {
    let mut world = calm();
    let (_, code) = ripe(&mut world, Platform::Android);
    for body in [
        json!({"status": "completed", "userFraction": 0.01}),
        json!({"status": "inProgress", "userFraction": 1.0}),
        json!({"status": "inProgress"}),
        json!({"status": "inProgress", "userFraction": 0}),
        json!({"status": "paused"}),
        json!({}),
    ] {
        let mut body = body;
        body["versionCodes"] = json!([code.to_string()]);
        assert!(
            matches!(put(&mut world, &json!([body]), SAFE), Err(PlayError::Invalid(_))),
            "{body}"
        );
    }
    let unknown = json!([{"versionCodes": ["3"], "status": "completed"}]);
    assert!(matches!(put(&mut world, &unknown, SAFE), Err(PlayError::Invalid(_))));
}

#[test]
fn a_halt_keeps_those_who_have_it_and_serves_nobody_else() {
    let mut world = calm();
    let package = world.spec().apps[0].package.clone();
    let (_, code) = ripe(&mut world, Platform::Android);
    let old = world.play_releases(&package, PRODUCTION).unwrap()[0].wire();
    let at = |status: &str, part: f64| json!([{"versionCodes": [code.to_string()], "status": status, "userFraction": part}, old]);
    put(&mut world, &at("inProgress", 0.1), SAFE).unwrap();
    let now = world.now();
    world.advance_to(now + 9 * HOUR);
    put(&mut world, &at("halted", 0.1), SAFE).unwrap();
    assert!(world.shares[&line(Platform::Android)].last().unwrap().builds.contains(&(code, 0.1)));
    put(&mut world, &at("inProgress", 0.2), SAFE).unwrap();
    assert!(world.shares[&line(Platform::Android)].last().unwrap().builds.contains(&(code, 0.2)));
}

#[test]
fn an_apple_version_goes_from_draft_to_everybody() {
    let mut world = calm();
    let (version, number) = ripe(&mut world, Platform::Ios);
    let found =
        world.apple(0).unwrap().versions.iter().find(|one| one.version == version).unwrap().clone();
    assert_eq!(found.state, VersionState::PrepareForSubmission);
    assert_eq!(found.phased.as_ref().unwrap().state, PhasedState::Inactive);
    world.apple_attach(0, &found.id, Some(number)).unwrap();
    let submission = world.apple_open_submission(0).unwrap();
    assert!(world.apple_open_submission(0).is_err(), "one open submission at a time");
    world.apple_add_item(0, &submission.id, &found.id).unwrap();
    world.apple_submit(0, &submission.id).unwrap();
    assert!(world.apple_request_release(0, &found.id).is_err(), "not approved yet");
    assert!(
        world.apple_attach(0, &found.id, None).is_err(),
        "a build cannot be exchanged after submission"
    );
    let sent = world.now();
    world.advance_to(sent + 27 * HOUR);
    let apple = world.apple(0).unwrap();
    assert_eq!(apple.version(&found.id).unwrap().state, VersionState::PendingDeveloperRelease);
    assert_eq!(apple.submissions.last().unwrap().state, SubmissionState::Complete);
    world.apple_request_release(0, &found.id).unwrap();
    let asked = world.now();
    world.advance_to(asked + 2 * HOUR);
    let phased = world.apple(0).unwrap().version(&found.id).unwrap().phased.clone().unwrap();
    assert_eq!((phased.state, phased.day), (PhasedState::Active, 1));
    let others = world
        .apple(0)
        .unwrap()
        .versions
        .iter()
        .filter(|one| one.state == VersionState::ReadyForDistribution);
    assert_eq!(others.count(), 1, "the older version was replaced");
    world.advance_to(asked + 2 * HOUR + 2 * DAY);
    world.apple_change_phased(0, &phased.id, PhasedState::Paused).unwrap();
    let paused = world.now();
    world.advance_to(paused + 3 * DAY);
    assert_eq!(world.apple(0).unwrap().version(&found.id).unwrap().phased.as_ref().unwrap().day, 3);
    world.apple_change_phased(0, &phased.id, PhasedState::Active).unwrap();
    world.advance_to(paused + 9 * DAY);
    assert_eq!(
        world.apple(0).unwrap().version(&found.id).unwrap().phased.as_ref().unwrap().state,
        PhasedState::Complete
    );
    assert_eq!(world.shares[&line(Platform::Ios)].last().unwrap().builds, [(number, 1.0)]);
}

#[test]
fn a_cancelled_submission_takes_its_seconds() {
    let mut world = calm();
    let (version, _) = ripe(&mut world, Platform::Ios);
    let id = world
        .apple(0)
        .unwrap()
        .versions
        .iter()
        .find(|one| one.version == version)
        .unwrap()
        .id
        .clone();
    let submission = world.apple_open_submission(0).unwrap().id;
    world.apple_add_item(0, &submission, &id).unwrap();
    world.apple_submit(0, &submission).unwrap();
    world.apple_cancel(0, &submission).unwrap();
    let now = world.now();
    let state = |world: &World| {
        (
            world.apple(0).unwrap().submissions.last().unwrap().state,
            world.apple(0).unwrap().version(&id).unwrap().state,
        )
    };
    assert_eq!(state(&world), (SubmissionState::WaitingForReview, VersionState::WaitingForReview));
    world.advance_to(now + 3_000);
    assert_eq!(state(&world).0, SubmissionState::Canceling);
    world.advance_to(now + 16_000);
    assert_eq!(state(&world), (SubmissionState::Complete, VersionState::DeveloperRejected));
    world.advance_to(now + 3 * DAY);
    assert_eq!(
        state(&world).1,
        VersionState::DeveloperRejected,
        "the review that was planned never comes"
    );
}

#[test]
fn reviews_end_for_every_seed_and_refusals_are_answered() {
    let mut refused = 0;
    for seed in 0..30 {
        let mut world = World::new(Spec::demo(seed, START).unwrap());
        let (version, _) = ripe(&mut world, Platform::Ios);
        let id = world
            .apple(0)
            .unwrap()
            .versions
            .iter()
            .find(|one| one.version == version)
            .unwrap()
            .id
            .clone();
        let submission = world.apple_open_submission(0).unwrap().id;
        world.apple_add_item(0, &submission, &id).unwrap();
        world.apple_submit(0, &submission).unwrap();
        let sent = world.now();
        for hour in 1..72 {
            world.advance_to(sent + hour * HOUR);
            if world.apple(0).unwrap().version(&id).unwrap().state == VersionState::Rejected {
                refused += 1;
                break;
            }
        }
        world.advance_to(sent + 4 * DAY);
        assert_eq!(
            world.apple(0).unwrap().version(&id).unwrap().state,
            VersionState::PendingDeveloperRelease,
            "seed {seed}"
        );
    }
    assert!((1..12).contains(&refused), "{refused}");
}

#[test]
fn publishing_a_desktop_build_ships_it() {
    let mut world = calm();
    let (version, number) = ripe(&mut world, Platform::Desktop);
    let tag = format!("desktop/{version}+{number}");
    let build = world.github_releases(0).into_iter().find(|one| one.tag == tag).unwrap();
    assert!(build.is_prerelease);
    let wish = ReleaseWish {
        prerelease: Some(false),
        tag: Some(format!("desktop/{version}")),
        ..ReleaseWish::default()
    };
    world.github_change_release(0, build.id, wish).unwrap();
    assert_eq!(world.shares[&line(Platform::Desktop)].last().unwrap().builds, [(number, 1.0)]);
}

#[test]
fn every_team_signs_between_the_last_candidate_and_the_day_people_are_done() {
    let world = World::new(Spec::demo(5, START).unwrap());
    let mut refused = 0;
    for app in &world.spec().apps {
        for plan in &world.plans[world.find_app(|one| one.id == app.id).unwrap()].lines {
            for release in &plan.releases {
                for team in &app.teams {
                    let ask = |now| {
                        world.would_sign(&app.id, plan.platform, &release.version, &team.id, now)
                    };
                    assert_eq!(ask(release.last_candidate_at()), None);
                    let last = ask(release.done_at).unwrap();
                    assert!(
                        !last.refused
                            && last.at_ms <= release.done_at
                            && last.at_ms > release.last_candidate_at()
                    );
                    let middle = ask(last.at_ms - 1);
                    refused += usize::from(middle.is_some_and(|one| one.refused));
                }
            }
        }
    }
    assert!(refused > 5, "{refused}");
    assert_eq!(world.would_sign("larkcast", Platform::Android, "0.0", "playback", i64::MAX), None);
}

#[test]
fn a_bad_version_that_is_paused_is_mended_and_resumed() {
    let mut spec = Spec::demo(1, START).unwrap();
    spec.calm = true;
    let mut world = World::new(spec);
    let (_, code) = ripe(&mut world, Platform::Android);
    let at = line(Platform::Android);
    let release = world.build(at, code).unwrap().release;
    world.plans[0].lines[0].releases[release].regression = true;
    let package = world.spec().apps[0].package.clone();
    let old = world.play_releases(&package, PRODUCTION).unwrap()[0].wire();
    let wanted = |status: &str| json!([{"versionCodes": [code.to_string()], "status": status, "userFraction": 0.2}, old]);
    put(&mut world, &wanted("inProgress"), SAFE).unwrap();
    let sent = world.now();
    world.advance_to(sent + 34 * HOUR);
    let free = |world: &World, from: i64, until: i64| {
        let sessions = world.sessions(at, code, Environment::Production, from, until);
        1.0 - sessions.crashed as f64 / sessions.total() as f64
    };
    assert!(free(&world, sent + 10 * HOUR, sent + 34 * HOUR) < 0.99);
    put(&mut world, &wanted("halted"), SAFE).unwrap();
    world.advance_to(sent + 34 * HOUR + 34 * HOUR);
    let now = world.play_releases(&package, PRODUCTION).unwrap();
    assert_eq!((now[0].status.word(), now[0].fraction), ("inProgress", Some(0.2)));
    assert!(free(&world, sent + 42 * HOUR, sent + 68 * HOUR) > 0.995);
}

#[test]
fn checks_run_and_end_green() {
    let mut world = World::new(Spec::demo(3, START).unwrap());
    let mut failed = 0;
    world.advance_to(START + 60 * DAY);
    for app in 0..3 {
        for (_, head) in world.branches(app) {
            let checks = world.checks(app, &head);
            assert!(checks.len() >= world.spec().apps[app].suites.len());
            failed += checks.iter().filter(|check| check.state == CheckState::Failed).count();
            for check in checks.iter().filter(|check| check.state == CheckState::Failed) {
                let again = checks
                    .iter()
                    .find(|other| other.name == check.name && other.attempt == 2)
                    .unwrap();
                assert_eq!(again.state, CheckState::Passed);
            }
        }
    }
    assert!(failed > 0);
}
