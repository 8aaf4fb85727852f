//! Jira as its connector reads it: bugs, strays and planned versions.

use super::*;
use crate::contract::Hidden;
use crate::stub::{Reply, Stub};
use conductor::Version;
use conductor::facts::Readings;
use conductor::observation::Ride;
use ports::Reads;
use serde_json::{Value, json};
use std::sync::Arc;

fn jira(url: &str, apps: &str) -> Arc<dyn Reads> {
    opened(url, apps).reads
}

fn opened(url: &str, apps: &str) -> Opened {
    let text = format!(
        "base_url = '{url}'\nemail = 'bot@acme.test'\ntoken = {{ env = 'JIRA_TOKEN' }}\ntimeout_ms = 1000\n{apps}"
    );
    let settings = toml::from_str(&text).expect("settings");
    open(SourceId::new("jira"), settings, &Hidden).expect("opens")
}

const MUSIC: &str = "[apps.music]\nproject = 'MUS'\nblocking = 'priority = Blocker'\n";
const BOTH: &str = "[apps.music]\nproject = 'MUS'\nblocking = 'priority = Blocker'\n[apps.podcasts]\nproject = 'POD'\nblocking = 'priority = Blocker'\n";

fn issue(key: &str, version: &str) -> Value {
    json!({"id": key, "key": key, "fields": {
        "summary": "<b>It</b> breaks", "priority": {"id": "1", "name": "Blocker"},
        "status": {"name": "Open", "statusCategory": {"id": 2, "key": "new", "name": "To Do"}},
        "fixVersions": [{"name": version}], "created": "2026-03-09T08:00:00.000+0100"}})
}

fn page(issues: &[Value], next: Option<&str>) -> Reply {
    let mut body = json!({"isLast": next.is_none(), "issues": issues});
    if let Some(next) = next {
        body["nextPageToken"] = next.into();
    }
    Reply::json(body)
}

const SEARCH: &str = "POST /rest/api/3/search/jql";

async fn stub() -> Stub {
    let stub = Stub::start().await;
    good(&stub);
    stub
}

fn good(stub: &Stub) {
    stub.on("GET /rest/api/3/myself", Reply::json(json!({"accountId": "1", "displayName": "Bot"})));
    stub.on("GET /rest/api/3/project/MUS/versions", Reply::json("[]"));
    stub.on("GET /rest/api/3/project/POD/versions", Reply::json("[]"));
    stub.on(SEARCH, page(&[], None));
}

async fn read(jira: &Arc<dyn Reads>, apps: &[&str], minutes: i64) -> Vec<Answer> {
    let apps: Vec<AppId> = apps.iter().map(|it| AppId::new(*it)).collect();
    let now = Moment::from_millis(minutes * 60_000);
    jira.read(Ask { apps: &apps, known: &Readings::default(), now, afresh: false }).await
}

/// The bugs of an answer and whether the list is whole; or what is wrong with them.
fn bugs(answer: &Answer) -> Result<(Vec<&str>, bool), String> {
    if let Some((_, _, error)) = answer.faults.iter().find(|it| it.1 == ObservationKind::Bugs) {
        return Err(error.to_string());
    }
    let seen = answer.seen.as_ref().map_err(ToString::to_string)?;
    let found = seen.iter().find_map(|it| match &it.what {
        Observation::Bugs { list } => {
            Some((list.items.iter().map(|bug| bug.key.as_str()).collect(), list.complete))
        }
        _ => None,
    });
    found.ok_or_else(|| "no bugs in it".to_owned())
}

#[tokio::test]
async fn case_05_the_blocker_on_page_two_is_found_and_the_list_is_whole() {
    let stub = stub().await;
    stub.each(
        SEARCH,
        [
            page(&[issue("MUS-801", "9.1.24")], Some("p2")),
            page(&[issue("MUS-640", "9.1.24")], None),
        ],
    );
    let mut settings = MUSIC.to_owned();
    settings.push_str("bugs = ''\n");
    let jira = jira(&stub.url, &settings);
    let answers = read(&jira, &["music"], 0).await;
    assert_eq!(bugs(&answers[0]), Ok((vec!["MUS-801", "MUS-640"], true)));
    let asked: Vec<Value> = stub
        .calls()
        .iter()
        .filter(|it| it.line == SEARCH)
        .map(|it| serde_json::from_str(&it.body).expect("json"))
        .collect();
    assert_eq!(
        asked[0]["jql"],
        "project = \"MUS\" AND statusCategory != Done AND priority = Blocker"
    );
    assert_eq!(asked[1]["nextPageToken"], "p2");
}

#[tokio::test]
async fn case_05_a_part_of_the_list_proves_a_blocker_but_never_that_there_is_none() {
    let stub = stub().await;
    let jira = jira(&stub.url, &format!("{MUSIC}bugs = ''\n"));
    stub.each(SEARCH, [page(&[issue("MUS-801", "9.1.24")], Some("p2")), Reply::status(503)]);
    assert_eq!(bugs(&read(&jira, &["music"], 0).await[0]), Ok((vec!["MUS-801"], false)));
    stub.each(SEARCH, [page(&[], Some("p2")), Reply::status(503)]);
    let error = bugs(&read(&jira, &["music"], 5).await[0]).expect_err("not zero");
    assert!(error.contains("503"), "{error}");
}

#[tokio::test]
async fn case_07_a_cursor_that_repeats_or_is_missing_ends_the_read() {
    let stub = stub().await;
    let jira = jira(&stub.url, &format!("{MUSIC}bugs = ''\n"));
    stub.on(SEARCH, page(&[], Some("t1")));
    let error = bugs(&read(&jira, &["music"], 0).await[0]).expect_err("no end");
    assert!(error.contains("repeated its cursor after page 2"), "{error}");
    assert_eq!(stub.lines().iter().filter(|it| *it == SEARCH).count(), 2);
    stub.on(SEARCH, Reply::json(json!({"isLast": false, "issues": []})));
    let error = bugs(&read(&jira, &["music"], 5).await[0]).expect_err("no token");
    assert!(error.contains("gives no token"), "{error}");
    stub.on(SEARCH, Reply::json(json!({"issues": []})));
    let error = bugs(&read(&jira, &["music"], 10).await[0]).expect_err("no flag");
    assert!(error.contains("last page"), "{error}");
}

#[tokio::test]
async fn case_07_an_issue_that_comes_twice_counts_once() {
    let stub = stub().await;
    let jira = jira(&stub.url, &format!("{MUSIC}bugs = ''\n"));
    let one = issue("MUS-1", "9.1.24");
    stub.each(SEARCH, [page(std::slice::from_ref(&one), Some("p2")), page(&[one], None)]);
    assert_eq!(bugs(&read(&jira, &["music"], 0).await[0]), Ok((vec!["MUS-1"], true)));
}

#[tokio::test]
async fn case_09_an_expired_token_is_no_zero() {
    let stub = stub().await;
    let jira = jira(&stub.url, MUSIC);
    stub.on(SEARCH, page(&[issue("MUS-1", "9.1.24")], None));
    assert!(bugs(&read(&jira, &["music"], 0).await[0]).is_ok());
    // The header tells.
    stub.on(SEARCH, page(&[], None).with("x-seraph-loginreason", "AUTHENTICATED_FAILED"));
    let error = bugs(&read(&jira, &["music"], 5).await[0]).expect_err("refused");
    assert!(
        error.contains("refused the token in JIRA_TOKEN") && !error.contains("s3cret"),
        "{error}"
    );
    // And if it did not: an empty list is believed only after asking who we are.
    stub.on(SEARCH, page(&[], None)).on("GET /rest/api/3/myself", Reply::status(401));
    let error = bugs(&read(&jira, &["music"], 10).await[0]).expect_err("refused");
    assert!(error.contains("refused the token"), "{error}");
}

#[tokio::test]
async fn an_empty_list_is_zero_where_we_are_known_and_may_see_the_project() {
    let stub = stub().await;
    let jira = jira(&stub.url, MUSIC);
    assert_eq!(bugs(&read(&jira, &["music"], 0).await[0]), Ok((vec![], true)));
    stub.on("GET /rest/api/3/project/MUS/versions", Reply::status(404));
    let error = bugs(&read(&jira, &["music"], 15).await[0]).expect_err("hidden");
    assert!(error.contains("the versions of MUS (404)"), "{error}");
}

#[tokio::test]
async fn a_list_that_turned_empty_counts_only_if_the_project_can_still_be_seen() {
    let stub = stub().await;
    let jira = jira(&stub.url, MUSIC);
    stub.on(SEARCH, page(&[issue("MUS-1", "9.1.24")], None));
    assert!(bugs(&read(&jira, &["music"], 0).await[0]).is_ok());
    stub.on("GET /rest/api/3/project/MUS/versions", Reply::status(404)).on(SEARCH, page(&[], None));
    let error = bugs(&read(&jira, &["music"], 5).await[0]).expect_err("hidden");
    assert!(error.contains("the versions of MUS (404)"), "{error}");
}

#[tokio::test]
async fn apps_that_ask_the_same_share_one_search_a_tick() {
    let stub = stub().await;
    let jira = jira(&stub.url, BOTH);
    stub.on(SEARCH, page(&[issue("POD-7", "2.0"), issue("MUS-1", "9.1.24")], None));
    let answers = read(&jira, &["music", "podcasts"], 0).await;
    assert_eq!(bugs(&answers[0]), Ok((vec!["MUS-1"], true)));
    assert_eq!(bugs(&answers[1]), Ok((vec!["POD-7"], true)));
    stub.calls();
    for (minutes, calls) in [(5, 1), (10, 1), (15, 2), (20, 1), (30, 5)] {
        read(&jira, &["music", "podcasts"], minutes).await;
        assert_eq!(stub.calls().len(), calls, "at {minutes} minutes");
    }
}

#[tokio::test]
async fn a_project_that_jira_does_not_know_spoils_only_its_own_app() {
    let stub = stub().await;
    let jira =
        jira(&stub.url, &BOTH.replace("[apps.podcasts]", "bugs = ''\n[apps.podcasts]\nbugs = ''"));
    stub.each(
        SEARCH,
        [Reply::status(400), page(&[issue("MUS-1", "9.1.24")], None), Reply::status(400)],
    );
    // The two that follow are sent side by side: which is answered how is not told apart here.
    let answers = read(&jira, &["music", "podcasts"], 0).await;
    let good = answers.iter().filter(|it| bugs(it).is_ok()).count();
    assert_eq!(good, 1);
}

#[tokio::test]
async fn a_project_that_was_renamed_keeps_its_bugs() {
    let stub = stub().await;
    let jira = jira(&stub.url, &format!("{MUSIC}bugs = ''\n"));
    stub.on(SEARCH, page(&[issue("SONG-1", "9.1.24")], None));
    assert_eq!(bugs(&read(&jira, &["music"], 0).await[0]), Ok((vec!["SONG-1"], true)));
}

#[test]
fn case_41_names_in_another_language_change_nothing() {
    let issue: wire::Issue = serde_json::from_value(json!({"id": "10640", "key": "MUS-640", "fields": {
        "priority": {"id": "2", "name": "Kritisch"},
        "status": {"id": "3", "name": "Fertig?", "statusCategory": {"id": 4, "key": "indeterminate", "colorName": "yellow", "name": "Fertig"}},
        "labels": ["release-blocker"], "fixVersions": [{"id": "20124", "name": "9.1.24", "released": false}]}}))
    .expect("an issue");
    let versions = Versions::default();
    let context =
        translate::Context { web: "https://acme.atlassian.net", versions: Some(&versions) };
    let bug = &translate::bugs(&[issue], context, true)[0];
    assert!(bug.open && bug.blocking);
    assert_eq!(bug.priority.as_deref(), Some("Kritisch"));
    assert_eq!(
        bug.rides,
        [Ride { platform: None, version: Version::parse("9.1.24").expect("a version") }]
    );
    assert_eq!(bug.link.as_deref(), Some("https://acme.atlassian.net/browse/MUS-640"));
}

#[test]
fn case_42_open_is_told_by_the_category_and_not_by_the_resolution() {
    let page: wire::SearchPage = serde_json::from_value(json!({"isLast": true, "issues": [
     {"id": "1", "key": "MUS-701", "fields": {"priority": {"id": "1", "name": "Blocker"}, "status": {"name": "Done", "statusCategory": {"id": 3, "key": "done", "name": "Done"}}, "resolution": null}},
     {"id": "2", "key": "MUS-702", "fields": {"priority": {"id": "1", "name": "Blocker"}, "status": {"name": "Reopened", "statusCategory": {"id": 2, "key": "new", "name": "To Do"}}, "resolution": {"id": "10000", "name": "Fixed"}}},
     {"id": "3", "key": "MUS-703", "fields": {"priority": {"id": "1", "name": "Blocker"}, "status": {"name": "Closed", "statusCategory": {"id": 3, "key": "done", "name": "Done"}}, "resolution": {"id": "10003", "name": "Unresolved"}}}]}))
    .expect("a page");
    let context = translate::Context { web: "", versions: None };
    let open: Vec<(String, bool)> = translate::bugs(&page.issues, context, true)
        .into_iter()
        .map(|it| (it.key, it.open))
        .collect();
    assert_eq!(
        open,
        [
            ("MUS-701".to_owned(), false),
            ("MUS-702".to_owned(), true),
            ("MUS-703".to_owned(), false)
        ]
    );
    let settings =
        toml::from_str::<AppSettings>("project = 'MUS'\nblocking = 'priority = Blocker'")
            .expect("settings");
    assert!(!search::blocking(&settings, "= \"MUS\"").to_lowercase().contains("resol"));
}

#[tokio::test]
async fn case_52_an_issue_without_its_fields_is_still_a_blocker() {
    let stub = stub().await;
    let jira = jira(&stub.url, &format!("{MUSIC}bugs = ''\n"));
    stub.on(SEARCH, page(&[json!({"id": "1", "key": "MUS-1"})], None));
    assert_eq!(bugs(&read(&jira, &["music"], 0).await[0]), Ok((vec!["MUS-1"], true)));
}

#[tokio::test]
async fn versions_are_planned_for_the_platforms_that_name_them_so() {
    let stub = stub().await;
    stub.on("GET /rest/api/3/project/MUS/versions", Reply::json(json!([
        {"id": "1", "name": "Android 9.1.24", "released": false, "releaseDate": "2026-03-20", "startDate": "2026-03-02"},
        {"id": "2", "name": "iOS 9.1.24", "released": true, "startDate": "2026-03-02"},
        {"id": "3", "name": "Backlog"},
        {"id": "4", "name": "Android 8.0", "archived": true}])));
    let jira = jira(
        &stub.url,
        &format!(
            "{MUSIC}versions = {{ android = 'Android {{version}}', ios = 'iOS {{version}}' }}\n"
        ),
    );
    let answers = read(&jira, &["music"], 0).await;
    let seen = answers[0].seen.as_ref().expect("seen");
    let planned: Vec<String> = seen
        .iter()
        .find_map(|it| match &it.what {
            Observation::Planned { list } => Some(
                list.items
                    .iter()
                    .map(|it| {
                        let at = it.planned_at.map(|at| at.to_string()).unwrap_or_default();
                        format!(
                            "{} {} {at} {}",
                            it.platform.as_ref().map_or("all", |p| p.as_str()),
                            it.version,
                            it.released
                        )
                    })
                    .collect(),
            ),
            _ => None,
        })
        .expect("planned");
    assert_eq!(
        planned,
        ["android 9.1.24 2026-03-20T12:00:00Z false", "ios 9.1.24 2026-03-02T12:00:00Z true"]
    );
}

#[tokio::test]
async fn bugs_on_no_train_stand_behind_those_that_block() {
    let stub = stub().await;
    let jira = jira(&stub.url, MUSIC);
    let mut stray = issue("MUS-9", "x");
    stray["fields"]["fixVersions"] = json!([]);
    // Blocking and strays are asked side by side; both find both.
    stub.on(SEARCH, page(&[issue("MUS-1", "9.1.24"), stray], None));
    let answers = read(&jira, &["music"], 0).await;
    let seen = answers[0].seen.as_ref().expect("seen");
    let Observation::Bugs { list } = &seen[0].what else { panic!("bugs first") };
    let rides: Vec<(&str, usize, bool)> =
        list.items.iter().map(|it| (it.key.as_str(), it.rides.len(), it.blocking)).collect();
    assert_eq!(rides, [("MUS-1", 1, true), ("MUS-9", 0, true)]);
}

#[tokio::test]
async fn check_tells_what_is_found_and_what_is_wrong() {
    let stub = stub().await;
    let jira = jira(&stub.url, MUSIC);
    stub.on("GET /rest/api/3/project/MUS/versions", Reply::json(r#"[{"id":"1","name":"9.1.24"}]"#));
    let probe = jira.probe(Moment::from_millis(0)).await;
    assert_eq!(probe.wrong, [""; 0]);
    assert_eq!(probe.good.len(), 4, "{:?}", probe.good);
    stub.on(SEARCH, Reply::status(400));
    let probe = jira.probe(Moment::from_millis(0)).await;
    assert!(probe.wrong[0].starts_with("apps.music.blocking: "), "{:?}", probe.wrong);
    stub.on("GET /rest/api/3/myself", Reply::status(401));
    assert_eq!(jira.probe(Moment::from_millis(0)).await.wrong.len(), 1);
}

#[test]
fn jql_is_bracketed_where_it_matters_and_may_not_be_ordered() {
    let app = |blocking: &str| AppSettings {
        project: "M".into(),
        blocking: blocking.into(),
        bugs: String::new(),
        versions: Versions::default(),
    };
    let jql = |blocking: &str| search::blocking(&app(blocking), "= \"M\"");
    assert!(jql("priority = A OR labels = b").ends_with("(priority = A OR labels = b)"));
    assert!(jql("labels = \"this or that\"").ends_with("AND labels = \"this or that\""));
    let text = "base_url = 'http://127.0.0.1:1'\nemail = 'e'\ntoken = { env = 'T' }\n[apps.m]\nproject = 'M'\nblocking = 'priority = A order  by key'";
    let settings = toml::from_str(text).expect("settings");
    let error = open(SourceId::new("jira"), settings, &Hidden).err().expect("refused");
    assert_eq!(error.key, "apps.m.blocking");
}

#[test]
fn an_unknown_key_is_refused() {
    for text in ["colour = 1", "[apps.m]\nproject = 'M'\nblocking = 'x'\ncolour = 1"] {
        let text = format!("base_url = 'x'\nemail = 'e'\ntoken = {{ env = 'T' }}\n{text}");
        assert!(
            toml::from_str::<Settings>(&text).expect_err("refused").message().contains("colour")
        );
    }
}

/// How Jira takes part in what all connectors must do.
pub(crate) fn plug() -> crate::contract::Plug {
    crate::contract::Plug {
        open: |url| opened(url, &format!("{MUSIC}bugs = ''\n")),
        app: "music",
        good,
        route: SEARCH,
        slot: (None, ObservationKind::Bugs),
        other: Some((None, ObservationKind::Planned)),
        pages: |stub, second| {
            let second = second.unwrap_or_else(|| page(&[issue("MUS-2", "9.1.24")], None));
            stub.each(SEARCH, [page(&[issue("MUS-1", "9.1.24")], Some("p2")), second]);
        },
        lacking: r#"{"isLast":true}"#,
        nothing: r#"{"isLast":true,"issues":[]}"#,
    }
}
