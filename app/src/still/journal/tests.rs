//! The page as text: what an entry opens to, where filters stand, and each way of showing nothing.

use conductor::journal::{Actor, Draft, GENESIS};
use conductor::{Moment, TrackId};
use serde_json::json;

use super::super::tests::assets;
use super::*;

fn entries(data: serde_json::Value) -> Vec<Entry> {
    let draft = Draft {
        at: Moment::parse("2026-03-12T09:00:00Z").unwrap(),
        actor: Actor::Person { name: "Mira <i>".to_owned() },
        track: TrackId::parse("music/android/9.1.24"),
        kind: EntryKind::Intent,
        text: "started <script>alert(1)</script>\u{202e}".to_owned(),
        why: "all & everything".to_owned(),
        data,
    };
    vec![draft.seal(7, GENESIS)]
}

fn shown(asked: &Asked, found: &Found) -> String {
    page(&assets(), &Board::default(), asked, found, None)
}

fn asked(filters: &[(&'static str, &str)], before: Option<i64>) -> Asked {
    let filters = filters.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Asked { filters, before, ..Asked::default() }
}

#[test]
fn an_entry_opens_to_its_train_findings_and_hash_and_what_it_says_is_text() {
    let found = entries(json!({
        "findings": [{ "id": "soak", "of": "condition", "verdict": "unmet", "waived": true,
            "waived_by": { "name": "Ada" }, "value": "<b>3 h</b>", "owner": "Time", "next_step": "it passes" }],
        "state": "claimed",
    }));
    let hash = found[0].hash.clone();
    let page = shown(&Asked::default(), &Found::Entries(found, false));
    assert!(page.contains("<details class=\"entry\" id=\"entry-7\"><summary>"));
    assert!(page.contains("href=\"/apps/music/android/9.1.24\""));
    assert!(page.contains("started &lt;script&gt;") && !page.contains("<script>alert"));
    assert!(!page.contains('\u{202e}') && page.contains("all &amp; everything"));
    assert!(page.contains("unmet, waived by Ada") && page.contains("&lt;b&gt;3 h&lt;/b&gt;"));
    assert!(page.contains("Time: it passes") && page.contains("<dd><bdi>claimed</bdi></dd>"));
    assert!(page.contains(&hash) && page.contains(GENESIS));
    assert!(page.contains("/journal?who=Mira%20%3Ci%3E"));
}

#[test]
fn what_was_before_stands_beside_what_is_after() {
    let row = "<th scope=\"row\">stage</th><td><bdi>soak</bdi></td><td><bdi>rollout</bdi></td>";
    let both = json!({ "before": { "stage": "soak" }, "after": { "stage": "rollout" } });
    let is = json!({ "before": { "stage": "soak" }, "stage": "rollout", "build": "4127" });
    for data in [both, is] {
        let page = shown(&Asked::default(), &Found::Entries(entries(data), false));
        assert!(page.contains(row), "{page}");
    }
}

#[test]
fn filters_stay_in_the_form_and_in_every_address() {
    let asked = asked(&[("app", "music"), ("who", "Ada & \"Co\"")], Some(50));
    let page = shown(&asked, &Found::Entries(entries(json!(null)), true));
    let query = "app=music&amp;who=Ada%20%26%20%22Co%22";
    assert!(page.contains(&format!("href=\"/journal?{query}&amp;before=7\" rel=\"next\">Older")));
    assert!(page.contains(&format!("href=\"/journal?{query}\">Newest")));
    assert!(page.contains(&format!("href=\"/journal.csv?{query}\"")));
    assert!(page.contains("<option selected=\"\" value=\"music\">music</option>"));
    assert!(page.contains("value=\"Ada &amp; &quot;Co&quot;\""));
}

#[test]
fn nothing_found_nothing_yet_and_nothing_older_are_told_apart() {
    let none = || Found::Entries(Vec::new(), false);
    assert!(shown(&asked(&[], None), &none()).contains("Nothing has moved yet."));
    assert!(shown(&asked(&[("app", "x")], None), &none()).contains("No entry is like that."));
    assert!(shown(&asked(&[("app", "x")], Some(3)), &none()).contains("There is nothing older."));
}

#[test]
fn a_wrong_filter_is_marked_and_a_database_that_is_away_is_told() {
    let mut wrong = asked(&[("from", "yesterday")], None);
    wrong.wrong.insert("from".to_owned(), "`yesterday` is no day".to_owned());
    wrong.wrong.insert("colour".to_owned(), "is no filter".to_owned());
    let page = shown(&wrong, &Found::Wrong);
    assert!(page.contains("aria-invalid=\"true\" aria-describedby=\"wrong-from\""));
    assert!(page.contains("id=\"wrong-from\">`yesterday` is no day<"));
    assert!(page.contains("colour: is no filter") && page.contains("Nothing was looked for."));
    let page = shown(&Asked::default(), &Found::Away("the disk is gone".to_owned()));
    assert!(page.contains("role=\"alert\">Nothing can be shown: the disk is gone<"));
}
