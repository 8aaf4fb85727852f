//! The herald: tells people outside of Signalbox what each published board has for them. It reads boards
//! only, so it delays no tick and stops no train; what is told to one place waits for no other.
//!
//! At least once: what a place did not take is told again. Not twice: places know what they show, see
//! [`Notifies`].

mod notices;

use crate::publish::Published;
use conductor::finding::Verdict;
use notices::notices;
use ports::{Clock, Notice, NoticeKey, NoticeKind, Notifies, NotifyError};
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Tells people.
pub struct Herald {
    boards: watch::Receiver<Arc<Published>>,
    clock: Arc<dyn Clock>,
}

/// The first wait after a failure, in real time; doubled with each, up to the longest.
const FIRST_WAIT: Duration = Duration::from_secs(5);
/// The longest wait after failures: a dead place is tried once a minute.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

impl Herald {
    /// A herald of these boards.
    pub fn new(boards: watch::Receiver<Arc<Published>>, clock: Arc<dyn Clock>) -> Self {
        Self { boards, clock }
    }

    /// Tells these places until the engine ends.
    pub async fn run(self, places: Vec<Arc<dyn Notifies>>) {
        let each = places.into_iter().map(|place| {
            let boards = self.boards.clone();
            Desk { place, clock: Arc::clone(&self.clock), told: None }.run(boards)
        });
        futures::future::join_all(each).await;
    }
}

/// What one place was told.
struct Desk {
    place: Arc<dyn Notifies>,
    clock: Arc<dyn Clock>,
    /// What shows there and is not over; `None` as the content: told by a process before this one. `None`
    /// until the place was asked.
    told: Option<BTreeMap<NoticeKey, Option<Notice>>>,
}

impl Desk {
    async fn run(mut self, mut boards: watch::Receiver<Arc<Published>>) {
        let mut wait = FIRST_WAIT;
        loop {
            let board = boards.borrow_and_update().clone();
            match self.bring_up_to_date(&board).await {
                Ok(()) => {
                    wait = FIRST_WAIT;
                    if boards.changed().await.is_err() {
                        return;
                    }
                }
                Err(error) => {
                    tracing::warn!(place = %error.id, "{error}");
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(LONGEST_WAIT);
                    if boards.has_changed().is_err() {
                        return;
                    }
                }
            }
        }
    }

    /// Makes the place show what the board has for it. Fails with the first error, after all was tried: one
    /// channel that is gone silences no other.
    async fn bring_up_to_date(&mut self, board: &Published) -> Result<(), NotifyError> {
        if !board.ready || !board.speaks {
            self.told = None; // Another speaks meanwhile: what shows is asked again later.
            return Ok(());
        }
        let place = Arc::clone(&self.place);
        let now = self.clock.now();
        if self.told.is_none() {
            let standing = self.in_time(place.standing(now)).await?;
            self.told = Some(standing.into_iter().map(|key| (key, None)).collect());
        }
        let due: BTreeMap<NoticeKey, Notice> = notices(board, now)
            .into_iter()
            .filter(|it| place.wants(&it.key.track.app, it.key.kind))
            .map(|it| (it.key.clone(), it))
            .collect();
        let told = self.told.clone().unwrap_or_default();
        let mut failed = None;
        for (key, notice) in &due {
            if told.get(key).is_some_and(|it| it.as_ref() == Some(notice)) {
                continue;
            }
            match self.in_time(place.tell(notice, now)).await {
                Ok(()) => self.keep(key, Some(notice)),
                Err(error) => drop(failed.get_or_insert(error)),
            }
        }
        for key in told.keys().filter(|key| !due.contains_key(*key)) {
            // What was news is none any more, and what it said stays true.
            if key.kind == NoticeKind::Moved {
                self.keep(key, None);
                continue;
            }
            if is_in_doubt(board, key) {
                continue;
            }
            match self.in_time(place.over(key, now)).await {
                Ok(()) => self.keep(key, None),
                Err(error) => drop(failed.get_or_insert(error)),
            }
        }
        failed.map_or(Ok(()), Err)
    }

    fn keep(&mut self, key: &NoticeKey, notice: Option<&Notice>) {
        let told = self.told.get_or_insert_default();
        match notice {
            Some(notice) => drop(told.insert(key.clone(), Some(notice.clone()))),
            None => drop(told.remove(key)),
        }
    }

    /// A call, given up after the time that the place says.
    async fn in_time<T>(
        &self,
        call: impl Future<Output = Result<T, NotifyError>>,
    ) -> Result<T, NotifyError> {
        let most = u64::try_from(self.place.gives_up_after().as_millis()).unwrap_or(10_000);
        match tokio::time::timeout(Duration::from_millis(most), call).await {
            Ok(done) => done,
            Err(_) => {
                let words = format!("no answer within {} s", most / 1000);
                Err(NotifyError { id: self.place.id().clone(), words })
            }
        }
    }
}

/// Whether the board cannot tell that a notice is over. A source that fell silent ends nothing.
fn is_in_doubt(board: &Published, key: &NoticeKey) -> bool {
    let Some(it) = board.tracks.get(&key.track) else { return true };
    let store = &it.inputs.facts.store;
    let guards = &it.decision.guards;
    (store.value().is_none() && store.last().is_some())
        || (key.kind == NoticeKind::Guard && guards.iter().any(|it| it.verdict == Verdict::Unknown))
}

#[cfg(test)]
mod tests;
