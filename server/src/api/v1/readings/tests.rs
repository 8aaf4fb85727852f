//! Pushes over raw HTTP: who may, what comes back, and that what was pushed is remembered.

use crate::config;
use crate::http::{self, Site};
use crate::wire::{self, WallClock};
use conductor::Span;
use conductor::observation::{Observation, ObservationKind};
use connectors::Secrets;
use engine::Engine;
use ports::{Clock, Store};
use std::path::Path;
use std::sync::Arc;
use store::SqliteStore;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const CONFIG: &str = r#"
[server.admin]
name = "Mira"
token = { env = "ADMIN" }
[apps.music]
name = "Music"
owner = "Mira"
[apps.music.platforms.android]
process = "download"
store = "download"
[apps.radio]
name = "Radio"
owner = "Mira"
[apps.radio.platforms.ios]
process = "download"
store = "download"
[sources.ci]
kind = "pushed"
token = { env = "CI" }
tells = ["reading", "check"]
[sources.ci.apps.music]
platforms = ["android"]
[sources.nightly]
kind = "pushed"
token = { env = "NIGHTLY" }
[sources.nightly.apps.radio]
"#;

const BODY: &str = r#"{"app":"music","platform":"android","version":"9.1.24","build":"4127","readings":[
    {"name":"apk-mb","value":81.25,"at":"AN HOUR AGO"},
    {"name":"privacy","value":true,"tells":"check"}]}"#;

/// Each variable's value is made of its name.
struct ByName;

impl Secrets for ByName {
    fn env(&self, name: &str) -> Option<String> {
        Some(format!("{name}-token-of-this-test"))
    }
    fn file(&self, _: &Path) -> Result<String, String> {
        Err("there is none".to_owned())
    }
}

struct Running {
    address: std::net::SocketAddr,
    engine: Arc<Engine>,
    store: Arc<SqliteStore>,
}

async fn running(config: &str) -> Running {
    let config = config::read(config, Path::new("signalbox.toml"), &ByName).expect("settings");
    let store = Arc::new(SqliteStore::open_in_memory().await.expect("a store"));
    let clock = Arc::new(WallClock);
    let engine = wire::engine(&config, store.clone(), clock.clone()).await.expect("an engine");
    let mut site = Site::new(Arc::clone(&engine), &config, clock, store.clone()).expect("a site");
    site.inboxes = wire::inboxes(&config);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, http::router(site)).await });
    Running { address, engine, store }
}

impl Running {
    /// Sends a request as text. Comes back with status and body.
    async fn send(&self, head: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).await.expect("a connection");
        let length = body.len();
        let request = format!(
            "{head}\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}",
            self.address
        );
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        let status = answer.split(' ').nth(1).and_then(|it| it.parse().ok()).expect("a status");
        let body = answer.split_once("\r\n\r\n").map(|it| it.1.to_owned()).unwrap_or_default();
        assert!(!answer.contains("of-this-test"), "a token came back: {answer}");
        (status, body)
    }

    async fn push(&self, token: &str, body: &str) -> (u16, String) {
        let token = format!("authorization: Bearer {token}-token-of-this-test");
        self.send(&format!("POST /api/v1/readings HTTP/1.1\r\n{token}"), body).await
    }
}

#[tokio::test]
async fn what_ci_pushes_is_remembered_with_the_moment_that_it_speaks_of() {
    let running = running(CONFIG).await;
    let an_hour_ago = WallClock.now() - Span::hours(1);
    let body = BODY.replace("AN HOUR AGO", &an_hour_ago.to_string());
    let (status, body) = running.push("CI", &body).await;
    assert_eq!((status, body.as_str()), (202, r#"{"source":"ci","taken":2}"#));
    running.engine.tick().await;
    let remembered = running.store.restore().await.expect("restored").readings;
    let of = |kind: ObservationKind| {
        let on = |it: &&ports::StoredReading| it.slot.kind == kind && it.slot.platform.is_some();
        remembered.iter().find(on).map(|it| it.reading.value.clone()).expect("a reading")
    };
    let Observation::Named { list, .. } = of(ObservationKind::Named) else { panic!("no reading") };
    let item = &list.items[0];
    assert_eq!((item.value.as_str(), item.build.as_deref()), ("81.25", Some("4127")));
    assert_eq!(item.at, Some(an_hour_ago));
    let Observation::Checks { list, .. } = of(ObservationKind::Checks) else { panic!("no check") };
    assert_eq!(list.items[0].value.as_str(), "passed");
}

#[tokio::test]
async fn a_token_is_good_for_its_own_apps_and_for_pushing_only() {
    let running = running(CONFIG).await;
    let body = BODY.replace(r#","at":"AN HOUR AGO""#, "");
    let push = body.as_str();
    let (status, body) = running.push("NIGHTLY", push).await;
    assert_eq!(status, 403);
    assert!(body.contains("not good for the app music"), "{body}");
    let (status, body) = running.push("ADMIN", push).await;
    assert_eq!(status, 403, "one scope each: {body}");
    for token in ["WRONG", ""] {
        assert_eq!(running.push(token, push).await.0, 401);
    }
    let (status, _) = running.send("POST /api/v1/readings HTTP/1.1", push).await;
    assert_eq!(status, 403, "neither a page of ours nor a program with a token");
    let browser = "POST /api/v1/readings HTTP/1.1\r\nauthorization: Bearer CI-token-of-this-test";
    let foreign = format!("{browser}\r\norigin: https://elsewhere.example");
    assert_eq!(running.send(&foreign, push).await.0, 403);
    let hold = "POST /api/v1/tracks/music/android/9.1.24/hold HTTP/1.1\r\nauthorization: Bearer CI-token-of-this-test";
    assert_eq!(running.send(hold, r#"{"reason":"none"}"#).await.0, 401);
    assert_eq!(running.send("GET /api/v1/readings HTTP/1.1", "").await.0, 405);
}

#[tokio::test]
async fn what_is_wrong_is_told_by_its_place_and_nothing_of_it_is_taken() {
    let running = running(CONFIG).await;
    for (body, status, words) in [
        ("{", 400, "EOF"),
        (r#"{"app":"music","readings":[{"name":"a"}]}"#, 422, "missing field `value`"),
        (r#"{"app":"music","readings":[{"name":"a b","value":1}]}"#, 400, "readings[0].name"),
        (
            r#"{"app":"music","readings":[{"name":"a","value":1,"at":"2999-01-01T00:00:00Z"}]}"#,
            400,
            "readings[0].at",
        ),
    ] {
        let (was, told) = running.push("CI", body).await;
        assert_eq!(was, status, "{told}");
        assert!(told.contains(words), "{told}");
    }
    let large = format!(r#"{{"app":"music","readings":[],"x":"{}"}}"#, "x".repeat(600 << 10));
    assert_eq!(running.push("CI", &large).await.0, 413);
}

#[tokio::test]
async fn without_such_a_source_nobody_may_push() {
    let without = CONFIG.split("[sources.ci]").next().expect("a configuration");
    let (status, body) = running(without).await.push("CI", BODY).await;
    assert_eq!(status, 403);
    assert!(body.contains("configure a source of kind `pushed`"), "{body}");
}
