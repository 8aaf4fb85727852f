//! What comes back: an answer with its headers, or why something that was to be done has no good answer.

use super::verdict;
use conductor::SourceId;
use ports::ActError;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;

/// An answer and what came in its head.
#[derive(Clone)]
pub(crate) struct Got<T> {
    /// The answer.
    pub value: T,
    /// Its headers.
    pub headers: HeaderMap,
}

impl<T> Got<T> {
    /// The address of the next page, by the `Link` header.
    pub(crate) fn next(&self) -> Option<String> {
        verdict::next_link(&self.headers)
    }
    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Why a request that does something has no good answer. Becomes an [`ActError`] by `?`.
#[derive(Clone, Debug)]
pub(crate) enum SendError {
    /// The vendor said no: 3xx or 4xx.
    Refused {
        /// The source.
        id: SourceId,
        /// The status.
        status: u16,
        /// The vendor's words, at most 300 characters.
        words: String,
        /// The vendor's own code for it, where the answer has one: `STATE_ERROR`, `FAILED_PRECONDITION`.
        code: Option<String>,
    },
    /// Asked to slow down: nothing happened.
    TooFast {
        /// The source.
        id: SourceId,
        /// When to come again, in words.
        again: String,
    },
    /// Nothing was sent, since there is no token.
    NotSent {
        /// The source.
        id: SourceId,
        /// Why.
        words: String,
    },
    /// It may or may not have happened.
    NoAnswer {
        /// The source.
        id: SourceId,
        /// What broke.
        cause: String,
    },
}

impl From<SendError> for ActError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Refused { id, status, words, .. } => {
                Self::Refused { id, words: format!("{words} ({status})") }
            }
            SendError::TooFast { id, again } => {
                Self::NotNow { id, words: format!("it asks us to slow down, again {again}") }
            }
            SendError::NotSent { id, words } => Self::NotNow { id, words },
            SendError::NoAnswer { id, cause } => Self::NoAnswer { id, cause },
        }
    }
}

/// What came back for something that was done.
pub(crate) struct Sent {
    pub(super) id: SourceId,
    pub(super) body: Vec<u8>,
}

impl Sent {
    /// Reads the answer. That it cannot be read does not undo what was done.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, SendError> {
        verdict::decode(&self.body)
            .map_err(|cause| SendError::NoAnswer { id: self.id.clone(), cause })
    }
}
