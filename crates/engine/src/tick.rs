//! The tick, read downwards: collect, merge, decide, keep, publish, act.

use crate::calendar::WindowSpec;
use crate::collect::{Collected, Collector, Rhythm};
use crate::publish::{self, Decided, Material, Published};
use conductor::board::{self, Move, Patch, SourceView};
use conductor::decide::{Decision, Inputs};
use conductor::facts::Readings;
use conductor::journal::{Draft, Entry, Sought};
use conductor::observation::Slot;
use conductor::process::Process;
use conductor::track::LineId;
use conductor::{App, AppId, Interventions, Moment, Person, Span, TrackId, line};
use ports::{Acts, Clock, Keep, Lease, Reads, Store, StoreError, TrackMemory};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, Notify, watch};

mod ages;
mod drafts;
mod inputs;
mod sources;

pub use drafts::Said;
use drafts::moved;
pub(crate) use drafts::source_drafts;
pub use inputs::{ALWAYS_OPEN, always_open};
use sources::source_views;

/// What the engine is told by the configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The apps, in order.
    pub apps: Vec<App>,
    /// The processes by name.
    pub processes: BTreeMap<String, Process>,
    /// Release windows by name; see [`ALWAYS_OPEN`].
    pub windows: BTreeMap<String, WindowSpec>,
    /// How long from one tick to the next.
    pub tick: Span,
    /// How long a tick waits for its sources, in real time.
    pub read_deadline: Duration,
    /// The share with which a rollout starts.
    pub first_share: conductor::observation::Share,
    /// Who this process is, for the lease.
    pub holder: String,
    /// Whether the conductor may act at all; `false`: everything is in Shadow.
    pub acts: bool,
    /// Revisions begin above it. A viewer who comes back names the last one that it saw: no other process, nor a
    /// memory that was lost since, may have given that number to another board.
    pub first_revision: u64,
}

/// What the engine works with.
pub struct Parts {
    /// Sources that are read.
    pub reads: Vec<Arc<dyn Reads>>,
    /// Sources that are acted on.
    pub acts: Vec<Arc<dyn Acts>>,
    /// The memory.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// The tick and the conductor behind it. One a process.
pub struct Engine {
    pub(crate) settings: Settings,
    pub(crate) reads: Vec<Arc<dyn Reads>>,
    pub(crate) actors: BTreeMap<LineId, Arc<dyn Acts>>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    collector: Mutex<Collector>,
    pub(crate) state: Mutex<State>,
    published: watch::Sender<Arc<Published>>,
    wake: Notify,
    /// Told when the last action that was under way in this process has come to its end.
    pub(crate) settled: Notify,
    /// Whether somebody said that something happened outside.
    hinted: AtomicBool,
    apps: Arc<[AppId]>,
    #[cfg(any(test, feature = "weaken"))]
    pub(crate) weakened: crate::weaken::Weakened,
}

/// What is known from one tick to the next.
pub(crate) struct State {
    pub(crate) readings: Readings,
    pub(crate) people: BTreeMap<TrackId, Interventions>,
    memory: BTreeMap<TrackId, TrackMemory>,
    moves: VecDeque<Move>,
    timelines: BTreeMap<TrackId, VecDeque<Move>>,
    pub(crate) lease: Option<Lease>,
    /// The fencing number under which what the store remembers was taken over.
    on_duty: Option<i64>,
    /// When we last looked: by the clock that tells the time, and by the one that never leaps.
    looked: Option<(Moment, tokio::time::Instant)>,
    store_fault: Option<String>,
    pub(crate) revision: u64,
    ready: bool,
    /// Lines on which an action is under way in this process.
    pub(crate) busy: BTreeSet<LineId>,
    /// Intents whose request this process sent and the source accepted.
    pub(crate) accepted: BTreeSet<conductor::intent::IntentKey>,
    /// Entries that could not be written yet: nothing that was seen is lost while the database is away.
    pub(crate) backlog: Vec<Draft>,
    /// Readings that could not be written yet.
    pub(crate) unkept: Collected,
}

/// How the engine is.
#[derive(Clone, Debug, Default)]
pub struct Health {
    /// What is wrong with the database, if anything is.
    pub store_fault: Option<String>,
    /// Whether the first round of reading is over.
    pub ready: bool,
    /// When the last tick ended.
    pub ticked_at: Moment,
}

/// How many entries a track's timeline keeps.
const TIMELINE: usize = 60;
/// How many entries the list of moves keeps.
const MOVES: usize = 40;
/// Entries that wait for the database at most: a day of them at any likely rate.
const BACKLOG: usize = 10_000;
/// A source is not asked again within this real time, however many hints come.
const HINT_GAP: Span = Span::seconds(10);
/// What the two clocks may differ by from one look to the next, in real time.
const LEAP: Span = Span::seconds(2);
/// How long the lease lasts in real time: three renewals may fail.
const LEASE_SECONDS: i64 = 15;

impl Engine {
    /// Restores what the last process left. Fails if the database cannot be read: then there is nothing to
    /// be sure of.
    pub async fn new(settings: Settings, parts: Parts) -> Result<Arc<Self>, StoreError> {
        let restored = parts.store.restore().await?;
        let mut readings = Readings::default();
        for stored in restored.readings {
            readings.slots.insert(stored.slot, stored.reading);
        }
        for source in &parts.reads {
            for (app, platform, kind) in source.owes() {
                readings.owed.insert(Slot { source: source.id().clone(), app, platform, kind });
            }
            readings.index_lag.insert(source.id().clone(), source.index_lag());
        }
        readings.slots.retain(|slot, _| readings.owed.contains(slot));
        let entries = parts.store.journal(None, 500).await?;
        let people = parts.store.interventions().await?;
        let mut state = State {
            readings,
            people,
            memory: restored.tracks,
            moves: VecDeque::new(),
            timelines: BTreeMap::new(),
            lease: None,
            on_duty: None,
            looked: None,
            store_fault: None,
            revision: restored.revision.max(settings.first_revision),
            ready: false,
            busy: BTreeSet::new(),
            accepted: BTreeSet::new(),
            backlog: Vec::new(),
            unkept: Collected::default(),
        };
        for entry in entries.iter().rev() {
            state.remember(entry, &settings.apps);
        }
        let actors = parts
            .acts
            .iter()
            .flat_map(|acts| {
                acts.lines()
                    .into_iter()
                    .map(|(app, platform)| (LineId { app, platform }, Arc::clone(acts)))
            })
            .collect();
        let (published, _) = watch::channel(Arc::new(Published::default()));
        let apps: Arc<[AppId]> = settings.apps.iter().map(|app| app.id.clone()).collect();
        Ok(Arc::new(Self {
            settings,
            actors,
            collector: Mutex::new(Collector::new(parts.reads.clone())),
            reads: parts.reads,
            store: parts.store,
            clock: parts.clock,
            state: Mutex::new(state),
            published,
            wake: Notify::new(),
            settled: Notify::new(),
            hinted: AtomicBool::new(false),
            apps,
            #[cfg(any(test, feature = "weaken"))]
            weakened: crate::weaken::Weakened::default(),
        }))
    }

    /// What is published now, and every change of it.
    pub fn published(&self) -> watch::Receiver<Arc<Published>> {
        self.published.subscribe()
    }

    /// Wakes the tick early, and has the sources read that are read each tick. Carries no facts.
    pub fn hint(&self) {
        self.hinted.store(true, Ordering::Relaxed);
        self.wake();
    }

    /// Wakes the tick early: something changed in Signalbox itself, or was pushed into it.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// The journal entries that are sought, newest first; no more than `most`.
    pub async fn find_entries(&self, sought: &Sought, most: u32) -> Result<Vec<Entry>, StoreError> {
        self.store.find_entries(sought, most).await
    }

    /// How it is.
    pub async fn health(&self) -> Health {
        let state = self.state.lock().await;
        let ticked_at = self.published.borrow().board.at;
        Health { store_fault: state.store_fault.clone(), ready: state.ready, ticked_at }
    }

    /// The sources, for figures.
    pub fn sources(&self) -> &[Arc<dyn Reads>] {
        &self.reads
    }

    /// Ticks until the process ends: at its interval, and at once when a hint arrives.
    pub async fn run(self: Arc<Self>) {
        let pace = u64::from(self.clock.pace().max(1));
        let tick_ms = u64::try_from(self.settings.tick.as_millis()).unwrap_or(300_000);
        let interval = Duration::from_millis((tick_ms / pace).max(50));
        loop {
            let started = tokio::time::Instant::now();
            self.tick().await;
            self.due(started + interval).await;
        }
    }

    /// Waits until the next tick is due: then, or earlier when it is woken. Whether it was.
    pub async fn due(&self, then: tokio::time::Instant) -> bool {
        tokio::select! {
            biased;
            () = self.wake.notified() => {
                // Hints that come in a bunch are one: a push, its checks, its comments.
                tokio::time::sleep(Duration::from_millis(20)).await;
                true
            }
            () = tokio::time::sleep_until(then) => false,
        }
    }

    /// One tick. Total: whatever breaks is on the board.
    pub async fn tick(self: &Arc<Self>) {
        let now = self.clock.now();
        let known = self.state.lock().await.readings.clone();
        let mut readings = known;
        let hinted = self.hinted.swap(false, Ordering::Relaxed);
        let rhythm =
            Rhythm { tick: self.settings.tick, hinted: hinted.then(|| self.in_our_time(HINT_GAP)) };
        let mut collector = self.collector.lock().await;
        let collected = collector
            .collect(&self.apps, &mut readings, now, rhythm, self.settings.read_deadline)
            .await;
        let now = self.clock.now();
        let lease = self.renew_lease(now).await;
        let people = self.store.interventions().await;
        let lease = self.take_over(lease).await;
        let mut state = self.state.lock().await;
        // A look before an action may have read something newer meanwhile: the newer reading stands.
        readings.keep_newer(std::mem::take(&mut state.readings), now);
        state.readings = readings;
        match (lease, people) {
            (Ok(lease), Ok(people)) => {
                if lease.is_none() {
                    state.store_fault = None; // It answers; somebody else writes.
                }
                state.lease = lease;
                state.people = people;
            }
            (Err(error), _) | (_, Err(error)) => {
                state.lease = None;
                state.store_fault = Some(error.to_string());
            }
        }
        let mut drafts = source_drafts(&collected, now);
        let decided = self.decide_all(&mut state, now, &mut drafts);
        self.keep(&mut state, collected, drafts, &decided, now).await;
        let sources = source_views(&collector, &state.readings);
        drop(collector);
        self.publish(&mut state, decided, sources, now);
        drop(state);
        self.conduct().await;
    }

    /// What a person wishes: recorded, all of it or nothing, then decided upon at once. Returns the journal's entries.
    pub async fn wish(
        &self,
        track: &TrackId,
        said: Vec<Said>,
        by: &Person,
    ) -> Result<Vec<Entry>, StoreError> {
        let at = self.clock.now();
        let wishes = said.into_iter().map(|it| it.wished(track, by, at)).collect();
        let entries = self.store.wishes(track, wishes).await?;
        let mut state = self.state.lock().await;
        for entry in &entries {
            state.remember(entry, &self.settings.apps);
        }
        drop(state);
        self.wake();
        Ok(entries)
    }

    /// Who comes on duty goes on from what the one before remembered, not from what it saw while it stood by or stood
    /// still: a pause that it did not see would be counted as soaked.
    async fn take_over(
        &self,
        lease: Result<Option<Lease>, StoreError>,
    ) -> Result<Option<Lease>, StoreError> {
        let lease = lease?;
        let number = lease.as_ref().map(|it| it.fencing);
        if number.is_none() || self.state.lock().await.on_duty == number {
            return Ok(lease);
        }
        let restored = self.store.restore().await?;
        let mut state = self.state.lock().await;
        state.memory = restored.tracks;
        state.revision = state.revision.max(restored.revision);
        state.accepted.clear();
        state.on_duty = number;
        Ok(lease)
    }

    /// Notices that our clock leapt ahead since the last look, or that the machine slept.
    fn notice_leap(&self, state: &mut State, now: Moment) {
        let steady = tokio::time::Instant::now();
        if let Some((at, then)) = state.looked.replace((now, steady)) {
            let passed = i64::try_from(steady.duration_since(then).as_millis()).unwrap_or(i64::MAX);
            let passed = self.in_our_time(Span::millis(passed));
            let leap = Span::millis((now - at).as_millis().saturating_sub(passed.as_millis()));
            if leap > self.in_our_time(LEAP) {
                tracing::warn!(%leap, "our clock leapt ahead; no soak counts that time");
                state.memory.values_mut().for_each(|it| it.before.leapt(leap));
            }
        }
    }

    /// A span of real time on our clock.
    pub(crate) fn in_our_time(&self, real: Span) -> Span {
        Span::millis(real.as_millis().saturating_mul(i64::from(self.clock.pace().max(1))))
    }

    async fn renew_lease(&self, now: Moment) -> Result<Option<Lease>, StoreError> {
        // The lease outlives a tick, or a conductor of a slow rhythm would lose it between two of them; and it
        // outlives two of the longest requests, or none would ever be sent under it.
        let longest = self.actors.values().map(|it| it.gives_up_after()).max().unwrap_or_default();
        let tick = Span::millis(self.settings.tick.as_millis().saturating_mul(2));
        let lasts = self
            .in_our_time(Span::seconds(LEASE_SECONDS))
            .max(tick)
            .max(self.in_our_time(Span::millis(longest.as_millis().saturating_mul(2))));
        self.store.lease(&self.settings.holder, lasts, now).await
    }

    /// Decides the tracks of a line together.
    #[cfg_attr(
        not(any(test, feature = "weaken")),
        expect(
            clippy::unused_self,
            reason = "what weakens a decision, in simulations alone, is its own"
        )
    )]
    pub(crate) fn decide_line(&self, line: Vec<Inputs>) -> Vec<(Inputs, Decision)> {
        let decided = line::decide_line(line);
        #[cfg(any(test, feature = "weaken"))]
        if self.weakened.is(crate::weaken::Weakness::UnknownPasses) {
            return crate::weaken::let_unknown_pass(decided);
        }
        decided
    }

    /// Decides every track of every line, and drafts what the journal says of it.
    fn decide_all(
        &self,
        state: &mut State,
        now: Moment,
        drafts: &mut Vec<Draft>,
    ) -> BTreeMap<TrackId, Arc<Decided>> {
        let mut decided = BTreeMap::new();
        for app in &self.settings.apps {
            for line_id in app.line_ids() {
                for (inputs, decision) in self.decide_line(self.inputs(state, app, &line_id, now)) {
                    let id = decision.track.clone();
                    let memory = state.memory.entry(id.clone()).or_default();
                    drafts.extend(moved(&inputs, &decision, memory));
                    memory.before = decision.remember(&inputs);
                    if let (Some(stage), Some(since)) = (&decision.stage, decision.stage_since) {
                        memory.entered.entry(stage.as_str().to_owned()).or_insert(since);
                    }
                    ages::note(memory, &inputs);
                    let view = board::track_view(&inputs, &decision, &memory.entered);
                    let timeline = state
                        .timelines
                        .get(&id)
                        .map(|it| it.iter().cloned().collect())
                        .unwrap_or_default();
                    decided.insert(id, Arc::new(Decided { inputs, decision, view, timeline }));
                }
            }
        }
        decided
    }

    /// Keeps what the tick found. While the database is away the board goes on, and what was not written
    /// waits.
    async fn keep(
        &self,
        state: &mut State,
        collected: Collected,
        drafts: Vec<Draft>,
        decided: &BTreeMap<TrackId, Arc<Decided>>,
        now: Moment,
    ) {
        state.unkept.add(collected);
        state.backlog.extend(drafts);
        let surplus = state.backlog.len().saturating_sub(BACKLOG);
        state.backlog.drain(..surplus);
        let Some(lease) = state.lease.clone() else {
            if state.store_fault.is_none() {
                // The conductor on duty sees and writes the same: nothing is owed.
                state.unkept = Collected::default();
                state.backlog.clear();
            }
            return;
        };
        let keep = Keep {
            changed: std::mem::take(&mut state.unkept.changed),
            fresh: std::mem::take(&mut state.unkept.fresh),
            tracks: decided
                .keys()
                .filter_map(|id| Some((id.clone(), state.memory.get(id)?.clone())))
                .collect(),
            entries: std::mem::take(&mut state.backlog),
            revision: state.revision + 1,
        };
        let (changed, fresh, entries) =
            (keep.changed.clone(), keep.fresh.clone(), keep.entries.clone());
        match self.store.keep(keep, &lease, now).await {
            Ok(sealed) => {
                state.store_fault = None;
                for entry in &sealed {
                    state.remember(entry, &self.settings.apps);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "history is not being written");
                state.unkept = Collected { changed, fresh, turned: Vec::new() };
                state.backlog = entries;
                state.lease = None;
                if !matches!(error, StoreError::Superseded { .. }) {
                    state.store_fault = Some(error.to_string());
                }
            }
        }
    }

    fn publish(
        &self,
        state: &mut State,
        decided: BTreeMap<TrackId, Arc<Decided>>,
        sources: Vec<SourceView>,
        now: Moment,
    ) {
        state.revision += 1;
        state.ready = true;
        let on_duty = match (&state.store_fault, &state.lease, self.settings.acts) {
            (Some(_), _, _) => Err("Stands down: history cannot be written".to_owned()),
            (None, None, _) => Err("Another conductor is on duty".to_owned()),
            (None, Some(_), false) => Err("Watches only".to_owned()),
            (None, Some(_), true) => Ok(()),
        };
        let notices = state
            .store_fault
            .iter()
            .map(|fault| {
                format!("History is not being written, and nothing is moved until it is. {fault}")
            })
            .collect();
        let before = self.published.borrow().clone();
        let board = publish::board(
            &Material {
                apps: &self.settings.apps,
                processes: &self.settings.processes,
                readings: &state.readings,
                decided: &decided,
                moves: &state.moves,
                sources,
                notices,
                on_duty,
                now,
                next_tick_at: now + self.settings.tick,
                pace: self.clock.pace(),
            },
            state.revision,
        );
        let patch = before.ready.then(|| Arc::new(Patch::between(&before.board, &board)));
        self.published.send_replace(Arc::new(Published {
            board: Arc::new(board),
            patch,
            tracks: decided,
            ready: true,
            speaks: state.lease.is_some() || state.store_fault.is_some(),
        }));
    }
}

impl State {
    /// Puts a sealed entry into the lists that pages show.
    /// The second look before an action is for the journal alone: people are told what was decided and what came.
    pub(crate) fn remember(&mut self, entry: &Entry, apps: &[App]) {
        if entry.draft.data.get("state").is_some_and(|it| it == "claimed") {
            return;
        }
        let it = publish::as_move(entry, apps);
        if let Some(track) = &it.track {
            let timeline = self.timelines.entry(track.clone()).or_default();
            timeline.push_front(it.clone());
            timeline.truncate(TIMELINE);
            self.moves.push_front(it);
            self.moves.truncate(MOVES);
        }
    }
}

#[cfg(test)]
mod tests;
