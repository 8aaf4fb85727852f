//! The order of versions (case 01), and what is none.
use super::*;

fn ordered(texts: &[&str]) {
    let versions: Vec<_> = texts.iter().map(|t| Version::parse(t).unwrap()).collect();
    let mut sorted = versions.clone();
    sorted.reverse();
    sorted.sort();
    assert_eq!(sorted, versions);
}

#[test]
fn case_01_numbers_are_compared_as_numbers() {
    ordered(&[
        "9.9",
        "9.10",
        "9.10.1",
        "10.0",
        "2026.3-beta2",
        "2026.3-beta10",
        "2026.3",
        "2026.12",
    ]);
    ordered(&["7.100", "7.101", "8.0"]);
}

#[test]
fn trailing_zeros_stand_at_the_same_place() {
    let (a, b) = (Version::parse("9.1").unwrap(), Version::parse("9.1.0").unwrap());
    assert!(a.same_place(&b));
    assert_ne!(a, b);
}

#[test]
fn what_is_no_version_says_so() {
    for text in ["", "release", "9.1/24", "9 1", "99999999999999999999999", "9.1\u{202e}2"] {
        assert!(Version::parse(text).is_err(), "{text}");
    }
    assert!(Version::parse(&"9".repeat(65)).is_err());
}
