//! `signalbox audit`: holds a journal against what must always hold, and its chain of hashes against itself.

use crate::Failure;
use crate::database::{Which, is_there};
use conductor::TrackId;
use conductor::audit::Report;
use ports::Store as _;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use store::SqliteStore;

pub(crate) async fn audit(which: Which) -> Result<ExitCode, Failure> {
    let file = which.file()?;
    let opinion = opinion(&file).await?;
    print!("{}", opinion.text);
    Ok(if opinion.is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What an audit came to.
struct Opinion {
    /// For people: what is broken, and a line that sums up.
    text: String,
    /// Whether the chain verifies and no move broke a rule. What cannot be told is not a fault.
    is_well: bool,
}

async fn opinion(file: &Path) -> Result<Opinion, Failure> {
    is_there(file)?;
    let store = SqliteStore::open(file).await?;
    let chain = store.verify_journal().await;
    let entries = store.journal(None, u32::MAX).await;
    store.close().await;
    let (chain, mut entries) = (chain?, entries?);
    entries.reverse();
    let broken = chain.err().map(|it| it.to_string());
    let report = conductor::audit::audit(&entries);
    Ok(Opinion {
        text: format!("{}\n{}", file.display(), told(broken.as_deref(), &report)),
        is_well: broken.is_none() && report.violations.is_empty(),
    })
}

fn told(broken: Option<&str>, report: &Report) -> String {
    let of = |track: &Option<TrackId>| {
        track.as_ref().map_or_else(String::new, |track| format!(" ({track})"))
    };
    let mut text = String::new();
    if let Some(broken) = broken {
        let _ = writeln!(text, "the chain of hashes is broken at {broken}");
    }
    for it in &report.violations {
        let (track, rule) = (of(&it.track), it.invariant);
        let _ = writeln!(text, "entry {}{track}: breaks rule {rule}: {}", it.entry, it.words);
    }
    for it in &report.untold {
        let _ = writeln!(text, "entry {}{}: cannot be told: {}", it.entry, of(&it.track), it.words);
    }
    let _ = writeln!(
        text,
        "{} entries, chain {}; {} moves checked: {} broken rules, {} times it cannot be told",
        report.entries,
        if broken.is_none() { "verified" } else { "broken" },
        report.moves,
        report.violations.len(),
        report.untold.len(),
    );
    text
}

#[cfg(test)]
mod tests;
