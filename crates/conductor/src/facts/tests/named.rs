//! What is told by name: about which version and build, by which source, and why the rest is not known.

use super::*;
use crate::observation::{Backmerge, Named, Readiness};

fn named(items: Vec<Named>, complete: bool) -> Observation {
    Observation::Named { platform: Some(ANDROID), list: Listing { items, complete } }
}

fn about(of: &str, value: &str) -> Named {
    Named { version: Some(version(of)), ..Named::new("errors", value) }
}

fn value(facts: &Facts) -> Option<String> {
    Some(facts.named.get("errors", Some("4127")).value()?.value.as_str().to_owned())
}

#[test]
fn only_what_is_said_of_the_version_or_of_the_app_counts() {
    let world = |items| World::default().says("ci", 1, named(items, true)).facts();
    assert_eq!(value(&world(vec![about("9.1.23", "1"), about("9.1.24", "2")])), Some("2".into()));
    assert_eq!(value(&world(vec![about("9.1.23", "1")])), None);
    assert_eq!(value(&world(vec![Named::new("errors", "3")])), Some("3".into()));
    assert_eq!(
        value(&world(vec![Named::new("errors", "3"), about("9.1.24", "2")])),
        Some("2".into())
    );
    let build = Named { build: Some("4127".into()), ..Named::new("errors", "5") };
    assert_eq!(value(&world(vec![build, about("9.1.24", "2")])), Some("5".into()));
    // On another platform it is another line's.
    let ios = Observation::Named {
        platform: Some(Platform::Ios),
        list: Listing::whole(vec![about("9.1.24", "2")]),
    };
    let facts = World::default().says("ci", 1, ios).facts();
    assert!(facts.named.is_empty());
    // What one kind of source says is not said by another.
    let flags = Observation::Flags {
        platform: None,
        list: Listing::whole(vec![Named::new("errors", "1")]),
    };
    let facts = World::default().says("ci", 1, flags).facts();
    assert!(facts.named.is_empty() && facts.flags.get("errors", None).value().is_some());
}

#[test]
fn a_value_is_as_old_as_itself_and_not_as_the_list() {
    let old = Named {
        at: Some(at(-600)),
        link: Some("https://ci.example/7".into()),
        ..about("9.1.24", "2")
    };
    let facts = World::default().says("ci", 1, named(vec![old], true)).facts();
    let fact = facts.named.get("errors", None);
    let reading = fact.known().unwrap();
    assert_eq!((reading.observed_at, reading.fetched_at), (at(-600), at(1)));
    assert_eq!(reading.link.as_deref(), Some("https://ci.example/7"));
    let facts = World::default().says("ci", 1, named(vec![about("9.1.24", "2")], true)).facts();
    assert_eq!(facts.named.get("errors", None).known().unwrap().observed_at, at(1));
}

#[test]
fn why_a_name_is_not_known_is_said_by_the_source_that_fails() {
    let why = |world: World| match world.facts().named.get("errors", None) {
        Fact::Unknown { why, source, .. } => (why, source.map(|it| it.as_str().to_owned())),
        Fact::Known(it) => panic!("{it:?}"),
    };
    let empty = || named(vec![], true);
    assert_eq!(why(World::default()), (Why::NotConfigured, None));
    assert_eq!(why(World::default().says("a", 1, empty())), (Why::NoData, Some("a".into())));
    let part = World::default().says("a", 1, empty()).says("b", 1, named(vec![], false));
    assert_eq!(why(part), (Why::Partial, Some("b".into())));
    let unread = World::default().says("a", 1, empty()).owes("b", &empty());
    assert_eq!(why(unread), (Why::NotReadYet, Some("b".into())));
    // A source that failed keeps its last value for people's eyes.
    let failed = World::default().says("a", 1, named(vec![about("9.1.24", "2")], true)).fails("a");
    let facts = failed.facts();
    let fact = facts.named.get("errors", None);
    assert!(fact.known().is_none());
    assert_eq!(fact.last().unwrap().value.value.as_str(), "2");
}

#[test]
fn readiness_and_back_merges_are_those_of_the_version() {
    let ready = |of: &str| Readiness {
        version: version(of),
        notes_in: None,
        offered_in: None,
        declarations_owed: None,
        reviewer_access: Some(true),
        link: None,
    };
    let merge = |of: &str, missing| Backmerge {
        version: version(of),
        head: Sha::new("a1"),
        missing,
        commits: vec![],
        link: None,
    };
    let facts = World::default()
        .says(
            "play",
            1,
            Observation::Readiness {
                platform: ANDROID,
                list: Listing::whole(vec![ready("9.1.23"), ready("9.1.24")]),
            },
        )
        .says(
            "github",
            1,
            Observation::Backmerges {
                platform: ANDROID,
                list: Listing::whole(vec![merge("9.1.23", 9), merge("9.1.24", 2)]),
            },
        )
        .facts();
    assert_eq!(facts.readiness.value().unwrap().version, version("9.1.24"));
    assert_eq!(facts.backmerge.value().unwrap().missing, 2);
    let other = World::default()
        .says(
            "github",
            1,
            Observation::Backmerges {
                platform: ANDROID,
                list: Listing { items: vec![merge("9.1.23", 9)], complete: false },
            },
        )
        .facts();
    assert!(matches!(other.backmerge, Fact::Unknown { why: Why::Partial, .. }));
}
