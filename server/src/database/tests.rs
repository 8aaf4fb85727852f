//! The commands on databases of their own.
use super::*;
use conductor::journal::{Actor, Draft, EntryKind};
use conductor::{Moment, TrackId};
use ports::Wish;

/// A database with so many entries, in a folder that is gone with the test.
struct Folder(PathBuf);

impl Folder {
    async fn with(name: &str, entries: i64) -> Self {
        let path =
            std::env::temp_dir().join(format!("signalbox-database-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        let folder = Self(path);
        let store = SqliteStore::open(folder.database()).await.unwrap();
        let track = TrackId::parse("music/android/9.1.24").unwrap();
        for number in 0..entries {
            let draft = Draft {
                at: Moment::from_millis(number),
                actor: Actor::Conductor,
                track: Some(track.clone()),
                kind: EntryKind::Intervention,
                text: format!("words {number}"),
                why: String::new(),
                data: serde_json::Value::Null,
            };
            store.wish(&track, Wish::Release, draft).await.unwrap();
        }
        store.close().await;
        folder
    }
    fn database(&self) -> PathBuf {
        self.0.join("signalbox.db")
    }
    fn which(&self) -> Which {
        Which { config: PathBuf::new(), database: Some(self.database()) }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn is_success(code: ExitCode) -> bool {
    format!("{code:?}") == format!("{:?}", ExitCode::SUCCESS)
}

#[tokio::test]
async fn a_whole_chain_is_counted_and_a_broken_one_names_its_entry_and_fails() {
    let folder = Folder::with("verify", 4).await;
    let file = folder.database();
    let (words, is_whole) = verified(&file).await.unwrap();
    assert_eq!(words, format!("{}: 4 entries, chain verified", file.display()));
    assert!(is_whole && is_success(verify_journal(folder.which()).await.unwrap()));
    let mut bytes = std::fs::read(&file).unwrap();
    let at = bytes.windows(7).position(|it| it == b"words 2").unwrap();
    bytes[at] = b'W';
    std::fs::write(&file, bytes).unwrap();
    let (words, is_whole) = verified(&file).await.unwrap();
    assert!(
        words.ends_with("the chain is broken at entry 3: was changed after it was written"),
        "{words}"
    );
    assert!(!is_whole && !is_success(verify_journal(folder.which()).await.unwrap()));
}

#[tokio::test]
async fn a_backup_verifies_like_the_database_and_overwrites_nothing() {
    let folder = Folder::with("backup", 3).await;
    let copy = folder.0.join("copy.db");
    assert!(is_success(backup(folder.which(), &copy).await.unwrap()));
    let (words, is_whole) = verified(&copy).await.unwrap();
    assert!(is_whole && words.ends_with("3 entries, chain verified"), "{words}");
    let again = backup(folder.which(), &copy).await.unwrap_err().to_string();
    assert!(again.contains("is there already and is not overwritten"), "{again}");
}

#[tokio::test]
async fn a_database_that_is_not_there_is_said_and_not_made() {
    let file = std::env::temp_dir().join("signalbox-database-of-nothing.db");
    let which = || Which { config: PathBuf::new(), database: Some(file.clone()) };
    for words in [
        verify_journal(which()).await.unwrap_err().to_string(),
        backup(which(), Path::new("copy-of-nothing.db")).await.unwrap_err().to_string(),
    ] {
        assert!(words.contains("is not there; name the database"), "{words}");
    }
    assert!(!file.exists() && !Path::new("copy-of-nothing.db").exists());
}
