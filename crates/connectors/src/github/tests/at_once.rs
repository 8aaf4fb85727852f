//! Many questions in one: what GraphQL tells, and that whatever it does not tell is asked by REST.

use super::*;

const GRAPHQL: &str = "POST /graphql";

fn node(name: &str, conclusion: &str) -> Value {
    json!({"__typename": "CheckRun", "databaseId": 7, "name": name, "status": "COMPLETED", "conclusion": conclusion,
        "startedAt": "2026-03-10T08:00:00Z", "url": "https://x/7",
        "checkSuite": {"databaseId": 1, "app": {"databaseId": 15368}}})
}

fn commit_with(sha: &str, nodes: &[Value], more: bool) -> Value {
    json!({"object": {"oid": sha, "statusCheckRollup":
        {"contexts": {"pageInfo": {"hasNextPage": more}, "nodes": nodes}}}})
}

fn listed(rows: &[(&str, &str)], next: Option<&str>) -> Value {
    let nodes: Vec<Value> = rows
        .iter()
        .map(|(name, sha)| json!({"prefix": "refs/heads/release/", "name": name, "target": {"oid": sha}}))
        .collect();
    json!({"refs": {"nodes": nodes, "pageInfo": {"hasNextPage": next.is_some(), "endCursor": next}}})
}

fn data(fields: &Value) -> Reply {
    Reply::json(json!({"data": fields}))
}

/// A stub whose GraphQL tells the branches first and then the checks.
async fn telling(checks: Reply) -> Stub {
    let stub = stub().await;
    let branches = data(&json!({"r0": listed(&[("android/9.1.24", A)], None)}));
    stub.each(GRAPHQL, [branches, checks]);
    stub
}

fn posts(lines: &[String]) -> usize {
    lines.iter().filter(|it| *it == GRAPHQL).count()
}

#[tokio::test]
async fn branches_and_checks_of_all_are_two_calls() {
    let status = json!({"__typename": "StatusContext", "context": "ui", "state": "PENDING", "targetUrl": null});
    let skipped = node("lint", "SKIPPED");
    let checks = commit_with(A, &[node("unit", "SUCCESS"), skipped, status], false);
    let stub = telling(data(&json!({"c0": checks}))).await;
    let answer = read(&opened(&stub.url, ""), 0).await;
    assert!(answer.faults.is_empty(), "{:?}", answer.faults);
    assert_eq!(
        outcomes(&android_tests(&answer)[0]),
        [("lint", &Outcome::Skipped), ("ui", &Outcome::Running), ("unit", &Outcome::Passed)]
    );
    let lines = stub.lines();
    assert_eq!(posts(&lines), 2, "{lines:?}");
    let single = |it: &&String| {
        it.contains("check-runs") || it.contains("/status") || it.contains("matching-refs")
    };
    assert_eq!(lines.iter().filter(single).count(), 0, "{lines:?}");
}

#[tokio::test]
async fn nothing_on_a_commit_is_an_empty_list_and_a_field_that_is_missing_is_not() {
    let nothing = json!({"c0": {"object": {"oid": A, "statusCheckRollup": null}}});
    let stub = telling(data(&nothing)).await;
    let answer = read(&opened(&stub.url, ""), 0).await;
    assert_eq!(
        (android_tests(&answer)[0].suites.len(), android_tests(&answer)[0].complete),
        (0, true)
    );
    let stub = telling(data(&json!({"c0": {"object": {"oid": A}}}))).await;
    let answer = read(&opened(&stub.url, ""), 0).await;
    assert_eq!(outcomes(&android_tests(&answer)[0]), [("unit", &Outcome::Passed)], "REST told it");
}

#[tokio::test]
async fn what_is_not_told_wholly_is_asked_by_rest() {
    let strange = json!({"__typename": "Deployment", "id": "x"});
    for (why, checks) in [
        (
            "more than a page",
            data(&json!({"c0": commit_with(A, &[node("unit", "FAILURE")], true)})),
        ),
        ("a thing of another kind", data(&json!({"c0": commit_with(A, &[strange], false)}))),
        ("another commit", data(&json!({"c0": commit_with(B, &[node("unit", "FAILURE")], false)}))),
        ("a row that is null", data(&json!({"c0": commit_with(A, &[Value::Null], false)}))),
        ("no such commit", data(&json!({"c0": {"object": null}}))),
        ("no such repository", data(&json!({"c0": null}))),
        (
            "no data",
            Reply::json(json!({"data": null, "errors": [{"message": "Something went wrong"}]})),
        ),
        ("cut", Reply::json(r#"{"data":{"c0":"#)),
        ("down", Reply::status(502)),
    ] {
        let stub = telling(checks).await;
        let answer = read(&opened(&stub.url, ""), 0).await;
        assert_eq!(outcomes(&android_tests(&answer)[0]), [("unit", &Outcome::Passed)], "{why}");
    }
}

#[tokio::test]
async fn a_server_without_graphql_is_asked_for_it_once() {
    let stub = stub().await;
    let github = opened(&stub.url, "");
    for tick in 0..12 {
        assert!(read(&github, tick * 5).await.faults.is_empty());
    }
    assert_eq!(posts(&stub.lines()), 1);
    let github = opened(&stub.url, "graphql = false");
    read(&github, 0).await;
    assert_eq!(posts(&stub.lines()), 0);
}

#[tokio::test]
async fn case_08_where_graphql_is_asked_too_fast_the_last_tests_stand_and_age() {
    let limited = Reply::json(
        json!({"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}),
    );
    let stub = stub().await;
    let branches = || data(&json!({"r0": listed(&[("android/9.1.24", A)], None)}));
    let told = data(&json!({"c0": commit_with(A, &[node("unit", "SUCCESS")], false)}));
    stub.each(GRAPHQL, [branches(), told, branches(), limited]);
    let github = opened(&stub.url, "");
    read(&github, 0).await;
    stub.calls();
    let answer = read(&github, 15).await;
    assert_eq!(outcomes(&android_tests(&answer)[0]), [("unit", &Outcome::Passed)]);
    let at = answer.seen.as_ref().expect("seen").iter().find_map(|it| match &it.what {
        Observation::Tests { platform: Platform::Android, .. } => Some(it.observed_at),
        _ => None,
    });
    assert_eq!(at, Some(Moment::from_millis(0)), "as old as the last answer");
    assert!(
        stub.lines().iter().all(|it| !it.contains("check-runs")),
        "not asked in another way either"
    );
}

#[tokio::test]
async fn branches_are_listed_to_their_end_and_case_07_not_in_circles() {
    let stub = stub().await;
    let page = |rows: &[(&str, &str)], next| data(&json!({"r0": listed(rows, next)}));
    let checks = data(&json!({}));
    stub.each(
        GRAPHQL,
        [page(&[("android/9.1.23", B)], Some("x")), page(&[("android/9.1.24", A)], None), checks],
    );
    let answer = read(&opened(&stub.url, ""), 0).await;
    let heads = |answer: &Answer| {
        seen(answer, |it| match it {
            Observation::Branches { platform: Platform::Android, list } => {
                Some(list.items.iter().map(|it| it.version.to_string()).collect::<Vec<_>>())
            }
            _ => None,
        })
    };
    assert_eq!(heads(&answer), ["9.1.24", "9.1.23"]);
    assert!(stub.lines().iter().all(|it| !it.contains("matching-refs")));
    stub.each(GRAPHQL, [page(&[("android/9.1.23", B)], Some("x"))]);
    let answer = read(&opened(&stub.url, ""), 0).await;
    assert_eq!(heads(&answer), ["9.1.24"], "REST told it");
    assert!(posts(&stub.lines()) <= 3);
}

#[tokio::test]
async fn a_branch_outside_the_asked_folder_is_not_ours() {
    let stub = stub().await;
    let rows = json!({"refs": {"pageInfo": {"hasNextPage": false, "endCursor": null}, "nodes": [
        {"prefix": "refs/heads/", "name": "release/android/9.1.24", "target": {"oid": A}},
        {"prefix": "refs/heads/", "name": "wip/android/9.9.9", "target": {"oid": B}}]}});
    stub.each(GRAPHQL, [data(&json!({"r0": rows})), data(&json!({}))]);
    let answer = read(&opened(&stub.url, ""), 0).await;
    let names = seen(&answer, |it| match it {
        Observation::Branches { platform: Platform::Android, list } => {
            Some(list.items.iter().map(|it| it.name.clone()).collect::<Vec<_>>())
        }
        _ => None,
    });
    assert_eq!(names, ["release/android/9.1.24"], "wherever GitHub cuts the name");
}

#[test]
fn graphql_lies_beside_rest() {
    let of = super::super::graphql::address;
    assert_eq!(of("https://api.github.com"), "https://api.github.com/graphql");
    assert_eq!(of("https://git.example.com/api/v3/"), "https://git.example.com/api/graphql");
    assert_eq!(of("http://127.0.0.1:4100"), "http://127.0.0.1:4100/graphql");
}
