//! Prometheus' oddities by their case numbers, and the questions that are asked.

use super::*;
use crate::SourceSettings;
use crate::contract::{Hidden, Plug};
use crate::stub::{Reply, Stub};
use conductor::facts::Readings;
use conductor::observation::{Health, Named, Observed, Value};
use serde_json::json;

const ANDROID: &str = "[apps.music.platforms.android]\n\
    health.production = { sessions = 'sessions', crashed = 'crashes', unresponsive = 'hangs' }\n\
    values.latency = { query = 'latency', sample = 'requests' }\n";

fn opened(url: &str, rest: &str) -> Result<Opened, SettingsError> {
    let text = format!(
        "base_url = \"{url}\"\ntoken = {{ env = \"PROMETHEUS_TOKEN\" }}\ntimeout_ms = 1000\n{rest}"
    );
    let from = toml::de::Deserializer::parse(&text).expect("TOML");
    let settings = SourceSettings::read("prometheus", from).expect("settings");
    crate::open(SourceId::new("prometheus"), settings, &Hidden)
}

/// A vector of rows with these labels and values, stamped 2026-03-10T10:00:00Z.
fn vector(rows: &[(&str, &str)]) -> Reply {
    let row = |(labels, value): &(&str, &str)| {
        let metric: BTreeMap<&str, &str> =
            labels.split(' ').filter_map(|it| it.split_once('=')).collect();
        json!({ "metric": metric, "value": [1_773_136_800.123, value] })
    };
    let result: Vec<_> = rows.iter().map(row).collect();
    Reply::json(
        json!({ "status": "success", "data": { "resultType": "vector", "result": result } }),
    )
}

fn route(query: &str) -> String {
    format!("GET /api/v1/query?query={query}")
}

const B4127: &str = "version=9.1.24 build=4127";

fn good(stub: &Stub) {
    stub.on(&route("sessions"), vector(&[(B4127, "20000.4"), ("version=9.1.23 build=4101", "9")]));
    stub.on(&route("crashes"), vector(&[(B4127, "39.2"), ("version=9.1.23 build=4101", "0")]));
    stub.on(&route("hangs"), vector(&[(B4127, "3")]));
    stub.on(&route("latency"), vector(&[(B4127, "0.125")]));
    stub.on(&route("requests"), vector(&[(B4127, "812")]));
}

pub(crate) fn plug() -> Plug {
    Plug {
        open: |url| opened(url, ANDROID).expect("good settings"),
        app: "music",
        good,
        route: "GET /api/v1/query?query=sessions",
        slot: (Some(Platform::Android), ObservationKind::Health),
        other: Some((Some(Platform::Android), ObservationKind::Metrics)),
        // It has no pages; a slot is whole once all of its queries are answered.
        pages: |stub, second| {
            good(stub);
            if let Some(second) = second {
                stub.on(&route("crashes"), second);
            }
        },
        lacking: r#"{"status":"success"}"#,
        nothing: r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#,
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

fn seen(answer: &Answer, kind: ObservationKind) -> &Observed {
    let seen = answer.seen.as_ref().expect("an answer");
    seen.iter().find(|it| it.what.kind() == kind).expect("the kind")
}

fn health(answer: &Answer) -> &[Health] {
    match &seen(answer, ObservationKind::Health).what {
        Observation::Health { list, .. } => &list.items,
        other => panic!("{other:?}"),
    }
}

fn metrics(answer: &Answer) -> (&[Named], bool) {
    match &seen(answer, ObservationKind::Metrics).what {
        Observation::Metrics { list, .. } => (&list.items, list.complete),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_reading_is_as_old_as_the_answer_and_is_found_in_the_browser() {
    let stub = Stub::start().await;
    good(&stub);
    let answer = look(&stub, ANDROID).await;
    let (items, _) = metrics(&answer);
    assert_eq!((items[0].name.as_str(), items[0].value.as_str()), ("latency", "0.125"));
    assert_eq!((items[0].sample, items[0].build.as_deref()), (Some(812), Some("4127")));
    assert_eq!(items[0].at, Moment::parse("2026-03-10T10:00:00.123Z").ok());
    let link = items[0].link.clone().expect("a link");
    assert!(link.ends_with("/graph?g0.expr=latency&g0.tab=1"), "{link}");
    assert_eq!(seen(&answer, ObservationKind::Metrics).observed_at.millis(), 1_773_136_800_123);
    let call = stub.calls().remove(0);
    assert_eq!(call.headers.get("authorization").expect("a token"), "Bearer s3cret-token");
}

#[tokio::test]
async fn case_30_no_rows_and_no_numbers_are_no_value_and_a_bare_zero_has_no_sample() {
    let stub = Stub::start().await;
    for nothing in [vector(&[]), vector(&[(B4127, "NaN")]), vector(&[(B4127, "+Inf")])] {
        good(&stub);
        stub.on(&route("latency"), nothing.clone()).on(&route("sessions"), nothing);
        let answer = look(&stub, ANDROID).await;
        assert_eq!(metrics(&answer), (&[][..], true));
        assert_eq!(health(&answer), []);
    }
    good(&stub);
    stub.on(&route("latency"), vector(&[(B4127, "0")])).on(&route("requests"), vector(&[]));
    let answer = look(&stub, ANDROID).await;
    assert_eq!(
        (&metrics(&answer).0[0].value, metrics(&answer).0[0].sample),
        (&Value::new("0"), None)
    );
}

#[tokio::test]
async fn case_30_a_version_without_a_row_for_crashes_is_not_known_to_have_had_none() {
    let stub = Stub::start().await;
    good(&stub);
    stub.on(&route("hangs"), vector(&[(B4127, "90000")]));
    let answer = look(&stub, ANDROID).await;
    let rows: Vec<_> = health(&answer)
        .iter()
        .map(|it| (it.version.as_str(), it.sessions, it.crashed, it.unresponsive))
        .collect();
    // Extrapolated counts are rounded to the worse; more hangs than sessions are no count.
    assert_eq!(rows, [("9.1.23", 9, Some(0), None), ("9.1.24", 20_000, Some(40), None)]);
    stub.on(&route("crashes"), vector(&[]));
    let answer = look(&stub, ANDROID).await;
    assert!(health(&answer).iter().all(|it| it.crashed.is_none()));
}

#[tokio::test]
async fn one_query_for_all_apps_is_asked_once_and_each_takes_its_rows() {
    let stub = Stub::start().await;
    stub.on(
        &route("rate"),
        vector(&[("app=music version=9.1.24", "1"), ("app=radio version=9.1.24", "0")]),
    );
    let settings = "[apps.music]\nwhere = { app = 'music' }\n\
        values.notices = { query = 'rate', tells = 'check' }\n\
        values.dark = { query = 'rate', tells = 'flag' }\n\
        [apps.radio]\nwhere = { app = 'radio' }\nvalues.notices = { query = 'rate', tells = 'check' }\n";
    let opened = opened(&stub.url, settings).expect("good settings");
    let apps = [AppId::new("radio"), AppId::new("music")];
    let known = Readings::default();
    let now = Moment::parse("2026-03-10T10:00:05Z").expect("a moment");
    let answers = opened.reads.read(Ask { apps: &apps, known: &known, now, afresh: false }).await;
    let checks: Vec<_> = answers
        .iter()
        .map(|it| match &seen(it, ObservationKind::Checks).what {
            Observation::Checks { platform: None, list } => list.items[0].value.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(checks, ["passed", "failed"]);
    assert_eq!(stub.lines().len(), 1);
}

#[tokio::test]
async fn the_newest_sample_tells_the_age_and_none_is_no_reading() {
    let stub = Stub::start().await;
    good(&stub);
    let settings = format!("[apps.music]\nnewest = 'newest'\n{ANDROID}");
    stub.on(&route("newest"), vector(&[("", "1773130000")]));
    let answer = look(&stub, &settings).await;
    for kind in [ObservationKind::Health, ObservationKind::Metrics] {
        assert_eq!(seen(&answer, kind).observed_at.millis(), 1_773_130_000_000);
    }
    stub.on(&route("newest"), vector(&[]));
    let error = look(&stub, &settings).await.seen.expect_err("no reading").to_string();
    assert!(error.contains("still scrapes"), "{error}");
}

#[tokio::test]
async fn an_answer_with_warnings_or_several_rows_for_one_thing_is_not_believed() {
    let stub = Stub::start().await;
    for (reply, words) in [
        (
            Reply::json(json!({ "status": "success", "warnings": ["a store did not answer"],
                "data": { "resultType": "vector", "result": [] } })),
            "warned",
        ),
        (vector(&[(B4127, "1"), (&format!("{B4127} pod=b"), "2")]), "several rows for 9.1.24"),
        (
            Reply::json(
                json!({ "status": "success", "data": { "resultType": "matrix", "result": [] } }),
            ),
            "no instant vector",
        ),
        (
            Reply::json(
                json!({ "status": "error", "data": { "resultType": "vector", "result": [] } }),
            ),
            "succeeded",
        ),
    ] {
        good(&stub);
        stub.on(&route("latency"), reply);
        let answer = look(&stub, ANDROID).await;
        let error = answer.faults.first().expect("a fault").2.to_string();
        assert!(error.contains(words), "{error}");
        assert_eq!(health(&answer).len(), 2);
    }
    // A note about how the query is written came as a warning in some versions.
    stub.on(
        &route("latency"),
        Reply::json(
            json!({ "status": "success", "warnings": ["PromQL info: metric might not be a counter"],
            "data": { "resultType": "scalar", "result": [1_773_136_800, "4"] } }),
        ),
    );
    assert_eq!(metrics(&look(&stub, ANDROID).await).0[0].value.as_str(), "4");
}

#[test]
fn settings_that_cannot_be_are_told_by_their_key() {
    let error = |settings: &str| {
        opened("http://127.0.0.1:9", settings).map(drop).expect_err("wrong").to_string()
    };
    let empty = "[apps.music.platforms.ios]\nvalues.anr = { query = ' ' }";
    assert!(error(empty).contains("apps.music.platforms.ios.values.anr.query: nothing is asked"));
}

#[tokio::test]
async fn check_tells_a_query_that_has_no_value() {
    let stub = Stub::start().await;
    good(&stub);
    stub.on(&route("latency"), vector(&[])).on(&route("sessions"), vector(&[("", "5")]));
    let opened = opened(&stub.url, ANDROID).expect("good settings");
    let probe = opened.reads.probe(Moment::from_millis(0)).await;
    assert_eq!(probe.good, Vec::<String>::new());
    assert!(probe.wrong[0].contains("values.latency: the query has no value now"), "{probe:?}");
    assert!(probe.wrong[1].contains("set version_label"), "{probe:?}");
}
