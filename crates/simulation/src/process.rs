//! A process of Signalbox in the simulation: the real engine with sources, stores and vendors of the world, from its
//! start to its crash.

use crate::calendar;
use crate::checks;
use crate::life::Life;
use crate::memory::Connection;
use crate::sim::Shared;
use crate::sources::{Duty, Source};
use crate::vendor::Vendor;
use crate::world::{TEAMS, app};
use conductor::finding::Verdict;
use conductor::observation::{ObservationKind, Share};
use conductor::process::{Action, Mode, Process as Rules};
use conductor::{App, LineSpec, Person, Span, StoreKind, Team};
use engine::{Engine, Parts, Published, Settings};
use ports::{Acts, Clock, Reads, Store, StoreError};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// From one tick to the next.
pub(crate) const TICK: Span = Span::minutes(5);

/// One process.
pub(crate) struct Process {
    /// Whether it lives, and its clock.
    pub life: Arc<Life>,
    settings: Settings,
    shared: Arc<Shared>,
    engine: OnceLock<Arc<Engine>>,
    seen: AtomicU64,
    /// Whether the last turn showed anything new.
    pub moved: AtomicBool,
}

impl Process {
    /// A process that has not done anything yet.
    pub(crate) fn new(life: Arc<Life>, settings: Settings, shared: Arc<Shared>) -> Self {
        let settings = Settings { holder: life.name.clone(), ..settings };
        Self {
            life,
            settings,
            shared,
            engine: OnceLock::new(),
            seen: AtomicU64::new(0),
            moved: AtomicBool::new(true),
        }
    }

    /// A tick and all that it sets going, and the ticks for which that wakes the engine. The first turn starts it.
    pub(crate) async fn turn(self: Arc<Self>) {
        self.life.gate().await;
        let engine = match self.engine.get() {
            Some(engine) => Arc::clone(engine),
            None => match self.start().await {
                Ok(engine) => Arc::clone(self.engine.get_or_init(|| engine)),
                // A process that cannot read its database ends, and is started again.
                Err(_) => return self.life.die(),
            },
        };
        for _ in 0..MOST_ROUNDS {
            engine.tick().await;
            engine.settle().await;
            let soon = tokio::time::Instant::now() + Duration::from_millis(30);
            if !engine.due(soon).await {
                break;
            }
        }
        let published = engine.published().borrow().clone();
        let seen = fingerprint(&published);
        let moved = self.seen.swap(seen, Ordering::Relaxed) != seen;
        self.moved.store(moved, Ordering::Relaxed);
        if moved {
            checks::at_tick(&mut self.shared.world(), &published);
        }
    }

    /// What the board says of a track.
    pub(crate) fn headline(&self, track: &conductor::TrackId) -> Option<String> {
        let published = self.engine.get()?.published().borrow().clone();
        let decision = &published.tracks.get(track)?.decision;
        Some(decision.headline.text.clone())
    }

    async fn start(&self) -> Result<Arc<Engine>, StoreError> {
        let (shared, life) = (&self.shared, &self.life);
        let lines: Vec<StoreKind> = shared.world().lines.iter().map(|it| it.store).collect();
        let reads = duties(&lines).into_iter().map(|duty| {
            Arc::new(Source::new(duty, Arc::clone(shared), Arc::clone(life))) as Arc<dyn Reads>
        });
        let vendor = |line| {
            let name = checks::shop(line);
            Vendor::new(name, line, Arc::clone(shared), Arc::clone(life))
        };
        let acts = (0..lines.len()).filter_map(vendor).map(|it| Arc::new(it) as Arc<dyn Acts>);
        let store = Connection::new(Arc::clone(shared), Arc::clone(life));
        let parts = Parts {
            reads: reads.collect(),
            acts: acts.collect(),
            store: Arc::new(store) as Arc<dyn Store>,
            clock: Arc::clone(life) as Arc<dyn Clock>,
        };
        let engine = Engine::new(self.settings.clone(), parts).await?;
        match shared.weakness {
            Some(crate::Weakness::LookAgain) => engine.weaken(engine::Weakness::NoSecondLook),
            Some(crate::Weakness::UnknownStops) => engine.weaken(engine::Weakness::UnknownPasses),
            _ => {}
        }
        Ok(engine)
    }
}

/// How often an engine wakes itself in one turn: what takes longer waits for the next tick.
const MOST_ROUNDS: usize = 8;

/// What can be seen of a board, as a number.
fn fingerprint(published: &Published) -> u64 {
    let mut hash = DefaultHasher::new();
    let verdicts = |hash: &mut DefaultHasher, all: &[conductor::Finding]| {
        for it in all {
            let verdict = match it.verdict {
                Verdict::Met => 0_u8,
                Verdict::Unmet => 1,
                Verdict::Unknown => 2,
            };
            verdict.hash(hash);
        }
    };
    for (track, decided) in &published.tracks {
        track.hash(&mut hash);
        let decision = &decided.decision;
        decision.stage.as_ref().map(conductor::process::StageId::as_str).hash(&mut hash);
        decision.standing.hash(&mut hash);
        std::mem::discriminant(&decision.next).hash(&mut hash);
        decision.build.hash(&mut hash);
        verdicts(&mut hash, &decision.findings);
        verdicts(&mut hash, &decision.guards);
        let open = decided.inputs.people.open_intent.as_ref();
        open.map(|it| (it.key.action.as_str(), it.key.attempt, it.state.as_str())).hash(&mut hash);
    }
    published.board.notices.len().hash(&mut hash);
    published.board.conductor.on_duty.hash(&mut hash);
    hash.finish()
}

/// What each source tells.
fn duties(lines: &[StoreKind]) -> Vec<Duty> {
    use ObservationKind::{Branches, Bugs, Builds, Health, Store, Tests};
    let every = |kinds: &[ObservationKind]| -> Vec<_> {
        (0..lines.len()).flat_map(|at| kinds.iter().map(move |kind| (Some(at), *kind))).collect()
    };
    let apps: Vec<_> = lines
        .iter()
        .enumerate()
        .filter(|(_, store)| **store != StoreKind::Download)
        .map(|(at, _)| (Some(at), Health))
        .collect();
    let mut duties = vec![
        Duty {
            name: "git",
            owes: every(&[Branches, Tests, Builds]),
            cadence: Span::minutes(5),
            stamps: false,
        },
        Duty {
            name: "tracker",
            owes: vec![(None, Bugs)],
            cadence: Span::minutes(10),
            stamps: false,
        },
        Duty { name: "crashes", owes: apps, cadence: Span::minutes(15), stamps: true },
    ];
    for at in 0..lines.len() {
        duties.push(Duty {
            name: checks::shop(at),
            owes: vec![(Some(at), Store)],
            cadence: Span::minutes(5),
            stamps: false,
        });
    }
    duties
}

/// The settings of a run: the shipped processes. For each action `asks` says whether it waits for a person's yes.
pub(crate) fn settings(
    shared: &Shared,
    mut asks: impl FnMut() -> bool,
) -> Result<Settings, toml::de::Error> {
    let mut default: Rules =
        toml::from_str(include_str!("../../conductor/processes/default.toml"))?;
    let download: Rules = toml::from_str(include_str!("../../conductor/processes/download.toml"))?;
    for leave in default.stages.iter_mut().filter_map(|it| it.leave.as_mut()) {
        if leave.action != Action::MarkCandidate && asks() {
            leave.mode = Mode::Ask;
        }
    }
    let lines = shared
        .world()
        .lines
        .iter()
        .map(|line| LineSpec {
            platform: line.platform.clone(),
            process: match line.store {
                StoreKind::Download => "download".into(),
                StoreKind::GooglePlay | StoreKind::AppStore => "default".into(),
            },
            hotfix_process: None,
            store: line.store,
        })
        .collect();
    let team = |id: &str| Team {
        id: id.into(),
        name: id.into(),
        people: Vec::new(),
        areas: vec![id.into()],
    };
    Ok(Settings {
        apps: vec![App {
            id: app(),
            name: "Music".into(),
            owner: Some(Person::new("Olga")),
            roles: BTreeMap::new(),
            teams: TEAMS.iter().map(|id| team(id)).collect(),
            lines,
        }],
        processes: [("default".to_owned(), default), ("download".to_owned(), download)].into(),
        windows: BTreeMap::from([("release".to_owned(), calendar::window())]),
        tick: TICK,
        read_deadline: Duration::from_secs(3),
        first_share: Share(10_000),
        holder: String::new(),
        acts: true,
        first_revision: 0,
    })
}
