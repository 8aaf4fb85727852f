//! Moments and spans as text.
use super::*;

#[test]
fn a_moment_survives_the_way_through_text() {
    for text in ["2026-03-01T10:00:00Z", "2026-03-01T10:00:00.250Z", "1970-01-01T00:00:00Z"] {
        assert_eq!(Moment::parse(text).unwrap().to_string(), text);
    }
    assert_eq!(
        Moment::parse("2026-03-29T03:30:00+02:00").unwrap().to_string(),
        "2026-03-29T01:30:00Z"
    );
    assert!(Moment::parse("yesterday").is_err());
}

#[test]
fn spans_read_as_people_say_them() {
    for (span, words) in [
        (Span::seconds(52), "52 s"),
        (Span::minutes(34), "34 m"),
        (Span::minutes(190), "3 h 10 m"),
        (Span::hours(24), "1 d"),
        (Span::hours(54), "2 d 6 h"),
        (Span::seconds(-5), "0 s"),
    ] {
        assert_eq!(span.to_string(), words);
    }
}
