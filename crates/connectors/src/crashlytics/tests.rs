//! Crashlytics' oddities by their case numbers, and the questions that are asked.

use super::*;
use crate::SourceSettings;
use crate::contract::Plug;
use crate::google::tests::Account;
use crate::stub::{Reply, Stub};
use conductor::facts::Readings;
use conductor::observation::Health;
use serde_json::{Value, json};

const ANDROID: &str = "1:1234:android:abcd";
const PATH: &str = "GET /v1alpha/projects/lark/apps/1%3A1234%3Aandroid%3Aabcd/reports/topVersions";

fn opened(url: &str, rest: &str) -> Result<Opened, SettingsError> {
    let text = format!(
        "base_url = \"{url}\"\nproject = \"lark\"\ncredentials = {{ env = \"FIREBASE\" }}\ntimeout_ms = 1000\n{rest}\n"
    );
    let from = toml::de::Deserializer::parse(&text).expect("TOML");
    let settings = SourceSettings::read("crashlytics", from).expect("settings");
    crate::open(SourceId::new("crashlytics"), settings, &Account::at(url))
}

fn one() -> String {
    format!("[apps.music.platforms.android]\napp = \"{ANDROID}\"")
}

fn group(version: &str, build: &str, metrics: &Value) -> Value {
    json!({ "version": { "displayVersion": version, "buildVersion": build,
        "displayName": format!("{version} ({build})") }, "metrics": [metrics] })
}

fn counts(total: &str, bad: &str) -> Value {
    json!({ "startTime": "2026-03-03T10:00:00Z", "endTime": "2026-03-10T09:00:00Z",
        "totalSessionsCount": total, "impactedSessionsCount": bad, "eventsCount": "77" })
}

fn page(groups: &[Value], next: &str) -> Reply {
    Reply::json(json!({ "displayName": "Top versions", "groups": groups, "nextPageToken": next }))
}

fn route(errors: &str) -> String {
    format!("{PATH}?filter.issue.errorTypes={errors}")
}

fn good(stub: &Stub) {
    stub.on("POST /token", Reply::json(r#"{"access_token":"hush-hush"}"#));
    stub.on(&route("FATAL"), page(&[group("9.1.24", "4127", &counts("20701", "391"))], ""));
    stub.on(&route("ANR"), page(&[group("9.1.24", "4127", &counts("20701", "12"))], ""));
}

pub(crate) fn plug() -> Plug {
    Plug {
        open: |url| opened(url, &one()).expect("good settings"),
        app: "music",
        good,
        route: "GET /v1alpha/projects/lark/apps/1%3A1234%3Aandroid%3Aabcd/reports/topVersions?filter.issue.errorTypes=FATAL",
        slot: (Some(Platform::Android), ObservationKind::Health),
        other: None,
        pages: |stub, second| {
            good(stub);
            let first = page(&[group("9.1.24", "4127", &counts("20701", "391"))], "p2");
            let last = page(&[group("9.1.23", "4101", &counts("900", "1"))], "");
            stub.on(&route("FATAL"), first);
            stub.on(&format!("{}&pageToken=p2", route("FATAL")), second.unwrap_or(last));
        },
        lacking: r#"{"groups":[{"metrics":[{}]}]}"#,
        nothing: "{}",
    }
}

async fn look(stub: &Stub, settings: &str) -> Answer {
    let opened = opened(&stub.url, settings).expect("good settings");
    let apps = [AppId::new("music")];
    let now = Moment::parse("2026-03-10T10:00:05Z").expect("a moment");
    let known = Readings::default();
    let answers = opened.reads.read(Ask { apps: &apps, known: &known, now, afresh: false }).await;
    answers.into_iter().next().expect("an answer")
}

fn rows(answer: &Answer) -> Vec<Health> {
    match &answer.seen.as_ref().expect("an answer")[0].what {
        Observation::Health { list, .. } => list.items.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn sessions_crashes_and_hangs_of_a_build_speak_of_the_end_of_the_window() {
    let stub = Stub::start().await;
    good(&stub);
    let answer = look(&stub, &one()).await;
    let row = &rows(&answer)[0];
    assert_eq!((row.version.as_str(), row.build.as_deref()), ("9.1.24", Some("4127")));
    assert_eq!((row.sessions, row.crashed, row.unresponsive), (20_701, Some(391), Some(12)));
    let at = answer.seen.as_ref().expect("seen")[0].observed_at;
    assert_eq!(at, Moment::parse("2026-03-10T09:00:00Z").expect("a moment"));
    let line = stub.lines().into_iter().find(|it| it.contains("FATAL")).expect("asked");
    assert!(line.contains("filter.interval.startTime=2026-03-03T10%3A00%3A00Z"), "{line}");
    assert!(line.contains("filter.interval.endTime=2026-03-10T10%3A00%3A00Z"), "{line}");
}

#[tokio::test]
async fn case_30_a_count_that_was_left_out_is_zero_only_where_the_rate_says_so() {
    let stub = Stub::start().await;
    good(&stub);
    let none = json!({ "totalSessionsCount": "500", "crashFreeSessionsPercentage": 100.0 });
    let unknown = json!({ "totalSessionsCount": "500" });
    let no_sessions = json!({ "impactedSessionsCount": "0" });
    stub.on(
        &route("FATAL"),
        page(
            &[
                group("9.1.24", "4127", &none),
                group("9.1.23", "4101", &unknown),
                group("9.1.22", "4090", &no_sessions),
                group("9.1.21", "4080", &counts("10", "11")),
                group("nightly", "1", &counts("10", "1")),
            ],
            "",
        ),
    );
    let seen: Vec<_> = rows(&look(&stub, &one()).await)
        .into_iter()
        .map(|it| (it.version.to_string(), it.crashed, it.unresponsive))
        .collect();
    let row = |version: &str, crashed, hangs| (version.to_owned(), crashed, hangs);
    assert_eq!(
        seen,
        [row("9.1.21", None, None), row("9.1.23", None, None), row("9.1.24", Some(0), Some(12))]
    );
}

#[tokio::test]
async fn without_hangs_crashes_are_known_and_ios_is_not_asked_for_any() {
    let stub = Stub::start().await;
    good(&stub);
    stub.on(&route("ANR"), Reply::status(403));
    assert_eq!(rows(&look(&stub, &one()).await)[0].unresponsive, None);
    stub.calls();
    let ios = "[apps.music.platforms.ios]\napp = \"1:1234:ios:ef\"\nbeta_app = \"1:1234:ios:beta\"";
    for app in ["ef", "beta"] {
        stub.on(
            &format!("GET /v1alpha/projects/lark/apps/1%3A1234%3Aios%3A{app}/reports/topVersions"),
            page(&[group("9.1.24", "1", &counts("10", "1"))], ""),
        );
    }
    let seen = rows(&look(&stub, ios).await);
    let audiences: Vec<Audience> = seen.iter().map(|it| it.audience).collect();
    assert_eq!(audiences, [Audience::Production, Audience::Beta]);
    assert!(stub.lines().iter().all(|it| !it.contains("ANR")));
}

#[test]
fn settings_that_cannot_be_are_told_by_their_key() {
    let error = |settings: &str| {
        opened("http://127.0.0.1:9", settings).map(drop).expect_err("wrong").to_string()
    };
    let no_id = "[apps.music.platforms.ios]\napp = \"com.tunelark.music\"";
    assert!(error(no_id).contains("apps.music.platforms.ios.app: this is no app id"));
    let days = format!("window_days = 0\n{}", one());
    assert!(error(&days).contains("window_days: 0 days"));
}
