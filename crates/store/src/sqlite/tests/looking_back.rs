//! What was in force at a moment, and that history grows by changes alone.

use super::{number, open};
use crate::tests::Folder;
use crate::tests::samples::{at, bugs, bugs_slot, changed, conduct, fresh, same_bugs};
use conductor::{Moment, Span};
use ports::{Keep, Store, StoredReading};
use std::collections::BTreeMap;

#[tokio::test]
async fn each_moment_shows_what_was_kept_then() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let lease = conduct(&store).await;
    store.keep(changed(vec![bugs("music", 3, 10)]), &lease, at(10)).await.unwrap();
    store.keep(changed(vec![bugs("maps", 1, 15)]), &lease, at(15)).await.unwrap();
    store.keep(changed(vec![bugs("music", 2, 20)]), &lease, at(20)).await.unwrap();
    let as_of = async |minute| store.as_of(at(minute)).await.unwrap();
    assert_eq!(as_of(9).await, []);
    assert_eq!(as_of(10).await, [bugs("music", 3, 10)]);
    assert_eq!(as_of(14).await, [bugs("music", 3, 10)]);
    assert_eq!(as_of(19).await, [bugs("maps", 1, 15), bugs("music", 3, 10)]);
    assert_eq!(as_of(20).await, [bugs("maps", 1, 15), bugs("music", 2, 20)]);
    assert_eq!(as_of(9_999).await, store.restore().await.unwrap().readings);
}

#[tokio::test]
async fn a_reading_is_as_old_in_hindsight_as_its_source_was_silent() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let lease = conduct(&store).await;
    store.keep(changed(vec![bugs("music", 3, 0)]), &lease, at(0)).await.unwrap();
    for minute in [5, 10, 15, 75, 80, 85] {
        store.keep(fresh(vec![same_bugs("music", minute)]), &lease, at(minute)).await.unwrap();
    }
    let age = async |minute| {
        let readings = store.as_of(at(minute)).await.unwrap();
        (at(minute) - readings[0].reading.fetched_at).as_minutes()
    };
    assert_eq!(age(4).await, 4);
    assert!(age(13).await <= 5);
    assert_eq!(age(15).await, 0);
    assert_eq!(age(74).await, 59); // It failed for an hour, and that shows.
    assert!(age(83).await <= 8);
    assert_eq!(age(95).await, 10);
}

#[tokio::test]
async fn asking_for_days_without_a_change_adds_no_rows() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let lease = conduct(&store).await;
    store.keep(changed(vec![bugs("music", 3, 0)]), &lease, at(0)).await.unwrap();
    for n in 1..600 {
        // Half of them say that it changed, which it did not.
        let keep = if n % 2 == 0 {
            fresh(vec![same_bugs("music", n * 5)])
        } else {
            changed(vec![bugs("music", 3, n * 5)])
        };
        store.keep(keep, &lease, at(n * 5)).await.unwrap();
    }
    let mut writer = store.writer.acquire().await.unwrap();
    assert_eq!(number(&mut writer, "SELECT count(*) FROM readings").await, 1);
    assert!(number(&mut writer, "SELECT count(*) FROM freshness").await <= 2);
}

/// Numbers that look random and are the same each time.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

#[tokio::test]
async fn any_history_is_rebuilt_from_its_changes() {
    for seed in 1..=6 {
        rebuild(seed).await;
    }
}

async fn rebuild(seed: u64) {
    let folder = Folder::new();
    let store = open(&folder).await;
    let lease = conduct(&store).await;
    let mut seeded = Seeded(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut truth: BTreeMap<String, (usize, StoredReading)> = BTreeMap::new();
    let mut history: Vec<(Moment, Vec<StoredReading>)> = Vec::new();
    let mut minute = 0;
    for _ in 0..120 {
        minute += match seeded.below(10) {
            0 => 200,
            1 => 1,
            _ => 5,
        };
        let mut keep = Keep::default();
        for app in ["maps", "music", "notes", "radio"] {
            let known = truth.get(app).map(|it| it.0);
            match (seeded.below(10), known) {
                (0..=2, _) | (3..=7, None) => {
                    let count = seeded.below(4) as usize;
                    let reading = bugs(app, count, minute);
                    keep.changed.push(reading.clone());
                    truth.insert(app.to_owned(), (count, reading));
                }
                (3..=7, Some(count)) => {
                    keep.fresh.push(same_bugs(app, minute));
                    truth.insert(app.to_owned(), (count, bugs(app, count, minute)));
                }
                _ => {} // Its source failed.
            }
        }
        store.keep(keep, &lease, at(minute)).await.unwrap();
        let now: Vec<_> = truth.values().map(|it| it.1.clone()).collect();
        assert_eq!(store.restore().await.unwrap().readings, now, "seed {seed}, minute {minute}");
        history.push((at(minute), now));
    }
    for probe in 0..400 {
        let moment = at(0) + Span::seconds(seeded.below(minute as u64 * 60 + 600) as i64);
        let expected =
            history.iter().rfind(|it| it.0 <= moment).map_or(&[][..], |it| it.1.as_slice());
        let found = store.as_of(moment).await.unwrap();
        let said = format!("seed {seed}, probe {probe}, {moment}");
        assert_eq!(found.len(), expected.len(), "{said}");
        for (found, expected) in found.iter().zip(expected) {
            let (mine, theirs) = (&found.reading, &expected.reading);
            assert_eq!((&found.slot, &mine.value), (&expected.slot, &theirs.value), "{said}");
            assert_eq!((&mine.source, &mine.link), (&theirs.source, &theirs.link), "{said}");
            assert!(mine.fetched_at <= theirs.fetched_at, "{said}: {found:?} {expected:?}");
            assert!(mine.observed_at <= theirs.observed_at, "{said}: {found:?} {expected:?}");
        }
    }
    assert_eq!(history.last().unwrap().1.len(), 4);
    assert_eq!(bugs_slot("maps"), history.last().unwrap().1[0].slot);
}
