//! GitLab's words for pipelines.

use crate::contract::{HIDDEN, Hidden, Plug, look};
use crate::stub::{Reply, Stub};
use crate::{Opened, SourceSettings};
use conductor::observation::{Observation, ObservationKind, Outcome};
use conductor::{Moment, Platform, SourceId};
use serde_json::{Value, json};

const NOW: Moment = Moment::from_millis(1_773_144_000_000);
const ROUTE: &str = "GET /api/v4/projects/tunelark%2Fmobile/pipelines";

fn opened(url: &str, more: &str) -> Opened {
    let text = format!(
        "base_url = \"{url}\"\ntoken = {{ env = \"GL\" }}\ntimeout_ms = 1000\n\
         [apps.music.platforms.android]\npipeline = \"tunelark/mobile\"\nbranch = \"release/android/{{version}}\"\ntests = true\n{more}"
    );
    let from = toml::Deserializer::parse(&text).unwrap();
    crate::open(SourceId::new("gitlab"), SourceSettings::read("gitlab_ci", from).unwrap(), &Hidden)
        .unwrap()
}

fn pipeline(iid: u64, branch: &str, status: &str) -> Value {
    json!({ "id": 90_000 + iid, "iid": iid, "project_id": 7, "sha": format!("{iid:040x}"), "ref": branch, "status": status,
        "source": "push", "created_at": format!("2026-03-10T09:{:02}:00.000+01:00", iid % 60), "updated_at": "2026-03-10T10:00:00Z",
        "web_url": format!("https://gitlab.com/tunelark/mobile/-/pipelines/{iid}") })
}

const BRANCH: &str = "release/android/9.1.24";

pub(crate) fn plug() -> Plug {
    Plug {
        open: |url| opened(url, ""),
        app: "music",
        good: |stub| {
            stub.on(ROUTE, Reply::json(json!([pipeline(12, BRANCH, "success")])));
        },
        route: ROUTE,
        slot: (Some(Platform::Android), ObservationKind::Builds),
        other: None,
        pages: |stub, second| {
            let next = format!(
                "<{}/api/v4/projects/tunelark%2Fmobile/pipelines?page=2>; rel=\"next\"",
                stub.url
            );
            let page = |n| Reply::json(json!([pipeline(n, BRANCH, "success")]));
            stub.on(ROUTE, page(12).with("link", next))
                .on(&format!("{ROUTE}?page=2"), second.unwrap_or_else(|| page(11)));
        },
        lacking: r#"[{"id":1,"iid":1,"ref":"main","status":"success"}]"#,
        nothing: "[]",
    }
}

#[tokio::test]
async fn pipelines_of_release_branches_are_builds_and_merge_requests_are_none() {
    let stub = Stub::start().await;
    stub.on(
        ROUTE,
        Reply::json(json!([
            pipeline(14, "refs/merge-requests/5/head", "failed"),
            pipeline(13, BRANCH, "manual"),
            pipeline(12, BRANCH, "success"),
            pipeline(11, "main", "failed")
        ])),
    );
    let seen = look(&opened(&stub.url, ""), "music", NOW).await.seen.unwrap();
    let Observation::Builds { list, .. } = &seen[0].what else { panic!("{seen:?}") };
    let told: Vec<_> = list.items.iter().map(|it| (it.number.as_str(), it.verified)).collect();
    assert_eq!(told, [("13", None), ("12", Some(true))]);
    assert_eq!(list.items[0].made_at.unwrap().to_string(), "2026-03-10T08:13:00Z");
    let call = stub.calls().remove(0);
    assert_eq!(call.line, format!("{ROUTE}?updated_after=2026-01-24T00%3A00%3A00Z&per_page=100"));
    assert_eq!(call.headers["authorization"], format!("Bearer {HIDDEN}"));
    // Where builds are numbered by the id of the whole server.
    let seen =
        look(&opened(&stub.url, "build_number = \"id\"\n"), "music", NOW).await.seen.unwrap();
    let Observation::Builds { list, .. } = &seen[0].what else { panic!("{seen:?}") };
    assert_eq!(list.items[1].number, "90012");
}

#[test]
fn every_word_is_known_and_others_are_told_as_they_are() {
    use Outcome::{Cancelled, Failed, Passed, Running, Skipped};
    let words = [
        ("created", Running),
        ("waiting_for_resource", Running),
        ("preparing", Running),
        ("pending", Running),
        ("running", Running),
        ("success", Passed),
        ("failed", Failed),
        ("canceling", Cancelled),
        ("canceled", Cancelled),
        ("skipped", Skipped),
        ("manual", Running),
        ("scheduled", Running),
    ];
    for (word, outcome) in words {
        assert_eq!(super::outcome(word), outcome, "{word}");
    }
    assert_eq!(
        super::outcome("frozen"),
        Outcome::Other("GitLab says `frozen`, which we do not know".into())
    );
}
