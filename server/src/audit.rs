//! `signalbox audit`: holds a journal against what must always hold, and its chain of hashes against itself.

use crate::{Failure, serve};
use ports::Store as _;
use std::path::PathBuf;
use std::process::ExitCode;
use store::SqliteStore;

pub(crate) async fn audit(config: PathBuf, database: Option<PathBuf>) -> Result<ExitCode, Failure> {
    let file = match database {
        Some(file) => file,
        None => {
            let settings = serve::load(&config)?;
            serve::beside(&config, &settings.server.data).join("signalbox.db")
        }
    };
    // Opening would make a new one, and an empty journal has no fault.
    if !file.is_file() {
        let words =
            "is not there; name the database with --database, or the settings with --config";
        return Err(format!("{} {words}", file.display()).into());
    }
    let store = SqliteStore::open(&file).await?;
    let chain = store.verify_journal().await?;
    let mut entries = store.journal(None, u32::MAX).await;
    store.close().await;
    if let Ok(entries) = &mut entries {
        entries.reverse();
    }
    println!("{}", file.display());
    if let Err(broken) = &chain {
        println!("the chain of hashes is broken at {broken}");
    }
    let report = conductor::audit::audit(&entries?);
    let of = |track: &Option<conductor::TrackId>| {
        track.as_ref().map_or_else(String::new, |track| format!(" {track}"))
    };
    for it in &report.violations {
        println!(
            "entry {}{}: violates line {}: {}",
            it.entry,
            of(&it.track),
            it.invariant,
            it.words
        );
    }
    for it in &report.untold {
        println!("entry {}{}: cannot be told: {}", it.entry, of(&it.track), it.words);
    }
    println!(
        "{} entries, chain {}; {} moves checked, {} violations, {} times it could not be told",
        report.entries,
        if chain.is_ok() { "verified" } else { "broken" },
        report.moves,
        report.violations.len(),
        report.untold.len(),
    );
    let well = chain.is_ok() && report.violations.is_empty();
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
