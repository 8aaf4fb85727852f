//! The vitals' oddities by their case numbers, and the questions that are asked.

use super::translate::{decimal, moment, rates};
use super::*;
use crate::SourceSettings;
use crate::contract::Plug;
use crate::google::tests::Account;
use crate::stub::{Reply, Stub};
use conductor::Reading;
use conductor::observation::{Build, Health, Slot};
use serde_json::{Value, json};

const CRASHES: &str = "/v1beta1/apps/com.example.music/crashRateMetricSet";
const HANGS: &str = "/v1beta1/apps/com.example.music/anrRateMetricSet";

fn opened(url: &str, rest: &str) -> Opened {
    let text = format!(
        "base_url = \"{url}\"\ncredentials = {{ env = \"PLAY\" }}\ntimeout_ms = 1000\n{rest}\n\
         [apps.music]\npackage = \"com.example.music\"\n"
    );
    let from = toml::de::Deserializer::parse(&text).expect("TOML");
    let settings = SourceSettings::read("play_vitals", from).expect("settings");
    crate::open(SourceId::new("vitals"), settings, &Account::at(url)).expect("good settings")
}

/// The freshness of case 32.
fn fresh() -> Reply {
    Reply::json(
        json!({ "name": "apps/com.example.music/anrRateMetricSet", "freshnessInfo": { "freshnesses": [
            { "aggregationPeriod": "DAILY",
              "latestEndTime": { "year": 2026, "month": 3, "day": 10, "timeZone": { "id": "America/Los_Angeles" } } },
            { "aggregationPeriod": "HOURLY",
              "latestEndTime": { "year": 2026, "month": 3, "day": 11, "hours": 6, "timeZone": { "id": "UTC" } } },
        ]}}),
    )
}

/// A row of case 31.
fn row(code: &str, metric: &str, rate: &str, users: &str) -> Value {
    json!({ "aggregationPeriod": "DAILY",
        "startTime": { "year": 2026, "month": 3, "day": 9, "timeZone": { "id": "America/Los_Angeles" } },
        "dimensions": [{ "dimension": "versionCode", "int64Value": code }],
        "metrics": [{ "metric": metric, "decimalValue": { "value": rate } },
                    { "metric": "distinctUsers", "decimalValue": { "value": users } }] })
}

fn page(rows: &[Value], next: Option<&str>) -> Reply {
    Reply::json(json!({ "rows": rows, "nextPageToken": next }))
}

fn crashes() -> [Value; 2] {
    [
        row("4127", "userPerceivedCrashRate", "0.0123", "8100"),
        row("1004127", "userPerceivedCrashRate", "0.002", "40"),
    ]
}

fn good(stub: &Stub) {
    stub.on("POST /token", Reply::json(r#"{"access_token":"hush-hush"}"#));
    for set in [CRASHES, HANGS] {
        stub.on(&format!("GET {set}"), fresh());
    }
    stub.on(&format!("POST {CRASHES}:query"), page(&crashes(), None));
    let hang = row("4127", "userPerceivedAnrRate", "0.0004", "8100");
    stub.on(&format!("POST {HANGS}:query"), page(&[hang], None));
}

pub(crate) fn plug() -> Plug {
    Plug {
        open: |url| opened(url, "health = true"),
        app: "music",
        good: |stub| {
            good(stub);
            stub.on(&format!("POST {HANGS}:query"), page(&[], None));
        },
        route: "POST /v1beta1/apps/com.example.music/crashRateMetricSet:query",
        slot: (Some(Platform::Android), ObservationKind::Metrics),
        other: None,
        pages: |stub, second| {
            let [first, last] = crashes();
            let last = second.unwrap_or_else(|| page(&[last], None));
            stub.each(&format!("POST {CRASHES}:query"), [page(&[first], Some("p2")), last]);
        },
        lacking: r#"{"rows":[{"metrics":[]}]}"#,
        nothing: "{}",
    }
}

async fn look(opened: &Opened, known: &Readings, now: &str) -> Answer {
    let apps = [AppId::new("music")];
    let now = Moment::parse(now).expect("a moment");
    let answers = opened.reads.read(Ask { apps: &apps, known, now, afresh: false }).await;
    answers.into_iter().next().expect("an answer")
}

fn metrics(answer: &Answer) -> Vec<Named> {
    match &answer.seen.as_ref().expect("an answer")[0].what {
        Observation::Metrics { list, .. } => list.items.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn case_31_each_code_is_told_by_itself_as_a_fraction_of_its_users() {
    let stub = Stub::start().await;
    good(&stub);
    let answer = look(&opened(&stub.url, ""), &Readings::default(), "2026-03-11T10:00:00Z").await;
    let told: Vec<_> = metrics(&answer)
        .into_iter()
        .map(|it| (it.name, it.value.to_string(), it.build.unwrap_or_default(), it.sample))
        .collect();
    let row = |name: &str, value: &str, build: &str, sample| {
        (name.to_owned(), value.to_owned(), build.to_owned(), Some(sample))
    };
    assert_eq!(
        told,
        [
            row("user_perceived_crash_rate", "0.0123", "4127", 8_100),
            row("user_perceived_crash_rate", "0.002", "1004127", 40),
            row("user_perceived_anr_rate", "0.0004", "4127", 8_100),
        ]
    );
}

#[test]
fn case_31_another_unit_is_not_judged_and_a_rate_without_users_is_none() {
    let until = Moment::parse("2026-03-10T07:00:00Z").expect("a moment");
    let of = |rate: &str, users: &str| {
        let row = serde_json::from_value(row("4127", "userPerceivedCrashRate", rate, users));
        rates(&[row.expect("a row")], &SETS[0].rates, Period::Day, until)
    };
    assert!(of("1.23", "8100").expect_err("percent").contains("unit of Play vitals"));
    assert!(of("-0.1", "8100").is_err());
    assert_eq!(of("0.0123", "0"), Ok(Vec::new()));
    assert_eq!(of("0.0123", "8100").expect("a rate").len(), 1);
    let other_day = Moment::parse("2026-03-11T07:00:00Z").expect("a moment");
    let row = serde_json::from_value(row("1", "crashRate", "0.1", "10")).expect("a row");
    assert_eq!(rates(&[row], &SETS[0].rates, Period::Day, other_day), Ok(Vec::new()));
}

#[tokio::test]
async fn case_32_the_reading_speaks_of_the_end_of_its_day_or_hour_and_asks_no_further() {
    for (of, end, period, asked) in [
        ("day", "2026-03-10T07:00:00Z", "DAILY", json!([[2026, 3, 9], [2026, 3, 10]])),
        ("hour", "2026-03-11T06:00:00Z", "HOURLY", json!([[2026, 3, 11], [2026, 3, 11]])),
    ] {
        let stub = Stub::start().await;
        good(&stub);
        let opened = opened(&stub.url, &format!("of = \"{of}\""));
        let answer = look(&opened, &Readings::default(), "2026-03-11T10:00:00Z").await;
        let at = answer.seen.as_ref().expect("an answer")[0].observed_at;
        assert_eq!(at, Moment::parse(end).expect("a moment"), "{of}");
        let calls = stub.calls();
        let call = calls.iter().find(|it| it.line.contains("crashRateMetricSet:query"));
        let body: Value = serde_json::from_str(&call.expect("asked").body).expect("JSON");
        let spec = &body["timelineSpec"];
        assert_eq!(spec["aggregationPeriod"], period);
        let day = |it: &Value| json!([it["year"], it["month"], it["day"]]);
        assert_eq!(json!([day(&spec["startTime"]), day(&spec["endTime"])]), asked);
        assert_eq!(body["dimensions"], json!(["versionCode"]));
    }
}

#[tokio::test]
async fn what_reaches_no_further_is_not_asked_for_again() {
    let stub = Stub::start().await;
    good(&stub);
    let opened = opened(&stub.url, "");
    let first = look(&opened, &Readings::default(), "2026-03-11T10:00:00Z").await;
    stub.calls();
    let again = look(&opened, &Readings::default(), "2026-03-11T11:00:00Z").await;
    assert_eq!(metrics(&first), metrics(&again));
    let asked = stub.lines();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(asked.iter().all(|it| it.starts_with("GET ")), "{asked:?}");
}

#[tokio::test]
async fn users_count_as_sessions_only_of_a_build_that_is_known_and_at_their_worst() {
    let stub = Stub::start().await;
    good(&stub);
    let at = Moment::parse("2026-03-11T10:00:00Z").expect("a moment");
    let build = Build {
        version: Version::parse("9.1.24").ok(),
        number: "4127".to_owned(),
        commit: None,
        verified: None,
        uploaded: None,
        made_at: None,
        missing: None,
        link: None,
    };
    let slot = Slot {
        source: SourceId::new("play"),
        app: AppId::new("music"),
        platform: Some(Platform::Android),
        kind: ObservationKind::Builds,
    };
    let list = Listing::whole(vec![build]);
    let reading = Reading {
        value: Observation::Builds { platform: Platform::Android, list },
        source: SourceId::new("play"),
        observed_at: at,
        fetched_at: at,
        link: None,
    };
    let mut known = Readings::default();
    known.slots.insert(slot, reading);
    let answer = look(&opened(&stub.url, "health = true"), &known, "2026-03-11T10:00:00Z").await;
    let Observation::Health { list, .. } = &answer.seen.as_ref().expect("an answer")[1].what else {
        panic!("{answer:?}")
    };
    let [Health { sessions, crashed, unresponsive, version, .. }] = list.items.as_slice() else {
        panic!("{list:?}")
    };
    // 8,100 may be 8,050; 1.23 % of those are 99.015.
    assert_eq!((*sessions, *crashed, *unresponsive), (8_050, Some(100), Some(4)));
    assert_eq!(version.as_str(), "9.1.24");
}

#[test]
fn decimals_are_read_as_decimals() {
    let of = |text: &str| decimal(text).map(|it| it.to_string());
    for (text, value) in [
        ("0.0123", "0.0123"),
        ("1.23E-2", "0.0123"),
        ("1.5e+2", "150"),
        ("+.50", "0.5"),
        ("00.10", "0.1"),
        ("", "0"),
        ("-2", "-2"),
    ] {
        assert_eq!(of(text).as_deref(), Some(value), "{text}");
    }
    for text in ["NaN", ".", "1e99", "1,5", "0x1", "1e"] {
        assert_eq!(of(text), None, "{text}");
    }
}

#[test]
fn days_are_those_of_los_angeles_over_summer_time() {
    let end = |month, day| {
        let civil = json!({ "year": 2026, "month": month, "day": day });
        moment(&serde_json::from_value(civil).expect("a time"), Period::Day)
    };
    let at = |text: &str| Moment::parse(text).ok();
    assert_eq!(end(3, 8), at("2026-03-08T08:00:00Z"));
    assert_eq!(end(3, 9), at("2026-03-09T07:00:00Z"));
    assert_eq!(end(2, 30), None);
    let offset = json!({ "year": 2026, "month": 3, "day": 9, "utcOffset": "-25200s" });
    let offset = serde_json::from_value(offset).expect("a time");
    assert_eq!(moment(&offset, Period::Day), at("2026-03-09T07:00:00Z"));
}
