//! The pages of settings by HTTP: who may do what, and what is said where something is wrong.
use super::*;
use crate::access::{Role, Visitor};
use crate::config::{self, SHIPPED};
use crate::http::router;
use crate::wire::{self, WallClock};
use app::shell::Assets;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use conductor::Person;
use connectors::Surroundings;
use ports::Clock;
use std::path::Path as FilePath;
use std::sync::Arc;
use store::SqliteStore;
use tower::ServiceExt;

const TEXT: &str =
    "[apps.music]\nname = \"Music <b>\"\n[apps.music.platforms.android]\nstore = \"google_play\"\n";

/// The routes, and the cookies of a visitor of a role.
async fn site(role: Role) -> (Router, String) {
    let surroundings = Surroundings { folder: "".into() };
    let config = config::read(TEXT, FilePath::new("signalbox.toml"), &surroundings).unwrap();
    let store = Arc::new(SqliteStore::open_in_memory().await.unwrap());
    let engine = wire::engine(&config, store.clone(), Arc::new(WallClock)).await.unwrap();
    let assets = Assets {
        js: "/pkg/a.js".into(),
        wasm: "/pkg/a.wasm".into(),
        css: "/pkg/main.css".into(),
        still_css: "/pkg/still.css".into(),
    };
    let site = Site::with(assets, engine, &config, Arc::new(WallClock), store);
    let visitor = Visitor { person: Person::new("Ada Byron"), role };
    let cookies = site.visitors.begin(visitor, WallClock.now()).unwrap();
    let cookies = cookies.iter().map(|it| it.to_str().unwrap().split(';').next().unwrap());
    (router(site), cookies.collect::<Vec<_>>().join("; "))
}

struct Said {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

async fn said(router: &Router, request: Request<Body>) -> Said {
    let response = router.clone().oneshot(request).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let body = to_bytes(response.into_body(), 4 << 20).await.unwrap();
    Said { status, headers, text: String::from_utf8(body.to_vec()).unwrap() }
}

async fn get(router: &Router, path: &str) -> Said {
    said(router, Request::get(path).body(Body::empty()).unwrap()).await
}

async fn post(router: &Router, path: &str, cookies: &str, origin: &str, rules: &str) -> Said {
    let field =
        rules.bytes().fold("rules=".to_owned(), |text, byte| text + &format!("%{byte:02X}"));
    let request = Request::post(path)
        .header(header::HOST, "signalbox.example")
        .header(header::ORIGIN, origin)
        .header(header::COOKIE, cookies)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(field))
        .unwrap();
    said(router, request).await
}

const TRY: &str = "/settings/processes/default/try";
const OURS: &str = "https://signalbox.example";

#[tokio::test]
async fn whoever_reads_the_board_reads_settings() {
    let (router, _) = site(Role::Viewer).await;
    let all = get(&router, "/settings").await;
    assert_eq!(all.status, StatusCode::OK);
    assert!(all.text.contains("Music &lt;b&gt;") && !all.text.contains("Music <b>"));
    assert!(all.text.contains("href=\"/settings/processes/default\""));
    assert!(all.headers.contains_key(header::CONTENT_SECURITY_POLICY));
    let one = get(&router, "/settings/processes/default").await;
    assert_eq!(one.status, StatusCode::OK);
    for words in ["Final release candidate", "Signed off by teams", "2\u{202f}000 sessions", "Auto"]
    {
        assert!(one.text.contains(words), "{words}");
    }
}

#[tokio::test]
async fn a_process_is_downloaded_as_the_document_that_it_is() {
    let (router, _) = site(Role::Viewer).await;
    let file = get(&router, "/settings/processes/default.toml").await;
    assert_eq!(file.status, StatusCode::OK);
    assert_eq!(file.headers[header::CONTENT_DISPOSITION], "attachment; filename=\"default.toml\"");
    let read = |text: &str| config::process::read(text, FilePath::new("")).unwrap();
    assert_eq!(read(&file.text), read(SHIPPED[0].1));
}

#[tokio::test]
async fn a_process_that_is_not_there_says_which_are() {
    let (router, cookies) = site(Role::Admin).await;
    for path in ["/settings/processes/defualt", "/settings/processes/x.toml"] {
        let none = get(&router, path).await;
        assert_eq!(none.status, StatusCode::NOT_FOUND);
        assert!(none.text.contains("default, download, hotfix, light"), "{}", none.text);
    }
    let none = post(&router, "/settings/processes/none/try", &cookies, OURS, "x").await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn each_role_may_try_rules_and_nobody_unknown_may() {
    for role in Role::ALL {
        let (router, cookies) = site(role).await;
        let tried = post(&router, TRY, &cookies, OURS, SHIPPED[0].1).await;
        assert_eq!(tried.status, StatusCode::OK, "{role:?}");
        assert!(tried.text.contains("With these rules, right now"));
        let unknown = post(&router, TRY, "", OURS, "title = \"kept <text>\"").await;
        assert_eq!(unknown.status, StatusCode::UNAUTHORIZED);
        assert!(unknown.text.contains("Sign in first"));
        assert!(unknown.text.contains("kept &lt;text&gt;"));
    }
}

#[tokio::test]
async fn another_sites_page_is_refused() {
    let (router, cookies) = site(Role::Admin).await;
    let refused = post(&router, TRY, &cookies, "https://evil.example", SHIPPED[0].1).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_is_wrong_stands_at_the_field_and_the_text_is_kept() {
    let (router, cookies) = site(Role::Viewer).await;
    let text = SHIPPED[0].1.replace("at_most = 0", "at_mots = 0");
    let wrong = post(&router, TRY, &cookies, OURS, &text).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("did you mean `at_most`"));
    assert!(wrong.text.contains("aria-invalid=\"true\" aria-describedby=\"faults\""));
    assert!(wrong.text.contains("at_mots = 0"));
    let hostile = "</textarea><script>alert(1)</script>";
    let wrong = post(&router, TRY, &cookies, OURS, hostile).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!wrong.text.contains("<script>alert"));
    let empty = post(&router, TRY, &cookies, OURS, " \n").await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.text.contains("The field is empty"));
}

#[tokio::test]
async fn a_text_that_is_too_long_is_refused_in_words() {
    let (router, cookies) = site(Role::Viewer).await;
    for size in [LONGEST + 1, 4 * LONGEST] {
        let long = post(&router, TRY, &cookies, OURS, &"#".repeat(size)).await;
        assert_eq!(long.status, StatusCode::PAYLOAD_TOO_LARGE, "{size}");
        assert!(long.text.contains("at most 48 kB"));
    }
}

#[tokio::test]
async fn the_forms_address_leads_back_to_its_page() {
    let (router, _) = site(Role::Viewer).await;
    let back = get(&router, TRY).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER);
    assert_eq!(back.headers[header::LOCATION], "/settings/processes/default");
}
