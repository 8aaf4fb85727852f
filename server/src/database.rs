//! What commands do with the database itself: find it, verify the journal's chain, copy it while it is in use.

use crate::{Failure, serve};
use ports::Store as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use store::SqliteStore;

/// Which database a command is about.
#[derive(Debug)]
pub(crate) struct Which {
    /// The settings, which tell where it lies …
    pub(crate) config: PathBuf,
    /// … unless it is named.
    pub(crate) database: Option<PathBuf>,
}

impl Which {
    /// Its file, which has to be there: opening would make a new one, and an empty journal has no fault.
    pub(crate) fn file(self) -> Result<PathBuf, Failure> {
        let file = match self.database {
            Some(file) => file,
            None => {
                let settings = serve::load(&self.config)?;
                serve::beside(&self.config, &settings.server.data).join("signalbox.db")
            }
        };
        is_there(&file)?;
        Ok(file)
    }
}

pub(crate) fn is_there(file: &Path) -> Result<(), Failure> {
    if file.is_file() {
        return Ok(());
    }
    let words = "is not there; name the database with --database, or the settings with --config";
    Err(format!("{} {words}", file.display()).into())
}

/// `signalbox journal verify`: how many entries the chain has, or the first that is broken.
pub(crate) async fn verify_journal(which: Which) -> Result<ExitCode, Failure> {
    let (words, is_whole) = verified(&which.file()?).await?;
    println!("{words}");
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn verified(file: &Path) -> Result<(String, bool), Failure> {
    let store = SqliteStore::open(file).await?;
    let chain = store.verify_journal().await;
    store.close().await;
    Ok(match chain? {
        Ok(count) => (format!("{}: {count} entries, chain verified", file.display()), true),
        Err(broken) => (format!("{}: the chain is broken at {broken}", file.display()), false),
    })
}

/// `signalbox backup FILE`: a copy of the database as it is at one moment, whoever writes meanwhile.
pub(crate) async fn backup(which: Which, to: &Path) -> Result<ExitCode, Failure> {
    let from = which.file()?;
    let copied = store::backup(&from, to).await?;
    println!(
        "{}: {} bytes, {} journal entries, integrity and chain verified",
        to.display(),
        copied.bytes,
        copied.entries,
    );
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests;
