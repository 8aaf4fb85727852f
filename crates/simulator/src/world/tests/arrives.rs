//! A plain robot in Signalbox's place: it submits what people are done with, raises, pauses what is bad, and waits for
//! everything else. With it every version arrives or is overtaken, whatever reviews, regressions and people do.
use serde_json::{Value, json};

use super::{SAFE, START};
use crate::plan::{DAY, HOUR};
use crate::platform::Platform;
use crate::spec::Spec;
use crate::world::apple::{PhasedState, SubmissionState, VersionState};
use crate::world::github::ReleaseWish;
use crate::world::play::{Lifecycle, PRODUCTION, PlayRelease, Status};
use crate::world::sessions::Environment;
use crate::world::{LineAt, World};

/// The newest release that people are done with and that is not out, with its newest build.
fn target(world: &World, line: LineAt) -> Option<(usize, String, u32)> {
    let plan = world.line(line)?;
    let now = world.now();
    let newest_out = (0..plan.releases.len())
        .filter(|index| world.complete.contains_key(&(line, *index)))
        .max()?;
    let ready = |index: &usize| {
        plan.releases[*index].done_at <= now && *index > newest_out && !plan.is_past(*index)
    };
    let index = (0..plan.releases.len()).filter(ready).max()?;
    let build =
        plan.builds.iter().rfind(|build| build.release == index && build.at + HOUR <= now)?;
    Some((index, plan.releases[index].version.clone(), build.number))
}

fn is_bad(world: &World, line: LineAt, build: u32) -> bool {
    let sessions =
        world.sessions(line, build, Environment::Production, world.now() - 8 * HOUR, world.now());
    sessions.total() > 1_500 && sessions.crashed * 100 > sessions.total()
}

fn android(world: &mut World, line: LineAt, version: &str, build: u32) -> bool {
    let package = world.spec().apps[line.app].package.clone();
    let list = world.play_releases(&package, PRODUCTION).unwrap();
    if list.iter().any(|one| {
        matches!(one.lifecycle, Lifecycle::InReview | Lifecycle::NotApproved | Lifecycle::NotSent)
    }) {
        return false;
    }
    let index = world.build(line, build).unwrap().release;
    let of = |code: &u32| world.build(line, *code).is_some_and(|one| one.release == index);
    let ours = list.iter().find(|one| one.codes.iter().any(of)).cloned();
    let whole = |one: &&PlayRelease| one.status == Status::Completed;
    let others: Vec<Value> = list.iter().filter(whole).map(PlayRelease::wire).collect();
    let code = ours.as_ref().map_or(build, |one| one.codes[0]);
    let mut halts = false;
    let body = match ours {
        None => {
            json!({"name": version, "versionCodes": [code.to_string()], "status": "inProgress", "userFraction": 0.01})
        }
        Some(one) if one.status == Status::Halted => return false,
        Some(one) if is_bad(world, line, code) => {
            halts = true;
            json!({"versionCodes": [code.to_string()], "status": "halted", "userFraction": one.fraction})
        }
        Some(one) => match one.fraction.unwrap_or(1.0) {
            part if part < 0.1 => {
                json!({"versionCodes": [code.to_string()], "status": "inProgress", "userFraction": 0.1})
            }
            part if part < 0.5 => {
                json!({"versionCodes": [code.to_string()], "status": "inProgress", "userFraction": 0.5})
            }
            _ => json!({"versionCodes": [code.to_string()], "status": "completed"}),
        },
    };
    let mut releases = vec![body.clone()];
    if body["status"] != "completed" {
        releases.extend(others);
    }
    let (edit, _) = world.play_open_edit(&package).unwrap();
    world.play_update_track(&package, &edit, PRODUCTION, &releases).unwrap();
    world.play_commit(&package, &edit, SAFE).unwrap();
    halts
}

fn ios(world: &mut World, line: LineAt, version: &str, build: u32) -> bool {
    let apple = world.apple(line.app).unwrap();
    let is_busy = apple.submissions.iter().any(|one| one.state != SubmissionState::Complete);
    let ours = apple.versions.iter().find(|one| one.version == version).unwrap().clone();
    match ours.state {
        VersionState::PrepareForSubmission if !is_busy => {
            world.apple_attach(line.app, &ours.id, Some(build)).unwrap();
            let submission = world.apple_open_submission(line.app).unwrap().id;
            world.apple_add_item(line.app, &submission, &ours.id).unwrap();
            world.apple_submit(line.app, &submission).unwrap();
        }
        VersionState::PendingDeveloperRelease => {
            world.apple_request_release(line.app, &ours.id).unwrap();
        }
        VersionState::ReadyForDistribution => {
            let phased = ours.phased.unwrap();
            if phased.state == PhasedState::Active && is_bad(world, line, ours.build.unwrap()) {
                world.apple_change_phased(line.app, &phased.id, PhasedState::Paused).unwrap();
                return true;
            }
        }
        _ => {}
    }
    false
}

fn desktop(world: &mut World, line: LineAt, version: &str, build: u32) {
    let sha = world.build(line, build).unwrap().sha.clone();
    let wish = ReleaseWish {
        tag: Some(format!("desktop/{version}")),
        target: Some(sha),
        ..ReleaseWish::default()
    };
    world.github_make_release(line.app, wish).unwrap();
}

#[test]
fn every_version_arrives_or_is_overtaken() {
    let (mut stops, mut out) = (0, 0);
    for seed in 0..3 {
        let mut world = World::new(Spec::demo(seed, START).unwrap());
        let end = START + 150 * DAY;
        while world.now() < end {
            let next = world.now() + 6 * HOUR;
            world.advance_to(next);
            for line in
                (0..3).flat_map(|app| Platform::ALL.map(|platform| LineAt { app, platform }))
            {
                let Some((_, version, build)) = target(&world, line) else { continue };
                stops += usize::from(match line.platform {
                    Platform::Android => android(&mut world, line, &version, build),
                    Platform::Ios => ios(&mut world, line, &version, build),
                    Platform::Desktop => {
                        desktop(&mut world, line, &version, build);
                        false
                    }
                });
            }
        }
        for line in (0..3).flat_map(|app| Platform::ALL.map(|platform| LineAt { app, platform })) {
            let plan = world.line(line).unwrap();
            let arrived: Vec<usize> = (0..plan.releases.len())
                .filter(|at| world.complete.contains_key(&(line, *at)))
                .collect();
            out += arrived.iter().filter(|at| !plan.is_past(**at)).count();
            for (index, release) in
                plan.releases.iter().enumerate().filter(|(_, one)| one.done_at < end - 30 * DAY)
            {
                let overtaken = arrived.iter().any(|at| *at > index);
                let what = format!(
                    "seed {seed}: {line:?} {} done {} days ago",
                    release.version,
                    (end - release.done_at) / DAY
                );
                assert!(arrived.contains(&index) || overtaken || plan.is_past(index), "{what}");
            }
        }
    }
    assert!(out > 100, "{out} versions came out");
    assert!(stops > 2, "{stops} rollouts were stopped for quality");
}
