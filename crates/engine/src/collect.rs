//! Collecting: all sources side by side. A source that is slow or dead neither delays nor blanks the others:
//! what is not there in time comes with a later tick.

use conductor::facts::Readings;
use conductor::observation::Slot;
use conductor::{AppId, Moment, Reading, SourceId, Span};
use futures::FutureExt;
use ports::{Answer, Ask, Reads, SourceError, StoredReading};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// The sources, and which of them are being read now.
pub(crate) struct Collector {
    sources: Vec<Arc<dyn Reads>>,
    running: JoinSet<(SourceId, Moment, Vec<Answer>)>,
    under_way: BTreeSet<SourceId>,
    /// When each was last asked.
    asked_at: BTreeMap<SourceId, Moment>,
    /// When each last gave an answer without a fault.
    pub(crate) good_at: BTreeMap<SourceId, Moment>,
    /// Calls of each source's last read.
    pub(crate) calls_last_read: BTreeMap<SourceId, u64>,
    calls_before: BTreeMap<SourceId, u64>,
}

/// How long a source is left alone between two reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rhythm {
    /// From one tick to the next.
    pub(crate) tick: Span,
    /// Somebody said that something happened: what is read each tick is read now, but for this gap.
    pub(crate) hinted: Option<Span>,
}

impl Rhythm {
    fn wait(self, cadence: Span) -> Span {
        // Half a tick of slack: a source whose cadence is a tick is not left out by a moment.
        let usual = Span::millis(cadence.as_millis() - self.tick.as_millis() / 2);
        match self.hinted {
            Some(gap) if cadence <= self.tick => usual.min(gap),
            _ => usual,
        }
    }
}

fn no_answers(source: &Arc<dyn Reads>, apps: &[AppId]) -> Vec<Answer> {
    let owes = source.owes();
    let owed = apps.iter().filter(|app| owes.iter().any(|(of, _, _)| of == *app));
    let error = || SourceError::Unreadable {
        id: source.id().clone(),
        what: "what it was asked".to_owned(),
        cause: "Signalbox itself failed over it".to_owned(),
    };
    owed.map(|app| Answer::failed(app, error())).collect()
}

/// What came of a round of reading.
#[derive(Default)]
pub(crate) struct Collected {
    /// Readings whose value is new.
    pub(crate) changed: Vec<StoredReading>,
    /// Slots that were asked again and found unchanged: observed and fetched.
    pub(crate) fresh: Vec<(Slot, Moment, Moment)>,
    /// Sources whose fault came or went: source, app, the message or `None`.
    pub(crate) turned: Vec<(SourceId, AppId, Option<String>)>,
}

impl Collector {
    pub(crate) fn new(sources: Vec<Arc<dyn Reads>>) -> Self {
        Self {
            sources,
            running: JoinSet::new(),
            under_way: BTreeSet::new(),
            asked_at: BTreeMap::new(),
            good_at: BTreeMap::new(),
            calls_last_read: BTreeMap::new(),
            calls_before: BTreeMap::new(),
        }
    }

    pub(crate) fn sources(&self) -> &[Arc<dyn Reads>] {
        &self.sources
    }

    /// Asks every source that is due, and waits for all, but no longer than the deadline.
    pub(crate) async fn collect(
        &mut self,
        apps: &Arc<[AppId]>,
        readings: &mut Readings,
        now: Moment,
        rhythm: Rhythm,
        deadline: Duration,
    ) -> Collected {
        let known = Arc::new(readings.clone());
        for source in &self.sources {
            let id = source.id();
            let wait = rhythm.wait(source.cadence());
            // Asked in the future: our clock has gone back since.
            let due = self.asked_at.get(id).is_none_or(|at| now - *at >= wait || *at > now);
            if !due || self.under_way.contains(id) {
                continue;
            }
            self.asked_at.insert(id.clone(), now);
            self.under_way.insert(id.clone());
            self.calls_before.insert(id.clone(), source.meter().calls);
            let (source, known, apps) = (Arc::clone(source), Arc::clone(&known), Arc::clone(apps));
            self.running.spawn(async move {
                let ask = Ask { apps: &apps, known: &known, now, afresh: false };
                // A connector that panics is a fault of ours, and is treated like one of its source.
                let read = AssertUnwindSafe(source.read(ask)).catch_unwind().await;
                let answers = read.unwrap_or_else(|_| no_answers(&source, &apps));
                (source.id().clone(), now, answers)
            });
        }
        let mut collected = Collected::default();
        let until = tokio::time::Instant::now() + deadline;
        while let Ok(Some(joined)) = tokio::time::timeout_at(until, self.running.join_next()).await
        {
            let Ok((id, asked_at, answers)) = joined else { continue };
            self.under_way.remove(&id);
            if let Some(source) = self.sources.iter().find(|it| *it.id() == id) {
                let before = self.calls_before.get(&id).copied().unwrap_or(0);
                self.calls_last_read
                    .insert(id.clone(), source.meter().calls.saturating_sub(before));
            }
            if answers.iter().all(|answer| answer.seen.is_ok() && answer.faults.is_empty()) {
                self.good_at.insert(id.clone(), asked_at);
            }
            collected.add(integrate(readings, &id, answers, asked_at, now));
        }
        collected
    }
}

impl Collected {
    pub(crate) fn add(&mut self, other: Self) {
        self.changed.extend(other.changed);
        self.fresh.extend(other.fresh);
        self.turned.extend(other.turned);
    }
}

/// Reads some sources afresh before an action, side by side, each within the deadline. What does not answer
/// in time is a fault.
pub(crate) async fn read_afresh(
    sources: &[Arc<dyn Reads>],
    app: &AppId,
    known: Readings,
    now: Moment,
    deadline: Duration,
) -> Vec<(SourceId, Vec<Answer>)> {
    let known = Arc::new(known);
    let reads = sources
        .iter()
        .filter(|source| source.owes().iter().any(|(owed, _, _)| owed == app))
        .map(|source| {
            let (source, known, app) = (Arc::clone(source), Arc::clone(&known), app.clone());
            async move {
                let apps = std::slice::from_ref(&app);
                let ask = Ask { apps, known: &known, now, afresh: true };
                let answers = tokio::time::timeout(deadline, source.read(ask)).await;
                let id = source.id().clone();
                let answers = answers.unwrap_or_else(|_| {
                    let cause = format!("no answer within {} s", deadline.as_secs());
                    let error = SourceError::Unreachable { id: id.clone(), cause };
                    vec![Answer::failed(&app, error)]
                });
                (id, answers)
            }
        });
    futures::future::join_all(reads).await
}

/// Lays answers over the readings. A fault makes what the source owes Unknown and keeps the last value for
/// people's eyes; a good answer takes the fault away. Where a source only asks us to slow down, what it said
/// last stands and ages, and the reason is told beside it.
pub(crate) fn integrate(
    readings: &mut Readings,
    source: &SourceId,
    answers: Vec<Answer>,
    asked_at: Moment,
    now: Moment,
) -> Collected {
    let mut collected = Collected::default();
    for answer in answers {
        let key = (source.clone(), answer.app.clone());
        let is_ours = |slot: &Slot| slot.source == *source && slot.app == answer.app;
        let seen = match answer.seen {
            Ok(seen) => {
                let waited = readings.waits.keys().any(is_ours);
                if readings.faults.remove(&key).is_some() || waited {
                    collected.turned.push((key.0, key.1, None));
                }
                seen
            }
            Err(error @ SourceError::TooFast { .. }) => {
                let message = error.to_string();
                let is_new = !readings.waits.keys().any(is_ours);
                if is_new && !readings.faults.contains_key(&key) {
                    collected.turned.push((key.0, key.1, Some(message.clone())));
                }
                let owed = readings.owed.iter().filter(|slot| is_ours(slot));
                readings.waits.extend(owed.map(|slot| (slot.clone(), message.clone())));
                continue;
            }
            Err(error) => {
                let message = error.to_string();
                if readings.faults.insert(key.clone(), message.clone()).is_none() {
                    collected.turned.push((key.0, key.1, Some(message)));
                }
                continue;
            }
        };
        let slot_of = |platform, kind| Slot {
            source: source.clone(),
            app: answer.app.clone(),
            platform,
            kind,
        };
        readings.slot_faults.retain(|slot, _| !is_ours(slot));
        readings.waits.retain(|slot, _| !is_ours(slot));
        for (platform, kind, error) in answer.faults {
            let waits = matches!(error, SourceError::TooFast { .. });
            let told = if waits { &mut readings.waits } else { &mut readings.slot_faults };
            told.insert(slot_of(platform, kind), error.to_string());
        }
        for observed in seen {
            let slot = slot_of(observed.what.platform().cloned(), observed.what.kind());
            let reading = Reading {
                value: observed.what,
                source: source.clone(),
                observed_at: observed.observed_at,
                fetched_at: asked_at,
                link: observed.link,
            };
            match readings.slots.get_mut(&slot) {
                // It was on its way for long, and somebody has looked since.
                Some(known) if known.was_asked_after(reading.fetched_at, now) => {}
                Some(known) if known.value == reading.value && known.link == reading.link => {
                    known.observed_at = reading.observed_at;
                    known.fetched_at = reading.fetched_at;
                    collected.fresh.push((slot, reading.observed_at, reading.fetched_at));
                }
                _ => {
                    collected
                        .changed
                        .push(StoredReading { slot: slot.clone(), reading: reading.clone() });
                    readings.slots.insert(slot, reading);
                }
            }
        }
    }
    collected
}
