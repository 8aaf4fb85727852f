//! Sources over the world, as connectors give them: what the world shows, well or badly.

use crate::faults::{Manner, Side, Step};
use crate::life::{Life, pass};
use crate::sim::Shared;
use crate::world::app;
use async_trait::async_trait;
use conductor::observation::{Listing, Observation, ObservationKind, Observed};
use conductor::{AppId, Moment, Platform, SourceId, Span};
use ports::{Answer, Ask, Meter, Probe, Reads, SourceError};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// What a process last heard from a source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heard {
    /// When it asked, in the world's time.
    pub asked_at: Moment,
    /// The moment for which the source vouched, in the source's words; `None`: a fault.
    pub vouched: Option<Moment>,
    /// How that process's clock stood when it asked.
    pub clock: Moment,
}

/// Which lines a source tells of, and what.
#[derive(Clone, Debug)]
pub(crate) struct Duty {
    /// Its name.
    pub name: &'static str,
    /// What it tells, of which line; `None`: of the whole app.
    pub owes: Vec<(Option<usize>, ObservationKind)>,
    /// How often it is asked.
    pub cadence: Span,
    /// Whether the vendor stamps what it says; if not, we do, when we ask.
    pub stamps: bool,
}

/// A source as one process has it.
pub(crate) struct Source {
    id: SourceId,
    duty: Duty,
    shared: Arc<Shared>,
    life: Arc<Life>,
    platforms: Vec<Platform>,
    /// What was said when it went stale.
    kept: Mutex<Option<(Moment, Vec<Observed>)>>,
}

impl Source {
    /// A source, asked by a process.
    pub(crate) fn new(duty: Duty, shared: Arc<Shared>, life: Arc<Life>) -> Self {
        let platforms = shared.world().lines.iter().map(|line| line.platform.clone()).collect();
        Self { id: SourceId::new(duty.name), duty, shared, life, platforms, kept: Mutex::new(None) }
    }

    fn platform(&self, line: Option<usize>) -> Option<Platform> {
        line.and_then(|at| self.platforms.get(at)).cloned()
    }

    /// What is to be seen now.
    fn seen(&self, at: Moment) -> Vec<Observed> {
        let world = self.shared.world();
        let owed = self.duty.owes.iter();
        owed.filter_map(|(line, kind)| world.shows(*kind, *line))
            .map(|what| Observed { app: app(), what, observed_at: at, link: None })
            .collect()
    }

    /// What it says, and how long that takes.
    fn says(&self, asked: Moment) -> (Span, Result<Vec<Observed>, SourceError>) {
        let manner = self.shared.world().manners.get(self.duty.name).copied().unwrap_or_default();
        let truth = self.shared.world().now();
        let stamp = if self.duty.stamps { truth.min(asked) } else { asked };
        let mut kept = self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if manner != Manner::Stale {
            *kept = None;
        }
        let quick = Span::millis(200);
        let at_ten = |by: Span| {
            let mut seen = self.seen(stamp);
            for it in &mut seen {
                it.observed_at = it.observed_at + by;
            }
            seen
        };
        match manner {
            Manner::Good => (quick, Ok(self.seen(stamp))),
            Manner::Slow(long) => (long, Ok(self.seen(stamp))),
            Manner::Down => {
                let cause = "503".to_owned();
                (quick, Err(SourceError::Unreachable { id: self.id.clone(), cause }))
            }
            Manner::Wrong => {
                let mut seen = self.seen(stamp);
                for it in &mut seen {
                    cut(&mut it.what, true);
                }
                (quick, Ok(seen))
            }
            Manner::Partial => {
                let mut seen = self.seen(stamp);
                for it in &mut seen {
                    cut(&mut it.what, false);
                }
                (quick, Ok(seen))
            }
            Manner::Stale => {
                let (_, seen) = kept.get_or_insert_with(|| (truth, self.seen(stamp)));
                (quick, Ok(seen.clone()))
            }
            Manner::Ahead => (quick, Ok(at_ten(Span::minutes(10)))),
            Manner::Behind => (quick, Ok(at_ten(Span::hours(-2)))),
        }
    }
}

/// Empties a list, and calls the rest the whole, or a part.
fn cut(what: &mut Observation, whole: bool) {
    fn empty<T>(list: &mut Listing<T>, whole: bool) {
        list.items.clear();
        list.complete = whole;
    }
    match what {
        Observation::Branches { list, .. } => empty(list, whole),
        Observation::Tests { list, .. } => empty(list, whole),
        Observation::Builds { list, .. } => empty(list, whole),
        Observation::Bugs { list } => empty(list, whole),
        Observation::Planned { list } => empty(list, whole),
        Observation::Store { list, .. } => empty(list, whole),
        Observation::Health { list, .. } => empty(list, whole),
        Observation::Named { list, .. }
        | Observation::Metrics { list, .. }
        | Observation::Checks { list, .. }
        | Observation::Flags { list, .. } => empty(list, whole),
        Observation::Readiness { list, .. } => empty(list, whole),
        Observation::Backmerges { list, .. } => empty(list, whole),
    }
}

#[async_trait]
impl Reads for Source {
    fn id(&self) -> &SourceId {
        &self.id
    }
    fn kind(&self) -> &'static str {
        "simulated"
    }
    fn title(&self) -> &'static str {
        self.duty.name
    }
    fn cadence(&self) -> Span {
        self.duty.cadence
    }
    fn owes(&self) -> Vec<(AppId, Option<Platform>, ObservationKind)> {
        let owed = self.duty.owes.iter();
        owed.map(|(line, kind)| (app(), self.platform(*line), *kind)).collect()
    }
    fn index_lag(&self) -> Span {
        if self.duty.name == "tracker" { crate::world::INDEX_LAG } else { Span::default() }
    }
    async fn read(&self, ask: Ask<'_>) -> Vec<Answer> {
        self.shared.pass(&self.life, Step::Read, Side::Before).await;
        let asked_at = self.shared.world().now();
        let (long, said) = self.says(ask.now);
        pass(long).await;
        self.shared.pass(&self.life, Step::Read, Side::After).await;
        let vouched = said.as_ref().ok().and_then(|seen| seen.first()).map(|it| it.observed_at);
        self.shared.heard(
            self.life.id,
            self.duty.name,
            Heard { asked_at, vouched, clock: ask.now },
        );
        vec![Answer { app: app(), seen: said, faults: Vec::new() }]
    }
    async fn probe(&self, _now: Moment) -> Probe {
        Probe { good: Vec::new(), wrong: Vec::new() }
    }
    fn meter(&self) -> Meter {
        Meter::default()
    }
}

/// What the processes have heard: by process and source.
pub(crate) type Hearsay = BTreeMap<(usize, &'static str), Heard>;
