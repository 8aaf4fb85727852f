//! Still pages as text: what they load, and that what comes from outside stays text.

use conductor::board::{Board, SourceView};
use conductor::lamp::Signal;
use conductor::reading::SourceId;

use super::*;

pub(super) fn assets() -> Assets {
    Assets {
        js: "/pkg/a.js".into(),
        wasm: "/pkg/a_bg.wasm".into(),
        css: "/pkg/main.css".into(),
        still_css: "/pkg/still.css".into(),
    }
}

fn board(sources: Vec<SourceView>) -> Board {
    Board { sources, ..Board::default() }
}

fn jira(fault: &str) -> SourceView {
    SourceView {
        id: SourceId::new("jira"),
        title: "Jira <b>Cloud</b>".to_owned(),
        signal: if fault.is_empty() { Signal::Go } else { Signal::Unknown },
        good_at: None,
        fault: fault.to_owned(),
        calls: 12,
        calls_last_read: 3,
    }
}

#[test]
fn a_still_page_loads_styles_and_no_wasm_and_says_where_it_is() {
    let page = sources::page(&assets(), &board(vec![jira("")]), Some("Ada <Park>".to_owned()));
    assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\"><head>"));
    assert!(page.contains("<title>Sources · Signalbox</title>"));
    assert!(page.contains("href=\"/pkg/main.css\"") && page.contains("href=\"/pkg/still.css\""));
    assert!(!page.contains("wasm") && !page.contains("/pkg/a.js"));
    assert!(
        page.contains("<a href=\"/sources\" rel=\"external\" aria-current=\"page\">Sources</a>")
    );
    assert!(page.contains("Ada &lt;Park&gt;"));
}

#[test]
fn what_comes_from_outside_is_text() {
    let page = sources::page(&assets(), &board(vec![jira("says <script>alert(1)</script>")]), None);
    assert!(page.contains("Jira &lt;b&gt;Cloud&lt;/b&gt;"));
    assert!(page.contains("says &lt;script&gt;"));
    assert!(page.contains("1 of 1 sources give no fresh answer."));
}

#[test]
fn no_source_says_what_to_do() {
    let page = sources::page(&assets(), &board(Vec::new()), None);
    assert!(page.contains("Name one in the configuration"));
}

fn hostile() -> conductor::find::Answer {
    use conductor::TrackId;
    use conductor::find::{Answer, Carries, Change, Hit, Place, Under};
    use conductor::observation::{Commit, Sha};
    let track = TrackId::parse("music/android/9.1.24").unwrap();
    let title = "Music <i>Android</i> 9.1.24".to_owned();
    Answer {
        asked: "\"><script>alert(1)</script>".to_owned(),
        tracks: vec![Hit {
            track: track.clone(),
            title: title.clone(),
            headline: "Waiting & waiting".to_owned(),
            signal: Signal::Wait,
            build: None,
        }],
        changes: vec![Change {
            commit: Commit {
                sha: Sha::new("deadbeefdeadbeef"),
                title: "<img src=x onerror=alert(1)>".to_owned(),
                author: None,
                at: None,
                link: Some("javascript:alert(1)".to_owned()),
            },
            places: vec![Place {
                track,
                title,
                headline: String::new(),
                branch: Carries::Yes,
                builds: vec![
                    Under {
                        number: "12".to_owned(),
                        is_candidate: true,
                        carries: Carries::No("it was made from an older commit".to_owned()),
                    },
                    Under {
                        number: "11".to_owned(),
                        is_candidate: false,
                        carries: Carries::NotKnown("its commit is not told".to_owned()),
                    },
                ],
            }],
        }],
        ..Answer::default()
    }
}

#[test]
fn what_was_found_tells_where_a_change_is_in_with_links_and_nothing_hostile() {
    let page = find::page(&assets(), &hostile(), None);
    assert!(page.contains("href=\"/apps/music/android/9.1.24\""));
    assert!(page.contains("href=\"/apps/music/android/9.1.24#builds\""));
    assert!(page.contains("Candidate, build 12: not in"));
    assert!(page.contains("it was made from an older commit"));
    assert!(page.contains("Build 11: not known"));
    assert!(!page.contains("<script>alert") && !page.contains("<img") && !page.contains("<i>"));
    assert!(!page.contains("javascript:"));
    assert!(page.contains("value=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\""));
}

#[test]
fn an_empty_question_explains_and_what_is_not_found_or_cut_is_said() {
    use conductor::find::Answer;
    let page = |answer: &Answer| find::page(&assets(), answer, None);
    let empty = page(&Answer::default());
    assert!(empty.contains("a commit (7 characters or more of its name)"));
    assert!(empty.contains("<title>Find · Signalbox</title>"));
    let asked = "deadbeef".to_owned();
    let nothing = Answer { asked, was_cut: true, ..Answer::default() };
    assert!(page(&nothing).contains("Nothing on the board is called that"));
    assert!(page(&nothing).contains("only its beginning was looked for"));
    assert!(!page(&nothing).contains("Is my change in?"));
    let commit = Answer {
        asks_for_change: true,
        cut_lists: vec!["Music Android 9.1.26".to_owned()],
        ..nothing
    };
    assert!(page(&commit).contains("Not known: no commit that is listed"));
    assert!(page(&commit).contains("are the commits of Music Android 9.1.26."));
}

fn looked_back() -> Vec<conductor::insights::LineInsights> {
    use conductor::past::{FromGit, LocalMoment, PastCandidate, PastRelease};
    let local = |hours| LocalMoment {
        at: Moment::parse("2026-03-02T10:00:00Z").unwrap() + conductor::Span::hours(hours),
        offset: conductor::Span::hours(1),
    };
    let past: Vec<PastRelease> = (0..8)
        .map(|index| {
            PastRelease::from_git(FromGit {
                track: conductor::TrackId::parse(&format!("music/ios/9.{index}")).unwrap(),
                kind: conductor::Kind::Regular,
                branched: local(index * 336),
                candidates: vec![PastCandidate {
                    name: "rc".to_owned(),
                    at: local(index * 336 + 24),
                }],
                released: Some(local(index * 336 + 264)),
                in_flight: false,
                oddities: std::collections::BTreeSet::new(),
            })
        })
        .collect();
    conductor::insights::insights(&past)
}

#[test]
fn insights_say_their_sample_and_open_to_the_releases_behind() {
    let page = insights::page(&assets(), &looked_back(), Some("music"), None);
    assert!(page.contains("<h2>music iOS</h2>"));
    assert!(page.contains("From branch to release it takes 11 d in the middle"));
    assert!(page.contains("<summary>8</summary><p>9.7 (10 d), 9.6 (10 d)"));
    assert!(page.contains("href=\"/insights.csv?app=music\""));
    assert!(!page.contains(" style="), "the policy allows no inline style");
}

#[test]
fn insights_of_another_app_or_of_none_say_so() {
    let page = insights::page(&assets(), &looked_back(), Some("<b>maps"), None);
    assert!(page.contains("No past release of this app is known.") && !page.contains("<b>maps"));
    let page = insights::page(&assets(), &[], None, None);
    assert!(page.contains("signalbox import history FILE"));
}

#[test]
fn insights_are_told_as_a_file_in_whole_seconds() {
    let text = insights::csv(&looked_back(), None);
    assert!(text.starts_with("app,platform,figure,unit,releases,median,p80\r\n"));
    assert!(text.contains("\r\nmusic,ios,Final release candidate,s,8,864000,864000\r\n"));
    assert_eq!(insights::csv(&looked_back(), Some("maps")).lines().count(), 1);
}
