//! Words, and outside text made fit.

use super::*;

#[test]
fn outside_text_loses_what_turns_or_breaks_a_line() {
    assert_eq!(plain("a\u{202e}b\u{2066}c\u{200f}", 9), "abc");
    assert_eq!(plain("  two\n\n lines\tand a \u{7} bell ", 40), "two lines and a bell");
    assert_eq!(plain("41\u{202f}200 sessions", 40), "41\u{202f}200 sessions");
}

#[test]
fn long_text_is_cut_and_says_so() {
    assert_eq!(plain("abcdef", 6), "abcdef");
    assert_eq!(plain("abcdefg", 6), "abcdef…");
    assert_eq!(plain(&"x".repeat(10_000), LONGEST).chars().count(), LONGEST + 1);
    assert_eq!(plain("", 6), "");
}

#[test]
fn only_web_addresses_and_our_own_pages_become_links() {
    for good in ["https://a.example/x", "HTTP://a.example", "/apps/music/android/9.1.24#sign-offs"]
    {
        assert_eq!(link(Some(good)).as_deref(), Some(good));
    }
    for bad in [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "/\\evil.example",
        "ftp://a",
        "",
        "é",
    ] {
        assert_eq!(link(Some(bad)), None, "{bad}");
    }
    assert_eq!(link(None), None);
}

#[test]
fn the_heading_counts_who_needs_a_person() {
    assert_eq!(
        [0, 1, 3].map(need_you),
        ["Nothing needs you", "1 release needs you", "3 releases need you"]
    );
}

#[test]
fn the_line_below_counts_the_others() {
    let summary = |waiting, held, moving| others(Summary { need_you: 9, waiting, held, moving });
    assert_eq!(summary(4, 1, 1), "4 wait on others, 1 is held, 1 moves on its own.");
    assert_eq!(summary(1, 0, 2), "1 waits on others, 2 move on their own.");
    assert_eq!(summary(0, 0, 0), "");
}

#[test]
fn an_outcome_that_is_no_pass_is_never_green() {
    let all = [
        Outcome::Passed,
        Outcome::Failed,
        Outcome::Running,
        Outcome::Skipped,
        Outcome::Cancelled,
        Outcome::Other("neutral".to_owned()),
    ];
    let green: Vec<_> = all.iter().filter(|it| outcome(it).0 == Signal::Go).collect();
    assert_eq!(green, [&Outcome::Passed]);
}

#[cfg(feature = "ssr")]
#[test]
fn a_title_cannot_close_its_element() {
    let title = for_title("</title><script>alert(1)</script> & co");
    assert_eq!(title, "&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; co");
}
