//! A copy of a database while others write to it: one moment's state, checked before it gets its name.

use super::failure::{About, unavailable};
use super::opening::connect;
use super::{SqliteOptions, journal};
use crate::rows::{corrupt, table};
use ports::StoreError;
use sqlx::{Connection, query, query_scalar};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::fs;

/// What was copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The size of the copy.
    pub bytes: u64,
    /// How many entries its journal has, all verified.
    pub entries: u64,
}

/// Copies the database in `from` to `to`, which must not exist yet. Writers go on meanwhile; neither file is migrated.
/// The copy is checked page by page and its journal's chain verified; a copy that fails is taken away again.
pub async fn backup(from: &Path, to: &Path) -> Result<Copied, StoreError> {
    if fs::try_exists(to).await.unwrap_or(true) {
        return Err(in_the_way(to));
    }
    let mut name = to.as_os_str().to_owned();
    name.push(format!(".part-{}", std::process::id()));
    let part = PathBuf::from(name);
    let copied = copy(from, &part).await;
    let named = match copied {
        Ok(copied) => give_name(&part, to).await.map(|()| copied),
        Err(error) => Err(error),
    };
    // After a success this is its second name.
    let _ = fs::remove_file(&part).await;
    named
}

async fn copy(from: &Path, part: &Path) -> Result<Copied, StoreError> {
    let options =
        SqliteOptions { busy_timeout: Duration::from_secs(30), ..SqliteOptions::default() };
    // A path that is no text could not be bound, and a lossy one would be another file.
    let name = part.to_str().ok_or_else(|| {
        unavailable(&format!("{}: the name is no text", part.display()), "choose another name")
    })?;
    let mut source = connect(from, &options).await?;
    let done = query("VACUUM INTO ?").bind(name).execute(&mut source).await;
    source.close().await.about(table::BOARD)?;
    done.about(table::BOARD)?;
    // SQLite leaves what it wrote here to the system.
    let file = fs::OpenOptions::new().write(true).open(part).await.map_err(|it| disk(part, &it))?;
    file.sync_all().await.map_err(|it| disk(part, &it))?;
    let bytes = file.metadata().await.map_err(|it| disk(part, &it))?.len();
    Ok(Copied { bytes, entries: check(part, &options).await? })
}

/// Reads all of it. How many entries its journal has.
async fn check(part: &Path, options: &SqliteOptions) -> Result<u64, StoreError> {
    let mut copy = connect(part, options).await?;
    let faults: Vec<String> =
        query_scalar("PRAGMA integrity_check(1)").fetch_all(&mut copy).await.about(table::BOARD)?;
    let chain = journal::verify(&mut copy).await;
    copy.close().await.about(table::BOARD)?;
    if faults.first().is_none_or(|it| it != "ok") {
        return Err(corrupt(table::BOARD, faults.join("; ")));
    }
    chain?.map_err(|broken| corrupt(table::JOURNAL, broken))
}

/// Gives the finished copy its name, unless somebody else took it meanwhile.
async fn give_name(part: &Path, to: &Path) -> Result<(), StoreError> {
    match fs::hard_link(part, to).await {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(in_the_way(to)),
        // Some disks know no second names.
        Err(_) if !fs::try_exists(to).await.unwrap_or(true) => {
            fs::rename(part, to).await.map_err(|error| disk(to, &error))
        }
        Err(error) => Err(disk(to, &error)),
    }
}

fn in_the_way(to: &Path) -> StoreError {
    StoreError::Conflict(format!(
        "{} is there already and is not overwritten; choose another name, or move it away",
        to.display()
    ))
}

fn disk(file: &Path, error: &std::io::Error) -> StoreError {
    let cause = format!("{}: {error}", file.display());
    unavailable(&cause, "check that its directory is there, can be written and has space")
}
