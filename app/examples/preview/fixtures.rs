//! A made-up board for looking at pages: invented apps, and decisions that the real conductor took on invented facts.
//!
//! Nothing here is a picture of a page. Facts go in, [`conductor::decide`] judges them, and its views come out.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::backend::Boards;
use conductor::app::{App, LineSpec, Person, StoreKind, Team};
use conductor::board::{
    self, AppView, Board, Call, ConductorView, LineView, LiveView, Move, SoonView, SourceView,
    Stray, TrackPage,
};
use conductor::decide::{Before, Decision, Inputs, decide};
use conductor::facts::{Bugs, Facts, Freeze, Opening, Window};
use conductor::lamp::{Lamp, Signal};
use conductor::moment::{Moment, Span};
use conductor::observation::{
    Audience, Branch, Bug, Build, Commit, Health, InStore, Missing, Outcome, Ride, Sha, Share,
    StorePhase, Suite, Tests,
};
use conductor::people::{Answer, CandidateMark, Hold, Interventions, SignOff, Waiver};
use conductor::process::{Process, StageId};
use conductor::reading::{Fact, Reading, SourceId, Why};
use conductor::track::{AppId, Kind, Platform, TrackId};
use conductor::version::Version;

/// A Thursday at half past two.
pub(crate) fn now() -> Moment {
    Moment::parse("2026-03-12T14:32:00Z").expect("a moment")
}

pub(crate) fn ago(span: Span) -> Moment {
    now() - span
}

/// A board that never changes.
pub(crate) struct Fixed {
    pub(crate) board: Arc<Board>,
    pub(crate) tracks: BTreeMap<String, Arc<TrackPage>>,
}

impl Boards for Fixed {
    fn board(&self) -> Arc<Board> {
        Arc::clone(&self.board)
    }
    fn track(&self, id: &TrackId) -> Option<Arc<TrackPage>> {
        self.tracks.get(&id.to_string()).cloned()
    }
}

pub(crate) fn process() -> Process {
    toml::from_str(include_str!("../../../crates/conductor/processes/default.toml"))
        .expect("the default process")
}

fn version(text: &str) -> Version {
    Version::parse(text).expect("a version")
}

fn known<T>(source: &str, age: Span, value: T) -> Fact<T> {
    Fact::Known(Reading {
        value,
        source: SourceId::new(source),
        observed_at: ago(age),
        fetched_at: ago(Span::seconds(10)),
        link: Some(format!("https://{source}.example/music")),
    })
}

fn person(name: &str) -> Person {
    Person::new(name)
}

pub(crate) fn app_named(id: &str, name: &str, owner: &str) -> App {
    let team = |id: &str, name: &str, lead: &str| Team {
        id: id.to_owned(),
        name: name.to_owned(),
        people: vec![person(lead)],
        areas: vec![id.to_owned()],
    };
    let line = |platform, store| LineSpec {
        platform,
        process: "default".to_owned(),
        hotfix_process: None,
        store,
    };
    App {
        id: AppId::new(id),
        name: name.to_owned(),
        owner: Some(person(owner)),
        teams: vec![
            team("playback", "Playback", "Jonas Lindqvist"),
            team("ads", "Ads", "Priya Nair"),
            team("search", "Search", "Elif Demir"),
            team("library", "Library", "Lea Brandt"),
            team("accounts", "Accounts", "Diego Marín"),
        ],
        roles: std::collections::BTreeMap::new(),
        lines: vec![
            line(Platform::Android, StoreKind::GooglePlay),
            line(Platform::Ios, StoreKind::AppStore),
            line(Platform::Desktop, StoreKind::Download),
        ],
    }
}

/// The facts of a train that waits for two sign-offs; each story changes what it needs.
pub(crate) fn inputs(app: &App, platform: Platform, text: &str) -> Inputs {
    let head = Sha::new("a41c9e2b7d0015f2");
    let store_kind = app.line(&platform).map_or(StoreKind::Download, |line| line.store);
    let track = TrackId { app: app.id.clone(), platform, version: version(text) };
    let at_stage = (StageId::new("candidate"), ago(Span::minutes(190)));
    Inputs {
        process: process(),
        facts: Facts {
            branch: known("github", Span::seconds(52), Some(branch(&track.version, &head))),
            tests: known("github", Span::seconds(52), tests(&head)),
            builds: known(
                "github",
                Span::seconds(52),
                vec![
                    build(&track.version, "4127", &head),
                    build(&track.version, "4126", &Sha::new("e0b95ac1")),
                ],
            ),
            bugs: known("jira", Span::seconds(70), bugs(&track)),
            store: known("play", Span::minutes(2), in_store(StorePhase::Absent, None)),
            health: known(
                "sentry",
                Span::minutes(4),
                vec![health(&track.version, Audience::Beta, 8_412, 9)],
            ),
            windows: BTreeMap::from([("release".to_owned(), window())]),
            ..Facts::new(track.clone(), Kind::Regular, store_kind)
        },
        people: Interventions {
            candidates: vec![CandidateMark {
                build: "4127".to_owned(),
                commit: head,
                at: ago(Span::minutes(190)),
                by: None,
                changed_areas: None,
            }],
            sign_offs: ["search", "library", "accounts"]
                .into_iter()
                .enumerate()
                .map(|(n, team)| sign_off(team, n))
                .collect(),
            ..Interventions::default()
        },
        before: Before {
            at: Some(ago(Span::minutes(5))),
            stage: Some(at_stage),
            ..Before::default()
        },
        app: app.clone(),
        now: now(),
    }
}

fn sign_off(team: &str, n: usize) -> SignOff {
    SignOff {
        team: team.to_owned(),
        answer: Answer::Given,
        build: "4127".to_owned(),
        by: person("Elif Demir"),
        at: ago(Span::minutes(100 + 20 * n as i64)),
        comment: if n == 0 { "214 of 214 cases".to_owned() } else { String::new() },
    }
}

fn branch(version: &Version, head: &Sha) -> Branch {
    let commit = |sha: &str, title: &str, author: &str, hours: i64| Commit {
        sha: Sha::new(sha),
        title: title.to_owned(),
        author: Some(person(author)),
        at: Some(ago(Span::hours(hours))),
        link: Some(format!("https://git.example/commit/{sha}")),
    };
    Branch {
        version: version.clone(),
        name: format!("release/{version}"),
        head: head.clone(),
        commits: vec![
            commit(head.as_str(), "Keep the queue across calls", "Jonas Lindqvist", 5),
            commit("7be20d1f", "Guard against empty playlists", "Sam Okafor", 20),
            commit("e0b95ac1", "Translations, week 11", "Lea Brandt", 22),
            commit("19c4f0a7", "Time out cast discovery", "Priya Nair", 27),
        ],
        commits_complete: true,
        branched_at: Some(ago(Span::hours(149))),
        link: Some("https://git.example/branch".to_owned()),
    }
}

fn tests(head: &Sha) -> Tests {
    let suite = |name: &str, outcome| Suite {
        name: name.to_owned(),
        outcome,
        link: Some("https://ci.example/run/1".to_owned()),
    };
    Tests {
        commit: head.clone(),
        suites: vec![
            suite("End to end", Outcome::Passed),
            suite("Start-up time", Outcome::Passed),
            suite("Unit", Outcome::Passed),
        ],
        complete: true,
        link: None,
    }
}

fn build(version: &Version, number: &str, commit: &Sha) -> Build {
    Build {
        version: Some(version.clone()),
        number: number.to_owned(),
        commit: Some(commit.clone()),
        verified: Some(true),
        uploaded: Some(true),
        made_at: Some(ago(Span::minutes(if number == "4127" { 240 } else { 1_300 }))),
        missing: Some(Missing {
            head: commit.clone(),
            commits: 0,
            on_branch: true,
            areas: Some(Vec::new()),
        }),
        link: None,
    }
}

fn bug(key: &str, title: &str, open: bool, rides: Vec<Ride>) -> Bug {
    Bug {
        key: key.to_owned(),
        title: title.to_owned(),
        rides,
        priority: Some("Blocker".to_owned()),
        blocking: true,
        open,
        assignee: Some(person("Jonas Lindqvist")),
        created_at: Some(ago(Span::hours(7))),
        link: Some(format!("https://jira.example/browse/{key}")),
    }
}

fn bugs(track: &TrackId) -> Bugs {
    let ride = || vec![Ride { platform: None, version: track.version.clone() }];
    Bugs {
        list: vec![
            bug("MUS-4431", "ANR when cast device drops", false, ride()),
            bug("MUS-4440", "Crash on an empty playlist", false, ride()),
            bug("MUS-4452", "Queue is lost after a call", false, ride()),
        ],
        complete: true,
        zero_since: Some(ago(Span::hours(54))),
        index_lag: Span::minutes(1),
    }
}

fn in_store(phase: StorePhase, share: Option<u32>) -> InStore {
    InStore {
        phase: Some(phase),
        asked: share.map(Share),
        served: share.map(Share),
        builds: vec!["4127".to_owned()],
        since: Some(ago(Span::hours(14))),
        link: Some("https://play.example/console".to_owned()),
        ..InStore::absent()
    }
}

fn health(version: &Version, audience: Audience, sessions: u64, crashed: u64) -> Health {
    Health {
        version: version.clone(),
        build: Some("4127".to_owned()),
        audience,
        sessions,
        crashed: Some(crashed),
        unresponsive: Some(crashed * 2),
        adoption: Some(Share(12_000)),
        link: None,
    }
}

fn window() -> Window {
    Window {
        title: "Mon–Thu 09:00–16:00 Europe/Stockholm".to_owned(),
        open: vec![Opening { from: ago(Span::hours(7)), until: now() + Span::minutes(28) }],
        freezes: vec![Freeze {
            name: "Spring launch".to_owned(),
            span: Opening { from: now() + Span::hours(195), until: now() + Span::hours(260) },
        }],
        binds: Vec::new(),
    }
}

/// The stories that the board tells, each a change to the facts of a waiting train.
pub(crate) fn stories(app: &App) -> Vec<Inputs> {
    let waits = inputs(app, Platform::Android, "9.1.24");
    let mut blind = inputs(app, Platform::Ios, "9.1.24");
    blind.facts.store = known("asc", Span::minutes(4), in_store(StorePhase::Absent, None));
    blind.facts.bugs = Fact::Unknown {
        why: Why::Fault { message: "jira refused the token in JIRA_TOKEN (401): give it read access, then run `signalbox check jira`".to_owned() },
        source: Some(SourceId::new("jira")),
        last: None,
    };
    blind.people.waivers = vec![Waiver {
        rule: "candidate-tests".to_owned(),
        build: None,
        by: person("Mira Kovač"),
        at: ago(Span::hours(4)),
        reason: "rack is down until Monday".to_owned(),
    }];
    blind.facts.tests = Fact::unknown(Why::NoData, Some(SourceId::new("github")));
    let mut rolls = inputs(app, Platform::Desktop, "1.2.60");
    rolls.facts.store =
        known("downloads", Span::minutes(1), in_store(StorePhase::RollingOut, Some(10_000)));
    rolls.facts.health = known(
        "sentry",
        Span::minutes(4),
        vec![health(&version("1.2.60"), Audience::Production, 61_320, 70)],
    );
    rolls.before.stage = Some((StageId::new("rollout"), ago(Span::hours(14))));
    vec![waits, blind, rolls]
}

/// The same for an app in trouble: one paused, one held.
pub(crate) fn troubles(app: &App) -> Vec<Inputs> {
    let mut paused = inputs(app, Platform::Android, "5.4.1");
    paused.facts.store =
        known("play", Span::minutes(1), in_store(StorePhase::Halted, Some(10_000)));
    paused.facts.health = known(
        "sentry",
        Span::minutes(4),
        vec![health(&version("5.4.1"), Audience::Production, 12_000, 400)],
    );
    paused.before.stage = Some((StageId::new("rollout"), ago(Span::hours(20))));
    let mut held = inputs(app, Platform::Ios, "5.4.1");
    held.people.holds = vec![Hold {
        by: person("Aiko Ono"),
        at: ago(Span::hours(5)),
        reason: "wait for the new terms".to_owned(),
    }];
    let mut branched = inputs(app, Platform::Ios, "5.5.0");
    branched.people = Interventions::default();
    branched.before.stage = Some((StageId::new("branched"), ago(Span::minutes(160))));
    let ride = vec![Ride { platform: None, version: version("5.5.0") }];
    branched.facts.bugs = known(
        "jira",
        Span::seconds(70),
        Bugs {
            list: vec![bug("POD-1180", "Downloads lost after update from 5.3", true, ride)],
            complete: true,
            ..Bugs::default()
        },
    );
    vec![paused, held, branched]
}

fn entered(inputs: &Inputs, decision: &Decision) -> BTreeMap<String, Moment> {
    let at = decision.stage.as_ref().and_then(|id| inputs.process.position(id)).unwrap_or(0);
    let past = inputs.process.stages.iter().take(at + 1).enumerate();
    let mut entered: BTreeMap<String, Moment> = past
        .map(|(n, stage)| (stage.id.as_str().to_owned(), ago(Span::hours(149 - 30 * n as i64))))
        .collect();
    if let (Some(stage), Some(since)) = (&decision.stage, decision.stage_since) {
        entered.insert(stage.as_str().to_owned(), since);
    }
    entered
}

/// A track's page of its inputs, with the calls that it makes.
pub(crate) fn page(inputs: Inputs) -> (TrackPage, Option<Call>) {
    let decision = decide(&inputs);
    let view = board::track_view(&inputs, &decision, &entered(&inputs, &decision));
    let call = board::call(&view, &decision);
    let page = TrackPage {
        revision: 7,
        at: now(),
        pace: 1,
        timeline: moves(&view.id, &view.title),
        view,
        decision,
        inputs,
        sources: sources(),
        notices: Vec::new(),
    };
    (page, call)
}

pub(crate) fn moves(track: &TrackId, title: &str) -> Vec<Move> {
    let entry = |number, minutes, who: &str, text: &str, why: &str| Move {
        number,
        at: ago(Span::minutes(minutes)),
        who: who.to_owned(),
        by_conductor: who == "Conductor",
        text: text.to_owned(),
        why: why.to_owned(),
        track: Some(track.clone()),
        title: title.to_owned(),
    };
    vec![
        entry(9, 100, "Elif Demir", "Signed off for Search", "214 of 214 cases"),
        entry(8, 190, "Conductor", "Marked build 4127 final RC", "All 5 conditions are met"),
        entry(7, 241, "Mira Kovač", "Waived “Tablet smoke test”", "rack is down until Monday"),
        entry(6, 1_500, "Mira Kovač", "Released the hold", "fix for MUS-4431 is in"),
        entry(5, 8_900, "Conductor", "Saw the branch", "release/9.1.24 at 3d1e77b"),
    ]
}

pub(crate) fn sources() -> Vec<SourceView> {
    let source = |id: &str, title: &str, signal, age| SourceView {
        id: SourceId::new(id),
        title: title.to_owned(),
        signal,
        good_at: Some(ago(age)),
        fault: if signal == Signal::Go {
            String::new()
        } else {
            "jira refused the token in JIRA_TOKEN (401)".to_owned()
        },
        calls: 412,
        calls_last_read: 3,
    };
    vec![
        source("jira", "Jira", Signal::Unknown, Span::minutes(14)),
        source("github", "GitHub", Signal::Go, Span::seconds(52)),
        source("play", "Google Play", Signal::Go, Span::minutes(2)),
        source("asc", "App Store Connect", Signal::Go, Span::minutes(4)),
        source("sentry", "Sentry", Signal::Go, Span::minutes(4)),
    ]
}

fn lanes(app: &App, pages: &[&TrackPage], live: &[&str]) -> Vec<LineView> {
    let lane = |(line, live): (&LineSpec, &&str)| LineView {
        platform: line.platform.clone(),
        production: (!live.is_empty()).then(|| LiveView {
            track: TrackId {
                app: app.id.clone(),
                platform: line.platform.clone(),
                version: version(live),
            },
            crash_free: "99.91 %".to_owned(),
            unresponsive: "0.29 %".to_owned(),
            adopted: "93 %".to_owned(),
            signal: if *live == "5.4.0" { Signal::Unknown } else { Signal::Go },
        }),
        current: pages
            .iter()
            .filter(|it| it.view.id.platform == line.platform)
            .map(|it| it.view.clone())
            .collect(),
        upcoming: (!live.is_empty()).then(|| SoonView {
            track: TrackId {
                app: app.id.clone(),
                platform: line.platform.clone(),
                version: version("9.1.26"),
            },
            planned: "16 Mar".to_owned(),
            bugs: Lamp::new(Signal::Stop, "2 open", "2 blocking bugs: MUS-4471, MUS-4475"),
        }),
    };
    app.lines.iter().zip(live).map(lane).collect()
}

/// The board of two apps, of which one is in trouble.
pub(crate) fn fixed() -> Fixed {
    let (music, podcasts) =
        (app_named("music", "Music", "Mira Kovač"), app_named("podcasts", "Podcasts", "Tomás Rey"));
    let decided: Vec<(TrackPage, Option<Call>)> =
        stories(&music).into_iter().chain(troubles(&podcasts)).map(page).collect();
    let calls: Vec<Call> = decided.iter().filter_map(|(_, call)| call.clone()).collect();
    let of = |app: &App| {
        decided
            .iter()
            .map(|(page, _)| page)
            .filter(|page| page.view.id.app == app.id)
            .collect::<Vec<_>>()
    };
    let view = |app: &App, live: &[&str]| AppView {
        id: app.id.clone(),
        name: app.name.clone(),
        owner: app.owner.clone(),
        process: "Default process".to_owned(),
        lines: lanes(app, &of(app), live),
    };
    let apps = vec![
        view(&music, &["9.1.22", "9.1.22", "1.2.58"]),
        view(&podcasts, &["5.4.0", "5.3.9", ""]),
    ];
    let stray = |key: &str, title: &str, lacks: &str| Stray {
        app: music.id.clone(),
        app_name: music.name.clone(),
        bug: bug(key, title, true, Vec::new()),
        lacks: lacks.to_owned(),
    };
    let rows = decided.iter().map(|(page, _)| &page.view);
    let board = Board {
        revision: 7,
        at: now(),
        pace: 1,
        next_tick_at: now() + Span::minutes(2),
        summary: board::summary(rows, &calls),
        calls,
        apps,
        strays: vec![
            stray("MUS-4471", "Playback stops when the headset reconnects", "version"),
            stray("MUS-4468", "Wrong cover on the lock screen", "priority"),
            stray("MUS-4459", "Search crashes on an empty query", "assignee"),
        ],
        moves: decided.first().map(|(page, _)| page.timeline.clone()).unwrap_or_default(),
        sources: sources(),
        notices: vec![
            "History is not being written: the disk is full. No action is taken until it is"
                .to_owned(),
        ],
        conductor: ConductorView { state: "On duty".to_owned(), on_duty: true, auto: 5, ask: 2 },
    };
    let tracks =
        decided.into_iter().map(|(page, _)| (page.view.key.clone(), Arc::new(page))).collect();
    Fixed { board: Arc::new(board), tracks }
}
