//! The stream of events, in the browser: opened once a page has hydrated, closed while nobody looks, opened again
//! where it broke off.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use conductor::board::Patch;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, EventSource, MessageEvent};

use super::Live;
use crate::calls::{boards, from_str};

/// The longest that a lost connection waits for the next attempt.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Begins to listen as soon as the first page has told its revision, for as long as the window is open.
pub(super) fn start(live: Live) {
    let line = Rc::new(Line {
        live,
        source: RefCell::new(None),
        failures: Cell::new(0),
        asking_board: Cell::new(false),
        asking_track: Cell::new(false),
        again: Cell::new(false),
    });
    let begin = Rc::clone(&line);
    Effect::new(move |begun: Option<bool>| {
        let known = begin.live.revision.get() > 0;
        if known && begun != Some(true) {
            begin.follow_visibility();
            begin.open();
        }
        known || begun == Some(true)
    });
}

type Handler<E> = Closure<dyn FnMut(E)>;

/// An open stream. Its handlers live as long as it does.
struct Open {
    source: EventSource,
    _patch: Handler<MessageEvent>,
    _reset: Handler<Event>,
    _opened: Handler<Event>,
    _error: Handler<Event>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.source.close();
    }
}

struct Line {
    live: Live,
    source: RefCell<Option<Open>>,
    failures: Cell<u32>,
    /// Questions under way: many changes at once lead to one more question, not to many.
    asking_board: Cell<bool>,
    asking_track: Cell<bool>,
    /// The track changed while its page was being asked for.
    again: Cell<bool>,
}

impl Line {
    fn open(self: &Rc<Self>) {
        if document().hidden() || self.source.borrow().is_some() {
            return;
        }
        let from = self.live.revision.get_untracked();
        let Ok(source) = EventSource::new(&format!("/api/v1/events?from={from}")) else {
            self.lost();
            return;
        };
        let line = Rc::clone(self);
        let on_patch: Handler<MessageEvent> = Closure::new(move |event: MessageEvent| {
            line.heard(event.data().as_string().as_deref());
        });
        let line = Rc::clone(self);
        let on_reset: Handler<Event> = Closure::new(move |_| line.ask_all());
        let line = Rc::clone(self);
        let on_open: Handler<Event> = Closure::new(move |_| {
            line.failures.set(0);
            line.say_connected(true);
        });
        let line = Rc::clone(self);
        let on_error: Handler<Event> = Closure::new(move |_| line.broke());
        // Adding a listener to an EventSource fails for no reason that a program could do something about.
        let _ = source.add_event_listener_with_callback("patch", on_patch.as_ref().unchecked_ref());
        let _ = source.add_event_listener_with_callback("reset", on_reset.as_ref().unchecked_ref());
        source.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let open =
            Open { source, _patch: on_patch, _reset: on_reset, _opened: on_open, _error: on_error };
        *self.source.borrow_mut() = Some(open);
    }

    fn close(&self) {
        let open = self.source.borrow_mut().take();
        drop(open);
    }

    /// A page in the background asks for nothing; it goes on from the last revision when somebody looks again.
    fn follow_visibility(self: &Rc<Self>) {
        let line = Rc::clone(self);
        let on_change: Handler<Event> =
            Closure::new(move |_| if document().hidden() { line.close() } else { line.open() });
        let _ = document().add_event_listener_with_callback(
            "visibilitychange",
            on_change.as_ref().unchecked_ref(),
        );
        on_change.forget(); // As long as the window, as this whole line.
    }

    fn heard(self: &Rc<Self>, data: Option<&str>) {
        let patch = data.and_then(|data| from_str::<Patch>(data).ok());
        let Some(patch) = patch else {
            // Not understood: the server may be of another version. The whole answers what a part cannot.
            self.ask_all();
            return;
        };
        let stale = self.live.apply(patch);
        if stale.board {
            self.ask_board();
        }
        if stale.track {
            self.ask_track();
        }
    }

    fn ask_all(self: &Rc<Self>) {
        self.ask_board();
        self.ask_track();
    }

    fn ask_board(self: &Rc<Self>) {
        if self.live.board().is_none() || self.asking_board.replace(true) {
            return;
        }
        let line = Rc::clone(self);
        spawn_local(async move {
            let answer = boards::board().await;
            line.asking_board.set(false);
            if let (Ok(board), Some(live)) = (answer, line.live.board()) {
                line.live.saw(board.revision);
                live.turn_into(std::sync::Arc::unwrap_or_clone(board));
            }
        });
    }

    fn ask_track(self: &Rc<Self>) {
        let Some(watched) = self.live.watched.get_value() else { return };
        if self.asking_track.replace(true) {
            self.again.set(true);
            return;
        }
        let line = Rc::clone(self);
        spawn_local(async move {
            let id = watched.id.clone();
            let answer = boards::track([
                id.app.to_string(),
                id.platform.to_string(),
                id.version.to_string(),
            ])
            .await;
            line.asking_track.set(false);
            if let Ok(page) = answer {
                line.live.saw(page.revision);
                watched.clock.set(page.at);
                watched.page.set(page);
            }
            if line.again.replace(false) {
                line.ask_track();
            }
        });
    }

    /// The browser itself tries again, unless the server answered with an error: then we do.
    fn broke(self: &Rc<Self>) {
        self.say_connected(false);
        let closed = self
            .source
            .borrow()
            .as_ref()
            .is_none_or(|open| open.source.ready_state() == EventSource::CLOSED);
        if closed {
            self.lost();
        }
    }

    fn lost(self: &Rc<Self>) {
        let failures = self.failures.get().min(5);
        self.failures.set(failures + 1);
        let line = Rc::clone(self);
        // Not all windows at once after a restart: each waits by its own chance.
        let wait = Duration::from_secs(1 << failures)
            .min(LONGEST_WAIT)
            .mul_f64(0.5 + js_sys::Math::random());
        set_timeout(
            move || {
                line.close();
                line.open();
            },
            wait,
        );
    }

    fn say_connected(&self, is_connected: bool) {
        if self.live.connected.get_untracked() != is_connected {
            self.live.connected.set(is_connected);
        }
    }
}
