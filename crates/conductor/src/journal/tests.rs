//! The chain of hashes.
use super::*;

fn chain(n: i64) -> Vec<Entry> {
    let mut before = GENESIS.to_owned();
    (1..=n)
        .map(|number| {
            let draft = Draft {
                at: Moment::from_millis(number * 1_000),
                actor: Actor::Conductor,
                track: None,
                kind: EntryKind::System,
                text: format!("entry {number}"),
                why: String::new(),
                data: serde_json::Value::Null,
            };
            let entry = draft.seal(number, &before);
            before.clone_from(&entry.hash);
            entry
        })
        .collect()
}

#[test]
fn an_untouched_chain_verifies() {
    assert_eq!(verify(&chain(20), 1, GENESIS), Ok(()));
    let all = chain(20);
    assert_eq!(verify(&all[5..], 6, &all[4].hash), Ok(()));
}

#[test]
fn a_changed_missing_or_swapped_entry_is_named() {
    let mut changed = chain(9);
    changed[4].draft.text.push('!');
    assert_eq!(verify(&changed, 1, GENESIS).unwrap_err().number, 5);
    let mut missing = chain(9);
    missing.remove(6);
    assert_eq!(verify(&missing, 1, GENESIS).unwrap_err().number, 7);
    let mut resealed = chain(9);
    resealed[2] = resealed[2].draft.clone().seal(3, GENESIS);
    assert_eq!(verify(&resealed, 1, GENESIS).unwrap_err().number, 3);
}

#[test]
fn an_entry_keeps_its_hash_through_json() {
    let all = chain(3);
    let text = serde_json::to_string(&all).unwrap();
    let back: Vec<Entry> = serde_json::from_str(&text).unwrap();
    assert_eq!(verify(&back, 1, GENESIS), Ok(()));
}
