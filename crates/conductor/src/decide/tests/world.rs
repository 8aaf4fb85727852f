//! A small world for the tests of decisions: a track for which all goes well, and ways to spoil it.
use super::super::*;
use crate::app::{LineSpec, Person, StoreKind, Team};
use crate::facts::{Bugs, Freeze, Opening, Window};
use crate::intent::{Intent, IntentKey};
use crate::observation::{
    Audience, Branch, Bug, Health, InStore, Missing, Outcome, Sha, Share, Suite, Tests,
};
use crate::people::{Answer, Attempt, CandidateMark, Hold, SignOff, Waiver};
use crate::process::Process;
use crate::reading::{Fact, Reading, SourceId, Why};
use crate::track::{AppId, Platform};
use crate::version::Version;
use std::sync::LazyLock;

pub(super) const HEAD: &str = "a100000000000000000000000000000000000001";

pub(super) fn at(text: &str) -> Moment {
    Moment::parse(text).unwrap()
}

/// A Tuesday noon.
pub(super) fn now() -> Moment {
    at("2026-03-10T12:00:00Z")
}

pub(super) fn ago(minutes: i64) -> Moment {
    now() - Span::minutes(minutes)
}

pub(super) fn process(text: &str) -> Process {
    toml::from_str(text).unwrap()
}

pub(super) fn default_process() -> Process {
    static PROCESS: LazyLock<Process> =
        LazyLock::new(|| process(include_str!("../../../processes/default.toml")));
    PROCESS.clone()
}

pub(super) fn download_process() -> Process {
    static PROCESS: LazyLock<Process> =
        LazyLock::new(|| process(include_str!("../../../processes/download.toml")));
    PROCESS.clone()
}

pub(super) fn read<T>(source: &str, minutes: i64, value: T) -> Fact<T> {
    Fact::Known(Reading {
        value,
        source: SourceId::new(source),
        observed_at: ago(minutes),
        fetched_at: ago(minutes),
        link: Some(format!("https://{source}.example/it")),
    })
}

pub(super) fn fault<T>(source: &str) -> Fact<T> {
    let message = format!("{source} cannot be reached: look at the network");
    Fact::unknown(Why::Fault { message }, Some(SourceId::new(source)))
}

pub(super) fn version(text: &str) -> Version {
    Version::parse(text).unwrap()
}

pub(super) fn team(id: &str, areas: &[&str]) -> Team {
    Team {
        id: id.to_owned(),
        name: id.to_owned(),
        people: vec![Person::new(format!("{id} lead"))],
        areas: areas.iter().map(|it| (*it).to_owned()).collect(),
    }
}

pub(super) fn build(number: &str, commit: &str) -> Build {
    Build {
        version: Some(version("9.1.24")),
        number: number.to_owned(),
        commit: Some(Sha::new(commit)),
        verified: Some(true),
        uploaded: Some(true),
        made_at: Some(ago(60)),
        missing: None,
        link: None,
    }
}

pub(super) fn missing(commits: u32, areas: Option<&[&str]>) -> Missing {
    Missing {
        head: Sha::new(HEAD),
        commits,
        on_branch: true,
        areas: areas.map(|it| it.iter().map(|area| (*area).to_owned()).collect()),
    }
}

pub(super) fn in_store(phase: StorePhase, served: Option<Share>) -> InStore {
    InStore {
        version: Some(version("9.1.24")),
        builds: vec!["4127".to_owned()],
        name: "9.1.24".to_owned(),
        phase: Some(phase),
        asked: served,
        served,
        by_hand: Some(true),
        phased_ready: Some(true),
        ..InStore::absent()
    }
}

pub(super) fn bug(key: &str) -> Bug {
    Bug {
        key: key.to_owned(),
        title: format!("{key} is broken"),
        rides: Vec::new(),
        priority: Some("Blocker".to_owned()),
        blocking: true,
        open: true,
        assignee: Some(Person::new("Mara")),
        created_at: None,
        link: None,
    }
}

pub(super) fn bugs(list: Vec<Bug>) -> Bugs {
    let zero = list.iter().all(|it| !it.open || !it.blocking);
    Bugs { zero_since: zero.then(|| ago(120)), list, complete: true, index_lag: Span::minutes(5) }
}

pub(super) fn sessions(audience: Audience, sessions: u64, crashed: u64) -> Health {
    Health {
        version: version("9.1.24"),
        build: Some("4127".to_owned()),
        audience,
        sessions,
        crashed: Some(crashed),
        unresponsive: Some(0),
        adoption: None,
        link: None,
    }
}

pub(super) fn suite(name: &str, outcome: Outcome) -> Suite {
    Suite { name: name.to_owned(), outcome, link: None }
}

pub(super) fn tests(suites: Vec<Suite>) -> Tests {
    Tests { commit: Sha::new(HEAD), suites, complete: true, link: None }
}

pub(super) fn sign_off(team: &str, answer: Answer, build: &str) -> SignOff {
    SignOff {
        team: team.to_owned(),
        answer,
        build: build.to_owned(),
        by: Person::new("Ada"),
        at: ago(30),
        comment: String::new(),
    }
}

pub(super) fn mark(build: &str, changed: Option<&[&str]>) -> CandidateMark {
    CandidateMark {
        build: build.to_owned(),
        commit: Sha::new(HEAD),
        at: ago(100),
        by: None,
        changed_areas: changed.map(|it| it.iter().map(|area| (*area).to_owned()).collect()),
    }
}

pub(super) fn hold() -> Hold {
    Hold { by: Person::new("Noor"), at: ago(5), reason: "wait for the keynote".to_owned() }
}

pub(super) fn waiver(rule: &str, build: Option<&str>) -> Waiver {
    Waiver {
        rule: rule.to_owned(),
        build: build.map(ToOwned::to_owned),
        by: Person::new("Noor"),
        at: ago(5),
        reason: "known and harmless".to_owned(),
    }
}

pub(super) fn intent(action: Action, state: IntentState) -> Intent {
    Intent {
        key: IntentKey { track: track(), action, build: "4127".to_owned(), attempt: 1 },
        state,
        by: None,
        reason: "7 of 7 conditions met".to_owned(),
        created_at: ago(3),
        changed_at: ago(2),
    }
}

pub(super) fn attempt(action: Action, build: &str, state: &str) -> Attempt {
    Attempt { action, build: build.to_owned(), attempt: 1, state: state.to_owned() }
}

pub(super) fn track() -> TrackId {
    TrackId { app: AppId::new("music"), platform: Platform::Android, version: version("9.1.24") }
}

/// A track at a stage of the default process, with all its conditions met.
pub(super) fn at_stage(stage: &str) -> Inputs {
    let (phase, served) = match stage {
        "review" => (StorePhase::Approved, None),
        "rollout" => (StorePhase::RollingOut, Some(Share(10_000))),
        "complete" => (StorePhase::Complete, Some(Share::ALL)),
        _ => (StorePhase::Absent, None),
    };
    let store =
        if phase == StorePhase::Absent { InStore::absent() } else { in_store(phase, served) };
    let people = if stage == "branched" {
        Interventions::default()
    } else {
        Interventions {
            candidates: vec![mark("4127", None)],
            sign_offs: vec![
                sign_off("playback", Answer::Given, "4127"),
                sign_off("ads", Answer::Given, "4127"),
            ],
            ..Interventions::default()
        }
    };
    let since = now() - Span::hours(200);
    Inputs {
        app: App {
            id: AppId::new("music"),
            name: "Music".to_owned(),
            owner: Some(Person::new("Olga")),
            teams: vec![team("playback", &["player"]), team("ads", &["ads"])],
            roles: BTreeMap::new(),
            lines: vec![LineSpec {
                platform: Platform::Android,
                process: "default".to_owned(),
                hotfix_process: None,
                store: StoreKind::GooglePlay,
            }],
        },
        process: default_process(),
        facts: Facts {
            branch: read(
                "github",
                1,
                Some(Branch {
                    version: version("9.1.24"),
                    name: "release/9.1.24".to_owned(),
                    head: Sha::new(HEAD),
                    commits: Vec::new(),
                    commits_complete: true,
                    branched_at: Some(since),
                    link: None,
                }),
            ),
            tests: read(
                "github",
                1,
                tests(vec![suite("unit", Outcome::Passed), suite("ui", Outcome::Passed)]),
            ),
            builds: read("github", 1, vec![build("4127", HEAD)]),
            bugs: read("jira", 1, bugs(Vec::new())),
            store: read("play", 1, store),
            health: read(
                "sentry",
                1,
                vec![
                    sessions(Audience::Beta, 20_000, 4),
                    sessions(Audience::Production, 80_000, 40),
                ],
            ),
            windows: [(
                "release".to_owned(),
                Window {
                    title: "Mon–Thu 09:00–16:00 UTC".to_owned(),
                    open: vec![
                        Opening {
                            from: at("2026-03-10T09:00:00Z"),
                            until: at("2026-03-10T16:00:00Z"),
                        },
                        Opening {
                            from: at("2026-03-11T09:00:00Z"),
                            until: at("2026-03-11T16:00:00Z"),
                        },
                    ],
                    binds: Vec::new(),
                    freezes: vec![Freeze {
                        name: "keynote".to_owned(),
                        span: Opening {
                            from: at("2026-03-12T00:00:00Z"),
                            until: at("2026-03-14T00:00:00Z"),
                        },
                    }],
                },
            )]
            .into(),
            ..Facts::new(track(), Kind::Regular, StoreKind::GooglePlay)
        },
        people,
        before: Before {
            at: Some(ago(5)),
            stage: Some((StageId::new(stage), since)),
            standing: Some((Standing::Running, since)),
            ..Before::default()
        },
        now: now(),
    }
}

/// The same on the App Store.
pub(super) fn on_app_store(stage: &str) -> Inputs {
    let mut inputs = at_stage(stage);
    inputs.facts.store_kind = StoreKind::AppStore;
    inputs
}

/// The decision in one line: stage, standing, what is next, and what does not let it pass.
pub(super) fn told(decision: &Decision) -> String {
    let stage = decision.stage.as_ref().map_or("none", StageId::as_str);
    let next = match &decision.next {
        Next::Fire { action, mode } => {
            format!("fire {} ({})", action.as_str(), mode.title().to_lowercase())
        }
        Next::Pause { .. } => "pause".to_owned(),
        Next::Wait => "wait".to_owned(),
        Next::Rest => "rest".to_owned(),
    };
    let open: Vec<String> = decision
        .findings
        .iter()
        .chain(&decision.guards)
        .filter(|it| !it.lets_pass())
        .map(|it| format!("{} {:?}", it.id, it.verdict).to_lowercase())
        .collect();
    let open = if open.is_empty() { String::new() } else { format!(": {}", open.join(", ")) };
    format!("{stage} {} → {next}{open}", decision.standing.as_str())
}

/// Decides, compares, and sees that people can live with what they are told.
#[track_caller]
pub(super) fn check(inputs: &Inputs, expected: &str) -> Decision {
    let decision = decide(inputs);
    sane(inputs, &decision);
    assert_eq!(told(&decision), expected, "headline: {}", decision.headline.text);
    decision
}

/// What holds of every decision (CONDUCTOR §7).
#[track_caller]
pub(super) fn sane(inputs: &Inputs, decision: &Decision) {
    let line = &decision.headline;
    assert!(!line.text.trim().is_empty(), "no headline");
    assert!(line.text.to_lowercase().trim_matches('.') != "waiting", "only waiting");
    assert!(!line.who.name.is_empty(), "nobody's move: {}", line.text);
    assert!(!line.then.is_empty(), "nothing happens then: {}", line.text);
    let all = || decision.findings.iter().chain(&decision.guards).chain(&decision.renewal);
    for it in all().filter(|it| it.verdict != Verdict::Met) {
        assert!(!it.owner.name.is_empty(), "{}: nobody owns it", it.id);
        assert!(!it.next_step.is_empty(), "{}: no next step", it.id);
        assert!(!it.value.is_empty() && !it.threshold.is_empty(), "{}: {it:?}", it.id);
        assert_eq!(it.why.is_some(), it.verdict == Verdict::Unknown, "{}: {it:?}", it.id);
    }
    for (name, lamp) in decision.lamps.named() {
        assert!(!lamp.text.is_empty() && !lamp.why.is_empty(), "{name} says nothing");
    }
    if let Next::Fire { action, .. } = decision.next {
        let renews = !decision.renewal.is_empty();
        let rests_on = if renews { &decision.renewal } else { &decision.findings };
        assert!(renews || decision.ahead.is_some_and(|(ahead, _)| ahead == action));
        assert!(rests_on.iter().all(Finding::lets_pass), "fires on what does not hold");
        assert!(renews || decision.guards.iter().all(Finding::lets_pass), "fires past a guard");
        assert_eq!(decision.standing, Standing::Running);
        assert!(inputs.people.hold().is_none() && inputs.people.open_intent.is_none());
    }
    if matches!(decision.next, Next::Pause { .. }) {
        let fell = decision.guards.iter().any(|it| it.effective() == Verdict::Unmet);
        let by_itself = inputs.facts.store.value().is_some_and(|it| it.phased.is_some());
        let open = decision.findings.iter().chain(&decision.guards).any(|it| !it.lets_pass());
        assert!(fell || (by_itself && open), "paused for nothing");
    }
}
