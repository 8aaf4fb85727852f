//! Values for tests, short to write.

use conductor::Version;
use conductor::intent::{Intent, IntentKey, IntentState};
use conductor::journal::{Actor, Draft, EntryKind};
use conductor::observation::{Bug, Listing, Named, Observation, ObservationKind, Slot};
use conductor::people::{CandidateMark, Hold, Waiver};
use conductor::{
    Action, AppId, Moment, Person, Platform, Reading, SourceId, Span, TrackId, observation::Sha,
};
use ports::{IntentWrite, Keep, Lease, Store, StoredReading};

/// So many minutes after some morning.
pub(crate) fn at(minute: i64) -> Moment {
    Moment::parse("2026-03-01T10:00:00Z").unwrap() + Span::minutes(minute)
}

pub(crate) fn track(text: &str) -> TrackId {
    TrackId::parse(text).unwrap()
}

pub(crate) fn music() -> TrackId {
    track("music/android/9.1.24")
}

/// The lease of the one conductor of a test.
pub(crate) async fn conduct(store: &dyn Store) -> Lease {
    store.lease("first", Span::hours(1), at(0)).await.unwrap().unwrap()
}

/// So many open bugs of an app, asked at that minute, vouched for until a minute before.
pub(crate) fn bugs(app: &str, open: usize, minute: i64) -> StoredReading {
    let bug = |n| Bug {
        key: format!("{}-{n}", app.to_uppercase()),
        title: "It is <b>\u{202e}broken</b> \u{0}".to_owned(),
        rides: Vec::new(),
        priority: None,
        blocking: true,
        open: true,
        assignee: Some(Person::new("Ada Byron")),
        created_at: Some(at(0)),
        link: None,
    };
    let value = Observation::Bugs { list: Listing::whole((0..open).map(bug).collect()) };
    stored("jira", app, value, minute)
}

pub(crate) fn planned(app: &str, minute: i64) -> StoredReading {
    stored("jira", app, Observation::Planned { list: Listing::whole(Vec::new()) }, minute)
}

/// A named value of one build, with all that can be told of it.
pub(crate) fn named(app: &str, minute: i64) -> StoredReading {
    let value = Named {
        version: Some(Version::parse("9.1.24").unwrap()),
        build: Some("4127".to_owned()),
        sample: Some(u64::MAX >> 1),
        at: Some(at(0)),
        note: Some("\u{202e}".to_owned()),
        link: Some("https://ci.example/1".to_owned()),
        ..Named::new("errors", "0.5")
    };
    let list = Listing::whole(vec![value]);
    stored("ci", app, Observation::Named { platform: Some(Platform::Android), list }, minute)
}

pub(crate) fn builds(app: &str, platform: Platform, minute: i64) -> StoredReading {
    let list = Listing { items: Vec::new(), complete: false };
    stored("github", app, Observation::Builds { platform, list }, minute)
}

fn stored(source: &str, app: &str, value: Observation, minute: i64) -> StoredReading {
    let source = SourceId::new(source);
    let slot = Slot {
        source: source.clone(),
        app: AppId::new(app),
        platform: value.platform().cloned(),
        kind: value.kind(),
    };
    let reading = Reading {
        value,
        source,
        observed_at: at(minute) - Span::minutes(1),
        fetched_at: at(minute),
        link: Some("https://tracker.example/list".to_owned()),
    };
    StoredReading { slot, reading }
}

/// The slot of [`bugs`].
pub(crate) fn bugs_slot(app: &str) -> Slot {
    Slot {
        source: SourceId::new("jira"),
        app: AppId::new(app),
        platform: None,
        kind: ObservationKind::Bugs,
    }
}

/// That the bugs were asked again and are the same.
pub(crate) fn same_bugs(app: &str, minute: i64) -> (Slot, Moment, Moment) {
    (bugs_slot(app), at(minute) - Span::minutes(1), at(minute))
}

pub(crate) fn changed(changed: Vec<StoredReading>) -> Keep {
    Keep { changed, ..Keep::default() }
}

pub(crate) fn fresh(fresh: Vec<(Slot, Moment, Moment)>) -> Keep {
    Keep { fresh, ..Keep::default() }
}

pub(crate) fn draft(track: Option<&TrackId>, text: &str) -> Draft {
    Draft {
        at: at(3),
        actor: Actor::Person { name: "Ada Byron".to_owned() },
        track: track.cloned(),
        kind: EntryKind::Intervention,
        text: text.to_owned(),
        why: "because".to_owned(),
        data: serde_json::json!({ "b": [1, null], "a": "\u{0}\u{2028}" }),
    }
}

pub(crate) fn hold(reason: &str) -> Hold {
    Hold { by: Person::new("Ada Byron"), at: at(2), reason: reason.to_owned() }
}

pub(crate) fn waiver(rule: &str, build: Option<&str>, reason: &str) -> Waiver {
    Waiver {
        rule: rule.to_owned(),
        build: build.map(str::to_owned),
        by: Person::new("Ada Byron"),
        at: at(2),
        reason: reason.to_owned(),
    }
}

pub(crate) fn mark(build: &str) -> CandidateMark {
    CandidateMark {
        build: build.to_owned(),
        commit: Sha::new("C0FFEE"),
        at: at(4),
        by: None,
        changed_areas: Some(vec!["player".to_owned()]),
    }
}

pub(crate) fn intent(action: Action, build: &str, attempt: u32, state: IntentState) -> Intent {
    Intent {
        key: IntentKey { track: music(), action, build: build.to_owned(), attempt },
        state,
        by: None,
        reason: "all conditions hold".to_owned(),
        created_at: at(1),
        changed_at: at(1),
    }
}

/// A step of that intent from the state that is expected.
pub(crate) fn step(intent: Intent, expected: Option<IntentState>) -> IntentWrite {
    let entry = draft(Some(&intent.key.track), intent.state.as_str());
    IntentWrite { intent, expected, entry: Some(entry), effect: None }
}
