//! Google Play's oddities by their case numbers, and the order of calls when acting.

pub(crate) mod script;

mod acting;

use super::change::change;
use super::translate::{Lifecycle, builds, lifecycle, merged, store, version_in};
use super::wire::{Summaries, Track, WholeTrack};
use conductor::observation::{InStore, ObservationKind, Share, StorePhase};
use conductor::{Action, Platform, Version};
use serde_json::{Value, json};

fn summaries(releases: &[(&str, &str, &[u64])]) -> Summaries {
    let releases: Vec<Value> = releases
        .iter()
        .map(|(name, state, codes)| {
            json!({
                "releaseName": name,
                "track": "production",
                "releaseLifecycleState": format!("RELEASE_LIFECYCLE_STATE_{state}"),
                "activeArtifacts":
                    codes.iter().map(|code| json!({ "versionCode": code })).collect::<Vec<_>>(),
            })
        })
        .collect();
    serde_json::from_value(json!({ "releases": releases })).unwrap()
}

fn track(releases: &Value) -> Track {
    serde_json::from_value(json!({ "track": "production", "releases": releases })).unwrap()
}

fn one(state: &str, asked: &Value) -> InStore {
    let seen = store(&summaries(&[("9.1.24", state, &[4127])]), Some(&track(asked)), "link");
    assert_eq!(seen.items.len(), 1);
    seen.items.into_iter().next().unwrap()
}

#[test]
fn case_20_a_share_in_review_is_asked_for_and_not_served() {
    let asked = json!([{ "name": "9.1.24", "versionCodes": ["4127"], "status": "inProgress", "userFraction": 0.01 }]);
    let item = one("IN_REVIEW", &asked);
    assert_eq!(item.phase, Some(StorePhase::InReview));
    assert_eq!((item.asked, item.served), (Some(Share(10_000)), None));
    let item = one("PUBLISHED", &asked);
    assert_eq!(item.phase, Some(StorePhase::RollingOut));
    assert_eq!(item.served, Some(Share(10_000)));
}

#[test]
fn case_17_almost_everybody_is_not_everybody() {
    let asked =
        json!([{ "versionCodes": ["4127"], "status": "inProgress", "userFraction": 0.9999 }]);
    let item = one("PUBLISHED", &asked);
    assert_eq!(item.phase, Some(StorePhase::RollingOut));
    assert_eq!(item.served, Some(Share(999_900)));
}

#[test]
fn case_16_a_rollout_without_a_share_is_neither_nobody_nor_everybody() {
    let item = one("PUBLISHED", &json!([{ "versionCodes": ["4127"], "status": "inProgress" }]));
    assert_eq!((item.phase, item.served), (Some(StorePhase::RollingOut), None));
    assert!(item.note.is_some());
}

#[test]
fn case_18_a_halt_after_everybody_had_it_is_a_halt_and_the_older_one_is_complete() {
    let seen = store(
        &summaries(&[("9.1.24", "PUBLISHED", &[4127]), ("9.1.23", "PUBLISHED", &[4101])]),
        Some(&track(&json!([
            { "name": "9.1.24", "versionCodes": ["4127"], "status": "halted" },
            { "name": "9.1.23", "versionCodes": ["4101"], "status": "completed" },
        ]))),
        "link",
    );
    let phases: Vec<_> = seen.items.iter().map(|it| it.phase).collect();
    assert_eq!(phases, [Some(StorePhase::Halted), Some(StorePhase::Complete)]);
    assert_eq!(seen.items[1].served, Some(Share::ALL));
}

#[test]
fn case_48_two_releases_of_one_name_are_told_apart_by_their_codes() {
    let seen = store(
        &summaries(&[("1.0.17 (672)", "PUBLISHED", &[672]), ("1.0.17 (668)", "PUBLISHED", &[668])]),
        Some(&track(&json!([
            { "name": "1.0.17 (668)", "versionCodes": ["668"], "status": "completed" },
            { "name": "1.0.17 (672)", "versionCodes": ["672"], "status": "inProgress", "userFraction": 0.2 },
        ]))),
        "link",
    );
    assert_eq!(seen.items[0].builds, ["672"]);
    assert_eq!(seen.items[0].phase, Some(StorePhase::RollingOut));
    assert_eq!(seen.items[1].phase, Some(StorePhase::Complete));
}

#[test]
fn case_51_a_word_that_we_do_not_know_loses_no_row_and_means_nothing() {
    let item = one("HIBERNATING", &json!([{ "versionCodes": ["4127"], "status": "completed" }]));
    assert_eq!((item.phase, item.served), (None, None));
    assert!(item.note.unwrap().contains("HIBERNATING"));
    let item = one("PUBLISHED", &json!([{ "versionCodes": ["4127"], "status": "melting" }]));
    assert_eq!((item.phase, item.asked, item.served), (None, None, None));
    assert!(item.note.unwrap().contains("melting"));
}

#[test]
fn published_without_the_track_is_published_to_an_unknown_share() {
    let seen = store(&summaries(&[("9.1.24", "PUBLISHED", &[4127])]), None, "link");
    assert_eq!((seen.items[0].phase, seen.items[0].served), (None, None));
    let other = track(&json!([{ "versionCodes": ["4101"], "status": "completed" }]));
    let seen = store(&summaries(&[("9.1.24", "PUBLISHED", &[4127])]), Some(&other), "link");
    assert_eq!(seen.items[0].phase, None, "another release's status is not ours");
}

#[test]
fn every_word_of_the_life_cycle_is_known() {
    use StorePhase as P;
    let is = |state: &str| match lifecycle(&format!("RELEASE_LIFECYCLE_STATE_{state}")) {
        Lifecycle::Is(phase, _) => Some(phase),
        Lifecycle::Published | Lifecycle::Unknown => None,
    };
    assert_eq!(is("DRAFT"), Some(P::Draft));
    assert_eq!(is("NOT_SENT_FOR_REVIEW"), Some(P::NeedsPerson));
    assert_eq!(is("IN_REVIEW"), Some(P::InReview));
    assert_eq!(is("APPROVED_NOT_PUBLISHED"), Some(P::Approved));
    assert_eq!(is("NOT_APPROVED"), Some(P::Rejected));
    assert_eq!(lifecycle("RELEASE_LIFECYCLE_STATE_PUBLISHED"), Lifecycle::Published);
    assert_eq!(lifecycle("RELEASE_LIFECYCLE_STATE_UNSPECIFIED"), Lifecycle::Unknown);
    assert_eq!(lifecycle(""), Lifecycle::Unknown);
}

#[test]
fn a_list_of_twenty_may_have_been_cut() {
    let rows: Vec<(&str, &str, &[u64])> = vec![("9.1.24", "PUBLISHED", &[4127]); 20];
    assert!(!store(&summaries(&rows), None, "").complete);
    assert!(store(&summaries(&rows[..19]), None, "").complete);
    assert!(store(&summaries(&[]), None, "").complete);
}

#[test]
fn names_give_a_version_only_where_they_begin_with_one() {
    let is = |name: &str| version_in(name).map(|it| it.as_str().to_owned());
    assert_eq!(is("9.1.24").as_deref(), Some("9.1.24"));
    assert_eq!(is("v9.1.24 (4127)").as_deref(), Some("9.1.24"));
    assert_eq!(is("9.1.25 b").as_deref(), Some("9.1.25"));
    assert_eq!(is("2026.3-beta2: spring").as_deref(), Some("2026.3-beta2"));
    for none in ["", "Mar 10 3:04 PM", "4 March", "10-03-2026", "Spring 9.1", "4127"] {
        assert_eq!(is(none), None, "{none}");
    }
}

#[test]
fn builds_of_several_tracks_are_one_list_newest_first() {
    let lists = [
        builds(&summaries(&[("9.1.24", "PUBLISHED", &[4127])]), "link"),
        builds(
            &summaries(&[
                ("Spring", "PUBLISHED", &[10_000, 4127]),
                ("9.1.25", "IN_REVIEW", &[9_999]),
            ]),
            "link",
        ),
    ];
    let all = merged(lists);
    let numbers: Vec<_> = all.items.iter().map(|it| it.number.as_str()).collect();
    assert_eq!(numbers, ["10000", "9999", "4127"]);
    assert_eq!(all.items[2].version, Version::parse("9.1.24").ok());
    assert!(all.items.iter().all(|it| it.uploaded == Some(true) && it.verified.is_none()));
}

fn whole(releases: &Value) -> WholeTrack {
    serde_json::from_value(json!({ "track": "production", "releases": releases, "strange": 7 }))
        .unwrap()
}

fn changed(releases: &Value, action: Action, share: Share) -> Result<Value, String> {
    let version = Version::parse("9.1.24").unwrap();
    change(&whole(releases), action, &version, "4127", share)
        .map(|track| serde_json::to_value(track).unwrap())
}

#[test]
fn case_15_all_other_releases_go_back_as_they_came() {
    let old = json!({ "name": "9.1.23", "versionCodes": ["4101", "16"], "status": "completed",
        "releaseNotes": [{ "language": "en", "text": "…" }], "somethingNew": { "a": 1 } });
    let sent = changed(&json!([old]), Action::SubmitForReview, Share(10_000)).unwrap();
    assert_eq!(
        sent,
        json!({ "track": "production", "strange": 7, "releases": [
            { "name": "9.1.24", "versionCodes": ["4127"], "status": "inProgress", "userFraction": 0.01 },
            old,
        ]})
    );
    let ours = json!({ "name": "9.1.24", "versionCodes": ["4127", "9"], "status": "inProgress",
        "userFraction": 0.01, "inAppUpdatePriority": 3 });
    let sent = changed(&json!([ours, old]), Action::PauseRollout, Share::ALL).unwrap();
    let mut halted = ours.clone();
    halted["status"] = json!("halted");
    assert_eq!(sent["releases"], json!([halted, old]));
}

#[test]
fn case_16_no_illegal_body_can_be_made() {
    let legal = |body: &Value| {
        for release in body["releases"].as_array().unwrap() {
            let fraction = release.get("userFraction").map(|it| it.as_f64().unwrap());
            match release["status"].as_str().unwrap() {
                "completed" | "draft" => assert_eq!(fraction, None, "{body}"),
                "inProgress" => assert!(fraction.is_some_and(|it| it > 0.0 && it < 1.0), "{body}"),
                "halted" => assert!(fraction.is_none_or(|it| it > 0.0 && it < 1.0), "{body}"),
                other => panic!("{other}"),
            }
        }
    };
    let states = [
        json!([]),
        json!([{ "versionCodes": ["4127"], "status": "draft" }]),
        json!([{ "versionCodes": ["4127"], "status": "inProgress", "userFraction": 0.2 }]),
        json!([{ "versionCodes": ["4127"], "status": "halted", "userFraction": 0.2 }]),
        json!([{ "versionCodes": ["4127"], "status": "halted" }]),
        json!([{ "versionCodes": ["4127"], "status": "completed" }]),
    ];
    let mut made = 0;
    for state in &states {
        for action in [
            Action::SubmitForReview,
            Action::CompleteRollout,
            Action::PauseRollout,
            Action::ResumeRollout,
        ] {
            for share in [Share::NONE, Share(1), Share(10_000), Share(999_999), Share::ALL] {
                if let Ok(body) = changed(state, action, share) {
                    legal(&body);
                    made += 1;
                }
            }
        }
    }
    assert!(made > 20, "{made}");
    assert!(changed(&states[0], Action::SubmitForReview, Share::NONE).is_err());
}

#[test]
fn completing_drops_the_share_and_the_older_complete_release() {
    let track = json!([
        { "versionCodes": ["4127"], "status": "inProgress", "userFraction": 0.2 },
        { "versionCodes": ["4101"], "status": "completed" },
        { "versionCodes": ["5000"], "status": "draft" },
    ]);
    let sent = changed(&track, Action::CompleteRollout, Share::ALL).unwrap();
    assert_eq!(
        sent["releases"],
        json!([
            { "versionCodes": ["4127"], "status": "completed" },
            { "versionCodes": ["5000"], "status": "draft" },
        ])
    );
}

#[test]
fn a_resume_goes_back_to_where_it_stood() {
    let part = json!([{ "versionCodes": ["4127"], "status": "halted", "userFraction": 0.05 }]);
    let sent = changed(&part, Action::ResumeRollout, Share::NONE).unwrap();
    assert_eq!(
        sent["releases"][0],
        json!({ "versionCodes": ["4127"], "status": "inProgress", "userFraction": 0.05 })
    );
    let all = json!([{ "versionCodes": ["4127"], "status": "halted" }]);
    let sent = changed(&all, Action::ResumeRollout, Share::NONE).unwrap();
    assert_eq!(sent["releases"][0], json!({ "versionCodes": ["4127"], "status": "completed" }));
}

#[test]
fn an_action_that_does_not_fit_the_track_makes_no_body() {
    let gone = json!([{ "versionCodes": ["4133"], "status": "inProgress", "userFraction": 0.01 }]);
    for action in [Action::CompleteRollout, Action::PauseRollout, Action::ResumeRollout] {
        assert!(changed(&gone, action, Share::ALL).is_err());
    }
    let here = json!([{ "versionCodes": ["4127"], "status": "inProgress", "userFraction": 0.01 }]);
    assert!(changed(&here, Action::SubmitForReview, Share(10_000)).is_err(), "never sent twice");
    assert!(changed(&here, Action::ResumeRollout, Share::ALL).is_err());
    assert!(changed(&here, Action::StartRollout, Share::ALL).is_err());
}

/// How Google Play takes part in what all connectors must do. Its lists have no pages: where another
/// vendor's second page fails, here the list does.
pub(crate) fn plug() -> crate::contract::Plug {
    use crate::stub::Reply;
    const ROUTE: &str =
        "GET /androidpublisher/v3/applications/com.example.music/tracks/production/releases";
    const TWO: &str = r#"{"releases":[
        {"releaseName":"9.1.24","releaseLifecycleState":"RELEASE_LIFECYCLE_STATE_PUBLISHED","activeArtifacts":[{"versionCode":4127}]},
        {"releaseName":"9.1.23","releaseLifecycleState":"RELEASE_LIFECYCLE_STATE_PUBLISHED","activeArtifacts":[{"versionCode":4101}]}]}"#;
    crate::contract::Plug {
        open: acting::open,
        app: "music",
        good: |stub| {
            let edits = "/androidpublisher/v3/applications/com.example.music/edits";
            stub.on("POST /token", Reply::json(r#"{"access_token":"hush-hush"}"#));
            stub.on(ROUTE, Reply::json(TWO));
            for track in ["beta", "internal"] {
                stub.on(&ROUTE.replace("production", track), Reply::json("{}"));
            }
            stub.on(&format!("POST {edits}"), Reply::json(r#"{"id":"e1"}"#));
            stub.on(
                &format!("GET {edits}/e1/tracks"),
                Reply::json(
                    r#"{"tracks":[{"track":"beta"},{"track":"production","releases":[
                        {"versionCodes":["4127"],"status":"inProgress","userFraction":0.05},
                        {"versionCodes":["4101"],"status":"completed"}]}]}"#,
                ),
            );
            stub.on(&format!("DELETE {edits}/e1"), Reply::json(""));
        },
        route: ROUTE,
        slot: (Some(Platform::Android), ObservationKind::Store),
        other: None,
        pages: |stub, second| {
            stub.on(ROUTE, second.unwrap_or_else(|| Reply::json(TWO)));
        },
        lacking: r#"{"releases":[{"releaseName":"9.1.24","activeArtifacts":[{}]}]}"#,
        nothing: "{}",
    }
}
