//! Sentry's oddities by their case numbers, and the questions that are asked.

use super::translate::{Line, health, names, was_cut};
use super::wire::Sessions;
use crate::google_play::tests::script::{Call, Given, Reply, Script, ok, status};
use crate::pattern::Pattern;
use crate::{Opened, SourceSettings};
use conductor::facts::Readings;
use conductor::observation::{
    Audience, Build, Health, Listing, Observation, ObservationKind, Share, Slot,
};
use conductor::{AppId, Moment, Platform, Reading, SourceId, Version};
use ports::{Ask, SourceError};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn group(release: &str, environment: &str, status: &str, sessions: &Value) -> Value {
    json!({ "by": { "release": release, "project": 1, "environment": environment, "session.status": status },
        "totals": { "sum(session)": sessions }, "series": {} })
}

fn answer(groups: &[Value]) -> Sessions {
    serde_json::from_value(
        json!({ "start": "2026-03-09T10:00:00Z", "end": "2026-03-10T10:00:00Z", "query": "",
        "intervals": [], "groups": groups }),
    )
    .unwrap()
}

fn seen(groups: &[Value], day: Option<&Sessions>) -> Vec<Health> {
    let audiences = BTreeMap::from([
        ("production".to_owned(), Audience::Production),
        ("beta".to_owned(), Audience::Beta),
    ]);
    let release = Pattern::parse("com.example.music@{version}+{build}").unwrap();
    let line =
        Line { project: 1, release: &release, audiences: &audiences, place: "https://sentry.io/o" };
    health(&line, &answer(groups), day, true).items
}

#[test]
fn case_33_only_the_exact_name_counts() {
    let rows = seen(
        &[
            group("com.example.music@9.1.24", "production", "healthy", &json!(0)),
            group("com.example.music@9.1.24+4127", "production", "healthy", &json!(20_310)),
            group("com.example.music@9.1.24+4127", "production", "crashed", &json!(391)),
            group("com.example.music@9.1.240+4127", "beta", "healthy", &json!(7)),
            group("music-ios@9.1.24+4127", "production", "healthy", &json!(5_100)),
            group("xcom.example.music@9.1.24+4127", "production", "healthy", &json!(9)),
            group("com.example.music@9.1.24+4127", "staging", "healthy", &json!(11)),
        ],
        None,
    );
    assert_eq!(rows.len(), 2);
    let row = rows.iter().find(|it| it.version.as_str() == "9.1.24").unwrap();
    assert_eq!((row.build.as_deref(), row.audience), (Some("4127"), Audience::Production));
    assert_eq!((row.sessions, row.crashed, row.unresponsive), (20_701, Some(391), None));
}

#[test]
fn case_30_no_number_is_no_data_and_never_zero_crashes() {
    let healthy =
        |count: &Value| group("com.example.music@9.1.24+4127", "production", "healthy", count);
    let crashed =
        |count: &Value| group("com.example.music@9.1.24+4127", "production", "crashed", count);
    assert_eq!(seen(&[], None), []);
    for nothing in [json!(null), json!("NaN"), json!(-1)] {
        assert_eq!(seen(&[healthy(&nothing), crashed(&json!(0))], None), [], "{nothing}");
        assert_eq!(seen(&[healthy(&json!(100)), crashed(&nothing)], None), [], "{nothing}");
    }
    assert_eq!(seen(&[healthy(&json!(0)), crashed(&json!(0))], None), [], "no sample");
    // Sentry leaves out groups without sessions: the statuses part all of them, so none of these crashed.
    let rows = seen(&[healthy(&json!(100))], None);
    assert_eq!((rows[0].crashed, rows[0].unresponsive), (Some(0), None));
    let other = group("com.example.music@9.1.23+4101", "production", "abnormal", &json!(1));
    assert_eq!(seen(&[healthy(&json!(100)), other], None)[1].unresponsive, Some(0));
    let mut lacks = healthy(&json!(1));
    lacks["totals"] = json!({});
    assert_eq!(seen(&[lacks, crashed(&json!(0))], None), []);
}

#[test]
fn case_51_a_status_that_we_do_not_know_makes_crashes_unknown() {
    let of = |status: &str, count: u32| {
        group("com.example.music@9.1.24+4127", "production", status, &json!(count))
    };
    let rows = seen(&[of("healthy", 90), of("crashed", 1), of("dissolved", 9)], None);
    assert_eq!((rows[0].sessions, rows[0].crashed), (100, None));
    let rows =
        seen(&[of("healthy", 90), of("crashed", 1), of("abnormal", 2), of("dissolved", 0)], None);
    assert_eq!((rows[0].sessions, rows[0].crashed, rows[0].unresponsive), (93, Some(1), Some(2)));
}

#[test]
fn adoption_is_the_share_of_the_last_day_among_all_names() {
    let total = |release: &str, count: u32| {
        let mut it = group(release, "production", "", &json!(count));
        it["by"].as_object_mut().unwrap().remove("session.status");
        it
    };
    let day = answer(&[
        total("com.example.music@9.1.24+4127", 10),
        total("com.example.music@9.1.23+4101", 980),
        total("somebody's own build", 10),
    ]);
    let of = |environment: &str| {
        let name = "com.example.music@9.1.24+4127";
        [
            group(name, environment, "healthy", &json!(100)),
            group(name, environment, "crashed", &json!(0)),
        ]
    };
    assert_eq!(seen(&of("production"), Some(&day))[0].adoption, Some(Share(10_000)));
    assert_eq!(seen(&of("beta"), Some(&day))[0].adoption, None);
    assert_eq!(seen(&of("production"), None)[0].adoption, None);
    assert_eq!(seen(&of("production"), Some(&answer(&[])))[0].adoption, None);
}

#[test]
fn case_50_an_answer_with_as_many_releases_as_fit_may_have_been_cut() {
    let groups: Vec<Value> = (0..109)
        .map(|it| group(&format!("r@1.{it}+1"), "production", "healthy", &json!(1)))
        .collect();
    let mut full = answer(&groups);
    full.intervals = vec!["x".to_owned(); 90];
    assert!(was_cut(&full));
    full.groups.pop();
    assert!(!was_cut(&full));
}

#[test]
fn names_that_do_not_fit_are_told() {
    let release = Pattern::parse("com.example.music@{version}+{build}").unwrap();
    let answer = answer(&[
        group("com.example.music@9.1.24+4127", "production", "healthy", &json!(5)),
        group("com.example.music@9.1.24", "production", "healthy", &json!(5)),
        group("old", "production", "healthy", &json!(0)),
    ]);
    let (fit, unfit) = names(1, &release, &answer);
    assert_eq!(
        (fit, unfit.into_iter().collect::<Vec<_>>()),
        (1, vec!["com.example.music@9.1.24".to_owned()])
    );
}

fn open(url: &str, project: &str) -> Opened {
    let settings = format!(
        "base_url = \"{url}\"\norganization = \"lark\"\ntoken = {{ env = \"SENTRY_TOKEN\" }}\ntimeout_ms = 1000\n\
         [apps.music.platforms.android]\nproject = {project}\nbeta = \"beta\"\n\
         release = \"com.example.music@{{version}}+{{build}}\"\n\
         [apps.radio.platforms.ios]\nproject = 2\nrelease = \"com.example.radio@{{version}}+{{build}}\"\n"
    );
    let settings =
        SourceSettings::read("sentry", toml::de::Deserializer::parse(&settings).unwrap());
    crate::open(SourceId::new("sentry"), settings.unwrap(), &Given("hush-hush".to_owned())).unwrap()
}

async fn read(opened: &Opened, known: &Readings, now: &str) -> Vec<ports::Answer> {
    let apps = [AppId::new("music"), AppId::new("radio")];
    let now = Moment::parse(now).unwrap();
    opened.reads.read(Ask { apps: &apps, known, now, afresh: false }).await
}

fn rows(answer: &ports::Answer) -> Listing<Health> {
    match &answer.seen.as_ref().unwrap()[0].what {
        Observation::Health { list, .. } => list.clone(),
        other => panic!("{other:?}"),
    }
}

fn page(groups: &[Value]) -> Value {
    json!({ "start": "2026-03-01T00:00:00Z", "end": "2026-03-10T10:00:00Z", "intervals": [], "query": "", "groups": groups })
}

const NAME: &str = "com.example.music@9.1.24+4127";

#[tokio::test]
async fn two_questions_serve_all_apps_and_pages_are_read_to_the_end() {
    let script = Script::start(|call: &Call| {
        let first = [group(NAME, "production", "healthy", &json!(99))];
        let second = [group(NAME, "production", "crashed", &json!(1))];
        if call.query.contains("cursor=2") {
            let Reply(code, _, body) = ok(&page(&second));
            return Reply(
                code,
                vec![("link", "<x?cursor=3>; rel=\"next\"; results=\"false\"".to_owned())],
                body,
            );
        }
        let next = format!(
            "<{}?cursor=2>; rel=\"next\"; results=\"true\"; cursor=\"2\"",
            "/api/0/organizations/lark/sessions/"
        );
        Reply(200, vec![("link", next)], page(&first).to_string())
    })
    .await;
    let opened = open(&script.url, "1");
    let answers = read(&opened, &Readings::default(), "2026-03-10T09:59:00Z").await;
    assert_eq!(answers.len(), 2);
    let list = rows(&answers[0]);
    assert_eq!(
        (list.items[0].sessions, list.items[0].crashed, list.complete),
        (100, Some(1), true)
    );
    assert_eq!(rows(&answers[1]).items, []);
    // The window's end lies a minute ahead, for which nobody vouches yet.
    assert_eq!(
        answers[0].seen.as_ref().unwrap()[0].observed_at,
        Moment::parse("2026-03-10T09:59:00Z").unwrap()
    );
    let late = read(&opened, &Readings::default(), "2026-03-10T12:00:00Z").await;
    assert_eq!(
        late[0].seen.as_ref().unwrap()[0].observed_at,
        Moment::parse("2026-03-10T10:00:00Z").unwrap()
    );
    let queries: Vec<String> = script.calls().into_iter().map(|it| it.query).collect();
    assert!(queries[0].contains("project=1&project=2"), "{}", queries[0]);
    assert!(queries.iter().any(|it| it.contains("statsPeriod=14d")), "{queries:?}");
    assert!(script.calls().iter().all(|it| it.authorization == "Bearer hush-hush"));
}

#[tokio::test]
async fn a_page_that_fails_fails_the_whole() {
    let script = Script::start(|call: &Call| {
        if call.query.contains("cursor=2") {
            return status(403, &json!({ "detail": "hush-hush" }));
        }
        let next = "</api/0/organizations/lark/sessions/?cursor=2>; rel=\"next\"; results=\"true\""
            .to_owned();
        Reply(
            200,
            vec![("link", next)],
            page(&[group(NAME, "production", "healthy", &json!(9))]).to_string(),
        )
    })
    .await;
    let answers = read(&open(&script.url, "1"), &Readings::default(), "2026-03-10T12:00:00Z").await;
    for answer in &answers {
        let error = answer.seen.as_ref().unwrap_err();
        assert!(matches!(error, SourceError::Forbidden { .. }), "{error}");
        assert!(!error.to_string().contains("hush-hush"), "{error}");
    }
}

#[tokio::test]
async fn case_50_what_was_cut_is_asked_for_by_name_and_else_not_believed() {
    let script = Script::start(|call: &Call| {
        if call.query.contains("query=release") {
            return ok(&page(&[
                group(NAME, "production", "healthy", &json!(99)),
                group(NAME, "production", "crashed", &json!(1)),
            ]));
        }
        let many: Vec<Value> = (0..10_000)
            .map(|it| {
                group(&format!("com.example.music@9.{it}+1"), "production", "healthy", &json!(1))
            })
            .collect();
        ok(&page(&many))
    })
    .await;
    let opened = open(&script.url, "1");
    let unknown = read(&opened, &Readings::default(), "2026-03-10T12:00:00Z").await;
    assert!(
        matches!(unknown[0].seen, Err(SourceError::Unreadable { .. })),
        "nothing is known to ask for"
    );
    let source = SourceId::new("play");
    let build = Build {
        version: Version::parse("9.1.24").ok(),
        number: "4127".to_owned(),
        commit: None,
        verified: None,
        uploaded: Some(true),
        made_at: None,
        missing: None,
        link: None,
    };
    let value =
        Observation::Builds { platform: Platform::Android, list: Listing::whole(vec![build]) };
    let slot = Slot {
        source: source.clone(),
        app: AppId::new("music"),
        platform: Some(Platform::Android),
        kind: value.kind(),
    };
    let at = Moment::default();
    let reading = Reading { value, source, observed_at: at, fetched_at: at, link: None };
    let known = Readings { slots: BTreeMap::from([(slot, reading)]), ..Readings::default() };
    let named = read(&opened, &known, "2026-03-10T12:00:00Z").await;
    let list = rows(&named[0]);
    assert_eq!((list.items.len(), list.items[0].sessions, list.complete), (1, 100, false));
}

#[tokio::test]
async fn a_project_may_be_named_by_its_slug_and_a_wrong_one_is_told() {
    let script = Script::start(|call: &Call| {
        if call.line.ends_with("/projects/") {
            return ok(&json!([{ "id": "1", "slug": "music-android" }]));
        }
        ok(&page(&[group(NAME, "production", "healthy", &json!(9))]))
    })
    .await;
    let opened = open(&script.url, "\"music-android\"");
    for _ in 0..2 {
        let answers = read(&opened, &Readings::default(), "2026-03-10T12:00:00Z").await;
        assert_eq!(rows(&answers[0]).items[0].sessions, 9);
    }
    assert_eq!(script.lines("GET /api/0/organizations/lark/projects/").len(), 1);
    let opened = open(&script.url, "\"musik\"");
    let answers = read(&opened, &Readings::default(), "2026-03-10T12:00:00Z").await;
    assert!(answers[0].faults[0].2.to_string().contains("musik"), "{:?}", answers[0].faults);
    assert!(answers[1].faults.is_empty());
    let probe = opened.reads.probe(Moment::default()).await;
    assert!(probe.wrong.iter().any(|it| it.contains("musik")), "{probe:?}");
}

/// How Sentry takes part in what all connectors must do.
pub(crate) fn plug() -> crate::contract::Plug {
    use crate::stub::Reply;
    const ROUTE: &str = "GET /api/0/organizations/lark/sessions/";
    fn of(version: &str) -> Value {
        page(&[group(
            &format!("com.example.music@{version}+1"),
            "production",
            "healthy",
            &json!(9),
        )])
    }
    crate::contract::Plug {
        open: |url| {
            let settings = format!(
                "base_url = \"{url}\"\norganization = \"lark\"\ntoken = {{ env = \"T\" }}\ntimeout_ms = 1000\n\
                 [apps.music.platforms.android]\nproject = 1\nrelease = \"com.example.music@{{version}}+{{build}}\"\n"
            );
            let from = toml::de::Deserializer::parse(&settings).unwrap();
            let settings = SourceSettings::read("sentry", from).unwrap();
            crate::open(SourceId::new("sentry"), settings, &crate::contract::Hidden).unwrap()
        },
        app: "music",
        good: |stub| {
            stub.on(ROUTE, Reply::json(of("9.1.24")));
        },
        route: ROUTE,
        slot: (Some(Platform::Android), ObservationKind::Health),
        other: None,
        pages: |stub, second| {
            let next = format!(
                "<{}?cursor=2>; rel=\"next\"; results=\"true\"",
                ROUTE.replace("GET ", &stub.url)
            );
            stub.on(ROUTE, Reply::json(of("9.1.24")).with("link", next));
            let second = second.unwrap_or_else(|| Reply::json(of("9.1.23")));
            stub.on(&format!("{ROUTE}?cursor=2"), second);
        },
        lacking: r#"{"end":"2026-03-10T10:00:00Z","groups":[{"by":{"release":"a"}}]}"#,
        nothing: r#"{"end":"2026-03-10T10:00:00Z","groups":[]}"#,
    }
}
