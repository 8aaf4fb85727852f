//! Bitrise's oddities.

use crate::contract::{HIDDEN, Hidden, Plug, look};
use crate::stub::{Reply, Stub};
use crate::{Opened, SourceSettings};
use conductor::observation::{Observation, ObservationKind, Outcome};
use conductor::{Moment, Platform, SourceId};
use serde_json::{Value, json};

const NOW: Moment = Moment::from_millis(1_773_144_000_000);
const ROUTE: &str = "GET /v0.1/apps/0ab1/builds";

fn opened(url: &str, more: &str) -> Opened {
    let text = format!(
        "base_url = \"{url}\"\ntoken = {{ env = \"BR\" }}\ntimeout_ms = 1000\n\
         [apps.music.platforms.ios]\npipeline = \"0ab1\"\nbranch = \"release/{{version}}\"\n{more}"
    );
    let from = toml::Deserializer::parse(&text).unwrap();
    crate::open(SourceId::new("bitrise"), SourceSettings::read("bitrise", from).unwrap(), &Hidden)
        .unwrap()
}

fn build(number: u32, status: i64, workflow: &str) -> Value {
    json!({ "slug": format!("s{number}"), "build_number": number, "status": status, "status_text": "…",
        "branch": "release/9.1.24", "commit_hash": format!("{number:040x}"), "triggered_workflow": workflow,
        "triggered_at": format!("2026-03-10T09:{:02}:00Z", number % 60), "finished_at": null,
        "original_build_params": { "branch": "release/9.1.24",
            "environments": [{ "mapped_to": "BUILD_NO", "value": format!("77{number}"), "is_expand": true }] } })
}

fn page(builds: &[Value], next: Option<&str>) -> Reply {
    Reply::json(
        json!({ "data": builds, "paging": { "total_item_count": 2, "page_item_limit": 50, "next": next } }),
    )
}

pub(crate) fn plug() -> Plug {
    Plug {
        open: |url| opened(url, "tests = true\n"),
        app: "music",
        good: |stub| {
            stub.on(ROUTE, page(&[build(12, 1, "deploy")], None));
        },
        route: ROUTE,
        slot: (Some(Platform::Ios), ObservationKind::Builds),
        other: None,
        pages: |stub, second| {
            stub.on(ROUTE, page(&[build(12, 1, "deploy")], Some("s11"))).on(
                &format!("{ROUTE}?next=s11"),
                second.unwrap_or_else(|| page(&[build(11, 1, "deploy")], None)),
            );
        },
        lacking: r#"{"data":[]}"#,
        nothing: r#"{"data":[],"paging":{"total_item_count":0,"page_item_limit":50}}"#,
    }
}

#[tokio::test]
async fn what_was_called_off_is_no_success_whatever_it_calls_itself() {
    use Outcome::{Cancelled, Failed, Passed, Running};
    let words = [(0, Running), (1, Passed), (2, Failed), (3, Cancelled), (4, Cancelled)];
    for (status, outcome) in words {
        assert_eq!(super::outcome(status), outcome);
    }
    assert_eq!(super::outcome(9), Outcome::Other("Bitrise says `9`, which we do not know".into()));
}

#[tokio::test]
async fn only_the_named_workflow_makes_builds_and_the_token_is_sent_as_it_is() {
    let stub = Stub::start().await;
    stub.on(
        ROUTE,
        page(&[build(14, 2, "lint"), build(13, 0, "deploy"), build(12, 1, "deploy")], None),
    );
    let opened = opened(&stub.url, "workflow = \"deploy\"\nbuild_number = \"BUILD_NO\"\n");
    let seen = look(&opened, "music", NOW).await.seen.unwrap();
    let Observation::Builds { list, .. } = &seen[0].what else { panic!("{seen:?}") };
    let told: Vec<_> = list.items.iter().map(|it| (it.number.as_str(), it.verified)).collect();
    assert_eq!(told, [("7713", None), ("7712", Some(true))]);
    assert_eq!(list.items[1].link.as_deref(), Some("https://app.bitrise.io/build/s12"));
    let calls = stub.calls();
    assert_eq!(calls[0].line, format!("{ROUTE}?after=1769256000&limit=50&sort_by=created_at"));
    assert_eq!(calls[0].headers["authorization"], HIDDEN);
}

#[test]
fn a_workflow_is_refused_where_there_are_none() {
    let text = "base_url = \"http://127.0.0.1:9\"\nuser = \"u\"\ntoken = { env = \"J\" }\n\
        [apps.music.platforms.ios]\npipeline = \"a\"\nbranch = \"r/{version}\"\nworkflow = \"deploy\"\n";
    let from = toml::Deserializer::parse(text).unwrap();
    let settings = SourceSettings::read("jenkins", from).unwrap();
    let error = crate::open(SourceId::new("jenkins"), settings, &Hidden).err().unwrap();
    assert_eq!(
        error.to_string(),
        "sources.jenkins.apps.music.platforms.ios.workflow: is for Bitrise alone; take it out"
    );
}
