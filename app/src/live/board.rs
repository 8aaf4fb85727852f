//! The board as signals: each row its own, each app its own, each list beside them its own.

use conductor::AppId;
use conductor::board::{
    AppView, Board, Call, ConductorView, Move, Patch, SourceView, Stray, Summary, TrackView,
};
use conductor::moment::Moment;
use leptos::prelude::*;

use super::Clock;

/// The board at the newest revision that this window has.
#[derive(Clone)]
pub struct LiveBoard {
    /// The revision that all of it is at.
    revision: ArcStoredValue<u64>,
    /// The row of each track in flight, with its key.
    rows: ArcStoredValue<Vec<(String, ArcRwSignal<TrackView>)>>,
    /// The moment that ages count to.
    pub(crate) clock: Clock,
    /// The apps in order; each is a signal of its own.
    pub(crate) apps: ArcRwSignal<Vec<AppRow>>,
    /// Who needs what, in numbers.
    pub(crate) summary: ArcRwSignal<Summary>,
    /// What needs a person now.
    pub(crate) calls: ArcRwSignal<Vec<Call>>,
    /// Bugs on no train.
    pub(crate) strays: ArcRwSignal<Vec<Stray>>,
    /// The newest moves.
    pub(crate) moves: ArcRwSignal<Vec<Move>>,
    /// Sources.
    pub(crate) sources: ArcRwSignal<Vec<SourceView>>,
    /// What everybody should know.
    pub(crate) notices: ArcRwSignal<Vec<String>>,
    /// Whether the conductor acts.
    pub(crate) conductor: ArcRwSignal<ConductorView>,
    /// When the next tick is due.
    pub(crate) next_tick_at: ArcRwSignal<Moment>,
}

/// An app: its lanes, and which tracks are in them. What a track shows is in its row.
#[derive(Clone)]
pub struct AppRow {
    /// Its short name.
    pub(crate) id: AppId,
    /// The app. The tracks in it are right in their keys and places; for the rest ask [`LiveBoard::row`].
    pub(crate) view: ArcRwSignal<AppView>,
}

impl LiveBoard {
    /// A board as signals.
    pub(crate) fn new(board: Board) -> Self {
        let rows =
            tracks(&board.apps).map(|it| (it.key.clone(), ArcRwSignal::new(it.clone()))).collect();
        let apps = board.apps.iter().map(AppRow::new).collect();
        Self {
            rows: ArcStoredValue::new(rows),
            clock: Clock::new(board.at, board.pace, board.next_tick_at),
            apps: ArcRwSignal::new(apps),
            summary: ArcRwSignal::new(board.summary),
            calls: ArcRwSignal::new(board.calls),
            strays: ArcRwSignal::new(board.strays),
            moves: ArcRwSignal::new(board.moves),
            sources: ArcRwSignal::new(board.sources),
            notices: ArcRwSignal::new(board.notices),
            conductor: ArcRwSignal::new(board.conductor),
            next_tick_at: ArcRwSignal::new(board.next_tick_at),
            revision: ArcStoredValue::new(board.revision),
        }
    }

    /// The row of a track in flight.
    pub(crate) fn row(&self, key: &str) -> Option<ArcRwSignal<TrackView>> {
        self.rows
            .with_value(|rows| rows.iter().find(|(it, _)| it == key).map(|(_, row)| row.clone()))
    }

    /// The revision that it is at.
    pub(crate) fn revision(&self) -> u64 {
        self.revision.get_value()
    }

    /// Brings it to the patch's revision, touching only what changed. A patch that is not newer changes nothing.
    /// False if the patch follows another revision: the board must be asked anew.
    pub(crate) fn apply(&self, patch: Patch) -> bool {
        if patch.revision <= self.revision() {
            return true;
        }
        if patch.from != self.revision() {
            return false;
        }
        self.revision.set_value(patch.revision);
        self.clock.set(patch.at);
        self.next_tick_at.set(patch.next_tick_at);
        for app in &patch.apps {
            self.put_app(app);
        }
        if let Some(order) = &patch.order {
            self.put_order(order);
        }
        for track in patch.tracks {
            if let Some(row) = self.row(&track.key) {
                row.set(track);
            }
        }
        put(&self.summary, patch.summary);
        put(&self.calls, patch.calls);
        put(&self.strays, patch.strays);
        put(&self.moves, patch.moves);
        put(&self.sources, patch.sources);
        put(&self.notices, patch.notices);
        put(&self.conductor, patch.conductor);
        true
    }

    /// Brings it to another board, touching only what differs.
    #[cfg(any(feature = "hydrate", all(test, feature = "ssr")))]
    pub(crate) fn turn_into(&self, board: Board) {
        let Board { revision, at, next_tick_at, apps, summary, .. } = board;
        let Board { calls, strays, moves, sources, notices, conductor, .. } = board;
        for app in &apps {
            self.put_app(app);
        }
        self.put_order(&apps.into_iter().map(|app| app.id).collect::<Vec<_>>());
        self.revision.set_value(revision);
        self.clock.set(at);
        put(&self.next_tick_at, Some(next_tick_at));
        put(&self.summary, Some(summary));
        put(&self.calls, Some(calls));
        put(&self.strays, Some(strays));
        put(&self.moves, Some(moves));
        put(&self.sources, Some(sources));
        put(&self.notices, Some(notices));
        put(&self.conductor, Some(conductor));
    }

    /// Brings the apps into this order; those that are not in it are gone.
    fn put_order(&self, order: &[AppId]) {
        let is_same = self.apps.with_untracked(|apps| apps.iter().map(|app| &app.id).eq(order));
        if !is_same {
            self.apps.update(|apps| {
                let in_order = order.iter().filter_map(|id| apps.iter().find(|app| app.id == *id));
                *apps = in_order.cloned().collect();
            });
        }
    }

    /// Takes an app whole: rows first, so that whoever follows the app finds them.
    fn put_app(&self, app: &AppView) {
        for track in app.lines.iter().flat_map(|line| &line.current) {
            match self.row(&track.key) {
                Some(row) => put(&row, Some(track.clone())),
                None => self.rows.update_value(|rows| {
                    rows.push((track.key.clone(), ArcRwSignal::new(track.clone())));
                }),
            }
        }
        let known =
            self.apps.with_untracked(|apps| apps.iter().find(|it| it.id == app.id).cloned());
        match known {
            Some(known) => put(&known.view, Some(app.clone())),
            None => self.apps.update(|apps| apps.push(AppRow::new(app))),
        }
    }
}

impl AppRow {
    fn new(app: &AppView) -> Self {
        Self { id: app.id.clone(), view: ArcRwSignal::new(app.clone()) }
    }
}

fn tracks(apps: &[AppView]) -> impl Iterator<Item = &TrackView> {
    apps.iter().flat_map(|app| &app.lines).flat_map(|line| &line.current)
}

/// Sets a signal only if that changes it: setting alone would wake whoever reads it.
fn put<T: PartialEq + Send + Sync + 'static>(signal: &ArcRwSignal<T>, new: Option<T>) {
    if let Some(new) = new
        && signal.with_untracked(|old| *old != new)
    {
        signal.set(new);
    }
}
