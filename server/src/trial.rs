//! Other rules, tried: what the trains in flight would do by them now. The very function that the conductor decides by is
//! asked, with what it knew at its last look; nothing is written, and nothing is done.

use crate::config::Fault;
use crate::config::process::Document;
use crate::settings::Configured;
use app::still::settings::trial::{Answer, Change, Outcome, Wrong};
use conductor::line::decide_line;
use conductor::process::{Mode, Process};
use conductor::{Decision, Inputs, LineId, Next, TrackId};
use engine::{Decided, Published};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Tries rules, as somebody wrote them, in the place of a process.
pub(crate) fn attempt(
    text: &str,
    process: &str,
    configured: &Configured,
    published: &Published,
) -> Answer {
    let document = match Document::read(text, Path::new("")) {
        Ok(document) => document,
        Err(faults) => return wrong(faults),
    };
    let windows: Vec<&str> = configured.windows.keys().map(String::as_str).collect();
    let mut faults = document.unknown_windows(&windows);
    let follows = |it: &&conductor::App| {
        it.lines
            .iter()
            .any(|line| line.process == process || line.hotfix_process.as_deref() == Some(process))
    };
    faults.extend(
        configured.shown.apps.iter().filter(follows).flat_map(|app| document.unknown_people(app)),
    );
    if document.process.name != process {
        let words = format!(
            "`{}` is another process; keep `{process}` here, or try it on the page of that one",
            document.process.name
        );
        let line = text.lines().position(|line| line.trim_start().starts_with("name"));
        let line = line.map_or(0, |index| index + 1);
        faults.push(Fault { file: None, line, key: "name".to_owned(), words });
    }
    if !faults.is_empty() {
        return wrong(faults);
    }
    Answer::Found(outcomes(&document.process, configured, published))
}

fn wrong(mut faults: Vec<Fault>) -> Answer {
    faults.sort_by_key(|it| it.line);
    let faults = faults.into_iter().map(|it| Wrong { line: it.line, key: it.key, words: it.words });
    Answer::Wrong(faults.collect())
}

/// The tracks in flight that follow a process.
pub(crate) fn in_flight<'a>(
    published: &'a Published,
    process: &'a str,
) -> impl Iterator<Item = (&'a TrackId, &'a Arc<Decided>)> {
    let lines = published.board.apps.iter().flat_map(|app| &app.lines);
    lines
        .flat_map(|line| &line.current)
        .filter_map(|view| published.tracks.get_key_value(&view.id))
        .filter(move |(_, it)| it.inputs.process.name == process)
}

/// What each track in flight that follows the process would do by these rules.
fn outcomes(rules: &Process, configured: &Configured, published: &Published) -> Vec<Outcome> {
    let followers: Vec<_> = in_flight(published, &rules.name).collect();
    let mut lines: BTreeMap<LineId, Vec<Inputs>> = BTreeMap::new();
    for (id, _) in &followers {
        lines.entry(id.line()).or_default();
    }
    // Whole lines are decided, as what one track does stands in the way of the others.
    for (id, decided) in &published.tracks {
        if let Some(line) = lines.get_mut(&id.line()) {
            line.push(with_rules(&decided.inputs, rules, configured));
        }
    }
    let after: BTreeMap<TrackId, Decision> = lines
        .into_values()
        .flat_map(decide_line)
        .map(|(_, decision)| (decision.track.clone(), decision))
        .collect();
    let mut outcomes: Vec<Outcome> = followers
        .into_iter()
        .filter_map(|(id, now)| {
            let after = after.get(id)?;
            Some(Outcome {
                track: id.clone(),
                title: now.view.title.clone(),
                change: change(&now.decision, after),
                before: headline(&now.decision),
                after: headline(after),
            })
        })
        .collect();
    outcomes.sort_by(|a, b| a.change.cmp(&b.change).then_with(|| a.track.cmp(&b.track)));
    outcomes
}

/// What a track is decided from, with these rules if it follows the process.
fn with_rules(inputs: &Inputs, rules: &Process, configured: &Configured) -> Inputs {
    let mut inputs = inputs.clone();
    // Who goes first on the line is decided anew.
    for other in &mut inputs.facts.line {
        other.goes_first = false;
    }
    if inputs.process.name != rules.name {
        return inputs;
    }
    inputs.process = rules.clone();
    for name in rules.window_names() {
        let now = inputs.now;
        inputs.facts.windows.entry(name.clone()).or_insert_with(|| {
            // That it is there was asked before; those that need not be are always open.
            configured
                .windows
                .get(&name)
                .map_or_else(|| engine::always_open(now), |spec| spec.around(now))
        });
    }
    inputs
}

fn change(before: &Decision, after: &Decision) -> Change {
    let same = before.next == after.next
        && before.stage == after.stage
        && before.headline.text == after.headline.text;
    match &after.next {
        _ if same => Change::Same,
        Next::Fire { mode: Mode::Auto, .. } => Change::Advances,
        Next::Fire { .. } => Change::Ready,
        Next::Pause { .. } => Change::Pauses,
        Next::Wait | Next::Rest => match before.next {
            Next::Wait | Next::Rest => Change::WaitsOtherwise,
            Next::Fire { .. } | Next::Pause { .. } => Change::Waits,
        },
    }
}

fn headline(decision: &Decision) -> String {
    let told = &decision.headline;
    if told.more.is_empty() { told.text.clone() } else { format!("{} ({})", told.text, told.more) }
}

#[cfg(test)]
mod tests;
