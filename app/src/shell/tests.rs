//! Whole pages as text: what a person without scripts, a search engine or a chat's preview gets.

use std::sync::Arc;

use conductor::board::Board;
use conductor::reading::{Fact, SourceId, Why};

use super::*;
use crate::fixtures::{self, Fixed, fixed};

fn assets() -> Arc<Assets> {
    Arc::new(Assets {
        js: "/pkg/a.js".into(),
        wasm: "/pkg/a_bg.wasm".into(),
        css: "/pkg/main.css".into(),
        still_css: "/pkg/still.css".into(),
    })
}

async fn get(fixed: Fixed, address: &str) -> Document {
    document(address, Arc::new(fixed), assets()).await.expect("a page")
}

/// All but the data that the page is hydrated from.
fn visible(html: &str) -> String {
    let (before, after) = html.split_once("id=\"given\">").unwrap_or((html, ""));
    let after = after.split_once("</script>").map_or("", |(_, after)| after);
    format!("{before}{after}")
}

#[tokio::test]
async fn the_board_is_whole_without_a_script() {
    let page = get(fixed(), "/").await;
    assert_eq!(page.status, 200);
    let html = visible(&page.html);
    for text in [
        "<h1 tabindex=\"-1\">1 release needs you</h1>",
        "Waiting for 2 sign-offs: Playback, Ads",
        "Rollout paused at 1 %",
        "Held by Aiko Ono: wait for the new terms",
        "No train in flight",
        "Bugs on no train",
        "Marked build 4127 final RC",
        "History is not being written",
        "App Store Connect",
        "href=\"/apps/music/android/9.1.24\"",
    ] {
        assert!(html.contains(text), "{text}");
    }
    // Nothing comes later: no fallback, and no template that a script would have to put in place.
    for text in ["On its way", "<template", "aria-busy"] {
        assert!(!page.html.contains(text), "{text}");
    }
}

#[tokio::test]
async fn a_page_depends_on_its_address_and_the_board_alone() {
    for address in ["/", "/apps/music", "/apps/music/android/9.1.24", "/nowhere"] {
        let (one, other) = (get(fixed(), address).await, get(fixed(), address).await);
        assert_eq!(one, other, "{address}");
        assert!(!one.html.contains("nonce") && !one.html.contains("<use_"), "{address}");
    }
}

#[tokio::test]
async fn a_link_to_a_track_unfurls_with_its_state() {
    let page = get(fixed(), "/apps/music/android/9.1.24").await;
    let title = "Music Android 9.1.24: Waiting for 2 sign-offs: Playback, Ads · Signalbox";
    assert!(page.html.contains(&format!("<title>{title}</title>")));
    assert_eq!(page.html.matches("<meta property=\"og:title\"").count(), 1);
    assert!(page.html.contains(&format!("<meta property=\"og:title\" content=\"{title}\">")));
    assert!(
        page.html.contains(
            "<meta name=\"description\" content=\"Waiting for 2 sign-offs: Playback, Ads. "
        )
    );
}

#[tokio::test]
async fn a_track_shows_each_condition_with_what_it_rests_on() {
    let fixed = fixed();
    let findings = fixed.tracks["music/android/9.1.24"].decision.findings.clone();
    let page = get(fixed, "/apps/music/android/9.1.24").await;
    let html = visible(&page.html);
    assert!(html.contains("To leave Final release candidate"));
    for finding in findings {
        assert!(html.contains(&format!("data-rule=\"{}\"", finding.id)), "{}", finding.id);
        for text in [&finding.title, &finding.value, &finding.threshold] {
            assert!(html.contains(text.as_str()), "{text}");
        }
    }
    for anchor in ["why", "sign-offs", "bugs", "builds", "quality", "rollout", "timeline"] {
        assert!(
            html.contains(&format!("id=\"{anchor}\""))
                && html.contains(&format!("href=\"#{anchor}\"")),
            "{anchor}"
        );
    }
    // The server checks nothing in a browser's name.
    assert!(!html.contains("data-agrees"));
}

#[tokio::test]
async fn what_is_not_known_is_shown_as_unknown_with_the_reason() {
    let html = get(fixed(), "/apps/music/ios/9.1.24").await.html;
    let html = visible(&html);
    assert!(html.contains("jira refused the token in JIRA_TOKEN (401): give it read access"));
    assert!(html.contains("<span class=\"sr\">Unknown: </span>"));
    assert!(html.contains("<span class=\"sr\">Waived: </span>"));
    assert!(html.contains("Waived by Mira Kovač: “rack is down until Monday”"));
    let board = get(fixed(), "/").await.html;
    assert!(visible(&board).contains("fresh is-stale"));
}

#[tokio::test]
async fn a_track_of_which_nothing_is_known_still_has_its_page() {
    let app = fixtures::app_named("music", "Music", "Mira Kovač");
    let mut inputs = fixtures::inputs(&app, conductor::Platform::Android, "9.1.24");
    let gone = || Why::Fault { message: "connection refused".to_owned() };
    inputs.facts.branch = Fact::unknown(gone(), Some(SourceId::new("github")));
    inputs.facts.tests = Fact::unknown(gone(), Some(SourceId::new("github")));
    inputs.facts.builds = Fact::default();
    inputs.facts.bugs = Fact::default();
    inputs.facts.store = Fact::unknown(Why::NotReadYet, Some(SourceId::new("play")));
    inputs.facts.health = Fact::default();
    inputs.facts.windows.clear();
    let (page, _) = fixtures::page(inputs);
    let mut fixed = fixed();
    fixed.tracks.insert(page.view.key.clone(), Arc::new(page));
    let page = get(fixed, "/apps/music/android/9.1.24").await;
    assert_eq!(page.status, 200);
    let html = visible(&page.html);
    assert!(html.contains("github: connection refused"));
    assert!(html.contains("Not read yet from play"));
    assert!(html.contains("No source is configured for this"));
    assert!(!html.contains("Can hurt it"));
}

#[tokio::test]
async fn hostile_text_stays_text_everywhere() {
    let bad =
        format!("</title></script><img src=x onerror=alert(1)>\u{202e}{}", "x".repeat(10_000));
    let mut fixed = fixed();
    let mut board = Board::clone(&fixed.board);
    for app in &mut board.apps {
        app.name.clone_from(&bad);
        for track in app.lines.iter_mut().flat_map(|line| &mut line.current) {
            track.title.clone_from(&bad);
            track.headline.text.clone_from(&bad);
        }
    }
    for stray in &mut board.strays {
        stray.bug.title.clone_from(&bad);
        stray.bug.link = Some("javascript:alert(1)".to_owned());
    }
    board.notices = vec![bad.clone()];
    fixed.board = Arc::new(board);
    for page in fixed.tracks.values_mut() {
        let page = Arc::make_mut(page);
        page.view.title.clone_from(&bad);
        page.decision.headline.text.clone_from(&bad);
        page.timeline.iter_mut().for_each(|it| it.text.clone_from(&bad));
        page.decision
            .findings
            .iter_mut()
            .for_each(|it| it.link = Some("javascript:alert(1)".to_owned()));
    }
    let (board, tracks) = (Arc::clone(&fixed.board), fixed.tracks.clone());
    for address in ["/", "/apps/music", "/apps/music/android/9.1.24"] {
        let page = get(Fixed { board: Arc::clone(&board), tracks: tracks.clone() }, address).await;
        // Neither in what is shown nor in the data that the page is hydrated from.
        assert!(!page.html.contains("<img"), "{address}");
        assert_eq!(page.html.matches("<title>").count(), 1, "{address}");
        assert_eq!(page.html.matches("</title>").count(), 1, "{address}");
        assert_eq!(
            page.html.matches("<script").count(),
            page.html.matches("</script>").count(),
            "{address}"
        );
        assert!(!page.html.contains("href=\"javascript:"), "{address}");
        assert!(!visible(&page.html).contains('\u{202e}'), "{address}");
        assert!(!visible(&page.html).contains(&"x".repeat(500)), "{address}");
    }
}

#[tokio::test]
async fn an_empty_board_leads_to_the_configuration() {
    let board = Board { revision: 1, at: fixtures::now(), ..Board::default() };
    let page = get(Fixed { board: Arc::new(board), ..fixed() }, "/").await;
    assert_eq!(page.status, 200);
    let html = visible(&page.html);
    assert!(html.contains("Nothing needs you") && html.contains("signalbox.example.toml"));
    assert!(html.contains("Every bug has its place") && html.contains("Nothing has moved yet"));
}

#[tokio::test]
async fn one_app_is_the_same_board_narrowed() {
    let html = get(fixed(), "/apps/podcasts").await.html;
    let html = visible(&html);
    assert!(html.contains("Podcasts: 1 release needs you · Signalbox"));
    assert!(html.contains("id=\"app-podcasts\"") && !html.contains("id=\"app-music\""));
    assert!(!html.contains("Playback stops when the headset reconnects"));
    let music = get(fixed(), "/apps/music").await.html;
    assert!(visible(&music).contains("Nothing needs you"));
}

#[tokio::test]
async fn what_is_nowhere_is_404_with_a_page() {
    for address in [
        "/nowhere",
        "/apps/unknown",
        "/apps/music/android/1.0",
        "/apps/music/android/not-a-version",
    ] {
        let page = get(fixed(), address).await;
        assert_eq!(page.status, 404, "{address}");
        assert!(page.html.contains("Nothing is at this address"), "{address}");
    }
}

#[tokio::test]
async fn what_a_page_was_made_from_stands_in_it_for_the_browser() {
    let data = |html: &str| {
        let from = html.split("id=\"given\">").nth(1).expect("the data's place");
        from.split("</script>").next().expect("its end").to_owned()
    };
    type Answer<T> = Result<Arc<T>, crate::calls::AppError>;
    let page = get(fixed(), "/").await;
    let board: Answer<Board> = crate::calls::from_str(&data(&page.html)).expect("an answer");
    assert_eq!(board, Ok(fixed().board));
    let page = get(fixed(), "/apps/music/android/9.1.24").await;
    let track: Answer<conductor::board::TrackPage> =
        crate::calls::from_str(&data(&page.html)).expect("an answer");
    assert_eq!(track.as_ref(), Ok(&fixed().tracks["music/android/9.1.24"]));
    let page = get(fixed(), "/apps/music/android/1.0").await;
    let track: Answer<conductor::board::TrackPage> =
        crate::calls::from_str(&data(&page.html)).expect("an answer");
    assert_eq!(track, Err(crate::calls::AppError::NotFound));
}

#[tokio::test]
async fn scripts_are_the_same_on_every_page() {
    let scripts = |html: &str| -> Vec<String> {
        let parts = html
            .split("<script")
            .skip(1)
            .map(|it| it.split("</script>").next().unwrap_or_default());
        parts
            .filter(|it| !it.starts_with(" type=\"application/json\""))
            .map(str::to_owned)
            .collect()
    };
    let (board, track) =
        (get(fixed(), "/").await, get(fixed(), "/apps/music/android/9.1.24").await);
    assert_eq!(scripts(&board.html), scripts(&track.html));
}
