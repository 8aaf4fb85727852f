//! What the subset of JQL takes, finds and refuses.
use super::{Query, Row};

const NOW: i64 = 1_773_043_200_000;

fn row() -> Row {
    let words = [
        ("project", vec!["LARK"]),
        ("fixversion", vec!["Android 7.72"]),
        ("priority", vec!["Highest"]),
        ("labels", vec!["release-blocker"]),
        ("status", vec!["In Progress"]),
        ("statuscategory", vec!["In Progress"]),
        ("resolution", vec![]),
        ("assignee", vec![]),
        ("summary", vec!["Crash on start"]),
    ];
    Row {
        words: words
            .into_iter()
            .map(|(name, values)| {
                (name.to_owned(), values.into_iter().map(str::to_owned).collect())
            })
            .collect(),
        moments: [("created".to_owned(), NOW - 86_400_000), ("updated".to_owned(), NOW - 600_000)]
            .into(),
        urgency: 0,
        number: 5,
    }
}

#[track_caller]
fn check(jql: &str, found: bool) {
    assert_eq!(Query::parse(jql).unwrap().takes(&row(), NOW), found, "{jql}");
}

#[test]
fn release_questions_are_understood() {
    check("project = LARK", true);
    check("project in (QUILL, lark) and statusCategory != Done", true);
    check(
        "fixVersion = \"Android 7.72\" AND priority in (Highest, High) ORDER BY priority DESC, key",
        true,
    );
    check("fixVersion is EMPTY", false);
    check("fixVersion in ('Android 7.71')", false);
    check("resolution = Unresolved", true);
    check("resolution is not EMPTY", false);
    check("assignee is EMPTY and labels = release-blocker", true);
    check("assignee != x", false);
    check("updated >= -15m", true);
    check("updated >= -5m", false);
    check("updated >= \"2026-03-09 07:00\" AND created < 2026-03-09", true);
    check("summary ~ crash AND status not in (Done, \"To Do\")", true);
    check("statusCategory = indeterminate", true);
}

#[test]
fn the_rest_is_refused_in_jiras_words() {
    for (jql, word) in [
        ("", "Unbounded"),
        ("order by key", "Unbounded"),
        ("project = LARK OR project = QUILL", "AND"),
        ("colour = red", "does not exist"),
        ("project = \"LARK", "not been completed"),
        ("fixVersion in releasedVersions()", "("),
        ("fixVersion = latestReleasedVersion()", "function"),
        ("priority > High", "not supported"),
        ("updated >= yesterday", "invalid"),
        ("project =", "before the end"),
        ("project in LARK", "'('"),
    ] {
        let error = Query::parse(jql).unwrap_err();
        assert!(error.contains(word), "{jql}: {error}");
    }
}

#[test]
fn values_that_the_site_does_not_have_are_refused() {
    let query =
        Query::parse("project = NOPE AND fixVersion = 'Android 1' AND priority = Blocker").unwrap();
    let wrong =
        query.unknown_values(&["LARK".to_owned()], &["Android 7.72".to_owned()], &["Highest"]);
    assert_eq!(wrong.len(), 3, "{wrong:?}");
}
