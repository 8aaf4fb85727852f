//! Linear: what blocks, on which train, and how it says no.

use crate::contract::{HIDDEN, Hidden, Plug, look};
use crate::stub::{Reply, Stub};
use crate::{Opened, SourceSettings};
use conductor::observation::{Bug, Observation, ObservationKind};
use conductor::{Moment, Platform, SourceId};
use serde_json::{Value, json};

const NOW: Moment = Moment::from_millis(1_773_144_000_000);
const ROUTE: &str = "POST /graphql";

fn settings(url: &str, app: &str) -> Result<Opened, crate::SettingsError> {
    let text = format!(
        "base_url = \"{url}\"\ntoken = {{ env = \"LINEAR\" }}\ntimeout_ms = 1000\n[apps.music]\nteam = \"MUS\"\n{app}"
    );
    let from = toml::Deserializer::parse(&text).unwrap();
    crate::open(SourceId::new("linear"), SourceSettings::read("linear", from).unwrap(), &Hidden)
}

fn opened(url: &str) -> Opened {
    let app = "blocking_labels = [\"release-blocker\"]\nblocking_priority = \"urgent\"\n\
        versions = { android = \"Android {version}\", ios = \"iOS {version}\" }\n";
    settings(url, app).unwrap()
}

fn issue(key: &str, labels: &[&str]) -> Value {
    let labels: Vec<Value> = labels.iter().map(|it| json!({ "name": it })).collect();
    json!({ "identifier": key, "title": "<b>Player</b> stops", "url": format!("https://linear.app/tunelark/issue/{key}"),
        "priorityLabel": "Urgent", "createdAt": "2026-03-10T09:00:00.000Z", "assignee": { "name": "Ada Park" },
        "labels": { "nodes": labels } })
}

fn page(issues: &[Value], next: Option<&str>) -> Reply {
    Reply::json(json!({ "data": { "organization": { "urlKey": "tunelark" },
        "issues": { "nodes": issues, "pageInfo": { "hasNextPage": next.is_some(), "endCursor": next } } } }))
}

pub(crate) fn plug() -> Plug {
    Plug {
        open: opened,
        app: "music",
        good: |stub| {
            stub.on(ROUTE, page(&[issue("MUS-1", &[])], None));
        },
        route: ROUTE,
        slot: (None, ObservationKind::Bugs),
        other: None,
        pages: |stub, second| {
            let last = second.unwrap_or_else(|| page(&[issue("MUS-2", &[])], None));
            stub.each(ROUTE, [page(&[issue("MUS-1", &[])], Some("c1")), last]);
        },
        lacking: r#"{"data":{"organization":{"urlKey":"t"},"issues":{"nodes":[]}}}"#,
        nothing: r#"{"data":{"organization":{"urlKey":"t"},"issues":{"nodes":[],"pageInfo":{"hasNextPage":false}}}}"#,
    }
}

async fn bugs(stub: &Stub) -> (Vec<Bug>, bool) {
    let seen = look(&opened(&stub.url), "music", NOW).await.seen.unwrap();
    assert_eq!(seen[0].link.as_deref(), Some("https://linear.app/tunelark/team/MUS/active"));
    let Observation::Bugs { list } = seen[0].what.clone() else { panic!("{seen:?}") };
    (list.items, list.complete)
}

#[tokio::test]
async fn an_issue_rides_on_the_versions_that_its_labels_name_and_else_on_no_train() {
    let stub = Stub::start().await;
    let mut stray = issue("MUS-2", &["release-blocker"]);
    (stray["assignee"], stray["priorityLabel"]) = (Value::Null, json!("No priority"));
    stub.on(
        ROUTE,
        page(
            &[
                issue(
                    "MUS-1",
                    &["release-blocker", "Android 9.1.24", "iOS 9.1.24", "Android 9.1.24"],
                ),
                stray,
            ],
            None,
        ),
    );
    let (bugs, complete) = bugs(&stub).await;
    assert!(complete);
    let rides: Vec<_> =
        bugs[0].rides.iter().map(|it| (it.platform.clone(), it.version.as_str())).collect();
    assert_eq!(rides, [(Some(Platform::Android), "9.1.24"), (Some(Platform::Ios), "9.1.24")]);
    assert_eq!(bugs[0].title, "<b>Player</b> stops", "text stays text");
    assert!(bugs.iter().all(|it| it.blocking && it.open));
    assert_eq!((bugs[1].rides.len(), &bugs[1].priority, &bugs[1].assignee), (0, &None, &None));
    let call = stub.calls().remove(0);
    assert_eq!(call.headers["authorization"], HIDDEN, "a key is sent as it is");
    let asked: Value = serde_json::from_str(&call.body).unwrap();
    assert_eq!(
        asked["variables"]["filter"],
        json!({ "team": { "key": { "eq": "MUS" } }, "state": { "type": { "nin": ["completed", "canceled", "duplicate"] } },
            "or": [{ "labels": { "some": { "name": { "in": ["release-blocker"] } } } }, { "priority": { "eq": 1 } }] })
    );
}

#[tokio::test]
async fn case_07_a_cursor_that_repeats_ends_a_list_that_is_known_to_be_cut() {
    let stub = Stub::start().await;
    stub.on(ROUTE, page(&[issue("MUS-1", &[])], Some("c1")));
    let seen = look(&opened(&stub.url), "music", NOW).await.seen.unwrap();
    let Observation::Bugs { list } = &seen[0].what else { panic!("{seen:?}") };
    assert!(!list.complete);
    assert_eq!(stub.calls().len(), 2);
}

#[tokio::test]
async fn data_beside_an_error_is_no_answer_and_too_fast_is_no_fault() {
    let stub = Stub::start().await;
    let mut both: Value = serde_json::from_str(&page(&[], None).body).unwrap();
    both["errors"] =
        json!([{ "message": HIDDEN, "extensions": { "code": "INTERNAL_SERVER_ERROR" } }]);
    stub.on(ROUTE, Reply::json(&both));
    let error = look(&opened(&stub.url), "music", NOW).await.seen.unwrap_err().to_string();
    assert!(
        error.contains("it was not answered: INTERNAL_SERVER_ERROR") && !error.contains(HIDDEN),
        "{error}"
    );
    let slow = json!({ "errors": [{ "message": "Rate limit exceeded", "extensions": { "code": "RATELIMITED" } }] });
    stub.on(ROUTE, Reply { status: 400, ..Reply::json(&slow) });
    let error = look(&opened(&stub.url), "music", NOW).await.seen.unwrap_err();
    assert!(matches!(error, ports::SourceError::TooFast { .. }), "{error}");
}

#[tokio::test]
async fn check_names_a_team_that_is_not_there_and_settings_that_block_nothing_are_refused() {
    let stub = Stub::start().await;
    stub.on(ROUTE, Reply::json(json!({ "data": { "teams": { "nodes": [] } } })));
    let probe = opened(&stub.url).reads.probe(NOW).await;
    assert!(
        probe.wrong[0].starts_with("apps.music.team: the key may see no team MUS"),
        "{probe:?}"
    );
    let error = settings("http://127.0.0.1:9", "").err().unwrap().to_string();
    assert!(
        error.starts_with("sources.linear.apps.music.blocking_labels: nothing says what blocks"),
        "{error}"
    );
}
