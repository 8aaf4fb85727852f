//! What is taken of a push, what is refused, and what is told of it.

use super::*;
use crate::SourceSettings;
use crate::contract::Hidden;
use conductor::Reading;
use conductor::facts::Readings;
use serde_json::{Value, json};

const SETTINGS: &str = "token = { env = 'CI' }\ntells = ['reading', 'check']\n\
    [apps.music]\nplatforms = ['android']\n[apps.radio]\n";

struct Long;

impl Secrets for Long {
    fn env(&self, _: &str) -> Option<String> {
        Some("a-token-that-is-long-enough".to_owned())
    }
    fn file(&self, _: &std::path::Path) -> Result<String, String> {
        Ok("a-token-that-is-long-enough".to_owned())
    }
}

fn opened(settings: &str, secrets: &dyn Secrets) -> Result<Opened, SettingsError> {
    let from = toml::de::Deserializer::parse(settings).expect("TOML");
    let settings = SourceSettings::read("pushed", from).expect("settings");
    crate::open(SourceId::new("ci"), settings, secrets)
}

fn inbox() -> Arc<Inbox> {
    opened(SETTINGS, &Long).expect("good settings").inbox.expect("an inbox")
}

fn at(minute: i64) -> Moment {
    Moment::from_millis(minute * 60_000)
}

fn push(inbox: &Inbox, body: Value, minute: i64) -> Result<usize, String> {
    let push: Push = serde_json::from_value(body).map_err(|error| error.to_string())?;
    inbox.take(push, at(minute)).map_err(|error| error.to_string())
}

fn size(value: f64) -> Value {
    json!({ "app": "music", "platform": "android", "version": "9.1.24", "build": "4127",
        "readings": [{ "name": "apk-mb", "value": value }] })
}

async fn told(inbox: &Inbox, known: &Readings, minute: i64) -> Vec<(String, String, Moment)> {
    let apps = [AppId::new("music")];
    let ask = Ask { apps: &apps, known, now: at(minute), afresh: false };
    let answers = inbox.read(ask).await;
    assert_eq!(answers.len(), 1, "radio was not asked for");
    let seen = answers[0].seen.as_ref().expect("seen");
    assert_eq!(seen.len(), 4, "all that is owed is told, be it empty");
    let items = seen.iter().filter_map(|it| named(&it.what)).flatten();
    items.map(|it| (it.name.clone(), it.value.to_string(), it.at.expect("a time"))).collect()
}

fn row(name: &str, value: &str, minute: i64) -> (String, String, Moment) {
    (name.to_owned(), value.to_owned(), at(minute))
}

#[tokio::test]
async fn a_push_lies_over_the_one_before_and_leaves_other_names_alone() {
    let (inbox, none) = (inbox(), Readings::default());
    assert_eq!(push(&inbox, size(80.5), 1), Ok(1));
    let check = json!({ "app": "music", "readings": [
        { "name": "privacy", "value": true, "tells": "check", "note": "by the lawyer" } ]});
    assert_eq!(push(&inbox, check, 2), Ok(1));
    assert_eq!(push(&inbox, size(81.25), 3), Ok(1));
    let all = told(&inbox, &none, 4).await;
    assert_eq!(all, [row("privacy", "passed", 2), row("apk-mb", "81.25", 3)]);
}

#[tokio::test]
async fn each_value_ages_from_the_moment_it_speaks_of_and_a_late_one_changes_nothing() {
    let (inbox, none) = (inbox(), Readings::default());
    let of = |value: u32, at: &str| json!({ "app": "music", "readings": [{ "name": "n", "value": value, "at": at }] });
    push(&inbox, of(2, "1970-01-01T02:00:00Z"), 180).expect("taken");
    push(&inbox, of(1, "1970-01-01T01:00:00Z"), 181).expect("taken");
    assert_eq!(told(&inbox, &none, 182).await, [row("n", "2", 120)]);
    let ahead = push(&inbox, of(3, "1970-01-01T04:00:00Z"), 182).expect_err("ahead");
    assert!(ahead.contains("readings[0].at") && ahead.contains("which clock is wrong"), "{ahead}");
    assert_eq!(told(&inbox, &none, 182 + 91 * 24 * 60).await, [], "it is not kept for ever");
}

#[tokio::test]
async fn after_a_restart_what_was_remembered_stands_under_what_is_pushed() {
    let mut known = Readings::default();
    let old = inbox();
    push(&old, size(80.0), 1).expect("taken");
    let mut other = size(7.0);
    other["readings"][0]["name"] = json!("other");
    push(&old, other, 1).expect("taken");
    let apps = [AppId::new("music")];
    let ask = Ask { apps: &apps, known: &Readings::default(), now: at(2), afresh: false };
    for observed in old.read(ask).await.remove(0).seen.expect("seen") {
        let slot = Slot {
            source: SourceId::new("ci"),
            app: observed.app,
            platform: observed.what.platform().cloned(),
            kind: observed.what.kind(),
        };
        let reading = Reading {
            value: observed.what,
            source: SourceId::new("ci"),
            observed_at: observed.observed_at,
            fetched_at: at(2),
            link: None,
        };
        known.slots.insert(slot, reading);
    }
    let new = inbox();
    push(&new, size(90.0), 10).expect("taken");
    assert_eq!(told(&new, &known, 11).await, [row("apk-mb", "90", 10), row("other", "7", 1)]);
}

#[test]
fn nothing_of_a_push_is_taken_where_a_part_of_it_is_wrong() {
    let inbox = inbox();
    let refused = |body: Value, words: &str| {
        let error = push(&inbox, body, 5).expect_err(words);
        assert!(error.contains(words), "{error}");
    };
    let of = |reading: Value| json!({ "app": "music", "platform": "android", "readings": [{ "name": "good", "value": 1 }, reading] });
    refused(of(json!({ "name": "a b", "value": 1 })), "readings[1].name: a name has");
    refused(of(json!({ "name": "a", "value": "" })), "readings[1].value: it is empty");
    refused(of(json!({ "name": "a", "value": "x".repeat(301) })), "readings[1].value");
    refused(of(json!({ "name": "a", "value": null })), "a number, true, false or a text");
    refused(
        of(json!({ "name": "a", "value": 7, "tells": "check" })),
        "readings[1].value: a check is",
    );
    refused(
        of(json!({ "name": "a", "value": 1, "tells": "flag" })),
        "may be pushed as flag here; add it to `tells`",
    );
    refused(
        of(json!({ "name": "a", "value": 1, "link": "javascript:alert(1)" })),
        "readings[1].link",
    );
    refused(
        of(json!({ "name": "a", "value": 1, "at": "1969-01-01T00:00:00Z" })),
        "more than 90 days back",
    );
    refused(
        of(json!({ "name": "a", "value": 1, "at": "today" })),
        "readings[1].at: `today` is no moment",
    );
    refused(of(json!({ "name": "a", "value": 1, "colour": "red" })), "unknown field `colour`");
    refused(json!({ "app": "music", "readings": [] }), "readings: there are 0");
    refused(
        json!({ "app": "mail", "readings": [{ "name": "a", "value": 1 }] }),
        "not good for the app mail",
    );
    refused(
        json!({ "app": "music", "platform": "ios", "readings": [{ "name": "a", "value": 1 }] }),
        "not good for ios of music",
    );
    refused(
        json!({ "app": "music", "version": "9.1.24", "readings": [{ "name": "a", "value": 1 }] }),
        "platform: it is missing",
    );
    refused(
        json!({ "app": "music", "platform": "android", "version": "new", "readings": [{ "name": "a", "value": 1 }] }),
        "version: `new` is no version",
    );
    assert!(inbox.slots().values().all(|it| it.items.is_empty()));
}

#[test]
fn only_its_own_token_is_admitted_and_a_short_one_is_no_setting() {
    let inbox = inbox();
    assert!(inbox.admits("a-token-that-is-long-enough"));
    assert!(!inbox.admits("") && !inbox.admits("a-token-that-is-long-enougH"));
    let short = opened(SETTINGS, &Hidden).map(drop).expect_err("short").to_string();
    assert!(short.contains("sources.ci.token: the token is too short"), "{short}");
    assert!(!short.contains(crate::contract::HIDDEN));
    let nothing = SETTINGS.replace("['reading', 'check']", "[]");
    let nothing = opened(&nothing, &Long).map(drop).expect_err("nothing").to_string();
    assert!(nothing.contains("tells: nothing may be pushed"), "{nothing}");
}
