//! The crash table: a process dies before or after each durable step of each action, whatever the vendor makes of the
//! request. Another takes over, and what happened to the world is counted in the world.

use crate::dice::Dice;
use crate::faults::{Fates, Reply, Script, Side, Step};
use crate::life::{Life, Time};
use crate::memory::Memory;
use crate::process::{self, Process, TICK};
use crate::sim::Shared;
use crate::world::{Change, Happening, Line, Made, Stand, TEAMS, Train, World, app};
use conductor::intent::{Intent, IntentKey, IntentState, is_idempotent};
use conductor::journal::{Actor, Draft, EntryKind};
use conductor::observation::{Outcome, Sha, Share, StorePhase};
use conductor::people::{Answer, CandidateMark, SignOff};
use conductor::process::Action;
use conductor::{Moment, Person, Platform, Span, StoreKind, TrackId, Version};
use ports::Wish;
use std::sync::Arc;

/// One case of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crash {
    /// What was being done.
    pub action: Action,
    /// At which step the process dies.
    pub step: Step,
    /// Before or after that step.
    pub side: Side,
    /// What the vendor makes of the first request.
    pub reply: Reply,
}

/// What came of a case.
#[derive(Clone, Debug)]
pub struct Settled {
    /// Whether the process died: not every course has every step (where nothing was asked, nothing is answered).
    pub died: bool,
    /// How often the action took effect in the world.
    pub effects: usize,
    /// The states of the action's intents at the end, by attempt.
    pub states: Vec<String>,
    /// What is wrong with it.
    pub wrongs: Vec<String>,
}

/// What stores can be asked for.
const ACTIONS: [Action; 6] = [
    Action::SubmitForReview,
    Action::StartRollout,
    Action::CompleteRollout,
    Action::Publish,
    Action::PauseRollout,
    Action::ResumeRollout,
];

/// The whole table: eight steps, before and after, six actions, six replies.
pub fn crashes() -> Vec<Crash> {
    let mut all = Vec::new();
    for action in ACTIONS {
        for step in Step::DURABLE {
            for side in [Side::Before, Side::After] {
                all.extend(Reply::ALL.map(|reply| Crash { action, step, side, reply }));
            }
        }
    }
    all
}

/// A Monday at ten in Berlin: every window is open.
const MONDAY: Moment = Moment::from_millis(1_772_442_000_000);
/// Ticks at the usual pace: for three hours.
const TICKS: usize = 36;
/// Then one every two hours, for three days: a store may show late.
const LATE_TICKS: usize = 36;

/// Plays one case.
pub fn crash(case: Crash) -> Settled {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    match runtime.enable_time().start_paused(true).build() {
        Ok(runtime) => runtime.block_on(play(case)),
        Err(error) => {
            Settled { died: false, effects: 0, states: Vec::new(), wrongs: vec![error.to_string()] }
        }
    }
}

async fn play(case: Crash) -> Settled {
    let Crash { action, step, side, reply } = case;
    let time = Time::begin(MONDAY);
    let script = Script { step, side, reply, armed: true, requested: false };
    let dice = Dice::new(action as u64 * 31 + step as u64 * 7 + reply as u64);
    let mut world = World::new(time, dice, Fates::Script(script));
    world.lines.push(line(action, MONDAY));
    let shared = Arc::new(Shared::new(world, None));
    let mut wrongs = Vec::new();
    let (Ok(settings), Some(track)) = (process::settings(&shared, || false), track(action)) else {
        return Settled {
            died: false,
            effects: 0,
            states: Vec::new(),
            wrongs: vec!["the case cannot be set up".to_owned()],
        };
    };
    lay(&mut shared.memory(), action, &track);
    let mut lives = 0;
    let mut process: Option<Arc<Process>> = None;
    for nth in 0..TICKS + LATE_TICKS {
        while let Some(what) = { shared.world().due() } {
            // Only what the vendor owes; what becomes of the release afterwards is another story.
            if matches!(what, Happening::ShowsAgain(_)) {
                shared.world().happens(&what);
            }
        }
        let alive = process.take().filter(|it| it.life.is_alive());
        let now = alive.unwrap_or_else(|| {
            lives += 1;
            let life = Life::begin(lives, format!("p-{lives}"), time, Span::default());
            Arc::new(Process::new(Arc::new(life), settings.clone(), Arc::clone(&shared)))
        });
        let turn = tokio::spawn(Arc::clone(&now).turn());
        process = Some(now);
        let until_next = if nth < TICKS { TICK } else { Span::hours(2) };
        crate::life::pass(until_next).await;
        turn.abort();
    }
    let died = matches!(&shared.world().fates, Fates::Script(script) if !script.armed);
    let memory = shared.memory();
    let world = shared.world();
    let ours: Vec<&Intent> = memory.intents.values().filter(|it| it.key.action == action).collect();
    let of_ours = |key: &str| ours.iter().any(|it| it.key.to_string() == key);
    let effects = world.effects.iter().filter(|it| of_ours(&it.key)).count();
    let states: Vec<String> = ours.iter().map(|it| it.state.as_str().to_owned()).collect();
    if effects > 1 {
        wrongs.push(format!("it took effect {effects} times"));
    }
    for it in &ours {
        let waits_for_person =
            matches!(it.state, IntentState::Uncertain { .. }) && !is_idempotent(action);
        if it.state.is_open() && !waits_for_person {
            wrongs.push(format!("{} is {} for ever", it.key, it.state.as_str()));
        }
    }
    let done = states.iter().any(|it| it == "done");
    if done != (effects == 1) {
        wrongs.push(format!("it took effect {effects} times, and was told as {states:?}"));
    }
    wrongs.extend(memory.verify().err().map(|it| it.to_string()));
    wrongs.extend(memory.wrongs.iter().chain(&world.wrongs).cloned());
    Settled { died, effects, states, wrongs }
}

fn track(action: Action) -> Option<TrackId> {
    let platform = match action {
        Action::StartRollout => Platform::Ios,
        Action::Publish => Platform::Desktop,
        _ => Platform::Android,
    };
    Some(TrackId { app: app(), platform, version: Version::parse("1.1.0").ok()? })
}

/// The line with one train that is ready for the action.
fn line(action: Action, now: Moment) -> Line {
    let (platform, store) = match action {
        Action::StartRollout => (Platform::Ios, StoreKind::AppStore),
        Action::Publish => (Platform::Desktop, StoreKind::Download),
        _ => (Platform::Android, StoreKind::GooglePlay),
    };
    let (phase, served) = match action {
        Action::StartRollout => (Some(StorePhase::Approved), None),
        Action::CompleteRollout | Action::PauseRollout => {
            (Some(StorePhase::RollingOut), Some(Share(10_000)))
        }
        Action::ResumeRollout => (Some(StorePhase::Halted), Some(Share(10_000))),
        _ => (None, None),
    };
    let long_ago = now - Span::hours(30);
    let sha = "ab".repeat(16);
    let crashed = if action == Action::PauseRollout { 2_500 } else { 20 };
    let mut train = Train::cut(long_ago, sha.clone());
    train.commits = vec![Change { sha: sha.clone(), area: "player" }];
    (train.tests, train.untested_since) = (Outcome::Passed, None);
    train.builds.push(Made {
        number: 101,
        sha,
        verified: true,
        at: long_ago,
        stale_since: None,
        beta: (50_000, 20),
        public: if served.is_some() { (50_000, crashed) } else { (0, 0) },
    });
    train.stands.extend(phase.map(|phase| Stand { at: long_ago, phase, served, build: 101 }));
    let trains = Version::parse("1.1.0").into_iter().map(|it| (it, train.clone())).collect();
    let lag = Span::default();
    Line { platform, store, managed: false, trains, lag, next_build: 101 }
}

/// What people and the conductor said of it before.
fn lay(memory: &mut Memory, action: Action, track: &TrackId) {
    let by = Person::new("Noor");
    let at = MONDAY - Span::hours(29);
    let mut say = |wish: Wish| {
        let draft = Draft {
            at,
            actor: Actor::Person { name: by.name.clone() },
            track: Some(track.clone()),
            kind: EntryKind::Intervention,
            text: "said so".to_owned(),
            why: String::new(),
            data: serde_json::Value::Null,
        };
        drop(memory.wish(track, wish, draft, at));
    };
    say(Wish::Candidate(CandidateMark {
        build: "101".to_owned(),
        commit: Sha::new("ab".repeat(16)),
        at,
        by: None,
        changed_areas: None,
    }));
    for team in TEAMS {
        say(Wish::SignOff(SignOff {
            team: team.to_owned(),
            answer: Answer::Given,
            build: "101".to_owned(),
            by: by.clone(),
            at,
            comment: String::new(),
        }));
    }
    if action == Action::ResumeRollout {
        let key = IntentKey { track: track.clone(), action, build: "101".to_owned(), attempt: 1 };
        say(Wish::Order(Intent {
            key,
            state: IntentState::Confirmed,
            by: Some(by.clone()),
            reason: "it is well again".to_owned(),
            created_at: at,
            changed_at: at,
        }));
    }
}
