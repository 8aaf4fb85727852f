//! What keeps a page alive: the board as signals, one for each row, so that a change touches what shows it and no
//! more. Events bring patches ([`stream`], in the browser alone); pages only read.

mod board;
mod clock;
#[cfg(feature = "hydrate")]
mod notice;
#[cfg(feature = "hydrate")]
mod stream;

use std::sync::Arc;

use conductor::TrackId;
use conductor::board::{Board, Patch, TrackPage};
use leptos::prelude::*;

pub use board::{AppRow, LiveBoard};
pub(crate) use clock::Clock;

/// What one browser window knows, on whichever page it is. On the server it is empty and stays so.
#[derive(Clone)]
pub struct Live {
    /// Whether events arrive. True until an attempt failed, so that nobody is alarmed while the page starts.
    pub(crate) connected: ArcRwSignal<bool>,
    /// The board, once a page has asked for it; kept while another page is shown.
    board: ArcStoredValue<Option<LiveBoard>>,
    /// The newest revision that this window has seen; 0 before any.
    revision: ArcRwSignal<u64>,
    /// The track that is shown, and where a newer page of it is put.
    watched: ArcStoredValue<Option<Watched>>,
    /// Whether a page was shown before this one: then the heading takes the focus.
    arrived: ArcStoredValue<bool>,
}

/// A track that a page shows.
#[derive(Clone)]
struct Watched {
    id: TrackId,
    page: ArcRwSignal<Arc<TrackPage>>,
    clock: Clock,
}

impl Live {
    /// Knows nothing yet.
    pub(crate) fn new() -> Self {
        Self {
            connected: ArcRwSignal::new(true),
            board: ArcStoredValue::new(None),
            revision: ArcRwSignal::new(0),
            watched: ArcStoredValue::new(None),
            arrived: ArcStoredValue::new(false),
        }
    }

    /// The board, if this window has it.
    pub(crate) fn board(&self) -> Option<LiveBoard> {
        self.board.get_value()
    }

    /// Takes a board that a page asked for, and gives it back as signals.
    pub(crate) fn keep(&self, board: Board) -> LiveBoard {
        self.saw(board.revision);
        let live = LiveBoard::new(board);
        self.board.set_value(Some(live.clone()));
        live
    }

    /// Takes a track's page, and gives it back as a signal that is set whenever the track changes.
    pub(crate) fn watch(&self, page: Arc<TrackPage>, clock: Clock) -> ArcRwSignal<Arc<TrackPage>> {
        self.saw(page.revision);
        let id = page.view.id.clone();
        let signal = ArcRwSignal::new(page);
        self.watched.set_value(Some(Watched { id, page: signal.clone(), clock }));
        signal
    }

    /// The track is shown no longer.
    pub(crate) fn unwatch(&self) {
        self.watched.set_value(None);
    }

    /// Whether a page was shown before; from now on one was.
    pub(crate) fn arrive(&self) -> bool {
        let before = self.arrived.get_value();
        self.arrived.set_value(true);
        before
    }

    /// Begins to listen for events, once the browser has the page. On the server nothing happens.
    #[cfg_attr(not(feature = "hydrate"), expect(clippy::unused_self, reason = "a browser listens"))]
    pub(crate) fn listen(&self) {
        #[cfg(feature = "hydrate")]
        {
            stream::start(self.clone());
            notice::start();
        }
    }

    fn saw(&self, revision: u64) {
        if self.revision.get_untracked() < revision {
            self.revision.set(revision);
        }
    }

    /// Brings everything that this window knows to the patch's revision. Returns what has to be asked anew.
    #[cfg_attr(
        not(any(feature = "hydrate", all(test, feature = "ssr"))),
        expect(dead_code, reason = "only a browser gets patches")
    )]
    fn apply(&self, patch: Patch) -> Stale {
        let mut stale = Stale::default();
        self.saw(patch.revision);
        if let Some(watched) = self.watched.get_value() {
            watched.clock.set(patch.at);
            let id = &watched.id;
            let key = watched.page.with_untracked(|page| page.view.key.clone());
            stale.track = patch.tracks.iter().any(|it| it.key == key)
                || patch.apps.iter().any(|it| it.id == id.app)
                || patch.order.is_some()
                || patch.notices.is_some();
        }
        if let Some(board) = self.board.get_value() {
            stale.board = !board.apply(patch);
        }
        stale
    }
}

impl Default for Live {
    fn default() -> Self {
        Self::new()
    }
}

/// What a patch could not bring up to date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Stale {
    /// The board is at another revision than the patch follows.
    board: bool,
    /// The shown track changed; a patch does not carry all that its page shows.
    track: bool,
}

#[cfg(all(test, feature = "ssr"))]
mod tests;
