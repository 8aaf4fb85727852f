//! Journals of a real database: a good one, one that breaks rules, and one that was changed behind our back.
use super::*;
use conductor::Moment;
use conductor::journal::{Actor, Draft, EntryKind};
use ports::Wish;
use serde_json::{Value, json};
use std::path::PathBuf;

const KEY: &str = "music/android/9.1.24#complete_rollout#4127#1";

/// A database that is gone with the test.
struct Database(PathBuf);

impl Database {
    async fn with(name: &str, drafts: Vec<Draft>) -> Self {
        let folder =
            std::env::temp_dir().join(format!("signalbox-audit-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let store = SqliteStore::open(folder.join("signalbox.db")).await.unwrap();
        for draft in drafts {
            let track = draft.track.clone().unwrap();
            store.wish(&track, Wish::Release, draft).await.unwrap();
        }
        store.close().await;
        Self(folder)
    }
    fn file(&self) -> PathBuf {
        self.0.join("signalbox.db")
    }
    async fn opinion(&self) -> Opinion {
        opinion(&self.file()).await.unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn step(state: &str, verdict: &str) -> Draft {
    let at = Moment::parse("2026-03-12T09:00:00Z").unwrap();
    let finding = |id: &str, of: &str, verdict: &str| {
        json!({ "id": id, "of": of, "kind": "soaked", "verdict": verdict, "waived": false, "value": "30 h",
            "observed_at": at, "max_age_minutes": 20, "owner": "Time", "next_step": "it passes" })
    };
    let data = json!({
        "key": KEY, "state": state, "by_hand": false, "process": "default", "process_version": 2, "decided_at": at,
        "standing": "running", "fencing": 3, "holds": [],
        "findings": [finding("soak", "condition", verdict), finding("red-line", "guard", "met")],
    });
    draft(EntryKind::Intent, Actor::Conductor, &format!("the step: {state}"), data)
}

fn draft(kind: EntryKind, actor: Actor, text: &str, data: Value) -> Draft {
    Draft {
        at: Moment::parse("2026-03-12T09:00:00Z").unwrap(),
        actor,
        track: TrackId::parse("music/android/9.1.24"),
        kind,
        text: text.to_owned(),
        why: String::new(),
        data,
    }
}

#[tokio::test]
async fn a_good_journal_is_verified_and_its_moves_are_counted() {
    let good = vec![step("confirmed", "met"), step("claimed", "met"), step("done", "met")];
    let database = Database::with("good", good).await;
    let opinion = database.opinion().await;
    assert!(opinion.is_well);
    let words =
        "3 entries, chain verified; 1 moves checked: 0 broken rules, 0 times it cannot be told\n";
    assert_eq!(opinion.text, format!("{}\n{words}", database.file().display()));
}

#[tokio::test]
async fn a_move_that_breaks_a_rule_is_named_with_its_entry_and_the_rule() {
    let mira = Actor::Person { name: "Mira".to_owned() };
    let hold = draft(EntryKind::Intervention, mira, "held the train", json!({ "wish": "hold" }));
    let wrong = vec![step("confirmed", "met"), hold, step("claimed", "unknown")];
    let opinion = Database::with("wrong", wrong).await.opinion().await;
    assert!(!opinion.is_well);
    let lines: Vec<&str> = opinion.text.lines().skip(1).collect();
    assert_eq!(
        lines,
        [
            "entry 3 (music/android/9.1.24): breaks rule 2: complete_rollout while Mira held the track",
            "entry 3 (music/android/9.1.24): breaks rule 1: complete_rollout: “soak” was unknown",
            "3 entries, chain verified; 1 moves checked: 2 broken rules, 0 times it cannot be told",
        ]
    );
}

#[tokio::test]
async fn an_entry_that_was_changed_in_the_database_s_file_is_named() {
    let drafts = vec![step("confirmed", "met"), step("claimed", "met"), step("done", "met")];
    let database = Database::with("tampered", drafts).await;
    let mut bytes = std::fs::read(database.file()).unwrap();
    let was = b"the step: claimed";
    let places: Vec<usize> =
        (0..bytes.len() - was.len()).filter(|at| bytes[*at..].starts_with(was)).collect();
    assert_eq!(places.len(), 1, "the journal lies in the file as it was written");
    bytes[places[0]..places[0] + was.len()].copy_from_slice(b"the step: clamped");
    std::fs::write(database.file(), bytes).unwrap();
    let opinion = database.opinion().await;
    assert!(!opinion.is_well);
    assert!(
        opinion
            .text
            .contains("the chain of hashes is broken at entry 2: was changed after it was written"),
        "{}",
        opinion.text
    );
    assert!(opinion.text.contains("3 entries, chain broken;"), "{}", opinion.text);
}

#[tokio::test]
async fn a_database_that_is_not_there_is_said_and_not_made() {
    let file = std::env::temp_dir().join("signalbox-audit-of-nothing.db");
    let error = opinion(&file).await.err().unwrap().to_string();
    assert!(error.ends_with(
        "is not there; name the database with --database, or the settings with --config"
    ));
    assert!(!file.exists());
}
