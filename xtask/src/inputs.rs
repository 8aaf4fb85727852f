//! What the site is made from: which files, and one hash over them all, so that nothing is made twice.
//!
//! Which crates end up in the browser is read from the manifests, not listed here: a list would go stale unnoticed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::told;

/// A hash over the names and contents of all files under `paths` (relative to `root`), and over `also`.
pub(crate) fn fingerprint(root: &Path, paths: &[PathBuf], also: &[&str]) -> Result<String, String> {
    let mut files = BTreeSet::new();
    for path in paths {
        collect(&root.join(path), &mut files)?;
    }
    let mut hash = Sha256::new();
    for text in also {
        hash.update(text.as_bytes());
        hash.update([0]);
    }
    for file in &files {
        let bytes = fs::read(file).map_err(told(file.display()))?;
        let name = file.strip_prefix(root).unwrap_or(file);
        hash.update(name.to_string_lossy().as_bytes());
        // The length in between: no two sets of files can then read as the same stream.
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(&bytes);
    }
    Ok(hex(&hash.finalize()))
}

/// The first 16 digits of a hash over the content: the part of a file name that changes when the file does.
pub(crate) fn short_hash(bytes: &[u8]) -> String {
    let mut text = hex(&Sha256::digest(bytes));
    text.truncate(16);
    text
}

/// The folders of `name` and of all crates of this workspace that it depends on, relative to `root`.
pub(crate) fn local_crates(root: &Path, name: &str) -> Result<Vec<PathBuf>, String> {
    let workspace = manifest(&root.join("Cargo.toml"))?;
    let known = workspace.get("workspace").and_then(|it| it.get("dependencies"));
    let folder_of = |name: &str| -> Option<PathBuf> {
        known?.get(name)?.get("path")?.as_str().map(PathBuf::from)
    };
    let mut found = BTreeSet::from([PathBuf::from(name)]);
    let mut open = vec![PathBuf::from(name)];
    while let Some(folder) = open.pop() {
        let manifest = manifest(&root.join(&folder).join("Cargo.toml"))?;
        let Some(needs) = manifest.get("dependencies").and_then(toml::Value::as_table) else {
            continue;
        };
        for folder in needs.keys().filter_map(|name| folder_of(name)) {
            if found.insert(folder.clone()) {
                open.push(folder);
            }
        }
    }
    Ok(found.into_iter().collect())
}

/// A manifest or lock file, read.
pub(crate) fn manifest(path: &Path) -> Result<toml::Value, String> {
    let text = fs::read_to_string(path).map_err(told(path.display()))?;
    toml::from_str(&text).map_err(told(path.display()))
}

/// All files at or under `path`, hidden ones and build output left out. What is not there adds nothing.
pub(crate) fn collect(path: &Path, files: &mut BTreeSet<PathBuf>) -> Result<(), String> {
    if path.is_file() {
        files.insert(path.to_owned());
    }
    if !path.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(told(path.display()))? {
        let entry = entry.map_err(told(path.display()))?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !name.starts_with('.') && name != "target" && name != "node_modules" {
            collect(&entry.path(), files)?;
        }
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
