//! The order of calls: reading and acting against a vendor with a script.

use crate::google_play::tests::script::{Call, Given, Reply, Script, ok, status};
use crate::{Opened, SourceSettings};
use conductor::facts::Readings;
use conductor::observation::{ObservationKind, Share};
use conductor::{Action, AppId, Moment, SourceId, TrackId};
use ports::{ActError, Ask, Order};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const KEY: &str = include_str!("../../../../simulator/keys/demonstration-app-store-connect.p8");

fn open(url: &str) -> Opened {
    opened(url, "[apps.radio]\nbundle_id = \"com.example.radio\"\n")
}

/// With one app only.
pub(super) fn open_one(url: &str) -> Opened {
    opened(url, "")
}

fn opened(url: &str, more: &str) -> Opened {
    let settings = format!(
        "issuer = \"team\"\nkey_id = \"KEY0000001\"\nkey = {{ file = \"AuthKey.p8\" }}\nbase_url = \"{url}\"\n\
         timeout_ms = 1000\n[apps.music]\nbundle_id = \"com.example.music\"\n{more}"
    );
    let settings =
        SourceSettings::read("app_store", toml::de::Deserializer::parse(&settings).unwrap());
    crate::open(SourceId::new("apple"), settings.unwrap(), &Given(KEY.to_owned())).unwrap()
}

/// What Apple has: a version in a state, with what changes when it is written to.
#[derive(Clone, Copy)]
struct Shelf {
    state: &'static str,
    release_type: &'static str,
    build: &'static str,
    phased: &'static str,
    open: &'static str,
}

const PREPARED: Shelf = Shelf {
    state: "PREPARE_FOR_SUBMISSION",
    release_type: "MANUAL",
    build: "4127",
    phased: "INACTIVE",
    open: "",
};

fn answer(shelf: &Shelf, call: &Call) -> Reply {
    match call.line.as_str() {
        "GET /v1/apps" => ok(&json!({ "data": [
            { "type": "apps", "id": "a1", "attributes": { "bundleId": "com.example.music" } },
            { "type": "apps", "id": "a2", "attributes": { "bundleId": "com.example.radio" } }] })),
        "GET /v1/apps/a1/appStoreVersions" | "GET /v1/apps/a2/appStoreVersions" => {
            let phased = match shelf.phased {
                "" => json!({ "data": null }),
                _ => json!({ "data": { "type": "appStoreVersionPhasedReleases", "id": "p1" } }),
            };
            ok(&json!({ "data": [
                { "type": "appStoreVersions", "id": "v-mac",
                  "attributes": { "platform": "MAC_OS", "versionString": "9.1.24", "appVersionState": "IN_REVIEW" } },
                { "type": "appStoreVersions", "id": "v1",
                  "attributes": { "platform": "IOS", "versionString": "9.1.24", "appVersionState": shelf.state, "releaseType": shelf.release_type },
                  "relationships": { "build": { "data": { "type": "builds", "id": "b1" } }, "appStoreVersionPhasedRelease": phased } }],
                "included": [
                  { "type": "builds", "id": "b1", "attributes": { "version": shelf.build, "processingState": "VALID" } },
                  { "type": "appStoreVersionPhasedReleases", "id": "p1", "attributes": { "phasedReleaseState": shelf.phased, "currentDayNumber": 2 } }] }))
        }
        "GET /v1/reviewSubmissions" if shelf.open.is_empty() => ok(&json!({ "data": [] })),
        "GET /v1/reviewSubmissions" => {
            let (state, items) = shelf.open.split_once(' ').unwrap();
            let items: Vec<Value> = (0..items.parse().unwrap())
                .map(|it: u32| json!({ "type": "i", "id": it.to_string() }))
                .collect();
            let version = if items.len() == 1 {
                json!({ "data": { "type": "v", "id": "v1" } })
            } else {
                json!({ "data": null })
            };
            ok(&json!({ "data": [{ "type": "reviewSubmissions", "id": "s9",
                "attributes": { "platform": "IOS", "state": state },
                "relationships": { "app": { "data": { "type": "apps", "id": "a1" } }, "items": { "data": items }, "appStoreVersionForReview": version } }] }))
        }
        "GET /v1/builds" => ok(&json!({ "data": [
            { "type": "builds", "id": "b7", "attributes": { "version": "4127", "processingState": "VALID" },
              "relationships": { "app": { "data": { "type": "apps", "id": "a1" } }, "preReleaseVersion": { "data": { "type": "p", "id": "pre" } } } }],
            "included": [{ "type": "preReleaseVersions", "id": "pre", "attributes": { "version": "9.1.24", "platform": "IOS" } }] })),
        "POST /v1/reviewSubmissions" => {
            status(201, &json!({ "data": { "type": "reviewSubmissions", "id": "s1" } }))
        }
        _ => status(201, &json!({ "data": { "type": "x", "id": "x" } })),
    }
}

async fn vendor(shelf: Shelf) -> Script {
    Script::start(move |call| answer(&shelf, call)).await
}

async fn act(script: &Script, action: Action) -> Result<(), ActError> {
    let order = Order {
        track: TrackId::parse("music/ios/9.1.24").unwrap(),
        action,
        build: "4127".to_owned(),
        commit: None,
        share: Share(10_000),
        key: "k".to_owned(),
    };
    open(&script.url).acts.unwrap().act(&order, Moment::default()).await
}

fn writes(script: &Script) -> Vec<String> {
    script.calls().into_iter().map(|it| it.line).filter(|it| !it.starts_with("GET")).collect()
}

fn words(done: Result<(), ActError>) -> String {
    match done {
        Err(ActError::NotNow { words, .. }) => words,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn submitting_is_three_writes_of_which_the_last_counts() {
    let script = vendor(PREPARED).await;
    act(&script, Action::SubmitForReview).await.unwrap();
    assert_eq!(
        writes(&script),
        [
            "POST /v1/reviewSubmissions",
            "POST /v1/reviewSubmissionItems",
            "PATCH /v1/reviewSubmissions/s1"
        ]
    );
    let calls = script.calls();
    let item = calls.iter().find(|it| it.line == "POST /v1/reviewSubmissionItems").unwrap();
    assert_eq!(
        item.body["data"]["relationships"]["appStoreVersion"]["data"]["id"], "v1",
        "never the Mac's"
    );
    assert_eq!(calls.last().unwrap().body["data"]["attributes"], json!({ "submitted": true }));
}

#[tokio::test]
async fn an_open_submission_of_our_own_is_used_and_any_other_is_a_persons_business() {
    for (open, expected) in [("READY_FOR_REVIEW 0", 2), ("READY_FOR_REVIEW 1", 1)] {
        let script = vendor(Shelf { open, ..PREPARED }).await;
        act(&script, Action::SubmitForReview).await.unwrap();
        assert_eq!(writes(&script).len(), expected, "{open}");
        assert_eq!(writes(&script).last().unwrap(), "PATCH /v1/reviewSubmissions/s9");
    }
    for open in ["READY_FOR_REVIEW 2", "UNRESOLVED_ISSUES 1", "IN_REVIEW 1", "CANCELING 1"] {
        let script = vendor(Shelf { open, ..PREPARED }).await;
        words(act(&script, Action::SubmitForReview).await);
        assert_eq!(writes(&script), [""; 0], "{open}");
    }
}

#[tokio::test]
async fn case_27_and_29_a_version_is_made_ready_and_read_back_before_it_is_submitted() {
    // Apple takes the write and shows something else: then nothing is submitted.
    let script = vendor(Shelf { release_type: "AFTER_APPROVAL", build: "4126", ..PREPARED }).await;
    assert!(words(act(&script, Action::SubmitForReview).await).contains("release itself"));
    assert_eq!(writes(&script), ["PATCH /v1/appStoreVersions/v1"]);
    let calls = script.calls();
    let patch = calls.iter().find(|it| it.line.starts_with("PATCH")).unwrap();
    assert_eq!(patch.body["data"]["attributes"], json!({ "releaseType": "MANUAL" }));
    assert_eq!(patch.body["data"]["relationships"]["build"]["data"]["id"], "b7");
    // And it shows: then it goes on.
    let looks = Arc::new(AtomicUsize::new(0));
    let script = Script::start(move |call| {
        let before = Shelf { release_type: "AFTER_APPROVAL", phased: "", ..PREPARED };
        if call.line.starts_with("PATCH") || call.line.ends_with("PhasedReleases") {
            looks.fetch_add(1, Ordering::SeqCst);
        }
        let ready = looks.load(Ordering::SeqCst) == 2;
        answer(if ready { &PREPARED } else { &before }, call)
    })
    .await;
    act(&script, Action::SubmitForReview).await.unwrap();
    assert_eq!(
        writes(&script)[..2],
        ["PATCH /v1/appStoreVersions/v1", "POST /v1/appStoreVersionPhasedReleases"]
    );
    assert_eq!(writes(&script).len(), 5);
}

#[tokio::test]
async fn case_29_no_release_request_without_a_phased_release() {
    let pending = Shelf { state: "PENDING_DEVELOPER_RELEASE", ..PREPARED };
    let script = vendor(pending).await;
    act(&script, Action::StartRollout).await.unwrap();
    assert_eq!(writes(&script), ["POST /v1/appStoreVersionReleaseRequests"]);
    // It was made, and does not show.
    let script = vendor(Shelf { phased: "", ..pending }).await;
    assert!(words(act(&script, Action::StartRollout).await).contains("does not show"));
    assert_eq!(writes(&script), ["POST /v1/appStoreVersionPhasedReleases"]);
    for state in ["IN_REVIEW", "ACCEPTED", "PENDING_APPLE_RELEASE", "READY_FOR_DISTRIBUTION"] {
        let script = vendor(Shelf { state, ..PREPARED }).await;
        words(act(&script, Action::StartRollout).await);
        assert_eq!(writes(&script), [""; 0], "{state}");
    }
}

#[tokio::test]
async fn a_phased_release_is_paused_resumed_and_completed_from_where_it_is() {
    let live = Shelf { state: "READY_FOR_DISTRIBUTION", ..PREPARED };
    for (action, from, to) in [
        (Action::PauseRollout, "ACTIVE", "PAUSED"),
        (Action::ResumeRollout, "PAUSED", "ACTIVE"),
        (Action::CompleteRollout, "ACTIVE", "COMPLETE"),
        (Action::CompleteRollout, "PAUSED", "COMPLETE"),
    ] {
        let script = vendor(Shelf { phased: from, ..live }).await;
        act(&script, action).await.unwrap();
        let last = script.calls().pop().unwrap();
        assert_eq!(last.line, "PATCH /v1/appStoreVersionPhasedReleases/p1");
        assert_eq!(last.body["data"]["attributes"], json!({ "phasedReleaseState": to }));
        let script = vendor(Shelf { phased: to, ..live }).await;
        words(act(&script, action).await);
        assert_eq!(writes(&script), [""; 0]);
    }
}

#[tokio::test]
async fn a_refusal_a_lost_answer_and_a_fault_before_are_three_things() {
    let last = "PATCH /v1/reviewSubmissions/s1";
    for (line, code) in [(last, 409), (last, 503), ("POST /v1/reviewSubmissionItems", 503)] {
        let script = Script::start(move |call| {
            if call.line == line {
                let errors = json!([{ "status": code.to_string(), "code": "STATE_ERROR", "title": "the state does not allow it" }]);
                return status(code, &json!({ "errors": errors }));
            }
            answer(&PREPARED, call)
        })
        .await;
        let done = act(&script, Action::SubmitForReview).await;
        let fits = match (line == last, code) {
            (true, 409) => {
                matches!(&done, Err(ActError::Refused { words, .. }) if words.contains("does not allow"))
            }
            (true, _) => matches!(done, Err(ActError::NoAnswer { .. })),
            (false, _) => matches!(done, Err(ActError::NotNow { .. })),
        };
        assert!(fits, "{line} {code}: {done:?}");
        assert_eq!(script.lines(line).len(), 1, "never repeated");
    }
}

fn no_agreement() -> Reply {
    let code = "FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED";
    status(
        403,
        &json!({ "errors": [{ "status": "403", "code": code, "title": "missing", "detail": "in effect" }] }),
    )
}

#[tokio::test]
async fn case_10_an_unsigned_agreement_is_one_cause_for_the_account() {
    let script = Script::start(|_| no_agreement()).await;
    let opened = open(&script.url);
    let apps = [AppId::new("music"), AppId::new("radio")];
    let known = Readings::default();
    let ask = Ask { apps: &apps, known: &known, now: Moment::default(), afresh: false };
    let answers = opened.reads.read(ask).await;
    let errors: Vec<String> =
        answers.iter().map(|it| it.seen.as_ref().unwrap_err().to_string()).collect();
    assert_eq!(errors.len(), 2);
    assert_eq!(errors[0], errors[1]);
    assert!(errors[0].contains("account holder must accept"), "{}", errors[0]);
    assert!(script.calls().len() <= 2, "{:?}", script.lines(""));
    let script = Script::start(|call| {
        if call.line.starts_with("PATCH") {
            return no_agreement();
        }
        answer(&Shelf { state: "READY_FOR_DISTRIBUTION", phased: "ACTIVE", ..PREPARED }, call)
    })
    .await;
    match act(&script, Action::PauseRollout).await {
        Err(ActError::Refused { words, .. }) => {
            assert!(words.contains("account holder"), "{words}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_tick_is_at_most_one_call_an_app_and_one_for_all_of_them() {
    let rolling = Shelf { state: "READY_FOR_DISTRIBUTION", phased: "ACTIVE", ..PREPARED };
    let script = vendor(rolling).await;
    let opened = open(&script.url);
    let apps = [AppId::new("music"), AppId::new("radio")];
    let known = Readings::default();
    let ask = Ask { apps: &apps, known: &known, now: Moment::default(), afresh: false };
    let answers = opened.reads.read(ask).await;
    assert!(answers.iter().all(|it| it.faults.is_empty() && it.seen.as_ref().unwrap().len() == 2));
    script.forget();
    opened.reads.read(ask).await;
    let mut lines = script.lines("GET");
    lines.sort();
    assert_eq!(
        lines,
        [
            "GET /v1/apps/a1/appStoreVersions",
            "GET /v1/apps/a2/appStoreVersions",
            "GET /v1/reviewSubmissions"
        ]
    );
    let bearer = script.calls()[0].authorization.clone();
    assert_eq!(bearer.split('.').count(), 3, "a signed token");
    let probe = opened.reads.probe(Moment::default()).await;
    assert!(probe.wrong.is_empty(), "{:?}", probe.wrong);
    assert!(!format!("{probe:?}").contains(bearer.rsplit('.').next().unwrap()));
}

#[tokio::test]
async fn versions_are_read_each_tick_only_while_one_moves_or_its_submission_does() {
    const VERSIONS: &str = "GET /v1/apps/a1/appStoreVersions";
    let reads = |script: &Script| {
        let count = script.lines(VERSIONS).len();
        script.forget();
        count
    };
    let state = Arc::new(std::sync::Mutex::new(("READY_FOR_DISTRIBUTION", "COMPLETE", "")));
    let theirs = Arc::clone(&state);
    let script = Script::start(move |call| {
        let (state, phased, open) = *theirs.lock().unwrap();
        answer(&Shelf { state, phased, open, ..PREPARED }, call)
    })
    .await;
    let opened = open_one(&script.url);
    let read = async |minutes: i64, afresh: bool| {
        let apps = [AppId::new("music")];
        let now = Moment::from_millis(minutes * 60_000);
        let ask = Ask { apps: &apps, known: &Readings::default(), now, afresh };
        let answers = opened.reads.read(ask).await;
        let seen = answers[0].seen.clone().unwrap();
        let store = seen.iter().find(|it| it.what.kind() == ObservationKind::Store);
        (store.unwrap().observed_at.millis() / 60_000, reads(&script))
    };
    assert_eq!(read(0, false).await, (0, 1));
    assert_eq!(read(5, false).await, (0, 0), "it is as old as it is");
    assert_eq!(read(10, false).await, (0, 0));
    assert_eq!(read(15, false).await, (15, 1));
    assert_eq!(read(16, true).await, (16, 1), "before an action all is read afresh");
    *state.lock().unwrap() = ("WAITING_FOR_REVIEW", "INACTIVE", "WAITING_FOR_REVIEW 1");
    assert_eq!(read(20, false).await, (20, 1), "a submission appeared");
    assert_eq!(read(25, false).await, (20, 0));
    *state.lock().unwrap() = ("PENDING_DEVELOPER_RELEASE", "INACTIVE", "");
    assert_eq!(read(30, false).await, (30, 1), "it is gone again");
    assert_eq!(read(35, false).await, (35, 1), "what is approved may be released at any moment");
    *state.lock().unwrap() = ("READY_FOR_DISTRIBUTION", "ACTIVE", "");
    assert_eq!(read(40, false).await, (40, 1));
    assert_eq!(read(45, false).await, (45, 1), "a phased release moves by itself");
}
