//! `/status.txt`: how the trains stand, as plain text that reads well where it is pasted into a chat. From the published
//! board; the words are the conductor's.

use super::{Site, security, still};
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use conductor::AppId;
use conductor::board::{AppView, Board, LineView, TrackView};
use conductor::explain::{count, day_time};
use conductor::track::Standing;
use std::fmt::Write as _;

/// `GET /status.txt?app=`: of all apps, or of one.
pub(super) async fn text(
    State(site): State<Site>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let only = still::field(query.as_deref().unwrap_or_default(), "app");
    let published = site.now();
    let (status, text) = match told(&published.board, &only, &root(&headers)) {
        Ok(text) => (StatusCode::OK, text),
        Err(text) => (StatusCode::NOT_FOUND, text),
    };
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    let kept = HeaderValue::from_static("no-store");
    let mut response =
        (status, [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, kept)], text)
            .into_response();
    security::put_common(response.headers_mut());
    response
}

/// The address that was asked, without a path; empty if it is none that may stand in a text. Nobody keeps the answer, so a
/// wrong one reaches only who sent it.
fn root(headers: &HeaderMap) -> String {
    let text = |name: HeaderName| headers.get(name).and_then(|it| it.to_str().ok());
    let plain = |it: &&str| {
        !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphanumeric() || b".-:[]".contains(&it))
    };
    let Some(host) = text(header::HOST).filter(plain) else { return String::new() };
    let is_safe = text(HeaderName::from_static("x-forwarded-proto")) == Some("https");
    format!("{}://{host}", if is_safe { "https" } else { "http" })
}

/// The status in words, with links below `root`. Of all apps, or of the one with this short name; the error names those
/// that there are.
fn told(board: &Board, only: &str, root: &str) -> Result<String, String> {
    let apps: Vec<&AppView> =
        board.apps.iter().filter(|it| only.is_empty() || it.id.as_str() == only).collect();
    if apps.is_empty() && !only.is_empty() {
        let known: Vec<&str> = board.apps.iter().map(|it| it.id.as_str()).collect();
        let only: String = line(only).chars().take(60).collect();
        return Err(format!("app: no app is called `{only}`; there are: {}\n", known.join(", ")));
    }
    let shown = |app: &AppId| apps.iter().any(|it| it.id == *app);
    let calls: Vec<_> = board.calls.iter().filter(|it| shown(&it.track.app)).collect();
    let mut text = String::new();
    let need = match calls.len() {
        0 => "nothing needs a person".to_owned(),
        1 => "1 release needs a person".to_owned(),
        n => format!("{n} releases need a person"),
    };
    let _ = writeln!(text, "Releases, {}: {need}", day_time(board.at));
    for notice in &board.notices {
        let _ = writeln!(text, "Note: {}", line(notice));
    }
    for call in calls {
        let _ = writeln!(text, "- {}: {}", line(&call.title), line(&call.text));
    }
    if apps.is_empty() {
        text.push_str("No app is on the board yet.\n");
    }
    for app in apps {
        let _ = writeln!(text, "\n{}", line(&app.name));
        for of in &app.lines {
            tell_line(&mut text, of, root);
        }
    }
    let silent = board.sources.iter().filter(|it| !it.fault.is_empty()).count();
    if silent > 0 {
        let silent = count(u64::try_from(silent).unwrap_or(u64::MAX), "source");
        let _ = writeln!(text, "\nWithout a fresh answer: {silent}, see {root}/sources");
    }
    Ok(text)
}

fn tell_line(text: &mut String, of: &LineView, root: &str) {
    let platform = line(of.platform.title());
    for track in &of.current {
        let stage = track
            .stations
            .get(usize::from(track.at))
            .map_or_else(|| "before its branch".to_owned(), |it| line(&it.title));
        let standing = match track.standing {
            Standing::Running => String::new(),
            other => format!(", {}", other.as_str()),
        };
        let _ = writeln!(
            text,
            "• {platform} {}: {stage}{standing}. {}{}\n  {root}{}",
            track.id.version.as_str(),
            line(&track.headline.text),
            then(track),
            track.id.path(),
        );
    }
    if let Some(live) = &of.production {
        let _ = writeln!(
            text,
            "• {platform} {} is live: crash-free {}, adopted by {}",
            live.track.version.as_str(),
            live.crash_free,
            live.adopted,
        );
    }
    if of.current.is_empty() && of.production.is_none() {
        let _ = writeln!(text, "• {platform}: nothing in flight");
    }
}

fn then(track: &TrackView) -> String {
    let then = line(&track.headline.then);
    if then.is_empty() { then } else { format!(" ({then})") }
}

/// Outside text in one line, in which nobody is called by a chat: an `@` is parted from the word after it.
fn line(text: &str) -> String {
    let words: Vec<String> = text
        .split(|it: char| it.is_control() || it == ' ')
        .filter(|it| !it.is_empty())
        .map(|it| it.replace('@', "@\u{200b}"))
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests;
