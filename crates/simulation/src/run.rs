//! One run: a world, its processes, and time that leaps from one thing to the next.

use crate::checks;
use crate::dice::Dice;
use crate::faults::{Fates, Kinds, Tally, Weakness};
use crate::life::{Life, Time};
use crate::memory::Memory;
use crate::people;
use crate::process::{self, Process, TICK};
use crate::sim::Shared;
use crate::world::{Happening, Line, Made, Stand, Train, World, app};
use conductor::observation::{Share, StorePhase};
use conductor::{Moment, Platform, Span, StoreKind, TrackId, Version};
use engine::Settings;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::task::JoinHandle;

/// What is to be run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// What everything is drawn from.
    pub seed: u64,
    /// How many days everything goes wrong, before it heals.
    pub days: i64,
    /// A guard that is taken away.
    pub weakness: Option<Weakness>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// How much time passed in the world.
    pub span: Span,
    /// Which faults were injected, and how often.
    pub faults: Tally,
    /// Requests of conductors that changed the world.
    pub effects: usize,
    /// Trains that were cut.
    pub trains: usize,
    /// Ticks of all processes.
    pub ticks: u64,
    /// Entries of the journal.
    pub entries: usize,
    /// What must never be and was.
    pub wrongs: Vec<String>,
    /// The journal, a line an entry, and what changed in the world.
    pub story: Vec<String>,
    /// The last hash of the journal: equal runs have equal ones.
    pub fingerprint: String,
}

/// After healing, this long at most until every train has arrived.
const PATIENCE: Span = Span::hours(24 * 45);
/// The world begins in the week of this Monday, or up to a year later.
const FIRST_DAY: Moment = Moment::from_millis(1_767_571_200_000);

/// Runs a plan to its end. The same plan gives the same report.
pub fn run(plan: &Plan) -> Report {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    match runtime.enable_time().start_paused(true).build() {
        Ok(runtime) => runtime.block_on(drive(plan)),
        Err(error) => Report {
            seed: plan.seed,
            span: Span::default(),
            faults: Tally::new(),
            effects: 0,
            trains: 0,
            ticks: 0,
            entries: 0,
            wrongs: vec![format!("the run did not start: {error}")],
            story: Vec::new(),
            fingerprint: String::new(),
        },
    }
}

/// Where a process runs, one after the other.
#[derive(Default)]
struct Place {
    process: Option<Arc<Process>>,
    turn: Option<JoinHandle<()>>,
    /// How far the clock of the machine goes ahead: a restart does not set it right.
    ahead: Span,
    /// When it ticks next; `None`: it has nothing to do.
    due_at: Option<Moment>,
    ticked_at: Moment,
    /// How many more ticks it takes if they show nothing new.
    rounds: u32,
}

struct Driver {
    shared: Arc<Shared>,
    settings: Settings,
    places: Vec<Place>,
    processes: usize,
    ticks: u64,
    stirred: bool,
    ended: bool,
}

async fn drive(plan: &Plan) -> Report {
    let mut dice = Dice::new(plan.seed);
    let start = FIRST_DAY + Span::hours(24 * dice.between(0, 364));
    let time = Time::begin(start);
    let kinds = Kinds::draw(&mut dice);
    let mut world = World::new(time, dice.clone(), Fates::Chance(kinds));
    populate(&mut world, plan, kinds);
    let shared = Arc::new(Shared::new(world, plan.weakness));
    let settings = process::settings(&shared, || dice.chance(200));
    let Ok(settings) = settings else {
        shared.world().wrong("the shipped processes cannot be read");
        return report(plan, &shared, start, 0);
    };
    let count = if dice.chance(400) { 2 } else { 1 };
    let mut driver = Driver {
        shared: Arc::clone(&shared),
        settings,
        places: (0..count).map(|_| Place::default()).collect(),
        processes: 0,
        ticks: 0,
        stirred: true,
        ended: false,
    };
    for place in 0..count {
        driver.start(place);
    }
    let ends_at = start + Span::hours(24 * plan.days) + PATIENCE;
    while !driver.ended && driver.shared.world().wrongs.is_empty() {
        let next = driver.step();
        if next > ends_at {
            driver.stuck();
            break;
        }
        time.until(next).await;
    }
    checks::at_end(&shared);
    report(plan, &shared, start, driver.ticks)
}

fn report(plan: &Plan, shared: &Shared, start: Moment, ticks: u64) -> Report {
    let memory = shared.memory();
    let world = shared.world();
    Report {
        seed: plan.seed,
        span: world.now() - start,
        faults: world.tally.clone(),
        effects: world.effects.len(),
        trains: world.lines.iter().map(|it| it.trains.len()).sum(),
        ticks,
        entries: memory.entries.len(),
        wrongs: world.wrongs.clone(),
        story: story(&memory, &world),
        fingerprint: memory.fingerprint().to_owned(),
    }
}

/// What was written and what was so, in the order of time.
fn story(memory: &Memory, world: &World) -> Vec<String> {
    let written = memory.entries.iter().map(|it| {
        let draft = &it.draft;
        let track = draft.track.as_ref().map_or_else(String::new, ToString::to_string);
        (draft.at, format!("{} {track}: {} ({})", draft.at, draft.text, draft.why))
    });
    let stood = world.lines.iter().flat_map(|line| {
        line.trains.iter().flat_map(move |(version, train)| {
            train.stands.iter().map(move |it| {
                let served = it.served.map_or_else(String::new, |it| format!(" to {it}"));
                let text = format!(
                    "{}   in truth {}/{version}: {:?}{served}, build {}",
                    it.at, line.platform, it.phase, it.build
                );
                (it.at, text)
            })
        })
    });
    let mut all: Vec<_> = written.chain(stood).collect();
    all.sort_by_key(|it| it.0);
    all.into_iter().map(|it| it.1).collect()
}

/// The lines of a seed, each with a version that has long been live, and what will go wrong.
fn populate(world: &mut World, plan: &Plan, kinds: Kinds) {
    let play = (Platform::Android, StoreKind::GooglePlay);
    let apple = (Platform::Ios, StoreKind::AppStore);
    let download = (Platform::Desktop, StoreKind::Download);
    let choice: Vec<_> = match world.dice.between(0, 4) {
        0 | 1 => vec![play],
        2 | 3 => vec![apple],
        _ => vec![play, download],
    };
    let long_ago = world.now() - Span::hours(24 * 30);
    for (at, (platform, store)) in choice.into_iter().enumerate() {
        let mut first = Train::cut(long_ago, "0".repeat(32));
        first.branched = false;
        first.crash_ppm = (800, 800);
        first.arrived_at = Some(long_ago);
        first.builds.push(Made {
            number: 100,
            sha: "0".repeat(32),
            verified: true,
            at: long_ago,
            stale_since: None,
            beta: (0, 0),
            public: (1_000_000, 900),
        });
        let share = Some(Share::ALL);
        first.stands.push(Stand {
            at: long_ago,
            phase: StorePhase::Complete,
            served: share,
            build: 100,
        });
        let trains: BTreeMap<_, _> =
            Version::parse("1.0.0").into_iter().map(|it| (it, first.clone())).collect();
        let managed = store == StoreKind::GooglePlay && world.dice.chance(200);
        let lag = Span::default();
        world.lines.push(Line { platform, store, managed, trains, lag, next_build: 100 });
        let after = world.dice.hours(0, 48);
        world.later(after, Happening::Branches { line: at, minor: 1 });
    }
    let heals = Span::hours(24 * plan.days);
    world.branches_until = world.now() + heals;
    world.later(heals, Happening::Heals);
    world.later(Span::hours(1), Happening::Figures);
    world.later(Span::hours(2), Happening::PeopleLook);
    world.later(Span::hours(4), Happening::Hours);
    if kinds.sources {
        world.later(Span::hours(3), Happening::SourceFails);
    }
    if kinds.vendor {
        let after = world.dice.hours(24, 300);
        world.later(after, Happening::ShowsLate(0));
    }
    if kinds.store {
        let after = world.dice.hours(5, 100);
        world.later(after, Happening::CopyLags);
    }
    if kinds.clocks {
        let after = world.dice.hours(5, 100);
        world.later(after, Happening::Leaps(0));
    }
}

impl Driver {
    /// All that is due happens; then every process that is due ticks. When to go on.
    fn step(&mut self) -> Moment {
        let now = self.shared.time.now();
        loop {
            let due = self.shared.world().due();
            let Some(what) = due else { break };
            self.happens(&what);
        }
        for at in 0..self.places.len() {
            self.attend(at, now);
        }
        self.stirred = false;
        let world = self.shared.world().next_at();
        let ticks = self.places.iter().filter_map(|it| it.due_at).min();
        let next = world.into_iter().chain(ticks).min();
        next.unwrap_or(now + TICK).max(now + Span::millis(1))
    }

    fn happens(&mut self, what: &Happening) {
        self.stirred = true;
        if *what == Happening::Figures {
            let mut world = self.shared.world();
            let healed = world.healed_at.is_some_and(|at| world.now() - at > Span::hours(12));
            checks::at_count(&mut world, healed);
        }
        if self.shared.world().happens(what) {
            if *what == Happening::Hours {
                self.ended = self.is_over();
                self.shared.world().later(Span::hours(6), Happening::Hours);
            }
            return;
        }
        match what {
            Happening::PeopleLook => {
                people::look(&self.shared);
                let mut world = self.shared.world();
                let next = people::next_look(&mut world.dice);
                world.later(next, Happening::PeopleLook);
            }
            Happening::Hold { line, version } => people::hold(&self.shared, *line, version),
            Happening::CopyLags => {
                let mut memory = self.shared.memory();
                memory.copy = Some(memory.laid.clone());
                drop(memory);
                let mut world = self.shared.world();
                world.count("store answered from a copy that lagged");
                let (up, next) = (world.dice.minutes(1, 30), world.dice.hours(10, 100));
                world.later(up, Happening::CopyCatchesUp);
                world.later(next, Happening::CopyLags);
            }
            Happening::CopyCatchesUp => self.shared.memory().copy = None,
            Happening::Starts(place) => self.start(*place),
            Happening::Leaps(place) => self.leaps(*place),
            Happening::Heals => self.heals(),
            _ => {}
        }
    }

    fn leaps(&mut self, place: usize) {
        let mut world = self.shared.world();
        let small = [Span::seconds(5), Span::seconds(-5), Span::minutes(-11), Span::minutes(11)];
        let large = [Span::hours(1), Span::hours(-1), Span::hours(24 * 365 * 12)];
        // Machines that work together are not that far apart.
        let by = if self.places.len() == 1 && world.dice.chance(400) {
            world.dice.pick(&large)
        } else {
            world.dice.pick(&small)
        };
        let right = world.dice.chance(400);
        let next = world.dice.hours(1, 60);
        let other = usize::try_from(world.dice.between(0, 1)).unwrap_or(0);
        world.later(next, Happening::Leaps(other));
        world.count("clock leapt");
        drop(world);
        let process = self.places.get(place).and_then(|it| it.process.as_ref());
        let Some(process) = process else { return };
        if right {
            process.life.set_right();
        } else {
            process.life.leap(by.unwrap_or_default());
        }
        let ahead = process.life.ahead();
        // Two machines apart: what one wrote down by its clock, the other reads by its own.
        if self.places.len() > 1 {
            let mut world = self.shared.world();
            world.apart = world.apart.max(Span::millis(ahead.as_millis().abs()));
        }
        if let Some(place) = self.places.get_mut(place) {
            place.ahead = ahead;
        }
    }

    fn heals(&mut self) {
        let mut memory = self.shared.memory();
        (memory.copy, memory.down) = (None, false);
        drop(memory);
        let mut world = self.shared.world();
        let now = world.now();
        world.fates = Fates::Good;
        world.healed_at = Some(now);
        world.manners.clear();
        for line in &mut world.lines {
            line.lag = Span::default();
        }
        world.agenda.retain(|_, what| {
            !matches!(
                what,
                Happening::SourceFails
                    | Happening::SourceMends(_)
                    | Happening::ShowsLate(_)
                    | Happening::CopyLags
                    | Happening::Leaps(_)
                    | Happening::Hold { .. }
                    | Happening::Console { .. }
                    | Happening::Rewritten { .. }
            )
        });
        for place in &mut self.places {
            place.ahead = Span::default();
            if let Some(process) = &place.process {
                process.life.set_right();
            }
        }
    }

    fn start(&mut self, place: usize) {
        self.processes += 1;
        let name = format!("{}-{}", if place == 0 { "a" } else { "b" }, self.processes);
        let ahead = self.places.get(place).map(|it| it.ahead).unwrap_or_default();
        let life = Life::begin(self.processes, name, self.shared.time, ahead);
        let process = Process::new(Arc::new(life), self.settings.clone(), Arc::clone(&self.shared));
        if let Some(place) = self.places.get_mut(place) {
            place.process = Some(Arc::new(process));
            place.due_at = Some(self.shared.time.now());
            place.rounds = 3;
        }
    }

    /// Looks after a place: a process that crashed is started again, one that is due ticks.
    fn attend(&mut self, at: usize, now: Moment) {
        let stirred = self.stirred;
        let Some(place) = self.places.get_mut(at) else { return };
        let Some(process) = place.process.clone() else { return };
        if !process.life.is_alive() {
            if let Some(turn) = place.turn.take() {
                turn.abort();
            }
            (place.process, place.due_at) = (None, None);
            let mut world = self.shared.world();
            let after = Span::seconds(world.dice.between(5, 3_000));
            world.later(after, Happening::Starts(at));
            return;
        }
        let ended = place.turn.as_ref().is_none_or(JoinHandle::is_finished);
        if ended && place.turn.take().is_some() {
            place.rounds = if process.moved.load(Ordering::Relaxed) { 1 } else { place.rounds - 1 };
            if place.rounds == 0 {
                place.due_at = None;
            }
        }
        if stirred {
            place.rounds = place.rounds.max(1);
            if place.due_at.is_none() {
                let soon = self.shared.world().dice.between(0, 300_000);
                place.due_at = Some((place.ticked_at + TICK).max(now + Span::millis(soon)));
            }
        }
        if place.due_at.is_some_and(|due| due <= now) {
            place.due_at = Some(now + TICK);
            if ended {
                place.ticked_at = now;
                self.ticks += 1;
                place.turn = Some(tokio::spawn(process.turn()));
            }
        }
    }

    /// Whether all faults are over and every train has arrived.
    fn is_over(&self) -> bool {
        self.shared.world().healed_at.is_some() && self.on_their_way().is_empty()
    }

    /// The trains that have not arrived and should.
    fn on_their_way(&self) -> Vec<TrackId> {
        let memory = self.shared.memory();
        let world = self.shared.world();
        let mut all = Vec::new();
        for line in &world.lines {
            let newest =
                line.trains.iter().filter(|(_, it)| it.arrived_at.is_some()).map(|it| it.0);
            let newest = newest.max().cloned();
            for (version, train) in &line.trains {
                let track = TrackId {
                    app: app(),
                    platform: line.platform.clone(),
                    version: version.clone(),
                };
                let laid = memory.laid.get(&track);
                let cancelled = laid.is_some_and(|it| it.cancelled.is_some());
                let overtaken = train.phase() == StorePhase::Replaced
                    || (!train.is_out() && newest.as_ref().is_some_and(|it| it > version));
                let finished =
                    train.arrived_at.is_some() && laid.is_some_and(|it| it.finished_at.is_some());
                if !cancelled && !overtaken && !finished {
                    all.push(track);
                }
            }
        }
        all
    }

    fn stuck(&self) {
        for track in self.on_their_way() {
            let laid = self.shared.memory().laid.get(&track).cloned().unwrap_or_default();
            let open = laid.open_intent.map(|it| format!("{} {}", it.key, it.state.as_str()));
            let phase = {
                let world = self.shared.world();
                let line = world.line_of(&track.platform).unwrap_or(0);
                world.train(line, &track.version).map(Train::phase)
            };
            let said = self.places.iter().find_map(|it| it.process.as_ref()?.headline(&track));
            self.shared.world().wrong(format!(
                "{track} has not arrived: {phase:?} at the store, {}; `{}`",
                open.unwrap_or_else(|| "nothing under way".to_owned()),
                said.unwrap_or_default(),
            ));
        }
    }
}
