//! Time as the engine sees it. The real clock, or one that runs faster, or one that a test sets.

use conductor::Moment;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The moment now, in UTC.
    fn now(&self) -> Moment;
    /// How many seconds pass here in one real second: 1 but for demonstrations.
    fn pace(&self) -> u32 {
        1
    }
}
