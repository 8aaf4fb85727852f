//! What is found, and where a change is in: yes and no only where git proves it.
use super::*;
use crate::app::{Person, StoreKind, Team};
use crate::facts::Bugs;
use crate::moment::Moment;
use crate::observation::{Backmerge, Branch, Build, Commit, Missing, Ride, Sha};
use crate::people::CandidateMark;
use crate::reading::{Fact, Reading, SourceId, Why};
use crate::track::{Kind, Platform};
use crate::version::Version;

struct World {
    app: App,
    trains: Vec<(TrackId, String, Facts, Interventions)>,
    strays: Vec<Stray>,
}

fn sha(n: u32) -> Sha {
    Sha::new(format!("{n:07x}{}", "a".repeat(33)))
}

fn known<T>(value: T) -> Fact<T> {
    Fact::Known(Reading {
        value,
        source: SourceId::new("github"),
        observed_at: Moment::from_millis(0),
        fetched_at: Moment::from_millis(0),
        link: None,
    })
}

fn commit(n: u32, title: &str) -> Commit {
    Commit {
        sha: sha(n),
        title: title.to_owned(),
        author: Some(Person::new("Ada Byron")),
        at: Some(Moment::from_millis(i64::from(n))),
        link: None,
    }
}

/// A branch with the commits of these numbers, newest first.
fn branch(version: &str, numbers: &[u32], complete: bool) -> Branch {
    Branch {
        version: Version::parse(version).unwrap(),
        name: format!("release/{version}"),
        head: sha(numbers[0]),
        commits: numbers.iter().map(|n| commit(*n, &format!("MUS-{n}: change (#{n})"))).collect(),
        commits_complete: complete,
        branched_at: None,
        link: None,
    }
}

/// A build of a commit that lacks so many of the head's commits.
fn build(number: &str, of: u32, head: u32, lacks: Option<u32>) -> Build {
    Build {
        version: None,
        number: number.to_owned(),
        commit: Some(sha(of)),
        verified: None,
        uploaded: None,
        made_at: None,
        missing: lacks.map(|commits| Missing {
            head: sha(head),
            commits,
            on_branch: true,
            areas: None,
        }),
        link: None,
    }
}

fn bug(key: &str, title: &str, assignee: &str) -> Bug {
    Bug {
        key: key.to_owned(),
        title: title.to_owned(),
        rides: vec![Ride { platform: None, version: Version::parse("9.1.24").unwrap() }],
        priority: Some("High".to_owned()),
        blocking: true,
        open: true,
        assignee: Some(Person::new(assignee)),
        created_at: None,
        link: None,
    }
}

impl World {
    fn new() -> Self {
        let app = App {
            id: AppId::new("music"),
            name: "Music".to_owned(),
            owner: Some(Person::new("Grace Hopper")),
            teams: vec![Team {
                id: "ads".to_owned(),
                name: "Ads".to_owned(),
                people: vec![Person::new("Ada Byron")],
                areas: Vec::new(),
            }],
            roles: BTreeMap::new(),
            lines: Vec::new(),
        };
        Self { app, trains: Vec::new(), strays: Vec::new() }
    }

    /// One more train on Android, changed as told.
    fn train(mut self, version: &str, change: impl FnOnce(&mut Facts)) -> Self {
        let id = TrackId::parse(&format!("music/android/{version}")).unwrap();
        let mut facts = Facts::new(id.clone(), Kind::Regular, StoreKind::GooglePlay);
        change(&mut facts);
        let title = format!("Music {} {version}", Platform::Android.title());
        self.trains.push((id, title, facts, Interventions::default()));
        self
    }

    fn find(&self, question: &str) -> Answer {
        let trains = self.trains.iter().map(|(id, title, facts, people)| Train {
            id,
            title,
            headline: "Waiting",
            waits_on: &[],
            signal: Signal::Wait,
            app: &self.app,
            facts,
            people,
        });
        let shelf = Shelf {
            apps: vec![(&self.app.id, self.app.name.as_str())],
            trains: trains.collect(),
            strays: &self.strays,
        };
        find(question, &shelf)
    }

    /// Where a commit is in, for each train: `9.1.24 branch yes, 12 yes, 11 no`.
    fn carried(&self, n: u32) -> Vec<String> {
        let word = |it: &Carries| match it {
            Carries::Yes => "yes",
            Carries::No(_) => "no",
            Carries::NotKnown(_) => "not known",
        };
        let answer = self.find(&format!("{n:07x}"));
        let places = answer.changes.iter().flat_map(|it| &it.places);
        places
            .map(|it| {
                let builds = it.builds.iter().map(|it| {
                    let mark = if it.is_candidate { " (candidate)" } else { "" };
                    format!(", {}{mark} {}", it.number, word(&it.carries))
                });
                format!(
                    "{} branch {}{}",
                    it.track.version.as_str(),
                    word(&it.branch),
                    builds.collect::<String>()
                )
            })
            .collect()
    }
}

#[test]
fn a_version_title_or_address_that_names_one_train_leads_there() {
    let world = World::new().train("9.1.24", |_| ()).train("9.1.25", |_| ());
    for question in ["9.1.24", "v9.1.24", " music  ANDROID 9.1.24 ", "music/android/9.1.24"] {
        let answer = world.find(question);
        let only = answer.only_track().map(ToString::to_string);
        assert_eq!(only.as_deref(), Some("music/android/9.1.24"), "{question}");
    }
    let part = world.find("9.1.2");
    assert_eq!(part.tracks.len(), 2);
    assert_eq!(part.tracks[0].title, "Music Android 9.1.25", "newest first");
    assert_eq!(part.only_track(), None);
    assert_eq!(world.find("9.1.26").tracks, []);
}

#[test]
fn what_names_a_train_and_something_else_leads_nowhere_by_itself() {
    let world = World::new().train("1234567", |facts| {
        facts.branch =
            known(Some(Branch { head: Sha::new("1234567fff"), ..branch("1", &[1], true) }));
    });
    let answer = world.find("1234567");
    assert_eq!((answer.tracks.len(), answer.changes.len()), (1, 1));
    assert_eq!(answer.only_track(), None);
}

#[test]
fn an_app_a_build_and_a_bug_are_found_and_a_bug_without_a_train_too() {
    let mut world = World::new().train("9.1.24", |facts| {
        facts.builds = known(vec![build("4711", 1, 1, Some(0))]);
        let list = vec![bug("MUS-7", "Crash in <b>player</b>", "Ada Byron")];
        facts.bugs = known(Bugs { list, complete: true, ..Bugs::default() });
    });
    world.strays.push(Stray {
        app: AppId::new("music"),
        app_name: "Music".to_owned(),
        bug: bug("MUS-8", "Silent", "Linus"),
        lacks: "version".to_owned(),
    });
    assert_eq!(world.find("musi").apps.len(), 1);
    assert_eq!(world.find("4711").tracks[0].build.as_deref(), Some("4711"));
    assert_eq!(world.find("4711").only_track(), None);
    let found = world.find("mus-7");
    assert_eq!(found.bugs[0].rides[0].1, "Music Android 9.1.24");
    assert!(found.bugs[0].is_exact && found.asks_for_change);
    assert_eq!(world.find("crash in").bugs.len(), 1);
    assert_eq!(world.find("MUS-8").bugs[0].rides, []);
    assert_eq!(world.find("MUS-9").bugs, []);
    assert!(world.find("MUS-9").asks_for_change, "a key, though no bug of it is known");
}

#[test]
fn a_person_is_found_with_all_that_ties_them() {
    let world = World::new().train("9.1.24", |facts| {
        facts.branch = known(Some(branch("9.1.24", &[3, 2], true)));
        let list = vec![bug("MUS-7", "Crash", "Ada Byron")];
        facts.bugs = known(Bugs { list, complete: true, ..Bugs::default() });
    });
    let ada = &world.find("ada").people[0];
    assert_eq!(ada.name, "Ada Byron");
    assert!(matches!(ada.ties[0], Tie::SignsOff(..)));
    assert!(matches!(ada.ties[1], Tie::Has(..)));
    assert_eq!(ada.ties.len(), 4);
    assert!(matches!(world.find("hopper").people[0].ties[0], Tie::Owns(..)));
    assert_eq!(world.find("a").people, [], "a letter is in every name");
}

#[test]
fn a_commit_is_in_what_git_says_has_it_and_not_in_what_git_says_lacks_it() {
    let mut world = World::new().train("9.1.24", |facts| {
        facts.branch = known(Some(branch("9.1.24", &[5, 4, 3], true)));
        facts.builds = known(vec![
            build("13", 5, 5, None),
            build("12", 4, 5, Some(1)),
            build("11", 3, 5, Some(2)),
            build("10", 1, 5, Some(3)),
        ]);
    });
    world.trains[0].3.candidates.push(CandidateMark {
        build: "12".to_owned(),
        commit: sha(4),
        at: Moment::from_millis(0),
        by: None,
        changed_areas: None,
    });
    assert_eq!(world.carried(5), ["9.1.24 branch yes, 13 yes, 12 (candidate) no, 11 no, 10 no"]);
    assert_eq!(world.carried(4), ["9.1.24 branch yes, 13 yes, 12 (candidate) yes, 11 no, 10 no"]);
    assert_eq!(world.carried(3), ["9.1.24 branch yes, 13 yes, 12 (candidate) yes, 11 yes, 10 no"]);
}

#[test]
fn what_git_did_not_say_is_not_known() {
    // Nobody counted what the build lacks; it stands behind its branch by more than the list shows, as after a merge;
    // it was compared with another head; its commit is not told.
    let mut untold = build("8", 4, 5, Some(1));
    untold.commit = None;
    let world = World::new().train("9.1.24", |facts| {
        facts.branch = known(Some(branch("9.1.24", &[5, 4, 3], true)));
        facts.builds = known(vec![
            build("12", 4, 5, None),
            build("11", 4, 5, Some(2)),
            build("10", 4, 9, Some(1)),
            untold,
        ]);
    });
    assert_eq!(
        world.carried(3),
        ["9.1.24 branch yes, 12 not known, 11 not known, 10 not known, 8 not known"]
    );
}

#[test]
fn a_branch_that_does_not_list_it_may_have_taken_it_from_main_unless_main_lacks_it() {
    let world = |lacks: &[u32]| {
        let commits = lacks.iter().map(|n| commit(*n, "fix")).collect();
        World::new()
            .train("9.1.24", |facts| {
                facts.branch = known(Some(branch("9.1.24", &[5, 4], true)));
                let version = Version::parse("9.1.24").unwrap();
                let (head, missing) = (sha(5), u32::try_from(lacks.len()).unwrap());
                facts.backmerge = known(Backmerge { version, head, missing, commits, link: None });
            })
            .train("9.1.25", |facts| {
                facts.branch = known(Some(branch("9.1.25", &[9, 8], true)));
                facts.builds = known(vec![build("20", 9, 9, Some(0))]);
            })
            .train("9.1.26", |facts| {
                facts.branch = known(Some(branch("9.1.26", &[19, 18], false)));
            })
            .train("9.1.27", |facts| {
                facts.branch = Fact::unknown(Why::NotReadYet, Some(SourceId::new("github")));
            })
    };
    let not_known = "9.1.26 branch not known";
    assert_eq!(
        world(&[]).carried(4),
        [
            "9.1.27 branch not known",
            not_known,
            "9.1.25 branch not known, 20 not known",
            "9.1.24 branch yes"
        ]
    );
    assert_eq!(
        world(&[4]).carried(4),
        ["9.1.27 branch not known", not_known, "9.1.25 branch no, 20 no", "9.1.24 branch yes"]
    );
    assert_eq!(
        world(&[]).find("ffffffff").cut_lists,
        ["Music Android 9.1.26", "Music Android 9.1.27"]
    );
}

#[test]
fn a_key_or_a_pull_request_finds_the_commits_that_name_it_and_no_longer_number() {
    let world = World::new().train("9.1.24", |facts| {
        facts.branch = known(Some(branch("9.1.24", &[44, 447], true)));
    });
    for question in ["MUS-44", "mus-44", "#44"] {
        let changes = world.find(question).changes;
        assert_eq!(changes.len(), 1, "{question}");
        assert_eq!(changes[0].commit.sha, sha(44), "{question}");
    }
    assert_eq!(world.find("US-44").changes, []);
    assert_eq!(world.find("#4").changes, []);
    assert_eq!(world.find("000002").changes, [], "six characters could be anything");
}

#[test]
fn a_long_question_is_cut_and_an_empty_one_finds_nothing() {
    let world = World::new().train("9.1.24", |_| ());
    let answer = world.find(&"é".repeat(LONGEST + 1));
    assert!(answer.was_cut);
    assert_eq!(answer.asked.chars().count(), LONGEST);
    assert!(world.find(" \t\n").is_empty());
    assert!(!world.find("<script>").was_cut);
}
