//! Still pages as text: what they load, and that what comes from outside stays text.

use conductor::board::{Board, SourceView};
use conductor::lamp::Signal;
use conductor::reading::SourceId;

use super::*;

fn assets() -> Assets {
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
