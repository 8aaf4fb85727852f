//! Rows that were changed by hand, and databases of other versions.

use super::{file, number, open, other, run};
use crate::SqliteStore;
use crate::tests::Folder;
use crate::tests::samples::{at, bugs, changed, conduct, draft, hold, intent, music, step};
use conductor::Action;
use conductor::intent::IntentState;
use ports::{Keep, Store, StoreError, TrackMemory, Wish};

/// A store with something in each table.
async fn filled(folder: &Folder) -> SqliteStore {
    let store = open(folder).await;
    let lease = conduct(&store).await;
    let keep = Keep {
        tracks: [(music(), TrackMemory::default())].into(),
        entries: (0..5).map(|n| draft(Some(&music()), &format!("entry {n}"))).collect(),
        revision: 3,
        ..changed(vec![bugs("music", 1, 1)])
    };
    store.keep(keep, &lease, at(1)).await.unwrap();
    store.wish(&music(), Wish::Hold(hold("x")), draft(None, "held")).await.unwrap();
    let proposed = intent(Action::Publish, "1", 1, IntentState::Proposed);
    store.write_intent(step(proposed, None), &lease, at(1)).await.unwrap();
    store
}

#[tokio::test]
async fn the_journal_and_the_wishes_are_append_only() {
    let folder = Folder::new();
    let store = filled(&folder).await;
    let mut other = other(&folder).await;
    for sql in [
        "UPDATE journal SET text = 'x' WHERE number = 2",
        "DELETE FROM journal WHERE number = 2",
        "DELETE FROM journal",
        "UPDATE wishes SET wish = 'release'",
        "DELETE FROM wishes",
    ] {
        let error = run(&mut other, sql).await.unwrap_err().to_string();
        assert!(error.contains("append-only"), "{error}");
    }
    assert_eq!(store.verify_journal().await.unwrap(), Ok(7));
}

#[tokio::test]
async fn whatever_is_changed_in_the_journal_is_named() {
    let cases = [
        ("UPDATE journal SET text = 'x' WHERE number = 2", 2, "was changed"),
        ("UPDATE journal SET why = why || ' ' WHERE number = 3", 3, "was changed"),
        ("UPDATE journal SET at = at + 1 WHERE number = 1", 1, "was changed"),
        ("UPDATE journal SET actor = '{\"who\":\"conductor\"}' WHERE number = 4", 4, "was changed"),
        ("UPDATE journal SET track = NULL WHERE number = 5", 5, "was changed"),
        ("UPDATE journal SET kind = 'system' WHERE number = 2", 2, "was changed"),
        ("UPDATE journal SET data = 'null' WHERE number = 2", 2, "was changed"),
        ("UPDATE journal SET hash = previous_hash WHERE number = 2", 2, "was changed"),
        ("UPDATE journal SET previous_hash = hash WHERE number = 2", 2, "does not follow"),
        ("UPDATE journal SET actor = '{' WHERE number = 3", 3, "cannot be read"),
        ("UPDATE journal SET kind = 'gossip' WHERE number = 3", 3, "cannot be read"),
        ("DELETE FROM journal WHERE number = 1", 1, "is missing"),
        ("DELETE FROM journal WHERE number = 4", 4, "is missing"),
        ("DELETE FROM journal WHERE number >= 6", 6, "is missing at the journal's end"),
        ("DELETE FROM journal", 1, "is missing at the journal's end"),
        ("UPDATE journal_head SET hash = 'x'", 7, "is not the end that was recorded"),
        ("UPDATE journal_head SET number = 6", 7, "is not the end that was recorded"),
    ];
    for (sql, number, words) in cases {
        let folder = Folder::new();
        let store = filled(&folder).await;
        assert_eq!(store.verify_journal().await.unwrap(), Ok(7));
        let mut other = other(&folder).await;
        run(&mut other, "DROP TRIGGER journal_keeps").await.unwrap();
        run(&mut other, "DROP TRIGGER journal_stays").await.unwrap();
        run(&mut other, sql).await.unwrap();
        let broken = store.verify_journal().await.unwrap().expect_err(sql);
        assert_eq!(broken.number, number, "{sql}: {broken}");
        assert!(broken.what.contains(words), "{sql}: {broken}");
    }
}

#[tokio::test]
async fn a_row_that_makes_no_sense_names_its_table() {
    let cases = [
        ("UPDATE readings SET value = '{'", "readings"),
        ("UPDATE readings SET value = '{\"kind\":\"rumours\"}'", "readings"),
        ("UPDATE slots SET kind = 'rumours'", "readings"),
        ("UPDATE slots SET kind = 'planned'", "readings"),
        ("UPDATE slots SET platform = 'ios'", "readings"),
        ("UPDATE tracks SET memory = '{\"before\":1}'", "tracks"),
        ("UPDATE tracks SET track = 'music'", "tracks"),
        ("UPDATE board SET revision = -1", "board"),
        ("DELETE FROM board", "board"),
        ("UPDATE intents SET details = '{\"state\":\"done\",\"by_hand\":false}'", "intents"),
        ("UPDATE intents SET details = ''", "intents"),
        ("UPDATE intents SET action = 'dance'", "intents"),
        ("UPDATE intents SET attempt = -1", "intents"),
        ("UPDATE intents SET track = 'music/android/x'", "intents"),
        ("UPDATE interventions SET laid = '{\"holds\":1}'", "interventions"),
    ];
    for (sql, expected) in cases {
        let folder = Folder::new();
        let store = filled(&folder).await;
        run(&mut other(&folder).await, sql).await.unwrap();
        let read =
            async { store.restore().await.map(drop).and(store.interventions().await.map(drop)) };
        match read.await {
            Err(StoreError::Corrupt { table, cause }) => {
                assert_eq!(table, expected, "{sql}: {cause}");
            }
            other => panic!("{sql}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn an_unreadable_journal_entry_or_wish_names_its_table() {
    let folder = Folder::new();
    let store = filled(&folder).await;
    let mut other = other(&folder).await;
    for sql in ["DROP TRIGGER journal_keeps", "DROP TRIGGER wishes_keep"] {
        run(&mut other, sql).await.unwrap();
    }
    run(&mut other, "UPDATE journal SET actor = 'me'").await.unwrap();
    run(&mut other, "UPDATE wishes SET wish = 'dance'").await.unwrap();
    let error = store.journal(None, 1).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { table: "journal", .. }), "{error}");
    let error = store.wish(&music(), Wish::Release, draft(None, "x")).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { table: "wishes", .. }), "{error}");
}

#[tokio::test]
async fn a_database_from_before_opens_after_and_migrates_once() {
    let folder = Folder::new();
    let store = filled(&folder).await;
    let count = "SELECT count(*) FROM _sqlx_migrations";
    let applied = number(&mut other(&folder).await, count).await;
    assert!(applied >= 1);
    store.close().await;
    for _ in 0..3 {
        let store = open(&folder).await;
        assert_eq!(store.restore().await.unwrap().readings, [bugs("music", 1, 1)]);
        assert_eq!(number(&mut other(&folder).await, count).await, applied);
        store.close().await;
    }
}

#[tokio::test]
async fn many_who_open_a_new_database_at_once_all_succeed() {
    let folder = Folder::new();
    let tasks: Vec<_> = (0..6)
        .map(|_| {
            let path = file(&folder);
            tokio::spawn(async move { SqliteStore::open(path).await.map(drop) })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_newer_versions_database_is_refused_and_left_alone() {
    let folder = Folder::new();
    filled(&folder).await.close().await;
    let mut other = other(&folder).await;
    let known = number(&mut other, "SELECT max(version) FROM _sqlx_migrations").await;
    let newer =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (9999, 'wonders', TRUE, x'00', 1)";
    run(&mut other, newer).await.unwrap();
    let error = SqliteStore::open(file(&folder)).await.unwrap_err();
    assert!(
        matches!(error, StoreError::Newer { found: 9999, known: ours } if ours == known),
        "{error:?}"
    );
    run(&mut other, "DELETE FROM _sqlx_migrations WHERE version = 9999").await.unwrap();
    SqliteStore::open(file(&folder)).await.unwrap();
}

#[tokio::test]
async fn a_migration_that_differs_from_ours_is_refused() {
    let folder = Folder::new();
    filled(&folder).await.close().await;
    run(&mut other(&folder).await, "UPDATE _sqlx_migrations SET checksum = x'00'").await.unwrap();
    let error = SqliteStore::open(file(&folder)).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { table: "_sqlx_migrations", .. }), "{error:?}");
}
