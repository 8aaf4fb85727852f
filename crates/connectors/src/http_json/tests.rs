//! What stands where, and what is said of what does not.

use super::*;
use crate::SourceSettings;
use crate::contract::{HIDDEN, Hidden, Plug};
use crate::stub::{Reply, Stub};
use conductor::facts::Readings;
use conductor::observation::{Named, Observation, ObservationKind};
use serde_json::json;

const FLAGS: &str = "[apps.music.values]\n\
    new-player = { path = '/flags?env=live', list = '/features', where = { '/name' = 'new-player' }, pointer = '/enabled', tells = 'flag' }\n\
    old-player = { path = '/old', pointer = '/on', tells = 'flag' }\n\
    [apps.music.platforms.ios.values]\n\
    size = { path = '/sizes', list = '', pointer = '/mb', version = '/version', build = '/build', sample = '/n', at = '/at', tells = 'metric' }\n";

fn opened(url: &str, rest: &str) -> Result<Opened, SettingsError> {
    let text = format!("base_url = \"{url}/\"\ntimeout_ms = 1000\n{rest}");
    let from = toml::de::Deserializer::parse(&text).expect("TOML");
    let settings = SourceSettings::read("http_json", from).expect("settings");
    crate::open(SourceId::new("flags"), settings, &Hidden)
}

fn good(stub: &Stub) {
    stub.on(
        "GET /flags",
        Reply::json(json!({ "features": [
            { "name": "other", "enabled": false }, { "name": "new-player", "enabled": true } ]})),
    );
    stub.on("GET /old", Reply::json(json!({ "on": 0 })));
    stub.on(
        "GET /sizes",
        Reply::json(json!([
            { "mb": 81.25, "version": "9.1.24", "build": 4127, "n": 3, "at": "2026-03-10T09:00:00Z" },
            { "mb": null, "version": "9.1.23", "build": "4101", "n": 3, "at": 1_773_136_800 },
            { "mb": 1, "version": "nightly", "build": "x", "n": 3, "at": 0 },
        ])),
    );
}

pub(crate) fn plug() -> Plug {
    Plug {
        open: |url| {
            opened(url, &format!("token = {{ env = 'FLAGS' }}\n{FLAGS}")).expect("good settings")
        },
        app: "music",
        good,
        route: "GET /sizes",
        slot: (Some(Platform::Ios), ObservationKind::Metrics),
        other: Some((None, ObservationKind::Flags)),
        // It has no pages; one list that cannot be read is not told.
        pages: |stub, second| {
            let two = json!([
                { "mb": 1, "version": "9.1.24", "build": 1, "n": 1, "at": 1 },
                { "mb": 2, "version": "9.1.25", "build": 2, "n": 1, "at": 1 } ]);
            stub.on("GET /sizes", second.unwrap_or_else(|| Reply::json(two)));
        },
        lacking: r#"[{"version":"9.1.24"}]"#,
        nothing: "[]",
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

fn told(answer: &Answer, kind: ObservationKind) -> Vec<Named> {
    let seen = answer.seen.as_ref().expect("an answer");
    let of = seen.iter().find(|it| it.what.kind() == kind).expect("the kind");
    match &of.what {
        Observation::Flags { list, .. }
        | Observation::Metrics { list, .. }
        | Observation::Checks { list, .. } => list.items.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn items_are_found_by_what_they_say_and_null_is_no_value() {
    let stub = Stub::start().await;
    good(&stub);
    let answer = look(&stub, FLAGS).await;
    let flags = told(&answer, ObservationKind::Flags);
    let flags: Vec<_> = flags.iter().map(|it| (it.name.as_str(), it.value.as_str())).collect();
    assert_eq!(flags, [("new-player", "true"), ("old-player", "false")]);
    let [size] = told(&answer, ObservationKind::Metrics).try_into().expect("one size");
    assert_eq!((size.value.as_str(), size.sample), ("81.25", Some(3)));
    assert_eq!(size.build.as_deref(), Some("4127"));
    assert_eq!(size.at, Moment::parse("2026-03-10T09:00:00Z").ok());
    assert_eq!(size.link, Some(format!("{}/sizes", stub.url)));
    assert!(stub.lines().contains(&"GET /flags?env=live".to_owned()));
}

#[tokio::test]
async fn what_leads_nowhere_or_is_no_value_is_told_by_its_pointer() {
    let stub = Stub::start().await;
    for (body, words) in [
        (json!({ "features": {} }), "no list at `/features`"),
        (json!({}), "nothing stands at `/features`"),
        (json!({ "features": [{ "name": "new-player" }] }), "nothing stands at `/enabled`"),
        (
            json!({ "features": [{ "name": "new-player", "enabled": [] }] }),
            "`/enabled` is no number, truth or text",
        ),
        (
            json!({ "features": [{ "name": "new-player", "enabled": 1 }, { "name": "new-player", "enabled": 0 }] }),
            "several items say the same",
        ),
    ] {
        stub.on("GET /flags", Reply::json(body));
        let one = FLAGS.lines().take(2).collect::<Vec<_>>().join("\n");
        let error = look(&stub, &one).await.seen.expect_err(words).to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[tokio::test]
async fn a_number_that_is_no_truth_has_not_failed_a_check() {
    let stub = Stub::start().await;
    let one = "[apps.music.values]\nprivacy = { path = '/p', pointer = '', tells = 'check' }";
    for (body, value) in [
        ("true", Some("passed")),
        ("\"expired\"", Some("expired")),
        ("0", Some("failed")),
        ("7", None),
    ] {
        stub.on("GET /p", Reply::json(body));
        let checks = told(&look(&stub, one).await, ObservationKind::Checks);
        assert_eq!(checks.first().map(|it| it.value.as_str()), value, "{body}");
    }
}

#[tokio::test]
async fn the_token_is_sent_as_the_settings_say_and_only_to_its_host() {
    let stub = Stub::start().await;
    good(&stub);
    for (settings, header, value) in [
        ("token = { env = 'T' }\n", "authorization", format!("Bearer {HIDDEN}")),
        ("token = { env = 'T' }\nheader = 'X-Api-Key'\n", "x-api-key", HIDDEN.to_owned()),
        (
            "token = { env = 'T' }\nuser = 'me'\n",
            "authorization",
            "Basic bWU6czNjcmV0LXRva2Vu".to_owned(),
        ),
    ] {
        look(&stub, &format!("{settings}{FLAGS}")).await;
        for call in stub.calls() {
            assert_eq!(call.headers.get(header).expect("a token"), value.as_str());
        }
    }
}

#[test]
fn settings_that_cannot_be_are_told_by_their_key() {
    let error = |settings: &str| {
        opened("http://127.0.0.1:9", settings).map(drop).expect_err("wrong").to_string()
    };
    let of = |place: &str| error(&format!("[apps.music.values]\na = {{ {place} }}"));
    assert!(
        of("path = 'flags', pointer = ''")
            .contains("apps.music.values.a.path: `flags` does not start")
    );
    assert!(of("path = '/', pointer = 'on'").contains("values.a.pointer: `on` is no JSON pointer"));
    assert!(of("path = '/', pointer = '', where = { '/a' = 'b' }").contains("there is no `list`"));
    assert!(error("header = 'x-key'\n[apps]").contains("header: a header needs a `token`"));
    assert!(error("user = 'me'\n[apps]").contains("user: a user needs a password"));
    assert!(error("token = { env = 'T' }\nheader = 'a b'\n[apps]").contains("no name of a header"));
}
