//! A folder of examples: each a file with a process, a train, a moment and what is expected of the decision. Only what
//! is expected is compared.

use super::track::{self, WrittenTrack};
use super::{Judged, document, prose, text_of, told};
use crate::Failure;
use conductor::lamp::{Lamps, Signal};
use conductor::{Action, Decision, Mode, Moment, Next, Standing, decide};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What came of a folder.
pub(super) struct Report {
    pub(super) text: String,
    pub(super) wrong: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    /// What it is about.
    #[serde(default)]
    title: String,
    /// A process that comes with the product, or a file, from the folder of examples.
    process: String,
    #[serde(deserialize_with = "track::moment")]
    now: Moment,
    /// The train …
    track: Option<WrittenTrack>,
    /// … or the file that it stands in, from the folder of examples.
    track_file: Option<PathBuf>,
    expect: Expected,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Expected {
    /// The stage's id; empty: not branched yet.
    stage: Option<String>,
    standing: Option<Standing>,
    next: Option<Step>,
    action: Option<Action>,
    mode: Option<Mode>,
    build: Option<String>,
    headline: Option<String>,
    more: Option<String>,
    who: Option<String>,
    then: Option<String>,
    /// By the rule's id: conditions, guards, and those for a newer build.
    findings: BTreeMap<String, Word>,
    lamps: BTreeMap<Name, Signal>,
    /// A part of the text of each warning that must be there.
    warnings: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    Fire,
    Pause,
    Wait,
    Rest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Met,
    Unmet,
    Unknown,
    Waived,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Name {
    Release,
    Bugs,
    SignOffs,
    Quality,
}

/// Runs all examples of a folder: each `.toml` and `.json` file in it that says what it expects.
pub(super) fn run(folder: &Path) -> Result<Report, Failure> {
    let files = files(folder)?;
    let (mut text, mut wrong) = (String::new(), 0);
    for file in &files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        match judged(file, folder) {
            Ok((example, judged)) => {
                let differences = differences(&example.expect, &judged.decision);
                let about = if example.title.is_empty() {
                    String::new()
                } else {
                    format!(": {}", example.title)
                };
                if differences.is_empty() {
                    let _ = writeln!(text, "ok       {name}{about}");
                    continue;
                }
                let _ = writeln!(text, "differs  {name}{about}");
                for it in &differences {
                    let _ = writeln!(text, "    {}", it.what);
                    let _ = writeln!(text, "      - expected  {}", it.expected);
                    let _ = writeln!(text, "      + found     {}", it.found);
                }
                let told = &judged.decision.headline;
                let _ = writeln!(text, "    at {}: {}", judged.inputs.now, told.text);
            }
            Err(error) => {
                let _ = writeln!(text, "broken   {name}");
                for line in error.to_string().lines() {
                    let _ = writeln!(text, "    {line}");
                }
            }
        }
        wrong += 1;
    }
    let all = files.len();
    let examples = if all == 1 { "example" } else { "examples" };
    let _ = match wrong {
        0 => writeln!(text, "\n{all} {examples}, all as expected"),
        wrong => writeln!(text, "\n{all} {examples}, {wrong} not as expected"),
    };
    Ok(Report { text, wrong })
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unread = |error: std::io::Error| {
        format!("{} cannot be read ({error}); name a folder of examples", folder.display())
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unread)? {
        let file = entry.map_err(unread)?.path();
        let read = file.extension().is_some_and(|it| it == "toml" || it == "json");
        // Trains and processes may stand beside the examples: what expects nothing is none.
        if read && text_of(&file)?.contains("expect") {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() {
        let words =
            "holds no example; one is a .toml or .json file with process, now, track and expect";
        return Err(format!("{} {words}", folder.display()).into());
    }
    Ok(files)
}

fn judged(file: &Path, folder: &Path) -> Result<(Example, Judged), Failure> {
    let mut example: Example = track::read(&text_of(file)?, file).map_err(told(file))?;
    let document = document(&example.process, folder)?;
    let (written, from) = match (example.track.take(), &example.track_file) {
        (Some(written), None) => (written, file.to_owned()),
        (None, Some(name)) => {
            let from = folder.join(name);
            (track::read::<WrittenTrack>(&text_of(&from)?, &from).map_err(told(&from))?, from)
        }
        _ => return Err("says of no train, or of two; give it [track], or track_file".into()),
    };
    let inputs = written.inputs(&document, example.now, &from).map_err(told(&from))?;
    let decision = decide(&inputs);
    Ok((example, Judged { inputs, decision }))
}

/// What the examples of a folder are decided from.
#[cfg(test)]
pub(super) fn inputs(folder: &Path) -> Result<Vec<conductor::Inputs>, Failure> {
    files(folder)?.iter().map(|file| Ok(judged(file, folder)?.1.inputs)).collect()
}

/// One thing that is not as expected.
struct Difference {
    what: String,
    expected: String,
    found: String,
}

fn differences(expected: &Expected, decision: &Decision) -> Vec<Difference> {
    let mut all = Vec::new();
    let mut hold = |what: &str, expected: Option<String>, found: String| {
        if let Some(expected) = expected.filter(|it| *it != found) {
            all.push(Difference { what: what.to_owned(), expected, found });
        }
    };
    let (step, action, mode) = match &decision.next {
        Next::Fire { action, mode } => (Step::Fire, Some(*action), Some(*mode)),
        Next::Pause { .. } => (Step::Pause, None, None),
        Next::Wait => (Step::Wait, None, None),
        Next::Rest => (Step::Rest, None, None),
    };
    let stage = decision.stage.as_ref().map_or("", |it| it.as_str());
    let nothing = || "nothing".to_owned();
    hold("stage", expected.stage.clone(), stage.to_owned());
    hold(
        "standing",
        words(expected.standing.map(Standing::as_str)),
        decision.standing.as_str().to_owned(),
    );
    hold("next", expected.next.map(lower), lower(step));
    hold(
        "action",
        words(expected.action.map(Action::as_str)),
        words(action.map(Action::as_str)).unwrap_or_else(nothing),
    );
    hold(
        "mode",
        words(expected.mode.map(Mode::title)),
        words(mode.map(Mode::title)).unwrap_or_else(nothing),
    );
    hold("build", expected.build.clone(), decision.build.clone().unwrap_or_else(nothing));
    let told = &decision.headline;
    hold("headline", expected.headline.clone(), told.text.clone());
    hold("more", expected.more.clone(), told.more.clone());
    hold("who", expected.who.clone(), told.who.name.clone());
    hold("then", expected.then.clone(), told.then.clone());
    let found = || decision.findings.iter().chain(&decision.guards).chain(&decision.renewal);
    for (id, word) in &expected.findings {
        let finding = found().find(|it| it.id == *id);
        let is = finding.map_or_else(
            || {
                let ids: Vec<&str> = found().map(|it| it.id.as_str()).collect();
                format!("no such rule at this stage; there are {}", ids.join(", "))
            },
            |it| prose::word(it).to_owned(),
        );
        hold(id, Some(lower(*word)), is);
    }
    for (name, signal) in &expected.lamps {
        let is = lamp(&decision.lamps, *name);
        hold(&format!("lamp {}", lower(*name)), Some(signal.as_str().to_owned()), is);
    }
    for part in &expected.warnings {
        if !decision.warnings.iter().any(|it| it.text.contains(part)) {
            let texts: Vec<&str> = decision.warnings.iter().map(|it| it.text.as_str()).collect();
            let found = if texts.is_empty() { "no warning".to_owned() } else { texts.join(" | ") };
            hold("warnings", Some(format!("… {part} …")), found);
        }
    }
    all
}

fn words(word: Option<&'static str>) -> Option<String> {
    word.map(str::to_owned)
}

/// A name of ours as it is written in an example.
fn lower(word: impl std::fmt::Debug) -> String {
    let mut text = String::new();
    for (at, letter) in format!("{word:?}").chars().enumerate() {
        if at > 0 && letter.is_uppercase() {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

fn lamp(lamps: &Lamps, name: Name) -> String {
    let lamp = match name {
        Name::Release => &lamps.release,
        Name::Bugs => &lamps.bugs,
        Name::SignOffs => &lamps.sign_offs,
        Name::Quality => &lamps.quality,
    };
    lamp.signal.as_str().to_owned()
}
