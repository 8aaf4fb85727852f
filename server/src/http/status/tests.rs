//! What is pasted into a chat.
use super::*;
use conductor::board::{Call, LiveView, Station};
use conductor::explain::Headline;
use conductor::finding::Owner;
use conductor::lamp::{Lamp, Lamps, Signal};
use conductor::{Kind, Platform, StageId, TrackId};

fn track(version: &str, standing: Standing) -> TrackView {
    let id = TrackId::parse(&format!("music/android/{version}")).unwrap();
    let lamp = Lamp { signal: Signal::Wait, text: String::new(), why: String::new() };
    TrackView {
        key: id.to_string(),
        title: format!("Music Android {version}"),
        id,
        kind: Kind::Regular,
        build: None,
        stations: vec![Station {
            id: StageId::new("candidate"),
            title: "Final release candidate".to_owned(),
            short: "Candidate".to_owned(),
            entered_at: None,
            note: String::new(),
        }],
        at: 0,
        along: 0,
        standing,
        signal: Signal::Wait,
        met: (0, 1),
        lamps: Lamps {
            release: lamp.clone(),
            bugs: lamp.clone(),
            sign_offs: lamp.clone(),
            quality: lamp,
        },
        headline: Headline {
            text: "Waiting for 2 sign-offs:\nPlayback, @here".to_owned(),
            more: String::new(),
            who: Owner::default(),
            since: None,
            then: "Conductor submits for review when met".to_owned(),
        },
        stage_since: None,
        ahead: None,
        observed_at: None,
        stale: None,
    }
}

fn board() -> Board {
    let held = track("9.1.24", Standing::Held);
    let app = |id: &str, name: &str, current: Vec<TrackView>| AppView {
        id: AppId::new(id),
        name: name.to_owned(),
        owner: None,
        process: String::new(),
        lines: vec![LineView {
            platform: Platform::Android,
            production: current.first().map(|_| LiveView {
                track: TrackId::parse("music/android/9.1.23").unwrap(),
                crash_free: "99.91 %".to_owned(),
                unresponsive: "–".to_owned(),
                adopted: "93 %".to_owned(),
                signal: Signal::Go,
            }),
            current,
            upcoming: None,
        }],
    };
    Board {
        calls: vec![Call {
            track: held.id.clone(),
            title: held.title.clone(),
            signal: Signal::Stop,
            text: "Rejected".to_owned(),
            detail: String::new(),
            since: None,
        }],
        apps: vec![
            app("music", "Music", vec![held, track("9.1.25", Standing::Running)]),
            app("books", "Books", Vec::new()),
        ],
        ..Board::default()
    }
}

#[test]
fn the_status_tells_each_train_with_stage_standing_headline_and_link() {
    let text = told(&board(), "", "https://trains.example").unwrap();
    let expected = "Releases, Thu 1 Jan 00:00: 1 release needs a person
- Music Android 9.1.24: Rejected

Music
• Android 9.1.24: Final release candidate, held. Waiting for 2 sign-offs: Playback, @\u{200b}here (Conductor submits for review when met)
  https://trains.example/apps/music/android/9.1.24
• Android 9.1.25: Final release candidate. Waiting for 2 sign-offs: Playback, @\u{200b}here (Conductor submits for review when met)
  https://trains.example/apps/music/android/9.1.25
• Android 9.1.23 is live: crash-free 99.91 %, adopted by 93 %

Books
• Android: nothing in flight
";
    let (first, rest) = text.split_once('\n').unwrap();
    assert!(first.ends_with(": 1 release needs a person"), "{first}");
    assert_eq!(rest, expected.split_once('\n').unwrap().1);
}

#[test]
fn one_app_alone_leaves_out_the_others_and_an_unknown_one_names_those_there_are() {
    let text = told(&board(), "books", "").unwrap();
    assert!(text.contains("nothing needs a person") && !text.contains("Music"), "{text}");
    let refused = told(&board(), "nope\n", "").unwrap_err();
    assert_eq!(refused, "app: no app is called `nope`; there are: music, books\n");
    assert!(told(&Board::default(), "", "").unwrap().contains("No app is on the board yet."));
}

#[test]
fn links_begin_with_the_address_that_was_asked_if_it_is_one() {
    let of = |host: &str, proto: Option<&str>| {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_str(host).unwrap());
        if let Some(proto) = proto {
            headers.insert("x-forwarded-proto", HeaderValue::from_str(proto).unwrap());
        }
        root(&headers)
    };
    assert_eq!(of("trains.example:8080", None), "http://trains.example:8080");
    assert_eq!(of("trains.example", Some("https")), "https://trains.example");
    assert_eq!(of("[::1]:80", Some("gopher")), "http://[::1]:80");
    assert_eq!(of("evil example/<b>", None), "");
    assert_eq!(root(&HeaderMap::new()), "");
}
