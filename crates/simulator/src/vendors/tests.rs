//! The façades over a real socket, as a connector meets them.
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::Value;

use super::{Running, Simulator, Vendor};
use crate::faults::{Fault, Lasts};
use crate::plan::{DAY, HOUR};
use crate::platform::Platform;
use crate::spec::Spec;

mod stores;

/// Monday, 9 March 2026, 08:00 UTC.
const START: i64 = 1_773_043_200_000;

struct Rig {
    running: Running,
    clock: Arc<AtomicI64>,
    http: reqwest::Client,
}

struct Got {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Value,
}

impl Rig {
    async fn new() -> Self {
        let mut spec = Spec::demo(1, START).unwrap();
        spec.calm = true;
        let clock = Arc::new(AtomicI64::new(START));
        let hand = Arc::clone(&clock);
        let running =
            Simulator::start(spec, Arc::new(move || hand.load(Ordering::SeqCst)), "127.0.0.1:0")
                .await
                .unwrap();
        Self { running, clock, http: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    fn pass(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }

    async fn send(
        &self,
        vendor: Vendor,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        body: Option<Value>,
    ) -> Got {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}", self.running.base(vendor))
        };
        let mut request = self.http.request(method.parse().unwrap(), url);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.unwrap();
        Got { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
    }

    async fn github(&self, path: &str) -> Got {
        self.send(
            Vendor::Github,
            "GET",
            path,
            &[("authorization", "Bearer demo-github".into())],
            None,
        )
        .await
    }

    async fn jira(&self, method: &str, path: &str, body: Option<Value>) -> Got {
        self.send(
            Vendor::Jira,
            method,
            path,
            &[("authorization", basic("me@demo.example", "demo-jira"))],
            body,
        )
        .await
    }
}

fn basic(email: &str, token: &str) -> String {
    use base64::Engine as _;
    format!(
        "Basic {}",
        base64::engine::general_purpose::STANDARD.encode(format!("{email}:{token}"))
    )
}

fn next(headers: &reqwest::header::HeaderMap) -> Option<String> {
    let links = headers.get("link")?.to_str().ok()?;
    let part = links.split(", ").find(|part| part.contains("rel=\"next\""))?;
    part.split(['<', '>']).nth(1).map(str::to_owned)
}

#[tokio::test]
async fn github_shows_branches_that_appear_with_time() {
    let rig = Rig::new().await;
    let heads = "/repos/larkcast/mobile/git/matching-refs/heads/release/";
    let first = rig.github(heads).await;
    assert_eq!(first.status, 200);
    let before: Vec<String> = first
        .body
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["ref"].as_str().unwrap().to_owned())
        .collect();
    assert!(
        before.iter().any(|name| name.starts_with("refs/heads/release/android/")),
        "{before:?}"
    );
    rig.pass(16 * DAY);
    let later = rig.github(heads).await;
    assert!(
        later
            .body
            .as_array()
            .unwrap()
            .iter()
            .any(|one| !before.contains(&one["ref"].as_str().unwrap().to_owned()))
    );
}

#[tokio::test]
async fn github_pages_by_link_to_the_end() {
    let rig = Rig::new().await;
    let whole = rig.github("/repos/burrow/mobile/releases?per_page=100").await;
    let mut seen = Vec::new();
    let mut url = Some("/repos/burrow/mobile/releases?per_page=7".to_owned());
    while let Some(at) = url {
        let page = rig.github(&at).await;
        seen.extend(page.body.as_array().unwrap().iter().map(|one| one["id"].as_u64().unwrap()));
        url = next(&page.headers);
    }
    assert!(seen.len() > 14);
    let ids: Vec<u64> =
        whole.body.as_array().unwrap().iter().map(|one| one["id"].as_u64().unwrap()).collect();
    assert_eq!(ids[..], seen[..ids.len()]);
}

#[tokio::test]
async fn github_compares_a_branch_with_main_and_with_itself() {
    let rig = Rig::new().await;
    let branch = rig.running.look(|world| {
        let line =
            world.line(crate::world::LineAt { app: 0, platform: Platform::Android }).unwrap();
        line.releases.iter().rfind(|one| one.branched_at <= START).unwrap().clone()
    });
    let same =
        rig.github(&format!("/repos/larkcast/mobile/compare/{0}...{0}", branch.branch)).await;
    assert_eq!(same.body["status"], "identical");
    let ahead = rig
        .github(&format!("/repos/larkcast/mobile/compare/{}...{}", branch.base, branch.branch))
        .await;
    assert_eq!((ahead.status, &ahead.body["status"]), (200, &Value::from("ahead")));
    assert_eq!(ahead.body["merge_base_commit"]["sha"], branch.base.as_str());
    let count = ahead.body["total_commits"].as_u64().unwrap() as usize;
    assert_eq!(ahead.body["commits"].as_array().unwrap().len(), count);
    assert!(!ahead.body["files"].as_array().unwrap().is_empty());
    let back = rig
        .github(&format!("/repos/larkcast/mobile/compare/{}...{}", branch.branch, branch.base))
        .await;
    assert_eq!(back.body["status"], "behind");
    let encoded = branch.branch.replace('/', "%2F");
    let checks = rig.github(&format!("/repos/larkcast/mobile/commits/{encoded}/check-runs")).await;
    assert_eq!(checks.body["total_count"], 3);
    assert_eq!(checks.body["check_runs"][0]["head_sha"], ahead.body["commits"][count - 1]["sha"]);
    let plain =
        rig.github(&format!("/repos/larkcast/mobile/commits/{}/status", branch.branch)).await;
    assert_eq!(
        (plain.body["state"].as_str(), plain.body["total_count"].as_u64()),
        (Some("pending"), Some(0))
    );
}

#[tokio::test]
async fn github_refuses_strangers_and_saves_unchanged_answers() {
    let rig = Rig::new().await;
    let bad = rig
        .send(Vendor::Github, "GET", "/user", &[("authorization", "Bearer x".into())], None)
        .await;
    assert_eq!((bad.status, bad.body["message"].as_str()), (401, Some("Bad credentials")));
    let good = rig.github("/repos/larkcast/mobile/branches").await;
    assert_eq!(good.headers["x-ratelimit-limit"], "5000");
    let tag = good.headers["etag"].to_str().unwrap().to_owned();
    let headers = [("authorization", "Bearer demo-github".to_owned()), ("if-none-match", tag)];
    let again =
        rig.send(Vendor::Github, "GET", "/repos/larkcast/mobile/branches", &headers, None).await;
    assert_eq!(again.status, 304);
    assert_eq!(rig.github("/repos/larkcast/other").await.status, 404);
    assert_eq!(rig.running.calls()[&Vendor::Github], 4);
}

#[tokio::test]
async fn a_desktop_build_is_published_through_github() {
    let rig = Rig::new().await;
    rig.pass(3 * DAY);
    let all = rig.github("/repos/larkcast/mobile/releases?per_page=100").await;
    let build = all
        .body
        .as_array()
        .unwrap()
        .iter()
        .find(|one| {
            one["tag_name"].as_str().unwrap().starts_with("desktop/") && one["prerelease"] == true
        })
        .unwrap()
        .clone();
    let body = serde_json::json!({"prerelease": false, "make_latest": "true"});
    let auth = [("authorization", "Bearer demo-github".to_owned())];
    let path = format!("/repos/larkcast/mobile/releases/{}", build["id"]);
    let changed = rig.send(Vendor::Github, "PATCH", &path, &auth, Some(body)).await;
    assert_eq!((changed.status, &changed.body["prerelease"]), (200, &Value::Bool(false)));
    let number: u32 = build["name"].as_str().unwrap().trim_start_matches("Build ").parse().unwrap();
    let share = rig.running.look(|world| {
        world.shares[&crate::world::LineAt { app: 0, platform: Platform::Desktop }]
            .last()
            .unwrap()
            .clone()
    });
    assert_eq!(share.builds, [(number, 1.0)]);
}

#[tokio::test]
async fn jira_gives_pages_by_token_and_only_what_was_asked_for() {
    let rig = Rig::new().await;
    rig.pass(20 * DAY);
    let mut body = serde_json::json!({"jql": "project in (LARK, QUILL) ORDER BY key ASC", "maxResults": 5, "fields": ["summary", "status", "fixVersions"]});
    let mut keys = Vec::new();
    loop {
        let page = rig.jira("POST", "/rest/api/3/search/jql", Some(body.clone())).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let issues = page.body["issues"].as_array().unwrap().clone();
        assert!(issues.iter().all(|one| one["fields"].as_object().unwrap().len() == 3));
        keys.extend(issues.iter().map(|one| one["key"].as_str().unwrap().to_owned()));
        if page.body["isLast"] == true {
            assert!(page.body.get("nextPageToken").is_none());
            break;
        }
        body["nextPageToken"] = page.body["nextPageToken"].clone();
    }
    assert!(keys.len() > 10, "{keys:?}");
    let plain = rig.jira("GET", "/rest/api/3/search/jql?jql=project%20%3D%20LARK", None).await;
    assert_eq!(
        plain.body["issues"][0].as_object().unwrap().len(),
        1,
        "without fields only ids come"
    );
    let wrong = rig.jira("GET", "/rest/api/3/search/jql?jql=project%20%3D%20NOPE", None).await;
    assert_eq!(wrong.status, 400);
    assert!(wrong.body["errorMessages"][0].as_str().unwrap().contains("does not exist"));
}

#[tokio::test]
async fn jira_answers_a_bad_token_as_if_there_were_no_bugs() {
    let rig = Rig::new().await;
    let bad = [("authorization", basic("me@demo.example", "old"))];
    let path = "/rest/api/3/search/jql?jql=project%20%3D%20LARK&fields=summary";
    let search = rig.send(Vendor::Jira, "GET", path, &bad, None).await;
    assert_eq!((search.status, search.body["issues"].as_array().unwrap().len()), (200, 0));
    assert_eq!(search.headers["x-seraph-loginreason"], "AUTHENTICATED_FAILED");
    assert_eq!(rig.send(Vendor::Jira, "GET", "/rest/api/3/myself", &bad, None).await.status, 401);
    assert_eq!(rig.jira("GET", "/rest/api/3/myself", None).await.status, 200);
}

#[tokio::test]
async fn jira_plans_the_next_version_of_each_platform() {
    let rig = Rig::new().await;
    let versions = rig.jira("GET", "/rest/api/3/project/LARK/versions", None).await;
    let all = versions.body.as_array().unwrap();
    for platform in Platform::ALL {
        let of = |one: &&Value| one["name"].as_str().unwrap().starts_with(platform.label());
        assert!(all.iter().filter(of).any(|one| one["released"] == true));
        assert!(all.iter().filter(of).any(
            |one| one["released"] == false && one["startDate"].as_str().unwrap() > "2026-03-09"
        ));
    }
    let paged = rig.jira("GET", "/rest/api/3/project/LARK/version?maxResults=3", None).await;
    assert_eq!(
        (paged.body["values"].as_array().unwrap().len(), &paged.body["isLast"]),
        (3, &Value::Bool(false))
    );
}

#[tokio::test]
async fn faults_come_instead_of_answers_and_go() {
    let rig = Rig::new().await;
    let faults = rig.running.faults();
    faults.set(Vendor::Github, Fault::TooManyCalls(Some(7)), Lasts::Calls(1));
    let limited = rig.github("/user").await;
    assert_eq!((limited.status, limited.headers["retry-after"].to_str().unwrap()), (429, "7"));
    assert_eq!(rig.github("/user").await.status, 200);
    faults.set(Vendor::Github, Fault::NotJson, Lasts::Until(START + HOUR));
    assert!(rig.github("/user").await.body.is_string());
    rig.pass(HOUR);
    assert!(rig.github("/user").await.body.is_object());
    faults.set(Vendor::Jira, Fault::CutJson, Lasts::Always);
    assert!(rig.jira("GET", "/rest/api/3/serverInfo", None).await.body.is_string());
    faults.lift_all();
    assert_eq!(
        rig.jira("GET", "/rest/api/3/serverInfo", None).await.body["deploymentType"],
        "Cloud"
    );
    faults.set(Vendor::Github, Fault::RepeatedCursor, Lasts::Always);
    let page = rig.github("/repos/larkcast/mobile/branches").await;
    assert!(next(&page.headers).unwrap().ends_with("/repos/larkcast/mobile/branches"));
}

#[tokio::test]
async fn links_lead_to_a_page() {
    let rig = Rig::new().await;
    let answer = rig
        .http
        .get(format!("{}/browse/LARK-1", rig.running.base(Vendor::Jira)))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.unwrap().contains("LARK-1"));
}
