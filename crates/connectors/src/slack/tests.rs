//! Slack's oddities, and that each state shows once.

use super::text::{self, escaped};
use crate::contract::{HIDDEN, Hidden, TellPlug};
use crate::stub::{Reply, Stub};
use crate::{Opened, SourceSettings};
use conductor::{AppId, Moment, SourceId, TrackId};
use ports::{Notice, NoticeKey, NoticeKind};
use serde_json::{Value, json};

fn open(url: &str, more: &str) -> Result<Opened, crate::SettingsError> {
    let text = format!(
        "base_url = \"{url}/api\"\ntoken = {{ env = \"SLACK\" }}\ntimeout_ms = 1000\n\
         signalbox_url = \"https://signalbox.example/\"\n\
         [[messages]]\napp = \"music\"\nchannel = \"C0RELEASES\"\n{more}"
    );
    let from = toml::Deserializer::parse(&text).unwrap();
    let settings = SourceSettings::read("slack", from).unwrap();
    crate::open(SourceId::new("slack"), settings, &Hidden)
}

fn opened(url: &str) -> Opened {
    open(url, "").unwrap()
}

fn well(stub: &Stub) {
    stub.on(
        "POST /api/auth.test",
        Reply::json(json!({ "ok": true, "user": "signalbox", "team": "Tunelark" })),
    )
    .on("POST /api/conversations.history", Reply::json(json!({ "ok": true, "messages": [] })))
    .on(
        "POST /api/chat.postMessage",
        Reply::json(json!({ "ok": true, "ts": "1.1", "channel": "C0RELEASES" })),
    )
    .on(
        "POST /api/chat.update",
        Reply::json(json!({ "ok": true, "ts": "1.1", "channel": "C0RELEASES" })),
    );
}

pub(crate) fn plug() -> TellPlug {
    TellPlug {
        open: opened,
        well,
        route: "POST /api/chat.postMessage",
        telling: "/api/chat.postMessage",
    }
}

fn notice(kind: NoticeKind, text: &str) -> Notice {
    let track = TrackId::parse("music/android/9.1.24").unwrap();
    Notice {
        key: NoticeKey { track, kind, episode: "4127-1".into() },
        title: "Music Android 9.1.24".into(),
        text: text.into(),
        detail: "A person resumes it.".into(),
        who: "Olga".into(),
        since: Some(Moment::from_millis(1_773_144_000_000)),
    }
}

const NOW: Moment = Moment::from_millis(1_773_144_600_000);

fn texts(stub: &Stub) -> Vec<(String, Value)> {
    let calls = stub.calls().into_iter().filter(|it| it.line.contains("/chat."));
    calls
        .map(|it| (it.line.replace("POST /api/chat.", ""), serde_json::from_str(&it.body).unwrap()))
        .collect()
}

#[tokio::test]
async fn a_state_is_one_message_that_is_changed_and_at_last_over() {
    let stub = Stub::start().await;
    well(&stub);
    let place = opened(&stub.url).tells.unwrap();
    let guard = notice(NoticeKind::Guard, "Crash-free sessions 98.1 %: pausing");
    place.tell(&guard, NOW).await.unwrap();
    place.tell(&guard, NOW).await.unwrap();
    let said = texts(&stub);
    assert_eq!(said.len(), 1, "told again it does nothing");
    assert_eq!(said[0].0, "postMessage");
    assert_eq!(said[0].1["channel"], "C0RELEASES");
    assert_eq!(
        said[0].1["text"],
        ":red_circle: *<https://signalbox.example/apps/music/android/9.1.24|Music Android 9.1.24>*\n\
         Crash-free sessions 98.1 %: pausing\nA person resumes it.\n\
         Whose move: Olga · since <!date^1773144000^{date_short_pretty} {time}|2026-03-10T12:00:00Z>"
    );
    place.tell(&notice(NoticeKind::Guard, "Paused at 1 %"), NOW).await.unwrap();
    place.over(&guard.key, NOW).await.unwrap();
    place.over(&guard.key, NOW).await.unwrap();
    let said = texts(&stub);
    let kinds: Vec<&str> = said.iter().map(|it| it.0.as_str()).collect();
    assert_eq!(kinds, ["update", "update"]);
    assert!(said.iter().all(|it| it.1["ts"] == "1.1"));
    assert!(said[1].1["text"].as_str().unwrap().starts_with(":white_check_mark: Over: *<https"));
    // Another state of the same track is another message.
    place.tell(&notice(NoticeKind::Paused, "Paused by a person"), NOW).await.unwrap();
    assert_eq!(texts(&stub)[0].0, "postMessage");
}

/// The messages that show, as the channel's history gives them.
fn history(messages: &[(&str, &Notice, &str)]) -> Value {
    let messages: Vec<Value> = messages
        .iter()
        .map(|(ts, notice, mark)| {
            json!({ "ts": ts, "type": "message", "text": "…",
                "blocks": [{ "type": "section", "block_id": text::block_id(&notice.key, mark),
                    "text": { "type": "mrkdwn", "text": ":red_circle: *x*" } }] })
        })
        .collect();
    json!({ "ok": true, "messages": messages, "has_more": false })
}

#[tokio::test]
async fn after_a_start_what_shows_is_found_on_the_second_page_and_not_posted_again() {
    let stub = Stub::start().await;
    well(&stub);
    let guard = notice(NoticeKind::Guard, "Paused");
    let old = notice(NoticeKind::Paused, "Paused");
    let mark = text::mark(&text::said(&guard, Some("https://signalbox.example"), None));
    let mut first = json!({ "ok": true, "has_more": true, "response_metadata": { "next_cursor": "p2" }, "messages": [
        { "ts": "9.9", "text": "hello", "user": "U1" },
        { "ts": "9.8", "text": "a poll", "blocks": [{ "type": "actions", "block_id": "x", "text": 7 }] } ] });
    let second = history(&[("5.5", &guard, &mark), ("5.4", &old, text::OVER)]);
    stub.each(
        "POST /api/conversations.history",
        [Reply::json(&first), Reply::json(&second), Reply::json(history(&[]))],
    );
    let place = opened(&stub.url).tells.unwrap();
    let standing = place.standing(NOW).await.unwrap();
    assert_eq!(
        standing,
        std::collections::BTreeSet::from([guard.key.clone()]),
        "what is over stands no more"
    );
    place.tell(&guard, NOW).await.unwrap();
    assert_eq!(texts(&stub), [], "it shows as it is");
    place.tell(&notice(NoticeKind::Guard, "Resumed?"), NOW).await.unwrap();
    let said = texts(&stub);
    assert_eq!((said[0].0.as_str(), &said[0].1["ts"]), ("update", &json!("5.5")));
    // A page that fails: nothing is posted, since it might show already.
    first["ok"] = false.into();
    first["error"] = "internal_error".into();
    stub.on("POST /api/conversations.history", Reply::json(&first));
    let place = opened(&stub.url).tells.unwrap();
    place.tell(&guard, NOW).await.unwrap_err();
    assert_eq!(texts(&stub), []);
}

#[tokio::test]
async fn a_post_without_an_answer_is_looked_for_before_it_is_posted_again() {
    let stub = Stub::start().await;
    well(&stub);
    let guard = notice(NoticeKind::Guard, "Paused");
    stub.on("POST /api/chat.postMessage", Reply::late());
    let place = opened(&stub.url).tells.unwrap();
    place.tell(&guard, NOW).await.unwrap_err();
    let _ = stub.calls();
    // It did arrive.
    let mark = text::mark(&text::said(&guard, Some("https://signalbox.example"), None));
    stub.on("POST /api/conversations.history", Reply::json(history(&[("5.5", &guard, &mark)])));
    place.tell(&guard, NOW).await.unwrap();
    assert_eq!(stub.lines(), ["POST /api/conversations.history"]);
    // It did not.
    let place = opened(&stub.url).tells.unwrap();
    stub.on("POST /api/conversations.history", Reply::json(history(&[])));
    place.tell(&guard, NOW).await.unwrap_err();
    stub.on("POST /api/chat.postMessage", Reply::json(json!({ "ok": true, "ts": "6.6" })));
    let _ = stub.calls();
    place.tell(&guard, NOW).await.unwrap();
    assert_eq!(stub.lines(), ["POST /api/conversations.history", "POST /api/chat.postMessage"]);
}

#[tokio::test]
async fn a_message_that_somebody_took_away_is_posted_anew_and_never_only_to_say_that_it_is_over() {
    let stub = Stub::start().await;
    well(&stub);
    let place = opened(&stub.url).tells.unwrap();
    let guard = notice(NoticeKind::Guard, "Paused");
    place.tell(&guard, NOW).await.unwrap();
    stub.on(
        "POST /api/chat.update",
        Reply::json(json!({ "ok": false, "error": "message_not_found" })),
    );
    let _ = stub.calls();
    place.over(&guard.key, NOW).await.unwrap();
    assert_eq!(stub.lines(), ["POST /api/chat.update"]);
    place.tell(&notice(NoticeKind::Guard, "It fell again"), NOW).await.unwrap();
    assert_eq!(stub.lines(), ["POST /api/chat.update", "POST /api/chat.postMessage"]);
}

#[tokio::test]
async fn a_refusal_with_200_is_one_and_says_what_to_do() {
    let stub = Stub::start().await;
    let guard = notice(NoticeKind::Guard, "Paused");
    let says = async |reply: Value| {
        well(&stub);
        stub.on("POST /api/chat.postMessage", Reply::json(&reply));
        let place = opened(&stub.url).tells.unwrap();
        place.tell(&guard, NOW).await.unwrap_err().to_string()
    };
    assert_eq!(
        says(json!({ "ok": false, "error": "not_in_channel" })).await,
        "slack did not take a notice: C0RELEASES: Slack says not_in_channel; invite the bot into the channel"
    );
    let scope = says(json!({ "ok": false, "error": "missing_scope", "needed": "chat:write", "provided": HIDDEN })).await;
    assert!(scope.ends_with("give the bot chat:write and install it again"), "{scope}");
    assert!(!scope.contains(HIDDEN));
    let strange = says(json!({ "ok": false, "error": "<script>hibernating" })).await;
    assert!(strange.contains("Slack says scripthibernating"), "{strange}");
    stub.on("POST /api/auth.test", Reply::json(json!({ "ok": false, "error": "invalid_auth" })));
    let probe = opened(&stub.url).reads.probe(NOW).await;
    assert!(probe.wrong[0].contains("give a bot's token"), "{probe:?}");
}

#[tokio::test]
async fn a_channel_is_found_by_its_name_on_the_last_page() {
    let stub = Stub::start().await;
    well(&stub);
    let page = |id: &str, name: &str, next: &str| {
        Reply::json(json!({ "ok": true, "channels": [{ "id": id, "name": name }],
            "response_metadata": { "next_cursor": next } }))
    };
    stub.each(
        "POST /api/conversations.list",
        [page("C1", "general", "n"), page("C2", "trains", "")],
    );
    let place = open(
        &stub.url,
        "[[messages]]\napp = \"music\"\nchannel = \"#trains\"\nkinds = [\"moved\"]\n",
    );
    let place = place.unwrap().tells.unwrap();
    place.tell(&notice(NoticeKind::Moved, "Reached Rollout 1 %"), NOW).await.unwrap();
    let to: Vec<Value> = texts(&stub).into_iter().map(|it| it.1["channel"].clone()).collect();
    assert_eq!(to, ["C0RELEASES", "C2"]);
    place.tell(&notice(NoticeKind::Waits, "Waits for a yes"), NOW).await.unwrap();
    assert_eq!(texts(&stub).len(), 1, "the other channel asked for moves only");
    assert!(!place.wants(&AppId::new("podcasts"), NoticeKind::Guard));
}

#[test]
fn case_49_titles_call_nobody_and_stay_text() {
    let titles = [
        (
            "Column header shows \"<center>\" on start",
            "Column header shows \"&lt;center&gt;\" on start",
        ),
        (
            "<!channel> crash when title has <https://example.com|a link>",
            "&lt;!channel&gt; crash when title has &lt;https://example.com|a link&gt;",
        ),
        ("A & B <script>alert(1)</script>", "A &amp; B &lt;script&gt;alert(1)&lt;/script&gt;"),
    ];
    for (from, to) in titles {
        assert_eq!(escaped(from, 500), to);
        let mut it = notice(NoticeKind::Failed, from);
        (it.title, it.detail, it.who) = (from.into(), from.into(), from.into());
        let said = text::said(&it, None, Some("<!subteam^S1>"));
        assert!(!said.contains("<!channel>") && !said.contains("<script"), "{said}");
        assert!(said.ends_with("\n<!subteam^S1>"), "{said}");
    }
    assert_eq!(escaped("abc\ndef", 5), "abc d…");
}

#[test]
fn only_what_is_urgent_calls_somebody() {
    let calls = |kind| text::said(&notice(kind, "x"), None, Some("<!here>")).contains("<!here>");
    let calling: Vec<_> = NoticeKind::ALL.into_iter().filter(|kind| calls(*kind)).collect();
    assert_eq!(calling, [NoticeKind::Guard, NoticeKind::Failed, NoticeKind::Uncertain]);
}

#[test]
fn settings_that_would_tell_nobody_are_refused_with_their_place() {
    let error = |more: &str| open("http://127.0.0.1:9", more).err().unwrap().to_string();
    assert_eq!(
        error("mention = \"everybody\""),
        "sources.slack.messages.0.mention: `everybody` calls nobody; write <@U…>, <!subteam^S…> or <!here>"
    );
    assert!(error("kinds = []").starts_with("sources.slack.messages.0.kinds: is empty"));
}
