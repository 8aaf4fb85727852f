//! Faults are counted, expire, and spoil what they should.
use serde_json::json;

use super::{Fault, Faults, Lasts};
use crate::vendors::{Answer, Body, Vendor};

#[test]
fn a_fault_lasts_for_its_calls_or_until_its_moment() {
    let faults = Faults::default();
    faults.set(Vendor::Jira, Fault::Down, Lasts::Calls(2));
    faults.set(Vendor::Github, Fault::Broken, Lasts::Until(100));
    assert_eq!(faults.take(Vendor::Jira, "/", 0), Some(Fault::Down));
    assert_eq!(faults.take(Vendor::Jira, "/", 0), Some(Fault::Down));
    assert_eq!(faults.take(Vendor::Jira, "/", 0), None);
    assert_eq!(faults.take(Vendor::Github, "/", 99), Some(Fault::Broken));
    assert_eq!(faults.take(Vendor::Github, "/", 100), None);
    assert_eq!(faults.take(Vendor::Sentry, "/", 0), None);
}

#[test]
fn a_fault_may_lie_on_some_paths_alone() {
    let faults = Faults::default();
    faults.set_on(Vendor::Github, "/compare/", Fault::NotFound, Lasts::Always);
    assert_eq!(faults.take(Vendor::Github, "/repos/a/b/branches", 0), None);
    assert_eq!(faults.take(Vendor::Github, "/repos/a/b/compare/x...y", 0), Some(Fault::NotFound));
    faults.lift(Vendor::Github);
    assert_eq!(faults.take(Vendor::Github, "/repos/a/b/compare/x...y", 0), None);
}

#[test]
fn good_answers_are_spoilt_as_told() {
    let good = || Answer::json(json!({"isLast": true, "issues": [{"id": "1"}, {"id": "2"}]}));
    let body = |fault: &Fault| match fault.spoil(good(), "http://x/p").body {
        Body::Json(value) => value.to_string(),
        Body::Cut(text) | Body::Html(text) => text,
        Body::Empty => String::new(),
    };
    assert!(serde_json::from_str::<serde_json::Value>(&body(&Fault::CutJson)).is_err());
    assert_eq!(body(&Fault::WrongType), r#"{"isLast":true,"issues":"none"}"#);
    assert_eq!(body(&Fault::EmptyList), r#"{"isLast":true,"issues":[]}"#);
    assert!(body(&Fault::RepeatedCursor).contains(r#""nextPageToken":"t1""#));
}
