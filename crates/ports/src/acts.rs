//! Acting on a source. What a vendor cannot do is an action that its connector does not list.

use async_trait::async_trait;
use conductor::observation::{Sha, Share};
use conductor::process::Action;
use conductor::{AppId, Moment, Platform, SourceId, Span, TrackId};

/// A source on which something can be done.
#[async_trait]
pub trait Acts: Send + Sync {
    /// The name that settings gave it.
    fn id(&self) -> &SourceId;

    /// The lines that it acts for: app and platform.
    fn lines(&self) -> Vec<(AppId, Platform)>;

    /// What it can do there.
    fn actions(&self) -> &'static [Action];

    /// How long one action may take at most, all its requests together. The engine writes the end of that
    /// time down before the first request leaves.
    fn gives_up_after(&self) -> Span;

    /// Does it, once, after looking where the vendor's dialect needs it (absolute operations, never "add").
    /// `Ok` means that the vendor accepted, not that it shows. Never retries a request that may have had
    /// an effect.
    async fn act(&self, order: &Order, now: Moment) -> Result<(), ActError>;
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The track.
    pub track: TrackId,
    /// What.
    pub action: Action,
    /// The build's number.
    pub build: String,
    /// The build's commit, if it is known.
    pub commit: Option<Sha>,
    /// The share for a rollout: at submission to Google Play and at the start.
    pub share: Share,
    /// The intent's key, for vendors that take one.
    pub key: String,
}

/// Why an action did not happen, or may not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// The vendor refused, and nothing happened. Final until a person says otherwise.
    #[error("{id} refused: {words}")]
    Refused {
        /// The source.
        id: SourceId,
        /// The vendor's words and what to do.
        words: String,
    },
    /// Nothing was sent: the world is not as it was when this was decided.
    #[error("{id} is not in a state for this: {words}")]
    NotNow {
        /// The source.
        id: SourceId,
        /// What was found.
        words: String,
    },
    /// It may or may not have happened: time-out, 5xx, lost connection. Look first.
    #[error("{id} gave no clear answer: {cause}")]
    NoAnswer {
        /// The source.
        id: SourceId,
        /// What broke.
        cause: String,
    },
}

impl ActError {
    /// The source refused, in these words.
    pub fn refused(id: &SourceId, words: impl Into<String>) -> Self {
        Self::Refused { id: id.clone(), words: words.into() }
    }
    /// Nothing was sent, for this reason.
    pub fn not_now(id: &SourceId, words: impl Into<String>) -> Self {
        Self::NotNow { id: id.clone(), words: words.into() }
    }
}
