//! The moment that ages count to. On the server, and until a page has hydrated, it is the board's own, so that both
//! render the same text; from then on it runs, in a demonstration faster than life.

use conductor::moment::{Moment, Span};
use leptos::prelude::*;

/// A clock that a page shows ages by.
#[derive(Clone)]
pub(crate) struct Clock {
    now: ArcRwSignal<Moment>,
    /// The moment that was last told, when that was by this machine's clock, and how fast time passes.
    told: ArcStoredValue<Told>,
}

#[derive(Clone, Copy)]
#[cfg_attr(
    not(feature = "hydrate"),
    expect(dead_code, reason = "only in a browser does a clock run")
)]
struct Told {
    at: Moment,
    heard_at_ms: f64,
    pace: u32,
    next_tick_at: Moment,
}

impl Clock {
    /// A clock that shows `at` until it is started. `pace` is how many seconds pass in one real second.
    pub(crate) fn new(at: Moment, pace: u32, next_tick_at: Moment) -> Self {
        let told = Told { at, heard_at_ms: machine_ms(), pace, next_tick_at };
        Self { now: ArcRwSignal::new(at), told: ArcStoredValue::new(told) }
    }

    /// The moment; whoever reads it is told when it moves on.
    pub(crate) fn now(&self) -> Moment {
        self.now.get()
    }

    /// How long ago something was; never negative.
    pub(crate) fn since(&self, at: Moment) -> Span {
        let span = self.now() - at;
        if span < Span::default() { Span::default() } else { span }
    }

    /// The server told the moment anew.
    pub(crate) fn set(&self, at: Moment) {
        self.told.update_value(|told| {
            told.next_tick_at = at + (told.next_tick_at - told.at);
            told.at = at;
            told.heard_at_ms = machine_ms();
        });
        // Never backwards: what was 10 s old is not 8 s old a moment later.
        if self.now.get_untracked() < at {
            self.now.set(at);
        }
    }

    /// Lets it run for as long as the page is shown.
    #[cfg_attr(
        not(feature = "hydrate"),
        expect(clippy::unused_self, reason = "it ticks in a browser only")
    )]
    pub(crate) fn start(&self) {
        #[cfg(feature = "hydrate")]
        {
            let clock = self.clone();
            let Ok(handle) =
                set_interval_with_handle(move || clock.tick(), std::time::Duration::from_secs(1))
            else {
                return;
            };
            on_cleanup(move || handle.clear());
        }
    }

    #[cfg(feature = "hydrate")]
    fn tick(&self) {
        let told = self.told.get_value();
        let passed = ((machine_ms() - told.heard_at_ms) * f64::from(told.pace.max(1))) as i64;
        let mut now = told.at + Span::millis(passed.max(0));
        // The page may have been kept for minutes before it came here. This machine's clock knows, and is believed
        // as far as it fits to what the server said: the next tick has not happened, or is only a little late.
        let here = Moment::from_millis(machine_ms() as i64);
        if told.pace <= 1 && here > now && here < told.next_tick_at + Span::minutes(1) {
            now = here;
        }
        if now > self.now.get_untracked() {
            self.now.set(now);
        }
    }
}

#[cfg(feature = "hydrate")]
fn machine_ms() -> f64 {
    js_sys::Date::now()
}

#[cfg(not(feature = "hydrate"))]
fn machine_ms() -> f64 {
    0.0
}
