//! Rules under test: `signalbox decide` tells what would be done with one train, and `signalbox rules test` holds a
//! folder of examples against what an admin expects of them.

mod examples;
mod prose;
mod track;

use crate::Failure;
use crate::config::process::Document;
use crate::config::{self, Fault, Faults};
use conductor::{Decision, Inputs, Moment, decide};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use track::WrittenTrack;

/// What a decision looks like as JSON.
const SCHEMA: &str = include_str!("../../docs/schemas/decision.json");

/// What `signalbox decide` is asked for.
pub(crate) struct Asked {
    pub(crate) process: Option<PathBuf>,
    pub(crate) track: Option<PathBuf>,
    pub(crate) now: Option<String>,
    pub(crate) prose: bool,
    pub(crate) schema: bool,
}

/// `signalbox decide`.
pub(crate) fn decide_one(asked: Asked) -> Result<ExitCode, Failure> {
    if asked.schema {
        print!("{SCHEMA}");
        return Ok(ExitCode::SUCCESS);
    }
    let (Some(process), Some(track), Some(now)) = (asked.process, asked.track, asked.now) else {
        return Err("decide takes --process, --track and --now, or --schema alone".into());
    };
    let now = Moment::parse(&now).map_err(|error| format!("--now: {error}"))?;
    let document = document(&process.to_string_lossy(), Path::new(""))?;
    let written: WrittenTrack = track::read(&text_of(&track)?, &track).map_err(told(&track))?;
    let inputs = written.inputs(&document, now, &track).map_err(told(&track))?;
    let decision = decide(&inputs);
    if asked.prose {
        print!("{}", prose::prose(&inputs, &decision));
    } else {
        println!("{}", serde_json::to_string_pretty(&decision)?);
    }
    Ok(ExitCode::SUCCESS)
}

/// `signalbox rules test`.
pub(crate) fn test(folder: &Path) -> Result<ExitCode, Failure> {
    let report = examples::run(folder)?;
    print!("{}", report.text);
    Ok(if report.wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A process that comes with the product, by its name, or one in a file, looked for from a folder.
fn document(name: &str, folder: &Path) -> Result<Document, Failure> {
    let shipped = config::SHIPPED.iter().find(|(shipped, _)| *shipped == name);
    let (file, text) = match shipped {
        Some((_, text)) => (PathBuf::from(format!("{name}.toml (shipped)")), (*text).to_owned()),
        None => {
            let file = folder.join(name);
            let text = text_of(&file)?;
            (file, text)
        }
    };
    Ok(Document::read(&text, &file).map_err(told(&file))?)
}

fn text_of(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|error| {
        format!("{} cannot be read ({error}); name a file that is there", file.display()).into()
    })
}

fn told(file: &Path) -> impl Fn(Vec<Fault>) -> Faults + '_ {
    |faults| Faults { file: file.to_owned(), faults }
}

/// Both sides of a decision.
struct Judged {
    inputs: Inputs,
    decision: Decision,
}

#[cfg(test)]
mod tests;
