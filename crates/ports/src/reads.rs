//! Reading from a source.

use async_trait::async_trait;
use conductor::facts::Readings;
use conductor::observation::{ObservationKind, Observed};
use conductor::{AppId, Moment, Platform, SourceId, Span};
use std::collections::BTreeMap;

/// A source that is read. One batched question per app, or over all apps, where the vendor allows.
#[async_trait]
pub trait Reads: Send + Sync {
    /// The name that settings gave it.
    fn id(&self) -> &SourceId;

    /// The kind of source: `github`, `jira`.
    fn kind(&self) -> &'static str;

    /// What a person calls it: `GitHub`.
    fn title(&self) -> &'static str;

    /// How long to wait between two reads. Each tick if it is shorter than a tick.
    fn cadence(&self) -> Span {
        Span::minutes(5)
    }

    /// What it is there to tell, by app: which kinds, on which platform (`None`: of the whole app). What
    /// it owes and does not give is Unknown.
    fn owes(&self) -> Vec<(AppId, Option<Platform>, ObservationKind)>;

    /// How long a new item may be missing from its search.
    fn index_lag(&self) -> Span {
        Span::default()
    }

    /// Reads. One answer for each app that was asked for: one app's fault does not blank another's. Total:
    /// whatever breaks is inside the answers. Every call carries its own time-out.
    async fn read(&self, ask: Ask<'_>) -> Vec<Answer>;

    /// Tries the source for `signalbox check`: whether it answers, with what rights, and what to do if not.
    async fn probe(&self, now: Moment) -> Probe;

    /// Calls, bytes and errors since the start.
    fn meter(&self) -> Meter;
}

/// What is asked of a source.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The apps that are wanted. A source that knows none of them answers nothing.
    pub apps: &'a [AppId],
    /// What is known so far, of all sources: so that a source asks for what moved only.
    pub known: &'a Readings,
    /// The moment now.
    pub now: Moment,
    /// Before an action: read everything afresh, whatever was asked a moment ago.
    pub afresh: bool,
}

/// What a source said about one app.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The app.
    pub app: AppId,
    /// All that was seen of it; or why there is no answer. A slot that is owed and absent here keeps its
    /// last reading, which ages.
    pub seen: Result<Vec<Observed>, SourceError>,
    /// What failed beside what was seen: those slots are Unknown with this reason, the others stand.
    pub faults: Vec<(Option<Platform>, ObservationKind, SourceError)>,
}

impl Answer {
    /// There is no answer about this app.
    pub fn failed(app: &AppId, error: SourceError) -> Self {
        Self { app: app.clone(), seen: Err(error), faults: Vec::new() }
    }
    /// What was seen, and what failed beside it. Where nothing was seen at all, the first fault is the answer.
    pub fn of(
        app: &AppId,
        seen: Vec<Observed>,
        faults: Vec<(Option<Platform>, ObservationKind, SourceError)>,
    ) -> Self {
        match faults.first() {
            Some((_, _, error)) if seen.is_empty() => Self::failed(app, error.clone()),
            _ => Self { app: app.clone(), seen: Ok(seen), faults },
        }
    }
}

/// What `check` tells about a source.
#[derive(Clone, Debug)]
pub struct Probe {
    /// Lines that tell what answered, with what rights; in order.
    pub good: Vec<String>,
    /// What is wrong, each with what to do.
    pub wrong: Vec<String>,
}

/// What a source costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Meter {
    /// Requests sent, repeats included.
    pub calls: u64,
    /// Bytes of answers received.
    pub bytes: u64,
    /// Requests that failed for good.
    pub errors: u64,
    /// Requests that the vendor answered with "not modified".
    pub unchanged: u64,
}

impl Meter {
    /// What both cost together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            bytes: self.bytes + other.bytes,
            errors: self.errors + other.errors,
            unchanged: self.unchanged + other.unchanged,
        }
    }
}

/// Why a source gave no answer. Each message names the source and ends in what a person does next.
/// Sorted by what the reader can do. None of them ever carries a secret or the body of an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// 401: the token is not accepted.
    #[error(
        "{id} refused the token in {variable} ({status}): {advice}, then run `signalbox check`"
    )]
    Refused {
        /// The source.
        id: SourceId,
        /// Where the token comes from: a variable or a file, never its value.
        variable: String,
        /// The HTTP status.
        status: u16,
        /// What to do: give it a scope, renew it.
        advice: String,
    },
    /// 403 or 404 for something that should be there: the token may not look.
    #[error("{id} does not let us see {what} ({status}): {advice}")]
    Forbidden {
        /// The source.
        id: SourceId,
        /// What was asked for.
        what: String,
        /// The HTTP status.
        status: u16,
        /// What to do.
        advice: String,
    },
    /// 429, or a 403 that means the same.
    #[error("{id} asks us to slow down; it is asked again {again}")]
    TooFast {
        /// The source.
        id: SourceId,
        /// When, in words: `in 42 s`.
        again: String,
    },
    /// No connection, no answer in time, or 5xx after retries.
    #[error(
        "{id} cannot be reached ({cause}): nothing to do if it comes back soon; else check its address and the network"
    )]
    Unreachable {
        /// The source.
        id: SourceId,
        /// What happened: `no answer within 10 s`, `503`.
        cause: String,
    },
    /// The answer is cut, not JSON, or lacks something.
    #[error(
        "{id} answered {what} in a way that we cannot read ({cause}): if it stays so, report it with the version of Signalbox"
    )]
    Unreadable {
        /// The source.
        id: SourceId,
        /// What was asked for.
        what: String,
        /// Where and how it does not fit.
        cause: String,
    },
    /// Not asked, because it failed again and again.
    #[error("{id} failed {failures} times in a row and is left alone until {until}: {last}")]
    LeftAlone {
        /// The source.
        id: SourceId,
        /// How often in a row.
        failures: u32,
        /// Until when.
        until: Moment,
        /// The last failure.
        last: String,
    },
}

/// Calls of a tick, by source; for the figures on the sources page.
pub type Meters = BTreeMap<SourceId, Meter>;
