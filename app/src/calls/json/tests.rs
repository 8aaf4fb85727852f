//! Whatever `serde_json` writes of our types is read back the same, and nothing else gets through.

use serde_json::Value;

use super::*;

#[track_caller]
fn same(text: &str) {
    let ours: Result<Value, _> = from_str(text);
    let theirs: Result<Value, _> = serde_json::from_str(text);
    assert_eq!(ours.ok(), theirs.ok(), "{text}");
}

#[test]
fn values_are_read_as_serde_json_reads_them() {
    for text in [
        "null",
        "true",
        " false ",
        "0",
        "-1",
        "18446744073709551615",
        "-9223372036854775808",
        "\"\"",
        r#""a\"b\\c\/d\b\f\n\r\t""#,
        r#""\u00e9\ud83d\ude80\u0041""#,
        "\"é🚀\u{202e}\"",
        "[]",
        "[1, 2 ,3]",
        "{}",
        r#"{"a": [{"b": null}], "c": {"d": "e"}}"#,
        "\n\t[ { } ]\r\n",
        r#"{"a":1,"a":2}"#,
    ] {
        same(text);
    }
}

#[test]
fn what_is_no_json_is_an_error() {
    for text in [
        "",
        " ",
        "nul",
        "tru",
        "[1,]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "{\"a\":1,}",
        "[",
        "]",
        "\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\ud83d\"",
        "\"\\ud83dx\"",
        "\"\\ud83d\\u0041\"",
        "\"\u{1}\"",
        "-",
        "1.5",
        "2e3",
        "1 2",
        "+1",
        "[1]]",
        "'a'",
    ] {
        let ours: Result<Value, _> = from_str(text);
        assert!(ours.is_err(), "{text}");
    }
}

#[test]
fn a_number_may_be_a_key() {
    let map = std::collections::BTreeMap::from([(20_000_u32, -5_i64), (1, 7)]);
    let text = serde_json::to_string(&map).expect("JSON");
    assert_eq!(text, r#"{"1":7,"20000":-5}"#);
    assert_eq!(from_str::<std::collections::BTreeMap<u32, i64>>(&text), Ok(map));
    for text in [r#"{"1: 7}"#, r#"{"": 7}"#, r#"{"a": 7}"#, r#"{"1.5": 7}"#] {
        assert!(from_str::<std::collections::BTreeMap<u32, i64>>(text).is_err(), "{text}");
    }
}

#[test]
fn what_is_too_deep_is_an_error_and_no_overflow() {
    let deep = "[".repeat(100_000);
    assert!(from_str::<Value>(&deep).is_err());
}

/// As an enum with a tag is to the browser.
#[derive(Debug, PartialEq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Untold {
    Plain,
    Struct { a: Vec<u32>, b: Option<Box<Untold>> },
    Newtype(Inner),
}

#[derive(Debug, PartialEq, serde::Deserialize)]
struct Inner {
    c: String,
}

#[test]
fn an_enum_is_read_by_its_name_by_its_key_and_by_a_tag_that_comes_first() {
    let read = |text| from_str::<Untold>(text).ok();
    let inner = Some(Untold::Newtype(Inner { c: "x".to_owned() }));
    let whole = Some(Untold::Struct { a: vec![1, 2], b: Some(Box::new(Untold::Plain)) });
    assert_eq!(read(r#""plain""#), Some(Untold::Plain));
    assert_eq!(read(r#"{"plain": null}"#), Some(Untold::Plain));
    assert_eq!(read(r#"{"kind": "plain"}"#), Some(Untold::Plain));
    assert_eq!(read(r#"{"kind": "plain", "new": [{}], "newer": 1}"#), Some(Untold::Plain));
    assert_eq!(read(r#"{"newtype": {"c": "x"}}"#), inner);
    assert_eq!(read(r#"{"is": "newtype", "c": "x", "d": {"e": "}"}}"#), inner);
    assert_eq!(read(r#"{"struct": {"a": [1, 2], "b": "plain"}}"#), whole);
    assert_eq!(read(r#"{"kind": "struct", "b": {"kind": "plain"}, "a": [1, 2]}"#), whole);
}

#[test]
fn an_enum_of_no_known_name_or_cut_short_is_an_error() {
    for text in [
        r#""other""#,
        r#"{"kind": "other"}"#,
        r#"{"kind": 1}"#,
        r#"{"kind": "plain""#,
        r#"{"kind": "newtype"}"#,
        r#"{"kind": "newtype", "c": "x""#,
        r#"{"kind": "struct", "a": [1, 2]"#,
        "{}",
        "{",
    ] {
        assert!(from_str::<Untold>(text).is_err(), "{text}");
    }
}

#[cfg(feature = "ssr")]
mod of_pages {
    use conductor::board::{Board, Patch, TrackPage};

    use super::*;
    use crate::fixtures::{self, fixed};

    #[test]
    fn boards_and_tracks_come_back_bit_by_bit() {
        let fixed = fixed();
        let text = serde_json::to_string(&*fixed.board).expect("JSON");
        assert_eq!(from_str::<Board>(&text).expect("a board"), *fixed.board);
        for page in fixed.tracks.values() {
            let text = serde_json::to_string(&**page).expect("JSON");
            let read: TrackPage = from_str(&text).expect("a page");
            assert_eq!(read, **page);
            // What the browser does with it.
            assert_eq!(conductor::decide(&read.inputs), page.decision);
        }
    }

    #[test]
    fn a_patch_comes_back() {
        let old = Board::clone(&fixed().board);
        let mut new = old.clone();
        new.revision += 1;
        new.calls.clear();
        new.apps.reverse();
        let patch = Patch::between(&old, &new);
        let text = serde_json::to_string(&patch).expect("JSON");
        assert_eq!(from_str::<Patch>(&text).expect("a patch"), patch);
    }

    #[test]
    fn a_page_that_was_cut_anywhere_is_an_error() {
        let app = fixtures::app_named("music", "Müsic", "M");
        let (page, _) = fixtures::page(fixtures::stories(&app).remove(1));
        let text = serde_json::to_string(&page).expect("JSON");
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            assert!(from_str::<TrackPage>(&text[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn an_answer_of_a_newer_server_is_read_as_far_as_it_is_known() {
        let mut value = serde_json::to_value(&*fixed().board).expect("JSON");
        value["not_yet_known"] =
            serde_json::json!({ "a": [1.5, -2e9, { "b": "c", "d": [] }, {}, null, true] });
        assert_eq!(from_str::<Board>(&value.to_string()).expect("a board"), *fixed().board);
    }
}
