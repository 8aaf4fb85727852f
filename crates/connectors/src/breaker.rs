//! When a source is left alone: after failures in a row, or because it asked for it. Time is an argument,
//! so that a faster clock and a test need no waiting.

use conductor::{Moment, SourceId, Span};
use ports::SourceError;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Failures in a row after which a source is left alone.
const PATIENCE: u32 = 5;
/// How long it is left alone before one request tries again.
const REST: Span = Span::minutes(1);
/// The wait for a source that asks to slow down and does not say for how long; doubles each time.
const SLOW_FIRST: i64 = 60;
const SLOW_MOST: i64 = 15 * 60;

/// Counts one source's failures.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    failures: u32,
    last: String,
    /// Left alone from when until when.
    rest: Option<(Moment, Moment)>,
    /// Asked to slow down from when until when.
    slow: Option<(Moment, Moment)>,
    slow_streak: u32,
}

impl Breaker {
    /// Whether a request may leave now. After the rest one may; the others wait for its outcome.
    pub(crate) fn admit(&self, id: &SourceId, now: Moment) -> Result<(), SourceError> {
        let mut state = self.state();
        // A clock that was set back ends every wait: better one request too many than a source lost for hours.
        let within = |(from, until): (Moment, Moment)| from <= now && now < until;
        if let Some(slow) = state.slow.filter(|it| within(*it)) {
            return Err(SourceError::TooFast { id: id.clone(), again: again(slow.1 - now) });
        }
        let Some(rest) = state.rest else { return Ok(()) };
        if within(rest) {
            return Err(SourceError::LeftAlone {
                id: id.clone(),
                failures: state.failures,
                until: rest.1,
                last: state.last.clone(),
            });
        }
        state.rest = Some((now, now + REST));
        Ok(())
    }

    /// The source answered, whatever it said.
    pub(crate) fn answered(&self) {
        let mut state = self.state();
        state.failures = 0;
        state.rest = None;
        state.slow_streak = 0;
    }

    /// The source did not answer, or does not know us.
    pub(crate) fn failed(&self, now: Moment, why: String) {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        state.last = why;
        if state.failures >= PATIENCE {
            state.rest = Some((now, now + REST));
        }
    }

    /// The source asked us to slow down, for so long if it said so. Returns until when, in words.
    pub(crate) fn slow(&self, now: Moment, wait: Option<Span>) -> String {
        let mut state = self.state();
        let guess = SLOW_FIRST.saturating_mul(1 << state.slow_streak.min(4)).min(SLOW_MOST);
        state.slow_streak = state.slow_streak.saturating_add(1);
        let wait = wait.unwrap_or(Span::seconds(guess)).max(Span::seconds(1));
        state.slow = Some((now, now + wait));
        state.failures = 0;
        state.rest = None;
        again(wait)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn again(wait: Span) -> String {
    format!("in {}", Span::seconds((wait.as_millis().saturating_add(999)) / 1_000))
}

#[cfg(test)]
mod tests;
