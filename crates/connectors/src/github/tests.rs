//! GitHub as its connector reads it: branches, tests, builds and releases, and what it says when something breaks.

mod at_once;

use super::translate::{heads, last_attempts, missing, own_commits, that_count};
use super::*;
use crate::contract::Hidden;
use crate::stub::{Reply, Stub};
use conductor::facts::Readings;
use conductor::observation::{Observation, Outcome, Sha, StorePhase, Tests};
use conductor::process::Action;
use conductor::{TrackId, Version};
use ports::{ActError, Acts, Order};
use serde_json::{Value, json};
use std::sync::Arc;

const A: &str = "aaaa000000000000000000000000000000000001";
const B: &str = "bbbb000000000000000000000000000000000002";
const C: &str = "cccc000000000000000000000000000000000003";
const REPO: &str = "/repos/tunelark/mobile";

fn opened(url: &str, extra: &str) -> Opened {
    let text = format!(
        "base_url = '{url}'\ntoken = {{ env = 'GITHUB_TOKEN' }}\ntimeout_ms = 1000\n{extra}
[apps.music]
repository = 'tunelark/mobile'
[apps.music.platforms.android]
branch = 'release/android/{{version}}'
build_tag = 'android/{{version}}+{{build}}'
[apps.music.platforms.desktop]
branch = 'release/desktop/{{version}}'
build_tag = 'desktop/{{version}}+{{build}}'
release_tag = 'desktop/{{version}}'
tests = ['unit', 'ui']
"
    );
    open(SourceId::new("github"), toml::from_str(&text).expect("settings"), &Hidden).expect("opens")
}

fn commit(sha: &str, at: &str) -> Value {
    json!({"sha": sha, "html_url": format!("https://x/{sha}"), "commit": {"message": "Fix it\n\nmore",
        "author": {"name": "Ada Park", "date": at}, "committer": {"name": "Ada Park", "date": at}}})
}

fn run(id: u64, name: &str, status: &str, conclusion: Option<&str>) -> Value {
    json!({"id": id, "name": name, "status": status, "conclusion": conclusion,
        "started_at": "2026-03-10T08:00:00Z", "check_suite": {"id": 1}})
}

fn release(id: u64, tag: &str, target: &str, prerelease: bool) -> Value {
    json!({"id": id, "tag_name": tag, "name": "", "target_commitish": target, "draft": false, "prerelease": prerelease,
        "created_at": "2026-03-10T09:00:00Z", "published_at": "2026-03-10T09:30:00Z", "html_url": format!("https://x/{id}")})
}

fn heads_are(stub: &Stub, heads: &[(&str, &str)]) {
    let rows: Vec<Value> = heads
        .iter()
        .map(|(name, sha)| json!({"ref": format!("refs/heads/release/{name}"), "object": {"sha": sha, "type": "commit"}}))
        .collect();
    stub.on(&format!("GET {REPO}/git/matching-refs/heads/release/"), Reply::json(json!(rows)));
}

/// A repository with Android 9.1.24 at commit A, built once, and nothing else.
fn good(stub: &Stub) {
    heads_are(stub, &[("android/9.1.24", A)]);
    stub.on(&format!("GET {REPO}/compare/main...{A}"), Reply::json(json!({
        "status": "ahead", "ahead_by": 2, "behind_by": 0, "total_commits": 2,
        "commits": [commit(B, "2026-03-09T08:00:00Z"), commit(A, "2026-03-10T08:00:00Z")], "files": []})));
    for sha in [A, B, C] {
        let runs =
            json!({"total_count": 1, "check_runs": [run(1, "unit", "completed", Some("success"))]});
        stub.on(&format!("GET {REPO}/commits/{sha}/check-runs"), Reply::json(runs));
        let statuses = json!({"state": "pending", "total_count": 0, "statuses": []});
        stub.on(&format!("GET {REPO}/commits/{sha}/status"), Reply::json(statuses));
    }
    stub.on(
        &format!("GET {REPO}/releases"),
        Reply::json(json!([release(1, "android/9.1.24+4127", A, true)])),
    );
}

async fn stub() -> Stub {
    let stub = Stub::start().await;
    good(&stub);
    stub
}

async fn read(github: &Opened, minutes: i64) -> Answer {
    let apps = [AppId::new("music")];
    let now = Moment::from_millis(minutes * 60_000);
    let ask = Ask { apps: &apps, known: &Readings::default(), now, afresh: false };
    github.reads.read(ask).await.remove(0)
}

fn seen<'a, T>(answer: &'a Answer, pick: impl Fn(&'a Observation) -> Option<T>) -> T {
    let seen = answer.seen.as_ref().expect("seen");
    seen.iter().find_map(|it| pick(&it.what)).expect("observed")
}

fn android_tests(answer: &Answer) -> &[Tests] {
    seen(answer, |it| match it {
        Observation::Tests { platform: Platform::Android, list } => Some(list.items.as_slice()),
        _ => None,
    })
}

fn outcomes(tests: &Tests) -> Vec<(&str, &Outcome)> {
    tests.suites.iter().map(|it| (it.name.as_str(), &it.outcome)).collect()
}

#[tokio::test]
async fn a_release_branch_is_read_with_its_commits_tests_and_builds() {
    let stub = stub().await;
    let answer = read(&opened(&stub.url, ""), 0).await;
    assert!(answer.faults.is_empty(), "{:?}", answer.faults);
    let branch = seen(&answer, |it| match it {
        Observation::Branches { platform: Platform::Android, list } if list.complete => {
            list.items.first()
        }
        _ => None,
    });
    assert_eq!((branch.name.as_str(), branch.head.as_str()), ("release/android/9.1.24", A));
    let commits: Vec<&str> = branch.commits.iter().map(|it| it.sha.as_str()).collect();
    assert_eq!((commits, branch.commits_complete), (vec![A, B], true), "newest first");
    assert_eq!(branch.branched_at, Moment::parse("2026-03-09T08:00:00Z").ok());
    assert_eq!(branch.commits[0].title, "Fix it");
    assert_eq!(outcomes(&android_tests(&answer)[0]), [("unit", &Outcome::Passed)]);
    let build = seen(&answer, |it| match it {
        Observation::Builds { platform: Platform::Android, list } if list.complete => {
            list.items.first()
        }
        _ => None,
    });
    assert_eq!((build.number.as_str(), build.verified, build.uploaded), ("4127", Some(true), None));
    assert_eq!(build.missing.as_ref().map(|it| (it.commits, it.on_branch)), Some((0, true)));
    let owed = opened(&stub.url, "").reads.owes();
    assert_eq!(owed.len(), 2 + 2 + 2 + 1);
}

#[tokio::test]
async fn in_the_steady_state_a_tick_costs_at_most_two_calls() {
    let stub = stub().await;
    let github = opened(&stub.url, "");
    read(&github, 0).await;
    stub.calls();
    let mut calls = Vec::new();
    for tick in 1..=12 {
        read(&github, tick * 5).await;
        calls.push(stub.lines().len());
    }
    assert!(calls.iter().sum::<usize>() <= 12 * 2 && calls.iter().all(|it| *it <= 3), "{calls:?}");
}

#[tokio::test]
async fn only_what_moved_is_asked_for_again() {
    let stub = stub().await;
    let github = opened(&stub.url, "");
    read(&github, 0).await;
    stub.calls();
    heads_are(&stub, &[("android/9.1.24", C)]);
    let compared = json!({"status": "ahead", "ahead_by": 3, "total_commits": 3, "files": [{"filename": "player/a.kt"}, {"filename": "README.md"}],
        "commits": [commit(B, "2026-03-09T08:00:00Z"), commit(A, "2026-03-10T08:00:00Z"), commit(C, "2026-03-10T09:00:00Z")]});
    stub.on(&format!("GET {REPO}/compare/main...{C}"), Reply::json(&compared));
    stub.on(
        &format!("GET {REPO}/compare/{A}...{C}"),
        Reply::json(json!({"status": "ahead", "ahead_by": 1,
        "files": [{"filename": "player/a.kt"}, {"filename": "README.md"}]})),
    );
    let answer = read(&github, 5).await;
    let build = seen(&answer, |it| match it {
        Observation::Builds { platform: Platform::Android, list } => list.items.first(),
        _ => None,
    });
    let lacks = build.missing.clone().expect("compared");
    assert_eq!((lacks.head.as_str(), lacks.commits), (C, 1));
    assert_eq!(lacks.areas, Some(vec!["(root)".to_owned(), "player".to_owned()]));
    let lines = stub.lines();
    assert_eq!(lines.iter().filter(|it| it.contains("/compare/")).count(), 2, "{lines:?}");
    read(&github, 6).await;
    assert!(stub.lines().iter().all(|it| !it.contains("/compare/")), "asked once");
}

#[test]
fn case_06_commits_are_paged_and_files_that_were_cut_are_not_known() {
    let page = |from: usize, count: usize, files: usize| -> wire::Comparison {
        let commits: Vec<Value> = (from..from + count)
            .map(|n| commit(&format!("{n:040}"), "2026-03-09T08:00:00Z"))
            .collect();
        let files: Vec<Value> =
            (0..files).map(|n| json!({"filename": format!("player/{n}.kt")})).collect();
        serde_json::from_value(json!({"status": "ahead", "ahead_by": 412, "behind_by": 0, "total_commits": 412, "commits": commits, "files": files})).expect("a page")
    };
    assert!(!own_commits(&[page(0, 250, 300)]).complete);
    let whole = own_commits(&[page(0, 250, 300), page(250, 162, 0)]);
    assert!(whole.complete);
    assert_eq!(
        (whole.commits.len(), whole.commits[0].sha.as_str()),
        (412, format!("{:040}", 411).as_str())
    );
    let head = Sha::new(A);
    assert_eq!(
        missing(&head, &page(0, 1, 300)).areas,
        None,
        "exactly 300 cannot be told from more"
    );
    assert_eq!(missing(&head, &page(0, 1, 299)).areas, Some(vec!["player".to_owned()]));
    assert_eq!(missing(&head, &page(0, 1, 300)).commits, 412);
}

#[test]
fn case_38_a_build_of_a_commit_that_is_gone_is_not_on_the_branch() {
    let seen: wire::Comparison = serde_json::from_value(
        json!({"status": "diverged", "ahead_by": 3, "behind_by": 3, "total_commits": 3,
        "merge_base_commit": {"sha": "9000000000000000000000000000000000000009"}}),
    )
    .expect("a comparison");
    let missing = missing(&Sha::new(B), &seen);
    assert_eq!((missing.commits, missing.on_branch, missing.areas), (3, false, None));
}

#[test]
fn case_39_only_branches_with_the_name_that_was_asked_for_count() {
    let refs: Vec<wire::Ref> = serde_json::from_value(json!([
        {"ref": "refs/heads/main", "object": {"sha": A}},
        {"ref": "refs/heads/release/android/9.10", "object": {"sha": A}},
        {"ref": "refs/heads/release/android/9.9", "object": {"sha": B}},
        {"ref": "refs/heads/release/android/next", "object": {"sha": C}},
        {"ref": "refs/tags/release/android/9.8", "object": {"sha": C}}]))
    .expect("refs");
    let pattern = Pattern::parse("release/android/{version}").expect("a pattern");
    let found: Vec<String> =
        heads(&refs, &pattern).into_iter().map(|it| it.version.to_string()).collect();
    assert_eq!(found, ["9.9", "9.10"], "numbers, oldest first");
}

#[tokio::test]
async fn case_34_checks_and_statuses_both_count_and_the_combined_state_does_not() {
    let stub = stub().await;
    let runs = json!({"total_count": 2, "check_runs": [run(11, "unit", "completed", Some("success")), run(12, "ui", "completed", Some("failure"))]});
    stub.on(&format!("GET {REPO}/commits/{A}/check-runs"), Reply::json(runs));
    let answer = read(&opened(&stub.url, ""), 0).await;
    assert_eq!(
        outcomes(&android_tests(&answer)[0]),
        [("ui", &Outcome::Failed), ("unit", &Outcome::Passed)]
    );
    let statuses = json!({"state": "success", "total_count": 1, "statuses": [{"context": "ci/farm", "state": "error", "target_url": null}]});
    stub.on(&format!("GET {REPO}/commits/{A}/status"), Reply::json(statuses));
    let answer = read(&opened(&stub.url, ""), 0).await;
    assert_eq!(outcomes(&android_tests(&answer)[0])[0], ("ci/farm", &Outcome::Failed));
    stub.calls();
    let answer = read(&opened(&stub.url, "statuses = false"), 0).await;
    assert_eq!(android_tests(&answer)[0].suites.len(), 2);
    assert!(stub.lines().iter().all(|it| !it.contains("/status")));
}

#[tokio::test]
async fn case_34_a_suite_that_never_reported_is_missed_and_no_suite_at_all_is_none() {
    let suites = last_attempts(
        &serde_json::from_value::<Vec<wire::CheckRun>>(json!([
            run(1, "unit", "completed", Some("success")),
            run(2, "docs", "completed", Some("failure"))
        ]))
        .expect("runs"),
    );
    let named = that_count(&suites, &["unit".to_owned(), "ui".to_owned()]);
    let named: Vec<(&str, bool)> = named
        .iter()
        .map(|it| (it.name.as_str(), matches!(it.outcome, Outcome::Other(_))))
        .collect();
    assert_eq!(named, [("ui", true), ("unit", false)]);
    let stub = stub().await;
    stub.on(
        &format!("GET {REPO}/commits/{A}/check-runs"),
        Reply::json(json!({"total_count": 0, "check_runs": []})),
    );
    let answer = read(&opened(&stub.url, ""), 0).await;
    assert_eq!(
        (android_tests(&answer)[0].suites.len(), android_tests(&answer)[0].complete),
        (0, true)
    );
}

#[test]
fn case_35_the_last_attempt_counts_whatever_the_ids_say() {
    let runs: Vec<wire::CheckRun> = serde_json::from_value(json!([
        {"id": 7000, "name": "e2e", "status": "completed", "conclusion": "failure", "started_at": "2026-03-10T08:00:00Z", "completed_at": "2026-03-10T08:30:00Z", "check_suite": {"id": 901}},
        {"id": 7009, "name": "e2e", "status": "completed", "conclusion": "cancelled", "started_at": "2026-03-10T08:20:00Z", "completed_at": "2026-03-10T09:10:00Z", "check_suite": {"id": 901}},
        {"id": 7005, "name": "e2e", "status": "in_progress", "conclusion": null, "started_at": "2026-03-10T09:00:00Z", "check_suite": {"id": 902}}])).expect("runs");
    let suites = last_attempts(&runs);
    assert_eq!((suites.len(), &suites[0].outcome), (1, &Outcome::Running));
}

#[test]
fn case_36_skipped_is_not_passed_and_what_is_queued_is_newer() {
    let runs: Vec<wire::CheckRun> = serde_json::from_value(json!([
        {"id": 21, "name": "build", "status": "completed", "conclusion": "skipped", "started_at": "2026-03-10T09:00:00Z", "completed_at": "2026-03-10T09:00:10Z", "check_suite": {"id": 31}},
        {"id": 22, "name": "build", "status": "queued", "conclusion": null, "started_at": null, "check_suite": {"id": 32}}])).expect("runs");
    assert_eq!(last_attempts(&runs)[0].outcome, Outcome::Running);
    assert_eq!(last_attempts(&runs[..1])[0].outcome, Outcome::Skipped);
}

#[test]
fn case_51_each_known_word_has_its_meaning_and_no_other_passes_or_fails() {
    let of = |status: &str, conclusion: Option<&str>| {
        let run = serde_json::from_value(run(1, "x", status, conclusion)).expect("a run");
        last_attempts(&[run])[0].outcome.clone()
    };
    for (word, want) in [
        ("success", Outcome::Passed),
        ("failure", Outcome::Failed),
        ("timed_out", Outcome::Failed),
        ("action_required", Outcome::Failed),
        ("startup_failure", Outcome::Failed),
        ("skipped", Outcome::Skipped),
        ("neutral", Outcome::Skipped),
        ("cancelled", Outcome::Cancelled),
        ("stale", Outcome::Cancelled),
        ("hibernating", Outcome::Other("hibernating".to_owned())),
    ] {
        assert_eq!(of("completed", Some(word)), want, "{word}");
    }
    assert_eq!(of("hibernating", None), Outcome::Other("hibernating".to_owned()));
    assert_eq!(of("completed", None), Outcome::Other("completed".to_owned()));
}

#[tokio::test]
async fn checks_are_read_to_their_total_even_where_each_page_is_the_whole() {
    let stub = stub().await;
    let runs: Vec<Value> =
        (0..120).map(|n| run(n, &format!("t{n:03}"), "completed", Some("success"))).collect();
    let route = format!("GET {REPO}/commits/{A}/check-runs");
    stub.on(&route, Reply::json(json!({"total_count": 120, "check_runs": &runs[..100]})));
    stub.on(
        &format!("{route}?page=2"),
        Reply::json(json!({"total_count": 120, "check_runs": &runs[100..]})),
    );
    let answer = read(&opened(&stub.url, ""), 0).await;
    assert_eq!(
        (android_tests(&answer)[0].suites.len(), android_tests(&answer)[0].complete),
        (120, true)
    );
    stub.on(&route, Reply::json(json!({"total_count": 120, "check_runs": runs})));
    stub.calls();
    let answer = read(&opened(&stub.url, ""), 0).await;
    assert_eq!(android_tests(&answer)[0].suites.len(), 120);
    assert_eq!(stub.lines().iter().filter(|it| it.contains("check-runs")).count(), 1);
}

#[tokio::test]
async fn a_part_that_fails_leaves_the_others_standing() {
    let stub = stub().await;
    let github = opened(&stub.url, "");
    stub.on(&format!("GET {REPO}/releases"), Reply::status(500));
    let answer = read(&github, 0).await;
    let kinds: Vec<ObservationKind> = answer.faults.iter().map(|it| it.1).collect();
    assert_eq!(kinds, [ObservationKind::Builds, ObservationKind::Builds, ObservationKind::Store]);
    assert_eq!(android_tests(&answer).len(), 1);
    stub.on(&format!("GET {REPO}/git/matching-refs/heads/release/"), Reply::json("[{"));
    let answer = read(&github, 5).await;
    assert!(answer.faults.iter().any(|it| it.1 == ObservationKind::Branches));
    assert_eq!(android_tests(&answer).len(), 1, "the heads seen last are still tested");
}

#[tokio::test]
async fn branches_on_the_second_page_are_found_and_a_page_that_fails_hides_none() {
    let stub = stub().await;
    let route = format!("GET {REPO}/git/matching-refs/heads/release/");
    let next =
        format!("<{}{REPO}/git/matching-refs/heads/release/?page=2>; rel=\"next\"", stub.url);
    let row = |name: &str, sha: &str| json!([{"ref": format!("refs/heads/release/android/{name}"), "object": {"sha": sha}}]);
    stub.on(&route, Reply::json(row("9.1.24", A)).with("link", next));
    stub.on(&format!("{route}?page=2"), Reply::json(row("9.1.23", B)));
    let github = opened(&stub.url, "");
    let answer = read(&github, 0).await;
    let count = seen(&answer, |it| match it {
        Observation::Branches { platform: Platform::Android, list } => Some(list.items.len()),
        _ => None,
    });
    assert_eq!(count, 2);
    stub.on(&format!("{route}?page=2"), Reply::status(502));
    let answer = read(&github, 5).await;
    let told = answer
        .seen
        .as_ref()
        .expect("other things")
        .iter()
        .any(|it| it.what.kind() == ObservationKind::Branches);
    assert!(!told && answer.faults.iter().any(|it| it.1 == ObservationKind::Branches));
}

#[tokio::test]
async fn a_download_is_out_when_its_release_is_published() {
    let stub = stub().await;
    heads_are(&stub, &[("desktop/9.1.24", A)]);
    let builds = [
        release(1, "desktop/9.1.24+77", A, true),
        release(2, "desktop/9.1.23", B, false),
        release(3, "desktop/9.1.24", A, true),
    ];
    stub.on(&format!("GET {REPO}/releases"), Reply::json(json!(builds)));
    let answer = read(&opened(&stub.url, ""), 0).await;
    let store = seen(&answer, |it| match it {
        Observation::Store { list, .. } if list.complete => Some(&list.items),
        _ => None,
    });
    let phases: Vec<(String, Option<StorePhase>, usize)> = store
        .iter()
        .map(|it| (it.version.as_ref().expect("a version").to_string(), it.phase, it.builds.len()))
        .collect();
    assert_eq!(
        phases,
        [
            ("9.1.24".to_owned(), Some(StorePhase::Draft), 1),
            ("9.1.23".to_owned(), Some(StorePhase::Complete), 0)
        ]
    );
}

fn order(commit: &str) -> Order {
    Order {
        track: TrackId {
            app: AppId::new("music"),
            platform: Platform::Desktop,
            version: Version::parse("9.1.24").expect("a version"),
        },
        action: Action::Publish,
        build: "77".to_owned(),
        commit: Some(Sha::new(commit)),
        share: conductor::observation::Share::ALL,
        key: "k".to_owned(),
    }
}

#[tokio::test]
async fn publishing_looks_first_and_makes_the_release_once() {
    let stub = stub().await;
    let acts: Arc<dyn Acts> = opened(&stub.url, "").acts.expect("acts");
    assert_eq!(acts.lines(), [(AppId::new("music"), Platform::Desktop)]);
    let now = Moment::from_millis(0);
    stub.on(&format!("POST {REPO}/releases"), Reply { status: 201, ..Reply::json("{}") });
    assert_eq!(acts.act(&order(A), now).await, Ok(()));
    let sent = stub.calls().pop().expect("a call");
    let body: Value = serde_json::from_str(&sent.body).expect("json");
    assert_eq!(
        (body["tag_name"].as_str(), body["target_commitish"].as_str()),
        (Some("desktop/9.1.24"), Some(A))
    );
    // Published already: nothing is sent.
    stub.on(
        &format!("GET {REPO}/releases"),
        Reply::json(json!([release(3, "desktop/9.1.24", A, false)])),
    );
    assert_eq!(acts.act(&order(A), now).await, Ok(()));
    assert_eq!(stub.calls().len(), 1);
    // There, but of another commit.
    assert!(matches!(acts.act(&order(B), now).await, Err(ActError::NotNow { .. })));
    // A pre-release becomes the release.
    stub.on(
        &format!("GET {REPO}/releases"),
        Reply::json(json!([release(3, "desktop/9.1.24", A, true)])),
    );
    stub.on(&format!("PATCH {REPO}/releases/3"), Reply::json("{}"));
    assert_eq!(acts.act(&order(A), now).await, Ok(()));
    // No answer is not repeated; a refusal has the vendor's words.
    stub.calls();
    stub.on(&format!("PATCH {REPO}/releases/3"), Reply::status(502));
    assert!(matches!(acts.act(&order(A), now).await, Err(ActError::NoAnswer { .. })));
    assert_eq!(stub.calls().len(), 2);
    stub.on(
        &format!("PATCH {REPO}/releases/3"),
        Reply { body: r#"{"message":"Resource not accessible"}"#.into(), ..Reply::status(403) },
    );
    let refused = acts.act(&order(A), now).await.expect_err("refused");
    assert_eq!(refused.to_string(), "github refused: Resource not accessible (403)");
    // A look that fails sends nothing.
    stub.calls();
    stub.on(&format!("GET {REPO}/releases"), Reply::status(404));
    assert!(matches!(acts.act(&order(A), now).await, Err(ActError::NotNow { .. })));
    assert_eq!(stub.calls().len(), 1);
}

#[tokio::test]
async fn check_tells_what_is_found_and_what_is_wrong() {
    let stub = stub().await;
    stub.on(
        "GET /rate_limit",
        Reply::json(json!({"rate": {"limit": 5000, "remaining": 4999}}))
            .with("x-oauth-scopes", "repo"),
    );
    stub.on(
        &format!("GET {REPO}"),
        Reply::json(json!({"full_name": "tunelark/mobile", "permissions": {"push": false}})),
    );
    stub.on(
        &format!("GET {REPO}/git/matching-refs/heads/main"),
        Reply::json(json!([{"ref": "refs/heads/main", "object": {"sha": A}}])),
    );
    stub.on(
        &format!("GET {REPO}/git/matching-refs/heads/release/android/"),
        Reply::json(json!([{"ref": "refs/heads/release/android/9.1.24", "object": {"sha": A}}])),
    );
    stub.on(&format!("GET {REPO}/git/matching-refs/heads/release/desktop/"), Reply::json("[]"));
    let probe = opened(&stub.url, "").reads.probe(Moment::from_millis(0)).await;
    assert_eq!(probe.good.len(), 3, "{:?}", probe.good);
    assert!(probe.good[0].contains("scopes repo; 4999 of 5000"), "{:?}", probe.good);
    assert_eq!(probe.wrong.len(), 2, "{:?}", probe.wrong);
    assert!(
        probe.wrong[0].contains("may not write") && probe.wrong[1].contains("no branch"),
        "{:?}",
        probe.wrong
    );
}

#[test]
fn settings_that_cannot_work_are_refused_with_their_key() {
    let with = |change: &dyn Fn(String) -> String| {
        let text = "token = { env = 'T' }\n[apps.music]\nrepository = 'a/b'\n[apps.music.platforms.ios]\nbranch = 'r/{version}'\nbuild_tag = '{version}+{build}'\n";
        let settings = toml::from_str::<Settings>(&change(text.to_owned()))
            .map_err(|it| it.message().to_owned())?;
        open(SourceId::new("github"), settings, &Hidden).map(|_| ()).map_err(|it| it.to_string())
    };
    assert_eq!(with(&|it| it), Ok(()));
    let key = with(&|it| it.replace("'a/b'", "'a'")).expect_err("no repository");
    assert!(key.starts_with("sources.github.apps.music.repository: "), "{key}");
    let key = with(&|it| it.replace("+{build}", "")).expect_err("no build");
    assert!(key.starts_with("sources.github.apps.music.platforms.ios.build_tag: "), "{key}");
    assert!(
        with(&|it| it.replace("r/{version}", "r")).expect_err("no version").contains("{version}")
    );
    assert!(with(&|it| format!("colour = 1\n{it}")).expect_err("unknown").contains("colour"));
}

#[test]
fn people_are_sent_to_the_site_and_not_to_the_interface() {
    assert_eq!(web_of("https://api.github.com/").as_deref(), Some("https://github.com"));
    assert_eq!(web_of("https://git.acme.test/api/v3").as_deref(), Some("https://git.acme.test"));
    assert_eq!(web_of("http://127.0.0.1:4100"), None);
}

/// How GitHub takes part in what all connectors must do.
pub(crate) fn plug() -> crate::contract::Plug {
    const ROUTE: &str = "GET /repos/tunelark/mobile/git/matching-refs/heads/release/";
    crate::contract::Plug {
        open: |url| opened(url, ""),
        app: "music",
        good,
        route: ROUTE,
        slot: (Some(Platform::Android), ObservationKind::Branches),
        other: Some((Some(Platform::Android), ObservationKind::Builds)),
        pages: |stub, second| {
            let row = |name: &str, sha: &str| json!([{"ref": format!("refs/heads/release/android/{name}"), "object": {"sha": sha}}]);
            let next = format!("<{}?page=2>; rel=\"next\"", ROUTE.replace("GET ", &stub.url));
            stub.on(ROUTE, Reply::json(row("9.1.24", A)).with("link", next));
            stub.on(
                &format!("{ROUTE}?page=2"),
                second.unwrap_or_else(|| Reply::json(row("9.1.23", B))),
            );
        },
        lacking: r#"[{"ref":"refs/heads/release/android/9.1.24","object":{}}]"#,
        nothing: "[]",
    }
}
