//! Order: of lists, of sources, of readings and of builds.

use super::*;

#[test]
fn the_order_of_lists_and_sources_changes_nothing() {
    let missing = |areas: &[&str]| Missing {
        head: Sha::new("a1"),
        commits: 2,
        on_branch: true,
        areas: Some(areas.iter().map(|it| (*it).to_owned()).collect()),
    };
    let world = |turned: bool| {
        fn put<T>(turned: bool, mut items: Vec<T>) -> Vec<T> {
            if turned {
                items.reverse();
            }
            items
        }
        let areas = if turned { ["ads", "player"] } else { ["player", "ads"] };
        let two = [("unit", Outcome::Passed), ("ui", Outcome::Failed)];
        let turned_two = [("ui", Outcome::Failed), ("unit", Outcome::Passed)];
        World::default()
            .says(
                "git",
                0,
                branches(put(
                    turned,
                    vec![
                        branch("a", "9.1.24", "a1"),
                        branch("b", "9.1.24", "b2"),
                        branch("c", "9.1.25", "c3"),
                    ],
                )),
            )
            .says("git", 0, tests_of(&[("a1", if turned { &turned_two } else { &two })]))
            .says(
                "ci",
                0,
                builds(put(
                    turned,
                    vec![Build { missing: Some(missing(&areas)), ..build("1") }, build("2")],
                )),
            )
            .says(
                "jira",
                0,
                bugs(
                    put(turned, vec![bug("A-1", true), bug("B-2", false), bug("C-3", true)]),
                    true,
                ),
            )
            .says(
                "play",
                0,
                store(
                    put(
                        turned,
                        vec![
                            in_store("9.1.24", &["1"], Some(StorePhase::InReview)),
                            in_store("9.1.24", &["2"], Some(StorePhase::InReview)),
                        ],
                    ),
                    true,
                ),
            )
            .says(
                "sentry",
                0,
                health(put(
                    turned,
                    vec![sessions("9.1.24", Some("1"), 5), sessions("9.1.24", Some("2"), 6)],
                )),
            )
            .facts()
    };
    assert_eq!(world(false), world(true));
}

#[test]
fn the_newer_reading_of_a_slot_is_kept() {
    let now = at(10);
    let old = World::default().says("jira", 0, bugs(vec![bug("MUS-1", true)], true)).0;
    let new = World::default().says("jira", 5, bugs(vec![], true)).0;
    let mut kept = old.clone();
    kept.keep_newer(new.clone(), now);
    assert_eq!(kept.slots, new.slots);
    let mut kept = new.clone();
    kept.keep_newer(old, now);
    assert_eq!(kept.slots, new.slots);
    // Read by a clock of ours that went ahead and has gone back since.
    let future = World::default().says("jira", 600, bugs(vec![bug("MUS-1", true)], true)).0;
    let mut kept = new.clone();
    kept.keep_newer(future.clone(), now);
    assert_eq!(kept.slots, new.slots);
    let mut kept = future;
    kept.keep_newer(new.clone(), now);
    assert_eq!(kept.slots, new.slots);
}

#[test]
fn the_newest_build_is_the_one_that_lacks_the_fewest_commits_of_its_branch() {
    let head = Sha::new("aaaa000");
    let lacking = |number: &str, commits: u32, made: i64| Build {
        version: None,
        number: number.to_owned(),
        commit: Some(Sha::new(format!("{number}0000000"))),
        verified: Some(true),
        uploaded: Some(true),
        made_at: Some(Moment::from_millis(made)),
        missing: Some(Missing { head: head.clone(), commits, on_branch: true, areas: None }),
        link: None,
    };
    let reading = Reading {
        value: (),
        source: SourceId::new("github"),
        observed_at: Moment::from_millis(9),
        fetched_at: Moment::from_millis(9),
        link: None,
    };
    let track = TrackId::parse("music/android/9.1.24").unwrap();
    let mut facts = Readings::default().facts(&track, Kind::Regular, StoreKind::GooglePlay);
    facts.branch = Fact::Known(reading.with(Some(Branch {
        version: track.version.clone(),
        name: "release/9.1.24".to_owned(),
        head: head.clone(),
        commits: Vec::new(),
        commits_complete: true,
        branched_at: None,
        link: None,
    })));
    // 12 was made last, of an older commit: builds of two commits may end in any order.
    facts.builds = Fact::Known(reading.with(vec![
        lacking("12", 2, 9),
        lacking("11", 0, 8),
        lacking("10", 3, 7),
    ]));
    assert_eq!(facts.newest_build().unwrap().number, "11");
}
