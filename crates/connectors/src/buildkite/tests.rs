//! Buildkite's oddities by their case numbers.

use crate::contract::{Hidden, Plug, look};
use crate::stub::{Reply, Stub};
use crate::{Opened, SourceSettings};
use conductor::observation::{Listing, Observation, ObservationKind, Outcome};
use conductor::{Moment, Platform, SourceId};
use serde_json::{Value, json};

const NOW: Moment = Moment::from_millis(1_773_144_000_000);
const ROUTE: &str = "GET /v2/organizations/tunelark/pipelines/mobile/builds";

fn opened(url: &str, more: &str) -> Opened {
    let text = format!(
        "base_url = \"{url}\"\norganization = \"tunelark\"\ntoken = {{ env = \"BK\" }}\ntimeout_ms = 1000\n\
         [apps.music.platforms.android]\npipeline = \"mobile\"\nbranch = \"release/{{version}}\"\ntests = true\n\
         uploaded_by = \"Upload to Play\"\n{more}"
    );
    let from = toml::Deserializer::parse(&text).unwrap();
    crate::open(
        SourceId::new("buildkite"),
        SourceSettings::read("buildkite", from).unwrap(),
        &Hidden,
    )
    .unwrap()
}

fn build(number: u32, state: &str, commit: &str, jobs: &Value) -> Value {
    json!({ "id": format!("b-{number}"), "number": number, "state": state, "blocked": false, "branch": "release/9.1",
        "commit": format!("{commit:0>40}"), "web_url": format!("https://buildkite.com/tunelark/mobile/builds/{number}"),
        "created_at": format!("2026-03-10T09:{:02}:00.123Z", number % 60),
        "env": { "VERSION_CODE": "4127", "NOTHING": null }, "meta_data": { "version-code": "4128" }, "jobs": jobs })
}

pub(crate) fn plug() -> Plug {
    Plug {
        open: |url| opened(url, ""),
        app: "music",
        good: |stub| {
            stub.on(ROUTE, Reply::json(json!([build(812, "passed", "c1", &json!([]))])));
        },
        route: ROUTE,
        slot: (Some(Platform::Android), ObservationKind::Builds),
        other: None,
        pages: |stub, second| {
            let next = format!(
                "<{}/v2/organizations/tunelark/pipelines/mobile/builds?page=2>; rel=\"next\"",
                stub.url
            );
            let page = |n| Reply::json(json!([build(n, "passed", "c1", &json!([]))]));
            stub.on(ROUTE, page(812).with("link", next))
                .on(&format!("{ROUTE}?page=2"), second.unwrap_or_else(|| page(811)));
        },
        lacking: r#"[{"number":812,"branch":"release/9.1","commit":"c1"}]"#,
        nothing: "[]",
    }
}

async fn outcomes(builds: &Value) -> (Vec<(String, Option<bool>, Option<bool>)>, Vec<Outcome>) {
    let stub = Stub::start().await;
    stub.on(ROUTE, Reply::json(builds));
    let (mut seen, mut tests) = (Vec::new(), Vec::new());
    for it in look(&opened(&stub.url, ""), "music", NOW).await.seen.unwrap() {
        match it.what {
            Observation::Builds { list: Listing { items, .. }, .. } => {
                seen = items.into_iter().map(|it| (it.number, it.verified, it.uploaded)).collect();
            }
            Observation::Tests { list, .. } => {
                tests = list.items.into_iter().map(|it| it.suites[0].outcome.clone()).collect();
            }
            other => panic!("{other:?}"),
        }
    }
    (seen, tests)
}

#[tokio::test]
async fn case_51_failing_has_failed_and_a_word_that_we_do_not_know_loses_no_row() {
    let none = json!([]);
    let (builds, tests) = outcomes(&json!([
        build(813, "hibernating", "c2", &none),
        build(812, "failing", "c1", &none)
    ]))
    .await;
    assert_eq!(builds, [("813".into(), None, None), ("812".into(), Some(false), None)]);
    assert_eq!(
        tests,
        [
            Outcome::Other("Buildkite says `hibernating`, which we do not know".into()),
            Outcome::Failed
        ]
    );
}

#[tokio::test]
async fn every_word_of_a_build_is_known() {
    use Outcome::{Cancelled, Failed, Passed, Running, Skipped};
    let words = [
        ("creating", Running),
        ("scheduled", Running),
        ("running", Running),
        ("waiting", Running),
        ("blocked", Running),
        ("passed", Passed),
        ("failed", Failed),
        ("failing", Failed),
        ("canceling", Cancelled),
        ("canceled", Cancelled),
        ("skipped", Skipped),
        ("not_run", Skipped),
    ];
    for (word, outcome) in words {
        assert_eq!(super::outcome(word), outcome, "{word}");
    }
}

#[tokio::test]
async fn case_35_the_newest_build_of_a_commit_counts_and_case_36_skipped_is_not_passed() {
    let none = json!([]);
    let (_, tests) = outcomes(&json!([
        build(820, "running", "c1", &none),
        build(819, "failed", "c1", &none),
        build(818, "skipped", "c2", &none)
    ]))
    .await;
    assert_eq!(tests, [Outcome::Running, Outcome::Skipped]);
}

#[tokio::test]
async fn a_build_is_uploaded_once_the_last_try_of_its_job_passed() {
    let job = |state: &str| json!({ "type": "script", "name": "Upload to Play", "state": state });
    let other = json!({ "type": "waiter" });
    let (builds, _) = outcomes(&json!([
        build(823, "passed", "c4", &json!([other, job("failed"), job("passed")])),
        build(822, "running", "c3", &json!([job("scheduled")])),
        build(821, "passed", "c2", &json!([job("melting")])),
        build(820, "passed", "c1", &json!([other])),
    ]))
    .await;
    let uploaded: Vec<_> = builds.iter().map(|it| it.2).collect();
    assert_eq!(uploaded, [Some(true), Some(false), None, None]);
}

#[tokio::test]
async fn the_stores_number_is_meta_data_or_a_variable_and_head_is_no_commit() {
    let stub = Stub::start().await;
    let mut waits = build(812, "scheduled", "c1", &json!([]));
    waits["commit"] = json!("HEAD");
    stub.on(ROUTE, Reply::json(json!([waits])));
    for (name, number) in
        [("version-code", Some("4128")), ("VERSION_CODE", Some("4127")), ("NOTHING", None)]
    {
        let opened = opened(&stub.url, &format!("build_number = \"{name}\"\n"));
        let seen = look(&opened, "music", NOW).await.seen.unwrap();
        let Observation::Builds { list, .. } = &seen[0].what else { panic!("{seen:?}") };
        assert_eq!(list.items.first().map(|it| it.number.as_str()), number);
        assert!(list.items.iter().all(|it| it.commit.is_none()));
        let Observation::Tests { list, .. } = &seen[1].what else { panic!("{seen:?}") };
        assert!(list.items.is_empty());
    }
    assert!(stub.lines()[0].ends_with("?created_from=2026-01-24&per_page=100"));
}
