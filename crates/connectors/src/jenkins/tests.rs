//! Jenkins' oddities by their case numbers.

use crate::contract::{Hidden, Plug, look};
use crate::stub::{Reply, Stub};
use crate::{Opened, SourceSettings};
use conductor::observation::{Build, Observation, ObservationKind, Outcome, Tests};
use conductor::{Moment, Platform, SourceId};
use serde_json::{Value, json};

const AT: i64 = 1_773_136_800_000;
const NOW: Moment = Moment::from_millis(AT + 60_000);

fn opened(url: &str, top: &str, more: &str) -> Opened {
    let text = format!(
        "base_url = \"{url}\"\nuser = \"signalbox\"\ntoken = {{ env = \"J\" }}\ntimeout_ms = 1000\n{top}\n\
         [apps.music.platforms.android]\npipeline = \"mobile/music-android\"\nbranch = \"release/android/{{version}}\"\ntests = true\n{more}"
    );
    let from = toml::Deserializer::parse(&text).unwrap();
    crate::open(SourceId::new("jenkins"), SourceSettings::read("jenkins", from).unwrap(), &Hidden)
        .unwrap()
}

const ROUTE: &str = "GET /job/mobile/job/music-android/api/json";

fn build(number: u64, result: &Value, sha: &str) -> Value {
    json!({ "number": number, "url": format!("https://j/{number}/"), "building": result.is_null(), "result": result,
        "timestamp": AT - 1000 * (5000 - i64::try_from(number).unwrap()),
        "actions": [{}, { "lastBuiltRevision": { "SHA1": sha, "branch": [{ "name": "refs/remotes/origin/release/android/9.1.24" }] } }] })
}

fn job(builds: &[Value]) -> Reply {
    Reply::json(json!({ "_class": "hudson.model.FreeStyleProject", "allBuilds": builds }))
}

pub(crate) fn plug() -> Plug {
    Plug {
        open: |url| opened(url, "", ""),
        app: "music",
        good: |stub| {
            stub.on(ROUTE, job(&[recent(4127)]));
        },
        route: ROUTE,
        slot: (Some(Platform::Android), ObservationKind::Builds),
        other: None,
        pages: |stub, second| {
            let full: Vec<Value> = (0..100).map(|n| recent(4127 - n)).collect();
            stub.each(ROUTE, [job(&full), second.unwrap_or_else(|| job(&[recent(4000)]))]);
        },
        lacking: r#"{"_class":"hudson.model.FreeStyleProject"}"#,
        nothing: r#"{"_class":"hudson.model.FreeStyleProject","allBuilds":[]}"#,
    }
}

/// A run of the contract's time, which begins in 1970.
fn recent(number: u64) -> Value {
    let mut it = build(number, &json!("SUCCESS"), &format!("{number:040x}"));
    it["timestamp"] = json!(number);
    it
}

async fn told(opened: &Opened) -> (Vec<Build>, Vec<Tests>) {
    let (mut builds, mut tests) = (Vec::new(), Vec::new());
    for it in look(opened, "music", NOW).await.seen.unwrap() {
        match it.what {
            Observation::Builds { list, .. } => builds = list.items,
            Observation::Tests { list, .. } => tests = list.items,
            other => panic!("{other:?}"),
        }
    }
    (builds, tests)
}

#[tokio::test]
async fn case_54_unstable_has_failed_null_runs_and_the_pointers_are_not_read() {
    let stub = Stub::start().await;
    let runs = [
        build(4128, &Value::Null, "c3"),
        build(4127, &json!("UNSTABLE"), "c2"),
        build(4120, &json!("SUCCESS"), "c1"),
    ];
    let mut gone = build(4119, &json!("SUCCESS"), "c0");
    gone["result"] = Value::Null;
    gone["building"] = json!(false);
    let mut all = runs.to_vec();
    all.push(gone);
    stub.on(ROUTE, Reply::json(json!({ "allBuilds": all,
        "lastSuccessfulBuild": { "number": 4127, "result": "UNSTABLE" }, "lastStableBuild": { "number": 4120 } })));
    let (builds, tests) = told(&opened(&stub.url, "", "")).await;
    let verified: Vec<_> = builds.iter().map(|it| (it.number.as_str(), it.verified)).collect();
    assert_eq!(
        verified,
        [("4128", None), ("4127", Some(false)), ("4120", Some(true)), ("4119", None)]
    );
    let outcomes: Vec<_> = tests.iter().map(|it| it.suites[0].outcome.clone()).collect();
    assert_eq!(outcomes[..3], [Outcome::Running, Outcome::Failed, Outcome::Passed]);
    assert!(
        matches!(&outcomes[3], Outcome::Other(why) if why.contains("no result")),
        "{outcomes:?}"
    );
    // Times do not fit 32 bits.
    assert_eq!(builds[0].made_at, Some(Moment::from_millis(AT - 872_000)));
    assert_eq!(builds[1].commit.as_ref().map(|it| it.as_str().to_owned()), Some("c2".into()));
    assert!(stub.lines()[0].contains("tree="), "one question");
    // Only by a word in the settings is it good.
    let (builds, _) = told(&opened(&stub.url, "unstable_is_good = true", "")).await;
    assert_eq!(builds[1].verified, Some(true));
}

#[tokio::test]
async fn case_35_of_two_runs_of_a_commit_the_later_one_counts() {
    let stub = Stub::start().await;
    let mut late = build(10, &json!("ABORTED"), "c1");
    late["timestamp"] = json!(AT - 9_000_000); // The higher number began earlier: it waited in the queue of another node.
    stub.on(ROUTE, job(&[late, build(9, &Value::Null, "c1"), build(8, &json!("FAILURE"), "c1")]));
    let (_, tests) = told(&opened(&stub.url, "", "")).await;
    assert_eq!(tests.len(), 1);
    assert_eq!(tests[0].suites[0].outcome, Outcome::Running);
}

#[tokio::test]
async fn case_36_what_was_not_built_has_not_passed() {
    let stub = Stub::start().await;
    stub.on(
        ROUTE,
        job(&[build(9, &json!("NOT_BUILT"), "c1"), build(8, &json!("HIBERNATING"), "c2")]),
    );
    let (builds, tests) = told(&opened(&stub.url, "", "")).await;
    assert!(builds.iter().all(|it| it.verified.is_none()));
    assert_eq!(tests[0].suites[0].outcome, Outcome::Skipped);
    // Case 51: a word that we do not know is kept, and told.
    assert_eq!(
        tests[1].suites[0].outcome,
        Outcome::Other("Jenkins says `HIBERNATING`, which we do not know".into())
    );
}

#[tokio::test]
async fn a_multibranch_pipeline_is_read_in_one_question_and_libraries_are_not_the_app() {
    let stub = Stub::start().await;
    let mut run = build(7, &json!("SUCCESS"), "c1");
    run["actions"] = json!([
        { "lastBuiltRevision": { "SHA1": "1b1b", "branch": [{ "name": "refs/remotes/origin/main" }] } },
        { "lastBuiltRevision": { "SHA1": "c1c1", "branch": [{ "name": "release/android/9.1.24" }] } },
        { "parameters": [{ "name": "VERSION_CODE", "value": 4127 }, { "name": "EMPTY" }] } ]);
    let mut bare = build(3, &json!("FAILURE"), "");
    bare["actions"] = json!([]);
    stub.on(
        ROUTE,
        Reply::json(json!({ "jobs": [
        { "name": "main", "builds": [build(90, &json!("SUCCESS"), "aa")] },
        { "name": "release%2Fandroid%2F9.1.24", "builds": [run] },
        { "name": "release%2Fandroid%2F9.1.23", "builds": [bare] },
        { "name": "release%2Fandroid%2F9.1.22", "builds": null } ] })),
    );
    let (builds, _) = told(&opened(&stub.url, "", "")).await;
    let of = |n: usize| {
        (
            builds[n].version.as_ref().unwrap().as_str(),
            builds[n].commit.as_ref().map(conductor::observation::Sha::as_str),
        )
    };
    assert_eq!((builds.len(), of(0), of(1)), (2, ("9.1.24", Some("c1c1")), ("9.1.23", None)));
    let calls = stub.lines();
    assert_eq!(calls.len(), 1, "{calls:?}");
    // The store's number is a parameter.
    let (builds, _) = told(&opened(&stub.url, "", "build_number = \"VERSION_CODE\"\n")).await;
    assert_eq!(builds.iter().map(|it| it.number.as_str()).collect::<Vec<_>>(), ["4127"]);
    let probe = opened(&stub.url, "", "build_number = \"CODE\"\n").reads.probe(NOW).await;
    assert!(
        probe.wrong[0].contains("build_number: no run of a release branch was given `CODE`"),
        "{probe:?}"
    );
}
