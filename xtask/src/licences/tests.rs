//! How licence expressions are judged.

use super::{fault, is_allowed};
use serde_json::json;

#[track_caller]
fn check(expression: &str, expected: bool) {
    assert_eq!(is_allowed(expression), Ok(expected), "{expression}");
}

#[test]
fn one_allowed_side_of_an_or_is_enough_and_an_and_needs_both() {
    check("MIT", true);
    check("MIT OR Apache-2.0", true);
    check("GPL-3.0-only OR MIT", true);
    check("GPL-3.0-only", false);
    check("MIT AND GPL-3.0-only", false);
    check("(MIT OR Apache-2.0) AND Unicode-3.0", true);
    check("(MIT OR Apache-2.0) AND GPL-2.0-only", false);
    check("ISC AND (Apache-2.0 OR ISC) AND OpenSSL", true);
}

#[test]
fn and_binds_closer_than_or() {
    check("MIT OR GPL-2.0-only AND LGPL-2.1-only", true);
    check("GPL-2.0-only AND MIT OR LGPL-2.1-only", false);
}

#[test]
fn an_exception_is_a_licence_of_its_own() {
    check("Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT", true);
    check("GPL-2.0-only WITH Classpath-exception-2.0", false);
}

#[test]
fn the_old_way_of_writing_or_is_understood() {
    check("MIT/Apache-2.0", true);
    check("GPL-3.0/AGPL-3.0", false);
}

#[test]
fn what_cannot_be_read_is_a_fault_and_not_a_pass() {
    for expression in ["", "MIT OR", "(MIT", "MIT)", "MIT Apache-2.0", "MIT WITH"] {
        assert!(is_allowed(expression).is_err(), "{expression}");
    }
}

#[test]
fn a_crate_that_names_no_licence_is_told_by_name() {
    let package = json!({ "name": "riddle", "version": "1.0.0", "license": null });
    assert_eq!(fault(&package).as_deref(), Some("riddle 1.0.0: names no licence"));
    let package = json!({ "name": "open", "version": "2.0.0", "license": "MIT" });
    assert_eq!(fault(&package), None);
}
