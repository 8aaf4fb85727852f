//! Publishing: one immutable board with a revision, and what each of its tracks was decided from. Pages, API
//! and events read this and never a source.

use conductor::board::{
    self, AppView, Board, Call, ConductorView, Lane, LineView, Move, Patch, SourceView, Stray,
    TrackPage, TrackView,
};
use conductor::decide::{Decision, Inputs};
use conductor::facts::Readings;
use conductor::journal::{Actor, Entry};
use conductor::lamp::Signal;
use conductor::process::{Mode, Process};
use conductor::{App, Moment, TrackId};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// A board, and all that its pages show beyond it.
#[derive(Clone, Debug, Default)]
pub struct Published {
    /// The board.
    pub board: Arc<Board>,
    /// What led here from the board before.
    pub patch: Option<Arc<Patch>>,
    /// Each decided track.
    pub tracks: BTreeMap<TrackId, Arc<Decided>>,
    /// Whether the first round of reading is over.
    pub ready: bool,
    /// Whether this process speaks for all: it conducts, or the memory is away and nobody does.
    pub speaks: bool,
}

/// A track with its decision and all that it was decided from.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The inputs.
    pub inputs: Inputs,
    /// The decision.
    pub decision: Decision,
    /// The row on the board.
    pub view: TrackView,
    /// Its newest journal entries, newest first.
    pub timeline: Vec<Move>,
}

impl Published {
    /// All that a track's page shows; `None` if the board does not know the track.
    pub fn track_page(&self, id: &TrackId) -> Option<TrackPage> {
        let decided = self.tracks.get(id)?;
        Some(TrackPage {
            revision: self.board.revision,
            at: self.board.at,
            pace: self.board.pace,
            view: decided.view.clone(),
            decision: decided.decision.clone(),
            inputs: decided.inputs.clone(),
            timeline: decided.timeline.clone(),
            sources: self.board.sources.clone(),
            notices: self.board.notices.clone(),
        })
    }
}

/// What a board is made from.
pub(crate) struct Material<'a> {
    pub(crate) apps: &'a [App],
    pub(crate) processes: &'a BTreeMap<String, Process>,
    pub(crate) readings: &'a Readings,
    pub(crate) decided: &'a BTreeMap<TrackId, Arc<Decided>>,
    pub(crate) moves: &'a VecDeque<Move>,
    pub(crate) sources: Vec<SourceView>,
    pub(crate) notices: Vec<String>,
    pub(crate) on_duty: Result<(), String>,
    pub(crate) now: Moment,
    pub(crate) next_tick_at: Moment,
    pub(crate) pace: u32,
}

/// How many moves the board shows.
const MOVES_SHOWN: usize = 12;

pub(crate) fn board(material: &Material<'_>, revision: u64) -> Board {
    let mut calls: Vec<Call> = Vec::new();
    let mut in_flight: Vec<TrackView> = Vec::new();
    let apps: Vec<AppView> = material
        .apps
        .iter()
        .map(|app| {
            let lines = app.line_ids().map(|line| {
                let decided: Vec<&Arc<Decided>> = material
                    .decided
                    .iter()
                    .filter(|(id, _)| id.line() == line)
                    .map(|(_, it)| it)
                    .collect();
                let pairs: Vec<_> =
                    decided.iter().map(|it| (&it.inputs.facts, &it.decision)).collect();
                let mut view = LineView {
                    platform: line.platform.clone(),
                    production: None,
                    current: Vec::new(),
                    upcoming: None,
                };
                for (it, lane) in decided.iter().zip(board::lanes(&pairs)) {
                    let (facts, decision) = (&it.inputs.facts, &it.decision);
                    match lane {
                        Lane::Production => {
                            view.production = Some(board::live_view(facts, decision, material.now));
                        }
                        Lane::Current => {
                            calls.extend(board::call(&it.view, decision));
                            in_flight.push(it.view.clone());
                            view.current.push(it.view.clone());
                        }
                        Lane::Upcoming if view.upcoming.is_none() => {
                            view.upcoming =
                                Some(board::soon_view(facts, decision, material.readings));
                        }
                        Lane::Upcoming | Lane::Past => {}
                    }
                }
                // A version at 100 % is both live and still watched: it stands in both lanes.
                if view.production.is_none()
                    && let Some(it) = decided.iter().rev().find(|it| is_live(it))
                {
                    view.production =
                        Some(board::live_view(&it.inputs.facts, &it.decision, material.now));
                }
                view
            });
            AppView {
                id: app.id.clone(),
                name: app.name.clone(),
                owner: app.owner.clone(),
                lines: lines.collect(),
                process: processes_of(app, material.processes),
            }
        })
        .collect();
    calls.sort_by(|a, b| {
        b.signal
            .cmp(&a.signal)
            .then_with(|| a.since.cmp(&b.since))
            .then_with(|| a.track.cmp(&b.track))
    });
    let strays = material
        .apps
        .iter()
        .flat_map(|app| material.readings.strays(&app.id).into_iter().map(move |bug| (app, bug)))
        .filter_map(|(app, bug)| {
            let lacks = board::lacks(&bug)?.to_owned();
            Some(Stray { app: app.id.clone(), app_name: app.name.clone(), lacks, bug })
        })
        .collect();
    let modes = || {
        material
            .processes
            .values()
            .flat_map(|it| &it.stages)
            .filter_map(|stage| stage.leave.as_ref())
    };
    let count = |mode| {
        u32::try_from(modes().filter(|leave| leave.mode == mode).count()).unwrap_or(u32::MAX)
    };
    Board {
        revision,
        at: material.now,
        pace: material.pace,
        next_tick_at: material.next_tick_at,
        summary: board::summary(&in_flight, &calls),
        calls,
        apps,
        strays,
        moves: material.moves.iter().take(MOVES_SHOWN).cloned().collect(),
        sources: material.sources.clone(),
        notices: material.notices.clone(),
        conductor: ConductorView {
            state: material.on_duty.as_ref().map_or_else(Clone::clone, |()| "On duty".to_owned()),
            on_duty: material.on_duty.is_ok(),
            auto: count(Mode::Auto),
            ask: count(Mode::Ask),
        },
    }
}

fn is_live(it: &Decided) -> bool {
    it.inputs.facts.store.last().and_then(|store| store.value.phase)
        == Some(conductor::observation::StorePhase::Complete)
}

fn processes_of(app: &App, processes: &BTreeMap<String, Process>) -> String {
    let mut titles: Vec<&str> = app
        .lines
        .iter()
        .filter_map(|line| processes.get(&line.process))
        .map(|process| process.title.as_str())
        .collect();
    titles.dedup();
    titles.join(", ")
}

/// A journal entry as a move on the board.
pub(crate) fn as_move(entry: &Entry, apps: &[App]) -> Move {
    let draft = &entry.draft;
    let title = draft.track.as_ref().map_or_else(String::new, |track| {
        apps.iter()
            .find(|app| app.id == track.app)
            .map_or_else(|| track.to_string(), |app| board::title(app, track))
    });
    Move {
        number: entry.number,
        at: draft.at,
        who: match &draft.actor {
            Actor::Conductor => "Conductor".to_owned(),
            Actor::Person { name } => name.clone(),
            Actor::World { source } => source.clone(),
        },
        by_conductor: draft.actor == Actor::Conductor,
        text: draft.text.clone(),
        why: draft.why.clone(),
        track: draft.track.clone(),
        title,
    }
}

/// A source's lamp: unknown when it fails, because what it owes is.
pub(crate) fn source_signal(fault: &str, good_at: Option<Moment>) -> Signal {
    if fault.is_empty() && good_at.is_some() { Signal::Go } else { Signal::Unknown }
}
