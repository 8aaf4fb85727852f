//! The faults of a source in the words that people read. Which of them an answer is, the client and the verdict say.

use super::Http;
use ports::SourceError;
use reqwest::StatusCode;
use std::sync::atomic::Ordering;

impl Http {
    /// What is said of an answer that did not come in time.
    pub(super) fn late(&self) -> String {
        let seconds = self.options.timeout.as_secs();
        if seconds == 0 {
            return format!("no answer within {} ms", self.options.timeout.as_millis());
        }
        format!("no answer within {seconds} s")
    }

    /// The source cannot be reached, which its breaker is told.
    pub(super) fn unreachable(&self, cause: String) -> SourceError {
        self.breaker.failed(self.now(), cause.clone());
        SourceError::Unreachable { id: self.id().clone(), cause }
    }

    /// `what` may not be read or done with this token.
    pub(super) fn forbidden(&self, what: &str, status: StatusCode, advice: &str) -> SourceError {
        SourceError::Forbidden {
            id: self.id().clone(),
            what: what.to_owned(),
            status: status.as_u16(),
            advice: advice.to_owned(),
        }
    }

    /// The token is not accepted, whatever the status says.
    pub(crate) fn refused(&self, status: u16) -> SourceError {
        SourceError::Refused {
            id: self.id().clone(),
            variable: self.options.token_from.clone(),
            status,
            advice: self.options.advice.to_owned(),
        }
    }

    /// The answer to `what` cannot be read, because of `cause`. It counts as failed.
    pub(crate) fn unreadable(&self, what: &str, cause: &str) -> SourceError {
        self.meter.errors.fetch_add(1, Ordering::Relaxed);
        SourceError::Unreadable {
            id: self.id().clone(),
            what: what.to_owned(),
            cause: cause.to_owned(),
        }
    }
}
