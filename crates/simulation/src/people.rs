//! People: they look at the board now and then and do their part. They sign off, say yes, mend what crashes, and do
//! in the console what the conductor leaves to them.

use crate::dice::Dice;
use crate::sim::Shared;
use crate::world::{Came, Happening, TEAMS, World};
use conductor::intent::IntentState;
use conductor::journal::{Actor, Draft, EntryKind};
use conductor::observation::StorePhase;
use conductor::people::{Answer, Attempt, Hold, SignOff};
use conductor::process::Action;
use conductor::{Interventions, Moment, Person, Span, StoreKind, TrackId, Version};
use ports::Wish;

/// Somebody looks, and does what is to be done, mostly.
pub(crate) fn look(shared: &Shared) {
    let everyone = shared.world().everyone();
    let healed = shared.world().healed_at.is_some();
    for (line, version) in everyone {
        let lazy = !healed && shared.world().dice.chance(300);
        if !lazy {
            care(shared, line, &version, healed);
        }
    }
}

fn care(shared: &Shared, line: usize, version: &Version, healed: bool) {
    let Some(track) = track(&shared.world(), line, version) else { return };
    let laid = shared.memory().laid.get(&track).cloned().unwrap_or_default();
    sign_off(shared, &track, &laid);
    if laid.hold().is_some() && (healed || shared.world().dice.chance(500)) {
        wish(shared, &track, Wish::Release);
    }
    if let Some(open) = &laid.open_intent
        && open.state == IntentState::Proposed
    {
        let answer = if !healed && shared.world().dice.chance(40) {
            IntentState::Refused { by: person() }
        } else {
            IntentState::Confirmed
        };
        wish(shared, &track, Wish::Answer(open.key.clone(), answer));
    }
    if let Some(open) = &laid.open_intent
        && matches!(open.state, IntentState::Uncertain { .. })
        && !conductor::intent::is_idempotent(open.key.action)
        && shared.time.now() - open.changed_at > Span::hours(1)
        && nothing_happened(shared, line, version, open.key.action)
    {
        let why = "they looked in the console".to_owned();
        wish(shared, &track, Wish::Answer(open.key.clone(), IntentState::Lapsed { why }));
    }
    let mut world = shared.world();
    let Some(train) = world.train(line, version).cloned() else { return };
    let build = laid.candidate().and_then(|mark| mark.build.parse().ok()).or(train.good_build());
    let crashes = |(sessions, crashed): (u64, u64)| sessions > 1_500 && crashed * 100 > sessions;
    if !train.is_out() && train.builds.iter().rev().take(2).any(|it| crashes(it.beta)) {
        // Its testers tell of crashes: somebody mends them.
        if train.crash_ppm.0 > 10_000 {
            let version = version.clone();
            world.later(Span::default(), Happening::Commits { line, version, mends: true });
        }
    }
    match train.phase() {
        StorePhase::Halted if laid.cancelled.is_none() => {
            let bad = train.crash_ppm.1 > 10_000;
            if bad {
                drop(world);
                let end = Hold { by: person(), at: shared.time.now(), reason: "it crashes".into() };
                wish(shared, &track, Wish::Cancel(end));
                hotfix(shared, line, version);
            } else {
                by_hand(&mut world, line, version, Action::ResumeRollout, build);
            }
        }
        StorePhase::Rejected => {
            by_hand(&mut world, line, version, Action::SubmitForReview, build);
        }
        StorePhase::NeedsPerson => {
            let build = train.stand().map_or(0, |it| it.build);
            world.published_by_hand(line, version, build);
        }
        StorePhase::RollingOut if train.crash_ppm.1 > 10_000 && refused_to_pause(&laid) => {
            by_hand(&mut world, line, version, Action::PauseRollout, build);
        }
        _ => {
            if let Some(action) = left_to_people(
                &laid,
                train.phase(),
                store(&world, line),
                train.stand().map(|it| it.build),
            ) {
                by_hand(&mut world, line, version, action, build);
            }
        }
    }
}

/// What the conductor will not do by itself any more: what failed, what it is not certain of and may not send twice,
/// what somebody undid, what a person refused.
fn left_to_people(
    laid: &Interventions,
    phase: StorePhase,
    store: Option<StoreKind>,
    build: Option<u32>,
) -> Option<Action> {
    if laid.cancelled.is_some() || laid.hold().is_some() {
        return None;
    }
    let due = match (phase, store?) {
        (StorePhase::Absent | StorePhase::Draft, StoreKind::Download) => Action::Publish,
        (StorePhase::Absent | StorePhase::Draft, _) => Action::SubmitForReview,
        (StorePhase::Approved, StoreKind::AppStore) => Action::StartRollout,
        (StorePhase::RollingOut, _) => Action::CompleteRollout,
        _ => return None,
    };
    // What the store has may be another build than the candidate.
    let tried = |it: &&Attempt| {
        it.action == due && laid.candidates.iter().any(|mark| mark.build == it.build)
            || build.is_some_and(|build| it.build == build.to_string())
    };
    let ours = laid.attempts.iter().filter(|it| it.action == due).filter(tried);
    let stuck = ours.map(|it| it.state.as_str()).any(is_stuck);
    stuck.then_some(due)
}

/// What a person sees who looks in the console for the effect of an action that is not to be sent twice.
fn nothing_happened(shared: &Shared, line: usize, version: &Version, action: Action) -> bool {
    let phase = shared.world().train(line, version).map(crate::world::Train::phase);
    match action {
        Action::SubmitForReview => {
            matches!(phase, Some(StorePhase::Absent | StorePhase::Draft))
        }
        Action::StartRollout => phase == Some(StorePhase::Approved),
        _ => false,
    }
}

/// Whether the store refused to pause it: that is called out, and a person does it.
fn refused_to_pause(laid: &Interventions) -> bool {
    laid.attempts.iter().any(|it| it.action == Action::PauseRollout && it.state == "failed")
}

fn is_stuck(state: &str) -> bool {
    matches!(state, "failed" | "done" | "refused")
}

fn sign_off(shared: &Shared, track: &TrackId, laid: &Interventions) {
    let Some(mark) = laid.candidate() else { return };
    for team in TEAMS {
        let said = laid.sign_offs.iter().rfind(|it| it.team == team);
        if said.is_some_and(|it| it.build == mark.build) {
            continue;
        }
        let sign_off = SignOff {
            team: team.to_owned(),
            answer: Answer::Given,
            build: mark.build.clone(),
            by: person(),
            at: shared.time.now(),
            comment: String::new(),
        };
        wish(shared, track, Wish::SignOff(sign_off));
    }
}

/// A release that crashes is mended by a version of its own, now and then.
fn hotfix(shared: &Shared, line: usize, version: &Version) {
    let mut world = shared.world();
    let mut numbers = version.numbers().to_vec();
    numbers.resize(3, 0);
    let Some(last) = numbers.last_mut() else { return };
    *last += 1;
    let text: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    let Ok(next) = Version::parse(&text.join(".")) else { return };
    if world.dice.chance(500) && world.train(line, &next).is_none() {
        world.cut(line, &next);
    }
}

fn by_hand(world: &mut World, line: usize, version: &Version, action: Action, build: Option<u32>) {
    if world.carry_out(line, version, action, build) == Came::Changed {
        world.count("person did their part in a console");
    }
}

/// A person holds a train.
pub(crate) fn hold(shared: &Shared, line: usize, version: &Version) {
    let Some(track) = track(&shared.world(), line, version) else { return };
    let hold = Hold { by: person(), at: shared.time.now(), reason: "not yet".into() };
    shared.world().count("person held a train");
    wish(shared, &track, Wish::Hold(hold));
}

/// A person holds a train at the very moment at which something is written of it.
pub(crate) fn hold_now(memory: &mut crate::memory::Memory, track: &TrackId, now: Moment) {
    let hold = Wish::Hold(Hold { by: person(), at: now, reason: "not now".into() });
    let draft = entry(track, &hold, now);
    drop(memory.wish(track, hold, draft, now));
}

fn wish(shared: &Shared, track: &TrackId, wish: Wish) {
    let now = shared.time.now();
    let draft = entry(track, &wish, now);
    // What cannot be recorded is said again at the next look.
    drop(shared.memory().wish(track, wish, draft, now));
}

fn entry(track: &TrackId, wish: &Wish, at: Moment) -> Draft {
    let kind = match wish {
        Wish::SignOff(_) => EntryKind::SignOff,
        Wish::Candidate(_) => EntryKind::CandidateMarked,
        Wish::Answer(..) => EntryKind::Intent,
        _ => EntryKind::Intervention,
    };
    Draft {
        at,
        actor: Actor::Person { name: person().name },
        track: Some(track.clone()),
        kind,
        text: "said so".into(),
        why: String::new(),
        data: serde_json::Value::Null,
    }
}

fn track(world: &World, line: usize, version: &Version) -> Option<TrackId> {
    let platform = world.lines.get(line)?.platform.clone();
    Some(TrackId { app: crate::world::app(), platform, version: version.clone() })
}

fn store(world: &World, line: usize) -> Option<StoreKind> {
    world.lines.get(line).map(|it| it.store)
}

fn person() -> Person {
    Person::new("Noor")
}

/// When people look again.
pub(crate) fn next_look(dice: &mut Dice) -> Span {
    dice.hours(2, 10)
}
