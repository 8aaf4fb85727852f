//! Time as the world has it, and one process in it: whether it lives, whether it stands still, how wrong its clock goes.

use conductor::{Moment, Span};
use ports::Clock;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// The world's own time. It is the runtime's, which stands still while anything can be done and leaps to the next
/// timer when nothing can.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Time {
    base: Moment,
    start: Instant,
}

impl Time {
    /// Begins now, at that moment.
    pub(crate) fn begin(base: Moment) -> Self {
        Self { base, start: Instant::now() }
    }

    /// The moment now.
    pub(crate) fn now(&self) -> Moment {
        let passed = i64::try_from(self.start.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.base + Span::millis(passed)
    }

    /// Waits until a moment.
    pub(crate) async fn until(&self, at: Moment) {
        pass(at - self.now()).await;
    }
}

/// Lets a span of time pass.
pub(crate) async fn pass(span: Span) {
    if let Ok(millis @ 1..) = u64::try_from(span.as_millis()) {
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
}

/// One process, from its start to its crash. Everything that it does goes through a gate here, so a crash at any
/// such point leaves all its tasks where they are, for ever.
#[derive(Debug)]
pub(crate) struct Life {
    /// Its number, which no other process ever has.
    pub id: usize,
    /// Its name, which no other process ever has either.
    pub name: String,
    time: Time,
    alive: AtomicBool,
    thaws_at: AtomicI64,
    ahead: AtomicI64,
}

impl Life {
    /// A process that begins now, with a clock that goes so far ahead of the world's.
    pub(crate) fn begin(id: usize, name: String, time: Time, ahead: Span) -> Self {
        Self {
            id,
            name,
            time,
            alive: AtomicBool::new(true),
            thaws_at: AtomicI64::new(i64::MIN),
            ahead: AtomicI64::new(ahead.as_millis()),
        }
    }

    /// Whether it has not crashed.
    pub(crate) fn is_alive(&self) -> bool {
        self.alive.load(Ordering::Relaxed)
    }

    /// It crashes here.
    pub(crate) fn die(&self) {
        self.alive.store(false, Ordering::Relaxed);
    }

    /// It stands still for a while, as after SIGSTOP.
    pub(crate) fn freeze(&self, span: Span) {
        self.thaws_at.fetch_max((self.time.now() + span).millis(), Ordering::Relaxed);
    }

    /// How far its clock goes ahead of the world's; negative: behind.
    pub(crate) fn ahead(&self) -> Span {
        Span::millis(self.ahead.load(Ordering::Relaxed))
    }

    /// Its clock leaps.
    pub(crate) fn leap(&self, by: Span) {
        self.ahead.fetch_add(by.as_millis(), Ordering::Relaxed);
    }

    /// Its clock is set right.
    pub(crate) fn set_right(&self) {
        self.ahead.store(0, Ordering::Relaxed);
    }

    /// Goes on only if it lives, and only once it no longer stands still.
    pub(crate) async fn gate(&self) {
        loop {
            if !self.is_alive() {
                return std::future::pending().await;
            }
            let thaws_at = Moment::from_millis(self.thaws_at.load(Ordering::Relaxed));
            if thaws_at <= self.time.now() {
                return;
            }
            self.time.until(thaws_at).await;
        }
    }
}

impl Clock for Life {
    fn now(&self) -> Moment {
        self.time.now() + Span::millis(self.ahead.load(Ordering::Relaxed))
    }
}
