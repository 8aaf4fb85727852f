//! What every connector must do, whatever the vendor: one set of tests over all of them. A connector takes
//! part by a [`Plug`] in its tests and a line in `plugs`.

use crate::Opened;
use crate::secret::Secrets;
use crate::stub::{Reply, Stub};
use conductor::facts::Readings;
use conductor::observation::{Observation, ObservationKind};
use conductor::{AppId, Moment, Platform, TrackId};
use futures::StreamExt as _;
use futures::future::join_all;
use futures::stream;
use ports::{Answer, Ask, Notice, NoticeKey, NoticeKind};
use std::collections::BTreeSet;
use std::path::Path;

fn plugs() -> Vec<Plug> {
    vec![
        crate::github::tests::plug(),
        crate::jira::tests::plug(),
        crate::gitlab_ci::tests::plug(),
        crate::jenkins::tests::plug(),
        crate::linear::tests::plug(),
        crate::buildkite::tests::plug(),
        crate::bitrise::tests::plug(),
        crate::google_play::tests::plug(),
        crate::app_store::tests::plug(),
        crate::pagerduty::tests::plug(),
        crate::sentry::tests::plug(),
        crate::prometheus::tests::plug(),
        crate::play_vitals::tests::plug(),
        crate::crashlytics::tests::plug(),
        crate::http_json::tests::plug(),
    ]
}

/// What a slot is called here: its platform and kind.
pub(crate) type Place = (Option<Platform>, ObservationKind);

/// How a connector takes part.
pub(crate) struct Plug {
    /// Opens it against an address, with the secrets of [`Hidden`] and a time-out of a second: a busy
    /// machine must not look like a late vendor.
    pub open: fn(&str) -> Opened,
    /// The app that it knows.
    pub app: &'static str,
    /// Makes all its routes answer well, so that everything it owes is told.
    pub good: fn(&Stub),
    /// The route that is broken, such as `GET /things`.
    pub route: &'static str,
    /// The slot that this route feeds.
    pub slot: Place,
    /// A slot that stands while that route is broken, if there is one.
    pub other: Option<Place>,
    /// Makes the route answer in two pages with at least an item each; the second page is this, if given.
    pub pages: fn(&Stub, Option<Reply>),
    /// An answer of that route that lacks a field which must be there.
    pub lacking: &'static str,
    /// An answer of that route that lists nothing.
    pub nothing: &'static str,
}

/// Secrets for tests: the same for all places.
pub(crate) struct Hidden;

/// The value that may be seen nowhere.
pub(crate) const HIDDEN: &str = "s3cret-token";
/// Part of a body that may be seen nowhere.
const BODY: &str = "s3cret-body";

impl Secrets for Hidden {
    fn env(&self, _: &str) -> Option<String> {
        Some(HIDDEN.to_owned())
    }
    fn file(&self, _: &Path) -> Result<String, String> {
        Ok(HIDDEN.to_owned())
    }
}

async fn read(opened: &Opened, plug: &Plug, minutes: i64) -> Answer {
    look(opened, plug.app, Moment::from_millis(minutes * 60_000)).await
}

/// What a source says of an app.
pub(crate) async fn look(opened: &Opened, app: &str, now: Moment) -> Answer {
    let apps = [AppId::new(app), AppId::new("another")];
    let known = Readings::default();
    let mut answers =
        opened.reads.read(Ask { apps: &apps, known: &known, now, afresh: false }).await;
    assert_eq!(answers.len(), 1, "an app that is not its own is not answered for");
    answers.remove(0)
}

/// What a slot got: the number of its items and whether the list is whole; or the error's words.
fn told(answer: &Answer, place: &Place) -> Result<(usize, bool), String> {
    let fault =
        answer.faults.iter().find(|it| (it.0.as_ref(), it.1) == (place.0.as_ref(), place.1));
    if let Some((_, _, error)) = fault {
        return Err(error.to_string());
    }
    let seen = answer.seen.as_ref().map_err(ToString::to_string)?;
    let of = |it: &Observation| it.kind() == place.1 && it.platform() == place.0.as_ref();
    let what = seen.iter().map(|it| &it.what).find(|it| of(it));
    Ok(match what.ok_or("nothing was told and nothing was wrong")? {
        Observation::Branches { list, .. } => (list.items.len(), list.complete),
        Observation::Tests { list, .. } => (list.items.len(), list.complete),
        Observation::Builds { list, .. } => (list.items.len(), list.complete),
        Observation::Bugs { list } => (list.items.len(), list.complete),
        Observation::Planned { list } => (list.items.len(), list.complete),
        Observation::Store { list, .. } => (list.items.len(), list.complete),
        Observation::Health { list, .. } => (list.items.len(), list.complete),
        Observation::Named { list, .. }
        | Observation::Metrics { list, .. }
        | Observation::Checks { list, .. }
        | Observation::Flags { list, .. } => (list.items.len(), list.complete),
        Observation::Readiness { list, .. } => (list.items.len(), list.complete),
        Observation::Backmerges { list, .. } => (list.items.len(), list.complete),
    })
}

async fn good(plug: &Plug) -> (Stub, Opened) {
    let stub = Stub::start().await;
    (plug.good)(&stub);
    let opened = (plug.open)(&stub.url);
    (stub, opened)
}

#[tokio::test]
async fn everything_that_is_owed_is_told() {
    join_all(plugs().iter().map(|plug| async move {
        let (_stub, opened) = good(plug).await;
        let kind = opened.reads.kind();
        let answer = read(&opened, plug, 0).await;
        assert!(answer.faults.is_empty(), "{kind}: {:?}", answer.faults);
        let owed: BTreeSet<Place> =
            opened.reads.owes().into_iter().map(|(_, platform, what)| (platform, what)).collect();
        assert!(owed.contains(&plug.slot), "{kind}");
        for place in owed {
            assert!(
                told(&answer, &place).is_ok(),
                "{kind}: {place:?} is {:?}",
                told(&answer, &place)
            );
        }
        assert!(opened.reads.meter().calls > 0, "{kind}");
        assert!(crate::SourceSettings::KINDS.contains(&kind));
    }))
    .await;
}

#[tokio::test]
async fn whatever_breaks_is_told_for_its_slot_and_the_others_stand() {
    let plugs = plugs();
    let bad =
        || Reply { body: format!(r#"{{"message":"{BODY} {HIDDEN}"}}"#), ..Reply::status(400) };
    let with = |status: u16| Reply { status, ..bad() };
    let faults = [
        ("401", with(401)),
        ("403", with(403)),
        ("404", with(404)),
        ("409", with(409)),
        ("429", with(429).with("retry-after", 60)),
        ("500", with(500)),
        ("redirect", with(302).with("location", "http://127.0.0.2:9/")),
        ("late", Reply::late()),
        ("cut", Reply::json(format!(r#"{{"a":[{{"{BODY}":"#))),
        ("text", Reply::json(format!("<html>{BODY}</html>"))),
        ("a string", Reply::json(format!("\"{BODY}\""))),
        ("null", Reply::json("null")),
    ];
    let cases = plugs.iter().flat_map(|plug| {
        let lacking = ("lacking", Reply::json(plug.lacking));
        faults.iter().cloned().chain([lacking]).map(move |(name, reply)| async move {
            let (stub, opened) = good(plug).await;
            stub.on(plug.route, reply);
            let answer = read(&opened, plug, 0).await;
            let case = format!("{} {name}", opened.reads.kind());
            let error = told(&answer, &plug.slot).expect_err(&case);
            let id = opened.reads.id().as_str();
            assert!(error.starts_with(id), "{case}: {error}");
            assert!(!error.contains(HIDDEN) && !error.contains(BODY), "{case}: {error}");
            // A source that asks to slow down is not asked for anything else either.
            if let Some(other) = plug.other.as_ref().filter(|_| name != "429") {
                assert!(told(&answer, other).is_ok(), "{case}: {:?}", told(&answer, other));
            }
            assert!(opened.reads.meter().errors > 0, "{case}");
            let probe = format!("{:?}", opened.reads.probe(Moment::from_millis(0)).await);
            assert!(!probe.contains(HIDDEN) && !probe.contains(BODY), "{case}: {probe}");
        })
    });
    // A few at once: they mostly wait.
    stream::iter(cases).buffer_unordered(6).collect::<Vec<()>>().await;
}

#[tokio::test]
async fn what_was_broken_is_told_again_once_it_is_well() {
    join_all(plugs().iter().map(|plug| async move {
        let (stub, opened) = good(plug).await;
        stub.on(plug.route, Reply::status(500));
        assert!(told(&read(&opened, plug, 0).await, &plug.slot).is_err());
        (plug.good)(&stub);
        let answer = read(&opened, plug, 5).await;
        assert!(told(&answer, &plug.slot).is_ok(), "{}: {answer:?}", opened.reads.kind());
    }))
    .await;
}

#[tokio::test]
async fn a_source_that_is_gone_is_an_error_and_no_empty_list() {
    join_all(plugs().iter().map(|plug| async move {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        drop(listener);
        let opened = (plug.open)(&url);
        for tick in 0..4 {
            let answer = read(&opened, plug, tick * 5).await;
            for (_, platform, kind) in opened.reads.owes() {
                assert!(told(&answer, &(platform, kind)).is_err(), "{}", opened.reads.kind());
            }
        }
        assert!(!opened.reads.probe(Moment::from_millis(0)).await.wrong.is_empty());
    }))
    .await;
}

#[tokio::test]
async fn lists_are_read_to_their_end_and_a_page_that_fails_makes_them_no_whole() {
    join_all(plugs().iter().map(|plug| async move {
        let (stub, opened) = good(plug).await;
        (plug.pages)(&stub, None);
        let whole = told(&read(&opened, plug, 0).await, &plug.slot);
        let kind = opened.reads.kind();
        assert!(matches!(whole, Ok((count, true)) if count >= 2), "{kind}: {whole:?}");
        let (stub, opened) = good(plug).await;
        (plug.pages)(&stub, Some(Reply::status(500)));
        let part = told(&read(&opened, plug, 0).await, &plug.slot);
        assert!(!matches!(part, Ok((_, true))), "{kind}: {part:?}");
    }))
    .await;
}

#[tokio::test]
async fn nothing_is_a_whole_list_where_the_source_says_so() {
    join_all(plugs().iter().map(|plug| async move {
        let (stub, opened) = good(plug).await;
        stub.on(plug.route, Reply::json(plug.nothing));
        let answer = read(&opened, plug, 0).await;
        // That nobody is on call is a fact of its own.
        let count = usize::from(opened.reads.kind() == "pagerduty");
        assert_eq!(told(&answer, &plug.slot), Ok((count, true)), "{}", opened.reads.kind());
    }))
    .await;
}

/// How a place where people are told takes part.
pub(crate) struct TellPlug {
    /// Opens it against an address, see [`Plug::open`].
    pub open: fn(&str) -> Opened,
    /// Makes all its routes answer well.
    pub well: fn(&Stub),
    /// The route that is broken.
    pub route: &'static str,
    /// What stands in the lines of requests that people notice.
    pub telling: &'static str,
}

fn places() -> Vec<TellPlug> {
    vec![crate::pagerduty::tests::tells(), crate::slack::tests::plug()]
}

fn fallen() -> Notice {
    let track = TrackId::parse("music/android/9.1.24").expect("a track");
    Notice {
        key: NoticeKey { track, kind: NoticeKind::Guard, episode: "4127-1".into() },
        title: "Music Android 9.1.24".into(),
        text: "Crash-free sessions fell".into(),
        detail: String::new(),
        who: "Olga".into(),
        since: None,
    }
}

#[tokio::test]
async fn what_a_place_did_not_take_is_an_error_without_secrets_and_is_taken_once_it_is_well() {
    let bad =
        || Reply { body: format!(r#"{{"message":"{BODY} {HIDDEN}"}}"#), ..Reply::status(400) };
    let with = |status: u16| Reply { status, ..bad() };
    let faults = [
        ("400", with(400)),
        ("401", with(401)),
        ("403", with(403)),
        ("404", with(404)),
        ("429", with(429).with("retry-after", 1)),
        ("500", with(500)),
        ("redirect", with(302).with("location", "http://127.0.0.2:9/")),
        ("late", Reply::late()),
        ("cut", Reply::json(format!(r#"{{"a":[{{"{BODY}":"#))),
        ("text", Reply::json(format!("<html>{BODY}</html>"))),
    ];
    let places = places();
    let cases = places.iter().flat_map(|plug| {
        faults.iter().cloned().map(move |(name, reply)| async move {
            let stub = Stub::start().await;
            (plug.well)(&stub);
            stub.on(plug.route, reply);
            let place = (plug.open)(&stub.url).tells.expect("a place");
            let case = format!("{} {name}", place.id());
            let now = Moment::from_millis(1_773_144_000_000);
            let error = place.tell(&fallen(), now).await.expect_err(&case).to_string();
            assert!(error.starts_with(place.id().as_str()), "{case}: {error}");
            assert!(!error.contains(HIDDEN), "{case}: {error}");
            let _ = stub.calls();
            (plug.well)(&stub);
            place.tell(&fallen(), now + conductor::Span::minutes(5)).await.expect(&case);
            place.tell(&fallen(), now + conductor::Span::minutes(6)).await.expect(&case);
            let told = stub.lines().into_iter().filter(|it| it.contains(plug.telling));
            assert_eq!(told.count(), 1, "{case}");
        })
    });
    stream::iter(cases).buffer_unordered(6).collect::<Vec<()>>().await;
}
