//! What is kept of a history.
use super::{EMBEDDED, History, HistoryError, embedded};

#[test]
fn every_embedded_history_can_be_played_for_years() {
    for name in EMBEDDED {
        let history = History::parse(embedded(name).unwrap()).unwrap();
        let (first, last) = (history.releases.first().unwrap(), history.releases.last().unwrap());
        assert!(history.releases.len() > 30, "{name}: {}", history.releases.len());
        assert!(last.branched_at - first.branched_at > 2 * 365 * 86_400_000, "{name}");
    }
}

#[test]
fn candidates_that_precede_the_branch_are_put_aside() {
    for name in EMBEDDED {
        for release in History::parse(embedded(name).unwrap()).unwrap().releases {
            assert!(
                release.candidates.iter().all(|candidate| candidate.at >= release.branched_at),
                "{name}"
            );
        }
    }
}

#[test]
fn what_is_no_history_is_refused_with_what_to_do() {
    let error = History::parse("{\"releases\": 3}").unwrap_err();
    assert!(error.to_string().contains("crates/simulator/data"), "{error}");
    let short = r#"{"app":"a","platform":"ios","zone":"UTC","releases":[]}"#;
    assert!(matches!(History::parse(short), Err(HistoryError::TooShort { found: 0, .. })));
}
