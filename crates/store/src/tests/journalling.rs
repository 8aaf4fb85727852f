//! The journal and its chain.

use super::Place;
use super::samples::{at, conduct, draft, hold, music, track};
use conductor::journal::{Actor, Draft, Entry, EntryKind, GENESIS, Sought, Who};
use conductor::{AppId, Platform, Version};
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

/// Entries of many tracks, kinds and people, each unlike the others.
fn mixed() -> Vec<Draft> {
    let tracks = [
        None,
        Some(track("music/android/9.1.24")),
        Some(track("music/ios/9.1.24")),
        Some(track("music/ios/1.24")),
        Some(track("music-pro/android/9.1.24")),
        Some(track("ios/web/2.0")),
    ];
    let person = |name: &str| Actor::Person { name: name.to_owned() };
    let actors = [
        Actor::Conductor,
        person("Mira"),
        person("Mira Oz"),
        person("%\"}"),
        Actor::World { source: "jira".to_owned() },
    ];
    (0_i64..180)
        .map(|n| {
            let index = usize::try_from(n).unwrap();
            Draft {
                at: at(n / 7),
                actor: actors[index % actors.len()].clone(),
                kind: EntryKind::ALL[index % EntryKind::ALL.len()],
                ..draft(tracks[index % tracks.len()].as_ref(), &n.to_string())
            }
        })
        .collect()
}

pub(super) async fn what_is_sought_is_found_and_nothing_else(place: &dyn Place) {
    let store = place.open().await;
    let lease = conduct(&*store).await;
    let entries =
        store.keep(Keep { entries: mixed(), ..Keep::default() }, &lease, at(1)).await.unwrap();
    let none = Sought::default;
    let app = |id: &str| Some(AppId::new(id));
    let version = Version::parse("9.1.24").ok();
    let who = |it| Sought { who: Some(it), ..none() };
    let all = [
        none(),
        Sought { app: app("music"), ..none() },
        Sought { app: app("Music"), ..none() },
        Sought { app: app("mus%"), ..none() },
        Sought { platform: Some(Platform::Ios), ..none() },
        Sought { app: app("music"), platform: Some(Platform::Ios), ..none() },
        Sought { version: version.clone(), ..none() },
        Sought { version: Version::parse("1.24").ok(), ..none() },
        Sought { app: app("music"), version: version.clone(), ..none() },
        Sought { platform: Some(Platform::Android), version, ..none() },
        Sought::of_track(&music()),
        who(Who::Conductor),
        who(Who::People),
        who(Who::World),
        who(Who::Person("Mira".to_owned())),
        who(Who::Person("%\"}".to_owned())),
        who(Who::Person("mira".to_owned())),
        Sought { kind: Some(EntryKind::WouldHave), ..none() },
        Sought { from: Some(at(5)), until: Some(at(9)), ..none() },
        Sought { before: Some(4), ..none() },
        Sought { before: Some(-1), ..none() },
        Sought {
            app: app("music"),
            who: Some(Who::People),
            from: Some(at(3)),
            until: Some(at(20)),
            before: Some(100),
            ..none()
        },
    ];
    let mut found = 0;
    for sought in all {
        let expected: Vec<Entry> =
            entries.iter().rev().filter(|it| sought.takes(it)).cloned().collect();
        assert_eq!(store.find_entries(&sought, 999).await.unwrap(), expected, "{sought:?}");
        let first = expected.get(..expected.len().min(2)).unwrap();
        assert_eq!(store.find_entries(&sought, 2).await.unwrap(), first, "{sought:?}");
        found += usize::from(!expected.is_empty());
    }
    assert_eq!(found, 18, "most of what is sought exists, so that finding nothing would be seen");
    for kind in EntryKind::ALL {
        let sought = Sought { kind: Some(kind), ..none() };
        assert_eq!(store.find_entries(&sought, 999).await.unwrap().len(), 20, "{kind:?}");
    }
}

pub(super) async fn a_long_journal_is_leafed_through_without_gap_or_repetition(place: &dyn Place) {
    let store = place.open().await;
    let lease = conduct(&*store).await;
    store.keep(Keep { entries: mixed(), ..Keep::default() }, &lease, at(1)).await.unwrap();
    let mut sought = Sought { who: Some(Who::People), ..Sought::default() };
    let mut numbers = Vec::new();
    loop {
        let page = store.find_entries(&sought, 7).await.unwrap();
        numbers.extend(page.iter().map(|it| it.number));
        // What is added meanwhile is newer, and moves nothing.
        store.wish(&music(), Wish::Release, draft(None, "meanwhile")).await.unwrap();
        let Some(last) = page.last() else { break };
        sought.before = Some(last.number);
    }
    let people = |n: &i64| matches!((n - 1) % 5, 1..=3);
    assert_eq!(numbers, (1..=180).rev().filter(people).collect::<Vec<_>>());
}
