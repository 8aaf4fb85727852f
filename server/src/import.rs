//! `signalbox import history FILE…`: past releases of files into the database, so that insights have something to look
//! back on from the first day. Files are read and checked before anything is kept; twice is the same as once.

mod history;
#[cfg(test)]
mod tests;

use crate::{Failure, serve};
use conductor::past::PastRelease;
use ports::{Archive, Kept};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use store::SqliteStore;

/// Reads all files, keeps what they tell in the database of that configuration, and prints what that was.
pub(crate) async fn import(files: &[PathBuf], config: &Path) -> Result<ExitCode, Failure> {
    let settings = serve::load(config)?;
    let read = files.iter().map(|it| read(it)).collect::<Result<Vec<_>, _>>()?;
    let store =
        SqliteStore::open(serve::beside(config, &settings.server.data).join("signalbox.db"))
            .await?;
    let apps: BTreeSet<&str> = settings.apps.iter().map(|it| it.id.as_str()).collect();
    for (file, releases) in files.iter().zip(&read) {
        let kept = store.keep_past(releases).await?;
        print!("{}", told(file, releases, kept, &apps));
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

fn read(file: &Path) -> Result<Vec<PastRelease>, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        format!("{} cannot be read ({error}); name a release history", file.display())
    })?;
    history::parse(&text).map_err(|error| format!("{}: {error}", file.display()).into())
}

/// What was taken and what was odd.
fn told(file: &Path, releases: &[PastRelease], kept: Kept, apps: &BTreeSet<&str>) -> String {
    let mut text = format!("{}\n", file.display());
    let released = releases.iter().filter(|it| it.released.is_some()).count();
    let candidates: usize = releases.iter().map(|it| it.candidates.len()).sum();
    let Kept { new, changed, same } = kept;
    if let Some(first) = releases.first() {
        let (app, platform) = (&first.track.app, &first.track.platform);
        let _ = writeln!(
            text,
            "  {app} {platform}: {} versions, {released} released, {candidates} candidates; {new} new, {changed} changed, {same} as before",
            releases.len(),
        );
        if !apps.contains(app.as_str()) {
            let _ = writeln!(
                text,
                "  note: the configuration names no app `{app}`; its past is shown under that name"
            );
        }
    }
    let mut odd: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for release in releases {
        for mark in &release.oddities {
            odd.entry(mark).or_default().push(release.track.version.as_str());
        }
    }
    if !odd.is_empty() {
        let _ = writeln!(text, "  odd, kept and marked:");
    }
    for (mark, versions) in odd {
        let some = versions.iter().take(5).copied().collect::<Vec<_>>().join(", ");
        let more = if versions.len() > 5 { ", …" } else { "" };
        let _ = writeln!(text, "    {mark}: {} ({some}{more})", versions.len());
    }
    text
}
