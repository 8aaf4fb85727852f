//! Questions as browsers and people write them into addresses.
use super::*;

#[test]
fn a_question_is_read_as_forms_write_it() {
    for (query, question) in [
        ("q=9.1.24", "9.1.24"),
        ("q=Music+iOS%20%2B1", "Music iOS +1"),
        ("x=1&q=%23812&q=other", "#812"),
        ("q=%C3%A9%F0%9F%8E%B5", "é🎵"),
        ("q=%3Cscript%3E", "<script>"),
        ("q=100%", "100%"),
        ("q=%zz%4", "%zz%4"),
        ("q=%ff", "\u{fffd}"),
        ("q=", ""),
        ("q", ""),
        ("", ""),
    ] {
        assert_eq!(field(query, "q"), question, "{query}");
    }
}

#[test]
fn nothing_published_answers_with_nothing() {
    let published = Published::default();
    for question in ["", "9.1.24", "deadbeef", "MUS-1", "Ada"] {
        assert!(look(&published, question).is_empty(), "{question}");
    }
}
