//! Locked, full, not to be written, not to be opened; and half-finished writes.

use super::{file, number, open, other, run};
use crate::sqlite::opening;
use crate::tests::Folder;
use crate::tests::samples::{
    at, bugs, changed, conduct, draft, hold, intent, music, same_bugs, step,
};
use crate::{SqliteOptions, SqliteStore};
use conductor::intent::IntentState;
use conductor::observation::Observation;
use conductor::{Action, Span};
use ports::{Keep, Lease, Store, StoreError, Wish};
use std::time::Duration;

#[track_caller]
fn unavailable<T: std::fmt::Debug>(result: Result<T, StoreError>, words: &str) {
    match result {
        Err(StoreError::Unavailable { cause, advice }) => {
            assert!(!cause.is_empty());
            assert!(advice.contains(words), "{cause}: {advice}");
        }
        other => panic!("{other:?} where advice on `{words}` was expected"),
    }
}

/// A tick that writes to every table.
fn tick(count: usize, minute: i64) -> Keep {
    Keep {
        tracks: [(music(), ports::TrackMemory::default())].into(),
        entries: vec![draft(Some(&music()), &format!("{count} bugs"))],
        revision: count as u64,
        ..changed(vec![bugs("music", count, minute)])
    }
}

/// Everything that writes fails with that advice, and what was read before is still there.
async fn nothing_can_be_written(store: &SqliteStore, lease: &Lease, words: &str) {
    unavailable(store.keep(tick(2, 2), lease, at(2)).await, words);
    let confirmed = intent(Action::Publish, "1", 1, IntentState::Confirmed);
    unavailable(store.write_intent(step(confirmed, None), lease, at(2)).await, words);
    let wish = Wish::Hold(hold(&"long reasons ".repeat(9_000)));
    unavailable(store.wish(&music(), wish, draft(None, "held")).await, words);
    unavailable(store.writable().await, words);
    only_the_first_tick_is_there(store).await;
}

async fn only_the_first_tick_is_there(store: &SqliteStore) {
    let restored = store.restore().await.unwrap();
    assert_eq!((restored.readings, restored.revision), (vec![bugs("music", 1, 1)], 1));
    assert!(store.interventions().await.unwrap().is_empty());
    assert_eq!(store.verify_journal().await.unwrap(), Ok(1));
}

async fn everything_works_again(store: &SqliteStore, lease: &Lease) {
    store.writable().await.unwrap();
    store.keep(tick(2, 2), lease, at(2)).await.unwrap();
    assert_eq!(store.restore().await.unwrap().readings, [bugs("music", 2, 2)]);
    assert_eq!(store.verify_journal().await.unwrap(), Ok(2));
}

#[tokio::test]
async fn a_locked_database_is_told_and_works_again_when_the_lock_is_gone() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let lease = conduct(&store).await;
    store.keep(tick(1, 1), &lease, at(1)).await.unwrap();
    let mut other = other(&folder).await;
    run(&mut other, "BEGIN IMMEDIATE").await.unwrap();
    run(&mut other, "UPDATE board SET revision = 99").await.unwrap();
    nothing_can_be_written(&store, &lease, "another process").await;
    unavailable(store.lease("second", Span::minutes(1), at(500)).await, "another process");
    run(&mut other, "ROLLBACK").await.unwrap();
    everything_works_again(&store, &lease).await;
}

#[tokio::test]
async fn a_locked_database_can_be_opened_and_read() {
    let folder = Folder::new();
    let first = open(&folder).await;
    let lease = conduct(&first).await;
    first.keep(tick(1, 1), &lease, at(1)).await.unwrap();
    let mut other = other(&folder).await;
    run(&mut other, "BEGIN IMMEDIATE").await.unwrap();
    only_the_first_tick_is_there(&open(&folder).await).await;
}

/// A store on a disk that has no page left.
async fn full(folder: &Folder) -> SqliteStore {
    let mut store = open(folder).await;
    let mut other = other(folder).await;
    let pages = number(&mut other, "PRAGMA page_count").await;
    let options = SqliteOptions::default();
    let writing = opening::writing(&file(folder), &options);
    let limited = writing.pragma("max_page_count", pages.to_string());
    store.writer = opening::pool(1, &options, limited).await.unwrap();
    // What is left of the pages that exist is filled, so that each write needs a new one.
    let mut writer = store.writer.acquire().await.unwrap();
    for table in ["slots (source, app, platform, kind)", "wishes (track, at, wish, content)"] {
        for n in 0..1_000 {
            let row = match table.starts_with("slots") {
                true => format!("INSERT INTO {table} VALUES ('{n}', '', '', '')"),
                false => format!("INSERT INTO {table} VALUES ('maps/ios/1', {n}, '', '')"),
            };
            if run(&mut writer, &row).await.is_err() {
                break;
            }
            assert!(n < 999, "{table} was never full");
        }
    }
    drop(writer);
    store
}

#[tokio::test]
async fn a_full_disk_is_told_and_works_again_when_there_is_space() {
    let folder = Folder::new();
    let first = open(&folder).await;
    let lease = conduct(&first).await;
    first.keep(tick(1, 1), &lease, at(1)).await.unwrap();
    first.close().await;

    let store = full(&folder).await;
    let big = Keep { changed: vec![bugs("music", 500, 2)], ..tick(2, 2) };
    let mut confirmed = intent(Action::Publish, "1", 1, IntentState::Confirmed);
    confirmed.reason = "long ".repeat(9_000);
    let held = Wish::Hold(hold(&"long reasons ".repeat(9_000)));
    for _ in 0..3 {
        unavailable(store.keep(big.clone(), &lease, at(2)).await, "free space");
        let write = step(confirmed.clone(), None);
        unavailable(store.write_intent(write, &lease, at(2)).await, "free space");
        unavailable(store.wish(&music(), held.clone(), draft(None, "x")).await, "free space");
        unavailable(store.writable().await, "free space");
        only_the_first_tick_is_there(&store).await;
    }
    let mut writer = store.writer.acquire().await.unwrap();
    run(&mut writer, "PRAGMA max_page_count = 100000").await.unwrap();
    drop(writer);
    everything_works_again(&store, &lease).await;
}

#[tokio::test]
async fn a_database_that_may_not_be_written_is_told_and_works_again() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let lease = conduct(&store).await;
    store.keep(tick(1, 1), &lease, at(1)).await.unwrap();
    // The same result code as a file without the right to write, which tests run as root do not feel.
    run(&mut store.writer.acquire().await.unwrap(), "PRAGMA query_only = ON").await.unwrap();
    nothing_can_be_written(&store, &lease, "the right to write").await;
    run(&mut store.writer.acquire().await.unwrap(), "PRAGMA query_only = OFF").await.unwrap();
    everything_works_again(&store, &lease).await;
}

#[tokio::test]
async fn a_missing_directory_is_made_and_an_impossible_one_is_told() {
    let folder = Folder::new();
    let deep = folder.path().join("some/where/memory.db");
    SqliteStore::open(&deep).await.unwrap().close().await;
    assert!(deep.exists());
    unavailable(SqliteStore::open(deep.join("below.db")).await, "create that directory");
    unavailable(SqliteStore::open(folder.path()).await, "the path is right");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_told_and_left_alone() {
    let folder = Folder::new();
    let text = "this is a letter, not a database; ".repeat(99);
    std::fs::write(file(&folder), &text).unwrap();
    unavailable(SqliteStore::open(file(&folder)).await, "restore a backup");
    assert_eq!(std::fs::read_to_string(file(&folder)).unwrap(), text);
}

#[tokio::test]
async fn a_write_that_is_dropped_midway_is_whole_or_nothing() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let lease = conduct(&store).await;
    let mut kept = 0;
    for count in 1..120_usize {
        let patience = Duration::from_micros(count as u64 * 25);
        let keep = store.keep(tick(count, count as i64), &lease, at(count as i64));
        kept += i32::from(tokio::time::timeout(patience, keep).await.is_ok());
        // A commit that was on its way when it was dropped comes to its end first.
        drop(store.writer.acquire().await.unwrap());
        let restored = store.restore().await.unwrap();
        let open = match restored.readings.first().map(|it| &it.reading.value) {
            Some(Observation::Bugs { list }) => list.items.len() as u64,
            _ => 0,
        };
        assert_eq!(open, restored.revision);
        let last = store.journal(None, 1).await.unwrap();
        let expected = format!("{open} bugs");
        assert!(last.first().is_none_or(|it| it.draft.text == expected));
    }
    assert!(kept < 119, "no write was dropped: {kept}");
    store.keep(tick(500, 500), &lease, at(500)).await.unwrap();
    assert!(store.verify_journal().await.unwrap().is_ok());
}

#[tokio::test]
async fn many_at_once_wait_for_each_other() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let tasks: Vec<_> = (0..40)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move {
                let text = format!("{n}");
                store.wish(&music(), Wish::Release, draft(None, &text)).await.unwrap();
                store.interventions().await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(store.verify_journal().await.unwrap(), Ok(40));
}

#[tokio::test]
async fn a_database_in_memory_serves_readers_and_writers() {
    let store = SqliteStore::open_in_memory().await.unwrap();
    let lease = conduct(&store).await;
    store.keep(tick(1, 1), &lease, at(1)).await.unwrap();
    let (kept, restored) =
        tokio::join!(store.keep(tick(2, 2), &lease, at(2)), store.clone().restore_owned());
    kept.unwrap();
    assert!(restored.revision >= 1);
    assert_eq!(store.restore().await.unwrap().readings, [bugs("music", 2, 2)]);
}

impl SqliteStore {
    async fn restore_owned(self) -> ports::Restored {
        self.restore().await.unwrap()
    }
}

/// Three apps on three platforms, as the demo has them: what a tick writes while nothing changes, and
/// while everything does.
#[tokio::test]
async fn a_tick_of_nine_tracks_is_written_within_its_budget() {
    if std::env::var_os("SLOW").is_none() {
        return;
    }
    let folder = Folder::new();
    let store = open(&folder).await;
    let lease = conduct(&store).await;
    let apps: Vec<String> = (0..51).map(|n| format!("app{n}")).collect(); // 51 slots: 3 × (3 × 5 + 2).
    let mut figures = Vec::new();
    for (name, changing) in [("unchanged", 0), ("a tenth changed", 5), ("all changed", 51)] {
        let mut took = Vec::new();
        for n in 0..100 {
            let minute = 1 + i64::try_from(figures.len()).unwrap() * 1_000 + n * 5;
            let is_first = figures.is_empty() && n == 0;
            let split = if is_first { apps.len() } else { changing };
            let count = 10 + usize::try_from(minute % 2).unwrap();
            let keep = Keep {
                changed: apps[..split].iter().map(|app| bugs(app, count, minute)).collect(),
                fresh: apps[split..].iter().map(|app| same_bugs(app, minute)).collect(),
                tracks: (0..9)
                    .map(|n| {
                        let track = format!("music/android/{n}");
                        (crate::tests::samples::track(&track), ports::TrackMemory::default())
                    })
                    .collect(),
                entries: vec![draft(None, "tick")],
                revision: minute as u64,
            };
            let start = std::time::Instant::now();
            store.keep(keep, &lease, at(minute)).await.unwrap();
            took.push(start.elapsed());
        }
        took.sort();
        figures.push((name, took[50], took[99]));
    }
    println!("median and worst of 100 ticks: {figures:?}");
    for (name, median, _) in figures {
        assert!(median < Duration::from_millis(20), "{name}: {median:?}");
    }
}
