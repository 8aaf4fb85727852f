//! One fact with its value, its source and its age, or the reason why it is not known.

use crate::moment::{Moment, Span};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The name of a configured source: `github`, `jira`, `sentry-mobile`. `signalbox` is Signalbox itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceId(String);

impl SourceId {
    /// Takes a name as it is; settings check its letters before.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }
    /// What people gave in Signalbox itself: sign-offs, holds, marks.
    pub fn signalbox() -> Self {
        Self::new("signalbox")
    }
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A value that a source vouches for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading<T> {
    /// The value.
    pub value: T,
    /// Who says so.
    pub source: SourceId,
    /// The moment for which the source vouches: the end of the data. Age counts from here.
    pub observed_at: Moment,
    /// The moment when we asked.
    pub fetched_at: Moment,
    /// Where a person sees the same thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// How far ahead of us a source's clock may be before its reading is not believed.
pub const CLOCK_SLACK: Span = Span::minutes(2);

impl<T> Reading<T> {
    /// How old it is. Negative if it is stamped in the future.
    pub fn age(&self, now: Moment) -> Span {
        now - self.observed_at
    }

    /// Whether it was asked for after another of its kind. What was asked for in the future was stamped by a clock of
    /// ours that has gone back since: it is older than anything that is asked now.
    pub fn was_asked_after(&self, other: Moment, now: Moment) -> bool {
        let future = now + CLOCK_SLACK;
        self.fetched_at <= future && (self.fetched_at > other || other > future)
    }

    /// Another value with the same provenance.
    pub fn with<U>(&self, value: U) -> Reading<U> {
        Reading {
            value,
            source: self.source.clone(),
            observed_at: self.observed_at,
            fetched_at: self.fetched_at,
            link: self.link.clone(),
        }
    }

    /// The same provenance around a part of the value.
    pub fn map<U>(self, part: impl FnOnce(T) -> U) -> Reading<U> {
        Reading {
            value: part(self.value),
            source: self.source,
            observed_at: self.observed_at,
            fetched_at: self.fetched_at,
            link: self.link,
        }
    }
}

/// Why something is not known. None of these is zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_family = "wasm"), serde(tag = "why"))]
pub enum Why {
    /// No source for it is configured.
    NotConfigured,
    /// Its source has not answered yet since the start.
    NotReadYet,
    /// Its source failed; the message says what to do.
    Fault {
        /// The source's error, for a person.
        message: String,
    },
    /// The source answered, but has nothing on this track: too few users, not uploaded, not listed.
    NoData,
    /// The list was not read to its end.
    Partial,
    /// Older than its condition allows.
    Expired,
    /// Stamped in the future: the source's clock, or ours, is wrong.
    FromTheFuture,
    /// Fewer than the minimum sample, or not enough of it to tell.
    UnderSampled,
    /// Sources contradict each other.
    Contradiction {
        /// What they say.
        message: String,
    },
}

/// A reading, or the reason why there is none. Unknown is a value that no caller can skip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_family = "wasm"), serde(tag = "is"))]
pub enum Fact<T> {
    /// A source vouches for it.
    Known(Reading<T>),
    /// Not known; the last value is for people's eyes only and moves nothing.
    Unknown {
        /// The reason.
        why: Why,
        /// Whose answer is missing, if a source is configured.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<SourceId>,
        /// The last good reading.
        #[serde(default = "none", skip_serializing_if = "Option::is_none")]
        last: Option<Box<Reading<T>>>,
    },
}

fn none<T>() -> Option<T> {
    None
}

impl<T> Default for Fact<T> {
    fn default() -> Self {
        Self::Unknown { why: Why::NotConfigured, source: None, last: None }
    }
}

impl<T> Fact<T> {
    /// Not known, with the reason and the source that owes it.
    pub fn unknown(why: Why, source: Option<SourceId>) -> Self {
        Self::Unknown { why, source, last: None }
    }

    /// The reading, whatever its age.
    pub fn known(&self) -> Option<&Reading<T>> {
        match self {
            Self::Known(reading) => Some(reading),
            Self::Unknown { .. } => None,
        }
    }

    /// The value, whatever its age. For what follows the world (a stage), not for conditions.
    pub fn value(&self) -> Option<&T> {
        self.known().map(|reading| &reading.value)
    }

    /// The last value that anybody vouched for, known or not. For people's eyes only.
    pub fn last(&self) -> Option<&Reading<T>> {
        match self {
            Self::Known(reading) => Some(reading),
            Self::Unknown { last, .. } => last.as_deref(),
        }
    }

    /// The reading, if it is neither too old nor from the future; else why not.
    pub fn fresh(&self, max_age: Span, now: Moment) -> Result<&Reading<T>, Why> {
        match self {
            Self::Unknown { why, .. } => Err(why.clone()),
            Self::Known(reading) if reading.observed_at > now + CLOCK_SLACK => {
                Err(Why::FromTheFuture)
            }
            Self::Known(reading) if reading.age(now) > max_age => Err(Why::Expired),
            Self::Known(reading) => Ok(reading),
        }
    }

    /// The source that gave it or owes it.
    pub fn source(&self) -> Option<&SourceId> {
        match self {
            Self::Known(reading) => Some(&reading.source),
            Self::Unknown { source, .. } => source.as_ref(),
        }
    }
}
