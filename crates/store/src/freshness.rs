//! How long a value stayed fresh, without a row for each time it was asked: a run is a stretch of
//! asking at the usual pace. A pause longer than usual (a source that failed) begins a new run, so that
//! whoever looks back sees the age that the reading had then. Pure; the rows are the database's.

use conductor::{Moment, Span};

/// One answer that confirmed a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The end of the data.
    pub(crate) observed_at: Moment,
    /// When we asked.
    pub(crate) fetched_at: Moment,
}

/// A stretch in which a value was confirmed again and again at the usual pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// The first answer.
    pub(crate) from: Asked,
    /// The last answer.
    pub(crate) to: Asked,
    /// The longest pause between two of its answers.
    pub(crate) longest_gap: Span,
    /// The longest distance of the end of the data behind the asking.
    pub(crate) longest_lag: Span,
    /// How long the slot's pauses usually are; zero if that is not known yet.
    pub(crate) usual_gap: Span,
}

/// What an answer makes of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// It goes on.
    Same(Run),
    /// A new one begins.
    New(Run),
}

impl Run {
    /// A slot's very first answer.
    pub(crate) fn first(asked: Asked) -> Self {
        Self::begin(asked, Span::default())
    }

    /// The run of a new value in the same slot.
    pub(crate) fn replaced(&self, asked: Asked) -> Self {
        Self::begin(asked, self.pace_after(asked))
    }

    /// The run after the same value was confirmed.
    pub(crate) fn confirmed(&self, asked: Asked) -> Next {
        let gap = asked.fetched_at - self.to.fetched_at;
        let usual_gap = self.pace_after(asked);
        let goes_on = gap >= Span::default() && gap.as_millis() <= twice(self.usual_gap);
        if !goes_on {
            return Next::New(Self::begin(asked, usual_gap));
        }
        Next::Same(Self {
            from: self.from,
            to: asked,
            longest_gap: self.longest_gap.max(gap),
            longest_lag: self.longest_lag.max(lag(asked)),
            usual_gap,
        })
    }

    /// The answer that was the last one at a moment. Between the run's ends it is told as old as it can
    /// have been, never younger than it was.
    pub(crate) fn at(&self, moment: Moment) -> Asked {
        if moment >= self.to.fetched_at {
            return self.to;
        }
        let fetched_at = (moment - self.longest_gap).max(self.from.fetched_at);
        let observed_at = (fetched_at - self.longest_lag).max(self.from.observed_at);
        Asked { observed_at, fetched_at }
    }

    fn begin(asked: Asked, usual_gap: Span) -> Self {
        Self {
            from: asked,
            to: asked,
            longest_gap: Span::default(),
            longest_lag: lag(asked).max(Span::default()),
            usual_gap,
        }
    }

    /// Follows a slower pace at once within reason, and a faster one slowly: a burst of hints must not
    /// make the usual pace look like a failure, nor a failure like the usual pace.
    fn pace_after(&self, asked: Asked) -> Span {
        let gap = (asked.fetched_at - self.to.fetched_at).as_millis();
        let usual = self.usual_gap.as_millis();
        Span::millis(match gap {
            ..=0 => usual,
            _ if usual == 0 => gap,
            _ if gap <= twice(self.usual_gap) => gap.max(usual / 4 * 3),
            _ => gap.min(twice(self.usual_gap)),
        })
    }
}

fn lag(asked: Asked) -> Span {
    asked.fetched_at - asked.observed_at
}

fn twice(span: Span) -> i64 {
    span.as_millis().saturating_mul(2)
}

#[cfg(test)]
mod tests;
