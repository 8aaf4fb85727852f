//! Past releases, as they are kept for looking back. No tick needs them and none waits for them: whoever conducts
//! knows nothing of this trait.

use crate::StoreError;
use async_trait::async_trait;
use conductor::past::PastRelease;

/// Where past releases are kept.
#[async_trait]
pub trait Archive: Send + Sync {
    /// All that are kept: by app and platform, in the order of their branches.
    async fn past_releases(&self) -> Result<Vec<PastRelease>, StoreError>;

    /// Keeps these, all or none. One of the same app, platform and version is replaced, so that twice is the
    /// same as once.
    async fn keep_past(&self, releases: &[PastRelease]) -> Result<Kept, StoreError>;
}

/// What keeping changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// How many were not there before.
    pub new: usize,
    /// How many were told otherwise before.
    pub changed: usize,
    /// How many were there already, word for word.
    pub same: usize,
}
