//! Backups, of a database that is being written to and of one that is damaged.

use super::{file, number, open, other, run};
use crate::tests::Folder;
use crate::tests::samples::{at, bugs, changed, conduct, draft, hold, music};
use crate::{SqliteStore, backup};
use ports::{Keep, Store, StoreError, Wish};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

fn copy(folder: &Folder) -> PathBuf {
    folder.path().join("copy.db")
}

/// What lies in the folder besides the database.
fn others(folder: &Folder) -> Vec<String> {
    let names = std::fs::read_dir(folder.path()).unwrap();
    let names = names.map(|it| it.unwrap().file_name().into_string().unwrap());
    names.filter(|it| !it.starts_with("memory.db")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_whole_while_a_writer_is_busy_and_the_writer_goes_on() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let lease = conduct(&store).await;
    let entries = (0..3_000).map(|n| draft(Some(&music()), &format!("entry {n}"))).collect();
    let keep = Keep { entries, ..changed(vec![bugs("music", 3, 1)]) };
    store.keep(keep, &lease, at(1)).await.unwrap();
    let (ends, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(3_000)));
    let writer = tokio::spawn({
        let (store, ends, written) = (store.clone(), Arc::clone(&ends), Arc::clone(&written));
        async move {
            while !ends.load(Ordering::SeqCst) {
                let wish = Wish::Hold(hold("busy"));
                store.wish(&music(), wish, draft(Some(&music()), "held")).await.unwrap();
                written.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    while written.load(Ordering::SeqCst) < 3_010 {
        tokio::task::yield_now().await;
    }
    let before = written.load(Ordering::SeqCst);
    let copied = backup(&file(&folder), &copy(&folder)).await.unwrap();
    let after = written.load(Ordering::SeqCst);
    ends.store(true, Ordering::SeqCst);
    writer.await.unwrap();
    assert!(after > before, "the writer went on meanwhile");
    // One entry may be in the database and not counted yet.
    assert!((before..=after + 1).contains(&copied.entries), "{before} {copied:?} {after}");
    assert_eq!(others(&folder), ["copy.db"]);
    assert_eq!(copied.bytes, std::fs::metadata(copy(&folder)).unwrap().len());

    let restored = SqliteStore::open(copy(&folder)).await.unwrap();
    assert_eq!(restored.verify_journal().await.unwrap(), Ok(copied.entries));
    assert_eq!(restored.restore().await.unwrap().readings, [bugs("music", 3, 1)]);
    let held = restored.interventions().await.unwrap();
    assert_eq!(held[&music()].holds.last(), Some(&hold("busy")));
    restored.wish(&music(), Wish::Release, draft(None, "goes on")).await.unwrap();
    assert_eq!(restored.verify_journal().await.unwrap(), Ok(copied.entries + 1));
}

#[tokio::test]
async fn a_backup_never_overwrites() {
    let folder = Folder::new();
    let _store = open(&folder).await;
    std::fs::write(copy(&folder), "dear").unwrap();
    let error = backup(&file(&folder), &copy(&folder)).await.unwrap_err();
    assert!(matches!(&error, StoreError::Conflict(words) if words.contains("not overwritten")));
    assert_eq!(std::fs::read(copy(&folder)).unwrap(), b"dear");
    assert_eq!(others(&folder), ["copy.db"]);
}

#[tokio::test]
async fn a_backup_of_a_broken_journal_is_refused_and_leaves_nothing() {
    let folder = Folder::new();
    let store = open(&folder).await;
    for text in ["a", "b", "c"] {
        store.wish(&music(), Wish::Release, draft(None, text)).await.unwrap();
    }
    let mut other = other(&folder).await;
    run(&mut other, "DROP TRIGGER journal_keeps").await.unwrap();
    run(&mut other, "UPDATE journal SET text = 'x' WHERE number = 2").await.unwrap();
    let error = backup(&file(&folder), &copy(&folder)).await.unwrap_err();
    assert!(error.to_string().contains("entry 2: was changed"), "{error}");
    assert!(others(&folder).is_empty());
}

#[tokio::test]
async fn a_backup_into_a_folder_that_is_not_there_says_so() {
    let folder = Folder::new();
    let _store = open(&folder).await;
    let to = folder.path().join("nowhere/copy.db");
    let error = backup(&file(&folder), &to).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
}

#[tokio::test]
async fn an_older_database_is_copied_as_it_is() {
    let folder = Folder::new();
    open(&folder).await.close().await;
    let last = "DELETE FROM _sqlx_migrations WHERE version > 1";
    run(&mut other(&folder).await, last).await.unwrap();
    backup(&file(&folder), &copy(&folder)).await.unwrap();
    let applied = "SELECT count(*) FROM _sqlx_migrations";
    assert_eq!(number(&mut other(&folder).await, applied).await, 1);
}
