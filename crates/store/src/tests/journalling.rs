//! The journal and its chain.

use super::Place;
use super::samples::{at, conduct, draft, hold, music, track};
use conductor::journal::GENESIS;
use ports::{Keep, Wish};

pub(super) async fn entries_are_numbered_chained_and_told_newest_first(place: &dyn Place) {
    let store = place.open().await;
    let lease = conduct(&*store).await;
    let other = track("maps/ios/2.0");
    let drafts = vec![draft(Some(&music()), "a"), draft(Some(&other), "b"), draft(None, "c")];
    let keep = Keep { entries: drafts, ..Keep::default() };
    let sealed = store.keep(keep, &lease, at(1)).await.unwrap();
    let numbers: Vec<_> = sealed.iter().map(|it| it.number).collect();
    assert_eq!(numbers, [1, 2, 3]);
    assert_eq!(sealed[0].previous_hash, GENESIS);
    assert_eq!(sealed[1].previous_hash, sealed[0].hash);

    let texts = async |track: Option<&_>, most| -> String {
        let entries = store.journal(track, most).await.unwrap();
        entries.iter().map(|it| it.draft.text.as_str()).collect()
    };
    assert_eq!(texts(None, 10).await, "cba");
    assert_eq!(texts(None, 2).await, "cb");
    assert_eq!(texts(None, 0).await, "");
    assert_eq!(texts(Some(&music()), 10).await, "a");
    assert_eq!(texts(Some(&other), 10).await, "b");
    assert_eq!(store.journal(None, 1).await.unwrap()[0], sealed[2]);
    assert_eq!(store.verify_journal().await.unwrap(), Ok(3));
}

pub(super) async fn the_chain_verifies_across_many_pieces(place: &dyn Place) {
    let store = place.open().await;
    let lease = conduct(&*store).await;
    let entries = (0..2_345).map(|n| draft(Some(&music()), &format!("entry {n}"))).collect();
    store.keep(Keep { entries, ..Keep::default() }, &lease, at(1)).await.unwrap();
    assert_eq!(store.verify_journal().await.unwrap(), Ok(2_345));
}

pub(super) async fn wishes_from_many_sides_make_one_chain(place: &dyn Place) {
    let (one, two) = (place.open().await, place.open().await);
    let (track, held) = (music(), || Wish::Hold(hold("x")));
    for _ in 0..20 {
        let (a, b) = tokio::join!(
            one.wish(&track, held(), draft(None, "one")),
            two.wish(&track, held(), draft(None, "two")),
        );
        a.unwrap();
        b.unwrap();
    }
    assert_eq!(one.verify_journal().await.unwrap(), Ok(40));
    assert_eq!(two.interventions().await.unwrap()[&music()].holds.len(), 40);
}

pub(super) async fn numbers_with_fractions_do_not_break_the_chain(place: &dyn Place) {
    let store = place.open().await;
    let lease = conduct(&*store).await;
    let mut bits = 0x9e37_79b9_7f4a_7c15_u64;
    let mut numbers = Vec::new();
    while numbers.len() < 5_000 {
        bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let number = f64::from_bits(bits);
        if number.is_finite() {
            numbers.push(number);
        }
    }
    let mut entry = draft(None, "measured");
    entry.data = serde_json::json!(numbers);
    let keep = Keep { entries: vec![entry], ..Keep::default() };
    let sealed = store.keep(keep, &lease, at(1)).await.unwrap();
    assert_eq!(store.verify_journal().await.unwrap(), Ok(1));
    assert_eq!(store.journal(None, 1).await.unwrap(), sealed);
}
