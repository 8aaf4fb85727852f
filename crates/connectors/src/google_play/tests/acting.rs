//! The order of calls: reading and acting against a vendor with a script.

use super::script::{Call, Given, Reply, Script, ok, status};
use crate::{Opened, SourceSettings};
use conductor::facts::Readings;
use conductor::observation::{Observation, Share, StorePhase};
use conductor::{Action, AppId, Moment, SourceId, Span, TrackId};
use ports::{ActError, Ask, Order};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

const RSA: &str = include_str!("../../../../simulator/keys/demonstration-google.pem");
const EDITS: &str = "/androidpublisher/v3/applications/com.example.music/edits";

pub(super) fn open(url: &str) -> Opened {
    let file = json!({ "client_email": "robot@example.iam", "private_key": RSA, "token_uri": format!("{url}/token") });
    let settings = format!(
        "credentials = {{ env = \"PLAY\" }}\nbase_url = \"{url}\"\ntimeout_ms = 1000\n[apps.music]\npackage = \"com.example.music\"\n"
    );
    let settings =
        SourceSettings::read("google_play", toml::de::Deserializer::parse(&settings).unwrap());
    crate::open(SourceId::new("play"), settings.unwrap(), &Given(file.to_string())).unwrap()
}

fn token(call: &Call) -> Option<Reply> {
    (call.line == "POST /token")
        .then(|| ok(&json!({ "access_token": "hush-hush", "expires_in": 3599 })))
}

fn released(name: &str, state: &str, code: u64) -> Value {
    json!({ "releaseName": name, "track": "t", "activeArtifacts": [{ "versionCode": code }],
        "releaseLifecycleState": format!("RELEASE_LIFECYCLE_STATE_{state}") })
}

/// A vendor where 4127 is at 1 % and 4101 is complete.
fn rolling(call: &Call) -> Reply {
    if let Some(token) = token(call) {
        return token;
    }
    let line = call.line.as_str();
    if line.ends_with("/tracks/production/releases") {
        return ok(
            &json!({ "releases": [released("9.1.24", "PUBLISHED", 4127), released("9.1.23", "PUBLISHED", 4101)] }),
        );
    }
    if line.starts_with("GET") && line.ends_with("/releases") {
        return ok(&json!({}));
    }
    if line == format!("POST {EDITS}") {
        return ok(&json!({ "id": "e1", "expiryTimeSeconds": "1773140400" }));
    }
    let production = || {
        json!({ "track": "production", "releases": [
            { "name": "9.1.24", "versionCodes": ["4127"], "status": "inProgress", "userFraction": 0.01 },
            { "name": "9.1.23", "versionCodes": ["4101"], "status": "completed" },
        ]})
    };
    if line.starts_with("GET") && line.ends_with("/tracks/production") {
        return ok(&production());
    }
    if line.starts_with("GET") && line.ends_with("/e1/tracks") {
        let beta = json!({ "track": "beta", "releases": [
            { "name": "9.1.25", "versionCodes": ["4140"], "status": "completed" },
        ]});
        return ok(&json!({ "tracks": [beta, production(), { "track": "internal" }] }));
    }
    ok(&json!({}))
}

fn order(action: Action) -> Order {
    Order {
        track: TrackId::parse("music/android/9.1.24").unwrap(),
        action,
        build: "4127".to_owned(),
        commit: None,
        share: Share(10_000),
        key: "k".to_owned(),
    }
}

async fn act(script: &Script, action: Action) -> Result<(), ActError> {
    open(&script.url).acts.unwrap().act(&order(action), Moment::default()).await
}

#[tokio::test]
async fn completing_is_one_edit_in_order_and_never_disturbs_a_review() {
    let script = Script::start(rolling).await;
    act(&script, Action::CompleteRollout).await.unwrap();
    let calls = script.calls();
    let writes: Vec<&str> =
        calls.iter().map(|it| it.line.as_str()).filter(|it| it.contains("/edits")).collect();
    assert_eq!(
        writes,
        [
            format!("POST {EDITS}"),
            format!("GET {EDITS}/e1/tracks/production"),
            format!("PUT {EDITS}/e1/tracks/production"),
            format!("POST {EDITS}/e1:commit"),
        ]
    );
    let commit = calls.last().unwrap();
    assert_eq!(commit.query, "changesInReviewBehavior=ERROR_IF_IN_REVIEW");
    assert_eq!(commit.authorization, "Bearer hush-hush");
    let put = calls.iter().find(|it| it.line.starts_with("PUT")).unwrap();
    assert_eq!(
        put.body["releases"],
        json!([{ "name": "9.1.24", "versionCodes": ["4127"], "status": "completed" }])
    );
    assert_eq!(script.lines("POST /token").len(), 1);
}

#[tokio::test]
async fn a_refused_commit_is_final_and_its_edit_is_deleted() {
    let script = Script::start(|call| {
        if call.line.ends_with(":commit") {
            let words = "Changes are in review already.";
            return status(400, &json!({ "error": { "code": 400, "message": words, "status": "FAILED_PRECONDITION" } }));
        }
        rolling(call)
    })
    .await;
    match act(&script, Action::PauseRollout).await {
        Err(ActError::Refused { words, .. }) => {
            assert!(words.contains("in review already"), "{words}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(script.lines("DELETE"), [format!("DELETE {EDITS}/e1")]);
    assert_eq!(script.calls().iter().filter(|it| it.line.ends_with(":commit")).count(), 1);
}

#[tokio::test]
async fn case_46_a_commit_without_an_answer_is_uncertain_and_is_not_repeated() {
    let script = Script::start(|call| {
        if call.line.ends_with(":commit") { status(502, &json!({})) } else { rolling(call) }
    })
    .await;
    assert!(matches!(act(&script, Action::CompleteRollout).await, Err(ActError::NoAnswer { .. })));
    assert_eq!(script.calls().iter().filter(|it| it.line.ends_with(":commit")).count(), 1);
}

#[tokio::test]
async fn case_13_a_lost_edit_is_not_replayed() {
    for lost_at in ["PUT", "POST"] {
        let script = Script::start(move |call| {
            let commit = call.line.ends_with(":commit");
            if (lost_at == "PUT" && call.line.starts_with("PUT")) || (lost_at == "POST" && commit) {
                let reason = json!([{ "domain": "androidpublisher", "reason": "editDeleted" }]);
                return status(410, &json!({ "error": { "code": 410, "errors": reason } }));
            }
            rolling(call)
        })
        .await;
        match act(&script, Action::CompleteRollout).await {
            Err(ActError::NotNow { words, .. }) => {
                assert!(words.contains("edit was lost"), "{words}");
            }
            other => panic!("{lost_at}: {other:?}"),
        }
        assert_eq!(
            script
                .lines(&format!("POST {EDITS}"))
                .iter()
                .filter(|it| !it.ends_with("commit"))
                .count(),
            1
        );
    }
}

#[tokio::test]
async fn a_fault_before_the_commit_had_no_effect() {
    let script = Script::start(|call| {
        if call.line.starts_with("PUT") { status(500, &json!({})) } else { rolling(call) }
    })
    .await;
    assert!(matches!(act(&script, Action::CompleteRollout).await, Err(ActError::NotNow { .. })));
    assert_eq!(script.lines("DELETE").len(), 1);
    assert!(script.calls().iter().all(|it| !it.line.ends_with(":commit")));
}

#[tokio::test]
async fn case_14_nothing_is_committed_while_something_else_waits_but_a_halt_is_tried() {
    let script = Script::start(|call| {
        if call.line.ends_with("/tracks/beta/releases") {
            return ok(&json!({ "releases": [
                released("9.1.25", "IN_REVIEW", 4130), released("9.1.25 b", "NOT_SENT_FOR_REVIEW", 4131),
            ]}));
        }
        rolling(call)
    })
    .await;
    match act(&script, Action::CompleteRollout).await {
        Err(ActError::NotNow { words, .. }) => {
            assert!(words.contains("9.1.25 (4130) is in review"), "{words}");
            assert!(words.contains("(4131) waits to be sent"), "{words}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(script.lines(&format!("POST {EDITS}")), [""; 0]);
    act(&script, Action::PauseRollout).await.unwrap();
}

#[tokio::test]
async fn what_is_not_published_is_not_raised_and_what_play_has_is_not_sent_again() {
    let script = Script::start(|call| {
        if call.line.ends_with("/tracks/production/releases") {
            return ok(&json!({ "releases": [released("9.1.24", "IN_REVIEW", 4127)] }));
        }
        rolling(call)
    })
    .await;
    for action in [Action::CompleteRollout, Action::PauseRollout, Action::SubmitForReview] {
        assert!(matches!(act(&script, action).await, Err(ActError::NotNow { .. })), "{action:?}");
    }
    assert!(matches!(act(&script, Action::StartRollout).await, Err(ActError::Refused { .. })));
    assert_eq!(script.lines(&format!("POST {EDITS}")), [""; 0]);
}

async fn phases(opened: &Opened, minute: i64, afresh: bool) -> (Vec<Option<StorePhase>>, Moment) {
    let apps = [AppId::new("music")];
    let known = Readings::default();
    let now = Moment::default() + Span::minutes(minute);
    let answers = opened.reads.read(Ask { apps: &apps, known: &known, now, afresh }).await;
    assert_eq!(answers.len(), 1);
    assert!(answers[0].faults.is_empty(), "{:?}", answers[0].faults);
    let seen = answers[0].seen.as_ref().unwrap();
    let at = |seen: &conductor::observation::Observed| match &seen.what {
        Observation::Store { list, .. } => {
            Some((list.items.iter().map(|it| it.phase).collect(), seen.observed_at))
        }
        _ => None,
    };
    seen.iter().find_map(at).unwrap()
}

#[tokio::test]
async fn shares_are_read_by_an_edit_that_is_thrown_away_and_only_now_and_then() {
    let script = Script::start(rolling).await;
    let opened = open(&script.url);
    let (seen, at) = phases(&opened, 0, false).await;
    assert_eq!(seen, [Some(StorePhase::RollingOut), Some(StorePhase::Complete)]);
    assert_eq!(at, Moment::default());
    assert_eq!(script.lines("DELETE"), [format!("DELETE {EDITS}/e1")]);
    script.forget();
    // The share is then five minutes old, and the reading says so.
    assert_eq!(phases(&opened, 5, false).await.1, Moment::default());
    assert_eq!(phases(&opened, 10, false).await.1, Moment::default());
    assert_eq!(script.calls().len(), 2, "{:?}", script.calls());
    assert_eq!(phases(&opened, 15, false).await.1, Moment::default() + Span::minutes(15));
    script.forget();
    phases(&opened, 16, true).await;
    assert_eq!(script.lines("DELETE").len(), 1, "before an action all is read afresh");
    script.forget();
    opened
        .acts
        .as_ref()
        .unwrap()
        .act(&order(Action::PauseRollout), Moment::default())
        .await
        .unwrap();
    script.forget();
    phases(&opened, 17, false).await;
    assert_eq!(script.lines("DELETE").len(), 1, "after an action the old share is forgotten");
}

#[tokio::test]
async fn production_is_read_each_tick_only_while_something_is_on_its_way_there() {
    let script = Script::start(|call| {
        if call.line.ends_with("/tracks/production/releases") {
            return ok(&json!({ "releases": [released("9.1.23", "PUBLISHED", 4101)] }));
        }
        rolling(call)
    })
    .await;
    let opened = open(&script.url);
    for (minute, at, lists) in [(0, 0, 1), (5, 0, 0), (10, 10, 1), (15, 10, 0)] {
        script.forget();
        let (_, seen_at) = phases(&opened, minute, false).await;
        assert_eq!(seen_at, Moment::default() + Span::minutes(at), "as old as the list is");
        let asked =
            script.calls().iter().filter(|it| it.line.ends_with("/production/releases")).count();
        assert_eq!(asked, lists, "at {minute}");
    }
    script.forget();
    phases(&opened, 16, true).await;
    assert!(script.calls().iter().any(|it| it.line.ends_with("/production/releases")));
}

#[tokio::test]
async fn an_edit_that_is_open_tells_the_builds_of_the_other_tracks_too() {
    let script = Script::start(rolling).await;
    let opened = open(&script.url);
    let apps = [AppId::new("music")];
    let known = Readings::default();
    for afresh in [false, true] {
        script.forget();
        let ask = Ask { apps: &apps, known: &known, now: Moment::default(), afresh };
        let answers = opened.reads.read(ask).await;
        let seen = answers[0].seen.as_ref().unwrap();
        let builds = seen.iter().find_map(|it| match &it.what {
            Observation::Builds { list, .. } => Some(list),
            _ => None,
        });
        let numbers: Vec<_> = builds.unwrap().items.iter().map(|it| it.number.as_str()).collect();
        assert_eq!(numbers, ["4140", "4127", "4101"]);
        let lists = script.calls().iter().filter(|it| it.line.ends_with("/releases")).count();
        assert_eq!(lists, 1, "beta and internal need no calls of their own");
    }
}

#[tokio::test]
async fn a_track_that_the_edit_does_not_show_is_asked_for_by_its_name() {
    let script = Script::start(|call| {
        if call.line.starts_with("GET") && call.line.ends_with("/e1/tracks") {
            return ok(&json!({ "tracks": [{ "track": "production", "releases": [] }] }));
        }
        rolling(call)
    })
    .await;
    phases(&open(&script.url), 0, false).await;
    let lists = script.calls().iter().filter(|it| it.line.ends_with("/releases")).count();
    assert_eq!(lists, 3);
}

#[tokio::test]
async fn case_13_reading_and_acting_take_turns() {
    static OPEN: AtomicUsize = AtomicUsize::new(0);
    let script = Script::start(|call| {
        if call.line == format!("POST {EDITS}") {
            assert_eq!(OPEN.fetch_add(1, Ordering::SeqCst), 0, "an edit while another is open");
        }
        if call.line.ends_with(":commit") || call.line.starts_with("DELETE") {
            OPEN.fetch_sub(1, Ordering::SeqCst);
        }
        rolling(call)
    })
    .await;
    let opened = open(&script.url);
    let acts = opened.acts.clone().unwrap();
    let pause = order(Action::PauseRollout);
    let (done, _, _) = tokio::join!(
        acts.act(&pause, Moment::default()),
        phases(&opened, 0, true),
        phases(&opened, 0, true)
    );
    done.unwrap();
    assert_eq!(OPEN.load(Ordering::SeqCst), 0);
    assert_eq!(script.calls().iter().filter(|it| it.line.ends_with(":commit")).count(), 1);
}

#[tokio::test]
async fn a_refused_service_account_says_where_it_lies_and_no_secret() {
    let script = Script::start(|call| {
        if call.line == "POST /token" {
            return status(400, &json!({ "error": "invalid_grant", "error_description": RSA }));
        }
        rolling(call)
    })
    .await;
    let opened = open(&script.url);
    let apps = [AppId::new("music")];
    let known = Readings::default();
    let ask = Ask { apps: &apps, known: &known, now: Moment::default(), afresh: false };
    let answers = opened.reads.read(ask).await;
    let error = answers[0].seen.as_ref().unwrap_err().to_string();
    assert!(error.contains("PLAY"), "{error}");
    assert!(!format!("{answers:?}").contains("MIIE"), "{error}");
    let probe = opened.reads.probe(Moment::default()).await;
    assert!(probe.good.is_empty() && !probe.wrong.is_empty());
}
