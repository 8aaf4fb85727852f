//! PagerDuty's oddities by their case numbers, and whom it calls how often.

use super::translate::{NOBODY, on_duty};
use super::wire::OnCalls;
use crate::contract::{HIDDEN, Hidden, Plug, TellPlug};
use crate::stub::{Reply, Stub};
use crate::{Opened, SourceSettings};
use conductor::observation::{Named, ObservationKind};
use conductor::{Moment, SourceId, TrackId};
use ports::{Notice, NoticeKey, NoticeKind};
use serde_json::{Value, json};

fn settings(url: &str, more: &str) -> Result<Opened, crate::SettingsError> {
    let text = format!(
        "base_url = \"{url}\"\nevents_url = \"{url}/events\"\ntoken = {{ env = \"PD\" }}\ntimeout_ms = 1000\n\
         signalbox_url = \"https://signalbox.example\"\n\
         [apps.music]\npolicy = \"PEP1\"\nintegration_key = {{ env = \"PDKEY\" }}\n{more}"
    );
    let from = toml::Deserializer::parse(&text).unwrap();
    let settings = SourceSettings::read("pagerduty", from).unwrap();
    crate::open(SourceId::new("pagerduty"), settings, &Hidden)
}

fn open(url: &str) -> Opened {
    settings(url, "service = \"PSVC\"\n").unwrap()
}

fn always(level: u32, user: &str) -> Value {
    json!({ "escalation_policy": { "id": "PEP1", "type": "escalation_policy_reference", "summary": "Mobile releases",
            "html_url": "https://tunelark.pagerduty.com/escalation_policies/PEP1" },
        "escalation_level": level, "schedule": null,
        "user": { "id": "PU2", "type": "user_reference", "summary": user }, "start": null, "end": null })
}

fn page(entries: &[Value], more: bool) -> Reply {
    Reply::json(
        json!({ "oncalls": entries, "limit": 100, "offset": 0, "more": more, "total": null }),
    )
}

fn well(stub: &Stub) {
    stub.on("GET /oncalls", page(&[always(1, "Ada")], false))
        .on("GET /incidents", Reply::json(json!({ "incidents": [], "more": false })))
        .on(
            "POST /events/v2/enqueue",
            Reply {
                status: 202,
                ..Reply::json(json!({ "status": "success", "message": "Event processed" }))
            },
        );
}

pub(crate) fn plug() -> Plug {
    Plug {
        open,
        app: "music",
        good: well,
        route: "GET /oncalls",
        slot: (None, ObservationKind::Named),
        other: None,
        pages: |stub, second| {
            let last = page(&[always(1, "Ada")], false);
            stub.on("GET /oncalls", page(&[always(2, "Bo")], true))
                .on("GET /oncalls?offset=1", second.unwrap_or(last));
        },
        lacking: r#"{"limit":100,"offset":0,"more":false}"#,
        nothing: r#"{"oncalls":[],"limit":100,"offset":0,"more":false,"total":null}"#,
    }
}

pub(crate) fn tells() -> TellPlug {
    TellPlug { open, well, route: "POST /events/v2/enqueue", telling: "enqueue" }
}

fn notice(text: &str) -> Notice {
    let track = TrackId::parse("music/android/9.1.24").unwrap();
    Notice {
        key: NoticeKey { track, kind: NoticeKind::Guard, episode: "4127-1".into() },
        title: "Music Android 9.1.24".into(),
        text: text.into(),
        detail: "A person resumes it.".into(),
        who: "Olga".into(),
        since: None,
    }
}

const NOW: Moment = Moment::from_millis(1_773_194_400_000); // 2026-03-11T02:00:00Z

fn values(named: &[Named]) -> Vec<(&str, &str)> {
    named.iter().map(|it| (it.name.as_str(), it.value.as_str())).collect()
}

#[test]
fn case_53_the_lowest_level_that_has_somebody_is_on_duty() {
    let seen: OnCalls = serde_json::from_value(json!({ "oncalls": [
        { "escalation_policy": { "id": "PEP1", "type": "escalation_policy_reference", "summary": "Mobile releases" }, "escalation_level": 2,
          "schedule": { "id": "PS2", "type": "schedule_reference", "summary": "Night" },
          "user": { "id": "PU2", "type": "user_reference", "summary": "on-call 2" }, "start": "2026-03-10T20:00:00Z", "end": "2026-03-11T06:00:00Z" },
        { "escalation_policy": { "id": "PEP1", "type": "escalation_policy_reference", "summary": "Mobile releases" }, "escalation_level": 3,
          "schedule": null, "user": { "id": "PU3", "type": "user_reference", "summary": "on-call 3" }, "start": null, "end": null }],
        "limit": 25, "offset": 0, "more": false, "total": null }))
    .unwrap();
    let named = on_duty(&seen.oncalls, "PEP1", NOW);
    assert_eq!(
        values(&named),
        [
            ("on call", "on-call 2"),
            ("on call level", "2"),
            ("on call until", "2026-03-11T06:00:00Z")
        ]
    );
    // The night is over: the next level that has somebody, and they always are.
    let later = Moment::from_millis(NOW.millis() + 5 * 3_600_000);
    assert_eq!(
        values(&on_duty(&seen.oncalls, "PEP1", later)),
        [("on call", "on-call 3"), ("on call level", "3"), ("on call until", "always")]
    );
    // That nobody is on call is a fact, and another policy's people are not ours.
    assert_eq!(values(&on_duty(&seen.oncalls, "PEP9", NOW)), [("on call", NOBODY)]);
    assert_eq!(values(&on_duty(&[], "PEP1", NOW)), [("on call", NOBODY)]);
}

#[tokio::test]
async fn all_policies_are_asked_in_one_question_with_the_documented_headers() {
    let stub = Stub::start().await;
    well(&stub);
    let opened = settings(&stub.url, "[apps.podcasts]\npolicy = \"PEP2\"\n").unwrap();
    let known = conductor::facts::Readings::default();
    let apps = ["music", "podcasts"].map(conductor::AppId::new);
    let ask = ports::Ask { apps: &apps, known: &known, now: NOW, afresh: false };
    let answers = opened.reads.read(ask).await;
    assert_eq!(answers.len(), 2);
    let calls = stub.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(
        calls[0].line,
        "GET /oncalls?escalation_policy_ids%5B%5D=PEP1&escalation_policy_ids%5B%5D=PEP2&include%5B%5D=users&limit=100&offset=0"
    );
    let header = |name: &str| calls[0].headers[name].to_str().unwrap().to_owned();
    assert_eq!(header("authorization"), format!("Token token={HIDDEN}"));
    assert_eq!(header("accept"), "application/vnd.pagerduty+json;version=2");
}

#[tokio::test]
async fn case_53_the_policy_is_called_and_not_the_person_and_once_for_one_state() {
    let stub = Stub::start().await;
    well(&stub);
    let place = open(&stub.url).tells.unwrap();
    place.tell(&notice("Crash-free sessions fell"), NOW).await.unwrap();
    place.tell(&notice("It stands paused"), NOW).await.unwrap();
    place.over(&notice("").key, NOW).await.unwrap();
    let sent: Vec<Value> = stub
        .calls()
        .iter()
        .filter(|it| it.line.contains("enqueue"))
        .map(|it| serde_json::from_str(&it.body).unwrap())
        .collect();
    let acts: Vec<&str> = sent.iter().map(|it| it["event_action"].as_str().unwrap()).collect();
    assert_eq!(acts, ["trigger", "resolve"]);
    assert_eq!(sent[0]["routing_key"], HIDDEN);
    assert_eq!(sent[0]["dedup_key"], "music/android/9.1.24 guard 4127-1");
    assert_eq!(sent[0]["dedup_key"], sent[1]["dedup_key"]);
    assert_eq!(sent[0]["payload"]["severity"], "critical");
    assert_eq!(sent[0]["payload"]["summary"], "Music Android 9.1.24: Crash-free sessions fell");
    assert_eq!(sent[0]["links"][0]["href"], "https://signalbox.example/apps/music/android/9.1.24");
    assert!(sent[0].get("user").is_none() && sent[0]["payload"].get("assignee").is_none());
}

#[tokio::test]
async fn after_a_start_nobody_is_called_again_and_what_is_over_is_resolved() {
    let stub = Stub::start().await;
    well(&stub);
    let key = notice("").key;
    let one = |key: &str| json!({ "incident_key": key, "status": "acknowledged" });
    let open_ones =
        json!({ "incidents": [one("somebody's own"), one(&key.to_string())], "more": false });
    stub.on("GET /incidents", Reply::json(open_ones));
    let place = open(&stub.url).tells.unwrap();
    let standing = place.standing(NOW).await.unwrap();
    assert_eq!(standing.into_iter().collect::<Vec<_>>(), [key]);
    let asked = stub.lines();
    assert!(asked[0].contains("service_ids%5B%5D=PSVC&statuses%5B%5D=triggered"), "{asked:?}");
    place.tell(&notice("It stands"), NOW).await.unwrap();
    assert_eq!(stub.lines(), Vec::<String>::new());
    // Resolved by hand meanwhile: another process finds the closed incident, and calls nobody.
    let other = settings(&stub.url, "").unwrap().tells.unwrap();
    other.tell(&notice("It stands"), NOW).await.unwrap();
    assert!(stub.lines().iter().all(|it| it.starts_with("GET /incidents?incident_key=")));
    // The look fails: somebody is called.
    stub.on("GET /incidents", Reply::status(403));
    let third = settings(&stub.url, "").unwrap().tells.unwrap();
    third.tell(&notice("It stands"), NOW).await.unwrap();
    assert!(stub.lines().iter().any(|it| it.contains("enqueue")));
}

#[test]
fn without_an_integration_key_nobody_is_called_and_wrong_settings_say_where() {
    let text = "token = { env = \"PD\" }\n[apps.music]\npolicy = \"PEP1\"\n";
    let read = |text: &str| {
        let from = toml::Deserializer::parse(text).unwrap();
        crate::open(
            SourceId::new("pagerduty"),
            SourceSettings::read("pagerduty", from).unwrap(),
            &Hidden,
        )
    };
    assert!(read(text).unwrap().tells.is_none());
    let error = |text: &str| read(text).err().unwrap().to_string();
    assert_eq!(
        error(&text.replace("PEP1", "Mobile releases")),
        "sources.pagerduty.apps.music.policy: `Mobile releases` is no id; write one such as PT20YPA"
    );
    assert!(error(&format!("{text}kinds = [\"moved\"]\n")).contains("apps.music.kinds"));
}
