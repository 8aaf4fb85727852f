//! The policy's hashes.
use super::*;

#[test]
fn every_inline_script_is_hashed_once_and_linked_ones_are_not() {
    let html = b"<head><script>a()</script><script src=\"/x.js\"></script><script type=\"module\">b()</script></head><script>a()</script>";
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    assert_eq!(script_hashes(html), [hash("a()"), hash("b()")]);
}

#[test]
fn a_page_that_is_no_text_or_ends_in_a_script_has_what_can_be_hashed() {
    assert!(script_hashes(&[0xff, 0xfe]).is_empty());
    assert!(script_hashes(b"<script>never ends").is_empty());
}
