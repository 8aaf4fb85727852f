//! Who gets what: from a checked configuration to a running engine.

use crate::config::Config;
use conductor::{Moment, SourceId};
use connectors::Inbox;
use engine::{Engine, Herald, Parts, Settings};
use ports::{Acts, Clock, Reads, Store, StoreError};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long a tick waits for its sources.
const READ_DEADLINE: Duration = Duration::from_secs(3);

/// The real clock.
pub(crate) struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Moment {
        // Before 1970 no clock of a machine that runs this stands.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Moment::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// A clock that runs faster than life, from a moment on.
pub(crate) struct FastClock {
    pub(crate) start: Moment,
    pub(crate) began: Instant,
    pub(crate) pace: u32,
}

impl Clock for FastClock {
    fn now(&self) -> Moment {
        let real = i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX);
        Moment::from_millis(
            self.start.millis().saturating_add(real.saturating_mul(i64::from(self.pace))),
        )
    }
    fn pace(&self) -> u32 {
        self.pace
    }
}

/// An engine over a configuration.
pub(crate) async fn engine(
    config: &Config,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
) -> Result<Arc<Engine>, StoreError> {
    // What is there to tell people only owes no reading, and is not asked for any.
    let reads: Vec<Arc<dyn Reads>> = config
        .sources
        .iter()
        .map(|(_, it)| Arc::clone(&it.reads))
        .filter(|it| !it.owes().is_empty())
        .collect();
    let acts: Vec<Arc<dyn Acts>> =
        config.sources.iter().filter_map(|(_, it)| it.acts.clone()).collect();
    let settings = Settings {
        apps: config.apps.clone(),
        processes: config.processes.clone(),
        windows: config.windows.clone(),
        tick: config.conductor.tick,
        read_deadline: READ_DEADLINE,
        first_share: config.conductor.first_share,
        holder: holder(),
        acts: config.conductor.acts,
        first_revision: since_1970_ms(),
    };
    Engine::new(settings, Parts { reads, acts, store, clock }).await
}

/// Tells people what its boards have for them, at the places that are configured.
pub(crate) fn herald(
    engine: &Engine,
    config: &Config,
    clock: Arc<dyn Clock>,
) -> impl Future<Output = ()> + use<> {
    let places: Vec<_> = config.sources.iter().filter_map(|(_, it)| it.tells.clone()).collect();
    Herald::new(engine.published(), clock).run(places)
}

/// A name for this process that no other has: where and when it started.
fn holder() -> String {
    format!("{}-{}", std::process::id(), since_1970_ms())
}

/// The machine's own time, in milliseconds, whatever time the trains live in.
fn since_1970_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Where readings may be pushed.
pub(crate) fn inboxes(config: &Config) -> Arc<[Arc<Inbox>]> {
    config.sources.iter().filter_map(|(_, it)| it.inbox.clone()).collect()
}

/// The names of the sources, for messages.
pub(crate) fn source_names(config: &Config) -> Vec<SourceId> {
    config.sources.iter().map(|(id, _)| id.clone()).collect()
}
