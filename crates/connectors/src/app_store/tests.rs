//! Apple's oddities by their case numbers, and the order of calls when acting.

mod acting;

use super::states::{self, State};
use super::translate::{Open, Record, builds, on_day, store};
use super::wire::{self, Page};
use conductor::observation::{InStore, ObservationKind, PhasedState, Share, StorePhase};
use conductor::{Moment, Platform, Version};
use serde_json::{Value, json};

const RECORD: Record<'_> = Record { app: "a1", platform: "IOS" };

fn versions(answer: &Value) -> Page<wire::Version> {
    serde_json::from_value(answer.clone()).unwrap()
}

fn submissions(answer: &Value) -> Page<wire::Submission> {
    serde_json::from_value(answer.clone()).unwrap()
}

fn nothing_open() -> Page<wire::Submission> {
    submissions(&json!({ "data": [] }))
}

/// A version's row; `phased` is the relation as Apple sends it.
fn row(id: &str, version: &str, state: &str, phased: &Value) -> Value {
    json!({ "type": "appStoreVersions", "id": id,
        "attributes": { "platform": "IOS", "versionString": version, "appVersionState": state, "releaseType": "MANUAL" },
        "relationships": { "appStoreVersionPhasedRelease": phased } })
}

fn one(answer: &Value, open: Open<'_>) -> InStore {
    let seen = store(RECORD, &[versions(answer)], open, true);
    assert_eq!(seen.items.len(), 1, "{seen:?}");
    seen.items.into_iter().next().unwrap()
}

fn with_phased(state: &str, attributes: &Value) -> InStore {
    let phased = json!({ "data": { "type": "appStoreVersionPhasedReleases", "id": "p1" } });
    let open = nothing_open();
    one(
        &json!({ "data": [row("v1", "9.1.24", state, &phased)],
            "included": [{ "type": "appStoreVersionPhasedReleases", "id": "p1", "attributes": attributes }] }),
        Open::Read(&open),
    )
}

#[test]
fn case_22_every_word_of_both_vocabularies_is_known_and_they_agree() {
    let spec_new = [
        "ACCEPTED",
        "DEVELOPER_REJECTED",
        "IN_REVIEW",
        "INVALID_BINARY",
        "METADATA_REJECTED",
        "PENDING_APPLE_RELEASE",
        "PENDING_DEVELOPER_RELEASE",
        "PREPARE_FOR_SUBMISSION",
        "PROCESSING_FOR_DISTRIBUTION",
        "READY_FOR_DISTRIBUTION",
        "READY_FOR_REVIEW",
        "REJECTED",
        "REPLACED_WITH_NEW_VERSION",
        "WAITING_FOR_EXPORT_COMPLIANCE",
        "WAITING_FOR_REVIEW",
    ];
    let spec_old = [
        "ACCEPTED",
        "DEVELOPER_REMOVED_FROM_SALE",
        "DEVELOPER_REJECTED",
        "IN_REVIEW",
        "INVALID_BINARY",
        "METADATA_REJECTED",
        "PENDING_APPLE_RELEASE",
        "PENDING_CONTRACT",
        "PENDING_DEVELOPER_RELEASE",
        "PREPARE_FOR_SUBMISSION",
        "PREORDER_READY_FOR_SALE",
        "PROCESSING_FOR_APP_STORE",
        "READY_FOR_REVIEW",
        "READY_FOR_SALE",
        "REJECTED",
        "REMOVED_FROM_SALE",
        "WAITING_FOR_EXPORT_COMPLIANCE",
        "WAITING_FOR_REVIEW",
        "REPLACED_WITH_NEW_VERSION",
        "NOT_APPLICABLE",
    ];
    for word in spec_new {
        assert!(states::of_version(word).is_some(), "{word}");
    }
    for word in spec_old {
        let old = states::of_store(word).expect(word);
        if let Some(new) = states::of_version(word) {
            assert_eq!(new, old, "{word}");
        }
    }
    for (old, new) in [
        ("READY_FOR_SALE", "READY_FOR_DISTRIBUTION"),
        ("PROCESSING_FOR_APP_STORE", "PROCESSING_FOR_DISTRIBUTION"),
    ] {
        assert_eq!(states::of_store(old), states::of_version(new));
        assert!(states::together(Some(new), Some(old)).is_ok());
        assert!(states::of_version(old).is_none(), "each word belongs to its own vocabulary");
    }
    let contradiction = states::together(Some("IN_REVIEW"), Some("READY_FOR_SALE")).unwrap_err();
    assert!(contradiction.contains("IN_REVIEW") && contradiction.contains("READY_FOR_SALE"));
    assert_eq!(
        states::together(Some("READY_FOR_DISTRIBUTION"), Some("REMOVED_FROM_SALE")),
        Ok(State::Live)
    );
    assert!(states::together(None, None).is_err());
}

#[test]
fn case_22_processing_is_approved_and_not_yet_served() {
    let mut answer = row("v1", "9.1.24", "PROCESSING_FOR_DISTRIBUTION", &json!({ "data": null }));
    answer["attributes"]["appStoreState"] = json!("PROCESSING_FOR_APP_STORE");
    let open = nothing_open();
    let item = one(&json!({ "data": [answer] }), Open::Read(&open));
    assert_eq!((item.phase, item.served), (Some(StorePhase::Approved), None));
    assert!(item.note.unwrap().contains("24 h"));
}

#[test]
fn case_23_unresolved_issues_is_rejected_and_blocks_the_next_one() {
    let open = submissions(&json!({ "data": [{ "type": "reviewSubmissions", "id": "s1",
            "attributes": { "platform": "IOS", "state": "UNRESOLVED_ISSUES", "submittedDate": "2026-03-08T09:00:00Z" },
            "relationships": { "app": { "data": { "type": "apps", "id": "a1" } },
                "items": { "data": [{ "type": "reviewSubmissionItems", "id": "i1" }] },
                "appStoreVersionForReview": { "data": { "type": "appStoreVersions", "id": "v0" } } } }],
        "included": [
            { "type": "reviewSubmissionItems", "id": "i1", "attributes": { "state": "REJECTED" } },
            { "type": "appStoreVersions", "id": "v0", "attributes": { "platform": "IOS", "versionString": "9.1.23" } }] }));
    let none = json!({ "data": null });
    let answer = versions(&json!({ "data": [
        row("v0", "9.1.23", "IN_REVIEW", &none), row("v1", "9.1.24", "PREPARE_FOR_SUBMISSION", &none)] }));
    let seen = store(RECORD, &[answer], Open::Read(&open), true);
    assert_eq!(seen.items[0].phase, Some(StorePhase::Rejected));
    assert_eq!(seen.items[0].since, Moment::parse("2026-03-08T09:00:00Z").ok());
    assert_eq!(seen.items[1].phase, Some(StorePhase::Draft));
    assert!(seen.items[1].note.as_ref().unwrap().contains("9.1.23"), "{:?}", seen.items[1].note);
}

#[test]
fn case_24_and_26_strangers_in_a_list_are_nobodys_version() {
    let mut tv = row("v-tv", "4.1.0", "PREPARE_FOR_SUBMISSION", &json!({ "data": null }));
    tv["attributes"]["platform"] = json!("TV_OS");
    let none = json!({ "data": null });
    let answer = versions(&json!({ "data": [
        tv, row("old", "5.0.1", "REPLACED_WITH_NEW_VERSION", &none), row("cur", "9.1.24", "IN_REVIEW", &none)] }));
    let open = nothing_open();
    let seen = store(RECORD, &[answer], Open::Read(&open), true);
    let found: Vec<_> = seen.items.iter().map(|it| (it.name.as_str(), it.phase)).collect();
    assert_eq!(
        found,
        [("5.0.1", Some(StorePhase::Replaced)), ("9.1.24", Some(StorePhase::InReview))]
    );
}

fn basket(state: &str) -> Page<wire::Submission> {
    submissions(&json!({ "data": [{ "type": "reviewSubmissions", "id": "s1",
            "attributes": { "platform": "IOS", "state": state },
            "relationships": { "app": { "data": { "type": "apps", "id": "a1" } },
                "items": { "data": [{ "type": "x", "id": "i1" }, { "type": "x", "id": "i2" }] },
                "appStoreVersionForReview": { "data": { "type": "appStoreVersions", "id": "v1" } } } }],
        "included": [
            { "type": "reviewSubmissionItems", "id": "i1", "attributes": { "state": "ACCEPTED" } },
            { "type": "reviewSubmissionItems", "id": "i2", "attributes": { "state": "REJECTED" } }] }))
}

#[test]
fn case_25_accepted_is_not_approved() {
    let answer = json!({ "data": [row("v1", "9.1.24", "ACCEPTED", &json!({ "data": null }))] });
    let item = one(&answer, Open::Read(&nothing_open()));
    assert_eq!(item.phase, Some(StorePhase::InReview));
    let item = one(&answer, Open::Read(&basket("UNRESOLVED_ISSUES")));
    assert_eq!(item.phase, Some(StorePhase::Rejected));
    assert!(item.note.unwrap().contains("1 of 2"));
    let item = one(&answer, Open::NotRead);
    assert_eq!(item.phase, None, "a lesser key must not make it look well");
    assert!(item.note.unwrap().contains("cannot be read"));
}

#[test]
fn case_12_a_withdrawal_that_was_accepted_is_not_yet_true() {
    let answer =
        json!({ "data": [row("v1", "9.1.24", "WAITING_FOR_REVIEW", &json!({ "data": null }))] });
    let mut open = basket("CANCELING");
    open.included.clear();
    let item = one(&answer, Open::Read(&open));
    assert_eq!(item.phase, Some(StorePhase::WaitingForReview));
    assert!(item.note.unwrap().contains("being withdrawn"));
}

#[test]
fn case_27_a_version_that_will_release_itself_says_so() {
    let mut answer = row("v1", "9.1.24", "WAITING_FOR_REVIEW", &json!({ "data": null }));
    answer["attributes"]["releaseType"] = json!("AFTER_APPROVAL");
    let open = nothing_open();
    let item = one(&json!({ "data": [answer] }), Open::Read(&open));
    assert!(item.note.unwrap().contains("release itself on approval"));
}

#[test]
fn case_28_a_phased_release_tells_day_share_and_pauses() {
    let item = with_phased(
        "READY_FOR_DISTRIBUTION",
        &json!({ "phasedReleaseState": "ACTIVE", "startDate": "2026-03-09T14:00:00Z", "totalPauseDuration": 0, "currentDayNumber": 2 }),
    );
    assert_eq!((item.phase, item.served), (Some(StorePhase::RollingOut), Some(Share(20_000))));
    assert_eq!(item.since, Moment::parse("2026-03-09T14:00:00Z").ok());
    let item = with_phased(
        "READY_FOR_DISTRIBUTION",
        &json!({ "phasedReleaseState": "PAUSED", "startDate": "2026-03-09T14:00:00Z", "totalPauseDuration": 28, "currentDayNumber": 3 }),
    );
    assert_eq!((item.phase, item.served), (Some(StorePhase::Halted), Some(Share(50_000))));
    let phased = item.phased.unwrap();
    assert_eq!((phased.day, phased.state, phased.paused_days), (3, PhasedState::Paused, 28));
    let item = with_phased("READY_FOR_DISTRIBUTION", &json!({ "phasedReleaseState": "COMPLETE" }));
    assert_eq!((item.phase, item.served), (Some(StorePhase::Complete), Some(Share::ALL)));
    let item = with_phased("READY_FOR_DISTRIBUTION", &json!({ "phasedReleaseState": "ACTIVE" }));
    assert_eq!((item.phase, item.served), (Some(StorePhase::RollingOut), None), "no day, no share");
    let shares = (0..=8).map(|day| on_day(day).map(|it| it.0 / 10_000));
    let table =
        [None, Some(1), Some(2), Some(5), Some(10), Some(20), Some(50), Some(100), Some(100)];
    assert!(shares.eq(table));
}

#[test]
fn case_29_no_phased_release_and_one_that_was_not_sent_are_two_things() {
    let open = nothing_open();
    let live = |relation: &Value| {
        one(
            &json!({ "data": [row("v1", "9.1.24", "READY_FOR_DISTRIBUTION", relation)] }),
            Open::Read(&open),
        )
    };
    let item = live(&json!({ "data": null }));
    assert_eq!((item.phase, item.served), (Some(StorePhase::Complete), Some(Share::ALL)));
    // Case 52: asked for and not delivered, in three ways.
    for lacks in [
        json!({}),
        json!({ "links": { "related": "x" } }),
        json!({ "data": { "type": "p", "id": "p9" } }),
    ] {
        let item = live(&lacks);
        assert_eq!((item.phase, item.served), (None, None), "{lacks}");
        assert!(item.note.is_some());
    }
    let pending = row("v1", "9.1.24", "PENDING_DEVELOPER_RELEASE", &json!({ "data": null }));
    let item = one(&json!({ "data": [pending] }), Open::Read(&open));
    assert!(item.note.unwrap().contains("would reach 100 %"));
    let ready =
        with_phased("PENDING_DEVELOPER_RELEASE", &json!({ "phasedReleaseState": "INACTIVE" }));
    assert_eq!((ready.phase, ready.note), (Some(StorePhase::Approved), None));
}

#[test]
fn case_51_a_word_that_we_do_not_know_loses_no_row_and_means_nothing() {
    let open = nothing_open();
    let answer = json!({ "data": [row("v1", "9.1.24", "HIBERNATING", &json!({ "data": null }))] });
    let item = one(&answer, Open::Read(&open));
    assert_eq!(item.phase, None);
    assert!(item.note.unwrap().contains("HIBERNATING"));
    let item = with_phased(
        "READY_FOR_DISTRIBUTION",
        &json!({ "phasedReleaseState": "MELTING", "currentDayNumber": 7 }),
    );
    assert_eq!((item.phase, item.served), (None, None));
    assert!(item.note.unwrap().contains("MELTING"));
}

#[test]
fn a_version_names_the_build_that_is_attached() {
    let mut answer = row("v1", "9.1.24", "IN_REVIEW", &json!({ "data": null }));
    answer["relationships"]["build"] = json!({ "data": { "type": "builds", "id": "b1" } });
    let open = nothing_open();
    let included = json!([{ "type": "builds", "id": "b1", "attributes": { "version": "4127", "processingState": "VALID" } }]);
    let item = one(&json!({ "data": [answer], "included": included }), Open::Read(&open));
    assert_eq!(item.builds, ["4127"]);
    assert_eq!(item.version, Version::parse("9.1.24").ok());
}

fn build(number: &str, state: &str, app: &str, pre: &Value) -> Value {
    json!({ "type": "builds", "id": format!("b{number}"),
        "attributes": { "version": number, "processingState": state, "uploadedDate": "2026-03-10T08:00:00-07:00", "expired": false },
        "relationships": { "app": { "data": { "type": "apps", "id": app } }, "preReleaseVersion": pre } })
}

#[test]
fn builds_are_sorted_to_apps_platforms_and_what_is_known_of_them() {
    let ios = json!({ "data": { "type": "preReleaseVersions", "id": "p-ios" } });
    let mac = json!({ "data": { "type": "preReleaseVersions", "id": "p-mac" } });
    let page: Page<wire::Build> = serde_json::from_value(json!({
        "data": [
            build("4127", "VALID", "a1", &ios), build("4128", "PROCESSING", "a1", &ios),
            build("4129", "INVALID", "a1", &ios), build("4130", "DREAMING", "a1", &ios),
            build("4131", "VALID", "a1", &mac), build("4132", "VALID", "a2", &ios),
            build("4133", "VALID", "a1", &json!({ "links": { "related": "x" } })),
        ],
        "included": [
            { "type": "preReleaseVersions", "id": "p-ios", "attributes": { "version": "9.1.24", "platform": "IOS" } },
            { "type": "preReleaseVersions", "id": "p-mac", "attributes": { "version": "9.1.24", "platform": "MAC_OS" } },
        ],
        "links": { "next": "more" } }))
    .unwrap();
    let list = builds(RECORD, &page, false);
    let known: Vec<_> =
        list.items.iter().map(|it| (it.number.as_str(), it.verified, it.uploaded)).collect();
    assert_eq!(
        known,
        [
            ("4127", Some(true), Some(true)),
            ("4128", None, None),
            ("4129", Some(false), Some(false)),
            ("4130", None, None),
            // Case 52: its version was not sent, so it is kept and proves nothing.
            ("4133", None, None),
        ]
    );
    assert!(!list.complete);
    assert_eq!(list.items[0].made_at, Moment::parse("2026-03-10T15:00:00Z").ok());
}

/// How the App Store takes part in what all connectors must do.
pub(crate) fn plug() -> crate::contract::Plug {
    use crate::stub::Reply;
    const ROUTE: &str = "GET /v1/apps/a1/appStoreVersions";
    fn page(version: &str, next: Option<&str>) -> Value {
        let none = json!({ "data": null });
        json!({ "data": [row(version, version, "READY_FOR_DISTRIBUTION", &none)], "links": { "next": next } })
    }
    crate::contract::Plug {
        open: acting::open_one,
        app: "music",
        good: |stub| {
            stub.on(
                "GET /v1/apps",
                Reply::json(
                    r#"{"data":[{"id":"a1","attributes":{"bundleId":"com.example.music"}}]}"#,
                ),
            );
            stub.on(ROUTE, Reply::json(page("9.1.24", None)));
            stub.on("GET /v1/reviewSubmissions", Reply::json(r#"{"data":[]}"#));
            stub.on("GET /v1/builds", Reply::json(r#"{"data":[]}"#));
        },
        route: ROUTE,
        slot: (Some(Platform::Ios), ObservationKind::Store),
        other: Some((Some(Platform::Ios), ObservationKind::Builds)),
        pages: |stub, second| {
            let next = format!("{}?cursor=2", ROUTE.replace("GET ", &stub.url));
            stub.on(ROUTE, Reply::json(page("9.1.24", Some(&next))));
            let second = second.unwrap_or_else(|| Reply::json(page("9.1.23", None)));
            stub.on(&format!("{ROUTE}?cursor=2"), second);
        },
        lacking: r#"{"data":[{"id":"v1","attributes":{"platform":"IOS"}}]}"#,
        nothing: r#"{"data":[]}"#,
    }
}
