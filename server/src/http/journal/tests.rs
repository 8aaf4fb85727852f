//! Filters as they are read from an address, and exports of more than one piece.
use super::*;
use axum::body::to_bytes;
use conductor::journal::{Actor, Draft, EntryKind, GENESIS, Who, verify};
use conductor::{AppId, Moment, TrackId};
use std::sync::atomic::{AtomicUsize, Ordering};

fn read(query: &str) -> Read {
    let uri: axum::http::Uri = format!("/journal?{query}").parse().unwrap();
    asked::read(Query::try_from_uri(&uri))
}

fn at(text: &str) -> Option<Moment> {
    Moment::parse(text).ok()
}

/// So many entries in a chain, newest first.
fn journal(count: i64) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for number in 1..=count {
        let draft = Draft {
            at: Moment::from_millis(number * 60_000),
            actor: Actor::Person { name: "=Mira".to_owned() },
            track: TrackId::parse("music/android/9.1.24"),
            kind: EntryKind::Intervention,
            text: format!("held, \"{number}\""),
            why: String::new(),
            data: serde_json::json!({ "wish": "hold" }),
        };
        let before = entries.last().map_or(GENESIS, |it| it.hash.as_str());
        let entry = draft.seal(number, before);
        entries.push(entry);
    }
    entries.reverse();
    entries
}

/// A store of that journal, which fails at the piece of that number.
fn finds(
    entries: Vec<Entry>,
    fails_at: usize,
) -> impl Fn(Sought) -> std::future::Ready<Piece> + Send + 'static {
    let asked = AtomicUsize::new(0);
    move |sought| {
        if asked.fetch_add(1, Ordering::Relaxed) == fails_at {
            let words = |text: &str| text.to_owned();
            return std::future::ready(Err(StoreError::Unavailable {
                cause: words("gone"),
                advice: words("wait"),
            }));
        }
        let found = entries.iter().filter(|it| sought.takes(it)).take(PIECE as usize);
        std::future::ready(Ok(found.cloned().collect()))
    }
}

#[test]
fn each_filter_is_read_and_an_empty_one_says_nothing() {
    let it = read("app=music&platform=&version=9.1.24&kind=sign_off&who=Ada+Byron&before=12");
    assert!(it.asked.wrong.is_empty(), "{it:?}");
    assert_eq!(it.sought.app, Some(AppId::new("music")));
    assert_eq!(it.sought.platform, None);
    assert_eq!(it.sought.version.map(|it| it.to_string()), Some("9.1.24".to_owned()));
    assert_eq!(it.sought.kind, Some(EntryKind::SignOff));
    assert_eq!(it.sought.who, Some(Who::Person("Ada Byron".to_owned())));
    assert_eq!(it.sought.before, Some(12));
    assert_eq!(read("who=conductor").sought.who, Some(Who::Conductor));
    assert_eq!(read("").sought, Sought::default());
}

#[test]
fn a_day_is_whole_and_a_time_is_exact() {
    let day = read("from=2026-03-12&until=2026-03-12").sought;
    assert_eq!(day.from, at("2026-03-12T00:00:00Z"));
    assert_eq!(day.until, at("2026-03-13T00:00:00Z"));
    let hour = read("from=2026-03-12T09:00:00Z&until=2026-03-12T10:00:00Z").sought;
    assert_eq!(hour.from, at("2026-03-12T09:00:00Z"));
    assert_eq!(hour.until, at("2026-03-12T10:00:00Z"));
}

#[test]
fn what_cannot_be_read_is_told_at_its_field() {
    let long = format!("app={}", "a".repeat(101));
    for (query, field, words) in [
        ("from=yesterday", "from", "`yesterday` is no day and no time"),
        ("from=2026-02-30", "from", "`2026-02-30` is no day"),
        ("until=9999999-01-01", "until", "is no day"),
        ("from=2026-03-12&until=2026-03-11", "until", "this ends before it begins"),
        ("kind=hold", "kind", "`hold` is no kind of entry; there are stage_entered, "),
        ("version=latest", "version", "`latest` is no version"),
        ("before=0", "before", "this has to be the number of an entry"),
        ("before=x", "before", "this has to be the number of an entry"),
        ("colour=red", "colour", "is no filter; there are app, platform"),
        ("app=a&app=b", "app", "is said twice"),
        (&long, "app", "has more than 100 characters"),
    ] {
        let wrong = read(query).asked.wrong;
        assert_eq!(wrong.len(), 1, "{query}: {wrong:?}");
        assert!(wrong[field].contains(words), "{query}: {wrong:?}");
    }
}

#[tokio::test]
async fn json_lines_of_many_pieces_are_the_whole_chain() {
    let entries = journal(1_234);
    let find = finds(entries, usize::MAX);
    let body = whole(find, Sought::default(), String::new(), json_line).await.unwrap();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    let lines = std::str::from_utf8(&bytes).unwrap().lines();
    let mut read: Vec<Entry> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    read.reverse();
    assert_eq!(read.len(), 1_234);
    assert_eq!(verify(&read, 1, GENESIS), Ok(()));
}

#[tokio::test]
async fn csv_has_a_heading_and_a_line_for_each_entry_that_is_sought() {
    let sought = Sought { before: Some(3), ..Sought::default() };
    let find = finds(journal(9), usize::MAX);
    let line = |entry: &Entry| Ok(csv::line(entry));
    let body = whole(find, sought, csv::heading(), line).await.unwrap();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    let text = std::str::from_utf8(&bytes).unwrap();
    let lines: Vec<&str> = text.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].starts_with("number,at,who,name,app,platform,version,kind,text,why,data,"));
    let begins = "2,1970-01-01T00:02:00Z,person,\"'=Mira\",music,android,9.1.24,intervention,\"held, \"\"2\"\"\",,";
    assert!(lines[1].starts_with(begins), "{}", lines[1]);
}

#[tokio::test]
async fn an_export_whose_database_fails_breaks_off_and_is_never_taken_for_whole() {
    let at_once = whole(finds(journal(9), 0), Sought::default(), String::new(), json_line).await;
    assert!(matches!(at_once, Err(StoreError::Unavailable { .. })));
    let find = finds(journal(1_234), 1);
    let body = whole(find, Sought::default(), String::new(), json_line).await.unwrap();
    assert!(to_bytes(body, usize::MAX).await.is_err());
}
