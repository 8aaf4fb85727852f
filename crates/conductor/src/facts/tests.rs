//! What readings of several sources mean together.

mod named;
mod order;

use super::*;
use crate::app::Person;
use crate::moment::Moment;
use crate::observation::{Audience, Commit, Listing, Missing, Outcome, Ride, Sha, Share, Suite};
use crate::track::Platform;

const ANDROID: Platform = Platform::Android;

fn at(minute: i64) -> Moment {
    Moment::from_millis(1_773_144_000_000) + Span::minutes(minute)
}

fn app() -> AppId {
    AppId::new("music")
}

fn version(text: &str) -> Version {
    Version::parse(text).unwrap()
}

fn track() -> TrackId {
    TrackId { app: app(), platform: ANDROID, version: version("9.1.24") }
}

fn line() -> LineId {
    track().line()
}

fn slot(source: &str, observation: &Observation) -> Slot {
    Slot {
        source: SourceId::new(source),
        app: app(),
        platform: observation.platform().cloned(),
        kind: observation.kind(),
    }
}

/// Readings to which sources are added one by one.
#[derive(Default)]
struct World(Readings);

impl World {
    /// This source answered, so many minutes after noon.
    fn says(mut self, source: &str, minute: i64, value: Observation) -> Self {
        let slot = slot(source, &value);
        self.0.owed.insert(slot.clone());
        let reading = Reading {
            value,
            source: slot.source.clone(),
            observed_at: at(minute),
            fetched_at: at(minute),
            link: None,
        };
        self.0.slots.insert(slot, reading);
        self
    }
    /// This source fails now, for the whole app.
    fn fails(mut self, source: &str) -> Self {
        self.0.faults.insert((SourceId::new(source), app()), format!("{source} is down"));
        self
    }
    /// This source owes something and has not answered yet.
    fn owes(mut self, source: &str, like: &Observation) -> Self {
        self.0.owed.insert(slot(source, like));
        self
    }
    fn facts(&self) -> Facts {
        self.0.facts(&track(), Kind::Regular, StoreKind::GooglePlay)
    }
}

fn branch(name: &str, of: &str, head: &str) -> Branch {
    Branch {
        version: version(of),
        name: name.to_owned(),
        head: Sha::new(head),
        commits: vec![Commit {
            sha: Sha::new(head),
            title: "Bump".to_owned(),
            author: None,
            at: None,
            link: None,
        }],
        commits_complete: true,
        branched_at: None,
        link: None,
    }
}

fn branches(items: Vec<Branch>) -> Observation {
    Observation::Branches { platform: ANDROID, list: Listing::whole(items) }
}

fn tests_of(commits: &[(&str, &[(&str, Outcome)])]) -> Observation {
    let items = commits
        .iter()
        .map(|(commit, suites)| Tests {
            commit: Sha::new(commit),
            suites: suites
                .iter()
                .map(|(name, outcome)| Suite {
                    name: (*name).to_owned(),
                    outcome: outcome.clone(),
                    link: None,
                })
                .collect(),
            complete: true,
            link: None,
        })
        .collect();
    Observation::Tests { platform: ANDROID, list: Listing::whole(items) }
}

fn build(number: &str) -> Build {
    Build {
        version: Some(version("9.1.24")),
        number: number.to_owned(),
        commit: None,
        verified: None,
        uploaded: None,
        made_at: None,
        missing: None,
        link: None,
    }
}

fn builds(items: Vec<Build>) -> Observation {
    Observation::Builds { platform: ANDROID, list: Listing::whole(items) }
}

fn bug(key: &str, blocking: bool) -> Bug {
    Bug {
        key: key.to_owned(),
        title: key.to_owned(),
        rides: vec![Ride { platform: None, version: version("9.1.24") }],
        priority: Some("High".to_owned()),
        blocking,
        open: true,
        assignee: Some(Person::new("Mara")),
        created_at: None,
        link: None,
    }
}

fn bugs(items: Vec<Bug>, complete: bool) -> Observation {
    Observation::Bugs { list: Listing { items, complete } }
}

fn in_store(of: &str, builds: &[&str], phase: Option<StorePhase>) -> InStore {
    InStore {
        version: Version::parse(of).ok(),
        builds: builds.iter().map(|it| (*it).to_owned()).collect(),
        name: of.to_owned(),
        phase,
        ..InStore::absent()
    }
}

fn store(items: Vec<InStore>, complete: bool) -> Observation {
    Observation::Store { platform: ANDROID, list: Listing { items, complete } }
}

fn health(rows: Vec<Health>) -> Observation {
    Observation::Health { platform: ANDROID, list: Listing::whole(rows) }
}

fn sessions(of: &str, build: Option<&str>, sessions: u64) -> Health {
    Health {
        version: version(of),
        build: build.map(ToOwned::to_owned),
        audience: Audience::Production,
        sessions,
        crashed: Some(1),
        unresponsive: None,
        adoption: None,
        link: None,
    }
}

#[track_caller]
fn why<T: std::fmt::Debug>(fact: &Fact<T>) -> (Why, Option<&str>) {
    match fact {
        Fact::Unknown { why, source, .. } => (why.clone(), source.as_ref().map(SourceId::as_str)),
        Fact::Known(reading) => panic!("known: {reading:?}"),
    }
}

fn down(source: &str) -> (Why, Option<&str>) {
    (Why::Fault { message: format!("{source} is down") }, Some(source))
}

#[test]
fn what_no_source_tells_is_unknown_and_not_nothing() {
    let facts = World::default().facts();
    assert_eq!(why(&facts.branch), (Why::NotConfigured, None));
    assert_eq!(why(&facts.bugs), (Why::NotConfigured, None));
    assert_eq!(why(&facts.builds), (Why::NotConfigured, None));
    let facts = World::default().owes("jira", &bugs(vec![], true)).facts();
    assert_eq!(why(&facts.bugs), (Why::NotReadYet, Some("jira")));
}

#[test]
fn the_first_source_that_has_it_wins_and_absence_is_nobodys_word_while_another_is_silent() {
    let has = || branches(vec![branch("release/9.1.24", "9.1.24", "a1")]);
    let head = |world: World| world.facts().branch.value().cloned().flatten().map(|it| it.head);
    let two = World::default().says("a-git", 0, branches(vec![branch("r", "9.1.24", "b2")])).says(
        "b-git",
        5,
        has(),
    );
    assert_eq!(head(two), Some(Sha::new("b2")));
    // Another repository has it: that the first has not is no reason to hide it.
    let second = World::default().says("a-git", 0, branches(vec![])).says("b-git", 0, has());
    assert_eq!(head(second), Some(Sha::new("a1")));
    let none = World::default().says("a-git", 0, branches(vec![]));
    assert_eq!(none.facts().branch.value(), Some(&None));
    let silent = none.says("b-git", 0, has()).fails("b-git");
    assert_eq!(why(&silent.facts().branch), down("b-git"));
    // A part of the list proves that it is there, not that it is not.
    let part = |items| Observation::Branches {
        platform: ANDROID,
        list: Listing { items, complete: false },
    };
    assert_eq!(why(&World::default().says("git", 0, part(vec![])).facts().branch).0, Why::Partial);
    let found = World::default().says("git", 0, part(vec![branch("r", "9.1.24", "a1")]));
    assert_eq!(head(found), Some(Sha::new("a1")));
}

#[test]
fn a_fault_makes_unknown_with_the_last_value_and_other_slots_stand() {
    let world = World::default()
        .says("git", 3, branches(vec![branch("r", "9.1.24", "a1")]))
        .says("git", 3, tests_of(&[("a1", &[("unit", Outcome::Passed)])]))
        .says("jira", 0, bugs(vec![bug("MUS-1", true)], true))
        .says(
            "play",
            3,
            store(vec![in_store("9.1.24", &["4127"], Some(StorePhase::InReview))], true),
        )
        .fails("jira");
    let facts = world.facts();
    assert_eq!(why(&facts.bugs), down("jira"));
    assert_eq!(facts.bugs.last().unwrap().value.list[0].key, "MUS-1");
    assert_eq!(facts.bugs.last().unwrap().observed_at, at(0));
    assert!(facts.branch.known().is_some() && facts.tests.known().is_some());
    assert_eq!(facts.store.value().unwrap().phase, Some(StorePhase::InReview));
    // One slot of a source may fail alone.
    let mut one = world;
    one.0.faults.clear();
    let tests = slot("git", &tests_of(&[]));
    one.0.slot_faults.insert(tests, "git is down".to_owned());
    let facts = one.facts();
    assert_eq!(why(&facts.tests), down("git"));
    assert!(facts.branch.known().is_some() && facts.bugs.known().is_some());
}

#[test]
fn a_source_of_another_app_or_platform_tells_nothing_here() {
    let ios = Observation::Branches {
        platform: Platform::Ios,
        list: Listing::whole(vec![branch("r", "9.1.24", "a1")]),
    };
    assert_eq!(why(&World::default().says("git", 0, ios).facts().branch).0, Why::NotConfigured);
}

#[test]
fn case_37_tests_are_looked_up_by_the_newest_commit() {
    let world = World::default().says("git", 0, branches(vec![branch("r", "9.1.24", "b2")])).says(
        "ci",
        0,
        tests_of(&[("a1", &[("unit", Outcome::Passed)])]),
    );
    assert_eq!(why(&world.facts().tests), (Why::NoData, Some("ci")));
    let both = world.says(
        "ci",
        0,
        tests_of(&[("a1", &[("unit", Outcome::Passed)]), ("b2", &[("unit", Outcome::Failed)])]),
    );
    assert_eq!(both.facts().tests.value().unwrap().suites[0].outcome, Outcome::Failed);
    // Which commit is the newest, only the branch's source knows; it is its fault then, and named so.
    let blind = both.fails("git").facts();
    assert_eq!(why(&blind.tests), down("git"));
    assert_eq!(blind.tests.last().unwrap().value.commit, Sha::new("b2"));
}

#[test]
fn builds_learn_from_two_sources() {
    let from_ci = Build {
        commit: Some(Sha::new("a1")),
        verified: Some(true),
        made_at: Some(at(-60)),
        ..build("4127")
    };
    let from_play = Build { version: None, uploaded: Some(true), ..build("4127") };
    let stray = Build { version: None, ..build("9999") };
    let world = World::default().says("ci", 2, builds(vec![from_ci])).says(
        "play",
        1,
        builds(vec![from_play, stray]),
    );
    let facts = world.facts();
    let reading = facts.builds.known().unwrap();
    let [one] = &reading.value[..] else { panic!("{reading:?}") };
    assert_eq!((one.verified, one.uploaded), (Some(true), Some(true)));
    assert_eq!(one.commit, Some(Sha::new("a1")));
    assert_eq!(reading.observed_at, at(1)); // The whole is as old as its oldest part.
    // They disagree: bad news about the build counts, and any proof of the upload.
    let bad = Build { verified: Some(false), uploaded: Some(false), ..build("4127") };
    let facts = world.says("other", 3, builds(vec![bad])).facts();
    let one = &facts.builds.value().unwrap()[0];
    assert_eq!((one.verified, one.uploaded), (Some(false), Some(true)));
}

/// As Apple counts: each version begins with build 1 again.
#[test]
fn a_number_that_two_versions_share_is_two_builds() {
    let of = |text: &str, number: &str| Build { version: Some(version(text)), ..build(number) };
    let verified = Build { version: None, verified: Some(true), ..build("1") };
    let other = Build { version: None, verified: Some(true), ..build("2") };
    let store = builds(vec![of("9.1.24", "1"), of("9.1.23", "1"), of("9.1.24", "2")]);
    let facts = World::default()
        .says("store", 1, store)
        .says("ci", 1, builds(vec![verified, other]))
        .facts();
    let told: Vec<_> =
        facts.builds.value().unwrap().iter().map(|it| (it.number.as_str(), it.verified)).collect();
    // What the build system says of build 1 may be about either.
    assert_eq!(told, [("2", Some(true)), ("1", None)]);
}

#[test]
fn newest_builds_come_first_by_time_then_by_number() {
    let made = |number: &str, minute| Build { made_at: Some(at(minute)), ..build(number) };
    let world =
        World::default().says("ci", 0, builds(vec![made("9", 1), made("11", 1), made("2", 5)]));
    let facts = world.facts();
    let numbers: Vec<_> =
        facts.builds.value().unwrap().iter().map(|it| it.number.as_str()).collect();
    assert_eq!(numbers, ["2", "11", "9"]);
}

#[test]
fn bugs_of_all_trackers_count_and_a_part_of_them_proves_only_that_there_are_some() {
    let keys = |facts: &Facts| -> Vec<String> {
        facts.bugs.value().unwrap().list.iter().map(|it| it.key.clone()).collect()
    };
    let world = World::default()
        .says("jira", 2, bugs(vec![bug("MUS-2", false), bug("MUS-9", true)], true))
        .says("linear", 1, bugs(vec![bug("LIN-1", true), bug("MUS-9", true)], true));
    let facts = world.facts();
    assert_eq!(keys(&facts), ["LIN-1", "MUS-9", "MUS-2"]);
    assert_eq!(facts.bugs.known().unwrap().observed_at, at(1));
    assert!(facts.bugs.value().unwrap().complete);
    let facts = world.fails("linear").facts();
    assert_eq!(keys(&facts), ["MUS-9", "MUS-2"]);
    assert!(!facts.bugs.value().unwrap().complete);
    let none = World::default()
        .says("jira", 0, bugs(vec![bug("MUS-2", false)], true))
        .says("linear", 0, bugs(vec![bug("LIN-1", true)], true))
        .fails("linear");
    assert_eq!(why(&none.facts().bugs), down("linear"));
}

#[test]
fn case_05_a_list_that_was_not_read_to_its_end_stays_a_part() {
    let facts = World::default().says("jira", 0, bugs(vec![bug("MUS-801", false)], false)).facts();
    assert!(!facts.bugs.value().unwrap().complete);
    let both =
        World::default().says("jira", 0, bugs(vec![], true)).says("linear", 0, bugs(vec![], false));
    assert!(!both.facts().bugs.value().unwrap().complete);
}

#[test]
fn a_bug_rides_on_the_same_place_in_the_order_and_on_its_platform() {
    let on = |ride: Ride| Bug { rides: vec![ride], ..bug("MUS-1", true) };
    let rides = |platform: Option<Platform>, of: &str| {
        let list = vec![on(Ride { platform, version: version(of) })];
        !World::default()
            .says("jira", 0, bugs(list, true))
            .facts()
            .bugs
            .value()
            .unwrap()
            .list
            .is_empty()
    };
    assert!(rides(None, "9.1.24"));
    assert!(rides(Some(ANDROID), "9.1.24.0"));
    assert!(!rides(Some(Platform::Ios), "9.1.24"));
    assert!(!rides(None, "9.1.240"));
}

#[test]
fn case_11_a_zero_is_remembered_by_the_reading_that_first_showed_it() {
    let mut since = None;
    let mut look = |minute, list: Vec<Bug>, complete| {
        let mut fact = World::default().says("jira", minute, bugs(list, complete)).facts().bugs;
        fact.note_zero(&mut since);
        fact.value().unwrap().zero_since
    };
    assert_eq!(look(0, vec![], true), Some(at(0)));
    assert_eq!(look(5, vec![bug("MUS-2", false)], true), Some(at(0)));
    assert_eq!(look(10, vec![bug("MUS-812", true)], true), None);
    assert_eq!(look(15, vec![], false), None); // A part of a list is no zero.
    assert_eq!(look(20, vec![], true), Some(at(20)));
    let mut unknown: Fact<Bugs> = Fact::default();
    unknown.note_zero(&mut since);
    assert_eq!(since, Some(at(20))); // No answer is neither.
}

#[test]
fn the_store_is_asked_by_build_before_it_is_asked_by_name() {
    let world = World::default().says("ci", 0, builds(vec![build("4127")])).says(
        "play",
        0,
        store(vec![in_store("Spring release", &["4127"], Some(StorePhase::InReview))], true),
    );
    assert_eq!(world.facts().store.value().unwrap().phase, Some(StorePhase::InReview));
    assert_eq!(world.0.versions(&line()).into_iter().collect::<Vec<_>>(), [version("9.1.24")]);
    let absent = World::default().says("play", 0, store(vec![], true)).facts();
    assert_eq!(absent.store.value().unwrap().phase, Some(StorePhase::Absent));
    let part = World::default().says("play", 0, store(vec![], false)).facts();
    assert_eq!(why(&part.store).0, Why::Partial);
}

#[test]
fn of_two_entries_of_a_version_the_one_in_flight_counts() {
    let phase = |phases: &[Option<StorePhase>]| {
        let items = phases.iter().map(|it| in_store("9.1.24", &["1"], *it)).collect();
        World::default().says("play", 0, store(items, true)).facts().store.value().unwrap().phase
    };
    use StorePhase::{Complete, Draft, InReview, Rejected, Replaced, RollingOut};
    assert_eq!(phase(&[Some(Replaced), Some(RollingOut)]), Some(RollingOut));
    assert_eq!(phase(&[Some(RollingOut), Some(Replaced)]), Some(RollingOut));
    assert_eq!(phase(&[Some(Draft), Some(Rejected)]), Some(Rejected));
    assert_eq!(phase(&[Some(Rejected), Some(InReview)]), Some(InReview));
    assert_eq!(phase(&[Some(Complete), Some(RollingOut)]), Some(Complete));
    // A word that we do not know may mean anything short of being served.
    assert_eq!(phase(&[Some(Draft), None]), None);
    assert_eq!(phase(&[None, Some(RollingOut)]), Some(RollingOut));
}

#[test]
fn case_19_an_overtaken_version_is_absent_and_its_successor_is_there() {
    let overtaken = store(
        vec![
            InStore {
                served: Some(Share(10_000)),
                ..in_store("9.1.25", &["4133"], Some(StorePhase::RollingOut))
            },
            in_store("9.1.23", &["4101"], Some(StorePhase::Complete)),
        ],
        true,
    );
    let world = World::default().says("play", 0, overtaken);
    assert_eq!(world.facts().store.value().unwrap().phase, Some(StorePhase::Absent));
    let seen: Vec<_> = world.0.versions(&line()).into_iter().collect();
    assert_eq!(seen, [version("9.1.23"), version("9.1.25")]);
}

#[test]
fn case_33_only_rows_of_this_very_version_are_its_health() {
    let rows = vec![
        sessions("9.1.24", Some("4127"), 20_701),
        sessions("9.1.240", Some("1"), 5_100),
        sessions("9.1.23", None, 9),
    ];
    let facts = World::default().says("sentry", 0, health(rows)).facts();
    let [row] = &facts.health.value().unwrap()[..] else { panic!() };
    assert_eq!(row.sessions, 20_701);
    // No row is no data, and not zero; a list that was cut says nothing.
    let none =
        World::default().says("sentry", 0, health(vec![sessions("9.1.23", None, 9)])).facts();
    assert_eq!(why(&none.health), (Why::NoData, Some("sentry")));
    let list = Listing { items: vec![sessions("9.1.24", None, 9)], complete: false };
    let cut = World::default().says("sentry", 0, Observation::Health { platform: ANDROID, list });
    assert_eq!(why(&cut.facts().health).0, Why::Partial);
}

#[test]
fn case_44_facts_keep_the_moment_that_the_source_vouches_for() {
    let ahead = World::default().says("jira", 9, bugs(vec![], true)).facts().bugs;
    assert_eq!(ahead.fresh(Span::hours(1), at(0)).unwrap_err(), Why::FromTheFuture);
    assert!(ahead.fresh(Span::hours(1), at(7)).is_ok()); // Two minutes of slack.
    assert_eq!(ahead.fresh(Span::hours(1), at(70)).unwrap_err(), Why::Expired);
}

#[test]
fn case_02_versions_are_what_any_source_shows_whatever_their_order() {
    let planned = Observation::Planned {
        list: Listing::whole(vec![
            planned("3.1.0", None, false),
            planned("2.0.0", None, true),
            planned("3.2.0", Some(Platform::Ios), false),
        ]),
    };
    let world = World::default()
        .says("git", 0, branches(vec![branch("r", "3.0.0", "a1")]))
        .says(
            "play",
            0,
            store(vec![in_store("20250113.0", &["1"], Some(StorePhase::Complete))], true),
        )
        .says("jira", 0, planned);
    let seen: Vec<String> = world.0.versions(&line()).iter().map(ToString::to_string).collect();
    assert_eq!(seen, ["3.0.0", "3.1.0", "20250113.0"]);
    let soon = TrackId { version: version("3.1.0"), ..track() };
    assert_eq!(world.0.planned(&soon).unwrap().planned_at, Some(at(0)));
    // A source that fails makes nothing disappear.
    let seen = world.fails("git").fails("jira").0.versions(&line()).len();
    assert_eq!(seen, 3);
}

fn planned(of: &str, platform: Option<Platform>, released: bool) -> Planned {
    Planned { platform, version: version(of), planned_at: Some(at(0)), released, link: None }
}

#[test]
fn bugs_on_no_train_are_told_once() {
    let lost = Bug { rides: vec![], ..bug("MUS-5", true) };
    let nobodys = Bug { assignee: None, ..bug("MUS-4", true) };
    let closed = Bug { open: false, ..lost.clone() };
    let world = World::default()
        .says("jira", 0, bugs(vec![lost.clone(), nobodys, bug("MUS-6", true)], true))
        .says("linear", 0, bugs(vec![lost, Bug { key: "LIN-1".into(), ..closed }], true));
    let keys: Vec<_> = world.0.strays(&app()).into_iter().map(|it| it.key).collect();
    assert_eq!(keys, ["MUS-4", "MUS-5"]);
}
