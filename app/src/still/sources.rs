//! `/sources`: who answers, how old the answers are, what is wrong and what to do, and what asking cost.

use conductor::board::{Board, SourceView};
use conductor::lamp::Signal;

use super::{Frame, Place, moment, page_head, panel, table};
use crate::components::bulb::bulb;
use crate::format::plain;
use crate::plain::{El, el};
use crate::shell::Assets;

/// The page, for a visitor of that name.
pub fn page(assets: &Assets, board: &Board, visitor: Option<String>) -> String {
    let silent = board.sources.iter().filter(|it| it.signal != Signal::Go).count();
    let state = match (board.sources.len(), silent) {
        (0, _) => "No source is configured.".to_owned(),
        (1, 0) => "The one source answers.".to_owned(),
        (all, 0) => format!("All {all} sources answer."),
        (all, silent) => format!("{silent} of {all} sources give no fresh answer."),
    };
    let frame = Frame { visitor, ..Frame::new("Sources", state.clone(), Place::Sources) };
    frame.document(assets, vec![page_head("Sources", state), health(board)])
}

fn health(board: &Board) -> El {
    let panel = panel("h-health", "Health", "Those with faults first");
    if board.sources.is_empty() {
        return panel.add(el("p").class("none muted").add(
            "Name one in the configuration, as the example file tells, and start again: nothing can be decided on no data.",
        ));
    }
    let rows = board.sources.iter().map(row).collect();
    panel
        .add(table(
            "Sources",
            &["Source", "Last good answer", "What is wrong", "Requests", "In the last read"],
            rows,
        ))
        .add(el("p").class("none muted").add("Next tick: ").add(moment(board.next_tick_at)))
}

fn row(source: &SourceView) -> Vec<El> {
    let is_good = source.signal == Signal::Go;
    let said = if is_good { "answers" } else { "no fresh answer" };
    let fault =
        if source.fault.is_empty() { "Nothing".to_owned() } else { plain(&source.fault, 400) };
    vec![
        el("th")
            .attr("scope", "row")
            .attr("data-signal", source.signal.as_str())
            .add(bulb(source.signal))
            .add(el("bdi").add(plain(&source.title, 60)))
            .add(el("span").class("sr").add(format!(": {said}"))),
        el("td").add(source.good_at.map(moment)).add(source.good_at.is_none().then_some("Never")),
        el("td").add(fault).class_if("muted", source.fault.is_empty()),
        el("td").class("num").add(source.calls.to_string()),
        el("td").class("num").add(source.calls_last_read.to_string()),
    ]
}
