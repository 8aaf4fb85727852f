//! Forms as deeds, and where they lead.
use super::reading::deed;
use super::{Fields, safe_next};
use crate::deeds::Deed;
use conductor::people::Answer;
use conductor::process::Action;

fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn each_form_is_read_as_its_deed() {
    let read = |word, pairs: &[(&str, &str)]| deed(word, &fields(pairs)).unwrap();
    assert_eq!(read("hold", &[("reason", "x")]), Deed::Hold { reason: "x".to_owned() });
    assert_eq!(read("release", &[]), Deed::Release);
    assert_eq!(
        read("sign-offs", &[("team", "ads"), ("answer", "opted_out")]),
        Deed::SignOff { team: "ads".to_owned(), answer: Answer::OptedOut, comment: String::new() }
    );
    assert_eq!(
        read("orders", &[("action", "pause_rollout"), ("build", ""), ("reason", "x")]),
        Deed::Order { action: Action::PauseRollout, build: None, reason: "x".to_owned() }
    );
    assert_eq!(
        read("waivers", &[("rule", "tests"), ("span", "track"), ("reason", "x")]),
        Deed::Waive { rule: "tests".to_owned(), whole_track: true, reason: "x".to_owned() }
    );
}

#[test]
fn a_form_that_says_nothing_known_is_refused_with_its_field() {
    let words = |word, pairs: &[(&str, &str)]| deed(word, &fields(pairs)).unwrap_err().message;
    assert!(words("sign-offs", &[("answer", "given")]).starts_with("team: "));
    assert!(words("sign-offs", &[("team", "a"), ("answer", "maybe")]).starts_with("answer: "));
    assert!(words("orders", &[("action", "delete_everything")]).starts_with("action: "));
    assert!(words("waivers", &[("rule", "a"), ("span", "ever")]).starts_with("span: "));
    assert!(words("answer", &[("answer", "perhaps")]).starts_with("answer: "));
    assert_eq!(deed("destroy", &fields(&[])).unwrap_err().code, "no_such_deed");
}

#[test]
fn only_a_path_of_ours_is_gone_on_to() {
    for good in ["/", "/apps/music/android/9.1.24", "/apps/a?x=1#why"] {
        assert_eq!(safe_next(good), good);
    }
    let long = format!("/{}", "a".repeat(600));
    for bad in [
        "",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "\\/evil.example",
        "/a\\..\\b",
        "/a\r\nSet-Cookie: x=1",
        "/\t/evil.example",
        " /",
        "/é",
        &long,
    ] {
        assert_eq!(safe_next(bad), "/", "{bad}");
    }
}
